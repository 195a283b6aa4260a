"""The public page, the counter's page and the map of a notebook, on folium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from landuse.maps import tables
from landuse.maps.bundle import environment
from landuse.maps.data import check
from landuse.maps.fields import cell_layer
from landuse.maps.in_view import people_zones
from landuse.maps.layers import (
    claim_layer,
    face_layer,
    facility_layer,
    ground_layers,
    service_layer,
    town_layer,
    zone_layer,
)
from landuse.maps.notebook import Ours, PageMap, Verbatim
from landuse.maps.pack import inert_json, pack_bytes, packed_payload
from landuse.maps.palette import Palette, read_palette
from landuse.maps.search import search_part
from landuse.maps.topology import LONLAT
from landuse.maps.words import Words, asset, words_for
from landuse.maps.work import STAFF_SCRIPTS, words_of_page, work_layer
from landuse.toml import Label

if TYPE_CHECKING:
    from branca.element import Element, Figure

    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = [
    "GSI_TILES",
    "PageMap",
    "both_pages",
    "folium_map",
    "page_payload",
    "public_page",
    "staff_page",
]

MAP_ID = "landuse"

DISPLAY_M = {"public": 10.0, "staff": 5.0}
"""Size of the bends that are left out for display, in metres."""

GSI_TILES = {
    "url": "https://cyberjapandata.gsi.go.jp/xyz/pale/{z}/{x}/{y}.png",
    "host": "https://cyberjapandata.gsi.go.jp",
    "credit_url": "https://maps.gsi.go.jp/development/ichiran.html",
    "min_zoom": 9,
    "max_zoom": 18,
}
"""Tiles of the Geospatial Information Authority of Japan. From zoom 9 on the pale map asks
for no further credits than its own; below, it is not shown."""

SCRIPTS = (
    "unpack.js",
    "codec.js",
    "columns.js",
    "language.js",
    "facts.js",
    "view.js",
    "patterns.js",
    "paint.js",
    "panel.js",
    "near.js",
    "gaps.js",
    "season.js",
    "place.js",
    "controls.js",
    "own.js",
    "tables.js",
    "shell.js",
    "patches.js",
    "fold.js",
    "spots.js",
    "find.js",
    "search.js",
    "inview.js",
    "link.js",
    "share.js",
    "plot.js",
    "sheet.js",
    "page.js",
)
"""Our own scripts in the order in which they need each other."""

GROUND_ORIGINS = {
    "roads": "roads",
    "railways": "railways",
    "stations": "stations",
    "gateways": "transport",
    "districts": "districts",
    "names": "towns",
}
"""Row of the layer control -> layer key whose grade it shows."""


def public_page(data: MapData, *, tiles: bool = False) -> str:
    """Return the page for citizens as one HTML text.

    Parameters
    ----------
    data
        One study.
    tiles
        Offer the tiles of the Geospatial Information Authority of Japan behind the map.
        Even then nothing is asked of the network until the reader switches them on.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    return _page(data, staff=False, tiles=tiles)


def staff_page(data: MapData, *, tiles: bool = False) -> str:
    """Return the page for the counter and the office; parameters as for `public_page`."""
    return _page(data, staff=True, tiles=tiles)


class Pages(NamedTuple):
    """The two pages of one study."""

    public: str
    staff: str


def both_pages(data: MapData, *, public: MapData | None = None, tiles: bool = False) -> Pages:
    """Return the public and the staff page.

    Parameters
    ----------
    data
        One study, for the staff page.
    public
        What of it may be public; left out, everything. Where nothing is held back, the
        cells, most of the work, are packed once for both.
    tiles
        As for `public_page`.
    """
    check(data)
    shown = data if public is None else public
    cells = cell_layer(data, facility_layer(data))
    own = cells if len(shown.facilities) == len(data.facilities) else None
    return Pages(
        public=_page(shown, staff=False, tiles=tiles, cells=own),
        staff=_page(data, staff=True, tiles=tiles, cells=cells),
    )


def _page(data: MapData, *, staff: bool, tiles: bool, cells: Json | None = None) -> str:
    return _drawn(data, staff=staff, tiles=tiles, cells=cells).html()


