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
from landuse.schema import CLAIMS, Grade, require_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]
    Rows = NDArray[np.int64]

__all__ = ["COLUMNS", "Repairs", "claim_table", "overlap_areas"]

COLUMNS = ("claim", "layer", "grade", "geometry")

NO_LAYER = Fault(
    where="claims", what="there is no layer", fix="add at least one layer with role = 'claims'"
)


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """What had to be mended before claims could be cut."""

    repaired: int
    """Self-crossing polygons made valid."""
    area_change_m2: float
    """Change of their summed area (a loop that ran backwards used to count against it)."""
    dropped: int
    """Points, lines and empty shapes left out: they claim no land."""
    outside: int
    """Polygons without any land in the municipality."""


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
        Valid single polygons that meet the boundary, with `COLUMNS`; and `Repairs`. The
        boundary does not cut them: `landuse.partition` does, exactly, with all the rest.

    Raises
    ------
    CrsError
        If a layer is not metric or in another system.
    LayerError
        With every fault: a layer without rows, grades and claims that the vocabulary
        lacks, coordinates that are no numbers; no claim at all on the municipality.
    """
    require_metric(boundary, where="boundary")
    tables = [_one(table, boundary) for table in layers]
    faults = [fault for table in tables for fault in _faults(table)]
    if faults or not tables:
        raise LayerError(faults or [NO_LAYER])
    rows = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=boundary.crs)
    parts, row = shapely.get_parts(rows.geometry.to_numpy(), return_index=True)
    parts, row = _unpacked(parts, row)
    solid = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, row, change_m2, repaired = _mended(parts[solid], row[solid])
    limits = shapely.union_all(boundary.geometry.to_numpy())
    shapely.prepare(limits)
    inside = shapely.intersects(limits, parts)
    if not inside.any():
        raise LayerError(_apart(parts, limits))
    table = gpd.GeoDataFrame(
        rows[["claim", "layer", "grade"]].iloc[row[inside]].reset_index(drop=True),
        geometry=parts[inside],
        crs=boundary.crs,
    )
    return table, Repairs(
        repaired=repaired,
        area_change_m2=change_m2,
        dropped=int((~solid).sum() + rows.geometry.isna().sum()),
        outside=int((~inside).sum()),
    )


def _unpacked(parts: Shapes, row: Rows) -> tuple[Shapes, Rows]:
    """Take multi-polygons within collections apart too."""
    inner, part = shapely.get_parts(parts, return_index=True)
    return inner, row[part]


def _mended(parts: Shapes, row: Rows) -> tuple[Shapes, Rows, float, int]:
    """Return valid polygons, the row of each, the change of area, and how many were not."""
    wrong = ~shapely.is_valid(parts)
    fixed = shapely.make_valid(parts[wrong], method="structure", keep_collapsed=False)
    pieces, piece = shapely.get_parts(fixed, return_index=True)
    solid = shapely.area(pieces) > 0
    change_m2 = float(shapely.area(pieces).sum() - shapely.area(parts[wrong]).sum())
    place = np.append(np.flatnonzero(~wrong), np.flatnonzero(wrong)[piece[solid]])
    every = np.append(parts[~wrong], pieces[solid])
    order = np.argsort(place, kind="stable")
    return every[order], row[place[order]], change_m2, int(wrong.sum())


def _one(table: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    where = f"claims {table['layer'].iloc[0]}" if "layer" in table and len(table) else "claims"
    same_crs(table, boundary, where=where)
    require_columns(table, ["claim", "layer", "grade"], where=where)
    return table.set_geometry(table.geometry.rename("geometry"))[list(COLUMNS)]


def _faults(table: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Find what is wrong with one layer."""
    if not len(table):
        yield Fault(where="claims", what="a layer has no rows", fix="leave it out of the city file")
        return
    where = f"claims {table['layer'].iloc[0]}"
    for column, known in (("claim", CLAIMS), ("grade", tuple(map(str, Grade)))):
        for value in sorted(set(table[column].astype(str)) - set(known)):
            rows = int((table[column].astype(str) == value).sum())
            what = f"is {value!r} in {rows} row(s), which is not in the vocabulary"
            fix = f"use one of: {', '.join(known)}"
            yield Fault(where=f"{where}: {column}", what=what, fix=fix)
    points, owner = shapely.get_coordinates(table.geometry.to_numpy(), return_index=True)
    for row in np.unique(owner[~np.isfinite(points).all(axis=1)])[:20]:
        what = "has a coordinate that is no number"
        yield Fault(where=f"{where}: row {table.index[row]}", what=what, fix="mend or remove it")


def _apart(parts: Shapes, limits: shapely.Geometry) -> Fault:
    claimed = ", ".join(f"{bound:,.0f}" for bound in shapely.total_bounds(parts))
    wanted = ", ".join(f"{bound:,.0f}" for bound in shapely.bounds(limits))
    return Fault(
        where="claims",
        what=f"no claim lies in the boundary (claims at {claimed}; boundary at {wanted})",
        fix="check the layers' reference systems and the order of their axes",
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
