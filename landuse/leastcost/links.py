"""Links: ways over a raster that are not of it, such as a road between cell centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from landuse.leastcost.moves import MARGIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Packed = tuple[NDArray[np.int32], NDArray[np.uint64], NDArray[np.float64]]

__all__ = ["Links", "packed_links"]


class Links(NamedTuple):
    """One-way links between cells and nodes beyond the raster.

    A cell is its row times the number of columns plus its column; the nodes count on from
    the number of cells. A search passes through nodes as it does through cells.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    cost_s: NDArray[np.float64]
    """Seconds, 0 or more; infinite where nobody passes."""
    n_nodes: int
    """How many nodes there are beyond the cells."""


def packed_links(links: Links | None, shape: tuple[int, int], direction: str) -> Packed | None:
    """Return the links by their start in the padded raster: first of each, ends, seconds."""
    if links is None:
        return None
    start, end = (links.start, links.end) if direction == "from" else (links.end, links.start)
    start, end = (_padded(place, shape) for place in (start, end))
    order = np.argsort(start, kind="stable")
    size = (shape[0] + 2 * MARGIN) * (shape[1] + 2 * MARGIN) + links.n_nodes
    first = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(start, minlength=size), out=first[1:])
    return first, end[order].astype(np.uint64), links.cost_s[order].astype(np.float64)


def _padded(place: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return places of cells and nodes as the padded raster counts them."""
    rows, cols = shape
    wide = cols + 2 * MARGIN
    row, col = np.divmod(np.asarray(place, np.int64), cols)
    return np.where(
        place < rows * cols,
        (row + MARGIN) * wide + col + MARGIN,
        place - rows * cols + (rows + 2 * MARGIN) * wide,
    )
