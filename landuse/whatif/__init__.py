"""What if the rules were different: which land flips, and which stands whatever one argues.

import landuse as lu

found = lu.sensitivity(study)          # every change worth a look, one at a time
found.summary                          # which change moves how much land and how many people
lu.flips(study, lu.whatif.MoveRule(rule="built_up", places=-1))
"""

from __future__ import annotations

from landuse.whatif.changes import Change, DropRule, IgnoreClaim, MoveClaim, MoveRule, TurnPair
from landuse.whatif.families import (
    claim_ends,
    density_steps,
    one_at_a_time,
    order_swaps,
    pair_turns,
    rule_drops,
    rule_swaps,
)
from landuse.whatif.flips import OtherTables, Sensitivity, flips, sensitivity
from landuse.whatif.thresholds import LeastPatch, ScaleDensity

__all__ = [
    "Change",
    "DropRule",
    "IgnoreClaim",
    "LeastPatch",
    "MoveClaim",
    "MoveRule",
    "OtherTables",
    "ScaleDensity",
    "Sensitivity",
    "TurnPair",
    "claim_ends",
    "density_steps",
    "flips",
    "one_at_a_time",
    "order_swaps",
    "pair_turns",
    "rule_drops",
    "rule_swaps",
    "sensitivity",
]
