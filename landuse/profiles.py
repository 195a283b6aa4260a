"""Profiles: what conditions such as winter leave of each speed, with a band round it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.speeds import ModeSpeeds, Speed, Speeds

__all__ = ["BANDS", "Factor", "Profile", "apply_profile", "read_profiles"]

BANDS = ("low", "middle", "high")
"""Of speed: low is the slowest and gives the longest times."""
ON = ("road", "land")
ALL = "*"
DRY_SPEED_SHARE = "share"


@dataclass(frozen=True, kw_only=True)
class Factor:
    """What is left of some speeds of one mode."""

    mode: str
    on: str
    """`road` or `land`."""
    of: tuple[str, ...]
    """Kinds of road or classes of land; `*` stands for all."""
    replaces: bool
    """Whether the band is in km/h, not a share of the speed."""
    band: Mapping[str, float]
    """`low`, `middle` and `high`; 0 where nothing passes."""
    source: str
    verified: bool
    """Whether somebody checked the figure against its source."""

    def fits(self, mode: str, on: str, kind: str) -> bool:
        """Tell whether this is about a speed."""
        return (mode, on) == (self.mode, self.on) and (kind in self.of or ALL in self.of)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Conditions under which speeds change."""

    key: str
    label: Label
    factors: tuple[Factor, ...]
    """The first that fits counts; speeds that none fits stay as they are."""
    where: str
    """File it comes from, for messages."""

    def factor(self, mode: str, on: str, kind: str) -> Factor | None:
        """Return what is left of one speed, if anything is said about it."""
        return next((factor for factor in self.factors if factor.fits(mode, on, kind)), None)


def read_profiles(path: Path) -> dict[str, Profile]:
    """Read a file of profiles.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault of the file.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    profiles = [_profile(row) for row in keys.rows("profile")]
    if not profiles:
        keys.fault("profile", "is empty", "add at least one [[profile]]")
    keys.refuse_twice("profile", [profile.key for profile in profiles])
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return {profile.key: replace(profile, where=path.name) for profile in profiles}


def _profile(keys: Keys) -> Profile:
    profile = Profile(
        key=keys.text("key"),
        label=keys.label("name"),
        factors=tuple(_factor(row) for row in keys.rows("factor", "mode")),
        where="",
    )
    if not profile.factors:
        keys.fault("factor", "is empty", "add at least one [[profile.factor]]")
    keys.refuse_unknown()
    return profile


def _factor(keys: Keys) -> Factor:
    replaces = "kmh" in keys.table
    name = "kmh" if replaces else DRY_SPEED_SHARE
    values = keys.subtable(name)
    band = {part: values.number(part, positive=False) for part in BANDS}
    values.refuse_unknown()
    if not band["low"] <= band["middle"] <= band["high"]:
        text = ", ".join(f"{band[part]:g}" for part in BANDS)
        keys.fault(name, f"is not in order ({text})", "give low <= middle <= high, in speed")
    factor = Factor(
        mode=keys.text("mode"),
        on=keys.choice("on", ON),
        of=keys.texts("of"),
        replaces=replaces,
        band=band,
        source=keys.text("source"),
        verified=keys.flag("verified", default=False),
    )
    keys.refuse_unknown()
    return factor


def apply_profile(speeds: Speeds, profile: Profile, band: str = "middle") -> Speeds:
    """Return the speeds under some conditions.

    Parameters
    ----------
    speeds
        The speeds of a dry summer's day.
    profile
        The conditions.
    band
        `low` (slowest), `middle` or `high` (fastest): run all three, and the band goes
        through to every result.

    Returns
    -------
    Speeds
        With the source of each changed speed naming both; verified where both are.

    Raises
    ------
    CityError
        If the band is none of these, or the profile names a mode, a kind of road or a class
        of land that the speeds do not know.
    """
    faults = _strangers(speeds, profile)
    if band not in BANDS:
        fix = f"use one of: {', '.join(BANDS)}"
        faults.append(Fault(where=f"{profile.where}: band", what=f"is {band!r}", fix=fix))
    if faults:
        raise CityError(faults)
    modes = {key: _changed_mode(mode, profile, band) for key, mode in speeds.modes.items()}
    return replace(speeds, modes=modes, where=f"{speeds.where} ({profile.key}, {band})")


def _strangers(speeds: Speeds, profile: Profile) -> list[Fault]:
    faults = []
    for factor in profile.factors:
        where = f"{profile.where}: profile {profile.key}: factor {factor.mode}"
        if factor.mode not in speeds.modes:
            fix = f"use one of: {', '.join(speeds.modes)}"
            faults.append(Fault(where=f"{where}.mode", what="is not a mode", fix=fix))
            continue
        known = getattr(speeds.modes[factor.mode], factor.on)
        faults += [
            Fault(
                where=f"{where}.of",
                what=f"names {kind!r}, for which the mode has no speed",
                fix=f"use some of: {', '.join(known)}, or *",
            )
            for kind in factor.of
            if kind not in known and kind != ALL
        ]
    return faults


def _changed_mode(mode: ModeSpeeds, profile: Profile, band: str) -> ModeSpeeds:
    road, land = (
        {
            kind: _changed(speed, profile.factor(mode.key, on, kind), profile, band)
            for kind, speed in getattr(mode, on).items()
        }
        for on in ON
    )
    return replace(mode, road=road, land=land)


def _changed(speed: Speed, factor: Factor | None, profile: Profile, band: str) -> Speed:
    """Return a speed with what is left of it; what was a barrier stays one."""
    if factor is None or not speed.kmh:
        return speed
    value = factor.band[band]
    share = 1.0 if factor.replaces else value
    sign = "→" if factor.replaces else "×"
    return replace(
        speed,
        kmh=value if factor.replaces else speed.kmh * share,
        free_kmh=0.0 if factor.replaces else speed.free_kmh * share,
        left=speed.left * share,
        most_kmh=min(speed.most_kmh, value) if factor.replaces else speed.most_kmh,
        source=f"{speed.source} {sign} {value:g} ({profile.label.en}, {band}: {factor.source})",
        verified=speed.verified and factor.verified,
    )
