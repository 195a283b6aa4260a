"""Find the least cost of every cell: input checked, buckets sized, answer cut out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.leastcost.links import Links, packed_links
from landuse.leastcost.moves import MARGIN, NEIGHBOURS, move_table, open_moves
from landuse.leastcost.slopes import SLOPES, Slopes, packed_slopes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]
    Table = tuple[NDArray[Any], ...]

__all__ = ["DIRECTIONS", "Reach", "least_cost"]

DIRECTIONS = ("to", "from")
MOST_BUCKETS = 1 << 16


class Reach(NamedTuple):
    """What every cell costs from the source that is nearest by cost."""

    cost_s: Floats
    """Seconds; infinite where no source arrives within the cutoff."""
    nearest: Ints
    """Place of that source in the list, the lowest if several tie; -1 where none arrives."""


def least_cost(  # noqa: PLR0913 - each is one choice, by its name
    friction: ArrayLike,
    sources: tuple[ArrayLike, ArrayLike],
    *,
    steps_m: tuple[ArrayLike, ArrayLike],
    neighbours: int = 16,
    cutoff_s: float = np.inf,
    walls: NDArray[np.uint8] | None = None,
    slopes: Slopes | None = None,
    links: Links | None = None,
    direction: str = "from",
) -> Reach:
    """Return the least cost of every cell from, or to, the nearest of some sources.

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
    slopes
        The lie of the land; None where all is level. Lengths stay those on the map.
    links
        Ways beyond the moves; walls do not stop them.
    direction
        `from`: from the sources outward; `to`: from the cells to the sources. Without
        slopes and one-way links both are the same.

    Raises
    ------
    LayerError
        If a friction is not above 0, a source lies outside, neighbours are neither 8 nor
        16, the direction is neither `to` nor `from`, slopes do not fit the raster, or a
        link costs less than nothing.

    Notes
    -----
    Dijkstra's search with a circle of buckets (Dial 1969). Buckets are no wider than the
    cheapest move, so whatever leaves a bucket is final; where that would need too many of
    them, and where a link is cheaper, cells are settled again when they improve. Either way
    the result is exact and does not depend on the order of the sources.
    """
    surface = np.asarray(friction)
    surface = surface.astype(np.float32 if surface.dtype == np.float32 else np.float64, copy=False)
    rows, cols = (np.atleast_1d(np.asarray(part, dtype=np.int64)) for part in sources)
    _check(surface, (rows, cols), neighbours, direction, slopes=slopes, links=links)
    table = move_table(surface.shape, steps_m, neighbours)
    padded = np.pad(surface, MARGIN, constant_values=np.inf)
    cost = np.full(padded.size + (links.n_nodes if links else 0), np.inf)
    nearest = np.full(cost.shape, -1, dtype=np.int32)
    start = _starts((rows + MARGIN) * padded.shape[1] + cols + MARGIN, padded, cost, nearest)
    if len(start):
        width_s, buckets = _buckets(surface, table, slopes, links)
        land = padded.ravel(), open_moves(padded, walls, neighbours).ravel(), cost, nearest, *table
        ground = packed_slopes(slopes, direction)
        ways = packed_links(links, (surface.shape[0], surface.shape[1]), direction)
        limits = np.array([1 / width_s, cutoff_s])
        _run(land, ground, ways, (*_queue(start, buckets=buckets), limits))
    inside = slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN)
    cost_s, label = (part[: padded.size].reshape(padded.shape)[inside] for part in (cost, nearest))
    return Reach(
        cost_s=cost_s.astype(np.float64, copy=False), nearest=label.astype(np.int32, copy=False)
    )


def _run(land: Table, ground: Any, ways: Any, queue: Table) -> None:  # noqa: ANN401 - None or tuples
    """Search until the queue is empty, with more room whenever it is full."""
    from landuse.leastcost.kernel import search  # noqa: PLC0415 - numba is half a second

    while not search(land, ground, ways, queue):
        queue = _with_more_room(queue)


def _buckets(
    surface: Floats, table: Table, slopes: Slopes | None, links: Links | None
) -> tuple[float, int]:
    """Return the width of a bucket in seconds and how many the dearest move may span."""
    open_s_per_m, metres = surface[np.isfinite(surface)], table[-1]
    factors = np.ones(1) if slopes is None else slopes.factor[np.isfinite(slopes.factor)]
    cheapest = 2 * open_s_per_m.min() * metres.min() * factors.min()
    dearest = 4 * open_s_per_m.max() * metres.max() * factors.max()
    if links is not None:
        dearest = max(dearest, links.cost_s[np.isfinite(links.cost_s)].max(initial=0.0))
    # A thousandth less than the cheapest move, so that rounding cannot undo the promise.
    width_s = max(0.999 * cheapest, dearest / (MOST_BUCKETS - 3))
    return width_s, int(dearest / width_s) + 3


def _check(
    surface: Floats,
    sources: tuple[NDArray[np.int64], NDArray[np.int64]],
    neighbours: int,
    direction: str,
    *,
    slopes: Slopes | None,
    links: Links | None,
) -> None:
    faults = []
    rows, cols = sources
    if not (surface > 0).all():
        what = f"{(~(surface > 0)).sum()} cells are not above 0"
        faults.append(Fault(where="friction", what=what, fix="make barriers infinite, not blank"))
    outside = (rows < 0) | (cols < 0) | (rows >= surface.shape[0]) | (cols >= surface.shape[1])
    if outside.any():
        what = f"{outside.sum()} of {outside.size} lie outside the raster"
        faults.append(Fault(where="sources", what=what, fix="leave them out"))
    if neighbours not in NEIGHBOURS:
        faults.append(Fault(where="neighbours", what=f"is {neighbours}", fix="give 8 or 16"))
    if direction not in DIRECTIONS:
        faults.append(Fault(where="direction", what=f"is {direction!r}", fix="give to or from"))
    if slopes is not None:
        faults += _faults_of_slopes(slopes, surface.shape)
    if links is not None and not (links.cost_s >= 0).all():
        what = f"{(~(links.cost_s >= 0)).sum()} cost less than nothing, or are blank"
        faults.append(Fault(where="links", what=what, fix="make them 0 or more"))
    if faults:
        raise LayerError(faults)


def _faults_of_slopes(slopes: Slopes, shape: tuple[int, ...]) -> list[Fault]:
    faults = []
    if slopes.elevation_m.shape != shape:
        what = f"has the shape {slopes.elevation_m.shape}, the raster {shape}"
        faults.append(Fault(where="elevation_m", what=what, fix="put it on the raster's cells"))
    if slopes.factor.shape != SLOPES.shape or not (slopes.factor > 0).all():
        what = "is not a number above 0 for each of the slopes"
        faults.append(Fault(where="factor", what=what, fix="give one for each of SLOPES"))
    return faults


def _starts(
    place: NDArray[np.int64], padded: Floats, cost: Floats, nearest: Ints
) -> NDArray[np.int64]:
    """Mark the sources that do not stand on a barrier and return their cells, each once."""
    free = np.flatnonzero(np.isfinite(padded.ravel()[place]))[::-1]
    cost[place[free]] = 0.0
    nearest[place[free]] = free  # of several on one cell the first is written last
    return np.unique(place[free])


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
    head, cell, cost, after, state, limits = queue
    size = len(cell)
    state = state.copy()
    more = np.arange(size + 1, 2 * size + 1, dtype=np.int32)
    more[-1] = state[0]
    state[0] = size
    return head, np.append(cell, cell), np.append(cost, cost), np.append(after, more), state, limits
