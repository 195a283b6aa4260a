"""Kernels of `contract`: the tree of an elimination order, and the arcs that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.hierarchy.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Shorts = NDArray[np.int32]

__all__ = ["arcs_of", "depths", "fill", "places_from_the_top", "tree", "up_counts"]


@kernel
def tree(first: Ints, neighbour: Shorts) -> Shorts:
    """Return the parent of each node, nodes numbered as they are removed; -1 at the top.

    Liu's algorithm: the parent is the first of the later nodes that removal joins it to.
    """
    nodes = len(first) - 1
    parent = np.full(nodes, -1, dtype=np.int32)
    root = np.full(nodes, -1, dtype=np.int32)
    for node in range(nodes):
        for entry in range(first[node], first[node + 1]):
            at = neighbour[entry]
            while at != -1 and at < node:
                after = root[at]
                root[at] = node
                if after == -1:
                    parent[at] = node
                at = after
                if at == node:
                    break
    return parent


@kernel
def places_from_the_top(parent: Shorts) -> tuple[Shorts, Shorts]:
    """Return each node's place, parents before children, subtrees together; and subtree sizes.

    Small subtrees first, so that what a large one needs is still at hand.
    """
    nodes = len(parent)
    size = np.ones(nodes, dtype=np.int32)
    for node in range(nodes):
        if parent[node] >= 0:
            size[parent[node]] += size[node]
    place = np.empty(nodes, dtype=np.int32)
    free = np.zeros(nodes, dtype=np.int32)  # next place among a node's children
    top = 0
    for node in range(nodes - 1, -1, -1):
        if parent[node] < 0:
            place[node] = top
            top += size[node]
        else:
            place[node] = free[parent[node]]
            free[parent[node]] += size[node]
        free[node] = place[node] + 1
    return place, size


@kernel
def up_counts(first: Ints, neighbour: Shorts, parent: Shorts) -> Ints:
    """Return how many nodes above it each node is joined to, itself numbered from the top."""
    nodes = len(parent)
    count = np.zeros(nodes, dtype=np.int64)
    seen = np.full(nodes, -1, dtype=np.int32)
    for high in range(nodes):
        seen[high] = high
        for entry in range(first[high], first[high + 1]):
            at = neighbour[entry]
            while at > high and seen[at] != high:
                seen[at] = high
                count[at] += 1
                at = parent[at]
    return count


@kernel
def fill(first: Ints, neighbour: Shorts, parent: Shorts, up_first: Ints) -> Shorts:
    """Return whom each node is joined to above it, from the top downwards."""
    nodes = len(parent)
    head = np.empty(up_first[nodes], dtype=np.int32)
    free = up_first[:-1].copy()
    seen = np.full(nodes, -1, dtype=np.int32)
    for high in range(nodes):
        seen[high] = high
        for entry in range(first[high], first[high + 1]):
            at = neighbour[entry]
            while at > high and seen[at] != high:
                seen[at] = high
                head[free[at]] = high
                free[at] += 1
                at = parent[at]
    return head


@kernel
def arcs_of(low: Shorts, high: Shorts, up_first: Ints, head: Shorts) -> Shorts:
    """Return which arc joins each pair of a lower and a higher node; -1 for a node to itself."""
    found = np.full(len(low), -1, dtype=np.int32)
    for pair in range(len(low)):
        if low[pair] == high[pair]:
            continue
        left, right = up_first[low[pair]], up_first[low[pair] + 1] - 1
        while left < right:
            middle = (left + right) // 2
            if head[middle] < high[pair]:
                left = middle + 1
            else:
                right = middle
        found[pair] = left
    return found


@kernel
def depths(parent: Shorts) -> Shorts:
    """Return how many places stand above each, numbered from the top."""
    depth = np.zeros(len(parent), dtype=np.int32)
    for place in range(len(parent)):
        if parent[place] >= 0:
            depth[place] = depth[parent[place]] + 1
    return depth
