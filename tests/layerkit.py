"""Layers of three rows in the middle of Kushiro, and ways to write and spoil them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
import shapely

from landuse.config import Layer
from landuse.errors import Fault, InputError
from landuse.schema import Grade, Origin
from landuse.sources import Report, read
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CRS = "EPSG:6681"
X, Y = 10_000.0, -110_000.0
"""A place in the town of Kushiro, in metres of EPSG:6681."""
LON, LAT = 144.3726, 43.0098
"""The same place in degrees, to four decimals."""


def layer(path: Path, role: str = "claims", **options: Any) -> Layer:  # noqa: ANN401 - fields of Layer
    """Return what a city file could say of a file."""
    origin = Origin(source="toy", vintage="2020", grade=Grade.DERIVED)
    basic = Layer(key="toy", role=role, path=path, origin=origin, label=Label(ja="玩具", en="Toy"))
    if role == "claims" and not {"claim", "claim_column", "constants", "rename"} & set(options):
        options["claim"] = "urban_core"
    return replace(basic, **options)


def squares(count: int = 3, *, side_m: float = 100.0) -> gpd.GeoDataFrame:
    """Return squares in a row from the place eastwards."""
    west = [X + side_m * place for place in range(count)]
    shapes = [shapely.box(x, Y, x + side_m, Y + side_m) for x in west]
    names = ["新橋大通", "ソ表①髙﨑〜", "愛国"][:count]
    return gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=CRS)


def points(count: int = 3) -> gpd.GeoDataFrame:
    """Return the centres of `squares`."""
    table = squares(count)
    return table.set_geometry(table.centroid)


def boundary() -> gpd.GeoDataFrame:
    """Return a square of 2 km around the place."""
    shape = shapely.Point(X, Y).buffer(1000.0, cap_style="square")
    return gpd.GeoDataFrame(geometry=[shape], crs=CRS)


def saved(table: gpd.GeoDataFrame, path: Path) -> Path:
    """Write a table in the format of the path's suffix."""
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".geojson":
        table.to_crs(4326).to_file(path, COORDINATE_PRECISION=12)
    else:
        table.to_file(path)
    return path


def read_layer(wanted: Layer, **options: Any) -> tuple[gpd.GeoDataFrame, Report]:  # noqa: ANN401 - options of read
    return read(wanted, crs=CRS, **options)


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def faults(wanted: Layer, kind: type[InputError] = InputError) -> Sequence[Fault]:
    """Return the faults that reading a layer raises; each names file, key and remedy."""
    with pytest.raises(kind) as caught:
        read_layer(wanted)
    start = f"{wanted.path.name} [{wanted.key}]"
    assert all(fault.where.startswith(start) and fault.fix for fault in caught.value.faults)
    return caught.value.faults
