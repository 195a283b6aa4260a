"""The zone map on paper: one sheet at a true scale, with legend, north, sources and a warning."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import shapely
from matplotlib.figure import Figure

from landuse.maps.data import check
from landuse.maps.furniture import add_bar, add_caption, add_north
from landuse.maps.layers import zone_layer
from landuse.maps.layout import Box, Frame, arrange, frame_for
from landuse.maps.lettering import paper_settings
from landuse.maps.margin import write_legend, write_notes, write_title
from landuse.maps.palette import Palette, read_palette
from landuse.maps.paper import Look, draw_map
from landuse.maps.parts import groups_of
from landuse.maps.pen import MM_PER_IN, Pen, figure_png
from landuse.maps.words import Words, words_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from landuse.maps.data import MapData
    from landuse.toml import Label

    Json = dict[str, Any]

__all__ = ["Prints", "draw_overview", "map_png", "prints", "zones_pdf", "zones_png"]


@dataclass(frozen=True, kw_only=True)
class Prints:
    """One sheet, drawn once, in both forms."""

    png: bytes
    pdf: bytes


def prints(data: MapData, *, paper: str = "A3", dpi: int = 150) -> Prints:
    """Return the zone map as a PNG and as a PDF, drawn once.

    Parameters
    ----------
    data
        Tables of a study.
    paper
        `A3` or `A4`; landscape or upright follows from the shape of the municipality.
    dpi
        Dots per inch of the PNG.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    InputError
        If the size of paper is unknown.
    """
    with paper_settings():
        figure = _sheet(data, paper)
        return Prints(png=figure_png(figure, dpi), pdf=_pdf(figure, str(data.label)))


def zones_png(data: MapData, *, paper: str = "A3", dpi: int = 150) -> bytes:
    """Return the zone map as a PNG; equal inputs give equal bytes.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    InputError
        If the size of paper is unknown.
    """
    with paper_settings():
        return figure_png(_sheet(data, paper), dpi)


def zones_pdf(data: MapData, *, paper: str = "A3") -> bytes:
    """Return the zone map as a PDF with Japanese text as embedded TrueType.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    InputError
        If the size of paper is unknown.
    """
    with paper_settings():
        return _pdf(_sheet(data, paper), str(data.label))


def map_png(data: MapData, *, width_in: float = 8.0, dpi: int = 110) -> bytes:
    """Return the map alone as a PNG, for a page that has its own title and legend."""
    check(data)
    figure = Figure(figsize=(width_in, width_in * 0.95))
    with paper_settings():
        draw_overview(figure, data)
        return figure_png(figure, dpi)


def draw_overview(figure: Figure, data: MapData) -> None:
    """Draw the whole municipality at a true scale, with north, on all of a figure."""
    scene = _Scene.of(data)
    wide, high = (side * MM_PER_IN for side in figure.get_size_inches())
    box = Box(x_mm=0.3, y_mm=0.3, wide_mm=wide - 0.6, high_mm=high - 0.6)
    frame = frame_for(groups_of(data.boundary), box)
    axes = _map(Pen(figure=figure, size_mm=(wide, high)), scene, frame, Look(factor=0.8))
    add_north(axes, frame, _both(scene.words["print.north"]), factor=0.8)


def _pdf(figure: Figure, title: str) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="pdf", metadata={"CreationDate": None, "Title": title})
    return out.getvalue()


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """What all frames of a sheet show."""

    data: MapData
    palette: Palette
    words: Words
    zones: list[Json]

    @classmethod
    def of(cls, data: MapData) -> _Scene:
        check(data)
        palette = read_palette()
        zones = zone_layer(data, palette)
        return cls(data=data, palette=palette, words=words_for(data), zones=zones)


def _sheet(data: MapData, paper: str) -> Figure:
    """Draw a sheet with all its frames and what stands beside them."""
    scene, sheet = _Scene.of(data), arrange(data, paper=paper)
    words, pen = scene.words, Pen.of(sheet.size_mm)
    look = Look(factor=sheet.factor)
    main = replace(look, rectangle_m=sheet.core.bounds_m if sheet.core else None)
    axes = _map(pen, scene, sheet.main, main)
    add_north(axes, sheet.main, _both(words["print.north"]), factor=sheet.factor)
    for frame in sheet.apart:
        axes = _map(pen, scene, frame, look)
        add_caption(axes, frame, _part_name(data, frame, words), factor=sheet.factor)
    if sheet.core:
        axes = _map(pen, scene, sheet.core, replace(look, facilities=True))
        add_caption(axes, sheet.core, _both(words["paper.core"]), factor=sheet.factor)
    write_title(pen, sheet, data, words)
    write_legend(pen, sheet, data, scene.zones, palette=scene.palette, words=words)
    write_notes(pen, sheet, data, words)
    return pen.figure


def _map(pen: Pen, scene: _Scene, frame: Frame, look: Look) -> Axes:
    axes = pen.axes(frame.box)
    draw_map(axes, scene.data, scene.zones, frame=frame, palette=scene.palette, look=look)
    add_bar(axes, frame, factor=look.factor)
    return axes


def _both(label: Label) -> str:
    return f"{label.ja} {label.en}"


def _part_name(data: MapData, frame: Frame, words: Words) -> str:
    """Return the name of the district that fills most of a frame's municipal land."""
    view = shapely.box(*frame.bounds_m)
    land = data.boundary.geometry.union_all().intersection(view)
    if len(data.districts):
        shares = data.districts.geometry.intersection(land).area.to_numpy()
        if shares.max() > 0.5 * land.area:
            row = data.districts.iloc[int(shares.argmax())]
            return f"{row['name_ja']} {row['name_en']}"
    return _both(words["paper.apart"])
