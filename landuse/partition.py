"""Partition: cut a municipality by all its claims into faces that cover it once.

The claims need not be prepared in any way: they overlap by law, and the outlines of one
claim may run over each other. All outlines are laid over each other once, on a grid far
finer than any survey (`landuse.planar`), so that no tile, layer or order of overlays
leaves a trace in the faces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError
from landuse.planar.edges import edges_of
from landuse.planar.faces import faces_of
from landuse.planar.noding import node
from landuse.planar.outline import outline
from landuse.planar.rings import grid_size, segments_of
from landuse.schema import CLAIMS, claim_bit, require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Fit", "measure_fit", "partition"]

POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How exactly faces cover a boundary."""

    boundary_km2: float
    faces_km2: float
    faces: int
    grid_m: float
    """Grid unit that corners were rounded to."""

    @property
    def relative_difference(self) -> float:
        """Area of the faces less that of the boundary, as a share of the boundary's."""
        return self.faces_km2 / self.boundary_km2 - 1


def partition(boundary: gpd.GeoDataFrame, claims: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the faces of a municipality, each with the set of claims that cover it.

    Parameters
    ----------
    boundary
        Polygons of the municipality, exclaves and islets included, in metres.
    claims
        Polygons with `claim`, in the same system; they may overlap in any way and reach
        beyond the boundary. No row at all is allowed.

    Returns
    -------
    geopandas.GeoDataFrame
        Polygons with `mask`, the bits of their claims (see `landuse.schema`), in an order
        that depends on the shapes alone. They cover the boundary once: neighbours share
        every corner of their border and differ in their mask. Corners are rounded to the
        grid of `grid_size`, 0.1 micrometre for a city; the boundary's too.

    Raises
    ------
    CrsError
        If a layer is not metric or the two differ.
    LayerError
        With every row whose claim is unknown or whose shape is no valid polygon.
    """
    require_metric(boundary, where="boundary")
    same_crs(boundary, claims, where="boundary and claims")
    require_columns(claims, ["claim"], where="claims")
    _check(boundary, claims)
    present = [claim for claim in CLAIMS if (claims["claim"] == claim).any()]
    grid_m = grid_size(boundary.total_bounds)
    shapes = np.concatenate([boundary.geometry.to_numpy(), claims.geometry.to_numpy()])
    place = {claim: code for code, claim in enumerate(present, start=1)}
    codes = np.append(np.zeros(len(boundary), np.int64), claims["claim"].map(place))
    edges = edges_of(node(segments_of(shapes, codes.astype(np.int64), grid_m=grid_m)))
    found = faces_of(edges, codes=len(present) + 1)
    mask, polygons = outline(edges, found.left, _labels(found.counts, present), grid_m=grid_m)
    return gpd.GeoDataFrame({"mask": mask}, geometry=polygons, crs=boundary.crs)


def measure_fit(faces: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame) -> Fit:
    """Return how exactly faces cover a boundary; 1e-9 of its area is what users may rely on."""
    return Fit(
        boundary_km2=float(boundary.geometry.area.sum()) / 1e6,
        faces_km2=float(faces.geometry.area.sum()) / 1e6,
        faces=len(faces),
        grid_m=grid_size(boundary.total_bounds),
    )


def _labels(counts: NDArray[np.int32], present: Sequence[str]) -> NDArray[np.int64]:
    """Return the mask of each face within the boundary, -1 outside it."""
    mask = np.where(counts[:, 0] > 0, np.int64(0), np.int64(-1))
    for code, claim in enumerate(present, start=1):
        mask[(counts[:, code] > 0) & (mask >= 0)] |= claim_bit(claim)
    return mask


def _check(boundary: gpd.GeoDataFrame, claims: gpd.GeoDataFrame) -> None:
    """Refuse what cannot be cut, all faults together."""
    faults = [*_shape_faults(boundary, "boundary"), *_shape_faults(claims, "claims")]
    if not boundary.geometry.area.sum() > 0:
        faults.append(Fault(where="boundary", what="has no area", fix="give its polygons"))
    for claim in sorted(set(claims["claim"].astype(str)) - set(CLAIMS)):
        rows = (claims["claim"].astype(str) == claim).sum()
        what = f"is {claim!r} in {rows} rows, which is not in the vocabulary"
        faults.append(Fault(where="claims: claim", what=what, fix=f"use one of: {CLAIMS}"))
    if faults:
        raise LayerError(faults)


def _shape_faults(table: gpd.GeoDataFrame, where: str) -> list[Fault]:
    shapes = table.geometry.to_numpy()
    good = np.isin(shapely.get_type_id(shapes), POLYGONAL) & shapely.is_valid(shapes)
    return [
        Fault(
            where=f"{where}: row {table.index[row]}",
            what=f"is no valid polygon ({shapely.is_valid_reason(shapes[row]) or 'missing'})",
            fix="repair it with landuse.claims.claim_table, or in the source",
        )
        for row in np.flatnonzero(~good)[:20]
    ]
