"""Catchments that are full when they are full: who finds a place, and who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.access.costs import CostMatrix, compact, reasons_of
from landuse.access.weighing import amounts
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Pairs = tuple[NDArray[np.intp], NDArray[np.intp], Floats]

__all__ = ["as_matrix", "limited_catchments", "served_share"]

BANDS = 64
"""Slices of cost that are sorted one after the other, so that pairs never stand all at once."""

BLOCK = 4096
"""Origins looked at together."""


def limited_catchments(
    costs: pd.DataFrame | CostMatrix,
    capacity: pd.Series[float],
    demand: pd.Series[float],
    *,
    cutoff_s: float,
    order: Sequence[Any] | None = None,
) -> pd.DataFrame:
    """Give people places at facilities with a capacity, the nearest first.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s`; or a matrix. A long table is held as a dense matrix.
    capacity
        People that each destination can take, index its id.
    demand
        People of each origin, index its id.
    cutoff_s
        Nobody goes farther than this.
    order
        None, or destinations in the order in which they fill; those left out stay empty.

    Returns
    -------
    pandas.DataFrame
        `from_id, to_id, people, cost_s`: one row for each origin and destination that
        take or send anybody, in the order in which places were given.

    Raises
    ------
    LayerError
        If a capacity or a demand is blank or below 0, an id or a pair stands twice, or the
        order names a destination twice or one that there are no costs for.

    Notes
    -----
    The rule. Without `order` all pairs within the cutoff stand in one queue, the cheapest
    first; each pair gives as many of the origin's people who have no place yet as the
    destination has room for. So whoever has a place lives no farther away than anybody
    whom that facility turned away, and would find no room anywhere nearer. With `order`
    the first destination takes the nearest people up to its capacity, then the second
    takes of those who are left, and so on, as AccessMod does (Ray and Ebener 2008).

    Origins that pay exactly the same to the same destination share its last room in
    proportion to the people they have left, so that the order of origins never matters.
    Destinations at exactly the same cost take turns as `capacity` lists them.
    """
    matrix = as_matrix(costs, demand.index, capacity.index)
    people = amounts(demand, matrix.origins, where="demand")
    room = amounts(capacity, matrix.destinations, where="capacity")
    people[reasons_of(matrix, matrix.origins) > 0] = 0.0
    if order is None:
        rank = capacity.index.get_indexer(matrix.destinations)
        queue = _banded(matrix, people, room, cutoff_s=cutoff_s, rank=rank)
    else:
        queue = _one_by_one(matrix, people, _turns(matrix, order), cutoff_s)
    return _filled(matrix, queue, people, room)


def served_share(
    costs: pd.DataFrame | CostMatrix,
    capacity: pd.Series[float],
    demand: pd.Series[float],
    *,
    cutoff_s: float,
    order: Sequence[Any] | None = None,
) -> pd.Series[float]:
    """Return the share of each origin's people who find a place with a limited capacity.

    Parameters
    ----------
    costs, capacity, demand, cutoff_s, order
        As for `limited_catchments`, which tells the rule.

    Returns
    -------
    pandas.Series
        `served_share`, from 0 to 1; NaN where the origin is blank or nobody lives.

    Raises
    ------
    LayerError
        As `limited_catchments`.
    """
    placed = limited_catchments(costs, capacity, demand, cutoff_s=cutoff_s, order=order)
    served = placed.groupby("from_id")["people"].sum().reindex(demand.index).fillna(0.0)
    known = (reasons_of(costs, demand.index) == 0) & (demand > 0)
    share = (served / demand.where(known)).clip(upper=1.0)
    return share.rename("served_share")


def as_matrix(
    costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any], destinations: pd.Index[Any]
) -> CostMatrix:
    """Return a matrix as it is, or a long table as a matrix."""
    return costs if isinstance(costs, CostMatrix) else compact(costs, origins, destinations)


def _turns(matrix: CostMatrix, order: Sequence[Any]) -> NDArray[np.intp]:
    """Return the places of destinations in their order."""
    ids = pd.Index(order)
    turns = matrix.destinations.get_indexer(ids)
    faults = [
        Fault(where="order", what=f"{ids[wrong][0]!r} {what}", fix=fix)
        for wrong, what, fix in (
            (turns < 0, "is no destination", "name those that there are costs for"),
            (ids.duplicated(), "stands there twice", "name each once"),
        )
        if wrong.any()
    ]
    if faults:
        raise LayerError(faults)
    return turns


def _filled(
    matrix: CostMatrix, queue: Iterator[Pairs], people: Floats, room: Floats
) -> pd.DataFrame:
    """Work off a queue; people and room are used up while it goes on."""
    from landuse.access.kernels import fill_places  # noqa: PLC0415 - imports numba

    none = np.zeros(0, dtype=np.intp)
    parts = [(none, none, np.zeros(0), np.zeros(0))]
    for origin, dest, cost_s in queue:
        placed = np.zeros(len(origin))
        fill_places((origin, dest, cost_s), people, room, placed)
        some = placed > 0
        parts.append((origin[some], dest[some], placed[some], cost_s[some]))
    origin, dest, placed, cost_s = (np.concatenate(part) for part in zip(*parts, strict=True))
    return pd.DataFrame(
        {
            "from_id": matrix.origins.take(origin),
            "to_id": matrix.destinations.take(dest),
            "people": placed,
            "cost_s": cost_s,
        }
    )


def _banded(
    matrix: CostMatrix,
    people: Floats,
    room: Floats,
    *,
    cutoff_s: float,
    rank: NDArray[np.intp],
) -> Iterator[Pairs]:
    """Yield all pairs in the order of their costs, as far as anybody still waits."""
    low_s = -1.0
    for high_s in np.linspace(0.0, _dearest(matrix, people, cutoff_s), BANDS + 1):
        open_to = np.flatnonzero(room > 0)
        origin, dest, cost_s = _between(matrix, people, open_to, (low_s, high_s))
        order = np.lexsort((rank[dest], cost_s))
        yield origin[order], dest[order], cost_s[order]
        low_s = high_s


def _one_by_one(
    matrix: CostMatrix, people: Floats, turns: NDArray[np.intp], cutoff_s: float
) -> Iterator[Pairs]:
    """Yield the pairs of one destination after the other, the nearest first."""
    for place in turns:
        origin, dest, cost_s = _between(matrix, people, np.array([place]), (-1.0, cutoff_s))
        order = np.argsort(cost_s, kind="stable")
        yield origin[order], dest[order], cost_s[order]


def _dearest(matrix: CostMatrix, people: Floats, cutoff_s: float) -> float:
    """Return the largest cost that counts."""
    largest_s = 0.0
    for origins in _blocks(people):
        cost_s = matrix.seconds(origins)
        largest_s = max(largest_s, float(cost_s[np.isfinite(cost_s)].max(initial=0.0)))
    return min(largest_s, cutoff_s)


def _between(
    matrix: CostMatrix, people: Floats, dests: NDArray[np.intp], costs_s: tuple[float, float]
) -> Pairs:
    """Return the pairs of people who wait and some destinations, above one cost up to another."""
    low_s, high_s = costs_s
    found: list[Pairs] = [(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))]
    for origins in _blocks(people):
        cost_s = matrix.seconds(origins, dests)
        here, there = np.nonzero((cost_s > low_s) & (cost_s <= high_s) & np.isfinite(cost_s))
        found.append((origins[here], dests[there], cost_s[here, there]))
    origin, dest, cost = (np.concatenate(column) for column in zip(*found, strict=True))
    return origin, dest, cost


def _blocks(people: Floats) -> Iterator[NDArray[np.intp]]:
    """Yield the places of those who still wait, so many at a time."""
    waiting = np.flatnonzero(people > 0)
    for start in range(0, len(waiting), BLOCK):
        yield waiting[start : start + BLOCK]
