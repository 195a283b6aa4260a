"""One run of the toy town, every figure counted on the drawing in `toy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import toy

from landuse import read_city, run
from landuse.coverage import standards
from landuse.schema import REASONS, ZONES

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd
    from conftest import Run

    from landuse.study import Study

W, H = (float(step[0]) for step in toy.GRID.steps_m())
"""Width and height in metres of a cell of the town."""
DIAGONAL = float(np.hypot(W, H))
BUILT, FARM, STREET = 3.7, 3.0, 4.8
"""Walking in town, on fields and along streets, km/h, as the speed file says."""


def seconds(*legs: tuple[float, float]) -> float:
    """Return how long some legs of (metres, km/h) take."""
    return sum(metres / kmh * 3.6 for metres, kmh in legs)


def cell_id(row: int, col: int) -> str:
    return str(toy.GRID.cell_ids(row, col))


def at(study: Study, row: int, col: int) -> pd.Series:
    return study.cells.loc[cell_id(row, col)]


@pytest.fixture(scope="session")
def study(toy_run: Run) -> Study:
    return toy_run.study


# Zones


def test_every_cell_is_in_the_zone_that_is_drawn(study: Study) -> None:
    drawn = {cell_id(row, col): toy.ZONE_OF[letter] for row, col, letter in toy.CELLS}
    assert study.cells["zone"].to_dict() == drawn


def test_a_zone_is_as_large_as_its_cells(study: Study) -> None:
    areas = study.zone_areas.set_index(["district", "zone"])["area_km2"]
    for letter, zone in toy.ZONE_OF.items():
        cells = [(row, col) for row, col, own in toy.CELLS if own == letter]
        exact = sum(toy.block([cell]).area for cell in cells) / 1e6
        assert areas["all", zone] == pytest.approx(exact, rel=1e-6)
        assert areas["all", zone] == pytest.approx(len(cells) * W * H / 1e6, rel=1e-3)
    assert areas["all", "all"] == pytest.approx(study.measured_area_km2, rel=1e-9)


def test_the_exclave_is_a_district_of_forest_alone(study: Study) -> None:
    areas = study.zone_areas.set_index(["district", "zone"])["area_km2"]
    assert areas["exclave", "all"] == pytest.approx(W * H / 1e6, rel=1e-3)
    assert areas["exclave", "forest"] == areas["exclave", "all"]
    assert areas["main", "forest"] == pytest.approx(10 * W * H / 1e6, rel=1e-3)
    whole = areas.drop("all", level="district").groupby("zone").sum()
    assert whole.to_numpy() == pytest.approx(areas["all"][whole.index].to_numpy(), rel=1e-9)


def test_the_area_is_measured_and_never_scaled_to_the_published_one(study: Study) -> None:
    assert study.measured_area_km2 == pytest.approx(26 * W * H / 1e6, rel=1e-3)
    assert study.city.published_area_km2 == 0.25
    assert study.measured_area_km2 != pytest.approx(0.25, rel=0.01)


def test_the_zones_are_shapes_that_cover_the_town(study: Study) -> None:
    assert study.zones["zone"].tolist() == list(ZONES)
    assert study.zones.area.sum() / 1e6 == pytest.approx(study.measured_area_km2, rel=1e-9)


# People and facilities


def test_everybody_arrives_on_their_own_cell(study: Study) -> None:
    drawn = toy.population().set_index("cell_id")
    assert study.cells["population"].to_dict() == drawn["population"].to_dict()
    assert study.cells["population_65plus"].to_dict() == drawn["population_65plus"].to_dict()
    assert study.cells[["population", "population_65plus"]].sum().tolist() == [62, 21]


def test_a_cell_belongs_to_its_district_and_to_the_nearest_town_of_it(study: Study) -> None:
    towns = [at(study, row, col)["town"] for row, col in ((0, 0), (4, 0), (4, 4), (0, 10))]
    assert towns == ["本町一丁目", "本町一丁目", "本町二丁目", "飛地町"]
    assert at(study, 0, 10)["district"] == "exclave"
    assert (study.cells["district"] == "main").sum() == 25


def test_a_facility_with_an_address_only_stands_at_its_town(study: Study) -> None:
    placed = study.facilities.set_index("service")
    shelter = placed.loc["shelter"]
    town = study.inputs.all("towns").set_index("name").loc["本町二丁目", "geometry"]
    assert shelter.geometry.distance(town) == 0
    assert shelter["position_error_m"] > 0
    assert (shelter["grade"], placed.loc["clinic", "grade"]) == ("derived", "official")
    assert pd.isna(placed.loc["clinic", "position_error_m"])


def test_a_service_without_a_known_place_is_no_data_and_not_zero(study: Study) -> None:
    assert study.cells["police_box_s"].isna().all()
    assert set(study.cells["police_box_reason"]) == {"no_facility_data"}
    rows = study.coverage[study.coverage["service"] == "police_box"]
    assert rows[["served", "share"]].isna().all(axis=None)
    assert rows["demand"].max() == 62
    assert "police_box" not in set(study.worst_towns["service"])


# Minutes


@pytest.mark.parametrize(
    ("cell", "legs"),
    [
        ((0, 0), []),
        ((0, 1), [(W, BUILT)]),
        ((1, 0), [(H, BUILT)]),
        ((1, 1), [(DIAGONAL, BUILT)]),
        ((0, 4), [(4 * W, BUILT)]),
        ((2, 0), [(1.5 * H, BUILT), (0.5 * H, FARM)]),
        ((2, 2), [(1.5 * DIAGONAL, BUILT), (0.5 * DIAGONAL, FARM)]),
    ],
)
def test_minutes_to_the_clinic_can_be_counted(
    study: Study, cell: tuple[int, int], legs: list[tuple[float, float]]
) -> None:
    found = at(study, *cell)
    assert found["clinic_s"] == pytest.approx(seconds(*legs), rel=1e-4)
    assert (found["clinic_to"], found["clinic_reason"]) == ("f1", "")


def test_no_way_leads_over_land_that_is_in_no_layer(study: Study) -> None:
    exclave = at(study, 0, 10)
    assert (exclave["clinic_reason"], exclave["clinic_to"]) == ("island", "")
    assert np.isnan(exclave["clinic_s"])
    assert (exclave["airport_s"], exclave["airport_to"]) == (0, "f4")
    assert at(study, 0, 0)["airport_reason"] == "island"


def test_a_straight_line_knows_no_barrier(study: Study) -> None:
    assert at(study, 0, 10)["clinic_m"] == pytest.approx(10 * W, rel=1e-3)
    assert at(study, 1, 1)["clinic_m"] == pytest.approx(DIAGONAL, rel=1e-4)
    assert "shelter_m" not in study.cells


def test_every_cell_has_seconds_or_a_reason(study: Study) -> None:
    for service in study.city.services:
        blank = study.cells[f"{service.key}_s"].isna()
        assert set(study.cells.loc[blank, f"{service.key}_reason"]) <= set(REASONS)
        assert set(study.cells.loc[~blank, f"{service.key}_reason"]) <= {""}
        assert (study.cells[f"{service.key}_to"] == "").tolist() == blank.tolist()


# Coverage


def served(coverage: pd.DataFrame, service: str, mode: str, group: str) -> tuple[float, float]:
    whole = (coverage["district"] == "all") & (coverage["zone"] == "all")
    own = (coverage["service"] == service) & (coverage["mode"] == mode)
    (row,) = coverage[whole & own & (coverage["group"] == group)].itertuples()
    return row.served, row.demand


def test_four_urban_cells_lie_within_150_metres_of_the_clinic(study: Study) -> None:
    assert served(study.coverage, "clinic", "straight", "all") == (40, 62)
    assert served(study.coverage, "clinic", "straight", "65plus") == (4, 21)


def test_only_the_exclave_reaches_the_airport(study: Study) -> None:
    assert served(study.coverage, "airport", "drive", "all") == (1, 62)


def test_coverage_has_a_row_for_every_standard_group_district_and_zone(study: Study) -> None:
    assert len(study.coverage) == 5 * 2 * 3 * 6
    keys = ["service", "mode", "group", "district", "zone"]
    assert not study.coverage.duplicated(keys).any()
    assert set(study.coverage["district"]) == {"all", "main", "exclave"}
    assert set(study.coverage["zone"]) == {"all", *ZONES}


def test_districts_and_zones_add_up_to_the_margins(study: Study) -> None:
    keys = ["service", "mode", "group", "district", "zone"]
    table = study.coverage.set_index(keys)[["demand", "served"]]
    for margin in ("district", "zone"):
        whole = table.xs("all", level=margin)
        others = [level for level in keys if level != margin]
        parts = table.drop("all", level=margin).groupby(level=others).sum(min_count=1)
        pd.testing.assert_frame_equal(parts.loc[whole.index], whole)


def test_coverage_counts_the_cells_within_the_standard(study: Study) -> None:
    for standard in standards(study.city.services):
        if standard.service == "police_box":
            continue
        within = study.cells[study.cells[standard.column] <= standard.limit]
        found = served(study.coverage, standard.service, standard.mode, "all")
        assert found == (within["population"].sum(), 62)


def test_the_worst_served_town_is_the_one_with_people(study: Study) -> None:
    # Nearer to the first town than to the second are the cells with row + col < 4, and (4, 0)
    # and (3, 1): 40 people on four urban cells and 8 on others. The second has 13, too few
    # to be named, and the exclave 1.
    worst = study.worst_towns.set_index(["service", "mode"])
    assert set(worst["town"]) == {"本町一丁目"}
    assert set(worst["demand"]) == {48}
    assert worst.loc[("clinic", "straight"), "served"] == 40
    assert worst.loc[("airport", "drive"), "unserved"] == 48
    assert np.isnan(worst.loc[("airport", "drive"), "median_cost"])


# The run as a whole


def test_each_step_is_told_as_it_begins_and_timed(toy_city: Path) -> None:
    told: list[str] = []
    study = run(read_city(toy_city), say=told.append)
    assert list(study.seconds) == ["read", "zones", "cells", "access", "coverage"]
    assert len(told) == len(study.seconds)
    assert all(spent > 0 for spent in study.seconds.values())


def test_a_second_run_is_the_same_to_the_last_bit(study: Study, toy_city: Path) -> None:
    again = run(read_city(toy_city))
    for name in ("faces", "cells", "facilities", "coverage", "zone_areas", "worst_towns"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(study, name), check_exact=True)


def test_a_run_changes_none_of_its_inputs(study: Study) -> None:
    from landuse.inputs import read_inputs  # noqa: PLC0415

    fresh = read_inputs(study.city).tables
    for key, table in study.inputs.tables.items():
        pd.testing.assert_frame_equal(table, fresh[key], check_exact=True)


def test_a_study_explains_the_zone_of_a_face(study: Study) -> None:
    farm = study.faces[study.faces["zone"] == "agricultural"].iloc[0]
    explanation = study.explain(int(farm["mask"]))
    assert (explanation.zone, explanation.winner) == ("agricultural", "farm_core")
    assert [claim.sources for claim in explanation.claims] == [("toy",)]
    assert explanation.grade == "derived"


# Streets


@pytest.fixture(scope="module")
def with_streets(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("streets")
    return run(read_city(toy.write_city(folder / "toy", streets=toy.streets())))


def test_without_streets_costs_come_over_the_surface(study: Study) -> None:
    assert set(study.cost_methods.values()) == {"surface"}


def test_with_streets_costs_come_over_the_network(with_streets: Study) -> None:
    methods = {service.key: "network" for service in with_streets.city.services}
    assert with_streets.cost_methods == methods


@pytest.mark.parametrize(
    ("row", "col"), [(row, col) for row, col, _ in toy.CELLS if col < 10], ids=str
)
def test_along_streets_one_walks_around_the_blocks(with_streets: Study, row: int, col: int) -> None:
    walked = seconds((row * H + col * W, STREET))
    assert at(with_streets, row, col)["clinic_s"] == pytest.approx(walked, rel=1e-4, abs=1e-3)


def test_a_street_that_leads_nowhere_is_an_island(with_streets: Study) -> None:
    exclave = at(with_streets, 0, 10)
    assert (exclave["clinic_reason"], exclave["airport_s"]) == ("island", 0)
    assert at(with_streets, 0, 0)["airport_reason"] == "island"


def test_streets_change_minutes_and_nothing_else(study: Study, with_streets: Study) -> None:
    plain = ["row", "col", "geometry", "zone", "district", "town", "population", "clinic_m"]
    pd.testing.assert_frame_equal(with_streets.cells[plain], study.cells[plain])
    pd.testing.assert_frame_equal(with_streets.zone_areas, study.zone_areas)


# What a city may lack


def lacking(folder: Path, *keys: str) -> Study:
    return run(read_city(toy.write_city(folder / "toy", **dict.fromkeys(keys))))


def test_without_a_population_there_is_no_data_on_people(tmp_path: Path) -> None:
    study = lacking(tmp_path, "people")
    assert study.cells[["population", "population_65plus"]].isna().all(axis=None)
    whole = study.coverage[study.coverage["zone"] == "all"]
    assert whole["demand"].isna().all()
    assert study.coverage["share"].isna().all()
    assert study.worst_towns.empty
    assert at(study, 0, 1)["clinic_s"] > 0  # streets lead on all the same


def test_without_the_old_their_group_alone_is_no_data(tmp_path: Path) -> None:
    people = toy.population().drop(columns="population_65plus")
    study = run(read_city(toy.write_city(tmp_path / "toy", people=people)))
    assert study.cells["population"].sum() == 62
    assert study.cells["population_65plus"].isna().all()
    assert served(study.coverage, "clinic", "straight", "all") == (40, 62)
    assert study.coverage.loc[study.coverage["group"] == "65plus", "share"].isna().all()


def test_without_towns_an_address_is_no_place(tmp_path: Path) -> None:
    study = lacking(tmp_path, "towns")
    assert set(study.cells["town"]) == {""}
    assert set(study.cells["shelter_reason"]) == {"no_facility_data"}
    assert study.coverage.loc[study.coverage["service"] == "shelter", "share"].isna().all()


def test_without_districts_the_city_is_its_own(tmp_path: Path) -> None:
    study = lacking(tmp_path, "districts")
    assert set(study.cells["district"]) == {"toy"}
    assert set(study.zone_areas["district"]) == {"all"}
    assert study.district_names == {"toy": "玩具町"}
    assert set(study.coverage["district"]) == {"all", "toy"}


def test_without_facilities_every_service_is_no_data(tmp_path: Path) -> None:
    study = lacking(tmp_path, "places")
    assert study.facilities.empty
    assert study.coverage[["served", "share"]].isna().all(axis=None)
    assert study.coverage["demand"].max() == 62
    assert study.worst_towns.empty


def test_a_boundary_and_claims_alone_are_a_study(tmp_path: Path) -> None:
    study = lacking(tmp_path, "people", "towns", "districts", "places")
    assert study.cells["zone"].value_counts().to_dict() == {
        "forest": 11,
        "urban": 4,
        "agricultural": 4,
        "natural": 4,
        "quasi_urban": 3,
    }
    assert study.cells.filter(like="_s").isna().all(axis=None)
    assert study.coverage["share"].isna().all()
    assert study.regional.empty
    assert study.rings.empty


# The region


def test_the_region_is_measured_from_its_town_halls(tmp_path: Path) -> None:
    study = run(read_city(toy.write_city(tmp_path / "toy", halls=toy.halls())))
    table = study.regional.set_index("name")
    north_m = np.hypot(10 * W, 40 * H)
    assert table["straight_km"].to_dict() == pytest.approx(
        {"玩具町": 10 * W / 1000, "北村": north_m / 1000}, rel=1e-3
    )
    assert set(table["reason"]) == {"outside_data"}
    assert table["road_min"].isna().all()
    assert set(study.rings["without_road"]) == {100}


@pytest.mark.parametrize("lost", ["name_en", "population_2020"])
def test_a_region_may_lack_what_its_role_does_not_promise(tmp_path: Path, lost: str) -> None:
    halls: gpd.GeoDataFrame = toy.halls().drop(columns=lost)
    study = run(read_city(toy.write_city(tmp_path / "toy", halls=halls)))
    assert len(study.regional) == 2
    assert study.rings.empty == (lost == "population_2020")
