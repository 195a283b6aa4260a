"""Excel and OpenDocument sheets: .xlsx, .xlsm, .xls and .ods, by calamine.

Every cell becomes the text of its value, so that codes stay codes; a number format that
pads with zeros is not part of the value and is lost. Row numbers are the sheet's own.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import LayerError
from landuse.sources.book import SAVE_AGAIN, check_book
from landuse.sources.guess import guessed
from landuse.sources.heading import headed, without_tail
from landuse.sources.table import check_names, text_table, told_title
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd
    from python_calamine import CalamineSheet, CalamineWorkbook

    from landuse.sources.report import Findings
    from landuse.sources.window import Window

    Row = tuple[int, tuple[str, ...]]
    Spans = tuple[tuple[int, int], ...]

__all__ = ["BOOKS", "open_sheet", "read_sheet"]

BOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
EXACT = 2**53


def open_sheet(path: Path, findings: Findings, *, window: Window | None = None) -> Found:  # noqa: ARG001 - a sheet is read whole
    """Read a sheet and guess the columns that the city file does not name.

    Parameters
    ----------
    path
        A workbook.
    findings
        Of the layer; its `sublayer` names the sheet where there are several.
    window
        Not used.

    Raises
    ------
    LayerError
        As in `read_sheet`.
    """
    return guessed(read_sheet(path, findings), findings)


def read_sheet(path: Path, findings: Findings) -> Found:
    """Read a sheet of a workbook as texts; blanks are missing values.

    Returns
    -------
    Found
        The table, with an index `row` of row numbers in the sheet.

    Raises
    ------
    LayerError
        If the workbook is locked, damaged or a bomb, the sheet is not chosen, or no row
        of it names columns.
    """
    check_book(path, findings)
    name, rows, spans = _cells(path, findings)
    if not rows:
        findings.stop(f"sheet {name} is empty", 'choose another with sublayer = "…"')
    if findings.layer.columns:
        return Found(table=_as_named(rows, findings), encoding="")
    found = headed(rows, spans=spans)
    if found is None:
        first = " / ".join(cell for cell in rows[0][1] if cell)[:80]
        what = f"sheet {name} has no row that names its columns (it begins with {first!r})"
        findings.stop(what, "add one, or give columns = [...] in the city file")
    if found.title:
        told_title(found.title, found.header, findings)
    check_names(found.names, findings)
    return Found(table=text_table(found.names, without_tail(found.rows, findings)), encoding="")


def _as_named(rows: Sequence[Row], findings: Findings) -> pd.DataFrame:
    """Return all rows under the names that the city file gives."""
    names = findings.layer.columns
    width = max(at + 1 for _, cells in rows for at, cell in enumerate(cells) if cell.strip())
    if width != len(names):
        what = f"has {width} columns, but the city file names {len(names)}"
        findings.stop(what, "correct columns = [...] in the city file")
    padded = [(number, (*cells, *[""] * width)[:width]) for number, cells in rows]
    return text_table(names, padded)


def _cells(path: Path, findings: Findings) -> tuple[str, list[Row], dict[int, Spans]]:
    """Return the name, the filled rows and the merged cells of the chosen sheet."""
    import python_calamine  # noqa: PLC0415 - only where a workbook is read

    try:
        with path.open("rb") as file:
            book = python_calamine.CalamineWorkbook.from_object(file)
            name = _chosen(book, findings)
            sheet = book.get_sheet_by_name(name)
            values = sheet.to_python(skip_empty_area=False)
            spans = _spans(sheet)
    except LayerError:  # a ValueError itself
        raise
    except python_calamine.PasswordError:
        findings.stop("is locked with a password", "save it without a password")
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        findings.stop(f"cannot be read as a workbook: {error}", SAVE_AGAIN)
    except BaseException as error:
        # A panic of the Rust reader over a damaged file is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        findings.stop("is damaged", SAVE_AGAIN)
    rows = [(number, tuple(map(_text, row))) for number, row in enumerate(values, 1)]
    return name, [row for row in rows if any(cell.strip() for cell in row[1])], spans


def _chosen(book: CalamineWorkbook, findings: Findings) -> str:
    """Return the name of the sheet that the city file means."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum  # noqa: PLC0415

    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    wanted = findings.layer.sublayer
    if wanted in names:
        return wanted
    if wanted and findings.layer.path.suffix.lower() != ".zip":  # there it names the member
        fix = 'correct sublayer = "…" in the city file'
        findings.stop(f"has no sheet {wanted!r} (found: {', '.join(names)})", fix)
    shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    filled = [name for name in shown or names if book.get_sheet_by_name(name).height]
    if len(filled) != 1:
        what = f"holds {len(filled)} sheets with cells (found: {', '.join(names) or 'none'})"
        findings.stop(what, 'choose one with sublayer = "…" in the city file')
    return filled[0]


def _spans(sheet: CalamineSheet) -> dict[int, Spans]:
    """Return row number -> first and last column of cells merged across columns."""
    spans: dict[int, Spans] = {}
    for (top, left), (_, right) in sheet.merged_cell_ranges or ():
        if right > left:
            spans[top + 1] = (*spans.get(top + 1, ()), (left, right))
    return spans


def _text(value: object) -> str:
    """Write the value of a cell: 1206.0 as 1206, dates in ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < EXACT
        return str(int(value)) if whole else _plain(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _plain(value: float) -> str:
    """Write a number without an exponent."""
    return np.format_float_positional(value, trim="-")
