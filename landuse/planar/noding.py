"""Cut segments where they meet, so that afterwards they meet only at their ends.

Snap rounding (Hobby 1999): wherever two segments cross, the grid point nearest to the
crossing becomes a corner of both, and a segment that enters the unit square round a corner
is led through that corner. No segment moves by more than a grid unit, so only a segment
that comes within `WATCH` units of a corner without being led through it could meet
something new; those are looked at again until none moves (iterated snap rounding,
Halperin and Packer 2002). Real layers need one round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import LanduseError
from landuse.planar.bins import Bins, bin_segments, place_of
from landuse.planar.exact import bucket, compiled, cross, grown
from landuse.planar.rings import Segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["node"]

ROUNDS = 50
"""Rounds after which noding is given up; real layers need one."""

WATCH = 4.0
"""Distance in grid units from a corner within which a segment is looked at again."""

FAR, CLOSE, THROUGH = 0, 1, 2

SEGMENT, X, Y = 0, 1, 2
"""Columns of a table of meetings: a segment, and the corner to lead it through."""


def node(segments: Segments) -> Segments:
    """Return the segments cut and led through shared corners, so that none cross.

    The segments must form closed rings, so that every corner starts one of them.
    Afterwards two segments are equal, share an end, or are apart, whatever the order or
    direction in which they came.
    """
    ends, parent = segments.ends, np.arange(len(segments.ends), dtype=np.int32)
    fresh = np.ones(len(ends), dtype=np.bool_)
    for _ in range(ROUNDS):
        before = len(ends)
        ends, cut_from, watched = _round(ends, fresh)
        parent, fresh = parent[cut_from], watched[cut_from]
        if len(ends) == before or not fresh.any():
            return Segments(ends, segments.code[parent], segments.side[parent])
    message = f"noding has not ended after {ROUNDS} rounds"
    raise LanduseError(message)


def _round(ends: Floats, fresh: Flags) -> tuple[Floats, NDArray[np.int32], Flags]:
    """Cut segments once: the pieces, the old number of each, and what to look at again."""
    watched = np.zeros(len(ends), dtype=np.bool_)
    in_pairs = np.arange(2 * len(ends), dtype=np.int32).reshape(-1, 2)
    bins = bin_segments(ends.reshape(-1, 2), in_pairs)
    meetings = _meetings(ends, fresh, bins, watched)
    starts, members = bucket(meetings[:, SEGMENT].astype(np.int32), len(ends))
    return *_cut(ends, meetings, starts, members), watched


@compiled
def _nearness(ends: Floats, s: int, px: float, py: float) -> int:
    """Tell how near a corner is to segment s: far, close, or s runs through its square.

    Separating axes of the segment and the open square round the corner: the box of the
    segment, then its normal, along which the unit square reaches (abs(dx) + abs(dy)) / 2.
    """
    ax, ay, bx, by = ends[s]
    out = max(min(ax, bx) - px, px - max(ax, bx), min(ay, by) - py, py - max(ay, by))
    if out > WATCH:
        return FAR
    dx, dy = bx - ax, by - ay
    off = abs(cross(dx, dy, px - ax, py - ay))
    reach = abs(dx) + abs(dy)
    if off > WATCH * reach:
        return FAR
    if (px == ax and py == ay) or (px == bx and py == by):
        return FAR
    return THROUGH if off < 0.5 * reach and out <= 0 else CLOSE


@compiled
def _meetings(ends: Floats, fresh: Flags, bins: Bins, watched: Flags) -> Floats:
    """Return which segments to lead through which corners; mark those to look at again.

    Compares every two segments of a bin of which one is fresh. Each corner is looked at
    only in its own bin, so that nothing is found twice.
    """
    meetings = np.empty((4096, 3))
    size = 0
    for place in range(bins.starts.size - 1):
        members = bins.members[bins.starts[place] : bins.starts[place + 1]]
        for i in range(members.size):
            s = members[i]
            ax, ay, bx, by = ends[s]
            west, east = min(ax, bx) - WATCH, max(ax, bx) + WATCH
            south, north = min(ay, by) - WATCH, max(ay, by) + WATCH
            for j in range(i):
                t = members[j]
                cx, cy, dx, dy = ends[t]
                if max(cx, dx) < west or min(cx, dx) > east:
                    continue
                if max(cy, dy) < south or min(cy, dy) > north or not (fresh[s] or fresh[t]):
                    continue
                while size + members.size + 2 > len(meetings):
                    meetings = grown(meetings)
                size = _meet(ends, s, t, bins, place, watched, meetings, size)
    return meetings[:size]


@compiled
def _meet(
    ends: Floats,
    s: int,
    t: int,
    bins: Bins,
    place: int,
    watched: Flags,
    meetings: Floats,
    size: int,
) -> int:
    """Note what two segments do in one bin; return how many meetings there are."""
    if place_of(bins, ends[t, 0], ends[t, 1]) == place:
        size = _lead(ends, s, ends[t, 0], ends[t, 1], watched, meetings, size)
    if place_of(bins, ends[s, 0], ends[s, 1]) == place:
        size = _lead(ends, t, ends[s, 0], ends[s, 1], watched, meetings, size)
    crosses, x, y = _crossing(ends, s, t)
    if crosses and place_of(bins, x, y) == place:
        for each in bins.members[bins.starts[place] : bins.starts[place + 1]]:
            size = _lead(ends, each, x, y, watched, meetings, size, each in (s, t))
    return size


@compiled
def _lead(
    ends: Floats,
    segment: int,
    x: float,
    y: float,
    watched: Flags,
    meetings: Floats,
    size: int,
    is_crossed: bool = False,  # noqa: FBT001, FBT002 - kernels take no keywords
) -> int:
    """Note that a segment runs through a corner, if so; return how many meetings there are."""
    near = THROUGH if is_crossed else _nearness(ends, segment, x, y)
    if near == CLOSE:
        watched[segment] = True
    elif near == THROUGH:
        meetings[size, SEGMENT] = segment
        meetings[size, X] = x
        meetings[size, Y] = y
        size += 1
    return size


@compiled
def _crossing(ends: Floats, s: int, t: int) -> tuple[bool, float, float]:
    """Tell whether two segments cross inside both, and the grid point nearest to where."""
    ax, ay, bx, by = ends[s]
    cx, cy, dx, dy = ends[t]
    left = cross(dx - cx, dy - cy, ax - cx, ay - cy)
    right = cross(dx - cx, dy - cy, bx - cx, by - cy)
    if not ((left > 0 and right < 0) or (left < 0 and right > 0)):
        return False, 0.0, 0.0
    from_c = cross(bx - ax, by - ay, cx - ax, cy - ay)
    from_d = cross(bx - ax, by - ay, dx - ax, dy - ay)
    if not ((from_c > 0 and from_d < 0) or (from_c < 0 and from_d > 0)):
        return False, 0.0, 0.0
    # always from the western end of the segment that reaches furthest west, so that the
    # order and direction of segments do not matter
    if dx < cx or (dx == cx and dy < cy):
        cx, cy, dx, dy, from_c, from_d = dx, dy, cx, cy, from_d, from_c
    if bx < ax or (bx == ax and by < ay):
        ax, ay, bx, by, left, right = bx, by, ax, ay, right, left
    if cx < ax or (cx == ax and cy < ay):
        ax, ay, bx, by, left, right = cx, cy, dx, dy, from_c, from_d
    share = left / (left - right)
    return True, np.rint(ax + share * (bx - ax)), np.rint(ay + share * (by - ay))


@compiled
def _cut(
    ends: Floats, meetings: Floats, starts: Ints, members: NDArray[np.int32]
) -> tuple[Floats, NDArray[np.int32]]:
    """Lead segments through their corners; also return each piece's old number.

    `members` are the rows of `meetings` of segment 0, then 1 ..., from `starts` on; each
    segment's are put in order along it here.
    """
    pieces = np.empty((len(ends) + len(meetings), 4))
    parent = np.empty(len(pieces), np.int32)
    size = 0
    for s in range(len(ends)):
        x, y, bx, by = ends[s]
        for i in range(starts[s] + 1, starts[s + 1]):
            row = members[i]
            along = (bx - x) * meetings[row, X] + (by - y) * meetings[row, Y]
            j = i
            while j > starts[s]:
                other = members[j - 1]
                if along >= (bx - x) * meetings[other, X] + (by - y) * meetings[other, Y]:
                    break
                members[j] = other
                j -= 1
            members[j] = row
        for i in range(starts[s], starts[s + 1] + 1):
            to_x, to_y = bx, by
            if i < starts[s + 1]:
                to_x, to_y = meetings[members[i], X], meetings[members[i], Y]
            if to_x != x or to_y != y:
                pieces[size, 0], pieces[size, 1] = x, y
                pieces[size, 2], pieces[size, 3] = to_x, to_y
                parent[size] = s
                size += 1
                x, y = to_x, to_y
    return pieces[:size], parent[:size]
