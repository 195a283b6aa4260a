"""Travel over streets: a graph of seconds, places on its edges, and costs between places."""

from __future__ import annotations

from landuse.network.graph import Network, network_from_edges, snap
from landuse.network.travel import nearest, travel_costs

__all__ = ["Network", "nearest", "network_from_edges", "snap", "travel_costs"]
