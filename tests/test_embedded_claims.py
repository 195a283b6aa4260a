"""The modelled claim layers speak the shared words, stay in the city and leave no gap."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from landuse.schema import CLAIMS, Grade

KUSHIRO = Path(__file__).parents[1] / "data" / "kushiro"
LAYERS = KUSHIRO / "layers"
METRIC = "EPSG:6681"
NAMES = ("settlement", "farm", "park", "wetland", "forest", "water", "nature")
COVERS = ("water", "built_up", "cover_farm", "wetland", "cover_nature", "cover_forest")


@pytest.fixture(scope="module")
def claims() -> gpd.GeoDataFrame:
    tables = [gpd.read_parquet(LAYERS / f"claims_{name}.parquet") for name in NAMES]
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def metric(claims: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return claims.to_crs(METRIC)


@pytest.fixture(scope="module")
def city() -> shapely.Geometry:
    return gpd.read_parquet(LAYERS / "boundary.parquet").to_crs(METRIC).union_all()


@pytest.fixture(scope="module")
def figures() -> pd.Series:
    return pd.read_csv(KUSHIRO / "facts" / "figures.csv").set_index("key")["value"].astype(float)


def area_km2(table: gpd.GeoDataFrame) -> float:
    return table.union_all().area / 1e6


def test_every_claim_is_a_shared_word_and_says_that_it_is_modelled(
    claims: gpd.GeoDataFrame,
) -> None:
    assert set(claims["claim"]) <= set(CLAIMS)
    assert set(claims["grade"]) == {Grade.MODELLED}
    assert claims["name"].str.len().min() > 0
    assert set(claims["layer"]) == {f"claims_{name}" for name in NAMES}


def test_claims_are_single_valid_polygons_on_a_micro_degree_grid(
    claims: gpd.GeoDataFrame,
) -> None:
    assert set(claims.geom_type) == {"Polygon"}
    assert claims.is_valid.all()
    coordinates = shapely.get_coordinates(claims.geometry.to_numpy())
    assert np.abs(coordinates - coordinates.round(6)).max() == 0


def test_all_claim_layers_together_are_small() -> None:
    assert sum((LAYERS / f"claims_{name}.parquet").stat().st_size for name in NAMES) < 300_000


LAP_M = 0.3
"""How far the forest reaches over its neighbours, so that rounding leaves no land bare."""


def test_no_claim_leaves_the_city_by_more_than_the_lap(
    metric: gpd.GeoDataFrame, city: shapely.Geometry
) -> None:
    wider = city.buffer(2 * LAP_M)
    assert shapely.difference(metric.union_all(), wider).area == pytest.approx(0, abs=1)


def test_the_covers_leave_hardly_any_land_bare(
    metric: gpd.GeoDataFrame, city: shapely.Geometry
) -> None:
    covered = metric[metric["claim"].isin(COVERS)].union_all()
    assert shapely.difference(city, covered).area < 5_000  # of 1,365 million


def test_the_covers_overlap_by_no_more_than_the_lap(metric: gpd.GeoDataFrame) -> None:
    covers = metric[metric["claim"].isin(COVERS)]
    borders_m = covers.length.sum()
    assert covers.area.sum() - covers.union_all().area < 2 * LAP_M * borders_m


@pytest.mark.parametrize(
    ("name", "key"),
    [("人口集中地区Ⅰ(推計)", "did1_km2"), ("人口集中地区Ⅱ(推計)", "did2_km2")],
)
def test_each_did_has_its_published_area(
    metric: gpd.GeoDataFrame, figures: pd.Series, name: str, key: str
) -> None:
    assert area_km2(metric[metric["name"] == name]) == pytest.approx(figures[key], rel=0.01)


def test_farmland_has_its_published_area(metric: gpd.GeoDataFrame, figures: pd.Series) -> None:
    farm = metric[metric["claim"] == "cover_farm"]
    assert area_km2(farm) == pytest.approx(figures["farmland_km2"], rel=0.005)


def test_the_settlement_classes_keep_the_area_of_their_cells(
    metric: gpd.GeoDataFrame, city: shapely.Geometry
) -> None:
    cells = gpd.read_parquet(LAYERS / "degurba.parquet").to_crs(METRIC)
    centre = cells[cells["class_code"] == 30].union_all().intersection(city).area / 1e6
    ours = area_km2(metric[metric["claim"] == "settlement_centre"])
    assert ours == pytest.approx(centre, rel=0.01)


def test_the_ordinary_park_area_is_the_published_share(
    metric: gpd.GeoDataFrame, figures: pd.Series
) -> None:
    park = metric[metric["name"] == "阿寒摩周国立公園"]
    ordinary = park[park["claim"] == "park_ordinary"]
    share = figures["akan_park_ordinary_ha"] / figures["akan_park_ha"]
    assert area_km2(ordinary) / area_km2(park) == pytest.approx(share, rel=0.02)


def test_the_small_towns_are_settlement_clusters(metric: gpd.GeoDataFrame) -> None:
    clusters = metric[metric["claim"] == "settlement_cluster"]
    assert {"阿寒本町", "阿寒湖温泉", "音別本町"} <= set(clusters["name"])


def test_summits_and_lakes_lie_in_the_special_area_of_the_park(metric: gpd.GeoDataFrame) -> None:
    places = pd.read_csv(KUSHIRO / "facts" / "places.csv").set_index("key")
    places = places.loc[["oakan", "akanko", "panketo", "penketo"]]
    points = gpd.points_from_xy(places["lon"], places["lat"], crs=4326)
    special = metric[metric["claim"] == "park_special"].union_all()
    assert gpd.GeoSeries(points).to_crs(METRIC).within(special).all()


def test_each_fact_names_its_source() -> None:
    for table, column in (
        ("figures", "source"),
        ("places", "source"),
        ("valleys", "why"),
        ("town_kinds", "why"),
        ("rural_names", "why"),
        ("did2_towns", "why"),
    ):
        facts = pd.read_csv(KUSHIRO / "facts" / f"{table}.csv")
        assert facts[column].str.len().min() >= 2, table
