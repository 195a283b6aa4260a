"""Measures of access: values by counting, and the laws they keep."""

from __future__ import annotations

import dataclasses
import math
import tracemalloc

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from landuse.access import (
    BLANK,
    CostMatrix,
    balanced_fca,
    compact,
    kth_cost,
    mean_cost,
    nearest_cost,
    opportunities,
    spatial_availability,
    straight_line,
    two_step_fca,
    with_reasons,
)
from landuse.decay import (
    Binary,
    Decay,
    Exponential,
    Gaussian,
    Linear,
    Logistic,
    Power,
    Stepped,
)
from landuse.errors import CrsError, LayerError
from landuse.schema import REASONS

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


def test_the_second_nearest_and_the_mean_of_both_are_counted_from_the_costs() -> None:
    assert kth_cost(COSTS, HOMES, k=1).equals(nearest_cost(COSTS, HOMES).rename("kth_cost_s"))
    second = kth_cost(COSTS, HOMES, k=2)
    assert second.tolist() == [10 * MINUTE, 5 * MINUTE, 10 * MINUTE, math.inf]
    assert second.name == "kth_cost_s"
    mean = mean_cost(COSTS, HOMES, k=2)
    assert mean.tolist() == [5 * MINUTE, 5 * MINUTE, 5 * MINUTE, math.inf]
    assert mean.name == "mean_cost_s"


def test_who_reaches_two_clinics_has_no_third_nearest() -> None:
    assert kth_cost(COSTS, HOMES, k=3).eq(math.inf).all()
    with pytest.raises(LayerError, match="k: is 0"):
        kth_cost(COSTS, HOMES, k=0)


# What a table says of origins: `a` pays, `b` is too far, `c` is off the network, `d` is on an
# island that only the bus of another day leaves, `e` is closed off by the scenario.
SAID = pd.DataFrame(
    [
        ("a", "west", 60.0, ""),
        ("a", "east", np.nan, "off_network"),
        ("b", "west", np.nan, "beyond_cutoff"),
        ("b", "east", np.nan, "off_network"),
        ("c", "west", np.nan, "off_network"),
        ("c", "east", np.nan, "off_network"),
        ("d", "west", np.nan, "no_service_that_day"),
        ("d", "east", np.nan, "island"),
        ("e", "west", np.nan, "closed_by_scenario"),
        ("e", "east", np.nan, "off_network"),
    ],
    columns=["from_id", "to_id", "cost_s", "reason"],
)
WHOSE = pd.Index(["a", "b", "c", "d", "e"])


@pytest.mark.parametrize("compacted", [False, True], ids=["table", "matrix"])
def test_0_stands_only_where_a_known_origin_reaches_nothing(compacted: bool) -> None:  # noqa: FBT001 - a case
    costs = compact(SAID, WHOSE, BEDS.index) if compacted else SAID
    found = opportunities(costs, BEDS, WHOSE, decay=Binary(cutoff_s=MINUTE))
    assert found.fillna(-1).tolist() == [10, 0, -1, -1, 0]
    reasons = with_reasons(found, costs)
    assert reasons["reason"].tolist() == ["", "", "off_network", "island", ""]
    assert reasons["opportunities"].equals(found)
    shares = two_step_fca(costs, BEDS, pd.Series(10.0, WHOSE), decay=Binary(cutoff_s=MINUTE))
    assert shares.fillna(-1).tolist() == [1, 0, -1, -1, 0], "c and d bring nobody to west"
    near = nearest_cost(costs, WHOSE)
    assert near.fillna(-1).tolist() == [60, math.inf, -1, -1, math.inf]
    assert with_reasons(near, costs)["reason"].tolist() == [
        *("", "beyond_cutoff", "off_network", "island", "beyond_cutoff")
    ]


def test_a_reason_that_is_none_is_refused() -> None:
    with pytest.raises(LayerError, match="'too far' is not one"):
        nearest_cost(SAID.replace("off_network", "too far"), WHOSE)


