"""Real lists: hospitals of Hokkaido, evacuation sites and shelters of Kushiro."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from layerkit import layer, read_layer

from landuse.sources.columns import conform
from landuse.sources.gsi import open_gsi
from landuse.sources.guess import guess_columns
from landuse.sources.locate import located
from landuse.sources.mhlw import open_mhlw
from landuse.sources.report import Findings
from landuse.sources.table import read_csv
from landuse.sources.vector import Found

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
HOSPITALS = REAL / "hospitals_2015" / "hospital_list.csv"
SITES = REAL / "shelters_gsi" / "emergency_012068.json"
SHELTERS = REAL / "shelters_gsi" / "evacuation_012068.json"
BOUNDARY = REAL / "boundary_n03" / "01206.json"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]


def test_hospitals_are_known_without_a_word_in_the_city_file() -> None:
    findings = Findings(layer=layer(HOSPITALS, "facilities"))
    found = open_mhlw(HOSPITALS, findings)
    table = conform(found.table, findings)
    assert len(table) == 574
    assert not findings.faults
    # Seven hospitals have no beds in the list: no data, not zero.
    assert table["beds"].isna().sum() == 7
    assert table["beds"].min() >= 20
    points = located(Found(table=table), findings).table["geometry"]
    assert points.notna().all()


def test_the_hospitals_of_kushiro_are_seventeen_by_guess_and_by_form() -> None:
    city, _ = read_layer(layer(BOUNDARY, "boundary"))
    raw = Findings(layer=layer(HOSPITALS, "facilities"))
    guess = guess_columns(read_csv(HOSPITALS, raw)[0])
    assert (guess.columns["lon"], guess.columns["lat"]) == ("longtitude", "latitude")
    assert not guess.ambiguous
    rename = {column: role for role, column in guess.columns.items() if role != column}
    read, report = read_layer(layer(HOSPITALS, "facilities", rename=rename), area=city)
    assert (len(read), report.rows_in_file) == (17, 574)


def test_the_gate_cuts_the_ministrys_lists_to_the_city() -> None:
    city, _ = read_layer(layer(BOUNDARY, "boundary"))
    for reader, path, inside, outside in (
        ("mhlw", HOSPITALS, 17, 557),
        ("gsi", SITES, 153, 0),
        ("gsi", SHELTERS, 191, 0),
    ):
        read, report = read_layer(layer(path, "facilities", reader=reader), area=city)
        assert (len(read), report.outside, report.unplaced) == (inside, outside, 0)


def test_evacuation_sites_and_shelters_of_the_city_are_all_there() -> None:
    for path, count, role in (
        (SITES, 153, "emergency_site"),
        (SHELTERS, 191, "designated_shelter"),
    ):
        findings = Findings(layer=layer(path, "facilities"))
        table = open_gsi(path, findings).table
        assert len(table) == count
        assert table["roles"].str.split(";").str[0].unique().tolist() == [role]
        assert table["municipality"].unique().tolist() == ["01206"]
        assert table["facility_id"].is_unique
        assert not findings.faults
    # Every site that the city designates is one for tsunamis.
    assert open_gsi(SITES, Findings(layer=layer(SITES, "facilities"))).table["tsunami"].all()
