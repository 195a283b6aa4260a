"""What a study says of its people: who is served, by which standard, how evenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from landuse.access import bundle_shares
from landuse.coverage import GROUPS, coverage, standards, worst_served_towns
from landuse.equity import gini, palma, theil, unknown_people, weighted_mean, weighted_quantiles
from landuse.facilities import without_data
from landuse.handbook import PLACES
from landuse.hazards import people_in_hazards
from landuse.indicators import indicator_table
from landuse.inputs import located
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd

    from landuse.coverage import Standard
    from landuse.inputs import Inputs
    from landuse.services import Service

__all__ = ["equity_table", "figures"]


def figures(
    inputs: Inputs, cells: gpd.GeoDataFrame, offered: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """Return the tables that judge a study.

    Parameters
    ----------
    inputs
        The layers.
    cells
        With people and costs by service.
    offered
        Facilities by service.

    Returns
    -------
    dict
        `coverage`, `worst_towns`, `indicators`, `hazards`, `bundles` and `equity`, as
        `landuse.study.Study` has them.
    """
    services = inputs.city.services
    judged, blank = standards(services), without_data(offered, services)
    people = _grade_of_cells(inputs)
    return _coverage(cells, offered, judged, blank=blank, people=people) | {
        "indicators": _indicators(inputs, cells),
        "hazards": people_in_hazards(cells, inputs.all("hazards"), grade=people),
        "bundles": _bundles(cells, services, judged, blank=blank),
        "equity": equity_table(cells, [s.key for s in services if s.key not in blank]),
    }


def equity_table(cells: pd.DataFrame, services: Sequence[str]) -> pd.DataFrame:
    """Return how evenly the minutes to each service are spread over people.

    Parameters
    ----------
    cells
        The people of `landuse.coverage.GROUPS` and `<service>_s`, NaN where blank.
    services
        Keys of services with a known place.

    Returns
    -------
    pandas.DataFrame
        `service, group, mean_min, median_min, p90_min, gini, palma, theil, people,
        unknown, grade`; `unknown` counts people whose minutes are blank: they are left out
        of the other figures.
    """
    rows = [
        {"service": key, "group": group} | _spread(cells[f"{key}_s"] / 60, cells[column])
        for key in services
        for group, column in GROUPS.items()
        if cells[column].notna().all()
    ]
    names = ["service", "group", "mean_min", "median_min", "p90_min", "gini", "palma", "theil"]
    return pd.DataFrame(rows, columns=[*names, "people", "unknown"]).assign(
        grade=str(Grade.MODELLED)
    )


def _spread(minutes: pd.Series[float], people: pd.Series[float]) -> dict[str, float]:
    quantiles = weighted_quantiles(minutes, people, shares=(0.5, 0.9))
    return {
        "mean_min": weighted_mean(minutes, people),
        "median_min": float(quantiles.iloc[0]),
        "p90_min": float(quantiles.iloc[1]),
        "gini": gini(minutes, people),
        "palma": palma(minutes, people),
        "theil": theil(minutes, people),
        "people": float(people.sum()),
        "unknown": unknown_people(minutes, people),
    }


def _bundles(
    cells: pd.DataFrame,
    services: Sequence[Service],
    judged: Sequence[Standard],
    *,
    blank: Collection[str],
) -> pd.DataFrame:
    """Return who reaches all services of each kind; those without data are named, not counted."""
    timed = [standard for standard in judged if standard.mode != "straight"]
    tables = []
    for kind in dict.fromkeys(service.kind for service in services):
        own = [service.key for service in services if service.kind == kind]
        known = [key for key in own if key not in blank]
        if known:
            table = bundle_shares(cells, known, timed)
            lacking = ";".join(key for key in own if key in blank)
            named = {"kind": kind, "services": ";".join(known), "missing": lacking}
            tables.append(table.assign(**named, grade=str(Grade.MODELLED)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _coverage(
    cells: gpd.GeoDataFrame,
    offered: gpd.GeoDataFrame,
    judged: Sequence[Standard],
    *,
    blank: Collection[str],
    people: Grade,
) -> dict[str, pd.DataFrame]:
    # A straight line needs no assumption about speed; a travel time does, so it is modelled.
    grades = {
        (standard.service, standard.mode): Grade.worst([people, *own["grade"]])
        for standard in judged
        if standard.mode == "straight"
        for own in [offered[offered["service"] == standard.service]]
    }
    return {
        "coverage": coverage(cells, judged, without_data=blank, grades=grades),
        "worst_towns": worst_served_towns(cells, judged, without_data=blank),
    }


def _indicators(inputs: Inputs, cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure the official indicators on the cells where people live."""
    places = {role: inputs.maybe(role) for role in PLACES}
    places["facilities"] = located(inputs)
    city = inputs.city
    return indicator_table(
        cells[~(cells["population"] == 0)],
        {role: table for role, table in places.items() if table is not None},
        city.indicators,
        official=inputs.official,
        grade=_grade_of_cells(inputs),
    )


def _grade_of_cells(inputs: Inputs) -> Grade:
    """Return how far the people of a cell can be trusted: never as published.

    Cells by the census are summed, so derived; larger areas are divided by weights that
    are an assumption of ours, see `landuse.people.SETTLED_WEIGHT`.
    """
    layers = inputs.city.of_role("population")
    by_cell = all("cell_id" in inputs.tables[layer.key] for layer in layers)
    made = Grade.DERIVED if by_cell else Grade.MODELLED
    return Grade.worst([made, *(layer.origin.grade for layer in layers)])
