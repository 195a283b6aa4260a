"""The partition on surveyed layers: N03 boundary in 46 parts, parks by class, farmland."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from landuse.claims import claim_table
from landuse.partition import measure_fit, partition
from landuse.schema import mask_of_claims
from landuse.scheme import read_overlaps, read_scheme
from landuse.zoning import classify, zone_areas

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
METRIC = "EPSG:6681"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (REAL / "boundary_n03").is_dir(),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]


def read(name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(REAL / name).to_crs(METRIC)


@pytest.fixture(scope="module")
def boundary() -> gpd.GeoDataFrame:
    return read("boundary_n03/01206.json")


@pytest.fixture(scope="module")
def claims(boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    parks = read("national_parks/nps_kushiro_akan_z13.geojson")
    ordinary = parks["地域区"] == "普通地域"
    parks = parks.assign(claim=np.where(ordinary, "park_ordinary", "park_special"), layer="parks")
    farms = read("farmland/01206_kushiro_2019_5.geojson").assign(claim="cover_farm", layer="farms")
    layers = [
        table.assign(grade="official")[["claim", "layer", "grade", "geometry"]]
        for table in (parks, farms)
    ]
    return claim_table(layers, boundary)[0]


@pytest.fixture(scope="module")
def faces(boundary: gpd.GeoDataFrame, claims: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return classify(partition(boundary, claims), read_overlaps(), read_scheme())


def test_faces_cover_all_46_parts_exactly(
    boundary: gpd.GeoDataFrame, faces: gpd.GeoDataFrame
) -> None:
    assert len(boundary) == 46
    fit = measure_fit(faces, boundary)
    assert fit.boundary_km2 == pytest.approx(1363.031, abs=0.001)
    assert abs(fit.relative_difference) < 1e-12
    shapes = faces.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    hits = faces.sindex.query(boundary.representative_point(), predicate="intersects")
    assert sorted(hits[0]) == list(range(46))


def test_the_land_of_every_claim_is_conserved(
    boundary: gpd.GeoDataFrame, claims: gpd.GeoDataFrame, faces: gpd.GeoDataFrame
) -> None:
    city = boundary.union_all()
    for claim, table in claims.groupby("claim"):
        held = (faces["mask"] & mask_of_claims([str(claim)])) > 0
        wanted_km2 = table.union_all().intersection(city).area / 1e6
        assert faces["area_km2"][held].sum() == pytest.approx(wanted_km2, abs=1e-8)


def test_parks_are_natural_and_fields_agricultural(faces: gpd.GeoDataFrame) -> None:
    areas = zone_areas(faces).set_index("zone")["area_km2"]
    assert areas["agricultural"] == pytest.approx(107.801, abs=0.001)
    special = (faces["mask"] & mask_of_claims(["park_special"])) > 0
    assert set(faces["zone"][special]) == {"natural"}
    assert areas["all"] == pytest.approx(1363.031, abs=0.001)
