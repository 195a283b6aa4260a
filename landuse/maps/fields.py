"""Cells as columns of small integers: people, names, and minutes to each service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from landuse.grid import Grid
from landuse.maps.layers import district_keys
from landuse.maps.minutes import LAST_MINUTE, minute_codes, places
from landuse.maps.pack import deltas, pack_bytes, pack_ints
from landuse.schema import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.maps.data import MapData

    Ints = NDArray[np.int64]
    Json = dict[str, Any]

__all__ = ["cell_layer"]


def cell_layer(data: MapData, facilities: Sequence[Json]) -> Json | None:
    """Return the cells as packed columns, or nothing if there are none.

    A column holds each value less the value of the cell to the south, because times and
    names change slowly from cell to cell. Codes of minutes are those of
    `landuse.maps.minutes`.
    """
    if not len(data.cells):
        return None
    whole = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=str(data.boundary.crs))
    rows, cols = whole.rows_cols(data.cells.index.to_numpy())
    order = np.lexsort((cols, rows))
    cells, rows, cols = data.cells.iloc[order], rows[order], cols[order]
    south, west = int(rows.min()), int(cols.min())
    size = (int(rows.max()) - south + 1, int(cols.max()) - west + 1)
    below = _below(rows - south, cols - west, size)
    ids = {facility["id"]: place for place, facility in enumerate(facilities)}
    towns = [str(name) for name in pd.unique(cells["town"].dropna())]
    timed = minute_codes(data, cells.index)
    reached = [service.key for service in data.services if f"{service.key}_to" in cells]
    return {
        "row": south,
        "col": west,
        "n_rows": size[0],
        "n_cols": size[1],
        "last_minute": LAST_MINUTE,
        "reasons": list(REASONS),
        "towns": towns,
        "index": pack_bytes(pack_ints(deltas((rows - south) * size[1] + cols - west))),
        "town": _column(places(cells["town"], towns), below),
        "district": _column(places(cells["district"], district_keys(data)), below),
        "people": _column(_tenths(cells["population"]), below),
        "elderly": _column(_tenths(cells["population_65plus"]), below),
        "times": {
            service: {
                mode: {season: _column(codes, below) for season, codes in seasons.items()}
                for mode, seasons in modes.items()
            }
            for service, modes in timed.codes.items()
        },
        "own": timed.own,
        "nearest": {key: _column(_nearest(cells, key, ids), below) for key in reached},
    }


def _below(rows: Ints, cols: Ints, size: tuple[int, int]) -> Ints:
    """Return the place of each cell's southern neighbour in the list, or -1."""
    index = np.full((size[0] + 1, size[1]), -1)
    index[rows + 1, cols] = np.arange(len(rows))
    return np.asarray(index[rows, cols])


def _column(values: Ints, below: Ints) -> str:
    south = np.where(below >= 0, values[below], 0)
    return pack_bytes(pack_ints(values - south))


def _tenths(people: pd.Series) -> Ints:
    """Return tenths of a person, rounded up so that nobody vanishes; -1 where unknown."""
    tenths = np.ceil(people.to_numpy(float) * 10 - 1e-6)
    return np.where(np.isnan(tenths), -1, np.maximum(tenths, 0)).astype(np.int64)


def _nearest(cells: pd.DataFrame, service: str, ids: dict[str, int]) -> Ints:
    """Return places of facilities counted from 1; 0 where none is known."""
    found = cells[f"{service}_to"].map(ids).fillna(-1)
    return np.asarray(found, np.int64) + 1
