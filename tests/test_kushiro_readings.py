"""How the embedded towns are read."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

DATA = Path(__file__).resolve().parents[1] / "data" / "kushiro"


@pytest.fixture(scope="module")
def readings() -> Any:  # noqa: ANN401 - a script beside the data, not a package
    sys.path.insert(0, str(DATA))
    try:
        return importlib.import_module("readings")
    finally:
        sys.path.remove(str(DATA))


@pytest.fixture(scope="module")
def towns() -> gpd.GeoDataFrame:
    return gpd.read_parquet(DATA / "layers" / "towns.parquet")


def test_all_towns_but_two_are_read_and_those_two_are_blank(towns: gpd.GeoDataFrame) -> None:
    assert set(towns.loc[towns["name_kana"] == "", "name"]) == {"安原", "音羽"}


def test_a_reading_is_katakana_and_digits(towns: gpd.GeoDataFrame) -> None:
    odd = [kana for kana in towns["name_kana"] if not re.fullmatch(r"[ァ-ヺー 0-9]*", kana)]
    assert odd == []


def test_towns_that_differ_by_number_are_read_alike(towns: gpd.GeoDataFrame) -> None:
    kurogane = towns[towns["name"].str.fullmatch("黒金町.+丁目")]
    assert len(kurogane) == 9  # the streets from the sixth to the fourteenth
    assert set(kurogane["name_kana"].str.split(" ").str[0]) == {"クロガネチョウ"}
    last = kurogane[kurogane["name"] == "黒金町十四丁目"]["name_kana"]
    assert last.item() == "クロガネチョウ 14"


def test_numbers_read_the_same_in_both_tables(towns: gpd.GeoDataFrame) -> None:
    named = towns[towns["name_en"].str.fullmatch(r"\D+ \d+", na=False)]
    assert len(named) > 300
    english = named["name_en"].str.extract(r"(\d+)$")[0]
    assert (named["name_kana"].str.extract(r"(\d+)$")[0] == english).all()


def test_a_town_is_read_piece_by_piece_or_not_at_all(readings: Any) -> None:  # noqa: ANN401
    known = {"黒金町": "クロガネチョウ", "阿寒町布伏内": "アカンチョウフブシナイ"}
    names = ["黒金町七丁目", "阿寒町布伏内二十一線北", "阿寒町シアンヌ", "音羽", "黒金町音羽"]
    assert readings.town_kana(names, known) == [
        "クロガネチョウ 7",
        "アカンチョウフブシナイ 21センキタ",
        "アカンチョウシアンヌ",
        "",
        "",
    ]
