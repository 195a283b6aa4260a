"""Trips that a feed gives once with a headway, run out into every single run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.gtfs.feed import StopTimes
from landuse.sources.gtfs.times import CLOCK
from landuse.sources.gtfs.values import numbers, place_of, references, time_s, whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.gtfs.sheet import Log, Sheet

__all__ = ["read_frequencies", "run_out"]

MAX_RUNS = 1_000_000
MAX_CALLS = 50_000_000
"""More than any network has: a headway of one second is a mistake or an attack."""


def read_frequencies(sheet: Sheet, trips: pd.Index, log: Log, *, owner: Sheet) -> pd.DataFrame:
    """Return when which trip (code) runs how often, in seconds, and fault what is wrong."""
    rows = pd.DataFrame(
        {
            "trip": references(sheet, "trip_id", trips, log, owner=owner),
            "start": numbers(sheet, "start_time", log, read=time_s, kind=CLOCK, required=True),
            "end": numbers(sheet, "end_time", log, read=time_s, kind=CLOCK, required=True),
            "headway": numbers(
                sheet, "headway_secs", log, read=_seconds, kind="seconds above zero", required=True
            ),
            "row": sheet.rows,
        }
    ).sort_values(["trip", "start"], kind="stable", ignore_index=True)
    turned = rows[rows["end"] <= rows["start"]]
    if len(turned):
        place = place_of(sheet.name, turned, "end_time")
        log.fault("ends before it starts", "correct the times", place=place)
    met = rows[(rows["trip"] == rows["trip"].shift()) & (rows["start"] < rows["end"].shift())]
    if len(met):
        place = place_of(sheet.name, met, "start_time")
        log.fault("begins while the period before it lasts", "part the periods", place=place)
    return rows


def _seconds(text: str) -> float | None:
    return whole(text) or None


def run_out(
    rows: pd.DataFrame, trips: pd.DataFrame, calls: StopTimes, log: Log
) -> tuple[pd.DataFrame, StopTimes]:
    """Return trips and calls with each trip of frequencies.txt once for each run.

    Runs leave the first stop at `start_time` and every `headway_secs` after it, before
    `end_time`. The times of the trip itself only say how long it takes between stops.
    """
    lasts = (rows["end"] - rows["start"]).to_numpy()
    count = np.ceil(lasts / rows["headway"].to_numpy())
    trip = rows["trip"].to_numpy()
    if count.sum() > MAX_RUNS or (count * np.diff(calls.starts)[trip]).sum() > MAX_CALLS:
        what = f"makes {count.sum():,.0f} runs"
        log.fault(what, "correct headway_secs: it is in seconds", place="frequencies.txt")
        return trips, calls
    runs = _runs(rows, count.astype(np.int64), calls)
    numbered = runs.groupby("trip").cumcount().to_numpy(dtype=np.int32)
    repeated = trips.iloc[runs["trip"]].reset_index(drop=True).assign(run=numbered)
    return repeated, _repeated(calls, runs)


def _runs(rows: pd.DataFrame, count: NDArray[np.int64], calls: StopTimes) -> pd.DataFrame:
    """Return every run: its trip and by how many seconds it is later than that."""
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    leaves, headway = (np.repeat(rows[name].to_numpy(), count) for name in ("start", "headway"))
    trip = np.repeat(rows["trip"].to_numpy(), count)
    first = calls.departure_s[np.minimum(calls.starts[trip], len(calls) - 1)]
    single = np.setdiff1d(np.arange(len(calls.starts) - 1), trip)
    shift = np.concatenate([np.zeros(len(single)), leaves + step * headway - first])
    runs = pd.DataFrame({"trip": np.concatenate([single, trip]), "shift": shift.astype(np.int32)})
    return runs.sort_values(["trip", "shift"], kind="stable", ignore_index=True)


def _repeated(calls: StopTimes, runs: pd.DataFrame) -> StopTimes:
    trip, shift = runs["trip"].to_numpy(), runs["shift"].to_numpy()
    lengths = np.diff(calls.starts)[trip]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    take = np.arange(starts[-1]) + np.repeat(calls.starts[trip] - starts[:-1], lengths)
    later = np.repeat(shift, lengths)
    return StopTimes(
        trip=np.repeat(np.arange(len(runs), dtype=np.int32), lengths),
        stop=calls.stop[take],
        arrival_s=calls.arrival_s[take] + later,
        departure_s=calls.departure_s[take] + later,
        sequence=calls.sequence[take],
        pickup=calls.pickup[take],
        drop_off=calls.drop_off[take],
        estimated=calls.estimated[take],
        starts=starts,
    )
