"""What a map is made from: the tables of one study, and nothing that opens a file.

`study` fills a `MapData`; everything here only reads it. All geometry is in the city's
own system in metres and leaves it on the way into a page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from landuse.crs import require_metric
from landuse.errors import Fault, LayerError
from landuse.schema import Grade, require_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from landuse.config import Service
    from landuse.overlaps import Overlaps
    from landuse.schema import Origin
    from landuse.scheme import Scheme
    from landuse.toml import Label

__all__ = ["ALL", "PATHS", "MapData", "ZoneText", "check"]

ALL = "all"
"""Stands in `district` and `zone` for the whole municipality, and in `zone` for the sum."""

PATHS = ("statutory", "measured", "residual")
"""How a face came to its zone: by a legal area, by what is on the ground, or as the rest."""


def _no_shapes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"geometry": []}, geometry="geometry")


@dataclass(frozen=True, kw_only=True)
class ZoneText:
    """One planning zone in words."""

    key: str
    label: Label
    meaning: Label
    """One plain sentence: what kind of land this is."""


@dataclass(frozen=True, kw_only=True)
class MapData:
    """Everything the pages, the print map and the report show of one study.

    Only what a city must have is required; an absent layer is left out of the page, and
    the page says so where a reader would look for it.
    """

    key: str
    """Key of the city, ASCII."""
    label: Label
    vintage: str
    """Which time the map speaks of, e.g. `2020–2025`."""
    made_on: str
    """Date of the run, as shown; handed in so that equal inputs give equal files."""
    published_area_km2: float
    published_area_source: str
    zones: tuple[ZoneText, ...]
    """The zones in the order of the legend."""
    boundary: gpd.GeoDataFrame
    """Polygon(s) of the municipality."""
    faces: gpd.GeoDataFrame
    """Polygons that cover the boundary once: `zone`, `rule` (key), `rule_text_ja`,
    `rule_text_en`, `claims` (tuple of claim keys), `grade`, `area_km2`, `why_ja`, `why_en`
    (plain words), and optionally `why_easy` (the same in easy Japanese), `winner` (the
    deciding claim or empty), `losers` (the claims that gave way, `;` between), `runner_up`
    (the zone or claim that would have come next) and `path` (see `PATHS`)."""
    zone_areas: pd.DataFrame
    """`zone`, `district`, `area_km2`, `share`; `all` stands for the sum in either column."""
    services: tuple[Service, ...] = ()
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Index `cell_id`: `zone`, `town`, `district`, `population`, `population_65plus`, and for
    each service `<key>_s` (seconds), `<key>_reason`, `<key>_to` (facility id)."""
    times: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Index of `cells`: `<service>_<mode>_<season>_s` (seconds, NaN where blank), mode of
    `walk`, `transit` and `drive` and season of `usual`, `winter_low` (the slow side) and
    `winter_high`, and `<service>_<mode>_reason` and `_to` of the usual one; as
    `landuse.reach.times_by_mode` returns it. On foot is at the pace by which the service is
    judged: see `landuse.services.Service.shown_modes`. What is absent was not computed."""
    facilities: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Points, one row for each (facility, service): `facility_id`, `name`, `service`,
    `address`, `grade`, and optionally `category`, `position_error_m`; an empty point is a
    facility whose place nobody knows."""
    coverage: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.coverage.coverage` returns it."""
    worst_towns: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.coverage.worst_served_towns` returns it."""
    indicators: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.indicators.indicator_table` returns it."""
    bundles: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.access.bundle_shares`, with `kind`, `services` and `missing`."""
    equity: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.figures.equity_table` returns it."""
    profiles: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.times.under_profiles` returns it."""
    hazards: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.hazards.people_in_hazards` returns it."""
    regional: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row for each municipality and hub service: `name`, `population`, `service`,
    `straight_km`, `road_min` (blank: not known, see `reason`), and optionally `name_en`,
    `facility` (name of the nearest one), `reason`."""
    rings: pd.DataFrame = field(default_factory=pd.DataFrame)
    """As `landuse.coverage.rings` returns it."""
    districts: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Polygons: `district`, `name_ja`, `name_en`."""
    towns: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Points: `name`, `district`, optionally `name_en` and `name_kana` (how it is read)."""
    neighbours: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Polygons: `name_ja` (optionally `name_en`)."""
    land: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Polygons of land round about, drawn under everything; empty: the neighbours are it."""
    lakes: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Polygons, optionally `name_ja`, `name_en`; lines among them are taken for rivers."""
    rivers: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    roads: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Lines: `kind` (`expressway` is drawn stronger)."""
    railways: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    stations: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Points: `name_ja`, optionally `name_en`."""
    transport: gpd.GeoDataFrame = field(default_factory=_no_shapes)
    """Points: `name_ja`, `category` (airport, port, interchange …), optionally `name_en`."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Layer key -> where it comes from, in the order of the sources panel."""
    layer_labels: Mapping[str, Label] = field(default_factory=dict)
    """Layer key -> its name; the key itself where left out."""
    claim_labels: Mapping[str, Label] = field(default_factory=dict)
    """Claim -> its name, as the zoning scheme gives it; the key itself where left out."""
    claim_layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Claim -> keys of the layers that make it, as in `origins`."""
    scheme: Scheme | None = None
    """Rules that led to the zones, for the office."""
    overlaps: Overlaps | None = None
    """Who gives way to whom where legal regions overlap, for the office."""
    notes: tuple[Label, ...] = ()
    """Further sentences that every reader must see (limits, warnings)."""

    def grade(self) -> Grade:
        """Return the worst grade of any face."""
        return Grade.worst(self.faces["grade"].unique())

    def water_areas(self) -> gpd.GeoDataFrame:
        """Return the lakes that are polygons."""
        area = shapely.get_dimensions(self.lakes.geometry.to_numpy()) == 2
        return gpd.GeoDataFrame(self.lakes[area])

    def water_lines(self) -> gpd.GeoDataFrame:
        """Return the rivers, and the lines among the lakes."""
        lines = self.lakes[shapely.get_dimensions(self.lakes.geometry.to_numpy()) == 1]
        return gpd.GeoDataFrame(pd.concat([self.rivers, lines])) if len(lines) else self.rivers

    def measured_area_km2(self) -> float:
        """Return the area of the municipality, measured in the city's system."""
        return float(self.boundary.geometry.area.sum()) / 1e6


_COLUMNS = {
    "faces": (
        "zone",
        "rule",
        "rule_text_ja",
        "rule_text_en",
        "claims",
        "grade",
        "area_km2",
        "why_ja",
        "why_en",
    ),
    "zone_areas": ("zone", "district", "area_km2", "share"),
    "facilities": ("facility_id", "name", "service", "address", "grade"),
    "districts": ("district", "name_ja", "name_en"),
    "towns": ("name", "district"),
    "neighbours": ("name_ja",),
    "stations": ("name_ja",),
    "transport": ("name_ja", "category"),
}


def check(data: MapData) -> None:
    """Refuse tables that a map cannot be made from.

    Raises
    ------
    CrsError
        If the boundary or the faces are not metric.
    LayerError
        With every column that a table lacks, and if times lack a cell.
    """
    for name in ("boundary", "faces"):
        require_metric(getattr(data, name), where=f"map data: {name}")
    for name, columns in _COLUMNS.items():
        table = getattr(data, name)
        if len(table):
            require_columns(table, columns, where=f"map data: {name}")
    if len(data.cells):
        names = ["zone", "town", "district", "population", "population_65plus"]
        require_columns(data.cells, names, where="map data: cells")
    if len(data.times):
        _check_times(data)


def _check_times(data: MapData) -> None:
    """Refuse times that lack cells, or blanks that nothing gives a reason for."""
    names = [str(name) for name in data.times.columns]
    shown = [name.removesuffix("_usual_s") for name in names if name.endswith("_usual_s")]
    require_columns(data.times, [f"{name}_reason" for name in shown], where="map data: times")
    lacking = int((data.times.index.get_indexer(data.cells.index) < 0).sum())
    if lacking:
        what = f"lack {lacking} of {len(data.cells)} cells"
        raise LayerError(Fault(where="map data: times", what=what, fix="give both of one run"))
