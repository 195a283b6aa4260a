"""The report on sheets of A4: the same parts as the page, set by hand with embedded letters.

No browser is asked: text is measured and broken into lines here, tables repeat their heads
on each sheet and never cut a row, and plots are drawn as lines, not as pictures of lines.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from matplotlib.backends.backend_pdf import PdfPages

from landuse.maps.data import check
from landuse.maps.findings import Bullets, Cell, Picture
from landuse.maps.layers import zone_layer
from landuse.maps.lettering import MM_PER_PT, lines, paper_settings, width_mm
from landuse.maps.palette import read_palette
from landuse.maps.pen import MM_PER_IN, Pen
from landuse.maps.report import WIDE_MM, sections
from landuse.maps.typeset import Grid, Line, Row, grid_of, tone_colour
from landuse.maps.words import words_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from landuse.maps.data import MapData
    from landuse.maps.findings import Section
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = ["report_pdf"]

SIZE_MM = (210.0, 297.0)
LEFT_MM = (SIZE_MM[0] - WIDE_MM) / 2
TOP_MM, FOOT_MM = 279.0, 17.0
"""Upper and lower end of the text on a sheet."""
INK, SOFT, VIOLET = "#1D1B20", "#55505C", "#3D2A5C"
TEXT_PT, SMALL_PT = 8.6, 6.8
LEADING = 1.42


def report_pdf(data: MapData) -> bytes:
    """Return the report as a PDF of A4 sheets; equal inputs give equal bytes.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    check(data)
    words, palette = words_for(data), read_palette()
    zones = [str(zone["colour"]) for zone in zone_layer(data, palette)]
    book = _Book(zones=zones, grades=dict(palette.grades))
    out = io.BytesIO()
    told = {"Title": words["report.title"].ja, "CreationDate": None}
    with paper_settings():
        made = sections(data)
        _front(book, data, made, words)
        for section in made:
            _section(book, section)
        _margins(book, data, words)
        with PdfPages(out, metadata=told) as pages:
            for pen in book.pens:
                pages.savefig(pen.figure)
    return out.getvalue()


@dataclass(kw_only=True)
class _Book:
    """The sheets so far, and where on the last one the next part may begin."""

    zones: list[str]
    grades: dict[str, str]
    pens: list[Pen] = field(default_factory=list)
    y_mm: float = 0.0

    @property
    def pen(self) -> Pen:
        return self.pens[-1]

    def need(self, high_mm: float) -> None:
        """Begin a sheet if the last one has not so much room; a part never begins past its end."""
        if not self.pens or (self.y_mm - high_mm < FOOT_MM and self.y_mm < TOP_MM):
            self.pens.append(Pen.of(SIZE_MM))
            self.y_mm = TOP_MM

    def write(self, found: list[Line], *, x_mm: float = LEFT_MM) -> None:
        """Write lines one under the other, on as many sheets as they take."""
        for line in found:
            high = LEADING * line.size_pt * MM_PER_PT
            self.need(high)
            self.y_mm -= high
            self.pen.write(x_mm, self.y_mm, line.text, size_pt=line.size_pt, color=line.colour)


def _block(text: str, size: float, colour: str, wide: float = WIDE_MM) -> list[Line]:
    found = lines(text, wide, size) if text else []
    return [Line(text=piece, size_pt=size, colour=colour) for piece in found]


def _front(book: _Book, data: MapData, made: list[Section], words: Words) -> None:
    title, warning, more = (
        words["report.title"],
        words["page.not_proof"],
        words["page.not_proof_more"],
    )
    dates = "　".join(
        f"{words[key].ja} {words[key].en}：{value}"
        for key, value in (("page.vintage", data.vintage), ("page.made_on", data.made_on))
    )
    book.need(TOP_MM)
    book.write(_block(title.ja, 19, INK))
    book.write(_block(title.en, 10.5, SOFT))
    book.y_mm -= 2.5
    book.pen.line((LEFT_MM, LEFT_MM + WIDE_MM), book.y_mm, color=VIOLET, linewidth=2.4)
    book.y_mm -= 2
    book.write(_block(f"{warning.ja} {more.ja}", TEXT_PT, "#8A1C1C"))
    book.write(_block(f"{warning.en} {more.en}", SMALL_PT, "#8A1C1C"))
    book.y_mm -= 1.5
    book.write(_block(dates, TEXT_PT, INK))
    book.y_mm -= 3
    for section in made:
        book.write(
            _block(f"{section.title.ja}　{section.title.en}", TEXT_PT, SOFT), x_mm=LEFT_MM + 4
        )


