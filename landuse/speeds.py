"""How fast each mode travels on each kind of road and over each class of land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import CityError, Fault
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TypeVar

    Item = TypeVar("Item")

__all__ = ["ModeSpeeds", "Speed", "Speeds", "read_speeds"]


@dataclass(frozen=True, kw_only=True)
class Speed:
    """One speed and why to believe it."""

    kmh: float
    """0 where nothing passes."""
    source: str
    verified: bool
    """Whether somebody checked the figure against its source."""

    @property
    def s_per_m(self) -> float:
        """Seconds per metre; infinite where nothing passes."""
        return 3.6 / self.kmh if self.kmh else np.inf


@dataclass(frozen=True, kw_only=True)
class ModeSpeeds:
    """The speeds of one mode."""

    key: str
    label: Label
    road: Mapping[str, Speed]
    """Kind of road -> speed; the mode does not use other kinds."""
    land: Mapping[str, Speed]
    """Class of land -> speed."""


@dataclass(frozen=True, kw_only=True)
class Speeds:
    """The speeds of every mode."""

    modes: Mapping[str, ModeSpeeds]
    where: str
    """File they come from, for messages."""

    def of(self, mode: str) -> ModeSpeeds:
        """Return the speeds of one mode.

        Raises
        ------
        CityError
            If the file has no such mode.
        """
        if mode not in self.modes:
            what = f"has no mode {mode!r} (found: {', '.join(self.modes)})"
            raise CityError(Fault(where=self.where, what=what, fix="add it as [[mode]]"))
        return self.modes[mode]


def read_speeds(path: Path) -> Speeds:
    """Read a speed file (km/h by mode, kind of road and class of land).

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    modes = [_mode(row) for row in keys.rows("mode")]
    if not modes:
        keys.fault("mode", "is empty", "add at least one [[mode]]")
    keys.refuse_unknown()
    by_key = _by_key(keys, [(mode.key, mode) for mode in modes])
    if faults:
        raise CityError(faults)
    return Speeds(modes=by_key, where=path.name)


def _mode(keys: Keys) -> ModeSpeeds:
    mode = ModeSpeeds(
        key=keys.text("key"),
        label=keys.label("name"),
        road=_speeds(keys, "road"),
        land=_speeds(keys, "land"),
    )
    if not mode.land:
        keys.fault("land", "is empty", "give a speed for each class of land")
    keys.refuse_unknown()
    return mode


def _speeds(keys: Keys, name: str) -> dict[str, Speed]:
    return _by_key(keys, [(row.text("key"), _speed(row)) for row in keys.rows(name)])


def _speed(keys: Keys) -> Speed:
    barrier = keys.flag("barrier", default=False)
    if barrier == ("kmh" in keys.table):
        keys.fault("kmh", "is neither or both of speed and barrier", "give kmh or barrier = true")
    speed = Speed(
        kmh=keys.number("kmh", 0.0),
        source=keys.text("source"),
        verified=keys.flag("verified", default=False),
    )
    keys.refuse_unknown()
    return speed


def _by_key(keys: Keys, items: list[tuple[str, Item]]) -> dict[str, Item]:
    names = [name for name, _ in items]
    for name in sorted({name for name in names if names.count(name) > 1}):
        keys.fault(name, f"stands {names.count(name)} times", "keep one")
    return dict(items)
