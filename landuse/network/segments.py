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

__all__ = ["Lines", "index_lines"]

PIECES_A_CELL = 4.0
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


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines made ready for finding the nearest: their pieces in the cells of a grid."""

    pieces: Pieces
    first: Ints
    """Where the pieces of each cell begin, cells row by row."""
    piece: Ints
    shapes: Floats
    """Start and step of these pieces, and one over the step's square, side by side."""
    corner: tuple[float, float]
    side_m: float
    shape: tuple[int, int]
    """Columns and rows."""
    rings: NDArray[np.int32]
    """How many rings round each cell hold no piece."""

    def nearest(
        self,
        points: Floats,
        *,
        chosen: NDArray[np.bool_],
        within_m: float | Floats = np.inf,
    ) -> tuple[Ints, Floats, Floats]:
        """Return the nearest line to each point, where along it, and how far off.

        Parameters
        ----------
        points
            Shape (points, 2).
        chosen
            Which lines count.
        within_m
            How far to look, for all points or for each.

        Returns
        -------
        tuple
            Row of the line (-1 if none is near), share of its length before the nearest
            spot, metres (both NaN if none).
        """
        from landuse.network.segments_kernels import nearest_pieces  # noqa: PLC0415 - loads numba

        pieces = self.pieces
        found = np.full(len(points), -1)
        share, far_m = np.full(len(points), np.nan), np.full(len(points), np.nan)
        far = np.broadcast_to(np.asarray(within_m, dtype=np.float64), len(points)).copy()
        nearest_pieces(
            (np.ascontiguousarray(points, dtype=np.float64), far),
            (self.first, self.shapes, chosen[pieces.line[self.piece]]),
            (self.corner, self.side_m, self.shape, self.rings),
            (found, share, far_m, np.empty(3)),
        )
        known = found >= 0
        at = self.piece[np.where(known, found, 0)]
        along = np.clip(pieces.begun[at] + share * pieces.part[at], 0.0, 1.0)
        return np.where(known, pieces.line[at], -1), along, far_m


def index_lines(lines: Objects) -> Lines:
    """Make lines ready; there must be one at least."""
    pieces, side = _pieces(lines)
    ends = pieces.start, pieces.start + pieces.step
    low, high = np.minimum(*ends).T.copy(), np.maximum(*ends).T.copy()
    corner = low.min(axis=1)
    shape = np.maximum(np.ceil((high.max(axis=1) - corner) / side), 1).astype(np.int64)
    boxes = [
        np.clip(((edge - corner[:, None]) / side).astype(np.int64), 0, shape[:, None] - 1)
        for edge in (low, high)
    ]
    first, piece = _grid(boxes[0], boxes[1], shape)
    cols, rows = int(shape[0]), int(shape[1])
    square = (pieces.step**2).sum(axis=1)
    inverse = np.divide(1.0, square, out=np.zeros_like(square), where=square > 0)
    shapes = np.column_stack([pieces.start, pieces.step, inverse])[piece]
    return Lines(
        pieces=pieces,
        first=first,
        piece=piece,
        shapes=shapes,
        corner=(float(corner[0]), float(corner[1])),
        side_m=side,
        shape=(cols, rows),
        rings=_empty_rings(first, cols, rows),
    )


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


def _grid(low: Ints, high: Ints, shape: Ints) -> tuple[Ints, Ints]:
    """Return the pieces in each cell: where they begin, row by row, and which they are.

    A piece no longer than a cell touches four at most; it stands in all of its box.
    """
    cells, which = [], []
    for right in (0, 1, 2):
        for up in (0, 1, 2):
            col, row = low[0] + right, low[1] + up
            here = np.flatnonzero((col <= high[0]) & (row <= high[1]))
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
