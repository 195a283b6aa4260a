"""Walking legs: the seconds between places on foot, few for each place, from outside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs
from landuse.errors import Fault, LayerError
from landuse.schema import require_columns

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Texts = NDArray[np.object_]

__all__ = ["Legs", "Walks", "legs_of_costs", "legs_of_matrix", "legs_of_pairs", "straight_legs"]


@dataclass(frozen=True, kw_only=True)
class Legs:
    """Seconds on foot from some places to others, as a sparse matrix in rows.

    The legs of place `i` are `start[i]:start[i + 1]`. Seconds of 0 are legs too.
    """

    from_ids: pd.Index[Any]
    to_ids: pd.Index[Any]
    start: Ints
    to: NDArray[np.int32]
    """Place in `to_ids`."""
    seconds: Floats
    from_reason: Texts
    """Why a place has no leg at all, a code of `landuse.schema.REASONS`; empty if it has."""
    to_reason: Texts

    def __len__(self) -> int:
        return len(self.to)

    def turned(self) -> Legs:
        """Return the legs the other way round, at the same seconds."""
        return self._turned

    @cached_property
    def _turned(self) -> Legs:
        # Walks to the same destinations serve search after search, so it is done once.
        order = np.argsort(self.to, kind="stable")
        rows = np.repeat(np.arange(len(self.from_ids)), np.diff(self.start))
        return Legs(
            from_ids=self.to_ids,
            to_ids=self.from_ids,
            start=_starts(self.to, len(self.to_ids)),
            to=rows[order].astype(np.int32),
            seconds=self.seconds[order],
            from_reason=self.to_reason,
            to_reason=self.from_reason,
        )


@dataclass(frozen=True, kw_only=True)
class Walks:
    """Everything that is walked on journeys between origins and destinations."""

    access: Legs
    """From origins to stops."""
    egress: Legs
    """From stops to destinations."""
    direct: Legs | None = None
    """From origins to destinations without a ride; 0 from a place to itself."""

    def turned(self) -> Walks:
        """Return the walks of the way back, at the same seconds."""
        direct = None if self.direct is None else self.direct.turned()
        return Walks(access=self.egress.turned(), egress=self.access.turned(), direct=direct)


def legs_of_pairs(
    from_ids: pd.Index[Any],
    to_ids: pd.Index[Any],
    *,
    rows: NDArray[Any],
    cols: NDArray[Any],
    seconds: NDArray[Any],
) -> Legs:
    """Return legs from pairs of places.

    Parameters
    ----------
    from_ids, to_ids
        Names of the places.
    rows, cols
        Places in `from_ids` and `to_ids` of each leg; of doubled pairs the quickest stays.
    seconds
        Of each leg, 0 or more.

    Returns
    -------
    Legs
        A place without any leg is `off_network`.

    Raises
    ------
    LayerError
        If seconds are negative or unknown.
    """
    if not (np.asarray(seconds) >= 0).all() or np.isinf(seconds).any():
        what = "are negative, infinite or unknown for some"
        raise LayerError(Fault(where="legs: seconds", what=what, fix="leave such pairs out"))
    order = np.lexsort((seconds, cols, rows))
    row, col = (np.asarray(part, dtype=np.int64)[order] for part in (rows, cols))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(row) != 0) | (np.diff(col) != 0)
    row, col = row[first], col[first]
    return _in_rows(from_ids, to_ids, row, col, np.asarray(seconds, dtype=float)[order][first])


def legs_of_costs(costs: pd.DataFrame, *, from_ids: pd.Index[Any], to_ids: pd.Index[Any]) -> Legs:
    """Return legs from a table of costs, such as `landuse.network.travel_costs` gives.

    Parameters
    ----------
    costs
        `from_id`, `to_id`, `cost_s` (NaN where there is no leg) and, optionally, `reason`.
    from_ids, to_ids
        All places, in the order wanted.

    Returns
    -------
    Legs
        A place without any leg keeps its reason where all its pairs have one and the same;
        else, or where that is `beyond_cutoff`, it is `off_network`.

    Raises
    ------
    LayerError
        If columns are missing, or the table names places that are not listed.
    """
    require_columns(costs, ["from_id", "to_id", "cost_s"], where="costs")
    rows = from_ids.get_indexer(pd.Index(costs["from_id"]))
    cols = to_ids.get_indexer(pd.Index(costs["to_id"]))
    lost = (rows < 0) | (cols < 0)
    if lost.any():
        what = f"{lost.sum()} pairs name places that are not listed"
        raise LayerError(Fault(where="costs", what=what, fix="list every place"))
    seconds = costs["cost_s"].to_numpy(float)
    known = ~np.isnan(seconds)
    legs = legs_of_pairs(
        from_ids, to_ids, rows=rows[known], cols=cols[known], seconds=seconds[known]
    )
    if "reason" not in costs:
        return legs
    reason = costs["reason"].to_numpy(object)
    return replace(
        legs,
        from_reason=_told(legs.from_reason, rows, reason),
        to_reason=_told(legs.to_reason, cols, reason),
    )


def legs_of_matrix(cost_s: NDArray[Any], *, from_ids: pd.Index[Any], to_ids: pd.Index[Any]) -> Legs:
    """Return legs from a matrix of costs, such as `landuse.network.cost_matrix` gives.

    Parameters
    ----------
    cost_s
        Seconds, shape (from, to), infinite where there is no leg.
    from_ids, to_ids
        Names of its rows and columns.

    Returns
    -------
    Legs
        A place without any leg is `off_network`.

    Raises
    ------
    LayerError
        If the matrix has another shape, or seconds are negative or unknown.
    """
    if cost_s.shape != (len(from_ids), len(to_ids)):
        what = f"has the shape {cost_s.shape}, not {(len(from_ids), len(to_ids))}"
        raise LayerError(Fault(where="legs: costs", what=what, fix="give a row for each place"))
    if not (cost_s >= 0).all():
        what = "are negative or unknown for some"
        raise LayerError(Fault(where="legs: seconds", what=what, fix="put infinity there"))
    row, col = np.nonzero(np.isfinite(cost_s))
    return _in_rows(from_ids, to_ids, row, col, cost_s[row, col].astype(float))


def straight_legs(
    origins: gpd.GeoSeries,
    destinations: gpd.GeoSeries,
    *,
    kmh: float,
    within_m: float,
    detour: float = 1.3,
) -> Legs:
    """Return legs as the crow flies times a detour, where there are no streets.

    Parameters
    ----------
    origins, destinations
        Points in one metric system, index their ids; blank ones get no leg.
    kmh
        Speed on foot.
    within_m
        Longest leg, in metres of the way walked (with the detour).
    detour
        Metres walked for each metre of the straight line.

    Returns
    -------
    Legs
        Blank origins are `outside_data`, blank destinations `no_facility_data`, places
        with nothing in reach `off_network`.

    Raises
    ------
    CrsError
        If the points are not metric or in different systems.
    """
    from scipy.spatial import cKDTree  # noqa: PLC0415 - half a second

    require_metric(origins, where="origins")
    same_crs(origins, destinations, where="origins and destinations")
    here, there = (
        np.flatnonzero(~(places.isna() | places.is_empty)) for places in (origins, destinations)
    )
    reach_m = within_m / detour
    from_xy, to_xy = _coordinates(origins, here), _coordinates(destinations, there)
    pairs = cKDTree(from_xy).sparse_distance_matrix(
        cKDTree(to_xy), reach_m, output_type="coo_matrix"
    )
    # The tree leaves out pairs at no distance: they are found by their coordinates.
    same = _same_places(from_xy, to_xy)
    legs = legs_of_pairs(
        origins.index,
        destinations.index,
        rows=here[np.concatenate([pairs.row, same[0]])],
        cols=there[np.concatenate([pairs.col, same[1]])],
        seconds=np.concatenate([pairs.data * detour / kmh * 3.6, np.zeros(len(same[0]))]),
    )
    from_reason, to_reason = legs.from_reason.copy(), legs.to_reason.copy()
    from_reason[np.setdiff1d(np.arange(len(origins)), here)] = "outside_data"
    to_reason[np.setdiff1d(np.arange(len(destinations)), there)] = "no_facility_data"
    return replace(legs, from_reason=from_reason, to_reason=to_reason)


def _coordinates(places: gpd.GeoSeries, given: Ints) -> Floats:
    points = places.iloc[given]
    return np.column_stack([np.asarray(part, dtype=float) for part in (points.x, points.y)])


def _same_places(from_xy: Floats, to_xy: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of points that lie on one another."""
    here, there = (
        pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "at": np.arange(len(xy))})
        for xy in (from_xy, to_xy)
    )
    both = here.merge(there, on=["x", "y"])
    return both["at_x"].to_numpy(np.int64), both["at_y"].to_numpy(np.int64)


