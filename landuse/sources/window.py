"""The part of the world that a reader need not read beyond."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.grid import MESH_CRS

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

__all__ = ["Window", "window_of"]

STEPS = 21
"""Points on each side of a box when it is brought to another system: sides bend."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A box in degrees of JGD2011; readers may leave out what lies wholly outside."""

    bounds: tuple[float, float, float, float]
    """West, south, east, north in degrees of EPSG:6668."""

    def in_crs(self, crs: CRS | str) -> tuple[float, float, float, float]:
        """Return the box around this one in another system, so that nothing is lost.

        Raises
        ------
        ProjError
            If no way leads there.
        """
        from pyproj import Transformer  # noqa: PLC0415 - heavy; most files are in degrees
        from pyproj.exceptions import ProjError  # noqa: PLC0415

        to = Transformer.from_crs(MESH_CRS, crs, always_xy=True)
        west, south, east, north = to.transform_bounds(*self.bounds, densify_pts=STEPS)
        if not all(map(math.isfinite, (west, south, east, north))):
            message = "the study area has no place in it"
            raise ProjError(message)
        return west, south, east, north


def window_of(area: gpd.GeoDataFrame, *, margin_m: float) -> Window:
    """Return the box around an area and a margin.

    Parameters
    ----------
    area
        Polygons in a projected system in metres.
    margin_m
        How far around them is of interest, metres.
    """
    west, south, east, north = (float(side) for side in area.total_bounds)
    from pyproj import Transformer  # noqa: PLC0415 - heavy; only needed with an area at hand

    to = Transformer.from_crs(area.crs, MESH_CRS, always_xy=True)
    box = to.transform_bounds(
        west - margin_m, south - margin_m, east + margin_m, north + margin_m, densify_pts=STEPS
    )
    return Window(bounds=(box[0], box[1], box[2], box[3]))
