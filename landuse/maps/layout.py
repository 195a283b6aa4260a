"""What goes where on a sheet, in millimetres of paper: frames at true scales, and text.

Nothing is drawn here. A sheet lies with a panel at the side or beneath the map, or stands
with a panel beneath, whichever gives the municipality the largest scale. Parts that lie
apart get a frame of their own where that enlarges the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import Fault, InputError
from landuse.maps.parts import Bounds, core_of, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from landuse.maps.data import MapData

__all__ = ["PAPERS_MM", "Box", "Frame", "Sheet", "arrange", "check_paper", "frame_for"]

PAPERS_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
"""Width and height of a sheet that stands upright."""

MARGIN_MM = 10.0
GAP_MM = 3.0
AIR_MM = 2.0
"""Between the municipality and its frame."""

SCALES = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
"""Denominators of scales, times a power of ten."""

LEAST_GAIN = 1.15
"""A part gets a frame of its own where the rest becomes larger by this factor."""
MOST_APART = 3
CORE_GAIN = 1.6
"""The core is shown again where it becomes larger by at least this factor."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle on the sheet, from its lower left corner."""

    x_mm: float
    y_mm: float
    wide_mm: float
    high_mm: float

    @property
    def top_mm(self) -> float:
        """Return the upper edge."""
        return self.y_mm + self.high_mm

    @property
    def right_mm(self) -> float:
        """Return the right edge."""
        return self.x_mm + self.wide_mm


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A rectangle of paper and the land that it shows."""

    box: Box
    scale: int
    """Metres on the ground of a metre on paper."""
    centre_m: tuple[float, float]

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north of the land that is shown."""
        x, y = self.centre_m
        half_x = self.box.wide_mm * self.scale / 2000
        half_y = self.box.high_mm * self.scale / 2000
        return (x - half_x, y - half_y, x + half_x, y + half_y)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Where everything stands on one sheet."""

    paper: str
    size_mm: tuple[float, float]
    """Width and height."""
    main: Frame
    apart: tuple[Frame, ...]
    """Parts of the municipality that lie outside the main frame."""
    core: Frame | None
    """The built-up core, larger."""
    title: Box
    legend: Box
    notes: Box

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Return all frames, the main one first."""
        return (self.main, *self.apart, *([self.core] if self.core else []))

    @property
    def factor(self) -> float:
        """Return the size of letters and lines, 1 on A3."""
        return 1.0 if self.paper == "A3" else 0.74


@dataclass(frozen=True, kw_only=True)
class _Content:
    main: Bounds
    apart: tuple[Bounds, ...]
    core: Bounds | None

    @property
    def insets(self) -> tuple[Bounds, ...]:
        """Return what is shown in frames of its own."""
        return (*self.apart, *([self.core] if self.core else []))


@dataclass(frozen=True, kw_only=True)
class _Places:
    """Where each part of a sheet goes."""

    main: Box
    insets: list[Box]
    title: Box
    legend: Box
    notes: Box


def check_paper(paper: str) -> None:
    """Refuse a size of paper that is not known.

    Raises
    ------
    InputError
        With the sizes that are.
    """
    if paper not in PAPERS_MM:
        fix = f"use {' or '.join(PAPERS_MM)}"
        raise InputError([Fault(where="--paper", what=f"{paper!r} is unknown", fix=fix)])


def arrange(data: MapData, *, paper: str = "A3") -> Sheet:
    """Return the arrangement of a sheet that shows a municipality at the largest scale.

    Raises
    ------
    InputError
        If the size of paper is unknown.
    """
    check_paper(paper)
    groups, core = groups_of(data.boundary), core_of(data)
    whole = _best(paper, _Content(main=_around(groups), apart=(), core=core))
    if len(groups) == 1:
        return whole
    parted = _best(paper, _Content(main=groups[0], apart=_apart(groups[1:]), core=core))
    return parted if whole.main.scale >= LEAST_GAIN * parted.main.scale else whole


