"""What differs between two partitions of one municipality, cut exactly, and for whom.

Both are laid over each other once, as `landuse.partition` lays claims, on a grid far finer
than any survey. Nothing is sampled: every square metre of either goes into one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError
from landuse.planar.edges import edges_of
from landuse.planar.faces import faces_of
from landuse.planar.noding import node
from landuse.planar.outline import outline
from landuse.planar.rings import grid_size, segments_of
from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = [
    "LEAST_WIDTH_M",
    "OUTSIDE",
    "area_matrix",
    "changed_coverage",
    "changed_people",
    "changed_times",
    "changes_of",
    "overlaid",
]

OUTSIDE = ""
"""Stands in place of a zone and a rule where one of the two has no land."""

LEAST_WIDTH_M = 0.001
"""Regions narrower than this are what rounding to the grid leaves along borders that one of
the two cut once more; no survey knows a millimetre. They count in `area_matrix`."""

DECIDED = ("zone", "rule")
SIDES = ("from", "to")
COVERAGE_KEYS = ("service", "kind", "mode", "within", "unit", "group", "district", "zone")
FIGURES = ("demand", "served", "share")
SAME_S = 1.0
"""Times that differ by no more than this are the same: cells keep seven digits."""


def overlaid(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return two partitions cut by each other, whatever is alike merged.

    Parameters
    ----------
    before, after
        Faces with `zone` and `rule`, in one metric system; those of one must not overlap.

    Returns
    -------
    geopandas.GeoDataFrame
        Polygons with `from_zone`, `to_zone`, `from_rule`, `to_rule` and `area_km2`. They
        cover the land of both once; where one has none, its zone and rule are `OUTSIDE`.

    Raises
    ------
    CrsError
        If they are not metric or their systems differ.
    LayerError
        If a column is missing, or faces of one of them overlap.
    """
    for table, where in ((before, "faces before"), (after, "faces after")):
        require_metric(table, where=where)
        require_columns(table, DECIDED, where=where)
    same_crs(before, after, where="faces before and after")
    kinds = [_kinds(before), _kinds(after)]
    grid_m = grid_size(_bounds(before, after))
    shapes, codes, widths = _coded([before, after], [number for number, _ in kinds])
    edges = edges_of(node(segments_of(shapes, codes, grid_m=grid_m)))
    found = faces_of(edges, codes=sum(widths))
    first, second = _numbers(found.counts, widths)
    names = [rows for _, rows in kinds]
    label = np.where((first > 0) | (second > 0), first * (len(names[1]) + 1) + second, -1)
    pair, polygons = outline(edges, found.left, label, grid_m=grid_m)
    columns = {
        f"{side}_{column}": _named(rows[column], number)
        for side, rows, number in zip(SIDES, names, _split(pair, len(names[1])), strict=True)
        for column in DECIDED
    }
    table = gpd.GeoDataFrame(columns, geometry=polygons, crs=before.crs)
    table["area_km2"] = table.geometry.area / 1e6
    order = ["from_zone", "to_zone", "from_rule", "to_rule", "area_km2", "geometry"]
    return gpd.GeoDataFrame(table[order])


