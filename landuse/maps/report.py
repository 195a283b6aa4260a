"""The report: what a planner would print, one HTML file without a script.

It answers four questions: how large is each zone, who reaches what, who does not, and how
sure are we. `sections` says what; this module sets it as a page, `report_sheets` on sheets.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from landuse.maps import chapters, paces, plots, smallmaps, sureness, surroundings
from landuse.maps.bundle import document, environment
from landuse.maps.data import check
from landuse.maps.findings import Bullets, Picture, Section, both, filled
from landuse.maps.layers import zone_layer
from landuse.maps.lettering import paper_settings
from landuse.maps.palette import read_palette
from landuse.maps.pen import MM_PER_IN, figure_png
from landuse.maps.print import draw_overview
from landuse.maps.reachcount import computed
from landuse.maps.words import asset, words_for

if TYPE_CHECKING:
    from landuse.maps.data import MapData
    from landuse.maps.findings import Part
    from landuse.maps.palette import Palette
    from landuse.maps.smallmaps import Ground
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = ["report_page", "sections"]

WIDE_MM = 182.0
"""Of text and pictures on A4."""
DPI = 140


def report_page(data: MapData) -> str:
    """Return the report as one self-contained HTML text that prints on A4.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    check(data)
    words, palette = words_for(data), read_palette()
    zones = zone_layer(data, palette)
    body = (
        environment()
        .get_template("report.html.j2")
        .render(data=data, words=words, sections=sections(data), source=_source)
    )
    colours = [f".zone-{i} {{ background: {zone['colour']}; }}" for i, zone in enumerate(zones)]
    grades = [f".grade-{key} {{ color: {colour}; }}" for key, colour in palette.grades.items()]
    sheet = "\n".join([asset("report.css").read_text("utf-8"), *colours, *grades])
    return document(title=str(words["report.title"]), lang="ja", styles=[sheet], body=body)


def _source(picture: Picture) -> str:
    """Return a picture as the address of an image that the page carries."""
    wide, high = picture.size_mm
    figure = Figure(figsize=(wide / MM_PER_IN, high / MM_PER_IN))
    with paper_settings():
        picture.draw(figure)
        image = figure_png(figure, DPI)
    return f"data:image/png;base64,{base64.b64encode(image).decode('ascii')}"


def sections(data: MapData) -> list[Section]:
    """Return the sections of the report; what a study has not got is left out."""
    words, palette = words_for(data), read_palette()
    grade, ground = str(data.grade()), smallmaps.Ground.of(data)
    made: list[tuple[str, list[Part | None], str]] = [
        ("report.summary", [chapters.glance(data, words, palette)], ""),
        ("findings.how_large", _how_large(data, words, palette), grade),
        ("findings.who_reaches", _who_reaches(data, words, palette, ground), ""),
        ("findings.who_does_not", _who_does_not(data, words, palette, ground), ""),
        ("findings.by_mode", _by_mode(data, words), ""),
        ("findings.winter", [chapters.winter_table(data, words)], ""),
        ("findings.official", _official(data, words), ""),
        ("findings.how_sure", _how_sure(data, words, palette), ""),
        ("report.gaps", [sureness.gap_list(data, words)], ""),
        ("sources.title", [sureness.grade_list(words), sureness.source_table(data, words)], ""),
    ]
    return [
        Section(title=both(words[key]), parts=kept, grade=worst)
        for key, parts, worst in made
        if (kept := tuple(part for part in parts if part is not None))
    ]


def _how_large(data: MapData, words: Words, palette: Palette) -> list[Part | None]:
    zones = zone_layer(data, palette)
    told = "、".join(f"{zone['ja']} {100 * (zone['share'] or 0):.1f}%" for zone in zones)
    area = chapters.area_table(data, words, palette)
    rows = 1 + len(chapters.places_of(data))
    return [
        Picture(
            caption=both(words["report.zones_map"]),
            alt=filled(words["findings.map_of_zones"], {"list": told}).ja,
            size_mm=(WIDE_MM, 165.0),
            draw=lambda figure: draw_overview(figure, data),
        ),
        Picture(
            caption=both(words["findings.bars_zones"]),
            alt=f"{words['findings.bars_zones'].ja}：{told}",
            size_mm=(WIDE_MM, plots.row_high_mm(rows, each=8.5)),
            draw=lambda figure: plots.zone_bars(
                figure, data, zones=zones, palette=palette, words=words
            ),
        ),
        area,
    ]


