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

__all__ = ["raam"]


def raam(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    tau_s: float,
    people_per_supply: float | None = None,
    rounds: int = 10_000,
    tolerance: float = 1e-11,
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
    rounds
        Times that every origin may choose again.
    tolerance
        What nobody may still gain by choosing again, when choosing ends.

    Returns
    -------
    pandas.Series
        `raam`, the sum of way and crowd, 1 being `tau_s` or the mean crowd; infinite where
        nothing is in reach, NaN where the origin is blank.

    Raises
    ------
    LayerError
        If a supply or a demand is blank or below 0, `tau_s` or `people_per_supply` is not
        above 0, or choosing did not end in so many rounds.

    Notes
    -----
    The crowds in which nobody gains by going elsewhere are those of least
    `sum(placed * way) + sum(crowd * load) / 2`, a convex problem with one answer. Origins
    choose in turn, each the best shares of its people against everybody else, which never
    raises that sum. Unlike pysal's `access`, which moves whole people in steps of fixed
    size, people are not rounded: areal interpolation makes fractions of them. It keeps 16
    bytes for each pair of a populated origin and a destination.
    """
    matrix = as_matrix(costs, demand.index, supply.index)
    people = amounts(demand, matrix.origins, where="demand")
    offered = amounts(supply, matrix.destinations, where="supply")
    if people_per_supply is None:
        people_per_supply = float(people.sum() / offered.sum()) if offered.sum() > 0 else 1.0
    for name, number in (("tau_s", tau_s), ("people_per_supply", people_per_supply)):
        if not 0 < number < np.inf:
            raise LayerError(Fault(where=name, what=f"is {number}", fix="give a number above 0"))
    there = np.flatnonzero(offered > 0)
    serves = offered[there] * people_per_supply
    load = _settled(matrix, people, (there, serves), tau_s, (rounds, tolerance))
    place = matrix.origins.get_indexer(demand.index)
    ways = matrix.seconds(place, there) / tau_s
    least = (ways + load / serves).min(axis=1, initial=np.inf)
    blank = reasons_of(costs, demand.index) > 0
    return pd.Series(np.where(blank, np.nan, least), index=demand.index, name="raam")


def _settled(
    matrix: CostMatrix,
    people: Floats,
    serving: tuple[NDArray[np.intp], Floats],
    tau_s: float,
    until: tuple[int, float],
) -> Floats:
    """Return how many people go to each destination once nobody gains by going elsewhere."""
    from landuse.access.kernels import settle  # noqa: PLC0415 - imports numba

    there, serves = serving
    rounds, tolerance = until
    load: Floats = np.zeros(len(there))
    lived_in = np.flatnonzero(people > 0)
    ways = matrix.seconds(lived_in, there) / tau_s
    reached = np.isfinite(ways).any(axis=1)
    ways, who = ways[reached], people[lived_in[reached]]
    placed = np.zeros(ways.shape)
    for _ in range(rounds):
        regret = settle(ways, who, serves, (placed, load))
        load = np.asarray(placed.sum(axis=0), dtype=np.float64)  # so that rounding does not add up
        if regret <= tolerance:
            return load
    what = f"somebody still gains {regret:.1e} after {rounds:,} rounds"
    fix = "allow more rounds or a larger tolerance"
    raise LayerError(Fault(where="raam", what=what, fix=fix))
