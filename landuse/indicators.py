"""Official indicators computed exactly: people within circles, by the area of their cells.

The official tools count a mesh whole or not at all, by its centre, or draw circles in Web
Mercator. Here the part of each cell within the circles is measured in the city's plane and
people are taken to be spread evenly within their cell of about 100 m.
"""

from __future__ import annotations

from functools import reduce
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.handbook import Circle, Indicator, OfficialValue

    Shapes = NDArray[np.object_]

__all__ = ["indicator_table", "reached_share"]

QUARTER = 45
"""Corners of a quarter circle: the polygon lacks 2e-4 of the circle's area."""


def indicator_table(
    cells: gpd.GeoDataFrame,
    places: Mapping[str, gpd.GeoDataFrame],
    indicators: Sequence[Indicator],
    *,
    official: Iterable[OfficialValue] = (),
    grade: Grade = Grade.MODELLED,
) -> pd.DataFrame:
    """Return every indicator beside its official value.

    Parameters
    ----------
    cells
        Cell polygons with the people of `landuse.services.DEMAND_GROUPS`.
    places
        Role (`facilities`, `stations`, `stops`) -> points with `grade`; a role that is not
        there is no data.
    indicators
        From `landuse.handbook.read_indicators`.
    official
        Values that the authority published for this city.
    grade
        How far the people of the cells can be trusted.

    Returns
    -------
    pandas.DataFrame
        `indicator, label_ja, label_en, group, definition, demand, served, share, grade,
        official_share, difference, official_vintage, official_source, missing, source`.
        `missing` names what the data lack; figures are blank then, never 0.

    Raises
    ------
    CrsError
        If a table is not metric.
    """
    require_metric(cells, where="cells")
    parts: dict[str, Shapes | None] = {}
    lacks: dict[str, list[str]] = {}
    rows = []
    published = {value.indicator: value for value in official}
    for indicator in indicators:
        of = [lacks[name] for name in indicator.all_of] or [_missing(indicator, places)]
        lacks[indicator.key] = list(dict.fromkeys(chain.from_iterable(of)))
        parts[indicator.key] = part = _part(cells, places, indicator, parts)
        people = cells[indicator.group].to_numpy(float)
        share = np.nan if part is None else _share_of_people(cells, part, people)
        worst = Grade.worst([grade, *_grades(indicator, places)])
        rows.append(
            _row(indicator, people.sum(), share, missing=lacks[indicator.key])
            | {"grade": str(worst)}
            | _beside(published.get(indicator.key), share)
        )
    columns = ["indicator", "label_ja", "label_en", "group", "definition", "demand", "served"]
    columns += ["share", "grade", "official_share", "difference", "official_vintage"]
    return pd.DataFrame(rows, columns=[*columns, "official_source", "missing", "source"])


def reached_share(cells: gpd.GeoSeries, points: gpd.GeoSeries, *, within_m: float) -> pd.Series:
    """Return the share of each cell's area that lies within a distance of any point.

    Parameters
    ----------
    cells
        Polygons in metres.
    points
        Points in the same system.
    within_m
        Straight-line distance, metres.

    Returns
    -------
    pandas.Series
        `reached_share`, 0 to 1, index of `cells`.

    Raises
    ------
    CrsError
        If the systems differ or are not metric.
    """
    require_metric(cells, where="cells")
    same_crs(cells, points, where="cells and points")
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    shapes = np.asarray(cells)
    parts = _within(shapes, np.asarray(points), within_m)
    share = shapely.area(parts) / shapely.area(shapes)
    return pd.Series(share, index=cells.index, name="reached_share")


def _part(
    cells: gpd.GeoDataFrame,
    places: Mapping[str, gpd.GeoDataFrame],
    indicator: Indicator,
    known: Mapping[str, Shapes | None],
) -> Shapes | None:
    """Return the part of each cell that an indicator counts; None where that is not known."""
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    if indicator.all_of:
        others = [part for name in indicator.all_of if (part := known[name]) is not None]
        whole = len(others) == len(indicator.all_of)
        return reduce(shapely.intersection, others) if whole else None
    told = [circle for circle in indicator.circles if _stands(circle, places)]
    if not told or not all(circle.optional or circle in told for circle in indicator.circles):
        return None
    shapes = np.asarray(cells.geometry)
    parts = []
    for circle in told:
        table = places[circle.places]
        same_crs(cells, table, where=f"cells and {circle.places}")
        points = np.asarray(table.geometry)[_selected(table, circle.select)]
        parts.append(_within(shapes, points, circle.within_m))
    return reduce(shapely.union, parts)


