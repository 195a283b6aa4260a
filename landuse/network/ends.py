"""Places made ready for searches: what it costs to get onto the network and off it again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from landuse.errors import Fault, LayerError
from landuse.network.snapping import WHY, Snapping, snapped

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.network.graph import Network

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["LEG", "Ends", "ends_of", "part_of"]

LEG = "off_network_s"
"""Column of places whose leg to the street has a price of its own."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Places on the network: where, and the seconds to and from the ends of their edge."""

    ids: pd.Index[Any]
    xy: Floats
    """Metres, NaN where blank."""
    edge: Ints
    """Row of the edge, -1 off the network."""
    share: Floats
    snap_m: Floats
    why: NDArray[np.int8]
    """Why a place is off the network: its place in `WHY`, 0 where it is not."""
    leg_s: Floats
    """Seconds between place and edge; NaN off the network."""
    priced: bool
    """Whether the caller gave the legs, so that no straight way is known to be open."""
    tail: Ints
    """End nodes of the edge; -1 off the network."""
    head: Ints
    out_s: tuple[Floats, Floats]
    """Seconds from the place to tail and head."""
    in_s: tuple[Floats, Floats]
    """Seconds from tail and head to the place."""

    def __len__(self) -> int:
        return len(self.edge)

    def only(self, part: Ints) -> Ends:
        """Return some of the places."""
        arrays = {
            field.name: getattr(self, field.name)[part]
            for field in fields(self)
            if field.name not in ("priced", "out_s", "in_s")
        }
        out_s = self.out_s[0][part], self.out_s[1][part]
        in_s = self.in_s[0][part], self.in_s[1][part]
        return replace(self, **arrays, out_s=out_s, in_s=in_s)

    @property
    def on(self) -> NDArray[np.bool_]:
        """Which places are on the network."""
        return self.edge >= 0


def ends_of(
    network: Network,
    places: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    s_per_m: float,
    within_m: float | Snapping,
) -> Ends:
    """Put places on the network.

    Parameters
    ----------
    network
        The network.
    places
        Points; a table may have `off_network_s`, the seconds of each leg to the nearest
        street, as a friction surface prices them. They must not be negative; where one is
        infinite the place is off the network.
    s_per_m
        Price of a straight metre off the network, for legs that have none.
    within_m
        As for `snap`.

    Raises
    ------
    LayerError
        If a price is negative.
    """
    points = places.geometry if isinstance(places, gpd.GeoDataFrame) else places
    rules = within_m if isinstance(within_m, Snapping) else Snapping(within_m=within_m)
    xy, edge, share, snap_m, why = snapped(network, points, rules)
    share = np.nan_to_num(share)
    leg_s = snap_m * s_per_m
    priced = False
    if isinstance(places, gpd.GeoDataFrame) and LEG in places:
        priced, leg_s = True, _prices(places, leg_s)
        cut_off = (edge >= 0) & np.isinf(leg_s)
        edge[cut_off], why[cut_off], leg_s[cut_off] = -1, WHY.index("off_network"), np.nan
    on = edge >= 0
    table, at = network.edges, np.where(on, edge, 0)
    tail, head, ahead_s, back_s = (
        table[name].to_numpy()[at] for name in ("tail", "head", "ahead_s", "back_s")
    )
    leg = np.where(on, leg_s, np.inf)
    wait_s = network.wait_s
    return Ends(
        ids=places.index,
        xy=xy,
        edge=edge,
        share=share,
        snap_m=np.where(on, snap_m, np.nan),
        why=why,
        leg_s=np.where(on, leg_s, np.nan),
        priced=priced,
        tail=np.where(on, tail, -1),
        head=np.where(on, head, -1),
        out_s=(
            leg + part_of(share, back_s) + wait_s[tail],
            leg + part_of(1 - share, ahead_s) + wait_s[head],
        ),
        in_s=(leg + part_of(share, ahead_s), leg + part_of(1 - share, back_s)),
    )


def part_of(share: Floats, seconds: Floats) -> Floats:
    """Return a share of an edge's seconds; none of a closed edge is nothing, not unknown."""
    part: Floats = np.multiply(share, seconds, out=np.zeros_like(share), where=share > 0)
    return part


def _prices(places: gpd.GeoDataFrame, straight_s: Floats) -> Floats:
    given = places[LEG].to_numpy(float)
    if (given < 0).any():
        what = f"{int((given < 0).sum())} are below 0"
        raise LayerError(Fault(where=LEG, what=what, fix="give seconds from 0 on"))
    return np.where(np.isnan(given), straight_s, given)
