"""Families of changes: every pair of neighbouring rules swapped, every rule dropped, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import CityError
from landuse.schema import MEASURED_CLAIMS, claims_of_mask, mask_of_claims
from landuse.whatif.changes import Change, DropRule, IgnoreClaim, MoveClaim, MoveRule, TurnPair
from landuse.whatif.thresholds import SETTLEMENT, ScaleDensity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from landuse.scheme import Overlaps, Scheme
    from landuse.study import Study

__all__ = [
    "claim_ends",
    "density_steps",
    "one_at_a_time",
    "order_swaps",
    "pair_turns",
    "rule_drops",
    "rule_swaps",
]

FACTORS = (0.5, 0.8, 1.25, 2.0)
"""Steps of a density: half to double."""


def rule_swaps(scheme: Scheme) -> tuple[MoveRule, ...]:
    """Return every swap of two neighbouring zone rules; the rule for the rest stays last."""
    return tuple(MoveRule(rule=rule.key, places=1) for rule in scheme.rules[:-2])


def rule_drops(scheme: Scheme) -> tuple[DropRule, ...]:
    """Return every zone rule dropped, except the one for the rest."""
    return tuple(DropRule(rule=rule.key) for rule in scheme.rules[:-1])


def order_swaps(overlaps: Overlaps) -> tuple[MoveClaim, ...]:
    """Return every swap of two neighbours in the declared order of legal claims."""
    return tuple(MoveClaim(claim=claim, places=1) for claim in overlaps.order[:-1])


def pair_turns(overlaps: Overlaps, scheme: Scheme) -> tuple[TurnPair, ...]:
    """Return every row of the overlap table turned: decided for the other, or a tie for either.

    Rows within one legal region stay, and so do those whose turning would lead in a circle.
    """
    turns = [
        TurnPair(pair=rule.key, winner=winner)
        for rule in overlaps.pairs
        if rule.mode != "inner"
        for winner in {"a": ("b",), "b": ("a",), "both": ("a", "b")}[rule.winner]
    ]
    return tuple(turn for turn in turns if _possible(turn, overlaps, scheme))


def _possible(turn: TurnPair, overlaps: Overlaps, scheme: Scheme) -> bool:
    try:
        turn.tables(overlaps, scheme)
    except CityError:
        return False
    return True


def density_steps(factors: Iterable[float] = FACTORS) -> tuple[ScaleDensity, ...]:
    """Return each density of settlement multiplied by some factors."""
    steps = tuple(factors)
    return tuple(ScaleDensity(claim=claim, factor=step) for claim in SETTLEMENT for step in steps)


def claim_ends(claims: Iterable[str]) -> tuple[IgnoreClaim, ...]:
    """Return each of some claims no longer believed."""
    return tuple(IgnoreClaim(claim=claim) for claim in claims)


def one_at_a_time(study: Study) -> tuple[Change, ...]:
    """Return the changes that are worth a look in a study, each to be made alone.

    All swaps of neighbouring rules and of neighbours in the declared order, every row of
    the overlap table turned, every density of settlement halved to doubled, every measured
    claim not believed. What speaks of claims that no face has is left out.
    """
    overlaps, scheme = study.rules.overlaps, study.rules.scheme
    here = set(claims_of_mask(int(np.bitwise_or.reduce(study.faces["mask"].to_numpy(np.int64)))))
    known = study.cells["population"].notna().any()
    dense = [step for step in density_steps() if step.claim in here] if known else []
    turns = [turn for turn in pair_turns(overlaps, scheme) if _meets(turn, overlaps, study)]
    order = [one for one in order_swaps(overlaps) if _both_here(one, overlaps.order, here)]
    measured = claim_ends(claim for claim in MEASURED_CLAIMS if claim in here)
    return (*rule_swaps(scheme), *order, *turns, *dense, *measured)


def _both_here(move: MoveClaim, order: Sequence[str], here: Collection[str]) -> bool:
    return move.claim in here and order[order.index(move.claim) + 1] in here


def _meets(turn: TurnPair, overlaps: Overlaps, study: Study) -> bool:
    """Tell whether any face has a claim of each side of a row."""
    rule = next(rule for rule in overlaps.pairs if rule.key == turn.pair)
    masks = study.faces["mask"].to_numpy(np.int64)
    both = (masks & mask_of_claims(rule.a) != 0) & (masks & mask_of_claims(rule.b) != 0)
    return bool(both.any())
