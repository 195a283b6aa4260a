"""Costs as measures take them: a long table of pairs, or a compact matrix with ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.schema import REASONS, require_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLANK", "CostMatrix", "compact", "reasons_of", "require_unique", "with_reasons"]

BLANK = np.iinfo(np.uint16).max
"""Stands for no cost in a matrix of uint16; NaN and infinity do in one of floats."""

CODES = ("", *REASONS)
"""Reason -> its number in `CostMatrix.reason`."""

EMPTY_REACH = ("", "beyond_cutoff", "closed_by_scenario")
"""Reasons of a pair that say something of the pair and leave its origin known."""

PRECEDENCE = (
    "outside_data",
    "off_network",
    "island",
    "no_service_that_day",
    "no_facility_data",
)
"""Reasons for which an origin is blank when all of its pairs are; of several the first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CostMatrix:
    """What every origin pays to every destination, in as little memory as that takes.

    Origins may share rows, as the cells round one junction do, and have a leg of their own
    to that junction: origin `i` pays `cost[row[i], j] * unit_s + leg_s[i]` seconds to
    destination `j`. Nothing here ever spreads the rows out to one for each origin.
    """

    cost: NDArray[Any]
    """Shape (rows, destinations); uint16 (`BLANK` is none) or float (NaN, infinite: none)."""
    origins: pd.Index[Any]
    """Ids, each once."""
    destinations: pd.Index[Any]
    """Ids, each once."""
    row: NDArray[np.int32] | None = None
    """Row of each origin, -1 where it has none; if left out, each has the row of its place."""
    leg_s: NDArray[np.float32] | None = None
    """Seconds that each origin pays on top; none if left out."""
    reason: NDArray[np.uint8] | None = None
    """Why each origin is blank: 0 it is not, else 1 + place in `landuse.schema.REASONS`."""
    unit_s: float = 1.0
    """Seconds of a unit of cost."""

    def __post_init__(self) -> None:
        faults = [
            Fault(where=f"CostMatrix.{name}", what=what, fix=fix)
            for wrong, name, what, fix in self._tests()
            if wrong
        ]
        if faults:
            raise LayerError(faults)
        require_unique(self.origins, where="CostMatrix.origins")
        require_unique(self.destinations, where="CostMatrix.destinations")

    def _tests(self) -> list[tuple[bool, str, str, str]]:
        cost, count = np.asarray(self.cost), len(self.origins)
        kind, shape = cost.dtype, (cost.shape[0], len(self.destinations))
        rows, legs = self.row, self.leg_s
        ids = "give one for each origin"
        return [
            (
                kind not in (np.uint16, np.float32, np.float64),
                "cost",
                f"is {kind}",
                "give uint16, float32 or float64",
            ),
            (cost.shape != shape, "cost", f"has the shape {cost.shape}, not {shape}", "see above"),
            (
                kind.kind == "f" and cost.size > 0 and bool(np.fmin.reduce(cost, axis=None) < 0),
                "cost",
                "is below 0",
                "give seconds from 0 up",
            ),
            (rows is None and len(cost) != count, "row", "is left out", "say who has which row"),
            (rows is not None and len(rows) != count, "row", f"are not {count}", ids),
            (
                rows is not None and bool(((rows < -1) | (rows >= len(cost))).any()),
                "row",
                "is no row of cost",
                "give places of rows, or -1",
            ),
            (legs is not None and len(legs) != count, "leg_s", f"are not {count}", ids),
            (legs is not None and bool((legs < 0).any()), "leg_s", "is below 0", "mend it"),
            (
                self.reason is not None and len(self.reason) != count,
                "reason",
                f"are not {count}",
                ids,
            ),
            (not 0 < self.unit_s < np.inf, "unit_s", f"is {self.unit_s}", "give seconds above 0"),
        ]

    @property
    def largest(self) -> float:
        """The largest cost that is one, in units."""
        whole = self.cost.dtype == np.uint16
        return float(BLANK - 1) if whole else float(np.finfo(self.cost.dtype).max)

    @property
    def rows(self) -> NDArray[np.int32]:
        """Row of each origin, -1 where it has none."""
        return np.arange(len(self.origins), dtype=np.int32) if self.row is None else self.row

    @property
    def codes(self) -> NDArray[np.uint8]:
        """Number of each origin's reason; without one it is `outside_data` if it has no row."""
        found = np.zeros(len(self.origins), np.uint8) if self.reason is None else self.reason
        lost = self.rows < 0
        if self.leg_s is not None:
            lost = lost | ~np.isfinite(self.leg_s)
        return np.where(lost & (found == 0), CODES.index("outside_data"), found).astype(np.uint8)

    def seconds(
        self, origins: NDArray[Any], destinations: NDArray[Any] | None = None
    ) -> NDArray[np.float64]:
        """Return costs between some origins and destinations by place, infinite where none."""
        rows = self.rows[origins]
        cost = self.cost[rows] if destinations is None else self.cost[rows[:, None], destinations]
        cost_s = np.where(cost <= self.largest, cost * np.float64(self.unit_s), np.inf)
        if self.leg_s is not None:
            cost_s += np.nan_to_num(self.leg_s[origins], nan=np.inf)[:, None]
        cost_s[rows < 0] = np.inf
        return cost_s


