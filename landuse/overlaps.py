"""Who gives way to whom where legal regions overlap.

`overlaps.toml` holds pairwise rules between sub-zones of the five legal regions. They are
not an order: farmland beats forest, forest beats other farming, protection forest beats
everything urban.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.schema import MEASURED_CLAIMS, STATUTORY_CLAIMS
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "Overlaps",
    "PairRule",
    "claims_in",
    "cycles",
    "read_overlaps",
    "shipped",
    "undecided_pairs",
    "undecided_triples",
]

MODES = ("first", "principle", "adjust", "tie", "inner")


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
    silent: Mapping[frozenset[str], Label]
    """Pairs on which the table knows that it says nothing -> what is known of them."""
    authority: str
    """The plan in force, with which every row is to be compared."""
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

    def left_standing(self, claims: Collection[str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return the statutory claims that give way to none, and who gave way to whom.

        A claim that has itself given way no longer displaces others: what stands is what
        nothing standing beats (the grounded extension of Dung 1995, unique as long as
        the table has no cycle; the claims of a cycle all stay standing).
        """
        waiting = [claim for claim in STATUTORY_CLAIMS if claim in claims]
        standing: list[str] = []
        lost_to: dict[str, str] = {}
        while safe := [claim for claim in waiting if not _beaten(self, claim, waiting)]:
            standing += safe
            for winner in reversed(safe):
                lost_to |= {loser: winner for loser in waiting if self.beaten_by(loser, winner)}
            waiting = [claim for claim in waiting if claim not in {*safe, *lost_to}]
        left = {*standing, *waiting}
        return tuple(claim for claim in STATUTORY_CLAIMS if claim in left), lost_to


def read_overlaps(path: Path | None = None) -> Overlaps:
    """Read an overlap table; without a path the one that ships with the package.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        With every fault: unknown keys and claims, a pair that stands twice, a pair that is
        neither decided nor listed as silent, a winner of a tie, a cycle, an order that
        leaves a claim out.
    """
    path = path or shipped("overlaps.toml")
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    pairs = tuple(_pair(row) for row in keys.rows("pair"))
    overlaps = Overlaps(
        pairs=pairs,
        order=_order(keys),
        cover=_cover(keys.subtable("cover", {})),
        silent=_silent(keys),
        authority=keys.text("authority"),
        frame=keys.text("frame", ""),
        rule_of=_rule_of(pairs, keys),
    )
    keys.refuse_unknown()
    _check_overlaps(overlaps, keys)
    if faults:
        raise CityError(faults)
    return overlaps


def cycles(overlaps: Overlaps) -> tuple[tuple[str, ...], ...]:
    """Return the smallest sets of claims of which each gives way to another: none may exist."""
    found: list[tuple[str, ...]] = []
    for size in range(2, len(STATUTORY_CLAIMS) + 1):
        for claims in combinations(STATUTORY_CLAIMS, size):
            if any(set(smaller) <= set(claims) for smaller in found):
                continue
            if all(_beaten(overlaps, claim, claims) for claim in claims):
                found.append(claims)
    return tuple(found)


def undecided_pairs(overlaps: Overlaps) -> tuple[tuple[str, ...], ...]:
    """Return the pairs of statutory claims that the table leaves open: ties and silence."""
    return _undecided(overlaps, 2)


def undecided_triples(overlaps: Overlaps) -> tuple[tuple[str, ...], ...]:
    """Return the triples over three regions of which more than one claim is left standing.

    What is on the ground and then the declared order settle them.
    """
    return _undecided(overlaps, 3)


def _undecided(overlaps: Overlaps, size: int) -> tuple[tuple[str, ...], ...]:
    inner = {pair for pair, rule in overlaps.rule_of.items() if rule.mode == "inner"}
    return tuple(
        claims
        for claims in combinations(STATUTORY_CLAIMS, size)
        if inner.isdisjoint(combinations(claims, 2)) and len(overlaps.left_standing(claims)[0]) > 1
    )


