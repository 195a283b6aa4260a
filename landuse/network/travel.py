"""Seconds between places over a network, or why there are none.

Searches start from the facilities, on the turned graph where people travel *to* them, so a
city of cells costs one search for each facility and not one for each cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.network.search import make_task, nearest_over_network, over_network, short_ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.network.graph import Network
    from landuse.network.search import Ends, Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["nearest", "travel_costs"]

CHUNK_NUMBERS = 8_000_000
"""Costs held at once while searching: 64 MB."""


def travel_costs(
    network: Network,
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
    *,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float = np.inf,
    direction: str = "to",
    keep_blanks: bool = True,
) -> pd.DataFrame:
    """Return the seconds between all origins and destinations.

    Parameters
    ----------
    network
        The network.
    origins, destinations
        Points in its system, index their ids; searches start from the destinations.
    off_network_kmh
        Speed from a place to its edge and from an edge to its place. Where the straight
        way between two places is no longer than both of these legs together, it is taken.
    cutoff_s
        Stop there; dearer pairs are blank.
    within_m
        Places farther than this from every edge are off the network.
    direction
        `to`: from origin to destination; `from`: the other way, as an ambulance drives.
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
        If the direction is neither `to` nor `from`.
    """
    task = make_task(
        network,
        origins,
        destinations,
        off_network_kmh=off_network_kmh,
        within_m=within_m,
        direction=direction,
    )
    tables = []
    for part in _chunks(len(destinations), len(network.nodes) + len(origins)):
        cost_s = np.minimum(over_network(task, part, cutoff_s), short_ways(task, part))
        tables.append(_pairs(task, part, cost_s, cutoff_s, keep_blanks=keep_blanks))
    columns = {"from_id": "object", "to_id": "object", "cost_s": "float64", "reason": "str"}
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat(tables, ignore_index=True) if tables else empty


def nearest(
    network: Network,
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
    *,
    off_network_kmh: float,
    cutoff_s: float = np.inf,
    within_m: float = np.inf,
    direction: str = "to",
) -> pd.DataFrame:
    """Return each origin's nearest destination by cost, in one search for all of them.

    Parameters
    ----------
    network, origins, destinations, off_network_kmh, cutoff_s, within_m, direction
        As for `travel_costs`.

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
        If the direction is neither `to` nor `from`.
    """
    task = make_task(
        network,
        origins,
        destinations,
        off_network_kmh=off_network_kmh,
        within_m=within_m,
        direction=direction,
    )
    cost_s, place = nearest_over_network(task, cutoff_s)
    for part in _chunks(len(destinations), len(origins)):
        short_s = short_ways(task, part)
        first = short_s.argmin(axis=0)
        better = short_s[first, np.arange(len(origins))] < cost_s
        cost_s = np.where(better, short_s[first, np.arange(len(origins))], cost_s)
        place = np.where(better, part[first], place)
    there = _parts(task, task.there)
    reason = _reasons(
        task,
        cost_s,
        cutoff_s,
        there=there.max(initial=-1, keepdims=True),
        blank_there=np.array([np.isnan(task.there.xy[:, 0]).all()]),
        apart=~np.isin(_parts(task, task.here), there),
    )
    names = np.append(np.asarray(destinations.index.astype(str), dtype=object), "")
    return pd.DataFrame(
        {
            "cost_s": np.where(reason == "", cost_s, np.nan),
            "to_id": names[np.where(reason == "", place, -1)],
            "reason": reason,
        },
        index=origins.index,
    ).astype({"to_id": "str", "reason": "str"})


def _chunks(count: int, width: int) -> Iterator[Ints]:
    step = max(1, CHUNK_NUMBERS // max(width, 1))
    for start in range(0, count, step):
        yield np.arange(start, min(start + step, count))


def _pairs(
    task: Task,
    part: Ints,
    cost_s: Floats,
    cutoff_s: float,
    *,
    keep_blanks: bool,
) -> pd.DataFrame:
    """Return one row for each pair, destination by destination."""
    there = _parts(task, task.there)[part][:, None]
    blank = np.isnan(task.there.xy[part, :1])
    apart = there != _parts(task, task.here)
    reason = _reasons(task, cost_s, cutoff_s, there=there, blank_there=blank, apart=apart)
    dest, origin = np.nonzero((reason == "") | keep_blanks)
    known = reason[dest, origin] == ""
    return pd.DataFrame(
        {
            "from_id": task.here.ids.to_numpy()[origin],
            "to_id": task.there.ids.to_numpy()[part[dest]],
            "cost_s": np.where(known, cost_s[dest, origin], np.nan),
            "reason": pd.array(reason[dest, origin], dtype="str"),
        }
    )


def _parts(task: Task, ends: Ends) -> NDArray[np.int32]:
    """Return the component each place hangs together with, -1 off the network."""
    return np.where(ends.on, task.component[ends.tail], -1)


def _reasons(
    task: Task,
    cost_s: Floats,
    cutoff_s: float,
    *,
    there: NDArray[np.int32],
    blank_there: NDArray[np.bool_],
    apart: NDArray[np.bool_],
) -> NDArray[np.str_]:
    """Say why costs are blank; destinations on the first axis if there are two."""
    here = _parts(task, task.here)
    known = np.isfinite(cost_s) & (cost_s <= cutoff_s)
    tests = [
        (blank_there, "no_facility_data"),
        (np.isnan(task.here.xy[:, 0]), "outside_data"),
        (known, ""),
        ((here < 0) | (there < 0), "off_network"),
        # Without a cutoff the search has seen everything that a way leads to.
        (apart | np.isinf(cutoff_s), "island"),
    ]
    return np.select(
        [np.broadcast_to(test, cost_s.shape) for test, _ in tests],
        [reason for _, reason in tests],
        default="beyond_cutoff",
    )
