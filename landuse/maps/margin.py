"""What stands beside a printed map: title, legend, warning, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from landuse.maps.labels import WATCH_OVER_COLOUR, hub_facilities
from landuse.maps.lettering import MM_PER_PT, drawable, lines, width_mm
from landuse.maps.paper import zone_styles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from landuse.maps.data import MapData
    from landuse.maps.layout import Box, Frame, Sheet
    from landuse.maps.palette import Palette
    from landuse.maps.pen import Pen
    from landuse.maps.words import Words
    from landuse.toml import Label

    Json = dict[str, Any]

__all__ = ["write_legend", "write_notes", "write_title"]

LEADING = 1.36
"""Distance of lines over the size of their letters."""
GREY = "#444444"
RED = "#8A1C1C"
LEAST_PT = 4.5
"""Smaller print is not read: what does not fit is counted, and stands in the report."""


def write_title(pen: Pen, sheet: Sheet, data: MapData, words: Words) -> None:
    """Write title and dates into their box, no larger than they fit."""
    box, factor, title = sheet.title, sheet.factor, words["print.title"]
    high = box.high_mm
    dates = "　".join(
        f"{words[key].ja} {words[key].en}: {value}"
        for key, value in (("page.vintage", data.vintage), ("page.made_on", data.made_on))
    )
    for text, size, y, colour in (
        (title.ja, 23 * factor, 0.62, "black"),
        (title.en, 10.5 * factor, 0.36, GREY),
        (dates, 9 * factor, 0.12, GREY),
    ):
        fitted = _fitted(text, box.wide_mm, size)
        pen.write(box.x_mm, box.y_mm + y * high, text, size_pt=fitted, color=colour)


def _fitted(text: str, wide_mm: float, size_pt: float) -> float:
    """Return the size, smaller where the text would be wider than its place."""
    wide = width_mm(drawable(text), size_pt)
    return size_pt * min(1.0, wide_mm / wide) if wide else size_pt


def write_legend(
    pen: Pen, sheet: Sheet, data: MapData, zones: list[Json], *, palette: Palette, words: Words
) -> None:
    """Write zones with pattern and area, lines, and the signs of facilities."""
    hubs = _hub_signs(data, palette, sheet.core) if sheet.core else []
    need = 10 + 10.5 * len(zones) + 19 + 7 + (13 + 5.2 * ((len(hubs) + 1) // 2) if hubs else 0)
    legend = _Legend(
        pen=pen, box=sheet.legend, factor=min(sheet.factor, sheet.legend.high_mm / need)
    )
    y = legend.heading(words["legend.zones"], sheet.legend.top_mm)
    grade = words[f"grade.{data.grade()}"]
    colour = palette.grades[str(data.grade())]
    legend.right(f"{grade.ja} {grade.en}", y, 9, color=colour)
    y = legend.zones(zones, palette, y)
    y = legend.totals(data, words, y)
    y = legend.lines(words, palette, y)
    if hubs:
        legend.hubs(hubs, words, y)


def _hub_signs(data: MapData, palette: Palette, frame: Frame) -> list[tuple[str, str]]:
    used = set(hub_facilities(data, frame).get("service", ()))
    return [
        (palette.signs.get(service.key, service.label.ja[:1]), service.label.ja)
        for service in data.services
        if service.key in used
    ]


@dataclass(frozen=True, kw_only=True)
class _Legend:
    """Rows of a legend; each method draws below `y` and returns where the next may begin."""

    pen: Pen
    box: Box
    factor: float

    def heading(self, label: Label, y: float) -> float:
        y -= 6.5 * self.factor
        text = f"{label.ja} {label.en}"
        size = _fitted(text, 0.72 * self.box.wide_mm, 12 * self.factor)
        self.pen.write(self.box.x_mm, y, text, size_pt=size)
        return y

    def right(self, text: str, y: float, size: float, *, at: float = 1.0, **style: Any) -> None:  # noqa: ANN401
        x = self.box.x_mm + at * self.box.wide_mm
        self.pen.write(x, y, text, size_pt=size * self.factor, ha="right", **style)

    def zones(self, zones: list[Json], palette: Palette, y: float) -> float:
        f, x = self.factor, self.box.x_mm
        room = 0.55 * self.box.wide_mm
        for zone, style in zip(zones, zone_styles(zones, palette), strict=True):
            y -= 10.5 * f
            self.pen.rectangle((x, y), (14 * f, 7.2 * f), linewidth=0.8 * f, **style)
            for text, size, lift in ((zone["ja"], 10.5, 3.7), (zone["en"], 7.5, 0.3)):
                fitted = _fitted(text, room - 16 * f, size * f)
                self.pen.write(x + 16 * f, y + lift * f, text, size_pt=fitted)
            self.right(f"{zone['area'] or 0:,.2f} km²", y + 2.2 * f, 10, at=0.84)
            self.right(f"{100 * (zone['share'] or 0):.1f}%", y + 2.2 * f, 10)
        return y

    def totals(self, data: MapData, words: Words, y: float) -> float:
        measured = data.measured_area_km2()
        y -= 1.5 * self.factor
        for key, value in (
            ("legend.measured", f"{measured:,.2f} km²"),
            ("legend.published", f"{data.published_area_km2:,.2f} km²"),
            ("legend.difference", f"{measured - data.published_area_km2:+,.2f} km²"),
        ):
            y -= 5 * self.factor
            text = f"{words[key].ja} {words[key].en}"
            self.pen.write(self.box.x_mm, y, text, size_pt=8.5 * self.factor)
            self.right(value, y, 8.5, at=0.84)
        return y - 2 * self.factor

    def lines(self, words: Words, palette: Palette, y: float) -> float:
        """Show the lines of the map in one row."""
        f, ground = self.factor, palette.ground
        y -= 5 * f
        step = self.box.wide_mm / 4
        for place, (key, colour, width, kind) in enumerate(
            (
                ("paper.city_line", ground["boundary"], 1.6, "-"),
                ("paper.district_line", ground["district"], 0.9, "-."),
                ("paper.road_line", ground["trunk"], 1.2, "-"),
                ("paper.rail_line", ground["railway"], 2.0, "-"),
            )
        ):
            x = self.box.x_mm + place * step
            spread = (x, x + 9 * f)
            self.pen.line(spread, y + 1 * f, color=colour, linewidth=width * f, linestyle=kind)
            if key == "paper.rail_line":
                dashed = (0, (4, 4))
                self.pen.line(spread, y + 1 * f, color="white", linewidth=f, linestyle=dashed)
            size = _fitted(words[key].ja, step - 11 * f, 7.5 * f)
            self.pen.write(x + 10 * f, y, words[key].ja, size_pt=size)
        return y

    def hubs(self, hubs: list[tuple[str, str]], words: Words, y: float) -> float:
        f, half = self.factor, self.box.wide_mm / 2
        title, dots = words["paper.hubs"], words["paper.watch_over"]
        y -= 8 * f
        text = f"{title.ja} {title.en}"
        self.pen.write(self.box.x_mm, y, text, size_pt=_fitted(text, self.box.wide_mm, 9.5 * f))
        for place, (sign, label) in enumerate([*hubs, ("", f"{dots.ja} {dots.en}")]):
            column, row = divmod(place, (len(hubs) + 2) // 2)
            x, at = self.box.x_mm + column * half, y - 5.2 * f * (row + 1)
            self._sign(x + 2.2 * f, at + 1.1 * f, sign)
            size = _fitted(label, half - 7 * f, 8 * f)
            self.pen.write(x + 5.5 * f, at, label, size_pt=size)
        return y

    def _sign(self, x: float, y: float, sign: str) -> None:
        f = self.factor
        if not sign:
            style = {"facecolor": WATCH_OVER_COLOUR, "edgecolor": "white"}
            self.pen.disc(x, y, 0.7 * f, linewidth=0.4 * f, **style)
            return
        edge = {"facecolor": "white", "edgecolor": "#1D1B20", "linewidth": 0.8 * f}
        self.pen.disc(x, y, 2.0 * f, **edge)
        middle = {"ha": "center", "va": "center_baseline"}
        self.pen.write(x, y, drawable(sign)[:1], size_pt=7.4 * f, **middle)


def write_notes(pen: Pen, sheet: Sheet, data: MapData, words: Words) -> None:
    """Write the warning, the notes and every source: smaller, then run on, where they are many."""
    box = sheet.notes
    sizes = [8.2 * sheet.factor * 0.93**step for step in range(12)]
    found: list[Line] = []
    for run_on, size in ((run_on, size) for run_on in (False, True) for size in sizes):
        if size >= LEAST_PT:
            found = _note_lines(data, words, sheet, size=size, run_on=run_on)
        if _high_mm(found) <= box.high_mm:
            break
    y = box.top_mm
    for text, size, colour in _cut(found, box.high_mm, words):
        y -= LEADING * size * MM_PER_PT
        pen.write(box.x_mm, y, text, size_pt=size, color=colour)


Line = tuple[str, float, str]


def _high_mm(found: list[Line]) -> float:
    return sum(LEADING * size * MM_PER_PT for _, size, _ in found)


def _cut(found: list[Line], high_mm: float, words: Words) -> list[Line]:
    """Return as many lines as fit; the last then says where the others stand."""
    if _high_mm(found) <= high_mm:
        return found
    kept = list(found)
    while _high_mm(kept) > high_mm and len(kept) > 1:
        kept.pop()
    more = words["paper.more"]
    return [*kept[:-1], (f"{more.ja} {more.en}", found[-1][1], GREY)]


def _note_lines(
    data: MapData, words: Words, sheet: Sheet, *, size: float, run_on: bool
) -> list[Line]:
    warning, source = words["page.not_proof"], words["print.source"]
    wide, factor = sheet.notes.wide_mm, sheet.factor

    def block(texts: Iterable[str], size: float, colour: str) -> list[Line]:
        told = ["　".join(texts)] if run_on else texts
        return [(piece, size, colour) for text in told for piece in lines(text, wide, size)]

    return [
        *block([warning.ja], 14 * factor, RED),
        *block([warning.en], 9 * factor, RED),
        *block(_remarks(data, words, sheet.paper), size, "#222222"),
        *block([f"{source.ja} {source.en}"], 10 * factor, "#222222"),
        *block(_source_lines(data, words), size, GREY),
    ]


def _remarks(data: MapData, words: Words, paper: str) -> list[str]:
    true = words["paper.true_scale"]
    remarks = (words["page.not_proof_more"], *data.notes)
    scale = [text.replace("{paper}", paper) for text in (true.ja, true.en)]
    return [*scale, *(text for remark in remarks for text in (remark.ja, remark.en))]


def _source_lines(data: MapData, words: Words) -> list[str]:
    """Return every source once with its layers, vintage and grade, and the licences."""
    names: dict[tuple[str, str, str], list[str]] = {}
    for key, origin in data.origins.items():
        name = data.layer_labels[key].ja if key in data.layer_labels else key
        grade = words[f"grade.{origin.grade}"].ja
        names.setdefault((origin.source, origin.vintage, grade), []).append(name)
    told = [
        f"{'・'.join(layers)}：{source}（{vintage}、{grade}）"
        for (source, vintage, grade), layers in names.items()
    ]
    licences = dict.fromkeys(
        part.strip() for origin in data.origins.values() for part in origin.licence.split(";")
    )
    label = words["paper.licences"]
    return [f"{label.ja} {label.en}：{'; '.join(filter(None, licences))}", *told]
