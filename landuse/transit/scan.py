"""The connection scan: every departure minute of a window in one pass, in numba.

Departure minutes are *lanes*. Whoever leaves earlier can do whatever somebody who leaves
later does, so at any moment the lanes that stand at a stop, or sit in a vehicle, are the
first so many: one number for each trip and each stop, not a number for each lane. A
connection that brings nothing new costs one comparison, whatever the window.

Plain arrays in and out; every time in whole seconds (int32). Importing this module imports
numba, so import it where it is needed.
"""

# Kernels are compiled by their arguments' types; these names say what is meant.
from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]
    Net = tuple[tuple[Array, ...], tuple[Array, Array, Array]]
    """Connections and footpaths of a timetable, the names and order of its fields."""
    Near = tuple[Array, Array, Array]
    """Legs between places and stops: starts by place, stops, seconds."""
    Room = tuple[Array, ...]
    Timing = tuple[int, int, int, int, int, bool]
    """First lane's time, step, lanes, cutoff, rides told apart, whether they are limited."""

    Task = tuple[Net, tuple[Near, Near], Timing]

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

__all__ = ["NEVER", "compiled", "lanes_block", "room", "summary_block"]

NEVER = 2**30
"""A time that never comes; adding seconds to it does not overflow."""


def compiled(function: Kernel) -> Kernel:
    """Compile on first use; later processes load it from numba's cache."""
    try:
        kernel: Any = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder in which numba may write
        kernel = numba.njit(nogil=True)(function)
    return cast("Kernel", kernel)


def room(stops: int, trips: int, lanes: int, rides: int) -> Room:
    """Return the memory that one thread works in.

    For each number of rides: when each lane may board at each stop, when it got off there,
    how many lanes wait at each stop and sit in each trip; whether anyone got off at a stop;
    one destination's lanes.
    """
    return (
        np.empty(rides * stops * lanes, dtype=np.int32),
        np.empty(rides * stops * lanes, dtype=np.int32),
        np.empty(rides * stops, dtype=np.int32),
        np.empty(rides * trips, dtype=np.int32),
        np.empty(stops, dtype=np.bool_),
        np.empty(lanes, dtype=np.int32),
    )


@compiled
def _lower(times: Array, base: int, lanes: tuple[int, int], value: int) -> int:
    """Lower the times of a row from its last lane on; return the first that was lowered.

    Times never fall from lane to lane, so the first that is low enough ends it.
    """
    low, lane = lanes
    while lane > low and times[np.uint64(base + lane - 1)] > value:
        lane -= 1
        times[np.uint64(base + lane)] = value
    return lane


@compiled
def _queue(times: Array, base: int, lanes: tuple[int, int], now: int) -> int:
    """Return up to which lane people are ready at a stop by now; it only ever grows."""
    lane, last = lanes
    while lane < last and times[np.uint64(base + lane)] <= now:
        lane += 1
    return lane


@compiled
def _change(
    start: Array, to: Array, seconds: Array, ready: Array, got_off: tuple[int, ...]
) -> bool:
    """Let lanes that got off walk to where they may board next; tell if that is at once."""
    stop, time, now, low, lane, layer, layers, lanes = got_off
    stops, at_once = len(start) - 1, False
    for leg in range(start[np.uint64(stop)], start[np.uint64(stop + 1)]):
        when, place = time + seconds[np.uint64(leg)], to[np.uint64(leg)]
        for ride in range(layer, layers):
            first = _lower(ready, (ride * stops + place) * lanes, (low, lane), when)
            at_once |= first < lane and when <= now
    return at_once


