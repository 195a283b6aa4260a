"""Least cost over a raster: exact, from many sources at once, walls respected.

Moves go from cell centre to cell centre, to 8 or 16 neighbours. A move costs its length
times the mean friction of the cells on its way, which is the line integral of friction
along it: two cells, half each, for straight and diagonal moves, and four cells, a quarter
each, for knight's moves. scikit-image's `MCP_Geometric` (8) and GRASS `r.cost` (8 and 16)
price moves alike.

Neither of them knows walls. Here everything that stops a traveller is a *wall* between two
cells side by side: around every cell of infinite friction, and wherever the caller says. A
diagonal move needs one of its two ways round the corner open, a knight's move all three
steps of its own way. So nothing slips between two barrier cells that touch at a corner,
and nothing jumps over a barrier.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

__all__ = ["NEIGHBOURS", "WALL_EAST", "WALL_NORTH", "Reach", "least_cost"]

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
MOST_BUCKETS = 1 << 16


class Reach(NamedTuple):
    """What every cell costs from the source that is nearest by cost."""

    cost_s: Floats
    """Seconds; infinite where no source arrives within the cutoff."""
    nearest: Ints
    """Place of that source in the list, the lowest if several tie; -1 where none arrives."""


def least_cost(
    friction: ArrayLike,
    sources: tuple[ArrayLike, ArrayLike],
    *,
    steps_m: tuple[ArrayLike, ArrayLike],
    neighbours: int = 16,
    cutoff_s: float = np.inf,
    walls: NDArray[np.uint8] | None = None,
) -> Reach:
    """Return the least cost of every cell from the nearest of some sources.

    Parameters
    ----------
    friction
        Seconds per metre, shape (rows, cols), above 0; infinite in a barrier.
    sources
        Rows and columns of the sources; a source's own cell costs 0, a source on a barrier
        reaches nobody.
    steps_m
        Width and height of the cells in metres: a number, or one for each row.
    neighbours
        8, or 16 with knight's moves, which follow oblique ways within 2.7 % of their length
        where 8 neighbours make them up to 8.2 % too long.
    cutoff_s
        Stop there; cells that cost more stay blank.
    walls
        Bits `WALL_EAST` and `WALL_NORTH`, shape of `friction`.

    Raises
    ------
    LayerError
        If a friction is not above 0, a source lies outside, or neighbours are neither 8
        nor 16.

    Notes
    -----
    Dijkstra's search with a circle of buckets (Dial 1969). Buckets are no wider than the
    cheapest move, so whatever leaves a bucket is final; where that would need too many of
    them they are wider and cells are settled again when they improve. Either way the
    result is exact and does not depend on the order of the sources.
    """
    surface = np.asarray(friction)
    surface = surface.astype(np.float32 if surface.dtype == np.float32 else np.float64, copy=False)
    rows, cols = (np.atleast_1d(np.asarray(part, dtype=np.int64)) for part in sources)
    _check(surface, rows, cols, neighbours)
    open_s_per_m = surface[np.isfinite(surface)]
    cost = np.full(tuple(side + 2 * MARGIN for side in surface.shape), np.inf)
    nearest = np.full(cost.shape, -1, dtype=np.int32)
    if open_s_per_m.size and rows.size:
        padded = np.pad(surface, MARGIN, constant_values=np.inf)
        moves = _open_moves(padded, walls, neighbours)
        table = _move_table(surface.shape, steps_m, neighbours)
        metres = table[-1]
        cheapest, dearest = (
            2 * open_s_per_m.min() * metres.min(),
            4 * open_s_per_m.max() * metres.max(),
        )
        # A thousandth less than the cheapest move, so that rounding cannot undo the promise.
        width_s = max(0.999 * cheapest, dearest / (MOST_BUCKETS - 3))
        start = _starts(rows + MARGIN, cols + MARGIN, padded, cost, nearest)
        queue = _queue(start, buckets=int(dearest / width_s) + 3)
        search = _compiled()
        flat = padded.ravel(), moves.ravel(), cost.ravel(), nearest.ravel()
        while not search(*flat, table, queue, 1.0 / width_s, float(cutoff_s)):
            queue = _with_more_room(queue)
    inside = slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN)
    return Reach(cost_s=cost[inside], nearest=nearest[inside])


def _check(
    surface: Floats, rows: NDArray[np.int64], cols: NDArray[np.int64], neighbours: int
) -> None:
    faults = []
    if not (surface > 0).all():
        what = f"{(~(surface > 0)).sum()} cells are not above 0"
        faults.append(Fault(where="friction", what=what, fix="make barriers infinite, not blank"))
    outside = (rows < 0) | (cols < 0) | (rows >= surface.shape[0]) | (cols >= surface.shape[1])
    if outside.any():
        what = f"{outside.sum()} of {outside.size} lie outside the raster"
        faults.append(Fault(where="sources", what=what, fix="leave them out"))
    if neighbours not in NEIGHBOURS:
        faults.append(Fault(where="neighbours", what=f"is {neighbours}", fix="give 8 or 16"))
    if faults:
        raise LayerError(faults)


def _open_moves(
    padded: Floats, walls: NDArray[np.uint8] | None, neighbours: int
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


def _move_table(
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


def _starts(
    rows: NDArray[np.int64], cols: NDArray[np.int64], padded: Floats, cost: Floats, nearest: Ints
) -> NDArray[np.int64]:
    """Mark the sources that do not stand on a barrier and return their cells, each once."""
    free = np.flatnonzero(np.isfinite(padded[rows, cols]))[::-1]
    cost[rows[free], cols[free]] = 0.0
    nearest[rows[free], cols[free]] = free  # of several on one cell the first is written last
    return np.unique(rows[free] * padded.shape[1] + cols[free])


def _queue(start: NDArray[np.int64], *, buckets: int) -> tuple[NDArray[Any], ...]:
    """Return the buckets with the starts in the first.

    A bucket is a chain of entries (head of each bucket; cell, cost and next entry of each
    entry); unused entries form a chain of their own, so the busy ones stay few and close
    together. The last array holds the first unused entry, the number of busy ones and the
    bucket at hand.
    """
    size = 1 << max(12, len(start).bit_length() + 1)
    head = np.full(1 << buckets.bit_length(), -1, dtype=np.int32)
    cell = np.zeros(size, dtype=np.int32)
    after = np.arange(1, size + 1, dtype=np.int32)
    cell[: len(start)] = start
    if len(start):
        head[0] = 0
        after[len(start) - 1] = -1
    return head, cell, np.zeros(size), after, np.array([len(start), len(start), 0])


def _with_more_room(queue: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
    head, cell, cost, after, state = queue
    size = len(cell)
    state = state.copy()
    more = np.arange(size + 1, 2 * size + 1, dtype=np.int32)
    more[-1] = state[0]
    state[0] = size
    return head, np.append(cell, cell), np.append(cost, cost), np.append(after, more), state


def _search(  # type: ignore[no-untyped-def]  # noqa: ANN202 - numba reads the types
    friction,  # noqa: ANN001
    moves,  # noqa: ANN001
    cost,  # noqa: ANN001
    nearest,  # noqa: ANN001
    table,  # noqa: ANN001
    queue,  # noqa: ANN001
    per_width,  # noqa: ANN001
    cutoff_s,  # noqa: ANN001
):
    """Settle cells bucket by bucket; return False when the queue needs more room.

    Places are unsigned: a signed index costs a test for Python's negative ones each time.
    """
    offset, first, second, metres = table
    head, entry_cell, entry_cost, after, state = queue
    unused, busy, bucket = state
    count, last, wide = len(offset), len(head) - 1, np.uint64(len(friction) // len(metres))
    while busy > 0:
        slot = np.uint64(bucket & last)
        while head[slot] >= 0:
            if busy + count > len(entry_cell):
                state[:] = unused, busy, bucket
                return False
            entry = np.uint64(head[slot])
            cell, spent = np.uint64(entry_cell[entry]), entry_cost[entry]
            head[slot], after[entry], unused = after[entry], unused, np.int64(entry)
            busy -= 1
            if spent != cost[cell]:
                continue  # the cell was reached more cheaply after this entry was made
            row, label, bits = cell // wide, nearest[cell], moves[cell]
            for move in range(count):
                if not (bits >> move) & 1:
                    continue
                target = cell + offset[move]
                per_m = np.float64(friction[cell]) + friction[target]
                if move >= 8:
                    per_m += (
                        np.float64(friction[cell + first[move]]) + friction[cell + second[move]]
                    )
                total = spent + metres[row, move] * per_m
                tie = total == cost[target] and label < nearest[target]
                if total > cutoff_s or not (total < cost[target] or tie):
                    continue
                cost[target], nearest[target] = total, label
                entry, slot_to = np.uint64(unused), np.uint64(np.int64(total * per_width) & last)
                unused = after[entry]
                entry_cell[entry], entry_cost[entry] = target, total
                after[entry], head[slot_to] = head[slot_to], entry
                busy += 1
        bucket += 1
    return True


@cache
def _compiled() -> Callable[..., bool]:
    """Compile the search on first use; later processes load it from numba's cache."""
    import numba  # noqa: PLC0415 - half a second that only a search should cost

    try:
        compiled: Callable[..., bool] = numba.njit(cache=True, nogil=True)(_search)
    except RuntimeError:  # no folder in which numba may write
        compiled = numba.njit(nogil=True)(_search)
    return compiled
