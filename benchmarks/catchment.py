"""Enhanced two-step catchments (E2SFCA) against pysal's `access` and plain numpy and pandas.

    python benchmarks/catchment.py             # prints the table of benchmarks/README.md
    python benchmarks/catchment.py --rounds 1 --cells 8500

A synthetic city: cells of 100 m in their thousands, 300 facilities, eight cells to a junction.
Costs are whole seconds, so every method reads the same numbers. `access`, and pandas as a
planner would write it, need the long table of pairs and are given only those within the
cut-off; we take the matrix as a search leaves it. Seconds are CPU seconds (user + system),
medians over rounds in which the methods take turns, each run in a process of its own that has
met every function once on a small city. Memory is how far the peak rises while it works
(Linux), with what the costs themselves take beside it. Every answer is held to ours at 1e-9.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from landuse.access import CostMatrix, three_step_fca, two_step_fca  # noqa: E402
from landuse.decay import Gaussian, Stepped  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIZES = (8_500, 34_000, 136_000)
FACILITIES = 300
CELLS_A_NODE = 8
STAIR = Stepped(limits_s=(600.0, 1200.0, 1800.0), weights=(1.0, 0.68, 0.22))
BELL = Gaussian(scale_s=800.0, cutoff_s=1800.0)
AGREES = 1e-9


class City(NamedTuple):
    """Costs in whole seconds, supply and demand."""

    node_s: NDArray[np.uint16]
    """Junctions x facilities."""
    node: NDArray[np.int32]
    """Junction of each cell."""
    supply: pd.Series[float]
    demand: pd.Series[float]


def city(cells: int) -> City:
    """Return a square city, as dense whatever its size, crossed at 30 km/h."""
    rng = np.random.default_rng(7)
    nodes, side_m = cells // CELLS_A_NODE, 100.0 * np.sqrt(cells)
    here, there = rng.uniform(0, side_m, (nodes, 2)), rng.uniform(0, side_m, (FACILITIES, 2))
    node_s = np.empty((nodes, FACILITIES), dtype=np.uint16)
    for start in range(0, nodes, 1024):
        gap_m = np.abs(here[start : start + 1024, None] - there).sum(axis=2)
        node_s[start : start + 1024] = np.round(gap_m * 3.6 / 30)
    return City(
        node_s=node_s,
        node=np.repeat(np.arange(nodes, dtype=np.int32), CELLS_A_NODE),
        supply=pd.Series(rng.integers(5, 60, FACILITIES).astype(float), name="supply"),
        demand=pd.Series(rng.integers(1, 30, nodes * CELLS_A_NODE).astype(float), name="demand"),
    )


def matrix(given: City, *, shared: bool, kind: type = np.uint16) -> CostMatrix:
    """Return the costs as cells that share the row of their junction, or a row for each."""
    return CostMatrix(
        cost=given.node_s.astype(kind) if shared else given.node_s[given.node].astype(kind),
        origins=given.demand.index,
        destinations=given.supply.index,
        row=given.node if shared else None,
    )


def long_table(given: City) -> pd.DataFrame:
    """Return all pairs within the cut-off."""
    within = given.node_s <= STAIR.cutoff_s
    node, to = np.nonzero(within)
    pairs = np.bincount(node, minlength=len(within))
    first = np.concatenate([[0], np.cumsum(pairs)[:-1]])
    at = np.concatenate([np.arange(first[n], first[n] + pairs[n]) for n in given.node.tolist()])
    return pd.DataFrame(
        {
            "from_id": np.repeat(np.arange(len(given.node)), pairs[given.node]),
            "to_id": to[at],
            "cost_s": given.node_s[node, to][at].astype(np.float64),
        }
    )


def by_access(costs: pd.DataFrame, given: City) -> pd.Series:
    """Return the answer of pysal's `access`."""
    from access import fca, weights  # noqa: PLC0415 - may be absent

    return fca.two_stage_fca(
        demand_df=given.demand.to_frame(),
        supply_df=given.supply.to_frame(),
        cost_df=costs,
        max_cost=STAIR.cutoff_s,
        demand_index=True,
        cost_origin="from_id",
        cost_dest="to_id",
        cost_name="cost_s",
        weight_fn=weights.step_fn(dict(zip(STAIR.limits_s, STAIR.weights, strict=True))),
    )


def by_pandas(costs: pd.DataFrame, given: City) -> pd.Series:
    """Return the answer of vectorised pandas over the long table."""
    weight = pd.Series(STAIR(costs["cost_s"].to_numpy()), costs.index)
    people = costs["from_id"].map(given.demand) * weight
    ratio = given.supply / people.groupby(costs["to_id"]).sum()
    return (costs["to_id"].map(ratio) * weight).groupby(costs["from_id"]).sum()


