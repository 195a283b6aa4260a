"""Points, lines and areas with some tags, areas also from multipolygon relations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from landuse.sources.osm.pbf import told_by_osmium

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from landuse.sources.osm.pbf import Source
    from landuse.sources.window import Window

__all__ = ["Shape", "read_shapes"]

AREA_TYPES = ("multipolygon", "boundary")
"""Relations that are areas; osmium builds these."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One feature of OpenStreetMap."""

    osm_id: str
    """`n`, `w` or `r` and its number."""
    tags: Mapping[str, str]
    geometry: shapely.Geometry
    """In degrees."""


def read_shapes(
    source: Source, *, pairs: Sequence[tuple[str, str]], window: Window | None
) -> list[Shape]:
    """Read all points, open ways and areas that have one of some tags.

    Parameters
    ----------
    source
        A file just opened: its nodes are read here.
    pairs
        Keys with a value.
    window
        What does not meet it is left out.
    """
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    near = _Near(window)
    tagged = osmium.filter.TagFilter(*pairs)
    with told_by_osmium(source.findings):
        points = [_point(node) for node in source.each("NODE", tagged)]
        shapes = [shape for shape in points if near(shape)]
        manager = osmium.area.AreaManager()
        relations = source.each("RELATION", tagged, manager.first_pass_handler())
        wanted = {one.id for one in relations if one.tags.get("type") in AREA_TYPES}
        done = osmium.BufferIterator(tagged)
        lost, rings = 0, set()
        for way in source.each("WAY", manager.second_pass_to_buffer(done), tagged):
            if way.is_closed():
                rings.add(way.id)
            else:
                line = _open_line(way)
                lost += not line
                shapes += [shape for shape in line if near(shape)]
            lost += _drain(done, shapes, wanted, rings, near)
        lost += _drain(done, shapes, wanted, rings, near)
    _note_lost(lost + len(wanted) + len(rings), source)
    return shapes


class _Near:
    """Tells whether a shape meets the window."""

    def __init__(self, window: Window | None) -> None:
        self.box = shapely.box(*window.bounds) if window else None
        if self.box is not None:
            shapely.prepare(self.box)

    def __call__(self, shape: Shape) -> bool:
        if self.box is None or shapely.is_empty(shape.geometry):
            return True  # what has no place is not elsewhere
        return bool(shapely.intersects(self.box, shape.geometry))


def _point(node: Any) -> Shape:  # noqa: ANN401 - osmium's node
    place = node.location
    point = shapely.Point(place.lon, place.lat) if place.valid() else shapely.Point()
    return Shape(osm_id=f"n{node.id}", tags=dict(node.tags), geometry=point)


def _open_line(way: Any) -> list[Shape]:  # noqa: ANN401 - osmium's way
    """Return a way as a line through the nodes that are known, if there are two."""
    places = [node.location for node in way.nodes if node.location.valid()]
    if len({(place.x, place.y) for place in places}) < 2:
        return []
    line = shapely.LineString([(place.lon, place.lat) for place in places])
    return [Shape(osm_id=f"w{way.id}", tags=dict(way.tags), geometry=line)]


def _drain(
    done: Any,  # noqa: ANN401 - osmium's iterator
    shapes: list[Shape],
    wanted: set[int],
    rings: set[int],
    near: _Near,
) -> int:
    """Take the areas that osmium has built so far; return how many it could not.

    Of relations that are `wanted` and ways that are `rings` those are taken off that came.
    """
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    factory = osmium.geom.WKBFactory()
    lost = 0
    for area in done:
        (rings if area.from_way() else wanted).discard(area.orig_id())
        if area.num_rings()[0] == 0:
            lost += 1
            continue
        geometry = shapely.from_wkb(factory.create_multipolygon(area))
        letter = "w" if area.from_way() else "r"
        tags = dict(area.tags)
        shape = Shape(osm_id=f"{letter}{area.orig_id()}", tags=tags, geometry=geometry)
        shapes += [shape] if near(shape) else []
    return lost


def _note_lost(lost: int, source: Source) -> None:
    if lost:
        what = f"{lost} areas or lines lack nodes or members, or do not close: left out"
        fix = "nothing to do if they lie beyond the study area, at the edge of an extract"
        source.findings.note(what, fix, place="areas")
