"""In which order the nodes of a street graph are removed: once for each topology.

Streets carry few detours: take away the nodes of fewest neighbours first, join what they
joined, and the joints that are left stay few. This is what sparse matrix solvers do to
keep their factors small, and what a customisable contraction hierarchy needs (Dibbelt,
Strasser and Wagner, *Customizable Contraction Hierarchies*, JEA 2016): the order depends on
which streets meet and on no speed, so it is worth keeping beside the streets.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["elimination_order", "topology_key"]


def topology_key(nodes: int, tail: Ints, head: Ints) -> str:
    """Return a name for a topology, under which a caller may keep its hierarchy.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head
        Ends of the arcs, in the order in which their costs will be given.
    """
    digest = hashlib.sha256(f"hierarchy 1 {nodes} {len(tail)} ".encode())
    for ends in (tail, head):
        digest.update(np.ascontiguousarray(ends, dtype="<i8").tobytes())
    return digest.hexdigest()


def elimination_order(nodes: int, tail: Ints, head: Ints) -> Ints:
    """Return when each node is removed, 0 first.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head
        Ends of the arcs; directions do not matter here.

    Notes
    -----
    Multiple minimum degree (Liu 1985), as SuperLU computes it before it factorises: its
    ordering of a matrix with the pattern of the graph is what is wanted, and its factors,
    which are as sparse as the hierarchy will be, are thrown away.
    """
    from scipy.sparse import coo_array, diags_array  # noqa: PLC0415 - half a second
    from scipy.sparse.linalg import splu  # noqa: PLC0415 - half a second

    apart = tail != head
    if not apart.any():
        return np.arange(nodes, dtype=np.int64)
    places = tail[apart], head[apart]
    one_way = coo_array((np.ones(apart.sum()), places), shape=(nodes, nodes)).tocsr()
    both = one_way + one_way.T
    both.data[:] = -1.0
    neighbours = -both.sum(axis=1)
    # A diagonal that outweighs its row: no pivot is ever exchanged, whatever the graph.
    matrix = (both + diags_array(neighbours + 1.0)).tocsc()
    factors = splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return np.asarray(factors.perm_c, dtype=np.int64)
