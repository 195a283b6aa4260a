"""Least cost between many cells and each its own other cell, near by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.leastcost.links import packed_links
from landuse.leastcost.moves import MARGIN, WALL_EAST, WALL_NORTH, move_table, open_moves
from landuse.leastcost.slopes import packed_slopes

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from landuse.leastcost.links import Links
    from landuse.leastcost.slopes import Slopes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["pair_costs"]


def pair_costs(  # noqa: PLR0913 - each is one choice, by its name
    friction: NDArray[np.float32],
    pairs: tuple[tuple[Ints, Ints], tuple[Ints, Ints]],
    *,
    steps_m: tuple[ArrayLike, ArrayLike],
    neighbours: int = 16,
    walls: NDArray[np.uint8] | None = None,
    slopes: Slopes | None = None,
    links: Links | None = None,
    direction: str = "to",
    most_s: Floats | None = None,
    around: int | None = None,
) -> Floats:
    """Return what each of some cells pays to its own other cell.

    Parameters
    ----------
    friction, steps_m, neighbours, walls, slopes, links
        As for `least_cost`.
    pairs
        Rows and columns of the starts, and of the end of each.
    direction
        `to` the end, or `from` it.
    most_s
        The most that is asked for of each pair; a search stops there.
    around
        How many cells beyond the box of an end and its starts a way may lead; None for any.

    Returns
    -------
    numpy.ndarray
        Seconds; infinite where there is no way, or none within `most_s`.

    Notes
    -----
    One search outward from each different end, until its starts are settled. Starts that no
    way can join to their end are told apart beforehand, lest the search run over the whole
    raster for them.
    """
    (rows, cols), (end_rows, end_cols) = pairs
    padded = np.pad(np.asarray(friction), MARGIN, constant_values=np.inf)
    wide = padded.shape[1]
    start, end = (
        (row + MARGIN) * wide + col + MARGIN for row, col in ((rows, cols), (end_rows, end_cols))
    )
    ways = packed_links(links, (friction.shape[0], friction.shape[1]), direction)
    part = _parts(padded, walls, ways)
    flat = padded.ravel()
    asked = np.flatnonzero(
        (part[start] == part[end]) & np.isfinite(flat[start]) & np.isfinite(flat[end])
    )
    answer = np.full(len(start), np.inf)
    if len(asked):
        order = asked[np.argsort(end[asked], kind="stable")]
        ends, first = np.unique(end[order], return_index=True)
        table = move_table(friction.shape, steps_m, neighbours)
        moves = open_moves(padded, walls, neighbours)
        land = flat, moves.ravel(), *(place.astype(np.int64) for place in table[:-1]), table[-1]
        most = np.full(len(order), np.inf) if most_s is None else most_s[order]
        groups = ends, np.append(first, len(order)), start[order], most
        ground = packed_slopes(slopes, direction)
        answer[order] = _searched(
            land, ground, ways, groups, where=_places(len(part), flat.size, ways), around=around
        )
    return answer


def _searched(
    land: Any,  # noqa: ANN401 - see the kernel
    ground: Any,  # noqa: ANN401
    ways: Any,  # noqa: ANN401
    groups: Any,  # noqa: ANN401
    *,
    where: Ints,
    around: int | None,
) -> Floats:
    """Run the kernel, with room for cells and nodes."""
    from landuse.leastcost.pair_kernel import search_pairs  # noqa: PLC0415 - numba is heavy

    answer = np.full(len(groups[2]), np.inf)
    empty = np.full(len(where), np.inf), np.zeros(len(where), dtype=np.int64)
    far = len(where) if around is None else around
    search_pairs(land, ground, ways, (*groups, *empty, answer, where, far))
    return answer


def _places(size: int, cells: int, ways: Any) -> Ints:  # noqa: ANN401 - None or arrays
    """Return the cell at which each cell and node lies; -1 for nodes that touch none."""
    where = np.arange(size)
    where[cells:] = -1
    if ways is not None:
        start = np.repeat(np.arange(size), np.diff(ways[0]))
        end = ways[1].astype(np.int64)
        for node, cell in ((start, end), (end, start)):
            touches = (node >= cells) & (cell < cells)
            where[node[touches]] = cell[touches]
    return where


def _parts(
    padded: NDArray[np.float32],
    walls: NDArray[np.uint8] | None,
    ways: tuple[NDArray[np.int32], NDArray[np.uint64], Floats] | None,
) -> NDArray[np.int32]:
    """Return a number for each cell and node: equal ones can be joined by some way.

    Steps to the four sides tell, as every other move goes along some of them.
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 - keeps the import of the package light
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    free = np.isfinite(padded)
    east, north = free[:, :-1] & free[:, 1:], free[:-1] & free[1:]
    if walls is not None:
        east[MARGIN:-MARGIN, MARGIN : 1 - MARGIN] &= (walls & WALL_EAST) == 0
        north[MARGIN : 1 - MARGIN, MARGIN:-MARGIN] &= (walls & WALL_NORTH) == 0
    place = np.arange(padded.size).reshape(padded.shape)
    starts, ends = [place[:, :-1][east], place[:-1][north]], [place[:, 1:][east], place[1:][north]]
    size = padded.size
    if ways is not None:
        size = len(ways[0]) - 1
        starts.append(np.repeat(np.arange(size), np.diff(ways[0])))
        ends.append(ways[1].astype(np.int64))
    one, other = np.concatenate(starts), np.concatenate(ends)
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(size, size))
    found: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return found
