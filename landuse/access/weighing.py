"""Weighted sums over what is in reach, from a long table or from a compact matrix.

Every measure of access is made of two sums: what subjects bring to each destination, and
what each subject finds at its destinations. Here both are taken, so that a measure is
written once for both kinds of costs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.access.costs import CostMatrix, listed, reasons_of, require_unique
from landuse.decay import Binary, Exponential, Gaussian, Linear, Logistic, Power, Stepped
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from landuse.decay import Decay

    Floats = NDArray[np.float64]
    Code = tuple[int, float, float, float, Floats, Floats]
    """Kind, scale, exponent or deviation, cutoff, limits and weights of a decay."""

__all__ = ["KINDS", "ListedReach", "MatrixReach", "Reach", "amounts", "reach_of"]

KINDS = (None, Binary, Linear, Exponential, Gaussian, Stepped, Logistic, Power)
"""Decays in the order of their codes in `landuse.access.kernels`; the first is any other."""

BLOCK = 4096
"""Rows weighed at once by a decay that the kernels do not know."""

NONE = np.zeros(0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach(ABC):
    """What is in reach of whom, and with which weight."""

    origins: pd.Index[Any]
    destinations: pd.Index[Any]
    codes: NDArray[np.uint8]
    """Number of the reason for which each origin is blank, 0 where it is not."""

    @abstractmethod
    def spread(self, amount: Floats, *, shared: int = 0) -> Floats:
        """Return what origins bring to every destination: the sum of amount times weight.

        `shared`: 1 divides the weights of an origin by their sum, so that it shares itself
        out among its destinations; 2 multiplies by the weight once more after that.
        """

    @abstractmethod
    def gather(self, value: Floats, *, shared: int = 0) -> Floats:
        """Return what each origin finds: the sum of value times weight, `shared` as above."""

    def series(self, found: Floats, name: str) -> pd.Series[float]:
        """Return a measure: NaN where the origin is blank."""
        return pd.Series(np.where(self.codes > 0, np.nan, found), index=self.origins, name=name)


@dataclass(frozen=True, kw_only=True, eq=False)
class ListedReach(Reach):
    """Pairs of a long table."""

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    weight: Floats

    def spread(self, amount: Floats, *, shared: int = 0) -> Floats:
        """Return what origins bring to every destination."""
        return self._sums(self.end, amount[self.start] * self._shared(shared), self.destinations)

    def gather(self, value: Floats, *, shared: int = 0) -> Floats:
        """Return what each origin finds."""
        return self._sums(self.start, value[self.end] * self._shared(shared), self.origins)

    def _shared(self, shared: int) -> Floats:
        if not shared:
            return self.weight
        total = self._sums(self.start, self.weight, self.origins)[self.start]
        part = np.divide(self.weight, total, out=np.zeros_like(total), where=total > 0)
        return part if shared == 1 else part * self.weight

    @staticmethod
    def _sums(place: NDArray[np.intp], part: Floats, ids: pd.Index[Any]) -> Floats:
        return np.bincount(place, part, len(ids)).astype(np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class MatrixReach(Reach):
    """A compact matrix; weights are taken row by row and never kept."""

    matrix: CostMatrix
    decay: Decay
    row: NDArray[np.int32]
    """Rows that count, one for each party: an origin, or all origins that pay the same."""
    leg_s: NDArray[np.float32]
    party: NDArray[np.intp]
    """Party of each origin, -1 of a blank one."""

    def spread(self, amount: Floats, *, shared: int = 0) -> Floats:
        """Return what origins bring to every destination."""
        from landuse.access.kernels import spread  # noqa: PLC0415 - imports numba

        known = self.party >= 0
        together = np.bincount(self.party[known], amount[known], len(self.row)).astype(np.float64)
        found = np.zeros(len(self.destinations))
        for rows, part, code in self._parts():
            spread(rows, (code, shared), together[part], found)
        return found

    def gather(self, value: Floats, *, shared: int = 0) -> Floats:
        """Return what each origin finds."""
        from landuse.access.kernels import gather  # noqa: PLC0415 - imports numba

        found = np.zeros(len(self.row) + 1)  # the last is what a blank origin finds
        for rows, part, code in self._parts():
            gather(rows, (code, shared), value, found[:-1][part])
        return found[self.party]

    def _parts(self) -> Iterator[tuple[tuple[Any, ...], slice, Code]]:
        """Yield rows as the kernels take them: all at once, or blocks of given weights."""
        matrix, code = self.matrix, _coded(self.decay)
        if code[0]:
            rows = self.matrix.cost, self.row, self.leg_s, matrix.unit_s, matrix.largest
            yield rows, slice(None), code
            return
        for start in range(0, len(self.row), BLOCK):
            part = slice(start, start + BLOCK)
            cost = matrix.cost[self.row[part]].astype(np.float64)
            cost_s = np.where(cost <= matrix.largest, cost * matrix.unit_s, np.inf)
            weight = self.decay(cost_s + self.leg_s[part, None])
            own = np.arange(len(weight), dtype=np.int32)
            yield (weight, own, self.leg_s[part], 1.0, np.inf), part, code


def reach_of(
    costs: pd.DataFrame | CostMatrix, origins: pd.Index[Any] | None, *, decay: Decay
) -> Reach:
    """Return the reach of some origins (all of a matrix if None) under a decay."""
    if isinstance(costs, CostMatrix):
        return _matrix_reach(costs, costs.origins if origins is None else origins, decay)
    require_columns(costs, ["from_id", "to_id", "cost_s"], where="costs")
    ids = pd.Index(pd.unique(costs["to_id"]))
    subjects = pd.Index(pd.unique(costs["from_id"])) if origins is None else origins
    start, end, cost_s = listed(costs, subjects, ids)
    weight = decay(cost_s)
    counts = weight > 0
    return ListedReach(
        origins=subjects,
        destinations=ids,
        codes=reasons_of(costs, subjects),
        start=start[counts],
        end=end[counts],
        weight=weight[counts],
    )


def _matrix_reach(matrix: CostMatrix, origins: pd.Index[Any], decay: Decay) -> MatrixReach:
    require_unique(origins, where="origins")
    codes = reasons_of(matrix, origins)
    same = origins is matrix.origins
    place = np.arange(len(origins)) if same else matrix.origins.get_indexer(origins)
    row = np.where(codes > 0, -1, matrix.rows[place])
    if matrix.leg_s is None:
        used = np.flatnonzero(np.bincount(row[row >= 0], minlength=len(matrix.cost)))
        party_of_row = np.full(len(matrix.cost) + 1, -1)
        party_of_row[used] = np.arange(len(used))
        party, leg_s = party_of_row[row], np.zeros(len(used), dtype=np.float32)
    else:
        known = np.flatnonzero(row >= 0)
        party = np.full(len(origins), -1)
        party[known] = np.arange(len(known))
        used, leg_s = row[known], matrix.leg_s[place[known]].astype(np.float32)
    return MatrixReach(
        origins=origins,
        destinations=matrix.destinations,
        codes=codes,
        matrix=matrix,
        decay=decay,
        row=used.astype(np.int32),
        leg_s=leg_s,
        party=party,
    )


def _coded(decay: Decay) -> Code:
    """Return a decay as the kernels take it."""
    kind = KINDS.index(type(decay)) if type(decay) in KINDS else 0
    limits_s, weights = NONE, NONE
    if isinstance(decay, Stepped):
        limits_s, weights = np.array(decay.limits_s, float), np.array(decay.weights, float)
    scale_s = getattr(decay, "middle_s", getattr(decay, "scale_s", 1.0))
    other = getattr(decay, "deviation_s", getattr(decay, "exponent", 1.0))
    return kind, float(scale_s), float(other), float(decay.cutoff_s), limits_s, weights


def amounts(given: pd.Series[float], ids: pd.Index[Any], *, where: str) -> Floats:
    """Return the amount of each id, 0 where none is given.

    Raises
    ------
    LayerError
        If an amount is blank, infinite or below 0, or an id stands twice: an unknown
        number is not zero.
    """
    require_unique(given.index, where=where)
    numbers = given.to_numpy(float)
    wrong = ~(np.isfinite(numbers) & (numbers >= 0))
    if wrong.any():
        first = given.index[wrong][0]
        what = f"{int(wrong.sum()):,} are blank, infinite or below 0, the first at {first!r}"
        raise LayerError(Fault(where=where, what=what, fix="give numbers from 0 up, or no row"))
    return np.array(given.reindex(ids).fillna(0.0), dtype=np.float64)
