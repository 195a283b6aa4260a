"""What a timetable feed holds, as tables and compact arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.errors import Fault

    Bools = NDArray[np.bool_]
    Bytes = NDArray[np.int8]
    Ints = NDArray[np.int32]

__all__ = ["Feed", "StopTimes"]


@dataclass(frozen=True, kw_only=True)
class StopTimes:
    """Every call of every trip, in the order of trips and, within a trip, of its stops.

    All arrays are of one length. The calls of trip `t` are `starts[t]:starts[t + 1]`.
    """

    trip: Ints
    """Row of `Feed.trips`."""
    stop: Ints
    """Row of `Feed.stops`."""
    arrival_s: Ints
    """Seconds from the start of the service day; past 86,400 after midnight."""
    departure_s: Ints
    sequence: Ints
    """`stop_sequence` as the feed counts."""
    pickup: Bytes
    """0 boards, 1 does not, 2 by telephone, 3 by asking the driver."""
    drop_off: Bytes
    estimated: Bools
    """Whether the feed leaves the time blank, so that it lies here between two others."""
    starts: NDArray[np.int64]
    """First call of each trip, and the number of calls at the end."""

    def __len__(self) -> int:
        return len(self.trip)


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A timetable, read and checked.

    Tables stand in the order of their ids, so that the order of rows in the files means
    nothing. Their index counts from 0, and these counts are the codes that other tables
    and `StopTimes` use. Column `row` is the row of the file. Blank texts are empty; codes
    that lead nowhere are -1.
    """

    agencies: pd.DataFrame
    """agency_id, name."""
    routes: pd.DataFrame
    """route_id, name, short_name, long_name, type, agency_id, parent_route (GTFS-JP)."""
    services: pd.DataFrame
    """service_id, monday … sunday (flags), start, end; no dates where a service is listed
    in calendar_dates.txt alone."""
    exceptions: pd.DataFrame
    """service (code), date, added (else removed)."""
    trips: pd.DataFrame
    """trip_id, run, route, service (codes), direction (0, 1 or -1), headsign, block_id,
    shape_id. A trip of frequencies.txt stands once for each run, `run` counting from 0."""
    stops: pd.DataFrame
    """stop_id, name (ja), name_en, name_kana, lon, lat (NaN where unknown), location_type,
    parent (code), platform."""
    stop_times: StopTimes
    shapes: pd.DataFrame | None
    """shape_id, lon, lat in the order of their points; None if not asked for."""
    start: dt.date
    """First day of which the feed speaks: see `days.validity`."""
    end: dt.date
    """Last such day."""
    encoding: str
    where: str
    """How messages name the feed."""
    notes: tuple[Fault, ...]
    """What is odd but stops nothing."""
    counts: Mapping[str, int]
    """Rows in each file that was read; `estimated` times and `runs` made of frequencies."""
