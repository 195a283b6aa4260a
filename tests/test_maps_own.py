"""The user's own layers: any table of shapes becomes a layer, hostile or empty as it may be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import folium
import geopandas as gpd
import maptoy
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, box

import landuse as lu
from landuse import maps
from landuse.errors import CrsError, LayerError
from landuse.maps.classes import _limits
from landuse.maps.notebook import Ours
from landuse.maps.pack import unpack_bytes, unpack_ints
from landuse.maps.palette import read_palette
from landuse.maps.topology import LATTICE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from landuse.maps.data import MapData
    from landuse.maps.notebook import PageMap

PAYLOAD = re.compile(r'<script type="application/json" id="lu-data">(.*?)</script>', re.DOTALL)
POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


def cells(column: list[Any] | np.ndarray, name: str = "value") -> gpd.GeoDataFrame:
    """Return as many cells of the toy town's bottom row as there are values."""
    at = np.arange(len(column))
    shapes = toy.GRID.polygons(np.zeros_like(at), at)
    return gpd.GeoDataFrame({name: column}, geometry=shapes, crs=toy.CRS)


def payload_of(shown: PageMap) -> dict[str, Any]:
    """Return what the scripts of a map's page are given."""
    (ours,) = [child for child in shown._children.values() if isinstance(child, Ours)]
    return {**ours.payload, "own": [layer.payload for layer in ours.own]}  # type: ignore[attr-defined]


def popup_of(layer: maps.OwnLayer) -> list[list[str | None]]:
    return list(json.loads(unpack_bytes(layer.payload["popup"]["values"])))


def ints(packed: str) -> list[int]:
    return list(unpack_ints(unpack_bytes(packed)))


# ---- classes ----


def test_quantiles_put_as_many_rows_in_each_class() -> None:
    layer = maps.layer(cells(np.arange(1, 11)), name="数", column="value", unit="人")
    assert layer.legend["rows"].tolist() == [2, 2, 2, 2, 2]
    # A limit closes its class: 2 is in the first, and all that is over 8 in the last.
    assert layer.legend["label"].tolist() == [
        f"{a} 人" for a in ("1–2", "2–4", "4–6", "6–8", "8–10")
    ]
    assert layer.legend["colour"].nunique() == 5


def test_equal_steps_are_equally_wide_and_given_limits_are_kept() -> None:
    values = [0.0, 1.0, 9.0, 10.0]
    equal = maps.layer(cells(values), name="x", column="value", breaks="equal")
    assert equal.legend["label"].tolist() == ["0–2", "2–4", "4–6", "6–8", "8–10"]
    assert equal.legend["rows"].tolist() == [2, 0, 0, 0, 2]
    given_ = maps.layer(cells(values), name="x", column="value", breaks=[1, 5, 20])
    # 1 belongs to the class that it closes; nothing is over 20.
    assert given_.legend["rows"].tolist() == [2, 0, 2, 0]
    assert given_.legend["label"].tolist() == ["0–1", "1–5", "5–20", "> 20"]


def test_what_is_not_known_is_a_class_of_its_own_without_a_colour() -> None:
    layer = maps.layer(cells([1.0, np.nan, np.inf, 4.0]), name="x", column="value")
    blank = layer.legend.iloc[-1]
    assert (blank["label"], blank["colour"], blank["rows"]) == ("no data", "", 2)
    assert ints(layer.payload["code"])[1:3] == [0, 0]
    texts = maps.layer(cells(["a", None, "", "b"]), name="x", column="value")
    assert texts.legend["rows"].tolist() == [1, 1, 2]


def test_equal_values_are_one_class() -> None:
    layer = maps.layer(cells([7, 7, 7]), name="x", column="value")
    assert layer.legend[["label", "rows"]].to_numpy().tolist() == [["7", 3]]


def test_truth_values_are_categories_and_categories_keep_their_order() -> None:
    layer = maps.layer(cells([True, False, True]), name="x", column="value")
    assert layer.legend["label"].tolist() == ["True", "False"]
    ranks = pd.Categorical(["低", "高", "低"], categories=["高", "中", "低"], ordered=True)
    layer = maps.layer(cells(ranks), name="x", column="value")
    assert layer.legend["label"].tolist() == ["高", "低"]


def test_colours_can_be_named_one_by_one() -> None:
    colours = {"urban": "#822A57", "forest": "#5E8961"}
    table = cells(["forest", "urban", "meadow"])
    layer = maps.layer(table, name="x", column="value", colours=colours)
    by_label = layer.legend.set_index("label")["colour"]
    assert by_label["urban"] == "#822A57"
    assert by_label["forest"] == "#5E8961"
    assert by_label["meadow"] not in colours.values()


