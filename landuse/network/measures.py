"""Measures over a network that never hold the matrix of all costs.

With a prepared network each answer is summed up while the search runs; a plain one is
searched chunk by chunk. Both keep memory flat.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.decay import Binary, Exponential, Gaussian, Linear, Stepped
from landuse.errors import Fault, LayerError
from landuse.hierarchy import Weighing, matrix, sums_by_source, sums_by_target
from landuse.hierarchy import nearest as nearest_by_hierarchy
from landuse.network.reasons import named, reasons_of_nearest
from landuse.network.snapping import WHY
from landuse.network.task import make_task, ready
from landuse.network.travel import seconds_in_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.decay import Decay
    from landuse.network.graph import Network
    from landuse.network.placing import Placed
    from landuse.network.prepared import Prepared
    from landuse.network.snapping import Snapping
    from landuse.network.task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Places = gpd.GeoSeries | gpd.GeoDataFrame | Placed

__all__ = ["cost_matrix", "nearest_k", "opportunities", "people_within"]

DECAYS = (Binary, Stepped, Linear, Exponential, Gaussian)
TURNED = {"to": "from", "from": "to"}
"""The direction of the same travel when origins and destinations change places."""

ROWS = 2_000_000
"""Pairs handed on at once."""


def nearest_k(
    network: Network | Prepared,
    origins: Places,
    destinations: Places,
    *,
    count: int,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
) -> pd.DataFrame:
    """Return each origin's nearest destinations by cost.

    Parameters
    ----------
    network, origins, destinations, off_network_kmh, cutoff_s, within_m, direction
        As for `travel_costs`.
    count
        How many.

    Returns
    -------
    pandas.DataFrame
        `count` rows for each origin: `from_id`, `rank` (from 1), `to_id`, `cost_s` and
        `reason`, as in `nearest`. Ranks beyond the last that can be reached are blank; where
        more destinations lie beyond the cutoff that is the reason, else `island`.
    """
    task = make_task(
        ready(network),
        origins,
        destinations,
        off_network_kmh=off_network_kmh,
        cutoff_s=cutoff_s,
        within_m=within_m,
        direction=direction,
    )
    cost_s, place = _nearest_k(task, count)
    past = ~(cost_s <= cutoff_s)
    cost_s, place = np.where(past, np.inf, cost_s), np.where(past, -1, place)
    some = np.arange(count) >= int(task.there.on.sum())
    code = np.column_stack(
        [
            reasons_of_nearest(task, cost_s[:, rank], fewer=np.full(len(cost_s), some[rank]))
            for rank in range(count)
        ]
    )
    names = pd.array([*task.there.ids.astype(str), ""], dtype="str")
    return pd.DataFrame(
        {
            "from_id": np.repeat(task.here.ids.to_numpy(), count),
            "rank": np.tile(np.arange(1, count + 1), len(task.here)),
            "to_id": names.take(np.where(code == 0, place, len(names) - 1).ravel()),
            "cost_s": np.where(code == 0, cost_s, np.nan).ravel(),
            "reason": named(code),
        }
    )


def people_within(
    network: Network | Prepared,
    people: gpd.GeoDataFrame,
    candidates: Places,
    *,
    columns: list[str],
    off_network_kmh: float,
    decay: Decay,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
) -> pd.DataFrame:
    """Return how many people come to each candidate site, weighed by what it costs them.

    Parameters
    ----------
    network, off_network_kmh, within_m, direction
        As for `travel_costs`; `to`: people come to the site.
    people
        Points with counts.
    candidates
        Points; every node of the network is `gpd.GeoSeries(gpd.points_from_xy(*nodes.T))`.
    columns
        Of `people`: the groups to count; blanks count as nobody.
    decay
        From `landuse.decay`; `Binary(cutoff_s=900)` counts all within 15 minutes.

    Returns
    -------
    pandas.DataFrame
        Index of `candidates`; the columns, and `reason` where a candidate is off the
        network, NaN there.
    """
    task = make_task(
        ready(network),
        people,
        candidates,
        off_network_kmh=off_network_kmh,
        cutoff_s=decay.cutoff_s,
        within_m=within_m,
        direction=direction,
    )
    amounts = people[columns].fillna(0.0).to_numpy(float)
    if task.fast and isinstance(decay, DECAYS):
        sums = sums_by_source(task.search, amounts, weighing_of(decay))
    else:
        sums = np.zeros((len(task.there), len(columns)))
        for part, cost_s in seconds_in_chunks(task):
            sums[part] = decay(cost_s) @ amounts
    return _table(sums, columns, task.there.ids, task.there.why, missing="no_facility_data")


def opportunities(
    network: Network | Prepared,
    origins: Places,
    destinations: gpd.GeoDataFrame,
    *,
    columns: list[str],
    off_network_kmh: float,
    decay: Decay,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
) -> pd.DataFrame:
    """Return what each origin can reach, weighed by what it costs.

    Parameters
    ----------
    network, origins, off_network_kmh, within_m, direction
        As for `travel_costs`.
    destinations
        Points with amounts.
    columns
        Of `destinations`: what to add up; blanks count as nothing.
    decay
        From `landuse.decay`.

    Returns
    -------
    pandas.DataFrame
        Index of `origins`; the columns, and `reason` where an origin is off the network,
        NaN there. Nothing within reach is 0.
    """
    task = make_task(
        ready(network),
        origins,
        destinations,
        off_network_kmh=off_network_kmh,
        cutoff_s=decay.cutoff_s,
        within_m=within_m,
        direction=direction,
    )
    amounts = destinations[columns].fillna(0.0).to_numpy(float)
    if task.fast and isinstance(decay, DECAYS):
        sums = sums_by_target(task.search, amounts, weighing_of(decay))
    else:
        sums = np.zeros((len(task.here), len(columns)))
        for part, cost_s in seconds_in_chunks(task):
            sums += decay(cost_s).T @ amounts[part]
    return _table(sums, columns, task.here.ids, task.here.why, missing="outside_data")


def cost_matrix(
    network: Network | Prepared,
    origins: Places,
    destinations: Places,
    *,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
    into: Callable[[pd.DataFrame], Any] | None = None,
) -> NDArray[np.float32] | None:
    """Return all costs as an array, or hand them on as tables, some at once.

    Parameters
    ----------
    network, origins, destinations, off_network_kmh, cutoff_s, within_m, direction
        As for `travel_costs`.
    into
        Takes tables of `from_id`, `to_id` and `cost_s` (32 bits), origin by origin, pairs
        without a cost left out: `landuse.sources.costfile.costs_file` writes Parquet.

    Returns
    -------
    numpy.ndarray or None
        Seconds in 32 bits, shape (origins, destinations), infinite where blank; nothing if
        the costs were handed on.
    """
    ask = partial(
        make_task,
        ready(network),
        off_network_kmh=off_network_kmh,
        cutoff_s=cutoff_s,
        within_m=within_m,
    )
    if into is None and len(origins) < len(destinations):
        # Each destination is a search; from the few origins it is fewer.
        turned = _array(ask(destinations, origins, direction=TURNED.get(direction, direction)))
        return np.ascontiguousarray(turned.T)
    task = ask(origins, destinations, direction=direction)
    if into is None:
        return _array(task)
    step = max(1, ROWS // max(len(task.there), 1))
    for start in range(0, len(task.here), step):
        some = np.arange(start, min(start + step, len(task.here)))
        cost_s = _array(task.only(origins=some))
        row, col = np.nonzero(np.isfinite(cost_s))
        ids = task.here.ids.to_numpy()[some[row]], task.there.ids.to_numpy()[col]
        into(pd.DataFrame({"from_id": ids[0], "to_id": ids[1], "cost_s": cost_s[row, col]}))
    return None


def weighing_of(decay: Decay) -> Weighing:
    """Return a decay as the hierarchy takes it.

    Raises
    ------
    LayerError
        If it is none of the shapes of `landuse.decay`.
    """
    if isinstance(decay, Binary):
        return Weighing(shape=0, limits_s=(decay.cutoff_s,), numbers=(1.0,))
    if isinstance(decay, Stepped):
        return Weighing(shape=0, limits_s=decay.limits_s, numbers=decay.weights)
    if isinstance(decay, Linear):
        return Weighing(shape=1, limits_s=(decay.cutoff_s,), numbers=(decay.cutoff_s,))
    if isinstance(decay, Exponential | Gaussian):
        shape = 2 if isinstance(decay, Exponential) else 3
        return Weighing(shape=shape, limits_s=(decay.cutoff_s,), numbers=(decay.scale_s,))
    what = f"is a {type(decay).__name__}"
    raise LayerError(Fault(where="decay", what=what, fix="use a shape of landuse.decay"))


def _nearest_k(task: Task, count: int) -> tuple[Floats, Ints]:
    if task.fast:
        return nearest_by_hierarchy(task.search, count)
    least = np.full((len(task.here), count), np.inf)
    which = np.full(least.shape, -1)
    for part, cost_s in seconds_in_chunks(task):
        seconds = np.column_stack([least, cost_s.T])
        places = np.column_stack([which, np.broadcast_to(part, cost_s.T.shape)])
        order = np.argsort(seconds, axis=1, kind="stable")[:, :count]
        least = np.take_along_axis(seconds, order, axis=1)
        which = np.take_along_axis(places, order, axis=1)
    return least, np.where(np.isfinite(least), which, -1)


def _array(task: Task) -> NDArray[np.float32]:
    if task.fast:
        return matrix(task.search)
    found = np.full((len(task.here), len(task.there)), np.inf, dtype=np.float32)
    for part, cost_s in seconds_in_chunks(task):
        found[:, part] = np.where(cost_s <= task.cutoff_s, cost_s, np.inf).T
    return found


def _table(
    sums: Floats,
    columns: list[str],
    ids: pd.Index[Any],
    why: NDArray[np.int8],
    *,
    missing: str,
) -> pd.DataFrame:
    """Return sums where places are on the network, and why not elsewhere."""
    table = pd.DataFrame(np.where((why == 0)[:, None], sums, np.nan), columns=columns, index=ids)
    outside = why == WHY.index("outside_data")
    return table.assign(reason=named(np.where(outside, WHY.index(missing), why)))
