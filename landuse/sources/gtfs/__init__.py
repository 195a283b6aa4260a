"""Timetables of buses and trains in GTFS and GTFS-JP.

::

    zip or folder -> texts of one feed (files) -> coded columns (sheet, values)
        -> tables and calls, checked (tables, days, times, frequencies) -> Feed (read)
            -> services of a date (days), departures (stops), trunk routes (trunk)
            -> points for the gate (layer), what runs on a date (timetable)
"""

from __future__ import annotations

from landuse.sources.gtfs.days import TypicalDates, services_on, trips_on, typical_dates
from landuse.sources.gtfs.feed import Feed, StopTimes
from landuse.sources.gtfs.layer import open_gtfs
from landuse.sources.gtfs.read import read_gtfs
from landuse.sources.gtfs.stops import stop_departures
from landuse.sources.gtfs.timetable import timetable_of, timetables_by_day
from landuse.sources.gtfs.trunk import on_trunk, trunk_routes, trunk_sections

__all__ = [
    "Feed",
    "StopTimes",
    "TypicalDates",
    "on_trunk",
    "open_gtfs",
    "read_gtfs",
    "services_on",
    "stop_departures",
    "timetable_of",
    "timetables_by_day",
    "trips_on",
    "trunk_routes",
    "trunk_sections",
    "typical_dates",
]
