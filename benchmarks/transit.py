"""Travel by timetable against a plain scan and pynigiri, on the feeds of Porto Alegre, in turns.

    python benchmarks/transit.py                # prints the tables
    python benchmarks/transit.py --rounds 3 --quick

Two feeds (133,463 connections on 13 May 2019, 4,010 stops), 1,227 hexagons, every departure
minute from 14:00 to 15:00, journeys of up to an hour. Walks are straight lines times 1.3 at
3.6 km/h, to stops up to 1 km and between stops up to 500 m; they are in the answer, and the
seconds to make them stand in a line of their own. One method walks along the streets of
OpenStreetMap instead and searches, for its one origin, the ways to the stops and to all
hexagons anew; those from the stops to the hexagons are searched once. Seconds are CPU seconds,
medians over rounds in which the methods take turns in one process; a scan for each minute
includes making each search ready. pynigiri answers pair by pair, with all Pareto journeys in
whole minutes and its own footpaths, so its figure is of the task, not of equal work: some
pairs are timed and the time is scaled. Memory is how far a fresh process's peak rises over
what it held before the search (Linux).
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from osmtoy import findings_of  # noqa: E402
from transitkit import PlainScan, listed  # noqa: E402

from landuse.config import preset  # noqa: E402
from landuse.network import (  # noqa: E402
    cost_matrix,
    network_from_edges,
    prepare,
    put_on_streets,
)
from landuse.sources.gtfs import read_gtfs, timetable_of  # noqa: E402
from landuse.sources.osm import open_osm_streets, streets_of_mode  # noqa: E402
from landuse.speeds import read_speeds  # noqa: E402
from landuse.transit import (  # noqa: E402
    Errand,
    Timetable,
    Walks,
    Wanted,
    costs_by_time,
    last_departure_home,
    legs_of_matrix,
    merged,
    nearest_by_transit,
    stop_points,
    straight_legs,
    there_and_back,
    transit_costs,
    transit_matrix,
    with_footpaths,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from landuse.transit.legs import Legs

REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real")) / "porto_alegre"
FEEDS = {name: REAL / f"poa_{name}.zip" for name in ("eptc", "trensurb")}
DATE, CRS, HOUR = dt.date(2019, 5, 13), "EPSG:31982", 3600
WANTED = Wanted(window=(14 * HOUR, 15 * HOUR), cutoff_s=HOUR)
FOOT = {"kmh": 3.6, "within_m": 1000}
MINUTES = len(WANTED.times_s)
ORIGINS = (100, 350, 600, 850, 1100)
"""Hexagons whose searches are timed one by one."""
PAIRS = 8
"""Destinations of each of them that pynigiri is asked for."""


@cache
def hexagons() -> gpd.GeoSeries:
    """Return the centres of the hexagons."""
    table = pd.read_csv(REAL / "poa_hexgrid.csv", index_col="id")
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return gpd.GeoSeries(points, table.index, crs="EPSG:4326").to_crs(CRS)


@cache
def city() -> tuple[Timetable, Walks]:
    """Return the timetable of both operators, and all walks."""
    table = merged({name: timetable_of(read_gtfs(path), DATE) for name, path in FEEDS.items()})
    stops, places = stop_points(table, CRS), hexagons()
    walks = Walks(
        access=straight_legs(places, stops, **FOOT),
        egress=straight_legs(stops, places, **FOOT),
        direct=straight_legs(places, places, kmh=3.6, within_m=HOUR),
    )
    return with_footpaths(table, straight_legs(stops, stops, kmh=3.6, within_m=500)), walks


class Streets:
    """The same city with walks along its streets: what is searched once, and for an origin."""

    def __init__(self) -> None:
        speeds = read_speeds(preset("speeds.toml"))
        extract = REAL / "poa_osm.pbf"
        edges = open_osm_streets(extract, findings_of(extract)).table.to_crs(CRS)
        walked = streets_of_mode(edges, "walk")
        self.network = prepare(network_from_edges(walked, speeds=speeds, mode="walk"))
        stops = stop_points(city()[0], CRS)
        self.stops = stops.index
        self.ends = put_on_streets(self.network, pd.concat([stops, hexagons()]))
        self.egress = self.legs(stops, 1300)[1]

    def legs(self, here: gpd.GeoSeries, within_s: float) -> tuple[Legs, Legs]:
        """Return the walks from some places along the streets, to all stops and hexagons."""
        cost_s = cost_matrix(self.network, here, self.ends, off_network_kmh=3.6, cutoff_s=within_s)
        assert cost_s is not None  # noqa: S101 - for the type checker
        to_stops, to_places = np.split(cost_s, [len(self.stops)], axis=1)
        near = np.where(to_stops <= 1300, to_stops, np.inf)
        return (
            legs_of_matrix(near, from_ids=here.index, to_ids=self.stops),
            legs_of_matrix(to_places, from_ids=here.index, to_ids=hexagons().index),
        )

    def seconds(self, origins: list[int]) -> NDArray[np.float32]:
        """Return the seconds of every minute, one origin after another, walks searched anew."""
        return np.concatenate([self._one(origin) for origin in origins])

    def _one(self, origin: int) -> NDArray[np.float32]:
        access, direct = self.legs(hexagons().iloc[[origin]], HOUR)
        walks = Walks(access=access, egress=self.egress, direct=direct)
        return costs_by_time(city()[0], walks, wanted=WANTED, threads=1)


@cache
def streets() -> Streets:
    """Return the walks along streets, made ready once."""
    return Streets()


def some(legs: Legs, places: list[int]) -> Legs:
    """Return the legs of some of the places."""
    parts = [slice(legs.start[at], legs.start[at + 1]) for at in places]
    return replace(
        legs,
        from_ids=legs.from_ids[places],
        start=np.cumsum([0, *(part.stop - part.start for part in parts)], dtype=np.int64),
        to=np.concatenate([legs.to[:0], *(legs.to[part] for part in parts)]),
        seconds=np.concatenate([legs.seconds[:0], *(legs.seconds[part] for part in parts)]),
        from_reason=legs.from_reason[places],
    )


def walks_of(origins: list[int]) -> Walks:
    """Return the walks of some origins to all destinations."""
    walks = city()[1]
    assert walks.direct is not None  # noqa: S101 - for the type checker
    return Walks(
        access=some(walks.access, origins),
        egress=walks.egress,
        direct=some(walks.direct, origins),
    )


def clocked(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return an answer and its CPU seconds, those of all threads."""
    start = time.process_time()
    answer = work()
    return answer, time.process_time() - start


