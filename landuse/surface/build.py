"""Make a surface: the pace of each cell, and the sides of bridges that nobody crosses.

A cell's pace is that of the fastest road in it, else that of its land. Water is a barrier.
A road over a barrier is a bridge: it is entered and left only where the road itself crosses
the side of a cell, so a road along the bank leads nobody across the river.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.grid import MESH_CRS
from landuse.leastcost import WALL_EAST, WALL_NORTH
from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.speeds import ModeSpeeds, Speed, Speeds

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float32]

__all__ = ["Surface", "build_surface"]

INHABITED = "built_up"
"""Class of a barrier's cell where people live all the same: its centre is wet, they are not."""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """What it costs one mode to cross each cell of a grid."""

    grid: Grid
    mode: str
    friction: Floats
    """Seconds per metre, shape of the grid; infinite in a barrier."""
    walls: NDArray[np.uint8]
    """Bits of `leastcost`: sides between open cells that nobody crosses."""
    known: Bools
    """Where the data say anything about the land."""


def build_surface(
    grid: Grid,
    land: gpd.GeoDataFrame,
    roads: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str,
    inhabited: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
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
        simplified, the time is that of the true length. A road is passable in every cell
        that it touches.
    barriers
        Water: areas (the cells with their centre in it) and lines (all cells they touch),
        both crossed by bridges only. An area narrower than a cell counts as a line.
    speeds, mode
        Speeds, and whose.
    inhabited
        Rows and columns of cells that stay open though water covers their centre or their
        river, because people live or work there. They keep to their bank of the river.

    Raises
    ------
    CrsError
        If a layer is not metric.
    LayerError
        If a class of land has no speed.

    Notes
    -----
    Intersections of roads are not known to a raster: roads meet wherever they share a cell.
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
    used, road = _road_pace(grid, roads, pace)
    bridge = np.isinf(friction) & np.isfinite(road)
    walls = _walls(grid, bridge=bridge, banks=kept & river, roads=used, lines=lines)
    friction = np.minimum(friction, road)
    known = (classes >= 0) | river | lake | np.isfinite(friction)
    return Surface(grid=grid, mode=mode, friction=friction, walls=walls, known=known)


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


def _road_pace(
    grid: Grid, roads: gpd.GeoDataFrame, pace: ModeSpeeds
) -> tuple[gpd.GeoSeries, Floats]:
    """Return the roads that the mode uses, and seconds per metre of the fastest in each cell."""
    kinds: dict[str, Speed] = {kind: s for kind, s in pace.road.items() if not s.controlled}
    roads = roads[roads["kind"].isin(kinds)]
    s_per_m = (
        roads["kind"].map({kind: speed.s_per_m for kind, speed in kinds.items()}).to_numpy(float)
    )
    if "length_km" in roads:
        # A line drawn with fewer corners is shorter than the road that it stands for.
        true = roads["length_km"].to_numpy(float) * 1000 / roads.geometry.length.to_numpy()
        s_per_m = s_per_m * np.where(np.isfinite(true), np.maximum(true, 1.0), 1.0)
    slowest_first = np.argsort(-s_per_m, kind="stable")
    lines = roads.iloc[slowest_first].geometry
    return lines, _burn(grid, lines, s_per_m[slowest_first], fill=np.inf, all_touched=True)


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


def _walls(
    grid: Grid, *, bridge: Bools, banks: Bools, roads: gpd.GeoSeries, lines: gpd.GeoSeries
) -> NDArray[np.uint8]:
    """Close the sides of bridges that no road crosses, and keep banks to their side of a river."""
    walls = np.zeros(grid.shape, dtype=np.uint8)
    roads, lines = roads.to_crs(MESH_CRS), lines.to_crs(MESH_CRS)
    for bit, (up, along) in ((WALL_EAST, (0, 1)), (WALL_NORTH, (1, 0))):
        here = np.s_[: grid.n_rows - up, : grid.n_cols - along]
        beyond = np.s_[up:, along:]
        of_bridge = bridge[here] | bridge[beyond]
        rows, cols = np.nonzero(of_bridge | banks[here] | banks[beyond])
        # The side that two cells share runs between corners, the link between centres.
        side = _segments(grid, rows + up, cols + along, rows + 1.0, cols + 1.0)
        middle = rows + 0.5, cols + 0.5
        link = _segments(grid, *middle, middle[0] + up, middle[1] + along)
        closed = of_bridge[rows, cols] | _meets(link, lines)
        closed &= ~_meets(side, roads)
        walls[rows[closed], cols[closed]] |= bit
    return walls


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
