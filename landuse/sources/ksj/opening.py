"""A download of 国土数値情報 as one tidy table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.sources.archive import BROKEN, contents
from landuse.sources.columns import CONTRACTS, LINES, POINTS, POLYGONS
from landuse.sources.ksj.decode import decoded
from landuse.sources.ksj.forms import Asked, Piece, read_member
from landuse.sources.ksj.members import METADATA, chosen, members_of
from landuse.sources.ksj.shapes import dissolved, highest, midpoints
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from landuse.catalogue import CodeList, Edition
    from landuse.sources.archive import Part
    from landuse.sources.ksj.members import Member
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["open_ksj"]


def open_ksj(
    path: Path,
    findings: Findings,
    *,
    edition: Edition,
    codes: Mapping[str, CodeList],
    others: Iterable[Edition] = (),
    window: Window | None = None,
) -> Found:
    """Read a zip file, folder, shapefile, GeoJSON or GML file of an edition.

    Parameters
    ----------
    path
        The download as it came, or one of its files.
    findings
        Of the layer. Its `sublayer` names a member, or a type of features in a GML file;
        its `crs` decides where the download contradicts itself.
    edition
        What the columns mean.
    codes
        Code lists by key.
    others
        Other editions of the dataset, one of which the file may be by mistake.
    window
        Rows that lie wholly outside may be left out.

    Returns
    -------
    Found
        Columns by their readable names; a code's meaning in the column with `_ja` behind
        its name, the ends of a depth in `_min_m` and `_max_m`. Columns that the edition does
        not have keep their names. Rows of several members are stacked in the order of the
        members' names and counted through.

    Raises
    ------
    LayerError
        If the download is damaged, of another edition, or holds codes that are not known.
    CrsError
        If it contradicts itself about its reference system.
    """
    with contents(path, where=findings.where) as parts:
        asked = Asked(
            findings=findings,
            edition=edition,
            others=list(others),
            meta=[part for part in parts if _is_metadata(part)],
            window=window,
            archive=path.name if path.suffix.lower() == ".zip" or path.is_dir() else "",
        )
        try:
            pieces = _pieces(_wanted(parts, path, asked), asked)
        except BROKEN as error:
            findings.stop(f"is damaged: {error}", "download it again")
    findings.raise_faults()
    table = _stacked(pieces, findings)
    columns = decoded(table, findings, edition=edition, codes=codes)
    findings.raise_faults()
    table = gpd.GeoDataFrame(columns, geometry=table.geometry)
    return Found(
        table=_reshaped(table, findings, edition),
        crs=pieces[0].crs,
        crs_from=pieces[0].crs_from,
        encoding=", ".join(dict.fromkeys(piece.encoding for piece in pieces)),
        rows_in_file=sum(piece.rows_in_file for piece in pieces),
    )


def _is_metadata(part: Part) -> bool:
    return part.suffix == ".xml" and METADATA.match(part.stem) is not None


def _wanted(parts: Sequence[Part], path: Path, asked: Asked) -> list[Member]:
    members = members_of(parts)
    if not asked.archive:
        members = [member for member in members if member.part.name == path.name]
    return chosen(
        members,
        asked.findings,
        edition=asked.edition,
        others=asked.others,
        sublayer=asked.findings.layer.sublayer,
    )


def _pieces(members: Sequence[Member], asked: Asked) -> list[Piece]:
    """Read the members that fit the edition; refuse the download if none does."""
    read = {member.part.name: read_member(member, asked) for member in members}
    pieces = [piece for piece in read.values() if isinstance(piece, Piece)]
    wrong = {name: piece for name, piece in read.items() if isinstance(piece, tuple)}
    if not pieces:
        asked.findings.stop(*next(iter(wrong.values())))
    for what, _ in wrong.values():
        asked.findings.note(f"{what}: left out", "give it a layer of its own if you need it")
    return pieces


def _stacked(pieces: Sequence[Piece], findings: Findings) -> gpd.GeoDataFrame:
    """Stack members; their rows are counted through."""
    systems = {piece.crs.to_string() if piece.crs else "none" for piece in pieces}
    if len(systems) > 1:
        findings.crs_fault(
            f"its files are in several systems ({', '.join(sorted(systems))})", ALONE
        )
    table = pieces[0].table
    if len(pieces) > 1:
        before = np.cumsum([0, *(piece.rows_in_file for piece in pieces)])
        tables = [
            piece.table.set_axis(pd.Index(piece.table.index + first, name="row"))
            for piece, first in zip(pieces, before[:-1], strict=True)
        ]
        filled = [table for table in tables if len(table)] or tables[:1]
        table = gpd.GeoDataFrame(pd.concat(filled), geometry="geometry", crs=pieces[0].crs)
    findings.raise_faults()
    return _of_one_kind(table, findings)


def _of_one_kind(table: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """Keep the kind of geometry that the role needs where a download holds several."""
    kinds = pd.Series(shapely.get_dimensions(np.asarray(table.geometry)), index=table.index)
    present = sorted(set(kinds) - {-1})
    if len(present) < 2:
        return table
    useful = {DIMENSIONS[shape] for shape in CONTRACTS[findings.layer.role].shapes}
    kept = kinds.isin(useful | {-1})
    if len(useful & set(present)) != 1:
        named = ", ".join(NAMES[kind] for kind in present)
        findings.stop(f"holds {named} in one layer", ALONE)
    what = ", ".join(f"{int((kinds == k).sum())} {NAMES[k]}" for k in present if k not in useful)
    role = findings.layer.role
    findings.note(f"{what}, of no use for the role {role}: left out", "nothing if that is meant")
    findings.count("not_selected", int((~kept).sum()))
    return table[kept]


NAMES = ("points", "lines", "polygons")
DIMENSIONS = {
    shape: place for place, kinds in enumerate((POINTS, LINES, POLYGONS)) for shape in kinds
}


ALONE = 'read one of its files alone: sublayer = "…" in the city file'


def _reshaped(table: gpd.GeoDataFrame, findings: Findings, edition: Edition) -> gpd.GeoDataFrame:
    """Make the rows that the edition's data are about."""
    if not len(table):
        return table
    try:
        # Coordinates of damaged files overflow; they lie outside Japan and are left out later.
        with np.errstate(all="ignore"):
            return _joined(table, findings, edition)
    except shapely.errors.GEOSException as error:
        findings.stop(f"has shapes that cannot be joined: {error}", "mend them in QGIS")


def _joined(table: gpd.GeoDataFrame, findings: Findings, edition: Edition) -> gpd.GeoDataFrame:
    # A damaged DBF may hold a column without a name, and "" means that nothing is asked.
    if edition.dissolve and edition.dissolve in table:
        table = dissolved(table, findings, by=edition.dissolve)
    if edition.midpoint and edition.midpoint in table:
        table = midpoints(table, findings, by=edition.midpoint)
    if edition.highest and edition.highest in table:
        depth = f"{edition.highest}_min_m"
        table = highest(table, findings, by=depth if depth in table else edition.highest)
    return table
