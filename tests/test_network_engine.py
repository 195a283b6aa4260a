"""The fast engine against the plain one and networkx, and the laws of places on streets.

The town is that of `test_network`: 5 by 5 junctions, 100 metres and 18 seconds apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.config import preset
from landuse.decay import Binary, Exponential, Gaussian, Linear, Stepped
from landuse.errors import LayerError
from landuse.hierarchy import Search, at_nodes, hierarchy_from_arrays, matrix
from landuse.network import (
    Network,
    Prepared,
    Snapping,
    Turns,
    cost_matrix,
    key_of,
    nearest,
    nearest_k,
    network_from_edges,
    opportunities,
    people_within,
    prepare,
    snap,
    travel_costs,
    turns_of,
)
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from landuse.decay import Decay

CRS = "EPSG:6681"
SPEEDS = read_speeds(preset("speeds.toml"))
BLOCK_M, BLOCK_S = 100.0, 18.0
FOOT = {"off_network_kmh": 3.6}
"""One metre a second off the network."""
MS = 0.001
Point = tuple[float, float]
DIRECTIONS = ("to", "from", "there_and_back")


def edges(pairs: Sequence[tuple[Point, Point]], **columns: object) -> gpd.GeoDataFrame:
    lines = [shapely.LineString([(BLOCK_M * x, BLOCK_M * y) for x, y in pair]) for pair in pairs]
    return gpd.GeoDataFrame({"kind": ["street"] * len(lines), **columns}, geometry=lines, crs=CRS)


def town_pairs(side: int = 5) -> list[tuple[Point, Point]]:
    level = [((x, y), (x + 1, y)) for x in range(side - 1) for y in range(side)]
    upright = [((x, y), (x, y + 1)) for x in range(side) for y in range(side - 1)]
    return [*level, *upright]


def build(table: gpd.GeoDataFrame, **options: object) -> Network:
    return network_from_edges(table, speeds=SPEEDS, mode="drive", **options)


def places(*at: Point | None, ids: Sequence[str] | None = None) -> gpd.GeoSeries:
    shapes = [None if p is None else shapely.Point(BLOCK_M * p[0], BLOCK_M * p[1]) for p in at]
    return gpd.GeoSeries(shapes, index=ids or [f"p{n}" for n in range(len(at))], crs=CRS)


def seconds(network: Network | Prepared, start: Point, end: Point, direction: str = "to") -> float:
    table = travel_costs(network, places(start), places(end), direction=direction, **FOOT)
    return float(table["cost_s"].iloc[0])


def table_of(points: gpd.GeoSeries, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=points.to_numpy(), index=points.index, crs=CRS)


TOWN = build(edges(town_pairs()))
FAST, PLAIN = prepare(TOWN), prepare(TOWN, engine="plain")
spots = st.tuples(st.floats(-0.5, 4.5), st.floats(-0.5, 4.5))


@st.composite
def towns(draw: st.DrawFn) -> Network:
    """Return towns of which some streets are one-way, slow, or have lights."""
    pairs = [*town_pairs(4), ((9.0, 0.0), (10.0, 0.0))]
    many = {"min_size": len(pairs), "max_size": len(pairs)}
    return build(
        edges(
            pairs,
            oneway=draw(st.lists(st.booleans(), **many)),
            speed_kmh=draw(st.lists(st.floats(3.0, 80.0), **many)),
            signals_u=draw(st.lists(st.booleans(), **many)),
        )
    )


# --- both engines ---------------------------------------------------------------------------


@given(towns(), st.lists(spots, min_size=1, max_size=6), st.lists(spots, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_both_engines_agree_to_the_millisecond_with_the_same_reasons(
    town: Network, origins: list[Point], others: list[Point]
) -> None:
    here, there = places(*origins, None, (9.5, 0.2)), places(*others, None)
    fast, plain = prepare(town), prepare(town, engine="plain")
    for direction in DIRECTIONS:
        for cutoff_s in (np.inf, 100.0):
            options = {"cutoff_s": cutoff_s, "within_m": 60.0, "direction": direction, **FOOT}
            ours, theirs = (
                travel_costs(engine, here, there, **options) for engine in (fast, plain)
            )
            close = ~np.isclose(theirs["cost_s"].fillna(0), 100.0, atol=2 * MS)
            pd.testing.assert_frame_equal(ours[close], theirs[close], rtol=0, atol=MS)
            first, second = (nearest(engine, here, there, **options) for engine in (fast, plain))
            np.testing.assert_allclose(first["cost_s"], second["cost_s"], rtol=0, atol=MS)
            assert first["reason"].tolist() == second["reason"].tolist()


@given(towns(), st.data())
@settings(max_examples=30, deadline=None)
def test_networkx_finds_the_same_between_junctions(town: Network, data: st.DataObject) -> None:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(town.nodes)))
    arcs = town.graph.tocoo()
    graph.add_weighted_edges_from(zip(arcs.row, arcs.col, arcs.data, strict=True))
    nodes = st.integers(0, len(town.nodes) - 1)
    start, end = data.draw(nodes), data.draw(nodes)
    fast = prepare(town)
    wanted = nx.single_source_dijkstra_path_length(graph, start).get(end, np.inf)
    assert fast.costs is not None
    search = Search(
        costs=fast.costs, sources=at_nodes(np.array([end])), targets=at_nodes(np.array([start]))
    )
    assert float(matrix(search)[0, 0]) == pytest.approx(wanted, abs=MS)


@given(towns(), st.lists(spots, min_size=2, max_size=4))
@settings(max_examples=30, deadline=None)
def test_the_triangle_inequality_holds_by_street(town: Network, trio: list[Point]) -> None:
    # Places on the streets themselves: a straight way off the network obeys no street.
    on = places(*((round(x), y) for x, y in trio))
    table = travel_costs(prepare(town), on, on, within_m=Snapping(within_m=60.0), **FOOT)
    cost = table.pivot_table(index="from_id", columns="to_id", values="cost_s", dropna=False)
    filled = cost.fillna(np.inf).to_numpy()
    via = (filled[:, :, None] + filled[None]).min(axis=1)
    waits_s = turns_of("drive").signal_s
    assert (filled <= via + waits_s + MS).all()


@given(st.lists(spots, min_size=2, max_size=5))
@settings(max_examples=30, deadline=None)
def test_two_way_towns_are_symmetric_and_there_and_back_is_twice_the_way(at: list[Point]) -> None:
    everyone = places(*at)
    to, back, both = (
        travel_costs(FAST, everyone, everyone, direction=direction, **FOOT)
        for direction in DIRECTIONS
    )
    np.testing.assert_array_equal(to["cost_s"], back["cost_s"])
    np.testing.assert_allclose(both["cost_s"], 2 * to["cost_s"], rtol=0, atol=MS)
    square = to.pivot_table(index="from_id", columns="to_id", values="cost_s").to_numpy()
    np.testing.assert_array_equal(square, square.T)
    assert (np.diag(square) == 0).all()


def test_there_and_back_on_one_way_streets_goes_round_the_ring() -> None:
    ring = [((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 1)), ((0, 1), (0, 0))]
    for engine in ("fast", "plain"):
        oneway = prepare(build(edges(ring, oneway=[True] * 4)), engine=engine)
        assert seconds(oneway, (0.2, 0), (0.7, 0)) == pytest.approx(0.5 * BLOCK_S, abs=MS)
        assert seconds(oneway, (0.2, 0), (0.7, 0), "from") == pytest.approx(3.5 * BLOCK_S, abs=MS)
        both = seconds(oneway, (0.2, 0), (0.7, 0), "there_and_back")
        assert both == pytest.approx(4 * BLOCK_S, abs=MS)


# --- other costs on the same streets ------------------------------------------------------------


@given(towns(), st.integers(0, 23), st.lists(spots, min_size=2, max_size=5))
@settings(max_examples=30, deadline=None)
def test_closing_a_street_makes_nobody_earlier_and_equals_a_rebuild(
    town: Network, closed: int, at: list[Point]
) -> None:
    everyone, fast = places(*at), prepare(town)
    ahead_s, back_s = (town.edges[name].to_numpy().copy() for name in ("ahead_s", "back_s"))
    ahead_s[closed] = back_s[closed] = np.inf
    shut = fast.repriced(ahead_s=ahead_s, back_s=back_s)
    before, after = (travel_costs(one, everyone, everyone, **FOOT) for one in (fast, shut))
    late = after["cost_s"].fillna(np.inf) - before["cost_s"].fillna(1e9)
    assert (late >= -MS).all()
    anew = travel_costs(prepare(shut.network), everyone, everyone, **FOOT)
    pd.testing.assert_frame_equal(after, anew)


def test_winter_on_every_street_doubles_the_way_but_not_the_leg() -> None:
    ahead_s, back_s = (2 * TOWN.edges[name].to_numpy() for name in ("ahead_s", "back_s"))
    winter = FAST.repriced(ahead_s=ahead_s, back_s=back_s)
    assert seconds(winter, (0.5, -0.3), (3, 0)) == pytest.approx(30 + 2 * 2.5 * BLOCK_S, abs=MS)
    assert winter.hierarchy is FAST.hierarchy


def test_a_kept_hierarchy_serves_the_same_topology_and_no_other() -> None:
    assert FAST.hierarchy is not None
    kept = hierarchy_from_arrays(FAST.hierarchy.arrays())
    again = prepare(TOWN, hierarchy=kept)
    assert seconds(again, (0, 0), (3, 2)) == seconds(FAST, (0, 0), (3, 2))
    other = build(edges(town_pairs(4)))
    assert key_of(TOWN) != key_of(other)
    with pytest.raises(LayerError, match="not of this network"):
        prepare(other, hierarchy=kept)
    with pytest.raises(LayerError, match="give 'fast' or 'plain'"):
        prepare(TOWN, engine="slow")
    with pytest.raises(LayerError, match="seconds for every edge"):
        FAST.repriced(ahead_s=np.ones(2), back_s=np.ones(2))


# --- traffic lights ------------------------------------------------------------------------------


def test_lights_are_paid_by_whoever_passes_them_in_either_direction() -> None:
    row = [((0, 0), (1, 0)), ((1, 0), (2, 0)), ((2, 0), (3, 0))]
    lit = edges(row, signals_v=[True, False, False], signals_u=[False, True, False])
    for engine in ("fast", "plain"):
        network = prepare(build(lit, turns=Turns(signal_s=10.0)), engine=engine)
        assert seconds(network, (0.5, 0), (2.5, 0)) == pytest.approx(2 * BLOCK_S + 10, abs=MS)
        assert seconds(network, (2.5, 0), (0.5, 0)) == pytest.approx(2 * BLOCK_S + 10, abs=MS)
        assert seconds(network, (1.2, 0), (2.8, 0)) == pytest.approx(1.6 * BLOCK_S, abs=MS)
        assert seconds(network, (0.1, 0), (0.9, 0)) == pytest.approx(0.8 * BLOCK_S, abs=MS)


def test_lights_within_a_street_are_spread_along_it() -> None:
    network = build(edges([((0, 0), (1, 0))], signals_between=[2]), turns=Turns(signal_s=10.0))
    assert seconds(network, (0, 0), (1, 0)) == pytest.approx(BLOCK_S + 20)
    assert seconds(network, (0, 0), (0.5, 0)) == pytest.approx(BLOCK_S / 2 + 10)


def test_a_mode_without_a_figure_pays_nothing_and_no_figure_claims_to_be_checked() -> None:
    assert turns_of("sledge").signal_s == 0
    assert not any(turns_of(mode).verified for mode in ("walk", "drive", "sledge"))


# --- places and what matters ----------------------------------------------------------------------


def big_town(extra: Sequence[tuple[Point, Point]], oneway: Sequence[bool]) -> Network:
    pairs = town_pairs(12)
    return build(edges([*pairs, *extra], oneway=[*[False] * len(pairs), *oneway]))


def test_a_car_park_cut_off_from_the_town_is_passed_over_and_an_island_is_not() -> None:
    network = big_town([((3.2, 3.5), (3.8, 3.5)), ((40, 0), (41, 0))], [False, False])
    found = snap(network, places((3.5, 3.4), (40.5, 0.1), (40.5, 0.1)), within_m=1e4)
    assert found["snap_m"].tolist()[0] == pytest.approx(40), "the town's street, not the park's"
    assert found["why"].tolist() == ["", "island", "island"]
    near = snap(network, places((40.5, 0.1)), within_m=Snapping(farther_m=1e5))
    assert near["snap_m"].iloc[0] > 2000


def test_a_one_way_trap_holds_nobody() -> None:
    trap = [((3.0, 3.0), (3.5, 3.5))]
    network = big_town(trap, [True])
    found = snap(network, places((3.45, 3.5), None))
    assert network.edges.geometry.iloc[found["edge"].iloc[0]].length == pytest.approx(BLOCK_M)
    assert found["why"].tolist() == ["", "outside_data"]
    assert found["component"].iloc[0] == network.component[0]


@given(st.floats(0.0, 0.9), st.floats(0.0, 0.1), spots)
@settings(max_examples=50, deadline=None)
def test_moving_along_a_street_changes_costs_by_no_more_than_the_way(
    at: float, by: float, end: Point
) -> None:
    before, after = (seconds(FAST, (at + step, 0.0), end) for step in (0.0, by))
    assert abs(after - before) <= by * BLOCK_M * max(1.0, BLOCK_S / BLOCK_M) + MS


@given(st.lists(spots, min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_the_street_found_is_the_nearest(at: list[Point]) -> None:
    points = places(*at)
    found = snap(TOWN, points)
    wanted = [TOWN.edges.distance(point).min() for point in points]
    np.testing.assert_allclose(found["snap_m"], wanted, atol=1e-9)
    lines = TOWN.edges.geometry.to_numpy()[found["edge"]]
    spot = shapely.line_interpolate_point(lines, found["share"], normalized=True)
    np.testing.assert_allclose(shapely.distance(spot, points.to_numpy()), wanted, atol=1e-6)


def test_a_leg_costs_what_the_surface_says_and_no_straight_way_undercuts_it() -> None:
    door = places((0.5, -0.3), (0.5, -0.3), (0.5, -0.3))
    homes = table_of(door, off_network_s=[500.0, np.nan, np.inf])
    clinic = places((0.5, -0.2), (0.5, -0.3))
    for engine in (FAST, PLAIN):
        table = travel_costs(engine, homes, clinic, **FOOT)
        assert table["cost_s"].tolist()[:2] == pytest.approx([520, 50], abs=MS)
        assert table["cost_s"].tolist()[3:] == [0, 0, 0], "the same spot is the same spot"
        assert table["reason"].tolist()[:3] == ["", "", "off_network"]
    with pytest.raises(LayerError, match="1 are below 0"):
        travel_costs(FAST, homes.assign(off_network_s=[-1.0, 0, 0]), clinic, **FOOT)


def test_far_and_cut_off_are_told_apart_under_a_limit() -> None:
    oneway = build(edges([((0, 0), (1, 0)), ((1, 0), (2, 0))], oneway=[True, True]))
    for engine in ("fast", "plain"):
        network = prepare(oneway, engine=engine)
        table = travel_costs(
            network, places((0, 0), (2, 0)), places((2, 0), (0, 0)), cutoff_s=10.0, **FOOT
        )
        assert table["reason"].tolist() == ["beyond_cutoff", "", "", "island"]


# --- measures ------------------------------------------------------------------------------------

DECAYS = (
    Binary(cutoff_s=60),
    Stepped(limits_s=(30, 90), weights=(1.0, 0.4)),
    Linear(cutoff_s=80),
    Exponential(scale_s=40, cutoff_s=100),
    Gaussian(scale_s=40, cutoff_s=100),
)


@given(st.lists(spots, min_size=1, max_size=8), st.lists(spots, min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_the_nearest_k_are_the_least_of_the_matrix(here: list[Point], there: list[Point]) -> None:
    homes, clinics = places(*here), places(*there)
    wanted = np.sort(cost_matrix(PLAIN, homes, clinics, **FOOT), axis=1)
    for engine in (FAST, PLAIN):
        found = nearest_k(engine, homes, clinics, count=3, **FOOT)
        cost_s = found["cost_s"].to_numpy().reshape(len(homes), 3)
        most = min(3, len(clinics))
        np.testing.assert_allclose(cost_s[:, :most], wanted[:, :most], atol=MS)
        assert np.isnan(cost_s[:, most:]).all()
        assert (found.loc[found["rank"] > most, "reason"] == "island").all()


@pytest.mark.parametrize("decay", DECAYS, ids=lambda decay: type(decay).__name__)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_sums_are_those_of_the_matrix(decay: Decay, direction: str) -> None:
    rng = np.random.default_rng(7)
    homes = places(*map(tuple, rng.uniform(-0.4, 4.4, (60, 2))))
    clinics = places(*map(tuple, rng.uniform(-0.4, 4.4, (25, 2))))
    people = table_of(homes, all=rng.integers(0, 90, 60), old=rng.uniform(0, 9, 60))
    beds = table_of(clinics, beds=rng.uniform(0, 50, 25))
    weight = decay(cost_matrix(PLAIN, homes, clinics, direction=direction, **FOOT))
    for engine in (FAST, PLAIN):
        options = {"decay": decay, "direction": direction, **FOOT}
        come = people_within(engine, people, clinics, columns=["all", "old"], **options)
        wanted = weight.T @ people[["all", "old"]].to_numpy()
        np.testing.assert_allclose(come[["all", "old"]], wanted, rtol=1e-3)
        reach = opportunities(engine, homes, beds, columns=["beds"], **options)
        np.testing.assert_allclose(reach["beds"], weight @ beds["beds"], rtol=1e-3)


class Own:
    """A decay that the package does not know."""

    cutoff_s = 70.0

    def __call__(self, cost_s: object) -> np.ndarray:
        cost = np.asarray(cost_s, dtype=float)
        return np.where(cost <= self.cutoff_s, 0.25, 0.0)


def test_a_decay_of_ones_own_and_places_off_the_network() -> None:
    homes = table_of(places((0, 0), (4, 4), None), all=[4, 8, 16])
    sites = places((1, 0), (90, 90), None)
    for engine in (FAST, PLAIN):
        found = people_within(
            engine, homes, sites, columns=["all"], decay=Own(), within_m=200.0, **FOOT
        )
        assert found["all"].tolist()[0] == 1
        assert found["all"].isna().tolist() == [False, True, True]
        assert found["reason"].tolist() == ["", "off_network", "no_facility_data"]


def test_tables_are_handed_on_without_the_blanks() -> None:
    homes, clinics = places((0, 0), (4, 4), None), places((0, 1), (4, 0))
    for engine in (FAST, PLAIN):
        kept: list[pd.DataFrame] = []
        nothing = cost_matrix(engine, homes, clinics, cutoff_s=80, into=kept.append, **FOOT)
        assert nothing is None
        table = pd.concat(kept)
        assert table["cost_s"].dtype == np.float32
        assert table[["from_id", "to_id"]].to_numpy().tolist() == [
            ["p0", "p0"],
            ["p0", "p1"],
            ["p1", "p1"],
        ]
        assert table["cost_s"].tolist() == pytest.approx([18, 72, 72], abs=MS)


@pytest.mark.parametrize("direction", ["to", "from", "there_and_back"])
def test_few_origins_pay_what_the_same_places_pay_as_destinations(direction: str) -> None:
    one, many = places((3, 1)), places((0, 0), (4, 4), None, (2, 2))
    back = {"to": "from", "from": "to"}.get(direction, direction)
    for engine in (FAST, PLAIN):
        found = cost_matrix(engine, one, many, direction=direction, **FOOT)
        turned = cost_matrix(engine, many, one, direction=back, **FOOT)
        assert found.shape == (1, 4)
        np.testing.assert_allclose(found, turned.T, atol=MS)
        pairs = travel_costs(engine, one, many, direction=direction, **FOOT)
        np.testing.assert_allclose(found[0], pairs["cost_s"].fillna(np.inf), atol=MS)
