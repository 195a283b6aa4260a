"""Claim layers of land that no package has: settlement, farm, wetland, forest, water, parks.

Each layer follows a written rule from real inputs and published figures; none is traced from a
map of the thing itself. The cover claims (built-up, water, farm, wetland, open nature, forest)
fill the city without gap or overlap; settlement and park claims lie over them.

Cover rules, in the order in which they take land:
*water*: Lake Akan (GSHHG) and the three small lakes at their published place and area.
*built-up*: see `model_settlement`. *farm*: the valleys of `facts/valleys.csv`, followed from
section to section by the names of the towns (二十三線, 二十四線 ...), as wide as the published
farmland of the city allows. *wetland*: the marsh hamlets of `facts/rural_names.csv` where the
satellite sees no closed forest. *nature*: the summits above the tree line, the shore, and the
rest of the land seen as grass or savanna. *forest*: all other land.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from fields import Floats, polygonal, polygons_above, tidy
from model_park import model_park
from model_settlement import model_settlement
from modelbase import (
    FACTS,
    Base,
    claim_rows,
    cut,
    land_of_hamlets,
    matching,
    read_base,
    save_claims,
    shape_of,
)
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd
    from packages import Packages
    from shapely.geometry.base import BaseGeometry

__all__ = ["COVERS", "LAYERS", "build"]

LAYERS = ("settlement", "farm", "park", "wetland", "forest", "water", "nature")
COVERS = ("water", "built_up", "cover_farm", "wetland", "cover_nature", "cover_forest")
"""The cover claims in the order in which they take land; together they fill the city."""

OPEN_CLASSES = (8, 9, 10, 11, 12, 13, 14, 16)
"""IGBP classes without closed forest: savannas, grass, wetland, crops, urban, barren."""
LINK_M = 9000.0
"""Sections of one valley further apart than this are not joined."""
FACING_M = 3000.0
"""Sections on the two sides of a river lie within this distance of each other."""
COAST_M = 250.0
"""Beach, dune and cliff: the strip between sea and the first other cover."""
FARM_MIN_M2 = 500_000.0
MIN_M2 = 100_000.0
SLIVER_M2 = 2_000.0
"""Smaller bits between two covers go to the forest, which takes the rest."""
LAP_M = 0.3
"""Three times the rounding of the layers' coordinates."""
SLOPE = 0.3
"""Height lost per metre from a summit: the mean slope of these volcanoes near the top."""


def build(layers: Path, packages: Packages, facts: Path = FACTS) -> None:
    """Write the modelled claim layers into the folder of the base layers."""
    base = read_base(layers, packages, facts)
    settlement = model_settlement(base)
    covers = cover(base, settlement.built_up)
    wetland = shapely.union_all(list(covers["wetland"].values()))
    park = model_park(base, wetland, settlement.built_up)
    save_claims([settlement.claims], layers / "claims_settlement.parquet")
    save_claims([park], layers / "claims_park.parquet")
    for claim, parts in covers.items():
        name = f"claims_{claim.removeprefix('cover_')}"
        least_m2 = 0.0 if claim == "cover_forest" else SLIVER_M2
        save_claims([claim_rows(claim, name, parts, min_m2=least_m2)], layers / f"{name}.parquet")


def cover(base: Base, built_up: BaseGeometry) -> dict[str, dict[str, BaseGeometry]]:
    """Return the cover claims other than built-up, each as named areas, without overlap."""
    water = _water(base)
    taken = shapely.union_all([built_up, *water.values()])
    farm = _farm(base, taken)
    taken = shapely.union_all([taken, *farm.values()])
    wetland = _wetland(base, taken)
    taken = shapely.union_all([taken, *wetland.values()])
    nature = _nature(base, taken)
    taken = shapely.union_all([taken, *nature.values()])
    # A hand's breadth over the others, so that rounding leaves no land without a claim.
    rest = shapely.difference(base.boundary.buffer(LAP_M), taken.buffer(-LAP_M))
    forest = polygonal(rest)
    return {
        "water": water,
        "cover_farm": farm,
        "wetland": wetland,
        "cover_nature": nature,
        "cover_forest": {"森林": forest},
    }


def _water(base: Base) -> dict[str, BaseGeometry]:
    inside = {
        str(name): shapely.intersection(lake, base.boundary)
        for name, lake in zip(base.lakes["name_ja"], base.lakes.geometry, strict=True)
    }
    return {name: polygonal(lake) for name, lake in inside.items() if not lake.is_empty}


