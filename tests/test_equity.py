"""Inequality, poverty and weighted figures: values by reason, and the laws they keep."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from landuse.equity import (
    concentration_index,
    fgt,
    fgt_by_group,
    gini,
    inequality_by_group,
    palma,
    split_people,
    theil,
    theil_by_group,
    unknown_people,
    weighted_mean,
    weighted_quantiles,
)
from landuse.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[[pd.Series, pd.Series], float]


def series(*numbers: float) -> pd.Series:
    return pd.Series(numbers, [f"c{place}" for place in range(len(numbers))], dtype=float)


def income_gradient(values: pd.Series, people: pd.Series) -> float:
    return concentration_index(values, people, rank_by=values)


def count_poor(values: pd.Series, people: pd.Series) -> float:
    return fgt(values, people, line=10.0, alpha=1)


INEQUALITY: list[Measure] = [gini, theil, palma, income_gradient]
ALL_MEASURES: list[Measure] = [*INEQUALITY, count_poor, weighted_mean]

# Whole numbers far from the smallest floats, so that laws are not about rounding.
figures = st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 50)), min_size=1, max_size=8).map(
    lambda rows: (series(*(row[0] for row in rows)), series(*(row[1] for row in rows)))
)


def test_two_people_with_1_and_3_have_a_gini_of_a_quarter() -> None:
    # Half of them have a quarter: 1 - (1/4 + 1/4 + 1) / 2 = 1/4.
    assert gini(series(1, 3), series(1, 1)) == pytest.approx(1 / 4)


def test_if_one_of_ten_has_everything_the_gini_is_nine_tenths() -> None:
    assert gini(series(0, 5), series(9, 1)) == pytest.approx(0.9)
    assert theil(series(0, 5), series(9, 1)) == pytest.approx(math.log(10))


def test_theil_of_1_and_3_is_its_formula() -> None:
    expected = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    assert theil(series(1, 3), series(7, 7)) == pytest.approx(expected)


def test_palma_is_the_mean_of_the_top_tenth_over_that_of_the_lower_40_percent() -> None:
    # Of ten people four have 2, five have 5, one has 12.
    assert palma(series(2, 5, 12), series(4, 5, 1)) == pytest.approx(6)


def test_palma_parts_a_cell_that_straddles_a_limit() -> None:
    # Lower 40 of 100: 30 with 1 and 10 with 5, so 2. Top 10: 5 with 20 and 5 with 5, so 12.5.
    assert palma(series(1, 5, 20), series(30, 65, 5)) == pytest.approx(12.5 / 2)


def test_palma_by_income_compares_what_rich_and_poor_have() -> None:
    # The poorest 40 % have 8, the richest tenth 2, whatever the rest has.
    found = palma(series(8, 100, 2), series(4, 5, 1), rank_by=series(1, 2, 3))
    assert found == pytest.approx(1 / 4)


def test_palma_without_anything_below_has_no_end() -> None:
    assert palma(series(0, 1), series(4, 6)) == math.inf
    assert math.isnan(palma(series(0, 3, 0), series(4, 5, 1), rank_by=series(1, 2, 3)))


def test_what_only_the_poorer_half_has_is_concentrated_below_zero() -> None:
    # Ranks 1/4 and 3/4: 2 * (1 * (-1/4)) / 1 / 2 people = -1/2 over the mean 1/2.
    found = concentration_index(series(1, 0), series(1, 1), rank_by=series(100, 900))
    assert found == pytest.approx(-1 / 2)
    turned = concentration_index(series(1, 0), series(1, 1), rank_by=series(900, 100))
    assert turned == pytest.approx(1 / 2)


def test_people_of_equal_rank_share_it() -> None:
    same = concentration_index(series(1, 0, 5), series(1, 3, 2), rank_by=series(7, 7, 7))
    assert same == pytest.approx(0)


def test_the_corrected_index_mirrors_when_shortfalls_are_counted_instead() -> None:
    have, people, income = series(0.2, 0.5, 0.9), series(3, 4, 5), series(1, 2, 3)
    one = concentration_index(have, people, rank_by=income, bounds=(0, 1))
    other = concentration_index(1 - have, people, rank_by=income, bounds=(0, 1))
    assert one == pytest.approx(-other)
    plain = concentration_index(have, people, rank_by=income)
    assert one == pytest.approx(4 * weighted_mean(have, people) * plain)
    with pytest.raises(LayerError, match=r"bounds: are \(0, 0.5\)"):
        concentration_index(have, people, rank_by=income, bounds=(0, 0.5))


def test_poverty_counts_who_is_short_how_far_and_how_badly() -> None:
    # Line 10: 2 people have 5, short by a half; 1 has 0, short of all; 5 are at or above it.
    values, people = series(5, 0, 10, 30), series(2, 1, 3, 2)
    found = [fgt(values, people, line=10, alpha=alpha) for alpha in (0, 1, 2)]
    assert found == pytest.approx([3 / 8, 2 / 8, (2 * 0.25 + 1) / 8])


def test_costs_above_the_line_are_poor_and_an_endless_one_is_counted() -> None:
    minutes, people = series(10, 45, math.inf), series(2, 1, 1)
    assert fgt(minutes, people, line=30, above=True) == pytest.approx(2 / 4)
    assert fgt(minutes[:2], people[:2], line=30, alpha=1, above=True) == pytest.approx(0.5 / 3)
    assert fgt(minutes, people, line=30, alpha=1, above=True) == math.inf


def test_quantiles_are_somebodys_own_value() -> None:
    values, people = series(30, 10, 20, math.inf), series(4, 2, 3, 1)
    found = weighted_quantiles(values, people, shares=(0, 0.2, 0.21, 0.5, 0.9, 1))
    assert found.tolist() == [10, 10, 20, 20, 30, math.inf]
    assert found.name == "weighted_quantiles"
    assert weighted_mean(values, people) == math.inf
    assert weighted_mean(values[:3], people[:3]) == pytest.approx((120 + 20 + 60) / 9)
    with pytest.raises(LayerError, match=r"shares: has 1.5"):
        weighted_quantiles(values, people, shares=[1.5])


def test_blank_values_are_left_out_and_their_people_counted() -> None:
    values, people = series(1, math.nan, 3), series(1, 40, 1)
    assert unknown_people(values, people) == 40
    assert gini(values, people) == pytest.approx(1 / 4)
    assert weighted_mean(values, people) == 2
    assert fgt(values, people, line=2) == 1 / 2
    ranked = concentration_index(series(1, 3, 9), people, rank_by=values)
    assert ranked == pytest.approx(
        concentration_index(series(1, 9), series(1, 1), rank_by=series(1, 2))
    )


@pytest.mark.parametrize("measure", [gini, theil, income_gradient])
def test_equality_is_0_even_of_nothing(measure: Measure) -> None:
    assert measure(series(3, 3, 3), series(1, 5, 2)) == 0
    assert measure(series(0, 0), series(1, 5)) == 0


def test_a_palma_of_equality_is_1() -> None:
    assert palma(series(3, 3), series(1, 9)) == 1
    assert palma(series(0, 0), series(1, 9)) == 1


@pytest.mark.parametrize("measure", ALL_MEASURES)
def test_without_people_there_is_no_figure(measure: Measure) -> None:
    assert math.isnan(measure(series(1, 2), series(0, 0)))
    assert math.isnan(measure(series(math.nan), series(5)))
    assert weighted_quantiles(series(1), series(0)).isna().all()


@pytest.mark.parametrize("measure", INEQUALITY)
def test_inequality_is_of_amounts(measure: Measure) -> None:
    with pytest.raises(LayerError, match="1 are infinite"):
        measure(series(1, math.inf), series(1, 1))
    with pytest.raises(LayerError, match="1 are below 0"):
        measure(series(1, -1), series(1, 1))
    measure(series(1, math.inf), series(1, 0))


@pytest.mark.parametrize("measure", [*ALL_MEASURES, unknown_people])
def test_unknown_people_are_refused(measure: Measure) -> None:
    for people in (series(1, math.nan), series(1, -1), series(1)):
        with pytest.raises(LayerError, match="people: 1 are blank, infinite or below 0"):
            measure(series(1, 2), people)


@pytest.mark.parametrize("measure", INEQUALITY)
@given(figures, st.sampled_from([0.25, 3.0, 1024.0]))
def test_the_unit_does_not_matter(
    measure: Measure, given_figures: tuple[pd.Series, pd.Series], scale: float
) -> None:
    values, people = given_figures
    one, other = measure(values, people), measure(values * scale, people)
    assert other == pytest.approx(one, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", ALL_MEASURES)
@given(figures, st.integers(2, 5))
def test_a_town_of_several_equal_towns_is_as_uneven_as_each(
    measure: Measure, given_figures: tuple[pd.Series, pd.Series], copies: int
) -> None:
    values, people = given_figures
    one = measure(values, people)
    assert measure(values, people * copies) == pytest.approx(one, rel=1e-9, abs=1e-12)
    many = [pd.concat([part] * copies, ignore_index=True) for part in given_figures]
    assert measure(*many) == pytest.approx(one, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", ALL_MEASURES)
@given(figures, st.integers(0, 100))
def test_the_order_of_cells_and_of_people_does_not_matter(
    measure: Measure, given_figures: tuple[pd.Series, pd.Series], seed: int
) -> None:
    values, people = given_figures
    turned = values.sample(frac=1, random_state=seed)
    assert measure(turned, people) == pytest.approx(measure(values, people), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", INEQUALITY)
@given(figures, st.data())
def test_who_has_more_gives_to_who_has_less_and_inequality_does_not_rise(
    measure: Measure, given_figures: tuple[pd.Series, pd.Series], data: st.DataObject
) -> None:
    values, people = given_figures
    rich, poor = str(values.idxmax()), str(values.idxmin())
    assume(values[rich] > values[poor])
    gap = values[rich] - values[poor]
    # So much that at most they change places in nothing but name.
    each = people[rich] * people[poor] / (people[rich] + people[poor])
    gift = data.draw(st.floats(0, 1)) * gap * each
    after = values.copy()
    after[rich] -= gift / people[rich]
    after[poor] += gift / people[poor]
    before = measure(values, people)
    assert measure(after, people) <= before * (1 + 1e-9) + 1e-12 or math.isnan(before)


@given(figures)
def test_inequality_stays_within_its_bounds(given_figures: tuple[pd.Series, pd.Series]) -> None:
    values, people = given_figures
    assert -1e-12 <= gini(values, people) <= 1 - 1 / people.sum() + 1e-12
    assert 0 <= theil(values, people) <= math.log(people.sum()) + 1e-12
    assert palma(values, people) >= 1 - 1e-12
    other = concentration_index(values, people, rank_by=values[::-1].set_axis(values.index))
    assert abs(other) <= gini(values, people) + 1e-12, "no other order tells more apart"
    assert gini(values, people) == pytest.approx(lorenz_gini(values, people), abs=1e-9)


def lorenz_gini(values: pd.Series, people: pd.Series) -> float:
    """Return the Gini coefficient by trapezoids under the Lorenz curve."""
    if values.sum() == 0:
        return 0.0
    order = np.argsort(values.to_numpy())
    value, weight = values.to_numpy()[order], people.to_numpy()[order]
    curve = np.concatenate([[0], np.cumsum(value * weight) / (value @ weight)])
    return float(1 - ((curve[1:] + curve[:-1]) * weight).sum() / weight.sum())


@given(figures)
def test_parts_of_theil_add_up(given_figures: tuple[pd.Series, pd.Series]) -> None:
    values, people = given_figures
    labels = pd.Series([f"g{place % 3}" for place in range(len(values))], values.index)
    table = theil_by_group(values, split_people(people, labels))
    assert table["between"].sum() + table["within"].sum() == pytest.approx(
        theil(values, people), abs=1e-9
    )
    assert table["people"].sum() == people.sum()
    assert table["between"].sum() >= -1e-12


def test_two_even_groups_differ_only_between_them() -> None:
    values, people = series(1, 1, 3, 3), series(1, 2, 2, 1)
    labels = pd.Series(["low", "low", "high", "high"], values.index)
    table = theil_by_group(values, split_people(people, labels))
    assert table.index.tolist() == ["high", "low"]
    assert table.loc["low"].tolist() == pytest.approx([3, 1, 0, 0, 0.25 * math.log(0.5)])
    assert table.loc["high"].tolist() == pytest.approx([3, 3, 0, 0, 0.75 * math.log(1.5)])


def test_groups_of_people_in_one_cell_are_told_apart() -> None:
    groups = pd.DataFrame({"young": [8.0, 2, 7], "old": [2.0, 8, 1]}, index=["a", "b", "c"])
    values = pd.Series([20.0, 5, np.nan], groups.index)
    table = fgt_by_group(values, groups, line=10)
    assert table.loc["young"].tolist() == pytest.approx([10, 7, 0.2, 0.1, 0.05])
    assert table.loc["old"].tolist() == pytest.approx([10, 1, 0.8, 0.4, 0.2])
    everybody = fgt(values, groups.sum(axis=1), line=10, alpha=2)
    assert (table["fgt_2"] @ table["people"]) / 20 == pytest.approx(everybody)
    uneven = inequality_by_group(values, groups)
    assert uneven.columns.tolist() == ["people", "unknown", "mean", "gini", "palma", "theil"]
    assert uneven.loc["young", "mean"] == pytest.approx(17)
    assert uneven.loc["old", "gini"] == pytest.approx(gini(values, groups["old"]))


@given(figures, st.integers(1, 1000))
def test_poverty_lies_from_0_to_1_and_falls_with_alpha(
    given_figures: tuple[pd.Series, pd.Series], line: int
) -> None:
    count, depth, severity = (fgt(*given_figures, line=line, alpha=alpha) for alpha in (0, 1, 2))
    assert 0 <= severity <= depth + 1e-12
    assert depth <= count + 1e-12
    assert count <= 1


@pytest.mark.parametrize(("line", "alpha"), [(0, 0), (-1, 1), (math.inf, 1), (5, -1)])
def test_a_line_that_is_none_is_refused(line: float, alpha: float) -> None:
    with pytest.raises(LayerError, match="line and alpha: are"):
        fgt(series(1), series(1), line=line, alpha=alpha)


def test_nothing_given_is_changed() -> None:
    values, people = series(3, math.nan, 1), series(1, 2, 3)
    groups = split_people(people, pd.Series(["x", "y", "x"], values.index))
    before = values.copy(), people.copy(), groups.copy()
    for measure in (*ALL_MEASURES, unknown_people):
        measure(values, people)
    for table in (theil_by_group, inequality_by_group):
        table(values, groups)
    fgt_by_group(values, groups, line=2)
    weighted_quantiles(values, people)
    for one, other in zip(before, (values, people, groups), strict=True):
        assert one.equals(other)
