"""A town whose travel times are known by arithmetic, and every reason why there are none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from landuse.errors import CrsError, LayerError
from landuse.sources.gtfs import read_gtfs, timetable_of, timetables_by_day
from landuse.transit import (
    Errand,
    Timetable,
    Walks,
    Wanted,
    costs_by_time,
    last_departure_home,
    legs_of_costs,
    legs_of_pairs,
    merged,
    nearest_by_transit,
    opportunities_by_transit,
    stop_points,
    straight_legs,
    there_and_back,
    timetable_of_calls,
    transit_costs,
    transit_matrix,
    with_footpaths,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MIN, HOUR = 60, 3600
CRS = "EPSG:6681"
RIDE, WALK = 4, 20
"""Minutes from one stop to the next, by bus and on foot."""


def line(stops: Iterable[int], every: int, *, first: int = 0, until: int = 24 * 60) -> pd.DataFrame:
    """Return the calls of a bus that runs along some stops every so many minutes."""
    starts, places = np.arange(first, until, every), np.array(list(stops))
    times = (starts[:, None] + RIDE * np.arange(len(places))) * MIN
    trip = np.repeat(np.arange(len(starts)), len(places))
    frame = {"trip": trip, "stop": np.tile(places, len(starts))}
    return pd.DataFrame(frame | {"arrival_s": times.ravel(), "departure_s": times.ravel()})


def timetable(*lines: pd.DataFrame, stops: int = 8) -> Timetable:
    trips = np.cumsum([0, *(part["trip"].max() + 1 for part in lines)])
    calls = pd.concat(
        [part.assign(trip=part["trip"] + more) for part, more in zip(lines, trips, strict=False)]
    )
    ids = pd.DataFrame({"stop_id": [f"s{at}" for at in range(stops)]})
    return timetable_of_calls(ids, pd.DataFrame({"trip_id": range(trips[-1])}), calls)


def walks(stops: int = 8, *, minutes: int = 5, direct: bool = True) -> Walks:
    """Return walks of a town with a place at every stop, some minutes off it."""
    ids = pd.Index([f"s{at}" for at in range(stops)])
    places, own = pd.Index([f"p{at}" for at in range(stops)]), np.arange(stops)
    near = legs_of_pairs(places, ids, rows=own, cols=own, seconds=np.full(stops, minutes * MIN))
    here, there = (part.ravel() for part in np.indices((stops, stops)))
    on_foot = legs_of_pairs(
        places, places, rows=here, cols=there, seconds=abs(here - there) * WALK * MIN
    )
    return Walks(access=near, egress=near.turned(), direct=on_foot if direct else None)


BOTH = pytest.mark.parametrize("direction", ["depart_at", "arrive_by"])
EVERY_20 = timetable(line(range(8), 20), line(range(7, -1, -1), 20, first=12))
"""Forward from stop 0 at :00, :20, :40; back so that it is at stop 0 at :00, :20, :40."""


@BOTH
def test_a_bus_every_20_minutes_makes_times_from_30_to_49_minutes_alike(direction: str) -> None:
    """5 to walk, 20 to ride, 5 to walk, and every wait from 0 to 19 thrice an hour."""
    wanted = Wanted(window=(8 * HOUR, 9 * HOUR), direction=direction)
    town = EVERY_20, walks(direct=False)
    found = np.sort(costs_by_time(*town, wanted=wanted)[0, 5]) / MIN
    np.testing.assert_array_equal(found, np.repeat(np.arange(30, 50), 3))
    table = transit_costs(*town, wanted=wanted).set_index(["from_id", "to_id"])
    row = table.loc[("p0", "p5")]
    assert list(row[["cost_s_25", "cost_s_50", "cost_s_75"]] / MIN) == [34, 39, 44]
    assert found.mean() == 39.5
    assert row["reachable_share"] == 1


@BOTH
def test_two_buses_of_20_and_21_minutes_make_a_triangle(direction: str) -> None:
    """In 420 minutes every wait of 0 to 19 meets every wait of 0 to 20 exactly once."""
    second = line([5, 6, 7], 21, first=3)
    town = timetable(line(range(6), 20), second), walks(direct=False)
    wanted = Wanted(window=(8 * HOUR, 15 * HOUR), min_transfer_s=0, direction=direction)
    found = np.sort(costs_by_time(*town, wanted=wanted)[0, 7]) / MIN
    waits = np.add.outer(np.arange(20), np.arange(21)).ravel()
    np.testing.assert_array_equal(found, np.sort(5 + 7 * RIDE + 5 + waits))
    assert found.mean() == 38 + 9.5 + 10


@BOTH
def test_where_the_timetable_is_symmetric_so_are_the_times(direction: str) -> None:
    wanted = Wanted(window=(8 * HOUR, 10 * HOUR), direction=direction)
    found = transit_matrix(EVERY_20, walks(), wanted=wanted, percentiles=(0, 25, 50, 100))
    np.testing.assert_array_equal(found, found[:, ::-1, ::-1])
    assert (np.diagonal(found, axis1=1, axis2=2) == 0).all()


@pytest.mark.parametrize(("percentile", "named"), [(0, 0b1111111), (50, 0b11111), (100, 0b11)])
def test_a_sum_of_powers_of_two_names_the_places_reached(percentile: float, named: int) -> None:
    """35 minutes less 10 on foot: 6 stops without a wait, 4 with 9 minutes, 1 with 19."""
    supply = pd.DataFrame({"power": 2.0 ** np.arange(8)}, index=[f"p{at}" for at in range(8)])
    wanted = Wanted(window=(8 * HOUR, 9 * HOUR), cutoff_s=35 * MIN)
    found = opportunities_by_transit(
        EVERY_20, walks(), supply, wanted=wanted, percentile=percentile
    )
    assert found.loc["p0", "power"] == named


def test_walking_is_taken_where_it_is_quicker() -> None:
    found = transit_matrix(EVERY_20, walks(), wanted=Wanted(window=(8 * HOUR, 9 * HOUR)))[0] / MIN
    assert list(found[0, :4]) == [0, WALK, 19 + 2 * RIDE, 19 + 3 * RIDE]
    slow = transit_matrix(EVERY_20, walks(minutes=9), wanted=Wanted(window=(8 * HOUR, 9 * HOUR)))
    assert slow[0, 0, 1] == WALK * MIN


def test_a_change_takes_the_longer_of_the_walk_and_the_least() -> None:
    """Off at 8:04; the next leaves another stop at 8:06, 8:09, 8:12 and so on."""
    town = timetable(line([0, 1], 60), line([2, 3], 3))
    ids, far = town.stop_ids, Walks(access=walks().access, egress=walks().egress)
    for walk, least, ready in ((90, 60, 6), (90, 180, 9), (180, 60, 9), (0, 0, 6)):
        foot = legs_of_pairs(ids, ids, rows=[1], cols=[2], seconds=[walk])
        wanted = Wanted(window=(7 * HOUR + 55 * MIN, 8 * HOUR), min_transfer_s=least)
        found = transit_matrix(with_footpaths(town, foot), far, wanted=wanted, percentiles=(0,))
        # Leave at 7:55 at best for the bus of 8:00; the second rides 4 minutes, then 5 to walk.
        assert found[0, 0, 3] == (ready + RIDE + 5 + 5) * MIN
    assert np.isnan(transit_matrix(town, far, wanted=Wanted())[0, 0, 3])


def test_the_share_of_the_day_counts_hours_with_a_bus() -> None:
    """One bus, at 12:00: who wants to leave from 11:00 to 11:55 gets there within an hour."""
    town = timetable(line([0, 1], 9999, first=12 * 60)), walks(direct=False)
    wanted = Wanted(window=(5 * HOUR, 23 * HOUR), cutoff_s=69 * MIN)
    table = transit_costs(*town, wanted=wanted).set_index(["from_id", "to_id"])
    row = table.loc[("p0", "p1")]
    assert row["reachable_share"] == np.float32(56 / (18 * 60))
    assert row[["cost_s_25", "cost_s_50", "cost_s_75"]].isna().all()
    assert row["reason"] == "beyond_cutoff"


def test_a_day_out_is_as_long_as_the_rides_and_the_stay() -> None:
    """Out at 9:00, 10:00, 11:00; home at 12:12, 13:12; ten minutes on foot each way."""
    town = timetable(line([0, 1], 60, first=540, until=661), line([1, 0], 60, first=732, until=793))
    errand = Errand(be_there_by_s=11 * HOUR, stay_s=90 * MIN, home_by_s=17 * HOUR)
    found = there_and_back(town, walks(direct=False), errand=errand)
    row = found.set_index(["from_id", "to_id"]).loc[("p0", "p1")]
    assert row["leave_s"] == 9 * HOUR + 55 * MIN
    assert row["there_s"] == 10 * HOUR + 9 * MIN
    assert row["home_s"] == (12 * 60 + 12 + RIDE + 5) * MIN
    late = Errand(be_there_by_s=11 * HOUR, stay_s=200 * MIN, home_by_s=13 * HOUR)
    none = there_and_back(town, walks(direct=False), errand=late)
    reasons = none.set_index(["from_id", "to_id"])["reason"]
    assert reasons["p0", "p1"] == "beyond_cutoff"
    assert reasons["p0", "p5"] == "no_service_that_day"
    last = last_departure_home(town, walks(), wanted=Wanted(window=(0, 27 * HOUR)))
    row = last.set_index(["from_id", "to_id"]).loc[("p0", "p1")]
    assert row["last_departure_s"] == (13 * 60 + 12 - 5) * MIN


def test_every_blank_has_its_reason() -> None:
    """A bus from stop 0 to 1; nothing at stop 2; p3 has no stop, p4 no place, p5 no data."""
    town = timetable(line([0, 1], 20), stops=3)
    x = [0.0, 1000.0, 2000.0, 9000.0, np.nan]
    stops = gpd.GeoSeries(gpd.points_from_xy(x[:3], [0] * 3), town.stop_ids, crs=CRS)
    places = gpd.GeoSeries(gpd.points_from_xy(x, [0] * 5), [f"p{at}" for at in range(5)], crs=CRS)
    places = places.where(~pd.isna(x))
    plan = {"kmh": 3.6, "detour": 1.0}
    ways = Walks(
        access=straight_legs(places, stops, within_m=300, **plan),
        egress=straight_legs(stops, places, within_m=300, **plan),
        direct=straight_legs(places, places, within_m=1000, **plan),
    )
    wanted = Wanted(window=(8 * HOUR, 9 * HOUR), cutoff_s=900)
    table = transit_costs(town, ways, wanted=wanted, percentiles=(50,))
    reason = table.set_index(["from_id", "to_id"])["reason"]
    assert reason["p0", "p1"] == reason["p2", "p2"] == ""
    assert reason["p1", "p0"] == "beyond_cutoff"
    assert reason["p1", "p2"] == "beyond_cutoff"  # one may walk there, for longer than that
    assert reason["p2", "p0"] == reason["p0", "p2"] == "no_service_that_day"
    assert reason["p0", "p3"] == reason["p3", "p0"] == "off_network"
    assert reason["p4", "p0"] == "outside_data"
    assert set(reason[:, "p4"]) == {"no_facility_data"}
    kept = transit_costs(town, ways, wanted=wanted, keep_blanks=False)
    assert len(kept) == (table["reachable_share"] > 0).sum()
    near = nearest_by_transit(town, ways, wanted=wanted)
    assert list(near["reason"]) == ["", "", "", "", "outside_data"]
    assert list(near["cost_s"].dropna()) == [0] * 4


def test_no_place_makes_no_pair() -> None:
    nobody = walks().access.turned()
    none = legs_of_pairs(pd.Index([]), nobody.from_ids, rows=[], cols=[], seconds=[])
    table = transit_costs(EVERY_20, Walks(access=none, egress=nobody), wanted=Wanted())
    assert list(table) == [
        "from_id", "to_id", "cost_s_25", "cost_s_50", "cost_s_75", "reachable_share", "reason",
    ]  # fmt: skip
    assert table.empty


def test_legs_of_a_cost_table_keep_its_reasons() -> None:
    rows = [
        ("a", "s", 60.0, ""),
        ("b", "s", np.nan, "island"),
        ("c", "s", np.nan, "beyond_cutoff"),
        ("d", "s", np.nan, "outside_data"),
    ]
    table = pd.DataFrame(rows, columns=["from_id", "to_id", "cost_s", "reason"])
    found = legs_of_costs(table, from_ids=pd.Index(list("abcd")), to_ids=pd.Index(["s", "t"]))
    assert list(found.from_reason) == ["", "island", "off_network", "outside_data"]
    assert list(found.to_reason) == ["", "off_network"]
    assert list(found.turned().turned().seconds) == [60.0]
    with pytest.raises(LayerError, match="not listed"):
        legs_of_costs(table, from_ids=pd.Index(["a"]), to_ids=pd.Index(["s"]))


def test_operators_join_by_footpaths_between_their_stops() -> None:
    one, other = timetable(line([0, 1], 20), stops=2), timetable(line([0, 1], 20, first=8), stops=2)
    both = merged({"bus": one, "rail": other})
    assert list(both.stop_ids) == ["bus:s0", "bus:s1", "rail:s0", "rail:s1"]
    ids = both.stop_ids
    foot = legs_of_pairs(ids, ids, rows=[1, 1], cols=[2, 1], seconds=[120.4, 0])
    joined = with_footpaths(both, foot)
    assert list(joined.foot_s) == [121]
    home, goal = pd.Index(["home"]), pd.Index(["goal"])
    ways = Walks(
        access=legs_of_pairs(home, pd.Index(["bus:s0"]), rows=[0], cols=[0], seconds=[0]),
        egress=legs_of_pairs(pd.Index(["rail:s1"]), goal, rows=[0], cols=[0], seconds=[0]),
    )
    wanted = Wanted(window=(8 * HOUR, 8 * HOUR + 1))
    assert transit_matrix(joined, ways, wanted=wanted)[0, 0, 0] == (8 + RIDE) * MIN
    assert np.isnan(transit_matrix(both, ways, wanted=wanted)).all()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(LayerError) as caught:
        Wanted(window=(9, 8), step_s=0, cutoff_s=-1, max_transfers=-1, direction="up")
    assert len(caught.value.faults) == 5
    with pytest.raises(LayerError, match="follow one another"):
        Errand(be_there_by_s=HOUR, leave_after_s=2 * HOUR)
    with pytest.raises(LayerError, match="rising"):
        transit_costs(EVERY_20, walks(), wanted=Wanted(), percentiles=(50, 25))
    with pytest.raises(LayerError, match="does not have: s7"):
        transit_costs(timetable(line([0, 1], 20), stops=7), walks(), wanted=Wanted())
    with pytest.raises(LayerError, match="2 dates"):
        merged({"a": EVERY_20, "b": replace(EVERY_20, date=dt.date(2024, 1, 1))})
    calls = pd.DataFrame({"trip": [0, 1, 0], "stop": [0, 9, 1], "arrival_s": 0, "departure_s": 0})
    with pytest.raises(LayerError) as caught:
        timetable_of_calls(EVERY_20.stops, EVERY_20.trips, calls)
    assert [fault.where for fault in caught.value.faults] == ["calls: stop", "calls: trip"]
    ids = EVERY_20.stop_ids
    with pytest.raises(LayerError, match="negative"):
        legs_of_pairs(ids, ids, rows=[0], cols=[1], seconds=[-1.0])
    points = gpd.GeoSeries(gpd.points_from_xy([144], [43]), ["a"], crs="EPSG:4326")
    with pytest.raises(CrsError):
        straight_legs(points, points, kmh=4, within_m=100)


FEED = {
    "routes.txt": "route_id,route_type\nR,3\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nA,駅,42.98,144.3\nB,港,42.99,144.4\nC,,,\n",
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "平日,1,1,1,1,1,0,0,20240401,20240430\n"
    ),
    "trips.txt": "route_id,service_id,trip_id\nR,平日,T1\nR,平日,T2\n",
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type\n"
        "T1,08:00:00,08:00:00,A,1,0,1\nT1,08:10:00,08:11:00,B,2,1,1\nT1,08:30:00,08:30:00,C,3,1,0\n"
        "T2,23:50:00,23:50:00,A,1,0,0\nT2,24:05:00,24:06:00,B,2,0,0\nT2,24:20:00,24:20:00,C,3,0,0\n"
    ),
}


def test_a_feed_gives_what_runs_on_a_date(tmp_path: Path) -> None:
    for name, text in FEED.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    feed = read_gtfs(tmp_path)
    monday = timetable_of(feed, dt.date(2024, 4, 1))
    assert list(monday.dep_s / MIN) == [480, 491, 1430, 1446]
    assert list(monday.may_board) == [True, False, True, True]
    assert list(monday.may_alight) == [False, True, True, True]
    tuesday = timetable_of(feed, dt.date(2024, 4, 2))  # the late bus of Monday, from B at 0:06
    assert list(tuesday.dep_s / MIN) == [6, 480, 491, 1430, 1446]
    assert tuesday.trips["trip_id"][tuesday.trip[0]] == "yesterday:T2"
    sunday = timetable_of(feed, dt.date(2024, 4, 7))
    assert len(sunday) == 0
    assert sunday.reason == "no_service_that_day"
    places = stop_points(sunday, CRS)
    assert list(places.isna()) == [False, False, True]
    ways = straight_legs(places, places, kmh=4, within_m=100)
    table = transit_costs(sunday, Walks(access=ways, egress=ways, direct=ways), wanted=Wanted())
    reason = table.set_index(["from_id", "to_id"])["reason"]
    assert reason["A", "B"] == "no_service_that_day"
    assert reason["A", "A"] == ""
    with pytest.raises(LayerError, match="says nothing of 2024-05-01"):
        timetable_of(feed, dt.date(2024, 5, 1))
    days = timetables_by_day(feed)
    assert days["saturday"] is None
    assert days["weekday"] is not None
    assert len(days["weekday"]) == 4
