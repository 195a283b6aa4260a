"""The official study on the real boundary of Kushiro, in all its parts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import officialkit
import pytest
import shapely

from landuse import read_city, run
from landuse.schema import MEASURED_CLAIMS, claims_of_mask

if TYPE_CHECKING:
    from landuse.study import Study

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
BOUNDARY = REAL / "boundary_n03" / "01206.json"
SQUARE = (144.05, 43.15, 144.15, 43.23)
"""Fields of sub-zones in the hills of Akan, within the municipality."""
PARTS = 46

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not BOUNDARY.exists(), reason=f"no real boundary at {BOUNDARY}"),
]


@pytest.fixture(scope="module")
def parts() -> list[shapely.Geometry]:
    return list(gpd.read_file(BOUNDARY).geometry.explode(index_parts=False))


@pytest.fixture(scope="module")
def official(
    parts: list[shapely.Geometry], tmp_path_factory: pytest.TempPathFactory
) -> officialkit.Official:
    folder = tmp_path_factory.mktemp("official_real")
    return officialkit.write_official(folder / "kushiro", parts, SQUARE)


@pytest.fixture(scope="module")
def study(official: officialkit.Official) -> Study:
    return run(read_city(official.city))


def test_the_square_lies_in_the_city(parts: list[shapely.Geometry]) -> None:
    assert shapely.union_all(parts).contains(shapely.box(*SQUARE))


def test_the_parts_of_the_real_boundary_arrive_and_its_area_is_kept(
    study: Study, parts: list[shapely.Geometry]
) -> None:
    plane = shapely.union_all(officialkit.in_plane(*parts))
    assert shapely.get_num_geometries(study.boundary.geometry.iloc[0]) == PARTS
    assert study.measured_area_km2 == pytest.approx(plane.area / 1e6, rel=1e-9)
    assert study.faces["area_km2"].sum() == pytest.approx(study.measured_area_km2, rel=1e-9)


def test_every_overlap_and_everybody_arrives(study: Study, official: officialkit.Official) -> None:
    masks = [set(claims_of_mask(mask)) - set(MEASURED_CLAIMS) for mask in study.faces["mask"]]
    pairs = {frozenset(mask) for mask in masks if len(mask) == 2}
    count = len(officialkit.SUB_ZONES)
    assert len(pairs) == count * (count - 1) / 2
    assert study.cells["population"].sum() == pytest.approx(official.people)
    assert not study.coverage.empty
