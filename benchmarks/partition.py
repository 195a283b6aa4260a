"""Partition of a municipality by overlapping layers, against geopandas and shapely.

Every method gets the same seeded star polygons and hands back every face with its full set
of claims; each run is a process of its own, in turns. See `benchmarks/README.md`.

    python benchmarks/partition.py            15,000 polygons in 5 and in 16 layers: 7 minutes
    python benchmarks/partition.py --quick    1,500 polygons, 1 round: 1 minute
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from landuse.partition import partition
from landuse.schema import CLAIMS

CRS = "EPSG:6681"
AREA_M2 = 1362.9e6
SHARE = 0.25
"""Share of the municipality's extent that the polygons of one layer add up to."""
TILES = 20
"""Tiles along each side for the overlay recipe: the fastest of 1, 10, 20, 40 and 80."""


def main() -> None:
    """Compare the methods, or, within a process of its own, measure one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--polygons", type=int, default=15_000)
    options.add_argument("--layers", type=int, nargs="+", default=[5, 16])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--slow-rounds", type=int, default=1, help="rounds that run the overlay")
    options.add_argument("--quick", action="store_true")
    options.add_argument("--measure", nargs=2, metavar=("METHOD", "FOLDER"))
    chosen = options.parse_args()
    if chosen.measure:
        print(json.dumps(measure(*chosen.measure)))
        return
    if chosen.quick:
        chosen.polygons, chosen.rounds = 1_500, 1
    print_header()
    for layers in chosen.layers:
        compare(chosen.polygons, layers, chosen.rounds, chosen.slow_rounds)


# ── the data ─────────────────────────────────────────────────────────────────────────────


def make_boundary(rng: np.random.Generator, vertices: int = 6_000) -> shapely.Polygon:
    """Return a municipality with a ragged outline."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    waves = [
        rng.normal(0, 0.09 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
        for k in range(2, 60)
    ]
    radius = np.clip(1 + sum(waves), 0.3, None)
    points = np.column_stack((np.cos(angle), np.sin(angle))) * radius[:, None]
    points *= np.sqrt(AREA_M2 / shapely.Polygon(points).area)
    return shapely.Polygon(points + np.array([-20_000, -110_000]))


def make_stars(rng: np.random.Generator, boundary: shapely.Polygon, count: int) -> np.ndarray:
    """Return star polygons of 20 to 500 vertices (median 65) strewn over a boundary."""
    west, south, east, north = boundary.bounds
    vertices = np.clip(np.exp(rng.normal(np.log(65), 0.75, count)), 20, 500).astype(int)
    owner = np.repeat(np.arange(count), vertices)
    extent = (east - west) * (north - south)
    radius = np.sqrt(SHARE * extent / count / np.pi) * np.exp(rng.normal(0, 0.4, count))
    angle = rng.uniform(0, 2 * np.pi, len(owner))
    angle = angle[np.lexsort((angle, owner))]
    lobes = 0.25 * np.cos(3 * angle + rng.uniform(0, 2 * np.pi, count)[owner])
    reach = radius[owner] * (1 + lobes + 0.12 * rng.uniform(-1, 1, len(owner)))
    x = rng.uniform(west, east, count)[owner] + reach * np.cos(angle)
    y = rng.uniform(south, north, count)[owner] + reach * np.sin(angle)
    return shapely.polygons(shapely.linearrings(np.column_stack((x, y)), indices=owner))


