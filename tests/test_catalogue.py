"""The catalogue of official files: every trap of the columns is told apart, and no entry hangs."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from cataloguekit import CATALOGUE, EDITIONS, column, facility, labels, of
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from landuse.catalogue import Terms, fitting
from landuse.errors import CityError

if TYPE_CHECKING:
    from landuse.catalogue import Edition

ASKED_FOR = {
    "A09": {"2006", "2011", "2018"},
    "A10": {"2006", "2010", "2011", "2015"},
    "A11": {"2006", "2011", "2015"},
    "A12": {"2006", "2011", "2015"},
    "A13": {"2006", "2011", "2015"},
    "A15": {"2009", "2015"},
    "A16": {"2010", "2015", "2020"},
    "A27": {"2021", "2023"},
    "A29": {"2011", "2019"},
    "A31": {"2012"},
    "A31-maximum": {"2019", "2020"},
    "A31a-maximum": {"2022", "2023", "2024", "2025"},
    "A31b-maximum": {"2024"},
    "A32": {"2021", "2023"},
    "A33": {"2024"},
    "A38a": {"2014", "2020"},
    "A38b": {"2014", "2020"},
    "A38c": {"2014", "2020"},
    "A40": {"2017", "2024"},
    "A45": {"2019"},
    "A48": {"2021"},
    "A49": {"2020", "2024"},
    "A50": {"2020"},
    "A55-youto": {"2022"},
    "G04-a": {"2011"},
    "G04-d": {"2011"},
    "L03-a": {"1976", "1987", "1991", "1997", "2006", "2009", "2014", "2016", "2021"},
    "L03-b": {"1976", "1987", "1991", "1997", "2006", "2006-tky", "2009", "2014", "2016", "2021"},
    "L03-b-c": {"2021"},
    "L03-b-u": {"2009", "2014", "2016", "2021"},
    "L03-b_r": {"2014"},
    "N02-railway": {"2020", "2022", "2023"},
    "N02-station": {"2020", "2022", "2023"},
    "N03": {str(year) for year in range(2015, 2026)},
    "N07": {"2011", "2022"},
    "N10": {"2013", "2015", "2020"},
    "P02": {"1990", "2006"},
    "P04": {"2010", "2014", "2020"},
    "P05": {"2010", "2022"},
    "P11": {"2010", "2022"},
    "P13": {"2011"},
    "P14": {"2011", "2015", "2021", "2023"},
    "P17-point": {"2012"},
    "P18-point": {"2012"},
    "P20": {"2012"},
    "P23a": {"2012"},
    "P23b": {"2012"},
    "P27": {"2013"},
    "P28": {"2013"},
    "P29": {"2013", "2021", "2023"},
    "P30": {"2013"},
    "P34": {"2014"},
    "P35": {"2018"},
    "P36": {"2023"},
    "S12": {"2018", "2022"},
    "mesh1000r6": {"2024"},
    "mesh500r6": {"2024"},
    "mesh250r6": {"2024"},
    "mesh500h30": {"2018"},
    "census-mesh-500": {"2020"},
    "census-mesh-250": {"2020", "2015", "2010"},
    "monitoring": {"R6"},
    "worldcover": {"2021"},
    "hrlulc": {"v21.11"},
    "gsi-emergency": {"2025"},
    "gsi-evacuation": {"2025"},
    "mhlw-medical": {"2024"},
    "mhlw-care": {"2024"},
    "gtfs": {"feed"},
    "osm": {"extract"},
}
"""What the first users of the catalogue asked for: dataset and editions."""


def required(edition: Edition) -> list[str]:
    """Return the columns that a file of an edition must have."""
    return [column.name for column in edition.columns if not column.optional]


def examples(edition: Edition) -> list[str]:
    """Return names of files of an edition: its zips' and one for each of its globs."""
    urls = [edition.url.rsplit("/", 1)[-1].removesuffix(".zip")] if "?" not in edition.url else []
    zips = [url.format(pref="01", code="01206", mesh="6443") for url in urls if url]
    globs = [re.sub(r"\[(.).*?\]", r"\1", stem) for stem in edition.stems]
    return zips + [glob.replace("?", "5").replace("*", "_01") for glob in globs]


# ─── what stands in it ───────────────────────────────────────────────────────────────────


def test_everything_that_was_asked_for_is_in_the_catalogue() -> None:
    known = {key: set(dataset.editions) for key, dataset in CATALOGUE.datasets.items()}
    missing = {key: want - known.get(key, set()) for key, want in ASKED_FOR.items()}
    assert {key: want for key, want in missing.items() if want} == {}


