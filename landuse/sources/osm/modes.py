"""The streets that one mode may use, in the directions in which it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.schema import require_columns
from landuse.sources.osm.lines import reversed_where
from landuse.sources.osm.tags import read_tags

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["streets_of_mode"]

NEEDED = ("kind", "u", "v", "speed_kmh", "ferry", "signals_u", "signals_v", "closed_u", "closed_v")


def streets_of_mode(edges: gpd.GeoDataFrame, mode: str) -> gpd.GeoDataFrame:
    """Return the streets of one mode, as `network.network_from_edges` takes them.

    Parameters
    ----------
    edges
        Of `open_osm_streets`, in any system, also after `read_streets`.
    mode
        `walk`, `walk_elderly`, `wheelchair`, `bike` or `drive`, as in `presets/osm.toml`.

    Returns
    -------
    geopandas.GeoDataFrame
        The streets that the mode may enter, turned where it may only go against the line;
        `oneway` is the mode's own. An end at a barrier that stops the mode gets a node of its
        own (`…|…`), so that no way leads through. `speed_kmh` stays where it is the mode's:
        for cars, and on ferries.

    Raises
    ------
    LayerError
        If the mode is unknown or a column is missing.
    """
    modes = read_tags().modes
    if mode not in modes:
        what = f"is {mode!r}, which has no rules for OpenStreetMap"
        raise LayerError(Fault(where="mode", what=what, fix=f"use one of: {', '.join(modes)}"))
    rules = modes[mode]
    may = f"access_{rules.access}"
    require_columns(edges, [may, rules.oneway, *NEEDED, *rules.leave_out], where="edges")
    kept = edges[may].to_numpy(dtype=np.bool_, copy=True)
    for column, values in rules.leave_out.items():
        kept &= ~edges[column].isin(values).to_numpy()
    streets = edges[kept]
    direction = streets[rules.oneway].astype("int64")
    streets = reversed_where(streets, (direction == -1).to_numpy())
    own_speed = streets["ferry"].to_numpy(dtype=np.bool_) | rules.limit
    return streets.assign(
        oneway=(direction != 0).to_numpy(),
        u=_barred(streets["u"], streets["closed_u"], rules.closed_by, "u"),
        v=_barred(streets["v"], streets["closed_v"], rules.closed_by, "v"),
        speed_kmh=streets["speed_kmh"].where(own_speed),
    )


def _barred(nodes: pd.Series, closed: pd.Series, who: str, end: str) -> pd.Series:
    """Give ends at a barrier a node of their own, named by node, row and end."""
    stops: NDArray[np.bool_] = (" " + closed + " ").str.contains(f" {who} ", regex=False).to_numpy()
    own = nodes + "|" + nodes.index.astype("str") + end
    return nodes.where(~stops, own)
