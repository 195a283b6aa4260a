"""What every cell pays to reach every service, by the best costs that the city's data allow.

Over streets wherever the city file names a network, else over the friction surface; and
in a straight line where an official indicator is defined that way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.access import straight_line
from landuse.facilities import placed
from landuse.network import nearest, network_from_edges
from landuse.rides import Feet, make_rides, nearest_by_ride
from landuse.sources import streets_of_mode
from landuse.surface import build_surface, nearest_on_surface, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from landuse.config import Service
    from landuse.grid import Grid
    from landuse.network import Network
    from landuse.rides import Rides
    from landuse.services import Timing
    from landuse.speeds import Speeds
    from landuse.surface import Surface
    from landuse.transit import Timetable

__all__ = [
    "Ways",
    "build_ways",
    "land_classes",
    "reach_services",
    "regional_costs",
    "seconds_within_standard",
    "with_rides",
]

TRANSIT, ON_FOOT = "transit", "walk"
"""The mode of timetables, and how one comes to the stop."""

REGION_MODE = "drive"
"""How people of the region come to a hub."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How one mode gets about: over a street graph if there is one, else over the surface."""

    surface: Surface
    network: Network | None = None
    off_network_kmh: float = 0.0
    """Speed between a cell and its street, that of open land."""

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


