"""Travel over a town of 5 by 5 junctions, 100 metres apart, whose ways can be counted.

::

    20  21  22  23  24      streets join every two neighbours: 20 km/h, so 18 s a block
    15  16  17  18  19      a hamlet of one street lies apart, a kilometre to the east
    10  11  12  13  14
     5   6   7   8   9
     0   1   2   3   4      30 -- 31
"""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.errors import CrsError, LayerError
from landuse.network import Network, nearest, network_from_edges, snap, travel_costs
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from collections.abc import Sequence

CRS = "EPSG:6681"
SPEEDS = read_speeds(Path(str(resources.files("landuse") / "presets" / "speeds.toml")))
BLOCK_M, BLOCK_S = 100.0, 18.0
FOOT_KMH = 3.6
"""One metre a second off the network."""
Point = tuple[float, float]


def edges(pairs: Sequence[tuple[Point, Point]], **columns: object) -> gpd.GeoDataFrame:
    lines = [shapely.LineString([(BLOCK_M * x, BLOCK_M * y) for x, y in pair]) for pair in pairs]
    return gpd.GeoDataFrame({"kind": ["street"] * len(lines), **columns}, geometry=lines, crs=CRS)


def town_pairs() -> list[tuple[Point, Point]]:
    level = [((x, y), (x + 1, y)) for x in range(4) for y in range(5)]
    upright = [((x, y), (x, y + 1)) for x in range(5) for y in range(4)]
    return [*level, *upright, ((14.0, 0.0), (15.0, 0.0))]


def build(table: gpd.GeoDataFrame, mode: str = "drive") -> Network:
    return network_from_edges(table, speeds=SPEEDS, mode=mode)


TOWN = build(edges(town_pairs()))


def places(*at: Point | None, ids: Sequence[str] | None = None) -> gpd.GeoSeries:
    shapes = [None if p is None else shapely.Point(BLOCK_M * p[0], BLOCK_M * p[1]) for p in at]
    return gpd.GeoSeries(shapes, index=ids or [f"p{n}" for n in range(len(at))], crs=CRS)


def seconds(network: Network, start: Point, end: Point, **options: object) -> float:
    table = travel_costs(network, places(start), places(end), off_network_kmh=FOOT_KMH, **options)
    return float(table["cost_s"].iloc[0])


# --- the graph ----------------------------------------------------------------------------


def test_ends_with_the_same_coordinates_are_one_node() -> None:
    assert len(TOWN.nodes) == 25 + 2
    assert TOWN.graph.nnz == 2 * (40 + 1)
    assert len(set(TOWN.component)) == 2


def test_ids_of_nodes_count_where_they_are_given() -> None:
    crossing = edges([((0, 0), (1, 0)), ((1, 0), (2, 0))], u=["a", "c"], v=["b", "d"])
    assert len(build(crossing).nodes) == 4, "a bridge over a street: they do not meet"


def test_of_parallel_streets_the_quickest_counts() -> None:
    two = edges([((0, 0), (1, 0)), ((0, 0), (1, 0))], kind=["street", "trunk"])
    assert seconds(build(two), (0, 0), (1, 0)) == pytest.approx(100 / (50 / 3.6))


def test_stated_speed_and_length_override_the_drawing() -> None:
    stated = edges([((0, 0), (1, 0))], speed_kmh=[36.0], length_km=[0.5])
    assert seconds(build(stated), (0, 0), (1, 0)) == pytest.approx(50)
    parts = shapely.MultiLineString([[(0, 0), (100, 0)], [(100, 0), (200, 0)]])
    multi = gpd.GeoDataFrame({"kind": ["street"], "length_km": [0.4]}, geometry=[parts], crs=CRS)
    assert seconds(build(multi), (0, 0), (2, 0)) == pytest.approx(400 / (20 / 3.6))


