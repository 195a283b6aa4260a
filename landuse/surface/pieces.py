"""Cut lines where they pass from cell to cell, so that each cell knows its piece.

Coordinates are in cells: columns eastward, rows northward, from the grid's corner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from landuse.grid import MESH_CRS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.grid import Grid

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Visits", "in_cells", "shortest_m", "visits_of"]

OUTSIDE = -1


@dataclass(frozen=True, kw_only=True)
class Visits:
    """What lines leave in cells: one visit for each stay of a line in a cell, in order."""

    line: Ints
    """Place of the line among those given."""
    cell: Ints
    """Row times columns plus column."""
    length_m: Floats
    to_next: Bools
    """Whether the line goes on into the next visit."""
    from_last: Bools
    """Whether it comes from the visit before."""
    shape: NDArray[np.object_]
    """The piece, a line in cells; empty where nobody asked for shapes."""


def in_cells(shapes: gpd.GeoSeries, grid: Grid) -> NDArray[np.object_]:
    """Return shapes with coordinates counted in cells of the grid."""
    width, _, west, _, height, south = grid.affine
    scale, origin = np.array([width, height]), np.array([west, south])
    placed = shapes.to_crs(MESH_CRS).to_numpy()
    return np.asarray(shapely.transform(placed, lambda xy: (xy - origin) / scale))


def visits_of(lines: NDArray[np.object_], grid: Grid, *, shapes: bool = True) -> Visits:
    """Return the visits of some lines (in cells) to the cells of a grid.

    A line whose corner lies on the side of two cells visits both, so that lines which share
    a corner share a cell.
    """
    parts, whose = shapely.get_parts(lines, return_index=True)
    part, key, ends = _pieces(parts)
    middle = ends.mean(axis=1)
    col, row = np.floor(middle).astype(np.int64).T
    inside = grid.contains(row, col)
    cell = np.where(inside, row * grid.n_cols + col, OUTSIDE)
    order = np.lexsort((key[:, 1], key[:, 0]))
    part, cell, ends = part[order], cell[order], ends[order]
    dx_m, dy_m = grid.steps_m()
    row = np.clip(row[order], 0, grid.n_rows - 1)
    along = ends[:, 1] - ends[:, 0]
    length_m = np.hypot(along[:, 0] * dx_m[row], along[:, 1] * dy_m[row])
    # A new visit begins where the line or the cell changes.
    new = np.ones(len(cell), dtype=bool)
    new[1:] = (part[1:] != part[:-1]) | (cell[1:] != cell[:-1])
    first = np.flatnonzero(new)
    on = cell[first] != OUTSIDE
    goes_on = np.zeros(len(first), dtype=bool)
    goes_on[:-1] = (part[first[1:]] == part[first[:-1]]) & on[1:] & on[:-1]
    return Visits(
        line=whose[part[first]][on],
        cell=cell[first][on],
        length_m=np.add.reduceat(length_m, first)[on] if len(first) else np.zeros(0),
        to_next=goes_on[on],
        from_last=np.append(False, goes_on[:-1])[on] if len(first) else goes_on,
        shape=_shapes(ends, first)[on] if shapes else np.zeros(0, dtype=object),
    )


def _pieces(lines: NDArray[np.object_]) -> tuple[Ints, Floats, Floats]:
    """Cut lines at the sides of cells, with a piece of no length at each corner.

    Returns the line of each piece, a key to sort by, and both ends, shape (pieces, 2, 2).
    """
    xy, whose = shapely.get_coordinates(lines, return_index=True)
    segment = np.flatnonzero(whose[1:] == whose[:-1])
    start, end = xy[segment], xy[segment + 1]
    at, part = [segment, segment], [np.zeros(len(segment)), np.ones(len(segment))]
    for axis in (0, 1):
        low = np.minimum(start[:, axis], end[:, axis])
        count = np.maximum(np.ceil(np.maximum(start, end)[:, axis]) - np.floor(low) - 1, 0)
        each = np.repeat(np.arange(len(segment)), count.astype(np.int64))
        nth = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count.astype(np.int64))
        side = np.floor(low)[each] + 1 + nth
        at.append(segment[each])
        part.append((side - start[each, axis]) / (end - start)[each, axis])
    seg, along = np.concatenate(at), np.concatenate(part)
    order = np.lexsort((along, seg))
    seg, along = seg[order], along[order]
    here = np.flatnonzero(seg[1:] == seg[:-1])
    seg, begin, stop = seg[here], along[here][:, None], along[here + 1][:, None]
    step = xy[seg + 1] - xy[seg]
    ends = np.stack([xy[seg] + begin * step, xy[seg] + stop * step], axis=1)
    corners = np.stack([xy, xy], axis=1)
    # A corner comes before the segment that starts there and after the one that ends there.
    key = np.column_stack([seg, (begin + stop) / 2])
    corner_key = np.column_stack([np.arange(len(xy)), np.full(len(xy), -1.0)])
    return (
        np.concatenate([whose[seg], whose]),
        np.concatenate([key, corner_key]),
        np.concatenate([ends, corners]),
    )


def _shapes(ends: Floats, first: Ints) -> NDArray[np.object_]:
    """Return the line through the pieces of each visit."""
    if len(first) == 0:
        return np.zeros(0, dtype=object)
    visit = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(ends))))
    return np.asarray(shapely.linestrings(ends.reshape(-1, 2), indices=np.repeat(visit, 2)))


def shortest_m(cell: Ints, shapes: NDArray[np.object_], grid: Grid) -> tuple[Floats, NDArray[Any]]:
    """Return how far shapes lie from the centres of their cells, and the shortest lines."""
    row, col = np.divmod(cell, grid.n_cols)
    lines = shapely.shortest_line(shapely.points(col + 0.5, row + 0.5), shapes)
    if len(cell) == 0:
        return np.zeros(0), np.asarray(lines)
    xy = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    along = xy[:, 1] - xy[:, 0]
    dx_m, dy_m = grid.steps_m()
    return np.hypot(along[:, 0] * dx_m[row], along[:, 1] * dy_m[row]), np.asarray(lines)