def build_ways(
    grid: Grid,
    land: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    cells: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame | None,
    speeds: Speeds,
    modes: Iterable[str],
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
    """
    lived_in = cells[cells["population"] > 0]
    inhabited = lived_in["row"].to_numpy("int64"), lived_in["col"].to_numpy("int64")
    ways = {}
    for mode in dict.fromkeys(ON_FOOT if mode == TRANSIT else mode for mode in modes):
        surface = build_surface(
            grid, land, roads, barriers, speeds=speeds, mode=mode, inhabited=inhabited
        )
        network = None if streets is None else _network(streets, speeds, mode)
        slow = speeds.of(mode).land["open"].kmh
        ways[mode] = Ways(surface=surface, network=network, off_network_kmh=slow)
    return ways


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
    rides = make_rides(timetable, _centres(cells, walk.surface.grid), timing=timing, feet=feet)
    return {**ways, TRANSIT: replace(walk, rides=rides)}


def _network(streets: gpd.GeoDataFrame, speeds: Speeds, mode: str) -> Network:
    """Return the network of a mode; streets of OpenStreetMap say whom they let in."""
    own = streets_of_mode(streets, mode) if "access_walk" in streets else streets
    return network_from_edges(own, speeds=speeds, mode=mode)


def _centres(cells: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoSeries:
    x, y = grid.centres_xy(cells["row"].to_numpy(), cells["col"].to_numpy())
    return gpd.GeoSeries(gpd.points_from_xy(x, y), cells.index, crs=cells.crs)


def reach_services(
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    services: Sequence[Service],
    *,
    ways: dict[str, Ways],
) -> pd.DataFrame:
    """Return, for every cell and service, seconds, metres, the facility reached and reasons.

    Parameters
    ----------
    cells
        Cells with `row` and `col`.
    offered
        Facilities by service, from `landuse.facilities.offers`.
    services
        The services.
    ways
        From `build_ways`.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; `<service>_s`, `<service>_reason`, `<service>_to`, and,
        where a standard is a straight line, `<service>_m`.
    """
    grid = next(iter(ways.values())).surface.grid
    points = _centres(cells, grid)
    columns: dict[str, pd.Series] = {}
    for service in services:
        here = placed(offered[offered["service"] == service.key])
        places = gpd.GeoSeries(here.geometry.to_numpy(), here["facility_id"], crs=cells.crs)
        costs = _nearest(cells, points, places, ways[service.mode])
        columns[f"{service.key}_s"] = costs["cost_s"]
        columns[f"{service.key}_reason"] = costs["reason"]
        columns[f"{service.key}_to"] = costs["to_id"]
        if service.straight_m:
            columns[f"{service.key}_m"] = straight_line(points, places)["distance_m"]
    return pd.DataFrame(columns, index=cells.index)


def seconds_within_standard(
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    services: Sequence[Service],
    *,
    ways: dict[str, Ways],
) -> pd.DataFrame:
    """Return `<service>_s` where it is within the service's standard, else NaN.

    For coverage alone: searches stop at the standard and no reasons are kept. Parameters as
    for `reach_services`.
    """
    points = _centres(cells, next(iter(ways.values())).surface.grid)
    at = cells["row"].to_numpy("int64"), cells["col"].to_numpy("int64")
    columns = {}
    for service in services:
        here = placed(offered[offered["service"] == service.key])
        places = gpd.GeoSeries(here.geometry.to_numpy(), here["facility_id"], crs=cells.crs)
        way, limit_s = ways[service.mode], service.within_min * 60
        if way.network is None and way.rides is None:
            seconds = reach(way.surface, places, cutoff_s=limit_s).cost_s[at]
        else:
            seconds = _nearest(cells, points, places, way)["cost_s"].to_numpy(float)
        columns[f"{service.key}_s"] = np.where(seconds <= limit_s, seconds, np.nan)
    return pd.DataFrame(columns, index=cells.index)


def _nearest(
    cells: gpd.GeoDataFrame, points: gpd.GeoSeries, places: gpd.GeoSeries, way: Ways
) -> pd.DataFrame:
    if way.network is None:
        found = nearest_on_surface(way.surface, cells, places)
    else:
        found = nearest(way.network, points, places, off_network_kmh=way.off_network_kmh)
    return found if way.rides is None else nearest_by_ride(way.rides, places, on_foot=found)


def regional_costs(
    municipalities: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    services: Sequence[Service],
    roads: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
) -> pd.DataFrame:
    """Return what each municipality of the region pays to the nearest hub of each service.

    Parameters
    ----------
    municipalities
        Points (town halls) with `code`, `name` and, if known, `name_en` and
        `population_2020`.
    offered, services
        As for `reach_services`; only hubs count.
    roads
        Trunk roads beyond the city, from junction to junction.

    Returns
    -------
    pandas.DataFrame
        One row for each municipality and hub service: `from_id` (its code), `name`,
        `name_en`, `population` (NaN where unknown), `service`, `straight_km`, `road_min`,
        `cost_s`, `facility` and `reason`, which says why a time is blank.
    """
    hubs = [service for service in services if service.kind == "hub"]
    if not hubs:
        return pd.DataFrame()
    halls = gpd.GeoSeries(
        municipalities.geometry.to_numpy(), municipalities["code"], crs=municipalities.crs
    )
    slow = speeds.of(REGION_MODE).land["built_up"].kmh
    network = network_from_edges(roads, speeds=speeds, mode=REGION_MODE) if len(roads) else None
    known = municipalities.reindex(columns=["code", "name", "name_en", "population_2020"])
    known = (
        known.astype({"name_en": object})
        .fillna({"name_en": ""})
        .set_axis(["from_id", "name", "name_en", "population"], axis=1)
    )
    parts = []
    for service in hubs:
        here = placed(offered[offered["service"] == service.key])
        places = gpd.GeoSeries(here.geometry.to_numpy(), here["facility_id"], crs=halls.crs)
        straight = straight_line(halls, places)
        if network is None:
            costs = straight.assign(cost_s=float("nan"), reason="outside_data")
        else:
            costs = nearest(network, halls, places, off_network_kmh=slow)
        names = dict(zip(here["facility_id"], here["name"], strict=True))
        parts.append(
            known.assign(
                service=service.key,
                straight_km=straight["distance_m"].to_numpy() / 1000,
                cost_s=costs["cost_s"].to_numpy(),
                road_min=costs["cost_s"].to_numpy() / 60,
                facility=[names.get(place, "") for place in costs["to_id"]],
                reason=costs["reason"].to_numpy(),
            )
        )
    return pd.concat(parts, ignore_index=True)