@compiled
def _scan(net: Net, memory: Room, timing: Timing) -> None:
    """Take every connection of the window in the order of departure.

    Arrays are unpacked here and handed on one by one: tuples of arrays are counted by
    numba at every call, which costs more than the ride.
    """
    dep, arr, dep_stop, arr_stop, trip, board, alight = net[0]
    start, to, seconds = net[1]
    ready, off, waiting, aboard, reached, _ = memory
    first, step, lanes, cutoff, rides, limited = timing
    stops, trips = len(reached), len(aboard) // rides
    last, low, c = first + (lanes - 1) * step + cutoff, 0, np.searchsorted(dep, first)
    begin, at_once = c, False
    while c < len(dep) and dep[c] <= last:
        now = dep[c]
        while first + low * step + cutoff < now:
            low += 1
        fewer = low
        for ride in range(rides):
            seat, place = ride * trips + trip[c], arr_stop[c]
            inside = aboard[seat]
            if board[c]:
                stand = ride * stops + dep_stop[c]
                lane = _queue(ready, stand * lanes, (max(waiting[stand], low), lanes), now)
                waiting[stand], inside = lane, max(inside, lane)
                aboard[seat] = inside
            if inside <= fewer or not alight[c]:
                continue  # nobody but lanes that need fewer rides, or that are over their cutoff
            fewer = inside
            lane = _lower(off, (ride * stops + place) * lanes, (low, inside), arr[c])
            if lane == inside:
                continue
            reached[place] = True
            for more in range(ride + 1, rides):
                _lower(off, (more * stops + place) * lanes, (low, inside), arr[c])
            layer = ride + 1 if limited else 0
            got_off = (place, arr[c], now, lane, inside, layer, rides, lanes)
            at_once |= _change(start, to, seconds, ready, got_off)
        c += 1
        if c == len(dep) or dep[c] != now:  # the last that leaves at this time
            # A ride of no seconds may bring somebody to one that leaves at the same time.
            c, at_once = (begin if at_once else c), False
            begin = c


@compiled
def _search(net: Net, near: Near, memory: Room, timing: Timing, place: int) -> None:
    """Fill the memory with the journeys of all lanes from one place."""
    ready, off, waiting, aboard, reached, _ = memory
    first, step, lanes, _, rides, _ = timing
    ready[:], off[:] = NEVER, NEVER
    waiting[:], aboard[:], reached[:] = 0, 0, False
    start, stop, seconds = near
    for leg in range(start[place], start[place + 1]):
        for layer in range(rides):
            base = (layer * len(reached) + stop[leg]) * lanes
            for lane in range(lanes):
                ready[base + lane] = first + lane * step + seconds[leg]
    _scan(net, memory, timing)


@compiled
def _arrive(near: Near, memory: Room, timing: Timing, place: int) -> bool:
    """Fill the last of the memory with the seconds of every lane to one place; tell if any."""
    off, reached, spent = memory[1], memory[4], memory[5]
    first, step, lanes, _, rides, _ = timing
    start, stop, seconds = near
    found, lanes = False, len(spent)
    layer = (rides - 1) * len(reached)
    for leg in range(start[place], start[place + 1]):
        if not reached[stop[leg]]:
            continue
        base, walk = (layer + stop[leg]) * lanes, seconds[leg]
        times = off[base : base + lanes]
        if found:
            for lane in range(lanes):
                spent[lane] = min(spent[lane], times[lane] + walk)
        else:
            for lane in range(lanes):
                spent[lane] = times[lane] + walk
        found = True
    if found:
        for lane in range(lanes):
            spent[lane] -= np.int32(first + lane * step)
    return found


@compiled
def _within(spent: Array, limit: int) -> int:
    """Count the lanes that take no longer than a limit."""
    count, most = np.int32(0), np.int32(limit)
    for lane in range(len(spent)):
        count += np.int32(spent[lane] <= most)
    return count  # type: ignore[return-value]  # the narrow type keeps the loop vectorised


