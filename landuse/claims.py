"""Claims: what each layer says of the land, in one vocabulary and one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError
from landuse.schema import CLAIMS, require_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COLUMNS", "Repairs", "claim_table", "overlap_areas"]

COLUMNS = ("claim", "layer", "grade", "geometry")


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """What had to be mended before claims could be cut."""

    repaired: int
    """Self-crossing polygons made valid."""
    area_change_m2: float
    """Change of their summed area."""
    outside: int
    """Rows without any area in the boundary."""


def claim_table(
    layers: Iterable[gpd.GeoDataFrame], boundary: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Repairs]:
    """Return all claims of some layers as one table, and what had to be mended.

    Parameters
    ----------
    layers
        Polygons with `claim`, `layer` and `grade`, in the boundary's metric system. They
        may overlap, each other and themselves.
    boundary
        The municipality.

    Returns
    -------
    tuple
        Valid polygons that meet the boundary, not yet cut by it, with `COLUMNS`; and
        `Repairs`.

    Raises
    ------
    CrsError
        If a layer is not metric or in another system.
    LayerError
        With every claim that the vocabulary lacks.
    """
    require_metric(boundary, where="boundary")
    tables = [_one(table, boundary) for table in layers]
    table = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=boundary.crs)
    _check_vocabulary(table)
    shapes = table.geometry.to_numpy()
    wrong = ~shapely.is_valid(shapes)
    before = float(np.abs(shapely.area(shapes[wrong])).sum())
    shapes[wrong] = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    after = float(shapely.area(shapes[wrong]).sum())
    limits = shapely.union_all(boundary.geometry.to_numpy())
    shapely.prepare(limits)
    inside = shapely.intersects(limits, shapes) & (shapely.area(shapes) > 0)
    mended = table.set_geometry(gpd.GeoSeries(shapes, crs=boundary.crs))
    repairs = Repairs(
        repaired=int(wrong.sum()), area_change_m2=after - before, outside=int((~inside).sum())
    )
    return mended[inside].reset_index(drop=True), repairs


def _one(table: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    where = f"claims {table['layer'].iloc[0]}" if "layer" in table and len(table) else "claims"
    same_crs(table, boundary, where=where)
    require_columns(table, COLUMNS, where=where)
    return table[list(COLUMNS)]


def _check_vocabulary(table: gpd.GeoDataFrame) -> None:
    unknown = table[~table["claim"].isin(CLAIMS)]
    if len(unknown):
        raise LayerError(
            Fault(
                where=f"claims {layer}: claim",
                what=f"is {claim!r}, which is not in the vocabulary",
                fix=f"use one of: {', '.join(CLAIMS)}",
            )
            for layer, claim in sorted(set(zip(unknown["layer"], unknown["claim"], strict=True)))
        )


def overlap_areas(faces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how large the land of every pair of claims is, and of each claim alone.

    Parameters
    ----------
    faces
        The partition, with `mask` and `area_km2`.

    Returns
    -------
    pandas.DataFrame
        `claim`, `with_claim` (the same where the row speaks of one claim), `area_km2`;
        pairs that share no land are left out.
    """
    bits = faces["mask"].to_numpy()[:, None] >> np.arange(len(CLAIMS)) & 1
    shared = bits.T @ (bits * faces["area_km2"].to_numpy()[:, None])
    first, second = np.nonzero(np.triu(shared) > 0)
    names = np.array(CLAIMS)
    return pd.DataFrame(
        {
            "claim": names[first],
            "with_claim": names[second],
            "area_km2": shared[first, second],
        }
    )
