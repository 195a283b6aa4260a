"""Single values of tags as numbers: speeds, times, layers. Nothing here ever raises."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["duration_s", "limit_kmh", "order_of", "plain"]

SPEED = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*(km/?h|kmph|kph|mph|knots?)?", re.ASCII)
ZONE = re.compile(r"(?:[a-z]{2}:)?zone:?\s*(\d{1,3})", re.ASCII)
SEPARATORS = re.compile(r"[;,|]")
KMH = {"mph": 1.609344, "knot": 1.852, "knots": 1.852}
"""Unit -> km/h; the others are km/h already."""

CLOCK = re.compile(r"(\d{1,4}):([0-5]?\d)(?::([0-5]?\d))?", re.ASCII)
MINUTES = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*(?:min|minutes?)?", re.ASCII)
ISO = re.compile(r"p(?:(\d{1,4})d)?(?:t(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,6})s)?)?", re.ASCII)
ISO_S = (86_400, 3_600, 60, 1)


def plain(text: str) -> str:
    """Return a value in lower case, full-width letters as ordinary ones, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def limit_kmh(text: str, words: Mapping[str, float]) -> float:
    """Return a speed limit in km/h, the lowest of several; NaN where none is said.

    Parameters
    ----------
    text
        A value of `maxspeed`: `50`, `30 mph`, `JP:urban`, `50;40`.
    words
        Words that are no number -> km/h, 0 where not known.
    """
    limits = [_one_limit_kmh(part.strip(), words) for part in SEPARATORS.split(plain(text))]
    return min((limit for limit in limits if not math.isnan(limit)), default=math.nan)


def _one_limit_kmh(text: str, words: Mapping[str, float]) -> float:
    if text in words:
        return words[text] or math.nan
    if zone := ZONE.fullmatch(text):
        return float(zone[1])
    if speed := SPEED.fullmatch(text):
        return float(speed[1]) * KMH.get(speed[2] or "", 1.0)
    return math.nan


def duration_s(text: str) -> float:
    """Return the seconds of a `duration` (`1:30` hours and minutes, `45` minutes, `PT1H30M`).

    NaN where it is not said, or zero.
    """
    value = plain(text)
    seconds = 0.0
    if clock := CLOCK.fullmatch(value):
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    elif minutes := MINUTES.fullmatch(value):
        seconds = float(minutes[1]) * 60
    elif iso := ISO.fullmatch(value):
        seconds = sum(int(n or 0) * unit for n, unit in zip(iso.groups(), ISO_S, strict=True))
    return float(seconds) or math.nan


def order_of(text: str) -> int:
    """Return a `layer` above (1) or below (-1) the ground; 0 where it is no small number."""
    value = plain(text)
    return int(value) if re.fullmatch(r"[+-]?\d{1,2}", value, re.ASCII) else 0
