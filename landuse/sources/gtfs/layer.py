"""The stops of a feed as a layer: points with their departures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from landuse.sources.gtfs.days import KINDS, typical_dates
from landuse.sources.gtfs.read import read_gtfs
from landuse.sources.gtfs.stops import stop_departures
from landuse.sources.gtfs.trunk import ONE_WAY_PER_DAY, on_trunk
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.sources.gtfs.days import TypicalDates
    from landuse.sources.gtfs.feed import Feed
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["open_gtfs"]

GTFS_CRS = "EPSG:4326"


def open_gtfs(
    path: Path,
    findings: Findings,
    *,
    window: Window | None = None,
    one_way_per_day: float = ONE_WAY_PER_DAY,
) -> Found:
    """Read the places to board of a feed, with how much departs there.

    Departures and trunk routes are those of the whole feed; only then stops outside the
    window are left out, and counted as `outside`. Stops without a place keep their row.

    Returns
    -------
    Found
        stop_id, name, name_en, departures_weekday, departures_saturday,
        departures_holiday, routes, trunk (of a weekday; missing where the feed has none)
        and geometry, a row for each stop or platform.

    Raises
    ------
    LayerError
        With every fault of the feed.
    """
    layer = findings.layer
    feed = read_gtfs(path, where=findings.where, member=layer.sublayer, encoding=layer.encoding)
    findings.notes.extend(feed.notes)
    dates = typical_dates(feed)
    _note_dates(feed, dates, findings)
    table = stop_departures(feed, dates=dates)
    trunk = pd.array([pd.NA] * len(table), dtype="boolean")
    if dates.weekday:
        flags = on_trunk(feed, dates.weekday, one_way_per_day=one_way_per_day)
        trunk = pd.array(flags[table.index], dtype="boolean")
    table = table.assign(trunk=trunk).set_index(feed.stops.loc[table.index, "row"].rename("row"))
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], index=table.index, crs=GTFS_CRS)
    known = table["lon"].notna() & table["lat"].notna()
    found = gpd.GeoDataFrame(table, geometry=points.where(known), crs=GTFS_CRS).sort_index()
    found = _within(found, findings, window).drop(columns=["lon", "lat"])
    return Found(table=found, crs=CRS(GTFS_CRS), crs_from="GTFS", encoding=feed.encoding)


def _note_dates(feed: Feed, dates: TypicalDates, findings: Findings) -> None:
    """Say which dates the counts are of, and which kinds of day the feed does not know."""
    known = {kind: getattr(dates, kind) for kind in KINDS}
    text = ", ".join(f"{kind} {date or 'unknown'}" for kind, date in known.items())
    what = f"departures are those of {text}, within {feed.start} to {feed.end}"
    findings.note(what, "look at the timetable of these dates")
    silent = [kind for kind, date in known.items() if date is None]
    if silent:
        what = f"no trip runs on any {' or '.join(silent)}: departures are no data"
        findings.note(what, "find out whether nothing runs or the feed leaves such days out")
    others = int((~feed.stops["location_type"].isin([0])).sum())
    if others:
        what = f"{others} stations, entrances and the like: only their platforms are stops"
        findings.note(what, "nothing to do", place="stops.txt")


def _within(table: gpd.GeoDataFrame, findings: Findings, window: Window | None) -> gpd.GeoDataFrame:
    if window is None:
        return table
    west, south, east, north = window.bounds
    lon, lat = table["lon"], table["lat"]
    outside = (lon < west) | (lon > east) | (lat < south) | (lat > north)
    if not (lon.notna() & ~outside).any():
        return table  # so that whoever compares places can say how far away it lies
    findings.count("rows_in_file", int(outside.sum()))
    findings.count("outside", int(outside.sum()))
    return table[np.asarray(~outside)]
