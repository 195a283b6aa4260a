"""Bring the population layer of a study onto its cells, everyone kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from landuse.areal import interpolate, share_out
from landuse.cells import mesh_pairs
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from landuse.grid import Grid

__all__ = ["GROUP_COLUMNS", "SETTLED_WEIGHT", "people_on_cells"]

GROUP_COLUMNS = ("population", "population_65plus")

SETTLED_WEIGHT: Mapping[str, float] = {"built_up": 1.0, "water": 0.0, "sea": 0.0}
"""How willingly a cell takes the people of its mesh, by class of land; others `ELSEWHERE`."""

ELSEWHERE = 0.05
"""Farms and woods take a twentieth of what built-up land takes: an assumption that only
matters within one mesh, where it keeps people off fields and water."""


def people_on_cells(
    population: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, grid: Grid, *, land: pd.Series
) -> pd.DataFrame:
    """Return the people of each cell.

    Parameters
    ----------
    population
        Rows with `population` and, if known, `population_65plus`; with `cell_id` they are
        cells already, with `mesh_code` JIS meshes of 1 km, 500 m or 250 m, otherwise
        polygons that are divided by area.
    cells
        From `landuse.cells.cells_within`.
    land
        Class of land of each cell; meshes are divided by `SETTLED_WEIGHT` of the class.

    Returns
    -------
    pandas.DataFrame
        Index of `cells`; a group that the layer does not count is NaN, never 0.

    Raises
    ------
    LayerError
        If people would be lost, with how many and from which rows.
    """
    groups = [column for column in GROUP_COLUMNS if column in population]
    if "cell_id" in population or "mesh_code" in population:
        pairs = _pairs(population, grid)
        pairs = pairs[pairs["target"].isin(cells.index)]
        weights = land.map(SETTLED_WEIGHT).fillna(ELSEWHERE)
        pairs = pairs.assign(weight=pairs["weight"] * pairs["target"].map(weights))
        people = share_out(population, pairs, targets=cells.index, extensive=groups)
    else:
        people = interpolate(population, cells, extensive=groups)
    _refuse_loss(population, people, groups)
    return people.reindex(columns=list(GROUP_COLUMNS))


def _pairs(population: gpd.GeoDataFrame, grid: Grid) -> pd.DataFrame:
    if "mesh_code" in population:
        return mesh_pairs(population["mesh_code"], grid)
    return pd.DataFrame(
        {"source": population.index, "target": population["cell_id"].to_numpy(), "weight": 1.0}
    )


def _refuse_loss(population: gpd.GeoDataFrame, people: pd.DataFrame, groups: list[str]) -> None:
    faults = []
    for group in groups:
        given, arrived = float(population[group].sum()), float(people[group].sum())
        if abs(given - arrived) > 1e-6 * max(given, 1.0):
            what = f"{given - arrived:,.1f} of {given:,.1f} people reach no cell"
            fix = "check that the population layer lies in the boundary"
            faults.append(Fault(where=f"population: {group}", what=what, fix=fix))
    if faults:
        raise LayerError(faults)
