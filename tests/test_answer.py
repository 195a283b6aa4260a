"""What a counter is told of one place of the toy town."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import toy

from landuse import read_city, run
from landuse.answer import REASON_TEXT, answer, point_of
from landuse.errors import InputError
from landuse.schema import REASONS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from landuse.study import Study

LON, LAT = toy.lonlat(0, 0)
CLINIC_CELL = str(toy.GRID.cell_ids(0, 0))


@pytest.fixture
def study(toy_run: Run) -> Study:
    return toy_run.study


@pytest.mark.parametrize(
    "place",
    [
        f"{LON},{LAT}",
        f" {LON} , {LAT} ",
        f"{LON}，{LAT}",
        f"{LON},{LAT}".translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，")),
        CLINIC_CELL,
        "本町一丁目",
        "北海道玩具町本町1-1",
    ],
)
def test_a_place_can_be_said_in_several_ways(study: Study, place: str) -> None:
    found = answer(study, place)
    assert (found.place, found.cell_id, found.town) == (place, CLINIC_CELL, "本町一丁目")
    assert found.lonlat == pytest.approx((LON, LAT), abs=1e-6)
    assert found.zone["zone"] == "urban"
    assert found.people == (10, 1)
    assert found.district == "本町"


def test_an_address_is_as_near_as_its_town_and_coordinates_are_exact(study: Study) -> None:
    address = answer(study, "本町二丁目9")
    assert (address.found, address.cell_id) == ("本町二丁目", str(toy.GRID.cell_ids(4, 4)))
    assert address.error_m
    assert answer(study, f"{LON},{LAT}").error_m is None
    assert answer(study, CLINIC_CELL).error_m is None


@pytest.mark.parametrize(("digits", "cells"), [(8, 10), (9, 5)])
def test_a_larger_mesh_is_read_with_half_its_diagonal(
    study: Study, digits: int, cells: int
) -> None:
    # The mesh of 1 km, and its south-western quarter, whose corner is that of the town: the
    # middle of the first is beyond it, the middle of the second in row and column 2.
    code = CLINIC_CELL[:8] + "1" * (digits - 8)
    width, height = (float(step[0]) for step in toy.GRID.steps_m())
    point, _, error_m = point_of(study, code)
    assert error_m == pytest.approx(np.hypot(width, height) * cells / 2, rel=1e-3)
    row, col = study.grid.locate_xy([point.x], [point.y])
    corner = study.grid.rows_cols([CLINIC_CELL])
    assert (row - corner[0], col - corner[1]) == (cells // 2, cells // 2)


@pytest.mark.parametrize(
    ("place", "what"),
    [
        (f"{LAT},{LON}", "lies outside"),
        ("139.7,35.7", "lies outside"),
        ("999,-999", "lies outside"),
        (str(toy.GRID.cell_ids(0, 7)), "lies outside"),
        ("5339454711", "lies outside"),
        ("6499999999", "is no mesh code"),
        ("64443", "is no mesh code"),
        ("644433805", "is no mesh code"),
        ("未知町三丁目", "is not an address"),
        ("釧路市黒金町7丁目5", "is not an address"),
        ("nan,nan", "is not an address"),
        ("<script>alert(1)</script>", "is not an address"),
        ("", "is not an address"),
    ],
)
def test_a_place_that_is_not_here_is_refused_with_what_to_do(
    study: Study, place: str, what: str
) -> None:
    with pytest.raises(InputError) as raised:
        answer(study, place)
    (fault,) = raised.value.faults
    assert fault.where == "PLACE"
    assert what in fault.what
    assert repr(place) in fault.what
    assert fault.fix


def test_the_hint_about_swapped_coordinates_is_in_the_fix(study: Study) -> None:
    with pytest.raises(InputError, match="longitude comes first"):
        answer(study, f"{LAT},{LON}")


def test_every_service_has_minutes_or_a_reason(study: Study) -> None:
    services = {service["key"]: service for service in answer(study, CLINIC_CELL).services}
    assert list(services) == ["clinic", "shelter", "police_box", "airport"]
    clinic, police = services["clinic"], services["police_box"]
    assert (clinic["minutes"], clinic["facility"], clinic["within"]) == (0, "本町診療所", True)
    assert (police["minutes"], police["facility"], police["within"]) == (None, "", None)
    assert police["reason"] == "no_facility_data"
    assert services["airport"]["reason"] == "island"
    assert services["shelter"]["within"] is False


def test_the_json_answer_has_null_where_nothing_is_known(study: Study) -> None:
    found = json.loads(answer(study, CLINIC_CELL).json())
    assert found["services"][2]["minutes"] is None
    assert found["error_m"] is None
    assert found["zone"]["label"].items() >= {"ja": "都市的地域", "en": "Urban"}.items()
    assert "zone_text" not in found


def test_the_text_answer_reads_out_zone_minutes_and_reasons(study: Study) -> None:
    text = answer(study, CLINIC_CELL).text()
    lines = text.splitlines()
    assert lines[0].startswith(f"{CLINIC_CELL} → メッシュ mesh")
    assert f"{LAT:.5f}N {LON:.5f}E" in lines[0]
    assert "本町 本町一丁目" in lines
    assert "都市的地域" in text
    assert "  ✓ 診療所 Clinic: 0 分 min  本町診療所" in lines
    assert "  交番 Police box: 施設のデータなし no data on facilities" in lines


def test_every_reason_has_its_words() -> None:
    assert set(REASON_TEXT) == set(REASONS)


def test_on_the_shore_the_nearest_cell_answers(study: Study) -> None:
    # Land that reaches six tenths of a cell into the next column, whose cell is none of ours.
    width = float(toy.GRID.steps_m()[0][0])
    shifted = study.faces.set_geometry(study.faces.translate(xoff=0.6 * width))
    lon, lat = toy.lonlat(0, 5)
    found = answer(replace(study, faces=shifted), f"{lon},{lat}")
    assert found.cell_id == str(toy.GRID.cell_ids(0, 4))


def test_without_towns_and_people_an_answer_says_so(tmp_path: Path) -> None:
    lost = dict.fromkeys(("towns", "people", "districts"))
    study = run(read_city(toy.write_city(tmp_path / "toy", **lost)))
    found = answer(study, f"{LON},{LAT}")
    assert (found.town, found.district) == ("", "玩具町")
    assert json.loads(found.json())["people"] == [None, None]
    with pytest.raises(InputError, match="is not an address"):
        answer(study, "本町一丁目")
