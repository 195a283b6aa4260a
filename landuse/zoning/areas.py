"""How large the zones are, and one shape for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.schema import ZONES, Grade

if TYPE_CHECKING:
    import shapely

__all__ = ["ALL", "dissolve", "zone_areas"]

ALL = "all"
"""Stands in `district` and `zone` for the whole."""


def dissolve(faces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row for each zone: `zone`, `area_km2`, `grade` (the worst), geometry."""
    rows = []
    for zone in (zone for zone in ZONES if (faces["zone"] == zone).any()):
        part = faces[faces["zone"] == zone]
        shape = part.geometry.union_all(method="coverage")
        grade = str(Grade.worst(part["grade"]))
        rows.append({"zone": zone, "area_km2": shape.area / 1e6, "grade": grade, "geometry": shape})
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=faces.crs)


def zone_areas(faces: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Return how large each zone is, in the municipality and in each district.

    Parameters
    ----------
    faces
        With `zone`, in a metric system.
    districts
        Polygons with `district`, if there are any.

    Returns
    -------
    pandas.DataFrame
        `zone`, `district`, `area_km2`, `share` of the district; `all` in either column for
        the whole. Areas are measured as they are, never scaled to a published figure.
    """
    tables = [_areas(faces, ALL)]
    if districts is not None:
        for name, shape in zip(districts["district"], districts.geometry, strict=True):
            tables.append(_areas(_within(faces, shape), str(name)))
    return pd.concat(tables, ignore_index=True)


def _within(faces: gpd.GeoDataFrame, shape: shapely.Geometry) -> gpd.GeoDataFrame:
    """Cut faces by a shape; most lie wholly inside and need no cutting."""
    inside = faces.sindex.query(shape, predicate="contains_properly")
    near = faces.sindex.query(shape, predicate="intersects")
    crossing = faces.iloc[np.setdiff1d(near, inside)]
    cut = crossing.set_geometry(crossing.geometry.intersection(shape))
    return pd.concat([faces.iloc[inside], cut])


def _areas(faces: gpd.GeoDataFrame, district: str) -> pd.DataFrame:
    summed = faces.geometry.area.groupby(faces["zone"]).sum() / 1e6
    area_km2 = summed.reindex(list(ZONES), fill_value=0.0).to_numpy(float)
    total = area_km2.sum()
    table = pd.DataFrame({"zone": [*ZONES, ALL], "area_km2": [*area_km2, total]})
    table["share"] = table["area_km2"] / total if total > 0 else np.nan
    table.insert(1, "district", district)
    return table
