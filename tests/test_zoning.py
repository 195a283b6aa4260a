"""Which claim decides, which zone that leads to, and the reason in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from cuts import claims_of, layer
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import box

from landuse.errors import CrsError, LayerError
from landuse.partition import partition
from landuse.schema import CLAIMS, MEASURED_CLAIMS, ZONES, Grade, Origin, mask_of_claims
from landuse.scheme import read_overlaps, read_scheme
from landuse.zoning import classify, decide, dissolve, explain, zone_areas

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.zoning.decide import Decision

OVERLAPS, SCHEME = read_overlaps(), read_scheme()
claim_sets = st.sets(st.sampled_from(CLAIMS))


def decided(*claims: str) -> Decision:
    return decide(mask_of_claims(claims), OVERLAPS, SCHEME)


CASES = [
    # claims -> zone, path
    (["urban_core"], "urban", "statutory"),
    (["urban_core", "park_special", "cover_forest"], "urban", "statutory"),
    (["urban_other", "settlement_cluster"], "quasi_urban", "statutory"),
    (["urban_other", "built_up", "forest_other"], "quasi_urban", "statutory"),
    (["urban_other", "cover_forest"], "forest", "measured"),
    (["urban_other", "cover_farm", "farm_other"], "agricultural", "measured"),
    (["urban_other", "settlement_cluster", "farm_core"], "agricultural", "statutory"),
    (["farm_core", "cover_forest"], "agricultural", "statutory"),
    (["farm_other", "forest_other", "cover_farm"], "forest", "statutory"),
    (["forest_protected", "urban_core", "settlement_centre"], "forest", "statutory"),
    (["park_special", "settlement_cluster"], "quasi_urban", "statutory"),
    (["park_special", "built_up"], "natural", "statutory"),
    (["park_special", "forest_other", "cover_forest"], "forest", "statutory"),
    (["park_special", "forest_other", "wetland"], "natural", "statutory"),
    (["park_special", "forest_other"], "natural", "statutory"),
    (["park_ordinary", "forest_other"], "forest", "statutory"),
    (["park_ordinary"], "natural", "statutory"),
    (["park_ordinary", "cover_forest"], "natural", "statutory"),
    (["park_ordinary", "cover_farm"], "agricultural", "measured"),
    (["park_ordinary", "settlement_cluster"], "quasi_urban", "measured"),
    (["park_ordinary", "urban_other"], "natural", "statutory"),
    (["park_ordinary", "urban_other", "built_up"], "quasi_urban", "statutory"),
    (["park_ordinary", "farm_other", "wetland"], "natural", "statutory"),
    (["conservation_special", "farm_core"], "natural", "statutory"),
    (["settlement_centre", "wetland", "cover_forest"], "urban", "measured"),
    (["settlement_cluster", "cover_farm"], "quasi_urban", "measured"),
    (["built_up", "cover_nature"], "quasi_urban", "measured"),
    (["water", "settlement_centre"], "natural", "measured"),
    (["wetland", "cover_farm"], "natural", "measured"),
    (["cover_farm", "cover_forest"], "agricultural", "measured"),
    (["cover_forest", "cover_nature"], "forest", "measured"),
    (["cover_nature"], "natural", "measured"),
    ([], "natural", "residual"),
]


@pytest.mark.parametrize(("claims", "zone", "path"), CASES, ids=str)
def test_a_set_of_claims_leads_to_its_zone(claims: list[str], zone: str, path: str) -> None:
    decision = decided(*claims)
    assert (decision.zone, decision.path) == (zone, path)


@given(claim_sets)
@example({"urban_other", "farm_other"})
def test_every_set_of_claims_has_exactly_one_zone_and_a_reason(claims: set[str]) -> None:
    decision = decided(*claims)
    assert decision.zone in ZONES
    assert decision.winner in claims or (decision.winner == "" and decision.path == "residual")
    # What is left over has a runner-up only where a claim gave way to one that led nowhere.
    assert decision.path != "residual" or decision.runner_up == "" or decision.defeats
    assert decision.runner_up in {*ZONES, ""} - {decision.zone}
    gave_way = [defeat.loser for defeat in decision.defeats]
    assert len(gave_way) == len(set(gave_way))
    assert decision.winner not in gave_way
    assert set(gave_way) <= claims


@given(st.sets(st.sampled_from(MEASURED_CLAIMS)))
def test_without_the_law_what_is_on_the_ground_decides(claims: set[str]) -> None:
    assert decided(*claims).path == ("measured" if claims else "residual")


def test_the_losers_are_named_with_their_reasons() -> None:
    decision = decided("urban_other", "forest_protected", "cover_farm")
    assert [(d.loser, d.winner, d.rule) for d in decision.defeats] == [
        ("urban_other", "forest_protected", "4"),
        ("cover_farm", "forest_protected", "law"),
    ]
    tie = decided("park_special", "forest_other", "cover_forest")
    assert [(d.loser, d.rule) for d in tie.defeats] == [("park_special", "cover")]
    order = decided("park_special", "forest_other")
    assert [(d.loser, d.rule) for d in order.defeats] == [("forest_other", "order")]
    ground = decided("settlement_cluster", "cover_farm", "park_ordinary")
    assert [(d.loser, d.rule) for d in ground.defeats] == [
        ("park_ordinary", "rules"),
        ("cover_farm", "rules"),
    ]


def test_the_runner_up_is_the_next_other_zone() -> None:
    assert decided("park_special", "settlement_cluster", "built_up").runner_up == "natural"
    assert decided("park_special", "built_up", "wetland").runner_up == "quasi_urban"
    assert decided("park_special", "wetland", "cover_forest").runner_up == "forest"
    assert decided("cover_forest").runner_up == ""


LAND = box(0, 0, 500, 500)
BOUNDARY = layer([LAND])


def toy_faces() -> gpd.GeoDataFrame:
    """Cut rows of a hectare: town, farm below a park, and wood on all but the town."""
    claims = claims_of(
        {
            "urban_core": box(0, 0, 500, 100),
            "farm_core": box(0, 100, 500, 300),
            "park_special": box(0, 200, 500, 400),
            "cover_forest": box(0, 100, 400, 500),
        }
    )
    return classify(
        partition(BOUNDARY, claims),
        OVERLAPS,
        SCHEME,
        grades={"urban_core": "official", "farm_core": "derived", "cover_forest": "official"},
    )


def test_zones_have_the_areas_counted_on_the_drawing() -> None:
    areas = zone_areas(toy_faces()).set_index("zone")
    assert areas["area_km2"].to_dict() == pytest.approx(
        {
            "urban": 0.05,
            "quasi_urban": 0.0,
            "agricultural": 0.05,
            "forest": 0.04,
            "natural": 0.11,
            "all": 0.25,
        }
    )
    assert areas["share"].loc[list(ZONES)].sum() == pytest.approx(1)


def test_areas_by_district_add_up_to_the_whole() -> None:
    west, east = box(0, 0, 130, 500), box(130, 0, 500, 500)
    districts = layer([west, east], district=["west", "east"])
    table = zone_areas(toy_faces(), districts).set_index(["district", "zone"])["area_km2"]
    for zone in (*ZONES, "all"):
        assert table["west", zone] + table["east", zone] == pytest.approx(table["all", zone])
    assert table["west", "urban"] == pytest.approx(0.013)


def test_one_shape_for_each_zone_covers_the_land() -> None:
    zones = dissolve(toy_faces())
    assert list(zones["zone"]) == ["urban", "agricultural", "forest", "natural"]
    assert zones["area_km2"].sum() == pytest.approx(0.25)
    assert shapely.coverage_is_valid(zones.geometry.to_numpy())


def test_a_face_is_graded_by_its_worst_claim_and_modelled_where_nothing_is_known() -> None:
    faces = toy_faces()
    grade = faces.groupby("zone")["grade"].agg(set).to_dict()
    assert grade["urban"] == {"official"}
    assert grade["agricultural"] == {"derived"}
    assert grade["natural"] == {"modelled"}  # the park, and the residual corner


def test_classifying_leaves_the_faces_as_they_were() -> None:
    faces = partition(BOUNDARY, claims_of({"wetland": box(0, 0, 50, 50)}))
    before = faces.copy(deep=True)
    found = classify(faces, OVERLAPS, SCHEME)
    assert faces.equals(before)
    assert found.index.equals(faces.index)


def test_faces_without_a_mask_or_in_degrees_are_refused() -> None:
    with pytest.raises(LayerError, match="column mask"):
        classify(layer([LAND]), OVERLAPS, SCHEME)
    with pytest.raises(CrsError, match="degrees"):
        classify(layer([LAND], mask=0).to_crs("EPSG:4326"), OVERLAPS, SCHEME)


ORIGINS = {
    "forest_protected": [Origin(source="国土数値情報 A13", vintage="2015", grade=Grade.OFFICIAL)],
    "urban_other": [Origin(source="国土数値情報 A09", vintage="2018", grade=Grade.OFFICIAL)],
}


def test_an_explanation_replays_the_decision_in_both_languages() -> None:
    mask = mask_of_claims(["urban_other", "forest_protected", "settlement_cluster"])
    told = explain(mask, OVERLAPS, SCHEME, origins=ORIGINS)
    ja, en = told.text("ja"), told.text("en")
    for words in ("森林地域", "法定の区域による", "保安林としての利用を優先する", "未照合"):
        assert words in ja
    for words in ("国土数値情報 A13", "2015", "公式", "次点: 都市的地域に準じる地域", "北海道"):
        assert words in ja
    for words in ("Zone: Forest", "Protection forest comes first", "(unverified)", "Runner-up: Q"):
        assert words in en
    assert told.path == "statutory"
    assert json.loads(json.dumps(told.as_dict()))["zone"] == "forest"


def test_an_explanation_tells_the_measured_path_from_the_legal_one() -> None:
    measured = explain(mask_of_claims(["cover_forest"]), OVERLAPS, SCHEME)
    assert "現況による" in measured.text()
    assert "出典なし" in measured.text()
    rest = explain(0, OVERLAPS, SCHEME)
    assert "残余" in rest.text()
    assert rest.claims == ()


def test_an_overlap_on_which_the_table_is_silent_is_said_to_need_a_person() -> None:
    told = explain(mask_of_claims(["urban_core", "conservation_special"]), OVERLAPS, SCHEME)
    assert "担当者の判断を要する" in told.text()
    assert "宣言した順序で決定" in told.text()


@settings(deadline=None)
@given(claim_sets)
def test_every_set_of_claims_can_be_explained(claims: set[str]) -> None:
    told = explain(mask_of_claims(claims), OVERLAPS, SCHEME)
    labels = [SCHEME.claim_labels[claim] for claim in claims]
    assert all(label.ja in told.text("ja") and label.en in told.text("en") for label in labels)
    assert told.sentence("ja").endswith("。")
    assert told.sentence("en").endswith(".")
    json.dumps(told.as_dict(), allow_nan=False)


@settings(deadline=None)
@given(st.lists(claim_sets, min_size=1, max_size=30))
def test_faces_of_one_mask_get_what_their_mask_is_decided_to(sets: list[set[str]]) -> None:
    masks = np.array([mask_of_claims(claims) for claims in sets])
    squares = [box(k, 0, k + 1, 1) for k in range(len(masks))]
    found = classify(layer(squares, mask=masks), OVERLAPS, SCHEME)
    for mask, zone in zip(masks, found["zone"], strict=True):
        assert decide(int(mask), OVERLAPS, SCHEME).zone == zone
    assert found["area_km2"].sum() == pytest.approx(len(masks) / 1e6)