def test_unknown_supply_is_not_zero_and_pairs_count_once() -> None:
    decay = Binary(cutoff_s=MINUTE)
    with pytest.raises(LayerError, match=r"supply: 1 are blank, infinite or below 0, .* 'west'"):
        opportunities(COSTS, BEDS.replace(10.0, np.nan), HOMES, decay=decay)
    with pytest.raises(LayerError, match="demand: 1 are blank"):
        two_step_fca(COSTS, BEDS, PEOPLE.replace(5.0, -1.0), decay=decay)
    with pytest.raises(LayerError, match="the pair a to west stands twice"):
        opportunities(pd.concat([COSTS, COSTS]), BEDS, HOMES, decay=decay)
    with pytest.raises(LayerError, match="costs are below 0"):
        opportunities(COSTS.assign(cost_s=-COSTS["cost_s"]), BEDS, HOMES, decay=decay)
    with pytest.raises(LayerError, match="'a' stands there twice"):
        opportunities(COSTS, BEDS, pd.Index(["a", "a"]), decay=decay)


class Half:
    """A decay of somebody else."""

    cutoff_s = 900.0

    def __call__(self, cost_s: np.ndarray) -> np.ndarray:
        return np.where(np.asarray(cost_s) <= self.cutoff_s, 0.5, 0.0)


DECAYS: list[Decay] = [
    Binary(cutoff_s=600.0),
    Linear(cutoff_s=900.0),
    Exponential(scale_s=300.0, cutoff_s=900.0),
    Gaussian(scale_s=300.0, cutoff_s=900.0),
    Stepped(limits_s=(200.0, 600.0), weights=(1.0, 0.3)),
    Logistic(middle_s=400.0, deviation_s=90.0, cutoff_s=900.0),
    Power(scale_s=100.0, exponent=1.5, cutoff_s=900.0),
    Half(),
]


@pytest.mark.parametrize("decay", DECAYS, ids=lambda decay: type(decay).__name__)
@given(market=markets())
def test_a_matrix_answers_as_the_table_that_it_holds(
    market: tuple[pd.DataFrame, pd.Series, pd.Series], decay: Decay
) -> None:
    costs, supply, demand = market
    matrix = compact(costs, demand.index, supply.index)
    for one, other in (
        [
            opportunities(given_one, supply, demand.index, decay=decay)
            for given_one in (costs, matrix)
        ],
        [two_step_fca(given_one, supply, demand, decay=decay) for given_one in (costs, matrix)],
        [kth_cost(given_one, demand.index, k=2) for given_one in (costs, matrix)],
    ):
        pd.testing.assert_series_equal(one, other, rtol=1e-12)


# Two junctions; cells p, q, r at the first with legs of 0, 60 and 600 s, s at the second,
# t nowhere. Costs in half minutes.
SHARED = CostMatrix(
    cost=np.array([[2, 20], [BLANK, 4]], dtype=np.uint16),
    origins=pd.Index(list("pqrst")),
    destinations=BEDS.index,
    row=np.array([0, 0, 0, 1, -1], dtype=np.int32),
    leg_s=np.array([0, 60, 600, 0, np.nan], dtype=np.float32),
    reason=np.array([0, 0, 0, 0, 1 + REASONS.index("off_network")], dtype=np.uint8),
    unit_s=30.0,
)


def test_cells_that_share_a_junction_pay_their_own_leg_to_it() -> None:
    near = nearest_cost(SHARED, SHARED.origins)
    assert near.fillna(-1).tolist() == [60, 120, 660, 120, -1]
    assert kth_cost(SHARED, SHARED.origins, k=2).fillna(-1).tolist() == [
        *(600, 660, 1200, math.inf, -1)
    ]
    found = opportunities(SHARED, BEDS, SHARED.origins, decay=Binary(cutoff_s=600.0))
    assert found.fillna(-1).tolist() == [40, 10, 0, 30, -1]
    assert with_reasons(found, SHARED)["reason"].tolist() == ["", "", "", "", "off_network"]


