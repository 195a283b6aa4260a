"""Travel over streets: a graph of seconds, places on its edges, and costs between places."""

from __future__ import annotations

from landuse.network.graph import Network, network_from_edges, repriced, seconds_at
from landuse.network.isochrones import isochrones
from landuse.network.measures import cost_matrix, nearest_k, opportunities, people_within
from landuse.network.placing import LEG, Placed, put_on_streets
from landuse.network.prepared import Prepared, key_of, made_ready, prepare
from landuse.network.snapping import Snapping, snap
from landuse.network.travel import nearest, travel_costs
from landuse.network.turns import TURNS, Turns, turns_of

__all__ = [
    "LEG",
    "TURNS",
    "Network",
    "Placed",
    "Prepared",
    "Snapping",
    "Turns",
    "cost_matrix",
    "isochrones",
    "key_of",
    "made_ready",
    "nearest",
    "nearest_k",
    "network_from_edges",
    "opportunities",
    "people_within",
    "prepare",
    "put_on_streets",
    "repriced",
    "seconds_at",
    "snap",
    "travel_costs",
    "turns_of",
]
