"""Decide which of the claims on a face wins, and which zone that leads to.

Decisions are made once for every distinct set of claims, of which a city has a few
hundred, and not once for every face.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric
from landuse.schema import (
    STATUTORY_CLAIMS,
    Grade,
    claims_of_mask,
    mask_of_claims,
    require_columns,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from landuse.scheme import Overlaps, Scheme, ZoneRule

__all__ = ["Decision", "Defeat", "classify", "decide", "zone_of"]


@dataclass(frozen=True, kw_only=True)
class Defeat:
    """One claim that gave way to another."""

    loser: str
    winner: str
    rule: str
    """Key of the pair rule; `cover` or `order` where a tie was settled; `law` where what is
    on the ground gave way to a legal area, `rules` where an earlier zone rule held."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What one set of claims comes to."""

    mask: int
    zone: str
    rule: str
    """Key of the zone rule."""
    path: str
    """`statutory`, `measured` or `residual`."""
    survivor: str
    """The statutory claim that won over the others; empty where there is none."""
    winner: str
    """The claim that decided: the survivor, or on the measured path what is on the ground."""
    defeats: tuple[Defeat, ...]
    runner_up: str
    """First other zone that the face would be in without the claims that decided, taken
    away one after another; empty if no other claim leads anywhere."""


def decide(mask: int, overlaps: Overlaps, scheme: Scheme) -> Decision:
    """Decide one set of claims.

    Parameters
    ----------
    mask
        Bits of the claims, see `landuse.schema`.
    overlaps, scheme
        The two tables of zoning.
    """
    survivor, gave_way = _survivor(mask, overlaps)
    rule = _first_rule(mask, survivor, scheme)
    deciding = _deciding(rule, survivor, mask)
    others = set(claims_of_mask(mask)) - {*deciding} - {defeat.loser for defeat in gave_way}
    overruled = (
        Defeat(loser=claim, winner=deciding[0], rule="rules" if rule.path == "measured" else "law")
        for claim in claims_of_mask(mask_of_claims(others))
        if deciding and zone_of(mask_of_claims([claim]), overlaps, scheme) != rule.zone
    )
    return Decision(
        mask=mask,
        zone=rule.zone,
        rule=rule.key,
        path=rule.path,
        survivor=survivor,
        winner=deciding[0] if deciding else "",
        defeats=(*gave_way, *overruled),
        runner_up=_runner_up(mask, overlaps, scheme),
    )


def _first_rule(mask: int, survivor: str, scheme: Scheme) -> ZoneRule:
    return next(rule for rule in scheme.rules if rule.holds(survivor, mask))


def zone_of(mask: int, overlaps: Overlaps, scheme: Scheme) -> str:
    """Return the zone of one set of claims, as `decide` does with all that it says of it."""
    return _first_rule(mask, _survivor(mask, overlaps)[0], scheme).zone


def _runner_up(mask: int, overlaps: Overlaps, scheme: Scheme) -> str:
    zone = zone_of(mask, overlaps, scheme)
    while True:
        survivor, _ = _survivor(mask, overlaps)
        rule = _first_rule(mask, survivor, scheme)
        # What tipped a rule goes first: a town in a park, before the park.
        tipping = rule.some & mask or mask_of_claims([survivor] if survivor else [])
        if not tipping or rule.zone != zone:
            return rule.zone if tipping else ""
        mask &= ~tipping


def _deciding(rule: ZoneRule, survivor: str, mask: int) -> tuple[str, ...]:
    """Name the claims that decided, the legal one or those on the ground."""
    if rule.path == "statutory":
        return (survivor,)
    return claims_of_mask(rule.some & mask)


def _survivor(mask: int, overlaps: Overlaps) -> tuple[str, tuple[Defeat, ...]]:
    """Return the one statutory claim that is left, and who gave way to whom."""
    left, lost_to = overlaps.left_standing(claims_of_mask(mask))
    defeats = {
        loser: Defeat(loser=loser, winner=winner, rule=overlaps.rule_of[loser, winner].key)
        for loser, winner in lost_to.items()
    }
    if len(left) > 1:
        left, settled = _settled(left, mask, overlaps)
        defeats |= settled
    in_order = (defeats[claim] for claim in STATUTORY_CLAIMS if claim in defeats)
    return (left[0] if left else ""), tuple(in_order)


def _settled(
    tied: tuple[str, ...], mask: int, overlaps: Overlaps
) -> tuple[tuple[str, ...], dict[str, Defeat]]:
    """Settle a tie by what is on the ground, then by the declared order."""
    spoken_for = {
        claim
        for cover, claims in overlaps.cover.items()
        if mask & mask_of_claims([cover])
        for claim in claims
    }
    candidates = [claim for claim in tied if claim in spoken_for]
    by = "cover" if candidates else "order"
    winner = min(candidates or tied, key=overlaps.order.index)
    losers = (claim for claim in tied if claim != winner)
    return (winner,), {
        claim: Defeat(loser=claim, winner=winner, rule="order" if claim in candidates else by)
        for claim in losers
    }


def classify(
    faces: gpd.GeoDataFrame,
    overlaps: Overlaps,
    scheme: Scheme,
    *,
    grades: Mapping[str, Grade | str] | None = None,
) -> gpd.GeoDataFrame:
    """Give every face its zone.

    Parameters
    ----------
    faces
        The partition, with `mask`.
    overlaps, scheme
        The two tables of zoning.
    grades
        Claim -> worst grade of the layers that make it; `modelled` where left out.

    Returns
    -------
    geopandas.GeoDataFrame
        The faces with `zone`, `rule`, `path`, `winner`, `losers` (claims with `;` between),
        `runner_up`, `grade` and `area_km2`. A face is graded by the worst of its claims,
        because an absent claim decides as much as a present one.

    Raises
    ------
    CrsError
        If the faces are not metric.
    LayerError
        If there is no `mask`.
    """
    require_metric(faces, where="faces")
    require_columns(faces, ["mask"], where="faces")
    masks = faces["mask"].to_numpy()
    distinct, place = np.unique(masks, return_inverse=True)
    rows = [_row(decide(int(mask), overlaps, scheme), grades or {}) for mask in distinct]
    table = pd.DataFrame(rows).iloc[place].set_index(faces.index)
    return faces.assign(**table, area_km2=faces.geometry.area / 1e6)


def _row(decision: Decision, grades: Mapping[str, Grade | str]) -> dict[str, str]:
    held = [grades.get(claim, Grade.MODELLED) for claim in claims_of_mask(decision.mask)]
    return {
        "zone": decision.zone,
        "rule": decision.rule,
        "path": decision.path,
        "winner": decision.winner,
        "losers": ";".join(defeat.loser for defeat in decision.defeats),
        "runner_up": decision.runner_up,
        "grade": str(Grade.worst(held) if held else Grade.MODELLED),
    }
