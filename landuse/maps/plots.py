"""The plots of the report: shares as bars, with patterns beside colours, for grey print too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import Patch

from landuse.maps import tables
from landuse.maps.chapters import GROUPS, places_of, whole_city
from landuse.maps.data import ALL
from landuse.maps.lettering import drawable
from landuse.maps.paper import zone_styles
from landuse.maps.reachcount import computed, people_by_reached
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from landuse.maps.data import MapData
    from landuse.maps.palette import Palette
    from landuse.maps.words import Words

    Json = dict[str, Any]

__all__ = [
    "coverage_bars",
    "coverage_rows",
    "grade_bars",
    "reached_bars",
    "reached_texts",
    "row_high_mm",
    "zone_bars",
]

INK, SOFT = "#1D1B20", "#55505C"
TEXT_PT = 7.0
MM_PER_IN = 25.4
WINTER_COLOUR = "#8A4B00"
WATCHING = "#7B5AA6"


def row_high_mm(rows: int, *, each: float = 6.2, more: float = 12.0) -> float:
    """Return the height of a plot of some rows."""
    return rows * each + more


def _axes(figure: Figure, rows: int, *, left_mm: float, more_mm: float = 12.0) -> Axes:
    """Return axes for rows of bars from above, with room for names at the left."""
    wide, high = (side * MM_PER_IN for side in figure.get_size_inches())
    foot = min(6.0, more_mm / 2)
    axes = figure.add_axes(
        (left_mm / wide, foot / high, (wide - left_mm - 4) / wide, 1 - more_mm / high)
    )
    axes.set_ylim(rows - 0.5, -0.5)
    axes.tick_params(labelsize=TEXT_PT - 0.5, length=2, width=0.5, colors=SOFT)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_linewidth(0.5)
    return axes


def _name_rows(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), [drawable(name) for name in names])
    axes.tick_params(axis="y", length=0, labelsize=TEXT_PT, labelcolor=INK)


def _percents(axes: Axes) -> None:
    axes.set_xlim(0, 100)
    axes.set_xticks(range(0, 101, 20), [f"{share}%" for share in range(0, 101, 20)])
    axes.grid(axis="x", linewidth=0.3, color="#D8D4DC")
    axes.set_axisbelow(True)


def zone_bars(
    figure: Figure, data: MapData, *, zones: list[Json], palette: Palette, words: Words
) -> None:
    """Draw the shares of the zones, for the whole and for each district, as stacked bars."""
    places = [{"key": ALL, "ja": words["table.whole"].ja}, *places_of(data)]
    shares = {(row["zone"], row["district"]): row["share"] for row in tables.areas(data)}
    rows = [place for place in places if (zones[0]["key"], place["key"]) in shares]
    axes = _axes(figure, len(rows), left_mm=26)
    _percents(axes)
    _name_rows(axes, [str(place["ja"]) for place in rows])
    ends = [0.0] * len(rows)
    for zone, style in zip(zones, zone_styles(zones, palette), strict=True):
        wide = [100.0 * (shares.get((zone["key"], place["key"])) or 0.0) for place in rows]
        axes.barh(
            range(len(rows)),
            wide,
            left=ends,
            height=0.66,
            linewidth=0.3,
            **style,
        )
        _write_shares(axes, wide, ends)
        ends = [end + share for end, share in zip(ends, wide, strict=True)]


def _write_shares(axes: Axes, wide: Sequence[float], starts: Sequence[float]) -> None:
    """Write the shares that have room into their bars."""
    plate = {
        "boxstyle": "square,pad=0.15",
        "facecolor": "white",
        "edgecolor": "none",
        "alpha": 0.85,
    }
    for row, (share, start) in enumerate(zip(wide, starts, strict=True)):
        if share >= 5:
            middle = start + share / 2
            style: Json = {"ha": "center", "va": "center", "fontsize": TEXT_PT - 0.5}
            axes.text(middle, row, f"{share:.1f}%", color=INK, bbox=plate, **style)


def coverage_rows(data: MapData) -> list[Json]:
    """Return for each service its shares: of everyone, of the elderly, and in winter."""
    known = {
        (row["service"], row["group"]): row["share"]
        for row in tables.coverage(whole_city(data.coverage))
        if not row["straight"]
    }
    winter = {
        (row["service"], row["band"]): row["share"]
        for row in tables.texts_and_figures(whole_city(data.profiles))
        if row["group"] == GROUPS[0] and row["mode"] != "straight" and row["profile"] == "winter"
    }
    return [
        {
            "label": service.label.ja,
            "kind": service.kind,
            "all": known[(service.key, GROUPS[0])],
            "elderly": known.get((service.key, GROUPS[1])),
            "winter": [winter.get((service.key, band)) for band in ("low", "middle", "high")],
        }
        for service in data.services
        if (service.key, GROUPS[0]) in known
    ]


def coverage_bars(figure: Figure, data: MapData, palette: Palette, words: Words) -> None:
    """Draw who reaches what: a bar of everyone, a ring of the elderly, a band of winter."""
    rows = coverage_rows(data)
    axes = _axes(figure, len(rows), left_mm=56, more_mm=17)
    _percents(axes)
    _name_rows(axes, [row["label"] for row in rows])
    wide = [100 * (row["all"] or 0) for row in rows]
    colours = {"hub": palette.standard["within"], "watch_over": WATCHING}
    shown = [colours[row["kind"]] for row in rows]
    axes.barh(range(len(rows)), wide, height=0.62, color=shown, alpha=0.85)
    rings = None
    for place, row in enumerate(rows):
        if row["all"] is None:
            axes.text(
                1, place, words["table.no_data"].ja, fontsize=TEXT_PT, va="center", color="#8A1C1C"
            )
        if row["elderly"] is not None:
            (rings,) = axes.plot(
                100 * row["elderly"], place, "o", markersize=3.6, color="white", clip_on=False,
                markeredgecolor=INK, markeredgewidth=0.8, zorder=4, linestyle="none",
            )  # fmt: skip
    band = _winter_bands(axes, rows)
    kinds = [(Patch(color=colour, alpha=0.85), f"kind.{kind}") for kind, colour in colours.items()]
    keys = [*kinds, (rings, "findings.elderly"), (band, "findings.in_winter")]
    told = [(mark, f"{words[key].ja} {words[key].en}") for mark, key in keys if mark is not None]
    figure.legend(
        [mark for mark, _ in told],
        [text for _, text in told],
        loc="upper center",
        borderaxespad=0.3,
        ncols=4,
        frameon=False,
        fontsize=TEXT_PT - 0.4,
        columnspacing=1.2,
        handlelength=1.4,
    )


def _winter_bands(axes: Axes, rows: list[Json]) -> Any:  # noqa: ANN401 - an artist or none
    """Draw the share in winter as a line from its low to its high side; return one mark."""
    mark = None
    for place, row in enumerate(rows):
        if all(share is not None for share in row["winter"]):
            low, middle, high = (100 * share for share in row["winter"])
            axes.plot([low, high], [place + 0.22] * 2, color=WINTER_COLOUR, linewidth=1.4, zorder=3)
            (mark,) = axes.plot(
                middle, place + 0.22, "D", markersize=2.6, color=WINTER_COLOUR,
                markeredgecolor="white", markeredgewidth=0.4, zorder=4, linestyle="none",
            )  # fmt: skip
    return mark


def reached_texts(data: MapData, words: Words) -> list[str]:
    """Return people and their share in words, from none of the services to all of them."""
    people = people_by_reached(data, computed(data, "watch_over"))
    total = float(people.sum())
    told = words["findings.people_n"].ja
    shares = [f"{100 * count / total:.1f}%" if total else "—" for count in people]
    return [
        told.replace("{n}", f"{count:,.0f}").replace("{share}", share)
        for count, share in zip(people, shares, strict=True)
    ]


def reached_bars(figure: Figure, data: MapData, words: Words) -> None:
    """Draw how many people reach none, one, … all of the watch-over services."""
    people = people_by_reached(data, computed(data, "watch_over"))
    axes = _axes(figure, len(people), left_mm=14, more_mm=6)
    axes.barh(range(len(people)), people, height=0.7, color=WATCHING)
    _name_rows(axes, [str(place) for place in people.index])
    axes.set_xlim(0, 1.28 * max(people.max(), 1))
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    for place, (count, text) in enumerate(zip(people, reached_texts(data, words), strict=True)):
        axes.text(count, place, f" {text}", fontsize=TEXT_PT, va="center", color=INK)


def grade_bars(figure: Figure, data: MapData, palette: Palette, words: Words) -> None:
    """Draw how much of the land, and how many layers, are official, derived or modelled."""
    land = data.faces.groupby("grade", observed=True)["area_km2"].sum()
    layers = [str(origin.grade) for origin in data.origins.values()]
    rows = [
        ("findings.land_by_grade", {grade: float(land.get(grade, 0.0)) for grade in Grade}),
        ("findings.layers_by_grade", {grade: float(layers.count(grade)) for grade in Grade}),
    ]
    axes = _axes(figure, len(rows), left_mm=26, more_mm=17)
    _percents(axes)
    _name_rows(axes, [words[key].ja for key, _ in rows])
    ends = [0.0] * len(rows)
    for grade, hatch in zip(Grade, ("", "...", "///"), strict=True):
        wide = [100 * held[grade] / (sum(held.values()) or 1) for _, held in rows]
        colour = palette.grades[str(grade)]
        label = f"{words[f'grade.{grade}'].ja} {words[f'grade.{grade}'].en}"
        axes.barh(
            range(len(rows)), wide, left=ends, height=0.66, color=colour, hatch=hatch,
            edgecolor="#FFFFFF88", linewidth=0.3, label=label,
        )  # fmt: skip
        _write_shares(axes, wide, ends)
        ends = [end + share for end, share in zip(ends, wide, strict=True)]
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=TEXT_PT
    )
