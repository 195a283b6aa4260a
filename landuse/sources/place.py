"""Where rows lie: which system, inside Japan or not, valid or repaired, in the city's plane.

The ranges of longitude and latitude of Japan do not meet, so swapped axes always show.
A wrong plane zone need not: its points may fall on another part of Japan, which only the
comparison with the boundary finds (`gate.check_meets`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from landuse.crs import JAPAN_BOX, check_lonlat, swapped_axes
from landuse.sources.columns import CONTRACTS, POLYGONS
from landuse.sources.datum import datum_grids, is_tokyo, to_jgd
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.report import Findings

    Bools = NDArray[np.bool_]
    Shapes = NDArray[np.object_]

__all__ = ["into_plane", "system_of"]

AGREE_M = 1.0
"""Two descriptions of one system put a point within this distance."""

ATTEMPTS = 4
"""Repairs in a row: GEOS 3.14 leaves about one in a thousand badly tangled rings invalid at
the first, where a crossing falls between two floats; two were always enough."""


def system_of(
    found: CRS | None, shapes: gpd.GeoSeries, findings: Findings, *, assumed: bool = False
) -> CRS | None:
    """Decide in which system coordinates are; None, with a fault, where that is unknown.

    Parameters
    ----------
    found
        What the file says.
    shapes
        Its geometries, to see whether file and city file mean the same places.
    findings
        Of the layer, whose `crs` counts where the file says nothing.
    assumed
        Whether `found` is only what the format prescribes, so that the city file may know
        better.
    """
    declared = CRS(findings.layer.crs) if findings.layer.crs else None
    if found is None or (assumed and declared):
        if declared is None:
            fix = (
                'say which it is in the city file, e.g. crs = "EPSG:6668" (JGD2011), or add a .prj'
            )
            findings.crs_fault("has no coordinate reference system", fix)
        found = declared
    elif declared and not _agree(found, declared, shapes):
        what = f"says it is in {_name(found)}, the city file says {_name(declared)}"
        fix = "remove crs from the city file if the file is right, else correct the file"
        findings.crs_fault(what, fix)
        return None
    return found


def _name(crs: CRS) -> str:
    return f"{crs.to_string()} ({crs.name})" if crs.to_authority() else str(crs.name)


def _agree(one: CRS, other: CRS, shapes: gpd.GeoSeries) -> bool:
    if one == other:
        return True
    if is_tokyo(one) != is_tokyo(other):
        return False  # without its grid PROJ takes the Tokyo datum for any other
    west, south, east, north = shapes.total_bounds
    corners = np.array([west, east]), np.array([south, north])
    there = Transformer.from_crs(one, other, always_xy=True).transform(*corners)
    distance = np.hypot(there[0] - corners[0], there[1] - corners[1])
    unit_m = 111_320.0 if other.is_geographic else 1.0
    return bool((distance * unit_m < AGREE_M).all()) and one.is_geographic == other.is_geographic


def into_plane(table: gpd.GeoDataFrame, findings: Findings, *, crs: str) -> gpd.GeoDataFrame:
    """Return the rows whose place can be used, valid and in the city's system.

    Facilities without a usable place stay, with a missing geometry. Everything left out
    or repaired is counted and noted; wrong kinds of geometry are faults.
    """
    shapes = gpd.GeoSeries(shapely.force_2d(table.geometry), index=table.index, crs=table.crs)
    bad = _unusable(shapes, findings)
    in_jgd = None if findings.about_crs else _in_jgd(shapes.where(~bad), findings, CRS(crs))
    if in_jgd is None:
        return table
    shapes = _valid(in_jgd.to_crs(crs), findings)
    shapes = _of_kind(shapes, findings)
    blank = _blank(shapes)
    if findings.layer.role == "facilities":
        findings.count("unplaced", int(blank.sum()))
        return table.set_geometry(shapes.where(~blank))
    findings.count("dropped", int(blank.sum()))
    if blank.any() and findings.layer.role == "boundary":
        place = rows_text(shapes.index[blank])
        findings.fault("cannot be used", "a boundary must be whole: correct it", place=place)
    return table.set_geometry(shapes)[~blank]


def _in_jgd(shapes: gpd.GeoSeries, findings: Findings, plane: CRS) -> gpd.GeoSeries | None:
    """Return shapes that PROJ can bring into a plane of JGD; None, with faults, where not."""
    if is_tokyo(plane):
        what = f"cannot come into the city's system, {_name(plane)}: it is of the Tokyo datum"
        findings.crs_fault(what, "give the plane zone of JGD2011 in the city file, e.g. EPSG:6681")
        return None
    if not is_tokyo(shapes.crs):
        return shapes
    return to_jgd(shapes, findings, grids=datum_grids(findings.layer))


def _unusable(shapes: gpd.GeoSeries, findings: Findings) -> pd.Series:
    """Tell which rows have no usable coordinates and note why."""
    blank = _blank(shapes)
    infinite = pd.Series(_has_infinite(shapes.to_numpy()), index=shapes.index)
    bounds = shapely.bounds(shapes.to_numpy())
    null_island = pd.Series((bounds == 0).all(axis=1), index=shapes.index)
    _note_rows(blank, "no geometry", findings)
    _note_rows(infinite, "NaN or infinite coordinates", findings)
    _note_rows(null_island, "coordinates (0, 0)", findings)
    bad = blank | infinite | null_island
    good = ~bad.to_numpy()
    if shapes.crs is None or not good.any():
        return bad
    inside = np.ones(len(shapes), dtype=np.bool_)
    inside[good] = _in_japan(bounds[good], shapes.crs)
    _check_japan(inside[good], bounds[good], shapes.crs, findings)
    outside = pd.Series(~inside, index=shapes.index)
    _note_rows(outside, "coordinates outside Japan", findings)
    return bad | outside


def _blank(shapes: gpd.GeoSeries) -> pd.Series:
    # Not isna(): that warns of its own past where a geometry is empty.
    raw = np.asarray(shapes)
    return pd.Series(shapely.is_missing(raw) | shapely.is_empty(raw), index=shapes.index)


def _note_rows(rows: pd.Series, what: str, findings: Findings) -> None:
    if rows.any():
        kept = findings.layer.role == "facilities"
        used = "kept without a place" if kept else "not used"
        fix = "correct them in the file" + (", or give an address" if kept else "")
        findings.note(f"{what}: {used}", fix, place=rows_text(rows.index[rows]))


def _has_infinite(shapes: Shapes) -> Bools:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    infinite = np.zeros(len(shapes), dtype=np.bool_)
    infinite[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    return infinite


def _in_japan(bounds: NDArray[np.float64], crs: CRS) -> Bools:
    """Tell which bounds (west, south, east, north; a row each) lie in the box of Japan."""
    x, y = bounds[:, [0, 2, 0, 2]], bounds[:, [1, 1, 3, 3]]
    if not crs.is_geographic:
        x, y = Transformer.from_crs(crs, "EPSG:6668", always_xy=True).transform(x, y)
    return np.asarray(check_lonlat(x, y).all(axis=1))


def _check_japan(inside: Bools, bounds: NDArray[np.float64], crs: CRS, findings: Findings) -> None:
    """Fault the whole file where most of it is outside Japan: then the system is wrong."""
    box = (bounds[:, 0].min(), bounds[:, 1].min(), bounds[:, 2].max(), bounds[:, 3].max())
    numbers = f"x {box[0]:.6g} to {box[2]:.6g}, y {box[1]:.6g} to {box[3]:.6g}"
    degrees = swapped_axes(box) or _within_japan_box(box)
    if crs.is_projected and degrees:
        what = f"says it is in {_name(crs)}, but its numbers are degrees ({numbers})"
        findings.crs_fault(what, "correct its system: for degrees of JGD2011, EPSG:6668")
    elif inside.sum() >= (~inside).sum():
        return
    elif crs.is_geographic and swapped_axes(box):
        what = f"has its axes swapped: latitude stands where longitude belongs ({numbers})"
        findings.crs_fault(what, "exchange them: longitude is x and comes first")
    elif crs.is_geographic and np.abs(box).max() > 360:
        what = f"says it is in degrees ({_name(crs)}), but its numbers are metres ({numbers})"
        findings.crs_fault(what, "correct its system: for Kushiro's plane zone, EPSG:6681")
    else:
        what = f"lies outside Japan if it is in {_name(crs)} ({numbers})"
        findings.crs_fault(what, "correct its system, in the file or as crs in the city file")


def _within_japan_box(box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = JAPAN_BOX
    return west <= box[0] <= box[2] <= east and south <= box[1] <= box[3] <= north


def _valid(shapes: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Repair self-crossing polygons, and say how many and how much area that changed."""
    broken = ~shapes.is_valid & ~_blank(shapes)
    if not broken.any():
        return shapes
    before = np.asarray(shapes[broken])
    after, lost = _repaired(before)
    if lost.any():
        what = "cannot be made a shape: left out"
        findings.note(what, "correct it in the file", place=rows_text(shapes.index[broken][lost]))
    kept = ~lost
    change_m2 = float(shapely.area(after[kept]).sum() - shapely.area(before[kept]).sum())
    if kept.any():
        findings.count("repaired", int(kept.sum()))
        findings.count("area_change_m2", change_m2)
        what = f"crossed itself: repaired, area changed by {change_m2:+,.1f} m2"
        fix = "look at it on the map if that is much"
        findings.note(what, fix, place=rows_text(shapes.index[broken][kept]))
    repaired = shapes.copy()
    repaired[broken] = after
    return repaired


