"""A search made ready, and its answers in blocks, so that no matrix need be held."""

from __future__ import annotations

import math
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    import pandas as pd
    from numpy.typing import NDArray

    from landuse.transit.legs import Legs, Walks
    from landuse.transit.timetable import Timetable

    Array = NDArray[Any]
    Floats = NDArray[np.float32]

__all__ = ["Block", "Search", "Wanted", "blocks", "lanes_of", "make_search", "ranks_of"]

DIRECTIONS = ("depart_at", "arrive_by")
MOST_S = 7 * 86_400
"""Times and cutoffs beyond a week are a mistake in the unit."""
BLOCK_NUMBERS = 2_000_000
"""Numbers of one block's answer: 8 MB."""
MOST_PLACES = 64
"""Places of one block, so that threads end together."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What journeys are asked for."""

    window: tuple[int, int] = (7 * 3600, 8 * 3600)
    """Seconds from midnight: the first wanted time, and the end, which is not one."""
    step_s: int = 60
    """From one wanted time to the next."""
    cutoff_s: int = 2 * 3600
    """The longest journey, waiting for its start included."""
    min_transfer_s: int = 60
    """Between getting off and getting on, the walk between two stops included."""
    max_transfers: int | None = None
    """Changes of vehicle; None: any number."""
    direction: str = "depart_at"
    """`depart_at`: wanted times are departures, and a journey lasts from there to arrival;
    `arrive_by`: they are arrivals, and it lasts from departure to there."""

    def __post_init__(self) -> None:
        begin, end = self.window
        wrong = {
            "window": not -MOST_S <= begin < end <= MOST_S,
            "step_s": not 0 < self.step_s <= MOST_S,
            "cutoff_s": not 0 <= self.cutoff_s <= MOST_S,
            "min_transfer_s": not 0 <= self.min_transfer_s <= MOST_S,
            "max_transfers": self.max_transfers is not None and self.max_transfers < 0,
            "direction": self.direction not in DIRECTIONS,
        }
        fixes = {
            "window": "give two times in seconds from midnight, the earlier first",
            "direction": f"give one of {', '.join(DIRECTIONS)}",
            "step_s": "give seconds above 0",
        }
        faults = [
            Fault(
                where=name,
                what=f"is {getattr(self, name)!r}",
                fix=fixes.get(name, "give 0 or more, at most a week of seconds"),
            )
            for name, bad in wrong.items()
            if bad
        ]
        if faults:
            raise LayerError(faults)

    @property
    def times_s(self) -> NDArray[np.int32]:
        """Every wanted time."""
        return np.arange(*self.window, self.step_s, dtype=np.int32)


