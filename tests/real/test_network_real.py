"""The streets of Porto Alegre, from OpenStreetMap to minutes; skipped where they are not there."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from osmtoy import findings_of

from landuse.config import preset
from landuse.decay import Binary
from landuse.network import (
    Prepared,
    Snapping,
    isochrones,
    nearest,
    nearest_k,
    network_from_edges,
    people_within,
    prepare,
    snap,
    travel_costs,
    turns_of,
)
from landuse.sources.osm import open_osm_streets, streets_of_mode
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
CITY = REAL / "porto_alegre"
EXTRACT = CITY / "poa_osm.pbf"
PLANE = "EPSG:31982"
FOOT = {"off_network_kmh": 4.0}
MS = 0.001

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not EXTRACT.is_file(), reason=f"no extract {EXTRACT}; set LANDUSE_REAL to its folder"
    ),
]


@pytest.fixture(scope="module")
def edges() -> gpd.GeoDataFrame:
    return open_osm_streets(EXTRACT, findings_of(EXTRACT)).table.to_crs(PLANE)


@pytest.fixture(scope="module")
def fast(edges: gpd.GeoDataFrame) -> Callable[[str], Prepared]:
    speeds, made = read_speeds(preset("speeds.toml")), {}

    def of(mode: str) -> Prepared:
        if mode not in made:
            streets = streets_of_mode(edges, mode)
            made[mode] = prepare(network_from_edges(streets, speeds=speeds, mode=mode))
        return made[mode]

    return of


@pytest.fixture(scope="module")
def homes() -> gpd.GeoDataFrame:
    grid = pd.read_csv(CITY / "poa_hexgrid.csv")
    hexes = gpd.GeoSeries(gpd.points_from_xy(grid["lon"], grid["lat"]), crs="EPSG:4326")
    return gpd.GeoDataFrame(
        {"population": grid["population"].to_numpy(float)},
        geometry=hexes.to_crs(PLANE).to_numpy(),
        index=grid["id"].astype(str),
        crs=PLANE,
    )


@pytest.fixture(scope="module")
def places() -> gpd.GeoSeries:
    table = pd.read_csv(CITY / "poa_points_of_interest.csv")
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")
    return gpd.GeoSeries(points.to_crs(PLANE).to_numpy(), index=table["id"].astype(str), crs=PLANE)


@pytest.mark.parametrize("mode", ["walk", "drive"])
@pytest.mark.parametrize("direction", ["to", "from", "there_and_back"])
def test_both_engines_agree_to_the_millisecond(
    fast: Callable[[str], Prepared],
    homes: gpd.GeoDataFrame,
    places: gpd.GeoSeries,
    mode: str,
    direction: str,
) -> None:
    options = {"direction": direction, "within_m": Snapping(within_m=1000), **FOOT}
    plain = prepare(fast(mode).network, engine="plain")
    ours, theirs = (
        travel_costs(engine, homes, places[::6], **options) for engine in (fast(mode), plain)
    )
    pd.testing.assert_frame_equal(ours, theirs, rtol=0, atol=MS)
    assert (ours["reason"] == "").mean() > 0.9
    assert (ours["cost_s"].isna() == (ours["reason"] != "")).all()


def test_nearly_all_hexagons_find_a_street_that_matters(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame
) -> None:
    for mode in ("walk", "drive"):
        found = snap(fast(mode).network, homes.geometry, within_m=Snapping(within_m=1000))
        assert (found["why"] == "").mean() > 0.95
        assert found["snap_m"].median() < 60
        assert set(found["why"]) <= {"", "off_network", "island"}


def test_a_car_comes_back_another_way_but_a_walker_does_not(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame, places: gpd.GeoSeries
) -> None:
    costs = {
        (mode, way): travel_costs(
            fast(mode), homes[::8], places[:5], direction=way, within_m=1000, **FOOT
        )["cost_s"]
        for mode in ("walk", "drive")
        for way in ("to", "from")
    }
    assert (costs["drive", "to"] - costs["drive", "from"]).abs().max() > 30
    # Walkers may go against one-way streets; only lights at their very door differ.
    gap_s = (costs["walk", "to"] - costs["walk", "from"]).abs()
    assert gap_s.max() <= 2 * turns_of("walk").signal_s + MS


def test_the_nearest_is_the_least_of_all(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame, places: gpd.GeoSeries
) -> None:
    options = {"within_m": 1000.0, **FOOT}
    one = nearest(fast("walk"), homes, places, **options)
    three = nearest_k(fast("walk"), homes, places, count=3, **options)
    least = three.loc[three["rank"] == 1].set_index("from_id")["cost_s"]
    np.testing.assert_allclose(one["cost_s"], least, atol=MS)
    assert (
        three.groupby("from_id")["cost_s"]
        .is_monotonic_increasing.loc[one.index[one["reason"] == ""]]
        .all()
    )


def test_everybody_is_counted_once_where_all_are_within_reach(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame, places: gpd.GeoSeries
) -> None:
    options = {"within_m": Snapping(within_m=1000), **FOOT}
    found = people_within(
        fast("drive"),
        homes,
        places[:3],
        columns=["population"],
        decay=Binary(cutoff_s=40_000),
        **options,
    )
    joined = nearest(prepare(fast("drive").network, engine="plain"), homes, places[:3], **options)
    reached = homes["population"][joined["reason"] == ""].sum()
    assert reached > 0.99 * homes["population"].sum()
    assert found["population"].tolist() == pytest.approx([reached] * 3)


def test_the_area_within_some_minutes_agrees_with_the_table(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame, places: gpd.GeoSeries
) -> None:
    start = places.iloc[[0]]
    areas = isochrones(fast("walk"), start, cutoffs_s=[900, 1800], cell_m=40, **FOOT)
    small, large = areas.geometry
    assert small.is_valid
    assert large.buffer(1e-6).contains(small)
    assert 0.2e6 < small.area < large.area < 20e6
    table = travel_costs(
        fast("walk"), homes, start, direction="from", within_m=Snapping(within_m=150), **FOOT
    )
    clear = shapely.distance(large.boundary, homes.geometry.to_numpy()) > 80
    inside = shapely.contains(large, homes.geometry.to_numpy())
    assert ((table["cost_s"] <= 1800).to_numpy() == inside)[clear].mean() > 0.97


def test_a_city_of_hexagons_takes_a_moment(
    fast: Callable[[str], Prepared], homes: gpd.GeoDataFrame, places: gpd.GeoSeries
) -> None:
    nearest_k(fast("drive"), homes, places, count=1, **FOOT)
    start = time.process_time()
    nearest_k(fast("drive"), homes, places, count=1, **FOOT)
    assert time.process_time() - start < 1.0