def test_too_many_categories_are_others_together() -> None:
    layer = maps.layer(cells([f"kind {n}" for n in range(11)]), name="x", column="value")
    assert layer.legend["label"].iloc[-1] == "そのほか Others"
    assert layer.legend["rows"].tolist() == [1] * 9 + [2]
    assert layer.legend["colour"].nunique() == 10


def test_a_scale_gets_lighter_to_darker_whatever_its_length() -> None:
    for count in (1, 2, 5, 7, 11):
        colours = ["#FFFFFF", *["#888888"] * (count - 2), "#000000"][:count]
        layer = maps.layer(
            cells(np.arange(20.0)), name="x", column="value", colours=colours or ["#FFFFFF"]
        )
        assert len(layer.legend) == count
    blues = maps.layer(cells(np.arange(20.0)), name="x", column="value").legend["colour"]
    light = [sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in blues]
    assert light == sorted(light, reverse=True)
    assert {blues.iloc[0], blues.iloc[-1]} <= set(read_palette().people.colours)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=True),
            st.just(1.7e308),
            st.just(-1.7e308),
            st.integers(-(10**6), 10**6),
        ),
        max_size=30,
    ),
    st.sampled_from(("quantile", "equal")),
)
def test_every_row_is_in_one_class_of_the_legend(values: list[float], breaks: str) -> None:
    table = cells(np.array(values, float))
    layer = maps.layer(table, name="x", column="value", breaks=breaks)
    assert layer.legend["rows"].sum() == len(values)
    codes = np.array(ints(layer.payload["code"]))
    known = np.isfinite(np.array(values, float))
    assert ((codes > 0) == known).all()
    order = np.argsort(np.array(values, float)[known], kind="stable")
    assert (np.diff(codes[known][order]) >= 0).all()


def test_no_limit_leaves_the_last_class_empty() -> None:
    limits = _limits(np.array([1.0, 1.0, 1.0, 5.0]), "quantile", 4)
    assert limits.tolist() == [1.0]


# ---- shapes ----


def test_shapes_of_all_kinds_and_systems_keep_their_rows() -> None:
    lon, lat = toy.lonlat(2, 2)
    shapes = [
        Point(lon, lat),
        None,
        LineString([(lon, lat), (lon + 0.01, lat)]),
        box(lon, lat, lon + 0.01, lat + 0.01),
        Point(),
        GeometryCollection([Point(lon, lat), MultiPoint([(lon, lat), (lon + 1, lat)])]),
        Point(np.inf, 1.0),
    ]
    table = gpd.GeoDataFrame({"n": range(7)}, geometry=shapes, crs="EPSG:4326")
    layer = maps.layer(table, name="混ざったもの", popup=["n"])
    assert (layer.rows, layer.unplaced) == (7, 3)
    rows = {key: np.cumsum(ints(layer.payload[key]["row"])).tolist() for key in KINDS}
    assert rows == {"areas": [3], "lines": [2], "points": [0, 5, 5, 5]}
    first = ints(layer.payload["points"]["lon"])[0]
    assert first == round(lon * LATTICE)
    metric = maps.layer(table.iloc[[0]].to_crs(toy.CRS), name="m")
    assert ints(metric.payload["points"]["lon"])[0] == pytest.approx(first, abs=1)


KINDS = ("areas", "lines", "points")


def test_an_empty_table_is_a_layer_too(data: MapData) -> None:
    table = gpd.GeoDataFrame({"v": []}, geometry=[], crs="EPSG:6668")
    empty = maps.layer(table, name="空", column="v", popup=["v"])
    assert empty.rows == 0
    lost = maps.layer(table.reindex([0, 1]).set_crs("EPSG:6668"), name="どこか")
    assert (lost.rows, lost.unplaced) == (2, 2)
    shown = maps.folium_map(data).add(empty, lost)
    assert [layer["rows"] for layer in payload_of(shown)["own"]] == [0, 2]
    assert "</html>" in shown.html()


def test_every_kind_of_value_becomes_text() -> None:
    table = cells([1, 2]).assign(
        when=pd.to_datetime(["2020-04-01", None]),
        many=[[1, 2], {"a": b"x"}],
        number=[1 / 3, np.nan],
        half=pd.Series(["\ud83d", "ok"], dtype=object),
        long=["あ" * 1000, ""],
    )
    layer = maps.layer(table, name="x", popup=["when", "many", "number", "half", "long"])
    when, many, number, half, long = popup_of(layer)
    assert when == ["2020-04-01", None]
    assert many == ["[1, 2]", "{'a': b'x'}"]
    assert number == ["0.333333", None]
    assert half == ["?", "ok"]
    assert long[0] is not None
    assert long[0].endswith("…")
    assert len(long[0]) == 400


