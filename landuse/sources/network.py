"""Streets: an edge layer or a GraphML file into plain tables of nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from landuse.errors import Fault, LayerError
from landuse.sources.columns import as_text
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from landuse.config import Layer
    from landuse.sources.report import Findings, Report

__all__ = ["graphml_edges", "read_streets"]

ONEWAY = {
    **dict.fromkeys(("true", "1", "yes"), 1),
    **dict.fromkeys(("false", "0", "no", ""), 0),
    **dict.fromkeys(("-1", "reverse"), -1),
}
"""What a column `oneway` may say (OpenStreetMap's words): along, both ways, against."""

SAME_NODE_M = 1.0
"""Ends that name the same node lie within this distance."""


def read_streets(layer: Layer, *, crs: str) -> tuple[pd.DataFrame, pd.DataFrame, Report]:
    """Read a street network as nodes and edges.

    Parameters
    ----------
    layer
        Of role `network`: lines with `u` and `v`, the nodes at their first and last point,
        and, if known, `kind` (OpenStreetMap's highway), `oneway`, `speed_kmh`; or a GraphML
        file of OSMnx, whose edges are each one direction.
    crs
        The city's projected system.

    Returns
    -------
    tuple
        Nodes: index `node_id` (text), `x` and `y` in metres. Edges: `u`, `v`, `kind` (empty
        where unknown), `oneway` (from u to v), `speed_kmh` (NaN where unknown) and `length_m`,
        measured along the line. And the report.

    Raises
    ------
    LayerError
        As `read`, and if a node stands at two places or a value of `oneway` is unknown.
    """
    from landuse.sources.gate import read  # noqa: PLC0415 - gate needs graphml_edges

    lines, report = read(layer, crs=crs)
    where = f"{layer.path.name} [{layer.key}]"
    edges = pd.DataFrame({"u": lines["u"].map(as_text), "v": lines["v"].map(as_text)})
    edges["kind"] = lines["kind"].map(as_text) if "kind" in lines else ""
    direction = _directions(lines, where)
    edges["oneway"] = direction != 0
    edges["speed_kmh"] = lines["speed_kmh"].astype(float) if "speed_kmh" in lines else np.nan
    edges["length_m"] = lines.length
    nodes = _nodes(lines, edges, where)
    against = direction == -1
    edges.loc[against, ["u", "v"]] = edges.loc[against, ["v", "u"]].to_numpy()
    return nodes, edges, report


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


def _nodes(lines: gpd.GeoDataFrame, edges: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return where each node lies: at the ends of the lines that name it."""
    shapes = np.asarray(lines.geometry)
    torn = shapely.get_num_geometries(shapes) > 1
    if torn.any():
        rows = rows_text(np.flatnonzero(torn) + 1)
        fix = "split it into one row for each part"
        raise LayerError(Fault(where=f"{where}: {rows}", what="is in several parts", fix=fix))
    shapes = shapely.get_geometry(shapes, 0)
    ends = [shapely.get_coordinates(shapely.get_point(shapes, place)) for place in (0, -1)]
    found = pd.DataFrame(np.vstack(ends), columns=["x", "y"])
    found.index = pd.Index(pd.concat([edges["u"], edges["v"]]), name="node_id")
    groups = found.groupby(level="node_id", sort=True)
    spread_m = (groups.max() - groups.min()).max(axis=1)
    split = spread_m.index[spread_m > SAME_NODE_M]
    if len(split):
        what = f"{len(split)} nodes stand at two places ({', '.join(split[:5])})"
        fix = "u must be the node at a line's first point and v that at its last"
        raise LayerError(Fault(where=where, what=what, fix=fix))
    return groups.first()


def graphml_edges(path: Path, findings: Findings) -> gpd.GeoDataFrame:
    """Read the edges of a GraphML file that OSMnx wrote, one row for each direction.

    Raises
    ------
    LayerError
        If it is not such a file.
    """
    import osmnx as ox  # noqa: PLC0415 - takes seconds to import; only GraphML needs it

    try:
        edges = ox.convert.graph_to_gdfs(ox.io.load_graphml(path), nodes=False)
    except (SyntaxError, KeyError, ValueError, TypeError) as error:
        # ElementTree's ParseError is a SyntaxError.
        findings.stop(f"is not a street graph of OSMnx: {error!r}", "save it with ox.save_graphml")
    edges = edges.reset_index().rename(columns={"highway": "kind", "speed_kph": "speed_kmh"})
    first = {name: edges[name].map(_first) for name in ("kind",) if name in edges}
    return edges.assign(oneway="yes", **first)


def _first(value: object) -> object:
    """Return one of several kinds that simplification has joined in a list."""
    return value[0] if isinstance(value, list) and value else value
