"""The one way in for every layer: open, conform, place, report.

::

    files -> reader of their form -> table as it stands -> columns of its role
         -> points or meshes where it has no geometry -> the city's plane -> study area

Every fault of a file is raised at once; what does not stop the reading is in the report.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj.exceptions import ProjError

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError, MissingFileError
from landuse.sources.columns import conform
from landuse.sources.locate import located
from landuse.sources.opened import files_of, opened
from landuse.sources.place import into_plane
from landuse.sources.report import Findings, Report
from landuse.sources.store import sha256_of
from landuse.sources.window import window_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from landuse.config import Layer
    from landuse.sources.vector import Found

    Shapes = NDArray[np.object_]

__all__ = ["check_meets", "read", "read_all"]

CUT_TO_AREA = ("facilities", "population")
"""Roles of which rows outside the study area are left out; others are cut later, where
that is exact, or look beyond the city on purpose."""

LOOKS_BEYOND = ("boundary", "districts", "neighbours", "towns", "municipalities", "transport")
"""Roles that speak of more than the study area, so that readers may leave nothing out."""

BLOCK = 1000
"""Shapes looked at together when one near the boundary is looked for."""

COUNTS = ("rows_in_file", "not_selected", "repaired", "dropped", "unplaced", "outside")


def read(
    layer: Layer, *, crs: str, area: gpd.GeoDataFrame | None = None, margin_m: float = 0.0
) -> tuple[gpd.GeoDataFrame, Report]:
    """Read one layer of a city as its role promises, in the city's system.

    Parameters
    ----------
    layer
        What the city file says of it.
    crs
        The city's projected system.
    area
        Boundary in that system. Meshes and areas of people count where their centre lies
        in it; facilities where they lie in it or within `margin_m` of it.
    margin_m
        How far around the area facilities are kept.

    Returns
    -------
    tuple
        The layer, with a fresh index, and what was found. Columns by role: see
        `columns.CONTRACTS`; always `layer` and `grade`. Facilities whose place is not
        known have a missing geometry. A boundary is one row.

    Raises
    ------
    MissingFileError
        If the file is not there.
    CrsError
        If positions cannot be trusted.
    LayerError
        With every fault of the file.
    """
    findings = Findings(layer=layer)
    window = None
    if area is not None and layer.role not in LOOKS_BEYOND:
        window = window_of(area, margin_m=margin_m)
    with _told_by_proj(findings):
        found = opened(findings, window=window)
    in_file = len(found.table) if found.rows_in_file is None else found.rows_in_file
    _check_rows(found, in_file, findings)
    findings.count("rows_in_file", in_file)
    if window is not None and not _reshapes(layer):
        left = int(findings.counts.get("not_selected", 0))  # by the reader
        findings.count("outside", in_file - len(found.table) - left)
    found = replace(found, table=conform(found.table, findings))
    with _told_by_proj(findings):
        found = located(found, findings)
        findings.raise_faults()
        table = gpd.GeoDataFrame(found.table, geometry="geometry", crs=found.crs)
        table = into_plane(table, findings, crs=crs)
    findings.raise_faults()
    if table.empty:
        reasons = "; ".join(str(note) for note in findings.notes)
        findings.stop("has no usable row", f"correct its geometries ({reasons})")
    if area is not None and layer.role in CUT_TO_AREA:
        table = _within(table, area, findings, margin_m=margin_m)
    if layer.role == "boundary":
        table = _one(table, findings)
    return table.reset_index(drop=True), _report(found, table, findings)


@contextmanager
def _told_by_proj(findings: Findings) -> Iterator[None]:
    """Make ours the errors over a system that is none, or that no way leads from."""
    try:
        yield
    except ProjError as error:
        told = str(error).splitlines()[0][:200] if str(error) else "no such system"
        findings.crs_fault(f"is in a system that leads nowhere: {told}", "correct its system")
        findings.raise_faults()


def _reshapes(layer: Layer) -> bool:
    """Tell whether several rows of the file become one, so that rows cannot be counted off."""
    of = layer.edition
    return of is not None and bool(of.dissolve or of.midpoint or of.highest)


def _check_rows(found: Found, in_file: int, findings: Findings) -> None:
    """Refuse a file without rows, and one of which none lies near the study area."""
    if in_file == 0:
        findings.stop("is empty", "give a file with rows, or take the layer out of the city file")
    if found.table.empty:
        what = f"has {in_file:,} rows, but none in or near the study area"
        findings.stop(what, "check whether it is of this city, and the system it says it is in")


def read_all(
    layers: Iterable[Layer],
    *,
    crs: str,
    area: gpd.GeoDataFrame | None = None,
    margin_m: float = 0.0,
) -> dict[str, tuple[gpd.GeoDataFrame, Report]]:
    """Read several layers, by key, as `read` does.

    Raises
    ------
    LayerError
        With every fault of every file.
    """
    done: dict[str, tuple[gpd.GeoDataFrame, Report]] = {}
    errors: list[LayerError | MissingFileError] = []
    for layer in layers:
        try:
            done[layer.key] = read(layer, crs=crs, area=area, margin_m=margin_m)
        except (LayerError, MissingFileError) as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise LayerError(fault for error in errors for fault in error.faults)
    return done


def check_meets(
    layers: Mapping[str, gpd.GeoDataFrame], boundary: gpd.GeoDataFrame, *, margin_m: float = 0.0
) -> None:
    """Refuse layers that lie somewhere else than the boundary.

    A wrong plane zone, or northing and easting swapped, still falls into Japan, so only
    this comparison finds it.

    Parameters
    ----------
    layers
        Name for messages -> layer, in metres.
    boundary
        The municipality, in the same system.
    margin_m
        How far from it a layer may lie.

    Raises
    ------
    LayerError
        One fault for each layer of which no row meets the boundary.
    """
    require_metric(boundary, where="boundary")
    shape = shapely.union_all(boundary.geometry.to_numpy())
    shapely.prepare(shape)
    faults = []
    for name, table in layers.items():
        same_crs(table, boundary, where=name)
        shapes = np.asarray(table.geometry)
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        if len(shapes) and not _any_near(shapes, shape, margin_m):
            faults.append(_elsewhere(name, shapes, shape, margin_m))
    if len(faults) > 1 and len(faults) == len(layers):
        fix = "correct the boundary or its coordinate reference system"
        faults.insert(0, Fault(where="boundary", what="meets none of the layers", fix=fix))
    if faults:
        raise LayerError(faults)


def _any_near(shapes: Shapes, shape: shapely.Geometry, margin_m: float) -> bool:
    """Tell whether any shape lies near, looking at no more of them than it takes."""
    return any(
        shapely.dwithin(shape, shapes[start : start + BLOCK], margin_m).any()
        for start in range(0, len(shapes), BLOCK)
    )


def _elsewhere(name: str, shapes: Shapes, shape: shapely.Geometry, margin_m: float) -> Fault:
    distance_km = float(shapely.distance(shapes, shape).min()) / 1000
    swapped = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    if shapely.dwithin(swapped, shape, margin_m).any():
        what = "does not meet the boundary, but would with its axes swapped"
        return Fault(where=name, what=what, fix="exchange x (east) and y (north) in the file")
    what = f"does not meet the boundary: the nearest row is {distance_km:,.1f} km away"
    fix = "check whether it is of this city, and the plane zone or system it says it is in"
    return Fault(where=name, what=what, fix=fix)


def _within(
    table: gpd.GeoDataFrame, area: gpd.GeoDataFrame, findings: Findings, *, margin_m: float
) -> gpd.GeoDataFrame:
    """Leave out rows outside the study area; rows without a place stay."""
    require_metric(area, where="area")
    same_crs(table, area, where=findings.where)
    shape = shapely.union_all(area.geometry.to_numpy())
    shapely.prepare(shape)
    shapes = np.asarray(table.geometry)
    if findings.layer.role == "population" and "cell_id" in table:
        # Cells are the city's own: on its border people live whose cell has its centre beyond.
        inside = shapely.intersects(shape, shapes)
    elif findings.layer.role == "population":
        centres = table.geometry.centroid
        inside = shapely.contains_xy(shape, centres.x.to_numpy(), centres.y.to_numpy())
    else:
        inside = shapely.dwithin(shapes, shape, margin_m)
    kept = np.asarray(inside | shapely.is_missing(shapes))
    if not kept.any():
        raise LayerError(_elsewhere(findings.where, shapes, shape, margin_m))
    findings.count("outside", int((~kept).sum()))
    return table.loc[kept]


def _one(table: gpd.GeoDataFrame, findings: Findings) -> gpd.GeoDataFrame:
    """Make a boundary one row, exclaves and islets included."""
    shape = shapely.union_all(table.geometry.to_numpy())
    parts = shapely.get_parts(shape)
    if len(table) > 1:
        what = f"{len(table)} polygons made one boundary of {len(parts)} parts"
        findings.note(what, "nothing to do if all of them are the municipality")
    columns = {"name": findings.layer.label.ja, "layer": findings.layer.key}
    grade = str(findings.layer.origin.grade)
    return gpd.GeoDataFrame(
        columns | {"grade": grade},
        geometry=[shapely.MultiPolygon(list(parts))],
        crs=table.crs,
        index=[0],
    )


def _report(found: Found, table: gpd.GeoDataFrame, findings: Findings) -> Report:
    layer = findings.layer
    parts = files_of(layer)
    whole = {name: int(findings.counts.get(name, 0)) for name in COUNTS}
    return Report(
        key=layer.key,
        role=layer.role,
        path=layer.path,
        rows=len(table),
        crs=found.crs.to_string() if found.crs else "",
        crs_from=found.crs_from,
        encoding=found.encoding,
        area_change_m2=findings.counts.get("area_change_m2", 0.0),
        notes=tuple(findings.notes),
        sha256=sha256_of(*parts),
        bytes=sum(part.stat().st_size for part in parts),
        **whole,
    )
