"""The street graph of one mode, made from lines, and places put on its edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from landuse.speeds import Speeds

    Floats = NDArray[np.float64]

__all__ = ["Network", "network_from_edges", "snap"]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Nodes, and a sparse matrix of the seconds between neighbours."""

    nodes: Floats
    """Metres of the city's system, shape (nodes, 2)."""
    graph: csr_array
    """`graph[i, j]` seconds from node i to node j; nothing stored where no edge leads."""
    edges: gpd.GeoDataFrame
    """Lines with `tail`, `head` (nodes), `ahead_s` and `back_s` (infinite when one-way)."""
    component: NDArray[np.int32]
    """For each node the part of the network that it hangs together with."""
    unit: str = "s"


def network_from_edges(edges: gpd.GeoDataFrame, *, speeds: Speeds, mode: str) -> Network:
    """Return the network of one mode.

    Parameters
    ----------
    edges
        Lines with `kind`, each from one junction to the next: lines that merely cross do
        not meet. Optional columns: `u` and `v` (ids of the end nodes; else ends with the
        same coordinates, to the centimetre, are one node), `speed_kmh` (overrides that of
        the kind), `length_km` (overrides that of the line), `oneway` (true: only in the
        line's direction).
    speeds, mode
        Speeds, and whose. Kinds that the mode does not list are left out.

    Raises
    ------
    CrsError
        If the edges are not metric.
    LayerError
        If there is no `kind`, a speed or length is not above 0, or no edge is left.
    """
    require_metric(edges, where="edges")
    require_columns(edges, ["kind"], where="edges")
    kmh = {kind: speed.kmh for kind, speed in speeds.of(mode).road.items() if speed.kmh > 0}
    usable = edges["kind"].isin(kmh) & ~(edges.geometry.isna() | edges.geometry.is_empty)
    lines = _whole_lines(edges[usable])
    seconds = _seconds(lines, lines["kind"].map(kmh).to_numpy(float))
    tail, head, nodes = _nodes(lines)
    oneway = (
        lines["oneway"].to_numpy(bool) if "oneway" in lines else np.zeros(len(lines), dtype=bool)
    )
    table = lines[["geometry"]].assign(
        tail=tail, head=head, ahead_s=seconds, back_s=np.where(oneway, np.inf, seconds)
    )
    graph = _graph(table, len(nodes))
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - half a second

    _, component = connected_components(graph, directed=True, connection="weak")
    return Network(nodes=nodes, graph=graph, edges=table, component=component)


def snap(network: Network, places: gpd.GeoSeries, *, within_m: float = np.inf) -> pd.DataFrame:
    """Return the nearest point of the network for each place, on an edge, not at a node.

    Parameters
    ----------
    network
        The network.
    places
        Points in the network's system, blank ones allowed.
    within_m
        Places farther than this from every edge are off the network.

    Returns
    -------
    pandas.DataFrame
        Index of `places`; `edge` (row of the network's edges, -1 off the network), `share`
        (0 at the tail to 1 at the head of the edge) and `snap_m` (NaN off the network).
    """
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    edge = np.full(len(places), -1)
    share, snap_m = np.full(len(places), np.nan), np.full(len(places), np.nan)
    given = np.flatnonzero(~(places.isna() | places.is_empty))
    if len(given):
        same_crs(places, network.edges, where="places and network")
        points = places.to_numpy()[given]
        (at, found), far_m = network.edges.sindex.nearest(
            points, return_all=False, return_distance=True
        )
        near = far_m <= within_m
        at, found, far_m = at[near], found[near], far_m[near]
        lines = network.edges.geometry.to_numpy()[found]
        share[given[at]] = shapely.line_locate_point(lines, points[at], normalized=True)
        edge[given[at]], snap_m[given[at]] = found, far_m
    return pd.DataFrame({"edge": edge, "share": share, "snap_m": snap_m}, index=places.index)


def _whole_lines(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return single lines with `length_m`, the stated one shared out among a line's parts."""
    drawn_m = edges.geometry.length.to_numpy()
    stated_m = np.full(len(edges), np.nan)
    if "length_km" in edges:
        stated_m = edges["length_km"].to_numpy(float) * 1000
    longer = np.divide(stated_m, drawn_m, out=np.ones(len(edges)), where=~np.isnan(stated_m))
    lines = edges.assign(longer=longer).explode(ignore_index=True)
    return lines.assign(length_m=lines.geometry.length * lines["longer"])


def _seconds(lines: gpd.GeoDataFrame, kmh: NDArray[Any]) -> Floats:
    """Return the seconds of each line by its own speed, where it states one."""
    length_m = lines["length_m"].to_numpy()
    if "speed_kmh" in lines:
        stated = lines["speed_kmh"].to_numpy(float)
        kmh = np.where(np.isnan(stated), kmh, stated)
    faults = [
        Fault(where=f"edges: {name}", what=f"{wrong.sum()} are not above 0", fix="correct them")
        for name, wrong in (("length", ~(length_m >= 0)), ("speed_kmh", ~(kmh > 0)))
        if wrong.any()
    ]
    if len(lines) == 0:
        what = "none is of a kind that the mode uses"
        faults.append(Fault(where="edges: kind", what=what, fix="add kinds to the speed file"))
    if faults:
        raise LayerError(faults)
    return np.asarray(length_m / kmh * 3.6, dtype=np.float64)


def _nodes(lines: gpd.GeoDataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return tail and head of each line, and where the nodes are."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    shapes = lines.geometry.to_numpy()
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(shapes, at)) for at in (0, -1)]
    )
    if {"u", "v"} <= set(lines.columns):
        names = pd.concat([lines["u"], lines["v"]], ignore_index=True)
    else:
        names = pd.Series(list(map(tuple, ends.round(2))))
    codes, uniques = pd.factorize(names)
    nodes = np.zeros((len(uniques), 2))
    nodes[codes[::-1]] = ends[::-1]  # where several differ the first is written last
    return codes[: len(lines)], codes[len(lines) :], nodes


def _graph(edges: gpd.GeoDataFrame, nodes: int) -> csr_array:
    """Return the seconds between neighbours; of parallel edges the quickest."""
    from scipy.sparse import coo_array, csr_array  # noqa: PLC0415 - half a second

    arcs = pd.DataFrame(
        {
            "row": np.concatenate([edges["tail"], edges["head"]]),
            "col": np.concatenate([edges["head"], edges["tail"]]),
            "seconds": np.concatenate([edges["ahead_s"], edges["back_s"]]),
        }
    )
    arcs = arcs[np.isfinite(arcs["seconds"]) & (arcs["row"] != arcs["col"])]
    arcs = arcs.groupby(["row", "col"], as_index=False)["seconds"].min()
    places = arcs["row"].to_numpy(), arcs["col"].to_numpy()
    return csr_array(coo_array((arcs["seconds"].to_numpy(), places), shape=(nodes, nodes)))
