"""From values to classes to colours: what every map takes from one TOML file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING

from landuse.config import preset
from landuse.errors import CityError, Fault
from landuse.maps.vision import contrast
from landuse.toml import Keys, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["PATTERNS", "Palette", "Scale", "ink_on", "read_palette"]

PATTERNS = ("cross", "rising", "dots", "trees", "level", "upright", "falling")
"""What `assets/js/patterns.js` and `assets/css/patterns.css` can draw over a colour."""

INKS = ("#FFFFFF", "#1D1B20")

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Classes of a number: each limit closes its class, the last class has none."""

    limits: tuple[float, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Colours and signs of a map."""

    zones: Mapping[str, str]
    others: tuple[str, ...]
    """For zones that `zones` does not name, in the order of the legend."""
    minutes: Scale
    people: Scale
    standard: Mapping[str, str]
    """`within`, `beyond`, `no_data`."""
    ground: Mapping[str, str]
    """Sea, land, lines and lettering."""
    claims: Mapping[str, str]
    grades: Mapping[str, str]
    signs: Mapping[str, str]
    """Service key -> one character."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """Zone -> one of `PATTERNS`, for print in grey and for eyes that see no colours."""

    def of_zones(self, keys: Sequence[str]) -> dict[str, str]:
        """Return a colour for each zone, distinct even for zones without one of their own."""
        spare = iter(self.others * (len(keys) // max(len(self.others), 1) + 1))
        return {key: self.zones.get(key) or next(spare) for key in keys}

    def patterns_of_zones(self, keys: Sequence[str]) -> dict[str, str]:
        """Return a pattern for each zone, distinct for as many as there are patterns."""
        taken = {self.patterns[key] for key in keys if key in self.patterns}
        spare = cycle([name for name in PATTERNS if name not in taken] or PATTERNS)
        return {key: self.patterns.get(key) or next(spare) for key in keys}


def ink_on(colour: str) -> str:
    """Return white or near black, whichever stands out more on a colour."""
    return max(INKS, key=lambda ink: contrast(ink, colour))


def read_palette(path: Path | None = None) -> Palette:
    """Read a palette file; without one, the palette of the package.

    Raises
    ------
    CityError
        With every fault: missing tables, texts that are not colours, a scale whose
        colours are not one more than its rising limits.
    """
    path = path or preset("palettes.toml")
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    palette = Palette(
        zones=_colours(keys.subtable("zones")),
        others=keys.subtable("others").texts("colours"),
        minutes=_scale(keys.subtable("minutes")),
        people=_scale(keys.subtable("people")),
        standard=_colours(keys.subtable("standard"), "within", "beyond", "no_data"),
        ground=_colours(keys.subtable("ground"), *_GROUND),
        claims=_colours(keys.subtable("claims")),
        grades=_colours(keys.subtable("grades"), "official", "derived", "modelled"),
        signs={key: str(sign) for key, sign in keys.subtable("signs").table.items()},
        patterns=_patterns(keys.subtable("patterns", {})),
    )
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return palette


_GROUND = (
    "sea",
    "land",
    "land_line",
    "city",
    "water",
    "water_line",
    "boundary",
    "district",
    "expressway",
    "trunk",
    "railway",
    "text",
    "neighbour_text",
)


def _colours(keys: Keys, *needed: str) -> dict[str, str]:
    names = (*needed, *(name for name in keys.table if name not in needed))
    colours = {name: keys.text(name) for name in names}
    for name, colour in colours.items():
        if name in keys.table:
            _check_colour(keys, name, colour)
    return colours


def _patterns(keys: Keys) -> dict[str, str]:
    return {zone: keys.choice(zone, PATTERNS) for zone in keys.table}


def _check_colour(keys: Keys, name: str, colour: str) -> None:
    if not _COLOUR.fullmatch(colour):
        keys.fault(name, f"is {colour!r}", "give a colour such as #822A57")


def _scale(keys: Keys) -> Scale:
    limits = tuple(float(limit) for limit in keys.table.get("limits", ()))
    colours = keys.texts("colours")
    for colour in colours:
        _check_colour(keys, "colours", colour)
    if len(colours) != len(limits) + 1 or list(limits) != sorted(set(limits)):
        keys.fault("limits", f"are {limits}", "give rising limits, one fewer than colours")
    return Scale(limits=limits, colours=colours)
