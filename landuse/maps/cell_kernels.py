"""Columns of cell values as few bytes: a model guesses each value, a coder writes the rest.

Every cell is guessed in several ways: from its neighbours to the south and west, and from
columns that the reader has already (the times to another place, the same times without
snow). The guess that has been best nearby is taken; whether it is right, and if not by how
much, is a row of yes-no questions. Seven small statistics each say how likely "yes" is,
a weighted vote of them (logistic mixing, as in Mahoney's lpaq) is the probability, and a
binary arithmetic coder spends as many bits as the answer was surprising.

All arithmetic is on whole numbers below 2**31, so that `assets/js/columns.js`, the other
half of this module, comes to the very same guesses. Importing this module imports numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.maps.vote_kernels import (
    SLOTS,
    VOTES,
    compiled,
    difference,
    kept,
    model,
    part,
    plain,
    summed,
    tables_of_curves,
    wire,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.maps.vote_kernels import Tables

    Array = NDArray[Any]

__all__ = ["code_cells", "summed", "tables_of_curves"]

GUESSES = 6
FARTHEST_GUESS = 65535


@part
def _mixed(one: int, two: int) -> int:
    """Return a hash of two numbers, 32 bits."""
    both = (one * 0x2F0B4C47 + two * 0x1B873593 + 0x55555) & 0xFFFFFFFF
    both ^= both >> 15
    both = (both * 0x2C1B3C6D) & 0xFFFFFFFF
    return both ^ (both >> 13)


@part
def _middle(west: int, south: int, corner: int) -> int:
    """Return the plane through three neighbours, kept between the two beside the cell."""
    return min(max(west + south - corner, min(west, south)), max(west, south))


@part
def _guesses(
    values: Array, like: Array, usual: Array, ratio: Array, at: Array, cell: int, out: Array
) -> None:
    """Write the six guesses of a cell. `ratio` sums changes here and in the usual column."""
    w, s, q, z = at[0], at[1], at[2], at[3]
    west, south, corner, east = values[w], values[s], values[q], values[z]
    out[0] = _middle(west, south, corner)
    if len(like):
        one, two = like[0], like[min(1, len(like) - 1)]
        out[1] = one[cell] + _middle(west - one[w], south - one[s], corner - one[q])
        out[2] = out[1]
        out[3] = two[cell] + _middle(west - two[w], south - two[s], corner - two[q])
        if len(like) == 1:
            out[3] = (2 * one[cell] + west - one[w] + south - one[s]) >> 1
    else:
        out[1] = (west + south + ((east - corner) >> 1)) >> 1
        out[2] = west
        out[3] = south
    if len(usual):
        here = usual[cell]
        speed = min(((ratio[0, w] + ratio[0, s]) * 256) // (ratio[1, w] + ratio[1, s]), 2560)
        near = 2 * here - usual[w] - usual[s]
        far = near + 2 * here - usual[q] - usual[z]
        out[4] = (2 * west + 2 * south + ((2 * near * speed + 256) >> 8)) >> 2
        out[5] = (west + south + corner + east + ((far * speed + 128) >> 8) + 2) >> 2
    else:
        out[4] = (2 * west + 2 * south + east - corner + 2) >> 2
        out[5] = west + east - south


@part
def _best(guesses: Array, misses: Array, at: Array, trusted: int) -> tuple[int, int]:
    """Return the guess that missed least nearby, and by how much it missed."""
    least, best = 1 << 30, 0
    for k in range(GUESSES):
        guesses[k] = min(max(guesses[k], 0), FARTHEST_GUESS)
        missed = 2 * (misses[k, at[0]] + misses[k, at[1]]) + misses[k, at[2]] + misses[k, at[3]]
        if k == 2:
            missed -= trusted
        if missed < least:
            least, best = missed, k
    return guesses[best], least


@part
def _contexts(  # noqa: PLR0913, PLR0917 - plain arrays, or numba would count references
    values: Array,
    like: Array,
    usual: Array,
    at: Array,
    cell: int,
    guess: int,
    guesses: Array,
    pattern: Array,
    hits: int,
    out: Array,
) -> None:
    """Write what each of the seven statistics looks at."""
    w, s, q, z = at[0], at[1], at[2], at[3]
    west, south, corner, east = values[w], values[s], values[q], values[z]
    one = like[0] if len(like) else values
    x = one[cell] if len(like) else 0
    xw, xs = (one[w], one[s]) if len(like) else (0, 0)
    xe, xn = (one[at[4]], one[at[5]]) if len(like) else (0, 0)
    slope = kept(west - corner, 6) * 16 + kept(south - corner, 6)
    if len(like) > 1:
        out[0] = _mixed(pattern[0], guess - x)
        out[1] = _mixed(_mixed(pattern[1], guess - x), hits)
    else:
        beyond = values[at[6]]
        out[0] = _mixed(
            kept(west - beyond, 5) * 16 + kept(south - corner, 5),
            kept(east - south, 5) * 16 + kept(west - guess, 5),
        )
        out[1] = _mixed(slope, kept(east - south, 6))
    out[2] = 0
    for k in range(GUESSES):
        out[2] = _mixed(out[2], kept(guesses[k] - guess, 3))
    out[3] = _mixed(
        _mixed(kept(west - corner, 4) * 16 + kept(south - corner, 4), kept(east - south, 4)),
        kept(guess - west, 7),
    )
    out[4] = _mixed(
        _mixed(kept(x - xw, 4) * 16 + kept(x - xs, 4), kept(xe - x, 4) * 16 + kept(xn - x, 4)),
        kept(x - xw + west - guess, 3) * 8 + kept(x - xs + south - guess, 3),
    )
    out[5] = kept(west - guess, 9) * 32 + kept(south - guess, 9)
    if len(usual):
        u = usual[cell]
        out[5] = _mixed(
            _mixed(
                kept(u - usual[w], 5) * 16 + kept(u - usual[s], 5),
                kept(usual[at[4]] - u, 4) * 16 + kept(usual[at[5]] - u, 4),
            ),
            out[5],
        )
    out[6] = _mixed(
        _mixed(pattern[0], guess - x), (west - xw - guess + x) * 300 + south - xs - guess + x
    )


@part
def _pattern(like: Array, cell: int, out: Array) -> None:
    """Write how the columns differ at a cell: all of them, the first three, and a place."""
    here = like[0, cell]
    out[0] = here if here > 120 else 0
    out[1] = out[0]
    for k in range(1, len(like)):
        out[0] = _mixed(out[0], like[k, cell] - here)
        if k < 3:
            out[1] = out[0]
    out[2] = _mixed(out[0], 77) & (SLOTS - 1)


@part
def _calm(values: Array, like: Array, usual: Array, at: Array, cell: int) -> int:
    """Return -1 where something changes nearby, else what the next cells of others do."""
    value = values[at[0]]
    if value != values[at[1]] or value != values[at[2]] or value != values[at[3]]:
        return -1
    ahead = 0
    if len(like):
        here = like[0, cell]
        if here != like[0, at[0]] or here != like[0, at[1]]:
            return -1
        ahead = 2 * (here != like[0, at[4]]) + (here != like[0, at[5]])
    if len(usual):
        here = usual[cell]
        if here != usual[at[0]] or here != usual[at[1]]:
            return -1
        ahead += 4 * (here != usual[at[4]] or here != usual[at[5]])
    return ahead


@part
def _noted(ratio: Array, values: Array, usual: Array, at: Array, cell: int) -> None:
    """Add the changes at a cell to the fading sums that the ratio to `usual` comes from."""
    w, s = at[0], at[1]
    value, here = values[cell], usual[cell]
    for k in range(2):
        ratio[k, cell] = ((ratio[k, w] + ratio[k, s]) * 7 >> 4) + 4
    ratio[0, cell] += 16 * (abs(value - values[w]) + abs(value - values[s]))
    ratio[1, cell] += 16 * (abs(here - usual[w]) + abs(here - usual[s]))


@compiled
def code_cells(  # noqa: C901 - the loop over the cells, step by step
    values: Array, like: Array, usual: Array, near: Array, text: Array, curves: Tables, read: int
) -> int:
    """Write a column of values as bytes, or read it back.

    Parameters
    ----------
    values
        int32 (n + 1,), from 0 to 65535; the last one is 0 and stands for "no cell". Filled
        in when reading.
    like
        int32 (k, n + 1): columns that are known and change where this one does.
    usual
        int32 (n + 1,) or (0,): a column that changes in proportion.
    near
        int32 (n, 7): places of the cells to the west, south, south-west, south-east, east
        and north, and of the one west of the western one.
    text
        uint8: the bytes to read, or room for 64 for each cell and 8 more.
    curves
        From `tables_of_curves`.
    read
        Whether to read.

    Returns
    -------
    int
        How many bytes were written.
    """
    n = len(near)
    tables, line = model(), wire(text, read)
    desk = (np.zeros(VOTES, np.int64), np.zeros(VOTES, np.int64), np.zeros(VOTES, np.int64))
    few, calm = np.full(64, 32768, np.int64), np.full(8, 32768, np.int64)
    misses, ratio = np.zeros((GUESSES, n + 1), np.uint8), np.full((2, n + 1), 256, np.int64)
    side, pattern = np.zeros(n + 1, np.int8), np.zeros(3, np.int64)
    guesses, seen = np.zeros(GUESSES, np.int64), np.full(SLOTS, -1000, np.int32)
    for cell in range(n):
        at = near[cell]
        ahead = _calm(values, like, usual, at, cell)
        if ahead >= 0:
            same = values[at[0]]
            if plain(line, calm, ahead, 1 if values[cell] == same else 0):
                values[cell] = same
                ratio[0, cell], ratio[1, cell] = ratio[0, at[0]], ratio[1, at[0]]
                continue
        _guesses(values, like, usual, ratio, at, cell, guesses)
        if len(like):
            _pattern(like, cell, pattern)
            if seen[pattern[2]] > -1000:
                guesses[2] = like[0, cell] + seen[pattern[2]]
        guess, missed = _best(guesses, misses, at, 1 if len(like) > 1 else 0)
        hits = side[at[0]] + 1 + 3 * (side[at[1]] + 1)
        _contexts(values, like, usual, at, cell, guess, guesses, pattern, hits, desk[0])
        group = 8 * min(missed, 15) if missed > 0 else 0
        for k in range(GUESSES):
            group += guesses[k] == guess
        off = difference(line, tables, desk, curves, group, few, values[cell] - guess)
        value = guess + off
        values[cell] = value
        side[cell] = kept(off, 1)
        for k in range(GUESSES):
            misses[k, cell] = min(abs(value - guesses[k]), 12)
        if len(like):
            seen[pattern[2]] = value - like[0, cell]
        if len(usual):
            _noted(ratio, values, usual, at, cell)
    if not read:
        text[line[0][3]] = ((line[0][0] >> 24) + 1) & 255
    return int(line[0][3]) + 1
