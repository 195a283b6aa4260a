"""The 1/10 mesh of JIS X 0410 (about 100 m) as whole numbers: rows and columns from 0 N, 0 E.

A cell is 3 seconds of latitude high and 4.5 seconds of longitude wide, so that 1,200 rows and 800
columns make a degree. Its code is the 8 digits of the standard (1 km) mesh, then row and column of
the tenth, counted from the south-west.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["COLUMNS_PER_DEGREE", "ROWS_PER_DEGREE", "cell_ids", "centres"]

ROWS_PER_DEGREE = 1200
COLUMNS_PER_DEGREE = 800


def cell_ids(rows: NDArray[np.int64], columns: NDArray[np.int64]) -> list[str]:
    """Return the 10-digit codes of some cells."""
    first, rest = np.divmod(rows, 800)  # 40 minutes
    second, rest = np.divmod(rest, 100)  # 5 minutes
    third, tenth = np.divmod(rest, 10)  # 30 seconds, 3 seconds
    west, over = np.divmod(columns, 800)  # 1 degree
    next_, over = np.divmod(over, 100)  # 7.5 minutes
    last, small = np.divmod(over, 10)  # 45 seconds, 4.5 seconds
    parts = (first, west - 100, second, next_, third, last, tenth, small)
    return [
        f"{a:02d}{b:02d}{c}{d}{e}{f}{g}{h}"
        for a, b, c, d, e, f, g, h in zip(*(part.tolist() for part in parts), strict=True)
    ]


def centres(
    rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude of the centres of some cells, in degrees."""
    return (columns + 0.5) / COLUMNS_PER_DEGREE, (rows + 0.5) / ROWS_PER_DEGREE
