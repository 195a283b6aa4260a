"""Street searches against scipy, pandana and pyroutingkit on the same streets, in turns.

    python benchmarks/streets.py               # prints the tables of benchmarks/README.md
    python benchmarks/streets.py --rounds 3 --only nearest matrix

Porto Alegre's genuine streets (OpenStreetMap, every node of the file kept as a junction, else
there are too few), tiled 2 x 2 and stitched to 164,436 nodes; for growth one tile and 4 x 4
tiles, and a synthetic region of 36 towns with a million nodes. 300 facilities beside streets,
136,000 cells. Without the extract a synthetic region stands in.

Seconds are CPU seconds (user + system) of one thread, medians over rounds in which the
methods take turns in one process. "Scaled" figures were measured on a part. Memory is how
far a fresh process's peak rises over what it held before the task (Linux). Peers that are
not installed are skipped by name.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from landuse.config import preset  # noqa: E402
from landuse.decay import Binary  # noqa: E402
from landuse.hierarchy import (  # noqa: E402
    Search,
    Weighing,
    at_nodes,
    contract,
    customise,
    elimination_order,
    matrix,
    nearest_of_all,
    sums_by_source,
)
from landuse.network import (  # noqa: E402
    Turns,
    nearest,
    network_from_edges,
    people_within,
    prepare,
)
from landuse.speeds import read_speeds  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
EXTRACT = REAL / "porto_alegre" / "poa_osm.pbf"
CRS = "EPSG:31982"
KMH = {"motorway": 80, "trunk": 50, "primary": 45, "secondary": 40, "tertiary": 40}
FACILITIES = 300
CELLS = 136_000
FOOT_KMH = 4.0
CUTOFF_S = 900.0


class Streets(NamedTuple):
    """Junctions, and streets between two of them."""

    xy: Floats
    tail: Ints
    head: Ints
    cost_s: Floats
    oneway: NDArray[np.bool_]

    def arcs(self) -> tuple[Ints, Ints, Floats]:
        """Return the streets as arcs."""
        back = ~self.oneway
        return (
            np.concatenate([self.tail, self.head[back]]),
            np.concatenate([self.head, self.tail[back]]),
            np.concatenate([self.cost_s, self.cost_s[back]]),
        )


def genuine() -> Streets:
    """Return Porto Alegre's streets, every node a junction."""
    import osmium  # noqa: PLC0415 - only the real data need it
    from pyproj import Transformer  # noqa: PLC0415 - only the real data need it

    seen: dict[int, int] = {}
    lonlat, rows = [], []
    for way in osmium.FileProcessor(EXTRACT).with_locations():
        if not way.is_way() or "highway" not in way.tags:
            continue
        kmh = KMH.get(way.tags["highway"].removesuffix("_link"), 20)
        before = -1
        for node in way.nodes:
            if not node.location.valid():
                continue
            if node.ref not in seen:
                seen[node.ref] = len(seen)
                lonlat.append((node.lon, node.lat))
            at = seen[node.ref]
            if before not in (-1, at):
                rows.append((before, at, kmh, way.tags.get("oneway") == "yes"))
            before = at
    to_plane = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    xy = np.column_stack(to_plane.transform(*np.array(lonlat).T))
    tail, head, kmh, oneway = (np.array(part) for part in zip(*rows, strict=True))
    return Streets(xy, tail, head, _seconds(xy, tail, head, kmh), oneway)


def _seconds(xy: Floats, tail: Ints, head: Ints, kmh: Any) -> Floats:  # noqa: ANN401 - or one number
    length_m = np.hypot(*(xy[tail] - xy[head]).T)
    return np.maximum(length_m, 0.1) / kmh * 3.6


