"""Tables without geometry: CSV in the encodings of Japan.

Everything in a CSV stays text here, so that codes keep their leading zeros; the row
numbers of the index are those that a spreadsheet shows. A CSV that was exported from a
workbook may have titles above its header and footnotes at its end: see `heading`.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.encoding import decoded, decoded_euc
from landuse.sources.heading import column_words, headed, plain, without_tail
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from landuse.sources.report import Findings

    Row = tuple[int, tuple[str, ...]]

__all__ = ["check_names", "numbers", "read_csv", "text_table", "told_title"]

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
EXACT = 2**53
"""Whole numbers below are exact as floats."""

SEEN = 200
"""Rows that show how many fields a file has."""


def read_csv(path: Path, findings: Findings) -> tuple[pd.DataFrame, str]:
    """Read a CSV or tab-separated file as texts; blanks are missing values.

    Returns
    -------
    tuple
        The table, with an index `row` of row numbers in the file, and its encoding.

    Raises
    ------
    LayerError
        If it is in no encoding we know, is not regular, or has no or doubled column names.
    """
    text, encoding = _decoded(path.read_bytes(), findings)
    rows = _records(text, "\t" if path.suffix.lower() == ".tsv" else ",", findings)
    names, rows = _without_heading(rows, findings)
    check_names(names, findings)
    _check_widths(rows, names, findings)
    rows = _without_repeated(rows, names, findings)
    return text_table(names, without_tail(rows, findings)), encoding


def _without_repeated(rows: list[Row], names: Sequence[str], findings: Findings) -> list[Row]:
    """Leave out the row of names where it stands again, as in files put one after another."""
    again = [number for number, cells in rows if [cell.strip() for cell in cells] == list(names)]
    if again and not findings.layer.columns:
        what = f"{len(again)} rows repeat the names of the columns: left out"
        findings.note(what, "nothing to do", place=rows_text(again))
        rows = [row for row in rows if row[0] not in set(again)]
    return rows


def text_table(names: Sequence[str], rows: Sequence[Row]) -> pd.DataFrame:
    """Return rows of texts as a table; blanks are missing values."""
    index = pd.Index([number for number, _ in rows], name="row", dtype="int64")
    cells = [list(cells) for _, cells in rows]
    table = pd.DataFrame(cells, columns=list(names), index=index, dtype="str")
    return table.mask(table.apply(lambda column: column.str.strip() == ""))


def _decoded(data: bytes, findings: Findings) -> tuple[str, str]:
    declared = findings.layer.encoding
    try:
        return decoded(data, declared=declared)
    except ValueError as error:
        euc = None if declared else decoded_euc(data)
        if euc is None:
            fix = 'save it as UTF-8, or name its encoding in the city file (encoding = "…")'
            findings.stop(str(error), fix)
    what = "does not say its encoding: read as EUC-JP, which fits"
    findings.note(what, f'look at its names; if they are right, add encoding = "{euc[1]}"')
    return euc


def _without_heading(rows: list[Row], findings: Findings) -> tuple[list[str], list[Row]]:
    """Return the names of the columns and the rows below them."""
    if findings.layer.columns:
        return list(findings.layer.columns), rows
    if not rows:
        findings.stop("is empty", "give a file with a row of column names and rows")
    found = None if _regular(rows) else headed(rows)
    if found is not None and found.title:
        told_title(found.title, found.header, findings)
        return list(found.names), list(found.rows)
    names = [name.strip() for name in rows[0][1]]
    bare = _bare_columns(names, rows[1:])
    kept = [at for at in range(len(names)) if at not in bare]
    body = [(n, tuple(c[at] for at in kept) if len(c) == len(names) else c) for n, c in rows[1:]]
    return [names[at] for at in kept], (body if bare else rows[1:])


def told_title(title: Sequence[Row], header: int, findings: Findings) -> None:
    """Note which row was taken for the header, and what stands above it."""
    texts = (cell.strip() for _, cells in title for cell in cells if cell.strip())
    what = f"taken for the names of the columns; above it stands {' / '.join(texts)[:80]!r}"
    fix = "if that is wrong, remove what stands above the header from the file"
    findings.note(what, fix, place=f"row {header}")


def _regular(rows: Sequence[Row]) -> bool:
    """Tell whether the first row is the header: all named, or with a known name in it."""
    first = [name.strip() for name in rows[0][1]]
    words = {word for listed in column_words().values() for word in listed}
    if words & {plain(name) for name in first}:
        return True
    widths = [len(cells) for _, cells in rows[1:SEEN]]
    usual = max(set(widths), key=widths.count, default=len(first))
    return "" not in first and len(first) >= usual


def _bare_columns(names: Sequence[str], rows: Sequence[Row]) -> set[int]:
    """Return the columns that have neither name nor text, as spreadsheets export them."""
    bare = {at for at, name in enumerate(names) if not name}
    for _, cells in rows:
        if not bare:
            break
        bare = {at for at in bare if at >= len(cells) or not cells[at].strip()}
    return bare


def _records(text: str, delimiter: str, findings: Findings) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(number, tuple(cells)) for number, cells in enumerate(reader, 1) if cells]
    except csv.Error as error:
        what = f"is not a regular CSV file: line {reader.line_num}: {error}"
        findings.stop(what, "mend the quotation marks of that line")


def check_names(names: Sequence[str], findings: Findings) -> None:
    """Stop where a column has no name or two have the same.

    Raises
    ------
    LayerError
        With one fault.
    """
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or "" in names:
        what = f"has columns {', '.join(names)}"
        fix = "give every column its own name, in the file or as columns = [...] in the city file"
        findings.stop(what, fix)


def _check_widths(rows: Sequence[Row], names: Sequence[str], findings: Findings) -> None:
    wrong = [number for number, cells in rows if len(cells) != len(names)]
    if wrong:
        what = f"{rows_text(wrong)}: not {len(names)} fields ({', '.join(names)})"
        findings.stop(what, "put texts that hold commas in quotation marks")


def numbers(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Read a column as numbers.

    Full-width digits and commas between thousands are read; anything else is not.

    Returns
    -------
    tuple
        The numbers, NaN where blank or wrong, whole numbers as such if all are; and which
        rows hold something that is not a finite number.
    """
    if pd.api.types.is_numeric_dtype(column):
        values = column.astype(float)
    else:
        values = pd.to_numeric(column.map(_plain_number), errors="coerce").astype(float)
    filled = column.notna() & (column.astype("str").str.strip() != "")
    wrong = filled & ~np.isfinite(values)
    values = values.mask(wrong)
    if len(values) and ((values == values.round()) & (values.abs() < EXACT)).all():
        return values.astype("int64"), wrong
    return values, wrong


def _plain_number(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip().replace("−", "-")
    return text.replace(",", "") if THOUSANDS.fullmatch(text) else text
