"""Files are written whole or not at all, and a spreadsheet runs nothing in them."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import landuse
from landuse.sources import geopackage, store

ROOT = Path(landuse.__file__).parents[1]


def zones(rows: int = 3) -> gpd.GeoDataFrame:
    """Return squares of 100 m in a row, alternately urban and forest."""
    west = np.arange(rows) * 100.0
    return gpd.GeoDataFrame(
        {
            "zone": [("urban", "forest")[row % 2] for row in range(rows)],
            "label_ja": ["<script>都市</script>"] * rows,
            "area_km2": 0.01,
        },
        geometry=shapely.box(west, 0, west + 100, 100),
        crs="EPSG:6681",
    )


def test_a_file_appears_with_its_folder_and_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    store.write_text(path, "釧路")
    assert path.read_bytes() == "釧路".encode()
    assert list(path.parent.iterdir()) == [path]


def write_half(path: Path) -> None:
    with store.atomic(path) as draft:
        draft.write_bytes(b"half")
        draft.with_name(draft.name + "-journal").write_bytes(b"rest")
        1 / 0  # noqa: B018 - the failure


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        write_half(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_draft_keeps_the_suffix_and_the_folder(tmp_path: Path) -> None:
    with store.atomic(tmp_path / "a.b.gpkg") as draft:
        assert (draft.suffix, draft.parent) == (".gpkg", tmp_path)
        draft.touch()


def test_drafts_of_dead_writers_are_swept_and_others_stay(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    dead = [f".a.{gone.pid}-01234567.part.gpkg", f".my.part.{gone.pid}-01234567.part.gpkg-journal"]
    alive = [f".a.{os.getpid()}-01234567.part.csv", ".partly.csv", "a.part.csv", ".a.part.csv"]
    for name in dead + alive:
        (tmp_path / name).touch()
    assert store.sweep(tmp_path) == len(dead)
    assert {path.name for path in tmp_path.iterdir()} == set(alive)


def test_a_draft_of_yesterday_is_swept_even_if_its_number_lives(tmp_path: Path) -> None:
    draft = tmp_path / f".a.{os.getpid()}-01234567.part"
    draft.touch()
    os.utime(draft, (0, 0))
    assert store.sweep(tmp_path) == 1


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"a" * 3_000_000)
    second.write_bytes(b"b")
    assert store.sha256_of(first) == hashlib.sha256(b"a" * 3_000_000).hexdigest()
    assert store.sha256_of(first, second) == hashlib.sha256(b"a" * 3_000_000 + b"b").hexdigest()


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from landuse.sources import store
path, kind = Path(sys.argv[1]), sys.argv[2]
if kind == "bytes":
    def write(turn):
        store.write_bytes(path, bytes([65 + turn % 2]) * 2_000_000)
else:
    import test_store
    from landuse.sources import geopackage
    tables = test_store.zones(2000), test_store.zones(2001)
    def write(turn):
        if kind == "gpkg":
            geopackage.write_gpkg({"zones": tables[turn % 2]}, path)
        else:
            store.write_parquet(tables[turn % 2], path)
write(0)
print("ready", flush=True)
turn = 1
while True:
    write(turn)
    turn += 1
"""


def kill_while_writing(path: Path, kind: str, after_s: float) -> None:
    command = [sys.executable, "-c", KILLED, str(path), kind, str(ROOT), str(ROOT / "tests")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        time.sleep(after_s)
        writer.send_signal(signal.SIGKILL)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize(("kind", "kills"), [("bytes", 10), ("gpkg", 3), ("parquet", 2)])
def test_a_killed_run_leaves_the_old_file_or_the_new(tmp_path: Path, kind: str, kills: int) -> None:
    luck = random.Random(2026)  # noqa: S311 - moments to strike at
    path = tmp_path / f"zones.{kind}"
    for _ in range(kills):
        kill_while_writing(path, kind, luck.uniform(0.0, 0.1))
        if kind == "bytes":
            assert path.read_bytes() in (b"A" * 2_000_000, b"B" * 2_000_000)
        else:
            read = gpd.read_parquet if kind == "parquet" else pyogrio.read_dataframe
            assert len(read(path)) in (2000, 2001)
    store.write_bytes(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_readable_and_exact(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = {"市": "釧路", "n": np.int64(3), "path": Path("a/b"), "xs": np.array([0.1, 2.0])}
    store.write_json(path, value)
    text = path.read_text(encoding="utf-8")
    assert "釧路" in text
    assert json.loads(text) == {"市": "釧路", "n": 3, "path": "a/b", "xs": [0.1, 2.0]}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.float64("nan")])
def test_json_refuses_what_it_has_not(tmp_path: Path, number: float) -> None:
    path = tmp_path / "a.json"
    store.write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_json(path, {"a": number})
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}


