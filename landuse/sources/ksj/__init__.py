"""国土数値情報 (KSJ): zip files, folders, shapefiles, GeoJSON and GML of the catalogue.

`open_ksj` is the reader behind the gate; `read_ksj` is for notebooks.
"""

from __future__ import annotations

from landuse.sources.ksj.depth import depth_range_m
from landuse.sources.ksj.notebook import read_ksj
from landuse.sources.ksj.opening import open_ksj

__all__ = ["depth_range_m", "open_ksj", "read_ksj"]
