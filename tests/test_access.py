"""Measures of access: values by counting, and the laws they keep."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from landuse.access import nearest_cost, opportunities, straight_line, two_step_fca
from landuse.decay import Binary, Linear, Stepped
from landuse.errors import CrsError, LayerError

MINUTE = 60.0
CRS = "EPSG:6681"

# Three homes on a road, a clinic at each end: a -5- b -5- c minutes, clinics at a and c.
COSTS = pd.DataFrame(
    {
        "from_id": ["a", "b", "c", "a", "b", "c"],
        "to_id": ["west", "west", "west", "east", "east", "east"],
        "cost_s": [0, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE, 5 * MINUTE, 0],
    }
)
HOMES = pd.Index(["a", "b", "c", "d"])
BEDS = pd.Series({"west": 10.0, "east": 30.0})
PEOPLE = pd.Series({"a": 10.0, "b": 10.0, "c": 20.0, "d": 5.0})


def test_the_nearest_cost_of_a_home_beside_a_clinic_is_0_and_out_of_reach_infinite() -> None:
    found = nearest_cost(COSTS, HOMES)
    assert found.tolist() == [0, 5 * MINUTE, 0, math.inf]
    assert found.name == "nearest_cost_s"


def test_a_binary_decay_counts_the_beds_within_its_cutoff() -> None:
    found = opportunities(COSTS, BEDS, HOMES, decay=Binary(cutoff_s=5 * MINUTE))
    assert found.tolist() == [10, 40, 30, 0]
    assert found.name == "opportunities"


def test_a_linear_decay_halves_the_beds_half_way_to_its_cutoff() -> None:
    found = opportunities(COSTS, BEDS, HOMES, decay=Linear(cutoff_s=10 * MINUTE))
    assert found.tolist() == [10, 20, 30, 0]


def test_two_steps_share_each_clinic_among_those_who_reach_it() -> None:
    # West serves a and b: 10 beds / 20 people. East serves b and c: 30 beds / 30 people.
    found = two_step_fca(COSTS, BEDS, PEOPLE, decay=Binary(cutoff_s=5 * MINUTE))
    assert found.to_dict() == {"a": 0.5, "b": 1.5, "c": 1.0, "d": 0.0}
    assert found.name == "two_step_fca"


def test_the_enhanced_method_weighs_both_steps() -> None:
    # East: 30 beds / (20 + half of b's 10 people) = 1.2; b gets half of that and half of West.
    decay = Stepped(limits_s=(2 * MINUTE, 5 * MINUTE), weights=(1.0, 0.5))
    found = two_step_fca(COSTS, BEDS, PEOPLE, decay=decay)
    assert found["c"] == pytest.approx(1.2)
    assert found["b"] == pytest.approx(0.6 + 0.5 * 10 / 15)


def test_a_third_of_a_person_is_not_handed_a_whole_clinic() -> None:
    alone = pd.DataFrame({"from_id": ["a"], "to_id": ["west"], "cost_s": [0.0]})
    found = two_step_fca(alone, BEDS, pd.Series({"a": 2e-311}), decay=Binary(cutoff_s=1.0))
    assert found["a"] == 10, "10 beds for at least one person"
    found = two_step_fca(
        alone, BEDS, pd.Series({"a": 0.5}), decay=Binary(cutoff_s=1.0), least_demand=0.1
    )
    assert found["a"] == 20


def test_blank_costs_and_unknown_facilities_offer_nothing() -> None:
    costs = pd.DataFrame({"from_id": ["a", "a"], "to_id": ["west", "new"], "cost_s": [np.nan, 1.0]})
    decay = Binary(cutoff_s=5 * MINUTE)
    assert opportunities(costs, BEDS, HOMES, decay=decay).eq(0).all()
    assert two_step_fca(costs, BEDS, PEOPLE, decay=decay).eq(0).all()


def test_a_table_without_costs_is_refused() -> None:
    with pytest.raises(LayerError, match="column cost_s: is missing"):
        nearest_cost(COSTS.drop(columns="cost_s"), HOMES)


@st.composite
def markets(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    homes, clinics = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    pairs = [(f"h{home}", f"k{clinic}") for home in range(homes) for clinic in range(clinics)]
    size = len(pairs)
    cost = draw(st.lists(st.floats(0.0, 30 * MINUTE), min_size=size, max_size=size))
    table = pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(cost_s=cost)
    supply = draw(st.lists(st.floats(0.0, 500.0), min_size=clinics, max_size=clinics))
    demand = draw(st.lists(st.floats(1.0, 500.0), min_size=homes, max_size=homes))
    return (
        table,
        pd.Series(supply, index=[f"k{n}" for n in range(clinics)]),
        pd.Series(demand, index=[f"h{n}" for n in range(homes)]),
    )


@given(markets(), st.sampled_from([Binary(cutoff_s=600.0), Linear(cutoff_s=900.0)]))
def test_two_steps_hand_out_exactly_the_supply_that_anybody_reaches(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], decay: Binary | Linear
) -> None:
    costs, supply, demand = market
    weight = decay(costs["cost_s"])
    in_reach = (weight * costs["from_id"].map(demand)).groupby(costs["to_id"]).sum()
    assume((in_reach[in_reach > 0] > 1e-6).all())
    before = costs.copy(), supply.copy(), demand.copy()
    handed = two_step_fca(costs, supply, demand, decay=decay, least_demand=1e-9)
    served = supply[in_reach.index[in_reach > 0]].sum()
    assert (handed * demand).sum() == pytest.approx(served, rel=1e-9, abs=1e-9)
    floored = two_step_fca(costs, supply, demand, decay=decay)
    assert (floored <= handed * (1 + 1e-12)).all(), "a floor never hands out more"
    for kept, given_one in zip(before, (costs, supply, demand), strict=True):
        assert kept.equals(given_one)


@given(markets(), st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_a_wider_cutoff_never_loses_opportunities(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], one_s: float, other_s: float
) -> None:
    costs, supply, demand = market
    near, far = sorted((one_s, other_s))
    narrow = opportunities(costs, supply, demand.index, decay=Binary(cutoff_s=near))
    wide = opportunities(costs, supply, demand.index, decay=Binary(cutoff_s=far))
    assert (narrow <= wide + 1e-9).all()
    assert narrow.index.equals(demand.index)


def points(*at: tuple[float, float] | None, ids: list[str]) -> gpd.GeoSeries:
    shapes = [None if place is None else shapely.Point(place) for place in at]
    return gpd.GeoSeries(shapes, index=ids, crs=CRS)


def test_the_straight_line_is_pythagoras_from_the_centre_of_a_cell() -> None:
    cell = gpd.GeoSeries([shapely.box(-1, -1, 1, 1), None], index=["cell", "lost"], crs=CRS)
    places = points((3, 4), (30, 40), None, ids=["near", "far", "unknown"])
    found = straight_line(cell, places)
    assert found.loc["cell", "distance_m"] == 5
    assert found["to_id"].tolist() == ["near", ""]
    assert found["reason"].tolist() == ["", "outside_data"]


def test_without_a_known_place_there_is_no_distance_and_no_zero() -> None:
    found = straight_line(points((0, 0), ids=["a"]), points(None, ids=["x"]))
    assert found["distance_m"].isna().all()
    assert found["reason"].tolist() == ["no_facility_data"]


def test_straight_lines_in_degrees_are_refused() -> None:
    lonlat = points((144.0, 43.0), ids=["a"]).set_crs("EPSG:4326", allow_override=True)
    with pytest.raises(CrsError, match="degrees"):
        straight_line(lonlat, lonlat)
