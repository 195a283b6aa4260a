"""Columns of an edition: readable names, typed values, codes with their meaning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.sources.ksj import values
from landuse.sources.ksj.depth import depth_range_m
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from landuse.catalogue import CodeList, Column, Edition
    from landuse.sources.report import Findings

__all__ = ["decoded", "texts"]

LABEL = "_ja"
"""Ending of the column that holds what a code means."""

NAMED = 10
"""Different values that a message names; more are counted."""

SPACES = " \t\r\n\u3000\xa0\ufeff\0"


def decoded(
    table: pd.DataFrame, findings: Findings, *, edition: Edition, codes: Mapping[str, CodeList]
) -> pd.DataFrame:
    """Give columns their readable names and values their meaning.

    Parameters
    ----------
    table
        Columns of the edition under their own names (`Column.name`); others are kept as they
        are, without blanks around texts.
    findings
        Takes a fault for each column with codes that are not in its list, and a note for
        each with values that cannot be read, which become blank.
    edition
        What the columns mean.
    codes
        Code lists by key.

    Returns
    -------
    DataFrame
        With the index of `table`: texts (blank: empty), integers (with blanks: floats and
        NaN), floats, `boolean` flags, dates as ISO texts. A code's meaning is in the column
        with `_ja` behind its name, a depth's ends in those with `_min_m` and `_max_m`.
    """
    twice = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if twice:
        what = f"has more than one column {', '.join(twice)}"
        findings.stop(what, "download the file again, or leave one of them out")
    known = {column.name: column for column in edition.columns if column.name in table}
    done: dict[str, pd.Series] = {}
    for column in known.values():
        done |= _decoded(table[column.name], column, findings, edition=edition, codes=codes)
    for name in table:
        if name not in known and name != "geometry":
            done[str(name) if str(name) not in done else f"{name} in file"] = _kept(table[name])
    return pd.DataFrame(done, index=table.index)


def _kept(column: pd.Series) -> pd.Series:
    if column.dtype not in ("str", "object"):
        return column
    return texts(column)


def texts(column: pd.Series) -> pd.Series:
    """Write any column as texts without blanks around them; whole floats as 7, not 7.0."""
    return _mapped(column, _text, "str")


def _text(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value)).lower()
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return "" if math.isnan(number) else str(int(number) if number.is_integer() else number)
    return str(value).strip(SPACES)


def _mapped(column: pd.Series, function: Callable[[Any], Any], dtype: str) -> pd.Series:
    """Apply a function once to each different value."""
    cells = column.to_numpy(dtype=object)
    if column.dtype == "object":  # GeoJSON may nest
        cells = np.array(
            [str(x) if isinstance(x, (dict, list, np.ndarray)) else x for x in cells], dtype=object
        )
    numbers, different = pd.factorize(cells, use_na_sentinel=False)
    found = np.empty(len(different), dtype=object)
    found[:] = [function(value) for value in different]
    return pd.Series(found[numbers], index=column.index, dtype=dtype)


def _decoded(
    raw: pd.Series,
    column: Column,
    findings: Findings,
    *,
    edition: Edition,
    codes: Mapping[str, CodeList],
) -> dict[str, pd.Series]:
    """Return the columns that one column becomes."""
    unknown = {values.plain(value) for value in column.unknown}
    filled = texts(raw)
    if unknown:
        filled = _mapped(filled, lambda text: "" if _is_one(text, unknown) else text, "str")
    if column.type in ("code", "codes"):
        told = _Told(column=column, edition=edition, findings=findings)
        return _coded(filled, codes[column.codes], told)
    if column.type == "depth":
        return _depths(filled, column, findings)
    if column.type == "text":
        return {column.to: filled}
    function, dtype = TYPES[column.type]
    found = _mapped(filled, lambda text: function(text) if text else None, dtype)
    wrong = (filled != "") & found.isna()
    if wrong.any():
        _note_unread(filled[wrong], column, findings)
    if dtype == "str":
        found = found.fillna("")
    if column.type in ("integer", "year") and len(found) and not found.isna().any():
        found = found.astype("int64")
    return {column.to: found}


TYPES: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "integer": (values.integer_of, "float64"),
    "number": (values.number_of, "float64"),
    "year": (values.year_of, "float64"),
    "date": (values.date_of, "str"),
    "mesh": (values.mesh_of, "str"),
    "flag": (values.flag_of, "boolean"),
}


def _is_one(text: str, unknown: set[str]) -> bool:
    """Tell whether a text is one of some values, also as 9999.0 or ９９９９."""
    text = values.plain(text)
    if text in unknown:
        return True
    number = values.number_of(text)
    return number is not None and number in {values.number_of(value) for value in unknown}


def _note_unread(wrong: pd.Series, column: Column, findings: Findings) -> None:
    shown = ", ".join(repr(value) for value in wrong.unique()[:NAMED])
    what = f"{column.name} ({column.to}) cannot be read as {column.type}: {shown}; left blank"
    findings.note(what, "correct it in the file if you need it", place=rows_text(wrong.index))


class _Told:
    """Says which codes of a column are not known."""

    def __init__(self, *, column: Column, edition: Edition, findings: Findings) -> None:
        self.column = column
        self.edition = edition
        self.findings = findings

    def about(self, strange: Mapping[str, int], *, partial: bool) -> None:
        """Make a fault, or a note where the list is known to be incomplete."""
        if not strange:
            return
        named = [f"{value!r} ({count} rows)" for value, count in list(strange.items())[:NAMED]]
        more = f" and {len(strange) - NAMED} more" if len(strange) > NAMED else ""
        what = (
            f"{self.column.name} ({self.column.to}) holds codes that {self.edition.name} "
            f"does not know: {', '.join(named)}{more}"
        )
        if partial:
            self.findings.note(what, "kept without their meaning; look them up in the code list")
        else:
            self.findings.fault(what, "check whether the file is of another edition")


def _coded(filled: pd.Series, codes: CodeList, told: _Told) -> dict[str, pd.Series]:
    name = told.column.to
    counts = filled[filled != ""].value_counts()
    single = told.column.type == "code"
    strange: dict[str, int] = {}
    keys: dict[str, Sequence[str]] = {"": ()}
    for text, count in counts.items():
        known, others = _keys_in(str(text), codes.labels, single=single)
        keys[str(text)] = (*known, *others)
        for other in others:
            strange[other] = strange.get(other, 0) + int(count)
    told.about(strange, partial=codes.partial)
    meaning = {text: [codes.labels.get(key, "") for key in found] for text, found in keys.items()}
    return {
        name: filled.map({text: ",".join(found) for text, found in keys.items()}).astype("str"),
        name + LABEL: filled.map(
            {text: "、".join(filter(None, found)) for text, found in meaning.items()}
        ).astype("str"),
    }


def _keys_in(text: str, labels: Mapping[str, str], *, single: bool) -> tuple[list[str], list[str]]:
    if not single:
        return values.codes_of(text, labels)
    key = values.code_of(text, labels)
    return ([], [text]) if key is None else ([key], [])


def _depths(filled: pd.Series, column: Column, findings: Findings) -> dict[str, pd.Series]:
    spans = {text: depth_range_m(text) for text in filled.unique()}
    wrong = filled[(filled != "") & filled.map(lambda text: spans[text] is None)]
    if len(wrong):
        _note_unread(wrong, column, findings)
    ends = [filled.map(lambda t, e=end: (spans[t] or OPEN)[e]).astype("float64") for end in (0, 1)]
    return {column.to: filled, f"{column.to}_min_m": ends[0], f"{column.to}_max_m": ends[1]}


OPEN = (math.nan, math.nan)
