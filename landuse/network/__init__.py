"""Travel over streets: a graph of seconds, places on its edges, and costs between places."""

from __future__ import annotations

from landuse.network.graph import Network, network_from_edges, repriced
from landuse.network.isochrones import isochrones
from landuse.network.measures import cost_matrix, nearest_k, opportunities, people_within
from landuse.network.prepared import Prepared, key_of, prepare
from landuse.network.snapping import Snapping, snap
from landuse.network.travel import nearest, travel_costs
from landuse.network.turns import TURNS, Turns, turns_of

__all__ = [
    "TURNS",
    "Network",
    "Prepared",
    "Snapping",
    "Turns",
    "cost_matrix",
    "isochrones",
    "key_of",
    "nearest",
    "nearest_k",
    "network_from_edges",
    "opportunities",
    "people_within",
    "prepare",
    "repriced",
    "snap",
    "travel_costs",
    "turns_of",
]