def test_every_code_list_serves_a_column() -> None:
    used = {column.codes for edition in EDITIONS for column in edition.columns}
    assert set(CATALOGUE.codes) <= used


def test_the_address_of_an_edition_fills_in_for_kushiro() -> None:
    for edition in EDITIONS:
        filled = edition.url.format(pref="01", code="01206", mesh="6443")
        assert filled == "" or re.fullmatch(r"https://[\x21-\x7e]+", filled), edition.name
        assert "{" not in filled, edition.name


def test_the_reference_system_of_an_edition_is_one_of_degrees() -> None:
    for edition in EDITIONS:
        assert edition.crs == "" or CRS(edition.crs).is_geographic, edition.name
        assert edition.encoding in ("", "cp932", "utf-8"), edition.name


def test_what_is_not_verified_says_what_the_doubt_is() -> None:
    for edition in EDITIONS:
        assert edition.mark == "verified" or edition.note, edition.name


def test_readable_names_are_plain_words_and_one_file_column_has_one_case_of_letters() -> None:
    for edition in EDITIONS:
        names = [column.name.lower() for column in edition.columns]
        assert len(names) == len(set(names)), edition.name
        for each in edition.columns:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", each.to), (edition.name, each.to)
            assert each.ja, (edition.name, each.name)


def test_no_raw_features_stand_in_a_public_map_where_commerce_is_barred() -> None:
    barred = [edition for edition in EDITIONS if edition.terms.name[-3:] == "非商用"]
    assert barred
    assert not any(edition.terms.embed_raw or edition.terms.redistribute for edition in barred)
    assert all(edition.terms.embed_derived for edition in barred)
    assert {"A12", "A11"} <= {edition.dataset for edition in barred}


def test_terms_that_leave_a_prefecture_out_do_so_there_only() -> None:
    # the page of A13 2015: CC BY 4.0, but Okayama (33) for no commercial use
    terms = of("A13", "2015").terms
    assert terms.embeds("01")
    assert not terms.embeds("33")


def test_terms_that_bar_features_bar_them_in_every_prefecture() -> None:
    terms = Terms(
        key="t",
        name="t",
        embed_raw=False,
        embed_derived=True,
        redistribute=False,
        commercial=False,
        attribution="t",
    )
    assert not terms.embeds("01")


def test_the_newest_edition_is_taken_where_none_is_named() -> None:
    for dataset in CATALOGUE.datasets:
        newest = CATALOGUE.edition(dataset, "", where="test")
        assert not newest.key.endswith("-tky"), dataset
        assert newest.key == max(CATALOGUE.datasets[dataset].editions)


# ─── the traps ───────────────────────────────────────────────────────────────────────────


def test_code_1_of_city_regions_was_the_whole_region_and_became_the_urbanisation_area() -> None:
    assert labels(of("A09", "2006"), "class_code")["1"] == "都市地域"
    assert labels(of("A09", "2011"), "class_code")["1"] == "都市地域"
    assert labels(of("A09", "2018"), "class_code")["1"] == "市街化区域"
    claims = {year: of("A09", year).recipes["claims"].claim_codes for year in ("2006", "2018")}
    assert claims["2006"]["1"] == "urban_other"
    assert claims["2018"]["1"] == "urban_core"


def test_the_same_column_layer_no_means_two_things_and_the_other_columns_tell_which() -> None:
    years = [of("A09", year) for year in ("2006", "2011", "2018")]
    assert fitting(years, ["prefec_cd", "area_cd", "layer_no"])[0].key == "2018"
    ten = [name.lower() for name in required(of("A09", "2011"))]
    assert "layer_no" in ten
    assert fitting(years, ten)[0].key == "2011"


def test_school_class_and_name_moved_up_a_column_after_2013() -> None:
    before, after = of("P29", "2013"), of("P29", "2023")
    assert [column(before, to).name for to in ("class_code", "name")] == ["P29_004", "P29_005"]
    assert [column(after, to).name for to in ("class_code", "name")] == ["P29_003", "P29_004"]
    assert before.missing(required(after)) == []  # so that names alone would never refuse it
    assert fitting([before, after], required(after))[0] is after


def test_welfare_702_became_the_support_centre_in_2015() -> None:
    assert facility(of("P14", "2011"), "category", "702") == "welfare_centre"
    assert facility(of("P14", "2015"), "category", "702") == "support_centre"
    assert facility(of("P14", "2015"), "category", "721") == "support_centre"
    assert labels(of("P14", "2011"), "class_code")["702"] == "地域福祉センター"


