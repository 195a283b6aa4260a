"""How far cells and facilities lie from their streets, and which have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landuse.network import put_on_streets
from landuse.network.snapping import WHY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landuse.network import Placed
    from landuse.ways import Ways

__all__ = ["COLUMNS", "distances", "street_distances"]

REFUSED = ("off_network", "island", "outside_data")
"""Why a place has no street: too far, on streets that lead nowhere, without coordinates."""

COLUMNS = ("mode", "places", "count", "median_m", "p95_m", "max_m", *REFUSED)


def street_distances(ways: Mapping[str, Ways], offered: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return how far cells and facilities lie from the streets of each mode.

    Parameters
    ----------
    ways
        From `landuse.ways.build_ways`; only those with streets are told.
    offered
        Facilities by service; each counts once.

    Returns
    -------
    pandas.DataFrame
        `mode`, `places` (`cells` or `facilities`), `count`, `median_m`, `p95_m` and `max_m`
        (of those with a street; NaN where there is none), and how many were refused for each
        reason: `off_network`, `island` and `outside_data` (without coordinates). Empty
        without streets.
    """
    first = offered.drop_duplicates("facility_id")
    places = gpd.GeoSeries(first.geometry.to_numpy(), first["facility_id"], crs=offered.crs)
    rows = []
    for mode, way in ways.items():
        if way.network is None or way.homes is None or way.rides is not None:
            continue
        facilities = put_on_streets(way.network, places)
        for name, placed in (("cells", way.homes), ("facilities", facilities)):
            rows.append({"mode": mode, "places": name} | distances(placed))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def distances(placed: Placed) -> dict[str, Any]:
    """Return metres to the street and refusals of some places, as `street_distances` does."""
    far_m = placed.snap_m[placed.edge >= 0]
    median, p95, most = (
        np.quantile(far_m, (0.5, 0.95, 1.0)) if len(far_m) else np.full(3, np.nan)
    ).round(1)
    refused = {why: int((placed.why == WHY.index(why)).sum()) for why in REFUSED}
    return {"count": len(placed), "median_m": median, "p95_m": p95, "max_m": most} | refused
