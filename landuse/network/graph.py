"""The street graph of one mode, made from lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.network.paces import paces
from landuse.network.segments import Lines, index_lines
from landuse.network.turns import Turns, turns_of
from landuse.schema import require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from landuse.speeds import Speeds

    Floats = NDArray[np.float64]

__all__ = ["Network", "arcs", "network_from_edges", "repriced", "seconds_at"]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Nodes, and a sparse matrix of the seconds between neighbours."""

    nodes: Floats
    """Metres of the city's system, shape (nodes, 2)."""
    graph: csr_array
    """`graph[i, j]` seconds from node i to node j; nothing stored where no edge leads."""
    edges: gpd.GeoDataFrame
    """Lines with `tail`, `head` (nodes), `ahead_s` and `back_s` (infinite where closed), and
    what these come from: `kind`, `length_m`, `stated_kmh` (NaN where not said) and `light_s`
    (seconds at traffic lights between the ends)."""
    component: NDArray[np.int32]
    """For each node the part of the network that it hangs together with."""
    strong: NDArray[np.int32]
    """For each node the part within which all can go to all others and come back."""
    wait_s: Floats
    """Seconds that passing each node costs; paid by whoever arrives there."""
    lines: Lines
    """The edges made ready for finding the nearest."""
    unit: str = "s"


def network_from_edges(
    edges: gpd.GeoDataFrame, *, speeds: Speeds, mode: str, turns: Turns | None = None
) -> Network:
    """Return the network of one mode.

    Parameters
    ----------
    edges
        Lines with `kind`, each from one junction to the next: lines that merely cross do
        not meet. Optional columns: `u` and `v` (ids of the end nodes; else ends with the
        same coordinates, to the centimetre, are one node), `speed_kmh` (overrides that of
        the kind), `length_km` (overrides that of the line), `oneway` (true: only in the
        line's direction), `signals_u` and `signals_v` (traffic lights at the ends),
        `signals_between` (how many within).
    speeds, mode
        Speeds, and whose. Kinds that the mode does not list are left out.
    turns
        What junctions cost; those of the mode in `TURNS` if not given.

    Raises
    ------
    CrsError
        If the edges are not metric.
    LayerError
        If there is no `kind`, a speed or length is not above 0, or no edge is left.
    """
    require_metric(edges, where="edges")
    require_columns(edges, ["kind"], where="edges")
    kinds = [kind for kind, speed in speeds.of(mode).road.items() if speed.kmh > 0]
    usable = edges["kind"].isin(kinds) & ~(edges.geometry.isna() | edges.geometry.is_empty)
    lines = _whole_lines(edges[usable])
    _check_lines(lines)
    signal_s = (turns or turns_of(mode)).signal_s
    tail, head, nodes = _nodes(lines)
    wait_s = _waits(lines, tail, head, nodes=len(nodes), signal_s=signal_s)
    between = np.nan_to_num(_numbers(lines, "signals_between", 0.0))
    table = lines[["geometry", "kind", "length_m"]].assign(
        stated_kmh=_numbers(lines, "speed_kmh", np.nan),
        light_s=signal_s * between,
        tail=tail,
        head=head,
    )
    seconds = paces(table, wait_s, speeds=speeds, mode=mode)
    oneway = lines["oneway"].to_numpy(bool) if "oneway" in lines else np.zeros(len(lines), bool)
    table = table.assign(ahead_s=seconds, back_s=np.where(oneway, np.inf, seconds))
    return _network(nodes, table, wait_s, index_lines(table.geometry.to_numpy()))


def repriced(network: Network, *, ahead_s: Floats, back_s: Floats) -> Network:
    """Return the network with other seconds on its edges: winter, a closure, a new limit.

    Parameters
    ----------
    network
        The network; it stays as it is, and so does its topology.
    ahead_s, back_s
        Seconds of each edge in its direction and against it; infinite where closed.

    Raises
    ------
    LayerError
        If the numbers differ from the edges, or one is negative or blank.
    """
    for name, seconds in (("ahead_s", ahead_s), ("back_s", back_s)):
        if len(seconds) != len(network.edges) or not (np.asarray(seconds) >= 0).all():
            what = f"{len(seconds)} for {len(network.edges)} edges, or some below 0 or blank"
            raise LayerError(Fault(where=name, what=what, fix="give seconds for every edge"))
    table = network.edges.assign(ahead_s=ahead_s, back_s=back_s)
    return _network(network.nodes, table, network.wait_s, network.lines)


