"""Customisable contraction hierarchies: least costs over a street graph, arrays only.

`elimination_order` and `contract` look at the topology alone and are done once; `customise`
puts costs on it; `Search` and the functions of `answers` ask.
"""

from __future__ import annotations

from landuse.hierarchy.answers import (
    Weighing,
    matrix,
    nearest,
    nearest_of_all,
    sums_by_source,
    sums_by_target,
)
from landuse.hierarchy.contract import Hierarchy, contract, hierarchy_from_arrays
from landuse.hierarchy.customise import Costs, customise
from landuse.hierarchy.order import elimination_order, topology_key
from landuse.hierarchy.places import Direct, Places, at_nodes
from landuse.hierarchy.sweep import Search

__all__ = [
    "Costs",
    "Direct",
    "Hierarchy",
    "Places",
    "Search",
    "Weighing",
    "at_nodes",
    "contract",
    "customise",
    "elimination_order",
    "hierarchy_from_arrays",
    "matrix",
    "nearest",
    "nearest_of_all",
    "sums_by_source",
    "sums_by_target",
    "topology_key",
]