def by_numpy(costs: CostMatrix, given: City) -> pd.Series:
    """Return the answer of plain numpy over a whole matrix, in one piece."""
    weight = STAIR(costs.cost)
    ratio = given.supply.to_numpy() / (given.demand.to_numpy() @ weight)
    return pd.Series(weight @ ratio, given.demand.index)


def own(costs: Any, given: City) -> pd.Series:  # noqa: ANN401 - a matrix or a table
    """Return our answer."""
    return two_step_fca(costs, given.supply, given.demand, decay=STAIR)


class Method(NamedTuple):
    """How costs are handed over, and what is made of them."""

    hand_over: Callable[[City], Any]
    answer: Callable[[Any, City], pd.Series]
    of_e2sfca: bool = True
    """Whether the answer is the same as all others."""


CELLS = "landuse, cells x facilities, float32"
METHODS = {
    "landuse, junctions x facilities, uint16": Method(lambda c: matrix(c, shared=True), own),
    CELLS: Method(lambda c: matrix(c, shared=False, kind=np.float32), own),
    "landuse, long table": Method(long_table, own),
    "numpy, cells x facilities, float32": Method(
        lambda c: matrix(c, shared=False, kind=np.float32), by_numpy
    ),
    "pandas, long table": Method(long_table, by_pandas),
    "pysal access, long table": Method(long_table, by_access),
    "landuse, Gaussian, cells, float32": Method(
        lambda c: matrix(c, shared=False, kind=np.float32),
        lambda costs, c: two_step_fca(costs, c.supply, c.demand, decay=BELL),
        of_e2sfca=False,
    ),
    "landuse, three steps, cells, float32": Method(
        lambda c: matrix(c, shared=False, kind=np.float32),
        lambda costs, c: three_step_fca(costs, c.supply, c.demand, decay=STAIR),
        of_e2sfca=False,
    ),
}


def run(name: str, cells: int, answer: Path) -> None:
    """Print CPU seconds, memory and the size of the costs of one run; keep its answer."""
    method = METHODS[name]
    small = city(800)
    method.answer(method.hand_over(small), small)  # compiles, imports, warms up
    given = city(cells)
    costs = method.hand_over(given)
    clear = Path("/proc/self/clear_refs")
    clear.write_text("5", encoding="ascii")  # forget the peak so far
    before = status_kib("VmRSS")
    start = time.process_time()
    found = method.answer(costs, given)
    spent = time.process_time() - start
    grown = (status_kib("VmHWM") - before) / 1024
    held = (
        costs.memory_usage().sum() if isinstance(costs, pd.DataFrame) else costs.cost.nbytes
    ) / 2**20
    np.save(answer, found.reindex(given.demand.index).fillna(0.0).to_numpy())
    print(json.dumps({"cpu_s": spent, "grown_mib": grown, "held_mib": float(held)}))


def status_kib(field: str) -> int:
    """Return one figure that Linux keeps about this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def compare(cells: int, names: list[str], rounds: int, folder: Path) -> list[str]:
    """Return the lines of the table for one size.

    Raises
    ------
    SystemExit
        If two methods disagree.
    """
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for place, name in enumerate(names):
            command = [sys.executable, __file__, "--one", name, "--cells", str(cells)]
            command += ["--answer", str(folder / f"{place}.npy")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout))
    ours = np.load(folder / f"{names.index(CELLS)}.npy")
    base = statistics.median(one["cpu_s"] for one in found[CELLS])
    lines = []
    for place, name in enumerate(names):
        seconds = [one["cpu_s"] for one in found[name]]
        answer = np.load(folder / f"{place}.npy")
        apart = float((np.abs(answer - ours) / np.maximum(ours, 1e-300)).max())
        if METHODS[name].of_e2sfca and apart > AGREES:
            sys.exit(f"{name} differs by {apart:.1e} from ours")
        middle = statistics.median(seconds)
        grown, held = (max(one[key] for one in found[name]) for key in ("grown_mib", "held_mib"))
        differs = f"{apart:.0e}" if METHODS[name].of_e2sfca else "another measure"
        lines.append(
            f"| {cells:,} x {FACILITIES} | {name} | {middle:.4f} "
            f"| {min(seconds):.4f}–{max(seconds):.4f} | {middle / base:.2f} "
            f"| {held:.0f} | {grown:.0f} | {differs} |"
        )
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cells", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--answer", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run(options.one, options.cells[0], options.answer)
        return
    names = list(METHODS)
    if not importlib.util.find_spec("access"):
        print("skipped: pysal's access is not installed", file=sys.stderr)
        names = [name for name in names if "access" not in name]
    print(
        "| size | method | CPU s | range | times ours (cells) | costs held, MiB "
        "| peak above that, MiB | differs by |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for cells in options.cells:
            print("\n".join(compare(cells, names, options.rounds, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