def test_welfare_columns_shifted_in_2021() -> None:
    assert column(of("P14", "2015"), "address").name == "P14_003"
    assert column(of("P14", "2021"), "municipality_code").name == "P14_003"
    assert column(of("P14", "2023"), "name").name == "P14_008"


def test_the_second_column_of_bus_stops_turned_from_class_to_operator() -> None:
    assert column(of("P11", "2010"), "class_code").name == "P11_002"
    assert column(of("P11", "2010"), "class_code").type == "codes"  # "1,1,1" in one cell
    assert column(of("P11", "2022"), "operator").name == "P11_002"


def test_bus_routes_lost_how_often_they_run() -> None:
    services = {column.to for column in of("N07", "2011").columns}
    assert {"services_weekday", "services_saturday", "services_holiday"} <= services
    assert {column.to for column in of("N07", "2022").columns} == {"operator", "remark"}


def test_land_use_codes_keep_their_zeros_and_unknown_is_no_class() -> None:
    use = column(of("L03-b", "2021"), "land_use")
    assert "0500" in CATALOGUE.codes[use.codes].labels
    assert "500" not in CATALOGUE.codes[use.codes].labels
    assert use.unknown == ("9999",)
    assert "9999" not in CATALOGUE.codes[use.codes].labels


def test_land_use_letters_of_1991_are_not_the_numbers_of_2009() -> None:
    assert labels(of("L03-b", "1991"), "land_use")["B"] == "河川地及び湖沼"
    assert labels(of("L03-b", "1976"), "land_use")["B"] == "湖沼"
    assert labels(of("L03-b", "1987"), "land_use")["B"] == "内水地"


def test_mesh_files_without_a_datum_in_their_name_are_in_the_tokyo_datum() -> None:
    for year in ("1976", "1987", "1991", "1997", "2006-tky"):
        edition = of("L03-b", year)
        assert edition.crs == "EPSG:4301"
        assert "_{mesh}_GML" in edition.url
        assert edition.owns(f"L03-b-{year[2:4]}_6443")
        assert not edition.owns(f"L03-b-{year[2:4]}_6443-jgd")
    assert of("L03-b", "2016").crs == "EPSG:4612"
    assert of("L03-b", "2021").crs == "EPSG:6668"


def test_the_first_column_of_land_use_areas_is_the_mesh_and_not_the_rice() -> None:
    areas = of("L03-a", "1991")
    assert column(areas, "mesh_code").name == "L03a_001"
    assert column(areas, "rice_m2").name == "L03a_002"


def test_the_files_of_the_four_regions_of_2015_are_told_apart_by_their_last_digits() -> None:
    # the pages say so: 05 and 06 are farm regions, 07 to 10 forest, 11 to 13 parks, 14 to 16
    regions = {"A12": (5, 6), "A13": (7, 8, 9, 10), "A10": (11, 12, 13), "A11": (14, 15, 16)}
    for dataset, own in regions.items():
        for layer in range(5, 17):
            stem = f"a0010800201602{layer:02}"
            assert of(dataset, "2015").owns(stem) == (layer in own), (dataset, layer)
            assert not of(dataset, "2011").owns(stem)
            assert of(dataset, "2011").owns(stem.replace("201602", "201203")) == (layer in own)
        assert set(labels(of(dataset, "2015"), "layer_no")) == {str(layer) for layer in own}


def test_stations_are_lines_that_become_one_point_for_each_group() -> None:
    stations = of("N02-station", "2023")
    assert CATALOGUE.datasets["N02-station"].shapes == ("line",)
    assert stations.midpoint == "group_code"
    assert column(stations, "group_code").name == "N02_005g"


def test_islets_are_dissolved_by_the_code_of_their_municipality() -> None:
    areas = of("N03", "2023")
    assert column(areas, areas.dissolve).name == "N03_007"
    assert areas.recipes["boundary"].where == {"code": ("{code}",)}


def test_overlapping_floods_count_by_their_highest_rank_and_the_scale_rises() -> None:
    floods = of("A31a-maximum", "2024")
    assert column(floods, floods.highest).name == "A31a_205"
    assert list(labels(floods, "rank")) == ["1", "2", "3", "4", "5", "6"]
    assert of("A31", "2012").highest == ""  # two scales side by side have no highest


def test_depths_of_tsunami_and_surge_are_free_text() -> None:
    assert column(of("A40", "2024"), "depth").type == "depth"
    assert column(of("A49", "2024"), "depth").type == "depth"


