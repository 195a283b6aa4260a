"""Streets: a network layer as the lines that `landuse.network` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from landuse.errors import Fault, LayerError
from landuse.sources.columns import as_text
from landuse.sources.gate import read
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.config import Layer
    from landuse.sources.report import Report

__all__ = ["read_streets"]

ONEWAY = {
    **dict.fromkeys(("true", "1", "yes"), 1),
    **dict.fromkeys(("false", "0", "no", ""), 0),
    **dict.fromkeys(("-1", "reverse"), -1),
}
"""What a column `oneway` may say (OpenStreetMap's words): along, both ways, against."""

SAME_NODE_M = 1.0
"""Ends that name the same node lie within this distance."""


def read_streets(
    layer: Layer, *, crs: str, area: gpd.GeoDataFrame | None = None, margin_m: float = 0.0
) -> tuple[gpd.GeoDataFrame, Report]:
    """Read a street network as lines, each from one junction to the next.

    Parameters
    ----------
    layer
        Of role `network`: lines with `kind` and, if known, `u` and `v` (ids of the nodes at
        their first and last point), `oneway`, `speed_kmh`, `length_km`; or a GraphML file of
        OSMnx, whose edges are each one direction.
    crs
        The city's projected system.
    area, margin_m
        As for `read`: a large file is read no further than that.

    Returns
    -------
    tuple
        The lines, ready for `network.network_from_edges`: `oneway` is true where they may be
        used in their own direction only, `u` and `v` are texts. And the report.

    Raises
    ------
    LayerError
        As `read`, and if a value of `oneway` is unknown, or a node stands at two places.
    """
    lines, report = read(layer, crs=crs, area=area, margin_m=margin_m)
    where = f"{layer.path.name} [{layer.key}]"
    direction = _directions(lines, where)
    if {"u", "v"} <= set(lines.columns):
        lines = lines.assign(u=lines["u"].map(as_text), v=lines["v"].map(as_text))
        _check_nodes(lines, where)
    return _turned(lines.assign(oneway=direction != 0), direction == -1), report


def _directions(lines: gpd.GeoDataFrame, where: str) -> pd.Series:
    if "oneway" not in lines:
        return pd.Series(0, index=lines.index)
    texts = lines["oneway"].map(as_text).str.strip().str.lower()
    found = texts.map(ONEWAY)
    if found.isna().any():
        what = f"is {', '.join(sorted(set(texts[found.isna()]))[:5])}"
        place = f"{where}: {rows_text(lines.index[found.isna()] + 1)}: column oneway"
        raise LayerError(Fault(where=place, what=what, fix=f"use one of {', '.join(ONEWAY)}"))
    return found


def _turned(lines: gpd.GeoDataFrame, against: pd.Series) -> gpd.GeoDataFrame:
    """Turn the lines that may only be used against their direction."""
    shapes = np.asarray(lines.geometry).copy()
    shapes[against] = shapely.reverse(shapes[against])
    turned = lines.set_geometry(shapes, crs=lines.crs)
    if {"u", "v"} <= set(lines.columns):
        ends = {
            "u": lines["u"].where(~against, lines["v"]),
            "v": lines["v"].where(~against, lines["u"]),
        }
        turned = turned.assign(**ends)
    return turned


def _check_nodes(lines: gpd.GeoDataFrame, where: str) -> None:
    """Refuse lines in several parts and nodes that their lines put at different places."""
    shapes = np.asarray(lines.geometry)
    torn = shapely.get_num_geometries(shapes) > 1
    if torn.any():
        rows = rows_text(np.flatnonzero(torn) + 1)
        fix = "split it into one row for each part"
        raise LayerError(Fault(where=f"{where}: {rows}", what="is in several parts", fix=fix))
    shapes = shapely.get_geometry(shapes, 0)
    ends = [shapely.get_coordinates(shapely.get_point(shapes, place)) for place in (0, -1)]
    nodes = pd.concat([lines["u"], lines["v"]])
    groups = pd.DataFrame(np.vstack(ends)).groupby(nodes.to_numpy())
    spread_m = (groups.max() - groups.min()).max(axis=1)
    split = [str(node) for node in spread_m.index[spread_m > SAME_NODE_M]]
    if split:
        what = f"{len(split)} nodes stand at two places ({', '.join(split[:5])})"
        fix = "u must be the node at a line's first point and v that at its last"
        raise LayerError(Fault(where=where, what=what, fix=fix))
