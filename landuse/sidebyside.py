"""Write what differs between two runs: a table, a GIS layer, and a page with both maps."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from landuse.compare import Comparison, Side, plain_rows, read_table
from landuse.errors import Fault, InputError
from landuse.maps.data import MapData, ZoneText
from landuse.outputs import record_of
from landuse.overlaps import shipped
from landuse.schema import ZONES, Grade, Origin, claims_of_mask
from landuse.scheme import Scheme, read_scheme
from landuse.services import Service, read_services
from landuse.sources.geopackage import Category, Style, write_gpkg
from landuse.sources.store import write_bytes, write_csv
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from landuse.config import City
    from landuse.study import Study

__all__ = ["page_data", "write"]

PATH_TEXTS = {
    "statutory": Label(ja="法定の区域による", en="decided by a legal area"),
    "measured": Label(ja="現況による", en="decided by what is on the ground"),
    "residual": Label(ja="残り", en="the rest"),
}
SHOWN_COVERAGE = {"district": "all", "zone": "all"}
AROUND_M = 3000.0
BARE = Label(
    ja="計算結果のフォルダーだけから作りました。道路・水面・市の外は描いていません"
    "（--city で市の設定ファイルを指定すると入ります）。",
    en="Made from the folders of the runs alone, without roads, water or what lies around; "
    "name the city file with --city for these.",
)
"""What a reader must know of a page made without a city file."""


def write(found: Comparison, out: Path, *, city: City | None = None) -> list[Path]:
    """Write `changes.csv`, `changes.gpkg` and `compare.html`, each whole or not at all.

    Parameters
    ----------
    found
        From `landuse.compare.compare`, of two folders.
    out
        Folder, made if it is not there.
    city
        The city of the run after: with it the page also has roads, names, and the words of
        its own rules.

    Raises
    ------
    InputError
        If the city file no longer fits the run after.
    """
    from landuse.maps.comparison import compare_page  # noqa: PLC0415 - folium is heavy

    data, scheme = _drawn(found.after, city)
    before = explained(found.before.faces, scheme)
    page = compare_page(data, before=before, changes=found.changes, tables=_page_tables(found))
    paths = [out / name for name in ("changes.csv", "changes.gpkg", "compare.html")]
    write_csv(_listed(found.changes, scheme), paths[0])
    write_gpkg({"changes": found.changes}, paths[1], styles={"changes": _style(scheme)})
    write_bytes(paths[2], page.encode())
    return paths


def _drawn(side: Side, city: City | None) -> tuple[MapData, Scheme]:
    """Return what the map of the run after shows, and the rules in words."""
    if side.built is None:
        raise InputError(
            Fault(where="compare", what="a run lies in memory", fix="write it with outputs.write")
        )
    if city is None:
        scheme = read_scheme()
        return page_data(side, scheme), scheme
    study = _study(city, side.built)
    return study.map_data(), study.rules.scheme


def _study(city: City, built: Path) -> Study:
    from landuse import finished  # noqa: PLC0415 - heavy

    study = finished.read(city, built)
    if study is None:
        what = f"is not what {built} was made from"
        fix = "give the city file of the second run, unaltered, or leave --city out"
        raise InputError(Fault(where=str(city.path), what=what, fix=fix))
    return study


def _listed(changes: gpd.GeoDataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return the changes as rows with Japanese names and a spot to find each by."""
    spots = changes.geometry.representative_point().to_crs("EPSG:6668")
    names = {zone.key: zone.label.ja for zone in scheme.zones}
    table = pd.DataFrame(changes.drop(columns="geometry"))
    return table.assign(
        from_ja=table["from_zone"].map(names).fillna("市外"),
        to_ja=table["to_zone"].map(names).fillna("市外"),
        lon=spots.x.round(6),
        lat=spots.y.round(6),
    )


def _style(scheme: Scheme) -> Style:
    from landuse.maps.palette import read_palette  # noqa: PLC0415 - as in outputs

    colours = read_palette().zones
    labels = {zone.key: zone.label for zone in scheme.zones}
    return Style(
        column="to_zone",
        categories=tuple(
            Category(value=zone, label=f"→ {labels[zone]}", colour=colours[zone]) for zone in ZONES
        ),
    )


def _page_tables(found: Comparison) -> dict[str, Any]:
    """Return the tables beside the maps; coverage of the whole city only."""
    coverage = found.coverage
    for column, value in SHOWN_COVERAGE.items():
        coverage = coverage[coverage[column] == value] if column in coverage else coverage
    return {
        "names": [found.before.name, found.after.name],
        "made": [found.before.made, found.after.made],
        "areas": plain_rows(found.areas),
        "people": plain_rows(found.people),
        "coverage": plain_rows(coverage),
        "times": plain_rows(found.times),
    }