def test_the_table_stays_as_it_is() -> None:
    table = cells(["a", None, "b"]).to_crs("EPSG:4326")
    before = table.copy()
    maps.layer(table, name="x", column="value", popup=["value"])
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(before))


def test_overlapping_areas_turn_the_same_way() -> None:
    """Otherwise two of them would fill each other's land with nothing."""
    square = box(*toy.lonlat(0, 0), *toy.lonlat(3, 3))
    table = gpd.GeoDataFrame(geometry=[square, square.reverse()], crs="EPSG:4326")
    packed = ints(maps.layer(table, name="x").payload["areas"]["shape"])
    again = gpd.GeoDataFrame(geometry=[square, square.normalize()], crs="EPSG:4326")
    assert packed == ints(maps.layer(again, name="x").payload["areas"]["shape"])


# ---- refusals ----


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(LayerError) as caught:
        maps.layer(
            cells([1.0]),
            name="x",
            column="nope",
            popup=["value", "gone"],
            colours=["red"],
            breaks="jenks",
            opacity=2,
        )
    told = str(caught.value)
    assert len(caught.value.faults) == 5
    for words in ("'nope'", "'gone'", "'red'", "'jenks'", "opacity: is 2", "use one of: value"):
        assert words in told


def test_limits_have_to_rise_and_tables_to_have_places() -> None:
    with pytest.raises(LayerError, match="do not rise"):
        maps.layer(cells([1.0]), name="x", column="value", breaks=[3, 1])
    with pytest.raises(CrsError, match="set_crs"):
        maps.layer(cells([1.0]).set_crs(None, allow_override=True), name="x")
    with pytest.raises(LayerError, match="is a DataFrame"):
        maps.layer(pd.DataFrame({"a": [1]}), name="x")  # type: ignore[arg-type]
    with pytest.raises(LayerError, match="no column of shapes"):
        maps.layer(gpd.GeoDataFrame({"a": [1]}), name="x")
    twice = pd.concat([cells([1.0]), cells([2.0])[["value"]]], axis=1)
    with pytest.raises(LayerError, match="stands 2 times"):
        maps.layer(gpd.GeoDataFrame(twice), name="x", column="value")


# ---- pages ----


def hostile(name: str) -> maps.OwnLayer:
    text = "</script><script>hit()</script><img src=x onerror=hit()>{{7*7}}${hit()}`\u2028"
    table = cells([f"{text}{n}" for n in range(3)], name=text + "列")
    return maps.layer(table, name=text + name, column=text + "列", popup=[text + "列"], unit=text)


def test_hostile_layers_stay_texts(data: MapData) -> None:
    page = maps.page(data, layers=[hostile("a"), hostile("b")], staff=True, title="<b>&x")
    assert "<script>hit" not in page
    assert "<img src=x" not in page
    assert "\u2028" not in PAYLOAD.findall(page)[0]
    assert "<title>&lt;b&gt;&amp;x</title>" in page
    # The policy admits what it admits without them: nothing of a layer is a script or a style.
    assert POLICY.findall(page) == POLICY.findall(maps.staff_page(data))


def test_a_page_is_written_whole_and_bears_its_title(data: MapData, tmp_path: Path) -> None:
    path = tmp_path / "mine.html"
    page = maps.page(data, layers=[maps.layer(cells([1.0]), name="x")], title="案", path=path)
    assert path.read_text(encoding="utf-8") == page
    assert "<title>案</title>" in page
    assert [file.name for file in tmp_path.iterdir()] == ["mine.html"]
    assert maps.page(data, staff=True) == maps.staff_page(data)
    assert maps.page(data) == maps.public_page(data)


def test_page_stays_the_function_whoever_imports_the_module() -> None:
    from landuse.maps.pages import folium_map  # noqa: PLC0415 - binds the module to the package

    assert callable(folium_map)
    assert maps.page.__module__ == "landuse.maps.compose"
    assert lu.maps.page is maps.page


def test_a_notebook_map_takes_layers_and_shows_itself_twice_alike(data: MapData) -> None:
    shown = maps.folium_map(data).add(maps.layer(cells([1.0]), name="一つ目"))
    frame = shown.add(maps.layer(cells([2.0]), name="二つ目"))._repr_html_()
    assert frame == shown._repr_html_()
    assert frame.startswith("<div")
    assert "<iframe title=" in frame
    assert "Trust this notebook" in frame.split("<iframe")[0]
    assert 'sandbox="allow-scripts' in frame
    assert "allow-same-origin" not in frame
    assert frame.count("<iframe") == 1
    assert [one["name"] for one in payload_of(shown)["own"]] == ["一つ目", "二つ目"]
    assert "Content-Security-Policy" in frame
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=.http", frame)


