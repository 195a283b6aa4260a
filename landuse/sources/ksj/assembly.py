"""Geometries of a GML file put together from coordinates and from each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import shapely

from landuse.crs import check_lonlat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from landuse.sources.report import Findings

    Points = NDArray[np.float64]

__all__ = ["AGAIN", "Assembly", "GmlShape"]

AGAIN = "download it again; the shapefile of the same edition reads faster"
SAMPLE = 1000
"""Geometries whose first points decide the order of axes."""


@dataclass(kw_only=True)
class GmlShape:
    """A geometry as it is read: coordinates as written, rings that may still be names."""

    kind: str
    name: str
    coordinates: Points | None = None
    rings: list[list[str | Points]] = field(default_factory=list)
    """Rings in pieces: names of curves, or points."""
    outer: list[bool] = field(default_factory=list)
    """Whether each ring is the outside of a patch."""
    reverse: bool = False
    base: str = ""
    """Name of the curve that this one is, in one direction or the other."""


class Assembly:
    """Makes geometries by name; longitude comes first in what comes out."""

    def __init__(self, shapes: Mapping[str, GmlShape], findings: Findings) -> None:
        self.shapes = shapes
        self.findings = findings
        self.order = [1, 0] if self._latitude_first() else [0, 1]

    def _latitude_first(self) -> bool:
        """Tell the order of axes by where it puts a sample in Japan; else as the schema has it."""
        sample = [
            points[:1]
            for shape in list(self.shapes.values())[:SAMPLE]
            for points in (shape.coordinates, *(piece for ring in shape.rings for piece in ring))
            if isinstance(points, np.ndarray) and len(points)
        ]
        if not sample:
            return True
        first, second = np.concatenate(sample).T
        return bool(check_lonlat(second, first).sum() >= check_lonlat(first, second).sum())

    def made(self, name: str, line: int) -> shapely.Geometry:
        """Return a geometry that the feature in a line of the file refers to.

        Raises
        ------
        LayerError
            If the file does not hold it, or it is none.
        """
        shape = self._named(name, line)
        try:
            return self._geometry(shape, name, line)
        except (ValueError, shapely.errors.GEOSException) as error:
            self._stop(f"has a geometry {name!r} (feature in line {line}) that is none: {error}")

    def _geometry(self, shape: GmlShape, name: str, line: int) -> shapely.Geometry:
        with np.errstate(all="ignore"):  # NaN and the like are found where places are checked
            if shape.kind == "Point":
                points = self._points(name, line)
                return shapely.Point(points[0]) if len(points) else shapely.Point()
            if shape.kind in ("Surface", "Polygon"):
                return self._polygon(shape, line)
            return shapely.LineString(self._points(name, line))

    def _named(self, name: str, line: int) -> GmlShape:
        if name not in self.shapes:
            self._stop(f"lacks the geometry {name!r}, which the feature in line {line} refers to")
        return self.shapes[name]

    def _stop(self, what: str) -> NoReturn:
        self.findings.stop(what, AGAIN)

    def _points(self, name: str, line: int) -> Points:
        """Return the points of a curve; of one that is another turned round, those of it."""
        shape, turned = self._named(name, line), False
        for _ in range(3):
            turned ^= shape.reverse
            if not shape.base:
                break
            shape = self._named(shape.base, line)
        points = np.zeros((0, 2)) if shape.coordinates is None else shape.coordinates
        points = points[:, self.order]
        return points[::-1] if turned else points

    def _polygon(self, shape: GmlShape, line: int) -> shapely.Geometry:
        patches: list[list[Points]] = []
        for pieces, outer in zip(shape.rings, shape.outer, strict=True):
            if outer or not patches:
                patches.append([])
            patches[-1].append(self._ring(pieces, line))
        made = [shapely.Polygon(rings[0], rings[1:]) for rings in patches]
        return made[0] if len(made) == 1 else shapely.MultiPolygon(made)

    def _ring(self, parts: list[str | Points], line: int) -> Points:
        """Put curves end to end; one that runs the other way is turned round."""
        whole = [
            self._points(part, line) if isinstance(part, str) else part[:, self.order]
            for part in parts
        ]
        pieces = [piece for piece in whole if len(piece)]
        for place in range(1, len(pieces)):
            before, piece = pieces[place - 1], pieces[place]
            ends = (before[-1], before[0]) if place == 1 else (before[-1],)
            if not any(_same(end, piece[0]) or _same(end, piece[-1]) for end in ends):
                continue
            if not _same(before[-1], piece[0]) and not _same(before[-1], piece[-1]):
                pieces[0] = before[::-1]
            if not _same(pieces[place - 1][-1], piece[0]):
                pieces[place] = piece[::-1]
        return np.concatenate(pieces) if pieces else np.zeros((0, 2))


def _same(one: Points, other: Points) -> bool:
    return bool((one == other).all())
