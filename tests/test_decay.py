"""Decays weigh by reason, and keep their laws whatever their numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landuse.decay import (
    Binary,
    Decay,
    Exponential,
    Gaussian,
    Linear,
    Logistic,
    Power,
    Stepped,
    decay_from,
)
from landuse.errors import CityError

TEN_MIN = 600.0
spans_s = st.floats(1.0, 1e5)


@st.composite
def stairs(draw: st.DrawFn) -> Stepped:
    limits = sorted(draw(st.sets(spans_s, min_size=1, max_size=5)))
    weights = draw(
        st.lists(st.floats(0.0, 1.0), min_size=len(limits), max_size=len(limits)).map(sorted)
    )
    return Stepped(limits_s=tuple(limits), weights=tuple(reversed(weights)))


decays = st.one_of(
    st.builds(Binary, cutoff_s=spans_s),
    st.builds(Linear, cutoff_s=spans_s),
    st.builds(Exponential, scale_s=spans_s, cutoff_s=spans_s),
    st.builds(Gaussian, scale_s=spans_s, cutoff_s=spans_s),
    st.builds(Logistic, middle_s=spans_s, deviation_s=spans_s, cutoff_s=spans_s),
    st.builds(Power, scale_s=spans_s, exponent=st.floats(0.1, 4.0), cutoff_s=spans_s),
    stairs(),
)
costs_s = st.lists(st.floats(0.0, 2e5), max_size=20)


@given(decays, costs_s)
def test_weights_lie_between_0_and_1(decay: Decay, costs: list[float]) -> None:
    weights = decay(costs)
    assert weights.shape == (len(costs),)
    assert ((weights >= 0) & (weights <= 1)).all()


@given(decays, costs_s)
def test_a_decay_never_rises(decay: Decay, costs: list[float]) -> None:
    assert (np.diff(decay(sorted(costs))) <= 0).all()


@given(decays, st.floats(0.0, 1e5))
def test_past_the_cutoff_nothing_counts(decay: Decay, more_s: float) -> None:
    beyond = [np.nextafter(decay.cutoff_s, np.inf) + more_s, math.inf, math.nan]
    assert (decay(beyond) == 0).all()


@given(decays)
def test_shape_and_input_are_kept(decay: Decay) -> None:
    costs = np.array([[0.0, 10.0], [math.nan, math.inf]])
    before = costs.copy()
    assert decay(costs).shape == (2, 2)
    assert decay(7.0).shape == ()
    np.testing.assert_array_equal(costs, before)


def test_the_cutoff_itself_still_counts_as_reached() -> None:
    np.testing.assert_array_equal(Binary(cutoff_s=TEN_MIN)([0, 600, 600.1]), [1, 1, 0])


def test_half_way_to_the_cutoff_is_half_the_linear_weight() -> None:
    np.testing.assert_allclose(Linear(cutoff_s=TEN_MIN)([0, 300, 600]), [1, 0.5, 0])


def test_at_its_scale_the_exponential_has_lost_all_but_one_e_th() -> None:
    decay = Exponential(scale_s=TEN_MIN, cutoff_s=3 * TEN_MIN)
    np.testing.assert_allclose(decay([0, 600, 1200]), [1, math.exp(-1), math.exp(-2)])


def test_at_its_scale_the_gaussian_has_kept_61_percent() -> None:
    decay = Gaussian(scale_s=TEN_MIN, cutoff_s=3 * TEN_MIN)
    np.testing.assert_allclose(decay([0, 600, 1200]), [1, 0.6065, 0.1353], atol=1e-4)


def test_the_logistic_starts_at_1_and_is_about_half_left_in_its_middle() -> None:
    decay = Logistic(middle_s=TEN_MIN, deviation_s=60.0, cutoff_s=3 * TEN_MIN)
    np.testing.assert_allclose(decay([0, 600, 1200]), [1, 0.5, 0], atol=1e-7)
    # One deviation past the middle, 1 / (1 + exp(pi / sqrt(3))) = 0.1402 is left.
    np.testing.assert_allclose(decay(660.0), 1 / (1 + math.exp(math.pi / math.sqrt(3))))


def test_the_power_of_2_leaves_a_quarter_at_twice_its_scale_and_all_of_it_before() -> None:
    decay = Power(scale_s=TEN_MIN, exponent=2.0, cutoff_s=3 * TEN_MIN)
    np.testing.assert_allclose(decay([0, 600, 1200, 1800]), [1, 1, 1 / 4, 1 / 9])


def test_each_step_holds_up_to_its_own_limit() -> None:
    decay = Stepped(limits_s=(300.0, 600.0), weights=(1.0, 0.4))
    np.testing.assert_array_equal(decay([0, 300, 301, 600, 601]), [1, 1, 0.4, 0.4, 0])
    assert decay.cutoff_s == TEN_MIN


@pytest.mark.parametrize(
    ("table", "decay"),
    [
        ({"shape": "binary", "cutoff_min": 10}, Binary(cutoff_s=TEN_MIN)),
        ({"shape": "linear", "cutoff_min": 10}, Linear(cutoff_s=TEN_MIN)),
        (
            {"shape": "gaussian", "scale_min": 5, "cutoff_min": 10},
            Gaussian(scale_s=300.0, cutoff_s=TEN_MIN),
        ),
        (
            {"shape": "exponential", "scale_min": 5, "cutoff_min": 10},
            Exponential(scale_s=300.0, cutoff_s=TEN_MIN),
        ),
        (
            {"shape": "logistic", "middle_min": 5, "deviation_min": 2, "cutoff_min": 10},
            Logistic(middle_s=300.0, deviation_s=120.0, cutoff_s=TEN_MIN),
        ),
        (
            {"shape": "power", "scale_min": 5, "exponent": 1.5, "cutoff_min": 10},
            Power(scale_s=300.0, exponent=1.5, cutoff_s=TEN_MIN),
        ),
        (
            {"shape": "stepped", "steps": [{"within_min": 10, "weight": 0.5}]},
            Stepped(limits_s=(TEN_MIN,), weights=(0.5,)),
        ),
    ],
)
def test_a_table_in_minutes_becomes_a_decay_in_seconds(
    table: dict[str, object], decay: Decay
) -> None:
    assert decay_from(table) == decay


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "decay.shape: is missing"),
        ({"shape": "round", "cutoff_min": 3}, "use one of: binary"),
        ({"shape": "linear"}, "decay.cutoff_min: is missing"),
        ({"shape": "linear", "cutoff_min": -1}, "above zero"),
        ({"shape": "linear", "cutoff_min": 3, "scale": 4}, "decay.scale: is not a key"),
        ({"shape": "stepped"}, "give one weight for each limit"),
        (
            {
                "shape": "stepped",
                "steps": [{"within_min": 5, "weight": 0.1}, {"within_min": 6, "weight": 0.9}],
            },
            "out of order",
        ),
    ],
)
def test_a_faulty_table_is_refused_with_what_to_do(table: dict[str, object], message: str) -> None:
    with pytest.raises(CityError, match=message):
        decay_from(table)


def test_all_faults_of_a_table_are_told_at_once() -> None:
    with pytest.raises(CityError) as caught:
        decay_from({"shape": "gaussian", "cutoff_min": 0, "width": 2})
    assert len(caught.value.faults) == 3, "cutoff, scale and an unknown key"