def _farm(base: Base, taken: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return the farmland along the valleys, cut to the published area."""
    nearness = {
        str(name): _valley_nearness(base, rows)
        for name, rows in base.table("valleys").groupby("valley", sort=False)
    }
    names = list(nearness)
    stack = np.stack([nearness[name] for name in names])
    field = base.grid.smooth(stack.max(axis=0), sigma_m=200.0)
    free = base.inside & ~base.grid.mask([taken])
    area = cut(base, field, free, base.figure("farmland_km2"), min_m2=FARM_MIN_M2, taken=taken)
    return _split_by_nearest(base, area, names, stack)


def _valley_nearness(base: Base, rows: pd.DataFrame) -> Floats:
    """Return 1 on the axis (or in the plain) of a valley, less with distance in half-widths."""
    nearest = np.zeros(base.grid.shape)
    columns = (rows["kind"], rows["places"], rows["half_width_m"].astype(float))
    for kind, pattern, half_width_m in zip(*columns, strict=True):
        area = VALLEY_SHAPES[kind](matching(base.towns, pattern))
        distance = base.grid.distance_m([area]) / half_width_m
        nearest = np.maximum(nearest, 1 / (1 + distance))
    return nearest


def _axis(places: gpd.GeoDataFrame) -> BaseGeometry:
    """Join the sections of a valley into lines: each to its nearest, as a tree."""
    points = shapely.get_coordinates(places.geometry.to_numpy())
    tree = minimum_spanning_tree(cdist(points, points)).tocoo()
    joined = tree.data <= LINK_M
    ends = np.stack([points[tree.row[joined]], points[tree.col[joined]]], axis=1)
    lines = [shapely.LineString(pair) for pair in ends]
    return shapely.union_all([*lines, shapely.MultiPoint(points)])


def _floor(places: gpd.GeoDataFrame) -> BaseGeometry:
    """Fill between two rows of sections that face each other across a river."""
    points = shapely.get_coordinates(places.geometry.to_numpy())
    corners = points[Delaunay(points).simplices]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    triangles = shapely.polygons(corners[sides.max(axis=1) <= FACING_M])
    return shapely.union_all([*triangles, _axis(places)])


def _plain(places: gpd.GeoDataFrame) -> BaseGeometry:
    """Fill all the land between some places."""
    return shapely.convex_hull(places.union_all())


VALLEY_SHAPES: dict[str, Callable[[gpd.GeoDataFrame], BaseGeometry]] = {
    "axis": _axis,
    "floor": _floor,
    "plain": _plain,
}


def _split_by_nearest(
    base: Base, area: BaseGeometry, names: list[str], stack: Floats
) -> dict[str, BaseGeometry]:
    """Name each polygon of an area after the valley that most of its cells are nearest to."""
    winner = stack.argmax(axis=0)
    parts: dict[str, list[BaseGeometry]] = {}
    for polygon in shapely.get_parts(area):
        cells = winner[base.grid.mask([polygon], touched=True)]
        name = names[int(np.bincount(cells, minlength=len(names)).argmax())]
        parts.setdefault(f"{name}の農地", []).append(polygon)
    return {name: shapely.union_all(polygons) for name, polygons in parts.items()}


def _openness(base: Base) -> Floats:
    """Return the share of open classes round each cell, smoothed across the 5 km cells."""
    cells = base.landcover[base.landcover["class_code"].isin(OPEN_CLASSES)]
    return base.grid.smooth(base.grid.mask(cells.geometry), sigma_m=1500.0)


def _wetland(base: Base, taken: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return the marsh: the land of the marsh hamlets, where it is open."""
    near = land_of_hamlets(base, ("marsh", "marsh_core"))
    share = base.grid.smooth(near, sigma_m=500.0) * (0.4 + _openness(base))
    share = np.where(base.grid.mask([base.district("kushiro")]), share, 0.0)
    area = tidy(polygons_above(base.grid, share, 0.5), base.boundary, min_m2=MIN_M2)
    return {"釧路湿原": polygonal(shapely.difference(area, taken), min_m2=MIN_M2)}


def _nature(base: Base, taken: BaseGeometry) -> dict[str, BaseGeometry]:
    """Return summits above the tree line and the open strip along the sea."""
    summits = shape_of(base.table("places"), "summit")
    bare = np.maximum(summits["value"] - base.figure("tree_line_m"), 0.0) / SLOPE
    above = {
        str(name): shapely.buffer(point, radius)
        for name, point, radius in zip(summits["name"], summits.geometry, bare, strict=True)
    }
    areas = {**above, "海岸": shapely.buffer(base.shore, COAST_M)}
    free = shapely.difference(base.boundary, taken)
    result: dict[str, BaseGeometry] = {}
    for name, area in areas.items():
        result[name] = polygonal(shapely.intersection(area, free), min_m2=10_000.0)
        free = shapely.difference(free, result[name])
    return result
