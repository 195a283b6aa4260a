"""Tables without geometry: CSV in UTF-8 or cp932, and plain Parquet.

Everything in a CSV stays text here, so that codes keep their leading zeros; the row
numbers of the index are those that a spreadsheet shows.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.encoding import decoded
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from landuse.sources.report import Findings

__all__ = ["numbers", "read_csv"]

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
EXACT = 2**53
"""Whole numbers below are exact as floats."""


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
    layer = findings.layer
    try:
        text, encoding = decoded(path.read_bytes(), declared=layer.encoding)
    except ValueError as error:
        fix = 'save it as UTF-8, or name its encoding in the city file (encoding = "…")'
        findings.stop(str(error), fix)
    records = _records(text, "\t" if path.suffix.lower() == ".tsv" else ",", findings)
    first = 1 if layer.columns else 2
    if layer.columns:
        names = list(layer.columns)
    elif records:
        names = [name.strip() for name in records.pop(0)]
    else:
        findings.stop("is empty", "give a file with a row of column names and rows")
    _check_names(names, findings)
    rows = range(first, first + len(records))
    _check_widths(records, rows, names, findings)
    index = pd.Index(rows, name="row")
    table = pd.DataFrame(records, columns=names, index=index, dtype="str")
    return table.mask(table.apply(lambda column: column.str.strip() == "")), encoding


def _records(text: str, delimiter: str, findings: Findings) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return [record for record in reader if record]
    except csv.Error as error:
        what = f"is not a regular CSV file: line {reader.line_num}: {error}"
        findings.stop(what, "mend the quotation marks of that line")


def _check_names(names: Sequence[str], findings: Findings) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or "" in names:
        what = f"has columns {', '.join(names)}"
        fix = "give every column its own name, in the file or as columns = [...] in the city file"
        findings.stop(what, fix)


def _check_widths(
    records: Sequence[Sequence[str]], rows: range, names: Sequence[str], findings: Findings
) -> None:
    wrong = [row for row, record in zip(rows, records, strict=True) if len(record) != len(names)]
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
