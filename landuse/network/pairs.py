"""Pairs of places with a way that passes no junction: along one street, or straight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.hierarchy import Direct
from landuse.network.ends import part_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.network.ends import Ends
    from landuse.network.graph import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["direct_ways"]

MOST_CELLS = 128
"""Rows or columns of the grid in which places are looked up; fewer for few places, because a
row costs a look even where it is empty."""


def direct_ways(network: Network, here: Ends, there: Ends, *, s_per_m: float) -> Direct:
    """Return the pairs of origins and destinations with a direct way, and its seconds.

    Two places on one street go along it where it is open that way. Where the straight way
    is no longer than both legs together it is taken, at the price of a metre off the
    network, unless the caller priced the legs: who knows what lies between. Two places at
    the same spot cost nothing.

    Parameters
    ----------
    network
        The network.
    here, there
        Origins (targets of the search) and destinations (its sources).
    s_per_m
        Price of a straight metre.
    """
    along = _along(network, here, there)
    origin, place = _near(here, there)
    gap_m = np.hypot(*(here.xy[origin] - there.xy[place]).T)
    pairs = (
        np.concatenate([along[0], origin]),
        np.concatenate([along[1], place]),
        np.concatenate([along[2], gap_m * s_per_m]),
        np.concatenate([along[3], gap_m * s_per_m]),
    )
    return Direct(target=pairs[0], source=pairs[1], to_s=pairs[2], from_s=pairs[3])


def _along(network: Network, here: Ends, there: Ends) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the pairs on one edge: origin, destination, seconds there and back."""
    order = np.argsort(there.edge, kind="stable")
    order = order[there.edge[order] >= 0]
    edges = there.edge[order]
    left, right = (np.searchsorted(edges, here.edge, side=side) for side in ("left", "right"))
    count = np.where(here.on, right - left, 0)
    origin = np.repeat(np.arange(len(here)), count)
    place = order[np.repeat(left - np.cumsum(count) + count, count) + np.arange(count.sum())]
    ahead_s, back_s = (
        network.edges[name].to_numpy()[here.edge[origin]] for name in ("ahead_s", "back_s")
    )
    gap = there.share[place] - here.share[origin]
    legs_s = here.leg_s[origin] + there.leg_s[place]
    onward, against = np.maximum(gap, 0), np.maximum(-gap, 0)
    to_s = legs_s + part_of(onward, ahead_s) + part_of(against, back_s)
    from_s = legs_s + part_of(onward, back_s) + part_of(against, ahead_s)
    return origin, place, to_s, from_s


def _near(here: Ends, there: Ends) -> tuple[Ints, Ints]:
    """Return the pairs whose straight way is no longer than both legs, or of no length."""
    placed = np.flatnonzero(~np.isnan(there.xy[:, 0]))
    if not len(placed) or not len(here):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    from landuse.network.near_kernels import near_pairs  # noqa: PLC0415 - loads numba

    priced = here.priced or there.priced
    legs = [np.where(priced, 0.0, np.nan_to_num(ends.snap_m)) for ends in (here, there)]
    xy = there.xy[placed]
    corner, extent = xy.min(axis=0), np.ptp(xy, axis=0)
    most = min(MOST_CELLS, 4 * int(np.sqrt(len(placed))) + 1)
    side = max(float(extent.max()) / most, 1.0)
    cols, rows = (int(extent[axis] / side) + 1 for axis in (0, 1))
    cell = ((xy - corner) / side).astype(np.int64) @ np.array([1, cols])
    first = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cols * rows))])
    origin, place = near_pairs(
        (here.xy, legs[0]),
        (xy, legs[1][placed]),
        (
            (float(corner[0]), float(corner[1])),
            side,
            cols,
            rows,
            first.astype(np.int64),
            np.argsort(cell, kind="stable"),
        ),
    )
    place = placed[place]
    # Places off the network have no leg: only the very spot is near them.
    same = (here.xy[origin] == there.xy[place]).all(axis=1)
    kept = (here.on[origin] & there.on[place]) | same
    return origin[kept], place[kept]