def _repaired(shapes: Shapes) -> tuple[Shapes, Bools]:
    """Return shapes made valid, empty where that is past repair, and which those are."""
    fixed, lost = shapes.copy(), np.zeros(len(shapes), dtype=np.bool_)
    for _ in range(ATTEMPTS):
        for at in np.flatnonzero(~shapely.is_valid(fixed)):
            try:
                fixed[at] = shapely.make_valid(fixed[at], method="structure", keep_collapsed=False)
            except shapely.GEOSException:  # such as rings of which no point is left
                fixed[at], lost[at] = shapely.Polygon(), True
    return fixed, lost


def _of_kind(shapes: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Fault geometries that the role has no use for; areas of facilities become points."""
    role = findings.layer.role
    single = (shapes.geom_type == "MultiPoint") & (shapely.get_num_geometries(shapes) == 1)
    shapes = shapes.where(~single, gpd.GeoSeries(shapely.get_geometry(shapes, 0), shapes.index))
    areas = shapes.geom_type.isin(POLYGONS)
    if role == "facilities" and areas.any():
        what = f"{int(areas.sum())} areas: each stands for a point within it"
        findings.note(what, "nothing to do if that is meant", place=rows_text(shapes.index[areas]))
        shapes = shapes.where(~areas, shapes.representative_point())
    wanted = CONTRACTS[role].shapes
    wrong = ~_blank(shapes) & ~shapes.geom_type.isin(wanted)
    if wrong.any():
        kinds = ", ".join(sorted(set(shapes.geom_type[wrong])))
        what = f"holds {kinds}, but the role {role} needs {' or '.join(wanted)}"
        fix = "give the right layer, or correct role in the city file"
        findings.fault(what, fix, place=rows_text(shapes.index[wrong]))
    return shapes
