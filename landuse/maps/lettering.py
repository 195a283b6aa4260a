"""Text on paper: how wide it is, where its lines break, and which signs the font has."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.ft2font import FT2Font, LoadFlags

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MM_PER_PT", "drawable", "lines", "paper_settings", "width_mm"]

MM_PER_PT = 25.4 / 72
LACKING = "〓"
"""Stands for a sign that the font has not, as printers have always done it."""

_NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〕〉》〜～…ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ)]}%,.;:!?"
)
_NOT_LAST = frozenset("（「『【〔〈《([{")
_PIECE = re.compile(r"[!-~\u00a0-\u024f]+ ?|.", re.DOTALL)
_EM = 64
"""Size at which advances are read, in points."""


@contextmanager
def paper_settings() -> Iterator[None]:
    """Draw with Japanese letters that are embedded as TrueType; all settings come back after."""
    with mpl.rc_context():
        # The import sets the font of the process; the context takes that back.
        import matplotlib_fontja  # noqa: PLC0415

        matplotlib_fontja.japanize()
        mpl.rcParams.update({"pdf.fonttype": 42, "hatch.linewidth": 0.4, "text.parse_math": False})
        yield


@cache
def _font() -> Any:  # noqa: ANN401 - matplotlib's own class
    import matplotlib_fontja  # noqa: PLC0415 - as above

    with mpl.rc_context():
        # Not matplotlib's own object of this file, of which drawing changes the size.
        font = FT2Font(str(matplotlib_fontja.get_font_ttf_path()))
    font.set_size(_EM, 72)
    return font


@cache
def _signs() -> frozenset[int]:
    return frozenset(_font().get_charmap())


@cache
def _advance(sign: str) -> float:
    """Return how far a sign moves the pen, in ems."""
    glyph = _font().load_char(ord(sign), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / _EM


def drawable(text: object) -> str:
    """Return a text of signs that the font has, without control and direction marks.

    A sign that it has not (an emoji, say) is drawn as `〓`, never left out in silence.
    """
    plain = unicodedata.normalize("NFC", str(text))
    spaced = "".join(" " if sign in "\t\r\n" else sign for sign in plain)
    seen = (sign for sign in spaced if unicodedata.category(sign)[0] != "C")
    return "".join(sign if ord(sign) in _signs() else LACKING for sign in seen)


def width_mm(text: str, size_pt: float) -> float:
    """Return the width of a drawable text on paper."""
    return sum(map(_advance, text)) * size_pt * MM_PER_PT


def lines(text: str, wide_mm: float, size_pt: float) -> list[str]:
    """Cut a text into lines that fit a width: Latin words whole, Japanese anywhere it may be.

    A line does not begin with a closing mark or end with an opening one, where it can be
    helped; a word wider than the line is cut.
    """
    room = wide_mm / (size_pt * MM_PER_PT)
    found: list[list[str]] = [[]]
    used = 0.0
    for piece in _pieces(drawable(text), room):
        wide = sum(map(_advance, piece.rstrip(" ")))
        if used + wide > room and found[-1]:
            carried = _carried(found[-1], piece)
            found.append(carried)
            used = sum(map(_advance, "".join(carried)))
        found[-1].append(piece)
        used += sum(map(_advance, piece))
    return ["".join(line).strip(" \u3000") for line in found]


def _pieces(text: str, room: float) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        yield from [piece] if sum(map(_advance, piece)) <= room else piece


def _carried(line: list[str], piece: str) -> list[str]:
    """Take from the end of a line what must go to the next one together with a piece."""
    carried: list[str] = []
    if piece[0] in _NOT_FIRST and len(line) > 1:
        carried.insert(0, line.pop())
    while len(line) > 1 and line[-1][-1] in _NOT_LAST:
        carried.insert(0, line.pop())
    return carried
