"""The hierarchy of a street graph: a tree of its nodes, and the arcs that searches use.

Nodes are numbered from the top, every parent before its children and every subtree in one
piece. All arcs of a node lead to its ancestors. So a sweep from the top that keeps only the
labels of the way down to the node at hand, some hundred rows, sees all that it needs: that
is why no kernel of this package has to hold a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]

__all__ = ["Hierarchy", "contract", "hierarchy_from_arrays"]


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    """A topology made ready: no cost is in it, so speeds and closures do not touch it."""

    place: Shorts
    """Where each node of the graph stands, counted from the top."""
    parent: Shorts
    """Parent of each place; -1 at the top of each part of the graph."""
    size: Shorts
    """Number of places in each place's subtree, itself included."""
    depth: Shorts
    """Number of places above each place."""
    first: Ints
    """Where the arcs of each place begin, shape (places + 1,)."""
    head: Shorts
    """Place to which each arc leads, rising within a place's arcs."""
    arc: Shorts
    """Arc of the hierarchy that carries each arc of the graph; -1 for loops."""
    upward: NDArray[np.bool_]
    """Whether the graph's arc leads up that arc, else down."""

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.place)

    @property
    def levels(self) -> int:
        """Greatest number of places on one way down."""
        return int(self.depth.max(initial=-1)) + 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return everything as arrays, for a caller that keeps them on disk."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def hierarchy_from_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> Hierarchy:
    """Return the hierarchy that `Hierarchy.arrays` gave."""
    return Hierarchy(**{field.name: np.asarray(arrays[field.name]) for field in fields(Hierarchy)})


def contract(rank: Ints, tail: Ints, head: Ints) -> Hierarchy:
    """Return the hierarchy of a graph.

    Parameters
    ----------
    rank
        When each node is removed, from `elimination_order`, shape (nodes,).
    tail, head
        Ends of the arcs; costs will be given in this order.

    Notes
    -----
    The tree is the elimination tree of sparse factorisation, and the arcs are the pattern
    of the factor: one walk up the tree for each (Liu, *The role of elimination trees in
    sparse factorization*, 1990).
    """
    from landuse.hierarchy import contract_kernels as kernels  # noqa: PLC0415 - loads numba

    parent = kernels.tree(*_neighbours(rank, tail, head))
    place, size = kernels.places_from_the_top(parent)
    above = np.full(len(rank), -1, dtype=np.int32)
    above[place] = np.where(parent >= 0, place[parent], -1)
    sizes = np.empty_like(size)
    sizes[place] = size
    where = place[rank]
    joined = _neighbours(where, tail, head)
    count = kernels.up_counts(*joined, above)
    first = np.concatenate([[0], np.cumsum(count)])
    heads = kernels.fill(*joined, above, first)
    low, high = np.maximum(where[tail], where[head]), np.minimum(where[tail], where[head])
    return Hierarchy(
        place=where,
        parent=above,
        size=sizes,
        depth=kernels.depths(above),
        first=first,
        head=heads,
        arc=kernels.arcs_of(low, high, first, heads),
        upward=where[tail] > where[head],
    )


def _neighbours(number: NDArray[np.integer], tail: Ints, head: Ints) -> tuple[Ints, Shorts]:
    """Return the neighbours of each node under other numbers, each once."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - half a second

    nodes = len(number)
    places = (
        np.concatenate([number[tail], number[head]]),
        np.concatenate([number[head], number[tail]]),
    )
    both = coo_array((np.ones(len(places[0]), np.int8), places), shape=(nodes, nodes)).tocsr()
    return both.indptr.astype(np.int64), both.indices.astype(np.int32)
