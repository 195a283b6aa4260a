"""The whole story on one page: a city becomes zones, cells, access, coverage and maps."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from landuse.cells import cells_within, nearest_town, place_of
from landuse.claims import claim_table, overlap_areas
from landuse.facilities import offers
from landuse.figures import figures
from landuse.geocode import geocode
from landuse.grid import Grid
from landuse.inputs import MARGIN_M, Inputs, located, read_inputs
from landuse.partition import partition
from landuse.people import people_on_cells
from landuse.rules import Rules, read_rules
from landuse.schema import Grade
from landuse.times import Scene, travel_times, under_profiles
from landuse.zoning import classify, dissolve, explain, zone_areas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import geopandas as gpd

    from landuse.config import City
    from landuse.maps import MapData, OwnLayer
    from landuse.maps.notebook import PageMap
    from landuse.schema import Origin
    from landuse.speeds import Speeds
    from landuse.toml import Label
    from landuse.zoning import Explanation

    Say = Callable[[str], None]

__all__ = ["TABLES", "Rules", "Study", "grid_of", "read_rules", "run"]

TABLES = (
    "zone_areas",
    "coverage",
    "worst_towns",
    "regional",
    "rings",
    "indicators",
    "hazards",
    "bundles",
    "equity",
    "profiles",
    "cells",
    "times",
    "faces",
    "facilities",
)
"""Tables of a study, by the attribute that holds each."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """Everything that one run made."""

    inputs: Inputs
    rules: Rules
    claims: gpd.GeoDataFrame
    faces: gpd.GeoDataFrame
    """The partition, classified: see `landuse.zoning.classify`."""
    zone_areas: pd.DataFrame
    grid: Grid
    cells: gpd.GeoDataFrame
    """Index `cell_id`; zone, town, district, people, and costs by service."""
    times: pd.DataFrame
    """Index `cell_id`; seconds on foot, by timetable and by car, as usual and under each
    profile: see `landuse.reach.times_by_mode`."""
    facilities: gpd.GeoDataFrame
    """One row for each facility and service that it offers."""
    cost_methods: Mapping[str, str]
    """Service -> `network`, `surface`, or one of them with `timetable`."""
    way_methods: Mapping[str, str]
    """The same for each mode whose speeds count for some service."""
    street_distances: pd.DataFrame
    """How far cells and facilities lie from streets: see `landuse.snaps.street_distances`."""
    regional: pd.DataFrame
    rings: pd.DataFrame
    coverage: pd.DataFrame
    worst_towns: pd.DataFrame
    indicators: pd.DataFrame
    """Official indicators beside their published values, see `landuse.indicators`."""
    hazards: pd.DataFrame
    """Land and people within each hazard, see `landuse.hazards`."""
    bundles: pd.DataFrame
    """Who reaches all services of a kind, see `landuse.access.bundle_shares`."""
    equity: pd.DataFrame
    """How evenly minutes are spread over people, see `landuse.figures.equity_table`."""
    profiles: pd.DataFrame
    """Coverage under each profile of the city, such as winter, with its band."""
    seconds: Mapping[str, float]
    """Step -> wall seconds."""

    @property
    def city(self) -> City:
        """The municipality and every choice of its study."""
        return self.inputs.city

    @property
    def boundary(self) -> gpd.GeoDataFrame:
        """The municipality, one row."""
        return self.inputs.all("boundary")

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """One shape for each zone."""
        return dissolve(self.faces)

    @property
    def overlap_areas(self) -> pd.DataFrame:
        """How large the land of each claim and of each pair of claims is."""
        return overlap_areas(self.faces)

    @property
    def measured_area_km2(self) -> float:
        """Area of the municipality in the city's system, not scaled to anything."""
        return float(self.boundary.geometry.area.sum()) / 1e6

    @property
    def zone_labels(self) -> dict[str, Label]:
        """Zone -> its name."""
        return {zone.key: zone.label for zone in self.rules.scheme.zones}

    @property
    def district_names(self) -> dict[str, str]:
        """District -> its Japanese name; without districts the city is its own."""
        districts = self.inputs.all("districts")
        if districts.empty:
            return {self.city.key: self.city.label.ja}
        return dict(zip(districts["district"], districts["name_ja"], strict=True))

    @property
    def facility_names(self) -> dict[str, str]:
        """Facility id -> its name."""
        return dict(zip(self.facilities["facility_id"], self.facilities["name"], strict=True))

    def explain(self, mask: int) -> Explanation:
        """Say why land with one set of claims (a face's `mask`) is in its zone."""
        return self.explain_each([mask])[mask]

    def explain_each(self, masks: Iterable[int]) -> dict[int, Explanation]:
        """Explain several sets of claims; where claims come from is looked up once."""
        origins = _origins_of_claims(self.city, self.claims)
        rules = self.rules
        return {
            mask: explain(mask, rules.overlaps, rules.scheme, origins=origins) for mask in masks
        }

    def geocode(self, addresses: Iterable[str | None]) -> gpd.GeoDataFrame:
        """Place addresses of the city at its town points, as `landuse.geocode.geocode` does."""
        return geocode(addresses, towns=self.inputs.all("towns"), city=self.city.label.ja)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every figure that a map or the report shows, as tables by name.

        Those of `landuse.study.TABLES` bear the name of the attribute that holds them.
        """
        return {name: getattr(self, name) for name in TABLES} | {"overlaps": self.overlap_areas}

    def map_data(self, *, public: bool = False) -> MapData:
        """Return what the maps are made of: everything, or what of it may be public."""
        from landuse.cartography import map_data, published  # noqa: PLC0415 - matplotlib, folium

        data = map_data(self)
        return published(data, self.city) if public else data

    def map(self, *, layers: Iterable[OwnLayer] = (), staff: bool = True) -> PageMap:
        """Return a map that shows itself in a notebook.

        Parameters
        ----------
        layers
            Own layers from `landuse.maps.layer`; more can be added with `.add(…)`.
        staff
            With the claims and rules of every face, as the office sees it; otherwise the
            public map.

        Returns
        -------
        landuse.maps.notebook.PageMap
            A folium map. Plain folium layers can be added too, and need the network.
        """
        from landuse.maps import folium_map  # noqa: PLC0415 - folium is heavy

        return folium_map(self.map_data(public=not staff), staff=staff).add(*layers)


def run(city: City, *, say: Say = lambda _: None) -> Study:
    """Make zones, cells, access and coverage of a city.

    Parameters
    ----------
    city
        From `landuse.read_city`.
    say
        Told the name of each step as it begins.

    Raises
    ------
    InputError
        With every fault of the rules and layers; nothing has been written then.
    """
    steps = _Steps(say)
    with steps.of("read", "読み込み reading layers"):
        rules = read_rules(city)
        inputs = read_inputs(city)
    with steps.of("zones", "区分 cutting and deciding zones"):
        zoned = _zones(inputs, rules)
    with steps.of("cells", "メッシュと人口 cells and people"):
        grid = grid_of(inputs)
        cells = _cells(inputs, zoned["faces"], grid, rules.speeds)
        offered = offers(located(inputs), city.services)
    with steps.of("access", "到達時間 travel times"):
        faces = zoned["faces"]
        scene = Scene(inputs=inputs, faces=faces, cells=cells, offered=offered, grid=grid)
        ways = scene.ways(rules.speeds)
        reached = travel_times(scene, ways, speeds=rules.speeds)
    profiles = pd.DataFrame()
    if rules.profiles:
        with steps.of("profiles", "冬など winter and the like"):
            profiles, slowed = under_profiles(
                scene, ways, speeds=rules.speeds, profiles=rules.profiles
            )
            reached["times"] = pd.concat([reached["times"], slowed], axis=1)
    with steps.of("coverage", "カバー率 coverage"):
        judged = figures(inputs, reached["cells"], offered)
    return Study(
        inputs=inputs,
        rules=rules,
        grid=grid,
        facilities=offered,
        profiles=profiles,
        seconds=steps.seconds,
        **(zoned | reached | judged),
    )


def grid_of(inputs: Inputs) -> Grid:
    """Return the raster of a study: the mesh over its boundary and a margin."""
    west, south, east, north = map(float, inputs.all("boundary").total_bounds)
    return Grid.over((west, south, east, north), crs=inputs.city.crs, margin_m=MARGIN_M)


class _Steps:
    """Says which step begins and keeps how long each took."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, key: str, text: str) -> Iterator[None]:
        self.say(text)
        begun = time.perf_counter()
        yield
        self.seconds[key] = time.perf_counter() - begun


