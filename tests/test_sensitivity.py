"""Which land flips when the rules change: on a toy town by counting, and by laws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given, settings
from hypothesis import strategies as st

import landuse as lu
from landuse import whatif
from landuse.errors import CityError
from landuse.grid import Grid
from landuse.schema import CLAIMS, ZONES, claim_bit, mask_of_claims
from landuse.scheme import read_overlaps, read_scheme
from landuse.whatif.flips import _flip
from landuse.whatif.ground import Ground
from landuse.whatif.thresholds import Settlement, settled
from landuse.zoning import classify

if TYPE_CHECKING:
    from conftest import Run

    from landuse.study import Study

OVERLAPS, SCHEME = read_overlaps(), read_scheme()
CELL_KM2 = shapely.area(toy.GRID.polygons(np.array([2]), np.array([2])))[0] / 1e6


@pytest.fixture(scope="module")
def study(toy_run: Run) -> Study:
    return toy_run.study


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the toy town with houses on the four westernmost cells of its two rows of forest."""
    houses = toy.frame(
        [toy.block([(row, col) for row in (3, 4) for col in (0, 1)])],
        claim=["built_up"],
    )
    land = gpd.GeoDataFrame(pd.concat([toy.claims(), houses], ignore_index=True))
    folder = tmp_path_factory.mktemp("built") / "toy"
    return lu.run(lu.read_city(toy.write_city(folder, land=land)))


def test_a_claim_that_is_not_believed_frees_its_land(study: Study) -> None:
    found = lu.flips(study, whatif.IgnoreClaim(claim="settlement_cluster"))
    (row,) = found.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("quasi_urban", "natural")
    assert row["area_km2"] == pytest.approx(3 * CELL_KM2, rel=1e-3)
    # One person lives on each of the three cells; nobody old on the fifth of a row.
    assert (row["population"], row["population_65plus"]) == (3, 2)


def test_a_dropped_rule_sends_its_land_to_the_rest(study: Study) -> None:
    found = lu.sensitivity(study, [whatif.DropRule(rule="cover_forest")])
    (row,) = found.table.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("forest", "natural")
    assert row["population"] == 11  # two rows of five, and the exclave
    assert row["area_km2"] == pytest.approx(11 * CELL_KM2, rel=1e-3)


def test_the_order_of_rules_decides_where_two_hold(built: Study) -> None:
    down = whatif.MoveRule(rule="built_up", places=3)  # past wetland, farm and forest
    (row,) = lu.sensitivity(built, [down]).table.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("quasi_urban", "forest")
    assert row["area_km2"] == pytest.approx(4 * CELL_KM2, rel=1e-3)
    assert row["population"] == 4
    assert lu.flips(built, whatif.MoveRule(rule="built_up", places=2)).empty


def test_other_tables_are_compared_as_a_whole(built: Study) -> None:
    _, scheme = whatif.MoveRule(rule="built_up", places=3).tables(OVERLAPS, SCHEME)
    found = lu.flips(built, scheme=scheme)
    assert found["to_zone"].tolist() == ["forest"]
    assert lu.flips(built, scheme=SCHEME, overlaps=OVERLAPS).empty


def test_robustness_counts_the_changes_that_a_face_withstands(built: Study) -> None:
    changes = [
        whatif.MoveRule(rule="built_up", places=3),
        whatif.IgnoreClaim(claim="built_up"),
        whatif.IgnoreClaim(claim="cover_forest"),
        whatif.IgnoreClaim(claim="farm_core"),
    ]
    faces = lu.sensitivity(built, changes).faces
    houses = faces[faces["mask"] == mask_of_claims(["built_up", "cover_forest"])]
    # Its zone is quasi-urban: it goes to forest twice and stays twice.
    assert houses["robustness"].tolist() == [0.5]
    assert houses["flips"].tolist() == [2]
    assert houses["other_zone"].tolist() == ["forest"]
    town = faces[faces["zone"] == "urban"]
    assert (town["robustness"] == 1).all()
    assert (town["other_zone"] == "").all()


