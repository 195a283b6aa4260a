"""Places put on the edges of a network, and a report of where and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import same_crs
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.network.graph import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Codes = NDArray[np.int8]

__all__ = ["WHY", "Snapping", "matters", "snap", "snapped"]

WHY = ("", "beyond_cutoff", "island", "off_network", "outside_data", "no_facility_data")
"""Reasons by their code, the graver the later."""


@dataclass(frozen=True, kw_only=True)
class Snapping:
    """How places find their street.

    A street matters if one can leave both of its ends and come back there within a part of
    the network that is large enough: one-way traps and car parks cut off by the edge of the
    data do not count.
    """

    within_m: float = np.inf
    """Places farther than this from every street that matters are off the network."""
    least_nodes: int = 40
    """A part of so many nodes matters."""
    least_share: float = 0.05
    """So does one with this share of all nodes; networks of under 40 nodes matter whole."""
    farther_m: float = 300.0
    """A place lies on an island if it is this much nearer to a street that does not matter."""


def matters(network: Network, snapping: Snapping) -> NDArray[np.bool_]:
    """Return which edges lie in a part of the network that matters.

    Parameters
    ----------
    network
        The network.
    snapping
        What matters.

    Returns
    -------
    numpy.ndarray
        True or false for each edge.
    """
    nodes = len(network.nodes)
    least = min(snapping.least_nodes, int(snapping.least_share * nodes))
    if least <= 1:
        return np.ones(len(network.edges), dtype=bool)
    tail, head = (network.strong[network.edges[end].to_numpy()] for end in ("tail", "head"))
    large = np.bincount(network.strong) >= least
    found: NDArray[np.bool_] = (tail == head) & large[tail]
    return found


def snap(
    network: Network,
    places: gpd.GeoSeries,
    *,
    within_m: float | Snapping = np.inf,
) -> pd.DataFrame:
    """Return the nearest point of the network for each place, on an edge, not at a node.

    Parameters
    ----------
    network
        The network.
    places
        Points in the network's system, blank ones allowed.
    within_m
        Places farther than this from every edge are off the network; or a `Snapping`.

    Returns
    -------
    pandas.DataFrame
        Index of `places`; `edge` (row of the network's edges, -1 where refused), `share`
        (0 at the tail to 1 at the head of the edge), `snap_m` (NaN where refused),
        `component` (weak, -1 where refused) and `why` it was refused: `outside_data` (the
        place has no coordinates), `off_network` or `island`, else empty.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If a place is no point.
    """
    rules = within_m if isinstance(within_m, Snapping) else Snapping(within_m=within_m)
    _, edge, share, snap_m, why = snapped(network, places, rules)
    on = edge >= 0
    tail = network.edges["tail"].to_numpy()
    return pd.DataFrame(
        {
            "edge": edge,
            "share": share,
            "snap_m": snap_m,
            "component": np.where(on, network.component[tail[np.where(on, edge, 0)]], -1),
            "why": pd.array(WHY, dtype="str").take(why),
        },
        index=places.index,
    )


def snapped(
    network: Network, places: gpd.GeoSeries, rules: Snapping
) -> tuple[Floats, Ints, Floats, Floats, Codes]:
    """Return the same as arrays: coordinates, edge, share, metres, place in `WHY`."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    shapes = np.asarray(places.array)
    xy = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
    blank = np.isnan(xy[:, 0])
    unfit = blank & ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if unfit.any():
        what = f"{int(unfit.sum())} are no points"
        raise LayerError(Fault(where="places", what=what, fix="give points, or centres of areas"))
    edge, why = np.full(len(xy), -1), np.full(len(xy), WHY.index("outside_data"), dtype=np.int8)
    share, snap_m = np.full(len(xy), np.nan), np.full(len(xy), np.nan)
    if not blank.all():
        same_crs(places, network.edges, where="places and network")
        given = np.flatnonzero(~blank) if blank.any() else slice(None)
        edge[given], share[given], snap_m[given], why[given] = _on_streets(
            network, xy[given], rules
        )
    return xy, edge, share, snap_m, why


def _on_streets(
    network: Network, points: Floats, rules: Snapping
) -> tuple[Ints, Floats, Floats, Codes]:
    """Return edge, share, metres and why refused of points that have coordinates."""
    counts = matters(network, rules)
    edge, share, far_m = network.lines.nearest(points, chosen=counts, within_m=rules.within_m)
    why = np.where(edge >= 0, 0, WHY.index("off_network")).astype(np.int8)
    # Where a street that matters is as near as that no other can stand in its way.
    doubt = np.flatnonzero(~(far_m <= rules.farther_m))
    if len(doubt) and not counts.all():
        nearer_m = np.where(edge >= 0, far_m - rules.farther_m, rules.within_m)[doubt]
        other, _, _ = network.lines.nearest(points[doubt], chosen=~counts, within_m=nearer_m)
        cut_off = doubt[other >= 0]
        edge[cut_off], share[cut_off], far_m[cut_off] = -1, np.nan, np.nan
        why[cut_off] = WHY.index("island")
    return edge, share, far_m, why
