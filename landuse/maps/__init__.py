"""The only code that knows folium and matplotlib: one study as pages, sheets and a report.

Names are imported when first asked for, because folium and matplotlib are slow to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from landuse.maps.compose import page
    from landuse.maps.data import MapData, ZoneText
    from landuse.maps.own import OwnLayer, layer
    from landuse.maps.pages import both_pages, folium_map, public_page, staff_page
    from landuse.maps.print import Prints, map_png, prints, zones_pdf, zones_png
    from landuse.maps.report import report_page
    from landuse.maps.report_sheets import report_pdf

__all__ = [
    "MapData",
    "OwnLayer",
    "Prints",
    "ZoneText",
    "both_pages",
    "folium_map",
    "layer",
    "map_png",
    "page",
    "prints",
    "public_page",
    "report_page",
    "report_pdf",
    "staff_page",
    "zones_pdf",
    "zones_png",
]

_HOMES = {
    "MapData": "data",
    "OwnLayer": "own",
    "ZoneText": "data",
    "both_pages": "pages",
    "folium_map": "pages",
    "layer": "own",
    "page": "compose",
    "public_page": "pages",
    "staff_page": "pages",
    "Prints": "print",
    "map_png": "print",
    "prints": "print",
    "zones_pdf": "print",
    "zones_png": "print",
    "report_page": "report",
    "report_pdf": "report_sheets",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
