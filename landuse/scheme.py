"""The two tables of zoning: who gives way to whom, and what leads to which zone.

`overlaps.toml` holds pairwise rules between sub-zones of the five legal regions. They are
not an order: farmland beats forest, forest beats other farming, protection forest beats
everything urban. `zones.toml` maps what survives, and what is on the ground, to a zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.schema import CLAIMS, MEASURED_CLAIMS, STATUTORY_CLAIMS, ZONES, mask_of_claims
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
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

MODES = ("first", "principle", "adjust", "tie", "inner")
PATHS = ("statutory", "measured", "residual")


@dataclass(frozen=True, kw_only=True)
class PairRule:
    """One row of the overlap table."""

    key: str
    regions: str
    """The pair of legal regions, e.g. `都市×農業`."""
    a: tuple[str, ...]
    b: tuple[str, ...]
    winner: str
    """`a`, `b` or `both`."""
    mode: str
    note: Label
    source: str
    verified_by: str
    """Who compared the row with the prefecture's plan; empty: nobody yet."""
    verified_on: str


@dataclass(frozen=True, kw_only=True)
class Overlaps:
    """The overlap table, and how it settles what no pair decides."""

    pairs: tuple[PairRule, ...]
    order: tuple[str, ...]
    """Statutory claims, the first of which wins where nothing else decides."""
    cover: Mapping[str, tuple[str, ...]]
    """Measured claim -> statutory claims that it speaks for."""
    authority: str
    frame: str
    rule_of: Mapping[tuple[str, str], PairRule] = field(repr=False)
    """(claim, claim) in either order -> the rule for the pair."""

    def beaten_by(self, loser: str, winner: str) -> PairRule | None:
        """Return the rule by which one claim gives way to another, if there is one."""
        rule = self.rule_of.get((loser, winner))
        if rule is None or rule.winner == "both":
            return None
        winning = rule.a if rule.winner == "a" else rule.b
        return rule if winner in winning else None


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
    text: Label
    source: str

    def holds(self, winner: str, mask: int) -> bool:
        """Tell whether the rule fits a surviving statutory claim and a set of claims."""
        if self.winner is not None and (winner not in self.winner if winner else self.winner != ()):
            return False
        return not self.some or bool(self.some & mask)


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """Zones, and the ordered rules that lead to them; the last rule takes the rest."""

    zones: tuple[Zone, ...]
    rules: tuple[ZoneRule, ...]
    claim_labels: Mapping[str, Label]


def read_overlaps(path: Path) -> Overlaps:
    """Read an overlap table.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault: unknown keys and claims, a pair that stands twice, a pair with
        itself, an order that leaves a claim out.
    """
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    pairs = tuple(_pair(row) for row in keys.rows("pair"))
    overlaps = Overlaps(
        pairs=pairs,
        order=_order(keys),
        cover=_cover(keys.subtable("cover", {})),
        authority=keys.text("authority"),
        frame=keys.text("frame", ""),
        rule_of=_rule_of(pairs, keys),
    )
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return overlaps


def read_scheme(path: Path) -> Scheme:
    """Read the zones and the rules that lead to them.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault: unknown keys, zones or claims, a zone or rule that stands twice, a
        last rule that does not take the rest.
    """
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


def cycles(overlaps: Overlaps) -> tuple[tuple[str, ...], ...]:
    """Return the sets of claims of which each gives way to another: none may exist.

    Every cycle of a pairwise relation in which two claims do not beat each other holds a
    set of claims without a survivor, so the smallest of those sets are looked for.
    """
    found: list[tuple[str, ...]] = []
    for size in range(2, len(STATUTORY_CLAIMS) + 1):
        for claims in combinations(STATUTORY_CLAIMS, size):
            if any(set(smaller) <= set(claims) for smaller in found):
                continue
            if all(_beaten(overlaps, claim, claims) for claim in claims):
                found.append(claims)
    return tuple(found)


def undecided_pairs(overlaps: Overlaps) -> tuple[tuple[str, str], ...]:
    """Return the pairs of statutory claims that the table does not name."""
    pairs = combinations(STATUTORY_CLAIMS, 2)
    return tuple(pair for pair in pairs if pair not in overlaps.rule_of)


