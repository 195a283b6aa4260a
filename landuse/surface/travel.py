"""Travel over a surface: seconds to the nearest of some places, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.crs import require_metric
from landuse.leastcost import Reach, least_cost

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.surface.build import Surface

    Ints = NDArray[np.int64]

__all__ = ["ASHORE_M", "nearest_on_surface", "reach", "search", "there_and_back"]

ASHORE_M = 250.0
"""How far a place on a barrier may stand from the open cell that stands for it."""

BLANKS = ("", "no_facility_data", "outside_data", "off_network", "island", "beyond_cutoff")
"""Why a cost may be blank, in the order in which it is asked."""


def reach(
    surface: Surface,
    places: gpd.GeoSeries,
    *,
    neighbours: int = 16,
    cutoff_s: float = np.inf,
    direction: str = "to",
) -> Reach:
    """Return the seconds between every cell and the nearest of some places, and which that is.

    Parameters
    ----------
    surface
        The surface; without slopes costs are the same there and back.
    places
        Points in the grid's system. One on a barrier (a quay, a point that is a little
        off) stands on the nearest open cell within `ASHORE_M`. Blank ones, those farther
        from land and those beyond the grid reach nobody.
    neighbours, cutoff_s
        As for `leastcost.least_cost`.
    direction
        `to`: from the cells to the places; `from`: the other way; `there_and_back`: to the
        place for which both ways together are least, and back.

    Returns
    -------
    Reach
        Rasters; `nearest` counts in the order of `places`.
    """
    at, rows, cols = _located(surface, places)
    found = search(
        surface, (rows, cols), neighbours=neighbours, cutoff_s=cutoff_s, direction=direction
    )
    return _named(at, found)


def search(
    surface: Surface,
    sources: tuple[Ints, Ints],
    *,
    neighbours: int = 16,
    cutoff_s: float = np.inf,
    direction: str = "to",
) -> Reach:
    """Return what every cell pays to the nearest of some cells, as `reach` does to places."""
    if direction == "there_and_back":
        return there_and_back(surface, sources, neighbours=neighbours, cutoff_s=cutoff_s)
    return least_cost(
        surface.friction,
        sources,
        steps_m=surface.grid.steps_m(),
        neighbours=neighbours,
        cutoff_s=cutoff_s,
        walls=surface.walls,
        slopes=surface.slopes,
        links=surface.roads,
        direction=direction,
    )


def there_and_back(
    surface: Surface, sources: tuple[Ints, Ints], *, neighbours: int, cutoff_s: float
) -> Reach:
    """Return the least seconds from every cell to one of some cells and back.

    Where the nearest to go to is also the nearest to come back from, that is it. Elsewhere
    each source is asked in turn; it can only win where its way there leaves enough for the
    least way back, so the search for it stops there.
    """
    how: dict[str, Any] = {"neighbours": neighbours}
    there, back = (search(surface, sources, direction=way, **how) for way in ("to", "from"))
    cost_s = there.cost_s + back.cost_s
    nearest = there.nearest.copy()
    torn = (there.nearest != back.nearest) & np.isfinite(cost_s)
    cost_s[torn], nearest[torn] = np.inf, -1
    lost = ~np.isfinite(cost_s) & ~torn
    nearest[lost] = -1
    for place in range(len(sources[0]) if torn.any() else 0):
        one = sources[0][place : place + 1], sources[1][place : place + 1]
        ways = []
        for way, other in (("to", back), ("from", there)):
            most_s = float((cost_s[torn] - other.cost_s[torn]).max())
            ways.append(search(surface, one, direction=way, cutoff_s=most_s, **how).cost_s[torn])
        both_s = ways[0] + ways[1]
        better = both_s < cost_s[torn]
        cost_s[torn] = np.where(better, both_s, cost_s[torn])
        nearest[torn] = np.where(better, place, nearest[torn])
    far = cost_s > cutoff_s
    cost_s[far], nearest[far] = np.inf, -1
    return Reach(cost_s=cost_s, nearest=nearest)


def _named(at: Ints, found: Reach) -> Reach:
    """Return a reach whose nearest are places, not the sources that stand for them."""
    return Reach(cost_s=found.cost_s, nearest=np.append(at, -1)[found.nearest].astype(np.int32))


def nearest_on_surface(
    surface: Surface,
    cells: pd.DataFrame,
    places: gpd.GeoSeries,
    *,
    neighbours: int = 16,
    cutoff_s: float = np.inf,
    direction: str = "to",
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
    neighbours, cutoff_s, direction
        As for `reach`.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; `cost_s` (NaN where blank), `to_id` and `reason`, each empty where
        the other is not. Reasons, first that holds: `no_facility_data` (no place has
        coordinates), `outside_data` (the cell, or every place, lies outside the data),
        `off_network` (the cell, or every place, is a barrier), `island` (no way leads to
        any place) and `beyond_cutoff`.
    """
    rows, cols = cells["row"].to_numpy(np.int64), cells["col"].to_numpy(np.int64)
    on = surface.grid.contains(rows, cols)
    inside = rows[on], cols[on]
    located = _located(surface, places)
    found = _named(
        located[0], search(surface, located[1:], neighbours=neighbours, direction=direction)
    )
    cost_s, nearest = np.full(len(cells), np.inf), np.full(len(cells), -1)
    cost_s[on], nearest[on] = found.cost_s[inside], found.nearest[inside]
    known, barrier = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    known[on], barrier[on] = surface.known[inside], np.isinf(surface.friction[inside])
    coordinates = bool((~(places.isna() | places.is_empty)).any())
    ashore = np.isfinite(surface.friction[located[1:]])
    reason = np.select(
        [
            np.full(len(cells), not coordinates),
            ~known | (ashore.size == 0),
            barrier | (not ashore.any()),
            np.isinf(cost_s),
            cost_s > cutoff_s,
        ],
        [1, 2, 3, 4, 5],
        default=0,
    )
    names = pd.array([*places.index.astype(str), ""], dtype="str")
    return pd.DataFrame(
        {
            "cost_s": np.where(reason == 0, cost_s, np.nan),
            "to_id": names.take(np.where(reason == 0, nearest, -1)),
            "reason": pd.array(BLANKS, dtype="str").take(reason),
        },
        index=cells.index,
    )


