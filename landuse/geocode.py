"""Japanese address -> town point, offline.

An address is read as prefecture, city, former town, town name, number, rest. Everything
is compared in one folded writing (width, old characters, numerals), so how an address
was typed does not matter; only a name that begins right there and ends where a name may
end is accepted, so a town of another municipality is never taken for one of ours.

::

    北海道釧路市  阿寒町   上阿寒  二十三線  38
    prefix        district base    number    leftover
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import jaconv
import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from landuse.crs import require_metric
from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

__all__ = ["LEVELS", "NEIGHBOURS", "geocode"]

LEVELS = ("chome", "town", "district", "none")
"""How much of an address was found: numbered part (丁目, 線), name, former town, nothing."""

NEIGHBOURS = 6
"""Towns around a point whose spacing says how large its own town may be (a honeycomb
cell has six)."""

_OLD_NEW = """
澤沢 龍竜 瀧滝 冨富 櫻桜 嶋島 嶌島 濱浜 濵浜 邊辺 邉辺 廣広 國国 榮栄 壽寿 條条 豐豊 彌弥
惠恵 眞真 實実 萬万 藏蔵 峯峰 﨑崎 髙高 德徳 與与 會会 舊旧 樂楽 瀨瀬 驛駅 鐵鉄 靏鶴 靍鶴
齋斎 齊斎 斉斎 曉暁 圓円 學学 寶宝 綠緑 淸清 靑青 黑黒 戶戸 步歩 舘館 橫横 溪渓 淺浅 塲場
邨村 凾函 曻昇 辨弁 辯弁 鷄鶏 龜亀 鹽塩 爐炉 蘆芦 薗園 雙双 兩両
"""
_SAME_KANA = {"ガ": "ケ", "カ": "ケ", "ゲ": "ケ", "ヵ": "ケ", "ヶ": "ケ", "之": "ノ", "乃": "ノ"}
_FOLD = str.maketrans({pair[0]: pair[1] for pair in _OLD_NEW.split()} | _SAME_KANA)

_TENS = {"十": 10, "百": 100}
_DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_KANJI = "".join((*_DIGITS, *_TENS))
_NUMERAL = re.compile(
    rf"[{_KANJI}]+(?=\s*(?:丁|線|条|番|号|[-ーのノ]\s*[0-9{_KANJI}]|$|\s))"
    rf"|(?<=第)[{_KANJI}]+|(?<=[-ーのノ目線番地号条])[{_KANJI}]+(?!\w)"
)
_HYPHEN = re.compile(r"(?<=[0-9目線番地号条])\s*[-ー]+\s*(?=[0-9])")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_REPEATED = re.compile("(.)々")
_SKIPPED = re.compile(r"\s+|大字|字|(?<=通)リ")
_POSTCODE = re.compile(r"〒?[0-9]{3}-?[0-9]{4}(?=[^0-9-])")
_COUNTY = re.compile(r"[^0-9]{1,4}?郡")
_NUMBERED = re.compile(r"(?P<base>.+?)(?P<number>[0-9]+)(?P<unit>丁目|[線条].?)")
_NUMBER = re.compile(r"[0-9]+")
_NUMBER_ENDS = re.compile(r"(?![0-9番号丁線条階棟地F])")
_NAME_ENDS = re.compile(
    r"$|[0-9A-Za-z(\[「【,、・]|[番無]|地先|原野|基線|第[0-9]|国有林|[東西南北甲乙丙][0-9]"
)
_DISTRICT = re.compile(r".+?[町村市]")


class _Place(NamedTuple):
    """What an address can lead to."""

    level: str
    name: str
    x: float
    y: float
    error_m: float


class _Reading(NamedTuple):
    """One address: as it reads, its folded key, and where each key character stands."""

    text: str
    key: str
    places: list[int]

    def after(self, length: int) -> str:
        """Return what follows the first characters of the key."""
        if length >= len(self.places):
            return ""
        return self.text[self.places[length] :].strip(" -ーのノ、,")

    def spaced(self, length: int) -> bool:
        """Tell whether a space follows the first characters of the key."""
        return length < len(self.places) and self.text[self.places[length] - 1].isspace()


@dataclass(frozen=True, kw_only=True)
class _Gazetteer:
    """The towns of one city, by their folded names."""

    prefixes: tuple[str, ...]
    """Prefecture and city."""
    names: Mapping[str, _Place]
    """Town names without a number, also those that only have numbered parts."""
    numbered: Mapping[str, Mapping[tuple[int, str], _Place]]
    """Base name -> (number, unit) -> numbered part."""
    alone: frozenset[str]
    """Base names that also are towns of their own, so that a bare number after them may
    be a lot."""
    districts: Mapping[str, _Place]
    longest: int


def geocode(
    addresses: pd.Series[str] | Iterable[str | None],
    *,
    towns: gpd.GeoDataFrame,
    city: str = "釧路市",
    prefecture: str = "北海道",
) -> gpd.GeoDataFrame:
    """Place addresses of one city at its town points.

    `level` says how much was found, `matched` the town in the writing of `towns` and
    `leftover` what followed it. `error_m` is a radius in metres within which the place
    should lie: the spacing of the towns around the point (mean distance to the six
    nearest), and for a name without its number the reach of all its numbered parts too.
    An address of another municipality, or of no known town, has level `none`, an empty
    `matched`, no point and no radius; the middle of the city is never a guess.

    Parameters
    ----------
    addresses
        Texts; with or without prefecture and city, in any width and hyphens.
    towns
        Points with `name` (without city) and `district`, in metres.
    city, prefecture
        Names that may stand before the town.

    Raises
    ------
    LayerError
        If `towns` lacks a column.
    CrsError
        If `towns` is not in a projected system in metres.
    """
    require_columns(towns, ("name", "district"), where="towns")
    require_metric(towns, where="towns")
    texts = addresses if isinstance(addresses, pd.Series) else pd.Series(_listed(addresses))
    gazetteer = _gazetteer(towns, (prefecture, city))
    rows = [_locate(text, gazetteer) for text in texts]
    found = pd.DataFrame(
        [(place.level, place.name, leftover, place.error_m) for place, leftover in rows],
        columns=["level", "matched", "leftover", "error_m"],
        index=texts.index,
    )
    xy = np.array([(place.x, place.y) for place, _ in rows], dtype=float).reshape(-1, 2)
    points = gpd.GeoSeries(gpd.points_from_xy(*xy.T), index=texts.index, crs=towns.crs)
    return gpd.GeoDataFrame(found, geometry=points.where(found["level"].ne("none")))


def _listed(addresses: Iterable[str | None]) -> list[str | None]:
    return [addresses] if isinstance(addresses, str) else list(addresses)


_NOWHERE = _Place("none", "", np.nan, np.nan, np.nan)


def _locate(text: object, gazetteer: _Gazetteer) -> tuple[_Place, str]:
    reading = _read(text if isinstance(text, str) else "")
    start, named = _skip_prefixes(reading, gazetteer)
    last = min(len(reading.key), start + gazetteer.longest)
    for end in range(last, start, -1):
        base = reading.key[start:end]
        for place, length in _candidates(base, reading, end, gazetteer, named=named):
            return place, reading.after(length)
    for name, place in gazetteer.districts.items():
        if reading.key.startswith(name, start):
            return place, reading.after(start + len(name))
    return _NOWHERE, reading.text


def _candidates(
    base: str, reading: _Reading, end: int, gazetteer: _Gazetteer, *, named: bool
) -> Iterator[tuple[_Place, int]]:
    if base in gazetteer.numbered:
        alone = base in gazetteer.alone
        yield from _numbered_part(gazetteer.numbered[base], reading.key, end, alone=alone)
    if base in gazetteer.names:
        cut = named and reading.spaced(end)
        if cut or _NAME_ENDS.match(reading.key, end):
            yield gazetteer.names[base], end


def _numbered_part(
    parts: Mapping[tuple[int, str], _Place], key: str, end: int, *, alone: bool
) -> Iterator[tuple[_Place, int]]:
    digits = _NUMBER.match(key, end)
    if not digits:
        return
    number, stop = int(digits[0]), digits.end()
    units = sorted((unit for value, unit in parts if value == number), key=len, reverse=True)
    for unit in units:
        for written in (unit, unit.removesuffix("目")):
            if key.startswith(written, stop):
                yield parts[number, unit], stop + len(written)
    if _NUMBER_ENDS.match(key, stop):
        for unit in units:
            if unit == "丁目" or not alone:
                yield parts[number, unit], stop


def _skip_prefixes(reading: _Reading, gazetteer: _Gazetteer) -> tuple[int, bool]:
    """Return where the town begins, and whether the city was named before it."""
    code = _POSTCODE.match(reading.key)
    start = code.end() if code else 0
    named = False
    for prefix in gazetteer.prefixes:
        named = reading.key.startswith(prefix, start)
        start += len(prefix) if named else 0
    county = _COUNTY.match(reading.key, start)
    if county and reading.key.startswith(tuple(gazetteer.districts), county.end()):
        return county.end(), True
    return start, named


def _read(text: str) -> _Reading:
    text = _SELECTORS.sub("", jaconv.normalize(text, "NFKC")).strip()
    text = _HYPHEN.sub("-", _NUMERAL.sub(lambda run: str(_value(run[0])), text))
    folded = jaconv.enlarge_smallkana(jaconv.hira2kata(text)).translate(_FOLD)
    folded = _REPEATED.sub(r"\1\1", folded)
    skipped = {place for run in _SKIPPED.finditer(folded) for place in range(*run.span())}
    places = [place for place in range(len(folded)) if place not in skipped]
    return _Reading(text, "".join(folded[place] for place in places), places)


def _value(numeral: str) -> int:
    """Return the value of a kanji numeral, with (二十三) or without (二三) tens."""
    total, digits = 0, ""
    for sign in numeral:
        if sign in _TENS:
            total, digits = total + int(digits or 1) * _TENS[sign], ""
        else:
            digits += _DIGITS[sign]
    return total + int(digits or 0)


def _gazetteer(towns: gpd.GeoDataFrame, prefixes: tuple[str, ...]) -> _Gazetteer:
    names = towns["name"].astype(str).tolist()
    xy = np.column_stack([towns.geometry.x, towns.geometry.y])
    spacing = _spacing(xy)
    own: dict[str, _Place] = {}
    numbered: dict[str, dict[tuple[int, str], _Place]] = {}
    written: dict[str, str] = {}
    for name, (x, y), error in zip(names, xy, spacing, strict=True):
        key = _read(name).key
        parts = _NUMBERED.fullmatch(key)
        if parts is None:
            own[key] = _Place("town", name, x, y, error)
            continue
        place = _Place("chome", name, x, y, error)
        numbered.setdefault(parts["base"], {})[int(parts["number"]), parts["unit"]] = place
        written[parts["base"]] = _base_of(name)
    everything = own | {
        base: _group("town", written[base], parts.values(), own.get(base))
        for base, parts in numbered.items()
    }
    return _Gazetteer(
        prefixes=tuple(_read(prefix).key for prefix in prefixes),
        names=everything,
        numbered=numbered,
        alone=frozenset(own),
        districts=_districts(towns, xy, spacing),
        longest=max(map(len, everything), default=0),
    )


def _base_of(name: str) -> str:
    """Return a town name without its number, in its own writing."""
    return re.sub(rf"[0-9０-９{_KANJI}]+(?:丁目|[線条].?)$", "", name)


def _group(
    level: str, name: str, members: Iterable[_Place], centre: _Place | None = None
) -> _Place:
    """Return the place that stands for several: the member in their middle, or a given one."""
    rows = [*members, *([centre] if centre else [])]
    xy = np.array([(row.x, row.y) for row in rows])
    middle = xy.mean(axis=0)
    best = rows[int(np.hypot(*(xy - middle).T).argmin())] if centre is None else centre
    reach = np.hypot(*(xy - (best.x, best.y)).T) + [row.error_m for row in rows]
    return _Place(level, name, best.x, best.y, float(reach.max()))


def _districts(
    towns: gpd.GeoDataFrame, xy: NDArray[np.float64], spacing: NDArray[np.float64]
) -> dict[str, _Place]:
    """Return the former towns: those whose town names all begin with the same 町 or 村."""
    found = {}
    for _, rows in towns.reset_index(drop=True).groupby("district", sort=True):
        prefix = _DISTRICT.match(_shared_prefix(rows["name"]))
        if prefix and len(rows) > 1:
            places = zip(xy[rows.index], spacing[rows.index], strict=True)
            members = [_Place("town", "", x, y, error) for (x, y), error in places]
            found[_read(prefix[0]).key] = _group("district", prefix[0], members)
    return found


def _shared_prefix(names: pd.Series[str]) -> str:
    first, last = names.min(), names.max()
    same = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return str(first if same is None else first[:same])


def _spacing(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean distance in metres of each point to its nearest neighbours."""
    neighbours = min(NEIGHBOURS, len(xy) - 1)
    if neighbours < 1:
        return np.full(len(xy), np.inf)
    distance = np.asarray(KDTree(xy).query(xy, k=neighbours + 1)[0], dtype=np.float64)
    return np.asarray(distance[:, 1:].mean(axis=1), dtype=np.float64)
