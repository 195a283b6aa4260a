"""How each mode gets about: over streets if there are any, over the land, by timetable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.network import LEG, made_ready, network_from_edges, put_on_streets, seconds_at
from landuse.rides import Feet, make_rides
from landuse.services import ON_FOOT, TRANSIT
from landuse.sources import streets_of_mode
from landuse.surface import build_surface
from landuse.surface.joined import access_legs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.network import Network, Placed, Prepared
    from landuse.rides import Rides
    from landuse.services import Timing
    from landuse.speeds import Speeds
    from landuse.surface import Surface
    from landuse.transit import Timetable

__all__ = ["Ways", "build_ways", "centres", "land_classes", "network_of", "with_rides"]

STREET_M = 200.0
"""A cell farther than this from every street lies in the open: its way over the land counts
as the land is, and land all the way may be quicker. Nearer ones have a street before the
door that is drawn, or a yard that is not."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How one mode gets about: over a street graph if there is one, else over the surface."""

    surface: Surface
    network: Prepared | None = None
    """Made ready once for all services; of few nodes, searched plainly."""
    off_network_kmh: float = 0.0
    """Speed between a cell and its street, that of open land."""

    homes: Placed | None = None
    """The cells on their streets."""
    outlying: Placed | None = None
    """Those far from every street, with the seconds over the land to theirs (off the network
    where none leads there); for them land all the way competes with the streets."""
    rides: Rides | None = None
    """Journeys by timetable, for the mode of those; the rest says how one walks."""

    @property
    def method(self) -> str:
        """`network`, `surface`, or one of them with `timetable`, as provenance records it."""
        on_foot = "surface" if self.network is None else "network"
        return on_foot if self.rides is None else f"timetable and {on_foot}"


def land_classes(
    faces: gpd.GeoDataFrame, around: Iterable[gpd.GeoDataFrame], speeds: Speeds
) -> gpd.GeoDataFrame:
    """Return polygons with `land_class`: the faces on top of the land round about.

    Parameters
    ----------
    faces
        The partition, with `mask`.
    around
        Polygons of land outside the city, of which nothing but that is known.
    speeds
        Says which claims make which class.
    """
    parts = [area[["geometry"]].assign(land_class="open") for area in around if len(area)]
    inside = faces[["geometry"]].assign(land_class=speeds.land_of(faces["mask"].to_numpy()))
    return gpd.GeoDataFrame(pd.concat([*parts, inside], ignore_index=True), crs=faces.crs)


def build_ways(  # noqa: PLR0913 - the parts of a surface come one by one
    grid: Grid,
    land: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    cells: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | None,
    speeds: Speeds,
    modes: Iterable[str],
    elevation_m: NDArray[np.float64] | None = None,
    usual: Mapping[str, Ways] | None = None,
) -> dict[str, Ways]:
    """Return the ways of each mode.

    Parameters
    ----------
    grid, land, roads, barriers, speeds
        As for `landuse.surface.build_surface`.
    cells
        With `row`, `col` and `population`: where people live stays passable.
    streets
        Edges of a street graph, if the city has one.
    modes
        Keys of `speeds`, or `transit`, which needs the ways on foot.
    elevation_m
        Height of every cell, for modes that slopes slow down; None: level ground.
    usual
        Ways of the same at other speeds: their streets get new prices, and no cell looks
        for its street again.
    """
    lived_in = cells[cells["population"] > 0]
    inhabited = lived_in["row"].to_numpy("int64"), lived_in["col"].to_numpy("int64")
    ways = {}
    for mode in dict.fromkeys(ON_FOOT if mode == TRANSIT else mode for mode in modes):
        surface = build_surface(
            grid,
            land,
            roads,
            barriers,
            speeds=speeds,
            mode=mode,
            inhabited=inhabited,
            elevation_m=elevation_m,
        )
        way = Ways(surface=surface, off_network_kmh=speeds.of(mode).land["open"].kmh)
        if streets is not None:
            way = _on_streets(way, streets, cells, speeds, (usual or {}).get(mode))
        ways[mode] = way
    return ways


def _on_streets(
    way: Ways,
    streets: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    speeds: Speeds,
    usual: Ways | None,
) -> Ways:
    """Return the way of a mode with its streets, and its cells on them."""
    mode = way.surface.mode
    points = centres(cells, way.surface.grid)
    network = None if usual is None else _repriced(usual, speeds, mode)
    if network is None:
        network = made_ready(network_of(streets, speeds, mode))
    homes = None if usual is None else usual.homes
    if homes is None or not (homes.fits(network.network) and homes.ids.equals(cells.index)):
        homes = put_on_streets(network, points)
    legs = _land_legs(network.network, way.surface, cells, homes)
    far = gpd.GeoDataFrame({LEG: legs.fillna(np.inf)}, geometry=points[legs.index], crs=points.crs)
    outlying = put_on_streets(network, far) if len(far) else None
    return replace(way, network=network, homes=homes, outlying=outlying)


def _repriced(usual: Ways, speeds: Speeds, mode: str) -> Prepared | None:
    """Return the usual network at other speeds; None where some of its streets are shut then.

    Without those streets other ones are nearest to a place, so the network is made anew.
    """
    if usual.network is None:
        return None
    ahead_s, back_s = seconds_at(usual.network.network, speeds=speeds, mode=mode)
    if np.isinf(ahead_s).any():
        return None
    return usual.network.repriced(ahead_s=ahead_s, back_s=back_s)


def with_rides(
    ways: Mapping[str, Ways],
    timetable: Timetable,
    cells: gpd.GeoDataFrame,
    *,
    timing: Timing,
    speeds: Speeds,
) -> dict[str, Ways]:
    """Return the ways and journeys by timetable beside them.

    Parameters
    ----------
    ways
        From `build_ways`, with those on foot.
    timetable
        Of the date of the timing.
    cells
        Cells with `row` and `col`.
    timing
        When one wants to travel.
    speeds
        Says how fast one walks along a street.
    """
    walk = ways[ON_FOOT]
    feet = Feet(
        kmh=speeds.of(ON_FOOT).road["street"].kmh,
        network=walk.network,
        off_network_kmh=walk.off_network_kmh,
    )
    rides = make_rides(timetable, centres(cells, walk.surface.grid), timing=timing, feet=feet)
    return {**ways, TRANSIT: replace(walk, rides=rides)}


def _land_legs(
    network: Network, surface: Surface, cells: gpd.GeoDataFrame, homes: Placed
) -> pd.Series:
    """Return what cells beyond `STREET_M` of every street pay over the land to theirs."""
    far = (homes.edge >= 0) & (homes.snap_m > STREET_M)
    lines = np.asarray(network.edges.geometry)[homes.edge[far]]
    spots = shapely.line_interpolate_point(lines, homes.share[far], normalized=True)
    at = shapely.get_coordinates(spots).reshape(-1, 2)
    return access_legs(surface, cells[far], at)["leg_s"]


def network_of(streets: gpd.GeoDataFrame, speeds: Speeds, mode: str) -> Network:
    """Return the network of a mode; streets of OpenStreetMap say whom they let in."""
    own = streets_of_mode(streets, mode) if "access_walk" in streets else streets
    return network_from_edges(own, speeds=speeds, mode=mode)


def centres(cells: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoSeries:
    """Return the middle of each cell, by its `row` and `col` in the grid."""
    x, y = grid.centres_xy(cells["row"].to_numpy(), cells["col"].to_numpy())
    return gpd.GeoSeries(gpd.points_from_xy(x, y), cells.index, crs=cells.crs)
