"""How much is in reach of each origin, and how far its nearest destinations are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.access.costs import CostMatrix, reasons_of, require_unique
from landuse.access.weighing import amounts, reach_of
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.decay import Decay

    Floats = NDArray[np.float64]

__all__ = ["kth_cost", "mean_cost", "nearest_cost", "opportunities"]


def nearest_cost(costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any]) -> pd.Series[float]:
    """Return the seconds from each origin to its nearest destination.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s` and, if known, `reason`; or a matrix.
    origins
        Ids for which to answer.

    Returns
    -------
    pandas.Series
        `nearest_cost_s`, infinite where no destination is in reach, NaN where the origin is
        blank.
    """
    return _series(costs, origins, _least(costs, origins, 1)[:, 0], "nearest_cost_s")


def kth_cost(
    costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any], *, k: int
) -> pd.Series[float]:
    """Return the seconds from each origin to its `k`-th nearest destination.

    Parameters
    ----------
    costs, origins
        As for `nearest_cost`.
    k
        1 is the nearest.

    Returns
    -------
    pandas.Series
        `kth_cost_s`, infinite where fewer than `k` are in reach, NaN where the origin is
        blank.

    Raises
    ------
    LayerError
        If `k` is below 1.
    """
    return _series(costs, origins, _least(costs, origins, k)[:, -1], "kth_cost_s")


def mean_cost(
    costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any], *, k: int
) -> pd.Series[float]:
    """Return the mean seconds from each origin to its `k` nearest destinations.

    Parameters
    ----------
    costs, origins, k
        As for `kth_cost`.

    Returns
    -------
    pandas.Series
        `mean_cost_s`, infinite where fewer than `k` are in reach: the mean of those that
        are would fall as they become fewer. NaN where the origin is blank.

    Raises
    ------
    LayerError
        If `k` is below 1.
    """
    return _series(costs, origins, _least(costs, origins, k).mean(axis=1), "mean_cost_s")


def opportunities(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    origins: pd.Index[Any],
    *,
    decay: Decay,
) -> pd.Series[float]:
    """Return the supply in reach of each origin, weighted by what it costs to get there.

    With `Binary` these are cumulative opportunities, with any other decay a gravity
    measure (Hansen 1959): the sum of supply times weight.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s` and, if known, `reason`; or a matrix.
    supply
        What each destination offers, index its id; destinations it leaves out offer nothing.
    origins
        Ids for which to answer.
    decay
        Seconds -> weight.

    Returns
    -------
    pandas.Series
        `opportunities`, in the unit of supply; 0 where nothing is in reach, NaN where the
        origin is blank.

    Raises
    ------
    LayerError
        If a supply is blank or below 0, or an id or a pair stands twice.
    """
    reach = reach_of(costs, origins, decay=decay)
    offered = amounts(supply, reach.destinations, where="supply")
    return reach.series(reach.gather(offered), "opportunities")


def _series(
    costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any], found: Floats, name: str
) -> pd.Series[float]:
    blank = reasons_of(costs, origins) > 0
    return pd.Series(np.where(blank, np.nan, found), index=origins, name=name)


def _least(costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any], k: int) -> Floats:
    """Return the `k` least costs of each origin in seconds, infinite where there is none."""
    if k < 1:
        raise LayerError(Fault(where="k", what=f"is {k}", fix="give 1 or more"))
    require_unique(origins, where="origins")
    if isinstance(costs, CostMatrix):
        return _least_of_matrix(costs, origins, k)
    require_columns(costs, ["from_id", "cost_s"], where="costs")
    cost_s = costs["cost_s"].to_numpy(float)
    start = origins.get_indexer(pd.Index(costs["from_id"]))
    used = np.isfinite(cost_s) & (start >= 0)
    start, cost_s = start[used], cost_s[used]
    order = np.lexsort((cost_s, start))
    start, cost_s = start[order], cost_s[order]
    nth = np.arange(len(start)) - np.searchsorted(start, start)
    found = np.full((len(origins), k), np.inf)
    found[start[nth < k], nth[nth < k]] = cost_s[nth < k]
    return found


def _least_of_matrix(matrix: CostMatrix, origins: pd.Index[Any], k: int) -> Floats:
    from landuse.access.kernels import nearest_of  # noqa: PLC0415 - imports numba

    place = matrix.origins.get_indexer(origins)
    row = np.where(place >= 0, matrix.rows[place], -1)
    used = np.flatnonzero(np.bincount(row[row >= 0], minlength=len(matrix.cost)))
    units = np.full((len(matrix.cost) + 1, k), np.inf)  # the last is what a blank origin finds
    found = np.full((len(used), k), np.inf)
    nearest_of(matrix.cost, used.astype(np.int32), matrix.largest, found)
    units[used] = found
    legs = 0.0 if matrix.leg_s is None else matrix.leg_s[place, None].astype(np.float64)
    least_s: Floats = units[row] * matrix.unit_s + legs
    return least_s
