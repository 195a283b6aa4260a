"""Seconds between places over a network, or why there are none.

Searches start from the facilities, on the turned graph where people travel *to* them, so a
city of cells costs one search for each facility and not one for each cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.hierarchy import matrix, nearest_of_all
from landuse.hierarchy import nearest as nearest_by_hierarchy
from landuse.network.plain import nearest_plain, seconds_plain
from landuse.network.reasons import named, reasons_of_nearest, reasons_of_pairs
from landuse.network.task import make_task, ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from landuse.network.graph import Network
    from landuse.network.prepared import Prepared
    from landuse.network.snapping import Snapping
    from landuse.network.task import Points, Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["nearest", "seconds_in_chunks", "travel_costs"]

CHUNK_NUMBERS = 8_000_000
"""Costs held at once while searching: 64 MB."""


def travel_costs(
    network: Network | Prepared,
    origins: Points,
    destinations: Points,
    *,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
    keep_blanks: bool = True,
) -> pd.DataFrame:
    """Return the seconds between all origins and destinations.

    Parameters
    ----------
    network
        The network. `prepare` chooses the engine; a large one that was not prepared gets a
        hierarchy here, a small one is searched plainly.
    origins, destinations
        Points in its system, index their ids; searches start from the destinations. A table
        may price its legs in `off_network_s`. Or places that `put_on_streets` has put on
        this network before, which saves most of the time of a search.
    off_network_kmh
        Speed from a place to its edge and from an edge to its place. Where the straight
        way between two places is no longer than both of these legs together, it is taken,
        unless the legs are priced: then what lies between is for the surface to say.
    cutoff_s
        Stop there; dearer pairs are blank.
    within_m
        Places farther than this from every edge are off the network; or a `Snapping`.
    direction
        `to`: from origin to destination; `from`: the other way, as an ambulance drives;
        `there_and_back`: the sum of both.
    keep_blanks
        Whether pairs without a cost stay in the table.

    Returns
    -------
    pandas.DataFrame
        `from_id`, `to_id` (always origin and destination), `cost_s` (NaN where blank) and
        `reason`: `no_facility_data` (the destination has no coordinates), `outside_data`
        (the origin has none), `off_network`, `island` (no way leads there) or
        `beyond_cutoff`. A place to itself costs 0.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If the direction is none of these.
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
    tables = [
        _pairs(task, part, cost_s, keep_blanks=keep_blanks)
        for part, cost_s in seconds_in_chunks(task)
    ]
    columns = {"from_id": "object", "to_id": "object", "cost_s": "float64", "reason": "str"}
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat(tables, ignore_index=True) if tables else empty


def nearest(
    network: Network | Prepared,
    origins: Points,
    destinations: Points,
    *,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float | Snapping = np.inf,
    direction: str = "to",
) -> pd.DataFrame:
    """Return each origin's nearest destination by cost, in one search for all of them.

    Parameters
    ----------
    network, origins, destinations, off_network_kmh, cutoff_s, within_m, direction
        As for `travel_costs`; but a network that was not prepared is searched plainly,
        which one search alone does not make up for.

    Returns
    -------
    pandas.DataFrame
        Index of `origins`; `cost_s` (NaN where blank), `to_id` and `reason`, each empty
        where the other is not.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If the direction is none of those of `travel_costs`.
    """
    both = direction == "there_and_back"
    task = make_task(
        ready(network) if both else network,
        origins,
        destinations,
        off_network_kmh=off_network_kmh,
        cutoff_s=cutoff_s,
        within_m=within_m,
        direction=direction,
    )
    cost_s, place = _nearest(task)
    code = reasons_of_nearest(task, cost_s)
    names = pd.array([*task.there.ids.astype(str), ""], dtype="str")
    return pd.DataFrame(
        {
            "cost_s": np.where(code == 0, cost_s, np.nan),
            "to_id": names.take(np.where(code == 0, place, len(names) - 1)),
            "reason": named(code),
        },
        index=task.here.ids,
    )


def _nearest(task: Task) -> tuple[Floats, Ints]:
    """Return each origin's least seconds and which destination that is."""
    if task.fast and task.direction != "there_and_back":
        return nearest_of_all(task.search)
    if task.fast:
        cost_s, place = nearest_by_hierarchy(task.search, 1)
        return cost_s[:, 0], place[:, 0]
    if task.direction != "there_and_back":
        return nearest_plain(task)
    least, which = np.full(len(task.here), np.inf), np.full(len(task.here), -1)
    for part, seconds in seconds_in_chunks(task):
        first = seconds.argmin(axis=0)
        found = seconds[first, np.arange(len(least))]
        which = np.where(found < least, part[first], which)
        least = np.minimum(found, least)
    return least, which


def seconds_in_chunks(task: Task) -> Iterator[tuple[Ints, Floats]]:
    """Return the destinations in turn, some at once, with their seconds from all origins.

    Seconds have the shape (destinations, origins), infinite where no way leads; those past
    the cutoff may be there or not.
    """
    width = len(task.here) + (0 if task.fast else len(task.prepared.network.nodes))
    step = max(1, CHUNK_NUMBERS // max(width, 1))
    for start in range(0, len(task.there), step):
        part = np.arange(start, min(start + step, len(task.there)))
        if task.fast:
            yield part, matrix(task.only(part).search, out=np.empty((len(task.here), len(part)))).T
        else:
            yield part, seconds_plain(task, part)


def _pairs(task: Task, part: Ints, cost_s: Floats, *, keep_blanks: bool) -> pd.DataFrame:
    """Return one row for each pair, destination by destination."""
    code = reasons_of_pairs(task, part, cost_s)
    dest, origin = np.nonzero((code == 0) | keep_blanks)
    why = code[dest, origin]
    return pd.DataFrame(
        {
            "from_id": task.here.ids.to_numpy()[origin],
            "to_id": task.there.ids.to_numpy()[part[dest]],
            "cost_s": np.where(why == 0, cost_s[dest, origin], np.nan),
            "reason": named(why),
        }
    )
