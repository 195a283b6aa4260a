"""The plain engine: Dijkstra's search of scipy, in double precision, chunk by chunk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from landuse.network.task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["nearest_plain", "node_seconds", "seconds_plain"]


def seconds_plain(task: Task, part: Ints) -> Floats:
    """Return seconds of some destinations, shape (destinations of this part, origins)."""
    ways = ("to", "from") if task.direction == "there_and_back" else (task.direction,)
    total: Floats = sum(_one_way(task, part, way) for way in ways)  # type: ignore[assignment]
    return total


def nearest_plain(task: Task) -> tuple[Floats, Ints]:
    """Return each origin's seconds to the nearest destination, and which; one way only."""
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - half a second

    cost_s = np.full(len(task.here), np.inf)
    place = np.full(len(task.here), -1)
    on = np.flatnonzero(task.there.on)
    if len(on):
        graph, nodes = _graph(task, on, task.direction)
        found, _, source = dijkstra(
            graph,
            indices=nodes + np.arange(len(on)),
            limit=task.cutoff_s,
            min_only=True,
            return_predecessors=True,
        )
        tail, head, legs_s = _arrivals(task, task.direction)
        by_tail, by_head = found[tail] + legs_s[0], found[head] + legs_s[1]
        cost_s = np.minimum(by_tail, by_head)
        first = np.where(by_tail <= by_head, source[tail], source[head])
        place = on[np.where(first >= 0, first - nodes, 0)]
    direct, s = task.direct, task.direct.to_s if task.direction == "to" else task.direct.from_s
    order = np.lexsort((direct.source, s, direct.target))
    origin, at = np.unique(direct.target[order], return_index=True)
    best = order[at]
    better = s[best] < cost_s[origin]
    cost_s[origin[better]], place[origin[better]] = s[best[better]], direct.source[best[better]]
    return cost_s, np.where(np.isfinite(cost_s), place, -1)


def node_seconds(task: Task) -> Floats:
    """Return what every node costs from the first destination, or to it, or both."""
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - half a second

    ways = ("to", "from") if task.direction == "there_and_back" else (task.direction,)
    total = np.zeros(len(task.prepared.network.nodes))
    for way in ways:
        graph, nodes = _graph(task, np.zeros(1, np.int64), way)
        total += dijkstra(graph, indices=[nodes], limit=task.cutoff_s)[0, :nodes]
    return total


def _one_way(task: Task, part: Ints, way: str) -> Floats:
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - half a second

    cost_s = np.full((len(part), len(task.here)), np.inf)
    on = np.flatnonzero(task.there.on[part])
    if len(on):
        graph, nodes = _graph(task, part[on], way)
        found = dijkstra(graph, indices=nodes + np.arange(len(on)), limit=task.cutoff_s)
        tail, head, legs_s = _arrivals(task, way)
        cost_s[on] = np.minimum(found[:, tail] + legs_s[0], found[:, head] + legs_s[1])
    direct = task.direct
    row = np.full(len(task.there), -1)
    row[part] = np.arange(len(part))
    mine = row[direct.source] >= 0
    at = row[direct.source[mine]], direct.target[mine]
    np.minimum.at(cost_s, at, (direct.to_s if way == "to" else direct.from_s)[mine])
    return cost_s


def _arrivals(task: Task, way: str) -> tuple[Ints, Ints, tuple[Floats, Floats]]:
    """Return the ends of each origin's edge and the legs between; infinite off the network."""
    here = task.here
    on = here.on
    legs_s = here.out_s if way == "to" else here.in_s
    tail, head = (np.where(on, end, 0) for end in (here.tail, here.head))
    return tail, head, legs_s


def _graph(task: Task, part: Ints, way: str) -> tuple[csr_array, int]:
    """Return the graph as it is searched, with a node for each of some destinations."""
    from scipy.sparse import coo_array, csr_array  # noqa: PLC0415 - half a second

    graph, there = task.prepared.network.graph, task.there
    old = (graph.T if way == "to" else graph).tocoo()
    nodes = graph.shape[0]
    own = nodes + np.arange(len(part))
    legs_s = there.in_s if way == "to" else there.out_s
    rows = np.concatenate([old.row, own, own])
    cols = np.concatenate([old.col, there.tail[part], there.head[part]])
    seconds = np.concatenate([old.data, *(leg_s[part] for leg_s in legs_s)])
    led = np.isfinite(seconds)
    shape = nodes + len(part), nodes + len(part)
    # A loop has one node at both ends: the shorter leg counts, not the sum of both.
    loops = there.tail[part] == there.head[part]
    if loops.any():
        least = np.minimum(*(leg_s[part] for leg_s in legs_s))
        seconds[len(old.data) : len(old.data) + len(part)][loops] = least[loops]
        led = np.isfinite(seconds)
        led[len(old.data) + len(part) :] &= ~loops
    return csr_array(coo_array((seconds[led], (rows[led], cols[led])), shape=shape)), nodes
