"""Which column of a census table holds what: by its code, and by its Japanese label."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from landuse.config import preset
from landuse.errors import CityError
from landuse.grid import MESH_CRS
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.errors import Fault
    from landuse.sources.report import Findings

__all__ = ["CODE", "Census", "Columns", "Table", "canonical", "census", "columns_of"]

CODE = re.compile(r"(T\d{6})(\d{3})")
TOTAL = re.compile(r"\(総数\)|総数")
DASHES = re.compile("[〜‐-―−-]")


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of e-Stat."""

    columns: Mapping[str, str]
    """Last three digits of a column's code -> what it holds."""
    digits: int
    """Length of its mesh codes."""
    crs: str
    verified: bool


@dataclass(frozen=True, kw_only=True)
class Census:
    """All that is known of the tables."""

    tables: Mapping[str, Table]
    roles: Mapping[str, str]
    """Label, as `canonical` writes it -> what such a column holds."""
    share_by: Mapping[str, str]
    """What a column holds -> the total by which merged values of it are shared; or empty."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What was made out of the columns of one file."""

    found: Mapping[str, str]
    """Column of the file -> what it holds."""
    digits: int
    """Length of mesh codes that the table has; 0 if it is not known."""
    crs: str


def canonical(label: str) -> str:
    """Write a label so that two ways to say the same compare equal."""
    plain = "".join(unicodedata.normalize("NFKC", label).split())
    return TOTAL.sub("", DASHES.sub("~", plain))


@cache
def census(path: Path | None = None) -> Census:
    """Read the table of tables, `presets/estat.toml` unless another is given.

    Raises
    ------
    CityError
        With every fault of the file.
    """
    path = path or preset("estat.toml")
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    share_by, roles = {}, {}
    for row in keys.rows("role"):
        name = row.text("key")
        share_by[name] = row.text("share_by")
        roles.update(dict.fromkeys(row.texts("labels"), name))
    layouts = keys.subtable("layout")
    codes = {name: layouts.text_table(name) for name in layouts.table}
    listed = keys.subtable("table")
    tables = {name: _table(listed.subtable(name), codes) for name in listed.table}
    if faults:
        raise CityError(faults)
    return Census(tables=tables, roles=roles, share_by=share_by)


def _table(keys: Keys, layouts: Mapping[str, Mapping[str, str]]) -> Table:
    layout = layouts[keys.choice("layout", tuple(layouts))]
    return Table(
        columns={code: name for name, code in layout.items()},
        digits=int(keys.number("digits")),
        crs=keys.text("crs"),
        verified=keys.flag("verified", default=False),
    )


def columns_of(labels: Mapping[str, str], findings: Findings, *, name: str) -> Columns:
    """Find out what the columns of one file hold.

    Parameters
    ----------
    labels
        Column of the file -> its Japanese label, empty where there is none.
    findings
        Code and label that disagree, and columns that cannot be told, are faults; an
        unknown table is noted.
    name
        The file, for messages.
    """
    known = census()
    ids = {match[1] for column in labels if (match := CODE.fullmatch(column))}
    tables = {key: known.tables[key] for key in sorted(ids) if key in known.tables}
    by_code = {
        column: tables[match[1]].columns[match[2]]
        for column in labels
        if (match := CODE.fullmatch(column))
        and match[1] in tables
        and match[2] in tables[match[1]].columns
    }
    by_label = {
        column: known.roles[canonical(label)]
        for column, label in labels.items()
        if canonical(label) in known.roles
    }
    _check_agree(labels, by_code, by_label, tables, findings, name=name)
    found = by_label | by_code
    _check_found(labels, found, findings, name=name)
    if unknown := sorted(ids - set(tables)):
        what = f"table {', '.join(unknown)} is not known; its columns were told by their labels: "
        what += ", ".join(f"{column} = {role}" for column, role in found.items())
        fix = "check them, and that its meshes are of JGD2011"
        findings.note(what, fix, place=name)
    return Columns(
        found=found,
        digits=next((table.digits for table in tables.values()), 0),
        crs=next((table.crs for table in tables.values()), MESH_CRS),
    )


def _check_agree(
    labels: Mapping[str, str],
    by_code: Mapping[str, str],
    by_label: Mapping[str, str],
    tables: Mapping[str, Table],
    findings: Findings,
    *,
    name: str,
) -> None:
    """Fault columns that are one thing by their code and another by their label."""
    for column, role in by_label.items():
        match = CODE.fullmatch(column)
        if match and match[1] in tables and by_code.get(column) != role:
            what = f"has the label {labels[column].strip()} but is "
            what += f"{by_code.get(column, 'something else')} in table {match[1]}"
            fix = "download it again; columns or labels were moved"
            findings.fault(what, fix, place=f"{name}: column {column}")
    strange = {column: role for column, role in by_code.items() if column not in by_label}
    named = [f"{column} {labels[column].strip()} = {strange[column]}" for column in strange]
    if labelled := [text for text, column in zip(named, strange, strict=True) if labels[column]]:
        what = f"labels that are not known; read by their codes: {', '.join(labelled)}"
        findings.note(what, "check them", place=name)
    if strange and not labelled and not all(table.verified for table in tables.values()):
        what = f"no labels, and nobody has checked its codes: {', '.join(named)}"
        findings.note(what, "check them against the table's definition", place=name)


def _check_found(
    labels: Mapping[str, str], found: Mapping[str, str], findings: Findings, *, name: str
) -> None:
    if not found:
        told = ", ".join(f"{column} {label.strip()}".strip() for column, label in labels.items())
        what = f"no column of people or households is known (found: {told})"
        findings.fault(what, "give a table of 人口及び世帯, or keep its rows of labels", place=name)
    roles = list(found.values())
    for role in sorted({role for role in roles if roles.count(role) > 1}):
        what = f"columns {', '.join(c for c in found if found[c] == role)} are all {role}"
        findings.fault(what, "keep the one that is meant", place=name)
