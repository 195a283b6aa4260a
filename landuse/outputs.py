"""What a run leaves: tables, GIS files, maps and where every figure comes from."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landuse.errors import Fault, InputError
from landuse.schema import ZONES, claims_of_mask
from landuse.sources.geopackage import Category, Style, write_gpkg
from landuse.sources.store import (
    sha256_of,
    write_bytes,
    write_csv,
    write_geojson,
    write_json,
    write_parquet,
    write_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd

    from landuse.config import City
    from landuse.study import Study

    Say = Callable[[str], None]

__all__ = ["FORMATS", "Places", "export", "places", "summary", "write"]

FORMATS = ("gpkg", "geoparquet", "geojson", "csv", "pdf", "png", "maps")
"""What `export` writes."""

PACKAGES = ("landuse", "geopandas", "shapely", "pyogrio", "pyproj", "rasterio", "scipy", "numba")
"""Packages whose versions stand in the provenance file."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where the files of one city go."""

    built: Path
    maps: Path


def places(city: City, *, out: Path | None = None) -> Places:
    """Return where a run's files go: under `out`, else under the current folder."""
    if out is None:
        return Places(built=Path("data") / city.key / "built", maps=Path("maps") / city.key)
    return Places(built=out / "built", maps=out / "maps")


def write(
    study: Study, where: Places, *, tiles: bool = False, say: Say = lambda _: None
) -> dict[str, Path]:
    """Write every file of a run, each whole or not at all, and return them by name.

    Nothing is written before everything has been computed, so a run that fails leaves the
    files of the one before.
    """
    say("書き出し writing tables and GIS files")
    files = _write_tables(study, where.built) | _write_layers(study, where.built)
    say("書き出し drawing maps")
    files |= _write_maps(study, where, tiles=tiles)
    files["provenance.json"] = where.built / "provenance.json"
    write_json(files["provenance.json"], provenance(study, files))
    return files


def _write_tables(study: Study, built: Path) -> dict[str, Path]:
    tables = {
        "zone_areas.csv": study.zone_areas,
        "coverage.csv": study.coverage,
        "worst_towns.csv": study.worst_towns,
        "regional.csv": study.regional,
        "rings.csv": study.rings,
        "overlaps.csv": study.overlap_areas,
    }
    for name, table in tables.items():
        write_csv(table, built / name)
    return {name: built / name for name in tables}


def _write_layers(study: Study, built: Path) -> dict[str, Path]:
    names = ("zones.gpkg", "cells.parquet", "facilities.parquet")
    files = {name: built / name for name in names}
    _write_zones(study, files["zones.gpkg"])
    write_parquet(_single_precision(study.cells), files["cells.parquet"])
    write_parquet(study.facilities, files["facilities.parquet"])
    return files


def _write_zones(study: Study, path: Path) -> None:
    layers = {"faces": faces_table(study), "zones": study.zones}
    write_gpkg(layers, path, styles=dict.fromkeys(layers, zone_style(study)))


