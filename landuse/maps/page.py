"""The public page, the counter's page and the map of a notebook, on folium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import folium
import numpy as np
from branca.element import Element

from landuse.maps import tables
from landuse.maps.bundle import bundle, environment, leaflet_script, leaflet_style
from landuse.maps.data import check
from landuse.maps.fields import cell_layer
from landuse.maps.layers import (
    claim_layer,
    face_layer,
    facility_layer,
    ground_layers,
    service_layer,
    town_layer,
    zone_layer,
)
from landuse.maps.pack import inert_json, pack_bytes
from landuse.maps.palette import Palette, read_palette
from landuse.maps.topology import LONLAT
from landuse.maps.words import Words, asset, words_for

if TYPE_CHECKING:
    from branca.element import Figure

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
    "codec.js",
    "facts.js",
    "view.js",
    "paint.js",
    "panel.js",
    "place.js",
    "controls.js",
    "tables.js",
    "search.js",
    "share.js",
    "sheet.js",
    "page.js",
)
"""Our own scripts in the order in which they need each other."""

STAFF_SCRIPTS = ("staff.js",)
"""Scripts that only the staff page carries; they come before the last of `SCRIPTS`."""

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
    title = words_for(data)[_title_key(staff=staff)]
    hosts = [str(GSI_TILES["host"])] if tiles else []
    drawn = _drawn(data, staff=staff, tiles=tiles, cells=cells)
    return bundle(drawn, title=str(title), image_hosts=hosts)


def folium_map(data: MapData, *, staff: bool = True, tiles: bool = False) -> PageMap:
    """Return a study as a folium map that shows itself in a notebook.

    It takes further folium layers like any other map. It needs no network unless those
    layers do.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    return _drawn(data, staff=staff, tiles=tiles)


def _drawn(data: MapData, *, staff: bool, tiles: bool, cells: Json | None = None) -> PageMap:
    check(data)
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
    drawn.add_child(_Explorer(data, staff=staff, tiles=tiles, cells=cells), name="landuse")
    return drawn


class PageMap(folium.Map):
    """A folium map that carries its own Leaflet instead of linking to one.

    Folium's links to jQuery, Bootstrap and Font Awesome come back as soon as a layer
    beyond our own is added, because folium's pop-ups and icons need them; they need the
    network too, and `bundle` refuses them.
    """

    def render(self, **kwargs: object) -> str:
        """Render the map into its figure, our own Leaflet first."""
        header = cast("Figure", self.get_root()).header
        header.add_child(_Verbatim(f"<style>{leaflet_style()}</style>"), name="leaflet_css")
        header.add_child(_Verbatim(f"<script>{leaflet_script()}</script>"), name="leaflet")
        foreign = any(not isinstance(child, _Explorer) for child in self._children.values())
        self.default_js = folium.Map.default_js[1:] if foreign else []
        self.default_css = folium.Map.default_css[1:] if foreign else []
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        return ""


class _Verbatim(Element):
    """Markup that is given out as it is.

    Folium reads what its elements say as Jinja templates once more, so that a `{{ }}` in
    the data would be *run in Python*; this element is not read again.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: object) -> str:
        return self.text


class _Explorer(Element):
    """Panel, data and scripts of the page, as one element of a folium map."""

    def __init__(self, data: MapData, *, staff: bool, tiles: bool, cells: Json | None) -> None:
        super().__init__()
        self._name = "Landuse"
        self._id = MAP_ID
        palette, words = read_palette(), words_for(data)
        payload = page_payload(data, staff=staff, palette=palette, words=words, cells=cells)
        payload["tiles"] = GSI_TILES if tiles else None
        self.payload = inert_json(payload)
        self.panel = _panel(data, payload, words, staff=staff)
        self.style = _style(payload["zones"], palette)
        names = (*SCRIPTS[:-1], *(STAFF_SCRIPTS if staff else ()), SCRIPTS[-1])
        self.code = "\n".join(asset(f"js/{name}").read_text("utf-8") for name in names)

    def render(self, **_: object) -> str:
        """Put each part where it belongs in the figure."""
        figure = cast("Figure", self.get_root())
        head = f"<style>{self.style}</style><script>{self.code}</script>"
        data = f'<script type="application/json" id="lu-data">{self.payload}</script>'
        start = f"window.landuse = Landuse.start({cast('Element', self._parent).get_name()});"
        figure.header.add_child(_Verbatim(head), name="landuse")
        # Panel before map, so that readers by ear or keyboard meet the title first.
        figure.html.add_child(_Verbatim(self.panel + data), name="landuse")
        figure.html._children.move_to_end("landuse", last=False)  # noqa: SLF001
        figure.script.add_child(_Verbatim(start), name="landuse")
        return ""


def _style(zones: list[Json], palette: Palette) -> str:
    sheet = "\n".join(file.read_text("utf-8") for file in sorted(asset("css").glob("*.css")))
    swatches = [f".zone-{i} {{ background: {zone['colour']}; }}" for i, zone in enumerate(zones)]
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
        "box": [round(edge, 5) for edge in data.boundary.to_crs(LONLAT).total_bounds.tolist()],
        "frame": _frame(data),
        "words": {key: [label.ja, label.en, label.easy] for key, label in words.items()},
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