def test_a_map_refuses_what_is_no_layer_and_says_how_to_make_one(data: MapData) -> None:
    with pytest.raises(LayerError, match="was given a GeoDataFrame"):
        maps.folium_map(data).add(cells([1.0]))  # type: ignore[arg-type]


def test_a_map_is_saved_as_the_page_that_it_is(data: MapData, tmp_path: Path) -> None:
    shown = maps.folium_map(data, staff=False)
    shown.save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == maps.public_page(data)
    folium.CircleMarker(toy.lonlat(0, 0)[::-1]).add_to(shown)
    shown.save(str(tmp_path / "b.html"))
    assert "jquery" in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "jquery" in shown._repr_html_()


def test_a_study_shows_itself_with_layers_and_keeps_what_is_not_public(toy_run: Run) -> None:
    study = toy_run.study
    layer = maps.layer(study.faces, name="面", column="zone", popup=["rule"])
    shown = study.map(layers=[layer])
    assert [one["name"] for one in payload_of(shown)["own"]] == ["面"]
    assert payload_of(shown)["staff"]
    assert not payload_of(study.map(staff=False))["staff"]
    assert maps.page(study) == study.map(staff=False).html()
    assert maps.page(study, staff=True, layers=[layer]) == shown.html()


DIGITS = {"area": 4, "share": 4, "population": 0}
"""Digits that the page rounds a figure to; 1 where left out."""


def test_every_figure_of_the_page_is_in_a_table(tmp_path: Path) -> None:
    """The page rounds; nothing else may differ. This town has a region round about."""
    city = toy.write_city(tmp_path / "toy", halls=toy.halls(), streets=toy.streets())
    study = lu.run(lu.read_city(city))
    tables = study.tables()
    payload = payload_of(study.map())
    shown = json.loads(unpack_bytes(payload["tables"]))
    places = {
        "areas": ("zone_areas", {"area": "area_km2"}),
        "coverage": ("coverage", {}),
        "worst": ("worst_towns", {"median": "median_cost"}),
        "regional": ("regional", {}),
        "rings": ("rings", {}),
    }
    assert set(places) == set(shown)
    compared = dict.fromkeys(places, 0)
    for key, (name, renamed) in places.items():
        table = tables[name]
        if key == "worst":
            table = table[table["mode"] != "straight"]
        rows = shown[key]
        assert len(rows) == len(table), key
        for row, (_, truth) in zip(rows, table.iterrows(), strict=True):
            for field, value in row.items():
                column = renamed.get(field, field)
                if column in truth.index:
                    digits = DIGITS.get(field, 4 if key == "rings" else 1)
                    assert same(value, truth[column], digits), (key, field, value, truth[column])
                    compared[key] += 1
    assert all(compared[key] for key in compared if len(tables[places[key][0]])), compared
    assert min(compared["areas"], compared["coverage"], compared["regional"]) > 10
    zones = {zone["key"]: zone["area"] for zone in payload["zones"]}
    whole = tables["zone_areas"].query("district == 'all' and zone != 'all'")
    assert zones == pytest.approx(dict(whole[["zone", "area_km2"]].to_numpy()), abs=0.005)


def test_every_table_of_a_run_has_a_name(toy_run: Run) -> None:
    tables = toy_run.study.tables()
    written = {path.stem for path in toy_run.out.rglob("*.csv")}
    assert written <= {*tables}
    assert tables["cells"]["population"].sum() == 62  # ten on each of four cells, one on 22
    assert all(isinstance(table, pd.DataFrame) for table in tables.values())


def same(shown: object, truth: object, digits: int) -> bool:
    if shown is None or pd.isna(truth):  # type: ignore[call-overload]
        return shown in (None, "") and bool(pd.isna(truth))  # type: ignore[call-overload]
    if isinstance(truth, (int, float, np.number)) and not isinstance(truth, bool):
        return float(shown) == pytest.approx(float(truth), abs=0.501 * 10.0**-digits)  # type: ignore[arg-type]
    return str(shown) == str(truth)


def test_fifty_thousand_rows_are_packed(data: MapData) -> None:
    rng = np.random.default_rng(1)
    lon, lat = toy.lonlat(2, 2)
    xy = np.column_stack([lon + rng.normal(0, 0.01, 50_000), lat + rng.normal(0, 0.01, 50_000)])
    table = gpd.GeoDataFrame({"v": rng.random(50_000)}, geometry=shapely.points(xy), crs=4326)
    layer = maps.layer(table, name="多い", column="v", popup=["v"])
    assert layer.legend["rows"].tolist() == [10_000] * 5
    plain = len(table.to_json())
    page = maps.page(data, layers=[layer])
    assert len(page) - len(maps.page(data)) < plain / 4