def _single_precision(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cells with costs of seven digits: a millisecond in three hours."""
    costs = [name for name in cells if str(name).endswith(("_s", "_m"))]
    return cells.astype(dict.fromkeys(costs, "float32"))


def _write_maps(study: Study, where: Places, *, tiles: bool) -> dict[str, Path]:
    from landuse import maps  # noqa: PLC0415 - folium and matplotlib are heavy

    data = study.map_data()
    files = {
        "public.html": where.maps / "public.html",
        "staff.html": where.maps / "staff.html",
        "report.html": where.built / "report.html",
    }
    write_text(files["public.html"], maps.public_page(data, tiles=tiles))
    write_text(files["staff.html"], maps.staff_page(data, tiles=tiles))
    write_text(files["report.html"], maps.report_page(data))
    return files | _write_sheets(study, where.maps, ("zones.png", "zones.pdf"))


def _write_sheets(study: Study, folder: Path, names: Sequence[str]) -> dict[str, Path]:
    from landuse import maps  # noqa: PLC0415

    data = study.map_data()
    drawn = {"zones.png": maps.zones_png, "zones.pdf": maps.zones_pdf}
    for name in names:
        write_bytes(folder / name, drawn[name](data))
    return {name: folder / name for name in names}


def faces_table(study: Study) -> gpd.GeoDataFrame:
    """Return the faces with their claims as one text, as GIS files take them."""
    claims = study.faces["mask"].map(lambda mask: ";".join(claims_of_mask(mask)))
    return study.faces.assign(claims=claims)


def zone_style(study: Study) -> Style:
    """Return the zones' colours and Japanese labels for QGIS."""
    from landuse.maps.palette import read_palette  # noqa: PLC0415

    colours = read_palette().zones
    labels = study.zone_labels
    return Style(
        column="zone",
        categories=tuple(
            Category(value=zone, label=str(labels[zone]), colour=colours[zone]) for zone in ZONES
        ),
    )


def provenance(study: Study, files: dict[str, Path]) -> dict[str, Any]:
    """Return every input with source, licence, hash and grade, versions, and seconds."""
    return {
        "city": {"key": study.city.key, "code": study.city.code, "file": study.city.path.name},
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
        "cost_methods": dict(study.cost_methods),
        "files": {name: sha256_of(path) for name, path in files.items() if path.is_file()},
    }


def rule_files(city: City) -> tuple[Path, ...]:
    """Return the files whose rules decide: the city file and the tables that it names."""
    return (city.path, city.services_path, city.scheme_path, city.overlaps_path, city.speeds_path)


def _input(study: Study, key: str) -> dict[str, Any]:
    report = study.inputs.reports[key]
    layer = next(layer for layer in study.city.layers if layer.key == key)
    found = asdict(report) | {"path": report.path.name, "notes": [str(n) for n in report.notes]}
    return found | {
        "label": str(layer.label),
        **asdict(layer.origin),
        "grade": str(layer.origin.grade),
    }


def _versions() -> dict[str, str]:
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return found | {"python": platform.python_version()}


def summary(study: Study) -> str:
    """Return the figures that everyone asks for first, as plain lines."""
    total = study.zone_areas[study.zone_areas["district"] == "all"]
    published = study.city.published_area_km2
    lines = [
        f"{study.city.label}  {study.measured_area_km2:,.2f} km² 測定 measured",
        f"  {published:,.2f} km² 公表 published ({study.measured_area_km2 - published:+,.2f})",
    ]
    for _, row in total[total["zone"] != "all"].iterrows():
        label = study.zone_labels[row["zone"]]
        lines.append(f"  {row['area_km2']:9,.2f} km² {row['share']:6.1%}  {label}")
    lines.append(
        f"  {study.cells['population'].sum():,.0f} 人 people on {len(study.cells):,} cells"
    )
    return "\n".join(lines)


def export(
    study: Study, where: Places, *, formats: Sequence[str], tiles: bool = False
) -> list[Path]:
    """Write the zones of a study in some formats, or its maps again.

    Raises
    ------
    InputError
        If a format is unknown.
    """
    writers = _writers(study, where, tiles=tiles)
    unknown = [name for name in formats if name not in writers]
    if unknown:
        raise InputError(
            Fault(where="--to", what=f"{name!r} is unknown", fix=f"use {', '.join(FORMATS)}")
            for name in unknown
        )
    return [path for name in formats for path in writers[name]()]


def _writers(study: Study, where: Places, *, tiles: bool) -> dict[str, Callable[[], list[Path]]]:
    """Return what writes each format of `FORMATS`."""
    faces = faces_table(study)
    return {
        "gpkg": lambda: _one(where.built / "zones.gpkg", lambda path: _write_zones(study, path)),
        "geoparquet": lambda: _one(
            where.built / "faces.parquet", lambda path: write_parquet(faces, path)
        ),
        "geojson": lambda: _one(
            where.built / "faces.geojson", lambda path: write_geojson(faces, path)
        ),
        "csv": lambda: list(_write_tables(study, where.built).values()),
        "pdf": lambda: list(_write_sheets(study, where.maps, ("zones.pdf",)).values()),
        "png": lambda: list(_write_sheets(study, where.maps, ("zones.png",)).values()),
        "maps": lambda: list(_write_maps(study, where, tiles=tiles).values()),
    }


def _one(path: Path, write_file: Callable[[Path], None]) -> list[Path]:
    write_file(path)
    return [path]
