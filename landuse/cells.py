"""JIS 1/10 mesh cells of a municipality: which they are, what they belong to, who lives there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from landuse.grid import Grid

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["CELLS_PER_MESH", "cells_within", "mesh_pairs", "nearest_town", "place_of"]

CELLS_PER_MESH = {8: 10.0, 9: 5.0, 10: 2.5}
"""Digits of a mesh code -> cells along its side: 1 km, 500 m and 250 m."""


def cells_within(
    boundary: gpd.GeoDataFrame, grid: Grid, *, also: Iterable[str] = ()
) -> gpd.GeoDataFrame:
    """Return the cells whose centre lies in the boundary.

    Parameters
    ----------
    boundary
        Polygons in the grid's system.
    grid
        The raster that the cells lie on.
    also
        Codes of cells to keep although their centre lies outside, because people of the
        municipality live there.

    Returns
    -------
    geopandas.GeoDataFrame
        Index `cell_id`; `row` and `col` in the grid, cell polygons.

    Raises
    ------
    CrsError
        If the boundary is not metric.
    LayerError
        If no cell centre lies in the boundary.
    """
    require_metric(boundary, where="boundary")
    inside = _centres_inside(boundary, grid)
    rows, cols = grid.rows_cols(list(also))
    kept = grid.contains(rows, cols)
    inside[rows[kept], cols[kept]] = True
    row, col = np.nonzero(inside)
    if len(row) == 0:
        what = "holds no cell centre"
        fix = "check the boundary and its coordinate reference system"
        raise LayerError(Fault(where="boundary", what=what, fix=fix))
    ids = pd.Index(grid.cell_ids(row, col).astype(object), name="cell_id", dtype="str")
    shapes = grid.polygons(row, col)
    return gpd.GeoDataFrame({"row": row, "col": col}, geometry=shapes, index=ids, crs=grid.crs)


def _centres_inside(boundary: gpd.GeoDataFrame, grid: Grid) -> Bools:
    """Burn the boundary, then test the centres near its line exactly."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light
    from rasterio.features import rasterize  # noqa: PLC0415
    from rasterio.transform import Affine  # noqa: PLC0415

    from landuse.grid import MESH_CRS  # noqa: PLC0415

    shape = shapely.union_all(boundary.geometry.to_numpy())
    degrees = gpd.GeoSeries([shape, shape.boundary], crs=boundary.crs).to_crs(MESH_CRS)
    transform = Affine(*grid.affine)
    burn = {"out_shape": grid.shape, "transform": transform, "dtype": "uint8"}
    inside = np.asarray(rasterize([degrees.iloc[0]], **burn), dtype=np.bool_)
    near = rasterize([degrees.iloc[1]], all_touched=True, **burn).astype(bool)
    row, col = np.nonzero(near)
    shapely.prepare(shape)
    inside[row, col] = shapely.contains_xy(shape, *grid.centres_xy(row, col))
    return inside


def place_of(
    cells: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, grid: Grid, *, column: str
) -> pd.Series:
    """Return the value of the area that holds each cell's centre, else of the nearest area.

    Parameters
    ----------
    cells
        From `cells_within`.
    areas
        Polygons with `column`; where several hold a centre, the first row wins.

    Raises
    ------
    LayerError
        If `column` is missing.
    """
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    require_columns(areas, [column], where="areas")
    points = np.asarray(gpd.points_from_xy(*grid.centres_xy(cells["row"], cells["col"])))
    shapes = areas.geometry.to_numpy()
    # Few areas ask many points, so that each large area is prepared once.
    area, point = shapely.STRtree(points).query(shapes, predicate="intersects")
    found = np.full(len(cells), len(areas))
    np.minimum.at(found, point, area)
    outside = found == len(areas)
    if outside.any():
        found[outside] = shapely.STRtree(shapes).nearest(points[outside])
    values = areas[column].to_numpy()[found]
    return pd.Series(values, index=cells.index, name=column)


