"""Every file of a layer opened by the reader that knows its form, and stacked to one table."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import pandas as pd

from landuse.catalogue import catalogue
from landuse.errors import Fault, LayerError, MissingFileError
from landuse.sources.archive import SUFFIXES, unzipped
from landuse.sources.guess import guessed
from landuse.sources.table import read_csv
from landuse.sources.vector import Found, parts_of, read_vector

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from landuse.config import Layer
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["Reader", "files_of", "opened"]

TABLES = (".csv", ".tsv")

HOMES = {
    "gtfs": "gtfs.open_gtfs",
    "mhlw": "mhlw.open_mhlw",
    "gsi": "gsi.open_gsi",
    "sheet": "sheet.open_sheet",
}
"""Reader -> its module and function, imported when first needed."""

TOGETHER = {"estat": "estat.open_estats", "raster": "raster.open_raster"}
"""Readers that take all files of a layer at once: links between meshes and edges of tiles
lead from one file to the next."""

FOLDERS = ("ksj", "gtfs", "raster", "estat")
"""Readers that also take a folder of files."""


class Reader(Protocol):
    """A function that reads one file of a form as it stands."""

    def __call__(self, path: Path, findings: Findings, *, window: Window | None) -> Found:
        """Return the table of the file, its system and its encoding."""


def opened(findings: Findings, *, window: Window | None = None) -> Found:
    """Read all files of a layer as they stand.

    Parameters
    ----------
    findings
        Of the layer; takes the faults and notes of its readers.
    window
        What lies wholly outside may be left out.

    Raises
    ------
    MissingFileError
        If a file is not there.
    LayerError
        If one cannot be opened, or several are in different systems.
    """
    layer = findings.layer
    for path in layer.paths:
        _check_file(path, findings)
    if layer.reader in TOGETHER:
        found: Found = _imported(TOGETHER[layer.reader])(layer.paths, findings, window=window)
        return found
    parts = [_open(path, findings, window=window) for path in layer.paths]
    return parts[0] if len(parts) == 1 else _stacked(parts, findings)


def files_of(layer: Layer) -> tuple[Path, ...]:
    """Return every file that a layer is made of, companions and those in folders too."""
    return tuple(part for path in layer.paths for part in _parts(path))


def _parts(path: Path) -> Sequence[Path]:
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    return parts_of(path)


def _check_file(path: Path, findings: Findings) -> None:
    reader = findings.layer.reader
    if path.is_dir() and reader in FOLDERS:
        return
    if not path.is_file():
        fix = "put the file there, or correct path in the city file"
        if findings.layer.urls:
            fix += "; landuse fetch downloads it"
        where = findings.where
        raise MissingFileError(Fault(where=where, what=f"there is no file {path}", fix=fix))
    if not reader and path.suffix.lower() not in (*SUFFIXES, ".zip"):
        kinds = ", ".join((*SUFFIXES, ".zip"))
        findings.stop(
            f"is of no kind that is read here ({kinds})",
            'save it as one of those, or name its form with reader = "…" in the city file',
        )
    if path.stat().st_size == 0:
        findings.stop("is a file of no bytes", "download or save it again")


def _open(path: Path, findings: Findings, *, window: Window | None) -> Found:
    """Read one file by the layer's reader, or by its suffix."""
    layer = findings.layer
    if layer.reader == "ksj":
        return _open_ksj(path, findings, window=window)
    if layer.reader:
        return _reader(findings)(path, findings, window=window)
    with ExitStack() as stack:
        if path.suffix.lower() == ".zip":
            path = stack.enter_context(unzipped(path, member=layer.sublayer, where=findings.where))
        if path.suffix.lower() in TABLES:
            table, encoding = read_csv(path, findings)
            return guessed(Found(table=table, encoding=encoding), findings)
        if path.suffix.lower() == ".graphml":
            from landuse.sources.graphml import graphml_edges  # noqa: PLC0415 - osmnx is heavy

            edges = graphml_edges(path, findings)
            return Found(table=edges, crs=edges.crs, crs_from="file")
        return read_vector(path, findings, window=window)


def _reader(findings: Findings) -> Reader:
    layer = findings.layer
    if layer.reader == "osm":
        home = "osm.open_osm_streets" if layer.role == "network" else "osm.open_osm_features"
    elif layer.reader in HOMES:
        home = HOMES[layer.reader]
    else:
        what = f"is of the form {layer.reader}, which serves no role of a layer"
        findings.stop(what, "take it out of the city file; see the catalogue for its use")
    reader: Reader = _imported(home)
    return reader


def _imported(home: str) -> Any:  # noqa: ANN401 - a function of some reader
    module, name = home.split(".")
    return getattr(import_module(f"landuse.sources.{module}"), name)


def _open_ksj(path: Path, findings: Findings, *, window: Window | None) -> Found:
    from landuse.sources.ksj import open_ksj  # noqa: PLC0415 - only where it is needed

    edition, datasets = findings.layer.edition, catalogue().datasets.values()
    if edition is None:
        what = "is read as 国土数値情報, but which dataset it is is not said"
        findings.stop(what, 'add dataset = "…" and edition = "…" in the city file')
    others = [other for of in datasets if of.reader == "ksj" for other in of.editions.values()]
    return open_ksj(
        path, findings, edition=edition, codes=catalogue().codes, others=others, window=window
    )


def _stacked(parts: Sequence[Found], findings: Findings) -> Found:
    """Return the rows of several files as one table, numbered through."""
    first = parts[0]
    systems = {part.crs.to_string() if part.crs else "" for part in parts}
    if len(systems) > 1:
        what = f"its files are in different systems ({', '.join(sorted(systems))})"
        raise LayerError(Fault(where=findings.where, what=what, fix="give each its own layer"))
    tables = [part.table for part in parts]
    filled = [table for table in tables if len(table)] or tables[:1]
    table = pd.concat(filled, ignore_index=True)
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    if isinstance(first.table, gpd.GeoDataFrame):
        table = gpd.GeoDataFrame(table, geometry="geometry", crs=first.crs)
    encodings = dict.fromkeys(part.encoding for part in parts)
    rows = [len(part.table) if part.rows_in_file is None else part.rows_in_file for part in parts]
    return replace(first, table=table, encoding=", ".join(encodings), rows_in_file=sum(rows))
