"""Street layers as lines that a network can be built of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pytest
import shapely
from layerkit import CRS, X, Y, layer, saved

from landuse.config import preset
from landuse.errors import LayerError
from landuse.network import network_from_edges
from landuse.sources import read_streets
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from pathlib import Path


def streets() -> gpd.GeoDataFrame:
    """Return a road of 300 m from a to b and one of 500 m from b, by a bend, to c."""
    return gpd.GeoDataFrame(
        {
            "u": [1.0, 2.0],
            "v": [2.0, 3.0],
            "kind": ["trunk", "street"],
            "oneway": ["yes", "-1"],
        },
        geometry=[
            shapely.LineString([(X, Y), (X + 300, Y)]),
            shapely.LineString([(X + 300, Y), (X + 300, Y + 300), (X + 500, Y + 300)]),
        ],
        crs=CRS,
    )


def read(path: Path) -> gpd.GeoDataFrame:
    return read_streets(layer(path, "network"), crs=CRS)[0]


def test_lines_come_in_metres_with_the_names_of_their_ends(tmp_path: Path) -> None:
    lines, report = read_streets(layer(saved(streets(), tmp_path / "a.gpkg"), "network"), crs=CRS)
    assert lines.length.tolist() == pytest.approx([300, 500])
    assert lines["kind"].tolist() == ["trunk", "street"]
    assert lines["u"][0] == "1"
    assert report.rows == 2


def test_a_road_against_its_line_is_turned(tmp_path: Path) -> None:
    lines = read(saved(streets(), tmp_path / "a.gpkg"))
    assert lines[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["3", "2"]]
    assert lines["oneway"].tolist() == [True, True]
    assert shapely.get_point(lines.geometry[1], 0) == shapely.Point(X + 500, Y + 300)


@pytest.mark.parametrize("values", [[True, False], [1, 0], ["True", "no"], [1.0, np.nan]])
def test_oneway_may_be_said_in_several_ways(tmp_path: Path, values: list[object]) -> None:
    lines = read(saved(streets().assign(oneway=values, speed_kmh=[50, 40]), tmp_path / "a.gpkg"))
    assert lines["oneway"].tolist() == [True, False]
    assert lines["speed_kmh"].tolist() == [50, 40]


def test_streets_run_both_ways_unless_they_say_otherwise(tmp_path: Path) -> None:
    table = streets().drop(columns=["oneway", "u", "v"])
    assert not read(saved(table, tmp_path / "a.gpkg"))["oneway"].any()


def test_a_word_for_oneway_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = saved(streets().assign(oneway=["yes", "maybe"]), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match=r"a\.gpkg \[toy\]: row 2: column oneway: is maybe"):
        read(path)


def test_a_node_at_two_places_is_named(tmp_path: Path) -> None:
    path = saved(streets().assign(v=[2, 1]), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match=r"1 nodes stand at two places \(1\)"):
        read(path)


def test_a_road_in_two_parts_is_named_where_its_ends_are(tmp_path: Path) -> None:
    table = streets()
    table.loc[1, "geometry"] = shapely.MultiLineString(
        [[(X, Y), (X + 1, Y)], [(X + 2, Y), (X + 3, Y)]]
    )
    path = saved(table, tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="row 2: is in several parts"):
        read(path)


def test_a_layer_without_kinds_is_no_network(tmp_path: Path) -> None:
    path = saved(streets().drop(columns="kind"), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="column kind: is missing"):
        read(path)


def test_a_network_can_be_built_of_what_comes_in(tmp_path: Path) -> None:
    speeds = read_speeds(preset("speeds.toml"))
    lines = read(saved(streets(), tmp_path / "a.gpkg"))
    built = network_from_edges(lines, speeds=speeds, mode="drive")
    assert len(built.nodes) == 3


def test_a_graph_of_osmnx_gives_one_line_for_each_direction(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node, lon in ((1, 144.37), (2, 144.38)):
        graph.add_node(node, x=lon, y=43.0)
    for u, v, kinds in ((1, 2, ["primary_link", "secondary"]), (2, 1, "residential")):
        graph.add_edge(u, v, osmid=u, highway=kinds, oneway=False, length=815.0, speed_kph=40.0)
    nx.write_graphml(_as_text(graph), tmp_path / "a.graphml")
    lines, report = read_streets(layer(tmp_path / "a.graphml", "network"), crs=CRS)
    assert lines[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["2", "1"]]
    assert lines["oneway"].all()
    assert lines["kind"].tolist() == ["primary", "street"]
    assert lines["speed_kmh"].tolist() == [40.0] * 2
    assert lines.length.tolist() == pytest.approx([815, 815], abs=3)
    assert (report.crs, report.crs_from) == ("EPSG:4326", "file")


def _as_text(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Return the graph with its attributes as GraphML has them: texts."""
    copy = nx.MultiDiGraph(**{name: str(value) for name, value in graph.graph.items()})
    for node, data in graph.nodes(data=True):
        copy.add_node(node, **{name: str(value) for name, value in data.items()})
    for u, v, data in graph.edges(data=True):
        copy.add_edge(u, v, **{name: str(value) for name, value in data.items()})
    return copy


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<key id="', '<key id="x'),
        ("LINESTRING (", "LINESTRING (,"),
        ("utf-8", "no-such"),
        ("<edge ", "<edges "),
        ("144.", "x144."),
        ("</edge>", '</edge><edge source="1" target="2" id="0"/>'),
    ],
)
def test_a_damaged_graphml_is_refused(tmp_path: Path, old: str, new: str) -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for node in (1, 2):
        graph.add_node(node, x=144.38 + node / 1000, y=43.0)
    line = shapely.LineString([(144.381, 43), (144.382, 43)])
    graph.add_edge(1, 2, 0, highway="residential", geometry=line, length=81.0, osmid=1)
    path = tmp_path / "a.graphml"
    ox.io.save_graphml(graph, path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    said = "(is not a street graph|holds 2 edges, of which 1)"
    with pytest.raises(LayerError, match=rf"a\.graphml \[toy\]: {said}"):
        read(path)


def test_what_networkx_says_of_a_graphml_is_noted(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    graph.add_node(1, x=144.381, y=43.0)
    graph.add_node(2, x=144.382, y=43.0)
    graph.add_edge(1, 2, 0, highway="residential", length=81.0, osmid=1)
    path = tmp_path / "a.graphml"
    ox.io.save_graphml(graph, path)
    text = path.read_text(encoding="utf-8")
    assert ' attr.type="string"' in text
    path.write_text(text.replace(' attr.type="string"', ""), encoding="utf-8")
    _, report = read_streets(layer(path, "network"), crs=CRS)
    assert "networkx says: No key type" in str(report.notes[0])
