"""Downloads of 国土数値情報: every edition read back, every mix-up and half file refused."""

from __future__ import annotations

import zipfile
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ksjkit import (
    EDITIONS,
    KNOWN,
    LAT,
    LON,
    SETS,
    SEVERAL,
    STEP,
    Written,
    check,
    entry,
    faults,
    notes,
    opened,
    shape_of,
    written,
)
from layerkit import layer

from landuse.errors import CrsError, LayerError
from landuse.sources.ksj import open_ksj
from landuse.sources.report import Findings
from landuse.sources.window import Window

if TYPE_CHECKING:
    from pathlib import Path


# Every edition


@pytest.mark.parametrize(("dataset", "edition"), EDITIONS)
def test_every_edition_is_read_back_to_the_values_written(
    tmp_path: Path, dataset: str, edition: str
) -> None:
    made, one = written(tmp_path, dataset, edition)
    found, findings = opened(made.path, one)
    check(found, made, one)
    assert not findings.notes
    assert found.crs == (one.crs or "EPSG:6668")
    assert (found.crs_from, found.rows_in_file) == ("file", len(made.shapes))
    assert found.encoding in ("cp932", "utf-8")


@pytest.mark.parametrize("form", ["geojson", "gml"])
@pytest.mark.parametrize("dataset", SETS)
def test_every_dataset_is_the_same_in_its_other_forms(
    tmp_path: Path, dataset: str, form: str
) -> None:
    made, one = written(tmp_path, dataset, max(SETS[dataset].editions), form=form)
    found, findings = opened(made.path, one)
    check(found, made, one)
    assert not findings.notes
    assert found.crs == (one.crs or "EPSG:6668")


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
@pytest.mark.parametrize("dataset", SETS)
def test_every_dataset_is_read_without_its_prj_in_both_encodings(
    tmp_path: Path, dataset: str, encoding: str
) -> None:
    made, one = written(
        tmp_path, dataset, min(SETS[dataset].editions), prj=False, encoding=encoding
    )
    found, _ = opened(made.path, one)
    check(found, made, one)
    assert found.crs == (one.crs or "EPSG:6668")
    assert found.crs_from == "metadata"


@cache
def _kit(folder: Path, dataset: str, edition: str) -> Written:
    return written(folder / dataset / edition, dataset, edition, rows=3)[0]


@pytest.mark.parametrize("dataset", SEVERAL)
def test_a_file_of_another_edition_is_refused_and_its_edition_named(
    tmp_path: Path, dataset: str
) -> None:
    editions = SETS[dataset].editions
    for given_key in editions:
        made = _kit(tmp_path, dataset, given_key)
        for asked in editions.values():
            if asked.key != given_key:
                (fault,) = faults(made.path, asked)
                assert f'edition = "{given_key}"' in fault.fix, (asked.key, given_key, str(fault))


@pytest.mark.parametrize("dataset", SEVERAL)
def test_under_a_name_of_its_own_the_columns_still_tell_the_edition(
    tmp_path: Path, dataset: str
) -> None:
    editions = SETS[dataset].editions
    for key, one in editions.items():
        made, _ = written(tmp_path / key, dataset, key, rows=3, stem="kushiro")
        for asked in editions.values():
            names = {column.name for column in one.columns}
            if {column.name for column in asked.columns} == names:
                continue
            if asked.missing(names):
                (fault,) = faults(made.path, asked)
                assert "its columns fit" in fault.what or "is nearest" in fault.what


# Members of a download


