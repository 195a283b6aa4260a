"""Zoning: which claim decides, which zone that leads to, why, and how large the zones are."""

from __future__ import annotations

from landuse.zoning.areas import ALL, dissolve, zone_areas
from landuse.zoning.decide import Decision, Defeat, classify, decide
from landuse.zoning.explain import Explanation, explain

__all__ = [
    "ALL",
    "Decision",
    "Defeat",
    "Explanation",
    "classify",
    "decide",
    "dissolve",
    "explain",
    "zone_areas",
]
