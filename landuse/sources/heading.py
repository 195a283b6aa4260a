"""Where a list as staff write it begins and ends: titles, two-row headers, footnotes.

Works on rows of texts with the numbers that a spreadsheet shows, whether they come from a
workbook or from a CSV that was exported from one. The words that are known as names of
columns stand in the preset `columns.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.config import preset
from landuse.sources.report import rows_text
from landuse.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from landuse.sources.report import Findings

    Row = tuple[int, tuple[str, ...]]
    Spans = Mapping[int, tuple[tuple[int, int], ...]]

__all__ = ["Headed", "column_words", "headed", "plain", "without_tail"]

SEARCHED = 30
"""Filled rows among which the header is looked for."""

SEEN = 200
"""Rows by which it is judged which columns the data fill."""

BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?%?")
COUNTED = re.compile(r"[+-]?[\d,]+(\.\d+)?(件|施設|箇所|か所|ヶ所|カ所|人|床|名|棟)?")


@dataclass(frozen=True, kw_only=True)
class Headed:
    """A list without what stands around it."""

    names: tuple[str, ...]
    """Of the columns; those without a name have their letter: `column H`."""
    rows: tuple[Row, ...]
    """Row number and cells, as many as names."""
    header: int
    """Row number of the (last) row of names."""
    title: tuple[Row, ...]
    """Rows above the header."""


def column_words() -> dict[str, tuple[str, ...]]:
    """Return role -> words that stand for it as names of columns, made plain."""
    words = read_toml(preset("columns.toml"))["words"]
    return {role: tuple(plain(word) for word in listed) for role, listed in words.items()}


def plain(name: str) -> str:
    """Return a name as it is compared: width, case, spaces and brackets do not count.

    A name of brackets alone keeps them.
    """
    text = "".join(unicodedata.normalize("NFKC", name).lower().split())
    return BRACKETS.sub("", text) or text


def headed(rows: Sequence[Row], *, spans: Spans | None = None) -> Headed | None:
    """Find the header of a list and return what stands below it; None where there is none.

    The header is the first row with two known names of columns, else the first with two
    different texts and no number that names the columns which the rows below fill. A
    second row joins it where cells are merged or where one row alone leaves filled columns
    without a name; names are joined by `_`.

    Parameters
    ----------
    rows
        Row number and cells; rows without any text are passed over.
    spans
        Row number -> first and last column (from 0) of the cells merged across columns.
    """
    spans = spans or {}
    filled = [row for row in rows if any(cell.strip() for cell in row[1])]
    words = {word for listed in column_words().values() for word in listed}
    place = _header_place(filled, words)
    if place is None:
        return None
    top, bottom = _header_rows(filled, place, spans)
    names = _names(filled[top], filled[bottom], spans)
    body = filled[bottom + 1 :]
    width = max((len(cells) for _, cells in (filled[bottom], *body)), default=0)
    names += [""] * (width - len(names))
    used = [at for at in range(width) if names[at] or at in _all_filled(body)]
    return Headed(
        names=tuple(names[at] or f"column {_letter(at)}" for at in used),
        rows=tuple((number, _chosen(cells, used)) for number, cells in body),
        header=filled[bottom][0],
        title=tuple(filled[:top]),
    )


def _chosen(cells: Sequence[str], used: Iterable[int]) -> tuple[str, ...]:
    return tuple(cells[at] if at < len(cells) else "" for at in used)


def _header_place(rows: Sequence[Row], words: Collection[str]) -> int | None:
    searched = range(min(len(rows), SEARCHED))
    for place in searched:
        known = {plain(cell) for cell in rows[place][1]} & set(words)
        if len(known) >= 2:
            return place
    return next((place for place in searched if _names_columns(rows, place)), None)


def _names_columns(rows: Sequence[Row], place: int) -> bool:
    """Tell whether a row of unknown words can be the header of the rows below it."""
    below = rows[place + 1 :]
    if not below or not _worded(rows[place]):
        return False
    named, next_named = _filled(rows[place]), _filled(below[0])
    body = _mostly_filled(below)
    if body <= named:
        return True
    pair = _mostly_filled(below[1:])
    joined = _worded(below[0]) and bool(named - next_named) and bool(pair)
    return joined and pair <= named | next_named


def _worded(row: Row) -> bool:
    """Tell whether a row holds two different texts and no number."""
    texts = {cell.strip() for cell in row[1] if cell.strip()}
    return len(texts) >= 2 and not any(_is_number(text) for text in texts)


def _is_number(text: str) -> bool:
    return bool(NUMBER.fullmatch(unicodedata.normalize("NFKC", text)))


def _filled(row: Row) -> set[int]:
    return {at for at, cell in enumerate(row[1]) if cell.strip()}


def _all_filled(rows: Iterable[Row]) -> set[int]:
    return set().union(*(_filled(row) for row in rows))


def _mostly_filled(rows: Sequence[Row]) -> set[int]:
    seen = rows[:SEEN]
    counts: dict[int, int] = {}
    for row in seen:
        for at in _filled(row):
            counts[at] = counts.get(at, 0) + 1
    return {at for at, count in counts.items() if 2 * count >= len(seen)}


def _header_rows(rows: Sequence[Row], place: int, spans: Spans) -> tuple[int, int]:
    """Return the places of the first and the last row of the header."""
    if place + 1 < len(rows) - 1 and _goes_on(rows, place, spans):
        return place, place + 1
    if place and _begins_above(rows, place, spans):
        return place - 1, place
    return place, place


def _goes_on(rows: Sequence[Row], place: int, spans: Spans) -> bool:
    """Tell whether the row below names columns that this one leaves open."""
    here, below = rows[place], rows[place + 1]
    if below[0] != here[0] + 1 or not _filled(below) or not _wordy(below):
        return False
    named, next_named = _filled(here), _filled(below)
    body = _mostly_filled(rows[place + 2 :])
    open_columns = (body & next_named) - named
    under = _spanned(here, spans) & next_named
    return bool(named - next_named) and bool(open_columns or under) and body <= named | next_named


def _begins_above(rows: Sequence[Row], place: int, spans: Spans) -> bool:
    """Tell whether the row above holds the heads of groups of columns."""
    here, above = rows[place], rows[place - 1]
    if above[0] != here[0] - 1 or not _worded(above):
        return False
    body = _mostly_filled(rows[place + 1 :])
    covered = _filled(above) | _spanned(above, spans)
    fills_gaps = bool((body & _filled(above)) - _filled(here))
    groups = len(spans.get(above[0], ())) >= 1 and body <= covered
    return fills_gaps or groups


def _wordy(row: Row) -> bool:
    return not any(_is_number(cell.strip()) for cell in row[1] if cell.strip())


def _spanned(row: Row, spans: Spans) -> set[int]:
    return {at for first, last in spans.get(row[0], ()) for at in range(first, last + 1)}


def _names(top: Row, bottom: Row, spans: Spans) -> list[str]:
    """Return the names of the columns; of two rows joined by `_`."""
    below = [_tidy(cell) for cell in bottom[1]]
    if top is bottom:
        return below
    above = [_tidy(cell) for cell in top[1]]
    width = max(len(above), len(below))
    above += [""] * (width - len(above))
    below += [""] * (width - len(below))
    for first, last in spans.get(top[0], ()):
        for at in range(first, min(last + 1, width)):
            above[at] = above[first]
    if not spans:  # a CSV has lost the merging: a head goes on to the right over open cells
        for at in range(1, width):
            if not above[at] and below[at] and below[at - 1]:
                above[at] = above[at - 1]
    pairs = zip(above, below, strict=True)
    return ["_".join(dict.fromkeys(part for part in pair if part)) for pair in pairs]


def _tidy(cell: str) -> str:
    return "".join(line.strip() for line in cell.splitlines()).strip()


def _letter(at: int) -> str:
    """Return the letter of a column as a spreadsheet shows it: 0 is A, 26 is AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def without_tail(rows: Sequence[Row], findings: Findings) -> tuple[Row, ...]:
    """Return rows without the sums and footnotes at their end, which are noted.

    Only what is clearly no data: a row that begins with a word for a sum and holds only
    numbers besides, or one text with the mark of a footnote. A sum within the table stays,
    with a note.
    """
    tail = read_toml(preset("columns.toml"))["footnotes"]
    sums, marks = tuple(map(plain, tail["sums"])), tuple(tail["marks"])
    end = len(rows)
    while end and _is_tail(rows[end - 1], sums, marks):
        end -= 1
    if end < len(rows):
        left = [number for number, _ in rows[end:]]
        what = f"{len(left)} at the end, sums or footnotes: left out"
        findings.note(what, "nothing to do if they are no facilities", place=rows_text(left))
    inside = [number for number, cells in rows[:end] if _is_sum(cells, sums)]
    if inside:
        fix = "remove them from the file if they are no facilities"
        findings.note("look like sums within the table: kept", fix, place=rows_text(inside))
    return tuple(rows[:end])


def _is_tail(row: Row, sums: Sequence[str], marks: Sequence[str]) -> bool:
    texts = [cell.strip() for cell in row[1] if cell.strip()]
    if not texts:
        return True
    first = unicodedata.normalize("NFKC", texts[0])
    noted = first.startswith(tuple(unicodedata.normalize("NFKC", mark) for mark in marks))
    return (len(texts) == 1 and len(row[1]) > 1 and noted) or _is_sum(row[1], sums)


def _is_sum(cells: Sequence[str], sums: Sequence[str]) -> bool:
    texts = [unicodedata.normalize("NFKC", cell.strip()) for cell in cells if cell.strip()]
    if not texts or plain(texts[0]) not in sums:
        return False
    return len(cells) > 1 and all(COUNTED.fullmatch(text) for text in texts[1:])
