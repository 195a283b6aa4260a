"""Spoilt files of every form: read or refused, never a crash, a bare error or a lost row.

`benchmarks/mutations.py` does the same to 100,000 of them, in processes of their own.
"""

from __future__ import annotations

import random
import tempfile
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import mutantcheck
import pytest
from mutantcheck import (
    FAILURES,
    LOSS,
    READ,
    REFUSED,
    UNCLEAR,
    UNTYPED,
    WROTE,
    Mutant,
    all_seeds,
    judged,
    mutant,
)
from mutants import DOCTYPES, TRICKS, packed

from landuse.errors import Fault, LayerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mutantseeds import Files, Seed

COUNT = 600
ZIPPED = ("KSJ shp A13 claims", "e-Stat zip", "GTFS", "CSV zip", "GeoTIFF zip", "Excel")


@pytest.fixture(autouse=True)
def _own_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let temporary files be those of one test, so that what is left behind shows."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    all_seeds()
    yield
    assert not list(folder.iterdir())


def seed(kind: str) -> Seed:
    return next(one for one in all_seeds() if one.kind == kind)


def good(one: Seed, *, cut_to_area: bool = False) -> Mutant:
    return Mutant(seed=one, files=dict(one.files), told="nothing", cut_to_area=cut_to_area)


def spoilt(kind: str, change: Callable[[str, bytes], bytes]) -> Mutant:
    """Return a seed with every file, or every member of its zip file, changed."""
    one = seed(kind)
    files = one.members(one.files)
    assert files
    new = {name: change(name, data) for name, data in files.items()}
    return replace(good(one), files={one.main: packed(new)} if one.zipped else new)


def replaced(*pairs: tuple[bytes, bytes], suffix: str) -> Callable[[str, bytes], bytes]:
    """Return what replaces bytes in files of a suffix, and fails where there are none."""

    def change(name: str, data: bytes) -> bytes:
        for old, new in pairs if name.endswith(suffix) else ():
            assert old in data
            data = data.replace(old, new, 1)
        return data

    return change


# The files themselves


@pytest.mark.parametrize("cut_to_area", [False, True])
def test_every_good_file_is_read_with_the_rows_that_it_promises(
    tmp_path: Path, *, cut_to_area: bool
) -> None:
    wrong = {}
    for one in all_seeds():
        verdict = judged(good(one, cut_to_area=cut_to_area), tmp_path)
        if verdict.outcome != READ:
            wrong[one.kind] = verdict
    assert not wrong


def test_no_mutant_crashes_raises_a_bare_error_or_loses_a_row(tmp_path: Path) -> None:
    failed, seen = [], {READ: 0, REFUSED: 0}
    for number in range(COUNT):
        made = mutant(number)
        verdict = judged(made, tmp_path)
        if verdict.outcome in FAILURES:
            failed.append(f"{number} {made.seed.kind}, {made.told}: {verdict}")
        else:
            seen[verdict.outcome] += 1
    assert not failed, "\n".join(failed)
    assert min(seen.values()) > COUNT / 10  # else they are spoilt too much or too little


def test_a_number_makes_one_mutant_and_a_series_others() -> None:
    assert [mutant(n).files for n in range(60)] == [mutant(n).files for n in range(60)]
    assert [mutant(n).files for n in range(60)] != [mutant(n, series=1).files for n in range(60)]


@pytest.mark.parametrize("kind", ZIPPED)
def test_no_trick_with_a_zip_file_writes_anywhere_or_raises_a_bare_error(
    tmp_path: Path, kind: str
) -> None:
    one = seed(kind)
    for number, trick in enumerate(TRICKS):
        members = one.members(one.files)
        assert members
        data = trick(random.Random(number), members)  # noqa: S311 - chance that can be repeated
        verdict = judged(replace(good(one), files={one.main: data}), tmp_path / "home")
        assert verdict.outcome in (READ, REFUSED), (trick.__name__, verdict)
    assert {path.name for path in tmp_path.iterdir()} == {"home", "temporary"}


# The judge itself