def explained(faces: gpd.GeoDataFrame, scheme: Scheme) -> gpd.GeoDataFrame:
    """Return the faces of a finished run with their claims as tuples and reasons in words.

    A rule that the scheme does not know is named by its key.
    """
    texts = {rule.key: rule.text for rule in scheme.rules}
    rules = [texts.get(rule, Label(ja=rule, en=rule)) for rule in faces["rule"]]
    paths = [PATH_TEXTS.get(path, Label(ja="", en="")) for path in faces["path"]]
    claims = [claims_of_mask(int(mask)) for mask in faces["mask"]]
    return faces.assign(
        claims=pd.Series(claims, index=faces.index, dtype=object),
        rule_text_ja=[text.ja for text in rules],
        rule_text_en=[text.en for text in rules],
        why_ja=[f"{text.ja}（{path.ja}）。" for text, path in zip(rules, paths, strict=True)],
        why_en=[f"{text.en} ({path.en})." for text, path in zip(rules, paths, strict=True)],
    )


def page_data(side: Side, scheme: Scheme) -> MapData:
    """Return what a page shows of a finished run when there is nothing but its folder.

    Roads, lakes and the borders of districts are not in the folder; names of towns stand
    amid their people.
    """
    assert side.built is not None  # noqa: S101 - `_drawn` has asked
    record = record_of(side.built) or {}
    faces = explained(side.faces, scheme)
    area = record.get("area_km2") or {}
    about = record.get("city") or {}
    label = Label(ja=str(about.get("ja") or side.city), en=str(about.get("en") or side.city))
    cells = side.cells
    return MapData(
        key=side.city,
        label=label,
        vintage=_vintage(record),
        made_on=side.made[:10],
        published_area_km2=float(area.get("published", float("nan"))),
        published_area_source=str(area.get("published_source", "")),
        zones=tuple(
            ZoneText(key=zone.key, label=zone.label, meaning=zone.meaning) for zone in scheme.zones
        ),
        boundary=gpd.GeoDataFrame(
            geometry=[faces.geometry.union_all(method="coverage")], crs=faces.crs
        ),
        faces=faces,
        zone_areas=read_table(side.built / "zone_areas.csv"),
        services=_services(side),
        cells=cells,
        facilities=gpd.read_parquet(side.built / "facilities.parquet"),
        coverage=side.coverage,
        towns=_towns(side),
        land=_around(faces),
        origins=_origins(record),
        layer_labels={
            str(part["key"]): _label(str(part.get("label", part["key"])))
            for part in record.get("inputs", ())
        },
        claim_labels=scheme.claim_labels,
        notes=(BARE,),
    )


def _vintage(record: Mapping[str, Any]) -> str:
    """Return the first and the last year that the run's inputs speak of."""
    texts = [str(part.get("vintage", "")) for part in record.get("inputs", ())]
    years = sorted(set(re.findall(r"\d{4}", " ".join(texts))))
    return "–".join(dict.fromkeys([years[0], years[-1]])) if years else ""


def _around(faces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return plain ground round the city: without its layers nobody knows land from sea."""
    west, south, east, north = faces.total_bounds
    edge = shapely.box(west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
    return gpd.GeoDataFrame(geometry=[edge], crs=faces.crs)


def _label(text: str) -> Label:
    """Take a label apart again that was written as one text, Japanese first."""
    ja, _, en = text.partition(" ")
    return Label(ja=ja, en=en)


def _origins(record: Mapping[str, Any]) -> dict[str, Origin]:
    fields = ("source", "vintage", "licence", "attribution", "url")
    return {
        str(part["key"]): Origin(
            grade=Grade(part.get("grade", "modelled")),
            **{name: str(part.get(name, "")) for name in fields},
        )
        for part in record.get("inputs", ())
    }


def _services(side: Side) -> tuple[Service, ...]:
    """Return the services that were judged, named as the package names them."""
    judged = side.coverage
    if judged.empty:
        return ()
    known = {service.key: service for service in read_services(shipped("services.toml"))}
    rows = judged[judged["mode"] != "straight"].drop_duplicates("service")
    return tuple(_service(row, known.get(str(row["service"]))) for row in rows.to_dict("records"))


def _service(row: Mapping[Any, Any], known: Service | None) -> Service:
    key = str(row["service"])
    made = Service(
        key=key,
        label=Label(ja=key, en=key),
        kind=str(row["kind"]),
        select={},
        mode=str(row["mode"]),
        within_min=float(row["within"]),
        straight_m=0.0,
        demand="population",
        standard_source="",
        note=Label(ja="", en=""),
    )
    return replace(made, label=known.label) if known else made


def _towns(side: Side) -> gpd.GeoDataFrame:
    """Return a point for each town, in the middle of its cells."""
    assert side.built is not None  # noqa: S101 - as above
    cells = gpd.read_parquet(side.built / "cells.parquet", columns=["town", "district", "geometry"])
    cells = cells[cells["town"].fillna("") != ""]
    centres = cells.geometry.centroid
    table = pd.DataFrame(cells[["town", "district"]]).assign(x=centres.x, y=centres.y)
    middle = table.groupby(["town", "district"], as_index=False)[["x", "y"]].mean()
    points = gpd.points_from_xy(middle["x"], middle["y"])
    return gpd.GeoDataFrame(
        {"name": middle["town"], "district": middle["district"]}, geometry=points, crs=cells.crs
    )
