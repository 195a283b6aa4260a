"""A timetable of one date as arrays: stops, connections in order of departure, footpaths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.transit.legs import Legs

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int32]

__all__ = ["Timetable", "merged", "stop_points", "timetable_of_calls", "with_footpaths"]

CONNECTIONS = (
    "dep_s",
    "arr_s",
    "dep_stop",
    "arr_stop",
    "trip",
    "may_board",
    "may_alight",
)


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """What runs on one date.

    A connection is a ride from one stop of a trip to the next. Connections stand in the
    order of their departure, those of one trip in the order of the trip.
    """

    stops: pd.DataFrame
    """stop_id, name, lon, lat; the index counts from 0 and is the code of a stop."""
    trips: pd.DataFrame
    """trip_id, route_id; the index is the code of a trip."""
    dep_s: Ints
    """Seconds from midnight of the date."""
    arr_s: Ints
    """Seconds from midnight; past 86,400 on the next day."""
    dep_stop: Ints
    arr_stop: Ints
    trip: Ints
    may_board: Bools
    """Whether one may get on at the stop of departure."""
    may_alight: Bools
    """Whether one may get off at the stop of arrival."""
    foot_start: NDArray[np.int64]
    """Footpaths from stop `i` are `foot_start[i]:foot_start[i + 1]`; none to itself."""
    foot_to: Ints
    foot_s: Ints
    date: dt.date | None = None

    def __len__(self) -> int:
        return len(self.dep_s)

    @property
    def reason(self) -> str:
        """`no_service_that_day` where nothing runs on the date, else empty."""
        return "" if len(self) else "no_service_that_day"

    @cached_property
    def stop_ids(self) -> pd.Index[Any]:
        """Ids of the stops, to look up in and to name the ends of legs."""
        ids: pd.Index[Any] = pd.Index(self.stops["stop_id"], name="stop_id")
        return ids

    @cached_property
    def turned(self) -> Timetable:
        """The timetable with time running backwards: a journey there is one here, reversed."""
        rows = np.repeat(np.arange(len(self.stops), dtype=np.int32), np.diff(self.foot_start))
        back = np.argsort(self.foot_to, kind="stable")
        foot = np.bincount(self.foot_to, minlength=len(self.stops))
        # Backwards first, so that the sort keeps a trip's own order where times are equal.
        order = np.arange(len(self))[::-1]
        order = order[np.argsort(-self.arr_s[order], kind="stable")]
        return replace(
            self,
            dep_s=-self.arr_s[order],
            arr_s=-self.dep_s[order],
            dep_stop=self.arr_stop[order],
            arr_stop=self.dep_stop[order],
            trip=self.trip[order],
            may_board=self.may_alight[order],
            may_alight=self.may_board[order],
            foot_start=np.concatenate([[0], np.cumsum(foot)]).astype(np.int64),
            foot_to=rows[back],
            foot_s=self.foot_s[back],
        )


def timetable_of_calls(
    stops: pd.DataFrame,
    trips: pd.DataFrame,
    calls: pd.DataFrame,
    *,
    date: dt.date | None = None,
    footpaths: Legs | None = None,
) -> Timetable:
    """Return a timetable from the calls of its trips.

    Parameters
    ----------
    stops
        stop_id and, if known, name, lon, lat.
    trips
        trip_id and, if known, route_id.
    calls
        `trip` and `stop` (places in these tables), `arrival_s`, `departure_s` and,
        optionally, `board` and `alight` (all may, by default). Calls of a trip stand
        together, in its order.
    date
        The date that the seconds count from.
    footpaths
        Walks from stop to stop, see `with_footpaths`.

    Raises
    ------
    LayerError
        If columns are missing, codes lead nowhere, or time runs backwards on a trip.
    """
    require_columns(stops, ["stop_id"], where="stops")
    require_columns(trips, ["trip_id"], where="trips")
    require_columns(calls, ["trip", "stop", "arrival_s", "departure_s"], where="calls")
    trip, stop = calls["trip"].to_numpy(np.int32), calls["stop"].to_numpy(np.int32)
    arrival, departure = (calls[name].to_numpy(np.int32) for name in ("arrival_s", "departure_s"))
    flags = {
        name: calls[name].to_numpy(np.bool_) if name in calls else np.ones(len(calls), np.bool_)
        for name in ("board", "alight")
    }
    first = np.flatnonzero(trip[1:] == trip[:-1])
    _check(calls, len(stops), len(trips), first)
    order = first[np.argsort(departure[first], kind="stable")]
    table = Timetable(
        stops=stops.reindex(columns=["stop_id", "name", "lon", "lat"]).reset_index(drop=True),
        trips=trips.reindex(columns=["trip_id", "route_id"]).reset_index(drop=True),
        dep_s=departure[order],
        arr_s=arrival[order + 1],
        dep_stop=stop[order],
        arr_stop=stop[order + 1],
        trip=trip[order],
        may_board=flags["board"][order],
        may_alight=flags["alight"][order + 1],
        foot_start=np.zeros(len(stops) + 1, dtype=np.int64),
        foot_to=np.zeros(0, dtype=np.int32),
        foot_s=np.zeros(0, dtype=np.int32),
        date=date,
    )
    return table if footpaths is None else with_footpaths(table, footpaths)


def _check(calls: pd.DataFrame, stops: int, trips: int, first: NDArray[np.int64]) -> None:
    faults = []
    for name, size in (("stop", stops), ("trip", trips)):
        wrong = ~calls[name].between(0, size - 1)
        if wrong.any():
            what = f"{wrong.sum()} codes lead nowhere"
            faults.append(Fault(where=f"calls: {name}", what=what, fix="give places in the table"))
    trip = calls["trip"].to_numpy()
    if len(np.unique(trip)) + len(first) != len(trip):
        what = "the calls of a trip do not stand together"
        faults.append(Fault(where="calls: trip", what=what, fix="sort them by trip"))
    arrival, departure = calls["arrival_s"].to_numpy(), calls["departure_s"].to_numpy()
    back = (departure < arrival).any() or (arrival[first + 1] < departure[first]).any()
    if back:
        what = "time runs backwards on a trip"
        faults.append(Fault(where="calls", what=what, fix="correct the times or the order"))
    if faults:
        raise LayerError(faults)


def with_footpaths(timetable: Timetable, footpaths: Legs) -> Timetable:
    """Return the timetable with other footpaths.

    Parameters
    ----------
    footpaths
        Legs from stops to stops, ids those of the timetable. A change may walk one of them,
        not several in a row, so leave none out that is to be walked. Seconds are rounded up
        to whole ones; legs of a stop to itself mean nothing.

    Raises
    ------
    LayerError
        If the legs name stops that the timetable does not have.
    """
    ends = [timetable.stop_ids.get_indexer(ids) for ids in (footpaths.from_ids, footpaths.to_ids)]
    lost = sum(int((end < 0).sum()) for end in ends)
    if lost:
        what = f"name {lost} stops that the timetable does not have"
        raise LayerError(Fault(where="footpaths", what=what, fix="use its stop_id"))
    rows = ends[0][np.repeat(np.arange(len(footpaths.from_ids)), np.diff(footpaths.start))]
    cols = ends[1][footpaths.to]
    order = np.lexsort((cols, rows))
    order = order[rows[order] != cols[order]]
    count = np.bincount(rows[order], minlength=len(timetable.stops))
    return replace(
        timetable,
        foot_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        foot_to=cols[order].astype(np.int32),
        foot_s=np.ceil(footpaths.seconds[order]).astype(np.int32),
    )


def merged(timetables: Mapping[str, Timetable]) -> Timetable:
    """Return several operators' timetables of one date as one.

    Parameters
    ----------
    timetables
        By a short name; ids of stops, trips and routes become `name:id`, since operators
        number alike. Footpaths between operators are for `with_footpaths`.

    Raises
    ------
    LayerError
        If there is none, or they are of different dates.
    """
    parts = list(timetables.values())
    dates = {part.date for part in parts}
    if len(dates) != 1:
        what = f"are of {len(dates)} dates: {', '.join(sorted(map(str, dates)))}"
        raise LayerError(Fault(where="timetables", what=what, fix="take one date for all"))
    stops = np.cumsum([0, *(len(part.stops) for part in parts)])
    trips = np.cumsum([0, *(len(part.trips) for part in parts)])
    feet = np.cumsum([0, *(len(part.foot_to) for part in parts)])
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (*CONNECTIONS, "foot_to", "foot_s")
    }
    for name in ("dep_stop", "arr_stop", "trip", "foot_to"):
        shift = trips if name == "trip" else stops
        lengths = [len(getattr(part, name)) for part in parts]
        joined[name] = (joined[name] + np.repeat(shift[:-1], lengths)).astype(np.int32)
    order = np.argsort(joined["dep_s"], kind="stable")
    return Timetable(
        stops=_named(timetables, "stops", ["stop_id"]),
        trips=_named(timetables, "trips", ["trip_id", "route_id"]),
        **{name: joined[name][order] for name in CONNECTIONS},
        foot_start=np.concatenate(
            [[0], *(part.foot_start[1:] + shift for part, shift in zip(parts, feet, strict=False))]
        ).astype(np.int64),
        foot_to=joined["foot_to"],
        foot_s=joined["foot_s"],
        date=dates.pop(),
    )


def _named(timetables: Mapping[str, Timetable], table: str, ids: list[str]) -> pd.DataFrame:
    tables = []
    for name, part in timetables.items():
        rows: pd.DataFrame = getattr(part, table)
        tables.append(rows.assign(**{key: f"{name}:" + rows[key].astype(str) for key in ids}))
    return pd.concat(tables, ignore_index=True)


def stop_points(timetable: Timetable, crs: Any) -> gpd.GeoSeries:  # noqa: ANN401 - whatever pyproj takes
    """Return where the stops are in a system, index their ids; blank where unknown."""
    import geopandas  # noqa: PLC0415 - half a second

    lon, lat = (timetable.stops[name].astype(float) for name in ("lon", "lat"))
    points = geopandas.GeoSeries(
        geopandas.points_from_xy(lon, lat), index=timetable.stop_ids, crs="EPSG:4326"
    )
    known = (lon.notna() & lat.notna()).to_numpy()
    return points.where(known, None).to_crs(crs)
