"""The zone of every cell with people, so that a page can count the people of a part of the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from landuse.grid import Grid
from landuse.maps.pack import pack_bytes, pack_ints

if TYPE_CHECKING:
    from landuse.maps.data import MapData

__all__ = ["people_zones"]


def people_zones(data: MapData) -> str:
    """Return the zone of each cell in which somebody lives, packed; empty without cells.

    The cells come in the order of the page (row by row from the south, in a row from the
    west), those without people or with an unknown number left out. A zone is its place in
    `zones`, counted from 1; 0 where a cell has none of them.
    """
    if not len(data.cells):
        return ""
    whole = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=str(data.boundary.crs))
    rows, cols = whole.rows_cols(data.cells.index.to_numpy())
    cells = data.cells.iloc[np.lexsort((cols, rows))]
    lived_in = cells[cells["population"] > 0]
    places = {zone.key: place for place, zone in enumerate(data.zones, start=1)}
    zones = lived_in["zone"].map(places).fillna(0).to_numpy(np.int64)
    return pack_bytes(pack_ints(zones))