def _located(surface: Surface, places: gpd.GeoSeries) -> tuple[Ints, Ints, Ints]:
    """Return which places lie on the grid, and their rows and columns, ashore if they can be."""
    if places.empty:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    require_metric(places, where="places")
    x, y = places.x.to_numpy(), places.y.to_numpy()
    rows, cols = surface.grid.locate_xy(x, y)
    at = np.flatnonzero(surface.grid.contains(rows, cols))
    rows, cols = rows[at], cols[at]
    wet = np.flatnonzero(np.isinf(surface.friction[rows, cols]))
    for place in wet:
        rows[place], cols[place] = _ashore(surface, x[at[place]], y[at[place]])
    return at, rows, cols


def _ashore(surface: Surface, x: float, y: float) -> tuple[int, int]:
    """Return the nearest open cell within `ASHORE_M`, else the point's own."""
    row, col = (int(part) for part in surface.grid.locate_xy(x, y))
    around = int(ASHORE_M // 50)
    rows, cols = (part.ravel() for part in np.mgrid[-around : around + 1, -around : around + 1])
    rows, cols = rows + row, cols + col
    on = surface.grid.contains(rows, cols)
    rows, cols = rows[on], cols[on]
    far_x, far_y = surface.grid.centres_xy(rows, cols)
    far_m = np.hypot(far_x - x, far_y - y)
    far_m[np.isinf(surface.friction[rows, cols])] = np.inf
    nearest = far_m.argmin()
    if far_m[nearest] > ASHORE_M:
        return row, col
    return int(rows[nearest]), int(cols[nearest])
