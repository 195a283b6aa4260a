"""The two tables of zoning: each row decides as written, and no file slips through."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landuse.config import preset
from landuse.errors import CityError, MissingFileError
from landuse.schema import CLAIMS, STATUTORY_CLAIMS, ZONES
from landuse.scheme import (
    cycles,
    read_overlaps,
    read_scheme,
    undecided_pairs,
    undecided_triples,
)

if TYPE_CHECKING:
    from pathlib import Path

OVERLAPS = read_overlaps()

U, V = "urban_core", "urban_other"
A, B = "farm_core", "farm_other"
F, G = "forest_protected", "forest_other"
P, Q = "park_special", "park_ordinary"
C, D = "conservation_special", "conservation_ordinary"
BOTH = ""

ROWS = {
    # the 20 rows of the customary table: sub-zone, sub-zone, who is left standing
    1: [(U, A, U), (U, B, U)],
    2: [(V, A, A)],
    3: [(V, B, V)],
    4: [(U, F, F), (V, F, F)],
    5: [(U, G, U)],
    6: [(V, G, V)],
    7: [(U, P, U), (U, Q, U)],
    8: [(V, P, P)],
    9: [(V, Q, BOTH)],
    10: [(V, C, C)],
    11: [(V, D, BOTH)],
    12: [(A, F, F), (B, F, F)],
    13: [(A, G, A)],
    14: [(B, G, G)],
    15: [(A, P, P), (B, P, P)],
    16: [(A, Q, BOTH), (B, Q, BOTH)],
    17: [(A, C, C), (B, C, C)],
    18: [(A, D, BOTH), (B, D, BOTH)],
    19: [(F, P, BOTH), (F, Q, BOTH), (G, P, BOTH), (G, Q, BOTH)],
    20: [(F, C, BOTH), (F, D, BOTH), (G, C, BOTH), (G, D, BOTH)],
}
MODE = {
    **dict.fromkeys((2, 4, 8, 10, 12, 15, 17), "first"),
    **dict.fromkeys((1, 5, 7, 13, 14), "principle"),
    **dict.fromkeys((3, 6), "adjust"),
    **dict.fromkeys((9, 11, 16, 18, 19, 20), "tie"),
}
SILENT = {(U, C), (U, D), (P, C), (P, D), (Q, C), (Q, D)}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_overlap_table_decides_as_written(row: int) -> None:
    for a, b, winner in ROWS[row]:
        rule = OVERLAPS.rule_of[a, b]
        assert rule.key == str(row)
        assert rule.mode == MODE[row]
        left, lost_to = OVERLAPS.left_standing([a, b])
        assert left == ((a, b) if winner == BOTH else (winner,))
        assert list(lost_to.values()) == ([] if winner == BOTH else [winner])


def test_the_rows_decide_each_pair_of_regions_once() -> None:
    pairs = [frozenset(case[:2]) for cases in ROWS.values() for case in cases]
    assert len(pairs) == len(set(pairs)) == 34
    inner_pairs = 5
    assert len(pairs) + len(SILENT) + inner_pairs == 10 * 9 // 2


def test_no_row_claims_to_be_verified_before_somebody_compared_it() -> None:
    assert all(not rule.verified_by and not rule.verified_on for rule in OVERLAPS.pairs)
    assert "北海道" in OVERLAPS.authority
    assert all(rule.note.ja and rule.note.en and rule.source for rule in OVERLAPS.pairs)


def test_within_one_region_the_inner_designation_stands() -> None:
    for inner, outer in ((U, V), (A, B), (F, G), (P, Q), (C, D)):
        assert OVERLAPS.left_standing([outer, inner])[0] == (inner,)


def test_the_table_leads_nowhere_in_a_circle() -> None:
    assert cycles(OVERLAPS) == ()


def test_pairs_on_which_the_table_is_silent_are_named_not_guessed() -> None:
    assert OVERLAPS.silent.keys() == {frozenset(pair) for pair in SILENT}
    assert set(undecided_pairs(OVERLAPS)) >= SILENT


def test_undecided_pairs_are_the_ties_and_the_silence() -> None:
    ties = {case[:2] for cases in ROWS.values() for case in cases if case[2] == BOTH}
    assert set(undecided_pairs(OVERLAPS)) == ties | SILENT


def test_undecided_triples_are_those_listed() -> None:
    """Reasons: forest and nature are always "both"; so is what an ordinary zone meets.

    Only two things take a tie apart: a special zone beats farming and the rest of the
    urban region, and the zoned town beats parks and all but protection forest.
    """
    forest_with_nature = {
        (first, forest, nature)
        for first in (V, A, B)
        for forest in (F, G)
        for nature in (P, Q, C, D)
    }
    town_with_protection_forest = {(U, F, P), (U, F, Q)}
    ordinary = {(V, farm, zone) for farm in (A, B) for zone in (Q, D)}
    with_silence = {
        triple
        for triple in combinations(STATUTORY_CLAIMS, 3)
        if any(pair in SILENT for pair in combinations(triple, 2))
    }
    found = set(undecided_triples(OVERLAPS))
    assert {
        triple for triple in found if triple not in with_silence
    } == forest_with_nature | town_with_protection_forest | ordinary
    assert len(forest_with_nature | town_with_protection_forest | ordinary) == 30
    assert len(found) == 62


def test_a_claim_that_has_given_way_displaces_nobody() -> None:
    # farmland would beat forest, but has itself given way to the conservation area
    left, lost_to = OVERLAPS.left_standing([A, G, C])
    assert left == (G, C)
    assert lost_to == {A: C}


@given(st.sets(st.sampled_from(STATUTORY_CLAIMS)))
def test_some_claim_is_left_standing_and_none_of_them_beats_another(claims: set[str]) -> None:
    left, lost_to = OVERLAPS.left_standing(claims)
    assert bool(left) == bool(claims)
    assert set(left) | set(lost_to) == claims
    assert not set(left) & set(lost_to)
    assert all(winner in left for winner in lost_to.values())
    assert not any(OVERLAPS.beaten_by(a, b) for a in left for b in left)


def test_a_circle_of_rules_is_found_in_words_and_refused(tmp_path: Path) -> None:
    text = preset("overlaps.toml").read_text(encoding="utf-8")
    row = text.index('key = "14"')
    # farm_other beats forest_other instead: urban_other > farm_other > forest_other stays a line
    # while forest_other > urban_other closes the circle
    changed = text[:row] + text[row:].replace('winner = "b"', 'winner = "a"', 1)
    row = changed.index('key = "6"')
    changed = changed[:row] + changed[row:].replace('winner = "a"', 'winner = "b"', 1)
    path = tmp_path / "overlaps.toml"
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(CityError, match="in a circle: urban_other, farm_other, forest_other"):
        read_overlaps(path)


def overlaps_with(tmp_path: Path, old: str, new: str) -> Path:
    return _changed(tmp_path, "overlaps.toml", old, new)


def _changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = preset(name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('mode = "first"', 'mood = "first"', "mood"),
        ('mode = "first"', 'mode = "often"', "'often'"),
        ('a = ["urban_other"]', 'a = ["urban_otter"]', "'urban_otter'"),
        ('a = ["urban_other"]\nb = ["farm_core"]', 'a = ["urban_core"]\nb = ["farm_core"]', "as 1"),
        ('winner = "both"\nmode = "tie"', 'winner = "both"\nmode = "first"', "tie means both"),
        ('b = ["farm_other"]', 'b = ["farm_core"]', "leaves out urban_other and farm_other"),
        ('"conservation_special", "park_special", "urban_core"', '"park_special"', "order"),
        ("wetland = [", "swamp = [", "swamp"),
        ("authority = ", "autority = ", "autority"),
    ],
)
def test_a_fault_in_the_overlap_table_is_named(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(CityError, match=told) as caught:
        read_overlaps(overlaps_with(tmp_path, old, new))
    assert all(fault.fix for fault in caught.value.faults)


def test_all_faults_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    path = overlaps_with(tmp_path, 'mode = "first"', 'mode = "often"')
    text = path.read_text(encoding="utf-8").replace("authority = ", "autority = ")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityError) as caught:
        read_overlaps(path)
    places = [fault.where for fault in caught.value.faults]
    assert places == [
        "overlaps.toml: pair 2.mode",
        "overlaps.toml.authority",
        "overlaps.toml.autority",
    ]


def test_a_missing_table_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.toml"):
        read_overlaps(tmp_path / "none.toml")


def test_the_scheme_names_five_zones_and_every_claim_in_two_languages() -> None:
    scheme = read_scheme()
    assert {zone.key for zone in scheme.zones} == set(ZONES)
    assert set(scheme.claim_labels) == set(CLAIMS)
    for zone in scheme.zones:
        assert zone.label.ja
        assert zone.label.en
    assert all(label.ja and label.en for label in scheme.claim_labels.values())
    assert all(rule.text.ja and rule.text.en and rule.source for rule in scheme.rules)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('path = "residual"', 'path = "residual"\nsome = ["water"]', "conditions are measured"),
        ('path = "measured"\nsome = ["water"]', 'path = "statutory"\nsome = ["water"]', "path"),
        ('winner = ["urban_core"]', 'winner = ["wetland"]', "'wetland'"),
        ('some = ["water"]', 'some = ["watter"]', "'watter'"),
        ('zone = "urban"', 'zone = "downtown"', "'downtown'"),
        ('key = "farm"', 'key = "forest"', "stands 2 times"),
        ('key = "quasi_urban"', 'key = "urban"', "lacks quasi_urban"),
        ('some = ["water"]', 'many = ["water"]', "many"),
        ("[claims]", "[claims]\nparking = { ja = 'a', en = 'b' }", "parking"),
    ],
)
def test_a_fault_in_the_scheme_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(CityError, match=told):
        read_scheme(_changed(tmp_path, "zones.toml", old, new))


def test_the_tables_of_the_package_are_read_without_a_path() -> None:
    assert read_overlaps() == read_overlaps(preset("overlaps.toml"))
    assert read_scheme() == read_scheme(preset("zones.toml"))
