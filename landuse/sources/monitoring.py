"""The ministry's monitoring sheet: official coverage of every municipality, to stand beside ours.

都市モニタリングシート【全体表】 is one wide sheet: nine rows of headings, then a row for each
municipality. Columns are found by their headings; `presets/monitoring.toml` says which are
read of which edition, and in which column they should be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import pandas as pd

from landuse.errors import Fault, LayerError, MissingFileError
from landuse.schema import Grade
from landuse.sources.monitoring_book import (
    Faults,
    letter_of,
    opened,
    place_of,
    plain,
    text_of,
)
from landuse.sources.report import rows_text
from landuse.sources.table import numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from landuse.sources.monitoring_book import Edition, Indicator

__all__ = ["COLUMNS", "peers", "read_monitoring"]

COLUMNS = (
    "code",
    "name",
    "indicator",
    "label_ja",
    "value_share",
    "data_year",
    "source",
    "grade",
)
MUNICIPALITY = re.compile(r"(0[1-9]|[1-3]\d|4[0-7])[1-7]\d\d")
"""Prefecture, then 1xx ward or designated city, 2xx city, 3xx to 7xx town or village: so no
year is taken for the code of a municipality whose leading zero got lost."""
SUMS = re.compile(r"\d{1,2}000|0+")
"""Codes of rows that sum a prefecture or the nation."""
NO_DATA = ("-", "－", "―", "ー", "…", "X", "*", "***")
FRACTIONS = 20
"""Values from which a column without any above 1 is no column of per cents."""
ROUNDING = 1e-6
MOST = 0.5
"""Share of a column's filled cells that must be codes for it to be the column of codes."""


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """The cells of a sheet, divided at the first row of a municipality."""

    cells: pd.DataFrame
    """Rows and columns numbered as a spreadsheet counts them, from 1 and from 0."""
    codes: pd.Series
    """Code of each row that is a municipality."""
    headings: pd.DataFrame
    """Rows above the first of them, as `plain` texts."""


def read_monitoring(path: Path, *, codes: Collection[str] | None = None) -> pd.DataFrame:
    """Read the official indicators of the monitoring sheet.

    Parameters
    ----------
    path
        The workbook of all municipalities, or its sheet saved as CSV.
    codes
        Municipalities wanted, five digits each; None: all.

    Returns
    -------
    DataFrame
        One row for each municipality and indicator, with columns `COLUMNS`: `code`, `name`,
        `indicator` (its key), `label_ja`, `value_share` (0–1, NaN where the sheet is blank),
        `data_year`, `source` and `grade`, which is `official`.

    Raises
    ------
    MissingFileError
        If there is no such file.
    LayerError
        With every fault: no such sheet, columns that moved, codes or values that are none,
        wanted municipalities that are not there.
    """
    if not path.is_file():
        what, fix = "there is no such file", "download the workbook 全体表, or correct the path"
        raise MissingFileError(Fault(where=str(path), what=what, fix=fix))
    faults = Faults(path)
    edition, cells = opened(path, faults)
    sheet = _divided(cells, edition, faults)
    columns = {
        indicator: column
        for indicator in edition.indicators
        if (column := _column(sheet, indicator, faults)) is not None
    }
    shares = {indicator: _shares(sheet, columns[indicator], faults) for indicator in columns}
    if codes is not None:
        _check_wanted(sheet.codes, codes, faults)
    faults.raise_any()
    names = _names(sheet, edition)
    rows = [_rows(sheet, names, share, indicator, edition) for indicator, share in shares.items()]
    table = pd.concat(rows).sort_values("code", kind="stable", ignore_index=True)
    return table if codes is None else table[table["code"].isin(codes)].reset_index(drop=True)


