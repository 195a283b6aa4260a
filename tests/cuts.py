"""Small lands to cut, and what must hold of every cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

CRS = "EPSG:6681"


def layer(shapes: Iterable[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    """Return shapes as a layer in metres."""
    return gpd.GeoDataFrame(geometry=list(shapes), crs=CRS).assign(**columns)


def claims_of(shapes: dict[str, shapely.Geometry]) -> gpd.GeoDataFrame:
    """Return one claim for each shape."""
    return layer(shapes.values(), claim=list(shapes), layer="toy", grade="derived")


def borders(polygons: Iterable[shapely.Polygon]) -> list[tuple[float, float, float, float]]:
    """Return every directed segment of some polygons, the inside to its left."""
    found = []
    for polygon in polygons:
        ring = shapely.orient_polygons(polygon)
        for line in (ring.exterior, *ring.interiors):
            points = np.asarray(line.coords)
            found += [tuple(pair) for pair in np.hstack((points[:-1], points[1:])).tolist()]
    return found


def assert_cover(faces: gpd.GeoDataFrame, boundary: shapely.Geometry) -> None:
    """Hold that faces cover a boundary once and share the corners of their borders.

    Every piece of border has one face on its left and one on its right; where it has
    none, it lies on the outline of the boundary. With equal areas, nothing can overlap.
    """
    shapes = faces.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON).all()
    assert abs(shapely.area(shapes).sum() / boundary.area - 1) < 1e-9
    pieces = borders(shapes)
    known = set(pieces)
    assert len(known) == len(pieces)
    lone = [piece for piece in pieces if (*piece[2:], *piece[:2]) not in known]
    middles = shapely.points([((a + c) / 2, (b + d) / 2) for a, b, c, d in lone])
    assert (shapely.distance(boundary.boundary, middles) < 1e-6 * boundary.length).all()
