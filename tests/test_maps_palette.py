"""Colours that everyone can tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from landuse.errors import CityError
from landuse.maps.palette import read_palette
from landuse.maps.vision import DEFICIENCIES, lightness, simulate, srgb, worst_distance
from landuse.schema import CLAIMS, ZONES

if TYPE_CHECKING:
    from pathlib import Path

TOL_MUTED = ("#CC6677", "#DDCC77", "#117733", "#332288", "#88CCEE")
NAIVE = ("#FF0000", "#FFFF00", "#00FF00", "#006400", "#0000FF")


@pytest.mark.parametrize(
    ("deficiency", "expected"), [("", 38.5), ("deutan", 18.0), ("protan", 18.8), ("tritan", 24.1)]
)
def test_distances_agree_with_a_published_palette(deficiency: str, expected: float) -> None:
    # Reference values by colorspacious 1.1.2 (CAM02-UCS, severity 100).
    assert worst_distance(TOL_MUTED, deficiency) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("deficiency", ["", *DEFICIENCIES])
def test_zone_colours_stay_apart_for_every_eye(deficiency: str) -> None:
    colours = read_palette().zones.values()
    assert worst_distance(colours, deficiency) >= 15


def test_the_measure_catches_a_bad_palette() -> None:
    assert min(worst_distance(NAIVE, deficiency) for deficiency in DEFICIENCIES) < 10


def test_zone_colours_differ_in_grey_print() -> None:
    steps = np.diff(np.sort(lightness(read_palette().zones.values())))
    assert steps.min() > 10


def test_scales_grow_darker_class_by_class() -> None:
    palette = read_palette()
    for scale in (palette.minutes, palette.people):
        assert (np.diff(lightness(scale.colours)) < 0).all()


def test_within_and_beyond_stay_apart_for_every_eye() -> None:
    standard = read_palette().standard
    pair = (standard["within"], standard["beyond"])
    assert min(worst_distance(pair, deficiency) for deficiency in DEFICIENCIES) >= 15


def test_grey_looks_the_same_without_a_cone() -> None:
    grey = srgb(["#808080"])
    for deficiency in DEFICIENCIES:
        assert simulate(grey, deficiency) == pytest.approx(grey, abs=0.002)


def test_every_zone_and_claim_has_a_colour() -> None:
    palette = read_palette()
    assert set(ZONES) <= set(palette.zones)
    assert set(CLAIMS) <= set(palette.claims)


def test_zones_of_another_scheme_get_colours_of_their_own() -> None:
    colours = read_palette().of_zones(["urban", "harbour", "moor"])
    assert len(set(colours.values())) == 3
    assert colours["urban"] == read_palette().zones["urban"]


def test_all_faults_of_a_palette_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "palettes.toml"
    path.write_text(
        '[zones]\nurban = "red"\n[minutes]\nlimits = [5, 3]\ncolours = ["#000000"]\n',
        encoding="utf-8",
    )
    with pytest.raises(CityError) as caught:
        read_palette(path)
    text = str(caught.value)
    assert "zones.urban: is 'red'" in text
    assert "minutes.limits" in text
    assert "people" in text
