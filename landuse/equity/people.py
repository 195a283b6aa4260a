"""Values and the people they belong to: who counts, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "amounts",
    "head_of_table",
    "known",
    "refuse",
    "split_people",
    "unknown_people",
    "weighted_mean",
    "weighted_quantiles",
]


def unknown_people(values: pd.Series[float], people: pd.Series[float]) -> float:
    """Return how many people have no known value, and so are in none of the figures.

    Parameters
    ----------
    values
        One for each cell, NaN where blank.
    people
        People of each cell, index as `values`.

    Raises
    ------
    LayerError
        If people are blank or below 0, or not given for every cell.
    """
    return float(_of_cells(people, values, "people")[values.isna().to_numpy()].sum())


def split_people(people: pd.Series[float], labels: pd.Series) -> pd.DataFrame:
    """Make groups of people from labels of their cells.

    Parameters
    ----------
    people
        People of each cell.
    labels
        A label for each cell, such as its district, index as `people`; people of cells
        without one are in no group.

    Returns
    -------
    pandas.DataFrame
        Index of `people`; a column for each label, with 0 in the cells of all others.
    """
    label = labels.reindex(people.index)
    names = sorted(label.dropna().unique())
    return pd.DataFrame({name: people.where(label == name, 0.0) for name in names})


def weighted_mean(values: pd.Series[float], people: pd.Series[float]) -> float:
    """Return the mean value of people; infinite if any of them has an infinite one.

    Parameters
    ----------
    values, people
        As for `unknown_people`.

    Raises
    ------
    LayerError
        As `unknown_people`.
    """
    value, weight = known(values, people)
    return float(value @ weight / weight.sum()) if len(value) else float("nan")


def weighted_quantiles(
    values: pd.Series[float],
    people: pd.Series[float],
    *,
    shares: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
) -> pd.Series[float]:
    """Return the values that some shares of people do not exceed.

    Parameters
    ----------
    values, people
        As for `unknown_people`; infinite values come last.
    shares
        From 0 to 1; 0.5 is the median.

    Returns
    -------
    pandas.Series
        `weighted_quantiles`, index the shares: the least value that at least this share of
        people does not exceed (the inverse of the distribution, so always somebody's own
        value); for 0 the least of all.

    Raises
    ------
    LayerError
        As `unknown_people`, or if a share is not from 0 to 1.
    """
    for share in shares:
        if not 0 <= share <= 1:
            raise LayerError(Fault(where="shares", what=f"has {share}", fix="give 0 to 1"))
    value, weight = known(values, people)
    found = np.full(len(shares), np.nan)
    if len(value):
        order = np.argsort(value, kind="stable")
        upto = np.cumsum(weight[order])
        wanted = np.asarray(shares) * upto[-1] * (1 - 1e-12)  # sums of people are rounded
        found = value[order][np.searchsorted(upto, wanted)]
    return pd.Series(found, index=pd.Index(shares, name="share"), name="weighted_quantiles")


def known(
    values: pd.Series[float], people: pd.Series[float], *others: pd.Series[float]
) -> tuple[Floats, ...]:
    """Return value, people and what else is given, of the cells where none is blank.

    Raises
    ------
    LayerError
        If people are blank or below 0, or not given for every cell.
    """
    columns: list[Floats] = [np.asarray(values, float), _of_cells(people, values, "people")]
    columns += [_of_cells(other, values, "rank_by", blanks=True) for other in others]
    counts = columns[1] > 0
    for column in columns:
        counts &= ~np.isnan(column)
    return tuple(column[counts] for column in columns)


def amounts(
    values: pd.Series[float], people: pd.Series[float], *others: pd.Series[float]
) -> tuple[Floats, ...]:
    """Return the same of values that are amounts.

    Raises
    ------
    LayerError
        If a value is below 0 or infinite; or as `known`.
    """
    found = known(values, people, *others)
    refuse(found[0] < 0, "are below 0", "give amounts from 0 up")
    fix = "leave them out, or measure what is in reach: that is 0 where nothing is"
    refuse(np.isinf(found[0]), "are infinite", fix)
    return found


def refuse(wrong: NDArray[np.bool_], what: str, fix: str) -> None:
    """Refuse values that are wrong somewhere.

    Raises
    ------
    LayerError
        If any is.
    """
    if wrong.any():
        raise LayerError(Fault(where="values", what=f"{int(wrong.sum()):,} {what}", fix=fix))


def head_of_table(values: pd.Series[float], groups: pd.DataFrame) -> pd.DataFrame:
    """Return `people` with a known value and `unknown` ones of each group."""
    index = pd.Index(groups.columns, name="group")
    unknown = [unknown_people(values, groups[name]) for name in groups.columns]
    people = [float(known(values, groups[name])[1].sum()) for name in groups.columns]
    return pd.DataFrame({"people": people, "unknown": unknown}, index=index)


def _of_cells(
    given: pd.Series[float], values: pd.Series[float], where: str, *, blanks: bool = False
) -> Floats:
    """Return what is given for the cells of `values`."""
    for index, name in ((values.index, "values"), (given.index, where)):
        if not index.is_unique:
            what = f"{index[index.duplicated()][0]!r} stands there twice"
            raise LayerError(Fault(where=name, what=what, fix="give every cell once"))
    found = np.asarray(given.reindex(values.index), dtype=np.float64)
    wrong = np.zeros(len(found), dtype=bool) if blanks else ~(np.isfinite(found) & (found >= 0))
    if wrong.any():
        what = f"{int(wrong.sum()):,} are blank, infinite or below 0"
        fix = "give a number from 0 up for every cell: unknown people are not nobody"
        raise LayerError(Fault(where=where, what=what, fix=fix))
    return found
