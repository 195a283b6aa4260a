"""What a run leaves in its folders, and what can be read back from there."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import importlib.metadata
import io
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import toy
from pandas.testing import assert_frame_equal

from landuse import finished, outputs, read_city, run
from landuse.outputs import FORMATS, Places, check_places, export, places, record_of, write
from landuse.schema import ZONES
from landuse.sources.store import FORMULA_STARTS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from landuse.study import Study

TABLES = (
    "zone_areas",
    "coverage",
    "worst_towns",
    "regional",
    "rings",
    "overlaps",
    "indicators",
    "hazards",
    "bundles",
    "equity",
    "profiles",
)
BUILT = (
    *(f"{name}.csv" for name in TABLES),
    "zones.gpkg",
    "zones.qgs",
    "cells.parquet",
    "facilities.parquet",
    "provenance.json",
    "times.parquet",
    "report.html",
)
DRAWN = ("public.html", "staff.html", "zones.png", "zones.pdf")


@pytest.fixture
def built(toy_run: Run) -> Path:
    return toy_run.out / "built"


def rows_of(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


# Files


def test_a_run_leaves_the_files_of_the_contract_and_no_others(toy_run: Run) -> None:
    contract = {f"built/{name}" for name in BUILT} | {f"maps/{name}" for name in DRAWN}
    assert set(toy_run.files) == contract


def test_files_go_under_out_or_beside_the_reader(toy_run: Run, tmp_path: Path) -> None:
    city = toy_run.study.city
    assert places(city, out=tmp_path) == Places(built=tmp_path / "built", maps=tmp_path / "maps")
    here = places(city)
    assert (here.built.as_posix(), here.maps.as_posix()) == ("data/toy/built", "maps/toy")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_opens_in_excel(built: Path, name: str) -> None:
    data = (built / f"{name}.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")


def test_zone_areas_have_labels_shares_districts_and_one_total(built: Path) -> None:
    rows = rows_of(built / "zone_areas.csv")
    whole = [row for row in rows if row["district"] == "all"]
    assert [row["zone"] for row in whole] == [*ZONES, "all"]
    assert [row["label_ja"] for row in whole[:2] + whole[-1:]] == [
        "都市的地域",
        "都市的地域に準じる地域",
        "合計",
    ]
    assert sum(float(row["share"]) for row in whole[:-1]) == pytest.approx(1)
    assert {row["district"] for row in rows} == {"all", "main", "exclave"}


def test_coverage_has_the_columns_of_the_contract(built: Path) -> None:
    rows = rows_of(built / "coverage.csv")
    keys = ["service", "kind", "mode", "within", "group", "district", "zone"]
    assert {*keys, "demand", "served", "share", "grade"} <= set(rows[0])
    police = [row for row in rows if row["service"] == "police_box"]
    assert {row["served"] for row in police} == {""}
    assert {row["share"] for row in police} == {""}


def test_cells_have_the_columns_of_the_contract(built: Path, toy_run: Run) -> None:
    cells = gpd.read_parquet(built / "cells.parquet")
    contract = ["cell_id", "zone", "town", "district", "population", "population_65plus"]
    costs = [
        f"{service.key}_{part}"
        for service in toy_run.study.city.services
        for part in ("s", "reason")
    ]
    assert set(contract + costs) <= set(cells.columns)
    assert len(cells) == 26
    assert cells.crs == toy.CRS
    assert cells["cell_id"].str.fullmatch(r"\d{10}").all()
    geo = json.loads(pq.read_schema(built / "cells.parquet").metadata[b"geo"])
    assert geo["version"] == "1.1.0"


def test_facilities_without_a_place_are_in_the_file(built: Path) -> None:
    table = gpd.read_parquet(built / "facilities.parquet").set_index("facility_id")
    assert {"name", "service", "address", "grade"} <= set(table.columns)
    assert table.loc["f3"].geometry is None
    assert table.loc["f2"].geometry is not None


def test_the_geopackage_has_faces_and_zones_in_their_colours(built: Path) -> None:
    path = built / "zones.gpkg"
    faces = pyogrio.read_dataframe(path, layer="faces")
    assert {"zone", "rule", "claims", "grade", "area_km2"} <= set(faces.columns)
    zones = pyogrio.read_dataframe(path, layer="zones")
    assert zones["zone"].tolist() == list(ZONES)
    assert faces["area_km2"].sum() == pytest.approx(zones["area_km2"].sum())
    with closing(sqlite3.connect(path)) as base:
        query = "select f_table_name, styleQML from layer_styles where useAsDefault"
        styles = dict(base.execute(query))
    assert {"faces", "zones"} < set(styles)
    assert all(f'value="{zone}"' in styles["zones"] for zone in ZONES)
    assert "都市的地域" in styles["faces"]


def test_the_record_tells_where_every_input_comes_from(built: Path, toy_run: Run) -> None:
    record = json.loads((built / "provenance.json").read_text(encoding="utf-8"))
    by_key = {part["key"]: part for part in record["inputs"]}
    assert set(by_key) == set(toy.layers())
    for layer in toy_run.study.city.layers:
        told = by_key[layer.key]
        assert told["sha256"] == hashlib.sha256(layer.path.read_bytes()).hexdigest()
        assert (told["source"], told["licence"], told["vintage"]) == ("toy", "CC0", "2020")
        assert told["grade"] == toy.GRADES.get(layer.key, "official")
        assert told["rows"] > 0
    assert by_key["places"]["unplaced"] == 2
    assert record["versions"]["landuse"] == importlib.metadata.version("landuse")
    assert {"python", "shapely", "pyproj"} <= set(record["versions"])
    assert list(record["seconds"]) == ["read", "zones", "cells", "access", "coverage"]
    assert set(record["cost_methods"].values()) == {"surface"}
    assert record["area_km2"]["published"] == 0.25
    assert "services.toml" in record["tables"]
    text = json.dumps(record)
    assert str(toy_run.city.parent) not in text  # nobody's folders


def test_the_record_holds_the_hash_of_every_other_file(toy_run: Run) -> None:
    record = record_of(toy_run.out / "built")
    assert record
    made = {path.rsplit("/", 1)[1]: data for path, data in toy_run.files.items()}
    del made["provenance.json"]
    assert record["files"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in made.items()
    }


def test_the_pages_ask_for_nothing_and_speak_japanese(toy_run: Run) -> None:
    for name in ("maps/public.html", "maps/staff.html", "built/report.html"):
        page = toy_run.files[name].decode("utf-8")
        assert "玩具町" in page
        assert "都市的地域" in page
        assert 'src="http' not in page
        assert "cyberjapandata" not in page


def test_pictures_are_what_they_say(toy_run: Run) -> None:
    assert toy_run.files["maps/zones.png"].startswith(b"\x89PNG")
    assert toy_run.files["maps/zones.pdf"].startswith(b"%PDF")


def test_the_summary_shows_measured_and_published_area_side_by_side(toy_run: Run) -> None:
    lines = outputs.summary(toy_run.study).splitlines()
    assert "測定 measured" in lines[0]
    assert lines[1].startswith("  0.25 km² 公表 published (-0.00)")
    assert len(lines) == 2 + len(ZONES) + 1
    assert lines[-1].endswith("62 人 people on 26 cells")


# Names that would do harm


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run of a town whose texts are formulas and scripts."""
    from conftest import Run  # noqa: PLC0415 - a class of the fixtures

    folder = tmp_path_factory.mktemp("harmful")
    towns = toy.towns().assign(name=["=1+2", "@SUM(A1)", "<script>alert(1)</script>"])
    halls = toy.halls().assign(name=["=HYPERLINK(1)", "＋甲"], name_en=["-1", ""])
    study = run(read_city(toy.write_city(folder / "toy", towns=towns, halls=halls)))
    write(study, places(study.city, out=folder / "out"))
    return Run(city=folder / "toy" / "city.toml", out=folder / "out", study=study)


