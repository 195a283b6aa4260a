"""A timetable layer: a feed as what runs on the study's date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.sources.gtfs import read_gtfs, timetable_of
from landuse.sources.opened import files_of
from landuse.sources.report import Report
from landuse.sources.store import sha256_of

if TYPE_CHECKING:
    import datetime as dt

    from landuse.config import Layer
    from landuse.transit.timetable import Timetable

__all__ = ["read_timetable"]


def read_timetable(layer: Layer, *, date: dt.date) -> tuple[Timetable, Report]:
    """Read a GTFS feed as the timetable of one date.

    Parameters
    ----------
    layer
        Of role `timetable`.
    date
        The date.

    Returns
    -------
    tuple
        What runs that day, and a report that counts the calls at stops of the whole feed.

    Raises
    ------
    MissingFileError
        If there is no such file.
    LayerError
        With every fault of the feed, or if it does not speak of the date.
    """
    where = f"{layer.path.name} [{layer.key}]"
    feed = read_gtfs(layer.path, where=where, member=layer.sublayer, encoding=layer.encoding)
    files = files_of(layer)
    calls = len(feed.stop_times.stop)
    report = Report(
        key=layer.key,
        role=layer.role,
        path=layer.path,
        rows=calls,
        rows_in_file=calls,
        crs="EPSG:4326",
        crs_from="GTFS",
        encoding=feed.encoding,
        notes=tuple(feed.notes),
        sha256=sha256_of(*files),
        bytes=sum(path.stat().st_size for path in files),
    )
    return timetable_of(feed, date), report
