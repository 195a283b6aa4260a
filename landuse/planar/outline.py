"""From labelled faces back to polygons: one for each connected region of one label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from landuse.errors import LanduseError
from landuse.planar.exact import compiled, cross
from landuse.planar.faces import merge, turns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.planar.edges import Edges

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Longs = NDArray[np.int64]

__all__ = ["outline"]

BATCH = 20_000
"""Polygons drawn at a time, so that their points are not all held twice."""


def outline(
    edges: Edges, left: Ints, label: Longs, *, grid_m: float
) -> tuple[Longs, NDArray[np.object_]]:
    """Return the label and the polygon of each region; faces labelled -1 are left out.

    Neighbouring faces of one label become one region. Every corner of a border stands
    in the polygons on both sides, so the regions are a valid coverage. They come in an
    order that depends on the shapes alone.
    """
    ours, theirs = label[left[::2]], label[left[1::2]]
    inner = ours == theirs
    region = merge(len(label), left[::2][inner], left[1::2][inner])
    kept = np.flatnonzero(~inner)
    onward, _, _ = turns(edges.corners, edges.ends[kept])
    owner = np.where(label < 0, np.int32(-1), region)[left.reshape(-1, 2)[kept].ravel()]
    path, starts, owner = _rings(onward, edges.ends[kept].ravel(), owner, len(edges.corners))
    label_of_region = np.empty(region.max() + 1, dtype=np.int64)
    label_of_region[region] = label
    return _polygons(edges.corners, path, starts, owner, label_of_region, grid_m)


def _polygons(
    corners: Floats, path: Ints, starts: Longs, owner: Ints, label: Longs, grid_m: float
) -> tuple[Longs, NDArray[np.object_]]:
    """Gather rings into polygons, shell first; `owner` is the region of each ring."""
    path, is_hole = _from_the_west(corners, path, starts)
    shells = np.flatnonzero(~is_hole)
    shell_of = np.full(label.size, -1, dtype=np.int64)
    shell_of[owner[shells]] = shells
    shell = shell_of[owner]
    if (shell < 0).any() or len(np.unique(owner[shells])) != len(shells):
        message = "a region has no outer ring, or two: are the polygons valid?"
        raise LanduseError(message)
    order = _in_order(corners[path[starts[:-1]]], corners[path[starts[:-1] + 1]], shell)
    first_of = np.append(np.flatnonzero(~is_hole[order]), len(order))
    polygons = np.empty(len(first_of) - 1, dtype=np.object_)
    for begin_at in range(0, len(polygons), BATCH):
        first = first_of[begin_at : begin_at + BATCH + 1]
        rings = order[first[0] : first[-1]]
        shapes = _drawn(corners, path, starts, rings, first - first[0], grid_m)
        polygons[begin_at : begin_at + BATCH] = shapes
    return label[owner[order[first_of[:-1]]]], polygons


def _drawn(
    corners: Floats, path: Ints, starts: Longs, rings: Longs, first_of: Longs, grid_m: float
) -> NDArray[np.object_]:
    """Return the polygons of some rings; `first_of` says where each polygon's begin."""
    lengths = starts[rings + 1] - starts[rings]
    ends_at = np.cumsum(lengths)
    steps = np.arange(ends_at[-1]) + np.repeat(starts[rings] - ends_at + lengths, lengths)
    points = corners[path[steps]] * grid_m
    return shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, points, (np.append(0, ends_at), first_of)
    )


def _in_order(begin: Floats, then: Floats, shell: Longs) -> Longs:
    """Return rings by the first corners of their shell, then shell first, then their own.

    The second corner tells rings apart that begin in the same one.
    """
    shells = np.unique(shell)
    rank = np.empty(len(shell), dtype=np.int32)
    keys = np.hstack((begin, then))
    rank[shells[np.lexsort(keys[shells].T[::-1])]] = np.arange(len(shells))
    is_hole = shell != np.arange(len(shell))
    return np.lexsort((*keys.T[::-1], is_hole, rank[shell]))


@compiled
def _rings(onward: Ints, start_of: Ints, owner: Ints, corners: int) -> tuple[Ints, Longs, Ints]:
    """Walk round every region; cut a walk that comes back to a corner into simple rings.

    Returns the corners of all closed rings, where each ring starts, and its region.
    """
    path = np.empty(2 * onward.size, np.int32)
    starts = np.zeros(onward.size + 1, np.int64)
    regions = np.empty(onward.size, np.int32)
    done = owner < 0
    place = np.full(corners, -1, np.int32)
    stack = np.empty(onward.size, np.int32)
    size = rings = 0
    for k in range(onward.size):
        if done[k]:
            continue
        depth = 0
        walk = k
        while True:
            corner = start_of[walk]
            if place[corner] >= 0:
                bottom = place[corner]
                for i in range(bottom, depth):
                    path[size] = stack[i]
                    place[stack[i]] = -1
                    size += 1
                path[size] = corner
                size += 1
                regions[rings] = owner[k]
                rings += 1
                starts[rings] = size
                depth = bottom
            if done[walk]:
                break
            place[corner] = depth
            stack[depth] = corner
            depth += 1
            done[walk] = True
            walk = onward[walk]
    return path[:size], starts[: rings + 1], regions[:rings]


@compiled
def _from_the_west(corners: Floats, path: Ints, starts: Longs) -> tuple[Ints, NDArray[np.bool_]]:
    """Begin every ring at its westernmost corner; tell which rings run clockwise (holes)."""
    turned = np.empty_like(path)
    is_hole = np.empty(starts.size - 1, np.bool_)
    for ring in range(starts.size - 1):
        begin = starts[ring]
        count = starts[ring + 1] - begin - 1
        west = 0
        for i in range(1, count):
            x, y = corners[path[begin + i]]
            best_x, best_y = corners[path[begin + west]]
            if x < best_x or (x == best_x and y < best_y):
                west = i
        for i in range(count + 1):
            turned[begin + i] = path[begin + (west + i) % count]
        ax, ay = corners[turned[begin + count - 1]]
        bx, by = corners[turned[begin]]
        cx, cy = corners[turned[begin + 1]]
        is_hole[ring] = cross(bx - ax, by - ay, cx - bx, cy - by) < 0
    return turned, is_hole
