"""Bundles: who reaches all services of a theme, each within its own standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from landuse.errors import Fault, LayerError
from landuse.schema import ZONES, require_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["bundle", "bundle_shares"]

ALL = "all"
"""Stands in `district` and `zone` for the whole municipality."""

GROUPS = {"all": "population", "65plus": "population_65plus"}
"""Group of people -> the cells' column that counts them."""

TOO_FAR = ("beyond_cutoff", "closed_by_scenario")
"""Reasons of a blank cost with which a standard is known not to be met."""


class Judge(Protocol):
    """A standard, as `landuse.coverage.Standard` is one."""

    @property
    def service(self) -> str:
        """Key of the service."""

    @property
    def column(self) -> str:
        """Column of the cells that holds the cost."""

    @property
    def limit(self) -> float:
        """The largest cost that meets the standard, in the column's unit."""


def bundle(
    cells: pd.DataFrame, services: Collection[str], standards: Iterable[Judge]
) -> pd.Series[float]:
    """Tell for each cell whether it reaches all services of a theme within their standards.

    Parameters
    ----------
    cells
        For each standard its cost column (NaN where blank) and, if known,
        `<service>_reason`.
    services
        Keys of the services of the theme.
    standards
        Standards to judge by; those of other services are left aside. A service with
        several of them must meet each.

    Returns
    -------
    pandas.Series
        `bundle`, index of `cells`: 1 where every standard is met; 0 where one is known not
        to be, because the cost is above it or blank as `beyond_cutoff` or
        `closed_by_scenario`; NaN where that hangs on a cost that is blank otherwise.

    Raises
    ------
    LayerError
        If a column is missing, the theme has no service or a service has no standard.
    """
    judged = [standard for standard in standards if standard.service in services]
    without = sorted(set(services) - {standard.service for standard in judged})
    if without or not judged:
        what = f"{', '.join(without)} has no standard" if without else "has no service"
        raise LayerError(Fault(where="bundle", what=what, fix="give a standard for each service"))
    require_columns(cells, [standard.column for standard in judged], where="cells")
    met = np.ones(len(cells))
    for standard in judged:
        met = _both(met, _met(cells, standard))
    return pd.Series(met, index=cells.index, name="bundle")


def bundle_shares(
    cells: pd.DataFrame,
    services: Collection[str],
    standards: Sequence[Judge],
    *,
    groups: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the share of people who reach all services of a theme, by group and place.

    Parameters
    ----------
    cells, services, standards
        As for `bundle`; cells also have `district`, `zone` and the people of `groups`.
    groups
        Group of people -> column that counts them; if left out, all and those of 65 and
        older, as in `landuse.coverage`.

    Returns
    -------
    pandas.DataFrame
        `group, district, zone, demand, served, unknown, share`; district and zone also take
        the value `all`. `unknown` counts people of whom blank costs leave it open, so the
        true share lies between `share` and `(served + unknown) / demand`. Where it is open
        for everybody, served and share are NaN; share also where there is no demand.

    Raises
    ------
    LayerError
        As `bundle`.
    """
    named = GROUPS if groups is None else groups
    require_columns(cells, ["district", "zone", *named.values()], where="cells")
    met = bundle(cells, services, standards).to_numpy()
    frames = []
    for group, column in named.items():
        people = cells[column].to_numpy(float)
        table = _by_place(
            cells,
            demand=people,
            served=np.where(met == 1, people, 0.0),
            unknown=np.where(np.isnan(met), people, 0.0),
        )
        frames.append(table.assign(group=group))
    result = pd.concat(frames, ignore_index=True)
    some = result["demand"] > 0
    open_for_all = some & (result["unknown"] == result["demand"])
    result["served"] = result["served"].where(~open_for_all & result["demand"].notna())
    result["share"] = result["served"] / result["demand"].where(some)
    order = ["group", "district", "zone", "demand", "served", "unknown", "share"]
    return result[order]


def _met(cells: pd.DataFrame, standard: Judge) -> NDArray[np.float64]:
    """Return 1 where a standard is met, 0 where it is not, NaN where that is open."""
    cost = cells[standard.column].to_numpy(float)
    met = np.where(np.isnan(cost), np.nan, cost <= standard.limit)
    reason = f"{standard.service}_reason"
    if reason in cells.columns:
        met[np.isnan(cost) & cells[reason].isin(TOO_FAR).to_numpy()] = 0.0
    return met


def _both(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 0 where either is 0, else NaN where either is NaN, else 1."""
    return np.where((one == 0) | (other == 0), 0.0, one * other)


def _by_place(cells: pd.DataFrame, **figures: NDArray[np.float64]) -> pd.DataFrame:
    """Sum figures by district and zone; the first of either takes every cell."""
    districts = [ALL, *sorted(cells["district"].dropna().unique())]
    zones = [ALL, *(zone for zone in ZONES if (cells["zone"] == zone).any())]
    row = np.maximum(pd.Categorical(cells["district"], categories=districts).codes, 0)
    column = np.maximum(pd.Categorical(cells["zone"], categories=zones).codes, 0)
    table = {"district": np.repeat(districts, len(zones)), "zone": np.tile(zones, len(districts))}
    for name, figure in figures.items():
        sums = np.zeros((len(districts), len(zones)))
        np.add.at(sums, (row.astype(np.intp), column.astype(np.intp)), figure)
        sums[0] = sums.sum(axis=0)
        sums[:, 0] = sums.sum(axis=1)
        table[name] = sums.ravel()
    return pd.DataFrame(table)
