"""Travel by timetable: walk, ride, change, walk; every minute of a window, both directions."""

from __future__ import annotations

from landuse.transit.journeys import Errand, last_departure_home, there_and_back
from landuse.transit.legs import (
    Legs,
    Walks,
    legs_of_costs,
    legs_of_matrix,
    legs_of_pairs,
    straight_legs,
)
from landuse.transit.measures import (
    nearest_by_transit,
    opportunities_by_transit,
    people_by_transit,
)
from landuse.transit.profile import costs_by_time, transit_costs, transit_matrix
from landuse.transit.search import Wanted
from landuse.transit.timetable import (
    Timetable,
    merged,
    stop_points,
    timetable_of_calls,
    with_footpaths,
)

__all__ = [
    "Errand",
    "Legs",
    "Timetable",
    "Walks",
    "Wanted",
    "costs_by_time",
    "last_departure_home",
    "legs_of_costs",
    "legs_of_matrix",
    "legs_of_pairs",
    "merged",
    "nearest_by_transit",
    "opportunities_by_transit",
    "people_by_transit",
    "stop_points",
    "straight_legs",
    "there_and_back",
    "timetable_of_calls",
    "transit_costs",
    "transit_matrix",
    "with_footpaths",
]
