"""How fast each mode travels on each kind of road and over each class of land."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import CityError, Fault
from landuse.schema import CLAIMS, mask_of_claims
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TypeVar

    from numpy.typing import ArrayLike, NDArray

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
    controlled: bool = False
    """A road entered at interchanges only: used over a network, not over a surface."""
    bridged: bool = False
    """Land where streets that are not in the data carry one over rivers given as lines."""

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
    from_claims: Mapping[str, tuple[str, ...]]
    """Class of land -> claims that make land that class, in order of precedence."""
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

    def land_of(self, masks: ArrayLike) -> NDArray[np.str_]:
        """Return the class of land of each set of claims, given as bit masks."""
        wanted = np.asarray(masks, dtype=np.int64)
        classes = list(self.from_claims)
        holds = [(wanted & mask_of_claims(claims)) != 0 for claims in self.from_claims.values()]
        return np.select(holds[:-1], classes[:-1], default=classes[-1])


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
    by_key = _by_key(keys, [(mode.key, mode) for mode in modes])
    from_claims = _from_claims(keys, modes)
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return Speeds(modes=by_key, from_claims=from_claims, where=path.name)


def _from_claims(keys: Keys, modes: list[ModeSpeeds]) -> dict[str, tuple[str, ...]]:
    """Read the classes, each known to every mode, the last open to any claim."""
    found = []
    for row in keys.rows("from_claims", "land"):
        land, claims = row.text("land"), row.texts("claims")
        for claim in claims:
            if claim not in CLAIMS:
                row.fault("claims", f"names {claim!r}", f"use some of: {', '.join(CLAIMS)}")
        for mode in modes:
            if land not in mode.land:
                row.fault("land", f"has no speed for mode {mode.key}", "add one")
        row.refuse_unknown()
        found.append((land, claims))
    if not found or found[-1][1]:
        keys.fault("from_claims", "has no last class for the rest", "end it with claims = []")
    return _by_key(keys, found)


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
        controlled=keys.flag("controlled", default=False),
        bridged=keys.flag("bridged", default=False),
    )
    keys.refuse_unknown()
    return speed


def _by_key(keys: Keys, items: list[tuple[str, Item]]) -> dict[str, Item]:
    names = [name for name, _ in items]
    for name in sorted({name for name in names if names.count(name) > 1}):
        keys.fault(name, f"stands {names.count(name)} times", "keep one")
    return dict(items)
