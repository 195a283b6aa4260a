"""Coverage: the share of demand served within a standard, by place and by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.schema import ZONES, Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from landuse.config import Service

__all__ = [
    "ALL",
    "GROUPS",
    "Standard",
    "coverage",
    "rings",
    "standards",
    "worst_served_towns",
]

ALL = "all"
"""Stands in `district` and `zone` for the whole municipality."""

GROUPS = {"all": "population", "65plus": "population_65plus"}
"""Group of people -> the cells' column that counts them."""

STANDARD_COLUMNS = ("service", "kind", "mode", "within", "unit")
"""The columns that tell one standard from another."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """One way to judge one service: how far may the nearest facility be."""

    service: str
    kind: str
    mode: str
    """A travel mode, or `straight` for the straight line."""
    within: float
    unit: str
    """`min` or `m`."""

    @property
    def column(self) -> str:
        """Column of the cells that holds the cost: seconds, or metres when straight."""
        return f"{self.service}_{'m' if self.unit == 'm' else 's'}"

    @property
    def labels(self) -> dict[str, str | float]:
        """The columns that tell this standard's rows from another's."""
        return {column: getattr(self, column) for column in STANDARD_COLUMNS}

    @property
    def limit(self) -> float:
        """The standard in the column's own unit (seconds or metres)."""
        return self.within if self.unit == "m" else self.within * 60


def standards(services: Iterable[Service]) -> tuple[Standard, ...]:
    """Return the standards of some services: travel time, then straight line if any."""
    found = []
    for service in services:
        found.append(
            Standard(
                service=service.key,
                kind=service.kind,
                mode=service.mode,
                within=service.within_min,
                unit="min",
            )
        )
        if service.straight_m:
            found.append(
                Standard(
                    service=service.key,
                    kind=service.kind,
                    mode="straight",
                    within=service.straight_m,
                    unit="m",
                )
            )
    return tuple(found)


def coverage(
    cells: pd.DataFrame,
    judged: Sequence[Standard],
    *,
    without_data: Iterable[str] = (),
    grades: Mapping[tuple[str, str], Grade] | None = None,
) -> pd.DataFrame:
    """Return demand, served and share for every standard, group, district and zone.

    Parameters
    ----------
    cells
        One row for each cell: `district`, `zone`, the people of `GROUPS`, and for each
        standard its cost column (`<service>_s` seconds or `<service>_m` metres, NaN where
        none is known).
    judged
        The standards, see `standards`.
    without_data
        Services of which no facility has a known place: their `served` and `share` are
        blank (NaN), never 0.
    grades
        (service, mode) -> grade of the figure; `modelled` where left out.

    Returns
    -------
    pandas.DataFrame
        `service, kind, mode, within, unit, group, district, zone, demand, served, share,
        grade`; district and zone also take the value `all`. `share` is NaN where there is
        no demand.
    """
    districts = [ALL, *sorted(cells["district"].dropna().unique())]
    zones = [ALL, *(zone for zone in ZONES if (cells["zone"] == zone).any())]
    cells = cells[~(cells[list(GROUPS.values())] == 0).all(axis=1)]
    places = _place_codes(cells, districts, zones)
    blank = frozenset(without_data)
    frames = []
    for standard in judged:
        reached = cells[standard.column].to_numpy(float) <= standard.limit
        for group, column in GROUPS.items():
            people = cells[column].to_numpy(float)
            table = _margins(places, people, reached, districts=districts, zones=zones)
            if standard.service in blank:
                table["served"] = np.nan
            table["served"] = table["served"].where(table["demand"].notna())
            grade = (grades or {}).get((standard.service, standard.mode), Grade.MODELLED)
            frames.append(table.assign(**standard.labels, group=group, grade=str(grade)))
    result = pd.concat(frames, ignore_index=True)
    result["share"] = result["served"] / result["demand"].where(result["demand"] > 0)
    figures = ["demand", "served", "share", "grade"]
    return result[[*STANDARD_COLUMNS, "group", "district", "zone", *figures]]


