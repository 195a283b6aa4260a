"""The catalogue's recipes: what official files serve is said in the package's own words."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from cataloguekit import CATALOGUE, EDITIONS, facility, labels, named, of

from landuse.config import preset
from landuse.schema import CLAIMS
from landuse.services import read_services
from landuse.sources.legends import read_legend

if TYPE_CHECKING:
    from landuse.catalogue import Edition, Recipe

RECIPES = [(edition, role) for edition in EDITIONS for role in edition.recipes]

NO_SERVICE_YET = {
    "branch_office",
    "care_home",
    "day_service",
    "dental_clinic",
    "fire_station",
    "health_centre",
    "home_care",
    "home_care_support_centre",
    "home_nursing",
    "kindergarten",
    "museum",
    "nursery",
    "other",
    "park",
    "police_branch",
    "police_school",
    "post_office",
    "rest_house",
    "roadside_station",
    "shelter",
    "short_stay",
    "sports",
    "vocational_school",
    "welfare_centre",
    "welfare_office",
}
"""Words for facilities that no service of the preset selects, but another city's may."""

NO_SERVICE_ROLE_YET = {"disaster_base"}


@pytest.mark.parametrize(
    "edition", [edition for edition, role in RECIPES if role == "claims"], ids=named
)
def test_claims_are_known_and_no_code_is_left_without_one(edition: Edition) -> None:
    recipe = edition.recipes["claims"]
    if recipe.claim:
        assert recipe.claim in CLAIMS
        return
    codes = set(labels(edition, recipe.claim_column))
    selected = set(recipe.where.get(recipe.claim_column, codes))
    assert selected <= codes
    assert set(recipe.claim_codes) == selected
    assert set(recipe.claim_codes.values()) <= set(CLAIMS)


def test_water_and_forest_on_the_ground_are_what_they_are_called() -> None:
    for edition, role in RECIPES:
        recipe = edition.recipes[role]
        if role != "claims" or recipe.claim_column != "land_use":
            continue
        meanings = labels(edition, recipe.claim_column)
        for code, claim in recipe.claim_codes.items():
            assert (claim == "cover_forest") == bool(re.search("森林", meanings[code])), (
                edition.name,
                code,
            )
            assert (claim == "water") == bool(re.search("水地|湖沼|河川", meanings[code])), (
                edition.name,
                code,
            )


@pytest.mark.parametrize(
    "edition", [edition for edition, role in RECIPES if role == "facilities"], ids=named
)
def test_facilities_are_called_by_words_that_services_select(edition: Edition) -> None:
    selected: dict[str, set[str]] = {"category": set(NO_SERVICE_YET), "roles": set()}
    selected["roles"] |= NO_SERVICE_ROLE_YET
    for service in read_services(preset("services.toml")):
        for name, accepted in service.select.items():
            selected.setdefault(name, set()).update(accepted)
    recipe = edition.recipes["facilities"]
    read_with_category = CATALOGUE.datasets[edition.dataset].reader == "mhlw"
    assert read_with_category or "category" in {*recipe.constants, *recipe.translate}
    for name in ("category", "roles"):
        made = recipe.translate[name].codes.values() if name in recipe.translate else ()
        words = [recipe.constants.get(name, ""), *made]
        parts = {part for word in words for part in word.split(";")} - {""}
        assert parts <= selected[name], (edition.name, name)


def test_roads_sea_and_golf_courses_claim_nothing() -> None:
    for edition, role in RECIPES:
        recipe = edition.recipes[role]
        if role == "claims" and recipe.claim_column == "land_use":
            meanings = labels(edition, "land_use")
            silent = {meanings[code] for code in set(meanings) - set(recipe.claim_codes)}
            known = {"道路", "鉄道", "幹線交通用地", "海水域", "ゴルフ場", "解析範囲外"}
            assert silent == known & set(meanings.values()), edition.name


def test_rasters_name_a_legend_that_is_there_and_nothing_else_does() -> None:
    for edition in EDITIONS:
        raster = CATALOGUE.datasets[edition.dataset].reader == "raster"
        assert bool(edition.legend) == raster
        if raster:
            assert read_legend(edition.legend).classes
            assert not edition.recipes


def test_meshes_are_called_by_the_length_of_their_codes() -> None:
    # a city's `cell_id` is always the tenth of a 1 km mesh, its `mesh_code` any other
    for edition in EDITIONS:
        names = {column.to for column in edition.columns if column.type == "mesh"}
        tenths = edition.dataset in ("L03-b", "L03-b-u")
        assert names <= {"cell_id" if tenths else "mesh_code"}, edition.name


@pytest.mark.parametrize("reader", ["gsi", "mhlw"])
def test_columns_of_lists_are_called_as_their_reader_calls_them(reader: str) -> None:
    forms = tomllib.loads(preset(f"{reader}.toml").read_text(encoding="utf-8"))["form"]
    for edition in EDITIONS:
        if CATALOGUE.datasets[edition.dataset].reader != reader:
            continue
        called = {column.name: column.to for column in edition.columns}
        assert any(set(called.items()) <= set(form["rename"].items()) for form in forms)


@pytest.mark.parametrize("edition", [edition for edition in EDITIONS if edition.recipes], ids=named)
def test_recipes_speak_of_columns_and_codes_that_are_there(edition: Edition) -> None:
    for recipe in edition.recipes.values():
        check_recipe(edition, recipe)


def check_recipe(edition: Edition, recipe: Recipe) -> None:
    """Check that every column and code of a recipe is one of the edition."""
    columns = {each.to: each for each in edition.columns}
    assert set(recipe.rename) <= set(columns)
    renamed = {recipe.rename.get(to, to): each for to, each in columns.items()}
    assert {*recipe.where, *filter(None, [recipe.claim_column])} <= set(renamed)
    for translation in recipe.translate.values():
        source = renamed[translation.column]
        if source.codes:
            assert set(translation.codes) <= set(CATALOGUE.codes[source.codes].labels)
    assert not set(recipe.constants) & set(renamed)


def test_hospital_is_hospital_and_prison_is_not_asked() -> None:
    new = of("P04", "2020")
    assert [facility(new, "category", code) for code in "123"] == [
        "hospital",
        "clinic",
        "dental_clinic",
    ]
    assert facility(new, "roles", "1") == "disaster_base"
    assert facility(new, "roles", "9") == ""
