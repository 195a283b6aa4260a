"""Least cost over a raster: counted by hand, held by laws, checked by referees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
import referee_grass
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from landuse.errors import LayerError
from landuse.leastcost import WALL_EAST, WALL_NORTH, Links, kernel, least_cost

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

OPEN, B = 1.0, math.inf
METRE = (1.0, 1.0)


def plain(rows: int = 5, cols: int = 5) -> NDArray[np.float64]:
    return np.full((rows, cols), OPEN)


frictions = nps.arrays(
    np.float64,
    st.tuples(st.integers(2, 6), st.integers(2, 6)),
    elements=st.one_of(st.floats(0.05, 9.0), st.just(B)),
)
steps = st.tuples(st.floats(20.0, 150.0), st.floats(20.0, 150.0))
sizes = st.sampled_from([8, 16])


# --- values by reason -----------------------------------------------------------------


def test_a_straight_way_costs_its_metres_times_the_friction() -> None:
    cost, _ = least_cost([[2.0, 2.0, 2.0]], ([0], [0]), steps_m=(100.0, 90.0))
    np.testing.assert_allclose(cost, [[0, 200, 400]])


def test_a_step_takes_half_of_each_of_its_two_cells() -> None:
    cost, _ = least_cost([[1.0, 3.0]], ([0], [0]), steps_m=(100.0, 90.0))
    assert cost[0, 1] == pytest.approx(50 * 1 + 50 * 3)


def test_the_toy_plain_has_8_ways_or_16() -> None:
    eight, _ = least_cost(plain(), ([2], [2]), steps_m=METRE, neighbours=8)
    assert eight[2, 4] == 2
    assert eight[0, 0] == pytest.approx(2 * math.sqrt(2))
    assert eight[0, 1] == pytest.approx(1 + math.sqrt(2))
    sixteen, _ = least_cost(plain(), ([2], [2]), steps_m=METRE, neighbours=16)
    assert sixteen[0, 1] == pytest.approx(math.sqrt(5))


def test_a_knights_move_takes_a_quarter_of_each_of_the_four_cells_it_crosses() -> None:
    friction = np.array([[1.0, 2.0, 9.0], [9.0, 3.0, 4.0]])
    cost, _ = least_cost(friction, ([0], [0]), steps_m=METRE, neighbours=16)
    assert cost[1, 2] == pytest.approx(math.sqrt(5) * (1 + 2 + 3 + 4) / 4)


def test_rows_may_differ_in_width_and_a_move_takes_the_mean() -> None:
    cost, _ = least_cost(plain(2, 2), ([0], [0]), steps_m=([3.0, 4.0], [1.0, 1.0]), neighbours=8)
    assert cost[0, 1] == 3
    assert cost[1, 1] == pytest.approx((math.hypot(3, 1) + math.hypot(4, 1)) / 2)


def test_nothing_slips_between_two_barriers_that_touch_at_a_corner() -> None:
    friction = plain()
    friction[[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]] = B
    cost, nearest = least_cost(friction, ([0], [4]), steps_m=METRE)
    assert np.isinf(cost[np.tril_indices(5)]).all()
    assert (nearest[np.tril_indices(5)] == -1).all()
    assert np.isfinite(cost[np.triu_indices(5, 1)]).all()


@pytest.mark.parametrize("neighbours", [8, 16])
def test_nothing_jumps_over_a_barrier_one_cell_thick(neighbours: int) -> None:
    friction = plain()
    friction[:, 2] = B
    cost, _ = least_cost(friction, ([2], [0]), steps_m=METRE, neighbours=neighbours)
    assert np.isfinite(cost[:, :2]).all()
    assert np.isinf(cost[:, 2:]).all()


def test_a_corner_of_a_single_barrier_may_be_cut() -> None:
    friction = plain(2, 2)
    friction[0, 1] = B
    cost, _ = least_cost(friction, ([0], [0]), steps_m=METRE)
    assert cost[1, 1] == pytest.approx(math.sqrt(2))


def test_a_bridge_opens_the_barrier_where_it_stands() -> None:
    friction = plain()
    friction[:, 2] = B
    friction[4, 2] = OPEN
    cost, _ = least_cost(friction, ([0], [1]), steps_m=METRE, neighbours=8)
    assert cost[0, 3] == pytest.approx(6 + 2 * math.sqrt(2)), "down, over and up"


def test_a_wall_between_two_cells_stops_every_kind_of_move() -> None:
    walls = np.zeros((5, 5), dtype=np.uint8)
    walls[:, 1] |= WALL_EAST
    cost, _ = least_cost(plain(), ([2], [0]), steps_m=METRE, walls=walls)
    assert np.isinf(cost[:, 2:]).all()
    walls = np.zeros((5, 5), dtype=np.uint8)
    walls[2] |= WALL_NORTH
    cost, _ = least_cost(plain(), ([0], [2]), steps_m=METRE, walls=walls)
    assert np.isfinite(cost[:3]).all()
    assert np.isinf(cost[3:]).all()


def test_a_source_costs_nothing_and_the_first_of_equals_is_the_nearest() -> None:
    cost, nearest = least_cost(plain(1, 5), ([0, 0, 0], [4, 0, 4]), steps_m=METRE)
    np.testing.assert_array_equal(cost, [[0, 1, 2, 1, 0]])
    np.testing.assert_array_equal(nearest, [[1, 1, 0, 0, 0]])


def test_a_source_on_a_barrier_reaches_nobody() -> None:
    cost, nearest = least_cost([[OPEN, B, OPEN]], ([0, 0], [1, 2]), steps_m=METRE)
    np.testing.assert_array_equal(cost, [[B, B, 0]])
    np.testing.assert_array_equal(nearest, [[-1, -1, 1]])


def test_without_sources_or_open_cells_everything_is_blank() -> None:
    for friction in (plain(), np.full((5, 5), B)):
        cost, nearest = least_cost(friction, ([], []), steps_m=METRE)
        assert np.isinf(cost).all()
        assert (nearest == -1).all()
    assert np.isinf(least_cost(np.full((2, 2), B), ([0], [0]), steps_m=METRE).cost_s).all()


def test_frictions_far_apart_are_still_exact() -> None:
    # The cheapest move is a ten-millionth of the dearest: buckets wider than it, cells resettled.
    friction = np.array([[1e-6, 1e-6, 1e-6], [9e3, 9e3, 1e-6], [1e-6, 1e-6, 1e-6]])
    cost, _ = least_cost(friction, ([0], [0]), steps_m=METRE, neighbours=8)
    assert cost[2, 0] == pytest.approx((2 + 2 * math.sqrt(2)) * 1e-6)


def test_the_queue_grows_when_many_cells_wait() -> None:
    rng = np.random.default_rng(0)
    friction = rng.uniform(0.1, 9.0, (200, 200))
    rows, cols = rng.integers(200, size=(2, 300))
    full = least_cost(friction, (rows, cols), steps_m=METRE)
    assert np.isfinite(full.cost_s).all()
    again = least_cost(friction, (rows[::-1], cols[::-1]), steps_m=METRE)
    np.testing.assert_array_equal(full.cost_s, again.cost_s)


@pytest.mark.parametrize(
    ("friction", "sources", "neighbours", "message"),
    [
        ([[0.0, 1.0]], ([0], [0]), 8, "not above 0"),
        ([[math.nan, 1.0]], ([0], [0]), 8, "not above 0"),
        ([[1.0, 1.0]], ([0], [2]), 8, "outside the raster"),
        ([[1.0, 1.0]], ([0], [0]), 4, "give 8 or 16"),
    ],
)
def test_unusable_input_is_refused(
    friction: list[list[float]], sources: tuple[list[int], list[int]], neighbours: int, message: str
) -> None:
    with pytest.raises(LayerError, match=message):
        least_cost(friction, sources, steps_m=METRE, neighbours=neighbours)


def test_a_place_without_a_writable_cache_still_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse_cache(*, cache: bool = False, nogil: bool = False) -> object:
        assert nogil
        if cache:
            raise RuntimeError
        return lambda function: function

    monkeypatch.setattr("numba.njit", refuse_cache)
    assert kernel.compiled(plain) is plain


# --- laws -------------------------------------------------------------------------------


@given(frictions, steps, sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_there_and_back_cost_the_same(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int, data: st.DataObject
) -> None:
    rows = st.integers(0, friction.shape[0] - 1)
    cols = st.integers(0, friction.shape[1] - 1)
    here, there = data.draw(st.tuples(rows, cols)), data.draw(st.tuples(rows, cols))

    def cost(start: tuple[int, int], end: tuple[int, int]) -> float:
        found = least_cost(friction, start, steps_m=step, neighbours=neighbours)
        return float(found.cost_s[end])

    if np.isfinite(friction[[here[0], there[0]], [here[1], there[1]]]).all():
        assert cost(here, there) == pytest.approx(cost(there, here), rel=1e-12)


@given(frictions, steps, sizes)
@settings(max_examples=40, deadline=None)
def test_the_triangle_inequality_holds_between_all_cells(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int
) -> None:
    places = [tuple(place) for place in np.argwhere(np.isfinite(friction))]
    costs = np.array(
        [
            [
                least_cost(friction, place, steps_m=step, neighbours=neighbours).cost_s[other]
                for other in places
            ]
            for place in places[:6]
        ]
    )
    for via in range(costs.shape[0]):
        around = costs[:, [via]] + costs[via]
        assert (costs <= around * (1 + 1e-12)).all()


@given(frictions, steps, sizes, st.data())
@settings(max_examples=40, deadline=None)
def test_a_faster_cell_makes_nobody_later(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int, data: st.DataObject
) -> None:
    source = data.draw(st.tuples(*(st.integers(0, side - 1) for side in friction.shape)))
    row, col = data.draw(st.tuples(*(st.integers(0, side - 1) for side in friction.shape)))
    faster = friction.copy()
    faster[row, col] = min(friction[row, col], 1.0) / 2
    before = least_cost(friction, source, steps_m=step, neighbours=neighbours).cost_s
    after = least_cost(faster, source, steps_m=step, neighbours=neighbours).cost_s
    assert (after <= before * (1 + 1e-12)).all()


@given(frictions, steps, sizes, st.floats(0.0, 900.0))
@settings(max_examples=40, deadline=None)
def test_a_cutoff_blanks_what_costs_more_and_changes_nothing_else(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int, cutoff_s: float
) -> None:
    before = friction.copy()
    full = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours)
    cut = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours, cutoff_s=cutoff_s)
    within = full.cost_s <= cutoff_s
    np.testing.assert_array_equal(cut.cost_s, np.where(within, full.cost_s, np.inf))
    np.testing.assert_array_equal(cut.nearest, np.where(within, full.nearest, -1))
    np.testing.assert_array_equal(friction, before)


@given(frictions, steps, sizes, st.floats(0.1, 10.0))
@settings(max_examples=40, deadline=None)
def test_land_that_is_slower_throughout_costs_more_in_step(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int, times: float
) -> None:
    before = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours).cost_s
    after = least_cost(friction * times, (0, 0), steps_m=step, neighbours=neighbours).cost_s
    np.testing.assert_allclose(after, before * times, rtol=1e-12)


@given(frictions, steps, sizes, st.data())
@settings(max_examples=40, deadline=None)
def test_a_barrier_makes_nobody_earlier(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int, data: st.DataObject
) -> None:
    row, col = data.draw(st.tuples(*(st.integers(0, side - 1) for side in friction.shape)))
    walls = np.zeros(friction.shape, dtype=np.uint8)
    walls[row, col] = data.draw(st.sampled_from([WALL_EAST, WALL_NORTH, WALL_EAST | WALL_NORTH]))
    shut = friction.copy()
    shut[row, col] = B
    before = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours).cost_s
    walled = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours, walls=walls)
    barred = least_cost(shut, (0, 0), steps_m=step, neighbours=neighbours)
    assert (walled.cost_s >= before).all()
    if (row, col) != (0, 0):
        assert (barred.cost_s >= before).all()


@given(frictions, steps)
@settings(max_examples=60, deadline=None)
def test_16_neighbours_are_never_slower_than_8_nor_faster_than_a_straight_line(
    friction: NDArray[np.float64], step: tuple[float, float]
) -> None:
    eight = least_cost(friction, (0, 0), steps_m=step, neighbours=8).cost_s
    sixteen = least_cost(friction, (0, 0), steps_m=step, neighbours=16).cost_s
    assert (sixteen <= eight).all()
    rows, cols = np.indices(friction.shape)
    top_s_per_m = friction[np.isfinite(friction)].min(initial=np.inf)
    straight_m = np.hypot(cols * step[0], rows * step[1])
    finite = np.isfinite(sixteen)
    assert (sixteen[finite] >= straight_m[finite] * top_s_per_m * (1 - 1e-12)).all()


# --- links --------------------------------------------------------------------------------


def test_a_link_is_taken_one_way_and_passes_walls() -> None:
    friction = plain(3, 3)
    friction[1] = B
    over = Links(np.array([0, 9]), np.array([9, 8]), np.array([2.0, 3.0]), 1)
    cost, nearest = least_cost(friction, ([0], [0]), steps_m=METRE, links=over)
    np.testing.assert_allclose(cost, [[0, 1, 2], [B, B, B], [7, 6, 5]])
    assert (nearest[2] == 0).all()
    back, _ = least_cost(friction, ([0], [0]), steps_m=METRE, links=over, direction="to")
    assert np.isinf(back[2]).all()
    there, _ = least_cost(friction, ([2], [2]), steps_m=METRE, links=over, direction="to")
    np.testing.assert_allclose(there[0], [5, 6, 7])


def test_links_of_no_cost_and_far_dearer_than_any_move_are_exact() -> None:
    friction = np.full((1, 4), 1.0)
    friction[0, 2] = B
    links = Links(np.array([0, 1, 0]), np.array([1, 3, 3]), np.array([0.0, 5e6, 5e6 + 1]), 0)
    cost, _ = least_cost(friction, ([0], [0]), steps_m=METRE, links=links)
    np.testing.assert_array_equal(cost, [[0, 0, B, 5e6]])


def test_a_link_that_costs_less_than_nothing_is_refused() -> None:
    links = Links(np.array([0]), np.array([1]), np.array([-1.0]), 0)
    with pytest.raises(LayerError, match="less than nothing"):
        least_cost([[1.0, 1.0]], ([0], [0]), steps_m=METRE, links=links)
    with pytest.raises(LayerError, match="give to or from"):
        least_cost([[1.0, 1.0]], ([0], [0]), steps_m=METRE, direction="up")


@given(frictions, sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_networkx_finds_the_same_with_links_both_ways(
    friction: NDArray[np.float64], neighbours: int, data: st.DataObject
) -> None:
    cells, nodes = friction.size, 3
    place = st.integers(0, cells + nodes - 1)
    drawn = data.draw(st.lists(st.tuples(place, place, st.floats(0.0, 30.0)), max_size=8))
    start, end, cost_s = (np.array([row[part] for row in drawn]) for part in range(3))
    links = Links(start.astype(np.int64), end.astype(np.int64), cost_s.astype(float), nodes)
    graph = graph_of(friction, METRE, neighbours).to_directed()
    graph = nx.relabel_nodes(graph, {(r, c): r * friction.shape[1] + c for r, c in graph})
    for one, other, cost in drawn:
        if cost < graph.get_edge_data(one, other, {"cost": B})["cost"]:
            graph.add_edge(one, other, cost=cost)
    for direction, way in (("from", graph), ("to", graph.reverse())):
        found = least_cost(
            friction, (0, 0), steps_m=METRE, neighbours=neighbours, links=links, direction=direction
        )
        wanted = np.full(cells, np.inf)
        if np.isfinite(friction[0, 0]):
            lengths = nx.single_source_dijkstra_path_length(way, 0, weight="cost")
            for node, cost in lengths.items():
                if node < cells:
                    wanted[node] = cost
        np.testing.assert_allclose(found.cost_s.ravel(), wanted, rtol=1e-12)


@given(frictions, sizes, st.data())
@settings(max_examples=40, deadline=None)
def test_several_sources_at_once_are_the_best_of_each_alone(
    friction: NDArray[np.float64], neighbours: int, data: st.DataObject
) -> None:
    place = st.tuples(*(st.integers(0, side - 1) for side in friction.shape))
    sources = data.draw(st.lists(place, min_size=1, max_size=4))
    rows, cols = np.array(sources).T
    cost, nearest = least_cost(friction, (rows, cols), steps_m=METRE, neighbours=neighbours)
    alone = np.stack(
        [
            least_cost(friction, source, steps_m=METRE, neighbours=neighbours).cost_s
            for source in sources
        ]
    )
    np.testing.assert_array_equal(cost, alone.min(axis=0))
    first = np.where(np.isfinite(cost), alone.argmin(axis=0), -1)
    np.testing.assert_array_equal(nearest, first)


# --- referees ----------------------------------------------------------------------------


def graph_of(friction: NDArray[np.float64], step: tuple[float, float], neighbours: int) -> nx.Graph:
    """Spell out every permitted move, from the definition in words."""
    graph = nx.Graph()
    cells = {tuple(map(int, place)) for place in np.argwhere(np.isfinite(friction))}
    graph.add_nodes_from(cells)
    for row, col in cells:
        for down in (-2, -1, 0, 1, 2):
            for right in (-2, -1, 0, 1, 2):
                kind = abs(down) + abs(right)
                knight = kind == 3
                if (row + down, col + right) not in cells or not (
                    kind == 1 or (abs(down) == abs(right) == 1) or (knight and neighbours == 16)
                ):
                    continue
                half = (math.copysign(1, down), math.copysign(1, right))
                if kind == 1:
                    over = set()
                elif knight:
                    first = (half[0], 0) if abs(down) == 2 else (0, half[1])
                    over = {(row + first[0], col + first[1]), (row + half[0], col + half[1])}
                    if not over <= cells:
                        continue
                else:
                    over = set()
                    if not {(row + down, col), (row, col + right)} & cells:
                        continue
                crossed = [(row, col), (row + down, col + right), *over]
                mean = np.mean([friction[int(r), int(c)] for r, c in crossed])
                length = math.hypot(right * step[0], down * step[1])
                graph.add_edge((row, col), (row + down, col + right), cost=length * mean)
    return graph


@given(frictions, steps, sizes)
@settings(max_examples=60, deadline=None)
def test_networkx_finds_the_same_costs_on_the_same_moves(
    friction: NDArray[np.float64], step: tuple[float, float], neighbours: int
) -> None:
    found = least_cost(friction, (0, 0), steps_m=step, neighbours=neighbours).cost_s
    wanted = np.full(friction.shape, np.inf)
    if np.isfinite(friction[0, 0]):
        graph = graph_of(friction, step, neighbours)
        for place, cost in nx.single_source_dijkstra_path_length(
            graph, (0, 0), weight="cost"
        ).items():
            wanted[place] = cost
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def landscape(rows: int, cols: int, *, seed: int) -> NDArray[np.float64]:
    """Return rough land with block-shaped barriers that leave no corner to slip through."""
    rng = np.random.default_rng(seed)
    friction = rng.choice([0.07, 0.2, 0.75, 1.8], size=(rows, cols))
    for row in range(4, rows - 8, 12):
        for col in range(4, cols - 8, 12):
            friction[row : row + 5, col : col + rng.integers(2, 6)] = B
    return friction


@pytest.mark.parametrize("step", [(100.0, 100.0), (102.0, 92.6)])
def test_scikit_image_agrees_with_8_neighbours(step: tuple[float, float]) -> None:
    graph = pytest.importorskip("skimage.graph", reason="scikit-image is not installed")
    friction = landscape(80, 70, seed=1)
    sources = np.array([(0, 0), (40, 69), (79, 3)])
    found = least_cost(friction, tuple(sources.T), steps_m=step, neighbours=8).cost_s
    blocked = np.where(np.isfinite(friction), friction, -1.0)
    search = graph.MCP_Geometric(blocked, sampling=(step[1], step[0]))
    wanted, _ = search.find_costs([tuple(map(int, place)) for place in sources])
    assert (np.isfinite(wanted) == np.isfinite(found)).all()
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.skipif(not referee_grass.installed(), reason="GRASS is not installed")
@pytest.mark.parametrize("neighbours", [8, 16])
def test_grass_agrees(neighbours: int, tmp_path: Path) -> None:
    friction = landscape(60, 50, seed=2)
    sources = (np.array([0, 30, 59]), np.array([0, 49, 3]))
    step = (102.0, 92.6)
    found = least_cost(friction, sources, steps_m=step, neighbours=neighbours).cost_s
    wanted = referee_grass.least_cost(
        friction, sources, steps_m=step, neighbours=neighbours, folder=tmp_path
    )
    free = np.isfinite(friction)
    assert np.isfinite(wanted[free]).all()
    assert np.isfinite(found[free]).all()
    np.testing.assert_allclose(found[free], wanted[free], rtol=1e-4)
