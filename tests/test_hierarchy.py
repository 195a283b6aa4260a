"""Hierarchies against other searches, and the laws that costs obey."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from landuse.hierarchy import (
    Costs,
    Direct,
    Hierarchy,
    Places,
    Search,
    Weighing,
    at_nodes,
    contract,
    customise,
    elimination_order,
    hierarchy_from_arrays,
    matrix,
    nearest,
    nearest_of_all,
    sums_by_source,
    sums_by_target,
    topology_key,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

MS = 0.001


class Graph(NamedTuple):
    """Arcs between nodes, with seconds."""

    nodes: int
    tail: Ints
    head: Ints
    cost_s: Floats

    def hierarchy(self) -> Hierarchy:
        rank = elimination_order(self.nodes, self.tail, self.head)
        return contract(rank, self.tail, self.head)

    def costs(self) -> Costs:
        return customise(self.hierarchy(), self.cost_s)

    def everywhere(self) -> Places:
        return at_nodes(np.arange(self.nodes))

    def truth(self) -> Floats:
        """Return seconds from every node to every node by networkx."""
        graph = nx.DiGraph()
        graph.add_nodes_from(range(self.nodes))
        for tail, head, cost_s in zip(self.tail, self.head, self.cost_s, strict=True):
            known = graph.get_edge_data(tail, head, {"s": np.inf})["s"]
            graph.add_edge(tail, head, s=min(known, cost_s))
        found = np.full((self.nodes, self.nodes), np.inf)
        for start, costs in nx.all_pairs_dijkstra_path_length(graph, weight="s"):
            for end, cost_s in costs.items():
                found[start, end] = cost_s
        return found


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Return directed graphs with loops, parallel arcs, closures, islands and free arcs."""
    nodes = draw(st.integers(1, 14))
    node = st.integers(0, nodes - 1)
    cost = st.one_of(st.floats(0, 5000), st.just(0.0), st.just(np.inf))
    arcs = draw(st.lists(st.tuples(node, node, cost), max_size=40))
    tail, head, cost_s = (np.array([arc[part] for arc in arcs]) for part in range(3))
    return Graph(nodes, tail.astype(np.int64), head.astype(np.int64), cost_s.astype(np.float64))


