"""GRASS `r.walk` as a referee of slopes, run as its own process where it is installed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NULL = -9999.0
LANGMUIR = (0.72, 6.0, 2.0, 2.0)
"""Seconds a metre along, a metre up, and less for a metre down, gently and steeply."""
SCRIPT = """
set -e
g.region rows={rows} cols={cols} n={north} s=0 w=0 e={east} --quiet
for name in height friction starts; do
  r.in.bin -d input=$name.bin output=$name bytes=8 anull={null} \
    north={north} south=0 west=0 east={east} rows={rows} cols={cols} --quiet
done
TIMEFORMAT='%U %S'
{{ time r.walk {flag} elevation=height friction=friction start_raster=starts output=cost \
  walk_coeff={coefficients} lambda=0 memory=1000 --quiet; }} 2> cpu
r.out.bin -f input=cost output=cost.bin bytes=8 null={null} --quiet
"""


def walking_time(
    height_m: NDArray[np.float64],
    sources: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    steps_m: tuple[float, float],
    neighbours: int,
    folder: Path,
) -> tuple[NDArray[np.float64], float]:
    """Return the seconds from the sources by `LANGMUIR`, and the CPU seconds of `r.walk`."""
    rows, cols = height_m.shape
    starts = np.full(height_m.shape, NULL)
    starts[sources] = 1.0
    for name, raster in (
        ("height", height_m),
        ("friction", np.zeros_like(height_m)),
        ("starts", starts),
    ):
        raster.astype("<f8").tofile(folder / f"{name}.bin")
    script = SCRIPT.format(
        rows=rows,
        cols=cols,
        east=cols * steps_m[0],
        north=rows * steps_m[1],
        null=NULL,
        flag="-k" if neighbours == 16 else "",
        coefficients=",".join(map(str, LANGMUIR)),
    )
    command = ["grass", "--tmp-location", "XY", "--exec", "bash", "-c", script]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    found = np.fromfile(folder / "cost.bin", dtype="<f8").reshape(height_m.shape)
    cpu_s = sum(map(float, (folder / "cpu").read_text(encoding="utf-8").split()[-2:]))
    return np.where(found == NULL, np.inf, found), cpu_s