def write_layers(folder: Path, polygons: int, layers: int) -> int:
    """Write a boundary and its layers; return how many vertices they have."""
    rng = np.random.default_rng(6681)
    boundary = make_boundary(rng)
    stars = [make_stars(rng, boundary, polygons // layers) for _ in range(layers)]
    code = np.repeat(np.arange(layers), [len(layer) for layer in stars])
    shapes = np.concatenate(stars)
    np.savez(folder / "layers.npz", code=code, wkb=shapely.to_wkb(shapes))
    (folder / "boundary.wkb").write_bytes(shapely.to_wkb(boundary))
    return int(shapely.get_num_coordinates(shapes).sum())


def read_layers(folder: Path) -> tuple[shapely.Polygon, np.ndarray, np.ndarray]:
    """Return the boundary, the polygons and the layer of each."""
    stored = np.load(folder / "layers.npz", allow_pickle=True)
    boundary = shapely.from_wkb((folder / "boundary.wkb").read_bytes())
    return boundary, shapely.from_wkb(stored["wkb"]), stored["code"]


# ── the methods: (boundary, polygons, layer of each) -> (mask, face) of each face ────────


def by_landuse(boundary: shapely.Polygon, shapes: np.ndarray, code: np.ndarray) -> tuple:
    """`landuse.partition.partition`."""
    names = np.array(CLAIMS)
    claims = gpd.GeoDataFrame({"claim": names[code]}, geometry=shapes, crs=CRS)
    faces = partition(gpd.GeoDataFrame(geometry=[boundary], crs=CRS), claims)
    return faces["mask"].to_numpy(), faces.geometry.to_numpy()


def by_overlay(boundary: shapely.Polygon, shapes: np.ndarray, code: np.ndarray) -> tuple:
    """Dissolve each layer, cut all into tiles, chain `geopandas.overlay`, dissolve the seams.

    Without tiles the first two overlays alone took more than five minutes.
    """
    edges_x = np.linspace(boundary.bounds[0], boundary.bounds[2], TILES + 1)
    edges_y = np.linspace(boundary.bounds[1], boundary.bounds[3], TILES + 1)
    column, row = np.divmod(np.arange(TILES * TILES), TILES)
    boxes = shapely.box(edges_x[column], edges_y[row], edges_x[column + 1], edges_y[row + 1])
    tiles = gpd.GeoDataFrame(geometry=boxes, crs=CRS)
    whole = gpd.GeoDataFrame(geometry=[boundary], crs=CRS)
    faces = gpd.overlay(tiles, whole, how="intersection").assign(mask=0)
    for layer in np.unique(code):
        union = gpd.GeoSeries(shapes[code == layer], crs=CRS).union_all(method="disjoint_subset")
        pieces = gpd.GeoDataFrame(geometry=[union], crs=CRS).explode(ignore_index=True)
        pieces = gpd.overlay(pieces, tiles, how="intersection").assign(bit=1 << layer)
        pieces = pieces.explode(ignore_index=True)
        faces = gpd.overlay(faces, pieces, how="identity", keep_geom_type=True)
        faces["mask"] += faces.pop("bit").fillna(0).astype(int)
        faces = faces.explode(ignore_index=True)
    faces = faces.dissolve("mask", method="disjoint_subset").explode().reset_index()
    return faces["mask"].to_numpy(), faces.geometry.to_numpy()


def by_lines(boundary: shapely.Polygon, shapes: np.ndarray, code: np.ndarray) -> tuple:
    """Node the outlines of the dissolved layers with shapely, polygonize, place a point each."""
    unions = [shapely.disjoint_subset_union_all(shapes[code == layer]) for layer in np.unique(code)]
    lines = shapely.union_all(shapely.boundary([boundary, *unions]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    points = shapely.point_on_surface(faces)
    tree = shapely.STRtree(points)
    mask = np.zeros(len(faces), dtype=np.int64)
    for layer, union in enumerate(unions):
        mask[tree.query(shapely.get_parts(union), predicate="intersects")[1]] |= 1 << layer
    inside = tree.query(boundary, predicate="intersects")
    return mask[inside], faces[inside]


METHODS = {"landuse": by_landuse, "overlay": by_overlay, "lines": by_lines}


# ── measuring ────────────────────────────────────────────────────────────────────────────


def measure(method: str, folder: str) -> dict[str, object]:
    """Run one method in this process; report its time, memory and areas."""
    boundary, shapes, code = read_layers(Path(folder))
    METHODS[method](boundary, shapes[:20], code[:20])  # compile, import
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    cpu, wall = time.process_time(), time.perf_counter()
    mask, faces = METHODS[method](boundary, shapes, code)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    area = shapely.area(faces)
    distinct, place = np.unique(mask, return_inverse=True)
    by_mask = np.bincount(place, weights=area)
    return {
        "cpu_s": cpu,
        "wall_s": wall,
        "mib": (peak - before) / 2**20,
        "faces": len(faces),
        "total_error": abs(area.sum() / boundary.area - 1),
        "area_m2": dict(zip(distinct.tolist(), by_mask.tolist(), strict=True)),
    }


def compare(polygons: int, layers: int, rounds: int, slow_rounds: int) -> None:
    """Print one line for each method, all in turns on the same layers."""
    with tempfile.TemporaryDirectory() as folder:
        vertices = write_layers(Path(folder), polygons, layers)
        runs: dict[str, list[dict]] = {method: [] for method in METHODS}
        for turn in range(rounds):
            for method, found in runs.items():
                if method != "overlay" or turn < slow_rounds:
                    found.append(in_own_process(method, folder))
    ours = statistics.median(run["cpu_s"] for run in runs["landuse"])
    reference = runs["lines"][0]["area_m2"]
    for method, found in runs.items():
        cpu_s = statistics.median(run["cpu_s"] for run in found)
        wall_s = statistics.median(run["wall_s"] for run in found)
        mib = statistics.median(run["mib"] for run in found)
        last = found[-1]
        areas = last["area_m2"]
        error = max(abs(areas.get(key, 0) - reference.get(key, 0)) for key in areas | reference)
        print(
            f"| {layers} | {polygons:,} / {vertices / 1e6:.2f} M | {method} | {last['faces']:,} "
            f"| {cpu_s:.2f} | {wall_s:.2f} | {cpu_s / ours:.1f} | {mib:,.0f} "
            f"| {last['total_error']:.0e} | {error / AREA_M2:.0e} |",
            flush=True,
        )


def in_own_process(method: str, folder: str) -> dict:
    """Return what `measure` finds in a fresh process."""
    command = [sys.executable, __file__, "--measure", method, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def print_header() -> None:
    """Print the head of the table."""
    print(
        "| layers | polygons / vertices | method | faces | CPU s | wall s | CPU s / ours "
        "| peak MiB over the input | total area off by | largest area of a claim set off by |"
    )
    print("|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)


if __name__ == "__main__":
    main()
