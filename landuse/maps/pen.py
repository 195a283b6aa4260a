"""Text and shapes at places given in millimetres from a sheet's lower left corner."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from PIL import Image

from landuse.maps.lettering import drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from landuse.maps.layout import Box

__all__ = ["MM_PER_IN", "Pen", "figure_png"]

MM_PER_IN = 25.4


@dataclass(frozen=True, kw_only=True)
class Pen:
    """A figure of the size of a sheet, drawn on in millimetres."""

    figure: Figure
    size_mm: tuple[float, float]

    @classmethod
    def of(cls, size_mm: tuple[float, float]) -> Pen:
        """Return a pen for an empty sheet."""
        return cls(
            figure=Figure(figsize=(size_mm[0] / MM_PER_IN, size_mm[1] / MM_PER_IN)), size_mm=size_mm
        )

    def axes(self, box: Box) -> Axes:
        """Return axes that fill a box exactly."""
        wide, high = self.size_mm
        return self.figure.add_axes(
            (box.x_mm / wide, box.y_mm / high, box.wide_mm / wide, box.high_mm / high)
        )

    def write(
        self,
        x_mm: float,
        y_mm: float,
        text: str,
        *,
        size_pt: float,
        **style: Any,  # noqa: ANN401
    ) -> None:
        """Write one line of text whose baseline begins at a place."""
        self.figure.text(
            x_mm / MM_PER_IN,
            y_mm / MM_PER_IN,
            drawable(text),
            fontsize=size_pt,
            transform=self.figure.dpi_scale_trans,
            **({"va": "baseline"} | style),
        )

    def rectangle(
        self,
        corner_mm: tuple[float, float],
        size_mm: tuple[float, float],
        **style: Any,  # noqa: ANN401
    ) -> None:
        """Draw a rectangle of a width and height from its lower left corner."""
        self.figure.add_artist(
            Rectangle(
                (corner_mm[0] / MM_PER_IN, corner_mm[1] / MM_PER_IN),
                size_mm[0] / MM_PER_IN,
                size_mm[1] / MM_PER_IN,
                transform=self.figure.dpi_scale_trans,
                **style,
            )
        )

    def disc(self, x_mm: float, y_mm: float, radius_mm: float, **style: Any) -> None:  # noqa: ANN401
        """Draw a disc about a place."""
        self.figure.add_artist(
            Circle(
                (x_mm / MM_PER_IN, y_mm / MM_PER_IN),
                radius_mm / MM_PER_IN,
                transform=self.figure.dpi_scale_trans,
                **style,
            )
        )

    def line(self, x_mm: tuple[float, float], y_mm: float, **style: Any) -> None:  # noqa: ANN401
        """Draw a level line."""
        self.figure.add_artist(
            Line2D(
                [place / MM_PER_IN for place in x_mm],
                [y_mm / MM_PER_IN] * 2,
                transform=self.figure.dpi_scale_trans,
                **style,
            )
        )


def figure_png(figure: Figure, dpi: int) -> bytes:
    """Return a figure as a PNG of 256 colours, a third of the size of one of all colours."""
    canvas: Any = FigureCanvasAgg(figure)
    figure.dpi = dpi
    canvas.draw()
    out = io.BytesIO()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        out, format="png", dpi=(dpi, dpi), optimize=True
    )
    return out.getvalue()
