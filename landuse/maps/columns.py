"""Columns of cell values on their way into a page: what each is told by, and its text."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.errors import Fault, LayerError
from landuse.maps.pack import armoured, bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Ints = NDArray[np.int32]

__all__ = ["Columns", "DamagedError", "checksum", "neighbours", "pack_column", "unpack_column"]

KIN = 6
"""By so many columns at most another is told; a page unpacks them first."""

SAMPLE = 7
"""Every so many cells are looked at to find what a column is best told by."""

WORKERS = 2


class DamagedError(LayerError):
    """A packed column is not what was packed."""


def neighbours(rows: ArrayLike, cols: ArrayLike) -> Ints:
    """Return the neighbours of cells that stand in order of rows and columns.

    Returns
    -------
    numpy.ndarray
        (n, 7), as `landuse.maps.cell_kernels.code_cells` wants them. Where there is no neighbour
        another one stands for it, at last the cell before, or `n`: no cell.
    """
    row, col = np.asarray(rows) - np.min(rows) + 1, np.asarray(cols) - np.min(cols) + 1
    n = len(row)
    place = np.full((row.max() + 2, col.max() + 2), -1)
    own = place[row, col] = np.arange(n)
    west, south, corner, east_south = (
        place[row + down, col + right] for down, right in ((0, -1), (-1, 0), (-1, -1), (-1, 1))
    )
    before = np.where(own > 0, own - 1, n)
    known = [west, south, corner, east_south]
    first = np.select([one >= 0 for one in known], known, before)
    south = np.where(south >= 0, south, first)
    east, north = place[row, col + 1], place[row + 1, col]
    columns = (
        first,
        south,
        np.where(corner >= 0, corner, south),
        np.where(east_south >= 0, east_south, south),
        np.where(east >= 0, east, own),
        np.where(north >= 0, north, own),
        np.append(first, n)[first],
    )
    return np.stack(columns, axis=1).astype(np.int32)


def checksum(values: Ints) -> int:
    """Return the FNV-1a hash of both lower bytes of each value and of a last 0."""
    from landuse.maps.vote_kernels import summed  # noqa: PLC0415 - numba

    return int(summed(_ended(values)))


def pack_column(
    values: ArrayLike, near: Ints, *, like: Sequence[Ints] = (), usual: Ints | None = None
) -> str:
    """Return a column as text.

    Parameters
    ----------
    values
        Whole numbers from 0 to 65535, one for each cell.
    near
        From `neighbours`.
    like
        Columns that the reader has and that change where this one does.
    usual
        A column that the reader has and that changes in proportion.

    Raises
    ------
    ValueError
        If a value is out of range.
    """
    from landuse.maps.cell_kernels import code_cells  # noqa: PLC0415 - numba
    from landuse.maps.vote_kernels import tables_of_curves  # noqa: PLC0415 - numba

    column = np.asarray(values)
    if len(column) and (column.min() < 0 or column.max() > 0xFFFF):
        message = f"values from {column.min()} to {column.max()} do not fit into two bytes"
        raise ValueError(message)
    room = np.zeros(64 * len(near) + 8, np.uint8)
    known = _known(len(near), like, usual)
    n = code_cells(_ended(column), *known, near, room, tables_of_curves(), 0)
    return armoured(checksum(column).to_bytes(4, "big") + room[:n].tobytes())


def unpack_column(
    text: str, near: Ints, *, like: Sequence[Ints] = (), usual: Ints | None = None
) -> Ints:
    """Return the values of `pack_column`, given the same columns.

    Raises
    ------
    DamagedError
        If the text is not what was written.
    """
    from landuse.maps.cell_kernels import code_cells  # noqa: PLC0415 - numba
    from landuse.maps.vote_kernels import tables_of_curves  # noqa: PLC0415 - numba

    raw = bare(text)
    values = np.zeros(len(near) + 1, np.int32)
    known = _known(len(near), like, usual)
    body = np.frombuffer(raw, np.uint8, offset=min(4, len(raw))).copy()
    code_cells(values, *known, near, body, tables_of_curves(), 1)
    if len(raw) < 5 or checksum(values[:-1]) != int.from_bytes(raw[:4], "big"):
        fix = "make the page again, or get the file again"
        raise DamagedError(Fault(where="packed column", what="is damaged", fix=fix))
    return values[:-1]


def _ended(values: ArrayLike) -> Ints:
    return np.append(np.asarray(values), 0).astype(np.int32)


def _known(n: int, like: Sequence[Ints], usual: Ints | None) -> tuple[Ints, Ints]:
    kin = np.stack([_ended(one) for one in like]) if like else np.zeros((0, n + 1), np.int32)
    return kin, np.zeros(0, np.int32) if usual is None else _ended(usual)


@dataclass(kw_only=True)
class Columns:
    """Columns that are told by one another, each stored once."""

    near: Ints
    values: list[Ints] = field(default_factory=list)
    steps: list[Ints] = field(default_factory=list)
    """For each column how it changes from cell to cell, at a sample of them."""
    told: list[tuple[list[int], int]] = field(default_factory=list)
    """For each column the numbers of the columns like it, and of the usual one or 0."""
    families: dict[str, list[int]] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def add(self, values: ArrayLike, *, family: str = "", usual: int = 0) -> int:
        """Take a column in and return its number, counted from 1.

        `family` names the columns that it may be told by; without one it is told alone.
        """
        column = np.asarray(values).astype(np.int32)
        key = column.tobytes()
        if key not in self.numbers:
            elders = self.families.setdefault(family, []) if family else []
            steps = self._steps(column)
            like = self._likest(steps, elders)
            self.values.append(column)
            self.steps.append(steps)
            self.told.append((like, usual))
            self.numbers[key] = len(self.values)
            elders.append(len(self.values))
        return self.numbers[key]

    def _steps(self, column: Ints) -> Ints:
        """Return by how much a column changes from the west, at a sample of the cells."""
        places = np.arange(0, len(column), SAMPLE)
        west = np.minimum(self.near[places, 0], len(column) - 1)
        return np.asarray(column[places] - column[west])

    def _likest(self, steps: Ints, elders: Sequence[int]) -> list[int]:
        """Return the elders from which a column differs by the same in most places."""

        def changes(number: int) -> int:
            return int(np.count_nonzero(steps != self.steps[number - 1]))

        return sorted(elders, key=changes)[:KIN]

    def packed(self) -> list[dict[str, Any]]:
        """Return the columns in their order, ready for JSON."""

        def one(place: int) -> dict[str, Any]:
            like, usual = self.told[place]
            text = pack_column(
                self.values[place],
                self.near,
                like=[self.values[number - 1] for number in like],
                usual=self.values[usual - 1] if usual else None,
            )
            return {"text": text, "like": like, "usual": usual}

        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(one, range(len(self.values))))
