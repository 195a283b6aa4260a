"""The catalogue's table: each mistake in one is told once, and all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from landuse.catalogue import read_catalogue
from landuse.errors import CityError, MissingFileError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[licence]]
key = "open"
name = "Open"
attribution = "{title}"

[[codes]]
key = "kinds"
labels = { 1 = "一" }

[[dataset]]
key = "T01"
name = { ja = "試", en = "Trial" }
publisher = "試験"
shapes = ["point"]

[[dataset.edition]]
key = "2020"
licence = "open"
columns = [ { name = "T01_001", to = "kind", ja = "種別", type = "code", codes = "kinds" } ]
"""

BAD = {
    "licence is missing": ('licence = "open"\n', "", "edition 2020.licence: is missing"),
    "licence is unknown": ('licence = "open"', 'licence = "opne"', "licence: is 'opne'"),
    "no licence at all": (GOOD[: GOOD.index("[[codes]]")], "", "licence: is empty"),
    "code list is unknown": ('codes = "kinds"', 'codes = "kind"', "codes: is 'kind'"),
    "code column without a list": (', codes = "kinds"', "", "codes: is missing"),
    "type is unknown": ('"code"', '"cod"', "type: is 'cod'"),
    "shape is unknown": ('["point"]', '["dot"]', "shapes: names 'dot'"),
    "claim is unknown": (
        GOOD[-1:],
        '\n[[dataset.edition.as]]\nrole = "claims"\nclaim = "town"\n',
        "claim: is 'town'",
    ),
    "dissolve names no column": ('key = "2020"', 'key = "2020"\ndissolve = "code"', "dissolve"),
    "key is unknown": ('key = "2020"', 'key = "2020"\nyear = 2020', "year: is not a key"),
}


def faults(text: str, folder: Path) -> list[str]:
    """Return the faults of a catalogue."""
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityError) as caught:
        read_catalogue(path)
    return [str(fault) for fault in caught.value.faults]


def test_a_small_catalogue_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(GOOD, encoding="utf-8")
    edition = read_catalogue(path).edition("T01", "", where="test")
    assert (edition.name, edition.vintage, edition.recipes) == ("T01 2020", "2020", {})


@pytest.mark.parametrize(("old", "new", "told"), BAD.values(), ids=BAD)
def test_one_mistake_is_one_fault(tmp_path: Path, old: str, new: str, told: str) -> None:
    wrong = GOOD + new if old == GOOD[-1:] else GOOD.replace(old, new, 1)
    assert wrong != GOOD
    (fault,) = faults(wrong, tmp_path)
    assert told in fault


@pytest.mark.parametrize("table", ["licence", "codes", "dataset"])
def test_a_key_that_stands_twice_is_one_fault(tmp_path: Path, table: str) -> None:
    start = GOOD.index(f"[[{table}]]")
    end = GOOD.find("\n[[", start + 5 if table != "dataset" else len(GOOD))
    (fault,) = faults(GOOD + GOOD[start : end if end > 0 else None], tmp_path)
    assert "stands 2 times" in fault


def test_a_column_that_stands_in_the_shared_set_and_in_the_edition_is_a_fault(
    tmp_path: Path,
) -> None:
    shared = '[[columns]]\nkey = "all"\ncolumns = [ { name = "T01_001", to = "no", ja = "番" } ]\n'
    text = shared + GOOD.replace('key = "2020"', 'key = "2020"\ncolumns_key = "all"')
    (fault,) = faults(text, tmp_path)
    assert "columns T01_001: stands 2 times" in fault


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"code"', '"cod"').replace('["point"]', '["dot"]')
    assert len(faults(text, tmp_path)) == 2


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="none"):
        read_catalogue(tmp_path / "none.toml")