def _who_reaches(
    data: MapData, words: Words, palette: Palette, ground: Ground
) -> list[Part | None]:
    rows = plots.coverage_rows(data)
    if not rows:
        return [Bullets(items=((both(words["table.none"]),),))]
    blank = words["table.no_data"].ja
    shares = [blank if row["all"] is None else f"{row['all']:.1%}" for row in rows]
    told = "、".join(f"{row['label']} {share}" for row, share in zip(rows, shares, strict=True))
    bars = Picture(
        caption=both(words["findings.bars_coverage"]),
        alt=f"{words['findings.bars_coverage'].ja}：{told}",
        size_mm=(WIDE_MM, plots.row_high_mm(len(rows), more=17)),
        draw=lambda figure: plots.coverage_bars(figure, data, palette, words),
    )
    maps = _minute_maps(data, words, palette, ground)
    tables = chapters.coverage_tables(data, words)
    return [bars, *maps, *tables, chapters.bundle_list(data, words)]


def _minute_maps(
    data: MapData, words: Words, palette: Palette, ground: Ground
) -> list[Part | None]:
    services = computed(data)
    lacking = [service.label.ja for service in data.services if service not in services]
    none = filled(words["findings.lacking_none"], {"names": "、".join(lacking)}, tone="missing")
    notes = [Bullets(items=((none,),))] if lacking else []
    if not services:
        return [*notes]
    shown = "、".join(service.label.ja for service in services)
    maps = Picture(
        caption=both(words["findings.maps_minutes"]),
        alt=f"{words['findings.maps_minutes'].ja}：{shown}",
        size_mm=(WIDE_MM, smallmaps.panels_high_mm(len(services), ground, wide_mm=WIDE_MM)),
        draw=lambda figure: smallmaps.minute_maps(
            figure, data, ground, palette=palette, words=words
        ),
    )
    return [maps, *notes]


def _who_does_not(
    data: MapData, words: Words, palette: Palette, ground: Ground
) -> list[Part | None]:
    watching = computed(data, "watch_over")
    parts: list[Part | None] = []
    if watching:
        bars = words["findings.bars_lacking"]
        parts = [
            Picture(
                caption=both(bars),
                alt=f"{bars.ja}：{'、'.join(plots.reached_texts(data, words))}",
                size_mm=(WIDE_MM, plots.row_high_mm(len(watching) + 1, each=5.4, more=6)),
                draw=lambda figure: plots.reached_bars(figure, data, words),
            ),
            Picture(
                caption=both(words["findings.map_lacking"]),
                alt=words["findings.map_lacking"].ja,
                size_mm=(WIDE_MM, 150.0),
                draw=lambda figure: smallmaps.lacking_map(figure, data, ground, palette),
            ),
        ]
    worst = [_worst_maps(data, words, palette, ground), chapters.worst_table(data, words)]
    return [*parts, *worst, chapters.evenness_table(data, words)]


def _worst_maps(data: MapData, words: Words, palette: Palette, ground: Ground) -> Part | None:
    services = smallmaps.worst_services(data)
    if not services or not len(data.towns):
        return None
    return Picture(
        caption=both(words["findings.maps_worst"]),
        alt=f"{words['findings.maps_worst'].ja}：{'、'.join(s.label.ja for s in services)}",
        size_mm=(WIDE_MM, smallmaps.panels_high_mm(len(services), ground, wide_mm=WIDE_MM)),
        draw=lambda figure: smallmaps.worst_maps(figure, data, ground, palette),
    )


def _by_mode(data: MapData, words: Words) -> list[Part | None]:
    return [*paces.mode_tables(data, words), paces.mode_notes(data, words)]


def _official(data: MapData, words: Words) -> list[Part | None]:
    return [
        surroundings.indicator_table(data, words),
        surroundings.hazard_table(data, words),
        surroundings.regional_table(data, words),
        surroundings.ring_table(data, words),
    ]


def _how_sure(data: MapData, words: Words, palette: Palette) -> list[Part | None]:
    bars = words["findings.bars_grades"]
    return [
        sureness.fit_list(data, words),
        Picture(
            caption=both(bars),
            alt=bars.ja,
            size_mm=(WIDE_MM, plots.row_high_mm(2, each=8.5, more=17)),
            draw=lambda figure: plots.grade_bars(figure, data, palette, words),
        ),
    ]
