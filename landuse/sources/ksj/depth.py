"""Depths of water that are written as texts, each prefecture in its own way."""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["depth_range_m"]

NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
UNIT = r"(cm|m)?"
LOWER = r"(以上|を?超える|を?超え?|より大きい|より深い)"
UPPER = r"(未満|以下|まで|より小さい|より浅い)"
SPAN = re.compile(rf"{NUMBER}{UNIT}(?:{LOWER}~?|~|から){NUMBER}{UNIT}{UPPER}?")
FROM = re.compile(rf"{NUMBER}{UNIT}(?:{LOWER}~?|~|から)")
UP_TO = re.compile(rf"~?{NUMBER}{UNIT}{UPPER}|~{NUMBER}{UNIT}")
WAVES = str.maketrans(dict.fromkeys("〜～∼∽﹏-‐‑‒–—―−ー", "~"))
WORDS = re.compile(r"^(津波|高潮|洪水|内水)?(最大)?(想定)?(浸水深|水深|浸水)?(ランク|区分)?:?")
UNITS = {"センチメートル": "cm", "センチ": "cm", "メートル": "m", "メ-トル": "m"}
BETWEEN = re.compile(r"(?<![0-9])[\s、,]+|[\s、,]+(?![0-9])|(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
"""Spaces and commas that do not part two numbers."""
CM = 0.01


def depth_range_m(text: str) -> tuple[float, float] | None:
    """Return the least and the greatest depth that a text names.

    Parameters
    ----------
    text
        Such as 「2.0m以上 ～ 5.0m未満」, 「1m以上2m未満」, 「0.3m未満」, 「２０ｍ以上」 or
        「50cm〜1メートル」. Whether the ends themselves count is not kept.

    Returns
    -------
    tuple or None
        Metres; NaN for an end that is open. None if the text says anything else, or names
        a span that ends before it begins.
    """
    plain = _plain(text)
    if found := SPAN.fullmatch(plain):
        low, low_unit, lower, high, high_unit, upper = found.groups()
        span = _metres(low, low_unit or high_unit), _metres(high, high_unit)
        ends = upper or not lower or "~" in plain
        return span if ends and span[0] <= span[1] else None
    if found := FROM.fullmatch(plain):
        return _metres(found[1], found[2]), math.nan
    if found := UP_TO.fullmatch(plain):
        return math.nan, _metres(found[1] or found[4], found[2] or found[5])
    return None


def _plain(text: str) -> str:
    """Write digits, units, waves and words in one way, without spaces."""
    text = unicodedata.normalize("NFKC", text).casefold()
    for word, unit in UNITS.items():
        text = text.replace(word, unit)
    text = BETWEEN.sub("", text.translate(WAVES))
    return WORDS.sub("", re.sub(r"~+", "~", text))


def _metres(number: str, unit: str | None) -> float:
    return float(number) * CM if unit == "cm" else float(number)
