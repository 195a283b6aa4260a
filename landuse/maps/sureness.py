"""The chapter of the report on how sure its figures are, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from landuse.maps import tables
from landuse.maps.chapters import plain_table
from landuse.maps.findings import Bullets, Cell, Table, both, filled, grade_cell
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from landuse.maps.data import MapData
    from landuse.maps.words import Words

__all__ = ["fit_list", "gap_list", "grade_list", "source_table", "unverified"]

MARKS = ("unverified", "未照合", "未確認")
"""How a rule says of itself that nobody has read its source."""


def grade_list(words: Words) -> Bullets:
    """Return what each grade means."""
    grades = [str(grade) for grade in Grade]
    return Bullets(
        items=tuple(
            (grade_cell(grade, words), both(words[f"grade.{grade}_means"])) for grade in grades
        )
    )


def fit_list(data: MapData, words: Words) -> Bullets:
    """Return how far the measured area is from the published one, and what is unverified."""
    more = data.measured_area_km2() - data.published_area_km2
    share = more / data.published_area_km2
    values = {"km2": f"{more:+,.2f}", "share": f"{100 * share:+.2f}%"}
    fit = (both(words["findings.fit"]), filled(words["findings.fit_share"], values, tone="strong"))
    names = unverified(data)
    none = both(words["findings.unverified_none"])
    told = Cell(ja="、".join(names), tone="missing") if names else none
    return Bullets(items=(fit, (both(words["findings.unverified"]), told)))


def unverified(data: MapData) -> list[str]:
    """Return the services and indicators whose rule says that its source was not read."""
    found = [
        service.label.ja
        for service in data.services
        if _marked(f"{service.standard_source} {service.note.ja} {service.note.en}")
    ]
    indicators = tables.texts_and_figures(data.indicators)
    found += [row["label_ja"] for row in indicators if _marked(row["source"])]
    return list(dict.fromkeys(found))


def _marked(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def gap_list(data: MapData, words: Words) -> Bullets:
    """Return what the study could not know: services without a place, unplaced facilities."""
    return Bullets(items=tuple(_gaps(data, words)))


def _gaps(data: MapData, words: Words) -> Iterator[tuple[Cell, ...]]:
    placed: set[str] = set()
    unplaced: list[str] = []
    if len(data.facilities):
        empty = data.facilities.geometry.is_empty | data.facilities.geometry.isna()
        placed = set(data.facilities.loc[~empty, "service"])
        unplaced = sorted(set(data.facilities.loc[empty, "name"].astype(str)))
    lacking = [service for service in data.services if service.key not in placed]
    for service in lacking:
        yield (
            both(service.label, tone="strong"),
            both(words["report.gap_service"], tone="missing"),
        )
    if unplaced:
        told = filled(words["report.gap_unplaced"], {"n": len(unplaced)})
        yield (told, Cell(ja="、".join(unplaced)))
    if not lacking and not unplaced:
        yield (both(words["report.gap_none"]),)
    yield (both(words["place.surfaces"]),)
    for note in data.notes:
        yield (both(note),)


def source_table(data: MapData, words: Words) -> Table | None:
    """Return every origin with vintage, grade and licence."""
    rows = [
        (
            Cell(ja=row["ja"], en=row["en"]),
            Cell(
                ja=row["source"],
                note=" ".join(text for text in (row["credit"], row["url"]) if text),
            ),
            Cell(ja=row["vintage"]),
            grade_cell(row["grade"], words),
            Cell(ja=row["licence"] or words["sources.licence_none"].ja),
        )
        for row in tables.sources(data)
    ]
    keys = ("layer", "source", "vintage", "grade", "licence")
    named = tuple(f"sources.{key}" for key in keys)
    made = plain_table(words, rows, keys=named, right=(), caption="sources.title")
    return made and replace(made, widths=(1.5, 3.4, 0.9, 0.8, 2), small=True)
