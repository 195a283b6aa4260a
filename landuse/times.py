"""Travel times of a study: by mode, and under conditions such as winter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from landuse.coverage import coverage, rings, standards
from landuse.facilities import without_data
from landuse.inputs import MARGIN_M
from landuse.profiles import BANDS, apply_profile
from landuse.reach import (
    border_flags,
    build_ways,
    land_classes,
    own_times,
    reach_services,
    regional_costs,
    seconds_within_standard,
    times_by_mode,
    with_rides,
    within_standard,
)
from landuse.relief import elevation_on
from landuse.services import TRANSIT, time_column
from landuse.snaps import street_distances

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.inputs import Inputs
    from landuse.profiles import Profile
    from landuse.services import Service
    from landuse.speeds import Speeds
    from landuse.ways import Ways

__all__ = ["Scene", "travel_times", "under_profiles"]

EDGES = ("low", "high")
"""The bands whose times are kept: the slow and the quick side of what is known."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What stays as it is however fast one travels."""

    inputs: Inputs
    faces: gpd.GeoDataFrame
    """The partition, classified."""
    cells: gpd.GeoDataFrame
    """With zone, district, town and people."""
    offered: gpd.GeoDataFrame
    """Facilities by service."""
    grid: Grid

    @property
    def services(self) -> tuple[Service, ...]:
        """What is asked for."""
        return self.inputs.city.services

    @property
    def known(self) -> list[Service]:
        """The services that have a place somewhere."""
        lacking = without_data(self.offered, self.services)
        return [service for service in self.services if service.key not in lacking]

    @property
    def rides(self) -> bool:
        """Whether there is a timetable."""
        return self.inputs.timetable is not None and self.inputs.city.timing is not None

    @cached_property
    def heights_m(self) -> NDArray[np.float64] | None:
        """The height of every cell of the grid, the same in every season; None: level ground."""
        heights = self.inputs.maybe("elevation")
        return None if heights is None else elevation_on(heights, self.grid)

    def ways(
        self, speeds: Speeds, *, usual: Mapping[str, Ways] | None = None, shown: bool = True
    ) -> dict[str, Ways]:
        """Return the ways of every mode that times are shown for, or of the services' own.

        Those of an ordinary day (`usual`) spare the others much of the work.
        """
        inputs = self.inputs
        around = inputs.each("land") or inputs.each("neighbours")
        modes = [
            pace
            for service in self.services
            for pace in (
                service.shown_modes(rides=self.rides).values() if shown else (service.mode,)
            )
        ]
        ways = build_ways(
            self.grid,
            land_classes(self.faces, around, speeds),
            inputs.passable(),
            inputs.all("water"),
            cells=self.cells,
            streets=inputs.streets,
            speeds=speeds,
            modes=modes,
            elevation_m=self.heights_m,
            usual=usual,
        )
        timetable, timing = inputs.timetable, inputs.city.timing
        if timetable is None or timing is None or TRANSIT not in modes:
            return ways
        return with_rides(ways, timetable, self.cells, timing=timing, speeds=speeds)


def travel_times(scene: Scene, ways: dict[str, Ways], *, speeds: Speeds) -> dict[str, Any]:
    """Return the cells with their costs, how each was found, and the region's costs.

    Parameters
    ----------
    scene
        What is there.
    ways
        Those of an ordinary day, and of all modes: `Scene.ways`.
    speeds
        The same day's.

    Returns
    -------
    dict
        `cells`, `times`, `cost_methods`, `way_methods`, `street_distances`, `regional` and
        `rings`, as `landuse.study.Study` has them.
    """
    services, cells = scene.services, scene.cells
    costs = reach_services(cells, scene.offered, services, ways=ways)
    flags = border_flags(cells, costs, services, ways=ways, margin_m=MARGIN_M)
    regional, within = _region(scene.inputs, scene.offered, speeds)
    others = times_by_mode(cells, scene.offered, services, ways=ways, own=False)
    return {
        "cells": cells.join(costs).join(flags),
        "times": pd.concat([own_times(costs, scene.known), others], axis=1),
        "cost_methods": {service.key: ways[service.mode].method for service in services},
        "way_methods": {mode: way.method for mode, way in ways.items()},
        "street_distances": street_distances(ways, scene.offered),
        "regional": regional,
        "rings": within,
    }


def under_profiles(
    scene: Scene, usual: Mapping[str, Ways], *, speeds: Speeds, profiles: Iterable[Profile]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return coverage and times under each profile, with its band, from the same searches.

    Parameters
    ----------
    scene
        What is there.
    usual
        The ways of an ordinary day.
    speeds
        The same day's.
    profiles
        The conditions, such as winter.

    Returns
    -------
    tuple
        As `landuse.coverage.coverage`, with `profile` and `band` (`low`: slowest speeds), all
        figures modelled; and the times by mode, as `landuse.reach.times_by_mode`, for the
        seasons `<profile>_low` and `<profile>_high`.
    """
    services = scene.services
    judged = [standard for standard in standards(services) if standard.mode != "straight"]
    blank = without_data(scene.offered, services)
    people = scene.cells[["district", "zone", "population", "population_65plus"]]
    tables, times = [], []
    for profile in profiles:
        for band in BANDS:
            slowed = apply_profile(speeds, profile, band)
            season = f"{profile.key}_{band}"
            ways = scene.ways(slowed, usual=usual, shown=band in EDGES)
            if band in EDGES:
                found = times_by_mode(
                    scene.cells, scene.offered, services, ways=ways, season=season
                )
                times.append(found)
                costs = _own_times(found, services, season)
            else:
                costs = seconds_within_standard(scene.cells, scene.offered, services, ways=ways)
            table = coverage(people.join(costs), judged, without_data=blank)
            tables.append(table.assign(profile=profile.key, band=band))
    if not tables:
        return pd.DataFrame(), pd.DataFrame(index=scene.cells.index)
    return pd.concat(tables, ignore_index=True), pd.concat(times, axis=1)


def _own_times(times: pd.DataFrame, services: Sequence[Service], season: str) -> pd.DataFrame:
    """Return `<service>_s` within each service's standard, by its own mode, NaN elsewhere."""
    seconds = {
        service.key: within_standard(times[name].to_numpy(float), service)
        for service in services
        if (name := time_column(service.key, service.shown_as, season)) in times
    }
    return pd.DataFrame(
        {f"{service.key}_s": seconds.get(service.key, float("nan")) for service in services},
        index=times.index,
    )


def _region(
    inputs: Inputs, offered: gpd.GeoDataFrame, speeds: Speeds
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the municipalities around pay to the hubs, and their people by minutes."""
    halls = inputs.maybe("municipalities")
    if halls is None:
        return pd.DataFrame(), pd.DataFrame()
    services, roads = inputs.city.services, inputs.all("roads")
    costs = regional_costs(halls, offered, services, roads, speeds=speeds)
    if costs.empty or costs["population"].isna().any():
        return costs, pd.DataFrame()  # the people of some are unknown, and so is any sum
    people = costs.drop_duplicates("from_id").set_index("from_id")["population"]
    return costs, rings(costs, people)
