"""What a study's land looks like to a change: faces, cells and meshes, looked up once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from landuse.cells import place_of
from landuse.schema import claim_bit

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.grid import Grid
    from landuse.scheme import Overlaps, Scheme
    from landuse.study import Study

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["MESH_CELLS", "Edit", "Ground", "ground_of"]

MESH_CELLS = 10
"""Cells along the side of a third-level mesh (about 1 km)."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Claims that come or go on some land."""

    face: Bools
    """Faces that it concerns, wholly or in part."""
    cell: Bools
    """Cells that it concerns, by their centres."""
    clear: int
    """Bits of claims that go."""
    add: int
    """Bits of claims that come."""
    area: shapely.Geometry | None = None
    """Land that it concerns, where that is not whole faces."""

    def of(self, masks: Ints, concerned: Bools) -> Ints:
        """Return masks with the claims changed where the edit concerns them."""
        return np.where(concerned, (masks & ~np.int64(self.clear)) | np.int64(self.add), masks)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A classified partition and the cells on it."""

    faces: gpd.GeoDataFrame
    cells: gpd.GeoDataFrame
    grid: Grid
    overlaps: Overlaps
    scheme: Scheme

    @cached_property
    def masks(self) -> Ints:
        """Bits of the claims of each face."""
        return np.asarray(self.faces["mask"].to_numpy(), np.int64)

    @cached_property
    def face_of_cell(self) -> Ints:
        """Number of the face that holds the centre of each cell, as the study's zones go."""
        numbered = self.faces[[self.faces.geometry.name]].assign(face=np.arange(len(self.faces)))
        return place_of(self.cells, numbered, self.grid, column="face").to_numpy(np.int64)

    @cached_property
    def mesh_of_cell(self) -> NDArray[np.str_]:
        """Code of the third-level mesh of each cell."""
        return self.cells.index.to_numpy(dtype="U10").astype("U8")

    @cached_property
    def meshes(self) -> pd.DataFrame:
        """`row`, `col`, `population`, `land_km2` of each third-level mesh; index its code.

        People and land are those in the municipality; open water is no land.
        """
        dry = (self.masks[self.face_of_cell] & claim_bit("water")) == 0
        area_km2 = self.cells.geometry.area.to_numpy() / 1e6
        table = pd.DataFrame(
            {
                "population": self.cells["population"].to_numpy(float),
                "land_km2": np.where(dry, area_km2, 0.0),
            }
        )
        summed = table.groupby(self.mesh_of_cell).sum()
        rows, cols = self.grid.rows_cols([f"{code}00" for code in summed.index])
        return summed.assign(row=rows, col=cols)

    def without(self, claim: str) -> Edit:
        """Return the edit by which a claim goes everywhere."""
        bit = claim_bit(claim)
        has = (self.masks & bit) != 0
        return Edit(face=has, cell=has[self.face_of_cell], clear=bit, add=0)

    def within_meshes(self, codes: pd.Index, *, clear: int, add: int) -> Edit:
        """Return an edit on the land of some third-level meshes, for `codes` of `meshes`."""
        found = self.meshes.loc[codes]
        steps = np.arange(MESH_CELLS)
        rows = (found["row"].to_numpy()[:, None, None] + steps[:, None]) + 0 * steps
        cols = found["col"].to_numpy()[:, None, None] + 0 * steps[:, None] + steps
        area = shapely.coverage_union_all(self.grid.polygons(rows.ravel(), cols.ravel()))
        face = np.zeros(len(self.faces), bool)
        face[self.faces.sindex.query(area, predicate="intersects")] = True
        cell = np.isin(self.mesh_of_cell, np.asarray(codes, dtype="U8"))
        return Edit(face=face, cell=cell, clear=clear, add=add, area=area)


def ground_of(study: Study) -> Ground:
    """Return the ground of a study."""
    return Ground(
        faces=study.faces,
        cells=study.cells,
        grid=study.grid,
        overlaps=study.rules.overlaps,
        scheme=study.rules.scheme,
    )
