"""What a run leaves: tables, GIS files, maps and where every figure comes from."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from landuse.errors import Fault, InputError
from landuse.gis import faces_table, write_gis
from landuse.maps.layout import check_paper
from landuse.provenance import RECORD, provenance, record_of, rule_files
from landuse.reach import own_times
from landuse.services import time_column
from landuse.sources.store import (
    sha256_of,
    write_bytes,
    write_columns,
    write_csv,
    write_geojson,
    write_json,
    write_parquet,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from landuse.config import City
    from landuse.study import Study

    Say = Callable[[str], None]

__all__ = [
    "FORMATS",
    "Places",
    "check_formats",
    "check_paper",
    "check_places",
    "export",
    "places",
    "provenance",
    "record_of",
    "rule_files",
    "summary",
    "write",
]

FORMATS = ("gpkg", "geoparquet", "geojson", "csv", "pdf", "png", "report", "maps")
"""What `export` writes."""

REPORT = ("report.html", "report.pdf")
"""The report on the screen and on paper."""

PAGES = ("public.html", "staff.html")
"""The two maps, drawn together because they share most of their work."""

MAPS = (*PAGES, "report.html", "zones.png", "zones.pdf")
"""What is drawn."""


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


def check_places(where: Places) -> None:
    """Refuse folders that no file can be written to, before a run has cost any time.

    Raises
    ------
    InputError
        If one of them, or the folder that it would be made in, is a file or read-only.
    """
    faults = []
    for folder in (where.built, where.maps):
        there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not (there.is_dir() and os.access(there, os.W_OK)):
            what = f"{there} is no folder that can be written to"
            faults.append(Fault(where="--out", what=what, fix="give another folder"))
    if faults:
        raise InputError(list(dict.fromkeys(faults)))


def write(
    study: Study, where: Places, *, tiles: bool = False, say: Say = lambda _: None
) -> dict[str, Path]:
    """Write every file of a run, each whole or not at all, and return them by name.

    Nothing is written before everything has been computed and drawn, so a run that fails
    leaves the files of the one before. The record of the run (`provenance.json`) comes
    last: files of two runs, as a killed one leaves them, do not fit it and are seen
    through.
    """
    say("作図 drawing maps")
    drawn = _drawn(study, MAPS, tiles=tiles)
    say("書き出し writing files")
    files = _write_tables(study, where.built) | _write_layers(study, where.built)
    files |= _write_drawn(drawn, where)
    files["provenance.json"] = where.built / RECORD
    write_json(files["provenance.json"], provenance(study, files))
    return files


def _write_tables(study: Study, built: Path) -> dict[str, Path]:
    tables = {
        "zone_areas.csv": _labelled(study),
        "coverage.csv": study.coverage,
        "worst_towns.csv": study.worst_towns,
        "regional.csv": study.regional,
        "rings.csv": study.rings,
        "overlaps.csv": study.overlap_areas,
        "indicators.csv": study.indicators,
        "hazards.csv": study.hazards,
        "bundles.csv": study.bundles,
        "equity.csv": study.equity,
        "profiles.csv": study.profiles,
    }
    for name, table in tables.items():
        write_csv(table, built / name)
    return {name: built / name for name in tables}


def _labelled(study: Study) -> pd.DataFrame:
    """Return the areas with the zones' Japanese names; the total is 合計."""
    labels = {zone: label.ja for zone, label in study.zone_labels.items()}
    table = study.zone_areas.copy()
    table.insert(1, "label_ja", table["zone"].map(labels).fillna("合計"))
    return table


def _write_layers(study: Study, built: Path) -> dict[str, Path]:
    names = ("zones.gpkg", "zones.qgs", "cells.parquet", "times.parquet", "facilities.parquet")
    files = {name: built / name for name in names}
    write_gis(study, files["zones.gpkg"], files["zones.qgs"])
    write_parquet(_single_precision(study.cells), files["cells.parquet"])
    write_columns(_other_times(study), files["times.parquet"])
    write_parquet(study.facilities, files["facilities.parquet"])
    return files


def _other_times(study: Study) -> pd.DataFrame:
    """Return the times without those that stand in the table of cells."""
    known = [s for s in study.city.services if time_column(s.key, s.shown_as) in study.times]
    return study.times.drop(columns=own_times(study.cells[:0], known).columns)


