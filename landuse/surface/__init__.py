"""Travel over land where no street graph is at hand: friction surfaces and least cost."""

from __future__ import annotations

from landuse.leastcost import Reach
from landuse.surface.build import Surface, build_surface
from landuse.surface.travel import nearest_on_surface, reach

__all__ = ["Reach", "Surface", "build_surface", "nearest_on_surface", "reach"]
