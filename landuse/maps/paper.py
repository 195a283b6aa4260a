"""The map itself on paper, drawn by matplotlib into one pair of axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib_scalebar.scalebar import ScaleBar

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.axes import Axes

    from landuse.maps.data import MapData
    from landuse.maps.palette import Palette
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = ["draw_map", "hatches"]

_HATCHES = ("", "...", "", "", "///")
"""Besides its colour, so that zones are told apart in grey print; in the legend's order."""

PRINTED = ("airport", "port")
"""Categories of transport that the printed map names."""


def draw_map(
    axes: Axes, data: MapData, zones: list[Json], *, palette: Palette, words: Words
) -> None:
    """Draw the map of a study into axes, from the ground to the north arrow."""
    _frame(axes, data, palette)
    _ground(axes, data, palette)
    _zones(axes, data, zones)
    _lines(axes, data, palette)
    _names(axes, data, palette)
    _furniture(axes, words)


def _frame(axes: Axes, data: MapData, palette: Palette) -> None:
    """Set the view: the whole city, and as far as possible only land that is known."""
    west, south, east, north = data.boundary.total_bounds
    box = axes.get_window_extent()
    shape = box.width / box.height
    high = 1.12 * max(north - south, (east - west) / shape)
    known = data.land.total_bounds if len(data.land) else data.boundary.total_bounds
    x = _within((west + east) / 2, high * shape / 2, known[0], known[2])
    y = _within((south + north) / 2, high / 2, known[1], known[3])
    axes.set_xlim(x - high * shape / 2, x + high * shape / 2)
    axes.set_ylim(y - high / 2, y + high / 2)
    axes.set_aspect("equal")
    axes.set_facecolor(palette.ground["sea"])
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)


def _within(centre: float, half: float, low: float, high: float) -> float:
    """Move a centre so that `half` on both sides lies between two edges, where it can."""
    return min(max(centre, low + half), high - half) if high - low >= 2 * half else centre


def _ground(axes: Axes, data: MapData, palette: Palette) -> None:
    colours = palette.ground
    land = data.land if len(data.land) else data.neighbours
    _fill(axes, land, facecolor=colours["land"], edgecolor=colours["water_line"], linewidth=0.5)
    _fill(
        axes,
        data.neighbours,
        facecolor="none",
        edgecolor=colours["land_line"],
        linewidth=0.8,
        linestyle="--",
    )


def _zones(axes: Axes, data: MapData, zones: list[Json]) -> None:
    for zone, hatch in zip(zones, hatches(len(zones)), strict=True):
        _fill(
            axes,
            data.faces[data.faces["zone"] == zone["key"]],
            facecolor=zone["colour"],
            edgecolor="#00000055" if hatch else "none",
            hatch=hatch,
            linewidth=0,
        )


def hatches(count: int) -> list[str]:
    """Return a pattern for each zone in the legend's order."""
    return [_HATCHES[place % len(_HATCHES)] for place in range(count)]


def _lines(axes: Axes, data: MapData, palette: Palette) -> None:
    colours = palette.ground
    _fill(axes, data.water_areas(), facecolor=colours["water"], edgecolor=colours["water_line"])
    _stroke(axes, data.water_lines(), colours["water_line"], 1.0)
    _stroke(axes, data.roads, "white", 2.2)
    _stroke(axes, data.roads, colours["trunk"], 1.2)
    _stroke(axes, data.railways, colours["railway"], 2.0)
    _stroke(axes, data.railways, "white", 1.0, linestyle=(0, (5, 5)))
    for line, colour, width in (("-", "white", 3.4), ("-", colours["boundary"], 1.6)):
        _fill(
            axes, data.boundary, facecolor="none", edgecolor=colour, linewidth=width, linestyle=line
        )
    _fill(
        axes,
        data.districts,
        facecolor="none",
        edgecolor=colours["district"],
        linewidth=0.9,
        linestyle="-.",
    )


def _fill(axes: Axes, table: gpd.GeoDataFrame, **style: object) -> None:
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
    for line in shapely.get_parts(table.geometry.to_numpy()):
        x, y = shapely.get_coordinates(line).T
        axes.plot(
            x, y, color=colour, linewidth=width, linestyle=linestyle, scalex=False, scaley=False
        )


def _names(axes: Axes, data: MapData, palette: Palette) -> None:
    colours = palette.ground
    gates = (
        data.transport[data.transport["category"].isin(PRINTED)]
        if len(data.transport)
        else data.transport
    )
    for x, y in shapely.get_coordinates(gates.geometry.to_numpy()):
        axes.plot(x, y, "o", color="white", markeredgecolor=colours["expressway"], markersize=5)
    for table, size, colour, lift in (
        (data.districts, 15, colours["text"], 0.0),
        (data.neighbours, 10, colours["neighbour_text"], 0.0),
        (data.water_areas(), 9, colours["water_line"], 0.0),
        (gates, 9, colours["expressway"], -11.0),  # below: towards the sea, off the districts
    ):
        _write(axes, table, size=size, colour=colour, lift=lift)


def _write(axes: Axes, table: gpd.GeoDataFrame, *, size: float, colour: str, lift: float) -> None:
    """Write the names of a table at its shapes, `lift` points above them (below if negative)."""
    if not len(table) or "name_ja" not in table:
        return
    spots = table.geometry.representative_point()
    for name, x, y in zip(table["name_ja"].fillna(""), spots.x, spots.y, strict=True):
        axes.annotate(
            str(name),
            (x, y),
            (0, lift),
            textcoords="offset points",
            fontsize=size,
            color=colour,
            path_effects=[withStroke(linewidth=3, foreground="white")],
            ha="center",
            va="center",
            annotation_clip=True,
            clip_on=True,
            parse_math=False,
        )


def _furniture(axes: Axes, words: Words) -> None:
    axes.add_artist(
        ScaleBar(1, location="lower right", box_alpha=0.85, font_properties={"size": 12})
    )
    north = words["print.north"]
    arrow = {"arrowstyle": "-|>,head_width=0.5,head_length=0.9", "linewidth": 2.2, "color": "black"}
    axes.annotate(
        f"{north.ja} {north.en}",
        xy=(0.045, 0.975),
        xytext=(0.045, 0.895),
        xycoords="axes fraction",
        ha="center",
        va="center",
        fontsize=13,
        arrowprops=arrow,
    )
