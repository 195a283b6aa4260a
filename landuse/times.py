"""Travel times of a study: by the modes of its services, and under conditions such as winter."""

from __future__ import annotations

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
    reach_services,
    regional_costs,
    seconds_within_standard,
    with_rides,
)
from landuse.relief import elevation_on
from landuse.ways import TRANSIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from landuse.grid import Grid
    from landuse.inputs import Inputs
    from landuse.profiles import Profile
    from landuse.speeds import Speeds
    from landuse.ways import Ways

__all__ = ["travel_times", "under_profiles"]

KEPT = ("row", "col", "district", "zone", "population", "population_65plus")
"""Columns of the cells that coverage under a profile needs."""


def travel_times(
    inputs: Inputs,
    faces: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    *,
    grid: Grid,
    speeds: Speeds,
) -> dict[str, Any]:
    """Return the cells with their costs, how each was found, and the region's costs.

    Parameters
    ----------
    inputs
        The layers.
    faces
        The partition, classified.
    cells
        With zone, district, town and people.
    offered
        Facilities by service.
    grid, speeds
        The raster and the speeds.

    Returns
    -------
    dict
        `cells`, `cost_methods`, `regional` and `rings`, as `landuse.study.Study` has them.
    """
    services = inputs.city.services
    ways = _ways(inputs, faces, cells, grid=grid, speeds=speeds)
    costs = reach_services(cells, offered, services, ways=ways)
    flags = border_flags(cells, costs, services, ways=ways, margin_m=MARGIN_M)
    regional, within = _region(inputs, offered, speeds)
    return {
        "cells": cells.join(costs).join(flags),
        "cost_methods": {service.key: ways[service.mode].method for service in services},
        "regional": regional,
        "rings": within,
    }


def under_profiles(
    inputs: Inputs,
    faces: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    *,
    grid: Grid,
    speeds: Speeds,
    profiles: Iterable[Profile],
) -> pd.DataFrame:
    """Return the coverage by travel time under each profile, with its band.

    Returns
    -------
    pandas.DataFrame
        As `landuse.coverage.coverage`, with `profile` and `band` (`low`: slowest speeds);
        all figures are modelled.
    """
    services = inputs.city.services
    judged = [standard for standard in standards(services) if standard.mode != "straight"]
    blank = without_data(offered, services)
    people = cells[
        ["row", "col", "district", "zone", "population", "population_65plus", "geometry"]
    ]
    tables = []
    for profile in profiles:
        for band in BANDS:
            slowed = apply_profile(speeds, profile, band)
            ways = _ways(inputs, faces, people, grid=grid, speeds=slowed)
            costs = seconds_within_standard(people, offered, services, ways=ways)
            table = coverage(people.join(costs), judged, without_data=blank)
            tables.append(table.assign(profile=profile.key, band=band))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _ways(
    inputs: Inputs,
    faces: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame,
    *,
    grid: Grid,
    speeds: Speeds,
) -> dict[str, Ways]:
    """Return the ways of every mode that a service has."""
    modes = {service.mode for service in inputs.city.services}
    around = inputs.each("land") or inputs.each("neighbours")
    heights = inputs.maybe("elevation")
    ways = build_ways(
        grid,
        land_classes(faces, around, speeds),
        inputs.passable(),
        inputs.all("water"),
        cells=cells,
        streets=inputs.streets,
        speeds=speeds,
        modes=[service.mode for service in inputs.city.services],
        elevation_m=None if heights is None else elevation_on(heights, grid),
    )
    timing = inputs.city.timing
    if inputs.timetable is None or timing is None or TRANSIT not in modes:
        return ways
    return with_rides(ways, inputs.timetable, cells, timing=timing, speeds=speeds)


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
