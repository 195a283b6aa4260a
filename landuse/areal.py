"""Areal interpolation: bring figures of one set of areas onto another, totals kept.

*Extensive* figures are sums (people): a part of an area gets its share of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from landuse.crs import require_metric, same_crs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["interpolate", "share_out"]


def share_out(
    amounts: pd.DataFrame, pairs: pd.DataFrame, *, targets: pd.Index, extensive: Sequence[str]
) -> pd.DataFrame:
    """Hand the amounts of each source to its targets in proportion to weights.

    Parameters
    ----------
    amounts
        One row for each source; the columns `extensive` are sums.
    pairs
        Columns `source` (index of `amounts`), `target` and `weight` (at least 0). Where
        all weights of a source are 0 its targets share equally, so nothing is lost.
    targets
        Index of the result.
    extensive
        Columns to hand out.

    Returns
    -------
    pandas.DataFrame
        Index `targets`; 0 where nothing arrives. Each column's sum is the sum of the
        sources that have a target at all.
    """
    total = pairs.groupby("source")["weight"].transform("sum")
    count = pairs.groupby("source")["weight"].transform("size")
    weighted = (pairs["weight"] / total.where(total > 0, 1.0)).where(total > 0, 1.0 / count)
    moved = pd.DataFrame(
        {
            column: weighted.to_numpy() * amounts[column].reindex(pairs["source"]).to_numpy()
            for column in extensive
        }
    )
    summed = moved.groupby(pairs["target"].to_numpy()).sum()
    return summed.reindex(targets, fill_value=0.0)


def interpolate(
    source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, *, extensive: Sequence[str]
) -> pd.DataFrame:
    """Bring sums from source polygons onto target polygons by shared area.

    Parameters
    ----------
    source, target
        Polygons in one metric system. Areas of a source that no target covers hand their
        part to the targets that do meet the source, so that totals are kept; a source
        that meets no target is lost, and the caller can tell by comparing sums.
    extensive
        Columns of `source` that are sums.

    Returns
    -------
    pandas.DataFrame
        Index of `target`, columns `extensive`.

    Raises
    ------
    CrsError
        If a layer is not metric or the two differ.

    Notes
    -----
    Simple areal weighting (Goodchild and Lam 1980), with the weights of a source scaled
    to one.
    """
    require_metric(source, where="source of the interpolation")
    same_crs(source, target, where="areal interpolation")
    places_source, places_target = target.sindex.query(source.geometry, predicate="intersects")
    shapes_source = source.geometry.to_numpy()[places_source]
    shapes_target = target.geometry.to_numpy()[places_target]
    area_m2 = _shared_area(shapes_source, shapes_target)
    pairs = pd.DataFrame(
        {
            "source": source.index.to_numpy()[places_source],
            "target": target.index.to_numpy()[places_target],
            "weight": area_m2,
        }
    )
    touching = pairs["weight"] > 0
    return share_out(
        pd.DataFrame(source[list(extensive)]),
        pairs[touching],
        targets=target.index,
        extensive=extensive,
    )


def _shared_area(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    import shapely  # noqa: PLC0415 - keeps the import of the package light

    if len(left) == 0:
        return np.zeros(0)
    return np.asarray(shapely.area(shapely.intersection(left, right)))
