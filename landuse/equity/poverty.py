"""Poverty of access: who has less than a line, and by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.equity.people import head_of_table, known, refuse
from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fgt", "fgt_by_group"]


def fgt(
    values: pd.Series[float],
    people: pd.Series[float],
    *,
    line: float,
    alpha: float = 0,
    above: bool = False,
) -> float:
    """Return the poverty measure of Foster, Greer and Thorbecke (1984).

    The mean over all people of their shortfall, as a share of the line, to the power
    `alpha`, where those on the right side of the line fall short of nothing.

    Parameters
    ----------
    values
        From 0 up, NaN where blank.
    people
        People of each cell, index as `values`.
    line
        Above 0. Whoever has less is poor; whoever has exactly that is not.
    alpha
        0 counts the poor, 1 adds how far they are from the line, 2 lets the poorest weigh
        more.
    above
        For costs: whoever pays more than the line is poor, by the excess over the line. An
        infinite cost is counted by 0, and makes the measure infinite by 1 and 2.

    Returns
    -------
    float
        From 0 to 1; with `above` and an alpha over 0 without end.

    Raises
    ------
    LayerError
        If the line is not above 0, alpha is below 0 or a value is below 0; or as
        `unknown_people`.
    """
    if not 0 < line < np.inf or alpha < 0:
        what = f"are {line} and {alpha}"
        raise LayerError(Fault(where="line and alpha", what=what, fix="give 0 < line, 0 <= alpha"))
    value, weight = known(values, people)
    refuse(value < 0, "are below 0", "give amounts from 0 up")
    if not len(value):
        return float("nan")
    gap = (value - line if above else line - value) / line
    poor = gap > 0
    return float(gap[poor] ** alpha @ weight[poor] / weight.sum())


def fgt_by_group(
    values: pd.Series[float], groups: pd.DataFrame, *, line: float, above: bool = False
) -> pd.DataFrame:
    """Return the poverty of groups of people by count, depth and severity.

    Parameters
    ----------
    values, line, above
        As for `fgt`.
    groups
        A column for each group with its people in each cell, index as `values`.

    Returns
    -------
    pandas.DataFrame
        Index `group`; `people` (with a known value), `unknown` and `fgt_0`, `fgt_1`,
        `fgt_2`. Weighted by people, groups that make up everybody average to everybody's.

    Raises
    ------
    LayerError
        As `fgt`.
    """
    table = head_of_table(values, groups)
    for alpha in (0, 1, 2):
        table[f"fgt_{alpha}"] = [
            fgt(values, groups[name], line=line, alpha=alpha, above=above)
            for name in groups.columns
        ]
    return table
