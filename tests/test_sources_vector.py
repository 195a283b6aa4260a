"""Layers with geometry: what is read, repaired, reported and refused."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from layerkit import (
    CRS,
    LAT,
    LON,
    X,
    Y,
    boundary,
    faults,
    layer,
    points,
    read_layer,
    saved,
    squares,
)

from landuse.config import ROLES
from landuse.errors import CrsError, LayerError, MissingFileError
from landuse.sources import check_meets, geojson, read_all
from landuse.sources.columns import CONTRACTS
from landuse.sources.report import NAMED_ROWS, rows_text

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = (".parquet", ".gpkg", ".geojson", ".shp")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_rows_in_the_plane(tmp_path: Path, suffix: str) -> None:
    path = saved(squares(), tmp_path / f"a{suffix}")
    table, report = read_layer(layer(path))
    assert table.crs == CRS
    assert table["name"].tolist() == squares()["name"].tolist()
    assert table["claim"].tolist() == ["urban_core"] * 3
    assert table["layer"].tolist() == ["toy"] * 3
    assert table["grade"].tolist() == ["derived"] * 3
    assert table.area.tolist() == pytest.approx([1e4] * 3, abs=0.01)
    assert (report.key, report.role, report.rows, report.rows_in_file) == ("toy", "claims", 3, 3)
    assert not report.notes
    assert report.bytes > 0
    assert len(report.sha256) == 64


def test_the_index_of_the_file_does_not_come_along(tmp_path: Path) -> None:
    table = squares().set_index(pd.Index([7, 7, 9], name="fid"))
    table.to_parquet(tmp_path / "a.parquet")
    assert read_layer(layer(tmp_path / "a.parquet"))[0].index.tolist() == [0, 1, 2]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (fault,) = faults(layer(tmp_path / "gone.gpkg"), MissingFileError)
    assert "there is no file" in fault.what
    assert "path in the city file" in fault.fix


def test_a_kind_of_file_that_is_not_read_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "a.gml").write_text("<gml/>", encoding="utf-8")
    (fault,) = faults(layer(tmp_path / "a.gml"), LayerError)
    assert ".parquet" in fault.what


@pytest.mark.parametrize("suffix", [*FORMATS, ".csv", ".zip", ".graphml"])
def test_a_file_of_no_bytes_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.touch()
    (fault,) = faults(layer(path), LayerError)
    assert "no bytes" in fault.what


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".geojson", ".zip", ".graphml"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("釧路市の人口は…", encoding="utf-8")
    role = "network" if suffix == ".graphml" else "claims"
    (fault,) = faults(layer(path, role), LayerError)
    assert "read" in fault.what or "OSMnx" in fault.what


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_cut_in_two_is_never_half_read(tmp_path: Path, suffix: str) -> None:
    table = gpd.GeoDataFrame(pd.concat([squares()] * 100), crs=CRS)
    path = saved(table, tmp_path / f"a{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert faults(layer(path), LayerError)


def test_a_table_of_a_shapefile_cut_in_two_is_named(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.shp")
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-100])
    (fault,) = faults(layer(path), LayerError)
    assert fault.what == "its .dbf is cut short"


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = saved(squares(), folder / f"a{data.draw(st.sampled_from(FORMATS))}")
    part = data.draw(st.sampled_from(sorted(folder.iterdir())))
    content = bytearray(part.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    part.write_bytes(content)
    with suppress(LayerError):
        assert read_layer(layer(path))[1].rows_in_file


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".geojson"])
def test_an_empty_layer_is_refused(tmp_path: Path, suffix: str) -> None:
    path = saved(squares()[:0], tmp_path / f"a{suffix}")
    (fault,) = faults(layer(path), LayerError)
    assert fault.what == "is empty"


def test_a_layer_of_unusable_rows_only_is_refused_with_the_reasons(tmp_path: Path) -> None:
    table = points().set_geometry(gpd.GeoSeries([None, shapely.Point(), None], crs=CRS))
    path = saved(table.assign(town_id=["a", "b", "c"], district="x"), tmp_path / "a.parquet")
    (fault,) = faults(layer(path, "towns"), LayerError)
    assert fault.what == "has no usable row"
    assert "rows 1, 2, 3: no geometry" in fault.fix


# Reference systems


def without_system(path: Path) -> Path:
    if path.suffix == ".parquet":
        return saved(squares().set_crs(None, allow_override=True), path)
    saved(squares(), path)
    path.with_suffix(".prj").unlink()
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".shp"])
def test_a_layer_without_a_system_is_refused(tmp_path: Path, suffix: str) -> None:
    path = without_system(tmp_path / f"a{suffix}")
    (fault,) = faults(layer(path), CrsError)
    assert "no coordinate reference system" in fault.what
    assert 'crs = "EPSG:6668"' in fault.fix


def test_the_city_file_may_say_the_system(tmp_path: Path) -> None:
    path = without_system(tmp_path / "a.shp")
    table, report = read_layer(layer(path, crs=CRS))
    assert table.total_bounds.tolist() == pytest.approx([X, Y, X + 300, Y + 100])
    assert (report.crs, report.crs_from) == (CRS, "city file")


def test_a_layer_in_degrees_comes_into_the_plane(tmp_path: Path) -> None:
    path = saved(squares().to_crs("EPSG:6668"), tmp_path / "a.parquet")
    table, report = read_layer(layer(path))
    assert table.total_bounds.tolist() == pytest.approx([X, Y, X + 300, Y + 100], abs=0.001)
    assert (report.crs, report.crs_from) == ("EPSG:6668", "file")


def test_geojson_that_is_silent_is_in_degrees_unless_the_city_file_knows_better(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(squares().to_json(drop_id=True), encoding="utf-8")
    stated = path.read_text(encoding="utf-8")
    assert "crs" in stated
    silent = json.loads(stated)
    del silent["crs"]
    path.write_text(json.dumps(silent), encoding="utf-8")
    assert "numbers are metres" in faults(layer(path), CrsError)[0].what
    table, report = read_layer(layer(path, crs=CRS))
    assert table.total_bounds.tolist() == pytest.approx([X, Y, X + 300, Y + 100])
    assert report.crs_from == "city file"
    path.write_text(stated, encoding="utf-8")
    assert read_layer(layer(path))[1].crs_from == "file"


def test_two_names_of_one_system_agree(tmp_path: Path) -> None:
    path = saved(squares().to_crs("EPSG:6668"), tmp_path / "a.shp")  # an ESRI .prj
    assert len(read_layer(layer(path, crs="EPSG:6668"))[0]) == 3
    assert len(read_layer(layer(path, crs="EPSG:4326"))[0]) == 3


def test_two_systems_that_put_a_row_elsewhere_are_refused(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.gpkg")
    for other in ("EPSG:6680", "EPSG:6668"):
        (fault,) = faults(layer(path, crs=other), CrsError)
        assert "the city file says" in fault.what


def test_the_tokyo_datum_is_refused(tmp_path: Path) -> None:
    path = saved(
        squares().to_crs("EPSG:4326").set_crs(4301, allow_override=True), tmp_path / "a.gpkg"
    )
    (fault,) = faults(layer(path), CrsError)
    assert "Tokyo datum" in fault.what
    assert "TKY2JGD" in fault.fix


def test_a_statement_of_the_system_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.shp")
    system = path.with_suffix(".prj")
    system.write_bytes(
        system.read_bytes().replace(b"Transverse_Mercator", b"Transverse_\x9bercator")
    )
    assert faults(layer(path), LayerError)


def test_swapped_axes_are_refused(tmp_path: Path) -> None:
    table = squares().to_crs(4326)
    swapped = table.set_geometry(shapely.transform(table.geometry, lambda xy: xy[:, ::-1]))
    path = saved(swapped.set_crs(4326), tmp_path / "a.parquet")
    (fault,) = faults(layer(path), CrsError)
    assert "latitude stands where longitude belongs" in fault.what
    assert "longitude is x" in fault.fix


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("EPSG:4326", "numbers are metres"),
        ("EPSG:32654", "lies outside Japan"),  # UTM wants northings of millions
        ("EPSG:2193", "lies outside Japan"),  # New Zealand
    ],
)
def test_a_wrong_system_is_refused_where_it_leads_out_of_japan(
    tmp_path: Path, said: str, problem: str
) -> None:
    path = saved(squares().set_crs(said, allow_override=True), tmp_path / "a.parquet")
    (fault,) = faults(layer(path), CrsError)
    assert problem in fault.what


@pytest.mark.parametrize("swap", [False, True])
def test_degrees_that_call_themselves_metres_are_refused(tmp_path: Path, swap: bool) -> None:  # noqa: FBT001 - a parameter of the test
    place = (LAT, LON) if swap else (LON, LAT)
    table = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(place).buffer(0.01)], crs=CRS)
    (fault,) = faults(layer(saved(table, tmp_path / "a.parquet")), CrsError)
    assert "its numbers are degrees" in fault.what


def test_a_wrong_plane_zone_is_found_by_the_boundary(tmp_path: Path) -> None:
    path = saved(squares().set_crs("EPSG:6669", allow_override=True), tmp_path / "a.parquet")
    table, _ = read_layer(layer(path))  # falls near Kyushu, inside Japan
    with pytest.raises(LayerError, match=r"farm: .*nearest row is 1,\d\d\d.* km away") as caught:
        check_meets({"farm": table, "towns": points()}, boundary())
    assert "plane zone" in caught.value.faults[0].fix
    assert len(caught.value.faults) == 1


def test_northing_and_easting_swapped_are_found_by_the_boundary() -> None:
    swapped = squares().set_geometry(
        shapely.transform(squares().geometry, lambda xy: xy[:, ::-1]), crs=CRS
    )
    with pytest.raises(LayerError, match="would with its axes swapped"):
        check_meets({"farm": swapped}, boundary())


def test_a_boundary_that_meets_no_layer_is_the_first_suspect() -> None:
    far = boundary().translate(1e5, 0).to_frame("geometry")
    with pytest.raises(LayerError) as caught:
        check_meets({"farm": squares(), "towns": points()}, far)
    assert [fault.where for fault in caught.value.faults] == ["boundary", "farm", "towns"]
    check_meets({"farm": squares(), "towns": points()}, far, margin_m=1e5)
    check_meets({"farm": squares(), "none": squares()[:0]}, boundary())


# Geometries


def bow_tie() -> shapely.Polygon:
    """Two triangles of 100 m by 50 m that meet in a point; their signed areas cancel."""
    return shapely.Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100), (X, Y)])


def test_a_self_crossing_polygon_is_repaired_counted_and_reported(tmp_path: Path) -> None:
    table = squares()
    table.loc[1, "geometry"] = bow_tie()
    read, report = read_layer(layer(saved(table, tmp_path / "a.parquet")))
    assert read.is_valid.all()
    assert read.area[1] == pytest.approx(5000)
    assert report.repaired == 1
    assert report.area_change_m2 == pytest.approx(5000)
    (note,) = report.notes
    assert note.where == "a.parquet [toy]: row 2"
    assert "area changed by +5,000.0 m2" in note.what


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=8))
def test_any_ring_comes_out_valid_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, ring: list[tuple[int, int]]
) -> None:
    shape = shapely.Polygon([(X + 10 * x, Y + 10 * y) for x, y in ring])
    table = squares()
    table.loc[2, "geometry"] = shape
    path = saved(table, tmp_path_factory.mktemp("ring") / "a.parquet")
    read, report = read_layer(layer(path))
    assert read.is_valid.all()
    assert set(read.geom_type) <= {"Polygon", "MultiPolygon"}
    assert report.rows == 3 - report.dropped
    assert report.repaired == (not shape.is_valid)


def test_rows_without_usable_coordinates_are_named_and_left_out(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {"town_id": list("abcdefg"), "name": "x", "district": "y"},
        geometry=[
            shapely.Point(LON, LAT),
            None,
            shapely.Point(),
            shapely.Point(0, 0),
            shapely.Point(np.nan, LAT),
            shapely.Point(LAT, LON),
            shapely.Point(LON, LAT),
        ],
        crs=4326,
    )
    read, report = read_layer(layer(saved(table, tmp_path / "a.parquet"), "towns"))
    assert read["town_id"].tolist() == ["a", "g"]
    assert report.dropped == 5
    assert [str(note).removeprefix("a.parquet [toy]: ") for note in report.notes] == [
        "rows 2, 3: no geometry: not used — correct them in the file",
        "row 5: NaN or infinite coordinates: not used — correct them in the file",
        "row 4: coordinates (0, 0): not used — correct them in the file",
        "row 6: coordinates outside Japan: not used — correct them in the file",
    ]


def test_a_boundary_must_be_whole(tmp_path: Path) -> None:
    table = squares()
    table.loc[1, "geometry"] = None
    (fault,) = faults(layer(saved(table, tmp_path / "a.parquet"), "boundary"), LayerError)
    assert fault.where.endswith("row 2")


def test_a_boundary_of_many_parts_becomes_one_row(tmp_path: Path) -> None:
    table = pd.concat([squares(2), squares(2).translate(5000, 0).to_frame("geometry")])
    path = saved(gpd.GeoDataFrame(table, crs=CRS), tmp_path / "a.parquet")
    read, report = read_layer(layer(path, "boundary"))
    assert read.geom_type.tolist() == ["MultiPolygon"]
    assert read["name"].tolist() == ["玩具"]
    assert read.area.sum() == pytest.approx(4e4)
    assert "4 polygons made one boundary of 2 parts" in report.notes[0].what


@pytest.mark.parametrize("role", ["claims", "boundary", "population"])
def test_the_wrong_kind_of_geometry_is_a_fault(tmp_path: Path, role: str) -> None:
    path = saved(points().assign(population=1), tmp_path / "a.parquet")
    (fault,) = faults(layer(path, role), LayerError)
    assert "holds Point" in fault.what
    assert "role" in fault.fix


def test_heights_are_left_off(tmp_path: Path) -> None:
    table = squares()
    path = saved(table.set_geometry(shapely.force_3d(table.geometry, 9.0)), tmp_path / "a.gpkg")
    assert not read_layer(layer(path))[0].has_z.any()


# Columns


def test_every_role_says_what_it_promises() -> None:
    # A timetable and published values are no layers of rows with a place.
    assert set(CONTRACTS) == set(ROLES) - {"timetable", "official_values"}


def test_columns_are_renamed_rows_selected_and_constants_added(tmp_path: Path) -> None:
    table = points().assign(種別=[1.0, 2.0, 1.0])
    wanted = layer(
        saved(table, tmp_path / "a.gpkg"),
        "facilities",
        rename={"種別": "kind"},
        where={"kind": ("1",)},
        constants={"category": "clinic"},
    )
    read, report = read_layer(wanted)
    assert read["name"].tolist() == ["新橋大通", "愛国"]
    assert read["category"].tolist() == ["clinic"] * 2
    assert read["facility_id"].tolist() == ["toy-1", "toy-3"]
    assert (report.not_selected, report.rows_in_file) == (1, 3)


def test_everything_wrong_with_the_columns_is_said_at_once(tmp_path: Path) -> None:
    table = squares().assign(population=[1, -2, 3], cell_id=["a", "a", ""], grade=["x", "", ""])
    wanted = layer(
        saved(table, tmp_path / "a.gpkg"),
        "population",
        rename={"人口": "people"},
        where={"year": ("2020",)},
        constants={"name": "b"},
    )
    found = {fault.where.partition("]: ")[2]: fault.what for fault in faults(wanted, LayerError)}
    assert set(found) == {
        "column 人口",
        "column year",
        "column name",
        "row 2: column population",
        "rows 1, 2: column cell_id",
        "row 3: column cell_id",
        "row 1: column grade",
    }
    assert found["row 2: column population"] == "is negative (-2)"
    assert found["rows 1, 2: column cell_id"] == "'a' stands 2 times"


def test_a_selection_that_finds_nothing_shows_what_there_is(tmp_path: Path) -> None:
    wanted = layer(saved(squares(), tmp_path / "a.gpkg"), where={"name": ("札幌",)})
    (fault,) = faults(wanted, LayerError)
    assert "愛国" in fault.what


def test_a_name_taken_twice_is_refused(tmp_path: Path) -> None:
    table = squares().assign(名前="x")
    wanted = layer(saved(table, tmp_path / "a.gpkg"), rename={"名前": "name"}, claim="water")
    (fault,) = faults(wanted, LayerError)
    assert "another column has" in fault.what


@pytest.mark.parametrize(
    ("role", "missing"),
    [
        ("districts", ["district", "name_ja", "name_en"]),
        ("neighbours", ["name_ja", "code"]),
        ("population", ["population"]),
        ("claims", ["claim"]),
    ],
)
def test_each_missing_column_is_a_fault(tmp_path: Path, role: str, missing: list[str]) -> None:
    path = saved(squares(), tmp_path / "a.gpkg")
    found = faults(layer(path, role, constants={}), LayerError)
    assert [fault.where.rpartition(" ")[2] for fault in found][: len(missing)] == missing
    assert "found: name" in found[0].what


def test_claims_are_translated_and_unknown_codes_named(tmp_path: Path) -> None:
    table = squares().assign(地域区=["普通地域", "特別地域", "海域公園"])
    path = saved(table, tmp_path / "a.gpkg")
    codes = {"普通地域": "park_ordinary", "特別地域": "park_special"}
    (fault,) = faults(layer(path, claim_column="地域区", claim_codes=codes), LayerError)
    assert fault.where == "a.gpkg [toy]: row 3: column 地域区"
    assert "'海域公園'" in fault.what
    assert "where" in fault.fix
    kept = {"地域区": ("普通地域", "特別地域")}
    wanted = layer(path, claim_column="地域区", claim_codes=codes, where=kept)
    assert read_layer(wanted)[0]["claim"].tolist() == ["park_ordinary", "park_special"]


def test_whole_numbers_are_codes_without_a_point(tmp_path: Path) -> None:
    table = squares().assign(code=[1.0, 2.0, np.nan])
    path = saved(table, tmp_path / "a.gpkg")
    wanted = layer(
        path, claim_column="code", claim_codes={"1": "water", "2": "wetland", "": "built_up"}
    )
    assert read_layer(wanted)[0]["claim"].tolist() == ["water", "wetland", "built_up"]


def test_a_claim_said_twice_is_refused(tmp_path: Path) -> None:
    path = saved(squares().assign(claim="water"), tmp_path / "a.gpkg")
    assert read_layer(layer(path, constants={}))[0]["claim"].tolist() == ["water"] * 3
    (fault,) = faults(layer(path, claim="wetland"), LayerError)
    assert "more than once" in fault.what


def test_a_row_keeps_its_own_grade(tmp_path: Path) -> None:
    path = saved(squares().assign(grade=["official", None, ""]), tmp_path / "a.gpkg")
    assert read_layer(layer(path))[0]["grade"].tolist() == ["official", "derived", "derived"]


def test_areas_of_facilities_stand_for_a_point_within(tmp_path: Path) -> None:
    read, report = read_layer(layer(saved(squares(), tmp_path / "a.gpkg"), "facilities"))
    assert read.within(squares()).all()
    assert any("point within" in note.what for note in report.notes)


# Several layers in a file


def test_a_geopackage_of_several_layers_needs_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(squares(), path, layer="farm")
    pyogrio.write_dataframe(squares(2), path, layer="park")
    (fault,) = faults(layer(path), LayerError)
    assert "holds 2 layers (found: farm, park)" in fault.what
    assert "sublayer" in fault.fix
    assert len(read_layer(layer(path, sublayer="park"))[0]) == 2
    (fault,) = faults(layer(path, sublayer="forest"), LayerError)
    assert "has no layer 'forest'" in fault.what


def test_a_shapefile_without_its_companions_is_refused(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.shp")
    path.with_suffix(".dbf").unlink()
    (fault,) = faults(layer(path), LayerError)
    assert "lacks its companion .dbf" in fault.what


# The study area, and all layers together


def test_facilities_far_outside_the_area_are_left_out_and_counted(tmp_path: Path) -> None:
    table = points()
    table.loc[1, "geometry"] = shapely.Point(X + 1400, Y)
    table.loc[2, "geometry"] = shapely.Point(X + 1600, Y)
    wanted = layer(saved(table, tmp_path / "a.parquet"), "facilities")
    read, report = read_layer(wanted, area=boundary(), margin_m=500.0)
    assert (len(read), report.outside) == (2, 1)
    assert read_layer(wanted)[1].outside == 0


def test_people_count_where_the_centre_of_their_area_lies(tmp_path: Path) -> None:
    edge = [shapely.box(X + 1000 - inside, Y, X + 1100 - inside, Y + 100) for inside in (40, 60)]
    table = gpd.GeoDataFrame({"population": [1, 2]}, geometry=edge, crs=CRS)
    path = saved(table, tmp_path / "a.parquet")
    read, report = read_layer(layer(path, "population"), area=boundary(), margin_m=500.0)
    assert read["population"].tolist() == [2]
    assert report.outside == 1


def test_facilities_all_outside_the_area_are_a_fault(tmp_path: Path) -> None:
    path = saved(points(), tmp_path / "a.parquet")
    far = boundary().translate(1e5, 0).to_frame("geometry")
    with pytest.raises(LayerError, match=r"toy\]: does not meet the boundary"):
        read_layer(layer(path, "facilities"), area=far)


def test_faults_of_all_layers_come_together(tmp_path: Path) -> None:
    good = layer(saved(squares(), tmp_path / "a.gpkg"), key="good")
    gone = layer(tmp_path / "b.gpkg", key="gone")
    empty = layer(saved(squares()[:0], tmp_path / "c.gpkg"), key="empty")
    with pytest.raises(LayerError) as caught:
        read_all([good, gone, empty], crs=CRS)
    assert [fault.where for fault in caught.value.faults] == ["b.gpkg [gone]", "c.gpkg [empty]"]
    with pytest.raises(MissingFileError):
        read_all([good, gone], crs=CRS)
    done = read_all([good], crs=CRS)
    assert list(done) == ["good"]
    assert done["good"][1].key == "good"


def test_a_name_with_a_script_comes_through_as_text(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "=1+1", "${x}"]
    path = saved(squares().assign(name=names), tmp_path / "a.geojson")
    assert read_layer(layer(path))[0]["name"].tolist() == names


def test_a_message_names_some_rows_and_counts_the_rest() -> None:
    assert rows_text([3]) == "row 3"
    assert rows_text([3, 7]) == "rows 3, 7"
    assert rows_text(range(NAMED_ROWS + 5)).endswith("19 … and 5 more")


@pytest.mark.parametrize("feature", ["null", "5", '{"a": 1}'])
def test_a_feature_of_geojson_that_is_none_is_never_passed_over(
    tmp_path: Path, feature: str
) -> None:
    path = saved(squares(), tmp_path / "a.geojson")
    text = path.read_text(encoding="utf-8").replace('"features": [', f'"features": [{feature},', 1)
    path.write_text(text, encoding="utf-8")
    told = "".join(fault.what for fault in faults(layer(path), LayerError))
    assert "has 4 features, of which 3 are right" in told or "cannot be read" in told


def test_rows_that_a_geopackage_does_not_count_are_not_lost(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.gpkg")
    with closing(sqlite3.connect(path)) as base:
        base.execute("UPDATE gpkg_ogr_contents SET feature_count = 2")
        base.commit()
    (fault,) = faults(layer(path), LayerError)
    assert fault.what == "holds 3 rows, of which 2 can be read"


@given(st.integers(0, 5), st.sampled_from(["", "x" * 40]))
def test_features_are_counted_alike_in_small_and_large_files(count: int, name: str) -> None:
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": None}
    data = json.dumps({"type": "FeatureCollection", "features": [feature] * count}).encode()
    with pytest.MonkeyPatch.context() as patch:
        exact = geojson.features_in(data)
        patch.setattr(geojson, "MAX_PARSED", 10)
        assert geojson.features_in(data) == exact == count


def test_a_shape_past_repair_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = squares()
    bow = shapely.Polygon([(X, Y), (X + 100, Y + 100), (X + 100, Y), (X, Y + 100)])
    table = table.set_geometry([*table.geometry[:2], bow], crs=CRS)
    path = saved(table, tmp_path / "a.gpkg")

    def refuse(*_: object, **__: object) -> None:
        message = "Shell empty after removing invalid points"
        raise shapely.GEOSException(message)

    monkeypatch.setattr(shapely, "make_valid", refuse)
    found, report = read_layer(layer(path))
    assert len(found) == 2
    assert report.dropped == 1
    assert any("row 3" in str(n) and "cannot be made a shape" in n.what for n in report.notes)
