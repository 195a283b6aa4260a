"""Rows and values of 国土数値情報: joined, ranked, decoded, and blank where not known."""

from __future__ import annotations

import math
import zipfile
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ksjkit import (
    EDITIONS,
    KNOWN,
    LAT,
    LON,
    SIDE,
    STEP,
    entry,
    faults,
    notes,
    opened,
    same,
    shape_of,
    stem_of,
    written,
)
from layerkit import layer

from landuse.errors import LayerError
from landuse.sources.ksj import depth_range_m, open_ksj, read_ksj
from landuse.sources.ksj.decode import decoded
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.catalogue import Edition


# Rows made of several


def test_parts_of_a_municipality_become_one_row_and_land_of_nobody_stays(tmp_path: Path) -> None:
    codes = ["01206", "01661", "01206", "", "01206", ""]
    made, one = written(tmp_path, "N03", "2023", cells={"N03_007": codes})
    found, findings = opened(made.path, one)
    assert found.table["municipality_code"].tolist() == ["01206", "01661", "", ""]
    assert found.table.index.tolist() == [1, 2, 4, 6]
    assert found.table.geometry.iloc[0].geom_type == "MultiPolygon"
    assert shapely.area(np.asarray(found.table.geometry)) == pytest.approx(
        SIDE**2 * np.array([3, 1, 1, 1])
    )
    assert found.table.geometry.iloc[0].equals(shapely.union_all(np.array(made.shapes)[[0, 2, 4]]))
    assert "rows 4, 6: no municipality_code: each kept" in notes(findings)


def test_lines_of_one_station_become_the_middle_of_its_longest_line(tmp_path: Path) -> None:
    shapes = [
        shapely.LineString([(LON, LAT), (LON + 0.002, LAT)]),
        shapely.LineString([(LON + 0.002, LAT), (LON + 0.004, LAT)]),
        shapely.LineString([(LON, LAT + 0.001), (LON + 0.001, LAT + 0.001)]),
        shapely.LineString([(LON + 0.1, LAT), (LON + 0.102, LAT)]),
        shapely.LineString([(LON + 0.2, LAT), (LON + 0.2, LAT + 0.002)]),
        shapely.LineString([(LON + 0.2001, LAT), (LON + 0.2001, LAT + 0.001)]),
    ]
    cells = {
        "N02_005g": ["000123"] * 4 + ["", ""],
        "N02_005": ["釧路"] * 4 + ["新富士"] * 2,
        "N02_003": ["根室線", "根室線", "釧網線", "根室線", "根室線", "根室線"],
        "N02_004": ["北海道旅客鉄道"] * 6,
    }
    made, one = written(tmp_path, "N02-station", "2023", shapes=shapes, cells=cells)
    found, findings = opened(made.path, one)
    points = shapely.get_coordinates(np.asarray(found.table.geometry))
    wanted = [(LON + 0.002, LAT), (LON + 0.101, LAT), (LON + 0.2, LAT + 0.001)]
    assert points == pytest.approx(np.array(wanted), abs=1e-9)
    line = next(c.to for c in one.columns if c.name == "N02_003")
    assert found.table[line].tolist() == ["根室線、釧網線", "根室線", "根室線"]
    assert "rows 5, 6: no group_code: grouped by" in notes(findings)


def rank_edition() -> Edition:
    """Return the edition of hazards with one column, a rank."""
    return entry("A31b-maximum", "2024")[1]


