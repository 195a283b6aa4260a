"""What every printed map needs to be read: a scale that is true, and where north is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import Polygon, Rectangle

from landuse.maps.lettering import drawable, width_mm

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from landuse.maps.layout import Frame

__all__ = ["add_bar", "add_caption", "add_north", "bar_length_m"]

STEPS = (1.0, 2.0, 5.0)
SEGMENTS = 4


def bar_length_m(frame: Frame) -> float:
    """Return the longest of 1, 2, 5, 10, … metres that takes at most 28 % of the width."""
    room = 0.28 * frame.box.wide_mm * frame.scale / 1000
    lengths = [step * 10.0**power for power in range(-1, 7) for step in STEPS]
    return max((length for length in lengths if length <= room), default=room)


def add_bar(axes: Axes, frame: Frame, *, factor: float) -> None:
    """Draw a scale bar in the lower right corner, in metres of the ground, and the scale."""
    length, per_mm = bar_length_m(frame), frame.scale / 1000 * factor
    _, south, east, _ = frame.bounds_m
    left, low = east - 7 * per_mm - length, south + 3.2 * per_mm
    plate = Rectangle(
        (left - 4 * per_mm, south),
        length + 11 * per_mm,
        12.5 * per_mm,
        facecolor="white",
        alpha=0.88,
        linewidth=0,
        zorder=5,
    )
    axes.add_patch(plate)
    for place in range(SEGMENTS):
        axes.add_patch(
            Rectangle(
                (left + place * length / SEGMENTS, low),
                length / SEGMENTS,
                1.3 * per_mm,
                facecolor="white" if place % 2 else "black",
                edgecolor="black",
                linewidth=0.5 * factor,
                zorder=6,
            )
        )
    small: dict[str, Any] = {"fontsize": 7.5 * factor, "ha": "center", "va": "bottom", "zorder": 6}
    for share in (0.0, 0.5, 1.0):
        x, y = left + share * length, low + 1.9 * per_mm
        axes.text(x, y, _distance(share * length, unit=share == 1.0, whole=length), **small)
    numeric = f"縮尺 1:{frame.scale:,}"
    axes.text(
        left + length / 2, low + 5.2 * per_mm, numeric, **(small | {"fontsize": 8.5 * factor})
    )


def _distance(length_m: float, *, unit: bool, whole: float) -> str:
    far = whole >= 1000
    text = f"{length_m / 1000 if far else length_m:g}"
    return f"{text} {'km' if far else 'm'}" if unit else text


def add_north(axes: Axes, frame: Frame, text: str, *, factor: float) -> None:
    """Draw an arrow in the upper left corner that points to the grid's north."""
    per_mm = frame.scale / 1000 * factor
    west, _, _, north = frame.bounds_m
    x, tip = west + 8 * per_mm, north - 3 * per_mm
    halves = ((-3.2, "black"), (3.2, "white"))
    for side, colour in halves:
        corners = [(x, tip), (x + side * per_mm, tip - 11 * per_mm), (x, tip - 8.4 * per_mm)]
        axes.add_patch(
            Polygon(
                corners,
                facecolor=colour,
                edgecolor="black",
                linewidth=0.9 * factor,
                zorder=6,
                closed=True,
            )
        )
    axes.text(x, tip - 12 * per_mm, text, fontsize=11 * factor, ha="center", va="top", zorder=6)


def add_caption(axes: Axes, frame: Frame, text: str, *, factor: float) -> None:
    """Write what an inset shows into its upper left corner."""
    size = 8.5 * factor
    shown = drawable(text)
    while width_mm(shown, size) > frame.box.wide_mm - 5 and len(shown) > 1:
        shown = shown[:-1]
    axes.annotate(
        shown,
        (0, 1),
        (5 * factor, -5 * factor),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=size,
        ha="left",
        va="top",
        zorder=7,
        bbox={
            "boxstyle": "square,pad=0.25",
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.9,
        },
    )
