"""Places made ready for searches: what it costs to get onto the network and off it again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.network.placing import Placed, put_on_streets

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.network.graph import Network
    from landuse.network.snapping import Snapping

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Ends", "ends_of", "part_of"]


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
    places: gpd.GeoSeries | gpd.GeoDataFrame | Placed,
    *,
    s_per_m: float,
    within_m: float | Snapping,
) -> Ends:
    """Put places on the network and price the ways to the ends of their edges.

    Parameters
    ----------
    network
        The network.
    places
        As for `put_on_streets`, or from it.
    s_per_m
        Price of a straight metre off the network, for legs that have none.
    within_m
        As for `snap`; for places that are not on streets yet.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If a price is negative, or places were put on another network.
    """
    if not isinstance(places, Placed):
        places = put_on_streets(network, places, within_m=within_m)
    elif not places.fits(network):
        what = "were put on another network, or other streets of it matter now"
        raise LayerError(Fault(where="places", what=what, fix="put them on this one"))
    edge, share = places.edge, np.nan_to_num(places.share)
    leg_s = places.snap_m * s_per_m
    if places.given_s is not None:
        leg_s = np.where(np.isnan(places.given_s), leg_s, places.given_s)
    on = edge >= 0
    table, at = network.edges, np.where(on, edge, 0)
    tail, head, ahead_s, back_s = (
        table[name].to_numpy()[at] for name in ("tail", "head", "ahead_s", "back_s")
    )
    leg = np.where(on, leg_s, np.inf)
    wait_s = network.wait_s
    return Ends(
        ids=places.ids,
        xy=places.xy,
        edge=edge,
        share=share,
        snap_m=np.where(on, places.snap_m, np.nan),
        why=places.why,
        leg_s=np.where(on, leg_s, np.nan),
        priced=places.given_s is not None,
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