def _place_codes(
    cells: pd.DataFrame, districts: list[str], zones: list[str]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return places in the lists, 0 (never used) for cells in none."""
    district = pd.Categorical(cells["district"], categories=districts).codes
    zone = pd.Categorical(cells["zone"], categories=zones).codes
    return np.maximum(district, 0).astype(np.intp), np.maximum(zone, 0).astype(np.intp)


def _margins(
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    people: NDArray[np.float64],
    reached: NDArray[np.bool_],
    *,
    districts: list[str],
    zones: list[str],
) -> pd.DataFrame:
    """Sum people and reached people by district and zone; place 0 takes everyone."""
    columns = {}
    for name, amount in (("demand", people), ("served", np.where(reached, people, 0.0))):
        sums = np.zeros((len(districts), len(zones)))
        np.add.at(sums, places, amount)
        sums[0] = sums.sum(axis=0)
        sums[:, 0] = sums.sum(axis=1)
        columns[name] = sums.ravel()
    return pd.DataFrame(
        {
            "district": np.repeat(districts, len(zones)),
            "zone": np.tile(zones, len(districts)),
            **columns,
        }
    )


def worst_served_towns(
    cells: pd.DataFrame,
    judged: Sequence[Standard],
    *,
    without_data: Iterable[str] = (),
    least_demand: float = 20.0,
    top: int = 5,
) -> pd.DataFrame:
    """Name the towns where most people are out of reach, for each standard.

    Parameters
    ----------
    cells, judged, without_data
        As for `coverage`; `town` names the town of each cell.
    least_demand
        Towns with fewer people are left out, because a share of three people says little.
    top
        Towns to name for each standard and group.

    Returns
    -------
    pandas.DataFrame
        `service, kind, mode, within, unit, group, rank, town, district, demand, served,
        share, unserved, median_cost`, worst first; the median cost is weighted by people,
        in minutes or, when straight, metres (NaN where half of them reach nothing).
    """
    blank = frozenset(without_data)
    cells = cells[(cells[list(GROUPS.values())] > 0).any(axis=1)]
    town, names = _town_codes(cells)
    frames = []
    for standard in (standard for standard in judged if standard.service not in blank):
        cost = cells[standard.column].to_numpy(float)
        for group, column in GROUPS.items():
            figures = _towns(town, cost, cells[column].to_numpy(float), standard, len(names))
            towns = names.join(figures)
            towns = towns[(towns["demand"] >= least_demand) & (towns["unserved"] >= 0.5)]
            worst = towns.sort_values(["unserved", "town"], ascending=[False, True]).head(top)
            worst.insert(0, "rank", np.arange(1, len(worst) + 1))
            frames.append(worst.assign(**standard.labels, group=group))
    figure_names = ["demand", "served", "share", "unserved", "median_cost"]
    order = [*STANDARD_COLUMNS, "group", "rank", "town", "district", *figure_names]
    return pd.concat(frames, ignore_index=True)[order] if frames else pd.DataFrame(columns=order)


def _town_codes(cells: pd.DataFrame) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Give each cell the number of its town, and list the towns."""
    groups = cells.groupby(["district", "town"], sort=True)
    names = groups.size().reset_index()[["district", "town"]]
    return np.asarray(groups.ngroup(), dtype=np.intp), names


def _towns(
    town: NDArray[np.intp],
    cost: NDArray[np.float64],
    people: NDArray[np.float64],
    standard: Standard,
    count: int,
) -> pd.DataFrame:
    demand = np.bincount(town, people, count)
    served = np.bincount(town, np.where(cost <= standard.limit, people, 0.0), count)
    share = np.divide(served, demand, out=np.full(count, np.nan), where=demand > 0)
    median = _weighted_medians(town, cost, people, count) / (60 if standard.unit == "min" else 1)
    return pd.DataFrame(
        {
            "demand": demand,
            "served": served,
            "unserved": demand - served,
            "share": share,
            "median_cost": median,
        }
    )


def _weighted_medians(
    town: NDArray[np.intp], cost: NDArray[np.float64], people: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return the cost that half of each town's people do not exceed, NaN if half reach nothing."""
    order = np.lexsort((cost, town))  # NaN sorts last, as the dearest
    town, cost, people = town[order], cost[order], people[order]
    upto = np.cumsum(people)
    before = np.concatenate([[0.0], np.cumsum(np.bincount(town, people, count))])
    half = (before[:-1] + before[1:]) / 2
    past = np.flatnonzero((upto >= half[town] - 1e-9) & (people > 0))
    medians = np.full(count, np.nan)
    first, at = np.unique(town[past], return_index=True)
    medians[first] = cost[past[at]]
    return medians


def rings(
    costs: pd.DataFrame, population: pd.Series, *, minutes: Sequence[float] = (30, 60, 90, 120)
) -> pd.DataFrame:
    """Count the people of a region within some minutes of the nearest hub, per service.

    Parameters
    ----------
    costs
        `from_id` (municipality), `service`, `cost_s` (NaN where no road is known).
    population
        People of each municipality, index its id. All of them are counted where the
        municipality's point stands, so the figure is coarse.
    minutes
        Ring limits, rising.

    Returns
    -------
    pandas.DataFrame
        `service, within_min, population, share, without_road`; shares are of the whole
        region, `without_road` counts the people for whom no time is known; where that is
        everyone, population and share are NaN, not 0.
    """
    people = costs["from_id"].map(population).to_numpy(float)
    rows = []
    for service, part in costs.assign(people=people).groupby("service", sort=False):
        total = part["people"].sum()
        unknown = part.loc[part["cost_s"].isna(), "people"].sum()
        nothing_known = part["cost_s"].isna().all()
        for limit in minutes:
            inside = part.loc[part["cost_s"] <= limit * 60, "people"].sum()
            inside = np.nan if nothing_known else inside
            rows.append((service, limit, inside, inside / total, unknown))
    names = ["service", "within_min", "population", "share", "without_road"]
    return pd.DataFrame(rows, columns=names)
