"""What every cell pays to the nearest of some places, by the way of one mode."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from landuse.facilities import placed
from landuse.network import nearest
from landuse.rides import nearest_by_ride
from landuse.surface import nearest_on_surface
from landuse.surface.joined import joined
from landuse.ways import centres

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from landuse.network import Placed
    from landuse.ways import Ways

    Asked = tuple[str, str]

__all__ = ["places_of", "trips"]

MOST_THREADS = 8
"""Each holds a raster of costs, so that many more would need much memory."""


def trips(
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    asked: Iterable[Asked],
    *,
    ways: Mapping[str, Ways],
) -> Iterator[tuple[Asked, pd.DataFrame]]:
    """Yield what cells pay to some services by some modes, several searches at a time.

    Parameters
    ----------
    cells
        Cells with `row` and `col`.
    offered
        Facilities by service, from `landuse.facilities.offers`.
    asked
        Services and modes of `ways`.
    ways
        From `landuse.ways.build_ways`.

    Yields
    ------
    tuple
        What was asked, in that order, and a table: index of `cells`, `cost_s`, `to_id` and
        `reason`.
    """
    asked = list(asked)
    if not asked:
        return
    points = centres(cells, next(iter(ways.values())).surface.grid)
    places = {key: places_of(offered, key) for key in {service for service, _ in asked}}

    def search(one: Asked) -> pd.DataFrame:
        return _nearest(cells, points, places[one[0]], ways[one[1]])

    # The searches themselves leave the interpreter to other threads.
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS)) as pool:
        yield from zip(asked, pool.map(search, asked), strict=True)


def places_of(offered: gpd.GeoDataFrame, service: str) -> gpd.GeoSeries:
    """Return the places where a service is offered, as far as they are known, by facility."""
    here = placed(offered[offered["service"] == service])
    return gpd.GeoSeries(here.geometry.to_numpy(), here["facility_id"], crs=offered.crs)


def _nearest(
    cells: gpd.GeoDataFrame, points: gpd.GeoSeries, places: gpd.GeoSeries, way: Ways
) -> pd.DataFrame:
    if way.network is None or way.homes is None:
        found = nearest_on_surface(way.surface, cells, places)
    else:
        same = way.homes.ids.equals(cells.index)
        homes = way.homes if same else points
        found = nearest(way.network, homes, places, off_network_kmh=way.off_network_kmh)
        far = way.outlying
        if far is not None and not same:
            far = far.only(far.ids.isin(cells.index))
        if far is not None and len(far):
            found = _with_land(found, cells, places, far, way)
    return found if way.rides is None else nearest_by_ride(way.rides, places, on_foot=found)


def _with_land(
    found: pd.DataFrame, cells: gpd.GeoDataFrame, places: gpd.GeoSeries, far: Placed, way: Ways
) -> pd.DataFrame:
    """Return the answers by street, those of cells far out over land joined with streets."""
    assert way.network is not None  # noqa: S101 - the caller looked
    by_street = nearest(way.network, far, places, off_network_kmh=way.off_network_kmh)
    by_land = nearest_on_surface(way.surface, cells.loc[far.ids], places)
    better = joined(by_street, by_land)[["cost_s", "to_id", "reason"]]
    return pd.concat([found.drop(index=far.ids), better]).loc[found.index]