def own(origins: list[int]) -> NDArray[np.float32]:
    """Return the seconds of every minute in one scan for each origin."""
    return costs_by_time(city()[0], walks_of(origins), wanted=WANTED, threads=1)


def minute_by_minute(origins: list[int]) -> NDArray[np.float32]:
    """Return the same in a scan for each minute, as without lanes."""
    walks = walks_of(origins)
    times = [replace(WANTED, window=(int(t), int(t) + 1)) for t in WANTED.times_s]
    found = [costs_by_time(city()[0], walks, wanted=each, threads=1) for each in times]
    return np.concatenate(found, axis=2)


@cache
def plain() -> PlainScan:
    """Return the scan in plain Python."""
    table, walks = city()
    return PlainScan(table, walks.access, walks.egress, change_s=WANTED.min_transfer_s)


def in_python(origins: list[int]) -> NDArray[np.float32]:
    """Return the seconds of every 15th minute by plain Python; rides only."""
    found = np.full((len(origins), len(hexagons()), 4), np.nan, dtype=np.float32)
    for row, origin in enumerate(origins):
        for at, leave in enumerate(WANTED.times_s[::15].tolist()):
            for place, seconds in plain().seconds(origin, leave, WANTED.cutoff_s).items():
                found[row, place, at] = seconds
    return found


