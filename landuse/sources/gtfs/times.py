"""The calls of trips: read, checked, put in order, blank times filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.gtfs.feed import StopTimes
from landuse.sources.gtfs.sheet import subset
from landuse.sources.gtfs.values import (
    numbers,
    one_of,
    place_of,
    references,
    time_s,
    whole,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.gtfs.sheet import Log, Sheet

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["as_stop_times", "read_calls"]

EARTH_RADIUS_M = 6_371_008.8
BOARDING = one_of(0, 1, 2, 3)
CLOCK = "a time H:MM:SS"


def read_calls(
    sheet: Sheet, trips: pd.Index, stops: pd.Index, log: Log, *, owners: tuple[Sheet, Sheet]
) -> pd.DataFrame:
    """Return the calls in order, times in seconds or NaN where blank, and fault what is wrong."""
    sheet = _without_zones(sheet, log)
    calls = pd.DataFrame(
        {
            "trip": references(sheet, "trip_id", trips, log, owner=owners[0]),
            "stop": references(sheet, "stop_id", stops, log, owner=owners[1]),
            "arrival": numbers(sheet, "arrival_time", log, read=time_s, kind=CLOCK),
            "departure": numbers(sheet, "departure_time", log, read=time_s, kind=CLOCK),
            "sequence": numbers(
                sheet, "stop_sequence", log, read=whole, kind="a whole number", required=True
            ),
            "pickup": numbers(sheet, "pickup_type", log, read=BOARDING, kind="0 to 3"),
            "drop_off": numbers(sheet, "drop_off_type", log, read=BOARDING, kind="0 to 3"),
            "distance": numbers(
                sheet, "shape_dist_traveled", log, read=_distance, kind="a distance"
            ),
            "row": sheet.rows,
        }
    )
    order = np.lexsort((calls["sequence"], calls["trip"]))
    calls = calls.iloc[order].reset_index(drop=True)
    unreadable = _unreadable(sheet)[order]
    _check_sequence(calls, sheet.name, log)
    _check_times(calls, unreadable, sheet, log)
    return calls


def _distance(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < np.inf else None


def _without_zones(sheet: Sheet, log: Log) -> Sheet:
    """Leave out calls at zones of demand-responsive services (GTFS-Flex)."""
    zone = ~(sheet.blank("location_id") & sheet.blank("location_group_id"))
    zone &= sheet.blank("stop_id")
    if not zone.any():
        return sheet
    what = "calls at zones of a demand-responsive service: left out"
    log.note(what, "nothing to do; such services are not in the counts", place=sheet.place(zone))
    return subset(sheet, ~zone)


def _unreadable(sheet: Sheet) -> Bools:
    """Tell which rows have a time that is a fault already."""
    wrong = np.zeros(len(sheet), dtype=np.bool_)
    for column in ("arrival_time", "departure_time"):
        codes, words = sheet.coded(column)
        wrong |= np.array([bool(w) and time_s(w) is None for w in [*words, ""]])[codes]
    return wrong


def _check_sequence(calls: pd.DataFrame, name: str, log: Log) -> None:
    known = calls[(calls["trip"] >= 0) & calls["sequence"].notna()]
    twice = known[known.duplicated(["trip", "sequence"], keep=False)]
    if len(twice):
        what = "a trip has one stop_sequence twice"
        fix = "number the stops of each trip in their order"
        log.fault(what, fix, place=place_of(name, twice, "trip_id, stop_sequence"))


def _check_times(calls: pd.DataFrame, unreadable: Bools, sheet: Sheet, log: Log) -> None:
    """Fault blank times at the ends of a trip and times that run backwards."""
    if not {"arrival_time", "departure_time"} <= set(sheet.columns):
        return
    calls = calls[(calls["trip"] >= 0).to_numpy() & ~unreadable]
    trip = calls["trip"].to_numpy()
    blank = calls["arrival"].isna() & calls["departure"].isna()
    edge = np.diff(trip, prepend=-1) != 0
    edge |= np.diff(trip, append=-1) != 0
    if (blank & edge).any():
        what = "the first or last stop of a trip has no time"
        log.fault(
            what, "give its time", place=place_of(sheet.name, calls[blank & edge], "arrival_time")
        )
    timed = calls[~blank]
    arrival, departure = timed["arrival"], timed["departure"]
    here = (departure < arrival).to_numpy()
    if here.any():
        what = "departs before it arrives"
        log.fault(
            what, "correct the times", place=place_of(sheet.name, timed[here], "departure_time")
        )
    first = arrival.fillna(departure).to_numpy()
    last = departure.fillna(arrival).to_numpy()
    back = np.zeros(len(timed), dtype=np.bool_)
    back[1:] = (np.diff(timed["trip"]) == 0) & (first[1:] < last[:-1])
    if back.any():
        what = "arrives before it left the stop before"
        fix = "correct the times or stop_sequence; after midnight hours go on as 24, 25 …"
        log.fault(what, fix, place=place_of(sheet.name, timed[back], "arrival_time"))


def as_stop_times(
    calls: pd.DataFrame, stops: pd.DataFrame, trips: int
) -> tuple[StopTimes, dict[str, int]]:
    """Return checked calls as arrays, and how many blank times were filled in which way.

    A blank time lies between the nearest given times before and after it, in proportion
    to the way: along `shape_dist_traveled` where all calls between have it, else in
    straight lines from stop to stop where all of those have a place, else one part for
    each stop. It is cut to whole seconds.
    """
    arrival = calls["arrival"].fillna(calls["departure"]).to_numpy()
    departure = calls["departure"].fillna(calls["arrival"]).to_numpy()
    blank = np.isnan(arrival)
    filled, ways = _between(arrival, departure, blank, _measures(calls, stops))
    trip = calls["trip"].to_numpy(dtype=np.int32)
    return StopTimes(
        trip=trip,
        stop=calls["stop"].to_numpy(dtype=np.int32),
        arrival_s=np.where(blank, filled, arrival).astype(np.int32),
        departure_s=np.where(blank, filled, departure).astype(np.int32),
        sequence=calls["sequence"].to_numpy(dtype=np.int32),
        pickup=np.nan_to_num(calls["pickup"]).astype(np.int8),
        drop_off=np.nan_to_num(calls["drop_off"]).astype(np.int8),
        estimated=blank,
        starts=np.searchsorted(trip, np.arange(trips + 1)),
    ), ways


def _measures(calls: pd.DataFrame, stops: pd.DataFrame) -> dict[str, Floats]:
    """Return, for each way to measure, a length that grows from call to call."""
    place = calls["stop"].to_numpy()
    lon, lat = (np.radians(stops[name].to_numpy()[place]) for name in ("lon", "lat"))
    half = np.sin(np.diff(lat) / 2) ** 2
    half += np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
    steps = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(half))
    known = np.nancumsum(np.concatenate([[0.0], steps])[: len(place)])
    return {
        "along shape_dist_traveled": calls["distance"].to_numpy(),
        "in straight lines between stops": np.where(np.isnan(lon), np.nan, known),
        "in equal parts": np.arange(len(place), dtype=np.float64),
    }


def _between(
    arrival: Floats, departure: Floats, blank: Bools, measures: dict[str, Floats]
) -> tuple[Floats, dict[str, int]]:
    if not blank.any():
        return arrival, {}
    at = np.arange(len(blank))
    before = np.maximum.accumulate(np.where(blank, -1, at))
    after = np.minimum.accumulate(np.where(blank, len(at), at)[::-1])[::-1]
    wanted = np.flatnonzero(blank)
    p, n = before[wanted], after[wanted]
    filled = np.full(len(blank), np.nan)
    ways: dict[str, int] = {}
    for way, length in measures.items():
        gap = length[n] - length[p]
        usable = np.isnan(filled[wanted]) & (gap > 0) & _steady(length, p, n)
        share = (length[wanted] - length[p])[usable] / gap[usable]
        spent = arrival[n][usable] - departure[p][usable]
        filled[wanted[usable]] = np.floor(departure[p][usable] + spent * share)
        ways |= {way: int(usable.sum())} if usable.any() else {}
    return filled, ways


def _steady(length: Floats, p: NDArray[np.int64], n: NDArray[np.int64]) -> Bools:
    """Tell for pairs of calls whether a length is known and never falls between them."""
    steps = np.diff(length, prepend=length[0])
    bad = np.cumsum(np.isnan(length) | ~(steps >= 0))
    return np.asarray((bad[n] == bad[p]) & ~np.isnan(length[p]))
