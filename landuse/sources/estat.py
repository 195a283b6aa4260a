"""Census meshes as e-Stat hands them out: text with two header rows, one file a first mesh.

The files are cp932, commas, CRLF: a row of codes (`KEY_CODE, HTKSYORI, HTKSAKI, GASSAN,
T001142001, …`), a row of Japanese labels, then one row per inhabited mesh. Which column
holds what is in `presets/estat.toml`, by table and by label; both must agree. `*`, `-`,
`X` and blanks are no data, never zero. Figures of secret cells are shared back
(`suppressed`). Boundary files may lie in the same zip file or folder: they are not needed,
as a code says where its mesh is, but their codes are compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from landuse.errors import LayerError
from landuse.grid import MESH_CRS
from landuse.schema import Grade
from landuse.sources.estat_files import gathered, read_text
from landuse.sources.estat_tables import CODE, census, columns_of
from landuse.sources.mesh import CODES, mesh_polygons
from landuse.sources.report import Findings, rows_text
from landuse.sources.suppressed import share_back
from landuse.sources.table import numbers
from landuse.sources.vector import Found, read_vector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from landuse.sources.window import Window

__all__ = ["open_estat", "open_estats"]

KEY = "KEY_CODE"
LINKS = {"HTKSYORI": "secrecy", "HTKSAKI": "merged_into", "GASSAN": "merged_from"}
"""Column of the file -> name used here; tables of 2010 have none of them."""
NO_DATA = ("*", "-", "X", "x", "＊", "－", "Ｘ", "…", "***")
PREFECTURE = re.compile(r"tblT\d{6}[A-Z]\d{2}\D.*", re.IGNORECASE)
"""Name of a file of one prefecture: a mesh on its border stands in two, with a part of its
people in each. Files of a first mesh have four digits."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One file, read."""

    name: str
    table: pd.DataFrame
    crs: str
    encoding: str


def open_estat(path: Path, findings: Findings, *, window: Window | None = None) -> Found:
    """Read census meshes from one text, zip file or folder; see `open_estats`."""
    return open_estats((path,), findings, window=window)


def open_estats(
    paths: Sequence[Path], findings: Findings, *, window: Window | None = None
) -> Found:
    """Read census meshes, with the figures of secret cells shared back.

    Parameters
    ----------
    paths
        Texts, zip files, or folders of them: one or several first meshes (or prefectures)
        of one table. Given together, figures that are held in another file find back.
    findings
        Of the layer.
    window
        Meshes wholly outside are left out, after the sharing.

    Returns
    -------
    Found
        Squares from the codes, in the system of the table (JGD2011 or JGD2000). Columns:
        `mesh_code` (8, 9 or 10 digits), `population`, `households`, `population_65plus`,
        …, as far as the table has them; `merged_into` and `merged_from` as published;
        `shared`; and `grade`, `modelled` where a figure of the row was shared. With
        several files the index says which.

    Raises
    ------
    LayerError
        With every fault of all files.
    """
    with gathered(paths, findings) as files:
        alone = len(files.texts) == 1
        parts = [_part(name, text, findings, alone=alone) for name, text in files.texts]
        findings.raise_faults()
        read = [part for part in parts if part is not None]
        _check_one_kind(read, findings)
        cells = _shared(read, findings)
        for name, shapes in files.boundaries:
            _check_boundary(cells, name, shapes, findings)
    findings.raise_faults()
    crs = CRS(read[0].crs)
    squares = mesh_polygons(cells["mesh_code"], tenths=False).set_crs(crs, allow_override=True)
    table = gpd.GeoDataFrame(cells, geometry=squares, crs=crs)
    if window is not None:
        whole = set(paths) >= set(findings.layer.paths)
        table = _within(table, window, findings, whole=whole)
    return Found(
        table=table,
        crs=crs,
        crs_from="mesh_code",
        encoding=read[0].encoding,
        rows_in_file=len(cells),
    )


