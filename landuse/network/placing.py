"""Places put on a network once, to be asked about many times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from landuse.errors import Fault, LayerError
from landuse.network.prepared import Prepared
from landuse.network.snapping import WHY, Snapping, matters, snapped

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from landuse.network.graph import Network
    from landuse.network.segments import Lines

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["LEG", "Placed", "put_on_streets"]

LEG = "off_network_s"
"""Column of places whose leg to the street has a price of its own."""

EACH = ("ids", "xy", "edge", "share", "snap_m", "why")
"""What `Placed` has one of for each place."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Places and their streets; good for the network it was made on, whatever its edges cost."""

    ids: pd.Index[Any]
    xy: Floats
    """Metres, NaN where blank."""
    edge: Ints
    """Row of the edge, -1 off the network."""
    share: Floats
    """0 at the tail to 1 at the head of the edge; NaN off the network."""
    snap_m: Floats
    why: NDArray[np.int8]
    """Why a place is off the network: its place in `WHY`, 0 where it is not."""
    given_s: Floats | None
    """Seconds of each leg to the street, NaN where a straight one counts; None: all do."""
    lines: Lines
    """Streets among which the nearest was looked for."""
    counts: Bools
    """Which of them mattered, see `landuse.network.Snapping`."""
    within: Snapping

    def __len__(self) -> int:
        return len(self.edge)

    def only(self, part: Ints | Bools) -> Placed:
        """Return some of the places."""
        each = {name: getattr(self, name)[part] for name in EACH}
        given_s = None if self.given_s is None else self.given_s[part]
        return replace(self, **each, given_s=given_s)

    def fits(self, network: Network) -> bool:
        """Tell whether the same would be found on a network, whatever its edges cost."""
        return self.lines is network.lines and np.array_equal(
            self.counts, matters(network, self.within)
        )


def put_on_streets(
    network: Network | Prepared,
    places: gpd.GeoSeries | gpd.GeoDataFrame,
    *,
    within_m: float | Snapping = np.inf,
) -> Placed:
    """Find the street of each place once, for searches that take it in place of the points.

    Finding the nearest of many streets takes longer than a search, so who asks about the
    same places again and again does it first. What edges cost may change meanwhile.

    Parameters
    ----------
    network
        The network.
    places
        Points; a table may have `off_network_s`, the seconds of each leg to the nearest
        street, as a friction surface prices them. They must not be negative; where one is
        infinite the place is off the network, where one is blank the straight way counts.
    within_m
        As for `snap`; it counts for these places whatever the search says.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If a place is no point, or a price is negative.
    """
    streets = network.network if isinstance(network, Prepared) else network
    points = places.geometry if isinstance(places, gpd.GeoDataFrame) else places
    rules = within_m if isinstance(within_m, Snapping) else Snapping(within_m=within_m)
    xy, edge, share, snap_m, why = snapped(streets, points, rules)
    given_s = None
    if isinstance(places, gpd.GeoDataFrame) and LEG in places:
        given_s = _prices(places)
        cut_off = (edge >= 0) & np.isinf(given_s)
        edge[cut_off], why[cut_off] = -1, WHY.index("off_network")
    return Placed(
        ids=places.index,
        xy=xy,
        edge=edge,
        share=share,
        snap_m=snap_m,
        why=why,
        given_s=given_s,
        lines=streets.lines,
        counts=matters(streets, rules),
        within=rules,
    )


def _prices(places: gpd.GeoDataFrame) -> Floats:
    given: Floats = places[LEG].to_numpy(float)
    if (given < 0).any():
        what = f"{int((given < 0).sum())} are below 0"
        raise LayerError(Fault(where=LEG, what=what, fix="give seconds from 0 on"))
    return given
