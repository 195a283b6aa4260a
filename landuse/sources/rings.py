"""Geometries out of the parts of shapefile records, all at once.

A polygon's outer rings run clockwise and its holes the other way round (ESRI Shapefile
Technical Description, July 1998, pages 8 and 9). Rings that run wrongly are found by what
lies in what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Shapes = NDArray[np.object_]

__all__ = ["lines", "multipoints", "polygons"]

RING_POINTS = 4
"""Fewer points, of which the last repeats the first, span no area."""


def multipoints(xy: Floats, owner: Ints, count: int) -> Shapes:
    """Return one multipoint for each of `count` records; `owner` is the record of a point."""
    return _gathered(np.asarray(shapely.points(xy)), owner, count, shapely.multipoints)


def lines(xy: Floats, part: Ints, owner: Ints, count: int) -> Shapes:
    """Return one line for each of `count` records, None where nothing is left.

    Parameters
    ----------
    xy
        Points, one a row.
    part
        Part of each point, counted from 0 without gaps.
    owner
        Record of each part.
    count
        How many records there are.
    """
    xy, part, owner = _long_enough(xy, part, owner, 2)
    if not len(xy):
        return np.full(count, None, dtype=object)
    made = np.asarray(shapely.linestrings(xy, indices=part))
    return _gathered(made, owner, count, shapely.multilinestrings)


def polygons(xy: Floats, part: Ints, owner: Ints, count: int) -> Shapes:
    """Return one polygon for each of `count` records, None where nothing is left.

    Arguments are those of `lines`.
    """
    xy, part, owner = _long_enough(xy, part, owner, RING_POINTS)
    if not len(xy):
        return np.full(count, None, dtype=object)
    rings = np.asarray(shapely.linearrings(xy, indices=part))
    shell = _shells(rings, _signed_areas(xy, part, len(rings)), owner)
    outer = np.flatnonzero(shell == np.arange(len(rings)))
    order = np.lexsort((np.arange(len(rings)), shell != np.arange(len(rings)), shell))
    group = np.searchsorted(outer, shell[order])
    made = np.asarray(shapely.polygons(rings[order], indices=group))
    return _gathered(made, owner[outer], count, shapely.multipolygons)


def _long_enough(xy: Floats, part: Ints, owner: Ints, least: int) -> tuple[Floats, Ints, Ints]:
    """Leave out parts of too few points; number the others anew."""
    points = np.bincount(part, minlength=len(owner))
    good = points >= least
    if least == RING_POINTS and not good.all():
        # Three points of which the last is not the first make a ring when it is closed.
        last = np.cumsum(points) - 1
        open_ends = points == RING_POINTS - 1
        ends = last[open_ends]
        good[open_ends] = (xy[ends] != xy[ends - RING_POINTS + 2]).any(axis=1)
    if good.all():
        return xy, part, owner
    kept = good[part]
    return xy[kept], (np.cumsum(good) - 1)[part[kept]], owner[good]


def _gathered(parts: Shapes, owner: Ints, count: int, multi: Callable[..., Any]) -> Shapes:
    """Make each record's only part its geometry, or its parts a collection."""
    found = np.full(count, None, dtype=object)
    number = np.bincount(owner, minlength=count)
    alone = number[owner] == 1
    found[owner[alone]] = parts[alone]
    several = np.flatnonzero(number > 1)
    if len(several):
        indices = np.searchsorted(several, owner[~alone])
        found[several] = multi(parts[~alone], indices=indices)
    return found


def _signed_areas(xy: Floats, part: Ints, count: int) -> Floats:
    """Return twice the area of each ring, negative where it runs clockwise."""
    start = np.searchsorted(part, np.arange(count))
    near = xy - xy[start][part]
    following = np.append(np.arange(1, len(xy)), 0)
    last = np.append(start[1:], len(xy)) - 1
    following[last] = start
    cross = near[:, 0] * near[following, 1] - near[following, 0] * near[:, 1]
    return np.bincount(part, weights=cross, minlength=count).astype(np.float64)


def _shells(rings: Shapes, area: Floats, owner: Ints) -> Ints:
    """Return for each ring the outer ring that it belongs to: itself, or that around it."""
    number = np.bincount(owner)
    outers = np.bincount(owner, weights=~(area > 0), minlength=len(number))
    shell = np.arange(len(rings))
    single = (number[owner] > 1) & (outers[owner] == 1)
    the_one = np.zeros(len(number), dtype=np.int64)
    is_outer = ~(area > 0)
    the_one[owner[is_outer]] = np.flatnonzero(is_outer)
    shell[single] = the_one[owner[single]]
    many = (outers[owner] > 1) & (outers[owner] < number[owner])
    _assign(shell, rings, owner, np.flatnonzero(many & ~is_outer), np.flatnonzero(many & is_outer))
    for record in np.flatnonzero((number > 1) & (outers == 0)):
        _nest(shell, rings, np.flatnonzero(owner == record))
    return shell


def _assign(shell: Ints, rings: Shapes, owner: Ints, holes: Ints, outer: Ints) -> None:
    """Give each hole the smallest outer ring of its record that covers it, or itself."""
    if not len(holes):
        return
    areas = np.asarray(shapely.polygons(rings[outer]))
    tree = shapely.STRtree(areas)
    hole, around = tree.query(rings[holes], predicate="covered_by")
    same = owner[holes[hole]] == owner[outer[around]]
    hole, around = hole[same], around[same]
    order = np.argsort(-shapely.area(areas[around]), kind="stable")
    # The last written counts: the smallest.
    shell[holes[hole[order]]] = outer[around[order]]


def _nest(shell: Ints, rings: Shapes, members: Ints) -> None:
    """Find holes among rings that all run the wrong way: those that an odd number is around."""
    areas = np.asarray(shapely.polygons(rings[members]))
    inside, around = shapely.STRtree(areas).query(areas, predicate="covered_by")
    other = inside != around
    inside, around = inside[other], around[other]
    depth = np.bincount(inside, minlength=len(members))
    direct = (depth[inside] % 2 == 1) & (depth[around] == depth[inside] - 1)
    shell[members[inside[direct]]] = members[around[direct]]
