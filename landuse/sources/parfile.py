"""Parameter files (`.par`) of the Geospatial Information Authority: shifts on the 1 km mesh.

A few lines of header, the last of which begins with `MeshCode`, then for each mesh its code
and the shifts of latitude and longitude in seconds at its south-western corner. Between the
corners the authority's programs interpolate bilinearly, in the coordinates before the shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from landuse.sources.report import Findings

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["ParGrid", "read_par"]

HEADER_LINES = 30
"""Lines among which the header ends; TKY2JGD has 2, PatchJGD 16."""

ROWS_PER_DEG, COLUMNS_PER_DEG = 120, 80
"""Meshes of 30 seconds by 45 seconds."""

WIDTH = 100_000
EDGE = 1e-9
"""Share of a mesh by which a point may miss the mesh whose south-western border it is on."""

MAX_SHIFT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class ParGrid:
    """Shifts at corners of the 1 km mesh, sorted by place."""

    places: Integers
    """Row of the corner (30 seconds) times `WIDTH` plus its column (45 seconds)."""
    shifts_s: Floats
    """Seconds east and north, a row for each corner."""

    def moved(self, lonlat: Floats) -> Floats:
        """Return points (longitude, latitude in degrees) after the shift.

        NaN where one of the four corners around a point has no parameters. A point on a
        border needs the corners beyond it too, as with the authority's programs.
        """
        across = lonlat * [COLUMNS_PER_DEG, ROWS_PER_DEG]
        usable = np.clip(np.nan_to_num(across, nan=0.0), 0, WIDTH / 2)  # else no integer
        corner = np.floor(usable + EDGE)
        east, north = (across - corner).T
        place = (corner[:, 1] * WIDTH + corner[:, 0]).astype(np.int64)
        weights = {
            0: (1 - east) * (1 - north),
            1: east * (1 - north),
            WIDTH: (1 - east) * north,
            WIDTH + 1: east * north,
        }
        shift_s = sum(self._at(place + step) * w[:, None] for step, w in weights.items())
        return np.asarray(lonlat + shift_s / 3600)

    def _at(self, places: Integers) -> Floats:
        rank = np.minimum(np.searchsorted(self.places, places), len(self.places) - 1)
        return np.where((self.places[rank] == places)[:, None], self.shifts_s[rank], np.nan)


def read_par(path: Path, findings: Findings) -> ParGrid:
    """Read a parameter file of horizontal shifts (TKY2JGD or PatchJGD).

    Raises
    ------
    LayerError
        If it is none, is damaged, or holds heights only.
    """
    data = path.read_bytes()
    lines = data.split(b"\n", HEADER_LINES)
    titles = [row for row, line in enumerate(lines) if line.startswith(b"MeshCode")]
    title = lines[titles[0]].decode("latin-1").split() if titles else []
    if len(title) < 3 or not (title[1].startswith("dB") and title[2].startswith("dL")):
        _stop(path, "is no parameter file of shifts: no line `MeshCode dB(sec) dL(sec)`", findings)
    try:
        with np.errstate(invalid="raise"):  # a code that is no whole number
            table = pd.read_csv(
                BytesIO(data),
                sep=r"\s+",
                header=None,
                skiprows=titles[0] + 1,
                usecols=[0, 1, 2],
                names=["code", "north_s", "east_s"],
                dtype={"code": np.int64, "north_s": np.float64, "east_s": np.float64},
                encoding="latin-1",
                index_col=False,
            )
    except (ValueError, ArithmeticError, pd.errors.ParserError) as error:
        _stop(path, f"cannot be read as a parameter file: {error}", findings)
    shifts_s = table[["east_s", "north_s"]].to_numpy()
    places = _places(table["code"].to_numpy())
    order = np.argsort(places, kind="stable")
    usable = np.isfinite(shifts_s).all() and (np.abs(shifts_s) < MAX_SHIFT_S).all()
    whole = len(places) and (places >= 0).all() and (np.diff(places[order]) > 0).all()
    if not (usable and whole):
        _stop(path, "has meshes that are no codes, stand twice or have no usable shift", findings)
    return ParGrid(places=places[order], shifts_s=shifts_s[order])


def _places(codes: Integers) -> Integers:
    """Return where the south-western corners of 1 km meshes lie, -1 where a code is none."""
    digits = [codes // 10**power % 10 for power in range(7, -1, -1)]
    row = (digits[0] * 10 + digits[1]) * 80 + digits[4] * 10 + digits[6]
    column = (digits[2] * 10 + digits[3] + 100) * 80 + digits[5] * 10 + digits[7]
    good = (codes >= 10_000_000) & (codes < 100_000_000) & (digits[4] < 8) & (digits[5] < 8)
    return np.where(good, row * WIDTH + column, -1)


def _stop(path: Path, what: str, findings: Findings) -> None:
    fix = "download it again from the Geospatial Information Authority"
    findings.stop(f"needs the grid {path.name}, which {what}", fix)
