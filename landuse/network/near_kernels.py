"""Kernel of `pairs`: the places whose straight way is no longer than both their legs."""

# fmt: off
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.hierarchy.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Grid = tuple[tuple[float, float], float, int, int, Ints, Ints]

__all__ = ["near_pairs"]

ROUNDING = 1 + 1e-9
"""More than squares may be off by."""


@kernel
def near_pairs(
    origins: tuple[Floats, Floats], places: tuple[Floats, Floats], grid: Grid,
) -> tuple[Ints, Ints]:
    """Return the pairs no farther apart than their legs together, blanks left out.

    Both come with their legs. Places stand in a grid: its corner, the side of a cell,
    columns and rows, where each cell begins and its members.
    """
    (here, here_m), (there, there_m) = origins, places
    corner, side, cols, rows, first, member = grid
    one, two = np.empty(64, dtype=np.int64), np.empty(64, dtype=np.int64)
    found, longest = 0, there_m.max()
    for at in range(len(here)):
        x, y = here[at, 0], here[at, 1]
        if np.isnan(x):
            continue
        reach = here_m[at] + longest
        left = max(int(np.floor((x - reach - corner[0]) / side)), 0)
        right = min(int(np.floor((x + reach - corner[0]) / side)), cols - 1)
        low = max(int(np.floor((y - reach - corner[1]) / side)), 0)
        high = min(int(np.floor((y + reach - corner[1]) / side)), rows - 1)
        if left > right:
            continue
        for row in range(low, high + 1):  # the cells of a row follow each other
            for entry in range(first[row * cols + left], first[row * cols + right + 1]):
                other = member[entry]
                east_m, north_m = x - there[other, 0], y - there[other, 1]
                legs_m = here_m[at] + there_m[other]
                if east_m * east_m + north_m * north_m > legs_m * legs_m * ROUNDING:
                    continue  # a root for each pair would cost most of the time
                if np.hypot(east_m, north_m) <= legs_m:
                    if found == len(one):
                        one, two = np.append(one, one), np.append(two, two)
                    one[found], two[found] = at, other
                    found += 1
    return one[:found].copy(), two[:found].copy()
