"""Journeys by timetable: the walk to a stop, the ride, the walk from it, or walking alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from landuse.network import travel_costs
from landuse.transit import (
    Walks,
    Wanted,
    legs_of_costs,
    nearest_by_transit,
    stop_points,
    straight_legs,
    with_footpaths,
)

if TYPE_CHECKING:
    import pandas as pd

    from landuse.network import Network, Prepared
    from landuse.services import Timing
    from landuse.transit import Legs, Timetable

__all__ = ["Feet", "Rides", "make_rides", "nearest_by_ride"]

STOP_WALK_M = 1200.0
"""How far people walk to a stop: a quarter of an hour at 80 m a minute."""

CHANGE_WALK_M = 400.0
"""How far they walk from one stop to another to change."""


@dataclass(frozen=True, kw_only=True)
class Feet:
    """How one walks to a stop: over streets if there are any, else straight with a detour."""

    kmh: float
    network: Network | Prepared | None
    off_network_kmh: float

    def legs(self, origins: gpd.GeoSeries, destinations: gpd.GeoSeries, *, within_m: float) -> Legs:
        """Return the walks between places no longer than `within_m` at walking speed."""
        if self.network is None:
            return straight_legs(origins, destinations, kmh=self.kmh, within_m=within_m / 1.3)
        costs = travel_costs(
            self.network,
            origins,
            destinations,
            off_network_kmh=self.off_network_kmh,
            cutoff_s=within_m / self.kmh * 3.6,
            keep_blanks=False,
        )
        return legs_of_costs(costs, from_ids=origins.index, to_ids=destinations.index)


@dataclass(frozen=True, kw_only=True)
class Rides:
    """A timetable with its stops in reach of some places."""

    timetable: Timetable
    wanted: Wanted
    feet: Feet
    stops: gpd.GeoSeries
    access: Legs
    """From the places that have a stop in reach."""


def make_rides(timetable: Timetable, places: gpd.GeoSeries, *, timing: Timing, feet: Feet) -> Rides:
    """Return what journeys from some places need, once for all services.

    Parameters
    ----------
    timetable
        Of the date of the timing.
    places
        Points in metres, index their ids.
    timing
        When one wants to arrive or leave.
    feet
        How one walks.
    """
    stops = stop_points(timetable, places.crs)
    footpaths = feet.legs(stops, stops, within_m=CHANGE_WALK_M)
    near = gpd.GeoSeries(places[_near(places, stops)], crs=places.crs)
    return Rides(
        timetable=with_footpaths(timetable, footpaths),
        wanted=Wanted(
            window=timing.window_s,
            cutoff_s=int(timing.cutoff_min * 60),
            direction=timing.direction,
        ),
        feet=feet,
        stops=stops,
        access=feet.legs(near, stops, within_m=STOP_WALK_M),
    )


def _near(places: gpd.GeoSeries, stops: gpd.GeoSeries) -> np.ndarray:
    """Tell which places may walk to a stop at all."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - half a second

    known = ~(stops.isna() | stops.is_empty)
    if not known.any():
        return np.zeros(len(places), dtype=np.bool_)
    tree = cKDTree(shapely.get_coordinates(np.asarray(stops)[known]))
    far_m, _ = tree.query(shapely.get_coordinates(np.asarray(places)), workers=-1)
    return np.asarray(far_m <= STOP_WALK_M)


def nearest_by_ride(rides: Rides, places: gpd.GeoSeries, *, on_foot: pd.DataFrame) -> pd.DataFrame:
    """Return the seconds to the nearest place by timetable or on foot, whichever is less.

    Walking takes the same at every minute, so the median of the better of both is the better
    of walking and the median ride.

    Parameters
    ----------
    rides
        From `make_rides`.
    places
        Facilities, index their ids.
    on_foot
        `cost_s`, `to_id` and `reason` of walking all the way, index the origins.

    Returns
    -------
    pandas.DataFrame
        As `on_foot`; where neither leads there, the reason is that of the ride if the
        origin has a stop in reach, else that of walking.
    """
    if places.empty or len(rides.access.from_ids) == 0:
        return on_foot
    egress = rides.feet.legs(rides.stops, places, within_m=STOP_WALK_M)
    walks = Walks(access=rides.access, egress=egress)
    ridden = nearest_by_transit(rides.timetable, walks, wanted=rides.wanted)
    ridden = ridden.reindex(on_foot.index)
    quicker = ridden["cost_s"].notna() & ~(on_foot["cost_s"] <= ridden["cost_s"])
    neither = ridden["cost_s"].isna() & on_foot["cost_s"].isna() & ridden["reason"].notna()
    columns = {
        name: on_foot[name].where(~(quicker | (neither & (name == "reason"))), ridden[name])
        for name in ("cost_s", "to_id", "reason")
    }
    return on_foot.assign(**columns)
