"""Cut a land of 5 by 5 hectares by its claims.

::

    W W B F F     W  wetland: the western three columns of the upper three rows
    W W B F F     F  forest cover: the eastern three columns of the upper four rows
    W W B F F     B  both
    . . F F F     .  no claim
    . . . . .
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cuts import CRS, assert_cover, claims_of, layer
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity, box

from landuse.errors import CrsError, LayerError
from landuse.partition import measure_fit, partition
from landuse.schema import CLAIMS, mask_of_claims

unhurried = settings(deadline=None)  # a kernel compiles on its first call

LAND = box(0, 0, 500, 500)
BOUNDARY = layer([LAND])
WETLAND, FOREST = box(0, 200, 300, 500), box(200, 100, 500, 500)


def area_by_mask(faces: gpd.GeoDataFrame) -> dict[int, float]:
    return faces.geometry.area.groupby(faces["mask"]).sum().to_dict()


def test_a_land_without_claims_is_one_face() -> None:
    faces = partition(BOUNDARY, claims_of({}))
    assert list(faces["mask"]) == [0]
    assert faces.geometry.iloc[0].equals(LAND)


def test_the_toy_land_falls_into_the_areas_counted_on_its_drawing() -> None:
    faces = partition(BOUNDARY, claims_of({"wetland": WETLAND, "cover_forest": FOREST}))
    wet, wood = mask_of_claims(["wetland"]), mask_of_claims(["cover_forest"])
    assert area_by_mask(faces) == {wet: 6e4, wood: 9e4, wet | wood: 3e4, 0: 7e4}
    assert len(faces) == 4
    assert_cover(faces, LAND)
    assert shapely.coverage_is_valid(faces.geometry.to_numpy())


def test_an_exclave_and_islets_are_covered_and_the_sea_between_is_not() -> None:
    parts = [LAND, box(900, 0, 1000, 100), *(box(600, y, 601, y + 1) for y in range(0, 90, 2))]
    boundary = layer([shapely.MultiPolygon(parts)])
    faces = partition(boundary, claims_of({"cover_forest": box(-50, -50, 2000, 50)}))
    assert len(faces) == 2 + 2 + 45
    assert_cover(faces, boundary.geometry.iloc[0])


def test_claims_beyond_the_boundary_make_no_faces() -> None:
    faces = partition(BOUNDARY, claims_of({"water": box(600, 600, 700, 700), "wetland": WETLAND}))
    assert set(faces["mask"]) == {0, mask_of_claims(["wetland"])}


def test_holes_of_a_claim_belong_to_what_lies_around_it() -> None:
    ring = box(100, 100, 400, 400).difference(box(200, 200, 300, 300))
    faces = partition(BOUNDARY, claims_of({"park_special": ring}))
    assert sorted(faces.geometry.area) == [1e4, 8e4, 16e4]


def test_overlapping_polygons_of_one_claim_are_one_face() -> None:
    claims = layer([WETLAND, affinity.translate(WETLAND, 100)], claim="wetland")
    faces = partition(BOUNDARY, claims)
    assert len(faces) == 2
    assert area_by_mask(faces)[mask_of_claims(["wetland"])] == pytest.approx(12e4)


def test_borders_that_differ_by_less_than_float_noise_leave_no_slivers() -> None:
    noisy = affinity.rotate(FOREST, 1e-13)
    assert not noisy.equals_exact(FOREST, 0)
    faces = partition(BOUNDARY, claims_of({"cover_forest": FOREST, "forest_other": noisy}))
    assert len(faces) == 2


def test_the_input_is_left_as_it_was() -> None:
    claims = claims_of({"wetland": WETLAND, "cover_forest": FOREST})
    boundary, before = BOUNDARY.copy(deep=True), claims.copy(deep=True)
    partition(boundary, claims)
    assert boundary.equals(BOUNDARY)
    assert claims.equals(before)


def test_the_fit_is_measured_and_stated() -> None:
    fit = measure_fit(partition(BOUNDARY, claims_of({"wetland": WETLAND})), BOUNDARY)
    assert fit.boundary_km2 == fit.faces_km2 == 0.25
    assert fit.relative_difference == 0
    assert fit.grid_m == 2.0**-31
    assert fit.faces == 2


numbers = st.floats(-80, 580, allow_nan=False).map(lambda x: round(x, 9))
boxes = st.tuples(numbers, numbers, st.floats(0.01, 300), st.floats(0.01, 300), numbers)
tilted = boxes.map(lambda b: affinity.rotate(box(b[0], b[1], b[0] + b[2], b[1] + b[3]), b[4]))
lands = st.lists(st.tuples(tilted, st.sampled_from(CLAIMS)), max_size=15)
ISLANDS = shapely.MultiPolygon(
    [affinity.rotate(box(0, 0, 500, 300), 17), affinity.rotate(box(700, 50, 900, 333), 33)]
)


@unhurried
@given(lands, st.integers(0, 2**32 - 1))
def test_laws_of_a_partition(land: list[tuple[shapely.Polygon, str]], seed: int) -> None:
    boundary = layer([ISLANDS])
    claims = layer([shape for shape, _ in land], claim=[claim for _, claim in land])
    faces = partition(boundary, claims)
    assert_cover(faces, ISLANDS)

    # a random point lies in one face, and in exactly the claims of that face
    rng = np.random.default_rng(seed)
    west, south, east, north = ISLANDS.bounds
    points = shapely.points(rng.uniform(west, east, 60), rng.uniform(south, north, 60))
    lines = shapely.union_all([ISLANDS.boundary, *(shape.boundary for shape, _ in land)])
    for point in points[shapely.distance(lines, points) > 1e-6]:
        hits = np.flatnonzero(faces.geometry.intersects(point))
        assert len(hits) == int(ISLANDS.contains(point))
        for hit in hits:
            held = {claim for shape, claim in land if shape.contains(point)}
            assert faces["mask"].iloc[hit] == mask_of_claims(held)

    # the order of the rows does not matter
    again = partition(boundary, claims.sample(frac=1, random_state=seed % 1000))
    assert faces.equals(again)


@unhurried
@given(lands)
def test_the_land_of_a_claim_is_conserved(land: list[tuple[shapely.Polygon, str]]) -> None:
    claims = layer([shape for shape, _ in land], claim=[claim for _, claim in land])
    faces = partition(layer([ISLANDS]), claims)
    for claim in set(claims["claim"]):
        claimed = shapely.union_all(claims.geometry[claims["claim"] == claim].to_numpy())
        bits = (faces["mask"] & mask_of_claims([claim])) > 0
        wanted = claimed.intersection(ISLANDS).area
        assert faces.geometry.area[bits].sum() == pytest.approx(wanted, abs=1e-4)


def test_an_unknown_claim_is_named() -> None:
    with pytest.raises(LayerError, match="'parking' in 1 rows"):
        partition(BOUNDARY, claims_of({"parking": WETLAND}))


def test_shapes_that_cannot_be_cut_are_all_named() -> None:
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    claims = layer([bow_tie, None, shapely.Point(1, 1), WETLAND], claim="wetland")
    with pytest.raises(LayerError, match="Self-intersection") as caught:
        partition(BOUNDARY, claims)
    assert [fault.where for fault in caught.value.faults] == [f"claims: row {k}" for k in range(3)]


def test_a_boundary_without_area_is_refused() -> None:
    with pytest.raises(LayerError, match="has no area"):
        partition(layer([]), claims_of({"wetland": WETLAND}))


def test_layers_in_different_or_geographic_systems_are_refused() -> None:
    with pytest.raises(CrsError, match="different systems"):
        partition(BOUNDARY, claims_of({"wetland": WETLAND}).to_crs("EPSG:6680"))
    degrees = gpd.GeoDataFrame(geometry=[LAND], crs=CRS).to_crs("EPSG:4326")
    with pytest.raises(CrsError, match="degrees"):
        partition(degrees, claims_of({"wetland": WETLAND}).to_crs("EPSG:4326"))
