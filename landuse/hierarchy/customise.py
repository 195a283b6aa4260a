"""Costs put on a hierarchy: a new speed, a closure or snow costs this step and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.hierarchy.contract import Hierarchy

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]
    Floats = NDArray[np.float64]
    Arcs = tuple[Ints, Shorts, Shorts]

__all__ = ["MOST_TICKS", "Costs", "customise"]

MOST_TICKS = (1 << 30) - 1
"""No way; two of these still fit into 32 bits."""
LEGS_S = 4 * 3600.0
"""Room for the ways between places and streets, over and above the longest way by street."""
TRIES = 16


@dataclass(frozen=True, kw_only=True)
class Costs:
    """A hierarchy with costs, in whole ticks: sums of ticks are exact in whatever order."""

    hierarchy: Hierarchy
    up: Arcs
    """Arcs that lie on best ways up, those of each place in a row: first, heads, ticks."""
    down: Arcs
    """The same for ways down, listed at their lower end."""
    per_s: float
    """Ticks in a second, a power of two."""

    @property
    def arcs(self) -> tuple[Arcs, Arcs]:
        """Arcs up, arcs down."""
        return self.up, self.down

    @property
    def most_s(self) -> float:
        """Seconds from which on a cost counts as none."""
        return MOST_TICKS / self.per_s


def customise(hierarchy: Hierarchy, cost_s: Floats) -> Costs:
    """Return the costs of a hierarchy's arcs.

    Parameters
    ----------
    hierarchy
        From `contract`.
    cost_s
        Seconds of each arc of the graph, infinite where closed, in the order of `contract`.

    Notes
    -----
    Basic and perfect customisation of Dibbelt, Strasser and Wagner (2016), in double
    precision; arcs that a detour undercuts are left out. Only then are costs rounded, to
    ticks as fine as 30 bits allow for the longest way of the graph. A way up and down the
    hierarchy has some tens of arcs, so rounding stays far below a millisecond on ways of
    hours: sums of 32-bit floats would not, and would depend on their order.
    """
    from landuse.hierarchy import customise_kernels as kernels  # noqa: PLC0415 - loads numba

    first, head = hierarchy.first, hierarchy.head
    up, down = np.full(len(head), np.inf), np.full(len(head), np.inf)
    carried = hierarchy.arc, hierarchy.upward
    kernels.respect(carried, np.asarray(cost_s, np.float64), up, down)
    kernels.lower((first, head), _arcs_below(hierarchy), up, down)
    basic = up.copy(), down.copy()
    kernels.perfect(first, head, up, down)

    per_s = _ticks_per_s(hierarchy, up, down)
    kept = (
        kernels.keep((first, head), costs, per_s, MOST_TICKS)
        for costs in ((up, basic[0]), (down, basic[1]))
    )
    return Costs(hierarchy=hierarchy, up=next(kept), down=next(kept), per_s=per_s)


def _arcs_below(hierarchy: Hierarchy) -> tuple[Ints, Shorts, Shorts]:
    """Return the arcs that end at each place from below, and where they come from."""
    from landuse.hierarchy.climb_kernels import sort  # noqa: PLC0415 - loads numba

    order, first = sort(hierarchy.head, hierarchy.nodes)
    low = np.repeat(np.arange(hierarchy.nodes, dtype=np.int32), np.diff(hierarchy.first))
    return first, order.astype(np.int32), low[order]


def _ticks_per_s(hierarchy: Hierarchy, up: Floats, down: Floats) -> float:
    """Return as many ticks as the longest way allows.

    That is no longer than the dearest way to one place and the dearest from it together;
    the place must be one that most others can go to and come from.
    """
    from landuse.hierarchy.customise_kernels import costs_of_one  # noqa: PLC0415 - loads numba

    arcs, longest_s, covered = (hierarchy.first, hierarchy.head), 0.0, 0
    for start in np.flatnonzero(hierarchy.size >= hierarchy.size.max(initial=0) / 2)[:TRIES]:
        there, back = (
            costs_of_one(start, hierarchy.parent, (*arcs, climbing), sweeping)
            for climbing, sweeping in ((up, down), (down, up))
        )
        both = np.isfinite(there) & np.isfinite(back)
        if both.sum() > covered:
            covered = int(both.sum())
            ends = (float(cost_s[np.isfinite(cost_s)].max()) for cost_s in (there, back))
            longest_s = sum(ends)
        if covered > hierarchy.nodes / 2:
            break
    return float(2.0 ** np.floor(np.log2(MOST_TICKS / (1.25 * longest_s + LEGS_S))))
