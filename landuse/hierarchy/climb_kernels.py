"""Kernels before the sweep: what it needs, what sources send up, and the nearest of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.hierarchy.compiled import bare, inlined, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]
    Depths = NDArray[np.uint32]
    Arrays = tuple[Any, ...]

__all__ = ["climb", "nearest_one", "select", "sort"]

FAR = np.int32((1 << 30) - 1)
"""No way. Two of them still fit into 32 bits."""


@kernel
def sort(key: Shorts, keys: int) -> tuple[Ints, Ints]:
    """Return the order of keys from 0 on, equal ones as they come, and where each begins."""
    first = np.zeros(keys + 1, dtype=np.int64)
    for at in range(len(key)):
        first[key[at] + 1] += 1
    for at in range(keys):
        first[at + 1] += first[at]
    free = first.copy()
    order = np.empty(len(key), dtype=np.int64)
    for at in range(len(key)):
        order[free[key[at]]] = at
        free[key[at]] += 1
    return order, first


@kernel
def select(
    low: Shorts,
    tree: Arrays,
    full: Arrays,
    arcs: Arrays,
) -> tuple[Shorts, Shorts, Shorts, Ints, Depths, Ints, Depths, Shorts]:
    """Return the rows of a sweep: the places that targets need, and what leads down to them.

    Places, rows of places (-1: not needed), the row after each subtree, all heads and the
    kept arcs, heads as depths.
    """
    parent, size, depth = tree
    needed = np.zeros(len(parent), dtype=np.bool_)
    for target in range(len(low)):
        if low[target] >= 0:
            needed[low[target]] = True
    for place in range(len(parent) - 1, -1, -1):
        if needed[place] and parent[place] >= 0:
            needed[parent[place]] = True
    upto = np.zeros(len(parent) + 1, dtype=np.int32)
    for place in range(len(parent)):
        upto[place + 1] = upto[place] + needed[place]
    places = np.empty(upto[-1], dtype=np.int32)
    beyond = np.empty(upto[-1], dtype=np.int32)
    row_of = np.full(len(parent), -1, dtype=np.int32)
    for place in range(len(parent)):
        if needed[place]:
            places[upto[place]] = place
            row_of[place] = upto[place]
            beyond[upto[place]] = upto[place + size[place]]
    full_first, full_level = _levels(places, full[0], full[1], depth)
    first, level = _levels(places, arcs[0], arcs[1], depth)
    ticks = np.empty(len(level), dtype=np.int32)
    free = 0
    for place in places:
        for arc in range(arcs[0][place], arcs[0][place + 1]):
            ticks[free] = arcs[2][arc]
            free += 1
    return places, row_of, beyond, full_first, full_level, first, level, ticks


@kernel
def _levels(places: Shorts, first: Ints, head: Shorts, depth: Shorts) -> tuple[Ints, Depths]:
    """Return the arcs of some places only, heads as depths."""
    chosen = np.zeros(len(places) + 1, dtype=np.int64)
    for row in range(len(places)):
        chosen[row + 1] = chosen[row] + first[places[row] + 1] - first[places[row]]
    level = np.empty(chosen[-1], dtype=np.uint32)
    for row in range(len(places)):
        for arc in range(first[places[row]], first[places[row] + 1]):
            level[chosen[row] + arc - first[places[row]]] = depth[head[arc]]
    return chosen, level


@kernel
def climb(asked: Arrays, graph: Arrays, rows: Arrays, begun: Arrays) -> Arrays:
    """Return the labels that sources send up: after each the next of its row, lane, ticks.

    `asked` holds the sources, their ends and the limit; `graph` the parent of each place and
    the arcs upwards; `rows` the row of each place, the last label of each row, the stamp of
    the rows above a source, labels by place, all far, and a stamp: all but the first are
    changed. `begun` are the labels so far and their number; that of all comes back with them.
    """
    sources, ends, limit = asked
    parent, first, head, ticks = graph
    row_of, last, above, label, stamp = rows
    low, high, low_ticks, high_ticks = ends
    after, lane, sent, free = begun
    for number in range(len(sources)):
        at = low[sources[number]]
        if at < 0:
            continue
        label[at] = low_ticks[sources[number]]
        top = high[sources[number]]
        label[top] = min(label[top], high_ticks[sources[number]])
        while at >= 0:
            spent, row = label[at], row_of[at]
            label[at] = FAR
            if row >= 0:
                above[row] = stamp
            if spent <= limit:
                for arc in range(first[at], first[at + 1]):
                    label[head[arc]] = min(label[head[arc]], np.int32(spent + ticks[arc]))
                if row >= 0:
                    if free == len(after):
                        after, lane = np.append(after, after), np.append(lane, lane)
                        sent = np.append(sent, sent)
                    after[free], lane[free], sent[free] = last[row], number, spent
                    last[row] = free
                    free += 1
            at = parent[at]
    return after, lane, sent, free


@inlined
def _offer(label: Shorts, nearest: Shorts, at: int, ticks: np.int32, source: np.int32) -> None:
    if ticks < label[at] or (ticks == label[at] and source < nearest[at]):
        label[at], nearest[at] = ticks, source


@bare
def nearest_one(seeds: Arrays, ways: Arrays, targets: Arrays, found: Arrays) -> None:
    """Find the ticks to the nearest of all sources, and which: the lowest of several.

    One label for each place: once up the tree with all sources at once, once down. `found`
    holds labels and sources by place, then by target; all come in filled with `FAR`.
    """
    place, source, sent = seeds
    label, nearest, cost, whose = found
    for seed in range(len(place)):
        _offer(label, nearest, place[seed], sent[seed], source[seed])
    first, head, ticks = ways[0]
    for at in range(len(label) - 1, -1, -1):
        if label[at] < FAR:
            for arc in range(first[at], first[at + 1]):
                _offer(label, nearest, head[arc], np.int32(label[at] + ticks[arc]), nearest[at])
    first, head, ticks = ways[1]
    for at in range(len(label)):
        for arc in range(first[at], first[at + 1]):
            top = head[arc]
            _offer(label, nearest, at, np.int32(label[top] + ticks[arc]), nearest[top])
    low, high, low_ticks, high_ticks = targets
    for target in range(len(low)):
        at, top = low[target], high[target]
        if at >= 0:
            _offer(cost, whose, target, np.int32(label[at] + low_ticks[target]), nearest[at])
            _offer(cost, whose, target, np.int32(label[top] + high_ticks[target]), nearest[top])
