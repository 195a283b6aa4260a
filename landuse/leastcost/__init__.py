"""Least cost over a raster: exact, from many sources at once, walls respected.

Moves go from cell centre to cell centre, to 8 or 16 neighbours. A move costs its length
times the mean friction of the cells on its way, which is the line integral of friction
along it: two cells, half each, for straight and diagonal moves, and four cells, a quarter
each, for knight's moves. scikit-image's `MCP_Geometric` (8) and GRASS `r.cost` (8 and 16)
price moves alike.

Neither of them knows walls. Here everything that stops a traveller is a *wall* between two
cells side by side: around every cell of infinite friction, and wherever the caller says. A
diagonal move needs one of its two ways round the corner open, a knight's move all three
steps of its own way. So nothing slips between two barrier cells that touch at a corner,
and nothing jumps over a barrier.

Two things may be added. *Slopes* multiply the time of a move by a factor of its own slope,
from cell centre to cell centre, so that uphill and downhill differ. *Links* join cells and
nodes of the caller's own, such as a road that lies over the land but is not of it.
"""

from __future__ import annotations

from landuse.leastcost.links import Links
from landuse.leastcost.moves import NEIGHBOURS, WALL_EAST, WALL_NORTH
from landuse.leastcost.search import Reach, least_cost
from landuse.leastcost.slopes import SLOPES, Slopes

__all__ = [
    "NEIGHBOURS",
    "SLOPES",
    "WALL_EAST",
    "WALL_NORTH",
    "Links",
    "Reach",
    "Slopes",
    "least_cost",
]
