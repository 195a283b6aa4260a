"""What every modelled layer starts from: the base layers in metres, one grid, published figures."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fields import Floats, Grid, Mask, level_for_area, polygonal, polygons_above, tidy
from layerfile import METRIC, read, rounded, write
from shapely import affinity

if TYPE_CHECKING:
    from packages import Packages
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "FACTS",
    "URBAN_TOWN",
    "Base",
    "claim_rows",
    "cut",
    "land_of_hamlets",
    "matching",
    "read_base",
    "save_claims",
    "shape_of",
]

URBAN_TOWN = r"丁目$|町$"
"""Neighbourhoods are chome or one-word 町; hamlets and sections (線, 原野) are neither."""

FACTS = Path(__file__).resolve().parent / "facts"
"""Published figures, places and names: the fact tables, each row with its source or reason."""

NEIGHBOURS = ("01661", "01667", "01668")
"""釧路町, 鶴居村, 白糠町: the neighbours whose settlements come near the border."""

GRADE = "modelled"
AIMS = 12
SNAP_M = 0.1


@dataclass(frozen=True, kw_only=True)
class Base:
    """The base layers in metres and the published facts."""

    boundary: BaseGeometry
    shore: BaseGeometry
    """Where the city meets the sea, as lines."""
    districts: gpd.GeoDataFrame
    towns: gpd.GeoDataFrame
    foreign: gpd.GeoDataFrame
    """Town points of the neighbouring municipalities: land nearest to one is not the city's."""
    degurba: gpd.GeoDataFrame
    landcover: gpd.GeoDataFrame
    lakes: gpd.GeoDataFrame
    """Lakes by `name_ja`: those of the base layer, and small ones as ellipses."""
    grid: Grid
    inside: Mask
    """The cells of the grid whose centre lies in the city."""
    facts: Path

    def figure(self, key: str) -> float:
        """Return one published figure by its key."""
        figures = self.table("figures").set_index("key")["value"].astype(float)
        return float(figures[key])

    def table(self, name: str) -> pd.DataFrame:
        """Return one fact table of the folder."""
        return pd.read_csv(self.facts / f"{name}.csv")

    def district(self, key: str) -> BaseGeometry:
        """Return the polygon of a former municipality."""
        found: BaseGeometry = self.districts.loc[self.districts["district"] == key].union_all()
        return found

    def cells(self, area_km2: float) -> float:
        """Return how many cells of the grid make an area."""
        return area_km2 * 1e6 / self.grid.step_m**2


def read_base(layers: Path, packages: Packages, facts: Path = FACTS) -> Base:
    """Read the base layers and set up the grid around the city."""
    metric = {
        name: read(layers, name).to_crs(METRIC)
        for name in ("boundary", "districts", "towns", "degurba", "landcover", "lakes", "coast")
    }
    boundary = polygonal(metric.pop("boundary").union_all())
    land = metric.pop("coast").union_all()
    metric["lakes"] = _with_small_lakes(metric["lakes"], pd.read_csv(facts / "places.csv"))
    grid = Grid.around(boundary)
    shore = shapely.intersection(shapely.boundary(land), shapely.buffer(boundary, 50.0))
    return Base(
        boundary=boundary,
        shore=shore,
        foreign=_foreign_towns(packages),
        grid=grid,
        inside=grid.mask([boundary]),
        facts=facts,
        **metric,
    )


def _foreign_towns(packages: Packages) -> gpd.GeoDataFrame:
    raw = io.BytesIO(packages.read("jp_prefecture", "jp_prefecture/data/towns.csv"))
    table = pd.read_csv(raw, dtype=str)
    table = table[table["cityCode"].isin(NEIGHBOURS)]
    points = gpd.points_from_xy(table["longitude"].astype(float), table["latitude"].astype(float))
    return gpd.GeoDataFrame({"name": table["town"].to_numpy()}, geometry=points, crs=4326).to_crs(
        METRIC
    )


def _with_small_lakes(lakes: gpd.GeoDataFrame, places: pd.DataFrame) -> gpd.GeoDataFrame:
    """Add the lakes that only a place and an area is known of, as ellipses of that area."""
    small = shape_of(places, "lake")
    small = small[~small.intersects(shapely.buffer(lakes.union_all(), 500.0))]
    ellipses = [
        _ellipse(point, area * 1e6, ratio, bearing)
        for point, area, ratio, bearing in zip(
            map(shapely.Point, shapely.get_coordinates(small.geometry)),
            small["value"],
            small["axis_ratio"],
            small["bearing_deg"],
            strict=True,
        )
    ]
    added = gpd.GeoDataFrame({"name_ja": small["name"].to_numpy()}, geometry=ellipses, crs=METRIC)
    return pd.concat([lakes[["name_ja", "geometry"]], added], ignore_index=True)


