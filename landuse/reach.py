"""What every cell pays to reach every service, by the best costs that the city's data allow.

Over streets wherever the city file names a network, else over the friction surface; and
in a straight line where an official indicator is defined that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.access import border_flag, straight_line
from landuse.facilities import placed
from landuse.network import nearest, network_from_edges
from landuse.rides import nearest_by_ride
from landuse.surface import nearest_on_surface, reach
from landuse.surface.joined import joined
from landuse.surface.travel import search
from landuse.ways import Ways, build_ways, centres, land_classes, with_rides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.config import Service
    from landuse.speeds import Speeds

__all__ = [
    "Ways",
    "border_flags",
    "build_ways",
    "land_classes",
    "reach_services",
    "regional_costs",
    "seconds_within_standard",
    "with_rides",
]

REGION_MODE = "drive"
"""How people of the region come to a hub."""


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
    points = centres(cells, grid)
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
    points = centres(cells, next(iter(ways.values())).surface.grid)
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


def border_flags(
    cells: gpd.GeoDataFrame,
    costs: pd.DataFrame,
    services: Sequence[Service],
    *,
    ways: dict[str, Ways],
    margin_m: float,
) -> pd.DataFrame:
    """Return for each service which cells might have a nearer facility beyond the data.

    Facilities are known within a margin of the cells. Whoever could leave that sooner than
    come to the nearest known one is flagged, see `landuse.access.border_flag`; the ways out
    are those of the surface, roads included.

    Parameters
    ----------
    cells
        Cells with `row` and `col`.
    costs
        `<service>_s` of the same cells.
    services, ways
        As for `reach_services`.
    margin_m
        How far beyond the cells facilities are known, metres.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; `<service>_border`, True or False.
    """
    at = cells["row"].to_numpy("int64"), cells["col"].to_numpy("int64")
    edges: dict[str, pd.Series] = {}
    flags = {}
    for service in services:
        if service.mode not in edges:
            seconds = _edge_s(ways[service.mode], at, margin_m)
            edges[service.mode] = pd.Series(seconds, index=cells.index)
        flag = border_flag(costs[f"{service.key}_s"], edges[service.mode])
        flags[f"{service.key}_border"] = flag
    return pd.DataFrame(flags, index=cells.index)


def _edge_s(
    way: Ways, at: tuple[NDArray[np.int64], NDArray[np.int64]], margin_m: float
) -> NDArray[np.float64]:
    """Return the seconds from some cells to where no facility is known any more."""
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - half a second

    surface = way.surface
    own = np.zeros(surface.grid.shape, dtype=np.bool_)
    own[at] = True
    east_m, north_m = (float(step[0]) for step in surface.grid.steps_m())
    beyond = distance_transform_edt(~own, sampling=(north_m, east_m)) > margin_m
    beyond[[0, -1], :] = beyond[:, [0, -1]] = True
    row, col = np.nonzero(beyond & surface.known & np.isfinite(surface.friction))
    if len(row) == 0:
        return np.full(len(at[0]), np.inf)
    rim = row.astype(np.int64), col.astype(np.int64)
    return np.asarray(search(surface, rim, direction="to").cost_s[at], dtype=np.float64)


def _nearest(
    cells: gpd.GeoDataFrame, points: gpd.GeoSeries, places: gpd.GeoSeries, way: Ways
) -> pd.DataFrame:
    if way.network is None:
        found = nearest_on_surface(way.surface, cells, places)
    else:
        found = nearest(way.network, points, places, off_network_kmh=way.off_network_kmh)
        found = _with_land(found, cells, points, places, way)
    return found if way.rides is None else nearest_by_ride(way.rides, places, on_foot=found)


def _with_land(
    found: pd.DataFrame,
    cells: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    places: gpd.GeoSeries,
    way: Ways,
) -> pd.DataFrame:
    """Return the answers by street, those of cells far out over land joined with streets."""
    legs = way.land_legs
    far = cells.index.intersection(legs.index) if legs is not None else cells.index[:0]
    if way.network is None or legs is None or far.empty:
        return found
    priced = gpd.GeoDataFrame(
        {"off_network_s": legs[far].fillna(np.inf)}, geometry=points[far], crs=points.crs
    )
    by_street = nearest(way.network, priced, places, off_network_kmh=way.off_network_kmh)
    by_land = nearest_on_surface(way.surface, cells.loc[far], places)
    better = joined(by_street, by_land)[["cost_s", "to_id", "reason"]]
    return pd.concat([found.drop(index=far), better]).loc[found.index]


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
