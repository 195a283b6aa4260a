"""How many services each cell reaches within their standards, and who lives there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from landuse.config import Service
    from landuse.maps.data import MapData

__all__ = ["computed", "lacking", "people_by_reached"]


def computed(data: MapData, kind: str = "") -> list[Service]:
    """Return the services, of one kind if asked, to which the cells hold any time."""
    return [
        service
        for service in data.services
        if kind in ("", service.kind)
        and f"{service.key}_s" in data.cells
        and data.cells[f"{service.key}_s"].notna().any()
    ]


def lacking(data: MapData, services: list[Service]) -> pd.Series:
    """Return for each cell how many of some services lie beyond their standards.

    A cell from which there is no way at all lacks the service too.
    """
    counts = np.zeros(len(data.cells), np.int64)
    for service in services:
        near = data.cells[f"{service.key}_s"] <= 60 * service.within_min
        counts += ~near.to_numpy(bool)
    return pd.Series(counts, index=data.cells.index)


def people_by_reached(data: MapData, services: list[Service]) -> pd.Series:
    """Return people by the number of services they reach, from none to all of them."""
    reached = len(services) - lacking(data, services)
    people = data.cells["population"].groupby(reached.to_numpy()).sum()
    return people.reindex(range(len(services) + 1)).fillna(0.0)