def _section(book: _Book, section: Section) -> None:
    first = section.parts[0]
    follows = first.size_mm[1] + 8 if isinstance(first, Picture) else 34.0
    book.need(min(18 + follows, TOP_MM - FOOT_MM))
    book.y_mm -= 12 if book.y_mm < TOP_MM else 6
    title, size = section.title, 13.5
    book.pen.rectangle((LEFT_MM, book.y_mm - 1.4), (1.8, 6.6), facecolor=VIOLET, linewidth=0)
    book.pen.write(LEFT_MM + 4, book.y_mm, title.ja, size_pt=size, color=INK)
    after = LEFT_MM + 7 + width_mm(title.ja, size)
    book.pen.write(after, book.y_mm, title.en, size_pt=9, color=SOFT)
    book.y_mm -= 3.5
    for part in section.parts:
        if isinstance(part, Bullets):
            _bullets(book, part)
        elif isinstance(part, Picture):
            _picture(book, part)
        else:
            _table(book, grid_of(part, WIDE_MM))


def _bullets(book: _Book, part: Bullets) -> None:
    book.y_mm -= 1
    for item in part.items:
        ja, en = (" ".join(filter(None, texts)) for texts in
                  ((c.ja for c in item), (c.en for c in item)))  # fmt: skip
        wide = WIDE_MM - 7
        colour = tone_colour(item[-1], book.grades, INK) if len(item) == 1 else INK
        found = [*_block(ja, TEXT_PT, colour, wide), *_block(en, SMALL_PT, SOFT, wide)]
        book.need(sum(LEADING * line.size_pt * MM_PER_PT for line in found[:3]) + 1)
        _mark(book, item[0], book.y_mm - LEADING * TEXT_PT * MM_PER_PT)
        book.write(found, x_mm=LEFT_MM + 7)
        book.y_mm -= 1.2


def _mark(book: _Book, cell: Cell, y_mm: float) -> None:
    """Draw a zone's swatch or a dot before an item."""
    if cell.zone >= 0:
        edge = {"edgecolor": "#00000088", "linewidth": 0.4}
        colour = book.zones[cell.zone]
        book.pen.rectangle((LEFT_MM + 1, y_mm - 0.3), (4.4, 3.0), facecolor=colour, **edge)
    else:
        book.pen.disc(LEFT_MM + 4.2, y_mm + 1.1, 0.6, facecolor=VIOLET, linewidth=0)


@dataclass(frozen=True, kw_only=True)
class _Area:
    """A rectangle of a sheet that takes drawing as a figure of its own would."""

    pen: Pen
    x_mm: float
    y_mm: float
    size_mm: tuple[float, float]

    def get_size_inches(self) -> tuple[float, float]:
        return self.size_mm[0] / MM_PER_IN, self.size_mm[1] / MM_PER_IN

    def _place(self, x: float, y: float) -> tuple[float, float]:
        wide, high = self.pen.size_mm
        return (self.x_mm + x * self.size_mm[0]) / wide, (self.y_mm + y * self.size_mm[1]) / high

    def _box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, low = self._place(box[0], box[1])
        right, high = self._place(box[0] + box[2], box[1] + box[3])
        return left, low, right - left, high - low

    def add_axes(self, box: tuple[float, float, float, float]) -> Axes:
        return self.pen.figure.add_axes(self._box(box))

    def text(self, x: float, y: float, text: str, **style: Any) -> None:  # noqa: ANN401
        self.pen.figure.text(*self._place(x, y), text, **style)

    def legend(self, *marks: Any, **style: Any) -> None:  # noqa: ANN401
        self.pen.figure.legend(*marks, bbox_to_anchor=self._box((0, 0, 1, 1)), **style)