@given(st.data())
def test_overlapping_hazards_keep_their_area_and_the_highest_rank(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    one = rank_edition()
    (column,) = (c for c in one.columns if c.to == "rank")
    keys = sorted(KNOWN.codes[column.codes].labels, key=int)
    corner = st.integers(0, 9)
    boxes = data.draw(
        st.lists(
            st.tuples(corner, corner, st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=8
        )
    )
    shapes = [
        shapely.box(LON + x / 100, LAT + y / 100, LON + (x + w) / 100, LAT + (y + h) / 100)
        for x, y, w, h in boxes
    ]
    ranks = data.draw(st.lists(st.sampled_from(keys), min_size=len(boxes), max_size=len(boxes)))
    made, _ = written(
        tmp_path_factory.mktemp("rank"),
        one.dataset,
        one.key,
        shapes=shapes,
        cells={column.name: ranks},
    )
    table = opened(made.path, one)[0].table
    parts = np.asarray(table.geometry)
    assert shapely.area(parts).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)
    crossings = shapely.STRtree(parts).query(parts, predicate="overlaps")
    assert shapely.area(shapely.intersection(*parts[crossings])).sum() < 1e-12
    for _ in range(20):
        x = LON + data.draw(st.integers(0, 149)) / 1000 + 0.0005
        y = LAT + data.draw(st.integers(0, 149)) / 1000 + 0.0005
        above = [
            int(r) for r, s in zip(ranks, shapes, strict=True) if s.contains(shapely.Point(x, y))
        ]
        found = [
            int(r)
            for r, s in zip(table["rank"], parts, strict=True)
            if s.contains(shapely.Point(x, y))
        ]
        assert found == ([max(above)] if above else [])


# Values


def test_codes_are_found_however_they_were_saved(tmp_path: Path) -> None:
    cells = {"LAYER_NO": ["10", "７", "07", "7.0", "", "08"]}
    made, one = written(tmp_path, "A13", "2015", cells=cells)
    table = opened(made.path, one)[0].table
    column = next(c.to for c in one.columns if c.name == "LAYER_NO")
    assert table[column].tolist() == ["10", "7", "7", "7", "", "8"]
    assert table[f"{column}_ja"].tolist()[:2] == ["保安林", "森林地域"]
    assert table[f"{column}_ja"][5] == ""


def test_codes_that_no_list_has_are_named_with_how_often_they_stand(tmp_path: Path) -> None:
    made, one = written(
        tmp_path, "A13", "2015", cells={"LAYER_NO": ["77", "7", "77", "x", "7", "7"]}
    )
    (fault,) = faults(made.path, one)
    assert "'77' (2 rows), 'x' (1 rows)" in fault.what
    assert "another edition" in fault.fix
    lists = {**KNOWN.codes}
    codes = next(c.codes for c in one.columns if c.name == "LAYER_NO")
    lists[codes] = replace(lists[codes], partial=True)
    findings = Findings(layer=layer(made.path, "land"))
    table = open_ksj(made.path, findings, edition=one, codes=lists).table
    assert table.iloc[0]["layer_no"] == "77"
    assert table.iloc[0]["layer_no_ja"] == ""
    assert "kept without their meaning" in notes(findings)


def test_numbers_keep_the_decimals_that_the_header_denies(tmp_path: Path) -> None:
    made, one = written(
        tmp_path,
        "A13",
        "2015",
        cells={"AREA_SIZE": ["16.5", "1,234.25", "", "１２", "*****", "-0.5"]},
    )
    table = opened(made.path, one)[0].table
    column = next(c.to for c in one.columns if c.name == "AREA_SIZE")
    assert same(table[column], [16.5, 1234.25, math.nan, 12.0, math.nan, -0.5])


def test_a_number_that_is_none_is_noted_with_its_row_and_stays_blank(tmp_path: Path) -> None:
    made, one = written(
        tmp_path, "A13", "2015", cells={"AREA_SIZE": ["1", "約2", "3", "4", "5", "6"]}
    )
    found, findings = opened(made.path, one)
    assert math.isnan(found.table["area_ha"][2])
    assert "row 2: AREA_SIZE (area_ha) cannot be read as number: '約2'" in notes(findings)


def test_rows_without_a_shape_and_rows_marked_as_deleted_are_accounted_for(tmp_path: Path) -> None:
    shapes = [shape_of("polygon", 0), None, shape_of("polygon", 2)]
    made, one = written(tmp_path, "A13", "2015", shapes=shapes)
    with zipfile.ZipFile(made.path) as bundle:
        bundle.extractall(tmp_path / "out")
    (dbf,) = (tmp_path / "out").rglob("*.dbf")
    raw = bytearray(dbf.read_bytes())
    raw[int.from_bytes(raw[8:10], "little")] = ord("*")
    dbf.write_bytes(raw)
    found, findings = opened(dbf.with_suffix(".shp"), one)
    assert found.table.index.tolist() == [2, 3]
    assert found.table.geometry.isna().tolist() == [True, False]
    assert found.rows_in_file == 2
    assert "1 rows are marked as deleted" in notes(findings)


NUMBERS = st.integers(0, 300).map(lambda number: number / 10)


@given(NUMBERS, NUMBERS, st.data())
def test_a_depth_is_the_same_however_a_prefecture_writes_it(
    one: float, other: float, data: st.DataObject
) -> None:
    low, high = sorted((one, other))
    pick = lambda *ways: data.draw(st.sampled_from(ways))  # noqa: E731 - short for one test
    unit = pick("m", "ｍ", "メートル", " m ", "M")
    lower, upper = pick("以上", "超", "を超える"), pick("未満", "以下")
    wave = pick("～", "〜", "~", "-", "－", " ～ ", "")
    text = f"{low}{unit}{lower}{wave}{high}{unit}{upper}"
    if data.draw(st.booleans()):
        text = text.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    assert depth_range_m(text) == (low, high)
    only_low, only_high = (
        depth_range_m(f"{low}{unit}{lower}"),
        depth_range_m(f"{high}{unit}{upper}"),
    )
    assert only_low is not None
    assert only_high is not None
    assert only_low[0] == low and math.isnan(only_low[1])  # noqa: PT018
    assert math.isnan(only_high[0]) and only_high[1] == high  # noqa: PT018


@given(
    st.text(alphabet="0123456789.mｍcm以上未満〜～-超 、,メートルー浸水深", max_size=20) | st.text()
)
def test_no_text_makes_a_depth_that_ends_before_it_begins(text: str) -> None:
    span = depth_range_m(text)
    assert span is None or not span[0] > span[1]
    assert span is None or any(map(math.isfinite, span))


@pytest.mark.parametrize(
    "text",
    ["", "2m", "5m以上2m未満", "2m以上5m以上", "0.5、1m未満", "0.5 1m未満", "不明", "1m以上2m"],
)
def test_a_text_that_names_no_span_is_no_depth(text: str) -> None:
    assert depth_range_m(text) is None


def test_centimetres_are_metres(tmp_path: Path) -> None:
    del tmp_path
    assert depth_range_m("30cm以上50センチ未満") == pytest.approx((0.3, 0.5))


def test_a_depth_that_cannot_be_read_stays_as_a_text_with_a_note(tmp_path: Path) -> None:
    cells = {"A40_003": ["1m以上2m未満", "浅い"]}
    made, one = written(tmp_path, "A40", "2024", rows=2, cells=cells)
    found, findings = opened(made.path, one)
    to = next(c.to for c in one.columns if c.name == "A40_003")
    assert found.table[to].tolist() == ["1m以上2m未満", "浅い"]
    assert same(found.table[f"{to}_min_m"], [1.0, math.nan])
    assert "row 2" in notes(findings)


# What other programs make of the same files


def test_shapes_are_those_that_gdal_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    centres = np.column_stack((rng.uniform(LON, LON + 1, 60), rng.uniform(LAT, LAT + 1, 60)))
    shapes = []
    for x, y in centres:
        whole = shapely.union_all(
            [shapely.Point(x + k / 50, y).buffer(0.008) for k in range(rng.integers(1, 4))]
        )
        for hole in range(rng.integers(0, 3)):
            whole = whole.difference(shapely.Point(x + hole / 50, y).buffer(0.003))
            if rng.random() < 0.5:
                whole = whole.union(shapely.Point(x + hole / 50, y).buffer(0.001))
        shapes.append(whole)
    made, one = written(tmp_path, "A13", "2015", shapes=shapes)
    table = opened(made.path, one)[0].table
    ours = shapely.normalize(np.asarray(table.geometry))
    peer = pyogrio.read_dataframe(
        f"/vsizip/{made.path}/{made.path.stem}/{made.stem}.shp", columns=[]
    )
    assert shapely.equals_exact(ours, shapely.normalize(peer.geometry.to_numpy())).all()
    assert shapely.is_valid(ours).all()
    assert shapely.area(ours) == pytest.approx(shapely.area(shapes))


# For notebooks


def test_a_notebook_reads_a_download_by_its_name_alone(tmp_path: Path) -> None:
    made, one = written(tmp_path, "P04", "2020")
    table, told = read_ksj(made.path)
    assert table.crs == "EPSG:6668"
    assert not told
    assert {column.to for column in one.columns} <= set(table.columns)
    area = gpd.GeoDataFrame(
        geometry=[shapely.box(LON - STEP, LAT - STEP, LON + STEP / 2, LAT + STEP)], crs=6668
    )
    assert len(read_ksj(made.path, area=area.to_crs(6681))[0]) == 1
    assert read_ksj(made.path, dataset="P04", edition="2020", crs="EPSG:6681")[0].crs == "EPSG:6681"


def test_a_notebook_is_told_what_to_write_where_the_name_says_nothing(tmp_path: Path) -> None:
    made, _ = written(tmp_path, "P04", "2020", stem="x")
    with pytest.raises(LayerError, match='dataset="A13"'):
        read_ksj(made.path)
    assert len(read_ksj(made.path, dataset="P04", edition="2020")[0]) == 6


def test_the_kit_names_files_as_their_editions_know_them() -> None:
    for dataset, edition in EDITIONS:
        assert entry(dataset, edition)[1].owns(stem_of(entry(dataset, edition)[1]))


# What a role has use for, and what is beyond measure


def test_lines_among_polygons_stay_out_where_the_role_needs_polygons(tmp_path: Path) -> None:
    areas, one = written(tmp_path / "a", "A33", "2024", rows=3, stem="A33-24_01Polygon")
    other = tmp_path / "b"
    lines, _ = written(other, "A33", "2024", shapes=[shape_of("line", 0)], stem="A33-24_01Line")
    with zipfile.ZipFile(lines.path) as bundle, zipfile.ZipFile(areas.path, "a") as target:
        for name in bundle.namelist():
            target.writestr(name, bundle.read(name))
    found, findings = opened(areas.path, one, role="claims")
    assert len(found.table) == 3
    assert "1 lines, of no use for the role claims: left out" in notes(findings)
    (fault,) = faults(areas.path, one, role="water")
    assert fault.what == "holds lines, polygons in one layer"
    assert len(opened(areas.path, one, role="water", sublayer="A33-24_01Line")[0].table) == 1


def test_two_names_of_jgd_are_noted_and_the_prj_counts(tmp_path: Path) -> None:
    made, one = written(tmp_path, "A13", "2015")
    with zipfile.ZipFile(made.path) as bundle:
        content = {name: bundle.read(name) for name in bundle.namelist()}
    with zipfile.ZipFile(made.path, "w") as bundle:
        for name, data in content.items():
            bundle.writestr(name, data.replace(b"JGD2000 /", b"JGD2011 /"))
    found, findings = opened(made.path, one)
    assert (found.crs, found.crs_from) == ("EPSG:4612", "file")
    assert "names two systems (.prj: EPSG:4612 JGD2000, metadata: EPSG:6668 JGD2011)" in notes(
        findings
    )


def test_a_text_that_swells_is_refused_before_it_stands_in_memory(tmp_path: Path) -> None:
    one = KNOWN.datasets["A13"].editions["2015"]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("A13-15_01.geojson", b" " * 300_000_000)
    (fault,) = faults(path, one)
    assert fault.what == "A13-15_01.geojson unpacks to 300 MB"


def test_the_highest_depth_counts_by_its_lower_end(tmp_path: Path) -> None:
    one = replace(KNOWN.datasets["A40"].editions["2024"], highest="")
    to = next(column.to for column in one.columns if column.type == "depth")
    one = replace(one, highest=to)
    shapes = [shapely.box(LON, LAT, LON + 2, LAT + 1), shapely.box(LON + 1, LAT, LON + 3, LAT + 1)]
    cells = {"A40_003": ["10m以上20m未満", "2m以上5m未満"]}
    made, _ = written(tmp_path, "A40", "2024", shapes=shapes, cells=cells)
    table = opened(made.path, one)[0].table
    areas = shapely.area(np.asarray(table.geometry))
    assert dict(zip(table[f"{to}_min_m"], areas, strict=True)) == pytest.approx({10: 2, 2: 1})


def test_a_column_without_a_name_asks_for_no_joining(tmp_path: Path) -> None:
    made, edition = written(tmp_path, "A13", "2015")
    with zipfile.ZipFile(made.path) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    with zipfile.ZipFile(made.path, "w") as bundle:
        for name, data in members.items():
            lost = edition.columns[-1].name.encode()[:10].ljust(11, b"\0")
            bundle.writestr(name, data.replace(lost, bytes(11)) if ".dbf" in name else data)
    with suppress(LayerError):  # the column may be one that the edition needs
        assert len(opened(made.path, edition)[0].table) == len(made.shapes)


def test_a_column_that_stands_twice_is_refused_by_name(tmp_path: Path) -> None:
    _, edition = entry("A09", "2018")
    findings = Findings(layer=layer(tmp_path / "a.geojson", "claims"))
    table = pd.DataFrame([["1", "2"]], columns=["layer_no", "layer_no"])
    with pytest.raises(LayerError, match="more than one column layer_no"):
        decoded(table, findings, edition=edition, codes=KNOWN.codes)
