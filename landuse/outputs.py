"""What a run leaves: tables, GIS files, maps and where every figure comes from."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from landuse.errors import Fault, InputError
from landuse.schema import ZONES
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

    from landuse.config import City
    from landuse.study import Study

    Say = Callable[[str], None]

__all__ = ["FORMATS", "Places", "export", "places", "summary", "write"]

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
    write_gpkg(
        {"faces": faces_table(study), "zones": study.zones},
        built / "zones.gpkg",
        styles={"faces": zone_style(study), "zones": zone_style(study)},
    )
    write_parquet(study.cells, built / "cells.parquet")
    write_parquet(study.facilities, built / "facilities.parquet")
    names = ("zones.gpkg", "cells.parquet", "facilities.parquet")
    return {name: built / name for name in names}


def _write_maps(study: Study, where: Places, *, tiles: bool) -> dict[str, Path]:
    from landuse import maps  # noqa: PLC0415 - folium and matplotlib are heavy

    data = study.map_data()
    files = {
        "public.html": where.maps / "public.html",
        "staff.html": where.maps / "staff.html",
        "zones.png": where.maps / "zones.png",
        "zones.pdf": where.maps / "zones.pdf",
        "report.html": where.built / "report.html",
    }
    write_text(files["public.html"], maps.public_page(data, tiles=tiles))
    write_text(files["staff.html"], maps.staff_page(data, tiles=tiles))
    write_bytes(files["zones.png"], maps.zones_png(data))
    write_bytes(files["zones.pdf"], maps.zones_pdf(data))
    write_text(files["report.html"], maps.report_page(data))
    return files


def faces_table(study: Study) -> Any:  # noqa: ANN401 - a GeoDataFrame; geopandas loads late
    """Return the faces with their claims as one text, as GIS files take them."""
    from landuse.schema import claims_of_mask  # noqa: PLC0415

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
    lines = [f"{study.city.label}  {study.measured_area_km2:,.2f} km² 測定 measured"]
    difference = study.measured_area_km2 - study.city.published_area_km2
    lines.append(
        f"  公表 published {study.city.published_area_km2:,.2f} km²  差 difference {difference:+,.2f}"
    )
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
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(
            Fault(where="--to", what=f"{name!r} is unknown", fix=f"use {', '.join(FORMATS)}")
            for name in unknown
        )
    return [path for name in formats for path in FORMATS[name](study, where, tiles)]


def _to_gpkg(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001 - one shape
    return list(_write_layers(study, where.built).values())[:1]


def _to_parquet(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001
    path = where.built / "faces.parquet"
    write_parquet(faces_table(study), path)
    return [path]


def _to_geojson(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001
    path = where.built / "faces.geojson"
    write_geojson(faces_table(study), path)
    return [path]


def _to_csv(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001
    return list(_write_tables(study, where.built).values())


def _to_maps(study: Study, where: Places, tiles: bool) -> list[Path]:  # noqa: FBT001
    return list(_write_maps(study, where, tiles=tiles).values())


def _to_pdf(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001
    from landuse import maps  # noqa: PLC0415

    path = where.maps / "zones.pdf"
    write_bytes(path, maps.zones_pdf(study.map_data()))
    return [path]


def _to_png(study: Study, where: Places, _tiles: bool) -> list[Path]:  # noqa: FBT001
    from landuse import maps  # noqa: PLC0415

    path = where.maps / "zones.png"
    write_bytes(path, maps.zones_png(study.map_data()))
    return [path]


FORMATS: dict[str, Callable[[Study, Places, bool], list[Path]]] = {
    "gpkg": _to_gpkg,
    "geoparquet": _to_parquet,
    "geojson": _to_geojson,
    "csv": _to_csv,
    "maps": _to_maps,
    "pdf": _to_pdf,
    "png": _to_png,
}
"""Name of a format -> its writer."""