def _best(paper: str, content: _Content) -> Sheet:
    """Return the sheet with the largest scale of the ways to lay one out."""
    wide, high = PAPERS_MM[paper]
    sheets = (
        _worth_it(paper, content, _at_side, (high, wide)),
        _worth_it(paper, content, _beneath, (wide, high)),
        _worth_it(paper, content, _beneath, (high, wide)),
    )
    return min(sheets, key=lambda sheet: sheet.main.scale)


def _worth_it(
    paper: str,
    content: _Content,
    lay_out: Callable[[str, tuple[float, float], _Content], Sheet],
    size: tuple[float, float],
) -> Sheet:
    """Lay out a sheet, without the core where that would hardly be larger."""
    sheet = lay_out(paper, size, content)
    if sheet.core and sheet.core.scale * CORE_GAIN > sheet.main.scale:
        return lay_out(paper, size, replace(content, core=None))
    return sheet


def _apart(groups: list[Bounds]) -> tuple[Bounds, ...]:
    """Return at most `MOST_APART` bounds; the last one holds all that remain."""
    if len(groups) <= MOST_APART:
        return tuple(groups)
    return (*groups[: MOST_APART - 1], _around(groups[MOST_APART - 1 :]))


def _around(bounds: list[Bounds]) -> Bounds:
    low = np.min(bounds, axis=0)
    high = np.max(bounds, axis=0)
    return (float(low[0]), float(low[1]), float(high[2]), float(high[3]))


def scale_for(bounds: Bounds, wide_mm: float, high_mm: float) -> int:
    """Return the largest scale of `SCALES` at which bounds fit a rectangle of paper."""
    west, south, east, north = bounds
    room_x, room_y = wide_mm - 2 * AIR_MM, high_mm - 2 * AIR_MM
    need = max((east - west) / room_x, (north - south) / room_y, 1e-3) * 1000
    power = 10.0 ** math.floor(math.log10(need))
    step = next(step for step in SCALES if step * power >= need * (1 - 1e-9))
    return round(step * power)


def _frame(bounds: Bounds, box: Box) -> Frame:
    west, south, east, north = bounds
    scale = scale_for(bounds, box.wide_mm, box.high_mm)
    return Frame(box=box, scale=scale, centre_m=((west + east) / 2, (south + north) / 2))


def frame_for(groups: list[Bounds], box: Box) -> Frame:
    """Return the frame of a box that shows all groups of bounds at the largest scale."""
    return _frame(_around(groups), box)


def _wide_mm(bounds: Bounds, scale: int) -> float:
    return (bounds[2] - bounds[0]) / scale * 1000 + 2 * AIR_MM


def _at_side(paper: str, size: tuple[float, float], content: _Content) -> Sheet:
    """Lay out a landscape sheet: the map at the left over the full height, a panel beside it."""
    room_x, room_y = size[0] - 2 * MARGIN_MM, size[1] - 2 * MARGIN_MM
    scale = scale_for(content.main, 0.65 * room_x, room_y)
    least = (0.42 if content.apart else 0.6) * room_x
    wide = min(max(_wide_mm(content.main, scale), least), 0.65 * room_x)
    main = Box(x_mm=MARGIN_MM, y_mm=MARGIN_MM, wide_mm=wide, high_mm=room_y)
    x, wide = main.right_mm + GAP_MM, room_x - wide - GAP_MM
    title_high = 0.085 * room_y
    title = Box(x_mm=x, y_mm=main.top_mm - title_high, wide_mm=wide, high_mm=title_high)
    high = (0.37 if content.insets else 0.0) * room_y
    row = Box(x_mm=x, y_mm=title.y_mm - high, wide_mm=wide, high_mm=high)
    under = Box(x_mm=x, y_mm=main.y_mm, wide_mm=wide, high_mm=row.y_mm - main.y_mm - GAP_MM)
    legend, notes = _side_by_side(under) if wide > 0.4 * room_x else _stacked(under)
    empty = _Places(main=main, insets=_row(row, content), title=title, legend=legend, notes=notes)
    return _filled(paper, size, content, empty)


