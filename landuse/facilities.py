"""Facilities: which of them offers which service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.schema import require_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from landuse.config import Service

__all__ = ["offers", "placed", "without_data"]


def offers(facilities: gpd.GeoDataFrame, services: Sequence[Service]) -> gpd.GeoDataFrame:
    """Return one row for each facility and service that it offers.

    Parameters
    ----------
    facilities
        `facility_id`, `name`, and the columns that the services select by.
    services
        A facility offers a service when every selected column matches: its word, or one
        of several words with `;` between, is among the accepted ones.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of `facilities` and `service`, in the order of the services.

    Raises
    ------
    LayerError
        If a selecting column is missing.
    """
    columns = sorted({column for service in services for column in service.select})
    require_columns(facilities, ["facility_id", "name", *columns], where="facilities")
    parts = [
        facilities[_matches(facilities, service.select)].assign(service=service.key)
        for service in services
    ]
    return pd.concat(parts, ignore_index=True)


def _matches(facilities: pd.DataFrame, select: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
    matching = np.ones(len(facilities), dtype=np.bool_)
    for column, accepted in select.items():
        words = facilities[column].fillna("").astype(str).reset_index(drop=True)
        among = words.str.split(";").explode().isin(accepted).groupby(level=0).any()
        matching &= among.to_numpy(dtype=np.bool_)
    return matching


def placed(facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities whose place is known."""
    return facilities[~(facilities.geometry.isna() | facilities.geometry.is_empty)]


def without_data(offered: gpd.GeoDataFrame, services: Sequence[Service]) -> tuple[str, ...]:
    """Return the keys of services of which no facility has a known place."""
    known = set(placed(offered)["service"])
    return tuple(service.key for service in services if service.key not in known)
