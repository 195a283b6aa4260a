"""Access by timetable, summed up while searching: no matrix is ever held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.transit.reasons import blanks_of
from landuse.transit.search import blocks, make_search

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from landuse.transit.legs import Walks
    from landuse.transit.search import Block, Wanted
    from landuse.transit.timetable import Timetable

__all__ = ["nearest_by_transit", "opportunities_by_transit", "people_by_transit"]


def nearest_by_transit(
    timetable: Timetable,
    walks: Walks,
    *,
    wanted: Wanted,
    percentile: float = 50,
    threads: int = 0,
) -> pd.DataFrame:
    """Return each origin's destination of the least seconds.

    Parameters
    ----------
    timetable, walks, wanted, threads
        As for `landuse.transit.transit_costs`.
    percentile
        Of the wanted times; the same destination at every time.

    Returns
    -------
    pandas.DataFrame
        Index of origins; `cost_s` (NaN where blank), `to_id` (of several the first listed),
        `reachable_share` of that destination and `reason`; `to_id` and `reason` are empty
        where the other is not.
    """
    from_ids, to_ids = walks.access.from_ids, walks.egress.to_ids
    cost_s = np.full(len(from_ids), np.inf, dtype=np.float32)
    share, place = np.zeros(len(from_ids), dtype=np.float32), np.full(len(from_ids), -1)
    for block in _blocks(timetable, walks, wanted, percentile, threads):
        costs = np.where(np.isnan(block.costs[0]), np.float32(np.inf), block.costs[0])
        if not costs.size:
            continue
        best = costs.argmin(axis=1)
        rows = np.arange(len(best))
        better = np.flatnonzero(costs[rows, best] < cost_s[block.origins])
        at = better + block.origins.start
        cost_s[at], share[at] = costs[better, best[better]], block.share[better, best[better]]
        place[at] = best[better] + block.destinations.start
    names = np.append(np.asarray(to_ids.astype(str), dtype=object), "")
    known = place >= 0
    blanks = blanks_of(timetable, walks, cutoff_s=wanted.cutoff_s)
    return pd.DataFrame(
        {
            "cost_s": np.where(known, cost_s, np.nan),
            "to_id": pd.array(names[place], dtype="str"),
            "reachable_share": share,
            "reason": blanks.nearest(known),
        },
        index=from_ids,
    )


def opportunities_by_transit(
    timetable: Timetable,
    walks: Walks,
    supply: pd.DataFrame,
    *,
    wanted: Wanted,
    percentile: float = 50,
    threads: int = 0,
) -> pd.DataFrame:
    """Return what each origin reaches within the cutoff, of several things at once.

    Parameters
    ----------
    timetable, walks, wanted, threads
        As for `landuse.transit.transit_costs`.
    supply
        What destinations offer, a column for each thing, index their ids; those left out
        offer nothing.
    percentile
        A destination counts where that of the seconds is within the cutoff: with 50, at
        every other wanted time at least.

    Returns
    -------
    pandas.DataFrame
        Index of origins, columns of `supply`; 0 where nothing is in reach.

    Raises
    ------
    LayerError
        If supply is blank somewhere.
    """
    offered = _amounts(supply, walks.egress.to_ids, "supply")
    found = np.zeros((len(walks.access.from_ids), offered.shape[1]))
    for block in _blocks(timetable, walks, wanted, percentile, threads):
        within = ~np.isnan(block.costs[0])
        found[block.origins] += within @ offered[block.destinations]
    return pd.DataFrame(found, index=walks.access.from_ids, columns=supply.columns)


def people_by_transit(
    timetable: Timetable,
    walks: Walks,
    people: pd.DataFrame,
    *,
    wanted: Wanted,
    percentile: float = 50,
    threads: int = 0,
) -> pd.DataFrame:
    """Return how many people reach each destination within the cutoff, groups side by side.

    Parameters
    ----------
    timetable, walks, wanted, percentile, threads
        As for `opportunities_by_transit`.
    people
        Who lives at the origins, a column for each group, index their ids.

    Returns
    -------
    pandas.DataFrame
        Index of destinations, columns of `people`; 0 where nobody arrives.

    Raises
    ------
    LayerError
        If people are blank somewhere.
    """
    living = _amounts(people, walks.access.from_ids, "people")
    found = np.zeros((len(walks.egress.to_ids), living.shape[1]))
    for block in _blocks(timetable, walks, wanted, percentile, threads):
        within = ~np.isnan(block.costs[0])
        found[block.destinations] += within.T @ living[block.origins]
    return pd.DataFrame(found, index=walks.egress.to_ids, columns=people.columns)


def _blocks(
    timetable: Timetable, walks: Walks, wanted: Wanted, percentile: float, threads: int
) -> Iterator[Block]:
    search = make_search(timetable, walks, wanted)
    return blocks(search, percentiles=(percentile,), threads=threads)


def _amounts(table: pd.DataFrame, ids: pd.Index[Any], where: str) -> np.ndarray[Any, Any]:
    """Return amounts in the order of ids, 0 for those the table leaves out."""
    if table.isna().to_numpy().any():
        what = f"{int(table.isna().to_numpy().sum())} amounts are blank"
        raise LayerError(Fault(where=where, what=what, fix="fill them in, or leave the rows out"))
    return table.reindex(ids).fillna(0.0).to_numpy(float)
