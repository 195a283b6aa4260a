"""The report: four questions answered, in a page that runs nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import maptoy
import pytest

from landuse import maps

if TYPE_CHECKING:
    from landuse.maps.data import MapData


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


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
