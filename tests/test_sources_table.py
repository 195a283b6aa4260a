"""Tables without geometry: text, numbers, points, meshes and addresses."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from layerkit import CRS, LAT, LON, X, Y, boundary, csv_file, faults, layer, read_layer

from landuse.cells import mesh_pairs
from landuse.errors import CrsError, LayerError
from landuse.grid import Grid
from landuse.sources.encoding import decoded
from landuse.sources.mesh import mesh_polygons
from landuse.sources.table import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.config import Layer

ADDRESSES = """facility_id,name,address,lon,lat
1,ソ表①髙﨑診療所,北海道釧路市新橋大通６－１,144.3726,43.0098
2,能登〜歯科,北海道釧路市阿寒町中央１丁目,,
"""


def table(path: Path, text: str, role: str = "facilities", **options: object) -> Layer:
    return layer(csv_file(path / "a.csv", text), role, **options)


# Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_an_address_table_reads_right_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    text = ADDRESSES.replace("〜", "～")  # cp932 has only the full-width tilde
    path = csv_file(tmp_path / "a.csv", text, encoding)
    read, report = read_layer(layer(path, "facilities"))
    assert read["name"].tolist() == ["ソ表①髙﨑診療所", "能登～歯科"]
    assert read["address"][1] == "北海道釧路市阿寒町中央１丁目"
    assert report.encoding == encoding.removesuffix("-sig")


def test_a_declared_encoding_is_taken_at_its_word(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        ADDRESSES.translate({ord("髙"): "高", ord("﨑"): "崎", ord("①"): "", ord("－"): "-"}),
        "euc_jp",
    )
    read, report = read_layer(layer(path, "facilities", encoding="euc_jp"))
    assert read["name"][0] == "ソ表高崎診療所"
    assert report.encoding == "euc_jp"
    (fault,) = faults(layer(path, "facilities", encoding="utf-8"), LayerError)
    assert fault.what == "is not utf-8"


def test_what_calls_itself_shift_jis_may_hold_letters_of_cp932(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", ADDRESSES.replace("〜", ""), "cp932")
    assert "①髙﨑" in read_layer(layer(path, "facilities", encoding="shift_jis"))[0]["name"][0]


@pytest.mark.parametrize(
    "data",
    [
        b"name\n\xff\xfe",
        "name\n".encode("utf-16-le"),
        "名前\n釧路市".encode("utf-16-le"),
    ],
)
def test_text_in_no_known_encoding_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)
    (fault,) = faults(layer(tmp_path / "a.csv", "facilities"), LayerError)
    assert "neither UTF-8 nor cp932" in fault.what
    assert "encoding =" in fault.fix


def test_euc_jp_is_asked_about_and_not_taken_for_half_width_kana() -> None:
    data = "あいうえおかきくけこ".encode("euc_jp")
    assert data.decode("cp932")  # mojibake without an error
    with pytest.raises(ValueError, match="neither"):
        decoded(data)
    assert decoded("ｱｲｳｴｵ".encode("cp932")) == ("ｱｲｳｴｵ", "cp932")


JAPANESE = st.text(
    st.sampled_from("釧路市阿寒町音別表ソ能予①②㈱髙﨑～－ーァィゥabc019ｱｲ　 "), max_size=12
)


@given(JAPANESE)
def test_no_text_of_cp932_is_taken_for_another(text: str) -> None:
    assert decoded(("釧路市" + text).encode("cp932"))[0] == "釧路市" + text
    assert decoded(text.encode())[0] == text


# Shape of the file


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path: Path) -> None:
    text = "town_id,name,district,lon,lat\na,x,y,144.3,43\na,x,y,144.3,43\n"
    (fault,) = faults(table(tmp_path, text, "towns"), LayerError)
    assert fault.where == "a.csv [toy]: rows 2, 3: column town_id"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name,lon\na,1,2\n", "row 2: not 2 fields"),
        ("name,lon\na\n", "row 2: not 2 fields"),
        ("name,name\na,b\n", "has columns name, name"),
        ("name,\na,b\n", "has columns name, "),
        ('name,lon\n"a,1\n', "line 2"),
        ('name,lon\n"a"b,1\n', "line 2"),
        ("\n\n", "is empty"),
        ("name,lon\n", "is empty"),
    ],
)
def test_an_irregular_table_is_refused(tmp_path: Path, text: str, what: str) -> None:
    (fault,) = faults(table(tmp_path, text), LayerError)
    assert what in fault.what


def test_codes_keep_their_zeros_and_na_is_a_name(tmp_path: Path) -> None:
    text = "facility_id,name,lon,lat\n007,NA,144.37,43\n\n010,null,144.37,43\n"
    read, _ = read_layer(table(tmp_path, text))
    assert read["facility_id"].tolist() == ["007", "010"]
    assert read["name"].tolist() == ["NA", "null"]


def test_a_field_may_hold_commas_quotes_and_new_lines(tmp_path: Path) -> None:
    text = 'name,lon,lat\n"<script>, ""a""\nb",144.37,43\n=1+1,144.37,43\n'
    assert read_layer(table(tmp_path, text))[0]["name"].tolist() == ['<script>, "a"\nb', "=1+1"]


def test_a_table_between_tabs_is_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.tsv", "name\tlon\tlat\na,b\t144.37\t43\n")
    assert read_layer(layer(path, "facilities"))[0]["name"].tolist() == ["a,b"]


def test_a_table_without_a_header_takes_its_names_from_the_city_file(tmp_path: Path) -> None:
    names = ("mesh_code", "population", "male")
    text = "644442951,26,8\n644442952,181,79\n"
    read, report = read_layer(table(tmp_path, text, "population", columns=names))
    assert read["population"].tolist() == [26, 181]
    assert report.rows_in_file == 2
    (fault,) = faults(table(tmp_path, text, "population", columns=names[:2]), LayerError)
    assert fault.what.startswith("rows 1, 2: not 2 fields")


# Numbers


def test_numbers_are_read_as_people_write_them() -> None:
    values, wrong = numbers(pd.Series(["1,234", " ５６ ", "-7", "−8", "1e3", None], dtype="str"))
    assert values.tolist()[:5] == [1234, 56, -7, -8, 1000]
    assert np.isnan(values[5])
    assert not wrong.any()


@pytest.mark.parametrize("text", ["*", "12人", "1,23", "nan", "inf", "1_000", "0x1"])
def test_what_is_not_a_number_is_said_to_be_wrong(text: str) -> None:
    _, wrong = numbers(pd.Series([text], dtype="str"))
    assert wrong.tolist() == [True]


@given(
    st.lists(
        st.one_of(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False))
    )
)
def test_written_numbers_come_back(written: list[float]) -> None:
    values, wrong = numbers(pd.Series([repr(number) for number in written], dtype="str"))
    assert values.tolist() == written
    assert not wrong.any()


def test_people_must_be_numbers_of_zero_or_more(tmp_path: Path) -> None:
    text = "mesh_code,population,population_65plus\n644442951,-1,x\n644442952,,*\n644442953,3,1\n"
    found = [str(fault) for fault in faults(table(tmp_path, text, "population"), LayerError)]
    assert [fault.partition(" —")[0].partition("]: ")[2] for fault in found] == [
        "row 2: column population: is negative ('-1')",
        "row 3: column population: is blank",
        "rows 2, 3: column population_65plus: is not a number ('x', '*')",
    ]


def test_a_blank_capacity_is_no_data_and_not_zero(tmp_path: Path) -> None:
    text = 'name,lon,lat,capacity\na,144.37,43,\nb,144.37,43,"1,200"\n'
    read, _ = read_layer(table(tmp_path, text))
    assert read["capacity"].isna().tolist() == [True, False]
    assert read["capacity"][1] == 1200


# Points and addresses


def test_longitude_and_latitude_become_points_of_the_plane(tmp_path: Path) -> None:
    text = f"name,lon,lat\na,{LON},{LAT}\n"
    read, report = read_layer(table(tmp_path, text))
    assert read.geometry[0].distance(shapely.Point(X, Y)) < 10
    assert (report.crs, report.crs_from) == ("EPSG:6668", "columns lon, lat")


def test_facilities_without_a_place_stay_for_the_geocoder(tmp_path: Path) -> None:
    read, report = read_layer(layer(csv_file(tmp_path / "a.csv", ADDRESSES), "facilities"))
    assert read.geometry.isna().tolist() == [False, True]
    assert (report.rows, report.unplaced, report.dropped) == (2, 1, 0)
    (note,) = report.notes
    assert note.where == "a.csv [toy]: row 3"
    assert "kept without a place" in note.what
    assert "give an address" in note.fix


def test_a_table_of_addresses_alone_has_no_places_yet(tmp_path: Path) -> None:
    text = "name,address\na,新橋大通6\nb,愛国東2\n"
    read, report = read_layer(table(tmp_path, text), area=boundary())
    assert read.geometry.isna().all()
    assert read.crs == CRS
    assert (report.unplaced, report.crs_from) == (2, "")


def test_coordinates_that_cannot_be_used_are_named_row_by_row(tmp_path: Path) -> None:
    rows = ["144.37,43.0", "0,0", "nan,nan", "144.37,", "144°22′,43°", "43.0,144.37", "144.4,42.9"]
    text = "name,lon,lat\n" + "".join(f"x,{row}\n" for row in rows)
    read, report = read_layer(table(tmp_path, text))
    assert read.geometry.isna().tolist() == [False, True, True, True, True, True, False]
    assert report.unplaced == 5
    notes = [str(note) for note in report.notes]
    assert any("rows 4, 5, 6: columns lon, lat: coordinates that are no pair" in n for n in notes)
    assert any("row 3: coordinates (0, 0)" in note for note in notes)
    assert any("row 7: coordinates outside Japan" in note for note in notes)


def test_a_table_with_its_axes_swapped_is_refused(tmp_path: Path) -> None:
    text = f"name,lon,lat\na,{LAT},{LON}\nb,{LAT},{LON}\n"
    (fault,) = faults(table(tmp_path, text), CrsError)
    assert "axes swapped" in fault.what


def test_a_table_in_metres_is_refused(tmp_path: Path) -> None:
    (fault,) = faults(table(tmp_path, f"name,lon,lat\na,{X},{Y}\n"), CrsError)
    assert "numbers are metres" in fault.what


@pytest.mark.parametrize(
    ("role", "needed"),
    [("facilities", "lon and lat, or address"), ("population", "cell_id or mesh_code")],
)
def test_a_table_that_lies_nowhere_is_refused(tmp_path: Path, role: str, needed: str) -> None:
    (fault,) = faults(table(tmp_path, "name,population\na,1\n", role), LayerError)
    assert needed in fault.what


def test_a_blank_name_is_said_but_the_facility_stays(tmp_path: Path) -> None:
    read, report = read_layer(table(tmp_path, "name,lon,lat\n,144.37,43\nb,144.37,43\n"))
    assert read["name"].tolist() == ["", "b"]
    assert any(note.where.endswith("row 2: column name") for note in report.notes)


# Meshes


@pytest.mark.parametrize(
    ("column", "code", "metres"),
    [
        ("mesh_code", "64444295", 1000),
        ("mesh_code", "644442951", 500),
        ("mesh_code", "6444429512", 250),
        ("cell_id", "6444429512", 100),
    ],
)
def test_the_column_and_the_digits_say_which_mesh(
    tmp_path: Path, column: str, code: str, metres: float
) -> None:
    read, report = read_layer(table(tmp_path, f"{column},population\n{code},5\n", "population"))
    assert read.area[0] == pytest.approx(metres**2, rel=0.1)
    assert report.crs_from == column
    assert bool(report.notes) == (column == "mesh_code" and len(code) == 10)


def test_ten_digits_lie_where_the_grid_puts_them() -> None:
    grid = Grid(row=51580, col=35500, n_rows=3, n_cols=3, crs=CRS)
    rows, cols = np.repeat(range(3), 3), np.tile(range(3), 3)
    ours = mesh_polygons(pd.Series(grid.cell_ids(rows, cols)), tenths=True).to_crs(CRS)
    assert shapely.equals_exact(
        ours.normalize(), shapely.normalize(grid.polygons(rows, cols)), 1e-6
    ).all()


@pytest.mark.parametrize("code", ["64444295", "644442953", "6444429534"])
def test_a_mesh_covers_the_cells_that_it_is_divided_among(code: str) -> None:
    grid = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=CRS)
    mesh = mesh_polygons(pd.Series([code]), tenths=False).to_crs(CRS).union_all()
    cells = mesh_pairs(pd.Series([code]), grid)
    shapes = grid.polygons(*grid.rows_cols(cells["target"]))
    shares = shapely.area(shapely.intersection(shapes, mesh)) / mesh.area
    assert shares == pytest.approx(cells["weight"].to_numpy(), abs=1e-4)


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("cell_id", ["644442951"]),
        ("cell_id", ["6444829512"]),
        ("mesh_code", ["6444429550", "6444429512", "6444429511"]),
        ("mesh_code", ["64444295", "644442951", "644442952"]),
        ("mesh_code", ["６４４４４２９５"]),
        ("mesh_code", ["6444"]),
    ],
)
def test_a_wrong_mesh_code_is_named(tmp_path: Path, column: str, codes: list[str]) -> None:
    text = f"{column},population\n" + "".join(f"{code},1\n" for code in codes)
    (fault,) = faults(table(tmp_path, text, "population"), LayerError)
    assert fault.where == f"a.csv [toy]: row 2: column {column}"
    assert codes[0] in fault.what
    assert "cell_id" in fault.fix


def test_a_mesh_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = "mesh_code,population\n644442951,1\n644442951,1\n"
    (fault,) = faults(table(tmp_path, text, "population"), LayerError)
    assert "stands 2 times" in fault.what


def test_mesh_codes_may_be_numbers_in_a_parquet_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"cell_id": [6444429512], "population": [3]}).to_parquet(path)
    read, _ = read_layer(layer(path, "population"))
    assert read["cell_id"].tolist() == ["6444429512"]


def test_reading_many_rows_in_any_order_gives_the_same_people(tmp_path: Path) -> None:
    codes = [
        f"64444{b}{c}{d}{e}" for b in range(8) for c in range(3) for d in range(10) for e in (1, 2)
    ]
    rows = [f"{code},{place}\n" for place, code in enumerate(codes)]
    random.Random(1).shuffle(rows)  # noqa: S311 - an order, not a secret
    read, _ = read_layer(table(tmp_path, "mesh_code,population\n" + "".join(rows), "population"))
    assert read["population"].sum() == sum(range(len(codes)))


def test_files_put_one_after_another_lose_their_inner_headings(tmp_path: Path) -> None:
    text = "name,lon,lat\n一,144.38,42.98\nname,lon,lat\n二,144.39,42.99\n"
    path = csv_file(tmp_path / "a.csv", text)
    table, report = read_layer(layer(path, "facilities"))
    assert table["name"].tolist() == ["一", "二"]
    assert any("row 3: 1 rows repeat the names" in str(note) for note in report.notes)
