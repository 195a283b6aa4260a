"""The chapters of the report that are tables and sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from landuse.maps import tables
from landuse.maps.data import ALL
from landuse.maps.findings import (
    BLANK,
    Bullets,
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
from landuse.maps.layers import zone_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from landuse.config import Service
    from landuse.maps.data import MapData
    from landuse.maps.palette import Palette
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = [
    "GROUPS",
    "area_table",
    "bundle_list",
    "coverage_tables",
    "evenness_table",
    "glance",
    "minutes_cell",
    "places_of",
    "plain_table",
    "whole_city",
    "winter_table",
    "worst_table",
]

GROUPS = ("all", "65plus")
BANDS = ("low", "middle", "high")


def whole_city(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that speak of everyone's land, not of a district or zone."""
    return table[(table["district"] == ALL) & (table["zone"] == ALL)] if len(table) else table


def places_of(data: MapData) -> list[Json]:
    """Return the districts that the area or coverage tables speak of."""
    told = {row["district"] for row in tables.areas(data)} | set(data.coverage.get("district", ()))
    return [row for row in tables.district_names(data) if row["key"] in told]


def _place_cells(data: MapData, words: Words) -> tuple[Cell, ...]:
    named = [Cell(ja=place["ja"], en=place["en"], right=True) for place in places_of(data)]
    return (both(words["table.whole"], right=True), *named)


def _place_keys(data: MapData) -> list[str]:
    return [ALL, *(place["key"] for place in places_of(data))]


def glance(data: MapData, words: Words, palette: Palette) -> Bullets:
    """Return the few figures that everyone asks for."""
    items: list[tuple[Cell, ...]] = [
        (
            Cell(ja=zone["ja"], en=zone["en"], zone=place),
            Cell(
                ja=f"{zone['area'] or 0:,.2f} km²（{100 * (zone['share'] or 0):.1f}%）",
                tone="strong",
            ),
            Cell(ja=zone["meaning"][0], en=zone["meaning"][1]),
        )
        for place, zone in enumerate(zone_layer(data, palette))
    ]
    for key, row in _extremes(data).items():
        label = next(s.label for s in data.services if s.key == row["service"])
        within = filled(words["place.standard"], {"n": f"{row['within']:g}"})
        share = Cell(ja=f"{100 * row['share']:.1f}%", tone="strong")
        grade = grade_cell(row["grade"], words)
        items.append((both(words[f"report.{key}"]), both(label), share, within, grade))
    return Bullets(items=tuple(items))


def _extremes(data: MapData) -> dict[str, Json]:
    """Return the best and the worst covered service of the whole city, by travel time."""
    known = {service.key for service in data.services}
    rows = [
        row
        for row in tables.coverage(whole_city(data.coverage))
        if row["service"] in known
        and row["group"] == GROUPS[0]
        and not row["straight"]
        and row["share"] is not None
    ]
    ordered = sorted(rows, key=lambda row: row["share"])
    return {"best": ordered[-1], "worst": ordered[0]} if rows else {}


def area_table(data: MapData, words: Words, palette: Palette) -> Table:
    """Return the area of each zone by district, and the fit to the published area."""
    areas = {(row["zone"], row["district"]): row for row in tables.areas(data)}
    keys = _place_keys(data)
    rows = [
        (
            Cell(ja=zone["ja"], en=zone["en"], zone=place),
            *(_area(areas.get((zone["key"], key))) for key in keys),
        )
        for place, zone in enumerate(zone_layer(data, palette))
    ]
    measured, published = data.measured_area_km2(), data.published_area_km2
    blanks = (Cell(ja=""),) * (len(keys) - 1)
    sums = [_sum(areas.get((ALL, key))) for key in keys[1:]]
    name = replace(both(words["legend.published"]), note=data.published_area_source)
    totals = [
        (both(words["legend.measured"]), figure(f"{measured:,.2f}"), *sums),
        (name, figure(f"{published:,.2f}"), *blanks),
        (both(words["legend.difference"]), figure(f"{measured - published:+,.2f}"), *blanks),
    ]
    return Table(
        head=(both(words["table.zone"]), *_place_cells(data, words)),
        groups=((None, (*rows, *totals)),),
        caption=both(words["table.areas"]),
    )


def _area(row: Json | None) -> Cell:
    if row is None:
        return BLANK
    share = "" if row["share"] is None else f"{100 * row['share']:.1f}%"
    return figure(f"{row['area']:,.2f}", share)


def _sum(row: Json | None) -> Cell:
    return BLANK if row is None else figure(f"{row['area']:,.2f}")


def coverage_tables(data: MapData, words: Words) -> list[Table]:
    """Return for each group the share of people within the standard, by district."""
    judged = data.coverage[data.coverage["zone"] == ALL] if len(data.coverage) else data.coverage
    rows = tables.coverage(judged)
    keys = _place_keys(data)
    found = []
    for group in GROUPS:
        own = [row for row in rows if row["group"] == group]
        body = [
            (both(service.label), _standard(by, service, words), *_shares(by, keys, words),
             grade_cell(next(iter(by.values()))["grade"], words))
            for service, by in _by_service(data, own)
        ]  # fmt: skip
        if body:
            first = head(words, "table.service", "table.standard")
            last = head(words, "sources.grade")
            found.append(
                Table(
                    head=(*first, *_place_cells(data, words), *last),
                    groups=((None, tuple(body)),),
                    caption=both(words[f"table.group_{group}"]),
                    widths=(2.4, 1.7, *(1.0,) * len(keys), 1.0),
                )
            )
    return found


