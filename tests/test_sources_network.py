"""Street layers as tables of nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from layerkit import CRS, X, Y, layer, saved

from landuse.errors import LayerError
from landuse.sources import read_streets

if TYPE_CHECKING:
    from pathlib import Path


def streets() -> gpd.GeoDataFrame:
    """Return a road of 300 m from a to b and one of 500 m from b, by a bend, to c."""
    return gpd.GeoDataFrame(
        {"u": [1.0, 2.0], "v": [2.0, 3.0], "kind": ["trunk", None], "oneway": ["yes", "-1"]},
        geometry=[
            shapely.LineString([(X, Y), (X + 300, Y)]),
            shapely.LineString([(X + 300, Y), (X + 300, Y + 300), (X + 500, Y + 300)]),
        ],
        crs=CRS,
    )


def test_lines_become_nodes_and_edges_in_metres(tmp_path: Path) -> None:
    wanted = layer(saved(streets(), tmp_path / "a.gpkg"), "network")
    nodes, edges, report = read_streets(wanted, crs=CRS)
    assert nodes.index.tolist() == ["1", "2", "3"]
    assert nodes.loc["3"].tolist() == pytest.approx([X + 500, Y + 300])
    assert edges["length_m"].tolist() == pytest.approx([300, 500])
    assert edges["kind"].tolist() == ["trunk", ""]
    assert edges["speed_kmh"].isna().all()
    assert report.rows == 2


def test_a_road_against_its_line_is_turned(tmp_path: Path) -> None:
    wanted = layer(saved(streets(), tmp_path / "a.gpkg"), "network")
    _, edges, _ = read_streets(wanted, crs=CRS)
    assert edges[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["3", "2"]]
    assert edges["oneway"].tolist() == [True, True]


@pytest.mark.parametrize("values", [[True, False], [1, 0], ["True", "no"], [1.0, np.nan]])
def test_oneway_may_be_said_in_several_ways(tmp_path: Path, values: list[object]) -> None:
    table = streets().assign(oneway=values, speed_kmh=[50, 40])
    _, edges, _ = read_streets(layer(saved(table, tmp_path / "a.gpkg"), "network"), crs=CRS)
    assert edges["oneway"].tolist() == [True, False]
    assert edges["speed_kmh"].tolist() == [50, 40]


def test_streets_run_both_ways_unless_they_say_otherwise(tmp_path: Path) -> None:
    table = streets().drop(columns=["oneway", "kind"])
    _, edges, _ = read_streets(layer(saved(table, tmp_path / "a.gpkg"), "network"), crs=CRS)
    assert not edges["oneway"].any()
    assert (edges["kind"] == "").all()


def test_a_word_for_oneway_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = saved(streets().assign(oneway=["yes", "maybe"]), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match=r"a\.gpkg \[toy\]: row 2: column oneway: is maybe"):
        read_streets(layer(path, "network"), crs=CRS)


def test_a_node_at_two_places_is_named(tmp_path: Path) -> None:
    path = saved(streets().assign(v=[2, 1]), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match=r"1 nodes stand at two places \(1\)"):
        read_streets(layer(path, "network"), crs=CRS)


def test_a_road_in_two_parts_is_named(tmp_path: Path) -> None:
    parts = shapely.MultiLineString([[(X, Y), (X + 1, Y)], [(X + 2, Y), (X + 3, Y)]])
    table = streets()
    table.loc[1, "geometry"] = parts
    with pytest.raises(LayerError, match="row 2: is in several parts"):
        read_streets(layer(saved(table, tmp_path / "a.gpkg"), "network"), crs=CRS)


def test_a_layer_without_nodes_is_no_network(tmp_path: Path) -> None:
    path = saved(streets().drop(columns=["u", "v"]), tmp_path / "a.gpkg")
    with pytest.raises(LayerError, match="column u: is missing"):
        read_streets(layer(path, "network"), crs=CRS)


def test_a_graph_of_osmnx_gives_one_edge_for_each_direction(tmp_path: Path) -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for node, lon in ((1, 144.37), (2, 144.38)):
        graph.add_node(node, x=lon, y=43.0)
    for u, v in ((1, 2), (2, 1)):
        road = {"osmid": u, "highway": ["primary", "secondary"], "oneway": False, "length": 815.0}
        graph.add_edge(u, v, **road, speed_kph=40.0)
    nx.write_graphml(nx.MultiDiGraph(_as_text(graph)), tmp_path / "a.graphml")
    wanted = layer(tmp_path / "a.graphml", "network")
    nodes, edges, report = read_streets(wanted, crs=CRS)
    assert nodes.index.tolist() == ["1", "2"]
    assert edges[["u", "v"]].to_numpy().tolist() == [["1", "2"], ["2", "1"]]
    assert edges["oneway"].all()
    assert edges["kind"].tolist() == ["primary"] * 2
    assert edges["speed_kmh"].tolist() == [40.0] * 2
    assert edges["length_m"].tolist() == pytest.approx([815, 815], abs=3)
    assert (report.crs, report.crs_from) == ("EPSG:4326", "file")


def _as_text(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Return the graph with its attributes as GraphML has them: texts."""
    copy = nx.MultiDiGraph(**{name: str(value) for name, value in graph.graph.items()})
    for node, data in graph.nodes(data=True):
        copy.add_node(node, **{name: str(value) for name, value in data.items()})
    for u, v, data in graph.edges(data=True):
        copy.add_edge(u, v, **{name: str(value) for name, value in data.items()})
    return copy