def again(path: Path, change: dict[str, str | None], copies: dict[str, str] | None = None) -> Path:
    """Pack a download anew with members renamed, left out (None) or doubled."""
    with zipfile.ZipFile(path) as bundle:
        data = {info.filename: bundle.read(info) for info in bundle.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in data.items():
            new = name
            for old, other in change.items():
                new = None if new and old in new and other is None else new
                new = new.replace(old, other) if new and other is not None else new
            if new:
                bundle.writestr(new, content)
            for old, other in (copies or {}).items():
                if old in name:
                    bundle.writestr(name.replace(old, other), content)
    return path


def test_a_zip_file_in_a_zip_file_is_looked_into(tmp_path: Path) -> None:
    made, one = written(tmp_path / "in", "P04", "2020")
    outer = tmp_path / "a.zip"
    with zipfile.ZipFile(outer, "w") as bundle:
        bundle.write(made.path, f"deep/{made.path.name}")
    check(opened(outer, one)[0], made, one)


def test_a_folder_and_a_single_file_are_read_as_the_zip_file_is(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020", prj=False)
    with zipfile.ZipFile(made.path) as bundle:
        bundle.extractall(tmp_path / "out")
    check(opened(tmp_path / "out", one)[0], made, one)
    (shp,) = (tmp_path / "out").rglob("*.shp")
    found, _ = opened(shp, one)
    check(found, made, one)
    assert found.crs_from == "metadata"


def test_of_twins_in_folders_for_two_encodings_one_is_taken(tmp_path: Path) -> None:
    made, one = written(tmp_path, "N02-station", "2023")
    stem = made.path.stem
    again(made.path, {f"{stem}/": f"{stem}/Shift-JIS/"}, {f"{stem}/": f"{stem}/UTF-8/"})
    found, findings = opened(made.path, one)
    assert len(found.table) == len(made.shapes)
    assert not findings.notes


def test_twins_that_differ_are_refused(tmp_path: Path) -> None:
    made, one = written(tmp_path / "a", "P04", "2020")
    other, _ = written(tmp_path / "b", "P04", "2020", rows=2)
    with zipfile.ZipFile(other.path) as bundle, zipfile.ZipFile(made.path, "a") as target:
        for name in bundle.namelist():
            target.writestr(f"more/{name.rpartition('/')[2]}", bundle.read(name))
    (fault,) = faults(made.path, one)
    assert "different files of one name" in fault.what
    assert "sublayer" in fault.fix


def test_members_for_each_city_are_stacked_in_the_order_of_their_names(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A50", "2020", rows=2)
    stem = made.stem
    again(made.path, {stem: "A50-20_10"}, {stem: "A50-20_9"})
    found, _ = opened(made.path, one)
    assert found.table.index.tolist() == [1, 2, 3, 4]
    assert found.rows_in_file == 4


def test_a_layer_can_be_chosen_by_name(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A50", "2020", rows=2)
    again(made.path, {made.stem: "A50-20_10"}, {made.stem: "A50-20_9"})
    assert len(opened(made.path, one, sublayer="A50-20_9")[0].table) == 2
    (fault,) = faults(made.path, one, sublayer="A50-20_8")
    assert "holds no layer A50-20_8" in fault.what


def test_other_layers_of_a_download_stay_out(tmp_path: Path) -> None:
    stations, one = written(tmp_path / "a", "N02-station", "2023")
    lines, _ = written(tmp_path / "b", "N02-railway", "2023", rows=4)
    with zipfile.ZipFile(lines.path) as bundle, zipfile.ZipFile(stations.path, "a") as target:
        for name in bundle.namelist():
            target.writestr(name, bundle.read(name))
    check(opened(stations.path, one)[0], stations, one)


def test_names_of_members_in_cp932_are_understood(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020")
    again(made.path, {made.path.stem: "xxxxxx"})
    raw = made.path.read_bytes().replace(b"xxxxxx", "表示ソ".encode("cp932"))
    made.path.write_bytes(raw)
    check(opened(made.path, one)[0], made, one)


def test_a_file_under_its_own_name_is_read_by_its_columns_with_a_note(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020", stem="病院")
    found, findings = opened(made.path, one)
    check(found, made, one)
    assert "taken by its columns" in notes(findings)


def test_a_file_with_more_columns_than_its_edition_is_another_one(tmp_path: Path) -> None:
    made, _ = written(tmp_path, "P04", "2020", stem="病院")
    (fault,) = faults(made.path, entry("P04", "2014")[1])
    assert "P04_008, P04_009, P04_010, which P04 2014 does not have" in fault.what
    assert 'edition = "2020"' in fault.fix


def test_a_download_of_something_else_names_what_it_lacks(tmp_path: Path) -> None:
    made, _ = written(tmp_path, "P05", "2022", stem="x")
    (fault,) = faults(made.path, entry("A09", "2018")[1])
    assert "of A09 2018" in fault.what
    assert "P05_001" in fault.what
    assert "as it was downloaded" in fault.fix
    everything = [one for dataset in SETS.values() for one in dataset.editions.values()]
    findings = Findings(layer=layer(made.path, "land"))
    with pytest.raises(LayerError, match='write dataset = "P05" and edition'):
        open_ksj(
            made.path,
            findings,
            edition=entry("A09", "2018")[1],
            codes=KNOWN.codes,
            others=everything,
        )


def test_a_download_without_layers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("KS-META-A.xml", "<a/>")
    (fault,) = faults(path, entry("A09", "2018")[1])
    assert "holds no shapefile" in fault.what


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_lost_companion_is_named(tmp_path: Path, part: str) -> None:
    made, one = written(tmp_path, "P04", "2020")
    again(made.path, {part: None})
    (fault,) = faults(made.path, one)
    assert f"lacks its companion {part}" in fault.what


# Half files


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_a_file_cut_anywhere_is_refused_and_never_half_read(tmp_path: Path, part: str) -> None:
    made, one = written(tmp_path, "A13", "2015")
    with zipfile.ZipFile(made.path) as bundle:
        bundle.extractall(tmp_path / "out")
    (shp,) = (tmp_path / "out").rglob("*.shp")
    file = shp.with_suffix(part)
    data = file.read_bytes()
    for end in range(0, len(data) - 1, max(len(data) // 40, 1)):
        file.write_bytes(data[:end])
        assert faults(shp, one)


def test_a_table_of_fewer_rows_than_shapes_is_refused(tmp_path: Path) -> None:
    made, one = written(tmp_path / "a", "A13", "2015")
    other, _ = written(tmp_path / "b", "A13", "2015", rows=2)
    again(made.path, {".dbf": None})
    with zipfile.ZipFile(other.path) as bundle, zipfile.ZipFile(made.path, "a") as target:
        for name in bundle.namelist():
            if name.endswith(".dbf"):
                target.writestr(name, bundle.read(name))
    (fault,) = faults(made.path, one)
    assert "counts 6 rows, its .dbf 2" in fault.what


@given(st.data())
def test_a_damaged_download_is_read_or_refused_but_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    form = data.draw(st.sampled_from(["shp", "geojson", "gml"]))
    made, one = written(folder, "A13", "2015", form=form)
    with zipfile.ZipFile(made.path) as bundle:
        content = {info.filename: bundle.read(info) for info in bundle.infolist()}
    name = data.draw(st.sampled_from(sorted(content)))
    raw = bytearray(content[name])
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    content[name] = bytes(raw)
    with zipfile.ZipFile(made.path, "w") as bundle:
        for member, part in content.items():
            bundle.writestr(member, part)
    try:
        found, _ = opened(made.path, one)
    except LayerError as error:
        assert all(fault.fix for fault in error.faults)  # noqa: PT017
    else:
        assert found.rows_in_file == len(found.table)


def test_a_feature_that_gdal_would_leave_out_is_missed(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A13", "2015", form="geojson")
    with zipfile.ZipFile(made.path) as bundle:
        (name,) = (name for name in bundle.namelist() if name.endswith(".geojson"))
        text = bundle.read(name).replace(b'"type": "Feature"', b'"type": "Featore"', 1)
    (tmp_path / f"{made.stem}.geojson").write_bytes(text)
    (fault,) = faults(tmp_path / f"{made.stem}.geojson", one)
    assert "has 6 features, of which 5 are right" in fault.what


def test_a_damaged_zip_member_is_found_by_its_sum(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A13", "2015")
    with zipfile.ZipFile(made.path) as bundle:
        content = {info.filename: bundle.read(info) for info in bundle.infolist()}
    with zipfile.ZipFile(made.path, "w", zipfile.ZIP_STORED) as bundle:
        for name, part in content.items():
            bundle.writestr(name, part)
    raw = made.path.read_bytes()
    made.path.write_bytes(raw.replace("髙﨑2".encode("cp932"), "愛国2".encode("cp932"), 1))
    (fault,) = faults(made.path, one)
    assert "is damaged: Bad CRC-32" in fault.what


def test_links_and_locked_members_are_refused(tmp_path: Path) -> None:
    one = entry("A13", "2015")[1]
    link = zipfile.ZipInfo("A13-15_01.shp")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr(link, "/etc/passwd")
    (fault,) = faults(path, one)
    assert "is a link" in fault.what
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("A13-15_01.shp", "x")
    locked = bytearray(path.read_bytes())
    locked[6] |= 1
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(locked)
    (fault,) = faults(path, one)
    assert "encrypted" in fault.what


# Systems and encodings


def test_the_ending_of_a_name_tells_the_system_where_nothing_else_does(tmp_path: Path) -> None:
    made, one = written(tmp_path, "L03-b", "2016", prj=False, meta=False)
    found, _ = opened(made.path, one)
    assert (found.crs, found.crs_from) == ("EPSG:4612", "name")


def test_the_catalogue_tells_the_system_where_the_file_says_nothing(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020", prj=False, meta=False)
    found, _ = opened(made.path, one)
    assert (found.crs, found.crs_from) == (one.crs, "catalogue")
    found, _ = opened(made.path, one, crs="EPSG:4612")
    assert found.crs is None


def test_old_meshes_come_in_the_tokyo_datum(tmp_path: Path) -> None:
    made, one = written(tmp_path, "L03-b", "1976")
    assert opened(made.path, one)[0].crs == "EPSG:4301"


def test_a_download_that_contradicts_itself_about_its_datum_is_refused(tmp_path: Path) -> None:
    made, one = written(tmp_path, "L03-b", "2016")
    with zipfile.ZipFile(made.path, "a") as bundle:
        bundle.writestr("x/KS-META-x.xml", "")
    again(made.path, {"-jgd_GML/KS-META": "-jgd_GML/KS-META"})
    stem = made.path.stem.replace("-jgd", "-tky")
    wrong = made.path.rename(tmp_path / f"{stem}.zip")
    (fault,) = faults(wrong, one, CrsError)
    assert "contradicts itself" in fault.what
    assert ".prj: EPSG:4612" in fault.what
    found, _ = opened(wrong, one, crs="EPSG:4612")
    assert found.crs == "EPSG:4612"


def test_a_claim_of_the_wrong_encoding_is_noted_and_not_believed(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A13", "2015", encoding="utf-8")
    with zipfile.ZipFile(made.path) as bundle:
        bundle.extractall(tmp_path / "out")
    (shp,) = (tmp_path / "out").rglob("*.shp")
    shp.with_suffix(".cpg").write_text("CP932", encoding="ascii")
    found, findings = opened(shp, one)
    check(found, made, one)
    assert "says its texts are cp932, but they are utf-8" in notes(findings)


def test_half_width_kana_that_could_be_utf8_are_what_the_file_says(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P34", "2014", rows=1)
    with zipfile.ZipFile(made.path) as bundle:
        bundle.extractall(tmp_path / "out")
    (dbf,) = (tmp_path / "out").rglob("*.dbf")
    raw = dbf.read_bytes()
    kana = "ﾃｲ".encode("cp932")
    assert kana.decode("utf-8") == "ò"
    spoilt = raw.replace("釧路0".encode("cp932"), kana.ljust(5))
    dbf.write_bytes(spoilt)
    found, _ = opened(dbf.with_suffix(".shp"), one)
    assert (found.encoding, found.table["name"].tolist()) == ("cp932", ["ﾃｲ"])


# The window


def test_a_window_leaves_out_what_lies_wholly_outside_and_nothing_else(tmp_path: Path) -> None:
    box = (LON + 1.5 * STEP, LAT - 1, LON + 3.5 * STEP, LAT + 1)
    for form in ("shp", "geojson", "gml"):
        made, one = written(tmp_path / form, "A13", "2015", form=form)
        found, _ = opened(made.path, one, window=Window(bounds=box))
        assert found.table.index.tolist() == [3, 4]
        assert found.rows_in_file == 6
        whole, _ = opened(made.path, one)
        pd.testing.assert_frame_equal(
            pd.DataFrame(found.table), pd.DataFrame(whole.table.loc[[3, 4]]), check_dtype=False
        )


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.sampled_from(["point", "polygon"]))
def test_a_window_keeps_exactly_the_rows_whose_box_meets_it(
    tmp_path_factory: pytest.TempPathFactory, sides: list[float], kind: str
) -> None:
    dataset, edition = ("A13", "2015") if kind == "polygon" else ("P04", "2020")
    rng = np.random.default_rng(7)
    shapes = [
        shapely.affinity.translate(shape_of(kind, 0), *rng.uniform(-5, 5, 2)) for _ in range(40)
    ]
    folder = tmp_path_factory.mktemp("window")
    made, one = written(folder, dataset, edition, shapes=shapes)
    west, east = sorted(sides[:2])
    south, north = sorted(sides[2:])
    box = (LON + west, LAT + south, LON + east, LAT + north)
    found, _ = opened(made.path, one, window=Window(bounds=box))
    more = 0.0001 if one.crs == "EPSG:4612" else 0.0  # the ground moved between the two
    wide = shapely.box(box[0] - more, box[1] - more, box[2] + more, box[3] + more)
    meets = shapely.intersects(shapely.box(*shapely.bounds(np.array(shapes)).T), wide)
    assert found.table.index.tolist() == (np.flatnonzero(meets) + 1).tolist()
