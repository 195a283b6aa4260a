"""How far the modelled farm and park claims are from surveyed ones.

Truth, for measuring only: farmland parcels (MAFF 2019) and national parks by class (Ministry of
the Environment). The figures stand in `data/kushiro/SOURCES.md`: when one changes here, change it
there. The bounds lie a little under what is reached.
"""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "data" / "kushiro" / "layers"
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
METRIC = "EPSG:6681"
KM = 1000.0
BETWEEN_PARCELS_M = 150.0
"""Farm roads, windbreaks and ditches between parcels are narrower than twice this."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all((REAL / name).is_dir() for name in ("farmland", "national_parks", "boundary_n03")),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]


@pytest.fixture(scope="module")
def farmland() -> shapely.Geometry:
    raw = gpd.read_file(REAL / "farmland" / "01206_kushiro_2019_5.geojson")
    return raw.set_crs(4326, allow_override=True).to_crs(METRIC).union_all()


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    city = gpd.read_file(REAL / "boundary_n03" / "01206.json").to_crs(METRIC).union_all()
    raw = gpd.read_file(REAL / "national_parks" / "nps_kushiro_akan_z13.geojson").to_crs(METRIC)
    raw = raw.set_geometry(raw.make_valid())
    raw["claim"] = np.where(raw["地域区"] == "普通地域", "park_ordinary", "park_special")
    return raw.set_geometry(raw.intersection(city))


def ours(layer: str, claim: str) -> gpd.GeoDataFrame:
    table = gpd.read_parquet(LAYERS / f"claims_{layer}.parquet").to_crs(METRIC)
    return table[table["claim"].str.startswith(claim)]


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return intersection over union."""
    return one.intersection(other).area / one.union(other).area


def shares(area: shapely.Geometry, box: tuple[float, float, float, float]) -> np.ndarray:
    """Return the share of each square kilometre of a box that an area fills."""
    west, south, east, north = box
    x, y = np.meshgrid(np.arange(west, east, KM), np.arange(south, north, KM))
    squares = shapely.box(x.ravel(), y.ravel(), x.ravel() + KM, y.ravel() + KM)
    shapely.prepare(area)
    return shapely.area(shapely.intersection(squares, area)) / KM**2


def test_farmland_overlaps_the_parcels(farmland: shapely.Geometry) -> None:
    farm = ours("farm", "cover_farm").union_all()
    assert farm.area / farmland.area == pytest.approx(1.0, abs=0.02)
    assert overlap(farm, farmland) >= 0.28
    floors = farmland.buffer(BETWEEN_PARCELS_M).buffer(-BETWEEN_PARCELS_M)
    assert overlap(farm, floors) >= 0.37


def test_farmland_is_where_farmland_is_by_the_square_kilometre(
    farmland: shapely.Geometry,
) -> None:
    farm = ours("farm", "cover_farm").union_all()
    box = shapely.bounds(shapely.union(farm, farmland))
    assert np.corrcoef(shares(farm, box), shares(farmland, box))[0, 1] >= 0.68


@pytest.mark.parametrize(
    ("park", "whole", "special"), [("阿寒摩周", 0.88, 0.80), ("釧路湿原", 0.76, 0.62)]
)
def test_parks_overlap_the_designated_ones(
    parks: gpd.GeoDataFrame, park: str, whole: float, special: float
) -> None:
    claims = ours("park", "park")
    claims = claims[claims["name"].str.startswith(park)]
    truth = parks[parks["名称"] == park]
    assert overlap(claims.union_all(), truth.union_all()) >= whole
    kind = "park_special"
    strict = claims[claims["claim"] == kind].union_all()
    assert overlap(strict, truth[truth["claim"] == kind].union_all()) >= special


def test_the_ordinary_area_of_the_akan_park_is_only_roughly_placed(
    parks: gpd.GeoDataFrame,
) -> None:
    claims = ours("park", "park_ordinary").union_all()
    truth = parks[(parks["名称"] == "阿寒摩周") & (parks["claim"] == "park_ordinary")].union_all()
    assert 0.2 <= overlap(claims, truth) <= 0.5


def test_the_marsh_holds_the_marsh_park(parks: gpd.GeoDataFrame) -> None:
    wetland = ours("wetland", "wetland").union_all()
    park = parks[parks["名称"] == "釧路湿原"].union_all()
    assert park.intersection(wetland).area / park.area >= 0.97
