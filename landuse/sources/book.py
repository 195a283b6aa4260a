"""Whether a workbook can be opened without harm: size, ratio, and how far its cells reach.

A workbook is a zip of XML, so it can be a bomb in two ways: members that unpack to much
more than they weigh, and one filled cell in the last row and column, for which readers
allocate every cell before it. Both are found here while nothing but a counter grows.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from landuse.sources.archive import DAMAGE, MAX_BYTES, MAX_MEMBERS, MAX_RATIO, MIB

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.sources.report import Findings

__all__ = ["SAVE_AGAIN", "check_book"]

MAX_CELLS = 10_000_000
"""Rows times columns that a sheet may reach to: some 300 MB in memory."""

MAX_REPEATS = 1 << 20
"""Rows of the largest sheet; an OpenDocument may not repeat more often."""

OLE, ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
PADDED = re.compile(r"0{2,}")
SAVE_AGAIN = "open it in Excel or LibreOffice, see whether it is whole, and save it again"


class _BookError(Exception):
    """Why a workbook is not opened, and what to do."""


def check_book(path: Path, findings: Findings) -> None:
    """Stop at a workbook that is locked, damaged, no workbook at all, or a bomb.

    Cells that hold errors (`#N/A`) are noted: they are read as blank.

    Raises
    ------
    LayerError
        With one fault.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(OLE):
        if path.suffix.lower() != ".xls":
            findings.stop("is locked with a password", "save it without a password")
        return
    if not start.startswith(ZIP):
        text = start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b'"')) or start.isascii()
        what = "is no workbook inside" + (" but text" if text else "")
        findings.stop(what, "open it in Excel and save it as .xlsx or as CSV")
    try:
        errors, padded = _counted(path)
    except _BookError as error:
        findings.stop(*error.args)
    except expat.ExpatError as error:
        findings.stop(f"is damaged: {error}", SAVE_AGAIN)
    except DAMAGE as error:
        findings.stop(f"cannot be unpacked ({error})", "save or download it again")
    if errors:
        what = f"holds errors such as #N/A in {errors} cells: read as blank"
        findings.note(what, "correct their formulas if they matter")
    if padded:
        what = "has a number format that shows leading zeros: they are not part of the values"
        findings.note(what, "where codes have lost their zeros, save those cells as texts")


def _counted(path: Path) -> tuple[int, bool]:
    """Read every member once; return how many cells hold errors, and whether zeros are shown."""
    errors, total, padded = 0, 0, False
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            what = f"holds {len(members)} files"
            raise _BookError(what, "save the sheet alone as a workbook")
        for info in members:
            if info.flag_bits & 1:
                what = "is locked with a password"
                raise _BookError(what, "save it without a password")
            size, reach = _read_member(archive, info, left=MAX_BYTES - total)
            total, errors, padded = total + size, errors + reach.errors, padded or reach.padded
    return errors, padded


def _read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, left: int
) -> tuple[int, _Reach]:
    """Unpack one member to nowhere, and return its bytes and what was met in it."""
    limit = min(left, MAX_RATIO * max(info.compress_size, MIB))
    size, reach = 0, _Reach()
    with archive.open(info) as source:
        parser = None
        while block := source.read(MIB):
            if not size and block.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<"):
                parser = reach.parser()
            size += len(block)
            if size > limit:
                what = f"its part {info.filename} unpacks to more than {limit // MIB} MiB"
                raise _BookError(what, "if you trust it, save the sheet as CSV")
            if parser:
                parser.Parse(block, False)  # noqa: FBT003 - the parser takes no keyword
        if parser:
            parser.Parse(b"", True)  # noqa: FBT003
    return size, reach


@dataclass(kw_only=True)
class _Reach:
    """How far the filled cells of one XML file reach."""

    errors: int = 0
    padded: bool = False
    """Whether a number format shows zeros before a number."""
    row: int = 0
    column: int = 0
    rows: int = 0
    """Of the furthest filled cell, as columns below."""
    columns: int = 0
    repeats: int = 1
    line: int = 0
    """Number of the row that the cells stand in."""
    tables: int = 0
    astray: str = ""
    """A cell that says it is in another row."""
    path: list[str] = field(default_factory=list)

    def parser(self) -> expat.XMLParserType:
        """Return a parser that moves this along."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        inside = self.path[-1] if self.path else ""
        self.path.append(kind)
        if kind in ("sheetData", "table"):
            self._table(kind)
        elif kind == "row":
            self._row(_whole(attributes.get("r", ""), self.row + 1))
        elif kind == "c" and inside == "row":
            self._cell(attributes)
        elif inside == "c" and kind in ("v", "is", "f"):
            self._filled(self.row, self.column)
        elif kind == "numFmt" and PADDED.fullmatch(attributes.get("formatCode", "")):
            self.padded = True
        elif kind == "table-row":
            self.repeats = _repeats(attributes, "number-rows-repeated")
            self.row += self.repeats
            self.column = 0
        elif kind in ("table-cell", "covered-table-cell"):
            self.column += _repeats(attributes, "number-columns-repeated")
            if any(key.endswith("value-type") for key in attributes):
                self._filled(self.row, self.column)

    def _end(self, _name: str) -> None:
        if self.path.pop() == "row" and self.astray:
            what = f"has a sheet with cell {self.astray} in row {self.line}"
            raise _BookError(what, SAVE_AGAIN)

    def _table(self, kind: str) -> None:
        self.row = self.line = self.column = 0
        self.tables += kind == "sheetData"
        if self.tables > 1:
            what = "has a sheet with two tables of cells in one"
            raise _BookError(what, SAVE_AGAIN)

    def _row(self, row: int) -> None:
        if row <= self.line:  # of doubled rows readers take one
            what = f"has a sheet whose row {row} stands twice or out of order"
            raise _BookError(what, SAVE_AGAIN)
        self.row, self.line, self.column = row, row, 0

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        found = CELL.fullmatch(attributes.get("r", ""))
        if found:
            letters, row = found.groups()
            self.row = int(row)
            if self.row != self.line:
                self.astray = found[0]
            self.column = 0
            for letter in letters:
                self.column = 26 * self.column + ord(letter) - ord("A") + 1
        self.errors += attributes.get("t") == "e"

    def _filled(self, row: int, column: int) -> None:
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        if self.rows * self.columns > MAX_CELLS:
            what = f"has a sheet that reaches to row {self.rows:,}, column {self.columns:,}"
            raise _BookError(what, "remove the cells far from the table, or save it as CSV")


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _repeats(attributes: dict[str, str], name: str) -> int:
    text = next((value for key, value in attributes.items() if key.endswith(name)), "1")
    times = _whole(text, MAX_REPEATS + 1)
    if times > MAX_REPEATS:
        what = f"repeats a cell or row {text[:20]} times"
        raise _BookError(what, SAVE_AGAIN)
    return times
