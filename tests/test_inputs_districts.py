"""Districts that were drawn on another boundary still add up to the whole municipality."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from landuse.inputs import _filled

CRS = "EPSG:6681"

# A municipality of 20 x 10 km, an islet in the south; two districts of 9 km each stand in it,
# so that strips of 1 km are left in the west and in the east.
CITY = shapely.MultiPolygon([shapely.box(0, 0, 20_000, 10_000), shapely.box(9_000, -200, 9_100, 0)])
WEST, EAST = shapely.box(1_000, 0, 10_000, 10_000), shapely.box(10_000, 0, 19_000, 10_000)


def boundary() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[CITY], crs=CRS)


def districts(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    names = ["west", "east"][: len(shapes)]
    return gpd.GeoDataFrame({"district": names}, geometry=list(shapes), crs=CRS)


def test_land_in_no_district_goes_to_the_nearest() -> None:
    found, gap_km2 = _filled(districts(WEST, EAST), boundary())
    assert gap_km2 == pytest.approx(10 + 10 + 0.02)
    assert list(found["district"]) == ["west", "east"]
    assert found.area.tolist() == pytest.approx([100e6 + 20_000, 100e6])


def test_districts_that_cover_the_municipality_stay_as_they_are() -> None:
    given = districts(shapely.box(-5, -300, 10_000, 10_000), shapely.box(10_000, 0, 20_000, 10_000))
    found, gap_km2 = _filled(given, boundary())
    assert found is given
    assert gap_km2 == 0.0


def test_gaps_of_rounding_are_left_alone() -> None:
    hair = shapely.box(-5, -300, 9_999.99995, 10_000)
    _, gap_km2 = _filled(districts(hair, shapely.box(10_000, 0, 20_000, 10_000)), boundary())
    assert gap_km2 == 0.0


def test_the_districts_given_are_not_changed() -> None:
    given = districts(WEST, EAST)
    _filled(given, boundary())
    assert given.geometry.tolist() == [WEST, EAST]
