"""The rational agent access model: people go where way and crowding together cost least."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.access.capacity import as_matrix
from landuse.access.costs import CostMatrix, reasons_of
from landuse.access.weighing import amounts
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Town = tuple[Floats, Floats, Floats]
    """Ways of each party to each destination, its people, people each destination serves."""

__all__ = ["raam"]

BLOCK = 4096
"""Rows looked at together."""

EASE = 4.0
"""How much harder people choose from level to level."""

MOST_STEPS = 60
"""Steps of Newton's method at one level, which takes a handful."""


def raam(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    tau_s: float,
    people_per_supply: float | None = None,
    tolerance: float = 1e-6,
) -> pd.Series[float]:
    """Return what access costs each origin by the rational agent access model.

    Somebody who goes to a facility pays the way and the crowd: seconds over `tau_s`, plus
    the people who go there over the people that its supply is meant for. Everybody goes
    where that is least (Saxon and Snow 2020).

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s`; or a matrix. A long table is held as a dense matrix.
    supply
        What each destination offers, index its id; those that offer nothing are left out.
    demand
        People of each origin, index its id: the subjects of the answer.
    tau_s
        Seconds of way that weigh as much as the mean crowd.
    people_per_supply
        People that a unit of supply is meant for; the mean of all, if left out.
    tolerance
        What people may still gain on average by going elsewhere, in the unit of the answer.

    Returns
    -------
    pandas.Series
        `raam`, the sum of way and crowd, 1 being `tau_s` or the mean crowd; infinite where
        nothing is in reach, NaN where the origin is blank.

    Raises
    ------
    LayerError
        If a supply or a demand is blank or below 0, or `tau_s`, `people_per_supply` or
        `tolerance` is not above 0, or the tolerance is finer than numbers are.

    Notes
    -----
    The crowds in which nobody gains by going elsewhere are those of least
    `sum(people * way) + sum(crowd * load) / 2`, a convex problem with one answer, as of
    traffic in balance (Beckmann, McGuire and Winsten 1956). It is solved in its dual, one
    crowd for each destination, by Newton's method, with the choice of the least cost
    softened at first and ever less until the tolerance is met. Unlike pysal's `access`,
    which moves whole people in steps of a given size, people are not rounded: areal
    interpolation makes fractions of them. It keeps 8 bytes for each pair of a populated row
    and a destination; 136,000 cells at 17,000 junctions and 300 facilities take minutes,
    where the other measures take tenths of a second.
    """
    matrix = as_matrix(costs, demand.index, supply.index)
    people = amounts(demand, matrix.origins, where="demand")
    people[reasons_of(matrix, matrix.origins) > 0] = 0.0
    offered = amounts(supply, matrix.destinations, where="supply")
    if people_per_supply is None:
        lived_in = people.sum() > 0 and offered.sum() > 0
        people_per_supply = float(people.sum() / offered.sum()) if lived_in else 1.0
    choices = {"tau_s": tau_s, "people_per_supply": people_per_supply, "tolerance": tolerance}
    for name, number in choices.items():
        if not 0 < number < np.inf:
            raise LayerError(Fault(where=name, what=f"is {number}", fix="give a number above 0"))
    there = np.flatnonzero(offered > 0)
    place = matrix.origins.get_indexer(demand.index)
    who, together = _parties(matrix, people)
    ways = matrix.seconds(who, there) / tau_s
    reached = np.isfinite(ways).any(axis=1)
    serves = offered[there] * people_per_supply
    crowd = _balanced((ways[reached], together[reached], serves), tolerance)
    blank = reasons_of(costs, demand.index) > 0
    least = np.full(len(place), np.inf)
    for start in range(0, len(place), BLOCK):
        part = slice(start, start + BLOCK)
        pays = matrix.seconds(place[part], there) / tau_s + crowd
        least[part] = pays.min(axis=1, initial=np.inf)
    return pd.Series(np.where(blank, np.nan, least), index=demand.index, name="raam")


def _parties(matrix: CostMatrix, people: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return an origin of each party that pays the same, and the people of the party."""
    lived_in = np.flatnonzero((people > 0) & (matrix.rows >= 0))
    if matrix.leg_s is not None:
        return lived_in, people[lived_in]
    together = np.bincount(matrix.rows[lived_in], people[lived_in], len(matrix.cost)).astype(float)
    member = np.full(len(matrix.cost), -1)
    member[matrix.rows[lived_in]] = lived_in
    return member[member >= 0], together[member >= 0]


def _balanced(town: Town, tolerance: float) -> Floats:
    """Return the crowd at each destination where nobody gains by going elsewhere."""
    ways, people, serves = town
    crowd = np.full(len(serves), people.sum() / serves.sum() if len(serves) else 0.0)
    softness = max(0.1 * float(ways.min(axis=1, initial=np.inf).max(initial=0.0)), 0.1)
    last = tolerance / (1 + np.log(max(len(serves), 1)))
    step: Floats = np.zeros(len(serves))
    while len(people):
        softness = max(softness / EASE, last)
        for _ in range(MOST_STEPS):
            worth, slope, bend = _dual(town, crowd, softness)
            step = np.asarray(np.linalg.solve(bend, slope), dtype=np.float64)
            crowd = crowd + _share(town, (crowd, step), softness, worth) * step
            if np.abs(step).max() <= 0.01 * softness:
                break
        if softness == last:
            break
    if np.abs(step).max(initial=0.0) > tolerance:
        what = f"crowds still move by {np.abs(step).max():.1e}"
        raise LayerError(Fault(where="raam", what=what, fix="allow a larger tolerance"))
    return crowd


def _share(town: Town, move: tuple[Floats, Floats], softness: float, worth: float) -> float:
    """Return the largest share of a step, halving it, that does not lose."""
    crowd, step = move
    share, least = 1.0, worth - 1e-13 * abs(worth)
    while share > 1e-6 and _dual(town, crowd + share * step, softness, flat=True)[0] < least:
        share /= 2
    return share


def _dual(
    town: Town, crowd: Floats, softness: float, *, flat: bool = False
) -> tuple[float, Floats, Floats]:
    """Return what is to be largest in balance, its slope, and its bend downwards.

    It is the sum of what people pay at these crowds, choosing softly, less what the crowds
    cost half; flat: only that.
    """
    ways, people, serves = town
    worth, load = -0.5 * float(crowd**2 @ serves), np.zeros(len(serves))
    joint = np.zeros((len(serves), len(serves)))
    for start in range(0, len(people), BLOCK):
        part = slice(start, start + BLOCK)
        pays = ways[part] + crowd
        least = pays.min(axis=1, keepdims=True)
        chosen = np.exp((least - pays) / softness)
        total = chosen.sum(axis=1, keepdims=True)
        worth += float(people[part] @ (least - softness * np.log(total))[:, 0])
        if not flat:
            chosen /= total
            placed = chosen * people[part, None]
            load += placed.sum(axis=0)
            joint += placed.T @ chosen
    bend = (np.diag(load) - joint) / softness + np.diag(serves)
    return worth, load - crowd * serves, bend
