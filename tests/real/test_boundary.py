"""How far the embedded boundary and stations are from surveyed ones.

Truth: the full-resolution boundary of MLIT (N03) and a station list kept by hand. The figures
stand in `data/kushiro/SOURCES.md`: when one changes here, change it there.
"""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "data" / "kushiro" / "layers"
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
METRIC = "EPSG:6681"
STEP_M = 100.0

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (REAL / "boundary_n03").is_dir(),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]


@pytest.fixture(scope="module")
def truth() -> shapely.Geometry:
    return gpd.read_file(REAL / "boundary_n03" / "01206.json").to_crs(METRIC).union_all()


@pytest.fixture(scope="module")
def ours() -> shapely.Geometry:
    return gpd.read_parquet(LAYERS / "boundary.parquet").to_crs(METRIC).union_all()


def overlap(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return intersection over union."""
    return one.intersection(other).area / one.union(other).area


def main_parts(city: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the mainland and the exclave, largest first."""
    return sorted(shapely.get_parts(city), key=shapely.area, reverse=True)[:2]


def distances_m(line: shapely.Geometry, to: shapely.Geometry) -> np.ndarray:
    """Return how far points every `STEP_M` along a line are from another line."""
    points = shapely.points(shapely.get_coordinates(shapely.segmentize(line, STEP_M)))
    return shapely.distance(points, to)


def test_the_boundary_overlaps_the_surveyed_one(
    truth: shapely.Geometry, ours: shapely.Geometry
) -> None:
    assert overlap(ours, truth) == pytest.approx(0.9785, abs=5e-4)
    assert ours.difference(truth).area / 1e6 == pytest.approx(16.05, abs=0.1)
    assert truth.difference(ours).area / 1e6 == pytest.approx(13.58, abs=0.1)


def test_the_area_is_a_fifth_of_a_percent_too_large(
    truth: shapely.Geometry, ours: shapely.Geometry
) -> None:
    assert truth.area / 1e6 == pytest.approx(1_363.03, abs=0.01)
    assert ours.area / truth.area - 1 == pytest.approx(0.0018, abs=2e-4)


def test_each_main_part_overlaps_its_true_one(
    truth: shapely.Geometry, ours: shapely.Geometry
) -> None:
    pairs = zip(main_parts(ours), main_parts(truth), strict=True)
    shares = [overlap(one, other) for one, other in pairs]
    assert shares == pytest.approx([0.9789, 0.9778], abs=5e-4)


def test_the_coast_is_true_and_the_land_border_is_simplified(
    truth: shapely.Geometry, ours: shapely.Geometry
) -> None:
    land = gpd.read_parquet(LAYERS / "coast.parquet").to_crs(METRIC).union_all()
    shore = land.boundary.buffer(60.0)
    border = shapely.union_all([part.exterior for part in main_parts(ours)])
    coast = distances_m(border.intersection(shore), truth.boundary)
    inland = distances_m(border.difference(shore), truth.boundary)
    assert np.quantile(coast, [0.5, 0.95]) == pytest.approx([6, 35], abs=2)
    assert np.quantile(inland, [0.5, 0.95]) == pytest.approx([64, 268], abs=5)


def test_every_town_lies_in_the_surveyed_city(truth: shapely.Geometry) -> None:
    assert gpd.read_parquet(LAYERS / "towns.parquet").to_crs(METRIC).within(truth).all()


def test_the_stations_stand_where_a_hand_kept_list_has_them() -> None:
    table = pd.read_csv(REAL / "stations" / "station.csv").query("closed == 0")
    points = gpd.points_from_xy(table["lng"], table["lat"], crs=4326)
    true = gpd.GeoSeries(points, index=table["original_name"]).to_crs(METRIC)
    stations = gpd.read_parquet(LAYERS / "stations.parquet").to_crs(METRIC)
    names = stations["name_ja"].str.removesuffix("駅")
    assert set(names) <= set(true.index), "a station is kept that has closed"
    metres = stations.distance(gpd.GeoSeries(true.loc[names].to_numpy(), crs=METRIC))
    assert [metres.median(), metres.max()] == pytest.approx([7, 95], abs=1)
