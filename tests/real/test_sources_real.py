"""The gate on real layers of Kushiro; skipped where they are not beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from layerkit import layer, read_layer

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]

BOUNDARY = layer(REAL / "boundary_n03" / "01206.json", "boundary")
PARK = layer(
    REAL / "national_parks" / "nps_kushiro_akan_z13.geojson",
    claim_column="地域区",
    claim_codes={"普通地域": "park_ordinary"}
    | dict.fromkeys(
        ("特別保護地区", "第1種特別地域", "第2種特別地域", "第3種特別地域"), "park_special"
    ),
)
PEOPLE = layer(
    REAL / "population_mesh500_2010" / "population_mesh_third_half.csv",
    "population",
    columns=("mesh_code", "population", "male", "female", "households"),
)
HOSPITALS = layer(
    REAL / "hospitals_2015" / "hospital_list.csv",
    "facilities",
    rename={"hospital_name": "name", "latitude": "lat", "longtitude": "lon", "sickbed_num": "beds"},
    constants={"category": "hospital"},
)
REFUGES = layer(
    REAL / "shelters_gsi" / "emergency_012068.json",
    "facilities",
    rename={"共通ID": "facility_id", "施設・場所名": "name", "住所": "address"},
    where={"津波": ("1",)},
)
STATIONS = layer(
    REAL / "stations" / "station.csv",
    "facilities",
    rename={"lng": "lon", "id": "facility_id"},
    where={"closed": ("0",)},
)
BUS_STOPS = layer(
    REAL / "ksj_zips" / "P23-12_38_GML.zip",
    "facilities",
    sublayer="P23a-12_38",
    rename={"P23a_003": "name"},
)


def test_the_boundary_is_one_row_of_its_known_area() -> None:
    boundary, report = read_layer(BOUNDARY)
    assert boundary.area.sum() / 1e6 == pytest.approx(1363.031, abs=0.001)
    assert (report.rows, report.rows_in_file, report.repaired) == (1, 46, 0)


def test_every_person_of_the_city_comes_in() -> None:
    boundary, _ = read_layer(BOUNDARY)
    people, report = read_layer(PEOPLE, area=boundary)
    assert (len(people), people["population"].sum()) == (585, 180_711)
    assert report.outside == report.rows_in_file - 585


def test_hospitals_of_the_prefecture_are_cut_to_the_city() -> None:
    boundary, _ = read_layer(BOUNDARY)
    hospitals, report = read_layer(HOSPITALS, area=boundary)
    assert (len(hospitals), report.rows_in_file) == (17, 574)
    assert hospitals["beds"].max() == 643


def test_parks_come_with_their_claims() -> None:
    parks, _ = read_layer(PARK)
    assert parks["claim"].value_counts().to_dict() == {"park_special": 8, "park_ordinary": 2}


def test_refuges_and_stations_are_selected_by_their_columns() -> None:
    refuges, _ = read_layer(REFUGES)
    assert len(refuges) > 100
    stations, report = read_layer(STATIONS)
    assert report.not_selected > 0
    assert "釧路" in set(stations["name"])
    assert not {"直別", "尺別"} & set(stations["name"])


def test_a_zip_file_of_the_ministry_is_read() -> None:
    stops, report = read_layer(BUS_STOPS)
    assert (len(stops), report.encoding, report.crs) == (805, "cp932", "EPSG:4612")


ELEVATION = layer(
    REAL / "elevation_g04a" / "g04_hokkaido.csv",
    "elevation",
    rename={"G04a_001": "mesh_code", "G04a_002": "elevation_m"},
    crs="",
)


def test_the_meshes_of_elevation_lie_on_the_city_and_in_the_hills() -> None:
    boundary, _ = read_layer(BOUNDARY)
    table, report = read_layer(ELEVATION)
    assert report.rows_in_file == 87_218 - 31, "31 headings of files put together"
    shape = boundary.geometry.iloc[0]
    inside = table[shape.contains(table.centroid)]
    assert len(inside) == 1_452
    # 雌阿寒岳, 1,499 m, is the highest point of the city; a mesh mean is lower.
    assert 900 < inside["elevation_m"].max() < 1_499
    assert inside["elevation_m"].min() >= 0