def test_the_judge_finds_lost_rows(tmp_path: Path) -> None:
    def promised(_files: Files, _notes: object) -> set[int]:
        return {99}

    verdict = judged(good(replace(seed("CSV UTF-8"), promised=promised)), tmp_path)
    assert verdict.outcome == LOSS


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (KeyError("x"), UNTYPED),
        (RuntimeWarning("x"), UNTYPED),
        (LayerError([]), UNCLEAR),
        (LayerError(Fault(where="somewhere", what="is bad", fix="mend it")), UNCLEAR),
        (LayerError(Fault(where="toy.csv [toy]", what="is bad", fix="")), UNCLEAR),
        (LayerError(Fault(where="toy.csv [toy]", what="is \udc80", fix="mend it")), UNCLEAR),
        (LayerError(Fault(where="toy.csv [toy]", what="is bad", fix="mend it")), REFUSED),
    ],
)
def test_the_judge_tells_good_refusals_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(mutantcheck, "read", refuse)
    assert judged(good(seed("CSV UTF-8")), tmp_path).outcome == outcome


def test_the_judge_finds_files_that_are_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_: object, **__: object) -> NoReturn:
        (tmp_path / "data" / "toy.csv.idx").write_bytes(b"x")
        raise LayerError(Fault(where="toy.csv [toy]", what="is bad", fix="mend it"))

    monkeypatch.setattr(mutantcheck, "read", leave)
    assert judged(good(seed("CSV UTF-8")), tmp_path).outcome == WROTE


# What was wrong once, and what must never be


def outcome(made: Mutant, folder: Path) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verdict = judged(made, folder)
    assert verdict.outcome in (READ, REFUSED), verdict
    return verdict.outcome


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize(
    ("kind", "suffix"), [("KSJ gml P11 stops", "_01.xml"), ("OSM XML places", ".osm")]
)
def test_entities_are_never_let_swell_or_lead_elsewhere(
    tmp_path: Path, kind: str, suffix: str, doctype: bytes
) -> None:
    change = replaced((b"?>", b"?>" + doctype), suffix=suffix)
    met = outcome(spoilt(kind, change), tmp_path)
    assert met == REFUSED or b"ENTITY" not in doctype  # osmium never follows a mere SYSTEM


@pytest.mark.parametrize("kind", ["KSJ geojson A09 claims", "GeoJSON", "GeoJSON facilities"])
@pytest.mark.parametrize("deep", [b"[" * 10_000, b'{"a":' * 10_000])
def test_json_without_bottom_is_refused(tmp_path: Path, kind: str, deep: bytes) -> None:
    change = replaced((b'"coordinates"', b'"deep":' + deep + b',"coordinates"'), suffix="json")
    assert outcome(spoilt(kind, change), tmp_path) == REFUSED


def test_a_system_of_an_unknown_code_is_refused(tmp_path: Path) -> None:
    change = replaced((b"JGD2000 / (B, L)", b"EPSG:99999"), suffix=".xml")
    assert outcome(spoilt("KSJ gml A10 claims", change), tmp_path) == REFUSED


def test_a_sheet_whose_rows_stand_twice_is_refused(tmp_path: Path) -> None:
    # Readers of workbooks keep one of two rows of one number.
    change = replaced((b'<row r="5"', b'<row r="4"'), (b'r="A5"', b'r="A4"'), suffix="sheet1.xml")
    assert outcome(spoilt("Excel", change), tmp_path) == REFUSED


def test_lists_in_the_cells_of_geojson_are_texts(tmp_path: Path) -> None:
    change = replaced((b'"P29_004": "', b'"P29_004": ["a", "'), suffix=".geojson")
    closed = replaced((b'", "P29_005"', b'"], "P29_005"'), suffix=".geojson")
    made = spoilt("KSJ geojson P29 facilities", lambda name, data: closed(name, change(name, data)))
    assert outcome(made, tmp_path) == READ


@pytest.mark.parametrize("old", [b' lat="43.0098000"', b' lon="144.3736000"'])
def test_a_place_of_osm_without_coordinates_keeps_its_row(tmp_path: Path, old: bytes) -> None:
    made = spoilt("OSM XML places", replaced((old, b""), suffix=".osm"))
    assert outcome(replace(made, cut_to_area=True), tmp_path) == READ


def test_lines_of_no_use_are_not_also_counted_as_outside(tmp_path: Path) -> None:
    line = (
        b'"geometry": {"type": "LineString", "coordinates": [[144.38, 43.0], [144.39, 43.0]]}, "x":'
    )
    made = spoilt("KSJ geojson A33 hazards", replaced((b'"geometry":', line), suffix=".geojson"))
    assert outcome(replace(made, cut_to_area=True), tmp_path) == READ
