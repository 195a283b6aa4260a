"""Measures of access, from costs: one number for each origin.

The words are those of the R package `accessibility`: a *cost* is what a pair pays, a
*decay* turns it into a weight, *opportunities* are the supply in reach. Costs come as a long
table of pairs or, where that would be too long, as a `CostMatrix`. Every measure is a Series
named after itself, with the index of its subject; nothing given is changed.

A blank stays a blank: an origin whose costs are unknown is NaN in every measure, and
`with_reasons` says why. 0 means that the origin is known and nothing is in its reach.
"""

from __future__ import annotations

from landuse.access.border import border_flag, reach_border_flag
from landuse.access.bundles import bundle, bundle_shares
from landuse.access.capacity import limited_catchments, served_share
from landuse.access.catchments import (
    balanced_fca,
    spatial_availability,
    three_step_fca,
    two_step_fca,
)
from landuse.access.costs import BLANK, CostMatrix, compact, with_reasons
from landuse.access.measures import kth_cost, mean_cost, nearest_cost, opportunities
from landuse.access.rational import raam
from landuse.access.straight import straight_line

__all__ = [
    "BLANK",
    "CostMatrix",
    "balanced_fca",
    "border_flag",
    "bundle",
    "bundle_shares",
    "compact",
    "kth_cost",
    "limited_catchments",
    "mean_cost",
    "nearest_cost",
    "opportunities",
    "raam",
    "reach_border_flag",
    "served_share",
    "spatial_availability",
    "straight_line",
    "three_step_fca",
    "two_step_fca",
    "with_reasons",
]
