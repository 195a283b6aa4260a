"""Cells as columns of small integers: people, names, and minutes to each service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.grid import Grid
from landuse.maps.columns import Columns, neighbours
from landuse.maps.layers import district_keys
from landuse.maps.minutes import SEASONS, USUAL, minute_codes, places
from landuse.maps.pack import deltas, pack_bytes, pack_ints
from landuse.schema import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.maps.data import MapData
    from landuse.maps.minutes import Minutes

    Ints = NDArray[np.int64]
    Json = dict[str, Any]

__all__ = ["cell_layer"]

MOST = 65_534
"""Tenths of a person in a cell; 6,553 people on a hundred metres square are past all cities."""

FAMILIES = {"walk_elderly": "walk", "wheelchair": "walk"}
"""Modes whose times are told by those of another."""


def cell_layer(data: MapData, facilities: Sequence[Json]) -> Json | None:
    """Return the cells as packed columns, or nothing if there are none.

    Names, people and facilities are given as numbers of `columns`, counted from 1; times by
    service, mode and season, with the codes of `landuse.maps.minutes`. People are tenths of
    a person and one more, so that 0 is unknown.
    """
    if not len(data.cells):
        return None
    whole = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=str(data.boundary.crs))
    rows, cols = whole.rows_cols(data.cells.index.to_numpy())
    order = np.lexsort((cols, rows))
    cells, rows, cols = data.cells.iloc[order], rows[order], cols[order]
    south, west = int(rows.min()), int(cols.min())
    n_rows, n_cols = int(rows.max()) - south + 1, int(cols.max()) - west + 1
    columns = Columns(near=neighbours(rows, cols))
    towns = [str(name) for name in pd.unique(cells["town"].dropna())]
    timed = minute_codes(data, cells.index)
    people = columns.add(_tenths(cells["population"]))
    return {
        "row": south,
        "col": west,
        "n_rows": n_rows,
        "n_cols": n_cols,
        "last_minute": timed.last,
        "reasons": list(REASONS),
        "towns": towns,
        "index": pack_bytes(pack_ints(deltas((rows - south) * n_cols + cols - west))),
        "people": people,
        "elderly": columns.add(_tenths(cells["population_65plus"]), usual=people),
        "town": columns.add(places(cells["town"], towns)),
        "district": columns.add(places(cells["district"], district_keys(data))),
        "times": _times(timed, columns),
        "own": timed.own,
        "nearest": _nearest(data, cells, facilities, columns),
        "columns": columns.packed(),
    }


def _times(timed: Minutes, columns: Columns) -> dict[str, dict[str, dict[str, int]]]:
    """Take the times in, season by season, so that the usual ones come first."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for season in SEASONS:
        for service, modes in timed.codes.items():
            for mode, seasons in modes.items():
                known = found.setdefault(service, {}).setdefault(mode, {})
                if season in seasons:
                    family = f"{FAMILIES.get(mode, mode)} {season}"
                    usual = known.get(USUAL, 0)
                    known[season] = columns.add(seasons[season], family=family, usual=usual)
    return found


def _tenths(people: pd.Series) -> Ints:
    """Return tenths of a person, rounded up so that nobody vanishes; -1 where unknown."""
    tenths = np.ceil(people.to_numpy(float) * 10 - 1e-6)
    return np.where(np.isnan(tenths), 0, np.clip(tenths, 0, MOST) + 1).astype(np.int64)


def _nearest(
    data: MapData, cells: pd.DataFrame, facilities: Sequence[Json], columns: Columns
) -> dict[str, int]:
    """Take in places in the list of facilities, counted from 1; 0 where none is known."""
    ids = {facility["id"]: place + 1 for place, facility in enumerate(facilities)}
    names = {service.key: f"{service.key}_to" for service in data.services}
    return {
        key: columns.add(_numbered(cells[name], ids))
        for key, name in names.items()
        if name in cells
    }


def _numbered(names: pd.Series, numbers: dict[str, int]) -> Ints:
    """Return the number of each name, 0 for those without one."""
    code, found = pd.factorize(names)
    return np.array([*(numbers.get(str(name), 0) for name in found), 0])[code]
