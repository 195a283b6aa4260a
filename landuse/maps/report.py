"""The report: what a planner would print, one HTML file without a script."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from landuse.maps import tables
from landuse.maps.bundle import document, environment
from landuse.maps.data import ALL, check
from landuse.maps.layers import zone_layer
from landuse.maps.palette import read_palette
from landuse.maps.print import map_png
from landuse.maps.words import asset, words_for

if TYPE_CHECKING:
    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = ["report_page"]

GROUPS = ("all", "65plus")
BANDS = ("low", "middle", "high")


def report_page(data: MapData) -> str:
    """Return the report as one self-contained HTML text that prints on A4.

    It answers: how large is each zone, who reaches what, who does not, how sure are we.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    check(data)
    words = words_for(data)
    palette = read_palette()
    zones = zone_layer(data, palette)
    image = base64.b64encode(map_png(data)).decode("ascii")
    body = (
        environment()
        .get_template("report.html.j2")
        .render(
            data=data,
            words=words,
            zones=zones,
            zone_grade=str(data.grade()),
            measured=data.measured_area_km2(),
            image=image,
            areas=_areas(data),
            places=_places(data),
            blocks=_coverage_blocks(data),
            extremes=_extremes(data),
            worst=_worst(data),
            regional=_regional(data),
            indicators=tables.texts_and_figures(data.indicators),
            hazards=tables.texts_and_figures(data.hazards),
            bundles=_bundles(data),
            evenness=_evenness(data),
            rings=tables.page_tables(data, staff=True)["rings"],
            gaps=_gaps(data),
            sources=tables.sources(data),
            service_names={service.key: service.label for service in data.services},
        )
    )
    colours = [f".zone-{i} {{ background: {zone['colour']}; }}" for i, zone in enumerate(zones)]
    grades = [f".grade-{key} {{ color: {colour}; }}" for key, colour in palette.grades.items()]
    sheet = "\n".join([asset("report.css").read_text("utf-8"), *colours, *grades])
    return document(title=str(words["report.title"]), lang="ja", styles=[sheet], body=body)


def _areas(data: MapData) -> dict[tuple[str, str], Json]:
    return {(row["zone"], row["district"]): row for row in tables.areas(data)}


def _places(data: MapData) -> list[Json]:
    """Return the districts that the area or coverage tables speak of."""
    told = {row["district"] for row in tables.areas(data)} | set(data.coverage.get("district", ()))
    return [row for row in tables.district_names(data) if row["key"] in told]


def _coverage_blocks(data: MapData) -> list[Json]:
    """Return for each group the rows service -> share by district, over all zones."""
    rows = [row for row in tables.coverage(data.coverage) if row["zone"] == ALL]
    return [
        {"group": group, "rows": found}
        for group in GROUPS
        if (found := _by_service(data, [row for row in rows if row["group"] == group]))
    ]


def _by_service(data: MapData, rows: list[Json]) -> list[Json]:
    found = []
    for service in data.services:
        for straight in (False, True):
            own = {
                row["district"]: row
                for row in rows
                if row["service"] == service.key and row["straight"] == straight
            }
            if own:
                first = next(iter(own.values()))
                found.append({**first, "service": service, "by": own})
    return found


def _bundles(data: MapData) -> list[Json]:
    """Return who reaches all services of a kind, over the whole city."""
    return [
        row
        for row in tables.texts_and_figures(data.bundles)
        if row["district"] == row["zone"] == ALL and row["share"] is not None
    ]


def _evenness(data: MapData) -> list[Json]:
    """Return for each service how its minutes are spread and what winter leaves of coverage."""
    shares = {
        (row["service"], row.get("profile", ""), row.get("band", "")): row["share"]
        for table in (data.coverage, data.profiles)
        for row in tables.texts_and_figures(table)
        if row["district"] == row["zone"] == ALL
        and row["group"] == GROUPS[0]
        and row["mode"] != "straight"
    }
    spread = {
        row["service"]: row
        for row in tables.texts_and_figures(data.equity)
        if row["group"] == GROUPS[0]
    }
    return [
        {
            **spread[service.key],
            "service": service,
            "dry": shares.get((service.key, "", "")),
            "winter": [shares.get((service.key, "winter", band)) for band in BANDS],
        }
        for service in data.services
        if service.key in spread
    ]


def _extremes(data: MapData) -> Json:
    """Return the best and the worst covered service of the whole city, by travel time."""
    rows = [
        row
        for row in tables.coverage(data.coverage)
        if row["zone"] == row["district"] == ALL
        and row["group"] == GROUPS[0]
        and not row["straight"]
        and row["share"] is not None
    ]
    if not rows:
        return {}
    ordered = sorted(rows, key=lambda row: row["share"])
    return {"best": ordered[-1], "worst": ordered[0]}


def _worst(data: MapData) -> list[Json]:
    """Return for each service its worst-served towns, everyone counted."""
    rows = [row for row in tables.worst(data.worst_towns) if row["group"] == GROUPS[0]]
    return [
        {"service": service, "rows": own}
        for service in data.services
        if (own := [row for row in rows if row["service"] == service.key])
    ]


def _regional(data: MapData) -> list[Json]:
    """Return one row for each municipality with its road minutes by service."""
    rows = tables.regional(data.regional)
    names = dict.fromkeys(row["name"] for row in rows)
    return [
        {
            "name": name,
            "name_en": next(row["name_en"] for row in rows if row["name"] == name),
            "population": next(row["population"] for row in rows if row["name"] == name),
            "by": {row["service"]: row for row in rows if row["name"] == name},
        }
        for name in names
    ]


def _gaps(data: MapData) -> Json:
    """Return what the study could not know: services without a place, unplaced facilities."""
    placed: set[str] = set()
    unplaced: list[str] = []
    if len(data.facilities):
        empty = data.facilities.geometry.is_empty | data.facilities.geometry.isna()
        placed = set(data.facilities.loc[~empty, "service"])
        unplaced = sorted(set(data.facilities.loc[empty, "name"].astype(str)))
    missing = [service for service in data.services if service.key not in placed]
    return {"services": missing, "unplaced": unplaced}
