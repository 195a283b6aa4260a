"""Single values as official files write them: numbers, dates, flags, codes.

Every function takes one text without blanks around it and returns what it means, or None
where it means nothing that is known.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "code_of",
    "codes_of",
    "date_of",
    "flag_of",
    "integer_of",
    "mesh_of",
    "number_of",
    "plain",
    "year_of",
]

THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,2})?", re.IGNORECASE)
WHOLE = re.compile(r"([0-9]+)\.0*")
SEPARATORS = re.compile(r"[,、;・/|\s]+")
DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})?(?:[-/.月]?([0-9]{1,2})日?|月)?")
JAPANESE = re.compile(
    r"(明治|大正|昭和|平成|令和|[MTSHR])\.?([0-9]{1,2}|元)[-/.年]"
    r"(?:度|([0-9]{1,2})(?:[-/.月](?:([0-9]{1,2})日?)?)?)?"
)
FIRST_YEARS = {"明治": 1868, "大正": 1912, "昭和": 1926, "平成": 1989, "令和": 2019}
LETTERS = dict(zip("MTSHR", FIRST_YEARS, strict=True))
TRUE = frozenset(("1", "true", "t", "y", "yes", "有", "あり", "有り", "○", "〇", "◯"))
FALSE = frozenset(("0", "false", "f", "n", "no", "無", "なし", "無し", "×", "-"))


def plain(text: str) -> str:
    """Write full-width digits and letters in half width, and the minus sign as a hyphen."""
    return unicodedata.normalize("NFKC", text).strip().replace("−", "-")


def number_of(text: str) -> float | None:
    """Return a number; full-width digits and commas between thousands are read."""
    text = plain(text)
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    return float(text) if NUMBER.fullmatch(text) else None


def integer_of(text: str) -> float | None:
    """Return a whole number, also where it is written as 7.0."""
    number = number_of(text)
    return number if number is not None and number.is_integer() else None


def year_of(text: str) -> float | None:
    """Return a year: 2015, 2015.0, 2015年度, 20150331 or 平成27年."""
    found = date_of(re.sub("年度?$", "年", plain(text)))
    if found:
        return float(found[:4])
    number = integer_of(text)
    return number if number is not None and 1000 <= number <= 9999 else None


def date_of(text: str) -> str | None:
    """Return a date in ISO 8601, as exactly as it is known: 2015, 2015-03 or 2015-03-31."""
    text = plain(text).replace(" ", "")
    text = WHOLE.sub(r"\1", text) if WHOLE.fullmatch(text) else text
    if found := DATE.fullmatch(text):
        return _iso(int(found[1]), found[2], found[3])
    if found := JAPANESE.fullmatch(text):
        era = LETTERS.get(found[1], found[1])
        year = 1 if found[2] == "元" else int(found[2])
        return _iso(FIRST_YEARS[era] + year - 1, found[3], found[4])
    return None


def _iso(year: int, month: str | None, day: str | None) -> str | None:
    try:
        whole = date(year, int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return whole if day else whole[:7] if month else whole[:4]


def flag_of(text: str) -> bool | None:
    """Return a flag: 1 or 0, true or false, 有 or 無."""
    text = plain(text).casefold()
    text = WHOLE.sub(r"\1", text) if WHOLE.fullmatch(text) else text
    return True if text in TRUE else False if text in FALSE else None


def mesh_of(text: str) -> str | None:
    """Return a mesh code: digits, however it was saved."""
    text = plain(text).replace("-", "")
    text = WHOLE.sub(r"\1", text) if WHOLE.fullmatch(text) else text
    return text if text.isascii() and text.isdigit() else None


def code_of(text: str, labels: Mapping[str, str]) -> str | None:
    """Return the key of a code list that a text stands for.

    Exactly; else without regard to leading zeros, full width and a decimal point (0500, 500
    and 500.0), unless the list has two keys that differ by no more.
    """
    if text in labels:
        return text
    text = plain(text)
    text = WHOLE.sub(r"\1", text) if WHOLE.fullmatch(text) else text
    if text in labels:
        return text
    alike = [key for key in labels if _bare(key) == _bare(text)]
    return alike[0] if len(alike) == 1 else None


def _bare(code: str) -> str:
    return code.lstrip("0") or "0"


def codes_of(text: str, labels: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the keys in a cell of several codes, and what in it is none."""
    parts = [part for part in SEPARATORS.split(plain(text)) if part]
    keys = [code_of(part, labels) for part in parts]
    known = [key for key in keys if key is not None]
    return known, [part for part, key in zip(parts, keys, strict=True) if key is None]
