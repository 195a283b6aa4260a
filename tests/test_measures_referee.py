"""Measures of access against pysal's `access`, where it is installed.

Both are given the same random town in the form that each wants. `access` is no dependency:
where it is not on the path of Python these tests are skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest

from landuse.access import (
    CostMatrix,
    compact,
    opportunities,
    raam,
    three_step_fca,
    two_step_fca,
)
from landuse.decay import Binary, Gaussian, Stepped

if TYPE_CHECKING:
    from types import ModuleType

    from landuse.decay import Decay

fca = pytest.importorskip("access.fca", reason="pysal's access is not installed")
referee_raam = pytest.importorskip("access.raam", reason="pysal's access is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:::access")

DECAYS: list[Decay] = [
    Binary(cutoff_s=900.0),
    Stepped(limits_s=(300.0, 600.0, 900.0), weights=(1.0, 0.68, 0.22)),
    Gaussian(scale_s=400.0, cutoff_s=900.0),
]
FORMS = ("table", "float64", "float32", "uint16")


class Town(NamedTuple):
    costs: pd.DataFrame
    supply: pd.Series
    demand: pd.Series


def town(seed: int, homes: int = 200, clinics: int = 15, within_s: float = 1500) -> Town:
    """Return random homes and clinics, with costs in whole seconds up to some."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 1500, (homes, 2)), rng.uniform(0, 1500, (clinics, 2))
    cost_s = np.round(np.hypot(*(here[:, None] - there).transpose(2, 0, 1)))
    pairs = pd.DataFrame(
        {
            "from_id": np.repeat(np.arange(homes), clinics),
            "to_id": np.tile(np.arange(clinics), homes),
            "cost_s": cost_s.ravel(),
        }
    )
    supply = pd.Series(rng.integers(1, 40, clinics).astype(float), name="supply")
    demand = pd.Series(rng.integers(1, 90, homes).astype(float), name="demand")
    return Town(costs=pairs[pairs["cost_s"] <= within_s], supply=supply, demand=demand)


def in_form(given: Town, form: str) -> pd.DataFrame | CostMatrix:
    """Return the costs as a table or as a matrix of some type."""
    if form == "table":
        return given.costs
    matrix = compact(given.costs, given.demand.index, given.supply.index)
    blank = np.nan if form.startswith("float") else 65535
    cost = np.nan_to_num(matrix.cost, nan=blank).astype(form)
    return CostMatrix(cost=cost, origins=matrix.origins, destinations=matrix.destinations)


def refereed(module: ModuleType, name: str, given: Town, decay: Decay) -> pd.Series:
    """Return what a function of the referee answers, 0 where it answers nothing."""
    found = getattr(module, name)(
        demand_df=given.demand.to_frame(),
        supply_df=given.supply.to_frame(),
        cost_df=given.costs.copy(),
        max_cost=decay.cutoff_s,
        demand_index=True,
        cost_origin="from_id",
        cost_dest="to_id",
        cost_name="cost_s",
        weight_fn=lambda cost: float(decay(cost)),
    )
    return found.reindex(given.demand.index).fillna(0.0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("decay", DECAYS, ids=lambda decay: type(decay).__name__)
@pytest.mark.parametrize(
    ("own", "name"), [(two_step_fca, "two_stage_fca"), (three_step_fca, "three_stage_fca")]
)
def test_floating_catchments_equal_those_of_pysal(
    own: type, name: str, decay: Decay, form: str
) -> None:
    given = town(seed=4)
    ours = own(in_form(given, form), given.supply, given.demand, decay=decay)
    theirs = refereed(fca, name, given, decay)
    assert (theirs > 0).mean() > 0.9
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("decay", DECAYS, ids=lambda decay: type(decay).__name__)
def test_supply_in_reach_equals_the_weighted_catchment_of_pysal(decay: Decay, form: str) -> None:
    given = town(seed=5)
    ours = opportunities(in_form(given, form), given.supply, given.demand.index, decay=decay)
    theirs = fca.weighted_catchment(
        given.supply.to_frame(),
        given.costs,
        max_cost=decay.cutoff_s,
        cost_source="to_id",
        cost_dest="from_id",
        cost_cost="cost_s",
        loc_index=True,
        loc_value="supply",
        weight_fn=lambda cost: float(decay(cost)),
    )
    theirs = theirs.reindex(given.demand.index).fillna(0.0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=0)


def their_raam(given: Town, tau_s: float, **steps: float) -> pd.Series:
    found = referee_raam.raam(
        demand_df=given.demand.astype(int).to_frame(),
        supply_df=given.supply.to_frame(),
        cost_df=given.costs,
        cost_origin="from_id",
        cost_dest="to_id",
        cost_name="cost_s",
        tau=tau_s,
        **steps,
    )
    return found.reindex(given.demand.index)


def test_rational_agents_settle_where_those_of_pysal_do_when_whole_people_can() -> None:
    # Two clinics meant for 600 people each, half a tau apart, a home at each. Of the 900 people
    # at the first x stay: x = (900 - x) + 300 + 300, so 750, and all pay 1.25.
    costs = pd.DataFrame(
        {
            "from_id": [0, 0, 1, 1],
            "to_id": [0, 1, 0, 1],
            "cost_s": [0.0, 1800.0, 1800.0, 0.0],
        }
    )
    given = Town(
        costs, pd.Series([600.0, 600.0], name="supply"), pd.Series([900.0, 300.0], name="demand")
    )
    ours = raam(given.costs, given.supply, given.demand, tau_s=3600, tolerance=1e-10)
    theirs = their_raam(given, 3600, max_cycles=500)
    assert ours.tolist() == pytest.approx([1.25, 0.75])
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=0)


def test_rational_agents_pay_what_those_of_pysal_pay_but_for_their_whole_steps() -> None:
    # `access` moves whole people, at most a 200th of a home at a time in the end; with 100,000
    # people in each home that is fine enough to come close to where nobody gains.
    given = town(seed=6, homes=30, clinics=5, within_s=np.inf)
    many = given._replace(demand=given.demand * 1000)
    ours = raam(many.costs, many.supply, many.demand, tau_s=600)
    theirs = their_raam(many, 600, max_cycles=2000, min_step=1e-5)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
    crowd_and_way = [(found * many.demand).sum() for found in (ours, theirs)]
    assert crowd_and_way[0] == pytest.approx(crowd_and_way[1], rel=1e-4)
