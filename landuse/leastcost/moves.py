"""The moves of a traveller on a raster: where they lead, what they cross, which are open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["MARGIN", "NEIGHBOURS", "WALL_EAST", "WALL_NORTH", "move_table", "open_moves"]

WALL_EAST, WALL_NORTH = 1, 2
"""Bits of a cell's walls, towards the next column and the next row."""

NEIGHBOURS = (8, 16)
STRAIGHT = ((0, 1), (0, -1), (1, 0), (-1, 0))
DIAGONAL = ((1, 1), (1, -1), (-1, 1), (-1, -1))
KNIGHTS = ((2, 1), (2, -1), (-2, 1), (-2, -1), (1, 2), (1, -2), (-1, 2), (-1, -2))
MOVES = np.array((*STRAIGHT, *DIAGONAL, *KNIGHTS))
"""Rows and columns of each move."""
MARGIN = 2
"""Cells of barrier around the raster, so that no move leaves it."""


def open_moves(
    padded: NDArray[Any], walls: NDArray[np.uint8] | None, neighbours: int
) -> NDArray[np.uint16]:
    """Return a bit for each move that a traveller in each cell may make."""
    free = np.isfinite(padded)
    east, north = free[:, :-1] & free[:, 1:], free[:-1] & free[1:]
    if walls is not None:
        east[MARGIN:-MARGIN, MARGIN : 1 - MARGIN] &= (walls & WALL_EAST) == 0
        north[MARGIN : 1 - MARGIN, MARGIN:-MARGIN] &= (walls & WALL_NORTH) == 0
    step = {move: np.zeros(padded.shape, dtype=bool) for move in STRAIGHT}
    step[0, 1][:, :-1] = step[0, -1][:, 1:] = east
    step[1, 0][:-1] = step[-1, 0][1:] = north

    def way(*moves: tuple[int, int]) -> NDArray[np.bool_]:
        """Tell from which cells of the inside some straight steps in a row are open."""
        row = col = MARGIN
        found = np.ones((padded.shape[0] - 2 * MARGIN, padded.shape[1] - 2 * MARGIN), dtype=bool)
        for move in moves:
            found &= step[move][row : row + found.shape[0], col : col + found.shape[1]]
            row, col = row + move[0], col + move[1]
        return found

    result = np.zeros(padded.shape, dtype=np.uint16)
    inside = result[MARGIN:-MARGIN, MARGIN:-MARGIN]
    for place, (rows, cols) in enumerate(MOVES[:neighbours].tolist()):
        up, along = (int(np.sign(rows)), 0), (0, int(np.sign(cols)))
        if place < 4:
            found = way((rows, cols))
        elif place < 8:
            found = way(up, along) | way(along, up)
        else:
            found = way(up, along, up) if abs(rows) == 2 else way(along, up, along)
        inside |= found.astype(np.uint16) << np.uint16(place)
    return result


def move_table(
    shape: tuple[int, ...], steps_m: tuple[ArrayLike, ArrayLike], neighbours: int
) -> tuple[NDArray[Any], ...]:
    """Return where each move leads, over which two cells, and its metres per cell crossed.

    Places count in the padded raster's flat order. Metres have the shape (padded rows,
    moves); where rows differ a move takes the mean of the two it joins, so that there and
    back cost the same.
    """
    wide = shape[1] + 2 * MARGIN
    dx_m, dy_m = (
        np.pad(np.broadcast_to(np.asarray(step, np.float64), shape[0]), MARGIN, mode="edge")
        for step in steps_m
    )
    rows, cols = MOVES[:neighbours].T
    knight = np.abs(rows) + np.abs(cols) == 3
    first = np.where(np.abs(rows) == 2, np.sign(rows) * wide, np.sign(cols))
    second = np.sign(rows) * wide + np.sign(cols)
    start = np.arange(len(dx_m))[:, None]
    end = np.clip(start + rows, 0, len(dx_m) - 1)
    length_m = (
        np.hypot(cols * dx_m[start], rows * dy_m[start])
        + np.hypot(cols * dx_m[end], rows * dy_m[end])
    ) / 2
    return *(_unsigned(part) for part in (rows * wide + cols, first, second)), length_m / np.where(
        knight, 4, 2
    )


def _unsigned(offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Let offsets wrap round, so that adding a backward one still leads backward."""
    return offsets.astype(np.uint64)
