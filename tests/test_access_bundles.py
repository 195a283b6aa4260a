"""Bundles of services and the edge of the data: values by counting, and the laws they keep."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landuse.access import (
    border_flag,
    bundle,
    bundle_shares,
    nearest_cost,
    opportunities,
    reach_border_flag,
    two_step_fca,
)
from landuse.coverage import Standard
from landuse.decay import Binary, Linear
from landuse.errors import LayerError


def standard(service: str, within: float, unit: str = "min") -> Standard:
    mode = "walk" if unit == "min" else "straight"
    return Standard(service=service, kind="hub", mode=mode, within=within, unit=unit)


CARE = (standard("clinic", 10), standard("shop", 5), standard("bank", 5))

# Cell 0 reaches both in time; 1 the clinic only; 2 the shop, and the clinic is beyond the
# search; 3 the shop, and stands off the network for the clinic; 4 misses the shop, so the
# unknown clinic cannot help.
CELLS = pd.DataFrame(
    {
        "clinic_s": [600.0, 300, np.nan, np.nan, np.nan],
        "clinic_reason": ["", "", "beyond_cutoff", "off_network", "off_network"],
        "shop_s": [300.0, 301, 0, 0, 900],
        "shop_m": [100.0, 900, 0, 0, 900],
        "district": ["north", "north", "south", "south", None],
        "zone": ["urban", "forest", "urban", "urban", "urban"],
        "population": [10.0, 20, 30, 40, 100],
        "population_65plus": [1.0, 2, 0, 4, 5],
    }
)
THEME = ("clinic", "shop")


def test_a_bundle_is_met_where_every_standard_is_and_open_where_that_is_unknown() -> None:
    found = bundle(CELLS, THEME, CARE)
    assert found.fillna(-1).tolist() == [1, 0, 0, -1, 0]
    assert found.name == "bundle"
    assert found.index.equals(CELLS.index)


def test_a_service_with_two_standards_must_meet_both() -> None:
    both = (*CARE, standard("shop", 50, "m"))
    assert bundle(CELLS, ["shop"], CARE).tolist() == [1, 0, 1, 1, 0]
    assert bundle(CELLS, ["shop"], both).tolist() == [0, 0, 1, 1, 0]


def test_without_reasons_a_blank_cost_leaves_it_open() -> None:
    found = bundle(CELLS.drop(columns="clinic_reason"), THEME, CARE)
    assert found.fillna(-1).tolist() == [1, 0, -1, -1, 0]


def test_a_bundle_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(LayerError, match="school has no standard"):
        bundle(CELLS, ["clinic", "school"], CARE)
    with pytest.raises(LayerError, match="has no service"):
        bundle(CELLS, [], CARE)
    with pytest.raises(LayerError, match="column bank_s: is missing"):
        bundle(CELLS, ["bank"], CARE)


def test_shares_count_people_by_group_and_place_and_tell_who_is_unknown() -> None:
    found = bundle_shares(CELLS, THEME, CARE).set_index(["group", "district", "zone"])
    assert found.columns.tolist() == ["demand", "served", "unknown", "share"]
    whole = found.loc[("all", "all", "all")]
    assert whole.tolist() == [200, 10, 40, 10 / 200]
    assert found.loc[("65plus", "north", "all")].tolist() == [3, 1, 0, 1 / 3]
    assert found.loc[("all", "south", "urban")].tolist() == [70, 0, 40, 0]
    nobody = found.loc[("all", "south", "forest")]
    assert nobody["demand"] == 0
    assert math.isnan(nobody["share"])


def test_where_everything_is_unknown_nobody_is_called_unserved() -> None:
    blank = CELLS.assign(clinic_s=np.nan, clinic_reason="no_facility_data", shop_s=0.0)
    found = bundle_shares(blank, THEME, CARE, groups={"all": "population"})
    assert found["unknown"].equals(found["demand"])
    assert found["served"].isna().sum() == (found["demand"] > 0).sum()
    assert found["share"].isna().all()


def test_unknown_people_are_no_zero_people() -> None:
    lost = CELLS.assign(population=[10.0, np.nan, 30, 40, 100])
    found = bundle_shares(lost, THEME, CARE, groups={"all": "population"})
    found = found.set_index(["district", "zone"])
    assert found.loc[("north", "urban"), "share"] == 1
    assert found.loc[("all", "all"), ["demand", "served", "share"]].isna().all()


@given(st.lists(st.sampled_from([0.0, 400.0, 900.0, math.nan]), min_size=5, max_size=5))
def test_one_more_service_never_serves_more_people(more: list[float]) -> None:
    cells = CELLS.assign(bank_s=more)
    few = bundle(cells, ["clinic"], CARE).fillna(0.5)
    many = bundle(cells, ["clinic", "bank"], CARE).fillna(0.5)
    assert (many <= few).all()


def test_the_edge_matters_where_it_is_nearer_than_the_nearest_clinic() -> None:
    near = pd.Series([300.0, 300, 300, math.inf, math.inf, math.nan], list("abcdef"))
    edge = pd.Series([299.0, 300, math.inf, 500, 700, 100], list("abcdef"))
    found = border_flag(near, edge, cutoff_s=600)
    assert found.tolist() == [True, False, False, True, False, True]
    assert found.name == "border_flag"
    assert border_flag(near, edge)["e"], "without a cut-off a clinic out there would be the first"
    with pytest.raises(LayerError, match="1 places have none, the first 'a'"):
        border_flag(near, edge.drop("a"))


def test_sums_can_change_within_a_cutoff_of_the_edge_and_catchments_within_two() -> None:
    edge = pd.Series([600.0, 601, 1200, 1201, math.nan])
    assert reach_border_flag(edge, cutoff_s=600).tolist() == [True, False, False, False, False]
    two = reach_border_flag(edge, cutoff_s=600, steps=2)
    assert two.tolist() == [True, True, True, False, False]
    with pytest.raises(LayerError, match="steps: is 3"):
        reach_border_flag(edge, cutoff_s=600, steps=3)


@given(
    homes=st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True),
    inside=st.lists(st.integers(0, 30), max_size=3, unique=True),
    beyond=st.lists(st.integers(31, 60), min_size=1, max_size=3, unique=True),
    strangers=st.lists(st.integers(31, 60), max_size=3, unique=True),
    cutoff_min=st.integers(1, 40),
)
def test_whatever_lies_beyond_the_edge_changes_flagged_places_only(
    homes: list[int],
    inside: list[int],
    beyond: list[int],
    strangers: list[int],
    cutoff_min: int,
) -> None:
    # A road with a place a minute; the data end at minute 30.
    cutoff_s = 60.0 * cutoff_min
    ids = pd.Index(homes)
    edge_s = pd.Series([60.0 * (30 - home) for home in homes], ids)
    here, all_of_it = inside, [*inside, *beyond]

    def costs(froms: list[int], places: list[int]) -> pd.DataFrame:
        rows = [(h, p, 60.0 * abs(h - p)) for h in froms for p in places]
        table = pd.DataFrame(rows, columns=["from_id", "to_id", "cost_s"])
        return table.astype({"cost_s": float})

    least = [nearest_cost(costs(homes, places), ids) for places in (here, all_of_it)]
    least = [found.where(found <= cutoff_s, math.inf) for found in least]
    changed = least[0] != least[1]
    assert not (changed & ~border_flag(least[0], edge_s, cutoff_s=cutoff_s)).any()

    decay = Linear(cutoff_s=cutoff_s)
    beds = pd.Series(7.0, all_of_it)
    sums = [
        opportunities(costs(homes, places), beds, ids, decay=decay) for places in (here, all_of_it)
    ]
    assert not ((sums[0] != sums[1]) & ~reach_border_flag(edge_s, cutoff_s=cutoff_s)).any()

    everybody = [*homes, *strangers]
    people = pd.Series(3.0, everybody)
    reach = Binary(cutoff_s=cutoff_s)
    before = two_step_fca(costs(homes, here), beds, people[homes], decay=reach)
    after = two_step_fca(costs(everybody, all_of_it), beds, people, decay=reach)[ids]
    flagged = reach_border_flag(edge_s, cutoff_s=cutoff_s, steps=2)
    assert not ((before != after) & ~flagged).any()
