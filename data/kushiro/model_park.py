"""National parks, modelled from the published shape of the Akan caldera and from the marsh.

Rules. *阿寒摩周国立公園*: the park holds the Akan caldera and its volcanoes; in the city that is
the land within half the short axis (13 km) of Lake Akan, its sister lakes and the summits.
Its ordinary area is the share published for the whole park, the land furthest from them.
*釧路湿原国立公園*: the marsh of the hamlets that lie wholly in it, some way off the town; all of it
special, as the wet heart of the park is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from fields import polygons_above, tidy
from modelbase import Base, claim_rows, cut, land_of_hamlets, shape_of

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["LAYER", "model_park"]

LAYER = "claims_park"
AKAN = "阿寒摩周国立公園"
MARSH = "釧路湿原国立公園"

MARSH_PARK_OFF_TOWN_M = 500.0
"""The park keeps off the built-up land by about this much."""
MIN_M2 = 500_000.0
BELT_MIN_M2 = 8_000_000.0
"""The ordinary area is one belt; corners cut off by the municipal border are not it."""


def model_park(base: Base, marsh: BaseGeometry, built_up: BaseGeometry) -> gpd.GeoDataFrame:
    """Return the claims of both national parks."""
    akan = _akan_park(base)
    ordinary = _akan_ordinary(base, akan)
    wet = _marsh_park(base, marsh, built_up)
    tables = [
        claim_rows(
            "park_special",
            LAYER,
            {AKAN: shapely.difference(akan, ordinary), MARSH: wet},
            min_m2=MIN_M2,
        ),
        claim_rows("park_ordinary", LAYER, {AKAN: ordinary}, min_m2=MIN_M2),
    ]
    return pd.concat(tables, ignore_index=True)


def _landmarks(base: Base) -> list[BaseGeometry]:
    summits = shape_of(base.table("places"), "summit").geometry
    lakes = base.lakes[base.lakes.intersects(base.district("akan"))].geometry
    return [*summits, *lakes]


def _akan_park(base: Base) -> BaseGeometry:
    radius = base.figure("caldera_short_km") * 1000 / 2
    around = shapely.union_all(shapely.buffer(_landmarks(base), radius, quad_segs=16))
    # Closing fills the notches between the discs: a park border does not follow circles.
    closed = shapely.buffer(shapely.buffer(around, radius / 2), -radius / 2)
    reach = shapely.intersection(closed, base.boundary)
    return tidy(reach, base.boundary, min_m2=MIN_M2)


def _akan_ordinary(base: Base, park: BaseGeometry) -> BaseGeometry:
    """Return the published share of the park that is furthest from lakes, summits and roads."""
    share = base.figure("akan_park_ordinary_ha") / base.figure("akan_park_ha")
    far = base.grid.smooth(base.grid.distance_m(_landmarks(base)), sigma_m=500.0)
    where = base.grid.mask([park])
    return cut(base, far, where, share * park.area / 1e6, min_m2=BELT_MIN_M2)


def _marsh_park(base: Base, marsh: BaseGeometry, built_up: BaseGeometry) -> BaseGeometry:
    """Return the marsh of the hamlets that lie wholly in it, some way off the town."""
    town = shapely.union_all([p for p in shapely.get_parts(built_up) if p.area > 10e6])
    off_town = base.grid.distance_m([town]) > MARSH_PARK_OFF_TOWN_M
    inner = land_of_hamlets(base, ("marsh_core",)) & base.grid.mask([marsh]) & off_town
    share = base.grid.smooth(inner, sigma_m=200.0)
    # Outside the city the share counts as inside, or the park would shrink from the border.
    share = np.where(base.inside, share, 0.5)
    area = tidy(polygons_above(base.grid, share, 0.5), base.boundary, min_m2=MIN_M2)
    parts: list[BaseGeometry] = list(shapely.get_parts(area))
    return max(parts, key=lambda part: part.area)
