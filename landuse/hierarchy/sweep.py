"""Searches from many sources to many targets at once, and what is made of them on the way.

A search climbs from each source to its ancestors and then sweeps from the top down over the
places that targets need (RPHAST: Delling, Goldberg and Werneck, *Faster Batched Shortest
Paths in Road Networks*, ATMOS 2011), many sources side by side. What it finds is used up in
blocks: seconds are written where a matrix is asked for, else sums and the nearest are kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.hierarchy.customise import MOST_TICKS
from landuse.hierarchy.places import Direct, in_ticks, lower_first, ticks_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from landuse.hierarchy.customise import Costs
    from landuse.hierarchy.places import Places

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]

__all__ = ["WAYS", "Batch", "Part", "Search", "each"]

WAYS = {"to": (0,), "from": (1,), "there_and_back": (0, 1)}
"""People at targets go to the sources, or come from them, or both."""
STACK_BYTES = 1 << 21
"""Labels of the way down to the place at hand, within a second-level cache as a rule."""
LANES = 32
"""Lanes are filled up to a multiple of this, which is what a loop takes in one step."""
LINES = 64
"""Targets in a block."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is asked: from which sources to which targets, how, and how far."""

    costs: Costs
    sources: Places
    targets: Places
    direction: str = "to"
    limit_s: float = np.inf
    direct: Direct | None = None
    lanes: int = 0
    """Sources side by side; 0: as many as the labels' room allows."""
    threads: int = 1

    @cached_property
    def limit(self) -> int:
        """The limit in ticks."""
        return ticks_within(self.limit_s, self.costs.per_s)

    @cached_property
    def ends(self) -> dict[int, tuple[Shorts, ...]]:
        """Sources by way: lower and higher place, ticks from or to them."""
        legs = self.sources.in_s, self.sources.out_s
        ways = WAYS[self.direction]
        return {way: lower_first(self.sources, self.costs, legs[way]) for way in ways}

    @cached_property
    def arrivals(self) -> dict[int, tuple[Shorts, ...]]:
        """The same for targets."""
        legs = self.targets.out_s, self.targets.in_s
        ways = WAYS[self.direction]
        return {way: lower_first(self.targets, self.costs, legs[way]) for way in ways}

    def batches(self) -> list[Ints]:
        """Return the sources in groups of neighbours."""
        low = self.ends[WAYS[self.direction][0]][0]
        order = np.argsort(low, kind="stable")
        if len(order) <= (lanes := self._lanes()):
            order = np.sort(order)
        return [order[start : start + lanes] for start in range(0, len(order), lanes)]

    def _lanes(self) -> int:
        room = STACK_BYTES // (4 * max(self.costs.hierarchy.levels, 1) * len(WAYS[self.direction]))
        return self.lanes or int(np.clip(room // 16 * 16, 16, 512))

    def parts(self, count: int) -> list[Part]:
        """Return the targets in some groups of neighbours, each made ready for sweeps."""
        if count == 1:
            return [Part.of(self, np.arange(len(self.targets)))] if len(self.targets) else []
        order = np.argsort(self.arrivals[WAYS[self.direction][0]][0], kind="stable")
        return [Part.of(self, some) for some in np.array_split(order, count) if len(some)]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Targets with the places that a sweep to them needs."""

    targets: Ints
    """Numbers of the targets, in the order in which lines come."""
    rows: tuple[Any, ...]
    arcs: tuple[Any, ...]
    ends: tuple[Any, ...]
    row_of: Shorts
    """Row of each place, -1 where it is not needed."""

    @classmethod
    def of(cls, search: Search, targets: Ints) -> Part:
        """Make some targets ready: choose rows and sort the targets by them.

        Targets that are nowhere stand in the first row, with no leg.
        """
        from landuse.hierarchy import climb_kernels as kernels  # noqa: PLC0415 - loads numba

        hierarchy = search.costs.hierarchy
        low = np.maximum(search.arrivals[WAYS[search.direction][0]][0][targets], 0)
        tree = hierarchy.parent, hierarchy.size, hierarchy.depth
        full = hierarchy.first, hierarchy.head
        ways = [
            kernels.select(low, tree, full, search.costs.arcs[way])
            for way in WAYS[search.direction]
        ]
        places, row_of, beyond, full_first, full_level = ways[0][:5]
        order, first = kernels.sort(row_of[low], len(places))
        targets = targets[order]
        starts = np.cumsum([0, *(len(way[7]) for way in ways[:-1])])
        return cls(
            targets=targets,
            rows=(
                hierarchy.depth[places].astype(np.uint32),
                beyond,
                first,
                full_first,
                full_level,
            ),
            arcs=(
                np.array([way[5] + start for way, start in zip(ways, starts, strict=True)]),
                np.concatenate([way[6] for way in ways]),
                np.concatenate([way[7] for way in ways]),
            ),
            ends=_arrivals(search, targets),
            row_of=row_of,
        )


def _arrivals(search: Search, targets: Ints) -> tuple[Any, ...]:
    """Return what the sweep knows of each target: its other end, legs and direct ways."""
    hierarchy, ways = search.costs.hierarchy, WAYS[search.direction]
    legs = [[part[targets] for part in search.arrivals[way]] for way in ways]
    nowhere = legs[0][0] < 0
    own, other = (
        np.array([np.where(nowhere, MOST_TICKS, leg[part]) for leg in legs], dtype=np.int32)
        for part in (2, 3)
    )
    direct = search.direct or Direct.none()
    line = np.full(len(search.targets), -1)
    line[targets] = np.arange(len(targets))
    mine = np.flatnonzero(line[direct.target] >= 0)
    mine = mine[np.argsort(line[direct.target[mine]], kind="stable")]
    count = np.bincount(line[direct.target[mine]], minlength=len(targets))
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    seconds = direct.to_s[mine], direct.from_s[mine]
    return (
        hierarchy.depth[np.maximum(legs[0][1], 0)].astype(np.uint32),
        own,
        other,
        np.array([first + number * len(mine) for number in range(len(ways))]),
        np.tile(direct.source[mine], len(ways)),
        np.concatenate([in_ticks(seconds[way], search.costs.per_s) for way in ways]),
    )


@dataclass(kw_only=True)
class Batch:
    """Some sources on their way to one part of the targets: the state of one sweep.

    Room for labels is made once and used again for the next sources.
    """

    search: Search
    part: Part
    last: Shorts
    live: NDArray[np.bool_]
    above: Shorts
    label: Shorts
    lane_of: Ints
    seeds: tuple[Any, ...]
    stamp: int = 0

    @classmethod
    def ready(cls, search: Search, part: Part) -> Batch:
        """Make room."""
        hierarchy, ways = search.costs.hierarchy, len(WAYS[search.direction])
        rows = len(part.rows[0])
        return cls(
            search=search,
            part=part,
            last=np.full((ways, rows), -1, np.int32),
            live=np.zeros((ways, hierarchy.levels), np.bool_),
            above=np.zeros(rows, np.int32),
            label=np.full(hierarchy.nodes, MOST_TICKS, np.int32),
            lane_of=np.full(len(search.sources), -1, np.int64),
            seeds=tuple(np.empty(1024, np.int32) for _ in range(3)),
        )

    def sweep(self, sources: Ints, *, everyone: bool) -> tuple[Any, ...]:
        """Climb from some sources and return a sweep, as the kernels take it."""
        from landuse.hierarchy import climb_kernels as kernels  # noqa: PLC0415 - loads numba

        search, part, ways = self.search, self.part, WAYS[self.search.direction]
        self.stamp += 1
        begun = (*self.seeds, 0)
        for number, way in enumerate(ways):
            begun = kernels.climb(
                (sources, search.ends[way], search.limit),
                (search.costs.hierarchy.parent, *search.costs.arcs[1 - way]),
                (part.row_of, self.last[number], self.above, self.label, self.stamp),
                begun,
            )
        self.seeds = begun[:3]
        self.lane_of[:] = -1
        self.lane_of[sources] = np.arange(len(sources))
        state = [0, 0, search.limit, self.stamp, int(everyone), len(ways)]
        wide = -(-len(sources) // LANES) * LANES
        stack = np.empty(self.live.size * wide, np.int32)
        return (
            np.array(state, dtype=np.int64),
            (*part.rows, self.above, self.last, stack, self.live),
            part.arcs,
            self.seeds,
            (*part.ends, self.lane_of),
            (np.empty((LINES + 1) * wide, np.int32), np.empty(LINES, np.int64)),
        )


def each(
    search: Search,
    work: Callable[[Part, Iterator[tuple[Ints, tuple[Any, ...]]]], None],
    *,
    split: str,
    everyone: bool = False,
) -> None:
    """Do some work with every batch of sources and every part of the targets, in threads.

    Parameters
    ----------
    search
        What is asked.
    work
        Takes a part and an iterator of sources and their sweep.
    split
        Whether threads share out the `sources` or the `targets`.
    everyone
        Whether lines of targets without any way come too.
    """
    batches, threads = search.batches(), max(search.threads, 1)
    if split == "sources":
        part = search.parts(1)
        shares: Sequence[tuple[Part, list[Ints]]] = [
            (part[0], batches[number::threads]) for number in range(threads) if part
        ]
    else:
        shares = [(part, batches) for part in search.parts(threads)]

    def run(share: tuple[Part, list[Ints]]) -> None:
        part, mine = share
        batch = Batch.ready(search, part)
        work(part, ((some, batch.sweep(some, everyone=everyone)) for some in mine))

    if len(shares) <= 1:
        for share in shares:
            run(share)
        return
    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(run, shares))
