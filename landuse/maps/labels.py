"""Names and facilities on a printed map: the weightiest first, none over another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.patheffects import withStroke

from landuse.maps.lettering import MM_PER_PT, drawable, width_mm

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from matplotlib.axes import Axes

    from landuse.maps.data import MapData
    from landuse.maps.layout import Frame
    from landuse.maps.palette import Palette

__all__ = ["hub_facilities", "town_names", "write_names"]

PRINTED = ("airport", "port")
"""Categories of transport that the printed map names."""

WATCH_OVER_COLOUR = "#4A148C"
BADGE_MM = 4.0
MOST_BADGES, MOST_TOWNS = 150, 400
"""Further hubs of a frame are dots; further towns, those with fewest people, have no name."""
AIR_MM = 0.8
CHOME = re.compile(r"[〇一二三四五六七八九十百0-9０-９]+丁目$")

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Name:
    text: str
    at_m: tuple[float, float]
    size_pt: float
    colour: str
    below: bool = False
    """Whether the name stands under its point and not on it."""


@dataclass(kw_only=True)
class _Taken:
    """Rectangles of a frame that hold something already, in millimetres."""

    frame: Frame
    held: list[Rectangle] = field(default_factory=list)

    def spot_mm(self, at_m: tuple[float, float]) -> tuple[float, float]:
        west, south, _, _ = self.frame.bounds_m
        per_mm = self.frame.scale / 1000
        return (at_m[0] - west) / per_mm, (at_m[1] - south) / per_mm

    def take(self, rectangle: Rectangle) -> bool:
        """Hold a rectangle and return whether it was free and within the frame."""
        box = self.frame.box
        west, south, east, north = rectangle
        inside = west > AIR_MM and south > AIR_MM
        inside = inside and east < box.wide_mm - AIR_MM and north < box.high_mm - AIR_MM
        free = inside and not any(
            west < e and w < east and south < n and s < north for w, s, e, n in self.held
        )
        if free:
            self.held.append(rectangle)
        return free


def write_names(
    axes: Axes,
    data: MapData,
    *,
    frame: Frame,
    palette: Palette,
    factor: float,
    facilities: bool,
) -> None:
    """Draw facilities if asked for, then every name for which there is room."""
    taken = _Taken(frame=frame, held=_furniture(frame, factor))
    if facilities:
        _draw_dots(axes, _placed(data, "watch_over"), WATCH_OVER_COLOUR, factor)
        _badges(axes, data, palette, taken, factor)
    _gates(axes, data, palette, factor)
    for name in _names(data, palette, towns=facilities):
        _write(axes, name, taken, factor)


def _furniture(frame: Frame, factor: float) -> list[Rectangle]:
    """Return where the north arrow, the caption and the scale bar stand."""
    wide, high = frame.box.wide_mm, frame.box.high_mm
    return [
        (0.0, high - 22 * factor, 20 * factor, high),
        (0.0, high - 7 * factor, 50 * factor, high),
        (wide - max(0.36 * wide, 30 * factor), 0.0, wide, 13 * factor),
    ]


def _draw_dots(axes: Axes, points: gpd.GeoDataFrame, colour: str, factor: float) -> None:
    spots = np.unique(shapely.get_coordinates(points.geometry.to_numpy()), axis=0)
    axes.plot(
        *spots.T,
        linestyle="none",
        marker="o",
        markersize=3.2 * factor,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.5 * factor,
        scalex=False,
        scaley=False,
    )


def _placed(data: MapData, kind: str) -> gpd.GeoDataFrame:
    keys = [service.key for service in data.services if service.kind == kind]
    if not len(data.facilities):
        return data.facilities
    known = ~data.facilities.geometry.is_empty & data.facilities.geometry.notna()
    return data.facilities[known & data.facilities["service"].isin(keys)]


def hub_facilities(data: MapData, frame: Frame) -> gpd.GeoDataFrame:
    """Return each hub of a frame once, by the first of its services in their order."""
    order = {service.key: place for place, service in enumerate(data.services)}
    west, south, east, north = frame.bounds_m
    found = _placed(data, "hub")
    if not len(found):
        return found
    x, y = found.geometry.x, found.geometry.y
    found = found[(x > west) & (x < east) & (y > south) & (y < north)]
    ordered = found.assign(order=found["service"].map(order)).sort_values("order", kind="stable")
    return ordered.drop_duplicates("facility_id")


def _badges(axes: Axes, data: MapData, palette: Palette, taken: _Taken, factor: float) -> None:
    """Draw each hub as a badge with the sign of its service, near its place if that is taken."""
    labels = {service.key: service.label.ja for service in data.services}
    hubs = hub_facilities(data, taken.frame)
    _draw_dots(axes, hubs[MOST_BADGES:], "#1D1B20", factor)
    for service, point in zip(*_columns(hubs[:MOST_BADGES], "service"), strict=True):
        sign = palette.signs.get(service, labels[service][:1])
        spot = _free_spot(taken, (point.x, point.y), BADGE_MM * factor)
        if spot is not None:
            per_mm = taken.frame.scale / 1000
            at = (point.x + spot[0] * per_mm, point.y + spot[1] * per_mm)
            _badge(axes, drawable(sign)[:1], (point.x, point.y), at, factor)


def _columns(table: gpd.GeoDataFrame, name: str) -> tuple[list[str], list[shapely.Point]]:
    points = [shapely.Point(x, y) for x, y in shapely.get_coordinates(table.geometry)]
    return [str(value) for value in table.get(name, ())], points


def _free_spot(
    taken: _Taken, at_m: tuple[float, float], side_mm: float
) -> tuple[float, float] | None:
    """Return how far from its place a badge stands, in millimetres; none if out of the frame."""
    x, y = taken.spot_mm(at_m)
    box = taken.frame.box
    if not (0 < x < box.wide_mm and 0 < y < box.high_mm):
        return None
    for dx, dy in _around(side_mm):
        west, south = x + dx - side_mm / 2, y + dy - side_mm / 2
        if taken.take((west, south, west + side_mm, south + side_mm)):
            return dx, dy
    return 0.0, 0.0


def _around(side_mm: float) -> Iterator[tuple[float, float]]:
    """Return offsets from a place, on it first, then in rings about it."""
    yield 0.0, 0.0
    for ring in (1.1, 1.7, 2.3, 3.0, 3.8, 4.6):
        for turn in np.arange(16) * np.pi / 8:
            yield ring * side_mm * float(np.cos(turn)), ring * side_mm * float(np.sin(turn))


def _badge(
    axes: Axes, sign: str, at_m: tuple[float, float], spot_m: tuple[float, float], factor: float
) -> None:
    """Draw a sign on a white disc, and a line to its place where it stands beside it."""
    if spot_m != at_m:
        # Below all discs, so that no line crosses a sign.
        line: dict[str, Any] = {"linewidth": 0.6 * factor, "color": "#1D1B20", "zorder": 2.8}
        axes.plot(*zip(at_m, spot_m, strict=True), scalex=False, scaley=False, **line)
    axes.annotate(
        sign,
        spot_m,
        fontsize=7.6 * factor,
        color="#1D1B20",
        ha="center",
        va="center_baseline",
        bbox={
            "boxstyle": "circle,pad=0.22",
            "facecolor": "white",
            "edgecolor": "#1D1B20",
            "linewidth": 0.8 * factor,
        },
        annotation_clip=True,
    )


def _gates(axes: Axes, data: MapData, palette: Palette, factor: float) -> None:
    for x, y in shapely.get_coordinates(_gateways(data).geometry.to_numpy()):
        axes.plot(
            x,
            y,
            "o",
            color="white",
            markeredgecolor=palette.ground["expressway"],
            markersize=5 * factor,
            scalex=False,
            scaley=False,
        )


def _gateways(data: MapData) -> gpd.GeoDataFrame:
    if not len(data.transport):
        return data.transport
    return data.transport[data.transport["category"].isin(PRINTED)]


def _names(data: MapData, palette: Palette, *, towns: bool) -> Iterator[_Name]:
    """Return the names, those that a reader looks for first coming first."""
    ground = palette.ground
    blue = ground["expressway"]
    yield from _of(_gateways(data), size_pt=9, colour=blue, below=True)
    if towns:
        yield from _of(data.stations, size_pt=7.5, colour=ground["railway"], below=True)
        towns_of = town_names(data)[:MOST_TOWNS]
        for name, x, y in zip(towns_of.index, towns_of["x"], towns_of["y"], strict=True):
            yield _Name(text=str(name), at_m=(x, y), size_pt=7.5, colour=ground["text"])
    else:
        yield from _of(data.districts, size_pt=14, colour=ground["text"])
    yield from _of(data.water_areas(), size_pt=9, colour=ground["water_line"])
    yield from _of(data.neighbours, size_pt=10, colour=ground["neighbour_text"])


def _of(
    table: gpd.GeoDataFrame, *, size_pt: float, colour: str, below: bool = False
) -> Iterator[_Name]:
    if not len(table) or "name_ja" not in table:
        return
    known = table[~table.geometry.is_empty & table.geometry.notna()]
    spots = known.geometry.representative_point()
    for text, x, y in zip(known["name_ja"].fillna(""), spots.x, spots.y, strict=True):
        yield _Name(text=str(text), at_m=(x, y), size_pt=size_pt, colour=colour, below=below)


def town_names(data: MapData) -> pd.DataFrame:
    """Return the towns without their 丁目, most people first: `name` -> `x`, `y`, `people`."""
    if not len(data.towns):
        return pd.DataFrame({"x": [], "y": [], "people": []})
    names = data.towns["name"].astype(str).str.replace(CHOME, "", regex=True)
    spots = pd.DataFrame({"x": data.towns.geometry.x, "y": data.towns.geometry.y})
    table = spots.groupby(names.to_numpy()).mean()
    if not len(data.cells):
        return table.assign(people=0.0)
    living = data.cells["town"].astype(str).str.replace(CHOME, "", regex=True)
    people = data.cells["population"].groupby(living.to_numpy()).sum()
    table["people"] = people.reindex(table.index).fillna(0.0)
    return table.sort_values("people", ascending=False, kind="stable")


def _write(axes: Axes, name: _Name, taken: _Taken, factor: float) -> None:
    """Write a name where its place is free, else above or beneath it, else not at all."""
    text, size = drawable(name.text).strip(), name.size_pt * factor
    x, y = taken.spot_mm(name.at_m)
    wide, high = width_mm(text, size) + AIR_MM, 1.25 * size * MM_PER_PT
    lifts = (-high, high, -1.8 * high) if name.below else (0.0, high, -high)
    for lift in lifts if text else ():
        west, south = x - wide / 2, y + lift - high / 2
        if taken.take((west, south, west + wide, south + high)):
            axes.annotate(
                text,
                name.at_m,
                (0, lift / MM_PER_PT),
                textcoords="offset points",
                fontsize=size,
                color=name.colour,
                path_effects=[withStroke(linewidth=2.6 * factor, foreground="white")],
                ha="center",
                va="center",
                annotation_clip=True,
                clip_on=True,
            )
            return
