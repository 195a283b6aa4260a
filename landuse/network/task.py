"""One question about travel made ready: places on the network, direct ways, direction, limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.hierarchy import Direct, Places, Search
from landuse.network.ends import ends_of
from landuse.network.pairs import direct_ways
from landuse.network.prepared import Prepared, made_ready

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.network.ends import Ends
    from landuse.network.graph import Network
    from landuse.network.placing import Placed
    from landuse.network.snapping import Snapping

    Points = gpd.GeoSeries | gpd.GeoDataFrame | Placed
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["DIRECTIONS", "Task", "make_task", "ready"]

DIRECTIONS = ("to", "from", "there_and_back")


@dataclass(frozen=True, kw_only=True)
class Task:
    """A search made ready."""

    prepared: Prepared
    here: Ends
    """Origins, where people are: searches come here."""
    there: Ends
    """Destinations: searches start here, whichever way people travel."""
    direct: Direct
    direction: str
    cutoff_s: float
    s_per_m: float

    @property
    def fast(self) -> bool:
        """Whether the network has a hierarchy."""
        return self.prepared.costs is not None

    @cached_property
    def search(self) -> Search:
        """The same as the hierarchy takes it."""
        assert self.prepared.costs is not None, "only a prepared network is searched so"  # noqa: S101
        return Search(
            costs=self.prepared.costs,
            sources=_places(self.there),
            targets=_places(self.here),
            direction=self.direction,
            limit_s=self.cutoff_s,
            direct=self.direct,
            threads=self.prepared.threads,
        )

    def only(self, destinations: Ints | None = None, *, origins: Ints | None = None) -> Task:
        """Return the same for some destinations or origins only, numbered anew."""
        there = np.arange(len(self.there)) if destinations is None else destinations
        here = np.arange(len(self.here)) if origins is None else origins
        place, origin = np.full(len(self.there), -1), np.full(len(self.here), -1)
        place[there], origin[here] = np.arange(len(there)), np.arange(len(here))
        direct = self.direct
        mine = (place[direct.source] >= 0) & (origin[direct.target] >= 0)
        pairs = Direct(
            target=origin[direct.target[mine]],
            source=place[direct.source[mine]],
            to_s=direct.to_s[mine],
            from_s=direct.from_s[mine],
        )
        return replace(self, here=self.here.only(here), there=self.there.only(there), direct=pairs)


def make_task(
    network: Network | Prepared,
    origins: Points,
    destinations: Points,
    *,
    off_network_kmh: float,
    cutoff_s: float,
    within_m: float | Snapping,
    direction: str,
) -> Task:
    """Put every place on the network and find the direct ways.

    Raises
    ------
    CrsError
        If places and network are in different systems.
    LayerError
        If the direction is none of `to`, `from` and `there_and_back`, or places were put
        on another network.
    """
    if direction not in DIRECTIONS:
        what = f"is {direction!r}"
        fix = "give 'to' or 'from' or 'there_and_back'"
        raise LayerError(Fault(where="direction", what=what, fix=fix))
    prepared = network if isinstance(network, Prepared) else Prepared(network=network)
    s_per_m = 3.6 / off_network_kmh
    here, there = (
        ends_of(prepared.network, places, s_per_m=s_per_m, within_m=within_m)
        for places in (origins, destinations)
    )
    return Task(
        prepared=prepared,
        here=here,
        there=there,
        direct=direct_ways(prepared.network, here, there, s_per_m=s_per_m),
        direction=direction,
        cutoff_s=cutoff_s,
        s_per_m=s_per_m,
    )


def ready(network: Network | Prepared) -> Network | Prepared:
    """Return a large network with a hierarchy, a small or prepared one as it is."""
    return network if isinstance(network, Prepared) else made_ready(network)


def _places(ends: Ends) -> Places:
    return Places(tail=ends.tail, head=ends.head, out_s=ends.out_s, in_s=ends.in_s)
