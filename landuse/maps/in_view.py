"""Who lives in which zone, cell by cell: for a page that counts the people of what is in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.grid import Grid
from landuse.maps.pack import pack_bytes, pack_ints

if TYPE_CHECKING:
    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = ["people_zones"]


def people_zones(data: MapData) -> Json | None:
    """Return the zone of each cell in which somebody lives, and all people of each zone.

    `zones` (packed) has the cells in the order of the page, row by row from the south and in
    a row from the west, those without people or with an unknown number left out: the place of
    the zone counted from 1, 0 where a cell has none. `people` is the exact sum of each place;
    the page holds people in tenths, rounded up, and scales its sums by it. None without cells.
    """
    if not len(data.cells):
        return None
    whole = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=str(data.boundary.crs))
    rows, cols = whole.rows_cols(data.cells.index.to_numpy())
    cells = data.cells.iloc[np.lexsort((cols, rows))]
    lived_in = cells[cells["population"] > 0]
    places = {zone.key: place for place, zone in enumerate(data.zones, start=1)}
    zones = lived_in["zone"].map(places).fillna(0).to_numpy(np.int64)
    people = np.bincount(zones, lived_in["population"], minlength=len(data.zones) + 1)
    return {"zones": pack_bytes(pack_ints(zones)), "people": people.round(3).tolist()}
