"""The regional view where lists are short: a hub nobody lists, halls without English names."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from landuse.config import preset, read_services
from landuse.reach import regional_costs
from landuse.speeds import read_speeds

CRS = "EPSG:6681"
HUB = next(service for service in read_services(preset("services.toml")) if service.kind == "hub")
SPEEDS = read_speeds(preset("speeds.toml"))


def halls() -> gpd.GeoDataFrame:
    """Return one hall at the western end of the road."""
    columns = {"code": ["01999"], "name": ["北村"], "population_2020": [38]}
    return gpd.GeoDataFrame(columns, geometry=[shapely.Point(0, 0)], crs=CRS)


def roads() -> gpd.GeoDataFrame:
    line = shapely.LineString([(0, 0), (10_000, 0)])
    return gpd.GeoDataFrame({"kind": ["trunk"]}, geometry=[line], crs=CRS)


def offered(*places: shapely.Point) -> gpd.GeoDataFrame:
    """Return hubs at some places, numbered from 0."""
    ids = [f"hub-{number}" for number in range(len(places))]
    columns = {"facility_id": ids, "name": ids, "service": [HUB.key] * len(ids)}
    return gpd.GeoDataFrame(columns, geometry=list(places), crs=CRS)


def test_a_hub_that_no_list_holds_is_no_data_and_has_no_name() -> None:
    row = regional_costs(halls(), offered(), [HUB], roads(), speeds=SPEEDS).iloc[0]
    assert (row["facility"], row["reason"], row["name_en"]) == ("", "no_facility_data", "")
    assert row[["straight_km", "cost_s", "road_min"]].isna().all()


def test_a_hub_at_the_end_of_the_road_is_named_and_timed() -> None:
    hubs = offered(shapely.Point(10_000, 0))
    row = regional_costs(halls(), hubs, [HUB], roads(), speeds=SPEEDS).iloc[0]
    assert (row["facility"], row["reason"], row["population"]) == ("hub-0", "", 38)
    kmh = SPEEDS.of("drive").road["trunk"].kmh
    assert row["straight_km"] == pytest.approx(10)
    assert row["road_min"] == pytest.approx(10 / kmh * 60)
