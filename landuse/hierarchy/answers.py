"""What searches are asked for: a matrix, the nearest, or sums over either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.hierarchy.customise import MOST_TICKS
from landuse.hierarchy.places import ticks_within
from landuse.hierarchy.sweep import each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from landuse.hierarchy.sweep import Part, Search

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Sweeps = Iterator[tuple[Ints, tuple[Any, ...]]]

__all__ = ["Weighing", "matrix", "nearest", "nearest_of_all", "sums_by_source", "sums_by_target"]

STAIR, LINE, EXPONENTIAL, GAUSSIAN = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """How much a cost counts: nothing past the last limit."""

    shape: int
    """0 a stair, 1 a line, 2 exponential, 3 gaussian."""
    limits_s: tuple[float, ...]
    """Limits of a stair, rising; of the others the cutoff alone."""
    numbers: tuple[float, ...]
    """Weights of a stair, falling; of the others the seconds by which costs are divided."""

    def in_ticks(self, per_s: float) -> tuple[int, Ints, Floats]:
        """Return shape, limits and numbers as the kernels take them.

        A stair becomes the gain of each step over the next, a divisor one over its ticks.
        """
        limits = np.array([ticks_within(limit, per_s) for limit in self.limits_s], np.int64)
        if self.shape == STAIR:
            return self.shape, limits, -np.diff([*self.numbers, 0.0])
        return self.shape, limits, 1.0 / (np.array(self.numbers) * per_s)


def matrix(search: Search, *, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return seconds, one row for each target and one column for each source.

    Parameters
    ----------
    search
        What is asked.
    out
        Where to write, in 32 or 64 bits; made if not given, in 32.

    Returns
    -------
    numpy.ndarray
        Shape (targets, sources); infinite where no way leads or the limit is passed.
    """
    from landuse.hierarchy import sweep_kernels as kernels  # noqa: PLC0415 - loads numba

    shape = len(search.targets), len(search.sources)
    found = np.empty(shape, np.float32) if out is None else out

    def work(part: Part, sweeps: Sweeps) -> None:
        for sources, sweep in sweeps:
            kernels.into_matrix(sweep, found, (part.targets, sources), 1 / search.costs.per_s)

    each(search, work, split="sources", everyone=True)
    return found


def nearest(search: Search, count: int) -> tuple[Floats, Ints]:
    """Return each target's nearest sources: seconds, rising, and which.

    Returns
    -------
    tuple
        Two arrays of shape (targets, count); infinite and -1 where there are not so many.
        Of several at the same cost the first in the list comes first.
    """
    from landuse.hierarchy import sweep_kernels as kernels  # noqa: PLC0415 - loads numba

    ticks = np.full((len(search.targets), count), MOST_TICKS, np.int32)
    source = np.full(ticks.shape, -1, np.int32)

    def work(part: Part, sweeps: Sweeps) -> None:
        for sources, sweep in sweeps:
            kernels.into_nearest(sweep, (ticks, source), (part.targets, sources))

    each(search, work, split="targets")
    return _seconds(ticks, search.costs.per_s), source.astype(np.int64)


def nearest_of_all(search: Search) -> tuple[Floats, Ints]:
    """Return each target's nearest source alone: one label for each node, all sources at once.

    The direction must not be there and back.
    """
    from landuse.hierarchy import climb_kernels as kernels  # noqa: PLC0415 - loads numba

    costs, to = search.costs, search.direction == "to"
    low, high, low_ticks, high_ticks = search.ends[0 if to else 1]
    known = np.flatnonzero(low >= 0)
    seeds = (
        np.concatenate([low[known], high[known]]),
        np.concatenate([known, known]).astype(np.int32),
        np.concatenate([low_ticks[known], high_ticks[known]]),
    )
    ways = (costs.down, costs.up) if to else (costs.up, costs.down)
    ticks, source = (np.full(len(search.targets), MOST_TICKS, np.int32) for _ in range(2))
    labels = tuple(np.full(costs.hierarchy.nodes, MOST_TICKS, np.int32) for _ in range(2))
    kernels.nearest_one(seeds, ways, search.arrivals[0 if to else 1], (*labels, ticks, source))
    if search.direct is not None:
        pairs = search.direct
        cost = np.rint((pairs.to_s if to else pairs.from_s) * costs.per_s)
        order = np.lexsort((pairs.source, cost, pairs.target))
        first = np.unique(pairs.target[order], return_index=True)
        best = order[first[1]]
        lower = cost[best] < ticks[first[0]]
        ticks[first[0][lower]] = cost[best[lower]]
        source[first[0][lower]] = pairs.source[best[lower]]
    past = ticks > search.limit
    ticks[past], source[past] = MOST_TICKS, -1
    return _seconds(ticks, costs.per_s), source.astype(np.int64)


def sums_by_source(search: Search, amounts: Floats, weighing: Weighing) -> Floats:
    """Return for each source the amounts at all targets, weighed by what they cost.

    Parameters
    ----------
    search
        What is asked; its limit should be that of the weighing.
    amounts
        Shape (targets, groups).
    weighing
        How costs count.

    Returns
    -------
    numpy.ndarray
        Shape (sources, groups).
    """
    from landuse.hierarchy import sweep_kernels as kernels  # noqa: PLC0415 - loads numba

    sums = np.zeros((len(search.sources), amounts.shape[1]))
    how = weighing.in_ticks(search.costs.per_s)

    def work(part: Part, sweeps: Sweeps) -> None:
        for sources, sweep in sweeps:
            own = np.zeros((amounts.shape[1], len(sources)))
            kernels.by_source(sweep, own, amounts, (part.targets, *how, np.empty(len(sources))))
            sums[sources] = own.T

    each(search, work, split="sources")
    return sums


def sums_by_target(search: Search, amounts: Floats, weighing: Weighing) -> Floats:
    """Return for each target the amounts at all sources, weighed by what they cost.

    Parameters
    ----------
    search, weighing
        As for `sums_by_source`.
    amounts
        Shape (sources, groups).

    Returns
    -------
    numpy.ndarray
        Shape (targets, groups).
    """
    from landuse.hierarchy import sweep_kernels as kernels  # noqa: PLC0415 - loads numba

    sums = np.zeros((len(search.targets), amounts.shape[1]))
    how = weighing.in_ticks(search.costs.per_s)

    def work(part: Part, sweeps: Sweeps) -> None:
        for sources, sweep in sweeps:
            mine = np.ascontiguousarray(amounts[sources].T)
            kernels.by_target(sweep, sums, mine, (part.targets, *how, np.empty(len(sources))))

    each(search, work, split="targets")
    return sums


def _seconds(ticks: NDArray[np.int32], per_s: float) -> Floats:
    return np.where(ticks < MOST_TICKS, ticks / per_s, np.inf)
