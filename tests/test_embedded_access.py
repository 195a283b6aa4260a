"""Access roads of the embedded Kushiro: from places that no trunk road passes to the nearest."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

LAYERS = Path(__file__).parent.parent / "data" / "kushiro" / "layers"
METRIC = "EPSG:6681"


@pytest.fixture(scope="module")
def access() -> gpd.GeoDataFrame:
    return gpd.read_parquet(LAYERS / "access_roads.parquet").to_crs(METRIC)


def test_each_runs_from_a_facility_to_a_trunk_road(access: gpd.GeoDataFrame) -> None:
    table = pd.read_csv(LAYERS / "facilities.csv").dropna(subset=["lon", "lat"])
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)
    roads = gpd.read_parquet(LAYERS / "roads.parquet").to_crs(METRIC).union_all()
    starts = gpd.GeoSeries(shapely.get_point(access.geometry.to_numpy(), 0), crs=METRIC)
    ends = gpd.GeoSeries(shapely.get_point(access.geometry.to_numpy(), -1), crs=METRIC)
    assert starts.distance(points.to_crs(METRIC).union_all()).max() < 1
    assert ends.distance(roads).max() < 1
    assert (access.length - starts.distance(roads)).abs().max() < 1


def test_the_airport_has_one(access: gpd.GeoDataFrame) -> None:
    table = pd.read_csv(LAYERS / "facilities.csv").set_index("category")
    airport = gpd.GeoSeries(
        gpd.points_from_xy([table.loc["airport", "lon"]], [table.loc["airport", "lat"]]), crs=4326
    ).to_crs(METRIC)
    assert access.distance(airport.iloc[0]).min() < 1


def test_places_on_a_trunk_road_need_none(access: gpd.GeoDataFrame) -> None:
    assert (access.length > 150).all()
