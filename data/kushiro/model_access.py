"""Access roads: how one comes to a place that no trunk road passes.

The packages hold trunk roads only. Without more, the last kilometres to the airport would be
walked through the wood. RULE: from every facility with a position that lies more than `FAR_M`
from a trunk road and outside built-up land that one reaches, a street runs straight to the
nearest trunk road.
Modelled: that there is a road is certain, its line is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely
from layerfile import METRIC, read, rounded, write

if TYPE_CHECKING:
    from pathlib import Path

    from packages import Packages

__all__ = ["FAR_M", "build"]

FAR_M = 150.0
"""A cell and a half: nearer places share a cell with the road or touch one that does."""
CITY_MARGIN_M = 1_000.0


def build(layers: Path, _packages: Packages) -> None:
    """Write `access_roads.parquet` into a folder that holds facilities, roads and claims."""
    table = pd.read_csv(layers / "facilities.csv", usecols=["lon", "lat"]).dropna()
    points = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)
    places = points.drop_duplicates().to_crs(METRIC)
    roads = read(layers, "roads").to_crs(METRIC).union_all()
    settled = read(layers, "claims_settlement").to_crs(METRIC)
    parts = settled[settled["claim"] == "built_up"].explode()
    built_up = parts[parts.distance(roads) <= FAR_M].union_all()
    city = read(layers, "boundary").to_crs(METRIC).union_all().buffer(CITY_MARGIN_M)
    lonely = places[
        places.within(city) & (places.distance(roads) > FAR_M) & ~places.intersects(built_up)
    ]
    lines = shapely.shortest_line(lonely.to_numpy(), roads)
    streets = gpd.GeoDataFrame({"kind": "street"}, geometry=lines, index=lonely.index, crs=METRIC)
    streets.insert(0, "road_id", [f"a{place:04d}" for place in range(1, len(streets) + 1)])
    write(rounded(streets), layers / "access_roads.parquet")
