"""The fixed words of pages and prints: Japanese, English and, where it helps, easy Japanese."""

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
    files = sorted(asset("words").glob("*.toml"))
    sections = [item for file in files for item in read_toml(file).items()]
    return {
        f"{section}.{key}": _label(*texts)
        for section, entries in sections
        for key, texts in entries.items()
    }


def _label(ja: str, en: str, easy: str = "") -> Label:
    return Label(ja=ja, en=en, easy=easy)


def words_for(data: MapData) -> Words:
    """Return all words with the city's name filled in."""
    names = {"{city}": data.label.ja, "{city_en}": data.label.en}
    return {key: _filled(label, names) for key, label in read_words().items()}


def _filled(label: Label, names: Mapping[str, str]) -> Label:
    ja, en, easy = label.ja, label.en, label.easy
    for sign, name in names.items():
        ja, en, easy = (text.replace(sign, name) for text in (ja, en, easy))
    return Label(ja=ja, en=en, easy=easy)
