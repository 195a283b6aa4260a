"""How unevenly something is spread over people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.equity.people import amounts, head_of_table, weighted_mean
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "concentration_index",
    "gini",
    "inequality_by_group",
    "palma",
    "theil",
    "theil_by_group",
]


def gini(values: pd.Series[float], people: pd.Series[float]) -> float:
    """Return the Gini coefficient: 0 if all have the same, towards 1 if one has it all.

    Twice the area between the Lorenz curve and the diagonal (Gini 1912), for weighted data
    twice the covariance of value and rank over the mean (Lerman and Yitzhaki 1989). The
    people of a cell share its value, so what is uneven within cells is not seen.

    Parameters
    ----------
    values
        From 0 up and finite, NaN where blank. If nobody has anything it is 0.
    people
        People of each cell, index as `values`.

    Raises
    ------
    LayerError
        If a value is below 0 or infinite; or as `unknown_people`.
    """
    value, weight = amounts(values, people)
    return _concentration(value, weight, value)


def concentration_index(
    values: pd.Series[float],
    people: pd.Series[float],
    *,
    rank_by: pd.Series[float],
    bounds: tuple[float, float] | None = None,
) -> float:
    """Return how far a value leans to those who rank high (above 0) or low (below 0).

    As the Gini coefficient, but people are ranked by something else, such as income or age:
    twice the covariance of value and fractional rank over the mean (Kakwani, Wagstaff and
    van Doorslaer 1997). People of equal rank share the middle rank of them all.

    Parameters
    ----------
    values, people
        As for `gini`. If nobody has anything it is 0.
    rank_by
        What people are ranked by, index as `values`; where it is blank, people are left
        out.
    bounds
        Least and largest value that is possible. With them it is the corrected index of
        Erreygers (2009), 4 times mean over their distance times the index, which does not
        change when shortfalls are looked at instead but for the sign.

    Returns
    -------
    float
        From -1 to 1.

    Raises
    ------
    LayerError
        If bounds do not rise or a value lies outside them; or as `gini`.
    """
    value, weight, rank = amounts(values, people, rank_by)
    index = _concentration(value, weight, rank)
    if bounds is None:
        return index
    low, high = bounds
    if not low < high or ((value < low) | (value > high)).any():
        what = f"are {bounds}, values go from {value.min(initial=high)} to {value.max(initial=low)}"
        raise LayerError(Fault(where="bounds", what=what, fix="give the range that is possible"))
    mean = value @ weight / weight.sum() if len(value) else np.nan
    return float(4 * mean / (high - low) * index)


def palma(
    values: pd.Series[float],
    people: pd.Series[float],
    *,
    rank_by: pd.Series[float] | None = None,
) -> float:
    """Return what the top tenth of people have on average, over what the lower 40 % have.

    After the ratio of income shares of Palma (2011), in the form that transport planning
    uses: means instead of shares, so that equality is 1.

    Parameters
    ----------
    values, people
        As for `gini`.
    rank_by
        What people are ranked by, such as income; the values themselves if left out.
        People of one cell or of equal rank that straddle a limit are split there.

    Returns
    -------
    float
        1 if all have the same, even nothing; infinite if the lower 40 % have nothing and
        the top tenth something; NaN if neither has anything but others do.

    Raises
    ------
    LayerError
        As `gini`.
    """
    value, weight, rank = amounts(values, people, values if rank_by is None else rank_by)
    if not len(value):
        return float("nan")
    if value.min() == value.max():
        return 1.0
    low, top = (_mean_between(value, weight, rank, part) for part in ((0.0, 0.4), (0.9, 1.0)))
    if low == 0:
        return float("inf") if top > 0 else float("nan")
    return top / low


def theil(values: pd.Series[float], people: pd.Series[float]) -> float:
    """Return Theil's T: 0 if all have the same, up to the logarithm of people if one has all.

    The mean of `x ln x`, with x the value over the mean (Theil 1967); nothing counts as 0,
    its limit.

    Parameters
    ----------
    values, people
        As for `gini`. If nobody has anything it is 0.

    Raises
    ------
    LayerError
        As `gini`.
    """
    return _theil(*amounts(values, people))


def theil_by_group(values: pd.Series[float], groups: pd.DataFrame) -> pd.DataFrame:
    """Part Theil's T into what differs between groups of people and within them.

    Parameters
    ----------
    values
        As for `gini`.
    groups
        A column for each group with its people in each cell, index as `values`; nobody may
        be in two. `split_people` makes them of labels of cells.

    Returns
    -------
    pandas.DataFrame
        Index `group`; `people` (with a known value), `mean`, `theil` (of the group alone),
        `within` (its share of all value times its own T) and `between` (its share of all
        value times the logarithm of that share over its share of people). Both sum to T of
        everybody (Shorrocks 1980).

    Raises
    ------
    LayerError
        As `gini`.
    """
    parts = {name: amounts(values, groups[name]) for name in groups.columns}
    rows = {name: (weight.sum(), value @ weight) for name, (value, weight) in parts.items()}
    people = sum(count for count, _ in rows.values())
    total = sum(amount for _, amount in rows.values())
    table = []
    for name, (count, amount) in rows.items():
        own = _theil(*parts[name])
        share = amount / total if total > 0 else 0.0
        between = share * np.log(share * people / count) if share > 0 else 0.0
        within = share * own if share > 0 else 0.0
        mean = amount / count if count > 0 else np.nan
        table.append((count, mean, own, within, between))
    columns = ["people", "mean", "theil", "within", "between"]
    return pd.DataFrame(table, index=pd.Index(groups.columns, name="group"), columns=columns)


def inequality_by_group(values: pd.Series[float], groups: pd.DataFrame) -> pd.DataFrame:
    """Return the mean and the inequality of a value for groups of people.

    Parameters
    ----------
    values
        As for `gini`.
    groups
        A column for each group with its people in each cell, index as `values`.

    Returns
    -------
    pandas.DataFrame
        Index `group`; `people` (with a known value), `unknown`, `mean`, `gini`, `palma` and
        `theil`.

    Raises
    ------
    LayerError
        As `gini`.
    """
    table = head_of_table(values, groups)
    for measure in (weighted_mean, gini, palma, theil):
        name = measure.__name__.removeprefix("weighted_")
        table[name] = [measure(values, groups[group]) for group in groups.columns]
    return table


def _concentration(value: Floats, weight: Floats, rank_by: Floats) -> float:
    """Return twice the covariance of value and fractional rank, over the mean."""
    if not len(value):
        return float("nan")
    if value.min() == value.max():
        return 0.0
    _, block = np.unique(rank_by, return_inverse=True)
    people = np.bincount(block, weight)
    rank = (np.cumsum(people) - people / 2) / people.sum()
    total = value @ weight
    return float(2 * ((value * weight) @ (rank[block] - 0.5)) / total)


def _mean_between(
    value: Floats, weight: Floats, rank_by: Floats, part: tuple[float, float]
) -> float:
    """Return the mean value of those whose place in the ranking is in a part of it."""
    low, high = part
    _, block = np.unique(rank_by, return_inverse=True)
    people = np.bincount(block, weight)
    upto = np.cumsum(people) / people.sum()
    upto[-1] = 1.0
    before = np.concatenate([[0.0], upto[:-1]])
    inside = np.clip(np.minimum(upto, high) - np.maximum(before, low), 0.0, None)
    mean = np.bincount(block, value * weight) / people
    return float(mean @ inside / inside.sum())


def _theil(value: Floats, weight: Floats) -> float:
    if not len(value):
        return float("nan")
    total = value @ weight
    if value.min() == value.max():
        return 0.0
    some = value > 0
    over = value[some] * (weight.sum() / total)
    # Rounding must not make equality a little less than even.
    return max(float(weight[some] @ (over * np.log(over)) / weight.sum()), 0.0)
