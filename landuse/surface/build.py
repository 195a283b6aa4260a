"""Make a surface: the pace of each cell, its walls, and the roads over it.

A cell's pace is that of its land. Water is a barrier. Roads are links of their own (see
`landuse.surface.roads`): one over a barrier is a bridge, entered and left only where the
road itself goes, so a road along the bank leads nobody across the river.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.grid import MESH_CRS
from landuse.leastcost import SLOPES, WALL_EAST, WALL_NORTH, Links, Slopes
from landuse.schema import require_columns
from landuse.surface.pieces import in_cells, visits_of
from landuse.surface.roads import Ground, road_links, road_pace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.speeds import ModeSpeeds, Speed, Speeds

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]

__all__ = ["Surface", "build_surface"]

SIDES = ((WALL_EAST, (0, 1)), (WALL_NORTH, (1, 0)))
INHABITED = "built_up"
"""Class of a barrier's cell where people live all the same: its centre is wet, they are not."""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What it costs one mode to cross each cell of a grid."""

    grid: Grid
    mode: str
    friction: Floats
    """Seconds per metre off the road, shape of the grid; infinite in a barrier. A cell that
    only roads lead through has the pace of the fastest, and walls all round."""
    walls: NDArray[np.uint8]
    """Bits of `leastcost`: sides between open cells that nobody crosses."""
    known: Bools
    """Where the data say anything about the land."""
    roads: Links | None = None
    """Ways along roads, and between them and the centres of cells."""
    slopes: Slopes | None = None
    """The lie of the land; None where the mode does not mind or nothing is known."""


def build_surface(
    grid: Grid,
    land: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str,
    inhabited: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    elevation_m: NDArray[Any] | None = None,
) -> Surface:
    """Return the surface of one mode, from land, roads and water.

    Parameters
    ----------
    grid
        The raster.
    land
        Polygons with `land_class`; later rows lie on top. A cell takes the class at its
        centre, or at the coast any class that touches it. Cells that no polygon touches
        are outside the data and cannot be entered but by road.
    roads
        Lines with `kind`, as `speeds` names them; with `length_km`, where a line is
        simplified, the time is that of the true length.
    barriers
        Water: areas (the cells with their centre in it) and lines (all cells they touch),
        both crossed by bridges only. An area narrower than a cell counts as a line.
    speeds, mode
        Speeds, and whose.
    inhabited
        Rows and columns of cells that stay open though water covers their centre or their
        river, because people live or work there. They keep to their bank of the river.
    elevation_m
        Metres above the sea at the centres of cells, shape of the grid, NaN where unknown
        (taken for level); for modes whose speeds say what a slope does.

    Raises
    ------
    CrsError
        If a layer is not metric.
    LayerError
        If a class of land has no speed, or the elevation does not fit the grid.

    Notes
    -----
    Intersections of roads are not known to a raster: roads meet wherever they share a cell
    and no water lies between them.
    """
    pace = speeds.of(mode)
    for name, layer in (("land", land), ("roads", roads), ("barriers", barriers)):
        require_metric(layer, where=name)
    require_columns(land, ["land_class"], where="land")
    require_columns(roads, ["kind"], where="roads")
    land, roads, barriers = (
        layer[~(layer.geometry.isna() | layer.geometry.is_empty)]
        for layer in (land, roads, barriers)
    )
    classes = _classes(grid, land, pace)
    friction = _land_pace(classes, pace)
    areas, lines = _split(barriers, grid)
    river = _burn(grid, lines, np.ones(len(lines)), fill=0.0, all_touched=True) > 0
    river &= ~np.isin(classes, _places(pace.land, lambda speed: speed.bridged))
    lake = _burn(grid, areas, np.ones(len(areas)), fill=0.0) > 0
    kept = _mask(grid, inhabited) & (river | lake | np.isinf(friction))
    friction[kept & np.isinf(friction)] = pace.land[INHABITED].s_per_m
    friction[(river | lake) & ~kept] = np.inf
    used, s_per_m = _used_roads(roads, pace)
    visits = visits_of(in_cells(used, grid), grid)
    closed = np.isinf(friction)
    friction = np.where(closed, road_pace(visits, s_per_m, grid), friction)
    walls = _walls(grid, closed=closed, banks=kept & river, lines=lines)
    ground = Ground(
        grid=grid,
        friction=friction,
        closed=closed,
        wet=river | lake,
        shut=_shut(walls, np.isinf(friction)),
        water=in_cells(barriers.geometry, grid),
        slopes=_slopes(grid, elevation_m, pace),
    )
    return Surface(
        grid=grid,
        mode=mode,
        friction=friction,
        walls=walls,
        known=(classes >= 0) | river | lake | np.isfinite(friction),
        roads=road_links(visits, s_per_m, ground),
        slopes=ground.slopes,
    )


def _slopes(grid: Grid, elevation_m: NDArray[Any] | None, pace: ModeSpeeds) -> Slopes | None:
    if elevation_m is None:
        return None
    if elevation_m.shape != grid.shape:
        what = f"has the shape {elevation_m.shape}, the grid {grid.shape}"
        raise LayerError(Fault(where="elevation_m", what=what, fix="put it on the grid's cells"))
    if pace.slope is None:
        return None
    return Slopes(np.asarray(elevation_m, np.float32), pace.slope.factor(SLOPES))