def folium_map(
    data: MapData,
    *,
    staff: bool = True,
    tiles: bool = False,
    title: str = "",
    more: Json | None = None,
) -> PageMap:
    """Return a study as a folium map that shows itself in a notebook.

    It takes layers of `landuse.maps.layer`, and folium's own like any other map; it needs
    no network unless those do. `title` stands instead of the page's own; `more` is what the
    page's scripts are handed besides (see `landuse.maps.comparison`).

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    return _drawn(data, staff=staff, tiles=tiles, title=title, more=more)


def _drawn(
    data: MapData,
    *,
    staff: bool,
    tiles: bool,
    title: str = "",
    cells: Json | None = None,
    more: Json | None = None,
) -> PageMap:
    check(data)
    words = words_for(data)
    if title:
        words |= {_title_key(staff=staff): Label(ja=title, en="")}
    west, south, east, north = data.boundary.to_crs(LONLAT).total_bounds
    drawn = PageMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=9,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.75,
        wheel_px_per_zoom_level=90,
        world_copy_jump=False,
        font_size="13px",
    )
    # Folium draws lots for it; with a fixed one equal inputs give equal pages.
    drawn._id = MAP_ID  # noqa: SLF001
    drawn.page_title = title or str(words[_title_key(staff=staff)])
    drawn.image_hosts = (str(GSI_TILES["host"]),) if tiles else ()
    explorer = _Explorer(data, words, staff=staff, tiles=tiles, cells=cells)
    explorer.payload |= more or {}
    drawn.add_child(explorer, name="landuse")
    return drawn


class _Explorer(Ours):
    """Panel, data and scripts of the page, as one element of a folium map."""

    def __init__(
        self, data: MapData, words: Words, *, staff: bool, tiles: bool, cells: Json | None
    ) -> None:
        super().__init__()
        self._name = "Landuse"
        self._id = MAP_ID
        palette = read_palette()
        payload = page_payload(data, staff=staff, palette=palette, words=words, cells=cells)
        payload["tiles"] = GSI_TILES if tiles else None
        if staff:
            payload["work"] = work_layer(data, bends_m=DISPLAY_M["staff"])
        self.payload = payload
        self.panel = _panel(data, payload, words, staff=staff)
        self.style = _style(payload["zones"], palette)
        names = (*SCRIPTS[:-1], *(STAFF_SCRIPTS if staff else ()), SCRIPTS[-1])
        self.code = "\n".join(asset(f"js/{name}").read_text("utf-8") for name in names)

    def render(self, **_: object) -> str:
        """Put each part where it belongs in the figure."""
        figure = cast("Figure", self.get_root())
        head = f"<style>{self.style}</style><script>{self.code}</script>"
        whole = self.payload | {"own": [layer.payload for layer in self.own]}
        data = f'<script type="application/json" id="lu-data">{packed_payload(whole)}</script>'
        start = f"window.landuse = Landuse.start({cast('Element', self._parent).get_name()});"
        figure.header.add_child(Verbatim(head), name="landuse")
        # Panel before map, so that readers by ear or keyboard meet the title first.
        figure.html.add_child(Verbatim(self.panel + data), name="landuse")
        figure.html._children.move_to_end("landuse", last=False)  # noqa: SLF001
        figure.script.add_child(Verbatim(start), name="landuse")
        return ""


def _style(zones: list[Json], palette: Palette) -> str:
    sheet = "\n".join(file.read_text("utf-8") for file in sorted(asset("css").glob("*.css")))
    look = ".zone-{} {{ background-color: {colour}; --pattern-ink: {ink}; }}"
    swatches = [look.format(i, **zone) for i, zone in enumerate(zones)]
    grades = [f".grade-{key} {{ color: {colour}; }}" for key, colour in palette.grades.items()]
    return "\n".join([sheet, *swatches, *grades])


def _panel(data: MapData, payload: Json, words: Words, *, staff: bool) -> str:
    template = environment().get_template("panel.html.j2")
    return template.render(
        data=data,
        words=words,
        staff=staff,
        map_id=MAP_ID,
        title=_title_key(staff=staff),
        zones=payload["zones"],
        zone_grade=str(data.grade()),
        measured=data.measured_area_km2(),
        sources=payload["sources"],
        tiles=payload["tiles"],
        leaflet_licence=asset("leaflet/LICENSE").read_text("utf-8"),
        display_m=int(DISPLAY_M[_audience(staff=staff)]),
    )


def _audience(*, staff: bool) -> str:
    return "staff" if staff else "public"


def _title_key(*, staff: bool) -> str:
    return "page.title_staff" if staff else "page.title"


def page_payload(
    data: MapData, *, staff: bool, palette: Palette, words: Words, cells: Json | None = None
) -> Json:
    """Return everything the scripts of a page work on but tiles, ready for JSON.

    `cells` is the layer of cells where it has been packed already.
    """
    bends_m = DISPLAY_M[_audience(staff=staff)]
    facilities = facility_layer(data)
    origin = data.origins.get("population")
    return {
        "staff": staff,
        "vintage": data.vintage,
        "made_on": data.made_on,
        "box": [round(edge, 5) for edge in data.boundary.to_crs(LONLAT).total_bounds.tolist()],
        "frame": _frame(data),
        "words": words_of_page(words, staff=staff),
        "palette": _colours(palette),
        "zones": zone_layer(data, palette),
        "claims": claim_layer(data, palette),
        "faces": face_layer(data, tolerance_m=bends_m),
        "services": service_layer(data, palette),
        "facilities": facilities,
        "cells": cells or cell_layer(data, facilities),
        "people_grade": str(origin.grade) if origin else "modelled",
        "districts": tables.district_names(data),
        "towns": town_layer(data),
        "search": search_part(data, facilities),
        "people_zones": people_zones(data),
        "ground": ground_layers(data, tolerance_m=bends_m),
        "ground_origins": GROUND_ORIGINS,
        "tables": pack_bytes(inert_json(tables.page_tables(data, staff=staff)).encode()),
        "sources": tables.sources(data),
    }


def _frame(data: MapData) -> list[float]:
    """Return the box in degrees within which the layers round the city are complete."""
    tables_ = [table for table in (data.land, data.neighbours) if len(table)][:1]
    bounds = [table.to_crs(LONLAT).total_bounds for table in (data.boundary, *tables_)]
    west, south = np.min(bounds, axis=0)[:2].tolist()
    east, north = np.max(bounds, axis=0)[2:].tolist()
    margin = 0.02 if not tables_ else 0.0
    return [
        round(west - margin, 5),
        round(south - margin, 5),
        round(east + margin, 5),
        round(north + margin, 5),
    ]


def _colours(palette: Palette) -> Json:
    return {
        "ground": dict(palette.ground),
        "standard": dict(palette.standard),
        "minutes": {"limits": palette.minutes.limits, "colours": palette.minutes.colours},
        "people": {"limits": palette.people.limits, "colours": palette.people.colours},
    }
