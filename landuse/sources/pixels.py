"""Classes of pixels as polygons that follow the pixels' corners exactly and fit together.

GDAL leaves out corners along straight edges. Where three patches meet, one of them then
has a corner that its neighbour lacks, and once the map is projected, straight edges
between fewer corners part from those between more. So every corner at which any outline
turns is given to all patches that touch it, and long edges are divided alike on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Integers = NDArray[np.int64]
    Shapes = NDArray[np.object_]

__all__ = ["patches"]


def patches(
    values: NDArray[np.integer], known: Bools, *, step: int
) -> tuple[NDArray[np.integer], Shapes]:
    """Return the patches of equal pixels that touch along edges, in pixel corners.

    Parameters
    ----------
    values
        Class of each pixel, rows by columns, of a type that GDAL knows (`uint8`, `int16`,
        `uint16` or `int32`).
    known
        Which pixels have a class.
    step
        Edges are divided where they cross every so many pixels, so that they bend with
        the map.

    Returns
    -------
    tuple
        Class of each patch, and valid polygons in columns and rows. They cover the known
        pixels once, and neighbours share every corner of their border.
    """
    from rasterio.features import shapes  # noqa: PLC0415 - heavy; only rasters need it

    found, owner, outlines = [], [], []
    for patch, (shape, code) in enumerate(shapes(values, known, 4)):
        found.append(int(code))
        for outline in shape["coordinates"]:  # arrays at once: GDAL's tuples take ten times more
            owner.append(patch)
            outlines.append(np.array(outline, dtype=np.int32))
    codes = np.array(found, dtype=values.dtype)
    sizes = np.array([len(outline) for outline in outlines], dtype=np.int64)
    corners = np.concatenate(outlines).astype(np.int64)
    corners, ring = _divided(corners, np.repeat(np.arange(len(sizes)), sizes), values, known, step)
    lines = np.asarray(shapely.linearrings(corners.astype(np.float64), indices=ring))
    return codes, np.asarray(shapely.polygons(lines, indices=np.array(owner)))


def _divided(
    corners: Integers, ring: Integers, values: NDArray[np.integer], known: Bools, step: int
) -> tuple[Integers, Integers]:
    """Put all turning points and every step-th corner into the edges they lie on."""
    turning = _turning(values, known)
    across, down = turning.copy(), turning.T.copy()
    across[:, ::step] = True
    down[:, ::step] = True
    start, end = corners[:-1], corners[1:]
    level = start[:, 1] == end[:, 1]
    same = ring[:-1] == ring[1:]
    rows, columns = np.flatnonzero(same & level), np.flatnonzero(same & ~level)
    edge, place = _between(across, start[rows, 1], start[rows, 0], end[rows, 0])
    edge_2, place_2 = _between(down, start[columns, 0], start[columns, 1], end[columns, 1])
    new = np.concatenate(
        [
            np.column_stack([place, start[rows[edge], 1]]),
            np.column_stack([start[columns[edge_2], 0], place_2]),
        ]
    )
    after = np.concatenate([rows[edge], columns[edge_2]])
    order = np.argsort(np.concatenate([np.arange(len(corners)), after]), kind="stable")
    return np.concatenate([corners, new])[order], np.concatenate([ring, ring[after]])[order]


def _turning(values: NDArray[np.integer], known: Bools) -> Bools:
    """Tell at which corners of pixels outlines end, cross or turn."""
    wide = np.full((values.shape[0] + 2, values.shape[1] + 2), -1, dtype=np.int32)
    wide[1:-1, 1:-1] = np.where(known, _ranked(values), -1)
    upper_left, upper_right = wide[:-1, :-1], wide[:-1, 1:]
    lower_left, lower_right = wide[1:, :-1], wide[1:, 1:]
    level = (upper_left == upper_right) & (lower_left == lower_right)
    upright = (upper_left == lower_left) & (upper_right == lower_right)
    return np.asarray(~(level | upright))


def _ranked(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """Make room for -1: classes count from zero."""
    return values.astype(np.int32) - int(values.min())


def _between(
    marked: Bools, line: Integers, start: Integers, end: Integers
) -> tuple[Integers, Integers]:
    """Return, in their order, the marked places strictly between two places of a line.

    Returns which pair each belongs to, and the place.
    """
    width = marked.shape[1]
    where = np.flatnonzero(marked)
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.searchsorted(where, line * width + low, side="right")
    count = np.searchsorted(where, line * width + high, side="left") - first
    pair = np.repeat(np.arange(len(line)), count)
    rank = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    backwards = (end < start)[pair]
    rank = np.where(backwards, count[pair] - 1 - rank, rank)
    return pair, where[first[pair] + rank] % width
