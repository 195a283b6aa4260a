"""GRASS `r.cost` as a referee, run as its own process where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

BARRIER = -1.0
SCRIPT = """
set -e
g.region rows={rows} cols={cols} n={north} s=0 w=0 e={east} --quiet
r.in.bin -d input=friction.bin output=friction bytes=8 anull={null} \
  north={north} south=0 west=0 east={east} rows={rows} cols={cols} --quiet
r.in.bin -d input=starts.bin output=starts bytes=8 anull={null} \
  north={north} south=0 west=0 east={east} rows={rows} cols={cols} --quiet
TIMEFORMAT='%U %S'
{{ time r.cost {flag} input=friction start_raster=starts output=cost memory=1000 --quiet; }} 2> cpu
r.out.bin -f input=cost output=cost.bin bytes=8 null={null} --quiet
"""


def installed() -> bool:
    return shutil.which("grass") is not None


def least_cost(
    friction: NDArray[np.float64],
    sources: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    steps_m: tuple[float, float],
    neighbours: int,
    folder: Path,
) -> NDArray[np.float64]:
    """Return the costs of `r.cost`, infinite where it gives none."""
    return least_cost_timed(
        friction, sources, steps_m=steps_m, neighbours=neighbours, folder=folder
    )[0]


def least_cost_timed(
    friction: NDArray[np.float64],
    sources: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    steps_m: tuple[float, float],
    neighbours: int,
    folder: Path,
) -> tuple[NDArray[np.float64], float]:
    """Return the costs, and the CPU seconds of `r.cost` with its own rasters read and written."""
    rows, cols = friction.shape
    starts = np.full(friction.shape, BARRIER)
    starts[sources] = 1.0
    np.where(np.isfinite(friction), friction, BARRIER).astype("<f8").tofile(folder / "friction.bin")
    starts.astype("<f8").tofile(folder / "starts.bin")
    script = SCRIPT.format(
        rows=rows,
        cols=cols,
        east=cols * steps_m[0],
        north=rows * steps_m[1],
        null=BARRIER,
        flag="-k" if neighbours == 16 else "",
    )
    command = ["grass", "--tmp-location", "XY", "--exec", "bash", "-c", script]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    cost = np.fromfile(folder / "cost.bin", dtype="<f8").reshape(friction.shape)
    # r.cost counts in widths of a cell, not in metres.
    cpu_s = sum(map(float, (folder / "cpu").read_text(encoding="utf-8").split()[-2:]))
    return np.where(cost == BARRIER, np.inf, cost * steps_m[0]), cpu_s
