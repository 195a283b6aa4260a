"""Kernels of `customise`: costs of the hierarchy's arcs from those of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.hierarchy.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["costs_of_one", "keep", "lower", "perfect", "respect"]


@kernel
def respect(carried: tuple[Shorts, Bools], cost: Floats, up: Floats, down: Floats) -> None:
    """Give each arc of the hierarchy the least cost of the graph's arcs that it carries."""
    arc, upward = carried
    for at in range(len(arc)):
        if arc[at] < 0:
            continue
        if upward[at]:
            up[arc[at]] = min(up[arc[at]], cost[at])
        else:
            down[arc[at]] = min(down[arc[at]], cost[at])


@kernel
def lower(
    arcs: tuple[Ints, Shorts], arcs_below: tuple[Ints, Shorts, Shorts], up: Floats, down: Floats
) -> None:
    """Lower arcs to what detours by the places below them cost, from the bottom to the top.

    A place takes what all places below it that it is joined to offer; these are settled by
    then. Its own arcs stand spread out by their heads meanwhile.
    """
    first, head = arcs
    below_first, below_arc, below = arcs_below
    places = len(first) - 1
    spread_up = np.empty(places)
    spread_down = np.empty(places)
    for high in range(places - 1, -1, -1):
        start, stop = first[high], first[high + 1]
        for own in range(start, stop):
            spread_up[head[own]], spread_down[head[own]] = up[own], down[own]
        for entry in range(below_first[high], below_first[high + 1]):
            mine = below_arc[entry]
            to_low, from_low = down[mine], up[mine]
            for other in range(first[below[entry]], mine):
                top = head[other]
                spread_up[top] = min(spread_up[top], to_low + up[other])
                spread_down[top] = min(spread_down[top], down[other] + from_low)
        for own in range(start, stop):
            up[own], down[own] = spread_up[head[own]], spread_down[head[own]]


@kernel
def perfect(first: Ints, head: Shorts, up: Floats, down: Floats) -> None:
    """Lower arcs to the cost of the best way anywhere, from the top to the bottom."""
    places = len(first) - 1
    out = np.full(places, np.inf)  # of the place at hand, spread by heads
    into = np.full(places, np.inf)
    best_out = np.full(places, np.inf)
    best_into = np.full(places, np.inf)
    for place in range(places):
        start, stop = first[place], first[place + 1]
        for own in range(start, stop):
            top = head[own]
            out[top] = best_out[top] = up[own]
            into[top] = best_into[top] = down[own]
        for own in range(start + 1, stop):
            near = head[own]
            for other in range(first[near], first[near + 1]):
                far = head[other]
                best_out[far] = min(best_out[far], out[near] + up[other])
                best_out[near] = min(best_out[near], out[far] + down[other])
                best_into[far] = min(best_into[far], down[other] + into[near])
                best_into[near] = min(best_into[near], up[other] + into[far])
        for own in range(start, stop):
            top = head[own]
            up[own], down[own] = best_out[top], best_into[top]
            out[top] = into[top] = np.inf


@kernel
def keep(
    arcs: tuple[Ints, Shorts], costs: tuple[Floats, Floats], per_s: float, most: int
) -> tuple[Ints, Shorts, Shorts]:
    """Return the arcs that lie on some best way: where they begin, their heads and ticks.

    `costs` are the best and the basic ones: where a detour undercuts an arc they differ.
    """
    (first, head), (best, basic) = arcs, costs
    kept_first = np.zeros(len(first), dtype=np.int64)
    kept_head = np.empty(len(head), dtype=np.int32)
    ticks = np.empty(len(head), dtype=np.int32)
    free = 0
    for place in range(len(first) - 1):
        for own in range(first[place], first[place + 1]):
            if basic[own] <= best[own] and best[own] * per_s < most:
                kept_head[free] = head[own]
                ticks[free] = np.int32(np.rint(best[own] * per_s))
                free += 1
        kept_first[place + 1] = free
    return kept_first, kept_head[:free].copy(), ticks[:free].copy()


@kernel
def costs_of_one(
    start: int, parent: Shorts, climbing: tuple[Ints, Shorts, Floats], sweeping: Floats
) -> Floats:
    """Return what it costs between one place and all others."""
    first, head, cost = climbing
    label = np.full(len(parent), np.inf)
    label[start] = 0.0
    at = start
    while at >= 0:
        for arc in range(first[at], first[at + 1]):
            label[head[arc]] = min(label[head[arc]], label[at] + cost[arc])
        at = parent[at]
    for place in range(len(parent)):
        for arc in range(first[place], first[place + 1]):
            label[place] = min(label[place], label[head[arc]] + sweeping[arc])
    return label
