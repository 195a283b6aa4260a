"""Small maps side by side, one for each service, in degrees of the mesh of the cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from landuse.grid import COLS_PER_DEGREE, MESH_CRS, ROWS_PER_DEGREE, Grid
from landuse.maps import tables
from landuse.maps.chapters import GROUPS
from landuse.maps.lettering import drawable, width_mm
from landuse.maps.paper import fill
from landuse.maps.reachcount import computed, lacking

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from landuse.config import Service
    from landuse.maps.data import MapData
    from landuse.maps.palette import Palette
    from landuse.maps.words import Words

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Json = dict[str, Any]

__all__ = ["Ground", "lacking_map", "minute_maps", "panels_high_mm", "worst_maps"]

COLUMNS = 5
TITLE_PT = 6.4
LEGEND_MM = 9.0
MM_PER_IN = 25.4
MOST_PIXELS = 260
"""On the longer side of a small map."""
WESTERNMOST_LON = 100
COUNT_COLOURS = ("#2C74AE", "#A9CCE3", "#F7DC8C", "#F0A04B", "#C0501F", "#5A2104")
"""From no service lacking to nearly all."""
LARGEST_MM2 = 18.0
"""Area of the largest disc."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The municipality and its cells as small maps draw them."""

    boundary: gpd.GeoSeries
    rows: Ints
    cols: Ints
    """Of the cells, from the south-western one."""
    origin: tuple[int, int]
    step: int
    """Of so many rows and columns of cells, one is drawn."""

    @classmethod
    def of(cls, data: MapData) -> Ground:
        """Return the ground of a study."""
        coarse = data.boundary.geometry.simplify(60.0).to_crs(MESH_CRS)
        whole = Grid(row=0, col=0, n_rows=1, n_cols=1, crs=str(data.boundary.crs))
        rows, cols = whole.rows_cols(data.cells.index.to_numpy())
        south, west = (int(part.min()) if len(part) else 0 for part in (rows, cols))
        long = max(np.ptp(rows), np.ptp(cols)) + 1 if len(rows) else 1
        return cls(
            boundary=coarse,
            rows=rows - south,
            cols=cols - west,
            origin=(south, west),
            step=max(1, int(np.ceil(long / MOST_PIXELS))),
        )

    @property
    def shape(self) -> float:
        """Return width over height on the ground."""
        west, south, east, north = self.boundary.total_bounds
        return float((east - west) * np.cos(np.radians((south + north) / 2)) / (north - south))

    def show(self, axes: Axes, palette: Palette) -> None:
        """Draw the municipality, hatched as long as nothing covers it."""
        west, south, east, north = self.boundary.total_bounds
        air = 0.02 * max(east - west, north - south)
        axes.set_xlim(west - air, east + air)
        axes.set_ylim(south - air, north + air)
        axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
        axes.set_axis_off()
        grey = palette.standard["no_data"]
        fill(axes, self._frame(), facecolor="#F4F3F6", edgecolor=grey, hatch="/////", linewidth=0.3)

    def land(self, axes: Axes) -> None:
        """Lay plain land over the hatching, for maps of towns and people."""
        style: Json = {"facecolor": "#F4F3F6", "edgecolor": "#2B2233", "linewidth": 0.5}
        fill(axes, self._frame(), **style)

    def _frame(self) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(geometry=self.boundary)

    def paint(self, axes: Axes, classes: Ints, colours: tuple[str, ...]) -> None:
        """Draw cells by their classes; those of a negative class are left to the hatching."""
        kept = (self.rows % self.step == 0) & (self.cols % self.step == 0) & (classes >= 0)
        size = (self.rows.max() // self.step + 1, self.cols.max() // self.step + 1)
        image = np.zeros((*size, 4))
        ramp = np.array([to_rgba(colour) for colour in colours])
        image[self.rows[kept] // self.step, self.cols[kept] // self.step] = ramp[classes[kept]]
        south, west = self.origin
        left = WESTERNMOST_LON + west / COLS_PER_DEGREE
        low = south / ROWS_PER_DEGREE
        right = left + size[1] * self.step / COLS_PER_DEGREE
        top = low + size[0] * self.step / ROWS_PER_DEGREE
        axes.imshow(
            image,
            origin="lower",
            extent=(left, right, low, top),
            interpolation="nearest",
            aspect=axes.get_aspect(),
            zorder=2,
        )
        fill(axes, self._frame(), facecolor="none", edgecolor="#2B2233", linewidth=0.4, zorder=3)

    def centres(self) -> tuple[Floats, Floats]:
        """Return longitudes and latitudes of the cells' centres."""
        south, west = self.origin
        lon = WESTERNMOST_LON + (self.cols + west + 0.5) / COLS_PER_DEGREE
        return lon, (self.rows + south + 0.5) / ROWS_PER_DEGREE


def panels_high_mm(count: int, ground: Ground, *, wide_mm: float) -> float:
    """Return the height of a figure of so many small maps."""
    rows = -(-count // COLUMNS)
    return rows * _panel_mm(ground, wide_mm)[1] + LEGEND_MM


def _panel_mm(ground: Ground, wide_mm: float) -> tuple[float, float]:
    """Return width and height of a panel with its title."""
    wide = wide_mm / COLUMNS
    return wide, min(max((wide - 2) / ground.shape, 14.0), 1.5 * wide) + 5.5


def _panels(figure: Figure, titles: list[str], ground: Ground) -> list[Axes]:
    wide_mm, high_mm = (side * MM_PER_IN for side in figure.get_size_inches())
    wide, high = _panel_mm(ground, wide_mm)
    found = []
    for place, title in enumerate(titles):
        row, column = divmod(place, COLUMNS)
        low = high_mm - (row + 1) * high
        box = (
            (column * wide + 1) / wide_mm,
            low / high_mm,
            (wide - 2) / wide_mm,
            (high - 5.5) / high_mm,
        )
        axes = figure.add_axes(box)
        text = drawable(title)
        size = TITLE_PT * min(1.0, (wide - 1) / max(width_mm(text, TITLE_PT), 1e-9))
        figure.text(
            (column + 0.5) * wide / wide_mm, (low + high - 3.6) / high_mm, text, fontsize=size,
            ha="center", va="baseline",
        )  # fmt: skip
        found.append(axes)
    return found


def minute_maps(
    figure: Figure, data: MapData, ground: Ground, *, palette: Palette, words: Words
) -> None:
    """Draw the minutes to the nearest facility of each service, in the colours of the pages."""
    services = computed(data)
    scale = palette.minutes
    for axes, service in zip(
        _panels(figure, [s.label.ja for s in services], ground), services, strict=True
    ):
        ground.show(axes, palette)
        minutes = data.cells[f"{service.key}_s"].to_numpy(float) / 60
        classes = np.searchsorted(scale.limits, np.ceil(minutes - 1e-9), side="left")
        ground.paint(axes, np.where(np.isnan(minutes), -1, classes), scale.colours)
    unit = words["findings.minutes"].ja
    ends = [f"–{limit:g}" for limit in scale.limits] + [f"{scale.limits[-1]:g}{unit}–"]
    _key(figure, list(zip(scale.colours, ends, strict=True)), words)


def _key(figure: Figure, classes: list[tuple[str, str]], words: Words) -> None:
    blank = Patch(facecolor="#F4F3F6", edgecolor="#8C8C8C", hatch="/////", linewidth=0.3)
    marks = [Patch(facecolor=colour, edgecolor="#55505C", linewidth=0.3) for colour, _ in classes]
    figure.legend(
        [*marks, blank],
        [*(text for _, text in classes), words["table.no_data"].ja],
        loc="lower center",
        ncols=len(classes) + 1,
        frameon=False,
        fontsize=6.6,
        handlelength=1.6,
        columnspacing=1.1,
        borderaxespad=0.2,
    )


def lacking_map(figure: Figure, data: MapData, ground: Ground, palette: Palette) -> None:
    """Draw where people live, coloured by how many watch-over services are out of reach."""
    services = computed(data, "watch_over")
    axes = figure.add_axes((0.0, 0.1, 1.0, 0.9))
    ground.show(axes, palette)
    ground.land(axes)
    people = data.cells["population"].to_numpy(float)
    counts = lacking(data, services).to_numpy()
    order = np.argsort(counts, kind="stable")
    order = order[people[order] > 0]
    lon, lat = ground.centres()
    steps = _steps(len(services))
    place = np.searchsorted(steps, counts[order], side="left")
    colours = np.array([to_rgba(colour) for colour in COUNT_COLOURS[: len(steps)]])
    axes.scatter(lon[order], lat[order], s=3.0, c=colours[place], linewidths=0, zorder=3)
    texts = [f"{low}–{high}" if low < high else f"{high}" for low, high in _ranges(steps)]
    handles = [Patch(facecolor=colour) for colour in COUNT_COLOURS[: len(steps)]]
    figure.legend(handles, texts, loc="lower center", ncols=6, frameon=False, fontsize=6.6)


def _steps(most: int) -> list[int]:
    """Return the upper ends of at most six classes of 0 … most; none has a class of its own."""
    parts = min(len(COUNT_COLOURS) - 1, most)
    return [0, *(round(most * (place + 1) / parts) for place in range(parts))]


def _ranges(steps: list[int]) -> list[tuple[int, int]]:
    return [(0, 0), *((low + 1, high) for low, high in pairwise(steps))]


def worst_services(data: MapData) -> list[Service]:
    """Return the services that have towns with people beyond their standard."""
    told = {row["service"] for row in _worst_rows(data)}
    return [service for service in data.services if service.key in told]


def _worst_rows(data: MapData) -> list[Json]:
    rows = tables.worst(data.worst_towns)
    return [row for row in rows if row["group"] == GROUPS[0] and (row["unserved"] or 0) > 0]


def worst_maps(figure: Figure, data: MapData, ground: Ground, palette: Palette) -> None:
    """Draw for each service where its worst-served towns are; discs are people beyond."""
    services, rows = worst_services(data), _worst_rows(data)
    spots = _town_spots(data)
    most = max(row["unserved"] for row in rows)
    panels = _panels(figure, [service.label.ja for service in services], ground)
    for axes, service in zip(panels, services, strict=True):
        ground.show(axes, palette)
        ground.land(axes)
        own = [row for row in rows if row["service"] == service.key and row["town"] in spots]
        for row in own:
            area_pt2 = LARGEST_MM2 * row["unserved"] / most * (72 / MM_PER_IN) ** 2
            axes.scatter(
                *spots[row["town"]], s=max(area_pt2, 4.0), color=palette.standard["beyond"],
                edgecolor="#5A2104", linewidth=0.5, alpha=0.85, zorder=3,
            )  # fmt: skip


def _town_spots(data: MapData) -> dict[str, tuple[float, float]]:
    """Return where each town is, the first of several of one name."""
    if not len(data.towns):
        return {}
    points: pd.DataFrame = data.towns.geometry.to_crs(MESH_CRS).get_coordinates()
    names = data.towns["name"].astype(str)
    pairs = zip(names, points["x"], points["y"], strict=True)
    return {name: (x, y) for name, x, y in reversed(list(pairs))}
