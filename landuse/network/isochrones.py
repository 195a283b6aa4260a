"""Areas from which a place is reached within some time, or that are reached from it.

What a spot of land costs is what it costs to walk to its nearest street and go on from
there, as in `travel_costs`: that surface is worked out on a raster near the streets that are
reached and its contours are the areas. So they have no hole where they begin, agree with
the table of costs, and lie within each other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from landuse.crs import same_crs
from landuse.errors import Fault, LayerError
from landuse.hierarchy import Search, at_nodes, matrix
from landuse.network.contour import area_within
from landuse.network.pairs import direct_ways
from landuse.network.plain import node_seconds
from landuse.network.snapping import WHY, Snapping
from landuse.network.task import make_task, ready
from landuse.network.travel import seconds_in_chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.network.graph import Network
    from landuse.network.prepared import Prepared
    from landuse.network.task import Task

    Floats = NDArray[np.float64]

__all__ = ["isochrones"]

MOST_CELLS = 4_000_000


def isochrones(
    network: Network | Prepared,
    origins: gpd.GeoSeries,
    *,
    cutoffs_s: Sequence[float],
    off_network_kmh: float,
    cell_m: float = 50.0,
    beside_m: float = 150.0,
    direction: str = "from",
    barriers: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the areas within some seconds of each place.

    Parameters
    ----------
    network
        The network.
    origins
        Points in its system, index their ids.
    cutoffs_s
        Seconds, as many as wanted.
    off_network_kmh
        As for `travel_costs`.
    cell_m
        Width of the raster's cells.
    beside_m
        How far from a street land counts; blocks wider than twice that have holes.
    direction
        `from`: what is reached from the place; `to`: from where it is reached.
    barriers
        Polygons that no leg to a street crosses, such as water. Land within a cell of a
        street counts all the same, so that a bridge joins its banks.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each origin and cutoff, rising: `from_id`, `cutoff_s`, `reason` (why
        there is no area) and multipolygons.

    Raises
    ------
    CrsError
        If the layers are in different systems.
    LayerError
        If the direction is none of those, a cutoff is not above 0, or the raster would have
        more than four million cells.
    """
    if not all(0 < cutoff_s < np.inf for cutoff_s in cutoffs_s):
        what = f"are {list(cutoffs_s)}"
        raise LayerError(Fault(where="cutoffs_s", what=what, fix="give seconds above 0"))
    if barriers is not None:
        same_crs(barriers, origins, where="barriers and origins")
    prepared = ready(network)
    rows = []
    for place in range(len(origins)):
        origin = gpd.GeoSeries(origins.iloc[[place]])
        task = _task(prepared, origin, origin, max(cutoffs_s), off_network_kmh, direction)
        why = WHY[task.there.why[0]]
        field = None
        if not why:
            field = _surface(prepared, origin, task, cell_m, beside_m, barriers)
        for cutoff_s in sorted(cutoffs_s):
            shape = None
            if field is not None:
                shape = area_within(field[0], cutoff_s, corner=field[1], step_m=cell_m)
            rows.append((origins.index[place], float(cutoff_s), why, shape))
    ids, cutoffs, reasons, shapes = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns = {"from_id": list(ids), "cutoff_s": list(cutoffs), "reason": list(reasons)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=origins.crs)


def _task(
    network: Network | Prepared,
    here: gpd.GeoSeries,
    there: gpd.GeoSeries,
    cutoff_s: float,
    off_network_kmh: float,
    direction: str,
    within_m: float = np.inf,
) -> Task:
    return make_task(
        network,
        here,
        there,
        off_network_kmh=off_network_kmh,
        cutoff_s=cutoff_s,
        within_m=Snapping(within_m=within_m),
        direction=direction,
    )


