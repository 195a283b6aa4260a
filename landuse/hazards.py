"""Who lives where water or soil may come: people by hazard and by its class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs
from landuse.schema import Grade, require_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

__all__ = ["ALL", "COLUMNS", "people_in_hazards"]

ALL = "all"
"""Stands in `class` for everything within the hazard, whatever its class."""

COLUMNS = ("hazard", "layer", "class", "area_km2", "population", "population_65plus")
CLASS_COLUMNS = ("depth", "rank_ja", "class_ja", "rank")
"""Columns that may tell how severe a hazard is, the first that a layer has filled."""


def people_in_hazards(
    cells: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame, *, grade: Grade = Grade.MODELLED
) -> pd.DataFrame:
    """Return the land and the people of every hazard layer, by class and in all.

    Land where polygons of a class overlap counts once. People are taken to be spread evenly
    within their cell, so the part of a cell within a hazard has that part of its people.

    Parameters
    ----------
    cells
        Cell polygons with `population` and `population_65plus`.
    hazards
        Polygons with `hazard` and `layer`, and if known a class in one of `CLASS_COLUMNS`.
    grade
        How far the people of the cells can be trusted.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, `population_share` (of the whole city) and `grade`. `area_km2` is the land
        within the cells given.

    Raises
    ------
    CrsError
        If the two are not in one metric system.
    """
    columns = [*COLUMNS, "population_share", "grade"]
    if hazards.empty:
        return pd.DataFrame(columns=columns)
    require_metric(cells, where="cells")
    same_crs(cells, hazards, where="cells and hazards")
    require_columns(hazards, ["hazard", "layer", "grade"], where="hazards")
    rows = []
    for (hazard, layer), table in hazards.groupby(["hazard", "layer"], sort=False):
        worst = str(Grade.worst([grade, *table["grade"].unique()]))
        for name, shapes in _classes(table):
            counted = _within(cells, shapes)
            rows.append({"hazard": hazard, "layer": layer, "class": name, "grade": worst} | counted)
    made = pd.DataFrame(rows)
    whole = float(cells["population"].sum())
    share = made["population"] / whole if whole > 0 else float("nan")
    return made.assign(population_share=share)[columns]


def _classes(table: pd.DataFrame) -> Iterator[tuple[str, Shapes]]:
    """Give the polygons of each class, and all of them."""
    named = [c for c in CLASS_COLUMNS if c in table and (table[c].fillna("") != "").any()]
    if named:
        for name, rows in table.groupby(table[named[0]].fillna("").astype(str), sort=True):
            yield str(name), np.asarray(rows["geometry"])
    yield ALL, np.asarray(table["geometry"])


def _within(cells: gpd.GeoDataFrame, shapes: Shapes) -> dict[str, float]:
    """Return the land and people of the cells within some polygons."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    parts = np.asarray(shapely.get_parts(shapely.union_all(shapes)))
    own = np.asarray(cells.geometry)
    cell, part = shapely.STRtree(parts).query(own, predicate="intersects")
    pieces_m2 = np.asarray(shapely.area(shapely.intersection(own[cell], parts[part])))
    area_m2 = np.bincount(cell, weights=pieces_m2, minlength=len(own))
    share = area_m2 / shapely.area(own)
    people = {
        name: float((cells[name].to_numpy(float) * share).sum())
        for name in ("population", "population_65plus")
    }
    return {"area_km2": float(area_m2.sum()) / 1e6} | people
