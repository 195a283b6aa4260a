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
from landuse.facilities import placed, without_data
from landuse.network import nearest, network_from_edges
from landuse.schema import REASONS
from landuse.services import TRANSIT, USUAL, time_column
from landuse.surface import reach
from landuse.surface.travel import search
from landuse.trips import places_of, trips
from landuse.ways import Ways, build_ways, centres, land_classes, with_rides

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from landuse.config import Service
    from landuse.speeds import Speeds

__all__ = [
    "Ways",
    "border_flags",
    "build_ways",
    "land_classes",
    "own_times",
    "reach_services",
    "regional_costs",
    "seconds_within_standard",
    "times_by_mode",
    "with_rides",
    "within_standard",
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
    asked = [(service.key, service.mode) for service in services]
    found = {key: costs for (key, _), costs in trips(cells, offered, asked, ways=ways)}
    points = centres(cells, next(iter(ways.values())).surface.grid)
    columns: dict[str, pd.Series] = {}
    for service in services:
        costs = found[service.key]
        columns[f"{service.key}_s"] = costs["cost_s"]
        columns[f"{service.key}_reason"] = costs["reason"]
        columns[f"{service.key}_to"] = costs["to_id"]
        if service.straight_m:
            straight = straight_line(points, places_of(offered, service.key))
            columns[f"{service.key}_m"] = straight["distance_m"]
    return pd.DataFrame(columns, index=cells.index)


def times_by_mode(
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    services: Sequence[Service],
    *,
    ways: dict[str, Ways],
    season: str = USUAL,
    own: bool = True,
) -> pd.DataFrame:
    """Return what every cell pays to every service on foot, by timetable and by car.

    Parameters
    ----------
    cells, offered, ways
        As for `reach_services`; ways of all `Service.shown_modes`.
    services
        The services; those without a known place are left out.
    season
        What the ways are those of, for the names of the columns.
    own
        Whether to search by each service's own mode too; else `own_times` has it.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; for each service and mode the seconds in single precision (a
        millisecond in three hours), in the column that `landuse.services.time_column`
        names, and `<service>_<mode>_<season>_to` and `_reason` as categories, the facility
        and why there is none; in the usual season these two go without its name.
    """
    lacking = without_data(offered, services)
    shown = [
        (service.key, mode, pace)
        for service in services
        if service.key not in lacking
        for mode, pace in service.shown_modes(rides=TRANSIT in ways).items()
        if own or mode != service.shown_as
    ]
    asked = [(service, pace) for service, _, pace in shown]
    columns: dict[str, pd.Series] = {}
    for (service, mode, _), (_, costs) in zip(
        shown, trips(cells, offered, asked, ways=ways), strict=True
    ):
        seconds = costs["cost_s"].astype("float32")
        columns |= _columns(service, mode, season, costs.assign(cost_s=seconds))
    return pd.DataFrame(columns, index=cells.index)


def own_times(costs: pd.DataFrame, services: Iterable[Service]) -> pd.DataFrame:
    """Return the usual times of services by their own modes, as `times_by_mode` names them.

    Parameters
    ----------
    costs
        From `reach_services`; seconds are handed on as they are.
    services
        Those with a known place.
    """
    columns: dict[str, pd.Series] = {}
    for service in services:
        mine = costs[[f"{service.key}_{part}" for part in ("s", "reason", "to")]]
        mine = mine.set_axis(["cost_s", "reason", "to_id"], axis=1)
        columns |= _columns(service.key, service.shown_as, USUAL, mine)
    return pd.DataFrame(columns, index=costs.index)


def _columns(service: str, mode: str, season: str, costs: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns of one service and mode, texts as small as they can be kept."""
    name = f"{service}_{mode}" if season == USUAL else f"{service}_{mode}_{season}"
    return {
        time_column(service, mode, season): costs["cost_s"],
        f"{name}_reason": costs["reason"].astype(pd.CategoricalDtype(["", *REASONS])),
        f"{name}_to": costs["to_id"].astype("category"),
    }


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
    at = cells["row"].to_numpy("int64"), cells["col"].to_numpy("int64")
    over_land = [s for s in services if ways[s.mode].network is None and ways[s.mode].rides is None]
    asked = [(service.key, service.mode) for service in services if service not in over_land]
    seconds = {
        key: costs["cost_s"].to_numpy(float)
        for (key, _), costs in trips(cells, offered, asked, ways=ways)
    }
    for service in over_land:
        places, limit_s = places_of(offered, service.key), service.within_min * 60
        found = reach(ways[service.mode].surface, places, cutoff_s=limit_s)
        seconds[service.key] = found.cost_s[at]
    return pd.DataFrame(
        {
            f"{service.key}_s": within_standard(seconds[service.key], service)
            for service in services
        },
        index=cells.index,
    )


def within_standard(seconds: NDArray[np.float64], service: Service) -> NDArray[np.float64]:
    """Return seconds where they are within a service's standard, else NaN."""
    return np.where(seconds <= service.within_min * 60, seconds, np.nan)


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
