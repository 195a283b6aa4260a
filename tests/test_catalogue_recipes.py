"""The catalogue's recipes: what official files serve is said in the package's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from cataloguekit import CATALOGUE, EDITIONS, facility, labels, named, of

from landuse.config import preset
from landuse.schema import CLAIMS
from landuse.services import read_services

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
    "pharmacy",
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

NO_SERVICE_ROLE_YET = {"disaster_base", "emergency_site"}


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
        if role != "claims" or recipe.claim_column not in ("land_use", "cover"):
            continue
        meanings = labels(edition, recipe.claim_column)
        for code, claim in recipe.claim_codes.items():
            assert (claim == "cover_forest") == bool(
                re.search("森林|樹$|樹木$|竹林", meanings[code])
            ), (edition.name, code)
            assert (claim == "water") == bool(re.search("水域|水地|湖沼|河川", meanings[code])), (
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
    assert "category" in {*recipe.constants, *recipe.translate}
    for name in ("category", "roles"):
        made = recipe.translate[name].codes.values() if name in recipe.translate else ()
        words = [recipe.constants.get(name, ""), *made]
        parts = {part for word in words for part in word.split(";")} - {""}
        assert parts <= selected[name], (edition.name, name)


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
