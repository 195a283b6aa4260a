"""Lists as they come: encodings, titles above the header, and which column is what."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layerkit import csv_file, layer, read_layer

from landuse.errors import LayerError
from landuse.sources.coordinates import axis_of, degrees, pairs
from landuse.sources.encoding import decoded, decoded_euc
from landuse.sources.guess import guess_columns, guess_toml, guessed
from landuse.sources.report import Findings
from landuse.sources.table import read_csv
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from pathlib import Path

LIST = "施設名,所在地,緯度,経度\n会館,釧路市黒金町七丁目5番地,42.9849,144.3815\n"


def frame(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.Index(range(2, 2 + len(next(iter(columns.values()))))))


def read_list(
    path: Path, text: str, role: str = "facilities", **options: object
) -> tuple[pd.DataFrame, Findings]:
    findings = Findings(layer=layer(csv_file(path / "a.csv", text), role, **options))
    table, encoding = read_csv(findings.layer.path, findings)
    return guessed(Found(table=table, encoding=encoding), findings).table, findings


def told(findings: Findings) -> str:
    return "\n".join(map(str, findings.notes))


# Encodings


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("iso2022_jp", "iso2022_jp"),
        ("euc_jp", "euc_jp"),
        ("cp932", "cp932"),
        ("utf-8-sig", "utf-8"),
    ],
)
def test_a_list_reads_right_in_every_encoding_of_japan(
    tmp_path: Path, encoding: str, found: str
) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = csv_file(tmp_path / "a.csv", mark + LIST, encoding)
    findings = Findings(layer=layer(path, "facilities"))
    table, said = read_csv(path, findings)
    assert table["施設名"].tolist() == ["会館"]
    assert said == found
    # Only EUC-JP is a guess, and says so.
    assert bool(findings.notes) == (encoding == "euc_jp")
    assert 'encoding = "euc_jp"' in told(findings) or encoding != "euc_jp"


def test_euc_jp_with_letters_of_makers_is_read_by_the_wider_set() -> None:
    assert decoded_euc("名称①㈱".encode("euc_jis_2004")) == ("名称①㈱", "euc_jis_2004")


@pytest.mark.parametrize(
    "data",
    [
        "설명,주소\n시청,서울특별시 중구 세종대로\n".encode("euc_kr"),
        "设施,地址\n图书馆,北京市东城区景山前街\n".encode("gbk"),
        "設施,位置\n圖書館,臺北市中正區\n".encode("big5"),
        "Größe,Straße\n".encode("latin-1"),
        b"name\n\xff\xfe",
        bytes(range(128, 256)),
    ],
)
def test_what_is_not_japanese_is_not_taken_for_euc_jp(data: bytes) -> None:
    assert decoded_euc(data) is None


@given(st.text(st.sampled_from("釧路市阿寒町ソ能予表髙﨑①㈱ーァィゥabc019ｱｲｳ　 ,\n"), min_size=1))
def test_no_text_of_cp932_or_utf8_is_taken_for_a_marked_encoding(text: str) -> None:
    # The first words keep very short texts out, which no rule could tell apart.
    for encoding in ("cp932", "utf-8"):
        assert decoded(("釧路市" + text).encode(encoding)) == ("釧路市" + text, encoding)


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\xff\xfe\0\0a\0\0\0", b"\x1b$B\x7f\x7f\x1b(B"])
def test_a_mark_that_lies_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"UTF-16|ISO-2022-JP"):
        decoded(data)


# Titles and footnotes in a CSV


def test_a_csv_saved_from_a_workbook_is_read_like_the_workbook(tmp_path: Path) -> None:
    text = "施設一覧,,,\n,,,\n" + LIST + "計,1,,\n※毎年更新,,,\n"
    table, findings = read_list(tmp_path, text)
    assert table.index.tolist() == [4]
    assert table["name"].tolist() == ["会館"]
    assert "row 3: taken for the names of the columns" in told(findings)
    assert "rows 5, 6: 2 at the end" in told(findings)


def test_a_short_title_line_above_the_header_is_passed(tmp_path: Path) -> None:
    table, _ = read_list(tmp_path, "釧路市の施設\n" + LIST)
    assert table.index.tolist() == [3]


def test_two_rows_of_names_in_a_csv_are_joined(tmp_path: Path) -> None:
    text = "一覧,,,\n番号,名称,位置,\n,,緯度,経度\n1,会館,42.9,144.3\n2,庁舎,43.0,144.4\n"
    table, _ = read_list(tmp_path, text)
    assert table.columns.tolist()[:4] == ["番号", "名称", "位置_緯度", "位置_経度"]
    assert table["lat"].tolist() == ["42.9", "43.0"]


def test_bare_columns_at_the_end_of_a_csv_are_left_out(tmp_path: Path) -> None:
    table, _ = read_list(tmp_path, "name,lon,lat,,\na,144.3,42.9,,\n")
    assert table.columns.tolist() == ["name", "lon", "lat"]


@given(st.lists(st.lists(st.text(max_size=4), min_size=2, max_size=4), min_size=1, max_size=6))
def test_no_row_below_a_known_header_is_ever_lost(rows: list[list[str]]) -> None:
    from landuse.sources.heading import headed, without_tail  # noqa: PLC0415

    numbered = [(n, tuple(cells)) for n, cells in enumerate(rows, 3)]
    found = headed([(1, ("表",)), (2, ("名称", "住所", "備考")), *numbered])
    assert found is not None
    filled = [n for n, cells in numbered if any(cell.strip() for cell in cells)]
    findings = Findings(layer=layer_of_nothing())
    kept = [n for n, _ in without_tail(found.rows, findings)]
    if found.header == 2:
        said = sum(int(note.what.split()[0]) for note in findings.notes if "left out" in note.what)
        assert kept == filled[: len(kept)]
        assert len(kept) + said == len(filled)


def layer_of_nothing():  # noqa: ANN201 - a Layer
    from pathlib import Path  # noqa: PLC0415

    return layer(Path("a.csv"), "facilities")


# Ways to write coordinates


@pytest.mark.parametrize(
    ("text", "value", "way"),
    [
        ("42.984856", 42.984856, "decimal"),
        ("４２．９８", 42.98, "decimal"),
        ("北緯42度59分05秒", 42 + 59 / 60 + 5 / 3600, "dms"),
        ("42°59′05.1″", 42 + 59 / 60 + 5.1 / 3600, "dms"),
        ("N42°59'05\"", 42 + 59 / 60 + 5 / 3600, "dms"),
        ("東経144度22分", 144 + 22 / 60, "dms"),
        ("425905.1", 42 + 59 / 60 + 5.1 / 3600, "packed"),
        ("1442253", 144 + 22 / 60 + 53 / 3600, "packed"),
    ],
)
def test_degrees_are_read_in_every_way_they_are_written(text: str, value: float, way: str) -> None:
    values, found = degrees(pd.Series([text], dtype="str"))
    assert found == way
    assert values[0] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("text", ["425960.1", "426005", "-110000", "10000", "42度61分", "x", "0"])
def test_what_is_no_angle_is_not_made_one(text: str) -> None:
    values, way = degrees(pd.Series([text], dtype="str"))
    assert way in ("", "decimal")
    assert axis_of(values) == ""


@given(st.floats(20, 45.9), st.floats(122, 153.9))
def test_a_point_comes_back_from_every_way_of_writing_it(lat: float, lon: float) -> None:
    def sexagesimal(value: float) -> tuple[int, int, float]:
        tenths = round(value * 36000)
        return tenths // 36000, tenths // 600 % 60, tenths % 600 / 10

    for value, axis in ((lat, "lat"), (lon, "lon")):
        d, m, s = sexagesimal(value)
        for text in (f"{d}度{m}分{s}秒", f"{d}{m:02d}{s:04.1f}"):
            read, _ = degrees(pd.Series([text], dtype="str"))
            assert read[0] == pytest.approx(value, abs=1 / 36000)
            assert axis_of(read) == axis
    for text in (f"{lat:.6f},{lon:.6f}", f"({lon:.6f} , {lat:.6f})", f"{lat:.6f} {lon:.6f}"):
        both = pairs(pd.Series([text], dtype="str"))
        assert both is not None
        assert both.iloc[0].tolist() == pytest.approx([lon, lat], abs=1e-6)


def test_a_way_of_writing_counts_only_where_nearly_all_cells_are_so() -> None:
    assert degrees(pd.Series(["144.37", "43.0", "144°22′"], dtype="str"))[1] == ""


def test_zero_places_do_not_hide_which_axis_a_column_is() -> None:
    assert axis_of(pd.Series([0.0, 0.0, 144.3])) == "lon"
    assert axis_of(pd.Series([0.0, 0.0])) == ""


# Which column is what


def test_the_recommended_data_set_is_known_by_its_names() -> None:
    table = frame(
        ID=["1"],
        名称=["会館"],
        名称_カナ=["カイカン"],
        所在地_連結表記=["北海道釧路市黒金町7"],
        所在地_都道府県=["北海道"],
        緯度=["42.98"],
        経度=["144.38"],
        想定収容人数=["40"],
    )
    assert guess_columns(table).columns == {
        "lat": "緯度",
        "lon": "経度",
        "name": "名称",
        "address": "所在地_連結表記",
        "facility_id": "ID",
        "capacity": "想定収容人数",
    }


def test_a_misspelt_longitude_is_known() -> None:
    table = frame(hospital_name=["a"], latitude=["42.9"], longtitude=["144.3"])
    assert guess_columns(table).columns["lon"] == "longtitude"


def test_names_are_compared_without_width_case_spaces_and_brackets() -> None:
    table = frame(**{"施 設 名": ["a"], "ＬＡＴ": ["42.9"], "経度（世界測地系）": ["144.3"]})
    assert guess_columns(table).columns == {
        "lon": "経度（世界測地系）",
        "lat": "ＬＡＴ",
        "name": "施 設 名",
    }


def test_numbers_tell_the_axes_even_against_the_names() -> None:
    guess = guess_columns(frame(名称=["a"], 緯度=["144.38"], 経度=["42.98"]))
    assert (guess.columns["lon"], guess.columns["lat"]) == ("緯度", "経度")
    assert any("緯度 is called lat but holds lon" in remark for remark in guess.remarks)


def test_x_and_y_are_whatever_their_numbers_say() -> None:
    guess = guess_columns(frame(X=["42.98"], Y=["144.38"]))
    assert (guess.columns["lon"], guess.columns["lat"]) == ("Y", "X")


def test_metres_of_a_plane_are_not_guessed() -> None:
    guess = guess_columns(frame(名称=["a"], X=["-110000.5"], Y=["10000.5"]))
    assert not {"lon", "lat"} & set(guess.columns)
    assert any("plane" in remark for remark in guess.remarks)


def test_coordinates_of_the_tokyo_datum_are_not_guessed() -> None:
    guess = guess_columns(frame(**{"緯度(日本測地系)": ["42.9"], "経度(旧測地系)": ["144.3"]}))
    assert not {"lon", "lat"} & set(guess.columns)
    assert "Tokyo datum" in guess.remarks[0]


def test_columns_without_a_telling_name_are_found_by_their_values() -> None:
    table = frame(
        甲=["会館", "庁舎"],
        乙=["釧路市黒金町7丁目5番", "釧路市阿寒町中央1丁目"],
        丙=["42.98", "43.11"],
        丁=["144.38", "144.12"],
        年齢=["42", "43"],
        通称=["市立第1会館", "町村会の2階"],
    )
    guess = guess_columns(table)
    assert guess.columns == {"lon": "丁", "lat": "丙", "address": "乙"}
    assert set(guess.reasons.values()) == {"its values"}


def test_two_columns_that_fit_alike_are_reported_and_neither_taken() -> None:
    table = frame(名称=["a"], 施設名=["b"], 緯度=["42.9"], lat=["43.9"], 経度=["144.3"])
    guess = guess_columns(table)
    assert guess.ambiguous == {"name": ("名称", "施設名"), "lat": ("緯度", "lat")}
    assert not {"name", "lat"} & set(guess.columns)


def test_two_columns_that_say_the_same_are_one() -> None:
    table = frame(名称=["a"], 施設名=["a"], 緯度=["42度59分06秒"], lat=["42.985"], 経度=["144.38"])
    guess = guess_columns(table)
    assert (guess.columns["name"], guess.columns["lat"]) == ("名称", "lat")
    assert not guess.ambiguous


HOSTILE = st.text(min_size=1, max_size=12)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_the_line_to_paste_is_toml_whatever_the_names(one: str, other: str, key: str) -> None:
    table = pd.DataFrame([["42.98", "144.38"]], columns=[f"{one}_緯度", f"{other}_経度"])
    guess = guess_columns(table)
    read = tomllib.loads(guess_toml(guess, key))
    assert read["rename"] == {column: role for role, column in guess.columns.items()}


def test_the_line_to_paste_names_what_a_rename_cannot_say() -> None:
    table = frame(名称=["a"], 施設名=["b"], 位置=["42.98,144.38"], 種別=["c"])
    text = guess_toml(guess_columns(table), "halls")
    assert '# [[layer]] key = "halls"' in text
    assert '# name: "名称" or "施設名"' in text
    assert '# "位置" holds lat and lon in one cell' in text
    assert tomllib.loads(text)["rename"] == {"種別": "category"}


# The guess at work


def test_a_guess_fills_what_is_open_and_says_the_line_to_paste(tmp_path: Path) -> None:
    table, findings = read_list(tmp_path, LIST)
    assert table.loc[2, ["name", "address", "lat", "lon"]].tolist() == [
        "会館",
        "釧路市黒金町七丁目5番地",
        "42.9849",
        "144.3815",
    ]
    assert "施設名" in table  # the city file may still speak of it
    line = findings.notes[0].fix.partition("rename = ")[2]
    assert tomllib.loads(f"rename = {line}")["rename"] == {
        "施設名": "name",
        "所在地": "address",
        "緯度": "lat",
        "経度": "lon",
    }


def test_what_the_city_file_says_is_never_guessed_over(tmp_path: Path) -> None:
    rename = {"施設名": "name", "所在地": "address", "緯度": "lat", "経度": "lon"}
    table, findings = read_list(tmp_path, LIST, rename=rename)
    assert table.columns.tolist() == list(rename)
    assert not findings.notes
    table, _ = read_list(tmp_path, "通称,名称,経度,緯度\na,b,144.3,42.9\n", rename={"通称": "name"})
    assert "name" not in table


def test_a_list_that_is_named_already_is_left_alone(tmp_path: Path) -> None:
    text = "facility_id,name,address,lon,lat,種別\n1,a,b,144.3,42.9,c\n"
    table, findings = read_list(tmp_path, text)
    assert table.columns.tolist() == text.partition("\n")[0].split(",")
    assert not findings.notes


def test_one_cell_for_both_coordinates_is_split(tmp_path: Path) -> None:
    text = '名称,位置\na,"42.9849,144.3815"\nb,\nc,"0,0"\n'
    table, findings = read_list(tmp_path, text)
    assert table["lon"].iloc[0] == "144.38150000"
    assert table["lon"].isna().tolist() == [False, True, False]
    assert "lat and lon from 位置" in told(findings)


def test_degrees_and_minutes_become_decimal_and_a_bad_cell_stays_to_be_named(
    tmp_path: Path,
) -> None:
    rows = "".join("a,42度59分06秒,144度22分30秒\n" for _ in range(12))
    table, findings = read_list(tmp_path, f"名称,緯度,経度\n{rows}b,不明,144度22分30秒\n")
    assert table["lat"].iloc[0] == "42.98500000"
    assert table["lat"].iloc[-1] == "不明"
    assert "read as decimal degrees" in told(findings)


def test_two_names_that_fit_alike_are_a_fault_and_a_place_only_where_it_is_needed(
    tmp_path: Path,
) -> None:
    text = "名称,施設名,住所,緯度,latitude,経度\na,b,c町1,42.9,43.9,144.3\n"
    _, findings = read_list(tmp_path, text)
    (fault,) = findings.faults
    assert fault.what == "may be 名称 or 施設名: not guessed"
    assert 'rename = { "名称" = "name" }' in fault.fix
    assert "緯度 or latitude" in told(findings)  # the address is enough
    _, findings = read_list(tmp_path, text.replace("住所", "備考").replace("c町1", "c"))
    assert [fault.where.rpartition(" ")[2] for fault in findings.faults] == ["name", "lat"]


def test_roles_without_points_are_not_guessed(tmp_path: Path) -> None:
    table, findings = read_list(tmp_path, "緯度,経度,population\n42,144,5\n", "population")
    assert table.columns.tolist() == ["緯度", "経度", "population"]
    assert not findings.notes


def test_places_that_cannot_be_are_reported_and_not_used(tmp_path: Path) -> None:
    # What the ministries' lists write where a place is unknown, and a place in Korea's sea.
    rows = ["会館,42.9849,144.3815", "無い所,0,0", "遠い所,51.5,-0.1", "無記入,,"]
    path = csv_file(tmp_path / "a.csv", "name,lat,lon\n" + "\n".join(rows) + "\n")
    read, report = read_layer(layer(path, "facilities"))
    assert read.geometry.isna().tolist() == [False, True, True, True]
    assert (report.rows, report.unplaced) == (4, 3)
    notes = "\n".join(map(str, report.notes))
    assert "row 3: coordinates (0, 0): kept without a place" in notes
    assert "row 4: coordinates outside Japan: kept without a place" in notes


def test_an_ambiguous_list_cannot_pass_unseen(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", "名称,施設名,lon,lat\na,b,144.3,42.9\n")
    with pytest.raises(LayerError, match="column name"):
        read_layer(layer(path, "facilities"))
