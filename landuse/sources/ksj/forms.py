"""The forms in which one layer comes: shapefile, GeoJSON, GML. Each becomes the same table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.grid import MESH_CRS
from landuse.sources.dbf import latin_columns, latin_names
from landuse.sources.encoding import decoded
from landuse.sources.ksj.gml import gml_layers
from landuse.sources.ksj.members import GML, misfit, own_names
from landuse.sources.ksj.signs import crs_of, decoded_by, stated_encoding, system_named
from landuse.sources.shapefile import Shapefile, header_of, records_of
from landuse.sources.vector import read_geojson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

    from landuse.catalogue import Edition
    from landuse.sources.archive import Part
    from landuse.sources.dbf import Fields
    from landuse.sources.ksj.gml import GmlLayer
    from landuse.sources.ksj.members import Member
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["Asked", "Piece", "read_member"]

TOKYO_DEG = 0.01
"""By how much a window grows for the Tokyo datum, which is about 0.003 to 0.004 degrees off."""

MOVED_DEG = 0.0001
"""By how much it grows for JGD2000: some ground moved by up to 6 m before JGD2011."""

COMPANIONS = (".shx", ".dbf")
DECLARES_CRS = re.compile(rb'"crs"\s*:\s*\{')


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of every member of a download."""

    findings: Findings
    edition: Edition
    others: Sequence[Edition]
    meta: Sequence[Part]
    """Metadata files of the download."""
    window: Window | None
    archive: str
    """Name of the zip file or folder, which may tell system and encoding."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One member as a table."""

    table: gpd.GeoDataFrame
    """Columns of the edition under their own names; index `row`, as the file counts."""
    crs: CRS | None
    crs_from: str
    encoding: str
    rows_in_file: int


def read_member(member: Member, asked: Asked) -> Piece | tuple[str, str]:
    """Read one member, or return why it is not of the edition and what to do.

    Raises
    ------
    LayerError
        If it is damaged.
    """
    if member.part.suffix == ".shp":
        return _shapefile(member, asked)
    if member.part.swells:
        what = f"{member.part.name} unpacks to {member.part.size // 10**6:,} MB"
        asked.findings.stop(what, "take the shapefile of the same edition, which needs no memory")
    return (_gml if member.part.suffix in GML else _geojson)(member, asked)


def _misfit(member: Member, names: Sequence[str], asked: Asked) -> tuple[str, str] | None:
    return misfit(member.stem, names, edition=asked.edition, others=asked.others)


def _system(member: Member, asked: Asked, stated: CRS | None = None) -> tuple[CRS | None, str]:
    """Return the system that a member, or else its edition, is in, and who says so."""
    from pyproj import CRS  # noqa: PLC0415 - heavy

    if stated is not None:
        return stated, "file"
    crs, where = crs_of(
        prj=member.beside.get(".prj"),
        meta=asked.meta,
        name=f"{asked.archive}/{member.part.name}",
        findings=asked.findings,
    )
    if crs is None and not asked.findings.layer.crs and asked.edition.crs:
        return CRS(asked.edition.crs), "catalogue"
    return crs, "file" if where == ".prj" else where


def _bounds(crs: CRS | None, asked: Asked) -> tuple[float, float, float, float] | None:
    """Return the window in the system of a file."""
    from pyproj import CRS  # noqa: PLC0415 - heavy

    declared = asked.findings.layer.crs
    known = crs or (CRS(declared) if declared else None)
    if asked.window is None or known is None:
        return None
    west, south, east, north = asked.window.in_crs(known)
    more = 0.0
    if known.is_geographic and known != MESH_CRS:
        more = TOKYO_DEG if "tokyo" in known.name.lower() else MOVED_DEG
    return west - more, south - more, east + more, north + more


# ── shapefile ────────────────────────────────────────────────────────────────────────────


def _shapefile(member: Member, asked: Asked) -> Piece | tuple[str, str]:
    findings = asked.findings
    lost = [suffix for suffix in COMPANIONS if suffix not in member.beside]
    if lost:
        what = f"{member.part.name} lacks its companion {' and '.join(lost)}"
        findings.stop(what, "put all files of the shapefile into the folder or zip file")
    file = Shapefile(shp=member.part, shx=member.beside[".shx"], dbf=member.beside[".dbf"])
    fields = header_of(file, findings)
    stated = stated_encoding(
        language=fields.language,
        cpg=member.beside.get(".cpg"),
        path=f"{asked.archive}/{member.part.name}",
    )
    names = list(_decoded(pd.DataFrame(columns=latin_names(fields)), asked, stated)[0].columns)
    if wrong := _misfit(member, names, asked):
        return wrong
    crs, crs_from = _system(member, asked)
    records = records_of(file, fields, findings, bounds=_bounds(crs, asked))
    table, encoding = _decoded(pd.DataFrame(latin_columns(records.cells, fields)), asked, stated)
    table = _numbers(table, fields, own_names(list(table.columns), asked.edition))
    return Piece(
        table=_table(table, records.shapes, records.rows, crs, asked),
        crs=crs,
        crs_from=crs_from,
        encoding=encoding,
        rows_in_file=records.rows_in_file,
    )


def _decoded(raw: pd.DataFrame, asked: Asked, stated: str) -> tuple[pd.DataFrame, str]:
    return decoded_by(raw, asked.findings, stated=stated, last_resort=asked.edition.encoding)