@dataclass(frozen=True, kw_only=True)
class Search:
    """A timetable and walks as the scan reads them, turned round where it searches backwards."""

    net: tuple[tuple[Array, ...], tuple[Array, Array, Array]]
    near: tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]
    """Legs of the places searched from, and of those searched for."""
    timing: tuple[int, int, int, int, int, bool]
    stops: int
    trips: int
    turned: bool
    """Whether it searches from the destinations."""
    direct: tuple[Array, Array, Array] | None
    """Direct walks of the places searched from: starts, places, exact seconds."""

    @property
    def task(self) -> tuple[Any, Any, Any]:
        """What the scan's kernels are given."""
        return self.net, self.near, self.timing

    @property
    def shape(self) -> tuple[int, int]:
        """How many places it searches from, and for."""
        return len(self.near[0][0]) - 1, len(self.near[1][0]) - 1


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of the answer: all pairs of some origins with some destinations."""

    origins: slice
    destinations: slice
    costs: Floats
    """Seconds, NaN where there is no journey; shape (ranks, origins, destinations)."""
    share: Floats
    """Of the wanted times with a journey; shape (origins, destinations)."""


def make_search(timetable: Timetable, walks: Walks, wanted: Wanted) -> Search:
    """Make a search ready.

    Arrivals are searched from the destinations, with time running backwards, so both
    directions cost the same.

    Raises
    ------
    LayerError
        If the walks name stops that the timetable does not have, or differ in their places.
    """
    _check_walks(walks)
    turned = wanted.direction == "arrive_by"
    if turned:
        timetable, walks = timetable.turned, walks.turned()
    times = wanted.times_s
    first = -int(times[-1]) if turned else int(times[0])
    limited = wanted.max_transfers is not None
    rides = 1 if wanted.max_transfers is None else wanted.max_transfers + 1
    names = ("dep_s", "arr_s", "dep_stop", "arr_stop", "trip", "may_board", "may_alight")
    direct = walks.direct
    return Search(
        net=(
            tuple(getattr(timetable, name) for name in names),
            _changes(timetable, wanted.min_transfer_s),
        ),
        near=tuple(
            _near(legs, timetable.stop_ids) for legs in (walks.access, walks.egress.turned())
        ),  # type: ignore[arg-type]  # a generator of two
        timing=(first, wanted.step_s, len(times), wanted.cutoff_s, rides, limited),
        stops=len(timetable.stops),
        trips=len(timetable.trips),
        turned=turned,
        direct=None if direct is None else (direct.start, direct.to, direct.seconds),
    )


def _check_walks(walks: Walks) -> None:
    direct = walks.direct
    if direct is None:
        return
    pairs = ((direct.from_ids, walks.access.from_ids), (direct.to_ids, walks.egress.to_ids))
    if not all(one.equals(other) for one, other in pairs):
        what = "has other origins or destinations than access and egress"
        raise LayerError(Fault(where="walks: direct", what=what, fix="use the same places"))


def _changes(timetable: Timetable, least_s: int) -> tuple[Array, Array, Array]:
    """Return where, and after how many seconds, one may board after getting off at each stop."""
    size = len(timetable.stops)
    own = np.arange(size, dtype=np.int32)
    rows = np.concatenate([own, np.repeat(own, np.diff(timetable.foot_start))])
    to = np.concatenate([own, timetable.foot_to])
    seconds = np.concatenate([np.zeros(size, dtype=np.int32), timetable.foot_s])
    served = np.zeros(size, dtype=np.bool_)
    served[timetable.dep_stop[timetable.may_board]] = True
    rows, to, seconds = (part[served[to]] for part in (rows, to, seconds))
    order = np.argsort(rows, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    return (
        start.astype(np.int64),
        to[order],
        np.maximum(seconds[order], least_s).astype(np.int32),
    )


def _near(legs: Legs, stop_ids: pd.Index[Any]) -> tuple[Array, Array, Array]:
    """Return legs by place, seconds rounded up to whole ones so that nobody catches too much."""
    if legs.to_ids.equals(stop_ids):
        return legs.start, legs.to, np.ceil(legs.seconds).astype(np.int32)
    code = stop_ids.get_indexer(legs.to_ids)
    if (code < 0).any():
        lost = ", ".join(map(str, legs.to_ids[code < 0][:5]))
        what = f"names {(code < 0).sum()} stops that the timetable does not have: {lost}"
        raise LayerError(Fault(where="walks", what=what, fix="use the stop_id of the timetable"))
    return legs.start, code[legs.to].astype(np.int32), np.ceil(legs.seconds).astype(np.int32)


def ranks_of(percentiles: Sequence[float], lanes: int) -> NDArray[np.int64]:
    """Return the rank of each percentile among so many wanted times.

    The seconds of percentile p are the least that p in a hundred wanted times do not
    exceed (nearest rank): always those of a real journey, with times that have none counted
    as the longest.

    Raises
    ------
    LayerError
        If percentiles do not rise, or lie outside 0 to 100.
    """
    rising = all(one < other for one, other in pairwise(percentiles))
    if not percentiles or not rising or percentiles[0] < 0 or percentiles[-1] > 100:
        fix = "give rising numbers from 0 to 100"
        raise LayerError(Fault(where="percentiles", what=f"are {percentiles!r}", fix=fix))
    ranks = [max(1, math.ceil(round(each / 100 * lanes, 9))) for each in percentiles]
    return np.array(ranks, dtype=np.int64)


def blocks(search: Search, *, percentiles: Sequence[float], threads: int = 0) -> Iterator[Block]:
    """Return the answer block by block, in a fixed order, few of them in memory at once.

    Parameters
    ----------
    percentiles
        Of the wanted times, rising.
    threads
        How many to use; 0: one for each processor.
    """
    ranks = ranks_of(percentiles, search.timing[2])
    work = partial(_summary, search, ranks)
    for part, (costs, share) in _in_threads(search, work, len(ranks), threads):
        here, there = slice(*part), slice(0, search.shape[1])
        if search.turned:
            yield Block(
                origins=there, destinations=here, costs=costs.transpose(0, 2, 1), share=share.T
            )
        else:
            yield Block(origins=here, destinations=there, costs=costs, share=share)


def lanes_of(search: Search, *, threads: int = 0) -> Floats:
    """Return the seconds of every wanted time, shape (origins, destinations, times)."""
    lanes = search.timing[2]
    found = np.full((*search.shape, lanes), np.nan, dtype=np.float32)
    work = partial(_lanes, search)
    for part, costs in _in_threads(search, work, lanes, threads):
        found[slice(*part)] = costs
    return found.transpose(1, 0, 2)[:, :, ::-1] if search.turned else found


def _in_threads(
    search: Search, work: Callable[[tuple[int, int]], Any], numbers: int, threads: int
) -> Iterator[tuple[tuple[int, int], Any]]:
    """Return the answers for the parts of the places searched from, in their order."""
    size, width = search.shape
    step = max(1, min(MOST_PLACES, BLOCK_NUMBERS // max(1, width * numbers)))
    parts = [(start, min(start + step, size)) for start in range(0, size, step)]
    count = min(threads or os.cpu_count() or 1, max(1, len(parts)))
    waiting: deque[tuple[tuple[int, int], Future[Any]]] = deque()
    with ThreadPoolExecutor(count) as pool:
        for part in parts:
            waiting.append((part, pool.submit(work, part)))
            if len(waiting) > count:
                done, answer = waiting.popleft()
                yield done, answer.result()
        while waiting:
            done, answer = waiting.popleft()
            yield done, answer.result()


def _summary(search: Search, ranks: Array, part: tuple[int, int]) -> tuple[Floats, Floats]:
    from landuse.transit import scan  # noqa: PLC0415 - numba is half a second

    shape = part[1] - part[0], search.shape[1]
    costs = np.full((len(ranks), *shape), np.nan, dtype=np.float32)
    share = np.zeros(shape, dtype=np.float32)
    memory = scan.room(search.stops, search.trips, search.timing[2], search.timing[4])
    scan.summary_block(search.task, memory, (part, ranks), (costs, share))
    for row, targets, seconds in _direct(search, part):
        share[row, targets] = 1
        costs[:, row, targets] = np.fmin(costs[:, row, targets], seconds)
    return costs, share


def _lanes(search: Search, part: tuple[int, int]) -> Floats:
    from landuse.transit import scan  # noqa: PLC0415 - numba is half a second

    lanes = search.timing[2]
    costs = np.full((part[1] - part[0], search.shape[1], lanes), np.nan, dtype=np.float32)
    memory = scan.room(search.stops, search.trips, lanes, search.timing[4])
    scan.lanes_block(search.task, memory, part, costs)
    for row, targets, seconds in _direct(search, part):
        costs[row, targets] = np.fmin(costs[row, targets], seconds[:, None])
    return costs


def _direct(search: Search, part: tuple[int, int]) -> Iterator[tuple[int, Array, Floats]]:
    """Return for each place of a part where one may walk all the way, and the seconds."""
    if search.direct is None:
        return
    start, to, seconds = search.direct
    for place in range(*part):
        legs = slice(start[place], start[place + 1])
        near = seconds[legs] <= search.timing[3]
        if near.any():
            yield place - part[0], to[legs][near], seconds[legs][near].astype(np.float32)