def test_a_summary_has_a_row_for_each_change_and_names_it(built: Study) -> None:
    changes = [whatif.IgnoreClaim(claim="water"), whatif.DropRule(rule="cover_forest")]
    summary = lu.sensitivity(built, changes).summary
    assert summary["change"].tolist() == ["drop_rule:cover_forest", "ignore_claim:water"]
    assert summary["area_km2"].tolist()[1] == 0
    assert "森林に覆われている" in summary["label_ja"][0]
    assert summary["share"][0] == pytest.approx(7 / 26, rel=1e-3)


def test_the_changes_worth_a_look_speak_of_the_land_there_is(study: Study) -> None:
    changes = whatif.one_at_a_time(study)
    keys = [change.key for change in changes]
    assert len(set(keys)) == len(keys)
    swaps = [change for change in changes if isinstance(change, whatif.MoveRule)]
    assert len(swaps) == len(SCHEME.rules) - 2
    ends = {change.claim for change in changes if isinstance(change, whatif.IgnoreClaim)}
    assert ends == {"settlement_cluster", "cover_forest"}
    # No two legal regions overlap in the toy town, so no row of the table matters there.
    assert not [change for change in changes if isinstance(change, whatif.TurnPair)]


def test_a_study_stays_as_it_is(study: Study) -> None:
    before = study.faces.copy()
    lu.sensitivity(study)
    pd.testing.assert_frame_equal(pd.DataFrame(study.faces), pd.DataFrame(before))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (whatif.MoveRule(rule="meadow"), "names 'meadow'"),
        (whatif.MoveRule(rule="residual", places=-1), "takes the rest"),
        (whatif.MoveRule(rule="urban_core", places=-1), "move it by \\+0 to \\+14"),
        (whatif.MoveRule(rule="cover_nature", places=1), "cannot move by \\+1"),
        (whatif.DropRule(rule="residual"), "takes the rest"),
        (whatif.MoveClaim(claim="water"), "names 'water'"),
        (whatif.TurnPair(pair="99", winner="a"), "names '99'"),
        (whatif.TurnPair(pair="1", winner="c"), "names 'c'"),
        (whatif.IgnoreClaim(claim="sea"), "names 'sea'"),
        (whatif.ScaleDensity(claim="water", factor=2), "names 'water'"),
        (whatif.ScaleDensity(claim="settlement_centre", factor=0), "above 0"),
        (whatif.LeastPatch(claim="farm_core", least_ha=1), "measured claim"),
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_what_cannot_be_changed_is_refused(study: Study, change: whatif.Change, words: str) -> None:
    with pytest.raises(CityError, match=words):
        lu.flips(study, change)


def test_rows_that_would_lead_in_a_circle_are_not_turned() -> None:
    for turn in whatif.pair_turns(OVERLAPS, SCHEME):
        overlaps, _ = turn.tables(OVERLAPS, SCHEME)
        turned = next(rule for rule in overlaps.pairs if rule.key == turn.pair)
        assert turned.winner == turn.winner
    # 4: protection forest beats all urban land; 12: it beats farmland; 2: farmland beats the
    # rest of the urban region. Turned, 4 has urban land beat forest: forest, farm, urban, forest.
    assert whatif.TurnPair(pair="4", winner="a") not in whatif.pair_turns(OVERLAPS, SCHEME)


# ---- thresholds ----


def meshes(people: dict[tuple[int, int], float], land_km2: float = 1.0) -> pd.DataFrame:
    rows, cols = zip(*people, strict=True)
    return pd.DataFrame(
        {
            "row": np.array(rows) * 10,
            "col": np.array(cols) * 10,
            "population": list(people.values()),
            "land_km2": land_km2,
        }
    )


LIMIT = Settlement(people_km2=300, people=1000, corners=True)


def test_meshes_are_settled_when_dense_and_many_together() -> None:
    table = meshes({(0, 0): 600, (1, 1): 400, (0, 5): 900, (1, 0): 299})
    assert settled(table, LIMIT).tolist() == [True, True, False, False]
    # Corners do not count for centres, and 600 alone are too few.
    assert not settled(table, replace(LIMIT, corners=False)).any()
    # 450 a km2: the mesh of 400 falls out, and takes the other's company with it.
    assert not settled(table, LIMIT, factor=1.5).any()
    assert settled(table, LIMIT, factor=0.5).tolist() == [True, True, False, True]
    assert settled(meshes({(0, 0): 1000}, land_km2=0.0), LIMIT).tolist() == [False]