def tiled(streets: Streets, side: int, *, gap_m: float = 50, roads: int = 40) -> Streets:
    """Return copies of a town side by side, joined by some streets over each seam."""
    nodes, wide = len(streets.xy), np.ptp(streets.xy, axis=0) + gap_m
    shifts = [(right, up) for right in range(side) for up in range(side)]
    places = [streets.xy + wide * shift for shift in shifts]
    seams = []
    for number, (right, up) in enumerate(shifts):
        for other in ((right + 1, up), (right, up + 1)):
            if max(other) < side:
                to = shifts.index(other)
                away_m, mate = cKDTree(places[to]).query(places[number])
                near = np.argsort(away_m)[:roads]
                seams.append(np.column_stack([number * nodes + near, to * nodes + mate[near]]))
    seam = np.concatenate(seams) if seams else np.zeros((0, 2), np.int64)
    xy = np.concatenate(places)
    tail, head = (
        np.concatenate([*(ends + copy * nodes for copy in range(side**2)), seam[:, part]])
        for part, ends in enumerate((streets.tail, streets.head))
    )
    inner = np.tile(streets.cost_s, side**2)
    cost_s = np.concatenate([inner, _seconds(xy, seam[:, 0], seam[:, 1], 40.0)])
    oneway = np.concatenate([np.tile(streets.oneway, side**2), np.zeros(len(seam), bool)])
    return Streets(xy, tail, head, cost_s, oneway)


def synthetic(nodes: int) -> Streets:
    """Return a region of towns of 28,000 nodes, 15 km apart, neighbours joined by three roads."""
    made = town(100)
    side = max(round((nodes / len(made.xy)) ** 0.5), 1)
    return tiled(made, side, gap_m=15_000, roads=3)


def town(side: int) -> Streets:
    """Return a bent grid, a tenth of it missing, every eighth line fast, each street in two."""
    rng = np.random.default_rng(8)
    grid = np.arange(side * side).reshape(side, side)
    xy = np.column_stack(np.divmod(grid.ravel(), side)) * 90.0 + rng.normal(0, 15, (side**2, 2))
    ends = [
        (grid[:, :-1].ravel(), grid[:, 1:].ravel(), np.repeat(np.arange(side), side - 1)),
        (grid[:-1].ravel(), grid[1:].ravel(), np.tile(np.arange(side), side - 1)),
    ]
    tail, head, line = (np.concatenate(part) for part in zip(*ends, strict=True))
    fast = line % 8 == 0
    kept = (rng.random(len(tail)) > 0.1) | fast
    tail, head, fast = tail[kept], head[kept], fast[kept]
    oneway = (rng.random(len(tail)) < 0.2) & ~fast
    bend = side * side + np.arange(len(tail))
    xy = np.concatenate([xy, (xy[tail] + xy[head]) / 2 + rng.normal(0, 5, (len(tail), 2))])
    tail, head = np.concatenate([tail, bend]), np.concatenate([bend, head])
    kmh = np.tile(np.where(fast, 50, 25), 2)
    return Streets(xy, tail, head, _seconds(xy, tail, head, kmh), np.tile(oneway, 2))


@cache
def streets_of(size: str) -> Streets:
    """Return the streets of a size: `x1`, `x4`, `x16` tiles, or `1M`."""
    if size == "1M":
        return synthetic(1_000_000)
    side = {"x1": 1, "x4": 2, "x16": 4}[size]
    if not EXTRACT.is_file():
        print(
            f"skipped: the extract {EXTRACT.name} is not there; synthetic region", file=sys.stderr
        )
        return synthetic(41_000 * side**2)
    return tiled(genuine(), side)


@cache
def sources_of(size: str) -> Ints:
    """Return the junctions next to the facilities."""
    streets = streets_of(size)
    return np.random.default_rng(1).choice(len(streets.xy), FACILITIES, replace=False)


@cache
def costs_of(size: str) -> Any:  # noqa: ANN401 - the package's own
    """Return the hierarchy with costs."""
    tail, head, cost_s = streets_of(size).arcs()
    nodes = len(streets_of(size).xy)
    return customise(contract(elimination_order(nodes, tail, head), tail, head), cost_s)


