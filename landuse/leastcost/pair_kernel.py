"""Many small searches, in numba: each cell to its own end, and no farther than need be.

Plain arrays in and out. Importing this module imports numba, so import it where it is
needed.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.leastcost.kernel import compiled, slope_factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

__all__ = ["search_pairs"]


@compiled
def _step_s(cell: int, move: int, land: Any, ground: Any) -> float:  # noqa: ANN401 - tuples
    """Return what a move costs."""
    friction, _, offset, first, second, metres = land
    step_m = metres[cell // (len(friction) // len(metres)), move]
    per_m, share = np.float64(friction[cell]) + friction[cell + offset[move]], 2.0
    if move >= 8:
        per_m += np.float64(friction[cell + first[move]]) + friction[cell + second[move]]
        share = 4.0
    if ground is not None:
        height, factor, sign = ground
        rise_m = sign * (np.float64(height[cell + offset[move]]) - height[cell])
        per_m *= slope_factor(rise_m / (share * step_m), factor)
    return float(step_m * per_m)


@compiled
def _within(place: Any, wide: int, box: Any) -> bool:  # noqa: ANN401 - whole numbers
    """Tell whether a cell lies in a box of rows and columns; a node of no place (-1) does not."""
    row, col = place // wide, place % wide
    return bool(place >= 0 and box[0] <= row <= box[1] and box[2] <= col <= box[3])


@compiled
def _box(starts: Array, end: Any, wide: int, around: int) -> Any:  # noqa: ANN401
    """Return the rows and columns round some starts and their end, and so many cells more."""
    south, west = end // wide, end % wide
    north, east = south, west
    for start in starts:
        row, col = start // wide, start % wide
        south, north = min(south, row), max(north, row)
        west, east = min(west, col), max(east, col)
    return south - around, north + around, west - around, east + around


@compiled
def _spread(end: Any, land: Any, ground: Any, links: Any, state: Any) -> Any:  # noqa: ANN401, C901
    """Search outward from one end until all that wait are settled; return what it touched."""
    cost, waits, left, limit_s, where, box = state
    friction, moves, offset = land[0], land[1], land[2]
    wide = len(friction) // len(land[5])
    cost[end] = 0.0
    heap: list[Any] = [(0.0, end)]
    touched = [end]
    while heap:
        spent, cell = heapq.heappop(heap)
        if spent > cost[cell]:
            continue
        if spent > limit_s:
            break
        left -= waits[cell]
        if left == 0:
            break
        if links is not None:
            first, ends, seconds = links
            for link in range(first[cell], first[cell + 1]):
                target, total = np.int64(ends[link]), spent + seconds[link]
                if total < cost[target] and _within(where[target], wide, box):
                    touched.append(target)
                    cost[target] = total
                    heapq.heappush(heap, (total, target))
        if cell >= len(friction):
            continue
        for move in range(len(offset)):
            target = cell + offset[move]
            if not (moves[cell] >> move) & 1 or cost[target] <= spent:
                continue
            if not _within(target, wide, box):
                continue
            total = spent + _step_s(cell, move, land, ground)
            if total < cost[target]:
                touched.append(target)
                cost[target] = total
                heapq.heappush(heap, (total, target))
    return touched


@compiled
def search_pairs(land: Any, ground: Any, links: Any, groups: Any) -> None:  # noqa: ANN401
    """Fill in what each start pays to its end, up to the most that is asked for.

    `land` is friction, open moves and the table of moves; `groups` holds the ends, the
    first start of each, the starts, the most that each may cost, room for the costs of all
    cells and nodes (infinite) and for those that wait (0), the answers, the cell at which
    each cell and node lies, and how many cells beyond starts and end a way may lead.
    """
    ends, first, starts, most_s, cost, waits, answer, where, around = groups
    wide = len(land[0]) // len(land[5])
    for group in range(len(ends)):
        left, limit_s = 0, 0.0
        for place in range(first[group], first[group + 1]):
            left += 1 - waits[starts[place]]
            waits[starts[place]] = 1
            limit_s = max(limit_s, most_s[place])
        box = _box(starts[first[group] : first[group + 1]], ends[group], wide, around)
        state = cost, waits, left, limit_s, where, box
        touched = _spread(ends[group], land, ground, links, state)
        for place in range(first[group], first[group + 1]):
            found = cost[starts[place]]
            answer[place] = found if found <= most_s[place] else np.inf
            waits[starts[place]] = 0
        for cell in touched:
            cost[cell] = np.inf
