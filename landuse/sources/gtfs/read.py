"""A feed from a zip file or folder: every file read, every fault told, everything joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from landuse.sources.gtfs.days import WEEK, exceptions_table, services_table, validity
from landuse.sources.gtfs.feed import Feed, StopTimes
from landuse.sources.gtfs.files import feed_files
from landuse.sources.gtfs.frequencies import read_frequencies, run_out
from landuse.sources.gtfs.sheet import Log, Sheet, missing_sheet, read_sheet
from landuse.sources.gtfs.tables import (
    agencies_table,
    routes_table,
    shapes_table,
    stops_table,
    trips_table,
)
from landuse.sources.gtfs.times import as_stop_times, read_calls
from landuse.sources.gtfs.values import check_keys, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["read_gtfs"]


@dataclass(frozen=True, kw_only=True)
class _File:
    """What is read of one file."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    """Columns that are filled and together stand once."""
    needed: bool = False
    """Whether there is no feed without it."""


FILES: Mapping[str, _File] = {
    "agency.txt": _File(required=("agency_name",), optional=("agency_id",)),
    "routes.txt": _File(
        required=("route_id", "route_type"),
        optional=("agency_id", "route_short_name", "route_long_name", "jp_parent_route_id"),
        key=("route_id",),
        needed=True,
    ),
    "trips.txt": _File(
        required=("trip_id", "route_id", "service_id"),
        optional=("direction_id", "trip_headsign", "block_id", "shape_id"),
        key=("trip_id",),
        needed=True,
    ),
    "stops.txt": _File(
        required=("stop_id", "stop_name", "stop_lat", "stop_lon"),
        optional=("location_type", "parent_station", "platform_code"),
        key=("stop_id",),
        needed=True,
    ),
    "stop_times.txt": _File(
        required=("trip_id", "stop_id", "arrival_time", "departure_time", "stop_sequence"),
        optional=(
            "pickup_type",
            "drop_off_type",
            "shape_dist_traveled",
            "location_id",
            "location_group_id",
        ),
        needed=True,
    ),
    "calendar.txt": _File(
        required=("service_id", *WEEK, "start_date", "end_date"), key=("service_id",)
    ),
    "calendar_dates.txt": _File(
        required=("service_id", "date", "exception_type"), key=("service_id", "date")
    ),
    "frequencies.txt": _File(
        required=("trip_id", "start_time", "end_time", "headway_secs"),
        key=("trip_id", "start_time"),
    ),
    "feed_info.txt": _File(required=(), optional=("feed_start_date", "feed_end_date")),
    "translations.txt": _File(
        required=("translation",),
        optional=(
            "trans_id",
            "lang",
            "table_name",
            "field_name",
            "language",
            "record_id",
            "field_value",
        ),
    ),
    "shapes.txt": _File(
        required=("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
        key=("shape_id", "shape_pt_sequence"),
    ),
}
"""Fare tables and the rest are not even unpacked."""

CALENDARS = ("calendar.txt", "calendar_dates.txt")


def read_gtfs(
    path: Path,
    *,
    where: str = "",
    member: str = "",
    encoding: str = "",
    area: tuple[float, float, float, float] | None = None,
    shapes: bool = False,
) -> Feed:
    """Read and check a GTFS or GTFS-JP feed.

    Parameters
    ----------
    path
        A zip file or a folder; the feed may lie in a folder or in one zip file in it.
    where
        How messages name the feed; its file name if empty.
    member
        Folder or zip file inside to take, where there are several feeds.
    encoding
        Text encoding; empty: UTF-8, then cp932, file by file.
    area
        West, south, east, north in degrees: stops outside become a note.
    shapes
        Whether to read the lines on the map too.

    Returns
    -------
    Feed
        Times in seconds from the start of the service day; blank times filled in and
        trips with a headway run out, as `as_stop_times` and `run_out` say.

    Raises
    ------
    MissingFileError
        If the path is not there.
    LayerError
        With every fault of the feed: files and columns missing, ids blank, doubled or
        leading nowhere, times, dates and numbers that are none or run backwards.
    """
    log = Log(where=where or path.name)
    wanted = [name for name in FILES if shapes or name != "shapes.txt"]
    files = feed_files(path, wanted=wanted, member=member, where=log.where)
    sheets = {name: _sheet(name, files, log, encoding=encoding) for name in wanted}
    if not any(name in files for name in CALENDARS):
        what = "has neither calendar.txt nor calendar_dates.txt"
        log.fault(what, "add one: without it no trip runs on any day")
    return _joined(sheets, log, area)


def _sheet(name: str, files: Mapping[str, bytes], log: Log, *, encoding: str) -> Sheet:
    spec = FILES[name]
    if name not in files:
        if spec.needed:
            log.fault("is missing", "add it: there is no feed without it", place=name)
        elif name == "agency.txt":
            log.note("is missing", "add it: the operator has no name", place=name)
        return missing_sheet(name, whole=not spec.needed)
    columns = (*spec.required, *spec.optional)
    sheet = read_sheet(name, files[name], log, columns=columns, encoding=encoding)
    for column in spec.required if sheet.columns or sheet.whole else ():
        if column not in sheet.columns:
            what = f"is missing (found: {', '.join(sheet.columns) or 'none that is read'})"
            log.fault(what, "add the column", place=f"{name}: column {column}")
    if spec.needed and sheet.whole and sheet.columns and not len(sheet):
        log.fault("has no rows", "give the whole feed", place=name)
    check_keys(sheet, spec.key, log)
    return sheet


def _joined(
    sheets: Mapping[str, Sheet], log: Log, area: tuple[float, float, float, float] | None
) -> Feed:
    """Make the tables of a feed, raise all faults, and only then work out the times."""
    services = services_table(sheets["calendar.txt"], sheets["calendar_dates.txt"], log)
    service_ids = _ids(services, "service_id")
    exceptions = exceptions_table(sheets["calendar_dates.txt"], service_ids, log)
    start, end = validity(services, exceptions, sheets["feed_info.txt"], log)
    routes = routes_table(sheets["routes.txt"], log)
    owners = sheets["routes.txt"], _calendar(sheets)
    trips = trips_table(
        sheets["trips.txt"], _ids(routes, "route_id"), service_ids, log, owners=owners
    )
    stops = stops_table(sheets["stops.txt"], sheets["translations.txt"], log, area=area)
    trip_ids, owner = _ids(trips, "trip_id"), sheets["trips.txt"]
    calls = read_calls(
        sheets["stop_times.txt"],
        trip_ids,
        _ids(stops, "stop_id"),
        log,
        owners=(owner, sheets["stops.txt"]),
    )
    headways = read_frequencies(sheets["frequencies.txt"], trip_ids, log, owner=owner)
    drawn = shapes_table(sheets["shapes.txt"], log) if "shapes.txt" in sheets else None
    log.raise_faults()
    _note_idle(trips, calls, log)
    trips, stop_times, made = _worked_out(trips, calls, stops, headways, log)
    return Feed(
        agencies=agencies_table(sheets["agency.txt"]),
        routes=routes,
        services=services,
        exceptions=exceptions,
        trips=trips,
        stops=stops,
        stop_times=stop_times,
        shapes=drawn,
        start=start,
        end=end,
        encoding=_encoding(sheets),
        where=log.where,
        notes=tuple(log.notes),
        counts={name: len(sheet) for name, sheet in sheets.items() if sheet.columns} | made,
    )


def _worked_out(
    trips: pd.DataFrame, calls: pd.DataFrame, stops: pd.DataFrame, headways: pd.DataFrame, log: Log
) -> tuple[pd.DataFrame, StopTimes, dict[str, int]]:
    """Fill in blank times and run out headways; say so, and how many."""
    times, ways = as_stop_times(calls, stops, len(trips))
    made = {"estimated": sum(ways.values())}
    if ways:
        text = ", ".join(f"{number:,} {way}" for way, number in ways.items())
        what = f"blank times filled in between others: {text}"
        log.note(what, "nothing to do; they are estimates", place="stop_times.txt")
    if len(headways):
        often = trips["trip_id"].iloc[headways["trip"]]
        trips, times = run_out(headways, trips, times, log)
        log.raise_faults()
        made["runs"] = int(trips["trip_id"].isin(often).sum())
        what = f"trips with a headway run out into {made['runs']:,} runs"
        fix = "nothing to do; where exact_times is not 1 their times are examples"
        log.note(what, fix, place="frequencies.txt")
    return trips, times, made


def _ids(table: pd.DataFrame, column: str) -> pd.Index:
    """Return ids to look up in; of doubled ones, a fault already, each but the first is lost."""
    ids = pd.Series(table[column], dtype=object)
    apart = [object() if twice else name for name, twice in zip(ids, ids.duplicated(), strict=True)]
    return pd.Index(apart, dtype=object)


def _calendar(sheets: Mapping[str, Sheet]) -> Sheet:
    """Return what stands for both calendars in messages about lost services."""
    both = [sheets[name] for name in CALENDARS]
    there = any(sheet.columns for sheet in both)
    name = " or ".join(sheet.name for sheet in both)
    return missing_sheet(name, whole=there and all(sheet.whole for sheet in both))


def _note_idle(trips: pd.DataFrame, calls: pd.DataFrame, log: Log) -> None:
    stops = calls["trip"].value_counts().reindex(trips.index, fill_value=0)
    idle = trips[stops < 2]
    if len(idle):
        what = "trips with fewer than two stops: nobody rides them"
        fix = "give their stops in stop_times.txt"
        log.note(what, fix, place=place_of("trips.txt", idle, "trip_id"))


def _encoding(sheets: Mapping[str, Sheet]) -> str:
    """Return the encodings of all files; those of letters without accents tell nothing."""
    found = dict.fromkeys(sheet.encoding for sheet in sheets.values() if sheet.encoding)
    return next((name for name in found if name != "utf-8"), "utf-8")
