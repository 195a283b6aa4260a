"""Numbers, times, dates and ids out of the columns of one file of a feed."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from landuse.sources.gtfs.sheet import Log, Sheet

    Floats = NDArray[np.float64]

__all__ = [
    "EPOCH",
    "check_keys",
    "day",
    "degrees",
    "numbers",
    "one_of",
    "place_of",
    "references",
    "time_s",
    "whole",
]

EPOCH = dt.date(1970, 1, 1)
TIME = re.compile(r"([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")
DATE = re.compile(r"[0-9]{8}")
WHOLE = re.compile(r"[0-9]{1,9}")


def numbers(
    sheet: Sheet,
    column: str,
    log: Log,
    *,
    read: Callable[[str], float | None],
    kind: str,
    required: bool = False,
) -> Floats:
    """Read a column as numbers, NaN where blank or wrong; wrong values become a fault.

    Parameters
    ----------
    read
        What makes a number of a text, or None of a wrong one.
    kind
        What the column should hold, for messages.
    required
        Whether a blank is wrong too.
    """
    codes, words = sheet.coded(column)
    known = [read(word) if word else None for word in words]
    values = np.array([math.nan if value is None else value for value in [*known, None]])
    wrong = np.array([bool(w) and v is None for w, v in zip(words, known, strict=True)] + [False])
    if wrong[codes].any():
        what = f"is {sheet.found(words, wrong[codes], column)}: not {kind}"
        log.fault(what, "correct it in the feed", place=sheet.place(wrong[codes], column))
    blank = sheet.blank(column)
    if required and column in sheet.columns and blank.any():
        log.fault("is blank", f"give {kind}", place=sheet.place(blank, column))
    return np.asarray(values[codes], dtype=np.float64)


def references(
    sheet: Sheet, column: str, target: pd.Index, log: Log, *, owner: Sheet, required: bool = True
) -> NDArray[np.int32]:
    """Return the place of each id in an index of ids, -1 where blank or, a fault, unknown."""
    codes, words = sheet.coded(column)
    known = np.append(target.get_indexer(pd.Index(words, dtype=object)), -1).astype(np.int32)
    places = known[codes]
    lost, blank = places < 0, sheet.blank(column)
    if owner.whole and (lost & ~blank).any():
        rows = lost & ~blank
        what = f"is {sheet.found(words, rows, column)}, which {owner.name} does not have"
        log.fault(
            what, f"add it to {owner.name}, or remove the rows", place=sheet.place(rows, column)
        )
    if required and column in sheet.columns and blank.any():
        log.fault("is blank", f"give an id of {owner.name}", place=sheet.place(blank, column))
    return places


def time_s(text: str) -> float | None:
    """Return the seconds of a time `H:MM:SS`, which may lie past 24:00:00."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    hours, minutes, seconds = map(int, match.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def day(text: str) -> float | None:
    """Return the days from 1970 to a date `YYYYMMDD`."""
    if not DATE.fullmatch(text):
        return None
    try:
        return float((dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) - EPOCH).days)
    except ValueError:
        return None


def one_of(*values: int) -> Callable[[str], float | None]:
    """Return a reader of whole numbers that are among some."""
    known = {str(value): float(value) for value in values}
    return known.get


def whole(text: str) -> float | None:
    """Return a whole number of zero or more, of at most nine digits."""
    return float(text) if WHOLE.fullmatch(text) else None


def degrees(limit: float) -> Callable[[str], float | None]:
    """Return a reader of degrees up to a limit either way."""

    def read(text: str) -> float | None:
        try:
            value = float(text)
        except ValueError:
            return None
        return value if abs(value) <= limit else None

    return read


def check_keys(sheet: Sheet, columns: Sequence[str], log: Log) -> None:
    """Fault blank or doubled keys; a key may span several columns."""
    if not (columns and len(sheet)) or any(column not in sheet.columns for column in columns):
        return
    for column in columns:
        blank = sheet.blank(column)
        if blank.any():
            log.fault("is blank", "fill it in, or remove the row", place=sheet.place(blank, column))
    keys = pd.DataFrame({column: sheet.coded(column)[0] for column in columns})
    twice = keys.duplicated(keep=False).to_numpy() & ~sheet.blank(columns[0])
    if twice.any():
        shown = ", ".join(columns)
        what = f"{sheet.found(sheet.coded(columns[0])[1], twice, columns[0])} stands more than once"
        log.fault(what, "remove the doubles", place=f"{sheet.place(twice)}: {shown}")


def place_of(name: str, table: pd.DataFrame, column: str) -> str:
    """Name the rows of a file that a table with column `row` was made of, in a message."""
    return f"{name}: {rows_text(sorted(table['row']))}: column {column}"
