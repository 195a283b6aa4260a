"""Join surface and streets: the way from each cell to its street, and the better of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.errors import Fault, LayerError
from landuse.leastcost.pairs import pair_costs
from landuse.leastcost.slopes import factor_at
from landuse.schema import require_columns
from landuse.surface.build import SIDES
from landuse.surface.pieces import in_cells, visits_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.surface.build import Surface

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["access_legs", "joined"]

BLANKS = ("", "outside_data", "off_network", "island")
HOPEFUL = (
    *("beyond_cutoff", "no_service_that_day", "closed_by_scenario", "island", "off_network"),
    *("outside_data", "no_facility_data"),
)
"""Reasons, the one that came nearest to arriving first."""


def access_legs(
    surface: Surface,
    cells: pd.DataFrame,
    snapped_xy: NDArray[np.float64],
    *,
    neighbours: int = 16,
    direction: str = "to",
    round_m: float = 1000.0,
) -> pd.DataFrame:
    """Return the seconds from the centre of each cell to its point on the street.

    Parameters
    ----------
    surface
        The land between; its roads are used as well.
    cells
        Columns `row` and `col` of the surface's grid.
    snapped_xy
        The point of each cell on the street, shape (cells, 2), in the grid's system; NaN
        where there is none.
    neighbours
        As for `leastcost.least_cost`.
    direction
        `to` the street, or `from` it.
    round_m
        Points farther than this are only reached straight; nearer ones by ways that lead
        no farther than half of this beyond cell and point.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; `leg_s` (NaN where blank) and `reason`: `outside_data` (cell or
        point), `off_network` (no point, or the cell is a barrier) or `island` (no way
        within `round_m`).

    Raises
    ------
    LayerError
        If there is not one point for each cell, or the direction is neither.

    Notes
    -----
    The lesser of two ways: straight to the point, if nothing bars it, at the pace of each
    cell for the metres in it; or by the moves of the raster to the middle of the point's
    cell and on to the point. A slope counts as one from end to end of the straight way.
    """
    points = np.asarray(snapped_xy, dtype=np.float64)
    if points.shape != (len(cells), 2) or direction not in {"to", "from"}:
        what = f"have the shape {points.shape} for {len(cells)} cells, direction {direction!r}"
        fix = "give one point for each cell, and to or from"
        raise LayerError(Fault(where="snapped_xy", what=what, fix=fix))
    grid = surface.grid
    start = cells["row"].to_numpy(np.int64), cells["col"].to_numpy(np.int64)
    here = np.isfinite(points).all(axis=1)
    end = np.full(len(cells), -1), np.full(len(cells), -1)
    end[0][here], end[1][here] = grid.locate_xy(*points[here].T)
    on = grid.contains(*start)
    inside = on & grid.contains(*end)
    known, barrier = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    cell = start[0][on], start[1][on]
    known[on], barrier[on] = surface.known[cell], np.isinf(surface.friction[cell])
    leg_s = np.full(len(cells), np.inf)
    asked = np.flatnonzero(inside & ~barrier)
    pairs = (start[0][asked], start[1][asked]), (end[0][asked], end[1][asked])
    leg_s[asked] = _legs(
        surface, pairs, points[asked], neighbours=neighbours, direction=direction, round_m=round_m
    )
    blank = np.select(
        [~known | (here & ~inside), ~here | barrier, np.isinf(leg_s)], [1, 2, 3], default=0
    )
    return pd.DataFrame(
        {
            "leg_s": np.where(blank == 0, leg_s, np.nan),
            "reason": pd.array(BLANKS, dtype="str").take(blank),
        },
        index=cells.index,
    )


def _legs(
    surface: Surface,
    pairs: tuple[tuple[Ints, Ints], tuple[Ints, Ints]],
    points: Floats,
    *,
    neighbours: int,
    direction: str,
    round_m: float,
) -> Floats:
    grid = surface.grid
    start, end = pairs
    last_m = np.hypot(*(points.T - np.array(grid.centres_xy(*end))))
    last_s = last_m * surface.friction[end].astype(np.float64)
    straight_s = _straight(surface, start, end, points, direction)
    away_m = np.hypot(*(points.T - np.array(grid.centres_xy(*start))))
    near = np.flatnonzero(away_m <= round_m)
    around_s = np.full(len(points), np.inf)
    around_s[near] = pair_costs(
        surface.friction,
        ((start[0][near], start[1][near]), (end[0][near], end[1][near])),
        steps_m=grid.steps_m(),
        neighbours=neighbours,
        walls=surface.walls,
        slopes=surface.slopes,
        links=surface.roads,
        direction=direction,
        most_s=straight_s[near],
        around=int(np.ceil(round_m / 2 / min(step.min() for step in grid.steps_m()))),
    )
    least_s: Floats = np.minimum(straight_s, around_s + last_s)
    return least_s


def _straight(
    surface: Surface,
    start: tuple[Ints, Ints],
    end: tuple[Ints, Ints],
    points: Floats,
    direction: str,
) -> Floats:
    """Return the seconds along straight lines, infinite where a barrier or wall bars them."""
    grid = surface.grid
    shapes = gpd.GeoSeries(gpd.points_from_xy(*points.T), crs=grid.crs)
    far = shapely.get_coordinates(in_cells(shapes, grid))
    middle = np.column_stack([start[1] + 0.5, start[0] + 0.5])
    lines = np.asarray(shapely.linestrings(np.stack([middle, far], axis=1)))
    visits = visits_of(lines, grid, shapes=False)
    pace = surface.friction.ravel()[visits.cell].astype(np.float64)
    part_s = np.where(visits.length_m > 0, pace * visits.length_m, 0.0)
    part_s[_barred(surface, visits.cell, visits.to_next)] = np.inf
    seconds = np.bincount(visits.line, weights=part_s, minlength=len(points)).astype(np.float64)
    if surface.slopes is not None:
        rise_m = surface.slopes.elevation_m[end] - surface.slopes.elevation_m[start]
        length_m = np.bincount(visits.line, weights=visits.length_m, minlength=len(points))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = rise_m.astype(np.float64) / length_m * (1 if direction == "to" else -1)
        return seconds * factor_at(surface.slopes, slope)
    return seconds


def _barred(surface: Surface, cell: Ints, to_next: Bools) -> Bools:
    """Tell after which visits a line meets a wall; through a corner it counts as one."""
    found = np.zeros(len(cell), dtype=bool)
    here = np.flatnonzero(to_next)
    wide = surface.grid.n_cols
    one, other = cell[here], cell[here + 1]
    low, apart = np.minimum(one, other), np.abs(other - one)
    walls = surface.walls.ravel()[low]
    (east, _), (north, _) = SIDES
    beside, above = apart == 1, apart == wide
    found[here] = np.where(
        beside, (walls & east) != 0, np.where(above, (walls & north) != 0, ~beside & ~above)
    )
    return found


def joined(network_cost: pd.DataFrame, surface_cost: pd.DataFrame) -> pd.DataFrame:
    """Return the better of two answers: by street, or over land all the way.

    Parameters
    ----------
    network_cost
        From `landuse.network`, with the legs to and from the street: `cost_s`, `to_id` and
        `reason`.
    surface_cost
        From `nearest_on_surface`, the same columns and index.

    Returns
    -------
    pandas.DataFrame
        Their index; `cost_s`, `to_id` and `reason` of the lesser (of equals the street),
        and `way`: `network`, `surface`, or empty where both are blank. Then the reason is
        that of the way which came nearer to arriving.

    Raises
    ------
    LayerError
        If a column is missing or the two are not about the same cells.
    """
    for name, table in (("network_cost", network_cost), ("surface_cost", surface_cost)):
        require_columns(table, ["cost_s", "to_id", "reason"], where=name)
    if not network_cost.index.equals(surface_cost.index):
        what = f"is about other cells than network_cost ({len(surface_cost)}, {len(network_cost)})"
        raise LayerError(Fault(where="surface_cost", what=what, fix="give both the same cells"))
    cost_s = [
        table["cost_s"].fillna(np.inf).to_numpy(float) for table in (network_cost, surface_cost)
    ]
    rank = [
        table["reason"].map({name: at for at, name in enumerate(HOPEFUL)}).to_numpy(float)
        for table in (network_cost, surface_cost)
    ]
    blank = np.isinf(cost_s[0]) & np.isinf(cost_s[1])
    by_street = np.where(blank, ~(rank[1] < rank[0]), cost_s[0] <= cost_s[1]).astype(bool)
    chosen = {
        name: network_cost[name].where(
            pd.Series(by_street, index=network_cost.index), surface_cost[name]
        )
        for name in ("cost_s", "to_id", "reason")
    }
    way = np.select([blank, by_street], ["", "network"], default="surface")
    return pd.DataFrame(chosen).assign(way=way)
