"""The zone map on paper: one sheet with legend, scale, north, sources and a warning."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from landuse.maps.data import check
from landuse.maps.layers import zone_layer
from landuse.maps.palette import Palette, read_palette
from landuse.maps.paper import draw_map, hatches
from landuse.maps.words import Words, words_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = ["map_png", "zones_pdf", "zones_png"]

A3_LANDSCAPE_IN = (16.54, 11.69)

MAP_BOX = (0.02, 0.03, 0.66, 0.89)
"""Left, bottom, width and height of the map, as shares of the sheet."""

NOTES_BOX = (0.69, 0.03, 0.3, 0.54)
NOTES_PT = 350.0
"""Width of the column of notes."""

LEADING = 1.42
"""Distance of lines over the size of their letters."""


def zones_png(data: MapData, *, dpi: int = 150) -> bytes:
    """Return the zone map as a PNG, an A3 sheet at `dpi` dots per inch.

    Equal inputs give equal bytes with the same versions of the libraries.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    return _sheet(data, dpi=dpi, format="png", metadata=_NO_SOFTWARE)


def zones_pdf(data: MapData) -> bytes:
    """Return the zone map as a PDF of A3 size with Japanese text as embedded TrueType."""
    return _sheet(data, format="pdf", metadata={"CreationDate": None, "Title": str(data.label)})


def map_png(data: MapData, *, width_in: float = 8.0, dpi: int = 110) -> bytes:
    """Return the map alone as a PNG, for a page that has its own title and legend."""
    figure = Figure(figsize=(width_in, width_in * 0.95))
    return _saved(data, figure, (0.0, 0.0, 1.0, 1.0), dpi=dpi, format="png", metadata=_NO_SOFTWARE)


def _sheet(data: MapData, **save: Any) -> bytes:  # noqa: ANN401 - options of savefig
    return _saved(data, Figure(figsize=A3_LANDSCAPE_IN), MAP_BOX, furnished=True, **save)


_NO_SOFTWARE = {"Software": None}


def _saved(
    data: MapData,
    figure: Figure,
    box: tuple[float, float, float, float],
    *,
    furnished: bool = False,
    **save: Any,  # noqa: ANN401 - options of savefig
) -> bytes:
    """Draw the map into a box of a figure, with title, legend and notes if furnished."""
    check(data)
    palette, words = read_palette(), words_for(data)
    out = io.BytesIO()
    with mpl.rc_context():
        # The import sets the font of the process; the context takes that back.
        import matplotlib_fontja  # noqa: PLC0415

        matplotlib_fontja.japanize()
        mpl.rcParams.update({"pdf.fonttype": 42, "hatch.linewidth": 0.4})
        zones = zone_layer(data, palette)
        draw_map(figure.add_axes(box), data, zones, palette=palette, words=words)
        if furnished:
            _title(figure, data, words)
            _legend(figure, data, zones, palette=palette, words=words)
            _notes(figure, data, words)
        figure.savefig(out, **save)
    return out.getvalue()


def _title(figure: Figure, data: MapData, words: Words) -> None:
    title = words["print.title"]
    figure.text(0.02, 0.955, title.ja, fontsize=26, parse_math=False)
    dates = "　".join(
        f"{words[key].ja} {words[key].en}: {value}"
        for key, value in (("page.vintage", data.vintage), ("page.made_on", data.made_on))
    )
    figure.text(0.68, 0.972, title.en, fontsize=13, ha="right", color="#444444", parse_math=False)
    figure.text(0.68, 0.946, dates, fontsize=10, ha="right", color="#444444", parse_math=False)


