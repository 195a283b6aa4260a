"""Evenness, bundles and winter in a whole study of the toy town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import toy

from landuse import read_city, run
from landuse.errors import CityError
from landuse.figures import equity_table
from landuse.rules import read_rules

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

    from landuse.study import Study


def cells(minutes: list[float], people: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "population": people,
            "population_65plus": people,
            "clinic_s": [60 * minute for minute in minutes],
        }
    )


def test_where_all_have_the_same_way_nothing_is_uneven() -> None:
    table = equity_table(cells([10, 10], [3, 5]), ["clinic"]).set_index("group")
    row = table.loc["all"]
    assert row[["mean_min", "median_min", "p90_min"]].tolist() == [10, 10, 10]
    assert row[["gini", "theil", "unknown"]].tolist() == [0, 0, 0]


def test_half_at_the_door_and_half_far_is_a_gini_of_a_half() -> None:
    row = equity_table(cells([0, 20], [4, 4]), ["clinic"]).iloc[0]
    assert row["mean_min"] == 10
    assert row["gini"] == pytest.approx(0.5)


def test_people_of_blank_cells_are_counted_as_unknown_and_left_out() -> None:
    row = equity_table(cells([10, np.nan], [3, 5]), ["clinic"]).iloc[0]
    assert row[["people", "unknown", "mean_min"]].tolist() == [8, 5, 10]


def test_a_study_says_who_reaches_all_services_of_a_kind(toy_run: Run) -> None:
    table = toy_run.study.bundles.query("group == 'all' and district == 'all' and zone == 'all'")
    watch_over = table.set_index("kind").loc["watch_over"]
    # The police box has no place, so it is named and not counted.
    assert watch_over["services"] == "clinic;shelter"
    assert watch_over["missing"] == "police_box"
    served = toy_run.study.coverage.query(
        "group == 'all' and district == 'all' and zone == 'all' and mode != 'straight'"
    ).set_index("service")["share"]
    assert watch_over["share"] <= served[["clinic", "shelter"]].min() + 1e-12


def test_services_without_data_have_no_evenness(toy_run: Run) -> None:
    assert set(toy_run.study.equity["service"]) == {"clinic", "shelter", "airport"}
    assert set(toy_run.study.equity["grade"]) == {"modelled"}


# Winter


def in_winter(folder: Path, conditions: str = '["winter"]') -> Path:
    city = toy.write_city(folder)
    text = city.read_text(encoding="utf-8")
    city.write_text(f"conditions = {conditions}\n{text}", encoding="utf-8")
    return city


@pytest.fixture(scope="module")
def winter(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run(read_city(in_winter(tmp_path_factory.mktemp("winter") / "toy")))


def test_winter_serves_nobody_more_and_its_band_is_in_order(winter: Study) -> None:
    keys = ["service", "group", "district", "zone"]
    timed = winter.coverage[winter.coverage["mode"] != "straight"].set_index(keys)["served"]
    bands = winter.profiles.set_index(["band", *keys])["served"]
    low, middle, high = (bands[band] for band in ("low", "middle", "high"))
    assert set(winter.profiles["profile"]) == {"winter"}
    known = timed.dropna().index
    assert (low[known] <= middle[known] + 1e-9).all()
    assert (middle[known] <= high[known] + 1e-9).all()
    assert (high[known] <= timed[known] + 1e-9).all()
    assert low[known].sum() < timed[known].sum()


def test_summer_stays_as_it_is(winter: Study, toy_run: Run) -> None:
    pd.testing.assert_frame_equal(winter.coverage, toy_run.study.coverage)
    assert toy_run.study.profiles.empty


def test_an_unknown_condition_is_a_fault(tmp_path: Path) -> None:
    city = read_city(in_winter(tmp_path / "toy", '["monsoon"]'))
    with pytest.raises(CityError, match="conditions: names 'monsoon'"):
        read_rules(city)