def two_meshes(west: float, east: float, mask: int) -> Ground:
    """Return one face over two meshes of 100 cells each, with people spread evenly."""
    grid = Grid(row=51580, col=35500, n_rows=10, n_cols=20, crs=toy.CRS)
    row, col = (part.ravel() for part in np.indices(grid.shape))
    shapes = grid.polygons(row, col)
    people = np.where(col < 10, west, east) / 100
    cells = gpd.GeoDataFrame(
        {"row": row, "col": col, "population": people, "population_65plus": people / 4},
        geometry=shapes,
        index=pd.Index(grid.cell_ids(row, col), name="cell_id"),
        crs=toy.CRS,
    )
    land = gpd.GeoDataFrame({"mask": [mask]}, geometry=[shapely.union_all(shapes)], crs=toy.CRS)
    faces = classify(land, OVERLAPS, SCHEME)
    return Ground(faces=faces, cells=cells, grid=grid, overlaps=OVERLAPS, scheme=SCHEME)


def test_a_higher_density_takes_the_claim_from_the_thinner_mesh_alone() -> None:
    ground = two_meshes(2000, 400, claim_bit("settlement_cluster") | claim_bit("cover_farm"))
    change = whatif.ScaleDensity(claim="settlement_cluster", factor=2, now=LIMIT)
    flipped, table = _flip(ground, change)
    east = ground.cells[ground.cells["col"] >= 10]
    (row,) = table.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("quasi_urban", "agricultural")
    assert row["population"] == pytest.approx(400)
    assert row["area_km2"] == pytest.approx(east.area.sum() / 1e6, rel=1e-9)
    assert flipped.geometry.iloc[0].symmetric_difference(east.union_all()).area < 1e-3


def test_a_lower_density_gives_the_claim_to_the_thinner_mesh() -> None:
    ground = two_meshes(2000, 200, claim_bit("cover_forest"))
    change = whatif.ScaleDensity(claim="settlement_cluster", factor=0.5, now=LIMIT)
    (row,) = _flip(ground, change).table.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("forest", "quasi_urban")
    # The western mesh passes as things are: that its layer has no claim there is its word.
    assert row["population"] == pytest.approx(200)


def test_a_centre_that_is_too_thin_is_still_a_cluster() -> None:
    ground = two_meshes(6000, 2000, claim_bit("settlement_centre"))
    centre = Settlement(people_km2=1500, people=5000, corners=False)
    change = whatif.ScaleDensity(claim="settlement_centre", factor=1.5, now=centre)
    (row,) = _flip(ground, change).table.to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == ("urban", "quasi_urban")
    assert row["population"] == pytest.approx(2000)


def test_small_patches_are_told_by_their_own_size(built: Study) -> None:
    """The houses are one patch of four cells, some 3.8 hectares."""
    at_least = [whatif.LeastPatch(claim="built_up", least_ha=size) for size in (3, 5)]
    found = lu.sensitivity(built, at_least)
    assert found.table["change"].tolist() == ["least_patch:built_up:5ha"]
    assert found.table["population"].tolist() == [4]


# ---- laws ----

MASKS = st.lists(st.integers(0, 2 ** len(CLAIMS) - 1), min_size=1, max_size=12)
CHANGES = st.sampled_from(
    (
        *whatif.rule_swaps(SCHEME),
        *whatif.rule_drops(SCHEME),
        *whatif.order_swaps(OVERLAPS),
        *whatif.pair_turns(OVERLAPS, SCHEME),
    )
)


def strip(masks: list[int]) -> Ground:
    """Return a row of cells, each a face with claims of its own, one person on each."""
    grid = Grid(row=51580, col=35500, n_rows=1, n_cols=len(masks), crs=toy.CRS)
    col = np.arange(len(masks))
    row = np.zeros_like(col)
    shapes = grid.polygons(row, col)
    cells = gpd.GeoDataFrame(
        {"row": row, "col": col, "population": 1.0, "population_65plus": 0.0},
        geometry=shapes,
        index=pd.Index(grid.cell_ids(row, col), name="cell_id"),
        crs=toy.CRS,
    )
    faces = gpd.GeoDataFrame({"mask": masks}, geometry=shapes, crs=toy.CRS)
    zoned = classify(faces, OVERLAPS, SCHEME)
    return Ground(faces=zoned, cells=cells, grid=grid, overlaps=OVERLAPS, scheme=SCHEME)


