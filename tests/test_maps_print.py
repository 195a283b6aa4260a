"""The sheet for paper and the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import maptoy
import matplotlib as mpl
import pytest

from landuse import maps
from landuse.maps.print import _pieces

if TYPE_CHECKING:
    from landuse.maps.data import MapData

PNG_SIZE = (2481, 1753)
"""A3 at 150 dots per inch."""


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


def test_the_sheet_is_a3_and_equal_for_equal_inputs(data: MapData) -> None:
    sheet = maps.zones_png(data)
    assert sheet == maps.zones_png(data)
    assert sheet[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(sheet[16:20]), int.from_bytes(sheet[20:24])) == PNG_SIZE


def test_the_pdf_embeds_its_japanese_as_truetype_and_no_date(data: MapData) -> None:
    sheet = maps.zones_pdf(data)
    assert sheet == maps.zones_pdf(data)
    assert sheet.startswith(b"%PDF")
    assert b"IPAexGothic" in sheet
    assert b"/Type3" not in sheet
    assert b"CreationDate" not in sheet


def test_drawing_leaves_matplotlib_s_settings_alone(data: MapData) -> None:
    before = dict(mpl.rcParams)
    maps.zones_png(data)
    assert dict(mpl.rcParams) == before


def test_texts_are_never_read_as_formulas() -> None:
    assert maps.zones_png(maptoy.map_data(lambda text: f"{text} $\\frac{{1}}$"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("あいうえお", ["あいう", "えお"]),
        ("", [""]),
        ("abc def", ["abc ", "def"]),
        ("averylongword", ["averylongword"]),
    ],
)
def test_lines_break_between_words_and_within_japanese(text: str, lines: list[str]) -> None:
    assert _pieces(text, 3.2) == lines


def test_the_report_answers_the_four_questions(data: MapData) -> None:
    report = maps.report_page(data)
    for heading in (
        "区分ごとの面積",
        "基準の時間内に着ける人の割合",
        "基準より遠い人が多い町",
        "データの確かさ",
    ):
        assert heading in report
    assert "データなし" in report
    assert "診療所" in report


def test_the_report_runs_no_script_and_asks_for_nothing(data: MapData) -> None:
    report = maps.report_page(data)
    assert "<script" not in report
    assert "script-src &#39;none&#39;" in report
    assert not re.findall(r'(?:src|href)="(?!data:)', report)


def test_hostile_texts_stay_texts_in_the_report() -> None:
    report = maps.report_page(maptoy.map_data(lambda text: f"{text}<img src=x onerror=alert(1)>"))
    assert "<img src=x" not in report
    assert "&lt;img src=x" in report


def test_a_service_without_a_place_is_told_among_the_gaps(data: MapData) -> None:
    report = maps.report_page(data)
    gaps = report.split("わからないこと")[1]
    assert "交番" in gaps
    assert "本町交番" in gaps