def undecided_triples(overlaps: Overlaps) -> tuple[tuple[str, ...], ...]:
    """Return the triples that no pair decides: more than one claim survives, or none.

    Land cover and then the declared order settle them.
    """
    return tuple(
        claims
        for claims in combinations(STATUTORY_CLAIMS, 3)
        if sum(not _beaten(overlaps, claim, claims) for claim in claims) != 1
    )


def _beaten(overlaps: Overlaps, claim: str, among: Iterable[str]) -> bool:
    return any(overlaps.beaten_by(claim, other) for other in among if other != claim)


def _pair(keys: Keys) -> PairRule:
    rule = PairRule(
        key=keys.text("key"),
        regions=keys.text("regions", ""),
        a=_claims(keys, "a", STATUTORY_CLAIMS),
        b=_claims(keys, "b", STATUTORY_CLAIMS),
        winner=keys.choice("winner", ("a", "b", "both")),
        mode=keys.choice("mode", MODES),
        note=keys.label("note"),
        source=keys.text("source"),
        verified_by=keys.text("verified_by", ""),
        verified_on=keys.text("verified_on", ""),
    )
    keys.refuse_unknown()
    return rule


def _claims(
    keys: Keys, key: str, among: tuple[str, ...], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    claims = keys.texts(key, default)
    for claim in claims:
        if claim not in among:
            keys.fault(key, f"names {claim!r}", f"use claims of: {', '.join(among)}")
    return tuple(claim for claim in claims if claim in among)


def _rule_of(pairs: tuple[PairRule, ...], keys: Keys) -> dict[tuple[str, str], PairRule]:
    found: dict[tuple[str, str], PairRule] = {}
    for rule in pairs:
        for a in rule.a:
            for b in rule.b:
                if a == b:
                    keys.fault(f"pair {rule.key}", f"sets {a} against itself", "correct it")
                elif (a, b) in found:
                    what = f"decides {a} and {b}, as {found[a, b].key} does"
                    keys.fault(f"pair {rule.key}", what, "keep one of the two")
                found[a, b] = found[b, a] = rule
    return found


def _order(keys: Keys) -> tuple[str, ...]:
    order = _claims(keys, "order", STATUTORY_CLAIMS)
    if "order" in keys.table and sorted(order) != sorted(STATUTORY_CLAIMS):
        missing = ", ".join(claim for claim in STATUTORY_CLAIMS if claim not in order)
        fix = "name every statutory claim once"
        keys.fault("order", f"lacks {missing or 'nothing but repeats a claim'}", fix)
    return order


def _cover(keys: Keys) -> dict[str, tuple[str, ...]]:
    for claim in keys.table:
        if claim not in MEASURED_CLAIMS:
            keys.fault(claim, "is not a measured claim", f"use one of {', '.join(MEASURED_CLAIMS)}")
    return {claim: _claims(keys, claim, STATUTORY_CLAIMS) for claim in keys.table}


def _zone(keys: Keys) -> Zone:
    zone = Zone(
        key=keys.choice("key", ZONES), label=keys.label("name"), meaning=keys.label("meaning")
    )
    keys.refuse_unknown()
    return zone


def _rule(keys: Keys) -> ZoneRule:
    statutory = "winner" in keys.table
    rule = ZoneRule(
        key=keys.text("key"),
        zone=keys.choice("zone", ZONES),
        path=keys.choice("path", PATHS),
        winner=_claims(keys, "winner", STATUTORY_CLAIMS) if statutory else None,
        some=mask_of_claims(_claims(keys, "some", CLAIMS, ())),
        text=keys.label("text"),
        source=keys.text("source"),
    )
    keys.refuse_unknown()
    return rule


def _check_scheme(zones: tuple[Zone, ...], rules: tuple[ZoneRule, ...], keys: Keys) -> None:
    for kind, names in (("zone", [z.key for z in zones]), ("rule", [r.key for r in rules])):
        for name in sorted({name for name in names if names.count(name) > 1}):
            keys.fault(f"{kind} {name}", f"stands {names.count(name)} times", "keep one")
    for zone in sorted(set(ZONES) - {zone.key for zone in zones}):
        keys.fault("zone", f"lacks {zone}", "add it as [[zone]]")
    if not rules or rules[-1].winner is not None or rules[-1].some:
        keys.fault("rule", "does not end with a rule for the rest", "add one without conditions")
