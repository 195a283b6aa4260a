"""Rows made of several: municipalities of many parts, stations of many lines.

And polygons of hazards that overlap, of which the highest rank counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from landuse.sources.report import Findings

    Ints = NDArray[np.int64]
    Shapes = NDArray[np.object_]

__all__ = ["dissolved", "highest", "midpoints"]

NAMES = ("name", "line", "operator")
"""Columns that tell stations apart where their group is blank."""

APART_DEG = 0.01
"""Lines of one group that lie farther apart than about 1 km are different places."""


def dissolved(table: gpd.GeoDataFrame, findings: Findings, *, by: str) -> gpd.GeoDataFrame:
    """Make rows of one value one row: the union of their polygons.

    Rows with a blank value (所属未定地, land that belongs to no municipality yet) stay as they
    are. Other columns are those of the first row; the index is the first row's.
    """
    blank = _is_blank(table[by])
    if blank.any():
        what = f"no {by}: each kept as a row of its own"
        findings.note(what, "nothing to do for land of no municipality", place=_rows(table, blank))
    group = _groups(table[by].where(~blank), blank)
    shapes = _valid(np.asarray(table.geometry), table.index, findings)
    first = np.unique(group, return_index=True)[1]
    order = np.argsort(group, kind="stable")
    pieces = np.split(shapes[order], np.cumsum(np.bincount(group))[:-1])
    unions = [piece[0] if len(piece) == 1 else shapely.union_all(piece) for piece in pieces]
    return _with(table.iloc[first], np.array(unions, dtype=object)).iloc[np.argsort(first)]


def midpoints(table: gpd.GeoDataFrame, findings: Findings, *, by: str) -> gpd.GeoDataFrame:
    """Make lines of one group one point: the middle of their longest line.

    Rows of a blank group are told apart by name, line and operator; lines of one group that
    lie more than about 1 km apart are different places (`by` may be a mere name). The lines
    of a group are joined where they meet; the longest of what results has its middle, along
    the line, as the point. Other columns are those of the first row, but texts that differ
    are joined by 「、」.
    """
    blank = _is_blank(table[by])
    shapes = np.asarray(table.geometry)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    names = [name for name in NAMES if name in table and name != by]
    named = table[names].astype("str").agg("\x1f".join, axis=1) if names else table[by]
    key = table[by].astype("str").where(~blank, "\x1f" + named)
    group = _groups(key, pd.Series(~there, index=table.index))
    group = _near(group, shapes)
    if blank.any():
        what = f"no {by}: grouped by {', '.join(names)}" if names else f"no {by}"
        findings.note(what, "nothing to do if the points look right", place=_rows(table, blank))
    first = np.unique(group, return_index=True)[1]
    points = np.full(len(first), None, dtype=object)
    for number, row in enumerate(first):
        if there[row]:
            points[number] = _middle(shapes[group == number])
    made = _with(_joined(table, group, first), points)
    return made.iloc[np.argsort(first)]


def highest(table: gpd.GeoDataFrame, findings: Findings, *, by: str) -> gpd.GeoDataFrame:
    """Make overlapping polygons disjoint: everywhere the highest rank that is there counts.

    Ranks are compared as numbers; a blank rank is the lowest and stays blank. Each polygon
    that results carries the columns and the row number of the first of the rows with its
    rank that cover a point of it.
    """
    shapes = _valid(np.asarray(table.geometry), table.index, findings)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    rank = _ranks(table[by])
    parts: list[Shapes] = []
    owners: list[Ints] = []
    above = np.array([], dtype=object)
    for value in sorted(set(rank[usable]), reverse=True):
        rows = np.flatnonzero(usable & (rank == value))
        union = shapely.get_parts(shapely.union_all(shapes[rows]))
        kept = _without(union, above)
        parts.append(kept)
        owners.append(rows[_first_around(kept, shapes[rows])])
        above = np.concatenate((above, kept))
    owner = np.concatenate([*owners, np.flatnonzero(~usable)]).astype(np.int64)
    made = np.concatenate([*parts, shapes[~usable]])
    if len(made) != len(table):
        what = f"{len(table)} polygons became {len(made)}, each with the highest {by} at its place"
        findings.note(what, "nothing: that is how overlapping hazards are read")
    order = np.argsort(owner, kind="stable")
    return _with(table.iloc[owner[order]], made[order])


def _is_blank(column: pd.Series) -> pd.Series:
    return column.isna() | (column.astype("str").str.strip() == "")


def _rows(table: gpd.GeoDataFrame, mask: pd.Series) -> str:
    return rows_text(table.index[mask])


def _with(table: gpd.GeoDataFrame, shapes: Shapes) -> gpd.GeoDataFrame:
    series = gpd.GeoSeries(shapes, index=table.index, crs=table.crs)
    done: gpd.GeoDataFrame = table.assign(geometry=series)
    return done


def _groups(key: pd.Series, alone: pd.Series) -> Ints:
    """Return a number for each group of equal keys, and one for each row that stands alone."""
    numbers = pd.factorize(key.astype("str"))[0].astype(np.int64)
    numbers[alone] = numbers.max(initial=0) + 1 + np.arange(int(alone.sum()))
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _valid(shapes: Shapes, index: pd.Index, findings: Findings) -> Shapes:
    """Repair self-crossing polygons, which no union can be made of."""
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if not broken.any():
        return shapes
    fixed = shapes.copy()
    fixed[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    what = "crossed itself: repaired before polygons are joined"
    findings.note(what, "look at it on the map", place=rows_text(index[broken]))
    findings.count("repaired", int(broken.sum()))
    return fixed


def _near(group: Ints, shapes: Shapes) -> Ints:
    """Split groups whose lines lie far apart."""
    bounds = pd.DataFrame(shapely.bounds(shapes)).groupby(group)
    spread = bounds.max()[[2, 3]].to_numpy() - bounds.min()[[0, 1]].to_numpy()
    wide = np.flatnonzero((spread > APART_DEG).any(axis=1))
    split = group.copy()
    for number in wide:
        members = np.flatnonzero(group == number)
        near = np.asarray(shapely.buffer(shapes[members], APART_DEG / 2))
        places = shapely.get_parts(shapely.union_all(near))
        at = shapely.STRtree(places).query(shapes[members], predicate="intersects")
        split[members[at[0]]] = split.max() + 1 + at[1]
    return np.unique(split, return_inverse=True)[1].astype(np.int64)


def _middle(lines: Shapes) -> shapely.Point:
    """Return the point halfway along the longest of some lines, after those that meet join."""
    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    if shapely.get_type_id(merged[0]) != shapely.GeometryType.LINESTRING:
        return shapely.centroid(shapely.union_all(lines))
    # A degree of longitude is shorter than one of latitude.
    shrink = float(np.cos(np.radians(shapely.bounds(merged)[:, [1, 3]].mean())))
    true = shapely.transform(merged, lambda xy: xy * (shrink, 1.0))
    longest = true[np.argmax(shapely.length(true))]
    half = shapely.line_interpolate_point(longest, 0.5, normalized=True)
    return shapely.Point(half.x / shrink, half.y)


def _joined(table: gpd.GeoDataFrame, group: Ints, first: Ints) -> gpd.GeoDataFrame:
    """Return the first row of each group, texts that differ within it joined."""
    done = table.iloc[first].copy()
    if len(first) == len(table):
        return done
    for name in table.columns.drop("geometry"):
        if table[name].dtype in ("str", "object"):
            several = table[name].groupby(group).agg(_all_of)
            done[name] = several.to_numpy()
        else:
            done[name] = table[name].groupby(group).first().to_numpy()
    return done


def _all_of(column: pd.Series) -> str:
    return "、".join(dict.fromkeys(str(text) for text in column if not pd.isna(text) and text))


def _ranks(column: pd.Series) -> NDArray[np.float64]:
    """Return ranks as numbers, blanks below everything."""
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    return np.asarray(numbers.fillna(-np.inf), dtype=np.float64)


def _without(parts: Shapes, above: Shapes) -> Shapes:
    """Return polygons without what others cover, part by part."""
    if not len(above):
        return parts
    mine, other = shapely.STRtree(above).query(parts, predicate="intersects")
    kept = parts.copy()
    for number in np.unique(mine):
        cover = shapely.union_all(above[other[mine == number]])
        kept[number] = shapely.difference(parts[number], cover)
    pieces = shapely.get_parts(kept)
    area = shapely.get_dimensions(pieces) == 2
    return np.asarray(pieces[area & ~shapely.is_empty(pieces)])


def _first_around(parts: Shapes, rows: Shapes) -> Ints:
    """Return for each polygon the first of the rows that cover a point of it."""
    inside = shapely.point_on_surface(parts)
    part, row = shapely.STRtree(rows).query(inside, predicate="intersects")
    found = np.full(len(parts), len(rows), dtype=np.int64)
    np.minimum.at(found, part, row)
    missed = np.flatnonzero(found == len(rows))
    if len(missed):
        found[missed] = shapely.STRtree(rows).nearest(inside[missed])
    return found
