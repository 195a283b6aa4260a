"""GeoPackage and project for a GIS: styled, named, and saying where all comes from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landuse import gis
from landuse.maps.palette import read_palette
from landuse.sources import geopackage, qgisproject, qml

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

ABOUT = geopackage.About(
    title="土地 <Zones>",
    abstract="出典 & 年\x00",
    licences=("CC BY 4.0", "ODbL"),
    credits=("釧路市",),
)
STYLE = qml.Style(
    column="zone",
    categories=(
        qml.Category(value="urban", label="都市\x01", colour="#d55e00", fill="hatched"),
        qml.Category(value="", label="輪郭", colour="#000000", fill="empty"),
    ),
    names=qml.Names(column="zone", size_pt=8, nearer_than=5000),
    nearer_than=9000,
)


def squares() -> gpd.GeoDataFrame:
    shapes = [shapely.box(west, 0, west + 100, 100) for west in (0, 100)]
    return gpd.GeoDataFrame({"zone": ["urban", "forest"]}, geometry=shapes, crs="EPSG:6681")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own text


# Styles


def test_names_have_a_halo_and_their_scales() -> None:
    root = parsed(qml.qml(STYLE, "Polygon"))
    assert root.get("labelsEnabled") == "1"
    assert (root.get("hasScaleBasedVisibilityFlag"), root.get("minScale")) == ("1", "9000")
    text = root.find("labeling/settings/text-style")
    assert text is not None
    assert (text.get("fieldName"), text.get("fontSize")) == ("zone", "8")
    rendering = root.find("labeling/settings/rendering")
    assert rendering is not None
    assert rendering.get("scaleMax") == "5000"
    assert rendering.get("obstacle") == "0"  # else no other name may stand on the land


def test_a_style_without_names_writes_none() -> None:
    root = parsed(qml.qml(replace(STYLE, names=None), "Polygon"))
    assert root.get("labelsEnabled") == "0"
    assert root.find("labeling") is None


def test_no_data_is_hatched_and_an_outline_is_empty() -> None:
    root = parsed(qml.qml(STYLE, "Polygon"))
    fills = [prop.get("v") for prop in root.iter("prop") if prop.get("k") == "style"]
    assert fills == ["b_diagonal", "no"]


def test_a_sign_stands_on_a_disc() -> None:
    signed = replace(STYLE.categories[0], sign="駅")
    root = parsed(qml.qml(replace(STYLE, categories=(signed,)), "Point"))
    assert [layer.get("class") for layer in root.iter("layer")] == ["SimpleMarker", "FontMarker"]
    signs = [prop.get("v") for prop in root.iter("prop") if prop.get("k") == "chr"]
    assert signs == ["駅"]


def test_symbols_speak_to_older_and_newer_versions_alike() -> None:
    root = parsed(qml.qml(STYLE, "LineString"))
    for layer in root.iter("layer"):
        old = {prop.get("k"): prop.get("v") for prop in layer.findall("prop")}
        new = {part.get("name"): part.get("value") for part in layer.findall("Option/Option")}
        assert old == new


@given(
    limits=st.lists(st.integers(1, 90), min_size=1, max_size=5, unique=True).map(sorted),
    value=st.one_of(st.none(), st.integers(0, 100)),
)
def test_the_class_of_a_number_is_that_of_the_palette(limits: list[int], value: int | None) -> None:
    # The expression is plain SQL too, so a database can be asked instead of a GIS.
    sql = f"SELECT {qml.classes('n', limits)} FROM (SELECT ? AS n)"  # noqa: S608 - our own words
    with closing(sqlite3.connect(":memory:")) as base:
        ((found,),) = base.execute(sql, (value,)).fetchall()
    expected = "none" if value is None else str(int(np.searchsorted(limits, value)))
    assert found == expected


# The file


def test_a_layer_tells_title_sources_and_licences(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    geopackage.write_gpkg(
        {"zones": squares()}, path, styles={"zones": STYLE}, about={"zones": ABOUT}
    )
    with closing(sqlite3.connect(path)) as base:
        told = base.execute(
            "SELECT identifier, description FROM gpkg_contents WHERE table_name = 'zones'"
        ).fetchone()
        ((scope, table, text),) = base.execute(
            "SELECT reference_scope, table_name, metadata FROM gpkg_metadata_reference "
            "JOIN gpkg_metadata ON id = md_file_id"
        )
        extensions = dict(base.execute("SELECT table_name, extension_name FROM gpkg_extensions"))
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert told[0] == ABOUT.title
    assert (scope, table) == ("table", "zones")
    assert extensions["gpkg_metadata"] == "gpkg_metadata"
    root = parsed(text)
    assert root.findtext("title") == "土地 <Zones>"
    assert root.findtext("abstract") == "出典 & 年"
    assert [part.text for part in root.iter("license")] == ["CC BY 4.0", "ODbL"]
    assert gpd.read_file(path, layer="zones")["zone"].tolist() == ["urban", "forest"]


def test_further_styles_wait_beside_the_one_that_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    more = {"zones": {"分": STYLE}}
    geopackage.write_gpkg({"zones": squares()}, path, styles={"zones": STYLE}, more_styles=more)
    with closing(sqlite3.connect(path)) as base:
        found = base.execute("SELECT styleName, useAsDefault FROM layer_styles").fetchall()
    assert found == [("zones", 1), ("分", 0)]


# The project


def test_a_project_points_to_the_file_beside_it(tmp_path: Path) -> None:
    layer = qgisproject.Layer(name="zones", kind="Polygon", about=ABOUT, style=STYLE, shown=False)
    path = tmp_path / "a.qgs"
    qgisproject.write_project([layer], path, file="a.gpkg", about=ABOUT, ground=squares())
    root = parsed(path.read_text(encoding="utf-8"))
    sources = {root.findtext(".//maplayer/datasource")}
    sources |= {leaf.get("source") for leaf in root.iter("layer-tree-layer")}
    assert sources == {"./a.gpkg|layername=zones"}
    assert str(tmp_path) not in path.read_text(encoding="utf-8")
    assert root.findtext(".//mapcanvas/destinationsrs/spatialrefsys/authid") == "EPSG:6681"
    (leaf,) = root.iter("layer-tree-layer")
    assert leaf.get("checked") == "Qt::Unchecked"
    assert leaf.get("id") == root.findtext(".//maplayer/id")
    assert len(leaf.get("id", "")) > 10  # QGIS gives shorter ones anew
    extent = root.find(".//mapcanvas/extent")
    assert extent is not None
    assert float(extent.findtext("xmin", "")) < 0
    assert float(extent.findtext("xmax", "")) > 200


# A run


def test_a_run_s_geopackage_holds_what_a_planner_looks_for(toy_run: Run) -> None:
    path = toy_run.out / "built" / "zones.gpkg"
    held = {str(name) for name, kind in pyogrio.list_layers(path) if kind}
    assert held == set(gis.TITLES)
    cells = gpd.read_file(path, layer="cells")
    assert (cells["population"] > 0).all()
    assert cells["population"].sum() == pytest.approx(toy_run.study.cells["population"].sum())
    minutes = cells.set_index("cell_id")["clinic_min"]
    known = toy_run.study.cells["clinic_s"].reindex(minutes.index) / 60
    assert np.allclose(minutes, known, atol=0.051, equal_nan=True)
    places = gpd.read_file(path, layer="facilities")
    assert "診療所" in set(places["service_ja"])


def test_each_service_has_its_minutes_as_a_style_in_the_palette_s_colours(toy_run: Run) -> None:
    path = toy_run.out / "built" / "zones.gpkg"
    with closing(sqlite3.connect(path)) as base:
        query = "SELECT styleQML FROM layer_styles WHERE styleName = '診療所 分'"
        ((text,),) = base.execute(query).fetchall()
    colours = [p.get("v") for p in parsed(text).iter("prop") if p.get("k") == "color"]
    first = read_palette().minutes.colours[0]
    assert colours[0] == ",".join(str(int(first[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"
    labels = [item.get("label") for item in parsed(text).iter("category")]
    assert labels[-1] == "データなし no data"


def test_every_layer_names_its_licence_and_the_worst_grade(toy_run: Run) -> None:
    path = toy_run.out / "built" / "zones.gpkg"
    with closing(sqlite3.connect(path)) as base:
        told = dict(base.execute("SELECT table_name, description FROM gpkg_contents"))
    for name in gis.TITLES:
        assert "出典 source: toy（2020、" in told[name]
        assert "証明ではありません" in told[name]
    assert "grade: modelled" in told["cells"]


def test_the_project_of_a_run_shows_its_layers_in_order(toy_run: Run) -> None:
    root = parsed(toy_run.files["built/zones.qgs"].decode("utf-8"))
    names = [leaf.get("name") for leaf in root.iter("layer-tree-layer")]
    assert names == [gis.TITLES[name] for name in gis.DRAWN]
    assert "玩具町" in (root.findtext("title") or "")
