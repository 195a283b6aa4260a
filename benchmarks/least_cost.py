"""Least cost over a raster against scikit-image and GRASS, on the same surfaces, in turns.

On level ground with 8 and 16 neighbours, and up and down hills beside GRASS `r.walk`.

    python benchmarks/least_cost.py            # prints the table of benchmarks/README.md
    python benchmarks/least_cost.py --rounds 3 --sizes 370

Synthetic land with roads and lakes at 100 m (370 x 370 cells), 50 m and 25 m (1480 x 1480):
once, 4 and 16 times the cells; 300 sources. Hills rise 14 % at most, and there everyone walks
by Langmuir's rule, as `r.walk` does. Seconds are CPU seconds (user + system), medians over
rounds in which the methods take turns in one process; GRASS runs as a process of its own, and
only `r.cost` or `r.walk` is timed. Memory is how far a fresh process's peak rises over what it
held before the search (Linux).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import referee_grass  # noqa: E402
import referee_walk  # noqa: E402

from landuse.leastcost import SLOPES, Slopes, least_cost  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Sources = tuple[NDArray[np.int64], NDArray[np.int64]]

CELL_M = {370: 100.0, 740: 50.0, 1480: 25.0}
OWN_8, OWN_16 = "landuse, 8 neighbours", "landuse, 16 neighbours"
SKIMAGE = "scikit-image MCP_Geometric, 8"
GRASS_8, GRASS_16 = "GRASS r.cost, 8", "GRASS r.cost -k, 16"
UP_8, UP_16 = "landuse, hills, 8 neighbours", "landuse, hills, 16 neighbours"
WALK_8, WALK_16 = "GRASS r.walk, hills, 8", "GRASS r.walk -k, hills, 16"
OURS = {SKIMAGE: OWN_8, GRASS_8: OWN_8, GRASS_16: OWN_16, WALK_8: UP_8, WALK_16: UP_16}
"""The method of ours that answers the same."""


def surface(side: int) -> tuple[Floats, Sources]:
    """Return friction in seconds per metre, lakes infinite, and 300 sources on land."""
    rng = np.random.default_rng(20)
    height = gaussian_filter(rng.standard_normal((side, side)), side / 40)
    height = (height - height.min()) / np.ptp(height)
    friction = np.select([height > 0.6, height > 0.5], [1.8, 1.2], 0.75)
    for road in range(side // 25):
        line = np.s_[rng.integers(side), :] if road % 2 else np.s_[:, rng.integers(side)]
        friction[line] = rng.choice([0.07, 0.12, 0.18])
    friction[height > 0.75] = np.inf
    rows, cols = np.nonzero(np.isfinite(friction))
    chosen = rng.choice(len(rows), 300, replace=False)
    # Frictions that a float32 holds exactly, so that every method reads the same numbers.
    return friction.astype(np.float32).astype(np.float64), (rows[chosen], cols[chosen])


def own(friction: Floats, sources: Sources, cell_m: float, neighbours: int) -> Floats:
    """Return the costs of this package."""
    steps_m = (cell_m, cell_m)
    return least_cost(friction, sources, steps_m=steps_m, neighbours=neighbours).cost_s


def hills(side: int) -> tuple[Floats, Slopes]:
    """Return heights, and the slopes of Langmuir's rule over them."""
    height = gaussian_filter(np.random.default_rng(21).standard_normal((side, side)), side / 40)
    cell_m = CELL_M[side]
    steepest = max(np.abs(np.diff(height, axis=axis)).max() for axis in (0, 1)) / cell_m
    height = (height * 0.14 / steepest).astype(np.float32).astype(np.float64)
    flat, up, down, _ = referee_walk.LANGMUIR
    return height, Slopes(height, np.maximum(flat + np.where(SLOPES > 0, up, down) * SLOPES, 0.01))


def own_uphill(side: int, sources: Sources, slopes: Slopes, neighbours: int) -> Floats:
    """Return the walking times of this package."""
    steps_m = (CELL_M[side], CELL_M[side])
    ground = np.ones((side, side), dtype=np.float32)
    return least_cost(ground, sources, steps_m=steps_m, neighbours=neighbours, slopes=slopes).cost_s


def grass_uphill(
    side: int, sources: Sources, height: Floats, neighbours: int
) -> tuple[Floats, float]:
    """Return the walking times of GRASS and the CPU seconds of its search."""
    with tempfile.TemporaryDirectory() as folder:
        return referee_walk.walking_time(
            height,
            sources,
            steps_m=(CELL_M[side], CELL_M[side]),
            neighbours=neighbours,
            folder=Path(folder),
        )


def skimage(friction: Floats, sources: Sources, cell_m: float) -> Floats:
    """Return the costs of scikit-image."""
    from skimage.graph import MCP_Geometric  # noqa: PLC0415 - may be absent

    search = MCP_Geometric(
        np.where(np.isfinite(friction), friction, -1.0), sampling=(cell_m, cell_m)
    )
    found: Floats = search.find_costs(list(zip(*(part.tolist() for part in sources), strict=True)))[
        0
    ]
    return found


def grass(
    friction: Floats, sources: Sources, cell_m: float, neighbours: int
) -> tuple[Floats, float]:
    """Return the costs of GRASS and the CPU seconds of its search."""
    with tempfile.TemporaryDirectory() as folder:
        return referee_grass.least_cost_timed(
            friction,
            sources,
            steps_m=(cell_m, cell_m),
            neighbours=neighbours,
            folder=Path(folder),
        )


