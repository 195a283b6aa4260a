"""The values of a column as classes with names and colours: categories, or grades of a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.toml import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.maps.palette import Palette

    Colours = str | Sequence[str] | Mapping[object, str] | None
    Breaks = str | Sequence[float]

__all__ = ["RAMPS", "Classes", "as_text", "classes_of", "one_class"]

MOST_CATEGORIES = 9
"""Further categories are one class: more colours than these cannot be told apart."""

OTHERS = Label(ja="そのほか", en="Others")
OTHERS_COLOUR = "#8C8C8C"
CLASSES = 5
"""Classes of a number, where nobody says how many."""

RAMPS = ("people", "minutes")
"""Scales of `presets/palettes.toml` whose colours serve for any number: blues, and browns."""

LONGEST = 400
"""Characters of a text that a page shows; the rest is cut off with `…`."""


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Which class each row is of, and how classes look."""

    codes: NDArray[np.int64]
    """Row -> number of its class from 1; 0 where the value is not known."""
    labels: tuple[Label, ...]
    colours: tuple[str, ...]


def one_class(rows: int, *, name: str, colours: Colours, palette: Palette) -> Classes:
    """Return all rows as one class."""
    colour = next(iter(_listed(colours, palette) or palette.others))
    return Classes(
        codes=np.ones(rows, np.int64), labels=(Label(ja=name, en=""),), colours=(colour,)
    )


def classes_of(
    values: pd.Series, *, colours: Colours, breaks: Breaks, unit: str, palette: Palette
) -> Classes:
    """Return the classes of a column: grades of numbers, categories of all else.

    Parameters
    ----------
    values
        The column. Numbers whose values are given colours one by one are categories.
    colours, breaks, unit
        As for `landuse.maps.layer`.
    """
    listed = _listed(colours, palette)
    if _is_number(values) and not isinstance(colours, Mapping):
        ramp = listed or palette.people.colours
        count = len(listed) if listed and not isinstance(colours, str) else CLASSES
        return _grades(values, breaks=breaks, count=count, ramp=ramp, unit=as_text(unit))
    given = dict(colours) if isinstance(colours, Mapping) else {}
    named = {as_text(value): colour for value, colour in given.items()}
    return _categories(values, named=named, spare=listed or palette.others)


def _is_number(values: pd.Series) -> bool:
    kind = values.dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def _categories(values: pd.Series, *, named: Mapping[str, str], spare: Sequence[str]) -> Classes:
    """Return the values as categories, in the order of an ordered type, else by frequency.

    What comes after `MOST_CATEGORIES` is one class together.
    """
    texts = [None if blank else as_text(value) for value, blank in _with_blanks(values)]
    counts = pd.Series([text for text in texts if text], dtype="str").value_counts(sort=False)
    shown = _in_order(values, counts, named)[: max(MOST_CATEGORIES, len(named))]
    colour = iter(spare)
    chosen = [named.get(text) or next(colour, OTHERS_COLOUR) for text in shown]
    place = {text: number for number, text in enumerate(shown, 1)}
    rest = len(shown) + 1
    codes = np.array([place.get(text, rest) if text else 0 for text in texts], np.int64)
    labels = [Label(ja=text, en="") for text in shown]
    if (codes == rest).any():
        labels, chosen = [*labels, OTHERS], [*chosen, OTHERS_COLOUR]
    return Classes(codes=codes, labels=tuple(labels), colours=tuple(chosen))


def _with_blanks(values: pd.Series) -> list[tuple[object, bool]]:
    return list(zip(values.tolist(), values.isna().tolist(), strict=True))


def _in_order(values: pd.Series, counts: pd.Series, named: Mapping[str, str]) -> list[str]:
    """Return the values there are: those with a colour of their own, then the frequent ones."""
    found = counts.sort_values(ascending=False, kind="stable").index.tolist()
    if isinstance(values.dtype, pd.CategoricalDtype) and values.dtype.ordered:
        found = [text for text in map(as_text, values.dtype.categories) if text in counts]
    own = [text for text in named if text in counts]
    return [*own, *(text for text in found if text not in named)]


