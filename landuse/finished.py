"""Read a finished run again, so that maps, files and answers need no second run."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio

from landuse.claims import claim_table
from landuse.facilities import without_data
from landuse.inputs import read_inputs
from landuse.outputs import record_of, rule_files
from landuse.reach import own_times
from landuse.schema import REASONS
from landuse.snaps import COLUMNS
from landuse.sources import files_of
from landuse.sources.store import FORMULA_STARTS, sha256_of
from landuse.study import Study, grid_of, read_rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from landuse.config import City

__all__ = ["read"]

TEXTS = (
    "service",
    "kind",
    "mode",
    "unit",
    "group",
    "town",
    "district",
    "zone",
    "grade",
    "from_id",
    "name",
    "name_en",
    "facility",
    "reason",
    "profile",
    "band",
    "services",
    "hazard",
    "layer",
    "class",
    "indicator",
    "label_ja",
    "label_en",
    "definition",
    "official_vintage",
    "official_source",
    "missing",
    "source",
)
"""Columns of the tables that hold texts, even where all of them are blank."""


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
    record = record_of(built)
    if record is None or not _fits(record, city, built):
        return None
    inputs = read_inputs(city)
    claims, _ = claim_table(inputs.each("claims"), inputs.all("boundary"))
    facilities = gpd.read_parquet(built / "facilities.parquet")
    cells = gpd.read_parquet(built / "cells.parquet").set_index("cell_id")
    return Study(
        inputs=inputs,
        rules=read_rules(city),
        claims=claims,
        faces=_faces(built / "zones.gpkg"),
        zone_areas=_table(built / "zone_areas.csv").drop(columns="label_ja", errors="ignore"),
        grid=grid_of(inputs),
        cells=cells,
        times=_times(built / "times.parquet", cells, facilities, city),
        facilities=facilities,
        cost_methods=record["cost_methods"],
        way_methods=record["way_methods"],
        street_distances=pd.DataFrame(record["street_distances"], columns=list(COLUMNS)),
        regional=_table(built / "regional.csv"),
        rings=_table(built / "rings.csv"),
        coverage=_table(built / "coverage.csv"),
        worst_towns=_table(built / "worst_towns.csv"),
        indicators=_table(built / "indicators.csv"),
        hazards=_table(built / "hazards.csv"),
        bundles=_table(built / "bundles.csv"),
        equity=_table(built / "equity.csv"),
        profiles=_table(built / "profiles.csv"),
        seconds=record["seconds"],
    )


def _fits(record: dict[str, Any], city: City, built: Path) -> bool:
    """Tell whether the run was made from the files that are there now, and is whole."""
    hashes = {part["key"]: part["sha256"] for part in record.get("inputs", ())}
    layers = {layer.key: files_of(layer) for layer in city.layers}
    tables = record.get("tables", {})
    made = {name: digest for name, digest in record.get("files", {}).items() if "." in name}
    return (
        record.keys() >= {"way_methods", "street_distances"}
        and record.get("versions", {}).get("landuse") == importlib.metadata.version("landuse")
        and hashes.keys() == layers.keys()
        and all(_same(files, hashes[key]) for key, files in layers.items())
        and all(_same([path], tables.get(path.name)) for path in rule_files(city))
        and all(_same([built / name], digest) for name, digest in made.items() if _built(name))
    )


def _built(name: str) -> bool:
    """Tell the tables of a run from its maps, which nothing is read back from."""
    return name.endswith((".csv", ".parquet", ".gpkg"))


def _same(files: Sequence[Path], digest: str | None) -> bool:
    return all(path.is_file() for path in files) and sha256_of(*files) == digest


def _times(
    path: Path, cells: gpd.GeoDataFrame, offered: gpd.GeoDataFrame, city: City
) -> pd.DataFrame:
    """Return the times by mode; the services' own stand in the table of cells."""
    lacking = without_data(offered, city.services)
    known = [service for service in city.services if service.key not in lacking]
    others = pd.read_parquet(path)
    reasons = pd.CategoricalDtype(["", *REASONS])
    kinds = {name: reasons for name in map(str, others) if name.endswith("_reason")}
    return pd.concat([own_times(cells, known), others.astype(kinds)], axis=1)


def _faces(path: Path) -> gpd.GeoDataFrame:
    layer = gpd.GeoDataFrame(pyogrio.read_dataframe(path, layer="faces"))
    return layer.drop(columns="claims").explode(ignore_index=True)


def _table(path: Path) -> pd.DataFrame:
    """Return a table of a run; a run without the layer that it needs left an empty one."""
    kinds: dict[str, Any] = dict.fromkeys(TEXTS, "str")
    try:
        table = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    return table.assign(
        **{name: table[name].fillna("").map(unguarded) for name in TEXTS if name in table}
    )


def unguarded(text: str) -> str:
    """Return a text without the apostrophe that keeps a spreadsheet from running it."""
    inside = text.removeprefix("'")
    return inside if inside.startswith(FORMULA_STARTS) else text
