"""What the kernels share: compiling, exact products, sorting into buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

    def compiled(kernel: Kernel) -> Kernel:
        """Compile a function of arrays and numbers on its first call."""
        return kernel

else:
    from numba import njit

    compiled = njit(cache=True, nogil=True)

__all__ = ["bucket", "compiled", "cross", "grown"]

# The kernels below spell out loops that numpy has functions for: numba takes seconds to
# compile a cumsum, an append or an assignment to a slice, and a loop runs as fast.

SPLIT = 134217729.0
"""2**27 + 1: splits a float into two halves whose products are exact (Veltkamp)."""


@compiled
def _lost(left: float, right: float, product: float) -> float:
    """Return what rounding took from `left * right` (Dekker 1971, exact)."""
    scaled = SPLIT * left
    left_high = scaled - (scaled - left)
    left_low = left - left_high
    scaled = SPLIT * right
    right_high = scaled - (scaled - right)
    right_low = right - right_high
    rest = left_high * right_high - product
    return ((rest + left_high * right_low) + left_low * right_high) + left_low * right_low


@compiled
def cross(ax: float, ay: float, bx: float, by: float) -> float:
    """Return the cross product of two vectors of whole numbers; its sign is exact."""
    first = ax * by
    second = ay * bx
    difference = first - second
    if abs(difference) > 1e-14 * (abs(first) + abs(second)):
        return difference
    return difference + (_lost(ax, by, first) - _lost(ay, bx, second))


@compiled
def bucket(keys: NDArray[np.int32], size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Sort places by their key below `size`: where each key starts, and the places."""
    starts = np.zeros(size + 1, np.int64)
    for key in keys:
        starts[key + 1] += 1
    for key in range(size):
        starts[key + 1] += starts[key]
    members = np.empty(keys.size, np.int32)
    for place in range(keys.size):
        members[starts[keys[place]]] = place
        starts[keys[place]] += 1
    for key in range(size, 0, -1):
        starts[key] = starts[key - 1]
    starts[0] = 0
    return starts, members


@compiled
def grown(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a copy of a table with room for twice the rows."""
    result = np.empty((2 * len(rows), rows.shape[1]))
    for row in range(len(rows)):
        for column in range(rows.shape[1]):
            result[row, column] = rows[row, column]
    return result
