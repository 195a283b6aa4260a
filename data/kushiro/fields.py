"""Smooth scalar fields on a metric grid, and natural-looking polygons cut out of them.

A modelled layer is a field (a closeness, a share, a score) on one grid of 100 m, cut at the level
that gives the wanted area. Contours of smooth fields have no steps, whatever the source cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import contourpy
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapely.geometry.base import BaseGeometry

__all__ = ["Floats", "Grid", "Mask", "level_for_area", "polygons_above", "tidy"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIMPLIFY_M = 25.0
"""A quarter of a cell: the contour keeps its shape and loses its many vertices."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Square cells over a box, row 0 in the north, in the metres of the layers."""

    west: float
    north: float
    step_m: float
    shape: tuple[int, int]

    @classmethod
    def around(cls, area: BaseGeometry, *, step_m: float = 100.0, margin_m: float = 2000.0) -> Grid:
        """Return the grid that covers an area and a margin, on whole multiples of the step."""
        west, south, east, north = shapely.bounds(area)
        left = np.floor((west - margin_m) / step_m) * step_m
        top = np.ceil((north + margin_m) / step_m) * step_m
        rows = int(np.ceil((top - south + margin_m) / step_m))
        columns = int(np.ceil((east + margin_m - left) / step_m))
        return cls(west=float(left), north=float(top), step_m=step_m, shape=(rows, columns))

    @property
    def transform(self) -> Affine:
        """The affine map from (column, row) to metres."""
        return Affine(self.step_m, 0, self.west, 0, -self.step_m, self.north)

    def centres(self) -> tuple[Floats, Floats]:
        """Return x along the columns and y along the rows of the cell centres."""
        rows, columns = self.shape
        x = self.west + self.step_m * (np.arange(columns) + 0.5)
        y = self.north - self.step_m * (np.arange(rows) + 0.5)
        return x.astype(np.float64), y.astype(np.float64)

    def mask(self, shapes: Iterable[BaseGeometry], *, touched: bool = False) -> Mask:
        """Return the cells whose centre (or, `touched`, any part) lies in one of some shapes."""
        burnt = rasterize(
            list(shapes),
            out_shape=self.shape,
            transform=self.transform,
            all_touched=touched,
            dtype="uint8",
        )
        return np.asarray(burnt, dtype=bool)

    def distance_m(self, shapes: Iterable[BaseGeometry]) -> Floats:
        """Return the metres from each cell to the nearest of some shapes."""
        return self.distance_to(self.mask(shapes, touched=True))

    def distance_to(self, mask: Mask) -> Floats:
        """Return the metres from each cell to the nearest cell of a mask."""
        return np.asarray(ndimage.distance_transform_edt(~mask), dtype=np.float64) * self.step_m

    def smooth(self, field: NDArray[np.generic], *, sigma_m: float) -> Floats:
        """Return a field smoothed by a Gaussian."""
        values = np.asarray(field, dtype=np.float64)
        return np.asarray(ndimage.gaussian_filter(values, sigma_m / self.step_m, mode="nearest"))


def level_for_area(field: Floats, inside: Mask, *, cells: float) -> float:
    """Return the level that so many of the inside cells reach or exceed."""
    values = np.sort(field[inside])[::-1]
    last = min(max(round(cells), 1), len(values)) - 1
    return float(values[last])


def polygons_above(grid: Grid, field: Floats, level: float) -> BaseGeometry:
    """Return the area where a field exceeds a level, with the smooth borders of its contour."""
    low = float(min(field.min(), level - 1.0))
    # A low frame closes every contour inside the grid.
    framed = np.pad(field, 1, constant_values=low)
    x, y = grid.centres()
    x = np.concatenate([[x[0] - grid.step_m], x, [x[-1] + grid.step_m]])
    y = np.concatenate([[y[0] + grid.step_m], y, [y[-1] - grid.step_m]])
    generator = contourpy.contour_generator(
        x, y, framed, fill_type=contourpy.FillType.OuterOffset, quad_as_tri=False
    )
    points, offsets, *_ = generator.filled(level, float(framed.max()) + 1.0)
    polygons = [
        _polygon(np.asarray(xy), np.asarray(cuts))
        for xy, cuts in zip(points, offsets, strict=True)
        if xy is not None
    ]
    return shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object)))


def tidy(area: BaseGeometry, within: BaseGeometry, *, min_m2: float) -> BaseGeometry:
    """Return an area with fewer vertices, without specks and pinholes, inside another."""
    eased = shapely.simplify(area, SIMPLIFY_M)
    kept = [
        shapely.Polygon(
            part.exterior,
            [hole for hole in part.interiors if shapely.Polygon(hole).area >= min_m2],
        )
        for part in shapely.get_parts(eased)
        if part.geom_type == "Polygon" and part.area >= min_m2
    ]
    return polygonal(shapely.intersection(shapely.union_all(kept), within), min_m2=min_m2 / 10)


def polygonal(area: BaseGeometry, *, min_m2: float = 0.0) -> BaseGeometry:
    """Return the polygons of a geometry that are larger than some area, as one geometry."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(area)))
    kept = [part for part in parts if part.geom_type == "Polygon" and part.area > min_m2]
    return shapely.union_all(kept)


def _polygon(xy: Floats, cuts: NDArray[np.integer]) -> shapely.Polygon:
    rings = [ring for ring in np.split(xy, cuts[1:-1]) if len(ring) >= 4]
    return shapely.Polygon(rings[0], rings[1:])
