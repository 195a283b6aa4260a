"""The modelled population meets every published total, to the person."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

KUSHIRO = Path(__file__).parents[1] / "data" / "kushiro"
LAYERS = KUSHIRO / "layers"
METRIC = "EPSG:6681"
AKAN, ONBETSU, ELDERLY = 4_365, 1_692, 56_463
"""Estimates for October 2020; `data/kushiro/SOURCES.md` says how they come from figures."""


@pytest.fixture(scope="module")
def cells() -> gpd.GeoDataFrame:
    table = pd.read_parquet(LAYERS / "population.parquet")
    points = gpd.points_from_xy(*centres(table["cell_id"]), crs=4326)
    return gpd.GeoDataFrame(table, geometry=points).to_crs(METRIC)


@pytest.fixture(scope="module")
def figures() -> pd.Series:
    return pd.read_csv(KUSHIRO / "facts" / "figures.csv").set_index("key")["value"].astype(float)


def centres(cell_id: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return longitude and latitude of cell centres, written out digit by digit."""
    digits = cell_id.str.extract(r"(\d\d)(\d\d)(\d)(\d)(\d)(\d)(\d)(\d)").astype(int)
    south = digits[0] / 1.5 + digits[2] / 12 + digits[4] / 120 + digits[6] / 1200
    west = digits[1] + 100 + digits[3] / 8 + digits[5] / 80 + digits[7] / 800
    return west + 0.5 / 800, south + 0.5 / 1200


def inside(cells: gpd.GeoDataFrame, area: shapely.Geometry) -> pd.Series:
    shapely.prepare(area)
    return pd.Series(shapely.contains_properly(area, cells.geometry.to_numpy()), cells.index)


def district(name: str) -> shapely.Geometry:
    table = gpd.read_parquet(LAYERS / "districts.parquet").to_crs(METRIC)
    return table[table["district"] == name].union_all()


def test_a_cell_has_ten_digits_and_stands_once(cells: gpd.GeoDataFrame) -> None:
    assert cells["cell_id"].str.fullmatch(r"\d{10}").all()
    assert cells["cell_id"].is_unique
    assert cells["cell_id"].is_monotonic_increasing


def test_people_are_whole_and_every_listed_cell_has_some(cells: gpd.GeoDataFrame) -> None:
    assert cells["population"].dtype == np.int32
    assert cells["population"].min() >= 1
    assert cells["population_65plus"].min() >= 0
    assert (cells["population_65plus"] <= cells["population"]).all()


def test_the_city_has_its_census_total(cells: gpd.GeoDataFrame, figures: pd.Series) -> None:
    assert cells["population"].sum() == figures["city_people"] == 165_077


@pytest.mark.parametrize(
    ("name", "key"),
    [("人口集中地区Ⅰ(推計)", "did1_people"), ("人口集中地区Ⅱ(推計)", "did2_people")],
)
def test_each_did_has_its_census_total(
    cells: gpd.GeoDataFrame, figures: pd.Series, name: str, key: str
) -> None:
    claims = gpd.read_parquet(LAYERS / "claims_settlement.parquet").to_crs(METRIC)
    did = claims[claims["name"] == name].union_all()
    here = inside(cells, did) & inside(cells, district("kushiro"))
    assert cells.loc[here, "population"].sum() == figures[key]


@pytest.mark.parametrize(("name", "people"), [("akan", AKAN), ("onbetsu", ONBETSU)])
def test_each_former_town_has_its_estimate(cells: gpd.GeoDataFrame, name: str, people: int) -> None:
    assert cells.loc[inside(cells, district(name)), "population"].sum() == people


def test_the_elderly_add_up_to_the_census_estimate(
    cells: gpd.GeoDataFrame, figures: pd.Series
) -> None:
    assert cells["population_65plus"].sum() == ELDERLY
    women = figures["women_65plus"]
    # Women live longer: they are more than half of the old, and fewer than two in three.
    assert women / 0.66 < ELDERLY < women / 0.5


def test_no_one_lives_outside_the_city_or_in_a_lake(cells: gpd.GeoDataFrame) -> None:
    city = gpd.read_parquet(LAYERS / "boundary.parquet").to_crs(METRIC).union_all()
    water = gpd.read_parquet(LAYERS / "claims_water.parquet").to_crs(METRIC).union_all()
    assert inside(cells, city).all()
    # The drawn lakes are rounded; a centre within a metre of the shore may fall either way.
    assert not inside(cells, shapely.buffer(water, -1.0)).any()