def _ellipse(
    centre: shapely.Point, area_m2: float, ratio: float, bearing_deg: float
) -> BaseGeometry:
    """Return an ellipse by area, ratio of its axes and bearing of the longer one."""
    short = np.sqrt(area_m2 / np.pi / ratio)
    # Bearings turn clockwise from the north, `rotate` anticlockwise from the east.
    upright = affinity.scale(shapely.buffer(centre, 1.0, quad_segs=12), short, short * ratio)
    return affinity.rotate(upright, -bearing_deg, origin=centre)


def cut(
    base: Base,
    field: Floats,
    where: Mask,
    area_km2: float,
    *,
    min_m2: float,
    taken: BaseGeometry | None = None,
) -> BaseGeometry:
    """Return the part of a place with the highest field, of a given area.

    The contour, its tidying, the coast and what is already taken change the area a little, so the
    level is aimed again until the area is met.
    """
    inner = np.where(where, field, min(float(field.min()), 0.0))
    wanted = area_km2
    best: BaseGeometry = shapely.Polygon()
    for step in range(AIMS):
        level = level_for_area(inner, where, cells=base.cells(wanted))
        area = tidy(polygons_above(base.grid, inner, level), base.boundary, min_m2=min_m2)
        if taken is not None:
            area = polygonal(shapely.difference(area, taken), min_m2=min_m2)
        missing = area_km2 - area.area / 1e6
        if abs(missing) < abs(area_km2 - best.area / 1e6):
            best = area
        # Ever smaller steps: a speck that comes and goes must not set the aim swinging.
        wanted += missing / (1 + step / 2)
    return best


def matching(towns: gpd.GeoDataFrame, pattern: str) -> gpd.GeoDataFrame:
    """Return the towns whose name a regular expression finds."""
    return towns[towns["name"].str.contains(pattern, regex=True)]


def land_of_hamlets(base: Base, kinds: tuple[str, ...]) -> Mask:
    """Return the cells of former Kushiro nearest to hamlets of some kinds (`rural_names.csv`)."""
    names = base.table("rural_names")
    pattern = "|".join(names.loc[names["kind"].isin(kinds), "pattern"])
    rural = base.towns[base.towns["district"] == "kushiro"]
    rural = rural[~rural["name"].str.contains(URBAN_TOWN, regex=True)]
    chosen = rural["name"].str.contains(pattern, regex=True)
    nearest = base.grid.distance_m(rural.geometry[chosen])
    return nearest < base.grid.distance_m(rural.geometry[~chosen])


def claim_rows(
    claim: str, layer: str, parts: dict[str, BaseGeometry], *, min_m2: float = 10_000.0
) -> gpd.GeoDataFrame:
    """Return one row for each polygon of some named areas (metres), largest first."""
    rows = [
        {"claim": claim, "name": name, "layer": layer, "grade": GRADE, "geometry": polygon}
        for name, area in parts.items()
        for polygon in shapely.get_parts(_snapped(area, min_m2=min_m2))
    ]
    table = gpd.GeoDataFrame(
        rows, columns=["claim", "name", "layer", "grade", "geometry"], crs=METRIC
    )
    order = table.area.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _snapped(area: BaseGeometry, *, min_m2: float) -> BaseGeometry:
    """Snap to decimetres and open by a metre: needles between two borders go."""
    snapped = shapely.set_precision(polygonal(area), SNAP_M)
    opened = shapely.buffer(
        shapely.buffer(snapped, -1.0, join_style="mitre"), 1.0, join_style="mitre"
    )
    return polygonal(shapely.intersection(opened, snapped), min_m2=min_m2)


def save_claims(tables: list[gpd.GeoDataFrame], path: Path) -> gpd.GeoDataFrame:
    """Write claims in degrees, rounded and valid, and return them."""
    claims = rounded(pd.concat(tables, ignore_index=True))
    claims = claims[~claims.is_empty & claims.geom_type.isin(["Polygon", "MultiPolygon"])]
    write(claims, path)
    return claims.reset_index(drop=True)


def shape_of(places: pd.DataFrame, kind: str) -> gpd.GeoDataFrame:
    """Return the places of one kind as points in metres."""
    found = places[places["kind"] == kind]
    points = gpd.points_from_xy(found["lon"], found["lat"])
    return gpd.GeoDataFrame(found, geometry=points, crs=4326).to_crs(METRIC)
