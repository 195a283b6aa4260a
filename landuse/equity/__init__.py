"""How evenly something is spread over people: inequality, poverty and weighted figures.

Every function takes a value for each cell and the people of each cell, and gives one float
or one small table. Cells whose value is blank (NaN) and cells without people count for
nothing; `unknown_people` says how many people that leaves out. Where nobody is left the
answer is NaN. Unknown people are refused, because a guess would hide in every figure.

Inequality is of amounts, so values below 0 and infinite ones are refused there: a cost that
is infinite, because nothing is in reach, has no share in any sum. Quantiles and poverty take
infinite values.
"""

from __future__ import annotations

from landuse.equity.inequality import (
    concentration_index,
    gini,
    inequality_by_group,
    palma,
    theil,
    theil_by_group,
)
from landuse.equity.people import (
    split_people,
    unknown_people,
    weighted_mean,
    weighted_quantiles,
)
from landuse.equity.poverty import fgt, fgt_by_group

__all__ = [
    "concentration_index",
    "fgt",
    "fgt_by_group",
    "gini",
    "inequality_by_group",
    "palma",
    "split_people",
    "theil",
    "theil_by_group",
    "unknown_people",
    "weighted_mean",
    "weighted_quantiles",
]
