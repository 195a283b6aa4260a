"""Speeds come from one table, each with its source, faults told all at once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from landuse.errors import CityError, MissingFileError
from landuse.schema import mask_of_claims
from landuse.speeds import Speeds, read_speeds

PRESET = Path(str(resources.files("landuse") / "presets" / "speeds.toml"))


@pytest.fixture(scope="module")
def speeds() -> Speeds:
    return read_speeds(PRESET)


def test_walking_is_the_80_metres_a_minute_of_the_rule(speeds: Speeds) -> None:
    assert 80 * speeds.of("walk").road["street"].s_per_m == pytest.approx(60)
    assert 60 * speeds.of("walk_elderly").road["street"].s_per_m == pytest.approx(60)


def test_every_mode_knows_every_class_of_land_and_none_crosses_the_sea(speeds: Speeds) -> None:
    classes = [set(mode.land) for mode in speeds.modes.values()]
    assert all(found == classes[0] for found in classes)
    for mode in speeds.modes.values():
        barriers = {name for name, speed in mode.land.items() if np.isinf(speed.s_per_m)}
        trees = {"forest", "wetland"} if mode.key == "wheelchair" else set()
        assert barriers == {"water", "sea"} | trees


def test_walkers_cyclists_and_wheelchairs_mind_slopes_and_cars_do_not(speeds: Speeds) -> None:
    minds = {key for key, mode in speeds.modes.items() if mode.slope is not None}
    assert minds == {"walk", "walk_elderly", "wheelchair", "bike"}
    for mode in minds:
        slope = speeds.of(mode).slope
        assert slope is not None
        assert slope.factor(0.0) == 1.0
        assert slope.source


def test_a_slope_in_the_file_is_read_and_its_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "speeds.toml"
    text = """
        from_claims = [{{ land = "open", claims = [] }}]
        [[mode]]
        key = "walk"
        name = {{ ja = "徒歩", en = "On foot" }}
        slope = {{ {slope} }}
        land = [{{ key = "open", kmh = 4, source = "x" }}]
        """
    good = "steepness = 2, easiest = -0.1, limit = 0.3, source = 'x', verified = true"
    path.write_text(text.format(slope=good), encoding="utf-8")
    slope = read_speeds(path).of("walk").slope
    assert slope is not None
    np.testing.assert_allclose(slope.factor([-0.1, 0.1, 0.31]), [np.exp(-0.2), np.exp(0.2), np.inf])
    bad = "steepness = -1, easiest = 0.1, least_share = 2, bumpy = 1"
    path.write_text(text.format(slope=bad), encoding="utf-8")
    with pytest.raises(CityError) as caught:
        read_speeds(path)
    for hint in ("steepness", "such as -0.05", "wrong side of 1", "bumpy", "source: is missing"):
        assert hint in str(caught.value).replace("slope.source", "source")


def test_the_elderly_are_nowhere_faster(speeds: Speeds) -> None:
    adult, elderly = speeds.of("walk"), speeds.of("walk_elderly")
    for family in ("road", "land"):
        for name, speed in getattr(elderly, family).items():
            assert speed.kmh <= getattr(adult, family)[name].kmh


def test_nobody_walks_on_the_expressway(speeds: Speeds) -> None:
    assert "expressway" not in speeds.of("walk").road
    assert "expressway" in speeds.of("drive").road


def test_every_speed_names_its_source(speeds: Speeds) -> None:
    rows = [s for m in speeds.modes.values() for s in (*m.road.values(), *m.land.values())]
    assert all(speed.source for speed in rows)
    assert any(not speed.verified for speed in rows), "assumptions are marked as such"


def test_land_takes_the_first_class_that_one_of_its_claims_makes(speeds: Speeds) -> None:
    claims = [("urban_core", "cover_forest"), ("farm_core", "cover_forest"), ("park_special",), ()]
    masks = [mask_of_claims(some) for some in claims]
    assert speeds.land_of(masks).tolist() == ["built_up", "farm", "open", "open"]


def test_an_unknown_mode_is_refused_with_those_there_are(speeds: Speeds) -> None:
    with pytest.raises(CityError, match="no mode 'fly'"):
        speeds.of("fly")


def test_all_faults_of_a_speed_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "speeds.toml"
    path.write_text(
        """
        from_claims = [{ land = "moor", claims = ["lava"] }]
        [[mode]]
        key = "walk"
        name = { ja = "徒歩", en = "On foot" }
        road = [{ key = "street", kmh = -1, source = "x" }]
        land = [
          { key = "open", kmh = 4, source = "x" },
          { key = "open", kmh = 4, source = "x" },
          { key = "farm", source = "x" },
          { key = "water", barrier = true, kmh = 3 },
        ]
        """,
        encoding="utf-8",
    )
    with pytest.raises(CityError) as caught:
        read_speeds(path)
    text = str(caught.value)
    for hint in (
        "above zero",
        "stands 2 times",
        "give kmh or barrier",
        "source: is missing",
        "names 'lava'",
        "has no speed for mode walk",
        "end it with claims = []",
    ):
        assert hint in text


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        read_speeds(tmp_path / "none.toml")
    empty = tmp_path / "empty.toml"
    empty.write_text("", encoding="utf-8")
    with pytest.raises(CityError, match="add at least one"):
        read_speeds(empty)
