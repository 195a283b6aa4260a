"""The raster that every cell of a study lies on: the JIS X 0410 1/10 mesh.

A cell is 3 seconds of latitude by 4.5 of longitude, in Kushiro about 93 by 102 metres.
Its code has ten digits: four of the first level (rows of 40 minutes, columns of one
degree), two of the second (an 8 by 8 division), two of the third (10 by 10) and two of
the tenth division of that, each time row before column, counted from the south-west.
Because 40 minutes are 800 rows and one degree is 800 columns, codes are plain arithmetic
on the number of rows north of the equator and of columns east of 100 degrees.

Rasters have their first row in the *south* and their first column in the west.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from landuse.errors import CrsError, Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray
    from pyproj import Transformer

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["COLS_PER_DEGREE", "MESH_CRS", "ROWS_PER_DEGREE", "Grid"]

ROWS_PER_DEGREE = 1200
COLS_PER_DEGREE = 800
WESTERNMOST_LON = 100
MESH_CRS = "EPSG:6668"
"""JGD2011 in degrees: the system in which the mesh is defined."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A rectangle of 1/10 mesh cells, and where they lie in the city's system.

    Methods take and give rows and columns counted from the grid's own south-west cell.
    """

    row: int
    """Rows of 3 seconds between the equator and the southern edge."""
    col: int
    """Columns of 4.5 seconds between 100 degrees east and the western edge."""
    n_rows: int
    n_cols: int
    crs: str
    """The city's system, projected and in metres."""

    @classmethod
    def over(
        cls, bounds: tuple[float, float, float, float], *, crs: str, margin_m: float = 0.0
    ) -> Self:
        """Return the smallest grid that covers a box.

        Parameters
        ----------
        bounds
            West, south, east, north in metres of `crs`, as `total_bounds` gives them.
        crs
            The city's system.
        margin_m
            Widen the box on all sides, so that ways round the edge are not cut off.

        Raises
        ------
        CrsError
            If the box, turned into degrees, is empty or not in reach of the mesh.
        """
        west, south, east, north = (
            edge + sign * margin_m for edge, sign in zip(bounds, (-1, -1, 1, 1), strict=True)
        )
        box = _transformer(crs, MESH_CRS).transform_bounds(west, south, east, north)
        if not (np.isfinite(box).all() and 100 <= box[0] <= box[2] and 0 <= box[1] <= box[3] < 66):
            what = f"the box {tuple(bounds)} is {box} in degrees, outside the mesh"
            fix = "check that the boundary is in the city's system"
            raise CrsError(Fault(where=f"grid in {crs}", what=what, fix=fix))
        (row, north_row), (col, east_col) = (
            ends.astype(int).tolist() for ends in _mesh(box[0::2], box[1::2])
        )
        return cls(
            row=row,
            col=col,
            n_rows=north_row - row + 1,
            n_cols=east_col - col + 1,
            crs=crs,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, the shape of a raster on this grid."""
        return self.n_rows, self.n_cols

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """From (column, row) to longitude and latitude: a, b, c, d, e, f of rasterio."""
        west = WESTERNMOST_LON + self.col / COLS_PER_DEGREE
        south = self.row / ROWS_PER_DEGREE
        return 1 / COLS_PER_DEGREE, 0.0, west, 0.0, 1 / ROWS_PER_DEGREE, south

    def contains(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.bool_]:
        """Return which (row, column) pairs lie on the grid."""
        row, col = np.asarray(rows), np.asarray(cols)
        return (row >= 0) & (row < self.n_rows) & (col >= 0) & (col < self.n_cols)

    def cell_ids(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.str_]:
        """Return ten-digit codes as text; cells beyond the grid have theirs too.

        Notes
        -----
        Five-digit quarters of the third level also have ten-digit codes, with digits 1 to
        4 at the end; nothing in this package uses those.
        """
        y = np.asarray(rows, np.int64) + self.row
        x = np.asarray(cols, np.int64) + self.col
        code = (y // 800) * 100 + x // 800
        for step in (100, 10, 1):
            base = 8 if step == 100 else 10
            code = code * 100 + (y // step % base) * 10 + x // step % base
        return code.astype("U10")

    def rows_cols(self, cell_ids: Iterable[str] | NDArray[np.str_]) -> tuple[Ints, Ints]:
        """Return rows and columns of ten-digit codes; `contains` tells who is on the grid.

        Raises
        ------
        LayerError
            If a text is not a ten-digit code of the 1/10 mesh; the first five are named.
        """
        texts = [str(text) for text in cell_ids]
        wrong = ~np.array([len(t) == 10 and t.isascii() and t.isdigit() for t in texts], bool)
        code = np.where(wrong, "0", texts).astype(np.int64)
        digits = code[..., None] // 10 ** np.arange(5, -1, -1) % 10
        wrong |= (digits[..., :2] > 7).any(axis=-1)
        if wrong.any():
            raise LayerError(
                Fault(
                    where="cell_id",
                    what=f"{text!r} is not a code of the 1/10 mesh",
                    fix="give the ten digits of JIS X 0410 as text",
                )
                for text in np.asarray(texts)[wrong][:5]
            )
        weights = np.array([100, 10, 1])
        y = code // 10**8 * 800 + digits[..., 0::2] @ weights
        x = code // 10**6 % 100 * 800 + digits[..., 1::2] @ weights
        return y - self.row, x - self.col

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Ints, Ints]:
        """Return rows and columns of points in degrees.

        A point on an edge belongs to the cell north or east of it; NaN gives row and
        column -1. `contains` tells who is on the grid.
        """
        y, x = _mesh(lon, lat)
        known = np.isfinite(y) & np.isfinite(x)
        rows, cols = np.where(known, y - self.row, -1), np.where(known, x - self.col, -1)
        return rows.astype(np.int64), cols.astype(np.int64)

    def locate_xy(self, x: ArrayLike, y: ArrayLike) -> tuple[Ints, Ints]:
        """Return rows and columns of points in metres of the city's system."""
        return self.locate(*_transformer(self.crs, MESH_CRS).transform(x, y))

    def centres_lonlat(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
        """Return longitude and latitude of cell centres."""
        return self._lonlat(np.asarray(rows) + 0.5, np.asarray(cols) + 0.5)

    def centres_xy(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
        """Return cell centres in metres of the city's system."""
        return self._xy(np.asarray(rows) + 0.5, np.asarray(cols) + 0.5)

    def polygons(self, rows: ArrayLike, cols: ArrayLike) -> NDArray[np.object_]:
        """Return cells as polygons in metres of the city's system.

        Neighbours share their corners bit for bit, so cells neither gape nor overlap.
        """
        import shapely  # noqa: PLC0415 - keeps the import of the package light

        row, col = np.asarray(rows, np.int64), np.asarray(cols, np.int64)
        ring = np.array([(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)])
        # Four cells share a corner, so each is projected once.
        code = (row[:, None] + ring[:, 0]) << 32 | (col[:, None] + ring[:, 1])
        corner, place = np.unique(code, return_inverse=True)
        points = np.column_stack(self._xy(corner >> 32, corner & 0xFFFFFFFF))
        return np.asarray(shapely.polygons(points[place.reshape(code.shape)]))

    def steps_m(self) -> tuple[Floats, Floats]:
        """Return the width and height in metres of the cells of each row.

        Measured in the city's system through the middle column, where the projection's
        scale is that of the study. Shape (n_rows,) each.
        """
        rows = np.arange(self.n_rows)
        middle = np.full(self.n_rows, self.n_cols // 2)
        west, east = self._xy(rows + 0.5, middle), self._xy(rows + 0.5, middle + 1)
        south, north = self._xy(rows, middle + 0.5), self._xy(rows + 1, middle + 0.5)
        return _distance_m(west, east), _distance_m(south, north)

    def _lonlat(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
        # From whole counts of rows and columns, so that shared corners are the same floats.
        lat = (np.asarray(rows, float) + self.row) / ROWS_PER_DEGREE
        return (np.asarray(cols, float) + self.col) / COLS_PER_DEGREE + WESTERNMOST_LON, lat

    def _xy(self, rows: ArrayLike, cols: ArrayLike) -> tuple[Floats, Floats]:
        lon, lat = self._lonlat(*np.broadcast_arrays(rows, cols))
        x, y = _transformer(MESH_CRS, self.crs).transform(lon, lat)
        return x, y


def _mesh(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Count whole rows and columns from the mesh's origin to points in degrees."""
    # An edge given as a decimal may fall a rounding error short of itself: 0.1 um of grace.
    grace = 1e-9
    y = np.floor(np.asarray(lat, float) * ROWS_PER_DEGREE + grace)
    x = np.floor((np.asarray(lon, float) - WESTERNMOST_LON) * COLS_PER_DEGREE + grace)
    return y, x


def _distance_m(start: tuple[Floats, Floats], end: tuple[Floats, Floats]) -> Floats:
    return np.hypot(end[0] - start[0], end[1] - start[1])


def _transformer(source: str, target: str) -> Transformer:
    from pyproj import Transformer  # noqa: PLC0415 - keeps the import of the package light

    return Transformer.from_crs(source, target, always_xy=True)
