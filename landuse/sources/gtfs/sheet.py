"""One file of a feed as texts, its columns coded, its rows numbered; and what is wrong in it.

A column is held as codes into its distinct texts, so a time or an id that stands in
30,000 rows is understood once.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.sources.encoding import decoded
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["Log", "Sheet", "read_sheet", "subset"]

SHOWN = 5
"""Wrong values that a message quotes."""

QUOTE, COMMA, NEWLINE, RETURN = b'",\n\r'


@dataclass(kw_only=True)
class Log:
    """Gathers what is wrong with a feed, so that all of it is told at once."""

    where: str
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)

    def fault(self, what: str, fix: str, *, place: str = "") -> None:
        """Keep something that makes the feed unusable."""
        self.faults.append(self._finding(what, fix, place))

    def note(self, what: str, fix: str, *, place: str = "") -> None:
        """Keep something that stops nothing."""
        self.notes.append(self._finding(what, fix, place))

    def raise_faults(self) -> None:
        """Raise a LayerError with every fault, if there is one."""
        if self.faults:
            raise LayerError(self.faults)

    def _finding(self, what: str, fix: str, place: str) -> Fault:
        return Fault(where=f"{self.where}: {place}" if place else self.where, what=what, fix=fix)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One file: columns of texts without blanks around them, each as codes and words."""

    name: str
    rows: Ints
    """Number of each row as a spreadsheet shows it; the header is row 1."""
    columns: Mapping[str, tuple[NDArray[np.int32], list[str]]]
    encoding: str = ""
    whole: bool = True
    """Whether all of it was read: only then does an id that it lacks say anything."""

    def __len__(self) -> int:
        return len(self.rows)

    def coded(self, column: str) -> tuple[NDArray[np.int32], list[str]]:
        """Return codes and words of a column; one that is not there is blank."""
        blank = np.zeros(len(self), dtype=np.int32), [""]
        return self.columns.get(column, blank)

    def texts(self, column: str) -> NDArray[np.object_]:
        """Return a column as texts; blanks are empty."""
        codes, words = self.coded(column)
        return np.array([*words, ""], dtype=np.object_)[codes]

    def blank(self, column: str) -> Bools:
        """Tell which rows say nothing in a column."""
        codes, words = self.coded(column)
        return np.array([*(word == "" for word in words), True], dtype=np.bool_)[codes]

    def place(self, rows: Bools, column: str = "") -> str:
        """Name some rows of this file, and a column, in a message."""
        text = f"{self.name}: {rows_text(self.rows[rows])}"
        return f"{text}: column {column}" if column else text

    def found(self, words: Sequence[str], rows: Bools, column: str) -> str:
        """Quote the first few values of some rows; texts from a feed are not trusted."""
        codes = self.coded(column)[0][rows]
        values = sorted({words[code] for code in codes})
        more = ", …" if len(values) > SHOWN else ""
        return ", ".join(repr(value[:60]) for value in values[:SHOWN]) + more


def read_sheet(
    name: str, data: bytes, log: Log, *, columns: Sequence[str], encoding: str = ""
) -> Sheet:
    """Read the columns that are of use from one file of a feed.

    What is wrong with its form (encoding, column names, quotation marks, rows of another
    width) becomes a fault, and the sheet is then not `whole`.
    """
    broken = Sheet(name=name, rows=np.array([], dtype=np.int64), columns={}, whole=False)
    try:
        text, encoding = decoded(data, declared=encoding)
    except ValueError as error:
        log.fault(str(error), "save it as UTF-8", place=name)
        return broken
    text = text.rstrip(" \t\r\n\x1a")
    head = text[: re.match(r"[^\r\n]*", text).end()]  # type: ignore[union-attr]  # always matches
    names = [title.strip() for title in next(csv.reader([head]), [])]
    doubled = sorted({title for title in names if title and names.count(title) > 1})
    if doubled or not any(names):
        what = f"names column {', '.join(doubled)} twice" if doubled else "has no column names"
        log.fault(what, "give every column its own name in the first row", place=name)
        return broken
    raw = text.encode()
    stray = _stray_quote(raw)
    if stray >= 0:
        line = raw.count(b"\n", 0, stray) + 1
        what = "a quotation mark stands within a field, or is never closed"
        log.fault(what, "put the whole field in quotation marks", place=f"{name}: line {line}")
        return broken
    empty = {title: (np.array([], dtype=np.int32), [""]) for title in columns if title in names}
    if len(head) == len(text) or not empty:
        return Sheet(name=name, rows=broken.rows, columns=empty, encoding=encoding)
    return _parsed(name, raw, names, log, columns=columns, encoding=encoding)


