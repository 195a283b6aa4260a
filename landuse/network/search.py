"""One search made ready: the graph as it is searched, and every place's way onto it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.network.graph import snap

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from landuse.network.graph import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Task", "make_task", "nearest_over_network", "over_network", "short_ways"]

DIRECTIONS = ("to", "from")


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Places on the network: where, and the seconds to and from the ends of their edge."""

    ids: pd.Index[Any]
    xy: Floats
    """Metres, NaN where blank."""
    snapped: pd.DataFrame
    tail: Ints
    head: Ints
    out_s: tuple[Floats, Floats]
    """Seconds from the place to tail and head, in the direction of the search."""
    in_s: tuple[Floats, Floats]
    """Seconds from tail and head to the place."""

    @property
    def on(self) -> NDArray[np.bool_]:
        """Which places are on the network."""
        found: NDArray[np.bool_] = self.snapped["edge"].to_numpy() >= 0
        return found


@dataclass(frozen=True, kw_only=True)
class Task:
    """A search made ready: the graph as it is searched, with a node for each destination."""

    graph: csr_array
    nodes: int
    component: NDArray[np.int32]
    along_s: tuple[Floats, Floats]
    """Seconds of each edge ahead and back, in the direction of the search."""
    here: Ends
    there: Ends
    s_per_m: float


def make_task(
    network: Network,
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
    *,
    off_network_kmh: float,
    within_m: float,
    direction: str,
) -> Task:
    """Turn the graph as the direction asks and put every place on it.

    Raises
    ------
    LayerError
        If the direction is neither `to` nor `from`.
    """
    if direction not in DIRECTIONS:
        what = f"is {direction!r}"
        raise LayerError(Fault(where="direction", what=what, fix="give 'to' or 'from'"))
    graph = network.graph
    along_s = network.edges["ahead_s"].to_numpy(), network.edges["back_s"].to_numpy()
    if direction == "to":
        graph, along_s = graph.T.tocsr(), along_s[::-1]
    s_per_m = 3.6 / off_network_kmh
    here, there = (
        _ends(network, places, along_s, s_per_m, within_m) for places in (origins, destinations)
    )
    return Task(
        graph=_with_places(graph, there),
        nodes=len(network.nodes),
        component=network.component,
        along_s=along_s,
        here=here,
        there=there,
        s_per_m=s_per_m,
    )


def _ends(
    network: Network,
    places: gpd.GeoSeries,
    along_s: tuple[Floats, Floats],
    s_per_m: float,
    within_m: float,
) -> Ends:
    snapped = snap(network, places, within_m=within_m)
    edge, share = snapped["edge"].to_numpy(), snapped["share"].fillna(0.0).to_numpy()
    leg_s = snapped["snap_m"].to_numpy() * s_per_m
    ahead_s, back_s = (np.where(edge >= 0, part[edge], np.inf) for part in along_s)
    leg_s = np.where(edge >= 0, leg_s, np.inf)
    return Ends(
        ids=places.index,
        xy=np.column_stack([places.x, places.y]) if len(places) else np.zeros((0, 2)),
        snapped=snapped,
        tail=network.edges["tail"].to_numpy()[edge],
        head=network.edges["head"].to_numpy()[edge],
        out_s=(leg_s + _part(share, back_s), leg_s + _part(1 - share, ahead_s)),
        in_s=(leg_s + _part(share, ahead_s), leg_s + _part(1 - share, back_s)),
    )


def _part(share: Floats, seconds: Floats) -> Floats:
    """Return a share of an edge's seconds; none of a one-way edge is nothing, not unknown."""
    part: Floats = np.multiply(share, seconds, out=np.zeros_like(share), where=share > 0)
    return part


def _with_places(graph: csr_array, places: Ends) -> csr_array:
    """Add a node for each place, with edges to the ends of the edge that it lies on."""
    from scipy.sparse import coo_array, csr_array  # noqa: PLC0415 - half a second

    size, old = graph.shape[0] + len(places.ids), graph.tocoo()
    own = graph.shape[0] + np.arange(len(places.ids))
    rows = np.concatenate([old.row, own, own])
    cols = np.concatenate([old.col, places.tail, places.head])
    seconds = np.concatenate([old.data, *places.out_s])
    led = np.isfinite(seconds)
    return csr_array(coo_array((seconds[led], (rows[led], cols[led])), shape=(size, size)))


def over_network(task: Task, part: Ints, cutoff_s: float) -> Floats:
    """Return seconds over the network, shape (destinations of this part, origins)."""
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - half a second

    found = dijkstra(task.graph, indices=task.nodes + part, limit=cutoff_s)
    here = task.here
    by_tail, by_head = found[:, here.tail] + here.in_s[0], found[:, here.head] + here.in_s[1]
    best: Floats = np.minimum(by_tail, by_head)
    return best


def nearest_over_network(task: Task, cutoff_s: float) -> tuple[Floats, Ints]:
    """Return each origin's seconds to the nearest destination over the network, and which."""
    from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415 - half a second

    here, starts = task.here, task.nodes + np.flatnonzero(task.there.on)
    if len(starts) == 0:
        return np.full(len(here.ids), np.inf), np.full(len(here.ids), -1)
    found, _, source = dijkstra(
        task.graph, indices=starts, limit=cutoff_s, min_only=True, return_predecessors=True
    )
    by_tail, by_head = found[here.tail] + here.in_s[0], found[here.head] + here.in_s[1]
    place = np.where(by_tail <= by_head, source[here.tail], source[here.head]) - task.nodes
    return np.minimum(by_tail, by_head), place


def short_ways(task: Task, part: Ints) -> Floats:
    """Return seconds that need no junction: along one edge, or straight where that is near.

    Infinite elsewhere; shape (destinations of this part, origins).
    """
    here, there = task.here.snapped, task.there.snapped.iloc[part]
    gap = task.here.xy[None] - task.there.xy[part][:, None]
    gap_m = np.hypot(gap[..., 0], gap[..., 1])
    legs_m = here["snap_m"].to_numpy() + there["snap_m"].to_numpy()[:, None]
    straight = (gap_m <= legs_m) | (gap_m == 0)
    cost_s = np.where(straight, gap_m * task.s_per_m, np.inf)
    dest, origin = np.nonzero(
        (here["edge"].to_numpy() == there["edge"].to_numpy()[:, None]) & task.here.on
    )
    ahead_s, back_s = (seconds[here["edge"].to_numpy()[origin]] for seconds in task.along_s)
    # The search runs from the destination: ahead when the origin lies beyond it.
    along = here["share"].to_numpy()[origin] - there["share"].to_numpy()[dest]
    same_s = _part(np.maximum(along, 0), ahead_s) + _part(np.maximum(-along, 0), back_s)
    same_s += legs_m[dest, origin] * task.s_per_m
    cost_s[dest, origin] = np.minimum(cost_s[dest, origin], same_s)
    return cost_s
