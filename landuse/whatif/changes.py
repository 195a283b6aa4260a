"""Single changes of the tables that decide: what a planner may argue with, one at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.schema import CLAIMS
from landuse.scheme import cycles
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from landuse.scheme import Overlaps, PairRule, Scheme
    from landuse.whatif.ground import Edit, Ground

__all__ = [
    "Change",
    "DropRule",
    "IgnoreClaim",
    "MoveClaim",
    "MoveRule",
    "TurnPair",
    "require_known",
]

WINNERS = ("a", "b", "both")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change; by itself it changes nothing."""

    @property
    def key(self) -> str:
        """Short name, the same for equal changes."""
        return "nothing"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        del scheme
        return Label(ja="変更なし", en="no change")

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the two tables of zoning with the change made.

        Raises
        ------
        CityError
            If the tables lack what the change names, or it cannot be made.
        """
        return overlaps, scheme

    def edits(self, ground: Ground) -> tuple[Edit, ...]:
        """Return which claims come or go, and where; the change may need no such."""
        del ground
        return ()


@dataclass(frozen=True, kw_only=True)
class MoveRule(Change):
    """A zone rule is tried earlier or later than now."""

    rule: str
    """Key of the rule in `zones.toml`."""
    places: int = 1
    """How many places down; below 0 it goes up. By 1: it changes places with the next."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"move_rule:{self.rule}:{self.places:+d}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        text = _rule_text(scheme, self.rule)
        down, n = self.places > 0, abs(self.places)
        return Label(
            ja=f"規則 {self.rule}（{text.ja}）を{n}つ{'後' if down else '前'}へ",
            en=f"rule {self.rule} ({text.en}) {n} place(s) {'later' if down else 'earlier'}",
        )

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the tables with the rule at its new place; the rule for the rest stays last."""
        keys = [rule.key for rule in scheme.rules]
        moved = _moved(keys, self.rule, self.places, last=len(keys) - 2, what="rule")
        by_key = {rule.key: rule for rule in scheme.rules}
        return overlaps, replace(scheme, rules=tuple(by_key[key] for key in moved))


@dataclass(frozen=True, kw_only=True)
class DropRule(Change):
    """A zone rule no longer stands."""

    rule: str
    """Key of the rule in `zones.toml`."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"drop_rule:{self.rule}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        text = _rule_text(scheme, self.rule)
        return Label(
            ja=f"規則 {self.rule}（{text.ja}）をなくす",
            en=f"rule {self.rule} ({text.en}) dropped",
        )

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the tables without the rule; the rule for the rest cannot go."""
        keys = [rule.key for rule in scheme.rules]
        _place(keys, self.rule, last=len(keys) - 2, what="rule")
        kept = tuple(rule for rule in scheme.rules if rule.key != self.rule)
        return overlaps, replace(scheme, rules=kept)


@dataclass(frozen=True, kw_only=True)
class MoveClaim(Change):
    """A legal claim comes earlier or later in the declared order that settles ties."""

    claim: str
    """Statutory claim, in `order` of `overlaps.toml`."""
    places: int = 1
    """How many places down; below 0 it goes up."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"move_claim:{self.claim}:{self.places:+d}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        name = _claim_name(scheme, self.claim)
        down, n = self.places > 0, abs(self.places)
        return Label(
            ja=f"両立のときの順で「{name.ja}」を{n}つ{'後' if down else '前'}へ",
            en=f"{name.en} {n} place(s) {'later' if down else 'earlier'} in the order for ties",
        )

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the tables with the claim at its new place."""
        order = overlaps.order
        moved = _moved(order, self.claim, self.places, last=len(order) - 1, what="claim")
        return replace(overlaps, order=tuple(moved)), scheme


@dataclass(frozen=True, kw_only=True)
class TurnPair(Change):
    """A row of the overlap table is decided otherwise."""

    pair: str
    """Key of the row in `overlaps.toml`."""
    winner: str
    """`a`, `b` or `both`."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"turn_pair:{self.pair}:{self.winner}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        del scheme
        return Label(
            ja=f"重複調整の表 {self.pair} を「{self.winner}」の勝ちに",
            en=f"row {self.pair} of the overlap table decided for {self.winner}",
        )

    def tables(self, overlaps: Overlaps, scheme: Scheme) -> tuple[Overlaps, Scheme]:
        """Return the tables with the row turned, unless rows then lead in a circle."""
        pairs = {rule.key: rule for rule in overlaps.pairs}
        require_known(self.pair, pairs, what="pair")
        require_known(self.winner, WINNERS, what="winner")
        turned = _with_pair(overlaps, pairs[self.pair], self.winner)
        if circles := cycles(turned):
            what = f"leads in a circle: {', '.join(circles[0])}"
            fix = "let one of them stand"
            raise CityError(Fault(where=f"overlaps: pair {self.pair}", what=what, fix=fix))
        return turned, scheme


def _with_pair(overlaps: Overlaps, old: PairRule, winner: str) -> Overlaps:
    mode = "tie" if winner == "both" else "first" if old.mode == "tie" else old.mode
    new = replace(old, winner=winner, mode=mode)
    return replace(
        overlaps,
        pairs=tuple(new if rule.key == old.key else rule for rule in overlaps.pairs),
        rule_of={
            claims: new if rule.key == old.key else rule
            for claims, rule in overlaps.rule_of.items()
        },
    )


@dataclass(frozen=True, kw_only=True)
class IgnoreClaim(Change):
    """A claim is not believed: the land is judged as if no layer had made it."""

    claim: str

    @property
    def key(self) -> str:
        """Short name."""
        return f"ignore_claim:{self.claim}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        name = _claim_name(scheme, self.claim)
        return Label(ja=f"「{name.ja}」がないとする", en=f"as if there were no {name.en}")

    def edits(self, ground: Ground) -> tuple[Edit, ...]:
        """Return the claim's end everywhere."""
        require_known(self.claim, CLAIMS, what="claim")
        return (ground.without(self.claim),)


def _rule_text(scheme: Scheme, key: str) -> Label:
    return next((rule.text for rule in scheme.rules if rule.key == key), Label(ja="", en=""))


def _claim_name(scheme: Scheme, claim: str) -> Label:
    return scheme.claim_labels.get(claim, Label(ja=claim, en=claim))


def _moved(keys: Sequence[str], key: str, places: int, *, last: int, what: str) -> list[str]:
    """Return the keys with one moved, as far as `last`."""
    old = _place(keys, key, last=last, what=what)
    new = old + places
    if not 0 <= new <= last:
        told = f"stands at place {old + 1} of {last + 1} and cannot move by {places:+d}"
        fix = f"move it by {-old:+d} to {last - old:+d}"
        raise CityError(Fault(where=f"{what} {key}", what=told, fix=fix))
    others = [one for one in keys if one != key]
    return [*others[:new], key, *others[new:]]


def _place(keys: Sequence[str], key: str, *, last: int, what: str) -> int:
    require_known(key, keys, what=what)
    if keys.index(key) > last:
        told = "takes the rest: it has to stand, and last"
        raise CityError(Fault(where=f"{what} {key}", what=told, fix="choose another one"))
    return keys.index(key)


def require_known(name: str, known: Collection[str], *, what: str) -> None:
    """Check that a change names something that there is.

    Raises
    ------
    CityError
        If not, with all that there is.
    """
    if name not in known:
        fix = f"use one of: {', '.join(known)}"
        raise CityError(Fault(where=f"change: {what}", what=f"names {name!r}", fix=fix))
