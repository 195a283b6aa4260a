"""What leads to which zone: rules from the claims on the land to the zones of a plan.

`zones.toml` maps the statutory claim that is left standing, and what is on the ground, to
a zone. Who gives way to whom stands in `overlaps.toml`, see `landuse.overlaps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.overlaps import (
    Overlaps,
    PairRule,
    claims_in,
    cycles,
    read_overlaps,
    shipped,
    undecided_pairs,
    undecided_triples,
)
from landuse.schema import CLAIMS, MEASURED_CLAIMS, STATUTORY_CLAIMS, ZONES, mask_of_claims
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "PATHS",
    "Overlaps",
    "PairRule",
    "Scheme",
    "Zone",
    "ZoneRule",
    "cycles",
    "read_overlaps",
    "read_scheme",
    "undecided_pairs",
    "undecided_triples",
]

PATHS = ("statutory", "measured", "residual")


@dataclass(frozen=True, kw_only=True)
class Zone:
    """One planning zone."""

    key: str
    label: Label
    meaning: Label
    """One plain sentence: what kind of land this is."""


@dataclass(frozen=True, kw_only=True)
class ZoneRule:
    """One rule that leads to a zone; it holds when every condition that it has holds."""

    key: str
    zone: str
    path: str
    winner: tuple[str, ...] | None
    """The surviving statutory claim is one of these; empty: none is there; None: any."""
    some: int
    """Bit mask of measured claims, one of which must be there; 0: no condition."""
    unless: int
    """Bit mask of measured claims, none of which may be there."""
    text: Label
    source: str

    def holds(self, winner: str, mask: int) -> bool:
        """Tell whether the rule fits a surviving statutory claim and a set of claims."""
        if self.winner is not None and winner not in (self.winner or ("",)):
            return False
        return not self.unless & mask and (not self.some or bool(self.some & mask))


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """Zones, and the ordered rules that lead to them; the last rule takes the rest."""

    zones: tuple[Zone, ...]
    rules: tuple[ZoneRule, ...]
    claim_labels: Mapping[str, Label]


def read_scheme(path: Path | None = None) -> Scheme:
    """Read the zones and the rules that lead to them; without a path those of the package.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault: unknown keys, zones or claims, a zone or rule that stands twice, a
        last rule that does not take the rest, a path that does not fit its rule.
    """
    path = path or shipped("zones.toml")
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    zones = tuple(_zone(row) for row in keys.rows("zone"))
    rules = tuple(_rule(row) for row in keys.rows("rule"))
    names = keys.subtable("claims")
    labels = {claim: names.label(claim) for claim in CLAIMS}
    for table in (names, keys):
        table.refuse_unknown()
    _check_scheme(zones, rules, keys)
    if faults:
        raise CityError(faults)
    return Scheme(zones=zones, rules=rules, claim_labels=labels)


def _zone(keys: Keys) -> Zone:
    zone = Zone(
        key=keys.choice("key", ZONES), label=keys.label("name"), meaning=keys.label("meaning")
    )
    keys.refuse_unknown()
    return zone


def _rule(keys: Keys) -> ZoneRule:
    is_statutory = "winner" in keys.table
    rule = ZoneRule(
        key=keys.text("key"),
        zone=keys.choice("zone", ZONES),
        path=keys.choice("path", PATHS),
        winner=claims_in(keys, "winner", STATUTORY_CLAIMS) if is_statutory else None,
        some=mask_of_claims(claims_in(keys, "some", MEASURED_CLAIMS, ())),
        unless=mask_of_claims(claims_in(keys, "unless", MEASURED_CLAIMS, ())),
        text=keys.label("text"),
        source=keys.text("source"),
    )
    path = "statutory" if rule.winner else "measured" if rule.some else "residual"
    if rule.path != path:
        keys.fault("path", f"is {rule.path!r} where the conditions are {path}", f"write {path!r}")
    keys.refuse_unknown()
    return rule


def _check_scheme(zones: tuple[Zone, ...], rules: tuple[ZoneRule, ...], keys: Keys) -> None:
    for kind, names in (("zone", [z.key for z in zones]), ("rule", [r.key for r in rules])):
        for name in sorted({name for name in names if names.count(name) > 1}):
            keys.fault(f"{kind} {name}", f"stands {names.count(name)} times", "keep one")
    for zone in sorted(set(ZONES) - {zone.key for zone in zones}):
        keys.fault("zone", f"lacks {zone}", "add it as [[zone]]")
    rests = [n for n, rule in enumerate(rules, 1) if rule.path == "residual" and not rule.unless]
    if rests != [len(rules)]:
        fix = "end with one rule without conditions"
        keys.fault("rule", f"has a rule for the rest at {rests} of {len(rules)}", fix)