def _stray_quote(raw: bytes) -> int:
    """Return where a quotation mark stands that neither opens nor closes a field, or -1.

    Arrow takes such marks as they come, and an unclosed one swallows all rows after it.
    """
    letters = np.frombuffer(b"\n" + raw + b"\n", dtype=np.uint8)
    marks = np.flatnonzero(letters == QUOTE)
    edges = (COMMA, NEWLINE, RETURN, QUOTE)
    # The two halves of a doubled mark close and open again.
    opens = np.isin(letters[marks[0::2] - 1], edges)
    closes = np.isin(letters[marks[1::2] + 1], edges)
    if not opens.all():
        return int(marks[0::2][~opens][0]) - 1
    if not closes.all():
        return int(marks[1::2][~closes][0]) - 1
    return int(marks[-1]) - 1 if len(marks) % 2 else -1


def _parsed(
    name: str, raw: bytes, names: list[str], log: Log, *, columns: Sequence[str], encoding: str
) -> Sheet:
    table, ragged = _arrow(raw, names, [title for title in columns if title in names])
    numbered = np.arange(2, 2 + table.num_rows + len(ragged))
    rows = np.setdiff1d(numbered, np.array(ragged, dtype=np.int64))
    if ragged:
        what = f"not {len(names)} fields ({', '.join(names)})"
        fix = "put texts that hold commas in quotation marks"
        log.fault(what, fix, place=f"{name}: {rows_text(ragged)}")
    coded = {title: _coded(table[title]) for title in table.column_names}
    sheet = Sheet(name=name, rows=rows, columns=coded, encoding=encoding, whole=not ragged)
    return _without_blank_rows(sheet, log)


def _arrow(raw: bytes, names: list[str], wanted: list[str]) -> tuple[Any, list[int]]:
    """Parse all rows of the right width; return them and the numbers of the others."""
    import pyarrow as pa  # noqa: PLC0415 - heavy; only feeds need it here
    from pyarrow import csv as arrow  # noqa: PLC0415

    ragged: list[int] = []

    def skip(row: Any) -> str:  # noqa: ANN401 - Arrow's row has no types
        ragged.append(row.number)
        return "skip"

    titles = [title if names.count(title) == 1 else f"\0{at}" for at, title in enumerate(names)]
    table = arrow.read_csv(
        io.BytesIO(raw),
        # One block and one thread: only then are rows numbered for us.
        read_options=arrow.ReadOptions(
            use_threads=False, block_size=len(raw) + 1, column_names=titles, skip_rows=1
        ),
        parse_options=arrow.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
        ),
        convert_options=arrow.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(titles, pa.string()),
            strings_can_be_null=False,
        ),
    )
    return table, ragged


def _coded(column: Any) -> tuple[NDArray[np.int32], list[str]]:  # noqa: ANN401 - an Arrow column
    from pyarrow import compute  # noqa: PLC0415 - heavy; only feeds need it here

    trimmed = compute.utf8_trim_whitespace(column.combine_chunks()).dictionary_encode()
    return trimmed.indices.to_numpy(zero_copy_only=False), trimmed.dictionary.to_pylist()


def _without_blank_rows(sheet: Sheet, log: Log) -> Sheet:
    blank = np.ones(len(sheet), dtype=np.bool_)
    for column in sheet.columns:
        blank &= sheet.blank(column)
    if not blank.any():
        return sheet
    log.note("blank: left out", "remove them if they mean nothing", place=sheet.place(blank))
    return subset(sheet, ~blank)


def subset(sheet: Sheet, rows: Bools) -> Sheet:
    """Return some rows of a sheet."""
    columns = {title: (codes[rows], words) for title, (codes, words) in sheet.columns.items()}
    return Sheet(
        name=sheet.name,
        rows=sheet.rows[rows],
        columns=columns,
        encoding=sheet.encoding,
        whole=sheet.whole,
    )


def missing_sheet(name: str, *, whole: bool) -> Sheet:
    """Return a file of no rows, `whole` where it may well be missing."""
    return Sheet(name=name, rows=np.array([], dtype=np.int64), columns={}, whole=whole)
