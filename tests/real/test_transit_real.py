"""Porto Alegre and Tokachi by timetable, against a plain scan of the same connections."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from transitkit import PlainScan

from landuse.sources.gtfs import read_gtfs, timetable_of, typical_dates
from landuse.transit import (
    Errand,
    Timetable,
    Walks,
    Wanted,
    costs_by_time,
    merged,
    opportunities_by_transit,
    stop_points,
    straight_legs,
    there_and_back,
    transit_costs,
    transit_matrix,
    with_footpaths,
)

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]

POA, POA_CRS = REAL / "porto_alegre", "EPSG:31982"
TOKACHI, TOKACHI_CRS = REAL / "gtfs_tokachi" / "tokachi_bus_gtfs_jp_2019.zip", "EPSG:6681"
MONDAY, SUNDAY = dt.date(2019, 5, 13), dt.date(2019, 5, 12)
HOUR = 3600
FOOT = {"kmh": 3.6, "within_m": 1000}
WANTED = Wanted(window=(14 * HOUR, 15 * HOUR), cutoff_s=HOUR)
"""The bus feed holds the middle of the day alone, from noon to six."""


def walked(table: Timetable, places: gpd.GeoSeries, crs: str) -> tuple[Timetable, Walks]:
    """Return a timetable with footpaths, and walks from everywhere to everywhere."""
    stops = stop_points(table, crs)
    paths = straight_legs(stops, stops, kmh=3.6, within_m=500)
    ways = Walks(
        access=straight_legs(places, stops, **FOOT),
        egress=straight_legs(stops, places, **FOOT),
        direct=straight_legs(places, places, kmh=3.6, within_m=HOUR),
    )
    return with_footpaths(table, paths), ways


@pytest.fixture(scope="module")
def hexagons() -> gpd.GeoDataFrame:
    table = pd.read_csv(POA / "poa_hexgrid.csv", index_col="id")
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoDataFrame(table, geometry=points, crs="EPSG:4326").to_crs(POA_CRS)


@pytest.fixture(scope="module")
def feeds() -> dict[str, Timetable]:
    return {
        name: timetable_of(read_gtfs(POA / f"poa_{name}.zip"), MONDAY)
        for name in ("eptc", "trensurb")
    }


@pytest.fixture(scope="module")
def city(feeds: dict[str, Timetable], hexagons: gpd.GeoDataFrame) -> tuple[Timetable, Walks]:
    return walked(merged(feeds), hexagons.geometry, POA_CRS)


@pytest.fixture(scope="module")
def medians(city: tuple[Timetable, Walks]) -> np.ndarray:
    return transit_matrix(*city, wanted=WANTED)[0]


def test_every_hexagon_is_reached_as_by_a_plain_scan(
    city: tuple[Timetable, Walks], hexagons: gpd.GeoDataFrame
) -> None:
    table, ways = city
    plain = PlainScan(table, ways.access, ways.egress, change_s=WANTED.min_transfer_s)
    for origin in (5, 600, 1200):
        start = hexagons.geometry.iloc[origin : origin + 1]
        one = Walks(
            access=straight_legs(start, stop_points(table, POA_CRS), **FOOT), egress=ways.egress
        )
        found = costs_by_time(table, one, wanted=WANTED)[0]
        for at in (0, 17, 59):
            answer = plain.seconds(origin, int(WANTED.times_s[at]), WANTED.cutoff_s)
            expect = pd.Series(answer, dtype=float).reindex(range(len(hexagons)))
            np.testing.assert_array_equal(found[:, at], expect)


def test_nobody_is_later_with_the_train_or_than_on_foot(
    city: tuple[Timetable, Walks],
    medians: np.ndarray,
    feeds: dict[str, Timetable],
    hexagons: gpd.GeoDataFrame,
) -> None:
    bus = walked(merged({"eptc": feeds["eptc"]}), hexagons.geometry, POA_CRS)
    without = np.nan_to_num(transit_matrix(*bus, wanted=WANTED)[0], nan=np.inf)
    assert (np.nan_to_num(medians, nan=np.inf) <= without).all()
    direct = city[1].direct
    assert direct is not None
    rows = np.repeat(np.arange(len(medians)), np.diff(direct.start))
    near = direct.seconds <= WANTED.cutoff_s
    on_foot = medians[rows[near], direct.to[near]]
    assert (on_foot <= direct.seconds[near].astype(np.float32)).all()
    assert (np.diagonal(medians) == 0).all()


def test_people_reach_more_by_bus_than_on_foot(
    city: tuple[Timetable, Walks], medians: np.ndarray, hexagons: gpd.GeoDataFrame
) -> None:
    table, ways = city
    supply = hexagons[["schools", "healthcare"]].fillna(0.0)
    found = opportunities_by_transit(table, ways, supply, wanted=WANTED)
    np.testing.assert_array_equal(found, ~np.isnan(medians) @ supply.to_numpy())
    none = replace(table, **{name: getattr(table, name)[:0] for name in CONNECTIONS})
    walking = opportunities_by_transit(none, ways, supply, wanted=WANTED)
    assert (found >= walking).all().all()
    people = hexagons["population"] / hexagons["population"].sum()
    assert (people @ found)["schools"] > 2 * (people @ walking)["schools"]


CONNECTIONS = ("dep_s", "arr_s", "dep_stop", "arr_stop", "trip", "may_board", "may_alight")


def test_on_a_sunday_the_bus_feed_has_no_service_and_says_so(hexagons: gpd.GeoDataFrame) -> None:
    feeds = {
        name: timetable_of(read_gtfs(POA / f"poa_{name}.zip"), SUNDAY)
        for name in ("eptc", "trensurb")
    }
    assert feeds["eptc"].reason == "no_service_that_day"
    assert len(feeds["trensurb"]) > 0
    city = walked(merged(feeds), hexagons.geometry, POA_CRS)
    table = transit_costs(*city, wanted=WANTED, percentiles=(50,))
    assert ((table["reason"] == "") == table["cost_s"].notna()).all()
    assert set(table["reason"]) <= {"", "no_service_that_day", "off_network", "beyond_cutoff"}
    assert (table["reason"] == "no_service_that_day").mean() > 0.5


def test_a_day_at_the_clinic_lasts_no_longer_with_more_time(
    city: tuple[Timetable, Walks], hexagons: gpd.GeoDataFrame
) -> None:
    table, ways = city
    clinics = hexagons[hexagons["healthcare"] > 3].geometry
    stops = stop_points(table, POA_CRS)
    to = Walks(access=ways.access, egress=straight_legs(stops, clinics, **FOOT))
    errand = Errand(
        leave_after_s=13 * HOUR, be_there_by_s=14 * HOUR, stay_s=HOUR, home_by_s=17 * HOUR
    )
    longer = replace(errand, leave_after_s=12 * HOUR)
    tight, wide = (there_and_back(table, to, errand=each) for each in (errand, longer))
    away = tight["away_s"].dropna()
    assert (away >= HOUR).all()
    assert (wide["away_s"][away.index] <= away).all()
    assert ((tight["reason"] == "") == tight["away_s"].notna()).all()


def test_tokachi_by_day_and_by_a_plain_scan() -> None:
    feed = read_gtfs(TOKACHI)
    dates = typical_dates(feed)
    share = {}
    for kind in ("weekday", "holiday"):
        date = getattr(dates, kind)
        table = timetable_of(feed, date)
        stops = stop_points(table, TOKACHI_CRS)
        calls = stops[np.isin(np.arange(len(stops)), table.dep_stop)]
        places = calls.iloc[:: max(1, len(calls) // 60)]
        table, ways = walked(table, places, TOKACHI_CRS)
        day = Wanted(window=(5 * HOUR, 23 * HOUR), cutoff_s=2 * HOUR)
        costs = transit_costs(table, ways, wanted=day, percentiles=(0,))
        share[kind] = costs["reachable_share"].mean()
        plain = PlainScan(table, ways.access, ways.egress, change_s=60)
        wanted = Wanted(window=(8 * HOUR, 8 * HOUR + 1))
        found = costs_by_time(table, replace(ways, direct=None), wanted=wanted)[:, :, 0]
        for origin in range(0, len(places), 7):
            answer = plain.seconds(origin, 8 * HOUR, wanted.cutoff_s)
            expect = pd.Series(answer, dtype=float).reindex(range(len(places)))
            np.testing.assert_array_equal(found[origin], expect)
    assert 0 < share["holiday"] <= share["weekday"] < 0.5