def _kinds(faces: gpd.GeoDataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the number of each face's zone and rule, from 1, and what the numbers mean."""
    decided = pd.DataFrame({name: faces[name].astype(str) for name in DECIDED})
    rows = decided.drop_duplicates(ignore_index=True)
    number = decided.merge(rows.assign(number=rows.index + 1), how="left")["number"]
    return number.to_numpy(np.int64), rows


def _bounds(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> NDArray[np.float64]:
    both = np.stack([before.total_bounds, after.total_bounds])
    return np.concatenate([np.nanmin(both[:, :2], axis=0), np.nanmax(both[:, 2:], axis=0)])


def _coded(
    tables: Sequence[gpd.GeoDataFrame], numbers: Sequence[Ints]
) -> tuple[NDArray[np.object_], Ints, list[int]]:
    """Return each face once for every bit of its number, with the place of that bit.

    An outline is kept where some bit changes across it, that is where numbers differ; and
    two dozen codes stand for as many kinds as there are.
    """
    widths: list[int] = []
    shapes, codes = [], []
    for table, number in zip(tables, numbers, strict=True):
        width = int(number.max(initial=0)).bit_length()
        row, bit = np.nonzero(number[:, None] >> np.arange(width) & 1)
        shapes.append(table.geometry.to_numpy()[row])
        codes.append(bit + sum(widths))
        widths.append(width)
    return np.concatenate(shapes), np.concatenate(codes).astype(np.int64), widths


def _numbers(counts: NDArray[np.int32], widths: Sequence[int]) -> tuple[Ints, Ints]:
    """Return the number of the kind that covers each face, on each side; 0 for none."""
    if counts.max(initial=0) > 1:
        what = "some lie over each other"
        raise LayerError(Fault(where="faces", what=what, fix="compare whole, unaltered runs"))
    one, two = np.split((counts > 0).astype(np.int64), [widths[0]], axis=1)
    return one @ (1 << np.arange(widths[0])), two @ (1 << np.arange(widths[1]))


def _split(pair: Ints, kinds_after: int) -> tuple[Ints, Ints]:
    first, second = np.divmod(pair, kinds_after + 1)
    return first, second


def _named(names: pd.Series, number: Ints) -> NDArray[np.object_]:
    return np.append(OUTSIDE, names.to_numpy(object))[number]


def changes_of(regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the regions whose zone or rule is another, those of another zone first.

    Parameters
    ----------
    regions
        From `overlaid`.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of `overlaid` and `changed`: `zone` or `rule` (the zone stayed). From
        the largest to the smallest; what is narrower than `LEAST_WIDTH_M` is left out.
    """
    other_zone = regions["from_zone"] != regions["to_zone"]
    other_rule = regions["from_rule"] != regions["to_rule"]
    shapes = regions.geometry.to_numpy()
    wide = 2 * shapely.area(shapes) > LEAST_WIDTH_M * shapely.length(shapes)
    found = regions.assign(changed=np.where(other_zone, "zone", "rule"))
    found = found[(other_zone | other_rule) & wide]
    order = np.lexsort((-found["area_km2"].to_numpy(), found["changed"] == "rule"))
    return gpd.GeoDataFrame(found.iloc[order].reset_index(drop=True))


def area_matrix(regions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return `from_zone, to_zone, area_km2` of all land, changed or not.

    Its rows of one `from_zone` add up to that zone before, those of one `to_zone` to that
    zone after.
    """
    zones = ["from_zone", "to_zone"]
    table = pd.DataFrame(regions.drop(columns="geometry"))
    return pd.DataFrame(table.groupby(zones)["area_km2"].sum().reset_index())


def changed_people(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the people of cells by zone before and after.

    Parameters
    ----------
    before, after
        Index `cell_id`; `zone` (that of the cell's centre), `population`,
        `population_65plus`.

    Returns
    -------
    pandas.DataFrame
        `from_zone`, `to_zone` (`OUTSIDE` where a cell is in one run only), `cells`, and
        `population_before`, `population_after`, `population_65plus_before` and
        `population_65plus_after`; blank where no people are known.
    """
    counted = ["population", "population_65plus"]
    both = before[["zone", *counted]].merge(
        after[["zone", *counted]],
        how="outer",
        left_index=True,
        right_index=True,
        suffixes=("_before", "_after"),
    )
    zones = {
        f"{side}_zone": both[f"zone_{time}"].astype(object).fillna(OUTSIDE)
        for side, time in zip(SIDES, ("before", "after"), strict=True)
    }
    columns = [f"{name}_{time}" for name in counted for time in ("before", "after")]
    table = both[columns].assign(**zones, cells=1)
    sums = table.groupby(["from_zone", "to_zone"], as_index=False)
    added = sums[columns].sum(min_count=1)
    return added.assign(cells=sums["cells"].sum()["cells"])[
        ["from_zone", "to_zone", "cells", *columns]
    ]


def changed_coverage(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the coverage of both by the same standard, and the difference of the shares.

    Parameters
    ----------
    before, after
        As `landuse.coverage.coverage` returns them; empty is allowed.

    Returns
    -------
    pandas.DataFrame
        The columns that tell a row from others (service, mode, within, group, district,
        zone …), `demand`, `served` and `share` of both with `_before` and `_after`, and
        `difference`, share after less share before. A standard that only one has, is left
        with blanks on the other side.
    """
    keys = [name for name in COVERAGE_KEYS if name in before and name in after]
    named = [f"{figure}_{time}" for figure in FIGURES for time in ("before", "after")]
    if not keys:
        return pd.DataFrame(columns=[*COVERAGE_KEYS, *named, "difference"])
    both = before[[*keys, *FIGURES]].merge(
        after[[*keys, *FIGURES]], on=keys, how="outer", suffixes=("_before", "_after"), sort=False
    )
    return both.assign(difference=both["share_after"] - both["share_before"])


def changed_times(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return, for each service that both know times to, who has a shorter way and who a longer.

    Parameters
    ----------
    before, after
        Cells with `<service>_s`, seconds, and `population`.

    Returns
    -------
    pandas.DataFrame
        `service`; people (of the run after) whose way became `shorter`, `longer`, stayed
        the `same`, was `lost` (no time any more) or `gained`; and the mean minutes of a
        person with both, `mean_before_min` and `mean_after_min` (blank where nobody has).
    """
    common = before.index.intersection(after.index)
    old, new = before.loc[common], after.loc[common]
    people = new["population"].fillna(0.0).to_numpy(float)
    services = [name[:-2] for name in map(str, old) if name.endswith("_s") and name in new]
    services = [name for name in services if f"{name}_to" in old and f"{name}_to" in new]
    return pd.DataFrame(
        [{"service": key, **_times(old[f"{key}_s"], new[f"{key}_s"], people)} for key in services],
        columns=["service", *TIME_COLUMNS],
    )


TIME_COLUMNS = ("shorter", "longer", "same", "lost", "gained", "mean_before_min", "mean_after_min")


def _times(old: pd.Series, new: pd.Series, people: NDArray[np.float64]) -> dict[str, float]:
    """Return `TIME_COLUMNS` of one service."""
    seconds = [old.to_numpy(float), new.to_numpy(float)]
    had, has = (~np.isnan(each) for each in seconds)
    both = had & has
    step = np.where(both, seconds[1] - seconds[0], 0.0)
    whole = people[both].sum()
    means = [
        float(each[both] @ people[both]) / whole / 60 if whole > 0 else np.nan for each in seconds
    ]
    found = (
        people[both & (step < -SAME_S)].sum(),
        people[both & (step > SAME_S)].sum(),
        people[both & (np.abs(step) <= SAME_S)].sum(),
        people[had & ~has].sum(),
        people[has & ~had].sum(),
        *means,
    )
    return dict(zip(TIME_COLUMNS, map(float, found), strict=True))
