"""A place for every row: the file's geometry, or points and meshes made from columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from landuse.grid import MESH_CRS
from landuse.sources.mesh import CODES, mesh_polygons
from landuse.sources.place import system_of
from landuse.sources.report import rows_text
from landuse.sources.table import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.report import Findings
    from landuse.sources.vector import Found

    Shapes = NDArray[np.object_]

__all__ = ["located"]

ON_MESHES = ("population", "elevation")
"""Roles whose rows may be meshes that only a code places."""


def located(found: Found, findings: Findings) -> Found:
    """Return a table whose column `geometry` holds shapes, and the system they are in.

    Without geometry in the file, `cell_id` or `mesh_code` of `ON_MESHES` become squares,
    `lon` and `lat` points (JGD2011 unless the city file says otherwise), and facilities
    with only an `address` have no place yet.
    """
    table = found.table
    if isinstance(table, gpd.GeoDataFrame):
        assumed = found.crs_from == "RFC 7946"
        crs = system_of(found.crs, table.geometry, findings, assumed=assumed)
        origin = found.crs_from if crs is found.crs else "city file"
        return _with(found, np.asarray(table.geometry), crs, origin)
    codes = [name for name in CODES if name in table]
    if findings.layer.role in ON_MESHES and codes:
        return _with(found, _meshes(table[codes[0]], findings), CRS(MESH_CRS), codes[0])
    if {"lon", "lat"} <= set(table.columns):
        declared = findings.layer.crs
        origin = "city file" if declared else "columns lon, lat"
        return _with(found, _points(table, findings), CRS(declared or MESH_CRS), origin)
    if findings.layer.role == "facilities" and "address" in table:
        return _with(found, np.full(len(table), None), CRS(MESH_CRS), "")
    _fault_nowhere(table, findings)
    return found


def _with(found: Found, shapes: Shapes, crs: CRS | None, crs_from: str) -> Found:
    table = pd.DataFrame(found.table).assign(geometry=shapes)
    return replace(found, table=table, crs=crs, crs_from=crs_from)


def _fault_nowhere(table: pd.DataFrame, findings: Findings) -> None:
    ways = {
        **dict.fromkeys(ON_MESHES, "cell_id or mesh_code"),
        "facilities": "lon and lat, or address",
    }
    needed = ways.get(findings.layer.role, "lon and lat")
    names = ", ".join(str(name) for name in table if name not in ("layer", "grade"))
    what = f"has neither geometry nor columns {needed} (found: {names})"
    findings.fault(what, "rename the right columns in the city file, or give another file")


def _meshes(codes: pd.Series, findings: Findings) -> Shapes:
    """Return the squares of mesh codes, all of one kind; wrong codes are faults."""
    column = str(codes.name)
    digits = codes.str.len()
    wrong = ~codes.str.fullmatch(CODES[column]) | (digits != digits.mode().iloc[0])
    if wrong.any():
        what = f"{codes[wrong].iloc[0]!r} is not a code of this mesh"
        fix = (
            "give ten digits of the 1/10 mesh in cell_id, or 8 (1 km), 9 (500 m) or 10 digits "
            "(250 m) in mesh_code, one kind in a file"
        )
        findings.fault(what, fix, place=f"{rows_text(codes.index[wrong])}: column {column}")
        return np.full(len(codes), None)
    if column == "mesh_code" and digits.iloc[0] == 10:
        fix = "if it is the 1/10 mesh (100 m), rename the column to cell_id"
        findings.note("ten digits: read as the 250 m mesh", fix, place="column mesh_code")
    return np.asarray(mesh_polygons(codes, tenths=column == "cell_id"))


def _points(table: pd.DataFrame, findings: Findings) -> Shapes:
    """Return points where both coordinates are numbers, else None with a note."""
    (lon, no_lon), (lat, no_lat) = numbers(table["lon"]), numbers(table["lat"])
    wrong = no_lon | no_lat | (lon.isna() != lat.isna())
    if wrong.any():
        what = "coordinates that are no pair of numbers: not used"
        fix = "write decimal degrees, e.g. 144.3815 and 42.9849"
        findings.note(what, fix, place=f"{rows_text(table.index[wrong])}: columns lon, lat")
    points = np.full(len(table), None)
    good = ~(wrong | lon.isna()).to_numpy()
    points[good] = shapely.points(lon[good], lat[good])
    return points