def _single_precision(cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the cells with costs of seven digits: a millisecond in three hours."""
    costs = [name for name in cells if str(name).endswith(("_s", "_m"))]
    return cells.astype(dict.fromkeys(costs, "float32"))


def _drawn(study: Study, names: Sequence[str], *, tiles: bool = False) -> dict[str, bytes]:
    """Return pages, sheets and the report, by name, as the bytes of their files."""
    from landuse import maps  # noqa: PLC0415 - folium and matplotlib are heavy
    from landuse.cartography import published  # noqa: PLC0415 - as above

    data = study.map_data()
    public = published(data, study.city)
    sheet = cache(lambda paper: maps.prints(public, paper=paper))
    draw: dict[str, Callable[[], bytes]] = {
        "report.html": lambda: maps.report_page(data).encode(),
        "report.pdf": lambda: maps.report_pdf(data),
        "zones.png": lambda: sheet("A3").png,
        "zones.pdf": lambda: sheet("A3").pdf,
        "zones_a4.png": lambda: sheet("A4").png,
        "zones_a4.pdf": lambda: sheet("A4").pdf,
    }
    # Much of the pages is packed outside Python's lock, beside the sheets drawn meanwhile.
    with ThreadPoolExecutor(1) as beside:
        make_pages = partial(maps.both_pages, data, public=public, tiles=tiles)
        pages = beside.submit(make_pages) if set(PAGES).intersection(names) else None
        drawn = {name: draw[name]() for name in names if name in draw}
        if pages is not None:
            both = pages.result()
            drawn |= {"public.html": both.public.encode(), "staff.html": both.staff.encode()}
    return {name: drawn[name] for name in names}


def _write_drawn(drawn: Mapping[str, bytes], where: Places) -> dict[str, Path]:
    folders = dict.fromkeys(REPORT, where.built)
    files = {name: folders.get(name, where.maps) / name for name in drawn}
    for name, path in files.items():
        write_bytes(path, drawn[name])
    return files


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


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that `export` does not know.

    Raises
    ------
    InputError
        With each unknown one.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(
            Fault(where="--to", what=f"{name!r} is unknown", fix=f"use {', '.join(FORMATS)}")
            for name in unknown
        )


def export(
    study: Study,
    where: Places,
    *,
    formats: Sequence[str],
    paper: str = "A3",
    tiles: bool = False,
) -> list[Path]:
    """Write the zones of a study in some formats, or its maps again.

    Parameters
    ----------
    study
        A finished run.
    where
        Its folders.
    formats
        Of `FORMATS`.
    paper
        `A3` or `A4`: the size of the printed map; the name of a sheet that is not A3 says so.
    tiles
        Whether the pages have tiles of the network under them.

    Raises
    ------
    InputError
        If a format or a size of paper is unknown.
    """
    check_formats(formats)
    check_paper(paper)
    written = [
        path for name in formats for path in _exported(study, where, name, paper=paper, tiles=tiles)
    ]
    _record_again(study, where, written)
    return written


def _exported(study: Study, where: Places, name: str, *, paper: str, tiles: bool) -> list[Path]:
    """Write one of `FORMATS`."""
    layers: dict[str, tuple[str, Callable[[Path], None]]] = {
        "gpkg": ("zones.gpkg", lambda path: write_gis(study, path, path.with_suffix(".qgs"))),
        "geoparquet": ("faces.parquet", lambda path: write_parquet(faces_table(study), path)),
        "geojson": ("faces.geojson", lambda path: write_geojson(faces_table(study), path)),
    }
    if name in layers:
        file, write_file = layers[name]
        path = where.built / file
        write_file(path)
        return [path, path.with_suffix(".qgs")] if name == "gpkg" else [path]
    if name == "csv":
        return list(_write_tables(study, where.built).values())
    sheet = "zones" if paper == "A3" else f"zones_{paper.lower()}"
    drawn = {"maps": MAPS, "report": REPORT}.get(name, (f"{sheet}.{name}",))
    return list(_write_drawn(_drawn(study, drawn, tiles=tiles), where).values())


def _record_again(study: Study, where: Places, written: Sequence[Path]) -> None:
    """Note the new hashes of files of a run that were written again from the same inputs.

    A GeoPackage holds the time at which it was written, so its bytes differ each time.
    """
    record, now = record_of(where.built), provenance(study, {})
    if record and all(record.get(part) == now[part] for part in ("inputs", "tables", "versions")):
        again = {path.name: sha256_of(path) for path in written if path.name in record["files"]}
        write_json(where.built / RECORD, record | {"files": record["files"] | again})