def nearest_town(cells: gpd.GeoDataFrame, towns: gpd.GeoDataFrame, grid: Grid) -> pd.Series:
    """Name the town whose point is nearest to each cell, within the cell's own district.

    Town areas are not public as polygons, so this is a Voronoi division of the points: a
    name to find a place by, not a border.

    Parameters
    ----------
    cells
        With `row`, `col` and `district`.
    towns
        Points with `name` and `district`. Districts without a point take the nearest
        point of any district.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - keeps the import of the package light

    require_columns(towns, ["name", "district"], where="towns")
    xy = np.column_stack(grid.centres_xy(cells["row"], cells["col"]))
    names = np.empty(len(cells), dtype=object)
    for district in cells["district"].unique():
        here = (cells["district"] == district).to_numpy()
        own = towns[towns["district"] == district]
        points = own if len(own) else towns
        tree = cKDTree(np.column_stack([points.geometry.x, points.geometry.y]))
        names[here] = points["name"].to_numpy()[tree.query(xy[here])[1]]
    return pd.Series(names, index=cells.index, name="town", dtype="str")


def mesh_pairs(codes: pd.Series, grid: Grid) -> pd.DataFrame:
    """Divide JIS meshes of 1 km, 500 m or 250 m among the cells they cover.

    Parameters
    ----------
    codes
        Codes as text of 8, 9 or 10 digits, all of one length; the index names the source.

    Returns
    -------
    pandas.DataFrame
        `source`, `target` (cell code) and `weight`, the share of the mesh; weights of one
        source sum to 1. A 250 m mesh is 2.5 cells wide, so some of its cells are halves.

    Raises
    ------
    LayerError
        If a code is not a mesh code; the first five are named.
    """
    south, west, side = _mesh_corners(codes, grid)
    steps = np.arange(int(np.ceil(side)) + 1)
    rows, height = _pieces(south, side, steps)
    cols, width = _pieces(west, side, steps)
    weight = height[:, :, None] * width[:, None, :] / side**2
    source, row, col = np.nonzero(weight > 0)
    return pd.DataFrame(
        {
            "source": codes.index.to_numpy()[source],
            "target": grid.cell_ids(rows[source, row], cols[source, col]),
            "weight": weight[source, row, col],
        }
    )


def _pieces(start: Floats, side: float, steps: Ints) -> tuple[Ints, Floats]:
    """Return the whole cells that [start, start + side) meets and the length in each."""
    first = np.floor(start)[:, None] + steps
    low, high = np.maximum(first, start[:, None]), np.minimum(first + 1, start[:, None] + side)
    return first.astype(np.int64), np.maximum(high - low, 0.0)


def _mesh_corners(codes: pd.Series, grid: Grid) -> tuple[Floats, Floats, float]:
    """Return the southern and western edge in rows and columns of the grid, and the side."""
    texts = codes.astype("str")
    lengths = texts.str.len()
    wrong = ~(texts.str.fullmatch(r"\d{4}[0-7]{2}\d{2}[1-4]{0,2}") & (lengths == lengths.iloc[0]))
    if wrong.any():
        raise LayerError(
            Fault(
                where=f"row {row}: mesh_code",
                what=f"{text!r} is not a mesh code of {lengths.iloc[0]} digits",
                fix="give 8 (1 km), 9 (500 m) or 10 (250 m) digits as text",
            )
            for row, text in texts[wrong].head(5).items()
        )
    rows, cols = grid.rows_cols((texts.str[:8] + "00").to_numpy(dtype="U10"))
    south, west, side = rows.astype(float), cols.astype(float), 10.0
    for place in range(8, int(lengths.iloc[0])):
        side /= 2
        quarter = texts.str[place].astype(int).to_numpy() - 1
        south, west = south + quarter // 2 * side, west + quarter % 2 * side
    return south, west, side