def test_only_the_2020_list_of_hospitals_has_beds() -> None:
    assert column(of("P04", "2020"), "beds").name == "P04_008"
    assert "beds" not in {column.to for column in of("P04", "2014").columns}


def test_passengers_of_a_year_stand_four_columns_on() -> None:
    # 2011 is column 9; four columns a year, so 2018 is 37 and 2022 is 53
    passengers = of("S12", "2022")
    years = {year: column(passengers, f"passengers_{year}").name for year in (2011, 2018, 2022)}
    assert years == {2011: "S12_009", 2018: "S12_037", 2022: "S12_053"}


def test_a_run_of_columns_has_its_number_in_every_name() -> None:
    people = of("mesh500r6", "2024")
    old = column(people, "population_65plus_2050")
    assert (old.name, old.ja) == ("PTC_2050", "男女計65歳以上人口 2050")
    assert column(people, "population_5to9_2030").aliases == ("PT2_2030",)
    assert column(people, "population_2020").name == "PTN_2020"
    assert people.recipes["population"].rename["population_2025"] == "population"


def test_the_coastal_defences_are_as_the_genuine_file_has_them() -> None:
    points = of("P23a", "2012")
    assert [each.name for each in points.columns] == [
        *(f"P23a_{number:03}" for number in range(1, 12)),
        "P23a_016",
        *(f"P23a_{number:03}" for number in range(12, 16)),
    ]
    assert column(points, "length_m").type == "number"


# ─── which edition a file is of ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("dataset", CATALOGUE.datasets)
def test_no_file_name_belongs_to_two_editions_of_a_dataset(dataset: str) -> None:
    editions = CATALOGUE.datasets[dataset].editions.values()
    for one, other in combinations(editions, 2):
        assert not any(other.owns(name) for name in examples(one)), (one.name, other.name)
        assert not any(one.owns(name) for name in examples(other)), (one.name, other.name)


def test_an_edition_owns_a_file_that_is_called_as_its_globs_say() -> None:
    for edition in EDITIONS:
        assert edition.stems
        glob = re.sub(r"\[(.).*?\]", r"\1", edition.stems[0])
        name = glob.replace("?", "5").replace("*", "_01")
        assert edition.owns(name)
        assert edition.owns(name.upper())


@pytest.mark.parametrize("dataset", CATALOGUE.datasets)
def test_the_columns_of_an_edition_fit_it_best(dataset: str) -> None:
    editions = list(CATALOGUE.datasets[dataset].editions.values())
    for edition in editions:
        best = fitting(editions, required(edition))[0]
        assert required(best) == required(edition), (edition.name, best.name)
        best = fitting(editions, [each.name for each in edition.columns])[0]
        assert best.missing([each.name for each in edition.columns]) == []


def test_only_the_name_of_a_file_tells_some_land_use_areas_apart() -> None:
    # with its column for what lies outside, 1991 has the thirteen columns of 1987
    then, later = of("L03-a", "1987"), of("L03-a", "1991")
    assert [each.name for each in then.columns] == [each.name for each in later.columns]
    assert column(then, "field_m2").name == column(later, "other_farm_m2").name
    assert later.owns("L03-a-91_6443")
    assert not then.owns("L03-a-91_6443")


@given(st.data())
def test_letters_and_order_of_columns_do_not_matter_to_which_edition_fits(
    data: st.DataObject,
) -> None:
    edition = data.draw(st.sampled_from([each for each in EDITIONS if each.columns]))
    editions = CATALOGUE.datasets[edition.dataset].editions.values()
    names = required(edition)
    other = data.draw(st.permutations(names))
    swapped = [name.swapcase() if data.draw(st.booleans()) else name for name in other[:5]]
    assert fitting(editions, swapped + list(other[5:])) == fitting(editions, names)


@given(st.data())
def test_a_lost_column_is_named(data: st.DataObject) -> None:
    edition = data.draw(st.sampled_from([each for each in EDITIONS if required(each)]))
    lost = data.draw(st.sampled_from(required(edition)))
    assert edition.missing(name for name in required(edition) if name != lost) == [lost]


@pytest.mark.parametrize(
    ("dataset", "edition", "told"),
    [("A99", "", "is 'A99', not known"), ("A09", "2019", "which A09 does not have")],
)
def test_what_is_not_in_the_catalogue_is_refused_with_what_is(
    dataset: str, edition: str, told: str
) -> None:
    with pytest.raises(CityError, match=told) as caught:
        CATALOGUE.edition(dataset, edition, where="test")
    (fault,) = caught.value.faults
    assert "A09" in fault.fix or "2018" in fault.fix
