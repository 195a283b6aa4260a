"""The search itself, in numba: cells settled bucket by bucket.

Plain arrays in and out. Importing this module imports numba, so import it where it is
needed. What is not asked for (slopes, links) is None, and numba leaves its branch out: the
plain search pays nothing for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Land = tuple[Array, ...]
    """Friction and open moves of the cells; cost and nearest source of cells and nodes; where
    each move leads, over which two cells, and its metres per cell crossed."""
    Ground = tuple[Array, Array, float] | None
    """Heights, factors of `SLOPES`, and 1 or -1 for travellers from or to the sources."""
    Packed = tuple[Array, Array, Array] | None
    """Links: first of each cell and node, ends, seconds."""
    Queue = tuple[Array, ...]
    """Head of each bucket; cell, cost and next of each entry; first unused entry, busy ones
    and bucket at hand; buckets a second and the cutoff."""

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

__all__ = ["compiled", "search"]


def compiled(function: Kernel) -> Kernel:
    """Compile on first use; later processes load it from numba's cache."""
    kernel: Any
    try:
        kernel = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder in which numba may write
        kernel = numba.njit(nogil=True)(function)
    return cast("Kernel", kernel)


@compiled
def slope_factor(slope: float, factor: Array) -> float:
    """Return the factor of a slope, on the straight line between the two that are given."""
    if np.isnan(slope):
        return 1.0
    half = len(factor) // 2
    place = (min(max(slope, -1.0), 1.0) + 1.0) * half
    low = min(int(place), 2 * half - 1)
    part = place - low
    if part <= 1e-9:
        return float(factor[low])
    if part >= 1 - 1e-9:
        return float(factor[low + 1])
    return float(factor[low] + part * (factor[low + 1] - factor[low]))


@compiled
def _follow(
    cell: Any,  # noqa: ANN401 - an unsigned place
    costs: tuple[Array, Array],
    links: Any,  # noqa: ANN401 - not None here
    queue: Queue,
    counts: Any,  # noqa: ANN401 - two numbers
) -> Any:  # noqa: ANN401 - the same two
    """Go along the links that start at a cell or node; return the queue's counts."""
    cost, nearest = costs
    head, entry_cell, entry_cost, after, _, limits = queue
    first, ends, seconds = links
    unused, busy = counts
    for link in range(first[cell], first[cell + np.uint64(1)]):
        target, total = ends[link], cost[cell] + seconds[link]
        tie = total == cost[target] and nearest[cell] < nearest[target]
        if total <= limits[1] and (total < cost[target] or tie):
            cost[target], nearest[target] = total, nearest[cell]
            entry, slot = unused, np.int64(total * limits[0]) & (len(head) - 1)
            unused, busy = after[entry], busy + 1
            entry_cell[entry], entry_cost[entry] = target, total
            after[entry], head[slot] = head[slot], entry
    return unused, busy


@compiled
def search(land: Land, ground: Ground, links: Packed, queue: Queue) -> bool:  # noqa: C901, PLR0912
    """Settle cells bucket by bucket; return False when the queue needs more room.

    One loop: a call that takes arrays costs more than a move. Places are unsigned: a signed
    index costs a test for Python's negative ones each time.
    """
    friction, moves, cost, nearest, offset, first, second, metres = land
    head, entry_cell, entry_cost, after, state, limits = queue
    per_width, cutoff_s = limits
    unused, busy, bucket = state
    if ground is not None:
        height, factor, sign = ground
    count, last, cells = len(offset), len(head) - 1, np.uint64(len(friction))
    wide, room = np.uint64(len(friction) // len(metres)), len(offset)
    if links is not None:
        room += np.max(links[0][1:] - links[0][:-1])
    while busy > 0:
        slot = np.uint64(bucket & last)
        while head[slot] >= 0:
            if busy + room > len(entry_cell):
                state[:] = unused, busy, bucket
                return False
            entry = np.uint64(head[slot])
            cell, spent, busy = np.uint64(entry_cell[entry]), entry_cost[entry], busy - 1
            head[slot], after[entry], unused = after[entry], unused, np.int64(entry)
            if spent != cost[cell]:
                continue  # the cell was reached more cheaply after this entry was made
            if links is not None:
                unused, busy = _follow(cell, (cost, nearest), links, queue, (unused, busy))
                if cell >= cells:
                    continue
            row, label, bits = cell // wide, nearest[cell], moves[cell]
            for move in range(count):
                target = cell + offset[move]
                if not (bits >> move) & 1 or cost[target] <= spent:
                    continue
                step_m, per_m = metres[row, move], np.float64(friction[cell]) + friction[target]
                if move >= 8:
                    mid, far = friction[cell + first[move]], friction[cell + second[move]]
                    per_m += np.float64(mid) + far
                if ground is not None:
                    rise_m = sign * (np.float64(height[target]) - height[cell])
                    per_m *= slope_factor(rise_m / (step_m * (4.0 if move >= 8 else 2.0)), factor)
                total = spent + step_m * per_m
                tie = total == cost[target] and label < nearest[target]
                if total <= cutoff_s and (total < cost[target] or tie):
                    cost[target], nearest[target] = total, label
                    entry, slot_to = (
                        np.uint64(unused),
                        np.uint64(np.int64(total * per_width) & last),
                    )
                    unused, busy = np.int64(after[entry]), busy + 1
                    entry_cell[entry], entry_cost[entry] = target, total
                    after[entry], head[slot_to] = head[slot_to], entry
        bucket += 1
    return True
