"""Styles in QGIS's own XML: colours by the values of a column, and names.

Tried with QGIS 3.22. Symbols carry their properties in both spellings, that of QGIS up to
3.24 (`prop`) and that since (`Option`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Category", "Names", "Style", "add_style", "classes", "qml", "writable_text"]

DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.0"

SYMBOLS = {"Polygon": "fill", "LineString": "line", "Point": "marker"}

Layers = list[tuple[str, dict[str, str]]]
"""Classes of QGIS's symbol layers with their properties, the lowest first."""


@dataclass(frozen=True, kw_only=True)
class Category:
    """One class of a categorised style."""

    value: str
    label: str
    """Text of the legend, e.g. `都市ゾーン Urban`."""
    colour: str
    """`#rrggbb`."""
    fill: str = "solid"
    """`solid`, `hatched` or `empty` (an outline only); points and lines are always solid."""
    sign: str = ""
    """A character for points, on a white disc; without one they are dots."""
    size_mm: str = "2.4"
    """Of dots."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Which column is written at the shapes of a layer, and how."""

    column: str
    size_pt: float = 9.0
    colour: str = "#1d1b20"
    nearer_than: int = 0
    """Shown only at scales larger than 1:n; 0 is always."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """Colours of a layer by the values of one column, and its names."""

    column: str
    """A column, or an expression of QGIS."""
    categories: tuple[Category, ...]
    names: Names | None = None
    nearer_than: int = 0
    """The layer is drawn at scales larger than 1:n only; 0 is always."""


def classes(column: str, limits: Sequence[float]) -> str:
    """Return an expression that is `0`, `1`, … by the class of a number, `none` without one.

    A limit belongs to the class that it closes, as in the palette.
    """
    whens = " ".join(
        f"WHEN \"{column}\" <= {limit:g} THEN '{place}'" for place, limit in enumerate(limits)
    )
    return f"CASE WHEN \"{column}\" IS NULL THEN 'none' {whens} ELSE '{len(limits)}' END"


def writable_text(text: str) -> str:
    """Return a text without the control characters that XML has no way to write."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")


def qml(style: Style, kind: str) -> str:
    """Return a style as a document of its own.

    Parameters
    ----------
    style
        Column, classes and names.
    kind
        `Polygon`, `LineString` or `Point`.
    """
    root = Element("qgis", version=VERSION, styleCategories="Symbology|Labeling|Rendering")
    add_style(root, style, kind)
    return DOCTYPE + tostring(root, encoding="unicode")


def add_style(parent: Element, style: Style, kind: str) -> None:
    """Add a style to a document or to the layer of a project."""
    parent.set("labelsEnabled", "1" if style.names else "0")
    if style.nearer_than:
        parent.set("hasScaleBasedVisibilityFlag", "1")
        parent.set("minScale", str(style.nearer_than))
        parent.set("maxScale", "0")
    renderer = SubElement(
        parent,
        "renderer-v2",
        type="categorizedSymbol",
        attr=style.column,
        forceraster="0",
        symbollevels="0",
        enableorderby="0",
    )
    categories = SubElement(renderer, "categories")
    symbols = SubElement(renderer, "symbols")
    for place, item in enumerate(style.categories):
        label = writable_text(item.label)
        legend = {"symbol": str(place), "value": item.value, "label": label, "render": "true"}
        SubElement(categories, "category", legend)
        _add_symbol(symbols, str(place), SYMBOLS.get(kind, "fill"), item)
    if style.names:
        _add_names(parent, style.names, kind)


def _add_symbol(symbols: Element, name: str, kind: str, item: Category) -> None:
    symbol = SubElement(symbols, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1")
    makers = {"line": _lines, "marker": _markers, "fill": _fills}
    for cls, properties in makers[kind](item):
        drawn = {"class": cls, "pass": "0", "locked": "0", "enabled": "1"}
        layer = SubElement(symbol, "layer", drawn)
        options = SubElement(layer, "Option", type="Map")
        for key, value in properties.items():
            SubElement(options, "Option", name=key, value=value, type="QString")
            SubElement(layer, "prop", k=key, v=value)


def _lines(item: Category) -> Layers:
    width = {"line_width": "0.4", "line_style": "solid"}
    return [("SimpleLine", {"line_color": _rgba(item.colour)} | width)]


def _markers(item: Category) -> Layers:
    if not item.sign:
        edge = {"outline_color": _rgba("#ffffff"), "outline_width": "0.2"}
        dot = {"color": _rgba(item.colour), "name": "circle", "size": item.size_mm}
        return [("SimpleMarker", dot | edge)]
    disc = {"color": _rgba("#ffffff"), "outline_color": _rgba(item.colour), "outline_width": "0.4"}
    sign = {"chr": item.sign[:1], "color": _rgba(item.colour), "size": "3.2", "font": "sans-serif"}
    return [("SimpleMarker", disc | {"name": "circle", "size": "4.8"}), ("FontMarker", sign)]


def _fills(item: Category) -> Layers:
    colour = _rgba(item.colour)
    if item.fill == "empty":
        edge = {"outline_color": colour, "outline_style": "solid", "outline_width": "0.5"}
        return [("SimpleFill", {"color": colour, "style": "no"} | edge)]
    style = "b_diagonal" if item.fill == "hatched" else "solid"
    edge = {"outline_color": _rgba("#ffffff"), "outline_style": "solid", "outline_width": "0.1"}
    return [("SimpleFill", {"color": colour, "style": style} | edge)]


def _rgba(colour: str) -> str:
    """Return `r,g,b,a` of `#rrggbb`."""
    return ",".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5)) + ",255"


def _add_names(parent: Element, names: Names, kind: str) -> None:
    labeling = SubElement(parent, "labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    text = SubElement(settings, "text-style", dict(_letters(names)))
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM"}
    SubElement(text, "text-buffer", halo | {"bufferColor": _rgba("#ffffff"), "bufferOpacity": "1"})
    place = {"Polygon": "4", "LineString": "2", "Point": "0"}.get(kind, "0")
    spot = {"placement": place, "dist": "1", "distUnits": "MM"}
    SubElement(settings, "placement", spot)
    SubElement(settings, "rendering", dict(_visible(names, kind)))


def _letters(names: Names) -> Iterator[tuple[str, str]]:
    yield from {"fieldName": names.column, "isExpression": "0"}.items()
    yield from {"fontSize": f"{names.size_pt:g}", "fontSizeUnit": "Point"}.items()
    yield from {"textColor": _rgba(names.colour), "textOpacity": "1"}.items()


def _visible(names: Names, kind: str) -> Mapping[str, str]:
    # An area that were an obstacle would keep all other names off its land.
    obstacle = "0" if kind == "Polygon" else "1"
    scales = {"scaleVisibility": "1", "scaleMin": "0", "scaleMax": str(names.nearer_than)}
    return {"drawLabels": "1", "obstacle": obstacle} | (scales if names.nearer_than else {})
