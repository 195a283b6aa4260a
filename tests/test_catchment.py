"""Floating and limited catchments: values by counting, and the laws they keep."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from landuse.access import (
    CostMatrix,
    balanced_fca,
    compact,
    limited_catchments,
    raam,
    served_share,
    spatial_availability,
    three_step_fca,
    two_step_fca,
)
from landuse.decay import Binary, Decay, Exponential, Linear, Stepped
from landuse.errors import LayerError

MINUTE = 60.0

# Three homes on a road, a clinic at each end: a -5- b -5- c minutes, clinics at a and c.
COSTS = pd.DataFrame(
    {
        "from_id": ["a", "b", "c", "a", "b", "c"],
        "to_id": ["west", "west", "west", "east", "east", "east"],
        "cost_s": [0, 5 * MINUTE, 10 * MINUTE, 10 * MINUTE, 5 * MINUTE, 0],
    }
)
BEDS = pd.Series({"west": 10.0, "east": 30.0})
PEOPLE = pd.Series({"a": 10.0, "b": 10.0, "c": 20.0, "d": 5.0})
WITHIN_5 = Binary(cutoff_s=5 * MINUTE)


@st.composite
def markets(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    homes, clinics = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    pairs = [(f"h{home}", f"k{clinic}") for home in range(homes) for clinic in range(clinics)]
    size = len(pairs)
    # Few different costs, so that ties are common.
    cost = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    table = pd.DataFrame(pairs, columns=["from_id", "to_id"]).assign(cost_s=np.array(cost) * 120.0)
    supply = draw(st.lists(st.integers(0, 60), min_size=clinics, max_size=clinics))
    demand = draw(st.lists(st.integers(1, 50), min_size=homes, max_size=homes))
    return (
        table,
        pd.Series(supply, index=[f"k{n}" for n in range(clinics)], dtype=float),
        pd.Series(demand, index=[f"h{n}" for n in range(homes)], dtype=float),
    )


def test_who_has_two_clinics_at_hand_goes_half_to_each() -> None:
    # b is torn: half of its 10 people go each way, and half of each ratio comes back.
    # West: 10 beds / (10 + 5); east: 30 beds / (20 + 5).
    found = three_step_fca(COSTS, BEDS, PEOPLE, decay=WITHIN_5)
    assert found["a"] == pytest.approx(10 / 15)
    assert found["c"] == pytest.approx(30 / 25)
    assert found["b"] == pytest.approx((10 / 15 + 30 / 25) / 2)
    assert found["d"] == 0
    assert found.name == "three_step_fca"


def test_the_three_step_weight_is_its_square_over_the_sum_of_its_origin() -> None:
    # a: weights 1 and 0.5, so 2/3 and 1/6; c alike turned round; b: 0.8 twice, so 0.4 twice.
    decay = Stepped(limits_s=(0.1, 5 * MINUTE, 10 * MINUTE), weights=(1.0, 0.8, 0.5))
    found = three_step_fca(COSTS, BEDS, PEOPLE, decay=decay)
    west = 10 / (10 * 2 / 3 + 10 * 0.4 + 20 / 6)
    east = 30 / (10 / 6 + 10 * 0.4 + 20 * 2 / 3)
    assert found["a"] == pytest.approx(west * 2 / 3 + east / 6)
    assert found["b"] == pytest.approx((west + east) * 0.4)


def test_balanced_levels_of_service_come_back_whole() -> None:
    # West serves a and half of b, 10 / 15; a and b claim it alike. East: 30 / 25, b and c.
    found = balanced_fca(COSTS, BEDS, PEOPLE, decay=WITHIN_5)
    assert found["a"] == pytest.approx(10 / 15 / 2)
    assert found["b"] == pytest.approx((10 / 15 + 30 / 25) / 2)
    assert found["c"] == pytest.approx(30 / 25 / 2)
    assert found["d"] == 0
    assert found.sum() == pytest.approx(10 / 15 + 30 / 25)
    assert found.name == "balanced_fca"


def test_spatial_availability_shares_each_clinic_out_by_people_times_weight() -> None:
    # West: a and b have 10 people each, 5 beds each. East: b and c as 10 to 20.
    found = spatial_availability(COSTS, BEDS, PEOPLE, decay=WITHIN_5)
    assert found.to_dict() == pytest.approx({"a": 5, "b": 15, "c": 20, "d": 0})
    assert found.name == "spatial_availability"


def test_the_example_of_soukhov_and_others_comes_out_as_its_arithmetic_says() -> None:
    # Three centres with 50, 150 and 10 thousand people, 100, 100 and 10 thousand jobs; 15
    # minutes inside a centre, 30 between the first two, 100 to the third; exp(-0.1 t).
    minutes = np.array([[15, 30, 100], [30, 15, 100], [100, 100, 15]], dtype=float)
    people, jobs = np.array([5e4, 15e4, 1e4]), np.array([1e5, 1e5, 1e4])
    matrix = CostMatrix(
        cost=minutes * MINUTE, origins=pd.Index(list("ABC")), destinations=pd.Index([1, 2, 3])
    )
    decay = Exponential(scale_s=10 * MINUTE, cutoff_s=1000 * MINUTE)
    found = spatial_availability(
        matrix,
        pd.Series(jobs, matrix.destinations),
        pd.Series(people, matrix.origins),
        decay=decay,
    )
    first, near, far = math.exp(-1.5), math.exp(-3), math.exp(-10)
    at_1 = 5e4 * first + 15e4 * near + 1e4 * far
    at_2 = 5e4 * near + 15e4 * first + 1e4 * far
    at_3 = 5e4 * far + 15e4 * far + 1e4 * first
    assert found["A"] == pytest.approx(
        5e4 * (1e5 * first / at_1 + 1e5 * near / at_2 + 1e4 * far / at_3)
    )
    assert found.sum() == pytest.approx(210_000)


def test_an_exponent_below_1_favours_the_small_place() -> None:
    even = spatial_availability(COSTS, BEDS, PEOPLE, decay=WITHIN_5)
    root = spatial_availability(COSTS, BEDS, PEOPLE, decay=WITHIN_5, demand_exponent=0.5)
    # East: b and c as sqrt(10) to sqrt(20).
    assert root["c"] == pytest.approx(30 * math.sqrt(20) / (math.sqrt(10) + math.sqrt(20)))
    assert root["b"] > even["b"]


@given(markets(), st.sampled_from([WITHIN_5, Linear(cutoff_s=900.0)]))
def test_availability_over_people_is_the_two_step_ratio(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], decay: Decay
) -> None:
    costs, supply, demand = market
    per_head = spatial_availability(costs, supply, demand, decay=decay) / demand
    two = two_step_fca(costs, supply, demand, decay=decay)
    np.testing.assert_allclose(per_head, two, rtol=1e-12, atol=1e-15)


@given(markets())
def test_three_steps_hand_out_the_supply_in_reach_and_balance_keeps_the_levels(
    market: tuple[pd.DataFrame, pd.Series, pd.Series],
) -> None:
    costs, supply, demand = market
    reached = costs.loc[costs["cost_s"] <= 300, "to_id"].unique()
    handed = three_step_fca(costs, supply, demand, decay=WITHIN_5, least_demand=1e-9)
    assert (handed * demand).sum() == pytest.approx(supply[reached].sum())
    matrix = compact(costs, demand.index, supply.index)
    for three in (three_step_fca, balanced_fca):
        one, other = (three(form, supply, demand, decay=WITHIN_5) for form in (costs, matrix))
        pd.testing.assert_series_equal(one, other, rtol=1e-12)
    within = costs[costs["cost_s"] <= 300]
    share = within.groupby("from_id")["to_id"].transform("size")
    people = within["from_id"].map(demand).astype(float) / share
    served = people.groupby(within["to_id"]).sum().clip(lower=1.0)
    levels = (supply / served).dropna().sum()
    assert balanced_fca(costs, supply, demand, decay=WITHIN_5).sum() == pytest.approx(levels)


def test_floors_and_exponents_above_zero_are_asked_for() -> None:
    for measure in (two_step_fca, three_step_fca, balanced_fca, spatial_availability):
        with pytest.raises(LayerError, match="least_demand: is 0"):
            measure(COSTS, BEDS, PEOPLE, decay=WITHIN_5, least_demand=0)
    with pytest.raises(LayerError, match="demand_exponent: is -1"):
        spatial_availability(COSTS, BEDS, PEOPLE, decay=WITHIN_5, demand_exponent=-1)


def test_the_nearest_fill_a_small_clinic_and_the_rest_go_on() -> None:
    # West has 10 places: a's ten are at the door. b's ten find room in east, where c's twenty
    # live. d reaches nothing.
    placed = limited_catchments(COSTS, BEDS, PEOPLE, cutoff_s=600)
    assert placed.to_numpy().tolist() == [
        ["a", "west", 10, 0],
        ["c", "east", 20, 0],
        ["b", "east", 10, 300],
    ]
    share = served_share(COSTS, BEDS, PEOPLE, cutoff_s=600)
    assert share.to_dict() == {"a": 1, "b": 1, "c": 1, "d": 0}
    assert share.name == "served_share"


def test_the_last_room_is_shared_by_those_who_live_equally_far() -> None:
    # 9 places; x is nearer and takes 3; y and z ask alike for 4 and 8 of the last 6: 2 and 4.
    costs = pd.DataFrame({"from_id": ["z", "x", "y"], "to_id": "k", "cost_s": [60.0, 30.0, 60.0]})
    people = pd.Series({"x": 3.0, "y": 4.0, "z": 8.0})
    share = served_share(costs, pd.Series({"k": 9.0}), people, cutoff_s=600)
    assert share.to_dict() == {"x": 1, "y": 0.5, "z": 0.5}


def test_clinics_in_a_given_order_fill_one_after_the_other() -> None:
    # East first takes c's 20 and then b's 10; west takes a's 10. West first takes a's ten too,
    # but with 15 beds it would take half of b's people from east.
    placed = limited_catchments(COSTS, BEDS, PEOPLE, cutoff_s=600, order=["east", "west"])
    assert placed["people"].tolist() == [20, 10, 10]
    assert placed["to_id"].tolist() == ["east", "east", "west"]
    more = limited_catchments(
        COSTS, pd.Series({"west": 15.0, "east": 30.0}), PEOPLE, cutoff_s=600, order=["west", "east"]
    )
    assert more.to_numpy().tolist() == [
        ["a", "west", 10, 0],
        ["b", "west", 5, 300],
        ["c", "east", 20, 0],
        ["b", "east", 5, 300],
    ]
    only = limited_catchments(COSTS, BEDS, PEOPLE, cutoff_s=600, order=["east"])
    assert set(only["to_id"]) == {"east"}
    with pytest.raises(LayerError, match="'north' is no destination"):
        limited_catchments(COSTS, BEDS, PEOPLE, cutoff_s=600, order=["north"])


def test_nobody_goes_beyond_the_cutoff_and_blank_origins_stay_blank() -> None:
    costs = COSTS.assign(reason="")
    costs.loc[costs["from_id"] == "b", ["cost_s", "reason"]] = [np.nan, "off_network"]
    share = served_share(costs, BEDS, PEOPLE, cutoff_s=60)
    assert share.fillna(-1).to_dict() == {"a": 1, "b": -1, "c": 1, "d": 0}
    nobody = served_share(COSTS, BEDS, PEOPLE * 0, cutoff_s=60)
    assert nobody.isna().all(), "no people, no share"
    assert limited_catchments(COSTS, BEDS, PEOPLE * 0, cutoff_s=60).empty


@given(markets(), st.sampled_from([600.0, math.inf]))
def test_nobody_is_turned_away_for_somebody_who_lives_farther(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], cutoff_s: float
) -> None:
    costs, capacity, demand = market
    placed = limited_catchments(costs, capacity, demand, cutoff_s=cutoff_s)
    by_home = placed.groupby("from_id")["people"].sum().reindex(demand.index).fillna(0)
    by_clinic = placed.groupby("to_id")["people"].sum().reindex(capacity.index).fillna(0)
    assert (by_home <= demand + 1e-9).all()
    assert (by_clinic <= capacity + 1e-9).all()
    assert (placed["cost_s"] <= cutoff_s).all()
    for _, home, clinic, cost_s in costs.itertuples():
        if cost_s > cutoff_s:
            continue
        here = placed[placed["from_id"] == home]
        waits = by_home[home] < demand[home] - 1e-6 or (here["cost_s"] > cost_s).any()
        there = placed[placed["to_id"] == clinic]
        room = by_clinic[clinic] < capacity[clinic] - 1e-6 or (there["cost_s"] > cost_s).any()
        assert not (waits and room), "both would rather have each other"


@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_homes_and_rows_does_not_matter(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], dice: object
) -> None:
    costs, capacity, demand = market
    turned = costs.sample(frac=1, random_state=dice.randrange(1000))  # type: ignore[attr-defined]
    other = demand.sample(frac=1, random_state=dice.randrange(1000))  # type: ignore[attr-defined]
    one = served_share(costs, capacity, demand, cutoff_s=900)
    two = served_share(turned, capacity, other, cutoff_s=900).reindex(demand.index)
    np.testing.assert_allclose(one, two, rtol=1e-12)


def test_bands_of_cost_hide_nothing_in_a_crowded_town() -> None:
    rng = np.random.default_rng(3)
    ids, places = pd.RangeIndex(9_000), pd.RangeIndex(12)
    matrix = CostMatrix(
        cost=rng.uniform(0, 3000, (9_000, 12)).astype(np.float32), origins=ids, destinations=places
    )
    people, room = pd.Series(1.0, ids), pd.Series(500.0, places)
    placed = limited_catchments(matrix, room, people, cutoff_s=2000)
    # One after the other by hand: the cheapest pair of all, then the next.
    free, left = np.ones(9_000), np.full(12, 500.0)
    total = 0.0
    for pair in np.argsort(matrix.cost, axis=None, kind="stable"):
        home, clinic = divmod(int(pair), 12)
        if free[home] and left[clinic] and matrix.cost[home, clinic] <= 2000:
            free[home], left[clinic] = 0, left[clinic] - 1
            total += float(matrix.cost[home, clinic])
    assert (placed["people"] * placed["cost_s"]).sum() == pytest.approx(total)
    assert placed["people"].sum() == 9_000 - free.sum()


def test_whoever_has_the_choice_evens_out_the_crowds() -> None:
    # a's 10 people stay at west and c's 20 at east, 20 beds each, a person a bed. b's 10 all go
    # west: then both clinics are full, and b pays 5 minutes of tau's 60 on top.
    beds = pd.Series({"west": 20.0, "east": 20.0})
    found = raam(COSTS, beds, PEOPLE.drop("d"), tau_s=3600, people_per_supply=1, tolerance=1e-9)
    assert found.to_dict() == pytest.approx({"a": 1, "b": 1 + 1 / 12, "c": 1})
    assert found.name == "raam"


def test_a_crowd_is_worth_a_way() -> None:
    # One home of 30, clinics of 10 beds 0 and 6 minutes away, 1 person a bed, tau 60 minutes:
    # x / 10 = (30 - x) / 10 + 0.1, so x = 15.5 and everybody pays 1.55.
    costs = pd.DataFrame({"from_id": "h", "to_id": ["near", "far"], "cost_s": [0.0, 360.0]})
    beds, people = pd.Series({"near": 10.0, "far": 10.0}), pd.Series({"h": 30.0})
    found = raam(costs, beds, people, tau_s=3600, people_per_supply=1.0, tolerance=1e-9)
    assert found["h"] == pytest.approx(1.55)
    # By default beds are meant for the mean of all, 1.5 people each: x / 15 = 2 - x / 15 + 0.1.
    assert raam(costs, beds, people, tau_s=3600)["h"] == pytest.approx(1.05, abs=1e-5)


@given(markets())
def test_nobody_gains_by_going_elsewhere(
    market: tuple[pd.DataFrame, pd.Series, pd.Series],
) -> None:
    costs, supply, demand = market
    found = raam(costs, supply, demand, tau_s=600, people_per_supply=1.0)
    if supply.sum() == 0:
        assert found.eq(math.inf).all()
        return
    assert found.index.equals(demand.index)
    # Where crowds are level there is nothing to gain: what all pay is at least the sum of the
    # ways and the least crowd, and at most what a single clinic for all would ask.
    least = (costs["cost_s"] / 600).groupby(costs["from_id"]).min()[demand.index]
    crowd = demand.sum() / supply[supply > 0].min()
    farthest = costs["cost_s"].max() / 600
    assert (found >= least - 1e-6).all()
    assert (found <= farthest + crowd + 1e-6).all()
    level = demand.sum() / supply.sum()
    assert (found * demand).sum() >= (level - 1e-5) * demand.sum()


@pytest.mark.parametrize("seed", range(4))
def test_crowds_in_balance_are_those_that_a_general_solver_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ways, people = rng.uniform(0, 2, (4, 3)), rng.uniform(1, 9, 4)
    serves = rng.uniform(1, 9, 3)

    def potential(placed: np.ndarray) -> float:
        load = placed.reshape(4, 3).sum(axis=0)
        return float((placed.reshape(4, 3) * ways).sum() + (load**2 / serves).sum() / 2)

    everybody = LinearConstraint(np.kron(np.eye(4), np.ones(3)), people, people)
    start = np.repeat(people / 3, 3)
    done = minimize(
        potential, start, bounds=[(0, None)] * 12, constraints=[everybody], options={"ftol": 1e-14}
    )
    load = done.x.reshape(4, 3).sum(axis=0)
    matrix = CostMatrix(cost=ways * 600, origins=pd.RangeIndex(4), destinations=pd.RangeIndex(3))
    found = raam(
        matrix, pd.Series(serves), pd.Series(people), tau_s=600, people_per_supply=1, tolerance=1e-9
    )
    np.testing.assert_allclose(found, (ways + load / serves).min(axis=1), rtol=1e-4)


def test_rational_agents_who_reach_nothing_pay_without_end() -> None:
    found = raam(COSTS, BEDS, PEOPLE, tau_s=3600)
    assert found["d"] == math.inf
    nobody = raam(COSTS, BEDS, PEOPLE * 0, tau_s=600)
    assert nobody.to_dict() == {"a": 0, "b": 0.5, "c": 0, "d": math.inf}, "only the way is left"
    with pytest.raises(LayerError, match="tau_s: is 0"):
        raam(COSTS, BEDS, PEOPLE, tau_s=0)
