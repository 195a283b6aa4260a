"""Passes over a matrix of costs that never hold the matrix of its weights, in numba.

One row is weighed at a time, in room for one row, and used up before the next one. Plain
arrays in and out. Importing this module imports numba, so import it where it is needed.
"""

# Kernels are compiled by their arguments' types; these names say what is meant.
from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from landuse.access.weighing import Code

    Array = NDArray[Any]
    Rows = tuple[Array, Array, Array, float, float]
    """Costs, the row of each subject, its leg in seconds, seconds per unit, largest cost."""

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

__all__ = ["fill_places", "gather", "nearest_of", "spread"]

GIVEN, BINARY, LINEAR, EXPONENTIAL, GAUSSIAN, STEPPED, LOGISTIC, POWER = range(8)
"""Codes of decays, in the order of `landuse.access.weighing.KINDS`; GIVEN: weights, not costs."""


def compiled(function: Kernel) -> Kernel:
    """Compile on first use; later processes load it from numba's cache.

    Sums may be taken in any order, so that several numbers are added at a time.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": {"reassoc"}, "error_model": "numpy"}
    try:
        kernel: Kernel = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # no folder in which numba may write
        kernel = numba.njit(**options)(function)
    return kernel


@compiled
def _steep(kind: int, cost_s: float, scale_s: float, other: float) -> float:
    """Return the weight of a cost by a decay that takes an exponential or a power."""
    if kind == EXPONENTIAL:
        return float(np.exp(-cost_s / scale_s))
    if kind == GAUSSIAN:
        return float(np.exp(-0.5 * (cost_s / scale_s) ** 2))
    if kind == POWER:
        return 1.0 if cost_s <= scale_s else float((scale_s / cost_s) ** other)
    per_s = np.pi / np.sqrt(12) / other
    return float((1 - np.tanh((cost_s - scale_s) * per_s)) / (1 - np.tanh(-scale_s * per_s)))


@compiled
def _weigh_steps(
    costs: Array, leg_s: float, units: tuple[float, float], stair: tuple[Array, Array], out: Array
) -> None:
    """Write the weights of a row of costs by a stair."""
    unit_s, largest = units
    limits_s, weights = stair
    for place in range(len(costs)):
        out[place] = 0.0
    for step in range(len(limits_s) - 1, -1, -1):  # lower steps write over higher ones
        limit_s, weight = limits_s[step], weights[step]
        for place in range(len(costs)):
            inside = costs[place] <= largest and costs[place] * unit_s + leg_s <= limit_s
            out[place] = weight if inside else out[place]


@compiled
def _weigh(costs: Array, leg_s: float, units: tuple[float, float], code: Code, out: Array) -> None:
    """Write the weights of a row of costs."""
    unit_s, largest = units
    kind, scale_s, other, cutoff_s, limits_s, weights = code
    if kind == GIVEN:
        for place in range(len(costs)):
            out[place] = costs[place]
    elif kind == BINARY:
        for place in range(len(costs)):
            inside = costs[place] <= largest and costs[place] * unit_s + leg_s <= cutoff_s
            out[place] = 1.0 if inside else 0.0
    elif kind == LINEAR:
        for place in range(len(costs)):
            cost_s = costs[place] * unit_s + leg_s
            inside = costs[place] <= largest and cost_s <= cutoff_s
            out[place] = 1.0 - cost_s / cutoff_s if inside else 0.0
    elif kind == STEPPED:
        _weigh_steps(costs, leg_s, units, (limits_s, weights), out)
    else:
        for place in range(len(costs)):
            cost_s = costs[place] * unit_s + leg_s
            inside = costs[place] <= largest and cost_s <= cutoff_s
            out[place] = _steep(kind, cost_s, scale_s, other) if inside else 0.0


@compiled
def _sum(numbers: Array) -> float:
    total = 0.0
    for place in range(len(numbers)):
        total += numbers[place]
    return total


@compiled
def spread(rows: Rows, how: tuple[Code, int], amount: Array, out: Array) -> None:
    """Add what each subject brings to every destination: amount times weight.

    How: a decay, and 1 if the weights of a row are divided by their sum, 2 if they are then
    taken once more, else 0.
    """
    code, shared = how
    cost, row, leg_s, unit_s, largest = rows
    weight = np.empty(cost.shape[1])
    for subject in range(len(row)):
        part = amount[subject]
        if part == 0:
            continue
        _weigh(cost[row[subject]], leg_s[subject], (unit_s, largest), code, weight)
        if shared:
            total = _sum(weight)
            part = part / total if total > 0 else 0.0
        if shared == 2:
            for place in range(len(out)):
                out[place] += part * weight[place] * weight[place]
        else:
            for place in range(len(out)):
                out[place] += part * weight[place]


@compiled
def gather(rows: Rows, how: tuple[Code, int], value: Array, out: Array) -> None:
    """Add up what each subject finds at its destinations: value times weight."""
    code, shared = how
    cost, row, leg_s, unit_s, largest = rows
    weight = np.empty(cost.shape[1])
    for subject in range(len(row)):
        _weigh(cost[row[subject]], leg_s[subject], (unit_s, largest), code, weight)
        found = 0.0
        if shared == 2:
            for place in range(len(value)):
                found += value[place] * weight[place] * weight[place]
        else:
            for place in range(len(value)):
                found += value[place] * weight[place]
        if shared:
            total = _sum(weight)
            found = found / total if total > 0 else 0.0
        out[subject] = found


@compiled
def nearest_of(cost: Array, row: Array, largest: float, out: Array) -> None:
    """Write the least costs of each row in rising order, in units; leave the rest as it is."""
    wanted = out.shape[1]
    for subject in range(len(row)):
        costs, best = cost[row[subject]], out[subject]
        for place in range(len(costs)):
            value = costs[place]
            if not (value <= largest and value < best[wanted - 1]):
                continue
            at = wanted - 1
            while at > 0 and best[at - 1] > value:
                best[at] = best[at - 1]
                at -= 1
            best[at] = value


@compiled
def fill_places(pairs: tuple[Array, Array, Array], people: Array, room: Array, out: Array) -> None:
    """Give people of each pair a place, in the order of pairs, until people or room is used.

    Pairs (origin, destination, cost) side by side with equal destination and cost share what
    room is left in proportion to the people who want it. People and room are used up.
    """
    origin, dest, cost = pairs
    start = 0
    while start < len(origin):
        end, wanted = start, 0.0
        while end < len(origin) and dest[end] == dest[start] and cost[end] == cost[start]:
            wanted += people[origin[end]]
            end += 1
        left = room[dest[start]]
        for pair in range(start, end):
            here = people[origin[pair]]
            if wanted <= left:
                out[pair], people[origin[pair]] = here, 0.0
            else:
                out[pair] = here * (left / wanted)
                people[origin[pair]] = here - out[pair]
        room[dest[start]] = max(left - wanted, 0.0)
        start = end