@settings(max_examples=20)
@given(MASKS)
def test_no_change_flips_nothing(masks: list[int]) -> None:
    ground = strip(masks)
    same = whatif.ScaleDensity(claim="settlement_cluster", factor=1)
    for change in (whatif.Change(), whatif.OtherTables(), same):
        flipped, table = _flip(ground, change)
        assert flipped.empty
        assert table.empty


@settings(max_examples=20)
@given(MASKS, CHANGES)
def test_flips_are_those_of_classifying_anew(masks: list[int], change: whatif.Change) -> None:
    ground = strip(masks)
    table = _flip(ground, change).table
    overlaps, scheme = change.tables(OVERLAPS, SCHEME)
    anew = classify(ground.faces[["mask", "geometry"]], overlaps, scheme)
    for zone in ZONES:
        before = ground.faces.loc[ground.faces["zone"] == zone, "area_km2"].sum()
        out = table.loc[table["from_zone"] == zone, "area_km2"].sum()
        into = table.loc[table["to_zone"] == zone, "area_km2"].sum()
        after = anew.loc[anew["zone"] == zone, "area_km2"].sum()
        assert before - out + into == pytest.approx(after, abs=1e-12)
    moved = (anew["zone"] != ground.faces["zone"]).sum()
    assert table["population"].sum() == moved


@settings(max_examples=20)
@given(MASKS, st.sampled_from(whatif.rule_swaps(SCHEME)))
def test_swapping_back_restores_every_zone(masks: list[int], swap: whatif.MoveRule) -> None:
    overlaps, scheme = swap.tables(OVERLAPS, SCHEME)
    back = replace(swap, places=-swap.places)
    assert back.tables(overlaps, scheme) == (OVERLAPS, SCHEME)
    ground = strip(masks)
    there = replace(
        ground, scheme=scheme, faces=classify(ground.faces[["mask", "geometry"]], overlaps, scheme)
    )
    one, other = _flip(ground, swap).table, _flip(there, back).table
    assert one["area_km2"].sum() == pytest.approx(other["area_km2"].sum(), abs=1e-12)
    turned = other.rename(columns={"from_zone": "to_zone", "to_zone": "from_zone"})
    keys = ["from_zone", "to_zone"]
    assert set(zip(*(one[key] for key in keys), strict=True)) == set(
        zip(*(turned[key] for key in keys), strict=True)
    )


@settings(max_examples=20)
@given(MASKS, st.floats(0.1, 10), st.floats(0, 5000), st.floats(0, 5000))
def test_cutting_by_meshes_conserves_land_and_people(
    masks: list[int], factor: float, west: float, east: float
) -> None:
    ground = two_meshes(west, east, masks[0])
    limit = Settlement(people_km2=300, people=500, corners=True)
    change = whatif.ScaleDensity(claim="settlement_cluster", factor=factor, now=limit)
    flipped, table = _flip(ground, change)
    total = ground.faces["area_km2"].sum()
    assert flipped["area_km2"].sum() == pytest.approx(table["area_km2"].sum(), abs=1e-9)
    assert flipped["area_km2"].sum() <= total * (1 + 1e-9)
    assert flipped["population"].sum() <= west + east + 1e-6
    inside = flipped.geometry.difference(ground.faces.geometry.iloc[0]).area.sum()
    assert inside < 1e-3


def test_people_who_are_not_known_stay_unknown(toy_run: Run) -> None:
    """A study without a layer of people has areas, and no people, not zero people."""
    cells = toy_run.study.cells.assign(population=np.nan, population_65plus=np.nan)
    study = replace(toy_run.study, cells=cells)
    found = lu.sensitivity(study, [whatif.IgnoreClaim(claim="cover_forest")])
    assert found.table["population"].isna().all()
    assert found.flipped["population"].isna().all()
    assert found.table["area_km2"].sum() > 0
