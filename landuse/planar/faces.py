"""From edges to faces, and what covers each.

Every edge is two half-edges: 2e from u to v and 2e + 1 back; each has the face on its
left. Walking on by the sharpest left turn goes round a face. Groups of edges that hang
together by nothing are tied to the face they lie in by a look to the west from their
westernmost corner; then one walk from the outside inward, adding what changes across each
edge, tells how many polygons of each code cover every face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from landuse.planar.bins import Bins, bin_segments, place_of
from landuse.planar.exact import bucket, compiled, cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.planar.edges import Edges

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["Faces", "faces_of", "merge", "turns"]


class Faces(NamedTuple):
    """Which face lies to the left of each half-edge, and what covers it."""

    left: NDArray[np.int32]
    """Face of each half-edge; the one outside everything is 0."""
    counts: NDArray[np.int32]
    """Polygons of each code (column) over each face (row)."""


def faces_of(edges: Edges, *, codes: int) -> Faces:
    """Return the faces between noded edges, with the polygons of each code over them."""
    onward, rotation, first = turns(edges.corners, edges.ends)
    cycle = _cycles(onward)
    group = merge(len(edges.corners), *edges.ends.T.copy())
    west = _westernmost(edges.corners, group, group.max() + 1)
    west = west[first[west + 1] > first[west]]  # a corner may have lost all its edges
    outer = cycle[rotation[first[west + 1] - 1]]
    behind = np.full(1, -1)
    if len(west) > 1:
        bins = bin_segments(edges.corners, edges.ends)
        behind = np.array([_look_west(edges.corners, edges.ends, bins, c) for c in west])
    left = _tie(cycle, outer, behind, edges.corners[west, 0])
    starts, around = bucket(left, left.max() + 1)
    return Faces(left, _counts(left, starts, around, edges, codes))


def _tie(cycle: Ints, outer: Ints, behind: NDArray[np.int64], west: Floats) -> Ints:
    """Return the face of each half-edge, given the cycles round faces and groups.

    `outer` is the cycle round the outside of each group, `behind` the half-edge that
    it sees to the west (-1: none), `west` how far west it starts. What a group sees
    belongs to a group that starts further west, so in that order all is known.
    """
    face = np.arange(1, cycle.max() + 2, dtype=np.int32)
    for group in np.argsort(west, kind="stable"):
        seen = behind[group]
        face[outer[group]] = 0 if seen < 0 else face[cycle[seen]]
    return face[cycle]


@compiled
def _westernmost(corners: Floats, group: Ints, groups: int) -> Ints:
    """Return the westernmost, then southernmost corner of each group."""
    west = np.full(groups, -1, np.int32)
    for c in range(group.size):
        best = west[group[c]]
        ahead = corners[best, 0] - corners[c, 0]
        if best < 0 or ahead > 0 or (ahead == 0 and corners[c, 1] < corners[best, 1]):
            west[group[c]] = c
    return west


@compiled
def _before(ax: float, ay: float, bx: float, by: float) -> bool:
    """Tell whether direction a comes before b, anticlockwise from just past south."""
    a_west = ax < 0 or (ax == 0 and ay < 0)
    b_west = bx < 0 or (bx == 0 and by < 0)
    if a_west != b_west:
        return bool(b_west)
    return bool(cross(ax, ay, bx, by) > 0)


def turns(corners: Floats, ends: Ints) -> tuple[Ints, Ints, NDArray[np.int64]]:
    """Return the half-edge that follows each by the sharpest left turn.

    Also the half-edges that leave each corner, anticlockwise from just past south, and
    where each corner's begin.
    """
    first, rotation = bucket(ends.ravel(), len(corners))
    return _turn(corners, ends, first, rotation), rotation, first


@compiled
def _turn(corners: Floats, ends: Ints, first: NDArray[np.int64], rotation: Ints) -> Ints:
    """Put the half-edges of each corner in order; return which follows which."""
    onward = np.empty(rotation.size, np.int32)
    for c in range(len(corners)):
        begin, end = first[c], first[c + 1]
        for i in range(begin + 1, end):
            k = rotation[i]
            to = ends[k >> 1, 1 - (k & 1)]
            ax, ay = corners[to, 0] - corners[c, 0], corners[to, 1] - corners[c, 1]
            j = i
            while j > begin:
                to = ends[rotation[j - 1] >> 1, 1 - (rotation[j - 1] & 1)]
                bx, by = corners[to, 0] - corners[c, 0], corners[to, 1] - corners[c, 1]
                if not _before(ax, ay, bx, by):
                    break
                rotation[j] = rotation[j - 1]
                j -= 1
            rotation[j] = k
        for i in range(begin, end):
            onward[rotation[i] ^ 1] = rotation[i - 1] if i > begin else rotation[end - 1]
    return onward


@compiled
def _cycles(onward: Ints) -> Ints:
    """Return the number of the closed walk that each half-edge is on."""
    cycle = np.full(onward.size, -1, np.int32)
    total = 0
    for start in range(onward.size):
        k = start
        while cycle[k] < 0:
            cycle[k] = total
            k = onward[k]
            if k == start:
                total += 1
    return cycle


@compiled
def merge(size: int, left: Ints, right: Ints) -> Ints:
    """Return group numbers of `size` things of which `left[k]` and `right[k]` belong together."""
    root = np.empty(size, np.int32)
    for k in range(size):
        root[k] = k
    for k in range(left.size):
        a, b = left[k], right[k]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        root[max(a, b)] = min(a, b)
    total = 0
    for k in range(size):  # a root never comes after its members
        if root[k] == k:
            root[k] = total
            total += 1
        else:
            root[k] = root[root[k]]
    return root


@compiled
def _look_west(corners: Floats, ends: Ints, bins: Bins, corner: int) -> int:
    """Return the half-edge whose left is the first thing west of a corner, or -1."""
    x, y = corners[corner]
    best = -1
    place = place_of(bins, x, y)
    for column in range(place % bins.columns, -1, -1):
        at = place - place % bins.columns + column
        for i in range(bins.starts[at], bins.starts[at + 1]):
            k = bins.members[i]
            low, high = ends[k, 0], ends[k, 1]
            if corners[low, 1] > corners[high, 1]:
                low, high = high, low
            if corners[low, 1] > y or corners[high, 1] <= y:
                continue
            if _east(corners, low, high, x, y) <= 0:
                continue
            if best < 0 or _nearer(corners, low, high, ends[best, 0], ends[best, 1]):
                best = k
        if best >= 0 and _at(corners, ends[best, 0], ends[best, 1], y) >= (
            bins.west + column * bins.side
        ):
            break
    if best < 0:
        return -1
    return 2 * best + (0 if corners[ends[best, 0], 1] > corners[ends[best, 1], 1] else 1)


@compiled
def _at(corners: Floats, low: int, high: int, y: float) -> float:
    """Return where an edge crosses a parallel."""
    slope = (corners[high, 0] - corners[low, 0]) / (corners[high, 1] - corners[low, 1])
    return float(corners[low, 0] + slope * (y - corners[low, 1]))


@compiled
def _east(corners: Floats, low: int, high: int, x: float, y: float) -> float:
    """Return a number above zero if a point lies east of an edge, zero if on its line."""
    return float(
        -cross(
            corners[high, 0] - corners[low, 0],
            corners[high, 1] - corners[low, 1],
            x - corners[low, 0],
            y - corners[low, 1],
        )
    )


@compiled
def _nearer(corners: Floats, low: int, high: int, u: int, v: int) -> bool:
    """Tell whether one edge lies east of another, both crossing one parallel, not each other."""
    if corners[u, 1] > corners[v, 1]:
        u, v = v, u
    if corners[low, 1] >= corners[u, 1]:
        east = _east(corners, u, v, corners[low, 0], corners[low, 1])
    else:
        east = -_east(corners, low, high, corners[u, 0], corners[u, 1])
    if east != 0:
        return bool(east > 0)
    if corners[high, 1] <= corners[v, 1]:
        return bool(_east(corners, u, v, corners[high, 0], corners[high, 1]) > 0)
    return bool(_east(corners, low, high, corners[v, 0], corners[v, 1]) < 0)


@compiled
def _counts(left: Ints, starts: NDArray[np.int64], around: Ints, edges: Edges, codes: int) -> Ints:
    """Walk from face 0 over every edge, adding up what changes."""
    counts = np.zeros((starts.size - 1, codes), np.int32)
    known = np.zeros(starts.size - 1, np.bool_)
    waiting = np.zeros(starts.size - 1, np.int32)
    known[0] = True
    size = 1
    while size > 0:
        size -= 1
        face = waiting[size]
        for i in range(starts[face], starts[face + 1]):
            k = around[i]
            beyond = left[k ^ 1]
            if known[beyond]:
                continue
            known[beyond] = True
            for code in range(codes):
                counts[beyond, code] = counts[face, code]
            for j in range(edges.starts[k >> 1], edges.starts[(k >> 1) + 1]):
                counts[beyond, edges.codes[j]] += edges.changes[j] * (2 * (k & 1) - 1)
            waiting[size] = beyond
            size += 1
    return counts
