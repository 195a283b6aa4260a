"""The monitoring sheet, written in its form with the published values and read back."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitoringkit import HEADINGS, INDICATORS, PUBLISHED, WIDTH, Grid, book, grid

from landuse.errors import LayerError, MissingFileError
from landuse.sources.monitoring import COLUMNS, peers, read_monitoring
from landuse.sources.monitoring_book import letter_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def value(table: pd.DataFrame, code: str, indicator: str) -> float:
    rows = table[(table["code"] == code) & (table["indicator"] == indicator)]
    return float(rows["value_share"].item())


def refused(path: Path, **options: object) -> str:
    with pytest.raises(LayerError) as caught:
        read_monitoring(path, **options)  # type: ignore[arg-type]
    assert all(fault.fix and fault.where.startswith(path.name) for fault in caught.value.faults)
    return str(caught.value)


def changed(change: Callable[[Grid], object]) -> Grid:
    cells = grid()
    change(cells)
    return cells


def test_kushiro_has_its_published_values_and_a_blank_is_unknown(tmp_path: Path) -> None:
    table = read_monitoring(book(tmp_path / "a.xlsx"))
    assert tuple(table.columns) == COLUMNS
    assert value(table, "01206", "coverage_medical") == pytest.approx(0.84981)
    assert value(table, "01206", "coverage_commercial") == pytest.approx(0.945025)
    assert value(table, "01206", "coverage_transit") == pytest.approx(0.89268)
    assert value(table, "01206", "sidewalks") == pytest.approx(0.393254)
    assert np.isnan(value(table, "01206", "coverage_welfare"))
    assert len(table) == len(PUBLISHED) * len(INDICATORS)
    assert set(table["grade"]) == {"official"}


def test_each_row_says_what_it_is_of_when_and_from_where(tmp_path: Path) -> None:
    table = read_monitoring(book(tmp_path / "a.xlsx"), codes=["02201"])
    row = table[table["indicator"] == "coverage_welfare"].iloc[0]
    assert (row["name"], row["label_ja"]) == ("青森市", "福祉施設徒歩圏人口カバー率")
    assert (row["data_year"], row["source"][-5:]) == ("2021", "指標274")
    assert set(table["code"]) == {"02201"}


def test_municipalities_stand_side_by_side(tmp_path: Path) -> None:
    wide = peers(read_monitoring(book(tmp_path / "a.xlsx")), ["01206", "01202"])
    assert list(wide.columns) == ["01206", "01202"]
    assert wide.loc["coverage_medical"].tolist() == pytest.approx([0.84981, 0.9089])
    assert np.isnan(wide.loc["coverage_welfare", "01206"])


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
def test_the_sheet_saved_as_csv_reads_the_same(tmp_path: Path, encoding: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(grid())
    path = tmp_path / "a.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    pd.testing.assert_frame_equal(read_monitoring(path), read_monitoring(book(tmp_path / "a.xlsx")))


def test_a_csv_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(grid()[:12])
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue()[:-40], encoding="utf-8")
    assert "row 12: fewer than 480 fields" in refused(path)


@pytest.mark.parametrize("code", [1206, 1206.0, "1206", "０１２０６", " 01206 "])
def test_a_code_that_lost_its_zero_is_the_same_municipality(tmp_path: Path, code: object) -> None:
    path = book(tmp_path / "a.xlsx", changed(lambda c: c[9].__setitem__(place_of("H"), code)))
    assert value(read_monitoring(path), "01206", "coverage_medical") == pytest.approx(0.84981)


def test_a_row_more_above_the_headings_moves_nothing(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", changed(lambda c: c.insert(0, ["作業用メモ"])))
    assert value(read_monitoring(path), "01206", "coverage_medical") == pytest.approx(0.84981)


def test_a_column_more_is_refused_and_the_codes_are_found(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [["x", *row] for row in grid()])
    message = refused(path)
    assert "column H: holds no codes of municipalities, but column I does" in message


def test_every_column_that_moved_is_named(tmp_path: Path) -> None:
    cells = [[*row[: place_of("PF")], None, *row[place_of("PF") :]] for row in grid()]
    message = refused(book(tmp_path / "a.xlsx", cells))
    assert "福祉施設徒歩圏人口カバー率 is in column PG, expected in PF" in message
    assert "heading 歩道設置率" in message
    assert "医療" not in message


def test_two_headings_that_changed_places_are_refused(tmp_path: Path) -> None:
    def swap(cells: Grid) -> None:
        one, two = place_of("PE"), place_of("PG")
        cells[6][one], cells[6][two] = cells[6][two], cells[6][one]

    message = refused(book(tmp_path / "a.xlsx", changed(swap)))
    assert "column PE" in message
    assert "column PG" in message


def test_a_heading_with_the_number_of_another_is_refused(tmp_path: Path) -> None:
    def swap(cells: Grid) -> None:
        one, two = place_of("PE"), place_of("PG")
        cells[4][one], cells[4][two] = cells[4][two], cells[4][one]

    assert "but index number 273 is in PG" in refused(book(tmp_path / "a.xlsx", changed(swap)))


def test_a_new_wording_is_read_where_number_and_column_agree(tmp_path: Path) -> None:
    def reword(cells: Grid) -> None:
        cells[6][place_of("PE")] = "医療施設の徒歩圏に住む人の割合"

    path = book(tmp_path / "a.xlsx", changed(reword))
    assert value(read_monitoring(path), "01206", "coverage_medical") == pytest.approx(0.84981)


def test_without_heading_and_number_the_letter_alone_is_not_believed(tmp_path: Path) -> None:
    def blank(cells: Grid) -> None:
        cells[4][place_of("PE")] = cells[6][place_of("PE")] = None

    message = refused(book(tmp_path / "a.xlsx", changed(blank)))
    assert "医療施設徒歩圏人口カバー率 is in no column" in message


def test_a_workbook_without_the_sheet_is_refused_with_its_sheets(tmp_path: Path) -> None:
    message = refused(book(tmp_path / "a.xlsx", sheet="個票"))
    assert "R6年全体表 (found: 表紙, 個票)" in message


@pytest.mark.parametrize("wrong", ["viele", -1.0, 100.5])
def test_values_that_are_no_per_cents_are_refused(tmp_path: Path, wrong: object) -> None:
    path = book(tmp_path / "a.xlsx", changed(lambda c: c[10].__setitem__(place_of("PE"), wrong)))
    assert "row 11: column PE" in refused(path)


@pytest.mark.parametrize("mark", ["-", "－", "…", "", " "])
def test_marks_of_no_data_are_unknown(tmp_path: Path, mark: str) -> None:
    path = book(tmp_path / "a.xlsx", changed(lambda c: c[9].__setitem__(place_of("PE"), mark)))
    assert np.isnan(value(read_monitoring(path), "01206", "coverage_medical"))


def test_zero_is_zero(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", changed(lambda c: c[9].__setitem__(place_of("PE"), 0)))
    assert value(read_monitoring(path), "01206", "coverage_medical") == 0


def test_fractions_are_not_taken_for_per_cents(tmp_path: Path) -> None:
    cells = grid()[:HEADINGS]
    for number in range(30):
        row: list[object] = [None] * WIDTH
        row[place_of("H")], row[place_of("PE")] = f"01{301 + number}", number / 30
        cells.append(row)
    assert "column PE: has no value above" in refused(book(tmp_path / "a.xlsx", cells))


def test_wrong_and_doubled_codes_are_named_with_their_rows(tmp_path: Path) -> None:
    def spoil(cells: Grid) -> None:
        cells[10][place_of("H")] = "99999"
        cells[11][place_of("H")] = "01206"

    message = refused(book(tmp_path / "a.xlsx", changed(spoil)))
    assert "row 11: column H: '99999' is not a code" in message
    assert "rows 10, 12: column H: '01206' stands more than once" in message


def test_a_municipality_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    assert "has no municipality 1206" in refused(path, codes=["01206", "1206"])


def test_damaged_locked_or_missing_workbooks_are_told(tmp_path: Path) -> None:
    whole = book(tmp_path / "a.xlsx").read_bytes()
    for data in (whole[: len(whole) // 2], b"PK\x03\x04", b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        path = tmp_path / "b.xlsx"
        path.write_bytes(data)
        assert "cannot be read as a workbook" in refused(path)
    with pytest.raises(MissingFileError):
        read_monitoring(tmp_path / "none.xlsx")


def test_a_workbook_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 250_000_000)
    assert "unpacks to 238 MiB" in refused(path)


@given(st.integers(0, 16_383))
def test_letters_of_columns_count_as_a_spreadsheet_does(place: int) -> None:
    assert place_of(letter_of(place)) == place
    assert letter_of(place) == openpyxl.utils.get_column_letter(place + 1)


def test_a_sheet_of_the_whole_nation_loses_nobody(tmp_path: Path) -> None:
    """Of 1,741 municipalities by 480 columns, as the real one is."""
    rng = np.random.default_rng(1)
    cells = grid()[:HEADINGS]
    per_cent = rng.uniform(0, 100, (1741, WIDTH))
    codes = [f"{1 + number // 40:02}{300 + number % 40:03}" for number in range(1741)]
    for code, values in zip(codes, per_cent.tolist(), strict=True):
        row: list[object] = list(values)
        row[place_of("G")], row[place_of("H")] = "市", code
        cells.append(row)
    table = read_monitoring(book(tmp_path / "a.xlsx", cells))
    assert len(table) == 1741 * len(INDICATORS)
    medical = table.loc[table["indicator"] == "coverage_medical", "value_share"]
    assert medical.to_numpy() == pytest.approx(per_cent[:, place_of("PE")] / 100)