def _numbers(table: pd.DataFrame, fields: Fields, own: dict[str, str]) -> pd.DataFrame:
    """Make number columns that the catalogue does not know numbers."""
    strange = {
        name: pd.to_numeric(table[name], errors="coerce")
        for name, kind in zip(table.columns, fields.kinds, strict=True)
        if name not in own and kind in ("N", "F")
    }
    return table.assign(**strange)


# ── GeoJSON ──────────────────────────────────────────────────────────────────────────────


def _geojson(member: Member, asked: Asked) -> Piece | tuple[str, str]:
    findings = asked.findings
    with member.part.opened() as opened:
        data = opened.read()
    try:
        text, encoding = decoded(data, declared=findings.layer.encoding)
    except ValueError as error:
        findings.stop(f"{member.part.name} {error}", "download it again")
    source = data if encoding == "utf-8" else text.encode()
    found = read_geojson(source, findings, DATE_AS_STRING="YES")
    if not isinstance(found, gpd.GeoDataFrame):
        findings.stop(f"{member.part.name} holds no geometry", "give the file of the layer")
    names = [str(name) for name in found.columns.drop("geometry")]
    if wrong := _misfit(member, names, asked):
        return wrong
    stated = found.crs if DECLARES_CRS.search(data) else None
    crs, crs_from = _system(member, asked, stated)
    if crs is None:
        crs, crs_from = found.crs, "RFC 7946"
    shapes = np.asarray(found.geometry)
    kept = _in_window(shapes, crs, asked)
    return Piece(
        table=_table(
            found.drop(columns="geometry")[kept], shapes[kept], np.flatnonzero(kept) + 1, crs, asked
        ),
        crs=crs,
        crs_from=crs_from,
        encoding=encoding,
        rows_in_file=len(found),
    )


# ── GML ──────────────────────────────────────────────────────────────────────────────────


def _gml(member: Member, asked: Asked) -> Piece | tuple[str, str]:
    from pyproj import CRS  # noqa: PLC0415 - heavy

    with member.part.opened() as opened:
        layers = gml_layers(opened, asked.findings)
    chosen = _layer(member, layers, asked)
    if isinstance(chosen, tuple):
        return chosen
    named = system_named(chosen.system)
    crs, crs_from = _system(member, asked, CRS(named) if named else None)
    names = _names(chosen, asked)
    shapes = np.array([one.shape for one in chosen.features], dtype=object)
    kept = _in_window(shapes, crs, asked)
    texts = [one.texts for one, keep in zip(chosen.features, kept, strict=True) if keep]
    columns = {name: [text.get(name, "") for text in texts] for name in names}
    table = pd.DataFrame(columns, index=range(len(texts)), dtype="str")
    return Piece(
        table=_table(table, shapes[kept], np.flatnonzero(kept) + 1, crs, asked),
        crs=crs,
        crs_from=crs_from,
        encoding="utf-8",
        rows_in_file=len(chosen.features),
    )


def _layer(member: Member, layers: Sequence[GmlLayer], asked: Asked) -> GmlLayer | tuple[str, str]:
    """Return the type of features that is asked: by the city file, the edition or the columns."""
    kinds = {layer.kind: layer for layer in layers}
    wanted = asked.findings.layer.sublayer.rpartition(":")[2]
    own = [kind for kind in kinds if asked.edition.owns(f"{member.stem}:{kind}")]
    named = [wanted] if wanted in kinds else own if len(own) == 1 else list(kinds)
    wrongs = {kind: _misfit(member, _names(kinds[kind], asked), asked) for kind in named}
    fitting = [kind for kind in named if wrongs[kind] is None]
    if len(fitting) > 1:
        what = f"{member.part.name} holds {len(fitting)} layers ({', '.join(fitting)})"
        asked.findings.stop(what, 'choose one with sublayer = "…" in the city file')
    return kinds[fitting[0]] if fitting else next(filter(None, wrongs.values()))


def _names(layer: GmlLayer, asked: Asked) -> list[str]:
    """Return the columns of a layer; elements that no feature has are those that are blank."""
    there = list(dict.fromkeys(name for one in layer.features for name in one.texts))
    own = own_names(there, asked.edition)
    blank = [c.name for c in asked.edition.columns if c.name not in own.values()]
    # A column that is blank everywhere has no element, but half of them is another edition.
    return [*there, *blank] if own and len(own) * 2 >= len(asked.edition.columns) else there


# ── all ──────────────────────────────────────────────────────────────────────────────────


def _in_window(shapes: np.ndarray, crs: CRS | None, asked: Asked) -> np.ndarray:
    """Tell which shapes meet the window, or have no place."""
    bounds = _bounds(crs, asked)
    if bounds is None:
        return np.ones(len(shapes), dtype=np.bool_)
    west, south, east, north = bounds
    box = shapely.bounds(shapes)
    beyond = (box[:, 0] > east) | (box[:, 2] < west) | (box[:, 1] > north) | (box[:, 3] < south)
    return np.asarray(~beyond)


def _table(
    texts: pd.DataFrame,
    shapes: np.ndarray,
    rows: np.ndarray,
    crs: CRS | None,
    asked: Asked,
) -> gpd.GeoDataFrame:
    """Put columns under the edition's names, shapes and row numbers together."""
    own = own_names([str(name) for name in texts.columns], asked.edition)
    index = pd.Index(rows, name="row")
    named = texts.rename(columns=own).set_axis(index)
    return gpd.GeoDataFrame(named, geometry=gpd.GeoSeries(shapes, index=index, crs=crs))
