"""Lists of the ministries: told by their columns, with words and roles that services expect."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layerkit import LAT, LON, csv_file, layer

from landuse.config import preset as preset_path
from landuse.errors import LayerError
from landuse.facilities import offers
from landuse.services import read_services
from landuse.sources.columns import conform
from landuse.sources.forms import check_digit, municipality, read_forms
from landuse.sources.gsi import open_gsi
from landuse.sources.mhlw import open_mhlw
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from landuse.sources.vector import Found

CARE_HEAD = (
    "都道府県コード又は市町村コード,No,都道府県名,市区町村名,事業所名,事業所名カナ,サービスの種類,住所,"
    "方書（ビル名等）,緯度,経度,電話番号,FAX番号,法人番号,法人の名称,事業所番号,利用可能曜日,"
    "利用可能曜日特記事項,定員,URL,備考\n"
)
MEDICAL_HEAD = (
    "ID,正式名称,正式名称（フリガナ）,略称,英語表記（ローマ字表記）,機関区分,都道府県コード,市区町村コード,"
    "所在地,所在地座標（緯度）,所在地座標（経度）,案内用ホームページアドレス,祝日に休診,一般病床,合計病床数\n"
)
SITES_HEAD = (
    "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,"
    "大規模な火事,内水氾濫,火山現象,指定避難所との住所同一,緯度,経度,備考\n"
)


def care_row(name: str, service: str, *, number: str = "0170100001", seats: str = "") -> str:
    return (
        f"012068,1,北海道,釧路市,{name},カナ,{service},釧路市黒金町7,,{LAT},{LON},0154-00-0000,,,"
        f"法人,{number},平日,,{seats},,\n"
    )


def medical_row(code: str, name: str, *, kind: str = "1", beds: str = "") -> str:
    return (
        f'"{code}","{name}","カナ","","","{kind}","01","206","北海道釧路市黒金町7",{LAT},{LON},'
        f'"http://a",1,{beds},{beds}\n'
    )


def site_row(number: int, flags: str, *, code: str = "01206") -> str:
    return (
        f"{number},E{code}{number:06d}01,北海道釧路市,広場{number},釧路市黒金町{number},"
        f"{flags},{LAT},{LON},\n"
    )


def read(
    open_list: Callable[..., Found], path: Path, text: str, **options: object
) -> tuple[pd.DataFrame, Findings]:
    findings = Findings(layer=layer(csv_file(path, text), "facilities", **options))
    return open_list(path, findings).table, findings


def told(findings: Findings) -> str:
    return "\n".join(map(str, (*findings.faults, *findings.notes)))


# Municipal codes


@pytest.mark.parametrize(
    ("code", "digit"), [("01206", "8"), ("01100", "2"), ("13101", "6"), ("01101", "1")]
)
def test_the_check_digit_is_that_of_published_codes(code: str, digit: str) -> None:
    # 釧路市 012068, 札幌市 011002, 千代田区 131016, 札幌市中央区 011011
    assert check_digit(code) == digit
    assert municipality(code + digit) == code


@given(st.integers(1, 47), st.integers(100, 999), st.integers(0, 9))
def test_a_wrong_check_digit_is_always_found(prefecture: int, city: int, digit: int) -> None:
    code = f"{prefecture:02d}{city}"
    assert municipality(f"{code}{digit}") == (code if check_digit(code) == str(digit) else "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01206", "01206"),
        ("1206", "01206"),  # Excel drops zeros
        ("12068", "01206"),  # 068 is no city of prefecture 12
        ("12068.0", "01206"),
        ("16616", ""),  # 01661 with its digit, or a city 616 of prefecture 16
        ("釧路市", ""),
        ("", ""),
        ("99206", ""),
    ],
)
def test_a_code_is_read_where_it_can_be_read_in_one_way_only(text: str, code: str) -> None:
    assert municipality(text) == code


# Care services


def test_a_care_list_becomes_facilities(tmp_path: Path) -> None:
    rows = [
        care_row("デイ", "通所介護", seats="25"),
        care_row("包括", "地域包括支援センター"),
        care_row("ヘルパー", "介護予防訪問入浴介護"),
        care_row("ホーム", "特定施設入居者生活介護（有料老人ホーム）"),
    ]
    table, findings = read(open_mhlw, tmp_path / "a.csv", CARE_HEAD + "".join(rows))
    assert table["category"].tolist() == ["day_service", "support_centre", "home_care", "care_home"]
    assert table["municipality"].unique().tolist() == ["01206"]
    assert table["facility_id"].is_unique  # one office, four services
    ready = conform(table, findings)
    assert ready["capacity"].tolist()[0] == 25
    assert ready["capacity"].isna().tolist() == [False, True, True, True]
    assert not findings.faults


def test_a_service_of_no_known_kind_is_said_and_left_blank(tmp_path: Path) -> None:
    text = CARE_HEAD + care_row("a", "通所介護") + care_row("b", "宇宙介護")
    table, findings = read(open_mhlw, tmp_path / "a.csv", text)
    assert table["category"].tolist() == ["day_service", ""]
    assert "row 3: column category: 宇宙介護: of no known category" in told(findings)


def test_doubled_rows_of_a_list_are_numbered_and_said(tmp_path: Path) -> None:
    text = CARE_HEAD + care_row("a", "通所介護") * 2 + care_row("b", "通所介護", number="")
    table, findings = read(open_mhlw, tmp_path / "a.csv", text)
    ids = ["0170100001-通所介護", "0170100001-通所介護-2", "toy-4"]
    assert table["facility_id"].tolist() == ids
    assert "row 3: column facility_id: stands more than once" in told(findings)


@pytest.mark.parametrize(
    "word", ["訪問看護", "介護医療院", "小規模多機能型居宅介護", "居宅介護支援"]
)
def test_every_service_of_the_ministry_has_a_category(tmp_path: Path, word: str) -> None:
    table, _ = read(open_mhlw, tmp_path / "a.csv", CARE_HEAD + care_row("a", word))
    assert table["category"].tolist() != [""]


# Hospitals and clinics


def test_the_name_of_the_published_file_says_what_its_rows_are(tmp_path: Path) -> None:
    text = MEDICAL_HEAD + medical_row("0111", "病院", kind="1", beds="300")
    for name, category in (("01-1_hospital", "hospital"), ("03-1_dental", "dental_clinic")):
        path = tmp_path / f"{name}_facility_info_20250601.csv"
        table, findings = read(open_mhlw, path, text)
        assert table["category"].tolist() == [category]
        assert ("機関区分 says hospital" in told(findings)) == (category != "hospital")
    assert table["facility_id"].tolist() == ["0111"]
    assert table["municipality"].tolist() == ["01206"]
    assert table["beds"].tolist() == ["300"]


def test_a_renamed_file_is_told_by_the_code_of_each_row(tmp_path: Path) -> None:
    rows = medical_row("1", "a", kind="1", beds="20") + medical_row("2", "b", kind="2", beds="19")
    table, findings = read(open_mhlw, tmp_path / "a.csv", MEDICAL_HEAD + rows)
    assert table["category"].tolist() == ["hospital", "clinic"]
    assert not findings.notes


def test_beds_that_the_law_rules_out_are_noted(tmp_path: Path) -> None:
    # A hospital has 20 beds or more, a clinic 19 or fewer.
    rows = medical_row("1", "a", kind="1", beds="19") + medical_row("2", "b", kind="2", beds="20")
    _, findings = read(open_mhlw, tmp_path / "a.csv", MEDICAL_HEAD + rows)
    assert "row 2: hospitals of fewer than 20 beds" in told(findings)
    assert "row 3: clinics of 20 or more" in told(findings)


def test_a_published_zip_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "02-1_clinic_facility_info_20250601.zip"
    with zipfile.ZipFile(path, "w") as archive:
        text = MEDICAL_HEAD + medical_row("1", "医院", kind="2")
        archive.writestr("02-1_clinic_facility_info_20250601.csv", text.encode("utf-8-sig"))
    table = open_mhlw(path, Findings(layer=layer(path, "facilities"))).table
    assert table["category"].tolist() == ["clinic"]


def test_the_list_of_hours_is_refused_with_the_list_to_take(tmp_path: Path) -> None:
    text = "ID,診療科目コード,診療科目名,診療時間帯,月_診療開始時間\n1,1,内科,1,09:00\n"
    with pytest.raises(LayerError, match="01-1") as caught:
        read(open_mhlw, tmp_path / "a.csv", text)
    assert "hours" in caught.value.faults[0].what


def test_an_unknown_list_names_the_nearest_form_and_what_it_lacks(tmp_path: Path) -> None:
    text = "事業所名,サービスの種類,住所,緯度\na,通所介護,b,42.9\n"
    with pytest.raises(LayerError) as caught:
        read(open_mhlw, tmp_path / "a.csv", text)
    (fault,) = caught.value.faults
    assert "介護サービス情報公表" in fault.what
    assert "経度, 事業所番号 are missing" in fault.what


def test_column_names_may_differ_in_width_and_brackets(tmp_path: Path) -> None:
    head = MEDICAL_HEAD.replace("（", "(").replace("）", ")")
    table, _ = read(open_mhlw, tmp_path / "a.csv", head + medical_row("1", "a"))
    assert {"lon", "lat"} <= set(table)


def test_the_hospital_list_of_2015_says_no_more_than_it_knows(tmp_path: Path) -> None:
    text = (
        "id,hospital_name,postal_num,address,emergency,latitude,longtitude,sickbed_num,"
        "matanity_delivery,brain_ambulance\n"
        f"1,甲,085,釧路市,○,{LAT},{LON},643,○,\n2,乙,085,釧路市,,{LAT},{LON},,,\n"
    )
    table, _ = read(open_mhlw, tmp_path / "a.csv", text)
    assert table["roles"].tolist() == ["emergency_hospital;delivery", ""]
    assert table["category"].unique().tolist() == ["hospital"]
    assert table["address"].tolist() == ["釧路市", "釧路市"]
    services = read_services(preset_path("services.toml"))
    words = {w for s in services for w in s.select.get("roles", ())}
    assert not words & {"emergency_hospital", "delivery", "stroke_emergency"}


def test_columns_that_the_city_file_speaks_of_stay(tmp_path: Path) -> None:
    text = MEDICAL_HEAD + medical_row("1", "a")
    table, _ = read(open_mhlw, tmp_path / "a.csv", text, where={"祝日に休診": ("1",)})
    assert "祝日に休診" in table
    assert "略称" not in table


# Shelters


def test_sites_have_the_hazards_that_are_ticked_and_no_others(tmp_path: Path) -> None:
    rows = site_row(1, "1,,,,1,,,,") + site_row(2, ",1,,1,,,,1,1")
    table, findings = read(open_gsi, tmp_path / "a.csv", SITES_HEAD + rows)
    assert table["roles"].tolist() == ["emergency_site;tsunami_refuge", "emergency_site"]
    hazards = ["flood", "landslide", "storm_surge", "earthquake", "tsunami"]
    assert table[hazards].astype(int).to_numpy().tolist() == [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0]]
    assert table["volcano"].tolist() == [False, True]
    # The same address says nothing of this very building.
    assert table["shelter_at_address"].tolist() == [False, True]
    assert table["facility_id"].tolist() == ["E0120600000101", "E0120600000201"]
    assert not findings.notes


def test_the_former_national_list_gives_ids_and_both_designations(tmp_path: Path) -> None:
    text = (
        "市町村コード,都道府県名及び市町村名,NO,施設・場所名,住所,洪水,崖崩れ・土石流及び地滑り,高潮,地震,"
        "津波,大規模な火事,内水氾濫,火山現象,指定避難所との重複,緯度,経度,備考\n"
        f"012068,北海道釧路市,7,小学校,釧路市,,,,,1,,,,1,{LAT},{LON},\n"
        f"12068,北海道釧路市,8,公園,釧路市,,,,,,,,,,{LAT},{LON},\n"
        f"012069,北海道釧路市,9,山,釧路市,,,,,,,,,,{LAT},{LON},\n"
    )
    table, findings = read(open_gsi, tmp_path / "a.csv", text)
    assert table["roles"].tolist()[0] == "emergency_site;tsunami_refuge;designated_shelter"
    assert table["facility_id"].tolist() == ["01206-7", "01206-8", "toy-4"]
    assert "row 4: column municipality: '012069' is no municipal code" in told(findings)


def shelters(path: Path, count: int, *, admits: str | None = None) -> Path:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [LON, LAT]},
            "properties": {
                "NO": number,
                "共通ID": f"E01206{number:06d}11",
                "施設・場所名": "会館",
                "住所": "釧路市",
                "指定緊急避難場所との住所同一": "1",
                "受入対象者": admits,
            },
        }
        for number in range(1, count + 1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_shelters_come_as_points_and_doubles_are_noted(tmp_path: Path) -> None:
    path = shelters(tmp_path / "evacuation_012068.json", 2)
    findings = Findings(layer=layer(path, "facilities"))
    table = open_gsi(path, findings).table
    assert isinstance(table, gpd.GeoDataFrame)
    assert table["roles"].tolist() == ["designated_shelter"] * 2
    assert "row 2: 1 with name and place of a row before: kept" in told(findings)


def test_shelters_for_some_people_only_are_said(tmp_path: Path) -> None:
    path = shelters(tmp_path / "a.json", 1, admits="要配慮者及びその家族")
    findings = Findings(layer=layer(path, "facilities"))
    open_gsi(path, findings)
    assert "admit only some people (要配慮者及びその家族)" in told(findings)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("evacuation_012068.json", ""),
        ("evacuation_012069.json", "check digit is wrong"),
        ("evacuation_016616.json", "its name says municipality 01661, these rows 01206"),
    ],
)
def test_the_code_in_the_name_of_the_file_is_compared(tmp_path: Path, name: str, said: str) -> None:
    path = shelters(tmp_path / name, 1)
    findings = Findings(layer=layer(path, "facilities"))
    open_gsi(path, findings)
    assert said in told(findings)
    assert bool(findings.notes) == bool(said)


def test_a_tick_of_no_known_kind_is_a_fault_with_its_row(tmp_path: Path) -> None:
    _, findings = read(open_gsi, tmp_path / "a.csv", SITES_HEAD + site_row(1, "多分,,,,1,,,,"))
    assert findings.faults[0].where.endswith("row 2: column flood")
    assert "多分" in findings.faults[0].what


def test_roles_are_what_services_select(tmp_path: Path) -> None:
    rows = site_row(1, ",,,,1,,,,") + site_row(2, "1,,,,,,,,")
    table, _ = read(open_gsi, tmp_path / "a.csv", SITES_HEAD + rows)
    services = [s for s in read_services(preset_path("services.toml")) if s.key == "tsunami_refuge"]
    assert offers(gpd.GeoDataFrame(table), services)["name"].tolist() == ["広場1"]


@pytest.mark.parametrize("preset", ["mhlw.toml", "gsi.toml"])
def test_every_form_can_be_told_and_names_its_facilities(preset: str) -> None:
    forms = read_forms(preset)
    assert len({form.key for form in forms}) == len(forms)
    for form in forms:
        assert form.refuse or "name" in {form.rename.get(need) for need in form.needs}
        assert set(form.roles) <= {*form.rename.values(), *form.needs, "emergency"}
