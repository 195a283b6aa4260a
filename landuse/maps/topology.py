"""Shapes for display: simplified together, on a lattice, every shared border stored once.

Neighbouring faces share their border as one *arc*, so that they can neither gape nor
overlap on the screen, and so that the border between two zones is known to be one.
A junction is a vertex whose two neighbours differ between the rings that meet there
(the rule of TopoJSON); rings are cut at junctions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from landuse.maps.pack import concatenated, deltas, pack_bytes

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shapes = NDArray[np.object_]

__all__ = ["LATTICE", "Topology", "line_topology", "polygon_topology", "simplified"]

LATTICE = 100_000
"""Lattice points per degree: about one metre, far below what the sources can promise."""

LONLAT = "EPSG:4326"


@dataclass(frozen=True, kw_only=True)
class Topology:
    """Features as rings (or lines) of references to arcs."""

    arcs: tuple[Ints, ...]
    """Lattice points (n, 2): longitude, latitude."""
    features: tuple[tuple[tuple[int, ...], ...], ...]
    """Feature -> rings -> arcs in order; `~k` is arc k walked backwards."""

    def packed(self) -> str:
        """Return the whole as text, see `landuse.maps.pack`."""
        points = np.concatenate([*self.arcs, np.zeros((0, 2), np.int64)])
        rings = [ring for feature in self.features for ring in feature]
        references = np.array([arc for ring in rings for arc in ring], np.int64)
        columns = (
            [len(self.arcs), len(self.features)],
            [len(arc) for arc in self.arcs],
            deltas(points[:, 0]),
            deltas(points[:, 1]),
            [len(feature) for feature in self.features],
            [len(ring) for ring in rings],
            deltas(references),
        )
        return pack_bytes(concatenated(columns))

    def rings_of(self, feature: int) -> list[Ints]:
        """Return the closed rings (or lines) of a feature as lattice points."""
        return [
            np.concatenate([self.arcs[k] if k >= 0 else self.arcs[~k][::-1] for k in ring])
            for ring in self.features[feature]
        ]


def simplified(polygons: gpd.GeoSeries, tolerance_m: float) -> gpd.GeoSeries:
    """Return polygons that cover a plane with fewer vertices and the same neighbours.

    Parameters
    ----------
    polygons
        A coverage in metres: shared borders share their vertices.
    tolerance_m
        The root of the smallest triangle kept (Visvalingam and Whyatt 1993), so about the
        size of the bends that vanish; 0 changes nothing.
    """
    if tolerance_m <= 0 or polygons.empty:
        return polygons
    shapes = shapely.coverage_simplify(polygons.to_numpy(), tolerance_m)
    return type(polygons)(shapes, index=polygons.index, crs=polygons.crs)


def polygon_topology(polygons: gpd.GeoSeries) -> Topology:
    """Return polygons on the lattice, shared borders once.

    Rings that shrink to less than a triangle on the lattice vanish; a feature may be left
    without rings. Holes are rings like others: a point lies in a feature where it lies in
    an odd number of rings.
    """
    rings, owners = _rings(polygons)
    arcs, references = _cut(rings)
    features: list[list[tuple[int, ...]]] = [[] for _ in range(len(polygons))]
    for owner, ring in zip(owners, references, strict=True):
        features[owner].append(ring)
    return Topology(arcs=tuple(arcs), features=tuple(tuple(rings) for rings in features))


def line_topology(lines: gpd.GeoSeries, tolerance_m: float = 0.0) -> Topology:
    """Return lines on the lattice, each its own arc."""
    slim = lines.simplify(tolerance_m) if tolerance_m > 0 else lines
    shapes, owners = shapely.get_parts(_lonlat(slim), return_index=True)
    arcs: list[Ints] = []
    features: list[list[tuple[int, ...]]] = [[] for _ in range(len(lines))]
    for owner, shape in zip(owners, shapes, strict=True):
        points = _without_repeats(_lattice(shapely.get_coordinates(shape)), closed=False)
        if len(points) > 1:
            features[owner].append((len(arcs),))
            arcs.append(points)
    return Topology(arcs=tuple(arcs), features=tuple(tuple(parts) for parts in features))


def _lonlat(shapes: gpd.GeoSeries) -> Shapes:
    return np.asarray(shapes.to_crs(LONLAT).to_numpy())


def _lattice(degrees: NDArray[np.float64]) -> Ints:
    return np.rint(degrees * LATTICE).astype(np.int64)


def _without_repeats(points: Ints, *, closed: bool) -> Ints:
    """Drop points equal to the one before; of a ring also the last, which is the first."""
    before = np.roll(points, 1, axis=0)
    moved = (points != before).any(axis=1)
    if not closed and len(points):
        moved[0] = True
    return np.asarray(points[moved])


def _rings(polygons: gpd.GeoSeries) -> tuple[list[Ints], list[int]]:
    """Return open rings on the lattice and the place of the polygon that each belongs to."""
    parts, part_owner = shapely.get_parts(_lonlat(polygons), return_index=True)
    kept = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_part = shapely.get_rings(parts[kept], return_index=True)
    owners = part_owner[kept][ring_part]
    points, place = shapely.get_coordinates(rings, return_index=True)
    cuts = np.searchsorted(place, np.arange(1, len(rings)))
    found, of = [], []
    for owner, ring in zip(owners.tolist(), np.split(_lattice(points), cuts), strict=False):
        bare = _without_repeats(ring, closed=True)
        if len(bare) > 2:
            found.append(bare)
            of.append(owner)
    return found, of


def _cut(rings: list[Ints]) -> tuple[list[Ints], list[tuple[int, ...]]]:
    """Cut rings at junctions and store equal pieces once."""
    if not rings:
        return [], []
    ids, junction = _junctions(rings)
    store: dict[bytes, int] = {}
    arcs: list[Ints] = []
    references = []
    for ring, vertex in zip(rings, ids, strict=True):
        references.append(
            tuple(
                _stored(ring[piece], vertex[piece], store, arcs)
                for piece in _pieces(vertex, junction[vertex])
            )
        )
    return arcs, references


def _junctions(rings: list[Ints]) -> tuple[list[Ints], NDArray[np.bool_]]:
    """Return the vertex numbers of each ring, and which numbers are junctions."""
    points = np.concatenate(rings)
    _, first, number = np.unique(points @ [2**32, 1], return_index=True, return_inverse=True)
    ids = np.split(number, np.cumsum([len(ring) for ring in rings])[:-1])
    before = np.concatenate([np.roll(vertex, 1) for vertex in ids])
    after = np.concatenate([np.roll(vertex, -1) for vertex in ids])
    sides = np.stack([np.minimum(before, after), np.maximum(before, after)], axis=1)
    junction = np.zeros(len(first), bool)
    np.logical_or.at(junction, number, (sides != sides[first][number]).any(axis=1))
    return ids, junction


def _pieces(vertex: Ints, junction: NDArray[np.bool_]) -> list[Ints]:
    """Return the places of the vertices of each arc of a ring, ends included."""
    cuts = np.flatnonzero(junction)
    n = len(vertex)
    if not len(cuts):
        # A lone ring starts at its smallest vertex, so that its neighbour's copy is equal.
        start = int(vertex.argmin())
        return [np.arange(start, start + n + 1) % n]
    ends = np.append(cuts[1:], cuts[0] + n)
    return [
        np.arange(start, end + 1) % n
        for start, end in zip(cuts.tolist(), ends.tolist(), strict=True)
    ]


def _stored(points: Ints, vertex: Ints, store: dict[bytes, int], arcs: list[Ints]) -> int:
    """Return the number of an arc, negative (`~k`) where it is stored the other way round."""
    forward, backward = vertex.tobytes(), vertex[::-1].tobytes()
    if backward in store and forward not in store:
        return ~store[backward]
    if forward not in store:
        store[forward] = len(arcs)
        arcs.append(points)
    return store[forward]
