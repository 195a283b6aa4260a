"""What the page's search knows beyond names: readings, kinds of facilities, forms of characters.

Names, addresses and places are in the page already, with the towns and the facilities. This
part adds what a reader may type instead: kana and rōmaji, "hospital" for a place whose name
does not say so, an old form of a character.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from landuse.config import preset
from landuse.errors import CityError, Fault
from landuse.maps.pack import inert_json, pack_bytes
from landuse.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = ["SearchWords", "read_search_words", "search_part"]


@dataclass(frozen=True, kw_only=True)
class SearchWords:
    """The words of `presets/search.toml`."""

    variants: tuple[str, ...]
    """Pairs of characters: another form, and the form that is looked up."""
    readings: Mapping[str, str]
    """Words that names are made of, and their kana."""
    kinds: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Keys of services or categories, and what else they are called."""


def read_search_words(path: Path | None = None) -> SearchWords:
    """Read the words of the search; without a path, those of the package.

    Raises
    ------
    CityError
        With every variant that is not a pair of characters, every word that is not a text
        and every kind without keys or words.
    """
    source = path or preset("search.toml")
    raw = read_toml(source)
    variants = tuple(str(raw.get("variants", "")).split())
    readings = {str(word): kana for word, kana in raw.get("readings", {}).items()}
    kinds = [(tuple(one.get("keys", ())), tuple(one.get("also", ()))) for one in _kinds(raw)]
    wrong = [f"variants: {pair} is not two characters" for pair in variants if len(pair) != 2]
    wrong += [f"readings.{word} is not a text" for word, kana in readings.items() if not _ok(kana)]
    wrong += [
        f"kinds, number {place}: needs keys and also"
        for place, kind in enumerate(kinds, start=1)
        if not all(part and all(_ok(text) for text in part) for part in kind)
    ]
    if wrong:
        faults = [Fault(where=str(source), what=what, fix="correct it") for what in wrong]
        raise CityError(faults)
    return SearchWords(variants=variants, readings=readings, kinds=tuple(kinds))


def _kinds(raw: Json) -> list[Json]:
    return [one for one in raw.get("kinds", []) if isinstance(one, dict)]


def _ok(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())


def search_part(data: MapData, facilities: Sequence[Json]) -> str:
    """Return the part `search` of a page's payload, packed.

    Parameters
    ----------
    data
        One study. `towns` may have `name_kana` and `name_en`, `facilities` may have
        `category`.
    facilities
        The facilities as the page holds them (`landuse.maps.layers.facility_layer`).
    """
    words = read_search_words()
    category = _categories(data)
    own = [category.get(facility["id"], "") for facility in facilities]
    used = {*own, *(service.key for service in data.services)} - {""}
    kept = [(keys, also) for keys, also in words.kinds if used.intersection(keys)]
    names = sorted({key for keys, _ in kept for key in keys} & set(own))
    part = {
        "kana": _texts(data.towns, "name_kana"),
        "city": [data.label.ja, data.label.en],
        "variants": "".join(words.variants),
        "readings": dict(words.readings),
        "kinds": [[list(keys), list(also)] for keys, also in kept],
        "categories": names,
        "category": [names.index(key) if key in names else -1 for key in own],
    }
    return pack_bytes(inert_json(part).encode())


def _texts(table: pd.DataFrame, column: str) -> list[str]:
    if column not in table:
        return []
    return [text if isinstance(text, str) else "" for text in table[column]]


def _categories(data: MapData) -> dict[str, str]:
    if "category" not in data.facilities:
        return {}
    known = data.facilities.dropna(subset=["category"])
    return dict(zip(known["facility_id"].map(str), known["category"].map(str), strict=True))
