"""Coverage on a town of four cells that can be counted by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landuse.coverage import ALL, Standard, coverage, rings, worst_served_towns


def town() -> pd.DataFrame:
    """Return two districts, two zones; people 10, 20, 30, 40; minutes 5, 10, 15, none."""
    return pd.DataFrame(
        {
            "district": ["east", "east", "west", "west"],
            "zone": ["urban", "forest", "urban", "urban"],
            "town": ["一丁目", "一丁目", "二丁目", "三丁目"],
            "population": [10.0, 20.0, 30.0, 40.0],
            "population_65plus": [1.0, 2.0, 3.0, 4.0],
            "clinic_s": [300.0, 600.0, 900.0, np.nan],
            "clinic_m": [400.0, 800.0, 900.0, 2000.0],
        },
        index=pd.Index(["a", "b", "c", "d"], name="cell_id"),
    )


CLINIC = Standard(service="clinic", kind="watch_over", mode="walk", within=10, unit="min")
CLINIC_STRAIGHT = Standard(
    service="clinic", kind="watch_over", mode="straight", within=800, unit="m"
)


def row(table: pd.DataFrame, **keys: str) -> pd.Series:
    for column, value in keys.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_people_exactly_at_the_standard_are_served() -> None:
    found = row(coverage(town(), [CLINIC]), group="all", district=ALL, zone=ALL)
    assert (found["demand"], found["served"]) == (100.0, 30.0)
    assert found["share"] == pytest.approx(0.3)


def test_each_district_and_zone_counts_its_own_people() -> None:
    table = coverage(town(), [CLINIC])
    assert row(table, group="all", district="east", zone="urban")["served"] == 10
    assert row(table, group="all", district="west", zone=ALL)["demand"] == 70
    assert row(table, group="65plus", district=ALL, zone="urban")["served"] == 1


def test_a_place_without_people_has_no_share() -> None:
    found = row(coverage(town(), [CLINIC]), group="all", district="west", zone="forest")
    assert found["demand"] == 0
    assert np.isnan(found["share"])


def test_a_service_without_data_is_blank_not_zero() -> None:
    table = coverage(town(), [CLINIC], without_data=["clinic"])
    assert table["served"].isna().all()
    assert table["share"].isna().all()
    assert row(table, group="all", district=ALL, zone=ALL)["demand"] == 100


def test_the_straight_line_is_judged_in_metres() -> None:
    found = row(coverage(town(), [CLINIC_STRAIGHT]), group="all", district=ALL, zone=ALL)
    assert (found["served"], found["unit"]) == (30, "m")


def test_the_worst_served_town_is_the_one_with_most_people_out_of_reach() -> None:
    worst = worst_served_towns(town(), [CLINIC], least_demand=20)
    everyone = worst[worst["group"] == "all"]
    assert everyone["town"].tolist() == ["三丁目", "二丁目"]
    assert everyone["unserved"].tolist() == [40, 30]
    assert np.isnan(everyone["median_cost"].iloc[0])
    assert everyone["median_cost"].iloc[1] == 15


def test_towns_of_a_service_without_data_are_not_ranked() -> None:
    assert worst_served_towns(town(), [CLINIC], without_data=["clinic"]).empty


def test_rings_count_people_by_minutes_of_their_own_point() -> None:
    costs = pd.DataFrame(
        {
            "from_id": ["A", "B", "C"],
            "service": ["hospital"] * 3,
            "cost_s": [20 * 60, 50 * 60, np.nan],
        }
    )
    table = rings(costs, pd.Series({"A": 600, "B": 300, "C": 100}), minutes=(30, 60))
    assert table["population"].tolist() == [600, 900]
    assert table["share"].tolist() == [0.6, 0.9]
    assert table["without_road"].tolist() == [100, 100]


def test_a_ring_of_which_no_time_is_known_is_blank() -> None:
    costs = pd.DataFrame({"from_id": ["A"], "service": ["port"], "cost_s": [np.nan]})
    table = rings(costs, pd.Series({"A": 600}), minutes=(30,))
    assert table[["population", "share"]].isna().all(axis=None)
    assert table["without_road"].tolist() == [600]


def test_nobody_is_served_where_nobody_knows_how_many_live_there() -> None:
    unknown = town().assign(population_65plus=np.nan)
    table = coverage(unknown, [CLINIC])
    everywhere = row(table, group="65plus", district=ALL, zone=ALL)
    assert everywhere[["demand", "served", "share"]].isna().all()
    assert row(table, group="all", district=ALL, zone=ALL)["served"] == 30


@given(st.lists(st.floats(1, 120), min_size=2, max_size=5))
def test_coverage_never_falls_as_the_standard_widens(limits: list[float]) -> None:
    served = [
        coverage(
            town(),
            [Standard(service="clinic", kind="watch_over", mode="walk", within=limit, unit="min")],
        )["served"].to_numpy()
        for limit in sorted(limits)
    ]
    for narrow, wide in itertools.pairwise(served):
        assert (wide >= narrow).all()


def test_the_cells_are_left_as_they_were() -> None:
    cells = town()
    before = cells.copy(deep=True)
    coverage(cells, [CLINIC])
    worst_served_towns(cells, [CLINIC])
    pd.testing.assert_frame_equal(cells, before)