def clocked(search: Callable[[], Floats]) -> tuple[Floats, float]:
    """Return the costs of a search in this process and its CPU seconds."""
    start = time.process_time()
    found = search()
    return found, time.process_time() - start


def methods(side: int) -> dict[str, Callable[[], tuple[Floats, float]]]:
    """Return each method that is installed, as a call giving costs and CPU seconds."""
    friction, sources = surface(side)
    case = friction, sources, CELL_M[side]
    found = {
        OWN_8: lambda: clocked(lambda: own(*case, 8)),
        OWN_16: lambda: clocked(lambda: own(*case, 16)),
    }
    height, slopes = hills(side)
    walkers = {
        UP_8: lambda: clocked(lambda: own_uphill(side, sources, slopes, 8)),
        UP_16: lambda: clocked(lambda: own_uphill(side, sources, slopes, 16)),
    }
    if importlib.util.find_spec("skimage"):
        found[SKIMAGE] = lambda: clocked(lambda: skimage(*case))
    else:
        print("skipped: scikit-image is not installed", file=sys.stderr)
    if referee_grass.installed():
        found[GRASS_8] = lambda: grass(*case, 8)
        found[GRASS_16] = lambda: grass(*case, 16)
        walkers[WALK_8] = lambda: grass_uphill(side, sources, height, 8)
        walkers[WALK_16] = lambda: grass_uphill(side, sources, height, 16)
    else:
        print("skipped: GRASS is not installed", file=sys.stderr)
    return found | walkers


def compare(side: int, rounds: int) -> list[str]:
    """Return the lines of the table for one size."""
    calls = methods(side)
    first = {name: call()[0] for name, call in calls.items()}  # also compiles and warms up
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(call()[1])
    middle = {name: statistics.median(taken) for name, taken in seconds.items()}
    lines = []
    for name in calls:
        own_name = OURS.get(name, name)
        check(name, first[name], first[own_name])
        times, per_cell = middle[name] / middle[own_name], middle[name] / side**2
        low, high = min(seconds[name]), max(seconds[name])
        lines.append(
            f"| {CELL_M[side]:.0f} m, {side**2 / 1e6:.2f} M | {name} | {middle[name]:.3f} "
            f"| {low:.3f}–{high:.3f} | {per_cell * 1e9:.0f} | {times:.1f} "
            f"| {apart(first[name], first[own_name])} | {peak_mib(side, name)} |"
        )
    return lines


def check(name: str, found: Floats, ours: Floats) -> None:
    """Stop where a method's answer is not ours within what it promises."""
    both = np.isfinite(found) & np.isfinite(ours)
    if not np.allclose(found[both], ours[both], rtol=1e-4 if "GRASS" in name else 1e-12):
        sys.exit(f"{name} finds other costs than we do")


def apart(found: Floats, ours: Floats) -> str:
    """Return the largest relative difference where both arrive."""
    both = np.isfinite(found) & np.isfinite(ours) & (ours > 0)
    largest = float((np.abs(found[both] - ours[both]) / ours[both]).max(initial=0.0))
    return "0" if largest == 0 else f"{largest:.0e}"


def peak_mib(side: int, name: str) -> str:
    """Return how far a fresh process's peak memory grows during one search."""
    if "GRASS" in name:
        return "own process"
    command = [sys.executable, __file__, "--peak", name, "--sizes", str(side)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def print_peak(side: int, name: str) -> None:
    """Print the growth of this process's peak (Linux), once a small search has loaded it all."""
    friction, sources = surface(side)
    corner = friction[:40, :40].copy()
    neighbours = 16 if "16" in name else 8
    slopes = hills(side)[1]

    def search(land: Floats, starts: Sources) -> Floats:
        if name in {UP_8, UP_16}:
            rows, cols = land.shape
            over = slopes._replace(elevation_m=slopes.elevation_m[:rows, :cols])
            return least_cost(
                land, starts, steps_m=(1.0, 1.0), neighbours=neighbours, slopes=over
            ).cost_s
        if name == SKIMAGE:
            return skimage(land, starts, CELL_M[side])
        return own(land, starts, CELL_M[side], neighbours)

    corner[0, 0] = 1.0
    search(corner, (np.array([0]), np.array([0])))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
    before = status_kib("VmRSS")
    search(friction, sources)
    print(f"{(status_kib('VmHWM') - before) / 1024:.0f} MiB")


def status_kib(field: str) -> int:
    """Return one figure that Linux keeps about this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def first_call_s(cache: str) -> float:
    """Return the CPU seconds of a whole process that makes one small search."""
    code = (
        "from landuse.leastcost import least_cost;"
        "least_cost([[1.0, 2.0]], ([0], [0]), steps_m=(1.0, 1.0))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"NUMBA_CACHE_DIR": cache, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(CELL_M), choices=CELL_M)
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(options.sizes[0], options.peak)
        return
    print("| raster | method | CPU s | range | ns a cell | times ours | differs by | memory |")
    print("|---|---|---|---|---|---|---|---|")
    for side in options.sizes:
        print("\n".join(compare(side, options.rounds)), flush=True)
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = first_call_s(cache), first_call_s(cache)
    print(f"\nA whole process with one tiny search: {cold:.1f} CPU s to compile, {warm:.1f} after.")


if __name__ == "__main__":
    main()
