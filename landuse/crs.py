"""One working reference system: projected, in metres, set by the city.

Layers enter it in `sources` and leave it in `maps`; everything between refuses
anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.errors import CrsError, Fault

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["JAPAN_BOX", "check_lonlat", "require_metric", "same_crs", "swapped_axes"]

JAPAN_BOX = (122.0, 20.0, 154.0, 46.0)
"""West, south, east, north of Japan in degrees; its ranges of longitude and latitude
do not meet, so swapped axes are always detectable."""


def require_metric(table: gpd.GeoDataFrame | gpd.GeoSeries, *, where: str) -> None:
    """Refuse a layer that is not in a projected system in metres.

    Raises
    ------
    CrsError
        If the layer has no system, a geographic one, or one in another unit.
    """
    crs = table.crs
    if crs is None:
        problem = "has no coordinate reference system"
    elif not crs.is_projected:
        problem = f"is in degrees ({crs.name})"
    elif crs.axis_info[0].unit_name != "metre":
        problem = f"is in {crs.axis_info[0].unit_name}, not metres ({crs.name})"
    else:
        return
    raise CrsError(
        Fault(where=where, what=problem, fix="reproject it, for Kushiro to EPSG:6681, and rerun")
    )


def same_crs(
    left: gpd.GeoDataFrame | gpd.GeoSeries, right: gpd.GeoDataFrame | gpd.GeoSeries, *, where: str
) -> None:
    """Refuse two layers in different systems.

    Raises
    ------
    CrsError
        If the systems differ.
    """
    if left.crs != right.crs:
        raise CrsError(
            Fault(
                where=where,
                what=f"layers are in different systems ({left.crs} and {right.crs})",
                fix="bring both to the city's system first",
            )
        )


def check_lonlat(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points (degrees) lie in the box of Japan; NaN and (0, 0) do not."""
    west, south, east, north = JAPAN_BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def swapped_axes(bounds: tuple[float, float, float, float]) -> bool:
    """Tell whether bounds in degrees hold latitude where longitude belongs."""
    west, south, east, north = JAPAN_BOX
    left, bottom, right, top = bounds
    return left >= south and right <= north and bottom >= west and top <= east