class Nigiri:
    """The peer: its own timetable, and the walks as its offsets."""

    def __init__(self) -> None:
        import pynigiri  # noqa: PLC0415 - may be absent

        self.kit = pynigiri
        config = pynigiri.LoaderConfig()
        sources = [pynigiri.TimetableSource(n, str(p), config) for n, p in FEEDS.items()]
        last = DATE + dt.timedelta(days=1)
        self.table = pynigiri.load_timetable(sources, f"{DATE}", f"{last}")
        ids = [name.partition(":")[2] for name in city()[0].stop_ids]
        self.stops = [self.table.find_location(name) for name in ids]
        self.access = listed(city()[1].access)
        self.egress = listed(city()[1].egress.turned())

    def offsets(self, near: list[tuple[int, int]]) -> list[Any]:
        """Return the ways on foot in whole minutes."""
        places = [(self.stops[stop], -(-s // 60)) for stop, s in near]
        return [self.kit.Offset(place, walk, 0) for place, walk in places if place is not None]

    def route(self, origin: int, destination: int) -> int:
        """Return how many journeys it finds, leaving at four of the minutes."""
        query = self.kit.Query()
        query.start_match_mode = self.kit.LocationMatchMode.INTERMODAL
        query.dest_match_mode = self.kit.LocationMatchMode.INTERMODAL
        query.start = self.offsets(self.access[origin])
        query.destination = self.offsets(self.egress[destination])
        query.max_travel_time = WANTED.cutoff_s // 60
        zone = dt.timezone(dt.timedelta(hours=-3))
        midnight = dt.datetime(DATE.year, DATE.month, DATE.day, tzinfo=zone).timestamp()
        found = 0
        for leave in WANTED.times_s[::15].tolist():
            query.start_time = (int(midnight) + leave) // 60
            found += len(self.kit.route(self.table, query))
        return found


def peers() -> dict[str, tuple[Callable[[], Any], float]]:
    """Return each method as a call, and by what its seconds are multiplied for one origin."""
    origins = list(ORIGINS)
    found: dict[str, tuple[Callable[[], Any], float]] = {
        "landuse, all minutes in one scan": (lambda: own(origins), 1 / len(origins)),
        "landuse, walks along streets": (lambda: streets().seconds(origins), 1 / len(origins)),
        "landuse, a scan for each minute": (lambda: minute_by_minute(origins), 1 / len(origins)),
        "plain Python scan, 4 minutes": (lambda: in_python(origins[:1]), MINUTES / 4),
    }
    if importlib.util.find_spec("pynigiri"):
        nigiri, count = Nigiri(), len(hexagons())
        pairs = [
            (origin, place)
            for origin in origins
            for place in range(origin % 7, count, count // PAIRS)
        ]

        def route() -> int:
            return sum(nigiri.route(*pair) for pair in pairs)

        name = f"pynigiri route, {len(pairs)} pairs, 4 minutes"
        found[name] = route, count / len(pairs) * MINUTES / 4
    else:
        print("skipped: pynigiri is not installed", file=sys.stderr)
    return found


def compare(rounds: int) -> None:
    """Print the table of one origin to all hexagons, and hold the answers to one another."""
    calls = peers()
    first = {name: work() for name, (work, _) in calls.items()}  # also compiles and warms up
    ours, _, again, slow, *_ = first.values()
    np.testing.assert_array_equal(ours, again)
    rides = costs_by_time(
        city()[0], replace(walks_of([ORIGINS[0]]), direct=None), wanted=WANTED, threads=1
    )
    np.testing.assert_array_equal(rides[:, :, ::15], slow)
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (work, scale) in calls.items():
            seconds[name].append(clocked(work)[1] * scale)
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    best = next(iter(middle.values()))
    print("| one origin, 60 minutes | CPU ms | range | ms a minute | times ours |")
    print("|---|---|---|---|---|")
    for name, value in middle.items():
        low, high = (edge(seconds[name]) * 1000 for edge in (min, max))
        each = value * 1000 / MINUTES
        print(
            f"| {name} | {value * 1000:.1f} | {low:.1f}–{high:.1f} | {each:.3f} "
            f"| {value / best:.1f} |",
            flush=True,
        )


def tasks() -> dict[str, Callable[[], Any]]:
    """Return the whole tasks over all hexagons."""
    table, walks = city()
    clinics = hexagons().iloc[::10]
    stops = stop_points(table, CRS)
    to = Walks(
        access=walks.access,
        egress=straight_legs(stops, clinics, **FOOT),
        direct=straight_legs(hexagons(), clinics, kmh=3.6, within_m=HOUR),
    )
    errand = Errand(
        leave_after_s=12 * HOUR, be_there_by_s=14 * HOUR, stay_s=HOUR, home_by_s=17 * HOUR
    )
    back = replace(WANTED, direction="arrive_by")
    day = replace(WANTED, window=(5 * HOUR, 23 * HOUR))
    three = (25, 50, 75)
    return {
        "walks (all legs, straight)": lambda: city.__wrapped__()[1],
        "medians as a matrix": lambda: transit_matrix(table, walks, wanted=WANTED),
        "the same, arriving by": lambda: transit_matrix(table, walks, wanted=back),
        "the same, at most 1 change": lambda: transit_matrix(
            table, walks, wanted=replace(WANTED, max_transfers=1)
        ),
        "the same, at most 3 changes": lambda: transit_matrix(
            table, walks, wanted=replace(WANTED, max_transfers=3)
        ),
        "three percentiles as a table": lambda: transit_costs(
            table, walks, wanted=WANTED, percentiles=three
        ),
        "nearest of 123": lambda: nearest_by_transit(table, to, wanted=WANTED),
        "there and back, 123 places": lambda: there_and_back(table, to, errand=errand),
        "last way home, 123 places": lambda: last_departure_home(
            table, to, wanted=Wanted(window=(0, 30 * HOUR))
        ),
        "share of the day, 100 origins": lambda: transit_costs(
            table, walks_of(list(range(0, 1200, 12))), wanted=day
        ),
    }


def whole() -> None:
    """Print the table of whole tasks."""
    print("\n| 1,227 hexagons | CPU s | wall s | memory |")
    print("|---|---|---|---|")
    for name, work in tasks().items():
        work()
        start = time.perf_counter()
        _, spent = clocked(work)
        wall = time.perf_counter() - start
        print(f"| {name} | {spent:.2f} | {wall:.2f} | {peak_mib(name)} |", flush=True)


def grown(times: int) -> Timetable:
    """Return the timetable with so many times the trips, each some minutes after the other."""
    table = city()[0]
    shift = np.repeat(np.arange(times) * 1200 // times, len(table))
    names = ("arr_s", "dep_stop", "arr_stop", "trip", "may_board", "may_alight")
    columns = {name: np.tile(getattr(table, name), times) for name in names}
    dep = np.tile(table.dep_s, times) + shift
    columns["arr_s"] = columns["arr_s"] + shift
    columns["trip"] = columns["trip"] + np.repeat(np.arange(times), len(table)) * len(table.trips)
    order = np.argsort(dep, kind="stable")
    columns = {
        name: part[order] if part.dtype == bool else part[order].astype(np.int32)
        for name, part in columns.items()
    }
    trips = pd.concat([table.trips] * times, ignore_index=True)
    return replace(table, trips=trips, dep_s=dep[order].astype(np.int32), **columns)


def origin_ms(table: Timetable, walks: Walks, wanted: Wanted, rounds: int) -> float:
    """Return the CPU milliseconds of one origin; the first round warms up."""

    def work() -> Any:  # noqa: ANN401 - only its time counts
        return transit_matrix(table, walks, wanted=wanted, threads=1)

    taken = [clocked(work)[1] for _ in range(rounds + 1)][1:]
    return statistics.median(taken) / len(ORIGINS) * 1000


def growth(rounds: int) -> None:
    """Print how cost grows with the window and with the timetable, and where it goes."""
    walks = walks_of(list(ORIGINS))
    nowhere = replace(walks, egress=some(city()[1].egress.turned(), []).turned(), direct=None)
    print("\n| window | timetable | CPU ms an origin | ms a minute | of it the scan |")
    print("|---|---|---|---|---|")
    cases = [(minutes, 1) for minutes in (1, 15, 60, 240, 1080)] + [(60, 4), (60, 16)]
    for minutes, times in cases:
        table = city()[0] if times == 1 else grown(times)
        begin = 14 * HOUR if minutes < 240 else 5 * HOUR if minutes > 240 else 12 * HOUR
        wanted = replace(WANTED, window=(begin, begin + minutes * 60))
        middle = [origin_ms(table, ways, wanted, rounds) for ways in (walks, nowhere)]
        print(
            f"| {minutes} min | x{times}, {len(table):,} | {middle[0]:.1f} "
            f"| {middle[0] / minutes:.3f} | {middle[1]:.1f} |",
            flush=True,
        )


def peak_mib(name: str) -> str:
    """Return how far a fresh process's peak memory grows during one task."""
    command = [sys.executable, __file__, "--peak", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def print_peak(name: str) -> None:
    """Print the growth of this process's peak, once a small search has loaded it all."""
    work = tasks()[name]
    transit_matrix(city()[0], walks_of([0]), wanted=WANTED)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = status_kib("VmRSS")
    answer = work()
    print(f"{(status_kib('VmHWM') - before) / 1024:.0f} MiB")
    del answer


def status_kib(field: str) -> int:
    """Return one figure that Linux keeps about this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one origin to all only")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not REAL.is_dir():
        sys.exit(f"no feeds in {REAL}; set LANDUSE_REAL to the folder of real data")
    if options.peak:
        print_peak(options.peak)
        return
    compare(options.rounds)
    if not options.quick:
        whole()
        growth(options.rounds)


if __name__ == "__main__":
    main()
