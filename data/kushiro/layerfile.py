"""Writing and reading the embedded layers, byte for byte the same on every run."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

__all__ = ["METRIC", "PRECISION_DEG", "listing", "multi", "read", "rounded", "write", "write_csv"]

METRIC = "EPSG:6681"
"""The plane of Japan for eastern Hokkaido (zone 13), metres."""

PRECISION_DEG = 1e-6
"""Coordinates are kept to about 0.1 m, far below the error of every layer."""


def rounded(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer in EPSG:4326 with coordinates on the grid of `PRECISION_DEG`."""
    layer = layer.to_crs(4326)
    geometry = shapely.set_precision(layer.geometry.to_numpy(), PRECISION_DEG)
    # Once more in decimals: snapped doubles still differ in the last bit between platforms.
    geometry = shapely.transform(geometry, lambda xy: xy.round(6))
    return layer.set_geometry(gpd.GeoSeries(geometry, index=layer.index, crs=4326))


def multi(shape: BaseGeometry | list[BaseGeometry]) -> shapely.MultiPolygon:
    """Return the polygons of a shape, largest first, with a fixed order of vertices."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    ordered = sorted(polygons, key=lambda part: (-part.area, part.bounds))
    return shapely.MultiPolygon([shapely.normalize(part) for part in ordered])


def write(layer: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoParquet in EPSG:4326, zstd."""
    layer.reset_index(drop=True).to_parquet(
        path, index=False, compression="zstd", compression_level=19, write_covering_bbox=False
    )


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 CSV."""
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def read(folder: Path, name: str) -> gpd.GeoDataFrame:
    """Read a layer of the folder in EPSG:4326."""
    return gpd.read_parquet(folder / f"{name}.parquet")


def listing(paths: Iterable[Path]) -> pd.DataFrame:
    """Return layer, rows, bytes and SHA-256 of each file."""
    return pd.DataFrame(
        {
            "layer": path.name,
            "rows": len(_table(path)),
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in paths
    )


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
