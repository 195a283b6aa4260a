"""Which parts of a municipality lie apart, and where its built-up core is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.maps.data import MapData

__all__ = ["Bounds", "core_of", "groups_of"]

Bounds = tuple[float, float, float, float]
"""West, south, east and north in metres."""

APART_SHARE = 0.05
"""Parts belong together if the gap is less than this share of the largest one's diagonal."""
LEAST_PART_SHARE = 5e-4
"""Smaller parts, as shares of the whole area, never decide on a frame."""
CORE_JOIN_M = 1000.0
"""Built-up faces this near each other are one core."""


def groups_of(boundary: gpd.GeoDataFrame) -> list[Bounds]:
    """Return the bounds of parts that lie far from each other, that of the largest first."""
    parts = shapely.get_parts(boundary.geometry.to_numpy())
    areas = shapely.area(parts)
    parts = parts[areas >= LEAST_PART_SHARE * areas.sum()]
    west, south, east, north = shapely.bounds(parts[np.argmax(shapely.area(parts))])
    near = APART_SHARE * float(np.hypot(east - west, north - south))
    groups = shapely.get_parts(shapely.union_all(shapely.buffer(parts, near / 2)))
    owner = [int(np.argmin(shapely.distance(groups, part))) for part in parts]
    sums = np.bincount(owner, weights=shapely.area(parts), minlength=len(groups))
    held = [parts[np.equal(owner, place)] for place in np.argsort(-sums)]
    return [tuple(shapely.total_bounds(group).tolist()) for group in held if len(group)]


def core_of(data: MapData) -> Bounds | None:
    """Return the bounds of the largest built-up area: of the first zone of the legend."""
    faces = data.faces[data.faces["zone"] == data.zones[0].key] if data.zones else data.faces[:0]
    if not len(faces):
        return None
    joined = shapely.union_all(shapely.buffer(faces.geometry.to_numpy(), CORE_JOIN_M / 2))
    parts = shapely.get_parts(joined)
    largest = shapely.buffer(parts[np.argmax(shapely.area(parts))], -CORE_JOIN_M / 4)
    bounds = largest.bounds
    return bounds if bounds[2] > bounds[0] else None
