"""Lists of a known form: told by their columns, given readable names by a preset.

A preset is a table of forms; each says which columns a list must have to be of it, what
they are called here, and what its words mean.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from landuse.config import preset
from landuse.sources.archive import unzipped
from landuse.sources.heading import plain
from landuse.sources.report import rows_text
from landuse.sources.sheet import BOOKS, read_sheet
from landuse.sources.table import read_csv
from landuse.sources.vector import Found, read_vector
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from landuse.sources.report import Findings

__all__ = [
    "Form",
    "check_digit",
    "made_unique",
    "municipality",
    "numbered_rows",
    "read_any",
    "read_forms",
    "recognised",
    "roles_of",
    "ticks",
]

TICKED = ("1", "1.0", "○", "◯", "〇", "●", "◎", "TRUE", "true", "True", "有", "あり")
OPEN = ("", "0", "0.0", "×", "-", "－", "FALSE", "false", "False", "無", "なし")


PREFECTURES = 47


@dataclass(frozen=True, kw_only=True)
class Form:
    """One form of a public list."""

    key: str
    title: str
    needs: tuple[str, ...]
    """Columns that a list of this form has; the first form of which all are there is it."""
    rename: Mapping[str, str]
    """Column of the list -> name used here."""
    roles: Mapping[str, str]
    """Column, by its name here, -> role that a ticked cell gives."""
    kind: str
    """Role of every row; may be empty."""
    category: str
    """Category of every row; empty where the rows differ."""
    refuse: str
    """Why such a list is not read as facilities; empty: it is."""


def read_forms(name: str) -> tuple[Form, ...]:
    """Return the forms of a preset, in its order."""
    keys = Keys(table=read_toml(preset(name)), where=name, faults=[])
    return tuple(
        Form(
            key=row.text("key"),
            title=row.text("title"),
            needs=row.texts("needs"),
            rename=row.text_table("rename"),
            roles=row.text_table("roles"),
            kind=row.text("kind", ""),
            category=row.text("category", ""),
            refuse=row.text("refuse", ""),
        )
        for row in keys.rows("form")
    )


def read_any(path: Path, findings: Findings) -> Found:
    """Read a list as it stands: CSV, workbook or GeoJSON, also out of a zip file.

    Raises
    ------
    LayerError
        If it cannot be read.
    """
    with ExitStack() as stack:
        if path.suffix.lower() == ".zip":
            member = findings.layer.sublayer
            path = stack.enter_context(unzipped(path, member=member, where=findings.where))
        if path.suffix.lower() in BOOKS:
            return read_sheet(path, findings)
        if path.suffix.lower() in (".csv", ".tsv", ".txt"):
            table, encoding = read_csv(path, findings)
            return Found(table=table, encoding=encoding)
        return read_vector(path, findings)


def recognised(
    table: pd.DataFrame, forms: Sequence[Form], findings: Findings
) -> tuple[Form, pd.DataFrame]:
    """Tell which form a list is of, and give its columns their names here.

    Widths, brackets, spaces and case of column names do not count.

    Returns
    -------
    tuple
        The form, and the table with renamed columns; other columns keep their names.

    Raises
    ------
    LayerError
        If it is of none; the nearest is named with what is missing.
    """
    names = {_key(str(name)): str(name) for name in table}
    form = next((f for f in forms if all(_key(need) in names for need in f.needs)), None)
    if form is None:
        near = max(forms, key=lambda f: sum(_key(n) in names for n in f.needs) / len(f.needs))
        missing = [need for need in near.needs if _key(need) not in names]
        what = f"is of no known form; the nearest is {near.title}, but {', '.join(missing)} "
        what += f"{'are' if len(missing) > 1 else 'is'} missing (found: {_listed(table)})"
        findings.stop(what, "give the list as published, or read it without reader = …")
    if form.refuse:
        findings.stop(f"is {form.title}", form.refuse)
    return form, _readable(table, form, names, findings)


def _readable(
    table: pd.DataFrame, form: Form, names: Mapping[str, str], findings: Findings
) -> pd.DataFrame:
    """Give columns their names here; of others keep only what the city file speaks of."""
    rename: dict[str, str] = {}
    for old, new in form.rename.items():
        if _key(old) in names and new not in rename.values():
            rename[names[_key(old)]] = new
    layer = findings.layer
    spoken = {*layer.rename, *layer.where, *form.roles, *form.needs, "geometry"}
    kept = [name for name in table if name in rename or name in spoken]
    return table[kept].rename(columns=rename)


def _key(name: str) -> str:
    """Return a name as forms compare it: like `plain`, but what is in brackets counts."""
    return plain(name.replace("（", "_").replace("(", "_").replace("）", "").replace(")", ""))


def _listed(table: pd.DataFrame) -> str:
    names = [str(name) for name in table if name != "geometry"]
    return ", ".join(names[:12]) + (" …" if len(names) > 12 else "")


def ticks(column: pd.Series, findings: Findings) -> pd.Series:
    """Read a column of ticks (1, ○, blank …) as booleans; other words are faults.

    Blank is false: these lists tick what holds and leave the rest open.
    """
    texts = column.fillna("").astype("str").str.strip()
    wrong = ~texts.isin((*TICKED, *OPEN))
    if wrong.any():
        what = f"is {texts[wrong].iloc[0]!r}, which is neither a tick nor blank"
        place = f"{rows_text(texts.index[wrong])}: column {column.name}"
        findings.fault(what, "write 1 where it holds and leave the rest blank", place=place)
    return texts.isin(TICKED)


def roles_of(table: pd.DataFrame, form: Form, findings: Findings) -> pd.Series:
    """Return the roles of each row, joined by `;` as services expect them."""
    roles = pd.Series(form.kind, index=table.index, dtype="str")
    for column, role in form.roles.items():
        if column in table:
            ticked = ticks(table[column], findings)
            roles = roles.where(~ticked, (roles + ";" + role).str.removeprefix(";"))
    return roles


def check_digit(code: str) -> str:
    """Return the sixth digit of a municipal code, from its five.

    By the rule of the ministry's codes (全国地方公共団体コード): the digits weighted by
    6, 5, 4, 3, 2 are summed, and the last digit of 11 minus the rest by 11 is taken.
    """
    total = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def municipality(code: str) -> str:
    """Return the five digits of a municipal code of five or six; empty if it is none.

    Six digits must end in their check digit. A spreadsheet drops the leading zero of
    prefectures 01 to 09; that is undone where the code can be read in one way only.
    """
    text = code.strip().removesuffix(".0")
    if not (text.isascii() and text.isdigit()):
        return ""
    ways = {text} if len(text) == 5 else set()
    if len(text) in (5, 6):
        full = text.zfill(6)
        ways |= {full[:5]} if check_digit(full[:5]) == full[5] else set()
    if len(text) == 4:
        ways = {f"0{text}"}
    fitting = [way for way in ways if 1 <= int(way[:2]) <= PREFECTURES and _of_a_city(way)]
    return fitting[0] if len(fitting) == 1 else ""


def _of_a_city(code: str) -> bool:
    return int(code[2:]) >= 100 or code.endswith("000")  # 000 is the prefecture itself


def numbered_rows(table: pd.DataFrame, findings: Findings, *, path: Path) -> pd.Series:
    """Return an id for every row from its number, and the file where a layer has several."""
    layer = findings.layer
    file = "" if path == layer.path else f"{path.stem}-"
    return f"{layer.key}-{file}" + pd.Series(table.index.astype("str"), index=table.index)


def made_unique(ids: pd.Series, findings: Findings) -> pd.Series:
    """Return ids of which the second and later of each kind carry -2, -3 …, and say so."""
    again = ids.groupby(ids).cumcount()
    if not again.any():
        return ids
    what = "stands more than once in the list: numbered"
    place = f"{rows_text(ids.index[again > 0])}: column facility_id"
    findings.note(what, "see whether rows are doubled", place=place)
    return ids.where(again == 0, ids + "-" + (again + 1).astype("str"))