@compiled
def _ranked(spent: Array, rank: int, low: int, high: int) -> int:
    """Return the seconds of the lane of some rank, by halving: known to lie in low … high."""
    while low < high:
        middle = (low + high) // 2
        if _within(spent, middle) >= rank:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def summary_block(
    task: Task, memory: Room, asked: tuple[tuple[int, int], Array], found: tuple[Array, Array]
) -> None:
    """Write seconds by rank, and the share of lanes within the cutoff, of a block of places.

    Parameters
    ----------
    task
        Net, legs of the places searched from and of those searched for, timing.
    memory
        From `room`.
    asked
        First place of the block and the one after its last; ranks from 1 among the lanes,
        rising.
    found
        Seconds, shape (ranks, block, places searched for), and share, shape (block, places);
        left as they are where no lane arrives.
    """
    (net, near, timing), (part, ranks), (costs, share) = task, asked, found
    spent, lanes, cutoff = memory[5], timing[2], timing[3]
    for place in range(part[0], part[1]):
        row = place - part[0]
        _search(net, near[0], memory, timing, place)
        for target in range(len(near[1][0]) - 1):
            if not _arrive(near[1], memory, timing, target):
                continue
            count = _within(spent, cutoff)
            share[row, target] = count / lanes
            low = 0
            for rank in range(len(ranks)):
                if ranks[rank] <= count:
                    low = _ranked(spent, ranks[rank], low, cutoff)
                    costs[rank, row, target] = low


@compiled
def lanes_block(task: Task, memory: Room, part: tuple[int, int], found: Array) -> None:
    """Write the seconds of every lane of a block of places, shape (block, places, lanes).

    Parameters as for `summary_block`; left as it is where no lane arrives.
    """
    net, near, timing = task
    for place in range(part[0], part[1]):
        _search(net, near[0], memory, timing, place)
        for target in range(len(near[1][0]) - 1):
            if _arrive(near[1], memory, timing, target):
                _copy(memory[5], timing[3], found[place - part[0], target])


@compiled
def _copy(spent: Array, cutoff: int, costs: Array) -> None:
    """Copy the seconds of lanes that are within the cutoff."""
    for lane in range(len(spent)):
        if spent[lane] <= cutoff:
            costs[lane] = spent[lane]


@compiled
def _arrive_or_walk(near: Near, memory: Room, timing: Timing, place: int, walk: int) -> None:
    """Fill the last of the memory with the seconds of every lane to one place, or on foot."""
    spent = memory[5]
    if not _arrive(near, memory, timing, place):
        spent[:] = NEVER
    for lane in range(len(spent)):
        spent[lane] = min(spent[lane], walk)


@compiled
def round_trips(
    ways: tuple[tuple[Net, tuple[Near, Near], Room, Timing], ...],
    walks: tuple[Array, Array],
    asked: tuple[int, int, int, int],
    found: Array,
) -> None:
    """Write the shortest round trip from every home to one place.

    Parameters
    ----------
    ways
        The search out, backwards from the place with the latest arrival in the first lane,
        and the search back, from the place.
    walks
        Seconds on foot all the way from each home, and to it; `NEVER` where there are none.
    asked
        The place; when they may leave home, how long they stay, when they must be home.
    found
        Leaving, arrival at the place, arrival at home, shape (homes, 3); left as it is where
        there is no round trip.
    """
    there, back = ways
    place, leave_after, stay, home_by = asked
    lanes, latest = there[3][2], -there[3][0]
    _search(there[0], there[1][0], there[2], there[3], place)
    _search(back[0], back[1][0], back[2], back[3], place)
    for home in range(len(found)):
        _arrive_or_walk(there[1][1], there[2], there[3], home, walks[0][home])
        _arrive_or_walk(back[1][1], back[2], back[3], home, walks[1][home])
        best = NEVER
        for lane in range(lanes - 1, -1, -1):
            arrival = latest - lane * there[3][1]
            leave = arrival - there[2][5][lane]
            ends = arrival + stay + back[2][5][lanes - 1 - lane]
            if leave >= leave_after and ends <= home_by and ends - leave < best:
                best = ends - leave
                found[home, 0], found[home, 1], found[home, 2] = leave, arrival, ends