def test_json_refuses_what_has_no_form(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="has no form in JSON"):
        store.write_json(tmp_path / "a.json", {"a": object()})


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_begins_with_the_mark_that_excel_needs(tmp_path: Path) -> None:
    store.write_csv(pd.DataFrame({"市": ["釧路"]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbf" + "市\r\n釧路\r\n".encode()


def test_formulas_become_texts_and_numbers_stay_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "=name": ["=HYPERLINK(1)", "-2", "＝1"],
            "minutes": [-2.5, 0.0, np.nan],
            "kind": pd.Categorical(["@a", "b", "@a"]),
            "mixed": [-1, "-1", None],
        }
    )
    before = table.copy(deep=True)
    store.write_csv(table, tmp_path / "a.csv")
    assert csv_rows(tmp_path / "a.csv") == [
        ["'=name", "minutes", "kind", "mixed"],
        ["'=HYPERLINK(1)", "-2.5", "'@a", "-1"],
        ["'-2", "0.0", "b", "'-1"],
        ["'＝1", "", "'@a", ""],
    ]
    pd.testing.assert_frame_equal(table, before)


STARTS = st.sampled_from(["", *store.FORMULA_STARTS])
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(st.lists(st.builds(str.__add__, STARTS, TEXTS), min_size=1, max_size=5))
def test_no_text_cell_begins_a_formula(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    store.write_csv(pd.DataFrame({"a": texts, "b": 1}), path)
    cells = [row[0] for row in csv_rows(path)[1:]]
    assert not any(cell.startswith(store.FORMULA_STARTS) for cell in cells)
    assert [cell.removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]


def test_geojson_is_in_degrees_and_wound_to_the_right(tmp_path: Path) -> None:
    path = tmp_path / "zones.geojson"
    store.write_geojson(zones(), path)
    layer = json.loads(path.read_text(encoding="utf-8"))
    assert "crs" not in layer
    assert layer["name"] == "zones"
    ring = shapely.LinearRing(layer["features"][0]["geometry"]["coordinates"][0])
    assert ring.is_ccw
    assert ring.coords[0] == pytest.approx((144.25, 44.0), abs=0.01)
    assert layer["features"][0]["properties"]["label_ja"] == "<script>都市</script>"


def test_geojson_says_null_where_nothing_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    table = zones(3).assign(minutes=[1.5, np.nan, np.inf])
    table.geometry = [table.geometry[0], None, shapely.Point()]
    store.write_geojson(table, path)

    def refuse(word: str) -> None:
        raise AssertionError(word)

    layer = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    assert [part["properties"]["minutes"] for part in layer["features"]] == [1.5, None, None]
    assert [part["geometry"] is None for part in layer["features"]] == [False, True, True]


def test_geojson_has_at_most_six_decimals(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    store.write_geojson(zones(), path)
    numbers = re.findall(r"\d+\.(\d+)", path.read_text(encoding="utf-8").split("features")[1])
    assert max(map(len, numbers)) <= 6


def test_geoparquet_is_of_version_1_1_and_says_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    store.write_parquet(zones(), path)
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 6681}
    assert "JGD2011" in column["crs"]["name"]
    assert column["geometry_types"] == ["Polygon"]
    assert column["covering"]["bbox"] == {
        side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")
    }
    boxes = pq.read_table(path, columns=["bbox"])["bbox"].to_pylist()
    assert boxes[1] == {"xmin": 100.0, "ymin": 0.0, "xmax": 200.0, "ymax": 100.0}
    group = pq.ParquetFile(path).metadata.row_group(0)
    assert {group.column(place).compression for place in range(group.num_columns)} == {"ZSTD"}


def test_geoparquet_comes_back_as_it_was_with_its_boxes(tmp_path: Path) -> None:
    path = tmp_path / "cells.parquet"
    table = zones().set_index(pd.Index(["a", "b", "c"], name="cell_id"))
    table["zone"] = table["zone"].astype("category")
    store.write_parquet(table, path)
    back = gpd.read_parquet(path, bbox=(150, 0, 160, 100))
    assert list(back["cell_id"]) == ["b"]
    assert back.crs == table.crs


def test_geoparquet_takes_empty_points(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"a": [1, 2]}, geometry=[shapely.Point(1, 2), None], crs=6681)
    store.write_parquet(table, tmp_path / "a.parquet")
    assert gpd.read_parquet(tmp_path / "a.parquet").geometry.isna().tolist() == [False, True]


STYLE = geopackage.Style(
    column="zone",
    categories=(
        geopackage.Category(value="urban", label="都市ゾーン <Urban>", colour="#d55e00"),
        geopackage.Category(value="forest", label="森林ゾーン Forest", colour="#009e73"),
    ),
)


def test_a_geopackage_holds_its_layers_by_name_and_is_of_version_1_2(tmp_path: Path) -> None:
    path = tmp_path / "zones.gpkg"
    faces = zones().astype({"zone": "category"})
    geopackage.write_gpkg({"faces": faces, "zones": zones(0)}, path, styles={"faces": STYLE})
    assert list(tmp_path.iterdir()) == [path]
    assert dict(pyogrio.list_layers(path)) == {
        "faces": "MultiPolygon",
        "zones": "Unknown",  # nothing in it tells
        "layer_styles": None,
    }
    back = gpd.read_file(path, layer="faces")
    assert back["zone"].tolist() == ["urban", "forest", "urban"]
    assert back.crs == "EPSG:6681"
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (10200,)
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_style_is_in_the_table_that_qgis_reads(tmp_path: Path) -> None:
    path = tmp_path / "zones.gpkg"
    geopackage.write_gpkg({"zones": zones()}, path, styles={"zones": STYLE})
    columns = "f_table_name, f_geometry_column, useAsDefault, styleQML"
    with closing(sqlite3.connect(path)) as base:
        ((name, geometry, default, qml),) = base.execute(f"SELECT {columns} FROM layer_styles")  # noqa: S608 - our own words
        found = base.execute("SELECT column_name FROM gpkg_geometry_columns").fetchall()
    assert (name, geometry, default) == ("zones", "geom", 1)
    assert found == [("geom",)]
    renderer = ET.fromstring(qml).find("renderer-v2")  # noqa: S314 - our own text
    assert renderer is not None
    assert renderer.get("attr") == "zone"
    assert [item.get("label") for item in renderer.iter("category")] == [
        "都市ゾーン <Urban>",
        "森林ゾーン Forest",
    ]
    colours = [prop.get("v") for prop in renderer.iter("prop") if prop.get("k") == "color"]
    assert colours == ["213,94,0,255", "0,158,115,255"]


@pytest.mark.parametrize(
    ("kind", "symbol"), [("Polygon", "fill"), ("LineString", "line"), ("Point", "marker")]
)
def test_a_symbol_fits_the_kind_of_geometry(kind: str, symbol: str) -> None:
    root = ET.fromstring(geopackage.qml(STYLE, kind))  # noqa: S314 - our own text
    assert {item.get("type") for item in root.iter("symbol")} == {symbol}


def test_writers_do_not_change_what_they_write(tmp_path: Path) -> None:
    table = zones()
    before = table.copy(deep=True)
    store.write_parquet(table, tmp_path / "a.parquet")
    store.write_geojson(table, tmp_path / "a.geojson")
    geopackage.write_gpkg({"a": table}, tmp_path / "a.gpkg", styles={"a": STYLE})
    pd.testing.assert_frame_equal(table, before)
    assert table.crs == before.crs
