"""Ways cut at junctions into edges: arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from landuse.sources.osm.pbf import inside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.sources.osm.pbf import Ways
    from landuse.sources.window import Window

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Edges", "edges_of", "reversed_where"]

ELLIPSOID = "WGS84"

ENDS = ("", "signals_", "closed_")
"""Before `u` and `v`: columns that belong to the two ends of a line."""


@dataclass(frozen=True, kw_only=True)
class Edges:
    """Pieces of ways from junction to junction."""

    way: Ints
    """Place of its way among the ways."""
    lines: NDArray[np.object_]
    columns: Mapping[str, NDArray[np.generic] | pd.Series]
    """`u`, `v`, `length_km`, `signals_…`, `closed_…`."""
    gaps: int
    """Ways with a gap where nodes are missing."""
    doubles: int
    """Ways that stood in the file before."""


@dataclass(frozen=True, kw_only=True)
class _Steps:
    """Steps from node to node, in the order of the ways."""

    way: Ints
    tail: Ints
    head: Ints
    tail_xy: Floats
    head_xy: Floats

    def where(self, kept: Bools) -> _Steps:
        """Return some of the steps."""
        return _Steps(
            way=self.way[kept],
            tail=self.tail[kept],
            head=self.head[kept],
            tail_xy=self.tail_xy[kept],
            head_xy=self.head_xy[kept],
        )


def edges_of(
    ways: Ways,
    *,
    whole: Bools,
    signals: Collection[int],
    closed: Mapping[int, str],
    window: Window | None,
) -> Edges:
    """Cut ways where they meet, where something bars them, and at the edge of the window.

    Parameters
    ----------
    ways
        With their nodes.
    whole
        Ways that the window does not cut.
    signals
        Nodes with traffic lights.
    closed
        Node -> whom it stops; ways end and begin there.
    window
        Steps from node to node that do not meet it are left out.
    """
    steps, gaps, doubles = _steps(ways)
    if window is not None:
        steps = steps.where(whole[steps.way] | _meets(steps, window))
    steps = _merged(steps)
    bars = np.fromiter(closed, dtype=np.int64, count=len(closed))
    first = _first_steps(steps, bars)
    start = np.flatnonzero(first)
    last = np.append(start[1:], len(first)) - 1 if len(start) else start
    edge = np.cumsum(first) - 1
    lit = np.fromiter(signals, dtype=np.int64, count=len(signals))
    ahead_lit = np.isin(steps.head, lit)
    tail, head = steps.tail[start], steps.head[last]
    ends = np.zeros(len(first), dtype=np.bool_)
    ends[last] = True
    columns = {
        "u": pd.Series(tail.astype(str), dtype="str"),
        "v": pd.Series(head.astype(str), dtype="str"),
        "length_km": _lengths_km(steps, edge, len(start)),
        "signals_u": np.isin(tail, lit),
        "signals_v": ahead_lit[last],
        "signals_between": np.bincount(edge[ahead_lit & ~ends], minlength=len(start)),
        "closed_u": _texts(tail, closed),
        "closed_v": _texts(head, closed),
    }
    lines = _lines(steps, edge, start)
    return Edges(way=steps.way[start], lines=lines, columns=columns, gaps=gaps, doubles=doubles)


def _steps(ways: Ways) -> tuple[_Steps, int, int]:
    """Return the steps between known nodes, and how many ways have gaps or are doubles."""
    owner = np.repeat(np.arange(len(ways.ids)), np.diff(ways.starts))
    known = ~np.isnan(ways.xy[:, 0])
    gaps = len(np.unique(owner[~known]))
    _, once = np.unique(ways.ids, return_index=True)
    single = np.zeros(len(ways.ids), dtype=np.bool_)
    single[once] = True
    steps = _Steps(
        way=owner[:-1],
        tail=ways.refs[:-1],
        head=ways.refs[1:],
        tail_xy=ways.xy[:-1],
        head_xy=ways.xy[1:],
    )
    good = (owner[:-1] == owner[1:]) & known[:-1] & known[1:] & single[owner[:-1]]
    return steps.where(good & (steps.tail != steps.head)), gaps, len(ways.ids) - len(once)


def _meets(steps: _Steps, window: Window) -> Bools:
    """Tell which steps meet the window: by an end in it, or by crossing it."""
    box = window.bounds
    meets = inside(steps.tail_xy, box) | inside(steps.head_xy, box)
    low = np.minimum(steps.tail_xy, steps.head_xy)
    high = np.maximum(steps.tail_xy, steps.head_xy)
    near = (low <= box[2:]).all(axis=1) & (high >= box[:2]).all(axis=1)
    unsure = np.flatnonzero(near & ~meets)
    ends = np.stack([steps.tail_xy[unsure], steps.head_xy[unsure]], axis=1)
    meets[unsure] = shapely.intersects(shapely.linestrings(ends), shapely.box(*box))
    return meets


def _merged(steps: _Steps) -> _Steps:
    """Make one node of those that a step of no length joins: such a line is not valid."""
    same = (steps.tail_xy == steps.head_xy).all(axis=1)
    if not same.any():
        return steps
    from scipy.sparse import coo_array  # noqa: PLC0415 - half a second that few files need
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    codes, nodes = pd.factorize(np.concatenate([steps.tail[same], steps.head[same]]))
    pairs = codes[: len(codes) // 2], codes[len(codes) // 2 :]
    joined = coo_array((np.ones(len(pairs[0])), pairs), shape=(len(nodes), len(nodes)))
    _, group = connected_components(joined, directed=False)
    name = pd.Series(nodes).groupby(group).transform("min").set_axis(nodes)
    tail, head = (
        pd.Series(ids).map(name).fillna(pd.Series(ids)).to_numpy(np.int64)
        for ids in (steps.tail, steps.head)
    )
    merged = _Steps(
        way=steps.way, tail=tail, head=head, tail_xy=steps.tail_xy, head_xy=steps.head_xy
    )
    return merged.where(tail != head)


def _first_steps(steps: _Steps, bars: Ints) -> Bools:
    """Tell which steps begin an edge: after a gap, at a junction, or behind a barrier."""
    if not len(steps.way):
        return np.zeros(0, dtype=np.bool_)
    goes_on = (steps.way[1:] == steps.way[:-1]) & (steps.tail[1:] == steps.head[:-1])
    first = np.append([True], ~goes_on)
    codes, _ = pd.factorize(np.concatenate([steps.tail[first], steps.head]))
    uses = np.bincount(codes)
    met = uses[codes[first.sum() :]] > 1
    first[1:] |= (met | np.isin(steps.head, bars))[:-1]
    return np.asarray(first, dtype=np.bool_)


def _lengths_km(steps: _Steps, edge: Ints, edges: int) -> Floats:
    """Return the length of each edge on the ellipsoid."""
    tail, head = steps.tail_xy, steps.head_xy
    _, _, length_m = Geod(ellps=ELLIPSOID).inv(tail[:, 0], tail[:, 1], head[:, 0], head[:, 1])
    return np.bincount(edge, weights=length_m, minlength=edges) / 1000


def _lines(steps: _Steps, edge: Ints, start: Ints) -> NDArray[np.object_]:
    """Return the lines: the tail of each first step, then the head of every step."""
    xy = np.empty((len(edge) + len(start), 2))
    owner = np.empty(len(xy), dtype=np.int64)
    heads = np.arange(len(edge)) + edge + 1
    tails = start + np.arange(len(start))
    xy[heads], owner[heads] = steps.head_xy, edge
    xy[tails], owner[tails] = steps.tail_xy[start], np.arange(len(start))
    return np.asarray(shapely.linestrings(xy, indices=owner), dtype=np.object_)


def _texts(nodes: Ints, texts: Mapping[int, str]) -> pd.Series:
    return pd.Series([texts.get(node, "") for node in nodes.tolist()], dtype="str")


def reversed_where(edges: gpd.GeoDataFrame, against: Bools) -> gpd.GeoDataFrame:
    """Return edges of which some run the other way, with what stands at their ends."""
    shapes = np.asarray(edges.geometry).copy()
    shapes[against] = shapely.reverse(shapes[against])
    swapped: dict[str, pd.Series] = {}
    for name in ENDS:
        u, v = edges[f"{name}u"], edges[f"{name}v"]
        swapped |= {f"{name}u": u.where(~against, v), f"{name}v": v.where(~against, u)}
    return edges.assign(**swapped).set_geometry(shapes, crs=edges.crs)
