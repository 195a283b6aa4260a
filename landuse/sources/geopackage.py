"""GeoPackage files that QGIS opens with colours, Japanese labels and where all comes from.

QGIS looks for a table `layer_styles` in the file and takes the row marked as default, and
for its own metadata in `gpkg_metadata`. Tried with QGIS 3.22. Version 1.2 of the format is
the newest that it reads without a warning.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from landuse.sources.qml import DOCTYPE, VERSION, Category, Names, Style, qml, writable_text
from landuse.sources.store import atomic, writable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

__all__ = ["About", "Category", "Names", "Style", "add_about", "kind_of", "qml", "write_gpkg"]

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
VALUES ('', '', ?, ?, ?, ?, '', ?, '', '')
"""
METADATA = """
CREATE TABLE IF NOT EXISTS gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS gpkg_metadata_reference (
  reference_scope TEXT NOT NULL,
  table_name TEXT,
  column_name TEXT,
  row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
);
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
INSERT INTO gpkg_extensions VALUES
  ('gpkg_metadata', NULL, 'gpkg_metadata',
   'http://www.geopackage.org/spec120/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata',
   'http://www.geopackage.org/spec120/#extension_metadata', 'read-write');
"""
"""Tables of the extension "Metadata" of the standard (OGC 12-128r15, annex F.8)."""
GEOMETRY = "geom"
"""Name of the geometry column that GDAL gives."""


@dataclass(frozen=True, kw_only=True)
class About:
    """What a reader of a layer must know of it."""

    title: str
    abstract: str
    """Sources, vintage and grade in words."""
    licences: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    """Who is to be named."""


def write_gpkg(
    layers: Mapping[str, gpd.GeoDataFrame],
    path: Path,
    *,
    styles: Mapping[str, Style] | None = None,
    more_styles: Mapping[str, Mapping[str, Style]] | None = None,
    about: Mapping[str, About] | None = None,
) -> None:
    """Write layers, by name, as one GeoPackage 1.2 with the styles that QGIS should use.

    Polygons become multipolygons, and so on. An index with a name becomes a column.

    Parameters
    ----------
    layers
        Name -> table.
    path
        The file.
    styles
        Layer -> the style that it opens with.
    more_styles
        Layer -> name -> further styles, to be chosen from among them.
    about
        Layer -> title, sources and licences, for the list of contents and for QGIS.
    """
    with atomic(path) as draft:
        _write_layers(layers, draft, about or {})
        rows = [
            (name, GEOMETRY, called, qml(style, kind_of(layers[name])), default)
            for default, found in (
                (1, {n: {n: s} for n, s in (styles or {}).items()}),
                (0, more_styles or {}),
            )
            for name, named in found.items()
            for called, style in named.items()
        ]
        with closing(sqlite3.connect(draft)) as base, base:
            if rows:
                base.execute(STYLES_TABLE)
                base.execute(REGISTER)
                base.executemany(INSERT, rows)
            if about:
                _add_metadata(base, about)


def _write_layers(
    layers: Mapping[str, gpd.GeoDataFrame], draft: Path, about: Mapping[str, About]
) -> None:
    import pyogrio  # noqa: PLC0415 - heavy; only needed here

    version = {"VERSION": "1.2"}
    for name, table in layers.items():
        told = about.get(name)
        words = {"IDENTIFIER": told.title, "DESCRIPTION": told.abstract} if told else {}
        pyogrio.write_dataframe(
            writable(table),
            draft,
            driver="GPKG",
            layer=name,
            promote_to_multi=True,
            geometry_name=GEOMETRY,
            **version,
            **words,
        )
        version = {}


def _add_metadata(base: sqlite3.Connection, about: Mapping[str, About]) -> None:
    """Add QGIS's own metadata for each layer, as it writes them itself."""
    base.executescript(METADATA)
    for number, (name, told) in enumerate(about.items(), start=1):
        root = Element("qgis", version=VERSION)
        add_about(root, told)
        text = DOCTYPE + tostring(root, encoding="unicode")
        base.execute(
            "INSERT INTO gpkg_metadata VALUES (?, 'dataset', 'http://mrcc.com/qgis.dtd', "
            "'text/xml', ?)",
            (number, text),
        )
        base.execute(
            "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, md_file_id) "
            "VALUES ('table', ?, ?)",
            (name, number),
        )


def add_about(parent: Element, about: About) -> None:
    """Add title, abstract, licences and credits in QGIS's form to a document."""
    told = [("title", about.title), ("abstract", about.abstract), ("language", "JPN")]
    told += [("license", text) for text in about.licences]
    told += [("rights", text) for text in about.credits]
    for tag, text in told:
        SubElement(parent, tag).text = writable_text(text)


def kind_of(table: gpd.GeoDataFrame) -> str:
    """Return `Polygon`, `LineString` or `Point` for a layer (`Polygon` if it is empty)."""
    kinds = table.geom_type.dropna()
    return str(kinds.iloc[0]).removeprefix("Multi") if len(kinds) else "Polygon"
