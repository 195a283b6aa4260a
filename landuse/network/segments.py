"""The nearest street to many points: exact distances to lines, by a grid of their pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Objects = NDArray[np.object_]

__all__ = ["nearest_lines"]

PIECES_A_CELL = 2.0
SHORTEST_M = 10.0
"""Cells are no smaller, so that a dense town does not ask for a huge grid."""
MOST_CELLS = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """Straight pieces of lines, none longer than a cell."""

    line: Ints
    start: Floats
    step: Floats
    begun: Floats
    """Share of its line that lies before each piece, by length."""
    part: Floats
    """Share of its line that each piece is."""


def nearest_lines(
    lines: Objects, points: Floats, *, within_m: float = np.inf
) -> tuple[Ints, Floats, Floats]:
    """Return the nearest line to each point, where along it, and how far off.

    Parameters
    ----------
    lines
        Lines in metres.
    points
        Shape (points, 2).
    within_m
        How far to look.

    Returns
    -------
    tuple
        Row of the line (-1 if none is near), share of its length before the nearest spot,
        metres (both NaN if none). Of lines equally near the first in the list.
    """
    nowhere = np.full(len(points), -1), np.full(len(points), np.nan), np.full(len(points), np.nan)
    if not len(lines) or not len(points):
        return nowhere
    from landuse.network.segments_kernels import nearest_pieces  # noqa: PLC0415 - loads numba

    pieces, side = _pieces(lines)
    ends = np.concatenate([pieces.start, pieces.start + pieces.step])
    corner = ends.min(axis=0)
    shape = np.maximum(np.ceil((ends.max(axis=0) - corner) / side), 1).astype(np.int64)
    first, piece = _grid(pieces, corner, side, shape)
    cols, rows = int(shape[0]), int(shape[1])
    found, share, far_m = nearest_pieces(
        np.ascontiguousarray(points, dtype=np.float64),
        (first, piece, pieces.start, pieces.step),
        (float(corner[0]), float(corner[1])),
        side,
        (cols, rows),
        _empty_rings(first, cols, rows),
        float(within_m),
    )
    known = found >= 0
    at = found[known]
    nowhere[0][known] = pieces.line[at]
    nowhere[1][known] = np.clip(pieces.begun[at] + share[known] * pieces.part[at], 0.0, 1.0)
    nowhere[2][known] = far_m[known]
    return nowhere


def _pieces(lines: Objects) -> tuple[Pieces, float]:
    """Return the lines in pieces and the width of a cell."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    xy, line = shapely.get_coordinates(lines, return_index=True)
    inner = line[1:] == line[:-1]
    line, start, step = line[:-1][inner], xy[:-1][inner], np.diff(xy, axis=0)[inner]
    length = np.hypot(step[:, 0], step[:, 1])
    before = np.cumsum(length) - length
    begins = np.searchsorted(line, np.arange(len(lines)))
    whole = np.bincount(line, weights=length, minlength=len(lines))[line]
    begun = before - before[np.minimum(begins, len(line) - 1)][line]
    area = float(np.prod(np.ptp(xy, axis=0) + SHORTEST_M))
    side = max(SHORTEST_M, (area * PIECES_A_CELL / len(line)) ** 0.5, (area / MOST_CELLS) ** 0.5)
    times = np.maximum(np.ceil(length / side), 1).astype(np.int64)
    number = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    part = np.divide(length, whole, out=np.zeros_like(length), where=whole > 0) / times
    begun = np.divide(begun, whole, out=np.zeros_like(length), where=whole > 0)
    small = np.repeat(step / times[:, None], times, axis=0)
    return Pieces(
        line=np.repeat(line, times),
        start=np.repeat(start, times, axis=0) + small * number[:, None],
        step=small,
        begun=np.repeat(begun, times) + np.repeat(part, times) * number,
        part=np.repeat(part, times),
    ), side


def _grid(pieces: Pieces, corner: Floats, side: float, shape: Ints) -> tuple[Ints, Ints]:
    """Return the pieces in each cell: where they begin, row by row, and which they are.

    A piece no longer than a cell touches four at most; it stands in all of its box.
    """
    ends = pieces.start, pieces.start + pieces.step
    low, high = np.minimum(*ends), np.maximum(*ends)
    low, high = (
        np.clip(np.floor((end - corner) / side).astype(np.int64), 0, shape - 1)
        for end in (low, high)
    )
    cells, which = [], []
    for right in (0, 1, 2):
        for up in (0, 1, 2):
            col, row = low[:, 0] + right, low[:, 1] + up
            here = np.flatnonzero((col <= high[:, 0]) & (row <= high[:, 1]))
            cells.append(row[here] * shape[0] + col[here])
            which.append(here)
    cell, piece = np.concatenate(cells), np.concatenate(which)
    order = np.argsort(cell, kind="stable")
    count = np.bincount(cell, minlength=int(np.prod(shape)))
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64), piece[order]


def _empty_rings(first: Ints, cols: int, rows: int) -> NDArray[np.int32]:
    """Return how many rings round each cell hold no piece."""
    from scipy.ndimage import distance_transform_cdt  # noqa: PLC0415 - a third of a second

    empty = (np.diff(first) == 0).reshape(rows, cols)
    return np.asarray(distance_transform_cdt(empty, metric="chessboard"), dtype=np.int32)
