"""The arithmetic coder of `landuse.maps.cell_kernels` and the vote that it goes by, in numba.

All arithmetic is on whole numbers below 2**32, and products below 2**31: see there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Tables = tuple[Array, Array, Array]
    """The model: chances of "yes", how often each was met, weights of the votes."""
    Desk = tuple[Array, Array, Array]
    """Scratch paper: the seven contexts, their places in the tables, their votes."""
    Wire = tuple[Array, Array]
    """The coder: low, high, code, place, 1 to read; and the bytes."""

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

    def compiled(kernel: Kernel) -> Kernel:
        """Compile a function of arrays and numbers on its first call."""
        return kernel

    part = compiled

else:
    from numba import njit

    compiled = njit(cache=True, nogil=True)
    # What allocates nothing need not count references: four times as fast.
    part = njit(cache=True, nogil=True, _nrt=False)

__all__ = [
    "SLOTS",
    "VOTES",
    "compiled",
    "difference",
    "kept",
    "model",
    "part",
    "plain",
    "summed",
    "tables_of_curves",
    "wire",
]

VOTES = 7
SLOTS = 1 << 16
KNOTS = (
    *(1, 2, 4, 6, 10, 17, 27, 45, 74, 120, 194, 311, 488, 747, 1102, 1546, 2048, 2550, 2994),
    *(3349, 3608, 3785, 3902, 3976, 4022, 4051, 4069, 4079, 4086, 4090, 4092, 4094, 4095),
)
"""4096 / (1 + exp(-x / 2)) for x from -8 to 8: browsers may round exp differently."""
LAST_STEP = 17
"""Distances from the guess are asked one by one up to `LAST_STEP - 2`, then as a number."""


def tables_of_curves() -> tuple[Array, Array, Array]:
    """Return the two curves of the vote and the speed of learning, as whole numbers.

    `squash` is 4096 / (1 + exp(-x / 256)) for x from -2048, straight between `KNOTS`;
    `stretch` its inverse, the first x that reaches each 4096th; and `pace` 2048 / (n + 1.5)
    for a chance that has been met n times.
    """
    x = np.arange(4096)
    knots = np.array([*KNOTS, KNOTS[-1]])
    squash = (knots[x >> 7] * (128 - (x & 127)) + knots[(x >> 7) + 1] * (x & 127) + 64) >> 7
    stretch = np.minimum(np.searchsorted(squash, x), 4095) - 2048
    pace = 4096 // (2 * np.arange(128) + 3)
    return stretch.astype(np.int32), squash.astype(np.int32), pace.astype(np.int32)


@part
def kept(value: int, most: int) -> int:
    """Return a value between -most and most."""
    return min(max(value, -most), most)


@part
def _exchange(line: Wire, chance: int, bit: int) -> int:
    """Write a bit that is 1 with a chance in 4096ths, or read it; return it."""
    state, text = line
    low, high = state[0], state[1]
    span = high - low
    cut = low + (span >> 12) * chance + (((span & 0xFFF) * chance) >> 12)
    if state[4]:
        bit = 1 if state[2] <= cut else 0
    if bit:
        high = cut
    else:
        low = cut + 1
    while (low ^ high) >> 24 == 0:
        if state[4]:
            byte = text[state[3]] if state[3] < len(text) else 0
            state[2] = ((state[2] << 8) & 0xFFFFFFFF) | byte
        else:
            text[state[3]] = high >> 24
        state[3] += 1
        low = (low << 8) & 0xFFFFFFFF
        high = ((high << 8) & 0xFFFFFFFF) | 255
    state[0], state[1] = low, high
    return bit


@part
def plain(line: Wire, chances: Array, place: int, bit: int) -> int:
    """Exchange a bit by one chance (in 65536ths) that learns."""
    bit = _exchange(line, min(max(chances[place] >> 4, 1), 4095), bit)
    chances[place] += ((bit << 16) - bit - chances[place]) >> 5
    return bit


@part
def _asked(line: Wire, tables: Tables, desk: Desk, curves: Tables, which: int, bit: int) -> int:
    """Exchange one answer: vote, code, learn. `which` packs question, side and voting group."""
    chances, met, weights = tables
    contexts, places, votes = desk
    stretch, squash, pace = curves
    group, question = which & 1023, which >> 10
    dot = 0
    for k in range(VOTES):
        slot = (contexts[k] + question * 0x1E3779B1) & 0xFFFFFFFF
        slot = (slot ^ (slot >> 16)) & (SLOTS - 1)
        places[k] = slot
        seen = met[k, slot]
        votes[k] = (stretch[chances[k, slot] >> 8] * min(seen * 5, 16)) >> 4
        dot += (weights[group, k] * votes[k]) >> 8
    chance = squash[kept(dot >> 8, 2047) + 2048]
    bit = _exchange(line, chance, bit)
    miss = ((bit << 12) - chance) * 24
    for k in range(VOTES):
        slot = places[k]
        weights[group, k] += (votes[k] * miss + 0x8000) >> 16
        chances[k, slot] += (((bit << 20) - bit - chances[k, slot]) * pace[met[k, slot]]) >> 11
        met[k, slot] += met[k, slot] < 127
    return bit


@part
def _rest(line: Wire, chances: Array, rest: int) -> int:
    """Exchange a number from 0 by its length and its bits."""
    length = 0
    while (rest + 1) >> (length + 1):
        length += 1
    size = 0
    while size < 24 and plain(line, chances, size, 1 if size < length else 0):
        size += 1
    found = 1
    for k in range(size - 1, -1, -1):
        bit = ((rest + 1) >> k) & 1
        found = 2 * found + plain(line, chances, 32 + min(found, 31), bit)
    return found - 1


@part
def difference(
    line: Wire, tables: Tables, desk: Desk, curves: Tables, group: int, chances: Array, off: int
) -> int:
    """Exchange how far the guess is off."""
    if _asked(line, tables, desk, curves, group, 1 if off == 0 else 0):
        return 0
    negative = _asked(line, tables, desk, curves, (1 << 10) + 128 + group, 1 if off < 0 else 0)
    size, step = abs(off), 2
    while step < LAST_STEP:
        which = ((step + 32 * negative) << 10) + 128 * min(step, 7) + group
        if _asked(line, tables, desk, curves, which, 1 if size == step - 1 else 0):
            break
        step += 1
    found = step - 1
    if step == LAST_STEP:
        found += _rest(line, chances, max(size - found, 0))
    return -found if negative else found


@compiled
def summed(values: Array) -> int:
    """Return the FNV-1a hash of the two lower bytes of each value."""
    total = 0x811C9DC5
    for value in values:
        total = ((total ^ (value & 255)) * 0x01000193) & 0xFFFFFFFF
        total = ((total ^ (value >> 8)) * 0x01000193) & 0xFFFFFFFF
    return total


@compiled
def model() -> Tables:
    """Return a model that has learnt nothing."""
    chances = np.full((VOTES, SLOTS), 1 << 19, np.int32)
    weights = np.full((1024, VOTES), 19661, np.int32)
    return chances, np.zeros((VOTES, SLOTS), np.uint8), weights


@compiled
def wire(text: Array, read: int) -> Wire:
    """Return a coder at the start of some bytes, to write them or to read them."""
    state = np.zeros(5, np.int64)
    state[1] = 0xFFFFFFFF
    if read:
        state[4] = 1
        for k in range(4):
            state[2] = (state[2] << 8) | (text[k] if k < len(text) else 0)
        state[3] = 4
    return state, text
