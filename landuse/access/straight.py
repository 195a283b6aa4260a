"""Measures of access, from a table of costs: one number for each origin.

The words are those of the R package `accessibility`: a *cost* is what a pair pays, a
*decay* turns it into a weight, *opportunities* are the supply in reach. A pair without a
cost (NaN) is out of reach. Every measure is a Series named after itself, with the index of
its subject; nothing given is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs
from landuse.schema import require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.decay import Decay

__all__ = ["nearest_cost", "opportunities", "straight_line", "two_step_fca"]

REASONS_HERE = ("", "no_facility_data", "outside_data")
"""Why a straight line may be blank."""


def nearest_cost(costs: pd.DataFrame, origins: pd.Index[Any]) -> pd.Series[float]:
    """Return the seconds from each origin to its nearest destination.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s`.
    origins
        Ids for which to answer.

    Returns
    -------
    pandas.Series
        `nearest_cost_s`, infinite where no destination is in reach.
    """
    require_columns(costs, ["from_id", "cost_s"], where="costs")
    least = costs.groupby("from_id", observed=True)["cost_s"].min()
    return least.reindex(origins).fillna(np.inf).rename("nearest_cost_s")


def opportunities(
    costs: pd.DataFrame, supply: pd.Series[float], origins: pd.Index[Any], *, decay: Decay
) -> pd.Series[float]:
    """Return the supply in reach of each origin, weighted by what it costs to get there.

    With `Binary` these are cumulative opportunities, with any other decay a gravity
    measure (Hansen 1959): the sum of supply times weight.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s`.
    supply
        What each destination offers, index its id; destinations it leaves out offer nothing.
    origins
        Ids for which to answer.
    decay
        Seconds -> weight.

    Returns
    -------
    pandas.Series
        `opportunities`, in the unit of supply; 0 where nothing is in reach.
    """
    weights = _weights(costs, decay)
    offered = _looked_up(supply, weights["to_id"]) * weights["weight"]
    found = offered.groupby(weights["from_id"], observed=True).sum()
    return found.reindex(origins).fillna(0.0).rename("opportunities")


def two_step_fca(
    costs: pd.DataFrame,
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
        `from_id`, `to_id`, `cost_s`.
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
        `two_step_fca`, supply per person; 0 where nothing is in reach. Where every
        destination meets `least_demand`, the sum over origins of demand times this is
        exactly the supply that anybody reaches.
    """
    weights = _weights(costs, decay)
    people = _looked_up(demand, weights["from_id"]) * weights["weight"]
    reached = people.groupby(weights["to_id"], observed=True).sum().clip(lower=least_demand)
    ratio = _looked_up(supply / reached, weights["to_id"])
    shares = (ratio * weights["weight"]).groupby(weights["from_id"], observed=True).sum()
    return shares.reindex(demand.index).fillna(0.0).rename("two_step_fca")


def _weights(costs: pd.DataFrame, decay: Decay) -> pd.DataFrame:
    """Return the pairs that weigh anything, with their `weight`."""
    require_columns(costs, ["from_id", "to_id", "cost_s"], where="costs")
    weight = decay(costs["cost_s"].to_numpy())
    counts = weight > 0
    return costs.loc[counts, ["from_id", "to_id"]].assign(weight=weight[counts])


def _looked_up(amounts: pd.Series[float], ids: pd.Series[Any]) -> pd.Series[float]:
    """Return the amount of each id, 0 where it has none."""
    found = amounts.reindex(ids).fillna(0.0).to_numpy(float)
    return pd.Series(found, index=ids.index)


def straight_line(origins: gpd.GeoSeries, places: gpd.GeoSeries) -> pd.DataFrame:
    """Return the metres from each origin to the nearest place as the crow flies.

    Parameters
    ----------
    origins
        Points, or areas measured from their centre; index their ids.
    places
        Points in the same metric system, index their ids; blank ones are left out.

    Returns
    -------
    pandas.DataFrame
        Index of `origins`; `distance_m` (NaN where blank), `to_id` and `reason`
        (`no_facility_data` if no place has coordinates, `outside_data` if the origin has
        none), each empty where the other is not.

    Raises
    ------
    CrsError
        If a table is not metric or the two differ.
    """
    require_metric(origins, where="origins")
    known = places.index[~(places.isna() | places.is_empty)]
    distance_m = np.full(len(origins), np.nan)
    to_id, reason = np.full(len(origins), -1), np.zeros(len(origins), dtype=np.intp)
    if known.empty:
        reason[:] = REASONS_HERE.index("no_facility_data")
    else:
        import shapely  # noqa: PLC0415 - keeps the import of the package light
        from scipy.spatial import cKDTree  # noqa: PLC0415 - half a second

        same_crs(origins, places, where="origins and places")
        xy = _centres(origins)
        given = ~np.isnan(xy[:, 0])
        reason[~given] = REASONS_HERE.index("outside_data")
        tree = cKDTree(shapely.get_coordinates(places.to_numpy()))
        distance_m[given], to_id[given] = tree.query(xy[given], workers=-1)
    return pd.DataFrame(
        {
            "distance_m": distance_m,
            "to_id": pd.array([*known.astype(str), ""], dtype="str").take(to_id),
            "reason": pd.array(REASONS_HERE, dtype="str").take(reason),
        },
        index=origins.index,
    )


def _centres(places: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return the x and y of points, or of the centres of areas; NaN where there is none."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    centres = shapely.centroid(places.to_numpy())
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