def _by_service(data: MapData, rows: list[Json]) -> list[tuple[Service, dict[str, Json]]]:
    """Return for each service, by time and then by line, its rows by district."""
    kinds = [(service, straight) for service in data.services for straight in (False, True)]
    found = [
        (
            service,
            {
                row["district"]: row
                for row in rows
                if row["service"] == service.key and row["straight"] == straight
            },
        )
        for service, straight in kinds
    ]
    return [(service, by) for service, by in found if by]


def _standard(by: dict[str, Json], service: Service, words: Words) -> Cell:
    row = next(iter(by.values()))
    if row["straight"]:
        return Cell(ja=f"{words['mode.straight'].ja} {row['within']:g} m")
    minutes = filled(words["place.minutes_value"], {"n": f"{row['within']:g}"})
    return Cell(ja=f"{words[f'mode.{service.mode}'].ja} {minutes.ja}")


def _shares(by: dict[str, Json], keys: list[str], words: Words) -> list[Cell]:
    return [_share(by.get(key), words) for key in keys]


def _share(row: Json | None, words: Words) -> Cell:
    if row is None:
        return BLANK
    if row["demand"] == 0:
        return Cell(ja=words["table.no_demand"].ja, tone="soft", right=True)
    return percent(row["share"], words)


def bundle_list(data: MapData, words: Words) -> Bullets | None:
    """Return who reaches all services of a kind, over the whole city."""
    labels = {service.key: service.label.ja for service in data.services}
    items = []
    for row in tables.texts_and_figures(whole_city(data.bundles)):
        if row["share"] is None:
            continue
        kind, group = words[f"kind.{row['kind']}"], words[f"table.group_{row['group']}"]
        lacking = "、".join(labels.get(key, key) for key in row["missing"].split(";") if key)
        pieces = [
            Cell(ja=f"{kind.ja}・{group.ja}：", en=f"{kind.en}, {group.en}:"),
            both(words["table.all_services"]),
            Cell(ja=f"{100 * row['share']:.1f}%", tone="strong"),
        ]
        if lacking:
            pieces.append(Cell(ja=f"（{words['table.missing'].ja}：{lacking}）", tone="soft"))
        items.append(tuple(pieces))
    return Bullets(items=tuple(items)) if items else None


def evenness_table(data: MapData, words: Words) -> Table | None:
    """Return for each service how its minutes are spread over people."""
    spread = {
        row["service"]: row
        for row in tables.texts_and_figures(data.equity)
        if row["group"] == GROUPS[0]
    }
    rows = [
        (
            both(service.label),
            minutes_cell(row["median_min"], words),
            minutes_cell(row["p90_min"], words),
            BLANK if row["gini"] is None else figure(f"{row['gini']:.2f}"),
            grade_cell(row["grade"], words),
        )
        for service in data.services
        if (row := spread.get(service.key))
    ]
    numbers = ("table.median", "table.p90", "table.gini")
    keys = ("table.service", *numbers, "sources.grade")
    return plain_table(words, rows, keys=keys, right=numbers, caption="findings.equity")


def minutes_cell(value: float | None, words: Words, note: str = "") -> Cell:
    """Return whole minutes, or that they are not known."""
    if value is None or not np.isfinite(value):
        return missing(words)
    return figure(words["place.minutes_value"].ja.replace("{n}", f"{value:.0f}"), note)


def plain_table(
    words: Words,
    rows: Sequence[tuple[Cell, ...]],
    *,
    keys: tuple[str, ...],
    right: tuple[str, ...],
    caption: str,
) -> Table | None:
    """Return a table of one group of rows, whose head and caption are words; none without rows."""
    if not rows:
        return None
    return Table(
        head=head(words, *keys, right=right),
        groups=((None, tuple(rows)),),
        caption=both(words[caption]),
    )


def winter_table(data: MapData, words: Words) -> Table | None:
    """Return for each service what winter leaves of its coverage, with the band."""
    shares = {
        (row["service"], row.get("profile", ""), row.get("band", "")): row["share"]
        for table in (data.coverage, data.profiles)
        for row in tables.texts_and_figures(whole_city(table))
        if row["group"] == GROUPS[0] and row["mode"] != "straight"
    }
    rows = []
    for service in data.services:
        low, middle, high = (shares.get((service.key, "winter", band)) for band in BANDS)
        if middle is None or low is None or high is None:
            continue
        dry = shares.get((service.key, "", ""))
        lost = BLANK if dry is None else figure(f"{100 * (middle - dry):+.1f}")
        band = f"{100 * low:.1f}–{100 * high:.1f}%"
        rows.append((both(service.label), percent(dry, words), percent(middle, words, band), lost))
    numbers = ("table.dry", "table.winter", "table.difference")
    keys = ("table.service", *numbers)
    return plain_table(words, rows, keys=keys, right=numbers, caption="table.winter")


def worst_table(data: MapData, words: Words) -> Table | None:
    """Return for each service its worst-served towns, everyone counted."""
    rows = [row for row in tables.worst(data.worst_towns) if row["group"] == GROUPS[0]]
    groups = [
        (
            both(service.label),
            tuple(_worst_row(row, words) for row in rows if row["service"] == service.key),
        )
        for service in data.services
    ]
    named = tuple((label, own) for label, own in groups if own)
    if not named:
        return None
    numbers = ("table.people", "table.unserved", "table.median")
    return Table(
        head=head(words, "table.town", *numbers, right=numbers),
        groups=named,
        caption=both(words["table.worst"]),
    )


def _worst_row(row: Json, words: Words) -> tuple[Cell, ...]:
    return (
        Cell(ja=row["town"]),
        figure(f"{row['demand']:,.0f}"),
        figure(f"{row['unserved']:,.0f}"),
        minutes_cell(row["median"], words),
    )
