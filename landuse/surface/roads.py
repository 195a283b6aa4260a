"""Lay roads over the land: ways of their own, entered from the cells that they pass.

A road is no property of the cells it passes. It is a chain of links from cell to cell, as
long as the road is, at the road's pace; the land beside it keeps its own. One who lives in
a cell walks from its centre to the nearest point of the road in it, at the pace of the land.
So a road speeds up nobody who crosses it, and a bridge leads over a river only along itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from landuse.leastcost import Links, Slopes
from landuse.leastcost.slopes import factor_at
from landuse.surface.pieces import shortest_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.surface.pieces import Visits

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Shapes = NDArray[np.object_]

__all__ = ["Ground", "road_links", "road_pace"]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The land that roads are laid over, as far as they must know it."""

    grid: Grid
    friction: NDArray[np.float32]
    """Seconds per metre; in a cell that only roads lead through, that of its fastest road."""
    closed: Bools
    """Where only roads lead through."""
    wet: Bools
    """Where a road may lie on either bank."""
    shut: Bools
    """Where no land lies open on any side."""
    water: Shapes
    """Rivers and lakes, in cells."""
    slopes: Slopes | None


def road_pace(visits: Visits, s_per_m: Floats, grid: Grid) -> NDArray[np.float32]:
    """Return the seconds per metre of the fastest road in each cell, infinite without one."""
    pace = np.full(grid.n_rows * grid.n_cols, np.inf)
    np.minimum.at(pace, visits.cell, s_per_m[visits.line])
    return pace.reshape(grid.shape).astype(np.float32)


def road_links(visits: Visits, s_per_m: Floats, ground: Ground) -> Links | None:
    """Return roads as links between the cells of a grid and nodes of their own.

    Parameters
    ----------
    visits
        Of the roads to the cells; pieces in one cell meet, unless water lies between them.
    s_per_m
        Pace of each road.
    ground
        What lies below.
    """
    if len(visits.cell) == 0:
        return None
    node, n_nodes = _nodes(visits, ground)
    beyond = ground.friction.size
    along = _along(visits, node + beyond, s_per_m, ground)
    onto = _onto(visits, node, ground)
    cell, place, cost_s = onto
    return Links(
        start=np.concatenate([*along[0], cell, place + beyond]),
        end=np.concatenate([*along[1], place + beyond, cell]),
        cost_s=np.concatenate([*along[2], cost_s, cost_s]),
        n_nodes=n_nodes,
    )


def _nodes(visits: Visits, ground: Ground) -> tuple[Ints, int]:
    """Return the node of each visit: one in a cell, or in a wet one, one for each bank."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - keeps the import of the package light
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    wet = ground.wet.ravel()[visits.cell]
    one, other = _pairs(visits.cell, np.flatnonzero(wet))
    lines = shapely.shortest_line(visits.shape[one], visits.shape[other])
    apart = (shapely.length(lines) > 0) & _meets(lines, ground.water)
    # In dry cells every visit joins the first of its cell.
    dry = np.flatnonzero(~wet)
    _, first, back = np.unique(visits.cell[dry], return_index=True, return_inverse=True)
    start, end = (
        np.concatenate(part) for part in ((one[~apart], dry), (other[~apart], dry[first[back]]))
    )
    size = len(visits.cell)
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
    n_nodes, node = connected_components(graph, directed=False)
    return node.astype(np.int64), int(n_nodes)


def _pairs(cell: Ints, among: Ints) -> tuple[Ints, Ints]:
    """Return every two of some visits that are in the same cell."""
    order = among[np.argsort(cell[among], kind="stable")]
    sizes = np.unique(cell[order], return_counts=True)[1]
    starts = np.cumsum(sizes) - sizes
    ones, others = [among[:0]], [among[:0]]
    for size in np.unique(sizes[sizes > 1]):
        upper = np.triu_indices(int(size), 1)
        block = starts[sizes == size][:, None]
        ones.append(order[block + upper[0]].ravel())
        others.append(order[block + upper[1]].ravel())
    return np.concatenate(ones), np.concatenate(others)


def _meets(lines: Shapes, water: Shapes) -> Bools:
    found = np.zeros(len(lines), dtype=bool)
    if len(lines) and len(water):
        found[shapely.STRtree(water).query(lines, predicate="intersects")[0]] = True
    return found


def _along(
    visits: Visits, node: Ints, s_per_m: Floats, ground: Ground
) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints], tuple[Floats, Floats]]:
    """Return the links along roads, both ways: from the middle of a piece to the next's.

    A road's first and last piece count whole, so the links of a road are as long as it is.
    """
    share_m = visits.length_m * np.where(visits.to_next & visits.from_last, 0.5, 1.0)
    here = np.flatnonzero(visits.to_next)
    length_m = share_m[here] + share_m[here + 1]
    cost_s = length_m * s_per_m[visits.line[here]]
    ahead, back = cost_s, cost_s
    if ground.slopes is not None:
        height = _heights(visits, ground)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (height[here + 1] - height[here]) / length_m
        ahead = cost_s * factor_at(ground.slopes, slope)
        back = cost_s * factor_at(ground.slopes, -slope)
    start, end = node[here], node[here + 1]
    return (start, end), (end, start), (ahead, back)


def _heights(visits: Visits, ground: Ground) -> Floats:
    """Return the elevation at the middle of each piece, at a road's ends at its end.

    Between cell centres, so that a short piece is no steeper than the land. On a bridge it
    is not known: its deck does not follow the valley, so links to and from it are level.
    """
    from scipy.ndimage import map_coordinates  # noqa: PLC0415 - keeps the import light

    assert ground.slopes is not None  # noqa: S101 - the caller looked
    part = np.where(visits.from_last, np.where(visits.to_next, 0.5, 1.0), 0.0)
    points = shapely.line_interpolate_point(visits.shape, part, normalized=True)
    col, row = shapely.get_coordinates(points).T
    height = map_coordinates(
        np.asarray(ground.slopes.elevation_m, np.float64),
        [row - 0.5, col - 0.5],
        order=1,
        mode="nearest",
    )
    return np.where(ground.closed.ravel()[visits.cell], np.nan, height)


def _onto(visits: Visits, node: Ints, ground: Ground) -> tuple[Ints, Ints, Floats]:
    """Return cells, the nodes that one may walk to from their centres, and the seconds.

    In a wet cell only roads on the centre's bank; where the land is shut on all sides, or
    closed, and none is there, the nearest: it cannot be a way across.
    """
    far_m, lines = shortest_m(visits.cell, visits.shape, ground.grid)
    order = np.lexsort((far_m, node))
    nearest = order[np.unique(node[order], return_index=True)[1]]
    cell, far_m, lines = visits.cell[nearest], far_m[nearest], lines[nearest]
    wet = ground.wet.ravel()[cell]
    across = np.zeros(len(cell), dtype=bool)
    across[wet] = _meets(lines[wet], ground.water)
    dry_way = np.zeros(ground.friction.size, dtype=bool)
    dry_way[cell[~across]] = True
    alone = ground.shut.ravel()[cell] & ~dry_way[cell]
    by_cell = np.lexsort((far_m, cell))
    first = np.zeros(len(cell), dtype=bool)
    first[by_cell[np.unique(cell[by_cell], return_index=True)[1]]] = True
    taken = np.flatnonzero(~across | (alone & first))
    cost_s = far_m[taken] * ground.friction.ravel()[cell[taken]].astype(np.float64)
    return cell[taken], node[nearest][taken], cost_s
