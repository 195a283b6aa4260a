"""The map itself on paper, drawn by matplotlib into one frame of a sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from landuse.maps.labels import write_names
from landuse.maps.palette import ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from landuse.maps.data import MapData
    from landuse.maps.layout import Frame
    from landuse.maps.palette import Palette

    Json = dict[str, Any]

__all__ = ["Look", "draw_map", "fill", "frame_axes", "zone_styles"]

_HATCHES = {
    "cross": "xx",
    "rising": "///",
    "dots": "..",
    "trees": "o",
    "level": "--",
    "upright": "||",
    "falling": "\\\\",
}
"""Pattern of a palette -> how it is drawn over a colour, to tell zones apart in grey print."""

UNSEEN_MM = 0.04
"""Bends that lie less than this off a line are not seen on paper, and left out."""

INK_SHARE = 0.34
"""How much of the ink's colour a pattern has, the rest being its ground's."""


_CUT = (
    "boundary",
    "faces",
    "land",
    "neighbours",
    "lakes",
    "rivers",
    "roads",
    "railways",
    "districts",
)
"""Tables of which a frame draws what it shows."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a frame is drawn."""

    factor: float = 1.0
    """Size of letters and lines; 1 on A3."""
    facilities: bool = False
    """Whether facilities are drawn, and towns named instead of districts."""
    rectangle_m: tuple[float, float, float, float] | None = None
    """Land that another frame shows larger."""


def draw_map(
    axes: Axes, data: MapData, zones: list[Json], *, frame: Frame, palette: Palette, look: Look
) -> None:
    """Draw the map of a study into axes, from the ground to the names."""
    data = _near(data, frame)
    frame_axes(axes, frame, sea=palette.ground["sea"], factor=look.factor)
    _ground(axes, data, palette, look.factor)
    _zones(axes, data, zones, palette)
    _lines(axes, data, palette, look.factor)
    if look.rectangle_m:
        _rectangle(axes, look)
    write_names(
        axes, data, frame=frame, palette=palette, factor=look.factor, facilities=look.facilities
    )


def _near(data: MapData, frame: Frame) -> MapData:
    """Return what a frame shows and a little round about, so that no cut edge is seen."""
    west, south, east, north = frame.bounds_m
    air = 0.03 * max(east - west, north - south)
    box = (west - air, south - air, east + air, north + air)
    tolerance_m = UNSEEN_MM * frame.scale / 1000
    cut: dict[str, Any] = {name: _cut(getattr(data, name), box, tolerance_m) for name in _CUT}
    return replace(data, **cut)


def _cut(
    table: gpd.GeoDataFrame, box: tuple[float, float, float, float], tolerance_m: float
) -> gpd.GeoDataFrame:
    if not len(table):
        return table
    coarse = shapely.simplify(table.geometry.to_numpy(), tolerance_m)
    shapes = shapely.clip_by_rect(coarse, *box)
    seen = ~shapely.is_empty(shapes)
    return table[seen].set_geometry(gpd.GeoSeries(shapes[seen], table.index[seen], table.crs))


def frame_axes(axes: Axes, frame: Frame, *, sea: str, factor: float = 1.0) -> None:
    """Show in axes exactly the land of a frame, which has the shape of the axes."""
    west, south, east, north = frame.bounds_m
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_facecolor(sea)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    for edge in axes.spines.values():
        edge.set_linewidth(0.9 * factor)


def _ground(axes: Axes, data: MapData, palette: Palette, factor: float) -> None:
    colours = palette.ground
    land = data.land if len(data.land) else data.neighbours
    line = {"edgecolor": colours["water_line"], "linewidth": 0.5 * factor}
    fill(axes, land, facecolor=colours["land"], **line)
    fill(
        axes,
        data.neighbours,
        facecolor="none",
        edgecolor=colours["land_line"],
        linewidth=0.8 * factor,
        linestyle="--",
    )


