"""Longitudes and latitudes as people write them, and which of the two a column holds.

The ranges of Japan do not meet (20-46 and 122-154 degrees), so numbers alone tell them
apart. A way of writing counts for a column only where nearly all of it is written so.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from landuse.crs import JAPAN_BOX
from landuse.sources.table import numbers

__all__ = ["axis_of", "degrees", "pairs"]

MOSTLY = 0.9
"""Share of the filled cells that must be written in one way, or lie in one range."""

DMS = re.compile(
    r"(?:北緯|東経|[NE])?\s*(\d{1,3})\s*(?:°|度|º)\s*(\d{1,2})\s*(?:['′’]|分)"
    r"\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"″”]|''|′′|秒))?\s*[NE]?"
)
PAIR_SIGN = re.compile(r"[()\[\]]")
BETWEEN = re.compile(r"\s*[,、，/;]\s*|\s+(?=[\dE東])")


def degrees(column: pd.Series) -> tuple[pd.Series, str]:
    """Read a column of coordinates.

    Parameters
    ----------
    column
        Numbers or texts.

    Returns
    -------
    tuple
        Decimal degrees, NaN where a cell is blank or written in another way than most;
        and the way: `decimal`, `dms` (42°59′05″, 北緯42度59分5秒), `packed`
        (425905.1 for 42°59′05.1″), or empty where most cells are nothing of these.
    """
    filled = column.notna() & (column.astype("str").str.strip() != "")
    if not filled.any():
        return pd.Series(np.nan, index=column.index), ""
    plain = numbers(column)[0].astype(float)
    if _mostly(plain.notna(), filled):
        unpacked = plain.map(_unpacked)
        in_japan = filled & (plain != 0)
        if _mostly(unpacked.notna() & in_japan, in_japan):
            return unpacked, "packed"
        return plain, "decimal"
    sexagesimal = column.map(_from_dms).astype(float)
    if _mostly(sexagesimal.notna(), filled):
        return sexagesimal, "dms"
    return pd.Series(np.nan, index=column.index), ""


def _mostly(good: pd.Series, among: pd.Series) -> bool:
    return bool(among.any()) and good.sum() >= MOSTLY * among.sum()


def _unpacked(number: float) -> float:
    """Read degrees, minutes and seconds that stand in one number, if they can."""
    whole, minutes, seconds = number // 10_000, number // 100 % 100, number % 100
    if not 20 <= whole < 154 or minutes >= 60 or seconds >= 60:
        return float("nan")
    value = float(whole + minutes / 60 + seconds / 3600)
    return value if _axis(value) else float("nan")


def _from_dms(cell: object) -> float:
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
    found = DMS.fullmatch(text)
    if not found:
        return float("nan")
    whole, minutes, seconds = (float(part or 0) for part in found.groups())
    return whole + minutes / 60 + seconds / 3600 if minutes < 60 and seconds < 60 else float("nan")


def axis_of(values: pd.Series) -> str:
    """Tell which axis degrees belong to: `lon`, `lat`, or empty where they are neither.

    Zeros and blanks do not count: (0, 0) stands for an unknown place in many lists.
    """
    known = values[values.notna() & (values != 0)]
    for axis in ("lon", "lat"):
        if len(known) and (known.map(_axis) == axis).mean() >= MOSTLY:
            return axis
    return ""


def _axis(value: float) -> str:
    west, south, east, north = JAPAN_BOX
    if west <= value <= east:
        return "lon"
    return "lat" if south <= value <= north else ""


def pairs(column: pd.Series) -> pd.DataFrame | None:
    """Read a column that holds both coordinates in each cell: `42.98,144.38`.

    Returns
    -------
    pandas.DataFrame or None
        `lon` and `lat` in degrees, told apart by the ranges of Japan, NaN where a cell is
        no pair; None where most filled cells are none.
    """
    if pd.api.types.is_numeric_dtype(column):
        return None
    filled = column.notna() & (column.astype("str").str.strip() != "")
    read = pd.DataFrame(
        [_pair(cell) for cell in column], columns=["lon", "lat"], index=column.index, dtype=float
    )
    return read if _mostly(read["lon"].notna(), filled) else None


def _pair(cell: object) -> tuple[float, float]:
    nothing = float("nan"), float("nan")
    text = unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
    parts = [part for part in BETWEEN.split(PAIR_SIGN.sub("", text)) if part]
    if len(parts) != 2:
        return nothing
    by_axis = {_axis(value): value for value in map(_degree, parts)}
    if set(by_axis) == {"lon", "lat"}:
        return by_axis["lon"], by_axis["lat"]
    zero = all(_degree(part) == 0 for part in parts)
    return (0.0, 0.0) if zero else nothing


def _degree(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _from_dms(text)
