"""The report as plain parts: sections of sentences, tables and pictures, for page and paper.

What a part says is decided here once; `report` sets it as HTML and `report_sheets` on sheets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

    from landuse.maps.words import Words
    from landuse.toml import Label

__all__ = [
    "BLANK",
    "Bullets",
    "Cell",
    "Picture",
    "Section",
    "Table",
    "both",
    "figure",
    "filled",
    "grade_cell",
    "head",
    "missing",
    "percent",
]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A piece of text in both languages."""

    ja: str
    en: str = ""
    note: str = ""
    """Small, beneath."""
    tone: str = ""
    """`missing`, `soft`, `strong` or a grade."""
    right: bool = False
    """Whether it is a figure, set to the right."""
    zone: int = -1
    """Place of a zone whose swatch stands before it."""


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list of sentences, each of one or more pieces."""

    items: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under a head, in groups that may have names of their own."""

    head: tuple[Cell, ...]
    groups: tuple[tuple[Cell | None, tuple[tuple[Cell, ...], ...]], ...]
    caption: Cell | None = None
    widths: tuple[float, ...] = ()
    """Shares of the width by column; empty: the first column twice as wide as the others."""
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A plot or map with its description."""

    caption: Cell
    alt: str
    """What it shows, for who cannot see it."""
    size_mm: tuple[float, float]
    draw: Callable[[Figure], None]
    """Draws on a figure of that size."""


Part = Bullets | Table | Picture


@dataclass(frozen=True, kw_only=True)
class Section:
    """One question and what answers it."""

    title: Cell
    parts: tuple[Part, ...]
    grade: str = ""


BLANK = Cell(ja="—", right=True)
"""Where nothing is to be said, as for a service that has no such standard."""


def both(label: Label, *, tone: str = "", right: bool = False) -> Cell:
    """Return a cell with a label's two languages."""
    return Cell(ja=label.ja, en=label.en, tone=tone, right=right)


def head(words: Words, *keys: str, right: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """Return the head of a table; the columns of some words are set to the right."""
    return tuple(both(words[key], right=key in right) for key in keys)


def filled(
    label: Label, values: Mapping[str, object], *, tone: str = "", right: bool = False
) -> Cell:
    """Return a cell of a label with values put in."""
    ja, en = label.ja, label.en
    for name, value in values.items():
        ja, en = (text.replace("{" + name + "}", str(value)) for text in (ja, en))
    return Cell(ja=ja, en=en, tone=tone, right=right)


def figure(text: str, note: str = "") -> Cell:
    """Return a figure."""
    return Cell(ja=text, note=note, right=True)


def missing(words: Words) -> Cell:
    """Return what stands for a figure that nobody knows."""
    return Cell(ja=words["table.no_data"].ja, tone="missing", right=True)


def percent(value: float | None, words: Words, note: str = "") -> Cell:
    """Return a share with one decimal, or that it is not known."""
    return missing(words) if value is None else figure(f"{100 * value:.1f}%", note)


def grade_cell(grade: str, words: Words) -> Cell:
    """Return a grade as a badge."""
    return both(words[f"grade.{grade}"], tone=grade) if grade else Cell(ja="")