def test_a_mode_leaves_out_kinds_that_it_does_not_use() -> None:
    mixed = edges([((0, 0), (1, 0)), ((0, 1), (1, 1))], kind=["street", "expressway"])
    assert len(build(mixed, mode="walk").edges) == 1
    assert len(build(mixed, mode="drive").edges) == 2


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (edges([((0, 0), (1, 0))], kind=["canal"]), "none is of a kind that the mode uses"),
        (edges([((0, 0), (1, 0))], speed_kmh=[-1.0]), "speed_kmh: 1 are not above 0"),
        (edges([((0, 0), (1, 0))]).drop(columns="kind"), "column kind: is missing"),
    ],
)
def test_unusable_edges_are_refused(table: gpd.GeoDataFrame, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        build(table)


def test_edges_in_degrees_are_refused() -> None:
    with pytest.raises(CrsError, match="degrees"):
        build(edges(town_pairs()).to_crs("EPSG:4326"))


# --- places on the network -------------------------------------------------------------------


def test_a_place_snaps_to_the_edge_beside_it_not_to_a_node() -> None:
    found = snap(TOWN, places((0.5, -0.3), None, (30.0, 0.0)), within_m=500)
    assert found["snap_m"].tolist()[0] == pytest.approx(30)
    assert found["share"].iloc[0] == pytest.approx(0.5)
    assert (found["edge"] >= 0).tolist() == [True, False, False]


# --- costs ------------------------------------------------------------------------------------


def test_blocks_are_counted_as_the_taxi_drives() -> None:
    assert seconds(TOWN, (0, 0), (3, 2)) == pytest.approx(5 * BLOCK_S)


def test_the_way_to_the_street_is_walked_at_the_stated_speed() -> None:
    assert seconds(TOWN, (0.5, -0.3), (3.5, -0.2)) == pytest.approx(30 + 20 + 3 * BLOCK_S)


def test_two_places_on_one_street_need_no_junction() -> None:
    assert seconds(TOWN, (0.2, 0), (0.7, 0)) == pytest.approx(0.5 * BLOCK_S)


def test_a_place_to_itself_costs_nothing_wherever_it_is() -> None:
    for place in ((0, 0), (0.3, 0), (0.3, 0.4), (-9.0, 4.0)):
        assert seconds(TOWN, place, place) == 0


def test_neighbours_far_from_the_street_walk_straight() -> None:
    assert seconds(TOWN, (-5.0, 0), (-5.0, 0.1)) == pytest.approx(10)


def test_one_way_streets_are_searched_from_the_facility_against_their_direction() -> None:
    ring = [((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 1)), ((0, 1), (0, 0))]
    oneway = build(edges(ring, oneway=[True] * 4))
    assert seconds(oneway, (0, 0), (1, 0)) == pytest.approx(BLOCK_S)
    assert seconds(oneway, (1, 0), (0, 0)) == pytest.approx(3 * BLOCK_S)
    assert seconds(oneway, (1, 0), (0, 0), direction="from") == pytest.approx(BLOCK_S)
    assert seconds(oneway, (0.2, 0), (0.7, 0)) == pytest.approx(0.5 * BLOCK_S)
    assert seconds(oneway, (0.7, 0), (0.2, 0)) == pytest.approx(3.5 * BLOCK_S)


def test_every_blank_has_its_reason() -> None:
    origins = places((0, 0), (14, 0), (50, 50), None, ids=["home", "hamlet", "sea", "lost"])
    destinations = places((2, 0), (4, 4), None, ids=["near", "far", "unknown"])
    table = travel_costs(
        TOWN, origins, destinations, off_network_kmh=FOOT_KMH, cutoff_s=60.0, within_m=200.0
    )
    reason = table.pivot_table(index="from_id", columns="to_id", values="reason", aggfunc="first")
    assert reason.loc["home", "near"] == ""
    assert reason.loc["home", "far"] == "beyond_cutoff"
    assert reason.loc["hamlet", "near"] == "island"
    assert reason.loc["sea", "near"] == "off_network"
    assert reason.loc["lost", "near"] == "outside_data"
    assert (reason["unknown"] == "no_facility_data").all()
    assert (table["cost_s"].isna() == (table["reason"] != "")).all()
    short = travel_costs(
        TOWN, origins, destinations, off_network_kmh=FOOT_KMH, cutoff_s=60.0, keep_blanks=False
    )
    assert short[["from_id", "to_id"]].to_numpy().tolist() == [["home", "near"]]


def test_nearest_names_the_facility_or_the_reason() -> None:
    origins = places((0, 0), (4, 3), (14, 0), (50, 50), None)
    facilities = places((1, 0), (4, 4), None, ids=["a", "b", "c"])
    found = nearest(
        TOWN, origins, facilities, off_network_kmh=FOOT_KMH, cutoff_s=600.0, within_m=200.0
    )
    assert found["to_id"].tolist() == ["a", "b", "", "", ""]
    assert found["cost_s"].tolist()[:2] == [BLOCK_S, BLOCK_S]
    assert found["reason"].tolist() == ["", "", "island", "off_network", "outside_data"]
    nobody = nearest(TOWN, origins, places(None, ids=["x"]), off_network_kmh=FOOT_KMH)
    assert (nobody["reason"] == "no_facility_data").all()
    none = nearest(TOWN, origins, places(), off_network_kmh=FOOT_KMH)
    assert (none["reason"] == "no_facility_data").all()


def test_without_places_there_are_no_pairs() -> None:
    table = travel_costs(TOWN, places(), places(), off_network_kmh=FOOT_KMH)
    assert table.columns.tolist() == ["from_id", "to_id", "cost_s", "reason"]
    assert table.empty


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(LayerError, match="give 'to' or 'from'"):
        seconds(TOWN, (0, 0), (1, 0), direction="there")


# --- laws and referees ---------------------------------------------------------------------------

spots = st.tuples(st.floats(-0.5, 4.5), st.floats(-0.5, 4.5))


@given(st.lists(spots, min_size=1, max_size=5), st.lists(spots, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_nearest_is_the_least_of_the_pairs(origins: list[Point], others: list[Point]) -> None:
    here, there = places(*origins), places(*others, ids=[f"f{n}" for n in range(len(others))])
    before = here.copy(), there.copy()
    pairs = travel_costs(TOWN, here, there, off_network_kmh=FOOT_KMH)
    found = nearest(TOWN, here, there, off_network_kmh=FOOT_KMH)
    least = pairs.groupby("from_id")["cost_s"].min()
    np.testing.assert_allclose(found["cost_s"], least.reindex(found.index), rtol=1e-9)
    named = pairs.set_index(["from_id", "to_id"])["cost_s"]
    chosen = [named[pair] for pair in zip(found.index, found["to_id"], strict=True)]
    np.testing.assert_allclose(found["cost_s"], chosen, rtol=1e-9)
    assert here.equals(before[0])
    assert there.equals(before[1])


@given(st.lists(spots, min_size=2, max_size=4), st.floats(0.0, 200.0))
@settings(max_examples=40, deadline=None)
def test_a_cutoff_blanks_what_costs_more_and_changes_nothing_else(
    spots_at: list[Point], cutoff_s: float
) -> None:
    everyone = places(*spots_at)
    full = travel_costs(TOWN, everyone, everyone, off_network_kmh=FOOT_KMH)
    cut = travel_costs(TOWN, everyone, everyone, off_network_kmh=FOOT_KMH, cutoff_s=cutoff_s)
    within = full["cost_s"] <= cutoff_s
    pd.testing.assert_series_equal(cut["cost_s"], full["cost_s"].where(within))
    assert (cut.loc[~within, "reason"] == "beyond_cutoff").all()


@given(spots, spots)
@settings(max_examples=40, deadline=None)
def test_two_way_streets_cost_the_same_there_and_back(start: Point, end: Point) -> None:
    there, back = seconds(TOWN, start, end), seconds(TOWN, end, start)
    assert there == pytest.approx(back, rel=1e-9, abs=1e-9)
    assert seconds(TOWN, start, end, direction="from") == pytest.approx(back, rel=1e-9, abs=1e-9)


@st.composite
def one_way_towns(draw: st.DrawFn) -> tuple[gpd.GeoDataFrame, nx.DiGraph]:
    """Return streets of which some are one-way or slow, and the same as networkx knows it."""
    pairs = town_pairs()[:-1]
    oneway = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    speed = draw(st.lists(st.floats(5.0, 60.0), min_size=len(pairs), max_size=len(pairs)))
    graph = nx.DiGraph()
    for (tail, head), only, kmh in zip(pairs, oneway, speed, strict=True):
        graph.add_edge(tail, head, s=BLOCK_M / kmh * 3.6)
        if not only:
            graph.add_edge(head, tail, s=BLOCK_M / kmh * 3.6)
    return edges(pairs, oneway=oneway, speed_kmh=speed), graph


@given(one_way_towns(), st.data())
@settings(max_examples=30, deadline=None)
def test_networkx_finds_the_same_costs_between_junctions(
    town: tuple[gpd.GeoDataFrame, nx.DiGraph], data: st.DataObject
) -> None:
    table, graph = town
    network = build(table)
    junction = st.tuples(st.integers(0, 4), st.integers(0, 4))
    start, end = data.draw(junction), data.draw(junction)
    wanted = nx.single_source_dijkstra_path_length(graph, start, weight="s").get(end, math.nan)
    assert seconds(network, start, end) == pytest.approx(wanted, rel=1e-9, nan_ok=True)


@given(one_way_towns(), st.data())
@settings(max_examples=20, deadline=None)
def test_the_triangle_inequality_holds_between_junctions(
    town: tuple[gpd.GeoDataFrame, nx.DiGraph], data: st.DataObject
) -> None:
    network = build(town[0])
    junction = st.tuples(st.integers(0, 4), st.integers(0, 4))
    trio = [data.draw(junction) for _ in range(3)]
    everyone = places(*trio)
    table = travel_costs(network, everyone, everyone, off_network_kmh=FOOT_KMH)
    cost = table.pivot_table(index="from_id", columns="to_id", values="cost_s").reindex(
        index=everyone.index, columns=everyone.index
    )
    filled = cost.fillna(np.inf).to_numpy()
    assert (filled[0, 2] <= filled[0, 1] + filled[1, 2] + 1e-9) or np.isinf(filled[0, 1])