def _within(shapes: Shapes, points: Shapes, within_m: float) -> Shapes:
    """Return the part of each polygon within a distance of any point.

    Most polygons lie wholly in one circle or in none, so only the others are cut.
    """
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    points = points[~(shapely.is_missing(points) | shapely.is_empty(points))]
    parts = np.full(len(shapes), shapely.Polygon(), dtype=object)
    spots = np.unique(shapely.get_coordinates(points), axis=0)
    circles = np.asarray(shapely.buffer(shapely.points(spots), within_m, quad_segs=QUARTER))
    tree = shapely.STRtree(circles)
    whole = np.unique(tree.query(shapes, predicate="covered_by")[0])
    parts[whole] = shapes[whole]
    rest = np.setdiff1d(np.arange(len(shapes)), whole)
    cell, circle = tree.query(shapes[rest], predicate="intersects")
    pieces = np.asarray(shapely.intersection(shapes[rest[cell]], circles[circle]))
    cut, starts = np.unique(cell, return_index=True)
    for at, group in zip(rest[cut], np.split(pieces, starts)[1:], strict=True):
        parts[at] = shapely.union_all(group)
    return parts


def _selected(table: pd.DataFrame, select: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
    chosen = np.ones(len(table), dtype=np.bool_)
    for column, values in select.items():
        texts = table[column].fillna("").astype(str).reset_index(drop=True)
        words = texts.str.lower().str.split(";")
        chosen &= words.explode().isin(values).groupby(level=0).any().to_numpy(np.bool_)
    return chosen


def _missing(indicator: Indicator, places: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """Name what the data lack for an indicator."""
    return [
        f"{circle.places}: {lack}" if lack else circle.places
        for circle in indicator.circles
        for lack in _lacks(circle, places)
    ]


def _lacks(circle: Circle, places: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    """Return the values of which no place has a position; an empty text for all of them."""
    table = places.get(circle.places)
    known = None if table is None else table[~(table.geometry.isna() | table.geometry.is_empty)]
    if known is None or known.empty:
        return [""]
    return [
        value
        for column, values in circle.select.items()
        for value in values
        if column not in known or not _selected(known, {column: (value,)}).any()
    ]


def _stands(circle: Circle, places: Mapping[str, gpd.GeoDataFrame]) -> bool:
    """Tell whether a figure can be given: there are places, of every kind that is needed."""
    lacks = set(_lacks(circle, places))
    none_left = any(lacks.issuperset(values) for values in circle.select.values())
    return not (lacks & {"", *circle.needs} or none_left)


def _grades(indicator: Indicator, places: Mapping[str, gpd.GeoDataFrame]) -> list[str]:
    tables = [places[c.places] for c in indicator.circles if c.places in places]
    return [str(grade) for table in tables if "grade" in table for grade in table["grade"].unique()]


def _share_of_people(cells: gpd.GeoDataFrame, parts: Shapes, people: NDArray[np.float64]) -> float:
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    share = shapely.area(parts) / shapely.area(np.asarray(cells.geometry))
    total = people.sum()
    return float((people * share).sum() / total) if total > 0 else float("nan")


def _row(
    indicator: Indicator, demand: float, share: float, *, missing: Sequence[str]
) -> dict[str, str | float]:
    return {
        "indicator": indicator.key,
        "label_ja": indicator.label.ja,
        "label_en": indicator.label.en,
        "group": indicator.group,
        "definition": indicator.definition,
        "demand": demand,
        "served": demand * share,
        "share": share,
        "missing": "; ".join(missing),
        "source": indicator.source,
    }


def _beside(value: OfficialValue | None, share: float) -> dict[str, str | float]:
    """Return the published value and how far ours is from it."""
    if value is None:
        blank = float("nan")
        return {"official_share": blank, "difference": blank}
    return {
        "official_share": value.share,
        "difference": share - value.share,
        "official_vintage": value.vintage,
        "official_source": value.source,
    }