def _part(name: str, path: Path, findings: Findings, *, alone: bool) -> _Part | None:
    """Read one text; None, with its faults noted, where that cannot be done."""
    own = Findings(layer=findings.layer)
    try:
        raw, encoding = read_text(path, own)
    except LayerError as error:
        for fault in error.faults:
            findings.fault(fault.what, fault.fix, place=name)
        return None
    key = next((column for column in raw if str(column).strip().upper() == KEY), None)
    if key is None:
        what = f"has no column {KEY} (found: {', '.join(map(str, raw.columns[:8]))})"
        findings.fault(what, "give a mesh table as e-Stat hands it out", place=name)
        return None
    raw = raw.rename(columns={key: KEY})
    raw, labels = _without_labels(raw)
    _check_edition(labels, findings, name=name)
    columns = columns_of(labels, findings, name=name)
    if not alone:
        raw = raw.set_axis(pd.Index([f"{row} of {name}" for row in raw.index], name="row"))
    table = _typed(raw, columns.found, findings)
    _check_codes(table["mesh_code"], columns.digits, findings, name=name)
    return _Part(name=name, table=table, crs=columns.crs, encoding=encoding)


def _check_edition(labels: Mapping[str, str], findings: Findings, *, name: str) -> None:
    """Fault a table that is not the one that the city file names in the catalogue."""
    edition = findings.layer.edition
    said = _tables(column.name for column in edition.columns) if edition else set()
    there = _tables(labels)
    if edition and said and there and not said & there:
        what = f"is table {', '.join(sorted(there))}, but edition {edition.key} of "
        what += f"{edition.dataset} is {', '.join(sorted(said))}"
        near = min(said - there)
        fix = f'give {near}, or say reader = "estat" in place of dataset and edition'
        findings.fault(what, fix, place=name)


def _tables(columns: Iterable[str]) -> set[str]:
    return {match[1] for column in columns if (match := CODE.fullmatch(column))}