@pytest.mark.parametrize("name", TABLES)
def test_no_text_of_a_table_is_a_formula(harmful: Run, name: str) -> None:
    for row in rows_of(harmful.out / "built" / f"{name}.csv"):
        for text in row.values():
            try:
                float(text)
            except ValueError:
                assert not text.startswith(FORMULA_STARTS)


def test_formulas_are_named_in_the_tables_all_the_same(harmful: Run) -> None:
    towns = {row["town"] for row in rows_of(harmful.out / "built" / "worst_towns.csv")}
    assert towns == {"'=1+2"}


def test_formulas_come_back_as_they_were(harmful: Run) -> None:
    study = harmful.study
    again = finished.read(study.city, harmful.out / "built")
    assert again
    assert_frame_equal(again.worst_towns, study.worst_towns)
    assert again.regional["name"].tolist() == ["=HYPERLINK(1)", "＋甲"]


# A finished run


def test_a_finished_run_read_back_equals_the_run(toy_run: Run) -> None:
    study = toy_run.study
    again = finished.read(read_city(toy_run.city), toy_run.out / "built")
    assert again
    assert_frame_equal(again.faces, study.faces[again.faces.columns])
    assert set(study.faces.columns) == set(again.faces.columns)
    floats = study.cells.select_dtypes("float64").columns
    assert_frame_equal(
        again.cells.astype(dict.fromkeys(floats, "float64"))[study.cells.columns],
        study.cells,
        rtol=1e-6,
    )
    for name in ("facilities", "claims", "overlap_areas"):
        assert_frame_equal(getattr(again, name), getattr(study, name), check_exact=True)
    for name in ("coverage", "zone_areas", "worst_towns"):
        assert_frame_equal(getattr(again, name), getattr(study, name), rtol=1e-14)
    assert again.grid == study.grid
    assert again.cost_methods == study.cost_methods
    assert list(again.seconds) == list(study.seconds)