def _grades(
    values: pd.Series, *, breaks: Breaks, count: int, ramp: Sequence[str], unit: str
) -> Classes:
    """Return numbers as grades: each limit closes its class, the last class has none.

    Blank and infinite numbers are not known.
    """
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float, na_value=np.nan)
    known = np.isfinite(numbers)
    found = numbers[known]
    limits = _limits(found, breaks, count)
    codes = np.zeros(len(numbers), np.int64)
    codes[known] = np.searchsorted(limits, found, side="left") + 1
    ends = (float(found.min()), float(found.max())) if len(found) else (np.nan, np.nan)
    return Classes(
        codes=codes, labels=_spans(limits, ends, unit), colours=_ramp(ramp, len(limits) + 1)
    )


def _limits(found: NDArray[np.float64], breaks: Breaks, count: int) -> NDArray[np.float64]:
    """Return the inner limits, rising; none where all numbers are equal."""
    if not isinstance(breaks, str):
        return np.asarray(breaks, float)
    if not len(found):
        return np.zeros(0)
    steps = np.arange(1, count)
    if breaks == "equal":
        low, high = float(found.min()), float(found.max())
        limits = low * (1 - steps / count) + high * (steps / count)
    else:
        limits = np.sort(found)[-(-len(found) * steps // count) - 1]
    # A limit that everything lies below, or that repeats, would leave a class empty.
    return np.asarray(np.unique(limits[limits < found.max()]))


def _spans(limits: NDArray[np.float64], ends: tuple[float, float], unit: str) -> tuple[Label, ...]:
    """Name each class by its limits; the first and last by the smallest and largest value."""
    edges = [ends[0], *limits.tolist(), ends[1]]
    texts = _told_apart(edges)
    spans = [(texts[place], texts[place + 1]) for place in range(len(edges) - 1)]
    if np.isnan(ends[0]):
        return tuple(Label(ja="—", en="") for _ in spans)
    after = f" {unit}" if unit else ""
    named = [f"{low}–{high}{after}" if low != high else f"{high}{after}" for low, high in spans]
    if len(limits) and ends[0] > limits[0]:  # given limits below every value
        named[0] = f"≤ {texts[1]}{after}"
    if len(limits) and ends[1] <= limits[-1]:
        named[-1] = f"> {texts[-2]}{after}"
    return tuple(Label(ja=text, en="") for text in named)


def _told_apart(edges: Sequence[float]) -> list[str]:
    """Write numbers with as few digits as tell neighbours apart."""
    for digits in (3, 4, 5, 6, 8, 10):
        texts = [_number(edge, digits) for edge in edges]
        if len(set(texts)) == len(set(edges)):
            break
    return texts


def _number(value: float, digits: int) -> str:
    if value == 0 or not 1e-6 < abs(value) < 1e12:
        return f"{value:.{digits}g}"
    whole = int(np.floor(np.log10(abs(value)))) + 1
    text = f"{round(value, max(digits - whole, 0)):,.{max(digits - whole, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _ramp(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """Return colours spread evenly over a ramp, mixed where it has too few."""
    parts = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours])
    at = np.linspace(0, len(colours) - 1, count) if count > 1 else np.array([len(colours) / 2])
    mixed = [np.interp(at, np.arange(len(colours)), parts[:, channel]) for channel in range(3)]
    return tuple("#{:02X}{:02X}{:02X}".format(*rgb) for rgb in np.rint(mixed).astype(int).T)


def _listed(colours: Colours, palette: Palette) -> tuple[str, ...]:
    """Return the colours that are not bound to values; none where the palette shall choose."""
    if colours is None or isinstance(colours, Mapping):
        return ()
    if isinstance(colours, str):
        return tuple(getattr(palette, colours).colours) if colours in RAMPS else (colours,)
    return tuple(colours)


def as_text(value: object) -> str:
    """Return a value as a page shows it: plain text of bounded length."""
    if isinstance(value, (float, np.floating)):
        text = f"{float(value):.6g}"
    elif isinstance(value, (pd.Timestamp, dt.datetime, dt.date)):
        text = value.isoformat().removesuffix("T00:00:00")
    else:
        text = str(value)
    # Half a character, as a cut text may end in, cannot be written as UTF-8.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