def test_ids_are_answered_in_the_order_asked_and_unknown_ones_are_outside_the_data() -> None:
    asked = pd.Index(["s", "x", "p"])
    found = opportunities(SHARED, BEDS, asked, decay=Binary(cutoff_s=600.0))
    assert found.index.equals(asked)
    assert found.fillna(-1).tolist() == [30, -1, 40]
    assert with_reasons(found, SHARED).loc["x", "reason"] == "outside_data"


def test_no_cost_of_a_whole_number_is_never_a_long_way() -> None:
    matrix = CostMatrix(
        cost=np.array([[BLANK, BLANK - 1]], dtype=np.uint16),
        origins=pd.Index(["a"]),
        destinations=BEDS.index,
    )
    for decay in (Binary(cutoff_s=1e6), Stepped(limits_s=(1e6,), weights=(1.0,)), Half()):
        found = opportunities(matrix, BEDS, matrix.origins, decay=decay)
        assert found.tolist() == [0 if isinstance(decay, Half) else 30]
    assert nearest_cost(matrix, matrix.origins).tolist() == [BLANK - 1]


def test_without_legs_cells_of_one_row_are_taken_together_and_come_out_the_same() -> None:
    rng = np.random.default_rng(1)
    row = rng.integers(0, 5, 40).astype(np.int32)
    cost = rng.uniform(0, 900, (5, 3)).astype(np.float32)
    cost[3] = np.nan
    ids, places = pd.RangeIndex(40), pd.Index(["u", "v", "w"])
    shared = CostMatrix(cost=cost, origins=ids, destinations=places, row=row)
    apart = CostMatrix(cost=cost[row], origins=ids, destinations=places)
    legs = CostMatrix(
        cost=cost, origins=ids, destinations=places, row=row, leg_s=np.zeros(40, np.float32)
    )
    people, beds = pd.Series(rng.uniform(1, 9, 40), ids), pd.Series([3.0, 5.0, 7.0], places)
    for measure in (two_step_fca, spatial_availability):
        found = [measure(m, beds, people, decay=DECAYS[2]) for m in (shared, apart, legs)]
        pd.testing.assert_series_equal(found[0], found[1], rtol=1e-12)
        pd.testing.assert_series_equal(found[0], found[2], rtol=1e-12)


def test_no_measure_of_a_matrix_ever_spreads_it_out() -> None:
    row = np.repeat(np.arange(500, dtype=np.int32), 40)
    matrix = CostMatrix(
        cost=np.random.default_rng(2).integers(0, 2000, (500, 300)).astype(np.uint16),
        origins=pd.RangeIndex(len(row)),
        destinations=pd.RangeIndex(300),
        row=row,
        leg_s=np.full(len(row), 20, dtype=np.float32),
    )
    people, beds = pd.Series(1.0, matrix.origins), pd.Series(1.0, matrix.destinations)
    calls = (
        lambda: two_step_fca(matrix, beds, people, decay=DECAYS[4]),
        lambda: balanced_fca(matrix, beds, people, decay=DECAYS[4]),
        lambda: opportunities(matrix, beds, matrix.origins, decay=DECAYS[4]),
        lambda: kth_cost(matrix, matrix.origins, k=3),
    )
    for call in calls:
        call()  # compiles
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # 20,000 cells x 300 costs of a byte each would be 6 MB; a few columns are 2.
        assert peak < 3e6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cost": np.zeros((2, 2), np.int64)}, "cost: is int64"),
        ({"cost": np.zeros((2, 3), np.float32)}, "cost: has the shape"),
        ({"cost": np.array([[np.nan, 1], [-1, np.inf]])}, "cost: is below 0"),
        ({"row": None}, "row: is left out"),
        ({"row": np.array([0, 0, 0, 1, 2], np.int32)}, "row: is no row"),
        ({"leg_s": np.zeros(4, np.float32)}, "leg_s: are not 5"),
        ({"leg_s": np.full(5, -1, np.float32)}, "leg_s: is below 0"),
        ({"unit_s": 0.0}, "unit_s: is 0.0"),
        ({"origins": pd.Index(list("ppqrs"))}, "'p' stands there twice"),
    ],
)
def test_a_matrix_that_does_not_fit_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(LayerError, match=message):
        dataclasses.replace(SHARED, **change)


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
