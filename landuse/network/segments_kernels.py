"""Kernel of `segments`: the nearest piece of a street to each point, by a grid of pieces."""

# fmt: off
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.hierarchy.compiled import bare, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Arrays = tuple[Any, ...]

__all__ = ["nearest_pieces"]


@inlined
def _look(cell: int, grid: Arrays, x: float, y: float, best: Floats) -> None:
    """Compare a point with the pieces in one cell; `best` holds distance², entry and share."""
    first, shapes, counts = grid
    for entry in range(first[cell], first[cell + 1]):
        if not counts[entry]:
            continue
        dx, dy = shapes[entry, 2], shapes[entry, 3]
        px, py = x - shapes[entry, 0], y - shapes[entry, 1]
        share = min(max((px * dx + py * dy) * shapes[entry, 4], 0.0), 1.0)
        far = (px - share * dx) ** 2 + (py - share * dy) ** 2
        if far < best[0]:
            best[0], best[1], best[2] = far, entry, share


@bare
def nearest_pieces(
    asked: tuple[Floats, Floats], grid: Arrays, box: Arrays, out: Arrays
) -> None:
    """Find the entry of the nearest piece to each point, the share along it, the distance.

    `grid` holds where the entries of each cell begin, their shapes (start, step, one over
    its square) and which count. Cells are looked at ring by ring round a point's own, from
    the first ring that may hold any (`rings`), until what was found lies nearer than all of
    the next ring. What is not found stays as it was.
    """
    points, within = asked
    corner, side, (cols, rows), rings = box
    found, share, distance, best = out
    for point in range(len(points)):
        x, y = points[point, 0], points[point, 1]
        col, row = int(np.floor((x - corner[0]) / side)), int(np.floor((y - corner[1]) / side))
        in_col, in_row = min(max(col, 0), cols - 1), min(max(row, 0), rows - 1)
        outside = max(abs(col - in_col), abs(row - in_row))
        left, low = x - corner[0] - col * side, y - corner[1] - row * side
        border = min(left, side - left, low, side - low)
        ring = max(outside, rings[in_row, in_col] - outside)
        last = max(col, cols - 1 - col, row, rows - 1 - row)
        best[0], best[1] = within[point] * within[point], np.inf
        while ring <= last:
            nearest = max((ring - 1) * side + border, 0.0) if ring else 0.0
            if nearest * nearest > best[0]:
                break
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                if abs(r - row) == ring:
                    for c in range(max(col - ring, 0), min(col + ring, cols - 1) + 1):
                        _look(r * cols + c, grid, x, y, best)
                else:
                    if col - ring >= 0 and col - ring < cols:
                        _look(r * cols + col - ring, grid, x, y, best)
                    if col + ring < cols and col + ring >= 0:
                        _look(r * cols + col + ring, grid, x, y, best)
            ring += 1
        if best[1] < np.inf:
            found[point], share[point], distance[point] = best[1], best[2], np.sqrt(best[0])
