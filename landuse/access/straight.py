"""The straight line to the nearest place, as some official indicators want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

__all__ = ["straight_line"]

REASONS_HERE = ("", "no_facility_data", "outside_data")
"""Why a straight line may be blank."""


def straight_line(origins: gpd.GeoSeries, places: gpd.GeoSeries) -> pd.DataFrame:
    """Return the metres from each origin to the nearest place as the crow flies.

    Parameters
    ----------
    origins
        Points, or areas measured from their centre; index their ids.
    places
        Points in the same metric system, index their ids; blank ones are left out.

    Returns
    -------
    pandas.DataFrame
        Index of `origins`; `distance_m` (NaN where blank), `to_id` and `reason`
        (`no_facility_data` if no place has coordinates, `outside_data` if the origin has
        none), each empty where the other is not.

    Raises
    ------
    CrsError
        If a table is not metric or the two differ.
    """
    require_metric(origins, where="origins")
    known = places.index[~(places.isna() | places.is_empty)]
    distance_m = np.full(len(origins), np.nan)
    to_id, reason = np.full(len(origins), -1), np.zeros(len(origins), dtype=np.intp)
    if known.empty:
        reason[:] = REASONS_HERE.index("no_facility_data")
    else:
        import shapely  # noqa: PLC0415 - keeps the import of the package light
        from scipy.spatial import cKDTree  # noqa: PLC0415 - half a second

        same_crs(origins, places, where="origins and places")
        xy = _centres(origins)
        given = ~np.isnan(xy[:, 0])
        reason[~given] = REASONS_HERE.index("outside_data")
        tree = cKDTree(shapely.get_coordinates(places.to_numpy()))
        distance_m[given], to_id[given] = tree.query(xy[given], workers=-1)
    return pd.DataFrame(
        {
            "distance_m": distance_m,
            "to_id": pd.array([*known.astype(str), ""], dtype="str").take(to_id),
            "reason": pd.array(REASONS_HERE, dtype="str").take(reason),
        },
        index=origins.index,
    )


def _centres(places: gpd.GeoSeries) -> NDArray[np.float64]:
    """Return the x and y of points, or of the centres of areas; NaN where there is none."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    centres = places.to_numpy()
    if (shapely.get_type_id(centres) > 0).any():  # a point is its own centre, and there are many
        centres = shapely.centroid(centres)
    return np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
