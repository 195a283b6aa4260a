"""A street graph from a file of OpenStreetMap.

The data are © OpenStreetMap contributors under the Open Database Licence (ODbL) 1.0: what is
made of them and published must name them, and a database derived from them must be offered
under the same licence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from landuse.sources.osm.lines import edges_of, reversed_where
from landuse.sources.osm.pbf import WORLD, opened_osm, read_ways, told_by_osmium
from landuse.sources.osm.rules import DIRECTION_KEYS, SPEED_KEYS, access, closed_to, directions
from landuse.sources.osm.rules import speeds as speeds_of
from landuse.sources.osm.tags import Highway, Tags, kind_of, read_tags
from landuse.sources.osm.values import order_of
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from landuse.sources.osm.lines import Edges
    from landuse.sources.osm.pbf import Source, Ways
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["OSM_CRS", "open_osm_streets"]

OSM_CRS = "EPSG:4326"

TEXTS = ("highway", "surface", "smoothness", "lit", "wheelchair", "incline", "sidewalk", "ref")
"""Tags handed on as they are."""
BUILT = ("bridge", "tunnel")
"""Tags handed on as true or false."""
NO = ("", "no")
NAMES = ("name:ja", "name")
SHOWN = 8


def open_osm_streets(path: Path, findings: Findings, *, window: Window | None = None) -> Found:
    """Read the streets of a `.osm.pbf`, `.osm` or `.osm.bz2`, each from junction to junction.

    Ways that meet the window are kept up to their first node beyond it, ferries whole. A way
    of which the file lacks nodes, as at the edge of an extract, is cut there. Nodes joined by
    a street of no length are one node.

    Parameters
    ----------
    path
        The file. © OpenStreetMap contributors, ODbL 1.0.
    findings
        Takes what was left out, cut or not understood.
    window
        The part of the world that is read; None for all of the file.

    Returns
    -------
    Found
        Lines in degrees (EPSG:4326): `u`, `v` (nodes of OpenStreetMap at the first and last
        point), `way_id`, `kind` (of the speed file), `highway`, `name`, `ref`; `oneway` (true:
        cars only in the line's direction), `oneway_bike` and `oneway_foot` (1 along, -1
        against, 0 both ways); `access_walk`, `access_bike`, `access_car`; `speed_kmh` (the
        signed limit, or length by duration of a ferry; NaN where neither is said), `ferry`,
        `duration_s` (ferries, NaN where not said); `surface`, `smoothness`, `bridge`,
        `tunnel`, `osm_layer`, `lit`, `wheelchair`, `incline`, `sidewalk`; `length_km` (on the
        ellipsoid); `signals_u`, `signals_v` (traffic lights at the ends), `signals_between`
        (how many within); `closed_u`, `closed_v` (whom a barrier at that end stops: some of
        walk, bike, car, wheelchair). Ready for `streets_of_mode`.

    Raises
    ------
    LayerError
        If the file is damaged or none of these, or has no street in the window.
    """
    tags = read_tags()
    signals: set[int] = set()
    barriers: dict[int, dict[str, str]] = {}
    with opened_osm(path, findings) as source:
        _read_nodes(source, signals, barriers, window)
        left_out: dict[str, int] = {}
        ways = read_ways(
            source,
            keys=("highway", "route"),
            wanted=_wanted(tags),
            chosen=lambda way: _is_street(way, tags, left_out),
            window=window,
        )
    if not len(ways.ids):
        _stop_empty(ways, left_out, findings, window)
    _note_strange(left_out, tags, findings)
    closed = dict(zip(barriers, closed_to(list(barriers.values()), tags), strict=True))
    closed = {node: stopped for node, stopped in closed.items() if stopped}
    ferries = np.array(["highway" not in way for way in ways.tags], dtype=np.bool_)
    edges = edges_of(ways, whole=ferries, signals=signals, closed=closed, window=window)
    if not len(edges.way):
        _stop_empty(ways, left_out, findings, window)
    _note_gaps(edges, ways, findings)
    table = _turned(_table(ways, edges, tags, findings))
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return Found(table=table, crs=CRS(OSM_CRS), crs_from="file")


def _wanted(tags: Tags) -> frozenset[str]:
    chains = {key for chain in tags.chains.values() for key in chain.keys}
    own = {*TEXTS, *BUILT, *NAMES, *SPEED_KEYS, *DIRECTION_KEYS, "layer", "area", "motorroad"}
    return frozenset(chains | own | {"route"})


def _is_street(way: Mapping[str, str], tags: Tags, left_out: dict[str, int]) -> bool:
    """Tell whether a way is a street or ferry; highways that are not are counted by value."""
    highway = way.get("highway", "").removesuffix("_link")
    if not highway:
        return way.get("route") == "ferry"
    if highway in tags.highways:
        area = way.get("area") == "yes" and tags.highways[highway].kind not in tags.walked_areas
        if not area:
            return True
        highway = "area"
    left_out[highway] = left_out.get(highway, 0) + 1
    return False


def _read_nodes(
    source: Source,
    signals: set[int],
    barriers: dict[int, dict[str, str]],
    window: Window | None,
) -> None:
    """Note the nodes in the window with traffic lights or barriers, and where all nodes are."""
    import osmium  # noqa: PLC0415 - only OpenStreetMap's files need it

    box = window.bounds if window else WORLD
    with told_by_osmium(source.findings):
        for node in source.each("NODE", osmium.filter.KeyFilter("highway", "barrier")):
            x, y = node.location.lon_without_check(), node.location.lat_without_check()
            if not (box[0] <= x <= box[2] and box[1] <= y <= box[3]):
                continue
            highway = node.tags.get("highway", "")
            if "traffic_signals" in [word.strip() for word in highway.split(";")]:
                signals.add(node.id)
            if "barrier" in node.tags:
                barriers[node.id] = dict(node.tags)


def _note_strange(left_out: Mapping[str, int], tags: Tags, findings: Findings) -> None:
    """Name the values of highway that were left out although they may be roads."""
    known = ("area", *tags.not_roads)
    strange = {word: count for word, count in left_out.items() if word not in known}
    if strange:
        words = sorted(strange, key=lambda word: (-strange[word], word))
        listed = ", ".join(word[:40] for word in words[:SHOWN])
        what = f"{sum(strange.values())} ways with a highway that is not known ({listed})"
        findings.note(what, "left out; nothing to do if they are no streets", place="highway")


def _stop_empty(
    ways: Ways, left_out: Mapping[str, int], findings: Findings, window: Window | None
) -> None:
    if ways.in_file and ways.nowhere == ways.in_file:
        what = f"holds {ways.in_file} streets but not the nodes that they run through"
        findings.stop(what, "download it with its nodes (in Overpass: (._;>;); out body;)")
    if ways.in_file and window:
        what = (
            f"holds {ways.in_file} streets, but none meets the study area ({_box(window.bounds)}): "
            f"they lie in {_box(ways.extent)}"
        )
        findings.stop(what, "give an extract of this city")
    others = f"; {sum(left_out.values())} highways are no streets to travel on" if left_out else ""
    findings.stop(f"holds no street: no way with highway or route=ferry{others}", "give another")


def _box(bounds: Sequence[float]) -> str:
    west, south, east, north = bounds
    return f"{west:.3f} to {east:.3f} E, {south:.3f} to {north:.3f} N"


def _note_gaps(edges: Edges, ways: Ways, findings: Findings) -> None:
    if edges.gaps or ways.nowhere:
        what = f"{edges.gaps + ways.nowhere} ways lack some of their nodes"
        fix = "cut there; nothing to do if that is the edge of an extract beyond the study area"
        findings.note(what, fix, place="ways")
    if edges.doubles:
        what = f"{edges.doubles} ways stand more than once"
        findings.note(what, "read once; nothing to do", place="ways")


def _table(ways: Ways, edges: Edges, tags: Tags, findings: Findings) -> gpd.GeoDataFrame:
    """Return the edges with what the tags of their ways say."""
    used, way = np.unique(edges.way, return_inverse=True)
    said = [ways.tags[place] for place in used]
    keys = sorted(_wanted(tags))
    texts = pd.DataFrame({key: [one.get(key, "") for one in said] for key in keys}, dtype="str")
    of_ways = _columns(texts, tags, findings).assign(way_id=ways.ids[used])
    table = of_ways.iloc[way].reset_index(drop=True)
    table = _with_times(table.assign(**edges.columns), way)
    return gpd.GeoDataFrame(table, geometry=edges.lines, crs=OSM_CRS)


def _columns(ways: pd.DataFrame, tags: Tags, findings: Findings) -> pd.DataFrame:
    """Return the columns of ways from their tags."""
    plain = [highway.removesuffix("_link") for highway in ways["highway"]]
    highways: list[Highway] = [tags.highways.get(word, tags.ferry) for word in plain]
    ferry = (ways["highway"] == "").to_numpy()
    kinds = np.where(ferry, tags.ferry.kind, [kind_of(word, tags) for word in ways["highway"]])
    may = access(ways, highways, tags, findings)
    way = directions(ways, highways, tags)
    by_the_hour = way.pop("by_the_hour").to_numpy()
    if by_the_hour.any():
        what = f"{int(by_the_hour.sum())} ways change their direction by the hour"
        findings.note(what, "closed to vehicles, since the hour is not known", place="oneway")
    limits = speeds_of(ways, tags, findings)
    own = ways["name:ja"].where(ways["name:ja"] != "", ways["name"])
    return ways[list(TEXTS)].assign(
        kind=pd.array(kinds, dtype="str"),
        name=own,
        **way,
        access_walk=may["walk"],
        access_bike=may["bike"] & ~by_the_hour,
        access_car=may["car"] & ~by_the_hour,
        speed_kmh=limits["limit_kmh"],
        duration_s=limits["duration_s"].where(ferry),
        ferry=ferry,
        **{key: ~ways[key].isin(NO) for key in BUILT},
        osm_layer=ways["layer"].map(order_of).astype("int64"),
    )


def _with_times(table: pd.DataFrame, way: NDArray[np.int64]) -> pd.DataFrame:
    """Share the time of a ferry out among its edges by length, and say how fast it is."""
    whole_km = pd.Series(np.bincount(way, weights=table["length_km"].fillna(0.0))[way])
    took_s = table["duration_s"] * table["length_km"] / whole_km.where(whole_km > 0)
    speed = table["speed_kmh"].mask(table["ferry"], table["length_km"] / took_s * 3600)
    return table.assign(duration_s=took_s, speed_kmh=speed.where(speed > 0))


def _turned(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn the lines that cars may only use against their direction."""
    against = (edges["oneway"] == -1).to_numpy()
    turned = reversed_where(edges, against)
    other = np.where(against, -1, 1)
    return turned.assign(
        oneway=edges["oneway"] != 0,
        oneway_bike=edges["oneway_bike"] * other,
        oneway_foot=edges["oneway_foot"] * other,
    )