def peers(table: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return indicators (rows) by municipality (columns, in the order of `codes`)."""
    wide = table.pivot_table(
        index="indicator", columns="code", values="value_share", sort=False, dropna=False
    )
    return wide[list(codes)]


def _rows(
    sheet: _Sheet, names: pd.Series, share: pd.Series, indicator: Indicator, edition: Edition
) -> pd.DataFrame:
    constants = {
        "indicator": indicator.key,
        "label_ja": indicator.label,
        "data_year": indicator.data_year,
        "source": f"{edition.title} 指標{indicator.number}",
        "grade": str(Grade.OFFICIAL),
    }
    table = pd.DataFrame({"code": sheet.codes, "name": names, "value_share": share})
    return table.assign(**constants)[list(COLUMNS)]


def _divided(cells: pd.DataFrame, edition: Edition, faults: Faults) -> _Sheet:
    """Find the rows of municipalities by their codes, and so where the headings end."""
    cells = cells.set_axis(range(1, len(cells) + 1)).set_axis(range(cells.shape[1]), axis=1)
    place = place_of(edition.code_letter)
    texts = cells[place].map(plain) if place in cells else pd.Series("", index=cells.index)
    codes = texts.where(~texts.str.fullmatch(r"\d{4}"), "0" + texts)
    codes = codes[codes.str.fullmatch(MUNICIPALITY)]
    if codes.empty:
        _fault_no_codes(cells, edition, faults)
    body = texts[texts.index > codes.index[0]]
    wrong = body[body.str.fullmatch(r"[\d.]+") & ~body.str.fullmatch(SUMS)]
    wrong = wrong[~wrong.index.isin(codes.index)]
    where = f"column {edition.code_letter}"
    if len(wrong):
        what = f"{wrong.iloc[0]!r} is not a code of a municipality"
        faults.add(f"{rows_text(wrong.index)}: {where}", what, "give five digits, such as 01206")
    twice = codes[codes.duplicated(keep=False)]
    if len(twice):
        what = f"{twice.iloc[0]!r} stands more than once"
        faults.add(f"{rows_text(twice.index)}: {where}", what, "keep one row of it")
    headings = cells.loc[: codes.index[0] - 1].map(plain)
    return _Sheet(cells=cells, codes=codes, headings=headings)


def _fault_no_codes(cells: pd.DataFrame, edition: Edition, faults: Faults) -> NoReturn:
    """Say where the codes are, if anywhere."""
    texts = cells.map(plain)
    filled = (texts != "").sum()
    fits = texts.apply(lambda column: column.str.fullmatch(MUNICIPALITY)).sum() / filled
    what = "holds no codes of municipalities"
    if fits.max() > MOST:
        what += f", but column {letter_of(int(str(fits.idxmax())))} does"
    fix = f"give sheet {edition.sheet} as published, with all its columns"
    faults.add(f"column {edition.code_letter}", what, fix)
    raise LayerError(faults.found)


def _column(sheet: _Sheet, indicator: Indicator, faults: Faults) -> int | None:
    """Find the column of an indicator by its heading or number; None, with a fault, if unsure.

    The wording of headings changes a little from year to year, so where it is not found a
    number in the expected column is enough; number or letter alone is not.
    """
    labels = [plain(label) for label in (indicator.label, *indicator.also)]
    columns = list(enumerate(sheet.headings.to_numpy(dtype=object).T.tolist()))
    named = [at for at, texts in columns if any(label in t for t in texts for label in labels)]
    numbered = [at for at, texts in columns if indicator.number in texts]
    expected = place_of(indicator.letter)
    fits = [column for column in named if column in numbered] or named
    if expected in fits or (not named and numbered == [expected]):
        if numbered and expected not in numbered:
            _fault_number(indicator, numbered, faults)
        return expected
    _fault_column(sheet, indicator, fits, faults)
    return None


def _fault_number(indicator: Indicator, numbered: Sequence[int], faults: Faults) -> None:
    place = ", ".join(map(letter_of, numbered))
    what = f"has the heading {indicator.label}, but index number {indicator.number} is in {place}"
    faults.add(f"column {indicator.letter}", what, "give the sheet of this edition as published")


def _fault_column(sheet: _Sheet, indicator: Indicator, fits: Sequence[int], faults: Faults) -> None:
    expected = place_of(indicator.letter)
    texts = sheet.headings[expected] if expected in sheet.headings else pd.Series(dtype=object)
    seen = " / ".join(text for text in texts if text) or "nothing"
    where = f"is in column {', '.join(map(letter_of, fits))}" if fits else "is in no column"
    what = f"{indicator.label} {where}, expected in {indicator.letter}, which is headed {seen}"
    fix = "give the sheet of this edition as published, with all its columns and headings"
    faults.add(f"heading {indicator.label}", what, fix)


def _shares(sheet: _Sheet, column: int, faults: Faults) -> pd.Series:
    """Return per cents as shares of one; blanks stay unknown."""
    cells = sheet.cells.loc[sheet.codes.index, column].map(text_of)
    values, wrong = numbers(cells.mask(cells.isin(NO_DATA), ""))
    values = values.astype(float)
    wrong |= (values < 0) | (values > 100 + ROUNDING)
    place = f"column {letter_of(column)}"
    if wrong.any():
        what = f"{cells[wrong].iloc[0]!r} is not a per cent"
        faults.add(f"{rows_text(cells.index[wrong])}: {place}", what, "leave it blank if unknown")
    elif values.count() >= FRACTIONS and values.max() <= 1:
        what = f"has no value above {values.max():g}: these are no per cents"
        faults.add(place, what, "save the sheet anew with its values, not as they are shown")
    return (values / 100).clip(upper=1.0)


def _names(sheet: _Sheet, edition: Edition) -> pd.Series:
    """Return the names of the municipalities; empty where no heading of names is known."""
    labels = [plain(label) for label in edition.name_labels]
    for label in labels:
        fits = sheet.headings.columns[(sheet.headings == label).any()]
        if len(fits):
            return sheet.cells[fits[0]].loc[sheet.codes.index].map(text_of)
    return pd.Series("", index=sheet.codes.index)


def _check_wanted(codes: pd.Series, wanted: Collection[str], faults: Faults) -> None:
    missing = sorted(set(wanted) - set(codes))
    if missing:
        what = f"has no municipality {', '.join(missing)}"
        faults.add("", what, "give five-digit codes as of the year of the sheet")
