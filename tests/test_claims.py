"""Claims of several layers, on a land of 5 by 5 hectares."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cuts import layer
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from landuse.claims import Repairs, claim_table, overlap_areas
from landuse.errors import CrsError, LayerError
from landuse.partition import partition

BOUNDARY = layer([box(0, 0, 500, 500)])
BOW_TIE = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])


def forest(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    return layer(shapes, claim="cover_forest", layer="forest", grade="derived")


def test_layers_become_one_table_of_single_polygons() -> None:
    farm = layer([box(0, 0, 100, 100)], claim="farm_core", layer="farm", grade="official", name="x")
    two = shapely.MultiPolygon([box(0, 0, 50, 50), box(60, 60, 90, 90)])
    claims, repairs = claim_table([farm, forest(two)], BOUNDARY)
    assert list(claims.columns) == ["claim", "layer", "grade", "geometry"]
    assert list(claims["claim"]) == ["farm_core", "cover_forest", "cover_forest"]
    assert list(claims["grade"]) == ["official", "derived", "derived"]
    assert claims.crs == BOUNDARY.crs
    assert repairs == Repairs(repaired=0, area_change_m2=0, dropped=0, outside=0)


def test_a_bow_tie_is_repaired_counted_and_its_area_told() -> None:
    claims, repairs = claim_table([forest(box(200, 200, 300, 300), BOW_TIE)], BOUNDARY)
    assert repairs.repaired == 1
    assert repairs.area_change_m2 == pytest.approx(5_000)  # its loops cancelled each other
    assert claims.geometry.is_valid.all()
    assert sorted(claims.geometry.area) == pytest.approx([2_500, 2_500, 10_000])
    assert partition(BOUNDARY, claims).geometry.area.sum() == pytest.approx(250_000)


def test_parts_that_claim_no_land_are_dropped_and_counted() -> None:
    mixed = shapely.GeometryCollection(
        [shapely.MultiPolygon([box(0, 0, 10, 10)]), shapely.Point(1, 1)]
    )
    line = shapely.LineString([(0, 0), (9, 9)])
    claims, repairs = claim_table([forest(mixed, line, None, shapely.Polygon())], BOUNDARY)
    assert repairs.dropped == 4
    assert list(claims.geometry.area) == [100]


def test_what_lies_outside_is_counted_and_what_crosses_the_boundary_is_kept_whole() -> None:
    claims, repairs = claim_table(
        [forest(box(400, 400, 600, 600), box(700, 700, 800, 800))], BOUNDARY
    )
    assert repairs.outside == 1
    assert list(claims.geometry.area) == [40_000]


def test_the_layers_are_left_as_they_were() -> None:
    before = forest(box(0, 0, 50, 50), BOW_TIE)
    kept = before.copy(deep=True)
    claim_table([before], BOUNDARY)
    assert before.equals(kept)
    assert not before.geometry.iloc[1].is_valid


def test_all_faults_of_all_layers_are_told_together() -> None:
    parking = layer([box(0, 0, 1, 1)] * 2, claim="parking", layer="lots", grade="guessed")
    with np.errstate(invalid="ignore"):
        nowhere = shapely.Polygon([(0, 0), (1, 0), (float("nan"), 1)])
    broken = forest(box(0, 0, 1, 1), nowhere)
    with pytest.raises(LayerError) as caught:
        claim_table([parking, broken, forest()], BOUNDARY)
    told = [str(fault) for fault in caught.value.faults]
    assert len(told) == 4
    assert "claims lots: claim: is 'parking' in 2 row(s)" in told[0]
    assert "'guessed'" in told[1]
    assert "claims forest: row 1: has a coordinate that is no number" in told[2]
    assert "a layer has no rows" in told[3]


def test_no_layer_at_all_is_refused() -> None:
    with pytest.raises(LayerError, match="there is no layer"):
        claim_table([], BOUNDARY)


def test_a_boundary_that_meets_no_claim_shows_both_extents() -> None:
    with pytest.raises(LayerError, match=r"claims at 9,000, 9,000.*boundary at 0, 0"):
        claim_table([forest(box(9_000, 9_000, 9_100, 9_100))], BOUNDARY)


def test_layers_without_a_claim_or_in_another_system_are_refused() -> None:
    with pytest.raises(LayerError, match="column claim"):
        claim_table([forest(box(0, 0, 1, 1)).drop(columns="claim")], BOUNDARY)
    with pytest.raises(CrsError, match="different systems"):
        claim_table([forest(box(0, 0, 1, 1)).to_crs("EPSG:6680")], BOUNDARY)
    with pytest.raises(CrsError, match="no coordinate reference system"):
        claim_table([forest(box(0, 0, 1, 1))], gpd.GeoDataFrame(geometry=[box(0, 0, 9, 9)]))


corners = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=3, max_size=9, unique=True
)


@settings(deadline=None)
@given(st.lists(corners, min_size=1, max_size=5))
def test_any_scribble_becomes_claims_that_can_be_cut(
    scribbles: list[list[tuple[int, int]]],
) -> None:
    shapes = [box(0, 0, 10, 10), *map(shapely.Polygon, scribbles)]
    claims, _ = claim_table([forest(*shapes)], BOUNDARY)
    assert claims.geometry.is_valid.all()
    assert (claims.geometry.area > 0).all()
    assert partition(BOUNDARY, claims).geometry.area.sum() == pytest.approx(250_000, rel=1e-9)


def test_shared_land_of_claims_is_counted_once_for_each_pair() -> None:
    table = layer(
        [box(0, 0, 100, 100), box(50, 0, 150, 100)],
        claim=["wetland", "park_special"],
        layer="toy",
        grade="derived",
    )
    faces = partition(BOUNDARY, claim_table([table], BOUNDARY)[0])
    shared = overlap_areas(faces.assign(area_km2=faces.geometry.area / 1e6))
    assert {(a, b): round(area, 9) for a, b, area in shared.itertuples(index=False)} == {
        ("park_special", "park_special"): 0.01,
        ("park_special", "wetland"): 0.005,
        ("wetland", "wetland"): 0.01,
    }
