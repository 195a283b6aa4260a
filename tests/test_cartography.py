"""What a licence holds back is in no public map; what is computed from it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from packedkit import unpacked

from landuse import maps
from landuse.cartography import map_data, published
from landuse.catalogue import catalogue
from landuse.errors import LayerError

if TYPE_CHECKING:
    from conftest import Run

    from landuse.config import City
    from landuse.maps import MapData

CLINIC = "本町診療所"


@pytest.fixture(scope="module")
def data(toy_run: Run) -> MapData:
    return map_data(toy_run.study)


def closed(run: Run, *keys: str, **changes: object) -> City:
    """Return the town with some layers that may not be embedded."""
    changes = changes or {"embed": False}
    layers = [
        replace(layer, **changes) if layer.key in keys else layer for layer in run.study.city.layers
    ]
    return replace(run.study.city, layers=tuple(layers))


def test_nothing_is_held_back_where_every_layer_may_be_shown(toy_run: Run, data: MapData) -> None:
    assert published(data, toy_run.study.city) is data


def test_features_of_a_closed_layer_stand_on_the_staff_page_only(
    toy_run: Run, data: MapData
) -> None:
    public = published(data, closed(toy_run, "places"))
    pages = maps.both_pages(data, public=public)
    assert CLINIC in unpacked(pages.staff)
    assert CLINIC not in unpacked(pages.public)
    assert len(public.facilities) == 0
    assert len(data.facilities) > 0


def test_figures_computed_from_a_closed_layer_stay(toy_run: Run, data: MapData) -> None:
    public = published(data, closed(toy_run, "places", "land"))
    pd.testing.assert_frame_equal(public.coverage, data.coverage)
    pd.testing.assert_frame_equal(public.zone_areas, data.zone_areas)
    assert public.times is data.times
    assert public.faces["zone"].tolist() == data.faces["zone"].tolist()
    assert public.faces["rule"].tolist() == data.faces["rule"].tolist()


def test_claims_of_a_closed_layer_cannot_be_told_apart(toy_run: Run, data: MapData) -> None:
    public = published(data, closed(toy_run, "land"))
    assert set(public.faces["claims"]) == {()}
    assert public.faces["why_ja"].tolist() == data.faces["rule_text_ja"].tolist()
    assert set(public.faces["winner"]) == {""}
    assert any(data.faces["claims"])


def test_a_reader_is_told_which_layers_are_held_back(toy_run: Run, data: MapData) -> None:
    public = published(data, closed(toy_run, "places", "land"))
    (note,) = public.notes[len(data.notes) :]
    assert "land、places" in note.ja
    assert "区分・面積・時間だけ" in note.ja
    assert "land, places" in note.en


def test_a_licence_against_derived_figures_stops_the_public_map(
    toy_run: Run, data: MapData
) -> None:
    edition = catalogue().datasets["A13"].editions["2015"]
    strict = replace(edition, terms=replace(edition.terms, embed_derived=False))
    with pytest.raises(LayerError, match=r"layer land: its licence .* public"):
        published(data, closed(toy_run, "land", edition=strict))


def test_the_data_of_the_office_are_left_as_they_are(toy_run: Run, data: MapData) -> None:
    before = data.faces.copy()
    published(data, closed(toy_run, "land"))
    pd.testing.assert_frame_equal(data.faces, before)
