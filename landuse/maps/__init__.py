"""The only code that knows folium and matplotlib: one study as pages, sheets and a report.

Names are imported when first asked for, because folium and matplotlib are slow to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from landuse.maps.data import MapData, ZoneText
    from landuse.maps.page import both_pages, folium_map, public_page, staff_page
    from landuse.maps.print import map_png, zones_pdf, zones_png
    from landuse.maps.report import report_page

__all__ = [
    "MapData",
    "ZoneText",
    "both_pages",
    "folium_map",
    "map_png",
    "public_page",
    "report_page",
    "staff_page",
    "zones_pdf",
    "zones_png",
]

_HOMES = {
    "MapData": "data",
    "ZoneText": "data",
    "both_pages": "page",
    "folium_map": "page",
    "public_page": "page",
    "staff_page": "page",
    "map_png": "print",
    "zones_pdf": "print",
    "zones_png": "print",
    "report_page": "report",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
