"""Squares of the JIS X 0410 meshes, from their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from landuse.grid import MESH_CRS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CODES", "mesh_polygons"]

CODES = {"cell_id": r"[0-9]{4}[0-7]{2}[0-9]{4}", "mesh_code": r"[0-9]{4}[0-7]{2}[0-9]{2}[1-4]{0,2}"}
"""Column -> form of its codes. Ten digits can mean 1/10 mesh or 250 m mesh, so the
column's name decides: `cell_id` is always the 1/10 mesh (about 100 m), `mesh_code` one of
8 (1 km), 9 (500 m) or 10 digits (250 m)."""


def mesh_polygons(codes: pd.Series, *, tenths: bool) -> gpd.GeoSeries:
    """Return the meshes of some valid codes as polygons in degrees of JGD2011.

    Parameters
    ----------
    codes
        Texts of one form of `CODES`, all of one length.
    tenths
        Whether the last two digits count tenths (`cell_id`) rather than quarters.
    """
    digits = np.array([list(code) for code in codes], dtype=np.int64).reshape(len(codes), -1)
    # 40 minutes are 80 rows, a degree 80 columns of the third level.
    south = (digits[:, 0] * 10 + digits[:, 1]) * 80 + digits[:, 4] * 10 + digits[:, 6] * 1.0
    west = (digits[:, 2] * 10 + digits[:, 3]) * 80 + digits[:, 5] * 10 + digits[:, 7] * 1.0
    side = 1.0
    if tenths:
        side = 0.1
        south, west = south + digits[:, 8] * side, west + digits[:, 9] * side
    else:
        for quarter in (digits[:, 8:] - 1).T:
            side /= 2
            south, west = south + quarter // 2 * side, west + quarter % 2 * side
    boxes = shapely.box(
        west / 80 + 100, south / 120, (west + side) / 80 + 100, (south + side) / 120
    )
    return gpd.GeoSeries(boxes, index=codes.index, crs=MESH_CRS)
