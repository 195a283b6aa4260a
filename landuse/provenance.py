"""The record of a run: where every figure comes from, and what its files were made of."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from landuse.partition import measure_fit
from landuse.sources.store import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.config import City
    from landuse.study import Study

__all__ = ["RECORD", "provenance", "record_of", "rule_files"]

RECORD = "provenance.json"
"""The record of a run, written when all its other files are there."""

PACKAGES = ("landuse", "geopandas", "shapely", "pyogrio", "pyproj", "rasterio", "scipy", "numba")
"""Packages whose versions stand in the provenance file."""

TIMES: Mapping[str, str] = {
    "cell_id": "メッシュ as in cells.parquet",
    "<service>_<mode>_<season>_s": (
        "秒、単精度。空欄は届かないか不明 seconds in single precision, blank where nothing "
        "leads or is known. mode: walk (at the pace by which the service is judged: its `mode` "
        "in the service file), transit (where there is a timetable), drive. season: usual; and "
        "<profile>_low, _high: the slow and the quick side, such as winter_low. The service's "
        "own mode as usual stands in cells.parquet as <service>_s, _reason and _to"
    ),
    "<service>_<mode>_to": "施設 the facility (facility_id) that is nearest as usual",
    "<service>_<mode>_reason": "空欄のわけ why usual is blank",
    "<service>_<mode>_<season>_to": "その季節の施設 the same under a profile",
    "<service>_<mode>_<season>_reason": "その季節の空欄のわけ the same under a profile",
}
"""What the columns of the table of times hold."""


def provenance(study: Study, files: dict[str, Path]) -> dict[str, Any]:
    """Return every input with source, licence, hash and grade, versions, and seconds."""
    return {
        "city": {"key": study.city.key, "code": study.city.code, "file": study.city.path.name}
        | {"ja": study.city.label.ja, "en": study.city.label.en},
        "made": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "inputs": [_input(study, key) for key in study.inputs.reports],
        "tables": {path.name: sha256_of(path) for path in rule_files(study.city)},
        "versions": _versions(),
        "seconds": {step: round(seconds, 3) for step, seconds in study.seconds.items()},
        "area_km2": {
            "measured": study.measured_area_km2,
            "published": study.city.published_area_km2,
            "difference": study.measured_area_km2 - study.city.published_area_km2,
            "published_source": study.city.published_area_source,
        },
        "partition": _fit(study),
        "cost_methods": dict(study.cost_methods),
        "way_methods": dict(study.way_methods),
        "street_distances": _records(study.street_distances),
        "columns": {"times.parquet": TIMES},
        "files": {name: sha256_of(path) for name, path in files.items() if path.is_file()},
    }


def rule_files(city: City) -> tuple[Path, ...]:
    """Return the files whose rules decide: the city file and the tables that it names."""
    return (
        city.path,
        city.services_path,
        city.indicators_path,
        city.scheme_path,
        city.overlaps_path,
        city.speeds_path,
        city.profiles_path,
    )


def _fit(study: Study) -> dict[str, float]:
    """Return how exactly the faces cover the boundary."""
    fit = measure_fit(study.faces, study.boundary)
    return asdict(fit) | {"relative_difference": fit.relative_difference}


def _input(study: Study, key: str) -> dict[str, Any]:
    report = study.inputs.reports[key]
    layer = next(layer for layer in study.city.layers if layer.key == key)
    found = asdict(report) | {"path": report.path.name, "notes": [str(n) for n in report.notes]}
    return found | {
        "label": str(layer.label),
        **asdict(layer.origin),
        "grade": str(layer.origin.grade),
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, unknown figures as nothing."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return found | {"python": platform.python_version()}


def record_of(built: Path) -> dict[str, Any] | None:
    """Return the record of the run in a folder, None if there is none that can be read."""
    try:
        record = json.loads((built / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None
