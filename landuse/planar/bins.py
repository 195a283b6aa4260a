"""A grid of square bins that finds the segments near a place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from landuse.planar.exact import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Bins", "bin_segments", "place_of"]

MARGIN = 8.0
"""Grid units by which a segment's bins reach beyond it; more than rounding can move it."""


class Bins(NamedTuple):
    """Square bins in rows from the south-west, and the segments that pass each."""

    west: float
    south: float
    side: float
    columns: int
    starts: NDArray[np.int64]
    """Place in `members` where each bin begins; one more than there are bins."""
    members: NDArray[np.int32]
    """Numbers of segments, bin after bin."""


def bin_segments(points: Floats, ends: NDArray[np.int32]) -> Bins:
    """Sort segments between numbered points into about as many bins as there are."""
    west, south = points.min(axis=0) - 2 * MARGIN
    width, height = points.max(axis=0) + 2 * MARGIN - (west, south)
    thinnest = max(width, height) / len(ends)
    even = math.sqrt(width * height / len(ends))
    side = max(even, thinnest, _mean_length(points, ends), 4 * MARGIN)
    columns = int(width / side) + 1
    rows = int(height / side) + 1
    starts, members = _fill(points, ends, float(west), float(south), side, columns, rows)
    return Bins(float(west), float(south), side, columns, starts, members)


@compiled
def place_of(bins: Bins, x: float, y: float) -> int:
    """Return the number of the bin that holds a point."""
    column = int((x - bins.west) / bins.side)
    return int((y - bins.south) / bins.side) * bins.columns + column


@compiled
def _mean_length(points: Floats, ends: NDArray[np.int32]) -> float:
    total = 0.0
    for a, b in ends:
        total += math.hypot(points[b, 0] - points[a, 0], points[b, 1] - points[a, 1])
    return total / len(ends)


@compiled
def _reach(
    ax: float, ay: float, bx: float, by: float, west: float, east: float
) -> tuple[float, float]:
    """Return how far south and north a segment goes between two meridians."""
    if ax == bx:
        return min(ay, by), max(ay, by)
    slope = (by - ay) / (bx - ax)
    left = ay + slope * (max(west, min(ax, bx)) - ax)
    right = ay + slope * (min(east, max(ax, bx)) - ax)
    return min(left, right), max(left, right)


@compiled
def _fill(
    points: Floats,
    ends: NDArray[np.int32],
    west: float,
    south: float,
    side: float,
    columns: int,
    rows: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Count the members of each bin, then write each bin from its end to its start."""
    starts = np.zeros(columns * rows + 1, np.int64)
    members = np.empty(0, np.int32)
    for fill in range(2):
        for k in range(len(ends)):
            ax, ay = points[ends[k, 0]]
            bx, by = points[ends[k, 1]]
            first = int((min(ax, bx) - MARGIN - west) / side)
            last = int((max(ax, bx) + MARGIN - west) / side)
            for column in range(first, last + 1):
                left = west + column * side - MARGIN
                low, high = _reach(ax, ay, bx, by, left, left + side + 2 * MARGIN)
                bottom = int((low - MARGIN - south) / side)
                top = int((high + MARGIN - south) / side)
                for row in range(bottom, top + 1):
                    place = row * columns + column
                    if fill:
                        starts[place] -= 1
                        members[starts[place]] = k
                    else:
                        starts[place] += 1
        if not fill:
            for place in range(columns * rows):
                starts[place + 1] += starts[place]
            members = np.empty(starts[columns * rows], np.int32)
    return starts, members