def compact(costs: pd.DataFrame, origins: pd.Index[Any], destinations: pd.Index[Any]) -> CostMatrix:
    """Turn a long table of costs into a matrix.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s` and, if known, `reason`.
    origins, destinations
        Ids, in the order wanted; pairs of any others are left out.

    Returns
    -------
    CostMatrix
        Float64, as the table is; blanks are NaN and keep the reason of their origin.

    Raises
    ------
    LayerError
        If a column is missing, a pair stands there twice, or ids repeat.
    """
    start, end, cost_s = listed(costs, origins, destinations)
    matrix = np.full((len(origins), len(destinations)), np.nan)
    matrix[start, end] = cost_s
    return CostMatrix(
        cost=matrix,
        origins=origins,
        destinations=destinations,
        reason=reasons_of(costs, origins),
    )


def listed(
    costs: pd.DataFrame, origins: pd.Index[Any], destinations: pd.Index[Any]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Return the pairs that have a cost: place of origin, place of destination, seconds.

    Raises
    ------
    LayerError
        If a column is missing, a pair stands there twice, a cost is below 0, or ids repeat.
    """
    require_columns(costs, ["from_id", "to_id", "cost_s"], where="costs")
    require_unique(origins, where="origins")
    require_unique(destinations, where="destinations")
    cost_s = costs["cost_s"].to_numpy(float)
    start, end = (
        origins.get_indexer(pd.Index(costs["from_id"])),
        destinations.get_indexer(pd.Index(costs["to_id"])),
    )
    used = np.isfinite(cost_s) & (start >= 0) & (end >= 0)
    if not used.all():
        start, end, cost_s = start[used], end[used], cost_s[used]
    if (cost_s < 0).any():
        what = f"{int((cost_s < 0).sum()):,} costs are below 0"
        raise LayerError(Fault(where="costs", what=what, fix="give seconds from 0 up"))
    pairs = start * len(destinations) + end
    if _distinct(pairs, len(origins) * len(destinations)) < len(pairs):
        first = int(np.flatnonzero(pd.Series(pairs).duplicated())[0])
        what = f"the pair {origins[start[first]]} to {destinations[end[first]]} stands twice"
        raise LayerError(Fault(where="costs", what=what, fix="keep one row for each pair"))
    return start, end, cost_s


def _distinct(numbers: NDArray[np.intp], bound: int) -> int:
    """Count different numbers from 0 up to a bound."""
    if bound > 64 * len(numbers) + 1_000_000:
        return len(pd.unique(numbers))
    seen = np.zeros(bound, dtype=bool)  # a byte for each possible one is faster than hashing
    seen[numbers] = True
    return int(np.count_nonzero(seen))


def reasons_of(costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any]) -> NDArray[np.uint8]:
    """Return the number of the reason for which each origin is blank, 0 where it is not.

    Of a long table an origin is blank if every pair that it has is blank for a reason that
    speaks of the place or the data, not of the way: an origin is known as soon as one pair
    has a cost, or is `beyond_cutoff` or `closed_by_scenario`. An origin without any pair
    counts as known: a table that leaves its blanks out cannot say more.
    """
    if isinstance(costs, CostMatrix):
        place = costs.origins.get_indexer(origins)
        lost = CODES.index("outside_data")
        return np.where(place >= 0, costs.codes[place], lost).astype(np.uint8)
    found = np.zeros(len(origins), dtype=np.uint8)
    if "reason" not in costs.columns:
        return found
    place = origins.get_indexer(pd.Index(costs["from_id"]))
    given = costs["reason"].to_numpy(object)
    codes = pd.Index(CODES, dtype=object).get_indexer(pd.Index(given, dtype=object))
    if (codes < 0).any():
        what = f"{given[codes < 0][0]!r} is not one"
        raise LayerError(Fault(where="costs: reason", what=what, fix=f"use {', '.join(REASONS)}"))
    known = np.isin(codes, [CODES.index(reason) for reason in EMPTY_REACH])
    for reason in reversed(PRECEDENCE):
        found[place[(place >= 0) & (codes == CODES.index(reason))]] = CODES.index(reason)
    found[place[(place >= 0) & known]] = 0
    return found


def with_reasons(measure: pd.Series[float], costs: pd.DataFrame | CostMatrix) -> pd.DataFrame:
    """Put beside every figure of a measure the reason for which it is blank.

    Parameters
    ----------
    measure
        A measure of `costs`, index the ids of its origins.
    costs
        The costs that it was taken from.

    Returns
    -------
    pandas.DataFrame
        Index of the measure; a column of its name, and `reason`: one of
        `landuse.schema.REASONS` where it is NaN because the origin is blank,
        `beyond_cutoff` where it is infinite, as the cost of the nearest is where nothing is
        in reach, else empty: also where the share of nobody is blank.
    """
    figures = measure.to_numpy(float)
    codes = np.where(np.isnan(figures), reasons_of(costs, measure.index), 0)
    codes[np.isinf(figures)] = CODES.index("beyond_cutoff")
    names = pd.array(CODES, dtype="str").take(codes)
    return pd.DataFrame({measure.name: measure, "reason": names}, index=measure.index)


def require_unique(ids: pd.Index[Any], *, where: str) -> None:
    """Check that ids stand once each.

    Raises
    ------
    LayerError
        Naming the first that does not.
    """
    if not ids.is_unique:
        what = f"{ids[ids.duplicated()][0]!r} stands there twice"
        raise LayerError(Fault(where=where, what=what, fix="give every id once"))
