"""Chapters of the report on what lies beside the services: indicators, hazards, the region."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from landuse.maps import tables
from landuse.maps.chapters import minutes_cell, plain_table
from landuse.maps.data import ALL
from landuse.maps.findings import (
    BLANK,
    Cell,
    Table,
    both,
    figure,
    filled,
    grade_cell,
    head,
    missing,
    percent,
)

if TYPE_CHECKING:
    from landuse.maps.data import MapData
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = ["hazard_table", "indicator_table", "regional_table", "ring_table"]


def indicator_table(data: MapData, words: Words) -> Table | None:
    """Return the official indicators beside their published values."""
    rows = [
        (
            Cell(ja=row["label_ja"], en=row["label_en"], note=row["source"]),
            Cell(ja=row["definition"]),
            percent(row["share"], words),
            BLANK
            if row["official_share"] is None
            else figure(
                f"{100 * row['official_share']:.1f}%",
                f"{row['official_vintage']} {row['official_source']}",
            ),
            BLANK if row["difference"] is None else figure(f"{100 * row['difference']:+.1f}"),
            Cell(ja=row["missing"]),
            grade_cell(row["grade"], words),
        )
        for row in tables.texts_and_figures(data.indicators)
    ]
    numbers = ("table.ours", "table.official", "table.difference")
    keys = ("table.indicator", "table.radius", *numbers, "table.missing", "sources.grade")
    made = plain_table(words, rows, keys=keys, right=numbers, caption="table.indicators")
    return made and replace(made, widths=(3.2, 1.6, 1, 1.9, 0.8, 1.6, 1), small=True)


def hazard_table(data: MapData, words: Words) -> Table | None:
    """Return land and people within each hazard."""
    rows = []
    for row in tables.texts_and_figures(data.hazards):
        label = data.layer_labels.get(row["layer"])
        kind = both(words["table.all_classes"]) if row["class"] == ALL else Cell(ja=row["class"])
        people, elderly = (
            missing(words) if row[name] is None else figure(f"{row[name]:,.0f}")
            for name in ("population", "population_65plus")
        )
        rows.append(
            (
                both(label) if label else Cell(ja=row["layer"]),
                kind,
                figure(f"{row['area_km2']:,.2f}"),
                people,
                percent(row["population_share"], words),
                elderly,
                grade_cell(row["grade"], words),
            )
        )
    numbers = ("legend.area", "table.people", "table.share", "table.group_65plus")
    keys = ("table.hazard", "table.class", *numbers, "sources.grade")
    return plain_table(words, rows, keys=keys, right=numbers, caption="table.hazards")


def regional_table(data: MapData, words: Words) -> Table | None:
    """Return for each municipality of the region the minutes by road to each hub service."""
    rows = tables.regional(data.regional)
    told = {row["service"] for row in rows}
    services = [service for service in data.services if service.key in told]
    first = {row["name"]: row for row in reversed(rows)}
    by = {(row["name"], row["service"]): row for row in rows}
    body = [
        (
            Cell(ja=name, en=row["name_en"]),
            missing(words) if row["population"] is None else figure(f"{row['population']:,.0f}"),
            *(_road(by.get((name, service.key)), words) for service in services),
        )
        for name, row in reversed(first.items())
    ]
    if not body:
        return None
    columns = [both(service.label, right=True) for service in services]
    named = head(words, "table.municipality", "table.people", right=("table.people",))
    return Table(
        head=(*named, *columns),
        groups=((None, tuple(body)),),
        caption=both(words["findings.regional"]),
        widths=(1.5, 1.3, *(1.0,) * len(services)),
        small=True,
    )


def _road(row: Json | None, words: Words) -> Cell:
    if row is None:
        return BLANK
    far = row["straight_km"]
    line = "" if far is None else f"{far:.0f} km"
    if row["road_min"] is None:
        return Cell(ja=words["table.no_road"].ja, note=line, tone="missing", right=True)
    return minutes_cell(row["road_min"], words, line)


def ring_table(data: MapData, words: Words) -> Table | None:
    """Return how many people of the region live within each driving time of a hub service."""
    rows = {
        (row["service"], row["within_min"]): row for row in tables.texts_and_figures(data.rings)
    }
    times = sorted({minutes for _, minutes in rows})
    services = [s for s in data.services if any((s.key, minutes) in rows for minutes in times)]
    body = [
        (
            both(service.label),
            *(_ring(rows.get((service.key, minutes)), words) for minutes in times),
            _without_road(rows, service.key),
        )
        for service in services
    ]
    if not body:
        return None
    within = words["table.within_min"]
    columns = [filled(within, {"n": f"{minutes:g}"}, right=True) for minutes in times]
    last = both(words["table.without_road"], right=True)
    return Table(
        head=(both(words["table.service"]), *columns, last),
        groups=((None, tuple(body)),),
        caption=both(words["table.rings"]),
    )


def _ring(row: Json | None, words: Words) -> Cell:
    if row is None:
        return BLANK
    if row["population"] is None:
        return missing(words)
    share = "" if row["share"] is None else f"{100 * row['share']:.1f}%"
    return figure(f"{row['population']:,.0f}", share)


def _without_road(rows: dict[tuple[str, float], Json], service: str) -> Cell:
    """Return the people of municipalities without a road to a service, the same for all times."""
    found = [row["without_road"] for (key, _), row in rows.items() if key == service]
    known = [people for people in found if people is not None]
    return figure(f"{known[0]:,.0f}") if known else BLANK
