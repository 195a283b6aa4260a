"""Travel over a surface: seconds to the nearest of some places, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric
from landuse.leastcost import Reach, least_cost

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.surface.build import Surface

    Ints = NDArray[np.int64]

__all__ = ["nearest_on_surface", "reach"]


def reach(
    surface: Surface, places: gpd.GeoSeries, *, neighbours: int = 16, cutoff_s: float = np.inf
) -> Reach:
    """Return the seconds from every cell to the nearest of some places, and which that is.

    Parameters
    ----------
    surface
        The surface; costs are the same there and back.
    places
        Points in the grid's system. Blank ones and those beyond the grid reach nobody.
    neighbours, cutoff_s
        As for `leastcost.least_cost`.

    Returns
    -------
    Reach
        Rasters; `nearest` counts in the order of `places`.
    """
    at, rows, cols = _located(surface, places)
    found = least_cost(
        surface.friction,
        (rows, cols),
        steps_m=surface.grid.steps_m(),
        neighbours=neighbours,
        cutoff_s=cutoff_s,
        walls=surface.walls,
    )
    nearest = np.append(at, -1)[found.nearest].astype(np.int32)
    return Reach(cost_s=found.cost_s, nearest=nearest)


def nearest_on_surface(
    surface: Surface,
    cells: pd.DataFrame,
    places: gpd.GeoSeries,
    *,
    neighbours: int = 16,
    cutoff_s: float = np.inf,
) -> pd.DataFrame:
    """Return what each cell pays to the nearest of some places, or why nothing is known.

    Parameters
    ----------
    surface
        The surface.
    cells
        Columns `row` and `col` of the surface's grid.
    places
        Points in the grid's system, index their ids.
    neighbours, cutoff_s
        As for `leastcost.least_cost`.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; `cost_s` (NaN where blank), `to_id` and `reason`, each empty where
        the other is not. Reasons, first that holds: `no_facility_data` (no place has
        coordinates), `outside_data` (the cell, or every place, lies outside the data),
        `off_network` (the cell is a barrier), `island` (no way leads to any place) and
        `beyond_cutoff`.
    """
    rows, cols = cells["row"].to_numpy(np.int64), cells["col"].to_numpy(np.int64)
    on = surface.grid.contains(rows, cols)
    inside = rows[on], cols[on]
    found = reach(surface, places, neighbours=neighbours)
    cost_s, nearest = np.full(len(cells), np.inf), np.full(len(cells), -1)
    cost_s[on], nearest[on] = found.cost_s[inside], found.nearest[inside]
    known, barrier = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    known[on], barrier[on] = surface.known[inside], np.isinf(surface.friction[inside])
    coordinates = bool((~(places.isna() | places.is_empty)).any())
    anywhere = len(_located(surface, places)[0]) > 0
    reason = np.select(
        [
            np.full(len(cells), not coordinates),
            ~known | (not anywhere),
            barrier,
            np.isinf(cost_s),
            cost_s > cutoff_s,
        ],
        ["no_facility_data", "outside_data", "off_network", "island", "beyond_cutoff"],
        default="",
    )
    names = np.append(places.index.astype(str), "")
    return pd.DataFrame(
        {
            "cost_s": np.where(reason == "", cost_s, np.nan),
            "to_id": np.where(reason == "", names[nearest], ""),
            "reason": reason,
        },
        index=cells.index,
    ).astype({"to_id": "str", "reason": "str"})


def _located(surface: Surface, places: gpd.GeoSeries) -> tuple[Ints, Ints, Ints]:
    """Return which places lie on the grid, and their rows and columns."""
    if places.empty:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    require_metric(places, where="places")
    rows, cols = surface.grid.locate_xy(places.x.to_numpy(), places.y.to_numpy())
    at = np.flatnonzero(surface.grid.contains(rows, cols))
    return at, rows[at], cols[at]
