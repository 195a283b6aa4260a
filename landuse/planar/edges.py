"""From noded segments to edges: each line once, with what changes across it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from landuse.planar.exact import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.planar.rings import Segments

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Numbers = NDArray[np.int32]
    Smalls = NDArray[np.int8]

__all__ = ["Edges", "edges_of"]


class Edges(NamedTuple):
    """Undirected edges between numbered corners."""

    corners: NDArray[np.float64]
    """x, y of each corner in grid units."""
    ends: NDArray[np.int32]
    """Rows of two corner numbers, u < v; the edge's direction is u to v."""
    starts: NDArray[np.int64]
    """Where each edge's changes begin in `codes` and `changes`; one more than edges."""
    codes: NDArray[np.int8]
    changes: NDArray[np.int32]
    """Polygons of the code to the left of u-v, less those to the right; never 0."""


def edges_of(segments: Segments) -> Edges:
    """Return the edges across which anything changes.

    Where outlines of one code run over each other in opposite directions, as between
    two polygons that share a border, nothing changes and the edge is left out.
    """
    code = segments.code
    first, second, corners = _number(segments.ends)
    side = np.where(first < second, segments.side, -segments.side)
    del segments  # the largest table of all is not needed below
    key = np.minimum(first, second) * np.int64(len(corners)) + np.maximum(first, second)
    order = np.argsort(key)
    starts, codes, changes, chosen = _changes(key, order, code, side)
    ends = np.column_stack(np.divmod(key[chosen], len(corners))).astype(np.int32)
    return Edges(corners, ends, starts, codes, changes)


@compiled
def _hash(x: float, y: float) -> int:
    """Mix two coordinates into a number of 62 bits."""
    mixed = np.int64(x) * np.int64(-7046029254386353131) ^ np.int64(y) * np.int64(
        6364136223846793005
    )
    return int((mixed ^ (mixed >> 29)) & np.int64(0x3FFFFFFFFFFFFFFF))


@compiled
def _number(ends: Floats) -> tuple[Numbers, Numbers, Floats]:
    """Give equal corners one number, by a hash table with open addressing."""
    size = 16
    while size < 2 * len(ends) + 2:
        size *= 2
    table = np.full(size, -1, np.int32)
    corners = np.empty((len(ends), 2))
    numbers = np.empty((2, len(ends)), np.int32)
    total = 0
    for end in range(2):
        for k in range(len(ends)):
            x, y = ends[k, 2 * end], ends[k, 2 * end + 1]
            if end and k + 1 < len(ends) and ends[k + 1, 0] == x and ends[k + 1, 1] == y:
                numbers[1, k] = numbers[0, k + 1]  # most segments follow each other
                continue
            slot = _hash(x, y) & (size - 1)
            while table[slot] >= 0 and (
                corners[table[slot], 0] != x or corners[table[slot], 1] != y
            ):
                slot = (slot + 1) & (size - 1)
            if table[slot] < 0:
                table[slot] = total
                corners[total, 0], corners[total, 1] = x, y
                total += 1
            numbers[end, k] = table[slot]
    return numbers[0], numbers[1], corners[:total].copy()


@compiled
def _changes(
    key: Ints, order: Ints, code: Smalls, side: Smalls
) -> tuple[Ints, Smalls, Numbers, Ints]:
    """Add up what segments of equal key change, for each code; also return one of each."""
    starts = np.zeros(key.size + 1, np.int64)
    codes = np.empty(key.size, np.int8)
    changes = np.empty(key.size, np.int32)
    chosen = np.empty(key.size, np.int64)
    total = np.zeros(128, np.int64)
    edges = size = begin = 0
    while begin < key.size:
        end = begin
        while end < key.size and key[order[end]] == key[order[begin]]:
            total[code[order[end]]] += side[order[end]]
            end += 1
        for k in range(begin, end):
            each = code[order[k]]
            if total[each] != 0:
                codes[size], changes[size] = each, total[each]
                total[each] = 0
                size += 1
        if size > starts[edges]:
            chosen[edges] = order[begin]
            edges += 1
            starts[edges] = size
        begin = end
    return starts[: edges + 1].copy(), codes[:size], changes[:size], chosen[:edges].copy()