def _surface(
    network: Network | Prepared,
    origin: gpd.GeoSeries,
    task: Task,
    cell_m: float,
    beside_m: float,
    barriers: gpd.GeoDataFrame | None,
) -> tuple[Floats, tuple[float, float]]:
    """Return the cost of each cell and the middle of the first."""
    west, south, east, north = _box(task)
    spread_m = beside_m + cell_m
    cols, rows = (
        int(np.ceil((high - low + 2 * spread_m) / cell_m)) + 1
        for low, high in ((west, east), (south, north))
    )
    if cols * rows > MOST_CELLS:
        what = f"of {cell_m} m would make {cols * rows:,} cells"
        raise LayerError(Fault(where="cell_m", what=what, fix="give larger cells"))
    x, y = west - spread_m + cell_m * np.arange(cols), south - spread_m + cell_m * np.arange(rows)
    at_x, at_y = (part.ravel() for part in np.meshgrid(x, y))
    cells = gpd.GeoSeries(gpd.points_from_xy(at_x, at_y), crs=origin.crs)
    kmh = 3.6 / task.s_per_m
    here = _task(network, cells, origin, task.cutoff_s, kmh, task.direction, beside_m)
    # The place itself may lie farther from its street than others count.
    here_and_there = _from_place(here, task)
    cost_s = next(iter(seconds_in_chunks(here_and_there)))[1][0]
    gap_m = np.hypot(at_x - task.there.xy[0, 0], at_y - task.there.xy[0, 1])
    near = gap_m <= task.there.snap_m[0] + cell_m
    both = 2 if task.direction == "there_and_back" else 1
    cost_s = np.where(near, np.minimum(cost_s, both * gap_m * task.s_per_m), cost_s)
    if barriers is not None:
        cost_s[_barred(here_and_there, barriers, cell_m) & ~near] = np.inf
    blank_s = 2 * task.cutoff_s + 1.0
    found = np.minimum(np.where(np.isfinite(cost_s), cost_s, blank_s), blank_s)
    return found.reshape(rows, cols), (float(x[0]), float(y[0]))


def _from_place(cells: Task, place: Task) -> Task:
    """Return the search to the cells with the place snapped as far as it takes."""
    direct = direct_ways(cells.prepared.network, cells.here, place.there, s_per_m=cells.s_per_m)
    return replace(cells, there=place.there, direct=direct)


def _box(task: Task) -> tuple[float, float, float, float]:
    """Return the bounds of all edges of which some part is within the limit."""
    edges = task.prepared.network.edges
    reached = _node_seconds(task) <= task.cutoff_s
    some = reached[edges["tail"].to_numpy()] | reached[edges["head"].to_numpy()]
    some[task.there.edge[0]] = True
    bounds = np.vstack([edges.geometry.bounds.to_numpy()[some], np.tile(task.there.xy, 2)])
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _node_seconds(task: Task) -> Floats:
    """Return what every node costs from the place, or to it."""
    network = task.prepared.network
    if task.fast:
        nodes = at_nodes(np.arange(len(network.nodes)))
        search = task.search
        asked = Search(
            costs=search.costs,
            sources=search.sources,
            targets=nodes,
            direction=task.direction,
            limit_s=task.cutoff_s,
        )
        return matrix(asked)[:, 0].astype(np.float64)
    return node_seconds(task)


def _barred(task: Task, barriers: gpd.GeoDataFrame, cell_m: float) -> NDArray[np.bool_]:
    """Tell which cells' legs to their street cross a barrier."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    here = task.here
    barred = np.zeros(len(here), dtype=bool)
    far = np.flatnonzero(here.on & (here.snap_m > cell_m))
    lines = task.prepared.network.edges.geometry.to_numpy()[here.edge[far]]
    ends = shapely.line_interpolate_point(lines, here.share[far], normalized=True)
    legs = shapely.linestrings(np.stack([here.xy[far], shapely.get_coordinates(ends)], axis=1))
    crossed, _ = barriers.sindex.query(legs, predicate="intersects")
    barred[far[np.unique(crossed)]] = True
    return barred