def town(side: int, seed: int = 5) -> Graph:
    """Return a square town of streets of random cost, some of them one-way."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    cost_s = rng.uniform(1, 90, len(tail))
    both = rng.random(len(tail)) < 0.8
    return Graph(
        side * side,
        np.concatenate([tail, head[both]]),
        np.concatenate([head, tail[both]]),
        np.concatenate([cost_s, cost_s[both]]),
    )


def assert_close(found: NDArray[np.floating], wanted: Floats) -> None:
    np.testing.assert_array_equal(np.isinf(found), np.isinf(wanted))
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=MS)


@given(graphs())
@settings(max_examples=120, deadline=None)
def test_all_pairs_are_those_of_networkx_to_the_millisecond(graph: Graph) -> None:
    costs, wanted = graph.costs(), graph.truth()
    everywhere = graph.everywhere()
    for direction, rows in (("to", wanted), ("from", wanted.T), ("there_and_back", None)):
        search = Search(costs=costs, sources=everywhere, targets=everywhere, direction=direction)
        assert_close(matrix(search), wanted + wanted.T if rows is None else rows)


@pytest.mark.parametrize("lanes", [1, 7, 64])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("limit_s", [np.inf, 600.0])
def test_a_town_is_that_of_scipy_however_the_work_is_shared_out(
    lanes: int, threads: int, limit_s: float
) -> None:
    graph, rng = town(40), np.random.default_rng(1)
    sources = rng.choice(graph.nodes, 90, replace=False)
    targets = rng.choice(graph.nodes, 300)
    search = Search(
        costs=graph.costs(),
        sources=at_nodes(sources),
        targets=at_nodes(targets),
        limit_s=limit_s,
        lanes=lanes,
        threads=threads,
    )
    shape = graph.nodes, graph.nodes
    wanted = dijkstra(csr_array((graph.cost_s, (graph.head, graph.tail)), shape), indices=sources)
    wanted = wanted[:, targets].T
    wanted[wanted > limit_s] = np.inf
    assert_close(matrix(search), wanted)
    for count in (1, 4):
        found_s, which = nearest(search, count)
        assert_close(found_s, np.sort(wanted, axis=1)[:, :count])
        known = which >= 0
        chosen = np.take_along_axis(wanted, np.where(known, which, 0), axis=1)
        assert_close(found_s[known], chosen[known])
    amounts = rng.integers(0, 50, (300, 2)).astype(float)
    within = Weighing(shape=0, limits_s=(200.0, 400.0), numbers=(1.0, 0.5))
    weight = np.where(wanted <= 200, 1.0, np.where(wanted <= 400, 0.5, 0.0))
    np.testing.assert_allclose(sums_by_source(search, amounts, within), weight.T @ amounts)
    offers = rng.integers(0, 9, (90, 1)).astype(float)
    np.testing.assert_allclose(sums_by_target(search, offers, within), weight @ offers)


@given(graphs(), st.data())
@settings(max_examples=60, deadline=None)
def test_the_nearest_of_all_is_the_first_of_the_nearest(graph: Graph, data: st.DataObject) -> None:
    node = st.integers(0, graph.nodes - 1)
    sources = np.array(data.draw(st.lists(node, min_size=1, max_size=5)))
    for direction in ("to", "from"):
        search = Search(
            costs=graph.costs(),
            sources=at_nodes(sources),
            targets=graph.everywhere(),
            direction=direction,
        )
        one_s, one = nearest_of_all(search)
        many_s, many = nearest(search, 1)
        np.testing.assert_array_equal(one_s, many_s[:, 0])
        np.testing.assert_array_equal(one, many[:, 0])


@pytest.mark.parametrize(("shape", "number"), [(1, 500.0), (2, 150.0), (3, 150.0)])
def test_decays_weigh_as_their_formulas_say(shape: int, number: float) -> None:
    graph = town(15)
    everywhere = graph.everywhere()
    search = Search(costs=graph.costs(), sources=everywhere, targets=everywhere, limit_s=500.0)
    cost_s = matrix(search).astype(float)
    share = cost_s / number
    weight = {1: 1 - share, 2: np.exp(-share), 3: np.exp(-(share**2) / 2)}[shape]
    weight = np.where(cost_s <= 500, weight, 0.0)
    how = Weighing(shape=shape, limits_s=(500.0,), numbers=(number,))
    ones = np.ones((graph.nodes, 1))
    np.testing.assert_allclose(sums_by_target(search, ones, how)[:, 0], weight.sum(1), rtol=1e-4)
    np.testing.assert_allclose(sums_by_source(search, ones, how)[:, 0], weight.sum(0), rtol=1e-4)


def test_a_direct_way_counts_even_where_no_street_leads() -> None:
    graph = Graph(2, np.array([0]), np.array([1]), np.array([50.0]))
    spots = Places(
        tail=np.array([0, -1]),
        head=np.array([1, -1]),
        out_s=(np.array([3.0, np.inf]), np.array([4.0, np.inf])),
        in_s=(np.array([3.0, np.inf]), np.array([4.0, np.inf])),
    )
    one = np.array([1])
    pairs = Direct(target=one, source=one - 1, to_s=np.array([9.0]), from_s=np.array([8.0]))
    for direction, seconds in (("to", 9.0), ("from", 8.0), ("there_and_back", 17.0)):
        search = Search(
            costs=graph.costs(), sources=spots, targets=spots, direction=direction, direct=pairs
        )
        found = matrix(search)
        assert found[1].tolist() == [seconds, np.inf]
        assert nearest(search, 1)[1].tolist() == [[0], [0]]


# --- laws -----------------------------------------------------------------------------------


@given(graphs(), st.data())
@settings(max_examples=60, deadline=None)
def test_closing_a_street_makes_nobody_earlier_and_new_costs_equal_a_rebuild(
    graph: Graph, data: st.DataObject
) -> None:
    if not len(graph.tail):
        return
    closed = data.draw(st.integers(0, len(graph.tail) - 1))
    changed = graph.cost_s.copy()
    changed[closed] = np.inf
    hierarchy, everywhere = graph.hierarchy(), graph.everywhere()
    before, after = (
        matrix(Search(costs=customise(hierarchy, cost_s), sources=everywhere, targets=everywhere))
        for cost_s in (graph.cost_s, changed)
    )
    assert (after >= before - MS).all()
    rest = np.arange(len(graph.tail)) != closed
    rebuilt = Graph(graph.nodes, graph.tail[rest], graph.head[rest], graph.cost_s[rest])
    anew = matrix(Search(costs=rebuilt.costs(), sources=everywhere, targets=everywhere))
    assert_close(after, anew.astype(float))


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_the_triangle_inequality_holds(graph: Graph) -> None:
    everywhere = graph.everywhere()
    cost_s = matrix(Search(costs=graph.costs(), sources=everywhere, targets=everywhere))
    via = (cost_s[:, :, None] + cost_s[None]).min(axis=1)
    assert (cost_s <= via + MS).all()


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_two_way_graphs_cost_the_same_in_both_directions_exactly(graph: Graph) -> None:
    both = Graph(
        graph.nodes,
        np.concatenate([graph.tail, graph.head]),
        np.concatenate([graph.head, graph.tail]),
        np.tile(graph.cost_s, 2),
    )
    everywhere = both.everywhere()
    cost_s = matrix(Search(costs=both.costs(), sources=everywhere, targets=everywhere))
    np.testing.assert_array_equal(cost_s, cost_s.T)


# --- keeping the order -------------------------------------------------------------------------


def test_a_hierarchy_comes_back_from_its_arrays() -> None:
    graph = town(12)
    kept = hierarchy_from_arrays(graph.hierarchy().arrays())
    everywhere = graph.everywhere()
    again, first = (
        matrix(Search(costs=costs, sources=everywhere, targets=everywhere))
        for costs in (customise(kept, graph.cost_s), graph.costs())
    )
    np.testing.assert_array_equal(again, first)


def test_the_key_names_the_topology_and_no_cost() -> None:
    graph = town(4)
    key = topology_key(graph.nodes, graph.tail, graph.head)
    assert key == topology_key(graph.nodes, graph.tail.copy(), graph.head)
    assert key != topology_key(graph.nodes, graph.head, graph.tail)
    assert key != topology_key(graph.nodes + 1, graph.tail, graph.head)


def test_every_parent_stands_above_and_every_subtree_in_one_piece() -> None:
    made = town(20).hierarchy()
    places = np.arange(made.nodes)
    below = made.parent >= 0
    assert (made.parent[below] < places[below]).all()
    assert (made.parent + made.size[made.parent] >= places + made.size)[below].all()
    assert (made.depth[below] == made.depth[made.parent[below]] + 1).all()


@pytest.mark.skipif(not importlib.util.find_spec("pyroutingkit"), reason="no pyroutingkit")
def test_pyroutingkit_finds_the_same() -> None:
    import pyroutingkit  # noqa: PLC0415 - may be absent

    graph, rng = town(30), np.random.default_rng(2)
    cost_ms = np.rint(graph.cost_s * 1000)
    sources = rng.choice(graph.nodes, 20, replace=False)
    targets = rng.choice(graph.nodes, 50, replace=False)
    other = pyroutingkit.CCH()
    ends = graph.tail.astype(np.uint32), graph.head.astype(np.uint32)
    where = np.divmod(np.arange(graph.nodes), 30)
    other.build_topology(*ends, *(part.astype(np.float32) for part in where), graph.nodes)
    other.customize_weights(cost_ms.astype(np.uint32))
    wanted = other.distances_many_to_many(targets.astype(np.uint32), sources.astype(np.uint32))
    costs = customise(graph.hierarchy(), cost_ms / 1000)
    found = matrix(Search(costs=costs, sources=at_nodes(sources), targets=at_nodes(targets)))
    far = wanted >= pyroutingkit.INF_WEIGHT
    assert_close(found, np.where(far, np.inf, wanted / 1000))
