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

__all__ = ["ModeSpeeds", "Slope", "Speed", "Speeds", "read_speeds"]

SLOPE_NUMBERS = {
    "steepness": 0.0,
    "slower_uphill": 0.0,
    "faster_downhill": 0.0,
    "least_share": 1.0,
    "most_share": 1.0,
    "limit": 1.0,
}
"""Keys of a slope that are 0 or more, and what they are where they do not stand."""


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
    free_kmh: float = 0.0
    """Speed between traffic lights, where the streets say where those are; 0: as `kmh`."""
    left: float = 1.0
    """Share that conditions such as winter leave of a speed that a street states itself."""
    most_kmh: float = np.inf
    """No street is faster than that under such conditions, whatever it states."""

    @property
    def between_lights_kmh(self) -> float:
        """The speed where each light is paid for by itself."""
        return self.free_kmh or self.kmh

    @property
    def s_per_m(self) -> float:
        """Seconds per metre; infinite where nothing passes."""
        return 3.6 / self.kmh if self.kmh else np.inf


@dataclass(frozen=True, kw_only=True)
class Slope:
    """What a slope does to the time of one mode: a factor on that of level ground."""

    steepness: float = 0.0
    """k of exp(k (|s - easiest| - |easiest|)), the form of Tobler's hiking function."""
    easiest: float = 0.0
    """Slope on which one is fastest; below 0 it leads down."""
    slower_uphill: float = 0.0
    """Share of the level speed lost for each metre up a metre along."""
    faster_downhill: float = 0.0
    """Share of the level speed won for each metre down a metre along."""
    least_share: float = 1.0
    """Share of the level speed that no way up undercuts: one gets off and pushes."""
    most_share: float = 1.0
    """Share of the level speed that no way down exceeds: one brakes."""
    limit: float = np.inf
    """Slopes steeper than this, up or down, are not passed."""
    source: str
    verified: bool

    def factor(self, slopes: ArrayLike) -> NDArray[np.float64]:
        """Return the time over that on level ground for slopes in metres up a metre along.

        Lengths are those on the map. Source of the exponential: Tobler 1993, speed
        6 exp(-3.5 |s + 0.05|) km/h; here relative to its own speed at s = 0, so that the
        speed on level ground is that of the table.
        """
        slope = np.asarray(slopes, dtype=np.float64)
        hiking = np.exp(self.steepness * (np.abs(slope - self.easiest) - abs(self.easiest)))
        change = np.where(slope > 0, self.slower_uphill, self.faster_downhill) * slope
        share = np.clip(1 - change, self.least_share, self.most_share)
        return np.where(np.abs(slope) > self.limit + 1e-12, np.inf, hiking / share)


@dataclass(frozen=True, kw_only=True)
class ModeSpeeds:
    """The speeds of one mode."""

    key: str
    label: Label
    road: Mapping[str, Speed]
    """Kind of road -> speed; the mode does not use other kinds."""
    land: Mapping[str, Speed]
    """Class of land -> speed."""
    slope: Slope | None = None
    """None where slopes do not matter, as for cars."""


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
        slope=_slope(keys.subtable("slope")) if "slope" in keys.table else None,
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
        free_kmh=keys.number("free_kmh", 0.0),
    )
    if "free_kmh" in keys.table and speed.free_kmh < speed.kmh:
        what = f"is {speed.free_kmh:g}, below kmh, which waits at lights"
        keys.fault("free_kmh", what, "give the speed between lights, or take it away")
    keys.refuse_unknown()
    return speed


def _slope(keys: Keys) -> Slope:
    easiest = keys.table.get("easiest", 0.0)
    if not isinstance(easiest, float | int) or not -1 < easiest <= 0:
        keys.fault("easiest", f"is {easiest!r}", "give a slope from -1 to 0, such as -0.05")
        easiest = 0.0
    keys.asked.add("easiest")
    numbers = {
        name: keys.number(name, default, positive=False)
        for name, default in SLOPE_NUMBERS.items()
        if name in keys.table
    }
    if numbers.get("least_share", 1.0) > 1 or numbers.get("most_share", 1.0) < 1:
        keys.fault("least_share", "or most_share is on the wrong side of 1", "mend them")
    slope = Slope(
        **numbers,
        easiest=float(easiest),
        source=keys.text("source"),
        verified=keys.flag("verified", default=False),
    )
    keys.refuse_unknown()
    return slope


def _by_key(keys: Keys, items: list[tuple[str, Item]]) -> dict[str, Item]:
    names = [name for name, _ in items]
    for name in sorted({name for name in names if names.count(name) > 1}):
        keys.fault(name, f"stands {names.count(name)} times", "keep one")
    return dict(items)
