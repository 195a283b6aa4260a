"""The only code that opens files or sockets.

`read` is the one way in for every layer of a city file; `store` and `geopackage` are the
way out. Everything that `read` hands on is in the city's plane, valid, and has the columns
that its role promises.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landuse.sources.gate import check_meets, read, read_all
    from landuse.sources.official import read_official
    from landuse.sources.opened import files_of
    from landuse.sources.osm import streets_of_mode
    from landuse.sources.report import Report
    from landuse.sources.streets import read_streets
    from landuse.sources.timetables import read_timetable

__all__ = [
    "Report",
    "check_meets",
    "files_of",
    "read",
    "read_all",
    "read_official",
    "read_streets",
    "read_timetable",
    "streets_of_mode",
]

_HOMES = {
    "Report": "report",
    "files_of": "opened",
    "read_official": "official",
    "read_streets": "streets",
    "read_timetable": "timetables",
    "streets_of_mode": "osm",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - functions and a class
    """Import a name when it is first asked for (PEP 562); writers alone need no geopandas."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'gate')}"), name)