def _beaten(overlaps: Overlaps, claim: str, among: Collection[str]) -> bool:
    return any(overlaps.beaten_by(claim, other) for other in among)


def shipped(name: str) -> Path:
    """Return the path of a table that ships with the package."""
    return Path(str(resources.files("landuse") / "presets" / name))


def claims_in(
    keys: Keys, key: str, among: tuple[str, ...], default: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """Return the claims that a list names; a fault for each that is not among the known."""
    claims = keys.texts(key, default)
    for claim in claims:
        if claim not in among:
            keys.fault(key, f"names {claim!r}", f"use claims of: {', '.join(among)}")
    return tuple(claim for claim in claims if claim in among)


def _pair(keys: Keys) -> PairRule:
    rule = PairRule(
        key=keys.text("key"),
        regions=keys.text("regions", ""),
        a=claims_in(keys, "a", STATUTORY_CLAIMS),
        b=claims_in(keys, "b", STATUTORY_CLAIMS),
        winner=keys.choice("winner", ("a", "b", "both")),
        mode=keys.choice("mode", MODES),
        note=keys.label("note"),
        source=keys.text("source"),
        verified_by=keys.text("verified_by", ""),
        verified_on=keys.text("verified_on", ""),
    )
    if (rule.winner == "both") != (rule.mode == "tie"):
        keys.fault("mode", f"is {rule.mode!r} where the winner is {rule.winner}", "tie means both")
    keys.refuse_unknown()
    return rule


def _rule_of(pairs: tuple[PairRule, ...], keys: Keys) -> dict[tuple[str, str], PairRule]:
    found: dict[tuple[str, str], PairRule] = {}
    for rule in pairs:
        for a, b in product(rule.a, rule.b):
            if a == b:
                keys.fault(f"pair {rule.key}", f"sets {a} against itself", "correct it")
            elif (a, b) in found:
                what = f"decides {a} and {b}, as {found[a, b].key} does"
                keys.fault(f"pair {rule.key}", what, "keep one of the two")
            found[a, b] = found[b, a] = rule
    return found


def _silent(keys: Keys) -> dict[frozenset[str], Label]:
    silent: dict[frozenset[str], Label] = {}
    for row in keys.rows("silent"):
        a, b = claims_in(row, "a", STATUTORY_CLAIMS), claims_in(row, "b", STATUTORY_CLAIMS)
        silent |= dict.fromkeys((frozenset(pair) for pair in product(a, b)), row.label("note"))
        row.refuse_unknown()
    return silent


def _check_overlaps(overlaps: Overlaps, keys: Keys) -> None:
    for a, b in combinations(STATUTORY_CLAIMS, 2):
        is_silent = frozenset((a, b)) in overlaps.silent
        if ((a, b) in overlaps.rule_of) == is_silent:
            what = f"{'both decides and leaves open' if is_silent else 'leaves out'} {a} and {b}"
            keys.fault("pair", what, "put it under [[pair]] or [[silent]]")
    for cycle in cycles(overlaps):
        keys.fault("pair", f"leads in a circle: {', '.join(cycle)}", "let one of them stand")


def _order(keys: Keys) -> tuple[str, ...]:
    order = claims_in(keys, "order", STATUTORY_CLAIMS)
    if "order" in keys.table and sorted(order) != sorted(STATUTORY_CLAIMS):
        missing = ", ".join(claim for claim in STATUTORY_CLAIMS if claim not in order)
        fix = "name every statutory claim once"
        keys.fault("order", f"lacks {missing or 'nothing but repeats a claim'}", fix)
    return order


def _cover(keys: Keys) -> dict[str, tuple[str, ...]]:
    for claim in keys.table:
        if claim not in MEASURED_CLAIMS:
            keys.fault(claim, "is not a measured claim", f"use one of {', '.join(MEASURED_CLAIMS)}")
    return {claim: claims_in(keys, claim, STATUTORY_CLAIMS) for claim in keys.table}
