"""GeoPackage files that QGIS opens with the right colours and Japanese labels.

QGIS looks for a table `layer_styles` in the file and takes the row marked as default.
Tried with QGIS 3.22: colours and labels appear for areas, lines and points. Version 1.2 of
the format is the newest that it reads without a warning.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from landuse.sources.store import atomic, writable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

__all__ = ["Category", "Style", "qml", "write_gpkg"]

STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256),
  f_table_schema TEXT(256),
  f_table_name TEXT(256),
  f_geometry_column TEXT(256),
  styleName TEXT(30),
  styleQML TEXT,
  styleSLD TEXT,
  useAsDefault BOOLEAN,
  description TEXT,
  owner TEXT(30),
  ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""
REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', 0)
"""
INSERT = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
  styleName, styleQML, styleSLD, useAsDefault, description, owner)
VALUES ('', '', ?, ?, ?, ?, '', 1, '', '')
"""
GEOMETRY = "geom"
"""Name of the geometry column that GDAL gives."""

_FILL, _LINE, _MARKER = ("fill", "SimpleFill"), ("line", "SimpleLine"), ("marker", "SimpleMarker")
_SYMBOLS = {"Polygon": _FILL, "LineString": _LINE, "Point": _MARKER}


@dataclass(frozen=True, kw_only=True)
class Category:
    """One class of a categorised style."""

    value: str
    label: str
    """Text of the legend, e.g. `都市ゾーン Urban`."""
    colour: str
    """`#rrggbb`."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """Colours of a layer by the values of one column."""

    column: str
    categories: tuple[Category, ...]


def write_gpkg(
    layers: Mapping[str, gpd.GeoDataFrame], path: Path, *, styles: Mapping[str, Style] | None = None
) -> None:
    """Write layers, by name, as one GeoPackage 1.2 with the styles that QGIS should use.

    Polygons become multipolygons, and so on. An index with a name becomes a column.
    """
    import pyogrio  # noqa: PLC0415 - heavy; only needed here

    with atomic(path) as draft:
        version = {"VERSION": "1.2"}
        for name, table in layers.items():
            pyogrio.write_dataframe(
                writable(table),
                draft,
                driver="GPKG",
                layer=name,
                promote_to_multi=True,
                geometry_name=GEOMETRY,
                **version,
            )
            version = {}
        if styles:
            _add_styles(draft, layers, styles)


def _add_styles(
    draft: Path, layers: Mapping[str, gpd.GeoDataFrame], styles: Mapping[str, Style]
) -> None:
    rows = [
        (name, GEOMETRY, name, qml(style, _kind(layers[name]))) for name, style in styles.items()
    ]
    with closing(sqlite3.connect(draft)) as base, base:
        base.execute(STYLES_TABLE)
        base.execute(REGISTER)
        base.executemany(INSERT, rows)


def _kind(table: gpd.GeoDataFrame) -> str:
    """Return `Polygon`, `LineString` or `Point` for a layer (`Polygon` if it is empty)."""
    kinds = table.geom_type.dropna()
    return str(kinds.iloc[0]).removeprefix("Multi") if len(kinds) else "Polygon"


def qml(style: Style, kind: str) -> str:
    """Return a style in QGIS's own XML.

    Parameters
    ----------
    style
        Column and classes.
    kind
        `Polygon`, `LineString` or `Point`.
    """
    root = Element("qgis", version="3.22.0", styleCategories="Symbology")
    renderer = SubElement(
        root,
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
        legend = {"symbol": str(place), "value": item.value, "label": item.label, "render": "true"}
        SubElement(categories, "category", legend)
        _add_symbol(symbols, str(place), item.colour, _SYMBOLS.get(kind, _FILL))
    text = tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}"


def _add_symbol(symbols: Element, name: str, colour: str, kind: tuple[str, str]) -> None:
    symbol = SubElement(symbols, "symbol", type=kind[0], name=name, alpha="1")
    drawn = {"class": kind[1], "pass": "0", "locked": "0", "enabled": "1"}
    layer = SubElement(symbol, "layer", drawn)
    colours = ",".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5)) + ",255"
    edge = {"outline_color": "255,255,255,255", "outline_style": "solid", "outline_width": "0.1"}
    if kind is _LINE:
        properties = {"line_color": colours, "line_width": "0.4", "line_style": "solid"}
    elif kind is _MARKER:
        properties = {"color": colours, "name": "circle", "size": "2.4"} | edge
    else:
        properties = {"color": colours, "style": "solid"} | edge
    for key, value in properties.items():
        SubElement(layer, "prop", k=key, v=value)
