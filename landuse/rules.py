"""The tables that decide: overlaps, zones and speeds, as one city names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.profiles import read_profiles
from landuse.scheme import read_overlaps, read_scheme
from landuse.speeds import read_speeds

if TYPE_CHECKING:
    from landuse.config import City
    from landuse.profiles import Profile
    from landuse.scheme import Overlaps, Scheme
    from landuse.speeds import Speeds

__all__ = ["Rules", "read_rules"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The tables that decide: overlaps, zones and speeds."""

    overlaps: Overlaps
    scheme: Scheme
    speeds: Speeds
    profiles: tuple[Profile, ...] = ()
    """Conditions under which coverage is measured once more."""


def read_rules(city: City) -> Rules:
    """Read the tables that a city file names, or those of the package.

    Raises
    ------
    CityError
        With every fault of the first table that has any.
    """
    return Rules(
        overlaps=read_overlaps(city.overlaps_path),
        scheme=read_scheme(city.scheme_path),
        speeds=read_speeds(city.speeds_path),
        profiles=_profiles(city),
    )


def _profiles(city: City) -> tuple[Profile, ...]:
    known = read_profiles(city.profiles_path)
    unknown = [key for key in city.conditions if key not in known]
    if unknown:
        fix = f"use some of: {', '.join(known)}"
        raise CityError(
            Fault(where=f"{city.path.name}.conditions", what=f"names {key!r}", fix=fix)
            for key in unknown
        )
    return tuple(known[key] for key in city.conditions)
