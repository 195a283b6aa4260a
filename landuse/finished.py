"""Read a finished run again, so that maps, files and answers need no second run."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import pandas as pd
import pyogrio

from landuse.claims import claim_table
from landuse.inputs import read_inputs
from landuse.outputs import rule_files
from landuse.sources.store import sha256_of
from landuse.study import Study, grid_of, read_rules

if TYPE_CHECKING:
    from pathlib import Path

    from landuse.config import City

__all__ = ["read"]

Table = TypeVar("Table", bound=pd.DataFrame)


def read(city: City, built: Path) -> Study | None:
    """Return the study whose files lie in a folder, or None if it must be run again.

    It must be run again when a file of it is missing or altered, or when a layer, a rule
    or the program has changed since.

    Parameters
    ----------
    city
        From `landuse.read_city`.
    built
        Folder of tables that `landuse.outputs.write` left.
    """
    record = _record(built)
    if record is None or not _fits(record, city, built):
        return None
    inputs = read_inputs(city)
    claims, _ = claim_table(inputs.each("claims"), inputs.all("boundary"))
    facilities = gpd.read_parquet(built / "facilities.parquet")
    return Study(
        inputs=inputs,
        rules=read_rules(city),
        claims=claims,
        faces=_faces(built / "zones.gpkg"),
        zone_areas=_table(built / "zone_areas.csv"),
        grid=grid_of(inputs),
        cells=gpd.read_parquet(built / "cells.parquet").set_index("cell_id"),
        facilities=facilities,
        cost_methods=record["cost_methods"],
        regional=_table(built / "regional.csv"),
        rings=_table(built / "rings.csv"),
        coverage=_table(built / "coverage.csv"),
        worst_towns=_table(built / "worst_towns.csv"),
        seconds=record["seconds"],
    )


def _record(built: Path) -> dict[str, Any] | None:
    try:
        record: dict[str, Any] = json.loads((built / "provenance.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record


def _fits(record: dict[str, Any], city: City, built: Path) -> bool:
    """Tell whether the run was made from the files that are there now, and is whole."""
    hashes = {part["key"]: part["sha256"] for part in record.get("inputs", ())}
    layers = {layer.key: layer.path for layer in city.layers}
    tables = record.get("tables", {})
    made = {name: digest for name, digest in record.get("files", {}).items() if "." in name}
    return (
        record.get("versions", {}).get("landuse") == importlib.metadata.version("landuse")
        and hashes.keys() == layers.keys()
        and all(_same(path, hashes[key]) for key, path in layers.items())
        and all(_same(path, tables.get(path.name)) for path in rule_files(city))
        and all(_same(built / name, digest) for name, digest in made.items() if _built(name))
    )


def _built(name: str) -> bool:
    """Tell the tables of a run from its maps, which nothing is read back from."""
    return name.endswith((".csv", ".parquet", ".gpkg"))


def _same(path: Path, digest: str | None) -> bool:
    return path.is_file() and sha256_of(path) == digest


def _faces(path: Path) -> gpd.GeoDataFrame:
    layer = gpd.GeoDataFrame(pyogrio.read_dataframe(path, layer="faces"))
    faces = layer.drop(columns="claims").explode(ignore_index=True)
    return _with_texts(faces)


def _table(path: Path) -> pd.DataFrame:
    """Return a table of a run; a run without the layer that it needs left an empty one."""
    try:
        return _with_texts(pd.read_csv(path, dtype={"from_id": "str"}))
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _with_texts(table: Table) -> Table:
    """Return a table with empty texts where a file has blanks, and no guards against formulas."""
    names = [str(name) for name in table if table[name].dtype in ("str", "object")]
    texts = {name: table[name].fillna("").str.removeprefix("'") for name in names}
    return table.assign(**texts)
