"""Tables broken into lines of text and rows of known height, ready to be set on sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.maps.lettering import MM_PER_PT, lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landuse.maps.findings import Cell, Table

__all__ = ["Grid", "Line", "Row", "grid_of", "tone_colour"]

INK, SOFT = "#1D1B20", "#55505C"
LEADING = 1.42
AIR_MM = 1.8
"""Above and below the text of a row, together."""
SIZES_PT = {False: (7.4, 6.0), True: (6.0, 5.2)}
"""Whether a table is small -> sizes of its Japanese, and of its English and notes."""
SIGNS = {"official": "●", "derived": "◆", "modelled": "△"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of text."""

    text: str
    size_pt: float
    colour: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row with the lines of each cell."""

    cells: tuple[Cell, ...]
    lines: tuple[tuple[Line, ...], ...]
    shade: str = ""

    @property
    def high_mm(self) -> float:
        """Return the height of the highest cell and the air about it."""
        heights = [sum(LEADING * line.size_pt * MM_PER_PT for line in cell) for cell in self.lines]
        return max(heights, default=0.0) + AIR_MM


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of known widths and heights."""

    widths_mm: tuple[float, ...]
    head: Row
    chunks: tuple[tuple[Row, ...], ...]
    """Rows that belong together; a row alone where a table has no named groups."""
    caption: Cell | None


def grid_of(table: Table, wide_mm: float) -> Grid:
    """Return a table broken into rows for a width."""
    shares = table.widths or (2.4, *(1.0,) * (len(table.head) - 1))
    widths = tuple(wide_mm * share / sum(shares) for share in shares)
    chunks: list[tuple[Row, ...]] = []
    for name, rows in table.groups:
        made = [_row(row, widths, small=table.small) for row in rows]
        if name is None:
            chunks += [(row,) for row in made]
        else:
            title = _row((name,), (wide_mm,), small=table.small, shade="#F0EEF4")
            chunks.append((title, *made))
    head = _row(table.head, widths, small=table.small, shade="#F5F3F7")
    return Grid(widths_mm=widths, head=head, chunks=tuple(chunks), caption=table.caption)


def _row(
    cells: tuple[Cell, ...], widths: tuple[float, ...], *, small: bool, shade: str = ""
) -> Row:
    broken = tuple(
        _lines(cell, wide, small=small) for cell, wide in zip(cells, widths, strict=True)
    )
    return Row(cells=cells, lines=broken, shade=shade)


def _lines(cell: Cell, wide_mm: float, *, small: bool) -> tuple[Line, ...]:
    size, less = SIZES_PT[small]
    room = wide_mm - 2 - (5 if cell.zone >= 0 else 0)
    sign = SIGNS.get(cell.tone, "")
    parts = (
        (f"{sign} {cell.ja}".strip(), size, INK),
        (cell.en, less, SOFT),
        (cell.note, less, SOFT),
    )
    return tuple(
        Line(text=piece, size_pt=points, colour=colour)
        for text, points, colour in parts
        if text
        for piece in lines(text, room, points)
    )


def tone_colour(cell: Cell, grades: Mapping[str, str], colour: str) -> str:
    """Return the colour of a cell's text: that of its grade or lack, else the one given."""
    if cell.tone in grades:
        return grades[cell.tone]
    return {"missing": "#8A1C1C", "soft": SOFT}.get(cell.tone, colour)