def test_a_finished_run_of_a_region_equals_it_too(harmful: Run) -> None:
    again = finished.read(harmful.study.city, harmful.out / "built")
    assert again
    assert_frame_equal(again.rings, harmful.study.rings)
    assert_frame_equal(again.regional, harmful.study.regional, check_dtype=False, rtol=1e-14)


def test_a_finished_run_of_a_bare_city_equals_it_too(tmp_path: Path) -> None:
    lost = dict.fromkeys(("people", "towns", "districts", "places"))
    study = run(read_city(toy.write_city(tmp_path / "toy", **lost)))
    write(study, places(study.city, out=tmp_path))
    again = finished.read(study.city, tmp_path / "built")
    assert again
    assert_frame_equal(again.coverage, study.coverage)
    assert again.regional.empty
    assert again.worst_towns.empty
    assert again.cells["population"].isna().all()


def test_a_table_reads_na_as_a_name_and_blanks_as_no_data(tmp_path: Path) -> None:
    path = tmp_path / "worst_towns.csv"
    path.write_text("town,district,demand\r\nNA,,\r\n'-甲,x,1.5\r\n", encoding="utf-8-sig")
    table = finished._table(path)
    assert table["town"].tolist() == ["NA", "-甲"]
    assert table["district"].tolist() == ["", "x"]
    assert np.isnan(table["demand"].iloc[0])


def altered(run_: Run, name: str) -> None:
    path = next(path for path in (run_.city.parent / name, run_.out / name) if path.exists())
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    "name",
    [
        "layers/land.geojson",
        "layers/people.csv",
        "city.toml",
        "services.toml",
        "built/coverage.csv",
        "built/zones.gpkg",
        "built/cells.parquet",
    ],
)
def test_a_run_no_longer_fits_when_a_file_of_it_has_changed(own_run: Run, name: str) -> None:
    city, built = read_city(own_run.city), own_run.out / "built"
    assert finished.read(city, built)
    altered(own_run, name)
    assert finished.read(read_city(own_run.city), built) is None


@pytest.mark.parametrize("name", ["built/regional.csv", "built/provenance.json"])
def test_a_run_no_longer_fits_when_a_file_of_it_is_gone(own_run: Run, name: str) -> None:
    (own_run.out / name).unlink()
    assert finished.read(read_city(own_run.city), own_run.out / "built") is None


def test_a_run_no_longer_fits_when_the_city_has_another_layer(own_run: Run) -> None:
    toy.write_layer(own_run.city.parent, "streets", toy.streets())
    block = toy.LAYER_TOML.format(
        key="streets", role="network", path="layers/streets.geojson", grade="official"
    )
    own_run.city.write_text(own_run.city.read_text(encoding="utf-8") + block, encoding="utf-8")
    assert finished.read(read_city(own_run.city), own_run.out / "built") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs": []}'])
def test_a_damaged_record_is_none(own_run: Run, text: str) -> None:
    (own_run.out / "built" / "provenance.json").write_text(text, encoding="utf-8")
    assert finished.read(read_city(own_run.city), own_run.out / "built") is None


def test_altered_maps_do_not_matter_because_nothing_is_read_from_them(own_run: Run) -> None:
    altered(own_run, "maps/public.html")
    assert finished.read(read_city(own_run.city), own_run.out / "built")


# Export


@pytest.mark.parametrize("name", FORMATS)
def test_a_finished_run_still_fits_after_an_export(own_run: Run, name: str) -> None:
    city, built = read_city(own_run.city), own_run.out / "built"
    study = finished.read(city, built)
    assert study
    paths = export(study, places(city, out=own_run.out), formats=[name])
    assert paths
    assert all(path.is_file() for path in paths)
    assert finished.read(city, built)