def _legend(
    figure: Figure, data: MapData, zones: list[Json], *, palette: Palette, words: Words
) -> None:
    axes = figure.add_axes((0.69, 0.47, 0.3, 0.5))
    axes.set_axis_off()
    grade = words[f"grade.{data.grade()}"]
    heading = words["legend.zones"]
    axes.text(0, 0.97, f"{heading.ja} {heading.en}", fontsize=15, parse_math=False)
    axes.text(
        1,
        0.97,
        f"{grade.ja} {grade.en}",
        fontsize=11,
        ha="right",
        color=palette.grades[str(data.grade())],
    )
    for place, (zone, hatch) in enumerate(zip(zones, hatches(len(zones)), strict=True)):
        y = 0.88 - 0.105 * place
        box = Patch(facecolor=zone["colour"], edgecolor="#00000088", hatch=hatch, linewidth=0.8)
        _swatch(axes, box, y)
        axes.text(0.15, y + 0.012, zone["ja"], fontsize=13, parse_math=False)
        axes.text(0.15, y - 0.027, zone["en"], fontsize=9, color="#444444", parse_math=False)
        axes.text(0.84, y, f"{zone['area'] or 0:,.2f} km²", fontsize=12, ha="right", va="center")
        axes.text(1, y, f"{100 * (zone['share'] or 0):.1f}%", fontsize=12, ha="right", va="center")
    _totals(axes, data, words, top=0.88 - 0.105 * len(zones))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _swatch(axes: Axes, patch: Patch, y: float) -> None:
    corners = np.array([[0, y - 0.032], [0.12, y - 0.032], [0.12, y + 0.032], [0, y + 0.032]])
    box = PathPatch(
        Path(corners, closed=False),
        facecolor=patch.get_facecolor(),
        edgecolor=patch.get_edgecolor(),
        hatch=patch.get_hatch(),
        linewidth=0.8,
    )
    axes.add_patch(box)


def _totals(axes: Axes, data: MapData, words: Words, *, top: float) -> None:
    measured = data.measured_area_km2()
    rows = (
        ("legend.measured", f"{measured:,.2f} km²"),
        ("legend.published", f"{data.published_area_km2:,.2f} km²"),
        ("legend.difference", f"{measured - data.published_area_km2:+,.2f} km²"),
    )
    for place, (key, value) in enumerate(rows):
        y = top - 0.05 * place
        axes.text(0, y, f"{words[key].ja} {words[key].en}", fontsize=10.5, parse_math=False)
        axes.text(0.84, y, value, fontsize=10.5, ha="right", parse_math=False)


def _notes(figure: Figure, data: MapData, words: Words) -> None:
    """Write the warning, the notes and every source, smaller where there are many."""
    axes = figure.add_axes(NOTES_BOX)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    room_pt = A3_LANDSCAPE_IN[1] * 72 * NOTES_BOX[3]
    for scale in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4):
        lines = _note_lines(data, words, scale)
        if sum(LEADING * size for _, size, _ in lines) <= room_pt:
            break
    y = 1.0
    for text, size, colour in lines:
        y -= LEADING * size / room_pt
        axes.text(0, y, text, fontsize=size, color=colour, parse_math=False)


def _note_lines(data: MapData, words: Words, scale: float) -> list[tuple[str, float, str]]:
    warning, source = words["page.not_proof"], words["print.source"]
    small = 8.5 * scale
    return [
        *_block(warning.ja, 15, "#8A1C1C"),
        *_block(warning.en, 10, "#8A1C1C"),
        *(line for text in _remarks(data, words) for line in _block(text, small, "#222222")),
        *_block(f"{source.ja} {source.en}", 11, "#222222"),
        *(line for text in _source_lines(data, words) for line in _block(text, small, "#444444")),
    ]


def _remarks(data: MapData, words: Words) -> list[str]:
    remarks = (words["page.not_proof_more"], *data.notes)
    return [text for remark in remarks for text in (remark.ja, remark.en)]


def _block(text: str, size: float, colour: str) -> list[tuple[str, float, str]]:
    return [(piece, size, colour) for piece in _pieces(text, NOTES_PT / size)]


def _source_lines(data: MapData, words: Words) -> list[str]:
    lines = []
    for key, origin in data.origins.items():
        name = data.layer_labels[key].ja if key in data.layer_labels else key
        grade = words[f"grade.{origin.grade}"].ja
        lines.append(f"{name}：{origin.source}（{origin.vintage}、{grade}）")
    return lines


def _pieces(text: str, width: float) -> list[str]:
    """Cut a text into lines of about `width` full-width characters, Latin words whole."""
    lines, line, used = [], "", 0.0
    for word in re.findall(r"[!-~]+ ?|.", text):
        wide = sum(1.0 if ord(sign) > 0x2E7F else 0.53 for sign in word)
        if used + wide > width and line:
            lines.append(line)
            line, used = "", 0.0
        line += word
        used += wide
    return [*lines, line]
