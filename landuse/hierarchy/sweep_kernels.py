# ruff: noqa: PLR0913, PLR0917 - kernels take arrays one by one, see below
# fmt: off
"""Kernels of the sweep: labels of many sources at once, from the top of a hierarchy down.

Labels are whole ticks of time in 32 bits, `lanes` sources side by side. Only the labels of
the way down to the place at hand are kept, by depth. A subtree that no source lies in and no
lane can reach within the limit is jumped over: whatever leads into it leaves from the
ancestors that its top is joined to. What is found comes in blocks of lines, one for each
target, and is used up at once: no matrix is ever held unless it is asked for.

Offsets are unsigned and the number of lanes is known at run time only, else LLVM does not
vectorise the loops over lanes (measured: five times slower). The kernels that use up lines
stand in the file of those that make them: numba's cache on disk sees no change in another
file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.hierarchy.compiled import bare, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]
    Floats = NDArray[np.float64]
    Depths = NDArray[np.uint32]
    Rows = NDArray[Any]
    Flags = NDArray[np.bool_]
    Offset = np.uint64
    Arrays = tuple[Any, ...]

__all__ = ["by_source", "by_target", "into_matrix", "into_nearest"]

FAR = np.int32((1 << 30) - 1)
"""No way. Two of them still fit into 32 bits."""
LINE, EXPONENTIAL, GAUSSIAN = 1, 2, 3
"""Shapes of a decay; any other is a stair."""


@inlined
def _next_live(arc: int, stop: int, level: Depths, live: Flags, way: int) -> int:
    """Return the next arc whose head may be within reach."""
    while arc < stop and not live[way, level[arc]]:
        arc += 1
    return arc


@inlined
def _seed(
    base: Offset, entry: int, after: Shorts, lane: Shorts, sent: Shorts, stack: Shorts,
    wide: Offset,
) -> None:
    """Put the labels that sources sent up to this row in their lanes."""
    for at in range(wide):
        stack[base + at] = FAR
    while entry >= 0:
        stack[base + np.uint64(lane[entry])] = sent[entry]
        entry = after[entry]


@inlined
def _settle(
    row: int, own: int, way: int, full_first: Ints, full_level: Depths, first: Rows, level: Depths,
    ticks: Shorts, last: Rows, stack: Shorts, live: Flags, after: Shorts, lane: Shorts,
    sent: Shorts, wide: Offset, limit: int,
) -> bool:
    """Work out the labels of one row; tell whether it or anything below may be in reach."""
    live[way, own] = False
    seeded, stop = last[way, row] >= 0, full_first[row + 1]
    if not seeded and _next_live(full_first[row], stop, full_level, live, way) == stop:
        return False
    ground = np.uint64(way) * np.uint64(live.shape[1])
    base = (ground + np.uint64(own)) * wide
    if seeded:
        _seed(base, last[way, row], after, lane, sent, stack, wide)
        last[way, row] = -1
    stop = first[way, row + 1]
    fresh, arc = not seeded, _next_live(first[way, row], stop, level, live, way)
    while arc < stop:  # two arcs at a time: labels are read and written half as often
        two = _next_live(arc + 1, stop, level, live, way)
        pair = two if two < stop else arc
        top, step = (ground + np.uint64(level[arc])) * wide, ticks[arc]
        other, more = (ground + np.uint64(level[pair])) * wide, ticks[pair]
        if fresh:
            for at in range(wide):
                offer = min(np.int32(stack[top + at] + step), np.int32(stack[other + at] + more))
                stack[base + at] = min(offer, FAR)
        else:
            for at in range(wide):
                offer = min(np.int32(stack[top + at] + step), np.int32(stack[other + at] + more))
                stack[base + at] = min(offer, stack[base + at])
        fresh, arc = False, _next_live(two + 1, stop, level, live, way)
    if fresh:  # no best way comes here from above, but one may pass to what lies below
        return True
    live[way, own] = True
    if limit < FAR - 1:
        least = FAR
        for at in range(wide):
            least = min(least, stack[base + at])
        live[way, own] = least <= limit
    return True


@inlined
def _reach(
    target: int,
    own: int,
    way: int,
    stack: Shorts,
    live: Flags,
    other: Depths,
    own_ticks: Rows,
    other_ticks: Rows,
    line: Shorts,
    start: Offset,
    wide: Offset,
) -> None:
    """Work out what one target costs each lane by either end of its street.

    `own` is the depth of the row at hand, -1 where it was jumped over.
    """
    ground = np.uint64(way) * np.uint64(live.shape[1])
    step = own_ticks[way, target]
    if own >= 0 and live[way, own] and step < FAR:
        base = (ground + np.uint64(own)) * wide
        for at in range(wide):
            line[start + at] = min(np.int32(stack[base + at] + step), FAR)
    else:
        for at in range(wide):
            line[start + at] = FAR
    step = other_ticks[way, target]
    if own >= 0 and step < FAR and live[way, other[target]]:
        base = (ground + np.uint64(other[target])) * wide
        for at in range(wide):
            line[start + at] = min(line[start + at], np.int32(stack[base + at] + step))


@inlined
def _line(
    target: int, own: int, ways: int, stack: Shorts, live: Flags, other: Depths, own_ticks: Rows,
    other_ticks: Rows, direct_first: Rows, direct_source: Ints, direct_ticks: Shorts,
    lane_of: Ints, lines: Shorts, start: Offset, spare: Offset, wide: Offset,
) -> None:
    """Work out what one target costs each lane, one way or there and back."""
    for way in range(ways):
        to = start if way == 0 else spare
        _reach(target, own, way, stack, live, other, own_ticks, other_ticks, lines, to, wide)
        for pair in range(direct_first[way, target], direct_first[way, target + 1]):
            lane = lane_of[direct_source[pair]]
            if lane >= 0:
                spot = to + np.uint64(lane)
                lines[spot] = min(lines[spot], direct_ticks[pair])
    if ways == 2:
        for at in range(wide):
            both = np.int32(lines[start + at] + lines[spare + at])
            lines[start + at] = min(both, FAR)


@inlined
def _wide(lines: Shorts, which: Ints) -> Offset:
    """Return the width of a line: its lanes, rounded up so that no loop has a scalar end."""
    return np.uint64(len(lines) // (len(which) + 1))


@bare
def block(sweep: Arrays) -> int:
    """Fill some lines, one for each of the next targets that have a way; return how many.

    `state` holds the next row and target, the limit, the stamp of rows above sources,
    whether targets without any way are given too, and how many ways are summed.
    """
    state, rows, arcs, seeds, ends, out = sweep
    depth, beyond, target_first, full_first, full_level, above, last, stack, live = rows
    first, level, ticks = arcs
    other, own_ticks, other_ticks, direct_first, direct_source, direct_ticks, lane_of = ends
    lines, which = out
    row, target, limit, stamp, everyone, ways = state
    wide, count = _wide(lines, which), 0
    spare = np.uint64(len(which)) * wide
    while row < len(depth) and count < len(which):
        own, end = int(depth[row]), row + 1
        if target == target_first[row]:
            jumps = above[row] != stamp
            for way in range(ways):
                jumps &= not _settle(
                    row, own, way, full_first, full_level, first, level, ticks, last, stack, live,
                    seeds[0], seeds[1], seeds[2], wide, limit,
                )
        else:  # the last block ended among targets, of this row or jumped over
            jumps = target >= target_first[end]
        if jumps:
            own, end = -1, beyond[row]
        while target < target_first[end] and count < len(which):
            paired = direct_first[0, target] < direct_first[0, target + 1]
            alive = own >= 0 and (live[0, own] or live[0, other[target]])
            if everyone or paired or alive:
                _line(
                    target, own, ways, stack, live, other, own_ticks, other_ticks, direct_first,
                    direct_source, direct_ticks, lane_of, lines, np.uint64(count) * wide, spare,
                    wide,
                )
                which[count] = target
                count += 1
            target += 1
        if target == target_first[end]:
            row = end
    state[0], state[1] = row, target
    return count


@bare
def into_matrix(
    sweep: Arrays, out: NDArray[Any], names: tuple[Ints, Ints], tick_s: float
) -> None:
    """Write seconds to one row for each target and one column for each source."""
    lines, which = sweep[5]
    row_of, column_of = names
    limit, lanes, wide = np.int32(sweep[0][2]), np.uint64(len(column_of)), _wide(lines, which)
    real = out.dtype.type
    scale, never = real(tick_s), real(np.inf)
    together, column = True, np.uint64(column_of[0])
    for lane in range(len(column_of)):
        together &= column_of[lane] == column_of[0] + lane
    while True:
        count = block(sweep)
        if count == 0:
            break
        for entry in range(count):
            row, start = row_of[which[entry]], np.uint64(entry) * wide
            if together:
                for at in range(lanes):
                    ticks = lines[start + at]
                    out[row, column + at] = real(ticks) * scale if ticks <= limit else never
            else:
                for at in range(lanes):
                    ticks = lines[start + at]
                    out[row, column_of[at]] = real(ticks) * scale if ticks <= limit else never


@inlined
def _insert(ticks: Rows, source: Rows, row: int, offer: int, name: int) -> None:
    spot = ticks.shape[1]
    while spot > 0 and (
        offer < ticks[row, spot - 1]
        or (offer == ticks[row, spot - 1] and name < source[row, spot - 1])
    ):
        spot -= 1
    for later in range(ticks.shape[1] - 1, spot, -1):
        ticks[row, later], source[row, later] = ticks[row, later - 1], source[row, later - 1]
    if spot < ticks.shape[1]:
        ticks[row, spot], source[row, spot] = offer, name


@bare
def into_nearest(sweep: Arrays, best: tuple[Rows, Rows], names: tuple[Ints, Ints]) -> None:
    """Keep the least of each line in rising order, those of lower number first if equal."""
    lines, which = sweep[5]
    (ticks, source), (row_of, name) = best, names
    limit, last = np.int32(sweep[0][2]), ticks.shape[1] - 1
    lanes, wide = np.uint64(len(name)), _wide(lines, which)
    while True:
        count = block(sweep)
        if count == 0:
            break
        for entry in range(count):
            row, start = row_of[which[entry]], np.uint64(entry) * wide
            least = FAR
            for at in range(lanes):
                least = min(least, lines[start + at])
            if least > min(limit, ticks[row, last]):
                continue
            for at in range(lanes):
                if lines[start + at] <= min(limit, ticks[row, last]):
                    _insert(ticks, source, row, lines[start + at], name[at])


@inlined
def _weigh(
    lines: Shorts, start: Offset, weight: Floats, shape: int, limits: Ints, numbers: Floats
) -> None:
    """Weigh the ticks of a line; a stair is the sum of its steps, each a test."""
    lanes = np.uint64(len(weight))
    for at in range(lanes):
        weight[at] = 0.0
    if shape in (LINE, EXPONENTIAL, GAUSSIAN):
        for at in range(lanes):
            if lines[start + at] <= limits[0]:
                share = lines[start + at] * numbers[0]
                if shape == LINE:
                    weight[at] = max(1.0 - share, 0.0)
                else:
                    weight[at] = np.exp(-share if shape == EXPONENTIAL else -0.5 * share * share)
    else:
        for step in range(len(limits)):
            most, gain = np.int32(limits[step]), numbers[step]
            for at in range(lanes):
                weight[at] += gain if lines[start + at] <= most else 0.0


@bare
def by_source(sweep: Arrays, out: Floats, amount: Floats, how: Arrays) -> None:
    """Add up, for each source, the amounts at all targets by what they cost; (groups, lanes)."""
    lines, which = sweep[5]
    row_of, shape, limits, numbers, weight = how
    lanes, wide = np.uint64(len(weight)), _wide(lines, which)
    while True:
        count = block(sweep)
        if count == 0:
            break
        for entry in range(count):
            row = row_of[which[entry]]
            _weigh(lines, np.uint64(entry) * wide, weight, shape, limits, numbers)
            for group in range(amount.shape[1]):
                much = amount[row, group]
                if much != 0.0:
                    for at in range(lanes):
                        out[group, at] += much * weight[at]


@bare
def by_target(sweep: Arrays, out: Floats, amount: Floats, how: Arrays) -> None:
    """Add up, for each target, the amounts at all sources by what they cost; (groups, lanes)."""
    lines, which = sweep[5]
    row_of, shape, limits, numbers, weight = how
    lanes, wide = np.uint64(len(weight)), _wide(lines, which)
    while True:
        count = block(sweep)
        if count == 0:
            break
        for entry in range(count):
            row = row_of[which[entry]]
            _weigh(lines, np.uint64(entry) * wide, weight, shape, limits, numbers)
            for group in range(amount.shape[0]):
                total = 0.0
                for at in range(lanes):
                    total += amount[group, at] * weight[at]
                out[row, group] += total