def test_an_export_of_another_study_does_not_pass_for_the_run(own_run: Run, tmp_path: Path) -> None:
    other = run(read_city(toy.write_city(tmp_path / "other", streets=toy.streets())))
    record = (own_run.out / "built" / "provenance.json").read_bytes()
    export(other, places(other.city, out=own_run.out), formats=["gpkg"])
    assert (own_run.out / "built" / "provenance.json").read_bytes() == record
    assert finished.read(read_city(own_run.city), own_run.out / "built") is None


def test_exported_tables_are_the_same_to_the_last_byte(own_run: Run) -> None:
    before = own_run.files
    study = finished.read(read_city(own_run.city), own_run.out / "built")
    assert study
    export(study, places(study.city, out=own_run.out), formats=["csv"])
    assert {name: own_run.files[name] == data for name, data in before.items()} == dict.fromkeys(
        before, True
    )


def test_geojson_is_in_degrees_and_names_its_claims(own_run: Run, toy_run: Run) -> None:
    where = places(toy_run.study.city, out=own_run.out)
    (path,) = export(toy_run.study, where, formats=["geojson"])
    table = gpd.read_file(path)
    assert path.name == "faces.geojson"
    lon, lat = toy.lonlat(0, 0)
    assert table.total_bounds[:2] == pytest.approx([lon, lat], abs=0.001)
    assert "urban_core" in set(table["claims"])


def test_a_sheet_of_another_size_has_a_name_of_its_own(own_run: Run, toy_run: Run) -> None:
    where, before = places(toy_run.study.city, out=own_run.out), own_run.files["maps/zones.pdf"]
    (path,) = export(toy_run.study, where, formats=["pdf"], paper="A4")
    assert path.name == "zones_a4.pdf"
    assert b"/MediaBox [ 0 0 841.88" in path.read_bytes()
    assert own_run.files["maps/zones.pdf"] == before


def test_a_geopackage_comes_with_its_project(own_run: Run, toy_run: Run) -> None:
    paths = export(toy_run.study, places(toy_run.study.city, out=own_run.out), formats=["gpkg"])
    assert [path.name for path in paths] == ["zones.gpkg", "zones.qgs"]


def test_the_report_goes_to_the_office_s_folder_in_both_forms(own_run: Run, toy_run: Run) -> None:
    paths = export(toy_run.study, places(toy_run.study.city, out=own_run.out), formats=["report"])
    assert [path.relative_to(own_run.out).as_posix() for path in paths] == [
        "built/report.html",
        "built/report.pdf",
    ]


def test_unknown_formats_are_refused_together_before_anything_is_written(
    toy_run: Run, tmp_path: Path
) -> None:
    with pytest.raises(outputs.InputError) as raised:
        export(toy_run.study, places(toy_run.study.city, out=tmp_path), formats=["csv", "x", "y"])
    assert [fault.what for fault in raised.value.faults] == ["'x' is unknown", "'y' is unknown"]
    assert not list(tmp_path.iterdir())


# Folders


def test_a_file_in_the_place_of_a_folder_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("", encoding="utf-8")
    where = Places(built=tmp_path / "out" / "built", maps=tmp_path / "out" / "maps")
    with pytest.raises(outputs.InputError, match="no folder that can be written to"):
        check_places(where)
    check_places(Places(built=tmp_path / "new" / "built", maps=tmp_path / "new" / "maps"))
    assert not (tmp_path / "new").exists()


def test_a_map_that_cannot_be_drawn_leaves_the_files_of_the_run_before(
    own_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own_run.files

    def fail(*_: object, **__: object) -> str:
        message = "no ink"
        raise ValueError(message)

    monkeypatch.setattr("landuse.maps.report_page", fail)
    with pytest.raises(ValueError, match="no ink"):
        write(own_run.study, places(own_run.study.city, out=own_run.out))
    assert own_run.files == before


def test_writing_changes_nothing_of_the_study(toy_run: Run, tmp_path: Path) -> None:
    study: Study = toy_run.study
    before = {
        field.name: getattr(study, field.name).copy(deep=True)
        for field in dataclasses.fields(study)
        if isinstance(getattr(study, field.name), pd.DataFrame)
    }
    write(study, places(study.city, out=tmp_path))
    for name, table in before.items():
        assert_frame_equal(getattr(study, name), table, check_exact=True)