def _zones(inputs: Inputs, rules: Rules) -> dict[str, Any]:
    boundary = inputs.all("boundary")
    claims, _ = claim_table(inputs.each("claims"), boundary)
    graded = claims.groupby("claim")["grade"]
    grades = {str(claim): Grade.worst(found) for claim, found in graded}
    faces = partition(boundary, claims)
    faces = classify(faces, rules.overlaps, rules.scheme, grades=grades)
    areas = zone_areas(faces, inputs.maybe("districts"))
    return {"claims": claims, "faces": faces, "zone_areas": areas}


def _cells(inputs: Inputs, faces: gpd.GeoDataFrame, grid: Grid, speeds: Speeds) -> gpd.GeoDataFrame:
    """Return the cells with zone, district, town and people."""
    population = inputs.maybe("population")
    by_cell = [table["cell_id"] for table in inputs.each("population") if "cell_id" in table]
    cells = cells_within(inputs.all("boundary"), grid, also=chain.from_iterable(by_cell))
    at = place_of(cells, faces.assign(face=range(len(faces))), grid, column="face")
    cells = cells.assign(zone=faces["zone"].to_numpy()[at])
    districts = inputs.maybe("districts")
    cells["district"] = (
        inputs.city.key
        if districts is None
        else place_of(cells, districts, grid, column="district")
    )
    towns = inputs.maybe("towns")
    cells["town"] = "" if towns is None else nearest_town(cells, towns, grid)
    if population is None:
        return cells.assign(population=float("nan"), population_65plus=float("nan"))
    land = pd.Series(speeds.land_of(faces["mask"].to_numpy()[at]), index=cells.index)
    return cells.join(people_on_cells(population, cells, grid, land=land))


def _origins_of_claims(city: City, claims: gpd.GeoDataFrame) -> dict[str, list[Origin]]:
    by_layer = {layer.key: layer.origin for layer in city.layers}
    pairs = claims[["claim", "layer"]].drop_duplicates()
    return {
        str(claim): [by_layer[layer] for layer in layers]
        for claim, layers in pairs.groupby("claim")["layer"]
    }
