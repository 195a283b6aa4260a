"""Streets, timetables, hills, people and services of Porto Alegre, end to end."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from layerkit import layer

from landuse.access import opportunities, two_step_fca
from landuse.config import preset
from landuse.decay import Binary
from landuse.equity import gini, palma
from landuse.network import (
    Network,
    nearest,
    network_from_edges,
    prepare,
    put_on_streets,
    seconds_at,
    travel_costs,
)
from landuse.profiles import apply_profile, read_profiles
from landuse.rides import Feet, make_rides, nearest_by_ride
from landuse.services import Timing
from landuse.sources.gtfs import read_gtfs, timetable_of
from landuse.sources.osm import open_osm_streets, streets_of_mode
from landuse.sources.report import Findings
from landuse.speeds import read_speeds
from landuse.transit import merged

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
POA, CRS = REAL / "porto_alegre", "EPSG:31982"
TIMING = Timing(
    date=dt.date(2019, 5, 13),
    window_s=(14 * 3600, 15 * 3600),
    cutoff_min=120,
    direction="arrive_by",
)
"""The bus feed holds the middle of the day alone."""
CUTOFF_S = 15 * 60.0

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]


@dataclass(frozen=True, kw_only=True)
class Town:
    hexagons: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    walk: Network
    costs: pd.DataFrame
    """On foot from every hexagon to those with health care, within the cut-off."""
    care: gpd.GeoSeries


@pytest.fixture(scope="module")
def town() -> Town:
    table = pd.read_csv(POA / "poa_hexgrid.csv", index_col="id")
    points = gpd.points_from_xy(table["lon"], table["lat"])
    hexagons = gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_crs(CRS)
    path = POA / "poa_osm.pbf"
    found = open_osm_streets(path, Findings(layer=layer(path, "network")))
    streets = gpd.GeoDataFrame(found.table, crs=found.crs).to_crs(CRS)
    walk = network(streets, "walk")
    care = hexagons.geometry[hexagons["healthcare"] > 0]
    costs = travel_costs(
        walk,
        hexagons.geometry,
        care,
        off_network_kmh=4.0,
        cutoff_s=CUTOFF_S,
        keep_blanks=False,
    )
    return Town(hexagons=hexagons, streets=streets, walk=walk, costs=costs, care=care)


def network(streets: gpd.GeoDataFrame, mode: str, **options: Any) -> Network:  # noqa: ANN401
    speeds = options.get("speeds", read_speeds(preset("speeds.toml")))
    return network_from_edges(streets_of_mode(streets, mode), speeds=speeds, mode=mode)


def test_everybody_is_counted_and_some_reach_care_on_foot(town: Town) -> None:
    assert int(town.hexagons["population"].sum()) == 812_935
    supply = town.hexagons.loc[town.care.index, "healthcare"].astype(float)
    within = Binary(cutoff_s=CUTOFF_S)
    reached = opportunities(town.costs, supply, town.hexagons.index, decay=within)
    # Who lives where there is care reaches at least that: a place to itself costs nothing.
    assert (reached[town.care.index] >= supply).all()
    people = town.hexagons["population"].astype(float)
    assert 0 < gini(reached, people) < 1
    assert palma(reached, people, rank_by=reached) >= 0


def test_care_is_shared_out_among_those_who_reach_it(town: Town) -> None:
    supply = town.hexagons.loc[town.care.index, "healthcare"].astype(float)
    people = town.hexagons["population"].astype(float)
    within = Binary(cutoff_s=CUTOFF_S)
    share = two_step_fca(town.costs, supply, people, decay=within)
    assert (share * people).sum() == pytest.approx(supply.sum(), rel=1e-6)


def test_winter_makes_nobody_earlier(town: Town) -> None:
    speeds = read_speeds(preset("speeds.toml"))
    winter = read_profiles(preset("profiles.toml"))["winter"]
    slow = network(town.streets, "walk", speeds=apply_profile(speeds, winter))
    few = town.hexagons.geometry.iloc[::40]
    how = {"off_network_kmh": 4.0}
    dry = travel_costs(town.walk, few, town.care, **how)["cost_s"]
    snow = travel_costs(slow, few, town.care, **how)["cost_s"]
    known = dry.notna() & snow.notna()
    assert known.mean() > 0.9
    assert (snow[known] >= dry[known] - 1e-3).all()
    assert (snow[known] > dry[known]).mean() > 0.9


@pytest.mark.parametrize("mode", ["walk", "drive"])
def test_hexagons_put_on_their_streets_once_have_the_same_answers_in_winter_too(
    town: Town, mode: str
) -> None:
    speeds = read_speeds(preset("speeds.toml"))
    winter = apply_profile(speeds, read_profiles(preset("profiles.toml"))["winter"], "low")
    places, how = town.hexagons.geometry, {"off_network_kmh": 4.0}
    dry = prepare(network(town.streets, mode))
    once = put_on_streets(dry, places)
    found = nearest(dry, once, town.care, **how)
    pd.testing.assert_frame_equal(found, nearest(dry, places, town.care, **how), check_exact=True)
    ahead_s, back_s = seconds_at(dry.network, speeds=winter, mode=mode)
    snow = nearest(dry.repriced(ahead_s=ahead_s, back_s=back_s), once, town.care, **how)
    anew = nearest(prepare(network(town.streets, mode, speeds=winter)), places, town.care, **how)
    pd.testing.assert_frame_equal(snow, anew, check_exact=True)
    assert (snow["cost_s"] >= found["cost_s"] - 1e-3)[found["cost_s"].notna()].all()


def test_a_car_between_known_lights_waits_at_none(town: Town) -> None:
    # Streets without a sign and without a light between their ends.
    road = read_speeds(preset("speeds.toml")).of("drive").road
    edges = network(town.streets, "drive").edges
    free = edges[edges["stated_kmh"].isna() & (edges["light_s"] == 0) & (edges["length_m"] > 1)]
    kmh = free["length_m"] / free["ahead_s"] * 3.6
    for kind in ("secondary", "tertiary", "street"):
        mine = kmh[free["kind"] == kind].to_numpy()
        assert len(mine) > 10
        assert mine == pytest.approx(road[kind].between_lights_kmh)
    assert road["secondary"].between_lights_kmh > road["secondary"].kmh


def test_a_bus_makes_nobody_later_and_many_earlier(town: Town) -> None:
    feeds = {name: read_gtfs(POA / f"poa_{name}.zip") for name in ("eptc", "trensurb")}
    timetable = merged({k: timetable_of(feed, TIMING.date) for k, feed in feeds.items()})
    feet = Feet(kmh=4.8, network=town.walk, off_network_kmh=4.0)
    rides = make_rides(timetable, town.hexagons.geometry, timing=TIMING, feet=feet)
    hospital = town.care.iloc[[0]]
    walked = travel_costs(town.walk, town.hexagons.geometry, hospital, off_network_kmh=4.0)
    on_foot = walked.set_index("from_id")[["cost_s", "to_id", "reason"]]
    both = nearest_by_ride(rides, hospital, on_foot=on_foot)
    known = on_foot["cost_s"].notna()
    assert (both.loc[known, "cost_s"] <= on_foot.loc[known, "cost_s"]).all()
    quicker = both.loc[known, "cost_s"] < on_foot.loc[known, "cost_s"]
    far = on_foot.loc[known, "cost_s"] > 3600
    assert quicker[far].mean() > 0.5, "most who live over an hour's walk away ride"
    assert both.loc[hospital.index[0], "cost_s"] == 0


def test_the_hills_of_the_elevation_model_lie_under_the_town(town: Town) -> None:
    with rasterio.open(POA / "poa_elevation.tif") as raster:
        places = town.hexagons.geometry.to_crs(raster.crs)
        metres = np.array(
            [value[0] for value in raster.sample(zip(places.x, places.y, strict=True))]
        )
    # Porto Alegre lies between the lake and Morro Santana, 311 m.
    assert 0 <= np.median(metres) < 100
    assert metres.max() < 311