def seconds_at(network: Network, *, speeds: Speeds, mode: str) -> tuple[Floats, Floats]:
    """Return what the edges cost at other speeds, in their direction and against it.

    For `repriced`: the network of winter is that of summer at other prices, in which no
    place has to look for its street again.

    Parameters
    ----------
    network
        Of the same mode.
    speeds, mode
        Speeds, and whose.

    Returns
    -------
    tuple
        Seconds, as `network_from_edges` makes them; infinite where the edge was closed, or
        where its kind has no speed now.
    """
    seconds = paces(network.edges, network.wait_s, speeds=speeds, mode=mode)
    ahead, back = (
        np.where(np.isinf(network.edges[name].to_numpy()), np.inf, seconds)
        for name in ("ahead_s", "back_s")
    )
    return ahead, back


def arcs(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Return tail, head and seconds of every edge in its direction, then against it.

    The arcs stay the same whatever the edges cost, closed ones cost infinitely much.
    """
    edges = network.edges
    tail, head = edges["tail"].to_numpy(np.int64), edges["head"].to_numpy(np.int64)
    seconds = np.concatenate(
        [
            edges["ahead_s"].to_numpy() + network.wait_s[head],
            edges["back_s"].to_numpy() + network.wait_s[tail],
        ]
    )
    return np.concatenate([tail, head]), np.concatenate([head, tail]), seconds


def _network(nodes: Floats, edges: gpd.GeoDataFrame, wait_s: Floats, lines: Lines) -> Network:
    """Return the network of edges with their seconds."""
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - half a second

    graph = _graph(edges, wait_s)
    parts = {
        kind: connected_components(graph, directed=True, connection=kind)[1]
        for kind in ("weak", "strong")
    }
    return Network(
        nodes=nodes,
        graph=graph,
        edges=edges,
        component=parts["weak"],
        strong=parts["strong"],
        wait_s=wait_s,
        lines=lines,
    )


def _whole_lines(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return single lines with `length_m`, the stated one shared out among a line's parts."""
    drawn_m = edges.geometry.length.to_numpy()
    stated_m = np.full(len(edges), np.nan)
    if "length_km" in edges:
        stated_m = edges["length_km"].to_numpy(float) * 1000
    longer = np.divide(stated_m, drawn_m, out=np.ones(len(edges)), where=~np.isnan(stated_m))
    lines = edges.assign(longer=longer).explode(ignore_index=True)
    return lines.assign(length_m=lines.geometry.length * lines["longer"])


def _waits(
    lines: gpd.GeoDataFrame,
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    *,
    nodes: int,
    signal_s: float,
) -> Floats:
    """Return the seconds at each node: those of a light, where a line has one at that end."""
    wait_s = np.zeros(nodes)
    for end, name in ((tail, "signals_u"), (head, "signals_v")):
        if name in lines:
            wait_s[end[lines[name].astype("boolean").fillna(value=False).to_numpy(bool)]] = signal_s
    return wait_s


def _numbers(lines: gpd.GeoDataFrame, name: str, instead: float) -> Floats:
    """Return a column that lines need not have."""
    if name not in lines:
        return np.full(len(lines), instead)
    numbers: Floats = lines[name].to_numpy(float)
    return numbers


def _check_lines(lines: gpd.GeoDataFrame) -> None:
    """Refuse lines without a length or speed, and none at all."""
    kmh, length_m = _numbers(lines, "speed_kmh", np.nan), lines["length_m"].to_numpy()
    faults = [
        Fault(where=f"edges: {name}", what=f"{wrong.sum()} are not above 0", fix="correct them")
        for name, wrong in (("length", ~(length_m >= 0)), ("speed_kmh", kmh <= 0))
        if wrong.any()
    ]
    if len(lines) == 0:
        what = "none is of a kind that the mode uses"
        faults.append(Fault(where="edges: kind", what=what, fix="add kinds to the speed file"))
    if faults:
        raise LayerError(faults)


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


def _graph(edges: gpd.GeoDataFrame, wait_s: Floats) -> csr_array:
    """Return the seconds between neighbours; of parallel edges the quickest."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - half a second

    row, col = (
        np.concatenate([edges[a], edges[b]]) for a, b in (("tail", "head"), ("head", "tail"))
    )
    seconds = np.concatenate([edges["ahead_s"], edges["back_s"]]) + wait_s[col]
    led = np.isfinite(seconds) & (row != col)
    row, col, seconds = row[led], col[led], seconds[led]
    order = np.lexsort((seconds, col, row))
    row, col, seconds = row[order], col[order], seconds[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (col[1:] != col[:-1])
    shape = len(wait_s), len(wait_s)
    return csr_array((seconds[first], (row[first], col[first])), shape=shape)