def _classes(grid: Grid, land: gpd.GeoDataFrame, pace: ModeSpeeds) -> NDArray[np.int64]:
    """Return the place of each cell's class in the mode's list, -1 where there is none."""
    names = list(pace.land)
    unknown = sorted(set(land["land_class"]) - set(names))
    if unknown:
        raise LayerError(
            Fault(
                where="land: land_class",
                what=f"is {name!r}, which mode {pace.key} has no speed for",
                fix=f"add it to the speed file or use one of: {', '.join(names)}",
            )
            for name in unknown
        )
    place = land["land_class"].map({name: at for at, name in enumerate(names)}).to_numpy(float)
    barrier = _places(pace.land, lambda speed: speed.kmh == 0)
    wettest_first = np.argsort(~np.isin(place, barrier), kind="stable")
    shapes = land.geometry.to_crs(MESH_CRS)
    touched = _burn(
        grid, shapes.take(wettest_first), place[wettest_first], fill=-1.0, all_touched=True
    )
    centre = _burn(grid, shapes, place, fill=-1.0)
    return np.where(centre >= 0, centre, touched).astype(np.int64)


def _land_pace(classes: NDArray[np.int64], pace: ModeSpeeds) -> Floats:
    table = [speed.s_per_m for speed in pace.land.values()]
    return np.array([*table, np.inf], dtype=np.float32)[classes]


def _places(speeds: Mapping[str, Speed], wanted: Callable[[Speed], bool]) -> list[int]:
    return [place for place, speed in enumerate(speeds.values()) if wanted(speed)]


def _used_roads(
    roads: gpd.GeoDataFrame, pace: ModeSpeeds
) -> tuple[gpd.GeoSeries, NDArray[np.float64]]:
    """Return the roads that the mode uses, and the seconds per metre of each."""
    kinds: dict[str, Speed] = {kind: s for kind, s in pace.road.items() if not s.controlled}
    roads = roads[roads["kind"].isin(kinds)]
    paces = {kind: speed.s_per_m for kind, speed in kinds.items()}
    s_per_m = np.asarray(roads["kind"].map(paces), dtype=np.float64)
    if "length_km" in roads:
        # A line drawn with fewer corners is shorter than the road that it stands for.
        true = roads["length_km"].to_numpy(float) * 1000 / roads.geometry.length.to_numpy()
        s_per_m = s_per_m * np.where(np.isfinite(true), np.maximum(true, 1.0), 1.0)
    passable = np.isfinite(s_per_m)
    lines: gpd.GeoSeries = roads.loc[passable].geometry
    return lines, s_per_m[passable]


def _split(barriers: gpd.GeoDataFrame, grid: Grid) -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Tell areas from lines; an area narrower than a cell is a line, lest its cells be missed."""
    shapes = barriers.geometry
    width_m = 2 * shapes.area / shapes.length.where(shapes.length > 0, np.inf)
    narrow = (width_m < min(step.min() for step in grid.steps_m())).to_numpy()
    return shapes[~narrow], shapes[narrow]


def _burn(
    grid: Grid,
    shapes: gpd.GeoSeries,
    values: NDArray[Any],
    *,
    fill: float,
    all_touched: bool = False,
) -> Floats:
    """Return a raster of values, the last shape on top; without all_touched by cell centre."""
    from rasterio.features import rasterize  # noqa: PLC0415 - keeps the import of the package light
    from rasterio.transform import Affine  # noqa: PLC0415

    if len(shapes) == 0:
        return np.full(grid.shape, fill, dtype=np.float32)
    burnt: Floats = rasterize(
        zip(shapes.to_crs(MESH_CRS), values, strict=True),
        out_shape=grid.shape,
        transform=Affine(*grid.affine),
        fill=fill,
        all_touched=all_touched,
        dtype="float32",
    )
    return burnt


def _mask(grid: Grid, cells: tuple[NDArray[np.int64], NDArray[np.int64]] | None) -> Bools:
    found = np.zeros(grid.shape, dtype=bool)
    if cells is not None:
        rows, cols = cells
        on = grid.contains(rows, cols)
        found[rows[on], cols[on]] = True
    return found


def _walls(grid: Grid, *, closed: Bools, banks: Bools, lines: gpd.GeoSeries) -> NDArray[np.uint8]:
    """Wall closed cells in, and keep banks to their side of a river."""
    walls = np.zeros(grid.shape, dtype=np.uint8)
    lines = lines.to_crs(MESH_CRS)
    for bit, (up, along) in SIDES:
        here = np.s_[: grid.n_rows - up, : grid.n_cols - along]
        beyond = np.s_[up:, along:]
        walls[here][closed[here] | closed[beyond]] |= bit
        rows, cols = np.nonzero(banks[here] | banks[beyond])
        middle = rows + 0.5, cols + 0.5
        link = _segments(grid, *middle, middle[0] + up, middle[1] + along)
        across = _meets(link, lines)
        walls[rows[across], cols[across]] |= bit
    return walls


def _shut(walls: NDArray[np.uint8], barrier: Bools) -> Bools:
    """Tell which cells no side of which is open to a traveller over land."""
    free = np.zeros(walls.shape, dtype=bool)
    for bit, (up, along) in SIDES:
        here = np.s_[: walls.shape[0] - up, : walls.shape[1] - along]
        beyond = np.s_[up:, along:]
        through = ((walls[here] & bit) == 0) & ~barrier[here] & ~barrier[beyond]
        free[here] |= through
        free[beyond] |= through
    return ~free


def _segments(grid: Grid, *ends: NDArray[Any]) -> NDArray[np.object_]:
    """Return straight lines in degrees between two points given as rows and columns."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    width, _, west, _, height, south = grid.affine
    row, col, to_row, to_col = ends
    points = np.array(
        [
            (west + col * width, south + row * height),
            (west + to_col * width, south + to_row * height),
        ]
    )
    return np.asarray(shapely.linestrings(points.transpose(2, 0, 1)))


def _meets(segments: NDArray[np.object_], lines: gpd.GeoSeries) -> Bools:
    found = np.zeros(len(segments), dtype=bool)
    found[lines.sindex.query(segments, predicate="intersects")[0]] = True
    return found