def _zones(axes: Axes, data: MapData, zones: list[Json], palette: Palette) -> None:
    for zone, style in zip(zones, zone_styles(zones, palette), strict=True):
        fill(axes, data.faces[data.faces["zone"] == zone["key"]], linewidth=0, **style)


def zone_styles(zones: list[Json], palette: Palette) -> list[Json]:
    """Return for each zone colour, pattern and ink of the pattern, as patches take them."""
    patterns = palette.patterns_of_zones([zone["key"] for zone in zones])
    return [
        {
            "facecolor": zone["colour"],
            "edgecolor": _mixed(zone["colour"], ink_on(zone["colour"])),
            "hatch": _HATCHES[patterns[zone["key"]]],
        }
        for zone in zones
    ]


def _mixed(colour: str, ink: str) -> str:
    """Return a colour with some ink in it: patterns of a PDF cannot be seen through."""
    red, green, blue = (
        INK_SHARE * dark + (1 - INK_SHARE) * light
        for dark, light in zip(to_rgb(ink), to_rgb(colour), strict=True)
    )
    return to_hex((red, green, blue))


def _lines(axes: Axes, data: MapData, palette: Palette, factor: float) -> None:
    colours = palette.ground
    water = {"facecolor": colours["water"], "edgecolor": colours["water_line"]}
    fill(axes, data.water_areas(), linewidth=0.6 * factor, **water)
    _stroke(axes, data.water_lines(), colours["water_line"], 1.0 * factor)
    _stroke(axes, data.roads, "white", 2.2 * factor)
    _stroke(axes, data.roads, colours["trunk"], 1.2 * factor)
    _stroke(axes, data.railways, colours["railway"], 2.0 * factor)
    _stroke(axes, data.railways, "white", 1.0 * factor, linestyle=(0, (5, 5)))
    for line, width in (("white", 3.4), (colours["boundary"], 1.6)):
        fill(axes, data.boundary, facecolor="none", edgecolor=line, linewidth=width * factor)
    fill(
        axes,
        data.districts,
        facecolor="none",
        edgecolor=colours["district"],
        linewidth=0.9 * factor,
        linestyle="-.",
    )


def fill(axes: Axes, table: gpd.GeoDataFrame, **style: Any) -> None:  # noqa: ANN401 - of a patch
    """Draw all polygons of a table as one path, so that no seam shows between them."""
    # Holes are holes by running the other way round.
    parts = shapely.orient_polygons(shapely.get_parts(table.geometry.to_numpy()))
    paths = [_path(part) for part in parts if isinstance(part, shapely.Polygon)]
    if paths:
        axes.add_patch(PathPatch(Path.make_compound_path(*paths), **style))


def _path(polygon: shapely.Polygon) -> Path:
    rings = (polygon.exterior, *polygon.interiors)
    return Path.make_compound_path(*(Path(np.asarray(ring.coords), closed=True) for ring in rings))


def _stroke(
    axes: Axes, table: gpd.GeoDataFrame, colour: str, width: float, linestyle: object = "-"
) -> None:
    """Draw all lines of a table as one path."""
    lines = shapely.get_parts(table.geometry.to_numpy())
    paths = [Path(shapely.get_coordinates(line)) for line in lines if not line.is_empty]
    if paths:
        path = Path.make_compound_path(*paths)
        style: Json = {"edgecolor": colour, "linewidth": width, "linestyle": linestyle}
        axes.add_patch(PathPatch(path, facecolor="none", **style))


def _rectangle(axes: Axes, look: Look) -> None:
    west, south, east, north = look.rectangle_m or (0.0, 0.0, 0.0, 0.0)
    for colour, width in (("white", 2.4), ("#8A1C1C", 1.1)):
        axes.add_patch(
            Rectangle(
                (west, south),
                east - west,
                north - south,
                facecolor="none",
                edgecolor=colour,
                linewidth=width * look.factor,
            )
        )
