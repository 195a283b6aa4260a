"""Travel times over a window of wanted times, as tables and matrices, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.transit.reasons import blanks_of
from landuse.transit.search import blocks, lanes_of, make_search

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from landuse.transit.legs import Walks
    from landuse.transit.search import Block, Wanted
    from landuse.transit.timetable import Timetable

    Floats = NDArray[np.float32]

__all__ = ["cost_columns", "costs_by_time", "transit_costs", "transit_matrix"]


def transit_costs(
    timetable: Timetable,
    walks: Walks,
    *,
    wanted: Wanted,
    percentiles: Sequence[float] = (25, 50, 75),
    keep_blanks: bool = True,
    threads: int = 0,
) -> pd.DataFrame:
    """Return the seconds between all origins and destinations on foot and by what runs.

    Parameters
    ----------
    timetable
        What runs on a date.
    walks
        Access, egress and direct walks. Walking all the way competes with riding.
    wanted
        Which journeys: the window, the direction, limits.
    percentiles
        Of the wanted times, rising: the seconds that so many in a hundred do not exceed,
        see `landuse.transit.search.ranks_of`.
    keep_blanks
        Whether pairs that no wanted time serves stay in the table.
    threads
        How many to use; 0: one for each processor.

    Returns
    -------
    pandas.DataFrame
        `from_id`, `to_id` (always origin and destination); `cost_s` if one percentile is
        asked for, else `cost_s_25`, `cost_s_50` and so on (NaN where fewer wanted times
        than that have a journey); `reachable_share`, the share of wanted times with a
        journey within the cutoff; and `reason`, empty where no cost is blank:
        `outside_data`, `no_facility_data`, `island` or `off_network` as the walks say of a
        place without any leg (`off_network`: no stop and not the other place in walking
        reach), `no_service_that_day` (nothing runs, or none of the stops in walking reach
        has a departure or arrival on the date) or `beyond_cutoff`.

    Raises
    ------
    LayerError
        If walks and timetable do not fit together, or percentiles do not rise.
    """
    from_ids, to_ids = walks.access.from_ids, walks.egress.to_ids
    names = cost_columns(percentiles)
    blanks = blanks_of(timetable, walks, cutoff_s=wanted.cutoff_s)
    tables = []
    for block in _blocks(timetable, walks, wanted, percentiles, threads):
        known = ~np.isnan(block.costs)
        here, there = np.nonzero(known.any(axis=0) | keep_blanks)
        origin, destination = here + block.origins.start, there + block.destinations.start
        full = np.asarray(known[:, here, there].all(axis=0))
        tables.append(
            pd.DataFrame(
                {"from_id": from_ids[origin], "to_id": to_ids[destination]}
                | {name: block.costs[at, here, there] for at, name in enumerate(names)}
                | {
                    "reachable_share": block.share[here, there],
                    "reason": blanks.text(origin, destination, full),
                }
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else _no_costs(names)


def transit_matrix(
    timetable: Timetable,
    walks: Walks,
    *,
    wanted: Wanted,
    percentiles: Sequence[float] = (50,),
    threads: int = 0,
) -> Floats:
    """Return the seconds between all origins and destinations as an array.

    Parameters as for `transit_costs`.

    Returns
    -------
    numpy.ndarray
        float32, shape (percentiles, origins, destinations); NaN where `transit_costs` has
        a blank.
    """
    shape = len(percentiles), len(walks.access.from_ids), len(walks.egress.to_ids)
    found = np.full(shape, np.nan, dtype=np.float32)
    for block in _blocks(timetable, walks, wanted, percentiles, threads):
        found[:, block.origins, block.destinations] = block.costs
    return found


def costs_by_time(
    timetable: Timetable, walks: Walks, *, wanted: Wanted, threads: int = 0
) -> Floats:
    """Return the seconds of every wanted time, to draw or to average.

    Parameters as for `transit_costs`.

    Returns
    -------
    numpy.ndarray
        float32, shape (origins, destinations, wanted times); NaN where there is no journey
        within the cutoff. All of it is held in memory.
    """
    return lanes_of(make_search(timetable, walks, wanted), threads=threads)


def _blocks(
    timetable: Timetable,
    walks: Walks,
    wanted: Wanted,
    percentiles: Sequence[float],
    threads: int,
) -> Iterator[Block]:
    return blocks(make_search(timetable, walks, wanted), percentiles=percentiles, threads=threads)


def cost_columns(percentiles: Sequence[float]) -> list[str]:
    """Return the name of each percentile's column."""
    return ["cost_s"] if len(percentiles) == 1 else [f"cost_s_{each:g}" for each in percentiles]


def _no_costs(names: list[str]) -> pd.DataFrame:
    kinds = {"from_id": "object", "to_id": "object"} | dict.fromkeys(names, "float32")
    kinds |= {"reachable_share": "float32", "reason": "str"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