def _without_labels(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Take the row of labels off, where there is one; a column's name stands in for none."""
    names = [str(column) for column in raw if column not in (KEY, *LINKS)]
    first = raw.iloc[:1]
    is_label = not first.empty and not re.search(r"\d", first[KEY].fillna("").iloc[0])
    texts = first[names].fillna("").iloc[0] if is_label else pd.Series("", index=names)
    if not is_label or pd.to_numeric(texts, errors="coerce").notna().any():
        return raw, {name: "" if CODE.fullmatch(name) else name for name in names}
    return raw.iloc[1:], {name: str(texts[name]).strip() for name in names}


def _typed(raw: pd.DataFrame, found: Mapping[str, str], findings: Findings) -> pd.DataFrame:
    """Return codes and links as texts and the known columns as numbers, NaN where none."""
    table = pd.DataFrame({"mesh_code": raw[KEY].fillna("").str.strip()}, index=raw.index)
    for column, name in LINKS.items():
        table[name] = raw[column].fillna("").str.strip() if column in raw else ""
    for column, name in found.items():
        texts = raw[column].str.strip()
        values, wrong = numbers(texts.mask(texts.isin(NO_DATA)))
        wrong |= values < 0
        if wrong.any():
            what = f"{texts[wrong].iloc[0]!r} is not a number of people or households"
            place = f"{rows_text(raw.index[wrong])}: column {column}"
            findings.fault(what, "download the file again", place=place)
        table[name] = values.astype(float)
    return table


def _check_codes(codes: pd.Series, digits: int, findings: Findings, *, name: str) -> None:
    lengths = codes.str.len()
    usual = digits or int(lengths.mode().iloc[0]) if len(codes) else digits
    wrong = ~codes.str.fullmatch(CODES["mesh_code"]) | (lengths != usual)
    if wrong.any():
        what = f"{codes[wrong].iloc[0]!r} is not a mesh code of {usual} digits"
        fix = "give the table of 1 km, 500 m or 250 m meshes (8, 9 or 10 digits), unchanged"
        findings.fault(what, fix, place=f"{rows_text(codes.index[wrong])}: column {KEY}")
    twice = codes[codes.duplicated(keep=False) & ~wrong]
    if len(twice):
        what = f"{twice.iloc[0]!r} stands more than once"
        findings.fault(what, "download the file again", place=rows_text(twice.index))
    if codes.empty:
        findings.fault("has no rows", "download it again", place=name)


def _check_one_kind(parts: Sequence[_Part], findings: Findings) -> None:
    kinds = {
        part.name: (part.crs, part.table["mesh_code"].str.len().iloc[0], tuple(part.table))
        for part in parts
    }
    if len(set(kinds.values())) > 1:
        what = f"holds files of different tables ({', '.join(kinds)})"
        findings.stop(what, "give the files of one table, or choose one file with sublayer")


def _shared(parts: Sequence[_Part], findings: Findings) -> pd.DataFrame:
    """Put the files together and share merged figures back.

    Files of first meshes are one sheet, so that links between them count. Files of
    prefectures divide the meshes on a border between them: each is shared by itself, and
    the parts of a mesh are added.
    """
    share_by = {role: total for role, total in census().share_by.items() if role in parts[0].table}
    share_by = {role: total if total in share_by else "" for role, total in share_by.items()}
    whole = pd.concat([part.table for part in parts])
    twice = whole["mesh_code"].duplicated(keep=False)
    if not twice.any():
        return _graded(share_back(whole, findings, share_by=share_by), findings)
    if not all(PREFECTURE.fullmatch(part.name) for part in parts):
        what = f"{whole['mesh_code'][twice].iloc[0]!r} stands in more than one file"
        findings.stop(f"{rows_text(whole.index[twice])}: {what}", "give each first mesh once")
    shared = pd.concat([share_back(part.table, findings, share_by=share_by) for part in parts])
    what = f"{whole['mesh_code'][twice].nunique()} meshes on a border of prefectures"
    findings.note(f"{what} stand in two files: their people are added", "nothing to do")
    return _graded(_added(shared, list(share_by)), findings)


def _added(cells: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Add the parts of each mesh; a figure of which a part is not known is not known."""
    parts = cells[cells["mesh_code"].duplicated(keep=False)]
    by = parts.groupby("mesh_code", sort=False)
    known = by[columns].transform("count").eq(by["mesh_code"].transform("size"), axis=0)
    links = ("merged_into", "merged_from")
    texts = {name: by[name].transform(lambda part: ";".join(filter(None, part))) for name in links}
    sums = by[columns].transform("sum").where(known)
    parts = parts.assign(**sums, **texts, shared=by["shared"].transform("any"))
    once = cells.drop(index=parts.index)
    return pd.concat([once, parts[~parts["mesh_code"].duplicated()]]).reindex(
        cells.index[~cells["mesh_code"].duplicated()]
    )


def _graded(cells: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    grade = np.where(cells["shared"], str(Grade.MODELLED), str(findings.layer.origin.grade))
    if cells["shared"].any():
        what = f"{int(cells['shared'].sum())} meshes had figures merged to keep people from being "
        what += "recognised: shared back by the published totals, and graded modelled"
        findings.note(what, "nothing to do; totals of people and households are as published")
    return cells.assign(grade=grade).drop(columns="secrecy")


def _check_boundary(cells: pd.DataFrame, name: str, path: Path, findings: Findings) -> None:
    """Compare the codes of a boundary file with those of its first meshes in the table."""
    own = Findings(layer=findings.layer)
    try:
        shapes = read_vector(path, own).table
    except LayerError as error:
        for fault in error.faults:
            findings.fault(fault.what, fault.fix, place=name)
        return
    if KEY not in shapes:
        findings.note(f"has no column {KEY}: not compared", "nothing to do", place=name)
        return
    codes = shapes[KEY].astype("str")
    ours = cells["mesh_code"]
    missing = ours[ours.str[:4].isin(codes.str[:4]) & ~ours.isin(codes)]
    if len(missing) or not ours.str[:4].isin(codes.str[:4]).any():
        what = (
            f"does not hold mesh {missing.iloc[0] if len(missing) else ours.iloc[0]} of the table"
        )
        fix = "give the boundary file of the same mesh size and first mesh, or none"
        findings.fault(what, fix, place=name)


def _within(
    table: gpd.GeoDataFrame, window: Window, findings: Findings, *, whole: bool
) -> gpd.GeoDataFrame:
    """Leave out meshes beyond the window; a layer that is `whole` must have some left."""
    west, south, east, north = window.in_crs(table.crs or MESH_CRS)
    box = table.bounds
    kept = (box["maxx"] >= west) & (box["minx"] <= east)
    kept &= (box["maxy"] >= south) & (box["miny"] <= north)
    if whole and not kept.any():
        firsts = ", ".join(sorted(set(table["mesh_code"].str[:4]))[:12])
        what = f"none of its {len(table)} meshes is near the study area (first meshes: {firsts})"
        findings.stop(what, "give the first meshes that the municipality lies in")
    return table.loc[kept]
