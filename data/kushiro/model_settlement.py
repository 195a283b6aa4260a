"""Settlement, modelled: urban centre and clusters, the two DIDs, and the rest of the built-up land.

Rules. *Centre* and *clusters*: the 1 km cells of the Degree of Urbanisation, smoothed, drawn
towards the chome points, cut so that the area of each class is kept; the small towns whose chome
points stand together (阿寒本町, 阿寒湖温泉, 音別本町) are clusters too. *DIDs*: the land of former
Kushiro closest to its chome points, cut to the published areas, split by the list of towns in
`facts/did2_towns.csv`. *Built-up*: the DIDs, then the next closest land until the sewered area and
the port district are covered, the small towns, the airport.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from modelbase import URBAN_TOWN, Base, claim_rows, cut, matching, shape_of
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    import geopandas as gpd
    from fields import Floats, Mask
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "DID_NAMES",
    "LAYER",
    "Settlement",
    "model_settlement",
    "nearness",
    "neighbourhoods",
    "town_weights",
]

LAYER = "claims_settlement"
DID_NAMES = ("人口集中地区Ⅰ(推計)", "人口集中地区Ⅱ(推計)")

CENTRE = 30
CLUSTERS = (13, 21, 22)
"""Rural cluster, suburban, semi-dense cluster: classes of the Degree of Urbanisation, level 2."""

REACH = 0.65
"""A neighbourhood reaches about this share of the way to the next point on every side."""
REACH_M = (150.0, 450.0)
USUAL_SPACING_M = 300.0
THIN = (0.4, 1.0)
"""Chomes are laid out for a like number of households, so a large one is settled thinly."""
TOWN_GAP_M = 700.0
TOWN_CHOMES = 5
"""Chome points no further apart than the gap, five or more, are a small town."""
TOWN_REACH_M = 180.0
MIN_M2 = 60_000.0
DID_MIN_M2 = 100_000.0
SMALL_TOWNS = {"阿寒湖温泉": "阿寒湖温泉", "阿寒町": "阿寒本町", "音別町": "音別本町"}


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """The settlement areas, in metres."""

    claims: gpd.GeoDataFrame
    built_up: BaseGeometry
    centre: BaseGeometry
    dids: tuple[BaseGeometry, BaseGeometry]


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """How close some points are to their neighbourhood (1 at its own point, 0 far off)."""

    closeness: Floats
    nearest: NDArray[np.intp]
    """Row number of the nearest neighbourhood."""
    thin: Floats
    """How thinly a neighbourhood is settled for its size: 1 at the usual size, less if larger."""


def model_settlement(base: Base) -> Settlement:
    """Return all settlement claims of the city."""
    chomes = neighbourhoods(base)
    near = _nearness_on_grid(base, chomes)
    weight = town_weights(base, chomes)[near.nearest]
    dids = _dids(base, chomes, near, weight)
    towns = _small_towns(base, chomes)
    rest = _rest_of_town(base, near, dids)
    airport = shapely.intersection(_airport(base), base.boundary)
    built = {
        DID_NAMES[0]: dids[0],
        DID_NAMES[1]: dids[1],
        "市街地": rest,
        **{name: shapely.difference(area, rest) for name, area in towns.items()},
        "釧路空港": shapely.difference(airport, rest),
    }
    centre = _degurba_area(base, (CENTRE,), near.closeness, taken=None)
    clusters = _degurba_area(base, CLUSTERS, near.closeness, taken=centre)
    clusters = shapely.difference(shapely.union_all([clusters, *towns.values()]), centre)
    claims = [
        claim_rows("settlement_centre", LAYER, {"都市核(密集)": centre}, min_m2=MIN_M2),
        claim_rows("settlement_cluster", LAYER, _named(clusters, towns), min_m2=MIN_M2),
        claim_rows("built_up", LAYER, built, min_m2=MIN_M2 / 3),
    ]
    return Settlement(
        claims=pd.concat(claims, ignore_index=True),
        built_up=shapely.union_all(list(built.values())),
        centre=centre,
        dids=dids,
    )


def neighbourhoods(base: Base) -> gpd.GeoDataFrame:
    """Return the town points that stand for a neighbourhood of a town."""
    return matching(base.towns, URBAN_TOWN).reset_index(drop=True)


def nearness(base: Base, chomes: gpd.GeoDataFrame, points: Floats) -> Nearness:
    """Return how close some points are to a neighbourhood, by the neighbourhood's own spacing.

    Points nearest to a town of a neighbouring municipality are close to nothing: the simplified
    border is up to some hundred metres off, the town points are not.
    """
    own = shapely.get_coordinates(chomes.geometry.to_numpy())
    tree = cKDTree(own)
    spacing = np.asarray(tree.query(own, k=4)[0])[:, 1:].mean(axis=1)
    reach = np.clip(REACH * spacing, *REACH_M)
    distance, nearest = tree.query(points)
    abroad = cKDTree(shapely.get_coordinates(base.foreign.geometry.to_numpy())).query(points)[0]
    close = np.exp(-((distance / reach[nearest]) ** 2))
    return Nearness(
        closeness=np.where(abroad < distance, 0.0, close),
        nearest=np.asarray(nearest, dtype=np.intp),
        thin=np.clip(USUAL_SPACING_M / spacing, *THIN)[nearest],
    )


def _nearness_on_grid(base: Base, chomes: gpd.GeoDataFrame) -> Nearness:
    x, y = base.grid.centres()
    near = nearness(base, chomes, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    shape = base.grid.shape
    return Nearness(
        closeness=base.grid.smooth(near.closeness.reshape(shape), sigma_m=120.0),
        nearest=near.nearest.reshape(shape),
        thin=near.thin.reshape(shape),
    )


def town_weights(base: Base, chomes: gpd.GeoDataFrame) -> Floats:
    """Return how densely people live in each neighbourhood, by its kind (`town_kinds.csv`)."""
    weights = np.ones(len(chomes))
    kinds = base.table("town_kinds")
    for pattern, weight in zip(kinds["pattern"], kinds["weight"].astype(float), strict=True):
        weights[chomes["name"].str.contains(pattern, regex=True).to_numpy()] = weight
    return weights


def _dids(
    base: Base, chomes: gpd.GeoDataFrame, near: Nearness, weight: Floats
) -> tuple[BaseGeometry, BaseGeometry]:
    """Cut the two DIDs out of the closeness field, to their published areas."""
    second = np.zeros(len(chomes), dtype=bool)
    for pattern in base.table("did2_towns")["pattern"]:
        second |= chomes["name"].str.contains(pattern, regex=True).to_numpy()
    field = base.grid.smooth(near.closeness * np.sqrt(weight), sigma_m=150.0)
    city = base.grid.mask([base.district("kushiro")]) & ~_lake_cells(base)
    in_second = second[near.nearest]
    lakes = base.lakes.union_all()
    areas: list[BaseGeometry] = []
    for key, where in (("did2_km2", city & in_second), ("did1_km2", city & ~in_second)):
        taken = shapely.union_all([lakes, *areas])
        areas.append(cut(base, field, where, base.figure(key), min_m2=DID_MIN_M2, taken=taken))
    return areas[1], areas[0]


def _lake_cells(base: Base) -> Mask:
    return base.grid.mask([base.lakes.union_all()])


def _rest_of_town(
    base: Base, near: Nearness, dids: tuple[BaseGeometry, BaseGeometry]
) -> BaseGeometry:
    """Return built-up land of former Kushiro outside the DIDs: suburbs, industry, port."""
    total = base.figure("sewered_km2") + base.figure("port_km2")
    done = shapely.union_all(dids)
    open_to = base.grid.mask([base.district("kushiro")]) & ~base.grid.mask([done])
    field = base.grid.smooth(near.closeness, sigma_m=150.0)
    taken = shapely.union_all([done, base.lakes.union_all()])
    return cut(base, field, open_to, total - done.area / 1e6, min_m2=MIN_M2, taken=taken)


def _small_towns(base: Base, chomes: gpd.GeoDataFrame) -> dict[str, BaseGeometry]:
    """Return the small towns: chome points that stand together in Akan and Onbetsu."""
    areas = {}
    outside = chomes[chomes["district"] != "kushiro"]
    for prefix, name in SMALL_TOWNS.items():
        members = matching(outside, prefix)
        if prefix == "阿寒町":
            members = members[~members["name"].str.contains("阿寒湖温泉")]
        groups = shapely.get_parts(members.buffer(TOWN_GAP_M / 2).union_all())
        kept = [group for group in groups if members.within(group).sum() >= TOWN_CHOMES]
        points = members[members.within(shapely.union_all(kept))]
        area = points.buffer(2.5 * TOWN_REACH_M).union_all().buffer(-1.5 * TOWN_REACH_M)
        areas[name] = shapely.intersection(
            shapely.difference(shapely.simplify(area, 20.0), base.lakes.union_all()),
            base.boundary,
        )
    return areas


def _airport(base: Base) -> BaseGeometry:
    """Return a rounded strip along the runway, with the published area."""
    point = shapely.get_coordinates(shape_of(base.table("places"), "airport").geometry)[0]
    length, area = base.figure("runway_m"), base.figure("airport_km2") * 1e6
    bearing = np.radians(base.figure("runway_bearing_deg"))
    half = np.array([np.sin(bearing), np.cos(bearing)]) * length / 2
    runway = shapely.LineString([point - half, point + half])
    # length * 2r + pi r^2 = area
    radius = (-length + np.sqrt(length**2 + np.pi * area)) / np.pi
    strip: BaseGeometry = runway.buffer(radius)
    return strip.simplify(5.0)


def _degurba_area(
    base: Base, classes: tuple[int, ...], closeness: Floats, *, taken: BaseGeometry | None
) -> BaseGeometry:
    """Return a class of the Degree of Urbanisation with smooth borders and its own area."""
    cells = base.degurba[base.degurba["class_code"].isin(classes)].union_all()
    area_km2 = shapely.intersection(cells, base.boundary).area / 1e6
    share = base.grid.smooth(base.grid.mask([cells]), sigma_m=450.0)
    field = share * (0.5 + closeness)
    free = base.inside if taken is None else base.inside & ~base.grid.mask([taken])
    return cut(base, field, free, area_km2, min_m2=300_000.0, taken=taken)


def _named(area: BaseGeometry, towns: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """Split an area into the polygons that hold a small town and the others."""
    named: dict[str, BaseGeometry] = {}
    parts = shapely.get_parts(area)
    for name, town in towns.items():
        named[name] = shapely.union_all([part for part in parts if part.intersects(town)])
    rest = [p for p in parts if not any(p.intersects(town) for town in towns.values())]
    named["市街地の周辺"] = shapely.union_all(rest)
    return named
