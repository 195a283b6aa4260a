"""Real feeds, counted once by the reader and once by plain loops over the same files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from landuse.sources.gtfs import (
    read_gtfs,
    services_on,
    stop_departures,
    trips_on,
    trunk_routes,
    typical_dates,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]

TOKACHI = REAL / "gtfs_tokachi" / "tokachi_bus_gtfs_jp_2019.zip"
EPTC = REAL / "porto_alegre" / "poa_eptc.zip"
TRENSURB = REAL / "porto_alegre" / "poa_trensurb.zip"
FEEDS = pytest.mark.parametrize("path", [TOKACHI, EPTC, TRENSURB], ids=lambda path: path.stem)


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A feed as its rows stand, for counting by hand."""

    files: dict[str, list[dict[str, str]]]

    def runs(self, service: str, date: dt.date) -> bool:
        """Tell whether a service runs, the way the specification says it."""
        day = f"{date:%Y%m%d}"
        for row in self.files.get("calendar_dates.txt", []):
            if (row["service_id"], row["date"]) == (service, day):
                return row["exception_type"] == "1"
        return any(
            row["service_id"] == service
            and row["start_date"] <= day <= row["end_date"]
            and row[f"{date:%A}".lower()] == "1"
            for row in self.files["calendar.txt"]
        )

    def trips(self, date: dt.date) -> set[str]:
        services = {row["service_id"] for row in self.files["trips.txt"]}
        on = {service for service in services if self.runs(service, date)}
        return {row["trip_id"] for row in self.files["trips.txt"] if row["service_id"] in on}

    def departures(self, date: dt.date) -> Counter[str]:
        trips, calls = self.trips(date), defaultdict(list)
        for row in self.files["stop_times.txt"]:
            if row["trip_id"] in trips:
                calls[row["trip_id"]].append(row)
        counted: Counter[str] = Counter()
        for rows in calls.values():
            for row, _ in pairwise(sorted(rows, key=lambda row: int(row["stop_sequence"]))):
                counted[row["stop_id"]] += row.get("pickup_type") != "1"
        return counted

    def days(self) -> Iterator[dt.date]:
        """Give the days of the calendar, cut to those of feed_info.txt."""
        rows = self.files["calendar.txt"]
        start = min(row["start_date"] for row in rows)
        end = max(row["end_date"] for row in rows)
        for info in self.files.get("feed_info.txt", []):
            start, end = max(start, info["feed_start_date"]), min(end, info["feed_end_date"])
        first, last = (dt.datetime.strptime(day, "%Y%m%d") for day in (start, end))  # noqa: DTZ007 - days
        return ((first + dt.timedelta(days=n)).date() for n in range((last - first).days + 1))


def plain(path: Path) -> Plain:
    files = {}
    with zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            if not name.startswith(("pass", "fare", "shapes")):
                text = io.TextIOWrapper(bundle.open(name), encoding="utf-8-sig")
                files[name] = list(csv.DictReader(text))
    return Plain(files=files)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        (TOKACHI, {"stops": 1642, "routes": 51, "trips": 449, "stop_times": 31_269}),
        (EPTC, {"stops": 3986, "routes": 115, "trips": 2374, "stop_times": 130_019}),
        (TRENSURB, {"stops": 24, "routes": 2, "trips": 1248, "stop_times": 14_855}),
    ],
    ids=["tokachi", "eptc", "trensurb"],
)
def test_every_row_of_a_real_feed_comes_in(path: Path, counts: dict[str, int]) -> None:
    feed = read_gtfs(path)
    assert {name: len(getattr(feed, name)) for name in counts} == counts
    assert {name: feed.counts[f"{name}.txt"] for name in counts} == counts


@FEEDS
def test_departures_are_those_counted_by_hand(path: Path) -> None:
    feed, rows = read_gtfs(path), plain(path)
    dates, table = typical_dates(feed), stop_departures(feed).set_index("stop_id")
    for kind in ("weekday", "saturday", "holiday"):
        column = table[f"departures_{kind}"]
        date = getattr(dates, kind)
        if date is None:
            assert column.isna().all()
            continue
        by_hand = rows.departures(date)
        assert column.sum() == by_hand.total() > 0
        assert {stop: by_hand[stop] for stop in table.index} == column.astype(int).to_dict()


@FEEDS
def test_typical_dates_are_the_busiest_of_their_kind(path: Path) -> None:
    feed, rows = read_gtfs(path), plain(path)
    days = list(rows.days())
    assert (days[0], days[-1]) == (feed.start, feed.end)
    trips = {day: len(rows.trips(day)) for day in days}
    kinds = {"weekday": range(5), "saturday": [5], "holiday": [6]}
    for kind, weekdays in kinds.items():
        best = max((day for day in days if day.weekday() in weekdays), key=lambda day: trips[day])
        assert getattr(typical_dates(feed), kind) == (best if trips[best] else None)


@FEEDS
def test_times_that_the_feed_gives_are_kept(path: Path) -> None:
    feed, rows = read_gtfs(path), plain(path)
    times = feed.stop_times
    trip, stop = feed.trips["trip_id"].to_numpy(), feed.stops["stop_id"].to_numpy()
    read = dict(
        zip(
            zip(trip[times.trip], times.sequence.tolist(), strict=True),
            zip(stop[times.stop], times.arrival_s, times.departure_s, times.estimated, strict=True),
            strict=True,
        )
    )
    for row in rows.files["stop_times.txt"]:
        stop_id, *clock, estimated = read.pop((row["trip_id"], int(row["stop_sequence"])))
        given = [row["arrival_time"], row["departure_time"]]
        assert (stop_id, estimated) == (row["stop_id"], given == ["", ""])
        if not estimated:
            assert clock == [
                sum(map(int.__mul__, (3600, 60, 1), map(int, text.split(":")))) for text in given
            ]
    assert not read
    assert (np.diff(times.arrival_s)[np.diff(times.trip) == 0] >= 0).all()


def test_a_japanese_holiday_is_what_the_feed_says() -> None:
    feed, rows = read_gtfs(TOKACHI), plain(TOKACHI)
    equinox, thursday = dt.date(2019, 3, 21), dt.date(2019, 3, 28)
    for date in (equinox, thursday):
        assert set(feed.trips["trip_id"][trips_on(feed, date)]) == rows.trips(date)
    assert services_on(feed, equinox) == services_on(feed, dt.date(2019, 3, 24))
    assert services_on(feed, equinox) != services_on(feed, thursday)


def test_names_in_kana_come_with_the_stops() -> None:
    stops = read_gtfs(TOKACHI).stops
    assert set(stops.loc[stops["name"] == "愛冠", "name_kana"]) == {"アイカップ"}
    assert (stops["name_kana"] != "").all()


def test_the_only_trunk_route_of_tokachi_is_that_counted_by_hand() -> None:
    feed, rows = read_gtfs(TOKACHI), plain(TOKACHI)
    date = typical_dates(feed).weekday
    assert date is not None
    on = rows.trips(date)
    by_hand = Counter(
        (row["route_id"], int(row["direction_id"]))
        for row in rows.files["trips.txt"]
        if row["trip_id"] in on
    )
    table = trunk_routes(feed, date)
    keys = zip(table["route"], table["direction"], strict=True)
    assert dict(zip(keys, table["trips"], strict=True)) == dict(by_hand)
    assert set(table.loc[table["trunk"], "name"]) == {"大空団地線"}
    assert table["trunk"].sum() == sum(count >= 30 for count in by_hand.values()) == 2