def _picture(book: _Book, part: Picture) -> None:
    wide, high = part.size_mm
    high = min(high, TOP_MM - FOOT_MM - 14)
    book.need(high + 12)
    _caption(book, part.caption)
    book.y_mm -= 1.5 + high
    area = _Area(pen=book.pen, x_mm=LEFT_MM, y_mm=book.y_mm, size_mm=(wide, high))
    part.draw(cast("Figure", area))
    book.y_mm -= 2


def _caption(book: _Book, caption: Cell) -> None:
    book.y_mm -= 6.2
    book.pen.write(LEFT_MM, book.y_mm, caption.ja, size_pt=9.5, color=INK)
    after = LEFT_MM + 3 + width_mm(caption.ja, 9.5)
    if after + width_mm(caption.en, 7) > LEFT_MM + WIDE_MM:
        after, book.y_mm = LEFT_MM, book.y_mm - 3.6
    book.pen.write(after, book.y_mm, caption.en, size_pt=7, color=SOFT)


def _table(book: _Book, grid: Grid) -> None:
    """Set a table; a group stays together where a sheet has room for it, a row always."""
    top = 12.0 if grid.caption else 2.0
    book.need(top + grid.head.high_mm + sum(row.high_mm for row in grid.chunks[0][:3]))
    if grid.caption:
        _caption(book, grid.caption)
        book.y_mm -= 2
    _row(book, grid, grid.head)
    for chunk in grid.chunks:
        together = sum(row.high_mm for row in chunk)
        if together < 0.4 * (TOP_MM - FOOT_MM):
            _room(book, grid, together)
        for row in chunk:
            _room(book, grid, row.high_mm)
            _row(book, grid, row)
    book.y_mm -= 3


def _room(book: _Book, grid: Grid, high_mm: float) -> None:
    """Begin a sheet, with the head again, if a row or a group has no room."""
    sheets = len(book.pens)
    book.need(high_mm)
    if len(book.pens) > sheets:
        _row(book, grid, grid.head)


def _row(book: _Book, grid: Grid, row: Row) -> None:
    book.y_mm -= row.high_mm
    if row.shade:
        book.pen.rectangle(
            (LEFT_MM, book.y_mm), (WIDE_MM, row.high_mm), facecolor=row.shade, linewidth=0
        )
    book.pen.line((LEFT_MM, LEFT_MM + WIDE_MM), book.y_mm, color="#D8D4DC", linewidth=0.4)
    x = LEFT_MM
    for cell, held, wide in zip(row.cells, row.lines, grid.widths_mm, strict=False):
        y = book.y_mm + row.high_mm - 0.7
        start = x + 1
        if cell.zone >= 0:
            _swatch(book, x + 1, y - 3.2, cell.zone)
            start += 5
        for line in held:
            y -= LEADING * line.size_pt * MM_PER_PT
            side = {"ha": "right"} if cell.right else {}
            colour = tone_colour(cell, book.grades, line.colour)
            at = x + wide - 1 if cell.right else start
            book.pen.write(at, y + 0.5, line.text, size_pt=line.size_pt, color=colour, **side)
        x += wide


def _swatch(book: _Book, x_mm: float, y_mm: float, zone: int) -> None:
    edge = {"edgecolor": "#00000088", "linewidth": 0.4}
    book.pen.rectangle((x_mm, y_mm), (4.0, 2.8), facecolor=book.zones[zone], **edge)


def _margins(book: _Book, data: MapData, words: Words) -> None:
    """Write into the margins of every sheet what it is of, that it proves nothing, its number."""
    title, warning = words["report.title"].ja, words["page.not_proof"].ja
    number, right = words["findings.page"].ja, LEFT_MM + WIDE_MM
    for place, pen in enumerate(book.pens, start=1):
        count = number.replace("{n}", str(place)).replace("{of}", str(len(book.pens)))
        small: Json = {"size_pt": 6.6, "color": SOFT}
        if place > 1:
            pen.write(LEFT_MM, 284.5, title, **small)
            pen.write(
                right, 284.5, f"{words['page.made_on'].ja}：{data.made_on}", ha="right", **small
            )
            pen.line((LEFT_MM, right), 282.8, color="#D8D4DC", linewidth=0.4)
        pen.write(LEFT_MM, 9.5, warning, **small)
        pen.write(right, 9.5, count, ha="right", **small)
