"""The height of every cell, from meshes or points of elevation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.grid import Grid

__all__ = ["elevation_on"]

ENOUGH = 3
"""Heights that span a plane: fewer cannot be interpolated between."""


def elevation_on(elevation: gpd.GeoDataFrame, grid: Grid) -> NDArray[np.float64]:
    """Return the height of the middle of every cell of a grid.

    Heights of meshes stand for their middle and lie on planes between three neighbours
    (linear interpolation on a Delaunay triangulation); beyond the outermost ones the nearest
    height counts. So a staircase of coarse meshes becomes a ramp; slopes within a mesh are not
    seen.

    Parameters
    ----------
    elevation
        Polygons or points with `elevation_m`, metres; blank ones are left out.
    grid
        The raster, in the system of the elevation.

    Returns
    -------
    numpy.ndarray
        float64 metres, shape of the grid.

    Raises
    ------
    CrsError
        If the elevation is not metric.
    LayerError
        If fewer than three heights are known.
    """
    import shapely  # noqa: PLC0415 - keeps the import of the package light
    from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator  # noqa: PLC0415

    require_metric(elevation, where="elevation")
    require_columns(elevation, ["elevation_m"], where="elevation")
    heights = elevation["elevation_m"].to_numpy(float)
    known = ~np.isnan(heights)
    if known.sum() < ENOUGH:
        what, fix = f"has {known.sum()} heights", "give a layer that covers the city"
        raise LayerError(Fault(where="elevation", what=what, fix=fix))
    at = shapely.get_coordinates(shapely.centroid(np.asarray(elevation.geometry)[known]))
    rows, cols = np.indices(grid.shape)
    places = np.column_stack(grid.centres_xy(rows.ravel(), cols.ravel()))
    found = LinearNDInterpolator(at, heights[known])(places)
    beyond = np.isnan(found)
    found[beyond] = NearestNDInterpolator(at, heights[known])(places[beyond])
    return np.asarray(found, dtype=np.float64).reshape(grid.shape)
