"""Why a cost is blank: every blank has its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.network.snapping import WHY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.network.ends import Ends
    from landuse.network.task import Task

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Codes = NDArray[np.int8]
    Bools = NDArray[np.bool_]

__all__ = ["named", "reasons_of_nearest", "reasons_of_pairs"]

BEYOND, ISLAND, OUTSIDE, NO_FACILITY = (
    WHY.index(why) for why in ("beyond_cutoff", "island", "outside_data", "no_facility_data")
)


def reasons_of_pairs(task: Task, part: Ints, cost_s: Floats) -> Codes:
    """Say why the costs of some destinations are blank.

    Parameters
    ----------
    task
        The search.
    part
        Which destinations.
    cost_s
        Shape (destinations of this part, origins).

    Returns
    -------
    numpy.ndarray
        Places in `WHY`, shape of `cost_s`; 0 where a cost is known.
    """
    known = np.isfinite(cost_s) & (cost_s <= task.cutoff_s)
    code = np.where(known, 0, BEYOND).astype(np.int8)
    if not known.all():
        joined = _joined(task, [np.array([place]) for place in part])
        code[~known & ~joined] = ISLAND
    here, there = task.here.why, task.there.why[part, None]
    there = np.where(there == OUTSIDE, NO_FACILITY, there)
    return _with_places(code, known, here[None, :], there)


def reasons_of_nearest(task: Task, cost_s: Floats, *, fewer: Bools | None = None) -> Codes:
    """Say why the cost of the nearest destination is blank, one for each origin.

    `fewer` marks origins that lack a next nearest although some place is known to them.
    """
    known = np.isfinite(cost_s) & (cost_s <= task.cutoff_s)
    code = np.where(known, 0, BEYOND).astype(np.int8)
    there = task.there.why
    if not known.all():
        joined = _joined(task, [np.flatnonzero(task.there.on)])[0]
        code[~known & ~joined] = ISLAND
        if fewer is not None:
            code[~known & joined & fewer] = ISLAND
    there = np.where(there == OUTSIDE, NO_FACILITY, there)
    all_of_them = there.min(initial=NO_FACILITY)
    return _with_places(code, known, task.here.why, np.full(len(cost_s), all_of_them))


def named(code: NDArray[np.int8]) -> Any:  # noqa: ANN401 - an array of texts of pandas
    """Return the names of reasons."""
    return pd.array(list(WHY), dtype="str").take(code.ravel())


def _with_places(
    code: Codes, known: Bools, here: NDArray[np.integer], there: NDArray[np.integer]
) -> Codes:
    """Let what is wrong with the places themselves come first."""
    worst = np.maximum(here, there)
    code = np.where(~known & (worst > 0), worst, code).astype(np.int8)
    # Without coordinates nothing is known, not even that it costs nothing.
    return np.where(worst >= OUTSIDE, worst, code).astype(np.int8)


def _joined(task: Task, groups: list[Ints]) -> Bools:
    """Tell to which origins any way leads from some destinations of each group."""
    here, found = task.here, []
    seen: dict[tuple[bool, frozenset[int]], Bools] = {}
    ways = {"to": (True,), "from": (False,), "there_and_back": (True, False)}[task.direction]
    for group in groups:
        joined = here.on.copy()
        for turned in ways:
            starts = _open_ends(task.there, group, arriving=turned)
            # All nodes of one strong part lead to the same: look once for each.
            parts = frozenset(task.prepared.network.strong[starts].tolist())
            if (turned, parts) not in seen:
                seen[turned, parts] = _reached(task, starts, turned=turned)
            reached = seen[turned, parts]
            legs = here.out_s if turned else here.in_s
            joined &= (reached[here.tail] & np.isfinite(legs[0])) | (
                reached[here.head] & np.isfinite(legs[1])
            )
        found.append(joined)
    return np.array(found)


def _open_ends(ends: Ends, group: Ints, *, arriving: bool) -> Ints:
    """Return the nodes from which one can come to some places, or to which one can go."""
    legs = ends.in_s if arriving else ends.out_s
    nodes = [
        node[group][np.isfinite(leg_s[group])]
        for node, leg_s in zip((ends.tail, ends.head), legs, strict=True)
    ]
    return np.concatenate(nodes)


def _reached(task: Task, starts: Ints, *, turned: bool) -> Bools:
    """Tell which nodes any way joins to some others, however long."""
    from scipy.sparse.csgraph import breadth_first_order  # noqa: PLC0415 - half a second

    network = task.prepared.network
    reached = np.zeros(len(network.nodes), dtype=bool)
    graph = network.graph.T.tocsr() if turned else network.graph
    for start in starts.tolist():
        if not reached[start]:
            reached[breadth_first_order(graph, start, return_predecessors=False)] = True
    return reached