def _beneath(paper: str, size: tuple[float, float], content: _Content) -> Sheet:
    """Lay out a sheet from the top: title, map with insets beside it, a panel beneath."""
    room_x, room_y = size[0] - 2 * MARGIN_MM, size[1] - 2 * MARGIN_MM
    title_high, panel_high = 0.055 * room_y, 0.29 * room_y
    title_y = size[1] - MARGIN_MM - title_high
    title = Box(x_mm=MARGIN_MM, y_mm=title_y, wide_mm=room_x, high_mm=title_high)
    panel = Box(x_mm=MARGIN_MM, y_mm=MARGIN_MM, wide_mm=room_x, high_mm=panel_high)
    y = panel.top_mm + GAP_MM
    high, column = title_y - y, (0.34 * room_x if content.insets else -GAP_MM)
    main = Box(x_mm=MARGIN_MM, y_mm=y, wide_mm=room_x - column - GAP_MM, high_mm=high)
    beside = Box(x_mm=main.right_mm + GAP_MM, y_mm=y, wide_mm=max(column, 0.0), high_mm=high)
    legend, notes = _side_by_side(panel)
    empty = _Places(
        main=main, insets=_column(beside, content), title=title, legend=legend, notes=notes
    )
    return _filled(paper, size, content, empty)


def _filled(paper: str, size: tuple[float, float], content: _Content, places: _Places) -> Sheet:
    """Return a sheet with the largest true scale in each of its frames."""
    pairs = zip(content.insets, places.insets, strict=True)
    insets = [_frame(bounds, box) for bounds, box in pairs]
    return Sheet(
        paper=paper,
        size_mm=size,
        main=_frame(content.main, places.main),
        apart=tuple(insets[: len(content.apart)]),
        core=insets[-1] if content.core else None,
        title=places.title,
        legend=places.legend,
        notes=places.notes,
    )


def _row(box: Box, content: _Content) -> list[Box]:
    """Share a row among insets by the width that each wants for its height."""
    wants = [_shape(bounds) for bounds in content.insets]
    room = box.wide_mm - GAP_MM * (len(wants) - 1)
    wide = [room * want / sum(wants) for want in wants]
    starts = np.cumsum([0.0, *(one + GAP_MM for one in wide)])
    return [
        replace(box, x_mm=box.x_mm + float(start), wide_mm=one)
        for start, one in zip(starts, wide, strict=False)
    ]


def _column(box: Box, content: _Content) -> list[Box]:
    """Share a column among insets by the height that each wants, from the top."""
    wants = [1 / _shape(bounds) for bounds in content.insets]
    room = box.high_mm - GAP_MM * (len(wants) - 1)
    high = [room * want / sum(wants) for want in wants]
    tops = box.top_mm - np.cumsum([one + GAP_MM for one in high]) + GAP_MM
    return [replace(box, y_mm=float(low), high_mm=one) for low, one in zip(tops, high, strict=True)]


def _shape(bounds: Bounds) -> float:
    """Return width over height, within what a frame may reasonably be."""
    west, south, east, north = bounds
    return min(max((east - west) / max(north - south, 1e-9), 0.6), 1.8)


def _side_by_side(box: Box) -> tuple[Box, Box]:
    legend = 0.46 * box.wide_mm
    notes = box.wide_mm - legend - GAP_MM
    return (
        replace(box, wide_mm=legend),
        replace(box, x_mm=box.right_mm - notes, wide_mm=notes),
    )


def _stacked(box: Box) -> tuple[Box, Box]:
    half = (box.high_mm - GAP_MM) / 2
    return replace(box, y_mm=box.top_mm - half, high_mm=half), replace(box, high_mm=half)
