"""Editions of the monitoring sheet, and the cells of a workbook or CSV that is one of them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from landuse.config import preset
from landuse.errors import CityError, Fault, LayerError
from landuse.sources.archive import DAMAGE, MAX_BYTES, MAX_RATIO, MIB
from landuse.sources.encoding import decoded
from landuse.sources.report import rows_text
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Edition", "Faults", "Indicator", "letter_of", "opened", "place_of", "plain", "text_of"]

BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One column of an edition."""

    key: str
    label: str
    """Its heading."""
    also: tuple[str, ...]
    number: str
    """Index number that stands in its headings."""
    letter: str
    data_year: str


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What is known of one year's sheet."""

    key: str
    sheet: str
    title: str
    url: str
    code_letter: str
    name_labels: tuple[str, ...]
    indicators: tuple[Indicator, ...]


class Faults:
    """Gathers what is wrong with one workbook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Fault] = []

    def add(self, place: str, what: str, fix: str) -> None:
        """Note one fault."""
        where = f"{self.path.name}: {place}" if place else self.path.name
        self.found.append(Fault(where=where, what=what, fix=fix))

    def raise_any(self) -> None:
        """Raise what was found, if anything was.

        Raises
        ------
        LayerError
            With all of it.
        """
        if self.found:
            raise LayerError(self.found)


@cache
def _editions(path: Path) -> tuple[Edition, ...]:
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    editions = tuple(
        Edition(
            indicators=tuple(_indicator(each) for each in row.rows("indicator")),
            name_labels=row.texts("name_labels"),
            **{name: row.text(name) for name in ("key", "sheet", "title", "url", "code_letter")},
        )
        for row in keys.rows("edition")
    )
    if faults:
        raise CityError(faults)
    return editions


def _indicator(row: Keys) -> Indicator:
    names = ("key", "label", "number", "letter", "data_year")
    return Indicator(also=row.texts("also"), **{name: row.text(name) for name in names})


def opened(path: Path, faults: Faults) -> tuple[Edition, pd.DataFrame]:
    """Return the cells of the sheet of a known edition; a CSV is taken for the newest.

    Raises
    ------
    LayerError
        If it cannot be read, or has no such sheet.
    """
    editions = _editions(preset("monitoring.toml"))
    if path.suffix.lower() not in BOOKS:
        return editions[0], _csv_cells(path, faults)
    from python_calamine import CalamineError  # noqa: PLC0415 - only workbooks need it

    try:
        _check_size(path, faults)
        with pd.ExcelFile(path, engine="calamine") as book:
            sheets = {plain(str(name)): name for name in book.sheet_names}
            for edition in editions:
                if (name := sheets.get(plain(edition.sheet))) is not None:
                    cells = pd.read_excel(
                        book, sheet_name=name, header=None, dtype=object, na_filter=False
                    )
                    return edition, cells
            listed = ", ".join(map(str, book.sheet_names))
    except LayerError:
        raise
    except (CalamineError, *DAMAGE) as error:
        faults.add("", f"cannot be read as a workbook: {error}", "download it again")
        faults.raise_any()
    known = ", ".join(edition.sheet for edition in editions)
    what = f"has none of the sheets {known} (found: {listed})"
    faults.add("", what, f"give the workbook 全体表, {editions[0].url}")
    raise LayerError(faults.found)


def _check_size(path: Path, faults: Faults) -> None:
    """Refuse a workbook that says it unpacks to far more than it is."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.file_size > min(MAX_BYTES, MAX_RATIO * max(info.compress_size, MIB)):
                what = f"its part {info.filename} unpacks to {info.file_size // MIB} MiB"
                faults.add("", what, "save the sheet anew, or as CSV, if you trust it")
    faults.raise_any()


def _csv_cells(path: Path, faults: Faults) -> pd.DataFrame:
    try:
        text, _ = decoded(path.read_bytes())
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (ValueError, csv.Error) as error:
        faults.add("", f"cannot be read as CSV: {error}", "save the sheet as CSV UTF-8 again")
        raise LayerError(faults.found) from None
    width = max(map(len, rows), default=0)
    short = [row for row, cells in enumerate(rows, 1) if cells and len(cells) < width]
    if short:
        what = f"{rows_text(short)}: fewer than {width} fields, as others have"
        faults.add("", what, "save the sheet as CSV again, whole")
        raise LayerError(faults.found)
    return pd.DataFrame([cells or [""] * width for cells in rows], dtype=object)


def plain(text: object) -> str:
    """Write a heading so that line breaks, spaces and widths do not count."""
    written = "".join(unicodedata.normalize("NFKC", text_of(text)).split())
    return re.sub("[〜‐-―−]", "~", written)


def text_of(cell: object) -> str:
    """Write a cell as it is seen: 1206, not 1206.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None or cell != cell else str(cell).strip()  # noqa: PLR0124 - NaN


def place_of(letter: str) -> int:
    """Return the place of a column from 0: A 0, Z 25, AA 26."""
    place = 0
    for sign in letter:
        place = place * 26 + ord(sign) - ord("A") + 1
    return place - 1


def letter_of(place: int) -> str:
    """Return the letter of a column from its place: the other way round."""
    place += 1
    letters = ""
    while place:
        place, sign = divmod(place - 1, 26)
        letters = chr(ord("A") + sign) + letters
    return letters
