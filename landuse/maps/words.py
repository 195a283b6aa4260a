"""The fixed words of pages and prints, Japanese first, from one file."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from landuse.toml import Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.maps.data import MapData

__all__ = ["Words", "asset", "read_words", "words_for"]

Words = dict[str, Label]
"""`section.key` -> the words."""


def asset(name: str) -> Path:
    """Return the path of a file that ships with the maps."""
    from pathlib import Path  # noqa: PLC0415 - only a type elsewhere

    return Path(str(resources.files("landuse.maps") / "assets" / name))


def read_words() -> Words:
    """Return all words."""
    sections = read_toml(asset("words.toml"))
    return {
        f"{section}.{key}": Label(ja=ja, en=en)
        for section, entries in sections.items()
        for key, (ja, en) in entries.items()
    }


def words_for(data: MapData) -> Words:
    """Return all words with the city's name filled in."""
    names = {"{city}": data.label.ja, "{city_en}": data.label.en}
    return {key: _filled(label, names) for key, label in read_words().items()}


def _filled(label: Label, names: Mapping[str, str]) -> Label:
    ja, en = label.ja, label.en
    for sign, name in names.items():
        ja, en = ja.replace(sign, name), en.replace(sign, name)
    return Label(ja=ja, en=en)
