"""Areas of a raster where a value stays within a limit: marching squares, rings and all.

The value is taken to run straight between the middles of neighbouring cells, so a larger
limit moves every point of an outline outwards and areas of rising limits lie within each
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import MultiPolygon

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["area_within"]

SOUTH, EAST, NORTH, WEST = range(4)
LINKS = {
    1: ((SOUTH, WEST),), 2: ((EAST, SOUTH),), 3: ((EAST, WEST),), 4: ((NORTH, EAST),),
    6: ((NORTH, SOUTH),), 7: ((NORTH, WEST),), 8: ((WEST, NORTH),), 9: ((SOUTH, NORTH),),
    11: ((EAST, NORTH),), 12: ((WEST, EAST),), 13: ((SOUTH, EAST),), 14: ((WEST, SOUTH),),
}  # fmt: skip
"""Corners within the limit (1 south-west, 2 south-east, 4 north-east, 8 north-west) -> from
which side of the square the outline comes and where it goes, what is within on its left."""
SADDLES = {
    5: (((SOUTH, WEST), (NORTH, EAST)), ((SOUTH, EAST), (NORTH, WEST))),
    10: (((EAST, SOUTH), (WEST, NORTH)), ((EAST, NORTH), (WEST, SOUTH))),
}
"""Two corners across: links if the middle is beyond the limit, and if it is within."""
EDGE = 1e-6
"""No outline runs through the middle of a cell, where rings could touch."""


def area_within(
    value: Floats, limit: float, *, corner: tuple[float, float], step_m: float
) -> MultiPolygon:
    """Return the area where a value is within a limit.

    Parameters
    ----------
    value
        One for each cell, rows from the south, no blank and nowhere infinite.
    limit
        The limit.
    corner
        Middle of the first cell.
    step_m
        Width of a cell.
    """
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    padded = np.pad(value, 1, constant_values=max(float(value.max(initial=limit)), 2 * limit + 1))
    start, end = _links(padded, limit)
    rings = _rings(start, end)
    xy = _crossings(padded, limit, np.concatenate(rings) if rings else np.zeros(0, np.int64))
    xy = (xy - 1) * step_m + np.array(corner)
    parts = np.split(xy, np.cumsum([len(ring) for ring in rings])[:-1]) if rings else []
    return _polygons([shapely.LinearRing(part) for part in parts])


def _links(value: Floats, limit: float) -> tuple[Ints, Ints]:
    """Return the pieces of the outline, from one crossing to the next.

    A crossing is numbered by the cell before it: twice its place, one more for the way
    north.
    """
    within = value <= limit
    corners = within[:-1, :-1] + 2 * within[:-1, 1:] + 4 * within[1:, 1:] + 8 * within[1:, :-1]
    middle = (value[:-1, :-1] + value[:-1, 1:] + value[1:, 1:] + value[1:, :-1]) / 4 <= limit
    starts, ends = [], []

    def add(squares: NDArray[np.bool_], links: tuple[tuple[int, int], ...]) -> None:
        rows, cols = np.nonzero(squares)
        place = rows * value.shape[1] + cols
        sides = 2 * place, 2 * (place + 1) + 1, 2 * (place + value.shape[1]), 2 * place + 1
        for come, go in links:
            starts.append(sides[come])
            ends.append(sides[go])

    for case, links in LINKS.items():
        add(corners == case, links)
    for case, (apart, joined) in SADDLES.items():
        add((corners == case) & ~middle, apart)
        add((corners == case) & middle, joined)
    return np.concatenate(starts), np.concatenate(ends)


def _rings(start: Ints, end: Ints) -> list[Ints]:
    """Return the crossings of each closed ring in turn."""
    follow = dict(zip(start.tolist(), end.tolist(), strict=True))
    rings = []
    while follow:
        first, at = follow.popitem()
        ring = [first]
        while at != first:
            ring.append(at)
            at = follow.pop(at)
        rings.append(np.array(ring, dtype=np.int64))
    return rings


def _crossings(value: Floats, limit: float, number: Ints) -> Floats:
    """Return columns and rows where the value passes the limit."""
    place, north = number // 2, number % 2
    row, col = place // value.shape[1], place % value.shape[1]
    low, high = value[row, col], value[row + north, col + 1 - north]
    share = np.clip((limit - low) / (high - low), EDGE, 1 - EDGE)
    return np.column_stack([col + share * (1 - north), row + share * north])


def _polygons(rings: list[Any]) -> MultiPolygon:
    """Return rings as polygons; those that run clockwise are holes of the least around them."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    outer = [ring for ring in rings if shapely.is_ccw(ring)]
    inner = [ring for ring in rings if not shapely.is_ccw(ring)]
    shells = np.array([shapely.Polygon(ring) for ring in outer], dtype=object)
    holes: list[list[Any]] = [[] for _ in outer]
    if inner:
        points = shapely.points([ring.coords[0] for ring in inner])
        tree = shapely.STRtree(shells)
        which, around = tree.query(points, predicate="within")
        order = np.lexsort((shapely.area(shells)[around], which))
        first = np.unique(which[order], return_index=True)[1]
        for hole, shell in zip(which[order][first], around[order][first], strict=True):
            holes[shell].append(inner[hole])
    return shapely.MultiPolygon(
        [shapely.Polygon(ring, own) for ring, own in zip(outer, holes, strict=True)]
    )
