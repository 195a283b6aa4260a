"""The report: four questions answered, alike on the screen and on paper."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import maptoy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landuse import maps
from landuse.maps import paces, plots, reachcount, smallmaps, sureness
from landuse.maps.findings import Bullets, Cell, Picture, Section, Table
from landuse.maps.report import sections
from landuse.maps.words import words_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from landuse.maps.data import MapData


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


@pytest.fixture(scope="module")
def report(data: MapData) -> str:
    return maps.report_page(data)


@pytest.fixture(scope="module")
def made(data: MapData) -> list[Section]:
    return sections(data)


def cells_of(made: list[Section]) -> Iterator[Cell]:
    for section in made:
        yield section.title
        for part in section.parts:
            if isinstance(part, Bullets):
                yield from (cell for item in part.items for cell in item)
            elif isinstance(part, Table):
                yield from part.head
                yield from (c for _, rows in part.groups for row in rows for c in row)


# The page


def test_the_report_answers_the_four_questions(report: str) -> None:
    for question in (
        "どれだけの広さか",
        "どの施設に着けるか",
        "だれが着けないか",
        "どこまで確かか",
    ):
        assert question in report
    assert "区分ごとの面積" in report
    assert "データなし" in report
    assert "診療所" in report


def test_the_report_runs_no_script_and_asks_for_nothing(report: str) -> None:
    assert "<script" not in report
    assert "script-src &#39;none&#39;" in report
    assert not re.findall(r'(?:src|href)="(?!data:|#s\d)', report)
    assert " style=" not in report  # the policy would refuse it


def test_every_piece_of_every_section_stands_in_the_page(made: list[Section], report: str) -> None:
    shown = html.unescape(re.sub(r"<[^>]+>", "\n", report))
    for cell in cells_of(made):
        assert all(text in shown for text in (cell.ja, cell.en, cell.note))


def test_every_picture_says_in_words_what_it_shows(made: list[Section], report: str) -> None:
    pictures = [part for section in made for part in section.parts if isinstance(part, Picture)]
    assert len(pictures) >= 6
    alts = [html.unescape(alt) for alt in re.findall(r'<img [^>]*alt="([^"]*)"', report)]
    assert alts == [picture.alt for picture in pictures]
    assert all(len(alt) > 8 for alt in alts)


def test_rows_are_as_wide_as_their_heads(made: list[Section]) -> None:
    for part in (part for section in made for part in section.parts):
        if isinstance(part, Table):
            rows = [row for _, rows in part.groups for row in rows]
            assert {len(row) for row in rows} == {len(part.head)}
            assert len(part.widths) in (0, len(part.head))


def test_hostile_texts_stay_texts_in_the_report() -> None:
    report = maps.report_page(maptoy.map_data(lambda text: f"{text}<img src=x onerror=alert(1)>"))
    assert "<img src=x" not in report
    assert "&lt;img src=x" in report


def test_a_service_without_a_place_is_told_among_the_gaps(report: str) -> None:
    gaps = report.split("わからないこと")[2]  # after the contents
    assert "交番" in gaps
    assert "本町交番" in gaps


def test_a_bare_study_has_a_report_too(data: MapData) -> None:
    none = pd.DataFrame()
    bare = replace(
        data, services=(), cells=none, times=none, facilities=data.facilities[:0], coverage=none,
        worst_towns=none, regional=none, rings=none, districts=data.districts[:0],
        towns=data.towns[:0], origins={},
    )  # fmt: skip
    report = maps.report_page(bare)
    assert "区分ごとの面積" in report
    assert "この地図にはありません" in report


# Figures


def test_people_are_counted_by_the_services_that_they_reach(data: MapData) -> None:
    clinic = [service for service in data.services if service.key == "clinic"]
    people = reachcount.people_by_reached(data, clinic)
    near = data.cells["clinic_s"] <= 60 * clinic[0].within_min
    assert people[1] == data.cells.loc[near, "population"].sum()
    assert people[0] == data.cells.loc[~near, "population"].sum()


def test_a_service_without_any_time_is_not_counted_as_lacking(data: MapData) -> None:
    watching = reachcount.computed(data, "watch_over")
    assert [service.key for service in watching] == ["clinic"]  # nobody knows where the police is


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=30),
)
def test_half_of_the_people_arrive_within_the_median(pairs: list[tuple[int, int]]) -> None:
    values, people = (np.array(column, float) for column in zip(*pairs, strict=True))
    median = paces.weighted_median(values, people)
    assert people[values <= median].sum() >= people.sum() / 2 - 1e-6
    assert people[values < median].sum() < people.sum() / 2 + 1e-6


def test_minutes_by_mode_are_those_of_the_cells(data: MapData) -> None:
    words = words_for(data)
    tables = {table.caption.en: table for table in paces.mode_tables(data, words) if table.caption}
    walk = next(table for name, table in tables.items() if "on foot" in name)
    row = next(row for row in walk.groups[0][1] if row[0].ja == "診療所")
    column = (
        [cell.ja for cell in walk.head].index("飛地")
        if "飛地" in [cell.ja for cell in walk.head]
        else -1
    )
    people = data.cells["population"].to_numpy(float)
    seconds = data.times["clinic_walk_usual_s"].fillna(np.inf).to_numpy(float)
    whole = paces.weighted_median(seconds, people) / 60
    assert row[1].ja == f"{np.ceil(whole):.0f}"
    assert row[1].note.startswith("冬 ")
    assert row[column].ja in ("半数は着けない", "—")
    assert any(
        "バス" in cell.ja for cell in (paces.mode_notes(data, words) or Bullets(items=())).items[0]
    )


def test_what_was_not_verified_is_named(data: MapData) -> None:
    marked = replace(data.services[0], standard_source="handbook [unverified]")
    assert sureness.unverified(replace(data, services=(marked, *data.services[1:]))) == ["診療所"]
    assert sureness.unverified(data) == []


def test_classes_of_lacking_services_cover_every_count_once() -> None:
    for most in range(1, 25):
        ranges = smallmaps._ranges(smallmaps._steps(most))
        counts = [count for low, high in ranges for count in range(low, high + 1)]
        assert counts == list(range(most + 1))


def test_rows_of_coverage_hold_the_shares_of_the_table(data: MapData) -> None:
    rows = {row["label"]: row for row in plots.coverage_rows(data)}
    whole = data.coverage.query("zone == 'all' and district == 'all' and group == 'all'")
    clinic = whole[(whole["service"] == "clinic") & (whole["mode"] != "straight")]["share"]
    assert rows["診療所"]["all"] == pytest.approx(float(clinic.iloc[0]), abs=1e-4)
    assert rows["交番"]["all"] is None