def _in_rows(
    from_ids: pd.Index[Any], to_ids: pd.Index[Any], row: Ints, col: Ints, seconds: Floats
) -> Legs:
    """Return the legs of pairs that stand row by row, each once."""
    return Legs(
        from_ids=from_ids,
        to_ids=to_ids,
        start=_starts(row, len(from_ids)),
        to=col.astype(np.int32),
        seconds=seconds,
        from_reason=_none(row, len(from_ids)),
        to_reason=_none(col, len(to_ids)),
    )


def _starts(rows: NDArray[Any], size: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)


def _none(places: NDArray[Any], size: int) -> Texts:
    """Return `off_network` for every place that no leg names."""
    found = np.full(size, "off_network", dtype=object)
    found[places] = ""
    return found


def _told(default: Texts, places: NDArray[Any], reason: Texts) -> Texts:
    """Exchange the reason of places without a leg where all their pairs tell one and the same."""
    told = pd.DataFrame({"place": places, "reason": reason})[default[places] != ""]
    ends = told.groupby("place")["reason"].agg(["min", "max"])
    first = ends.loc[ends["min"] == ends["max"], "min"]
    first = first[~first.isin(["", "beyond_cutoff"])]
    found = default.copy()
    found[first.index.to_numpy(np.int64)] = first.to_numpy(object)
    return found