@cache
def turned_of(size: str) -> csr_array:
    """Return the turned graph as scipy takes it, of parallel arcs the quickest."""
    tail, head, cost_s = streets_of(size).arcs()
    order = np.lexsort((cost_s, tail, head))
    tail, head, cost_s = tail[order], head[order], cost_s[order]
    first = np.ones(len(tail), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    shape = len(streets_of(size).xy), len(streets_of(size).xy)
    return csr_array((cost_s[first], (head[first], tail[first])), shape=shape)


@cache
def network_of(size: str) -> Any:  # noqa: ANN401 - the package's own
    """Return the network of the package, prepared."""
    streets = streets_of(size)
    lines = shapely.linestrings(np.stack([streets.xy[streets.tail], streets.xy[streets.head]], 1))
    table = gpd.GeoDataFrame(
        {
            "kind": "street",
            "u": streets.tail,
            "v": streets.head,
            "oneway": streets.oneway,
            "speed_kmh": np.maximum(shapely.length(lines), 1e-3) / streets.cost_s * 3.6,
        },
        geometry=lines,
        crs=CRS,
    )
    speeds = read_speeds(preset("speeds.toml"))
    return prepare(network_from_edges(table, speeds=speeds, mode="drive", turns=Turns()))


@cache
def cells_of(size: str) -> gpd.GeoDataFrame:
    """Return cells near streets with people, as many as a large city has."""
    streets, rng = streets_of(size), np.random.default_rng(2)
    xy = streets.xy[rng.choice(len(streets.xy), CELLS)] + rng.normal(0, 60, (CELLS, 2))
    people = rng.integers(0, 80, CELLS).astype(float)
    return gpd.GeoDataFrame(
        {"people": people}, geometry=gpd.points_from_xy(*xy.T), crs=CRS,
        index=pd.RangeIndex(CELLS).astype("str"),
    )  # fmt: skip


@cache
def facilities_of(size: str) -> gpd.GeoSeries:
    """Return the facilities, 20 m beside their junction."""
    xy = streets_of(size).xy[sources_of(size)] + 14.0
    return gpd.GeoSeries(
        gpd.points_from_xy(*xy.T), index=[f"f{n}" for n in range(len(xy))], crs=CRS
    )


@cache
def pandana_of(size: str) -> tuple[Any, float]:
    """Return pandana's network and the CPU seconds to build it."""
    import pandana  # noqa: PLC0415 - may be absent

    streets = streets_of(size)
    tail, head, cost_s = streets.arcs()
    start = time.process_time()
    network = pandana.Network(
        pd.Series(streets.xy[:, 0]), pd.Series(streets.xy[:, 1]), pd.Series(tail), pd.Series(head),
        pd.DataFrame({"s": cost_s}), twoway=False,
    )  # fmt: skip
    return network, time.process_time() - start


@cache
def routingkit_of(size: str) -> tuple[Any, float]:
    """Return pyroutingkit's hierarchy and the CPU seconds to build and customise it."""
    import pyroutingkit  # noqa: PLC0415 - may be absent

    streets = streets_of(size)
    tail, head, cost_s = streets.arcs()
    y, x = ((part - part.min()) / 1e5 for part in (streets.xy[:, 1], streets.xy[:, 0]))
    start = time.process_time()
    found = pyroutingkit.CCH()
    found.build_topology(
        tail.astype(np.uint32), head.astype(np.uint32), y.astype(np.float32),
        x.astype(np.float32), len(streets.xy),
    )  # fmt: skip
    found.customize_weights(np.rint(cost_s * 1000).astype(np.uint32))
    return found, time.process_time() - start


# --- tasks: each returns its answer ---------------------------------------------------------------


def own_nearest(size: str) -> Floats:
    """Return the seconds of every cell to its nearest facility: snap, legs, search, names."""
    cells, facilities = cells_of(size).geometry, facilities_of(size)
    table = nearest(network_of(size), cells, facilities, off_network_kmh=FOOT_KMH)
    return table["cost_s"].to_numpy()


def plain_nearest(size: str) -> Floats:
    """Return the same by this package without a hierarchy."""
    cells, facilities = cells_of(size).geometry, facilities_of(size)
    plain = network_of(size).network
    return nearest(plain, cells, facilities, off_network_kmh=FOOT_KMH)["cost_s"].to_numpy()


def scipy_nearest_by_node(size: str) -> Floats:
    """Return scipy's answer, cells and facilities moved to the nearest junction (coarser)."""
    streets = streets_of(size)
    tree = cKDTree(streets.xy)
    gap_m, node = tree.query(
        np.column_stack([cells_of(size).geometry.x, cells_of(size).geometry.y])
    )
    _, starts = tree.query(np.column_stack([facilities_of(size).x, facilities_of(size).y]))
    found = dijkstra(turned_of(size), indices=starts, min_only=True)
    return found[node] + gap_m / FOOT_KMH * 3.6


def scipy_nearest_by_edge(size: str) -> Floats:
    """Return scipy's answer with cells on their streets, found by shapely (the same answer)."""
    network, s_per_m = network_of(size).network, 3.6 / FOOT_KMH
    lines, tree = network.edges.geometry.to_numpy(), network.edges.sindex
    ends = []
    for places in (cells_of(size).geometry, facilities_of(size)):
        (at, found), gap_m = tree.nearest(places, return_all=False, return_distance=True)
        edge, leg_s = np.empty(len(places), int), np.empty(len(places))
        edge[at], leg_s[at] = found, gap_m * s_per_m
        share = shapely.line_locate_point(lines[edge], places.to_numpy(), normalized=True)
        tail, head, ahead_s, back_s = (
            network.edges[name].to_numpy()[edge] for name in ("tail", "head", "ahead_s", "back_s")
        )
        out_s = (leg_s + _part(share, back_s), leg_s + _part(1 - share, ahead_s))
        in_s = (leg_s + _part(share, ahead_s), leg_s + _part(1 - share, back_s))
        ends.append((tail, head, out_s, in_s))
    (tail, head, out_s, _), there = ends
    old, size_ = network.graph.T.tocoo(), len(network.nodes)
    own = size_ + np.arange(len(there[0]))
    rows, cols = np.concatenate([old.row, own, own]), np.concatenate([old.col, *there[:2]])
    data = np.concatenate([old.data, *there[3]])
    led, shape = np.isfinite(data), (size_ + len(own), size_ + len(own))
    graph = csr_array((data[led], (rows[led], cols[led])), shape=shape)
    found = dijkstra(graph, indices=own, min_only=True)
    return np.minimum(found[tail] + out_s[0], found[head] + out_s[1])


def _part(share: Floats, seconds: Floats) -> Floats:
    return np.multiply(share, seconds, out=np.zeros_like(share), where=share > 0)


def pandana_nearest(size: str) -> Floats:
    """Return pandana's answer, cells and facilities moved to the nearest junction."""
    network, cells, facilities = pandana_of(size)[0], cells_of(size).geometry, facilities_of(size)
    network.set_pois("all", 1e6, 1, facilities.x, facilities.y)
    found = network.nearest_pois(1e6, "all", num_pois=1)[1].to_numpy()
    return found[network.get_node_ids(cells.x, cells.y).to_numpy()]


def own_matrix(size: str) -> NDArray[np.float32]:
    """Return 300 x all nodes, written to memory that is new."""
    nodes = np.arange(len(streets_of(size).xy))
    sources, targets = at_nodes(sources_of(size)), at_nodes(nodes)
    return matrix(Search(costs=costs_of(size), sources=sources, targets=targets))


def scipy_matrix(size: str) -> Floats:
    """Return a tenth of it by scipy."""
    return dijkstra(turned_of(size), indices=sources_of(size)[: FACILITIES // 10]).T


def routingkit_matrix(size: str) -> Floats:
    """Return it by pyroutingkit, from the facilities (the quicker way round), ways turned."""
    nodes = np.arange(len(streets_of(size).xy), dtype=np.uint32)
    found = routingkit_of(size)[0].distances_many_to_many(sources_of(size).astype(np.uint32), nodes)
    return found.T


def write(size: str) -> NDArray[np.float32]:
    """Write as many numbers to memory that is new."""
    return np.full((len(streets_of(size).xy), FACILITIES), 1.0, np.float32)


def own_repriced(size: str) -> NDArray[np.float32]:
    """Put new seconds on all streets and return the matrix again."""
    cost_s = streets_of(size).arcs()[2] * 1.3
    costs = customise(costs_of(size).hierarchy, cost_s)
    sources, targets = at_nodes(sources_of(size)), at_nodes(np.arange(len(streets_of(size).xy)))
    return matrix(Search(costs=costs, sources=sources, targets=targets))


def own_people(size: str) -> Floats:
    """Return the people within 15 minutes' drive of every junction, all included."""
    sites = gpd.GeoSeries(gpd.points_from_xy(*streets_of(size).xy.T), crs=CRS)
    table = people_within(
        network_of(size), cells_of(size), sites, columns=["people"], off_network_kmh=FOOT_KMH,
        decay=Binary(cutoff_s=CUTOFF_S),
    )  # fmt: skip
    return table["people"].to_numpy()


def own_people_at_nodes(size: str) -> Floats:
    """Return the same with people moved to junctions, as pandana has them."""
    nodes = len(streets_of(size).xy)
    where = cKDTree(streets_of(size).xy).query(
        np.column_stack([cells_of(size).geometry.x, cells_of(size).geometry.y])
    )[1]
    held = np.bincount(where, weights=cells_of(size)["people"], minlength=nodes)
    lived = np.flatnonzero(held)
    search = Search(
        costs=costs_of(size), sources=at_nodes(np.arange(nodes)), targets=at_nodes(lived),
        direction="from", limit_s=CUTOFF_S,
    )  # fmt: skip
    within = Weighing(shape=0, limits_s=(CUTOFF_S,), numbers=(1.0,))
    return sums_by_source(search, held[lived][:, None], within)[:, 0]


def pandana_people(size: str) -> Floats:
    """Return pandana's aggregate at every junction."""
    network, cells = pandana_of(size)[0], cells_of(size)
    network.set(network.get_node_ids(cells.geometry.x, cells.geometry.y), cells["people"], "people")
    return network.aggregate(CUTOFF_S, type="sum", decay="flat", name="people").to_numpy()


SLOW = ("pandana aggregate",)
TASKS: dict[str, dict[str, tuple[Callable[[str], Any], float, str]]] = {
    "nearest": {
        "landuse, prepared": (own_nearest, 1, ""),
        "landuse, plain": (plain_nearest, 1, ""),
        "scipy multi-source + shapely edge snap": (scipy_nearest_by_edge, 1, ""),
        "scipy multi-source + KD-tree node snap": (scipy_nearest_by_node, 1, ""),
        "pandana nearest_pois": (pandana_nearest, 1, "pandana"),
    },
    "matrix": {
        "landuse": (own_matrix, 1, ""),
        "write the answer": (write, 1, ""),
        "pyroutingkit": (routingkit_matrix, 1, "pyroutingkit"),
        "scipy csgraph (scaled)": (scipy_matrix, 10, ""),
    },
    "reprice": {"landuse, re-weight and matrix": (own_repriced, 1, "")},
    "people": {
        "landuse, people at junctions": (own_people_at_nodes, 1, ""),
        "landuse, people beside streets": (own_people, 1, ""),
        "pandana aggregate": (pandana_people, 1, "pandana"),
    },
}
"""Task -> method -> its call, what its seconds are scaled by, the package that it needs."""


def compare(task: str, size: str, rounds: int) -> list[str]:
    """Return the lines of the table for one task."""
    calls = {}
    for name, (call, scale, package) in TASKS[task].items():
        if package and not importlib.util.find_spec(package):
            print(f"skipped: {package} is not installed", file=sys.stderr)
        else:
            calls[name] = call, scale
    taken: dict[str, list[float]] = {name: [] for name in calls}
    answers = {}
    for turn in range(rounds + 1):  # the first also compiles, builds and warms up
        for name, (call, scale) in calls.items():
            if name in SLOW and turn != 1:
                continue  # minutes: once is enough
            if task in ("matrix", "reprice"):
                write(size)  # each finds memory that the system has just taken back
            start = time.process_time()
            found = call(size)
            if turn:
                taken[name].append((time.process_time() - start) * scale)
            if task != "matrix":
                answers[name] = found
            del found
    middle = {name: statistics.median(values) for name, values in taken.items()}
    ours = next(iter(middle.values()))
    lines = []
    for name, values in taken.items():
        lines.append(
            f"| {task} | {name} | {middle[name]:.3f} | {min(values):.3f}–{max(values):.3f} "
            f"| {middle[name] / ours:.1f} | {apart(answers, name)} | {peak_mib(task, name, size)} |"
        )
    return lines


def apart(answers: dict[str, Any], name: str) -> str:
    """Return how far an answer lies from ours: median and largest."""
    if name not in answers:
        return ""
    ours = np.asarray(next(iter(answers.values())), float)
    other = np.asarray(answers[name], float)
    both = np.isfinite(ours) & np.isfinite(other)
    gap = np.abs(ours[both] - other[both])
    return f"{np.median(gap):.2g} / {gap.max():.2g}" if len(gap) else ""


def check(size: str) -> str:
    """Hold the matrix to scipy and pyroutingkit, and say how far apart they are."""
    ours, truth = own_matrix(size)[:, : FACILITIES // 10], scipy_matrix(size)
    reached = np.isfinite(truth)
    if not np.array_equal(reached, np.isfinite(ours)):
        message = "the same nodes should be reached"
        raise AssertionError(message)
    worst_ms = 1000 * float(np.abs(ours[reached] - truth[reached]).max())
    if worst_ms > 1:
        message = f"{worst_ms} ms from scipy"
        raise AssertionError(message)
    longest_s = truth[reached].max()
    return f"{size}: {worst_ms:.2f} ms from scipy at most, on ways of up to {longest_s:.0f} s"


def growth(size: str, rounds: int) -> str:
    """Return a line of the table of growth."""
    tail, head, cost_s = streets_of(size).arcs()
    nodes = len(streets_of(size).xy)
    steps: dict[str, list[float]] = {}

    def clocked(name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it makes
        start = time.process_time()
        made = call()
        steps.setdefault(name, []).append(time.process_time() - start)
        return made

    for _ in range(rounds):
        rank = clocked("order", lambda: elimination_order(nodes, tail, head))
        made = clocked("contract", lambda rank=rank: contract(rank, tail, head))
        costs = clocked("customise", lambda made=made: customise(made, cost_s))
        search = Search(
            costs=costs, sources=at_nodes(sources_of(size)), targets=at_nodes(np.arange(nodes))
        )
        write(size)  # the matrix finds memory that the system has just taken back
        clocked("matrix", lambda search=search: matrix(search))
        clocked("write", lambda: write(size))
        clocked("nearest", lambda search=search: nearest_of_all(search))
    middle = {name: statistics.median(values) for name, values in steps.items()}
    shown = " | ".join(f"{value:.3f}" for value in middle.values())
    return (
        f"| {size}: {nodes:,} nodes, {len(tail):,} arcs | {len(costs.hierarchy.head):,} "
        f"| {costs.hierarchy.levels} | {shown} |"
    )


def peak_mib(task: str, name: str, size: str) -> str:
    """Return how far a fresh process's peak memory grows during one task."""
    if name in SLOW:
        return ""
    command = [sys.executable, __file__, "--peak", task, name, size]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.strip().splitlines() or ["?"])[-1]


def print_peak(task: str, name: str, size: str) -> None:
    """Print the growth of this process's peak (Linux), once everything has been made ready."""
    call = TASKS[task][name][0]
    if task != "matrix" or "landuse" not in name:
        call(size)
    for ready in (costs_of, cells_of) if task == "people" else (costs_of,):
        ready(size)
    if "matrix" in task and "landuse" in name:
        own_matrix("x1")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = status_kib("VmRSS")
    call(size)
    print(f"{(status_kib('VmHWM') - before) / 1024:.0f} MiB")


def status_kib(field: str) -> int:
    """Return one figure that Linux keeps about this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=[*TASKS, "growth"])
    parser.add_argument("--size", default="x4", choices=["x1", "x4", "x16", "1M"])
    parser.add_argument("--sizes", nargs="+", default=["x1", "x4", "x16", "1M"])
    parser.add_argument("--peak", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(*options.peak)
        return
    print(check(options.size), flush=True)
    print("\n| task | method | CPU s | range | times ours | apart from ours (s) | memory |")
    print("|---|---|---|---|---|---|---|")
    for task in TASKS:
        if task in options.only:
            print("\n".join(compare(task, options.size, options.rounds)), flush=True)
    for package, built in (("pandana", pandana_of), ("pyroutingkit", routingkit_of)):
        if importlib.util.find_spec(package) and set(options.only) & {"nearest", "matrix"}:
            print(f"\n{package} builds its network in {built(options.size)[1]:.1f} CPU s.")
    if "growth" in options.only:
        print(
            "\n| size | arcs | levels | order | contract | customise | matrix | write | nearest |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        for size in options.sizes:
            print(growth(size, max(1, options.rounds // 2)), flush=True)


if __name__ == "__main__":
    main()
