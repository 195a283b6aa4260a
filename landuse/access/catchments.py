"""Floating catchments: supply per head where several places share several facilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.access.weighing import amounts, reach_of
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.access.costs import CostMatrix
    from landuse.decay import Decay

    Floats = NDArray[np.float64]

__all__ = ["balanced_fca", "spatial_availability", "three_step_fca", "two_step_fca"]


def two_step_fca(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    decay: Decay,
    least_demand: float = 1.0,
) -> pd.Series[float]:
    """Return supply per head by the two-step floating catchment area method.

    Step 1 divides each destination's supply by the weighted demand in its reach; step 2
    sums these ratios, weighted again, over the destinations in reach of each origin. With
    `Binary` it is 2SFCA (Luo and Wang 2003), with `Stepped` the enhanced one (Luo and Qi
    2009).

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s` and, if known, `reason`; or a matrix.
    supply
        What each destination offers, index its id.
    demand
        People of each origin, index its id: the subjects of the answer.
    decay
        Seconds -> weight.
    least_demand
        A destination with less weighted demand than this is shared as if it had as much:
        areal interpolation makes fractions of people, and 0.3 of one must not be handed a
        whole clinic. What is not handed out then stays unused.

    Returns
    -------
    pandas.Series
        `two_step_fca`, supply per person; 0 where nothing is in reach, NaN where the origin
        is blank. Where every destination meets `least_demand`, the sum over origins of
        demand times this is exactly the supply that anybody reaches.

    Raises
    ------
    LayerError
        If a supply or a demand is blank or below 0, an id or a pair stands twice, or
        `least_demand` is not above 0.
    """
    reach = reach_of(costs, demand.index, decay=decay)
    people = amounts(demand, reach.origins, where="demand")
    offered = amounts(supply, reach.destinations, where="supply")
    ratio = offered / _floored(reach.spread(people), least_demand)
    return reach.series(reach.gather(ratio), "two_step_fca")


def three_step_fca(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    decay: Decay,
    least_demand: float = 1.0,
) -> pd.Series[float]:
    """Return supply per head by the three-step floating catchment area method.

    As `two_step_fca`, but people first choose: each weight is multiplied by its share of
    all weights of its origin, `w * w / sum(w)` (Wan, Zou and Sternberg 2012). So somebody
    who has ten clinics at hand does not weigh on each of them as if it were the only one.

    Parameters
    ----------
    costs, supply, demand, decay, least_demand
        As for `two_step_fca`.

    Returns
    -------
    pandas.Series
        `three_step_fca`, supply per person; 0 where nothing is in reach, NaN where the
        origin is blank. As in `two_step_fca` nothing in reach is lost or invented.

    Raises
    ------
    LayerError
        As `two_step_fca`.
    """
    reach = reach_of(costs, demand.index, decay=decay)
    people = amounts(demand, reach.origins, where="demand")
    offered = amounts(supply, reach.destinations, where="supply")
    ratio = offered / _floored(reach.spread(people, shared=2), least_demand)
    return reach.series(reach.gather(ratio, shared=2), "three_step_fca")


def balanced_fca(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    decay: Decay,
    least_demand: float = 1.0,
) -> pd.Series[float]:
    """Return the level of service by balanced floating catchment areas.

    Weights are divided by their sum over each origin when people go to destinations, so
    that nobody is counted twice, and by their sum over each destination when its level of
    service (supply over the people it serves) comes back, so that no level is (Paez,
    Higgins and Vivona 2019).

    Parameters
    ----------
    costs, supply, demand, decay, least_demand
        As for `two_step_fca`. All ids of `demand` share in the levels of service, those
        without people too: leave these out unless they are meant.

    Returns
    -------
    pandas.Series
        `balanced_fca`; 0 where nothing is in reach, NaN where the origin is blank. Its sum
        over origins is the sum of the levels of service of all destinations in reach of
        anyone; it falls as cells become more and smaller, so compare it only between cells
        of one grid.

    Raises
    ------
    LayerError
        As `two_step_fca`.
    """
    reach = reach_of(costs, demand.index, decay=decay)
    people = amounts(demand, reach.origins, where="demand")
    offered = amounts(supply, reach.destinations, where="supply")
    level = offered / _floored(reach.spread(people, shared=1), least_demand)
    claims = reach.spread(np.ones(len(people)))
    part = np.divide(level, claims, out=np.zeros_like(level), where=claims > 0)
    return reach.series(reach.gather(part), "balanced_fca")


def spatial_availability(
    costs: pd.DataFrame | CostMatrix,
    supply: pd.Series[float],
    demand: pd.Series[float],
    *,
    decay: Decay,
    demand_exponent: float = 1.0,
    least_demand: float = 1.0,
) -> pd.Series[float]:
    """Return how much of all supply falls to each origin in fair competition.

    Each destination is shared out among its origins in proportion to their demand, raised
    to an exponent, times their weight (Soukhov, Paez, Higgins and Mohamed 2023). Divided by
    demand, with an exponent of 1, it is `two_step_fca`.

    Parameters
    ----------
    costs, supply, demand, decay
        As for `two_step_fca`.
    demand_exponent
        Below 1 favours small places, above 1 large ones.
    least_demand
        As for `two_step_fca`, of demand raised to the exponent and weighted.

    Returns
    -------
    pandas.Series
        `spatial_availability`, in the unit of supply; 0 where nothing is in reach or nobody
        lives, NaN where the origin is blank. Where every destination meets `least_demand`,
        its sum is the supply that anybody reaches.

    Raises
    ------
    LayerError
        As `two_step_fca`, or if the exponent is not above 0.
    """
    _require_positive("demand_exponent", demand_exponent)
    reach = reach_of(costs, demand.index, decay=decay)
    people = amounts(demand, reach.origins, where="demand") ** demand_exponent
    offered = amounts(supply, reach.destinations, where="supply")
    ratio = offered / _floored(reach.spread(people), least_demand)
    return reach.series(people * reach.gather(ratio), "spatial_availability")


def _floored(reached: Floats, least_demand: float) -> Floats:
    """Return demand, but nowhere less than the floor."""
    _require_positive("least_demand", least_demand)
    return np.maximum(reached, least_demand)


def _require_positive(name: str, number: float) -> None:
    if not 0 < number < np.inf:
        raise LayerError(Fault(where=name, what=f"is {number}", fix="give a number above 0"))
