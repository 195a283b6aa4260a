"""Winter and other profiles: what is left of each speed, and a band that reaches the results."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.errors import CityError, MissingFileError
from landuse.grid import Grid
from landuse.profiles import BANDS, Profile, apply_profile, read_profiles
from landuse.speeds import Speeds, read_speeds
from landuse.surface import build_surface, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

PRESETS = Path(str(resources.files("landuse") / "presets"))
SPEEDS = read_speeds(PRESETS / "speeds.toml")
WINTER = read_profiles(PRESETS / "profiles.toml")["winter"]
IN_WINTER = {band: apply_profile(SPEEDS, WINTER, band) for band in BANDS}
GRID = Grid(row=51_600, col=35_400, n_rows=5, n_cols=6, crs="EPSG:6681")

GOOD = """
[[profile]]
key = "snow"
name = { ja = "雪", en = "Snow" }
[[profile.factor]]
mode = "walk"
on = "road"
of = ["street"]
kmh = { low = 1, middle = 2, high = 3 }
source = "x"
[[profile.factor]]
mode = "walk"
on = "road"
of = ["*"]
share = { low = 0, middle = 0.5, high = 1 }
source = "y"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "profiles.toml"
    path.write_text(text, encoding="utf-8")
    return path


def walking(speeds: Speeds, kind: str) -> float:
    return speeds.of("walk").road[kind].kmh


# --- the preset ---------------------------------------------------------------------------


@pytest.mark.parametrize(("band", "longer_min"), [("low", 2.0), ("middle", 1.5), ("high", 1.0)])
def test_a_kilometre_on_foot_takes_one_to_two_minutes_longer(band: str, longer_min: float) -> None:
    # Fossum & Ryeng 2021: 1 min/km longer on the best winter pavement, 2 on clean ice.
    dry, winter = (60 / walking(speeds, "street") for speeds in (SPEEDS, IN_WINTER[band]))
    assert winter - dry == pytest.approx(longer_min, abs=0.02)


def test_arterials_lose_30_to_40_per_cent() -> None:
    kept = {band: IN_WINTER[band].of("drive").road["trunk"].kmh / 50 for band in BANDS}
    assert kept == pytest.approx({"low": 0.6, "middle": 0.65, "high": 0.7})


def test_at_worst_nobody_cycles() -> None:
    roads = {k: v for k, v in IN_WINTER["low"].of("bike").road.items() if k != "ferry"}
    assert all(speed.kmh == 0 and np.isinf(speed.s_per_m) for speed in roads.values())


def test_every_speed_of_every_mode_has_a_word_on_winter() -> None:
    for mode in SPEEDS.modes.values():
        for on in ("road", "land"):
            for kind, speed in getattr(mode, on).items():
                assert WINTER.factor(mode.key, on, kind) is not None or not speed.kmh


def test_winter_is_nowhere_faster_and_the_bands_are_in_order() -> None:
    for mode, dry in SPEEDS.modes.items():
        for on in ("road", "land"):
            for kind, speed in getattr(dry, on).items():
                low, middle, high = (
                    getattr(IN_WINTER[band].of(mode), on)[kind].kmh for band in BANDS
                )
                assert low <= middle <= high <= speed.kmh


def test_old_people_lose_more_of_their_speed_than_the_young() -> None:
    for band in BANDS:
        walk, elderly = (
            IN_WINTER[band].of(mode).road["street"].kmh for mode in ("walk", "walk_elderly")
        )
        assert elderly / 3.6 < walk / 4.8


def test_a_changed_speed_names_both_sources_and_is_verified_only_if_both_are() -> None:
    street = IN_WINTER["middle"].of("walk").road["street"]
    assert "80 m/min" in street.source
    assert "Fossum & Ryeng 2021" in street.source
    assert "× 0.893" in street.source
    assert street.verified
    assert not IN_WINTER["middle"].of("drive").road["trunk"].verified, "its dry speed is assumed"
    assert not IN_WINTER["middle"].of("walk").land["forest"].verified
    assert all(factor.source for factor in WINTER.factors)
    assert any(not factor.verified for factor in WINTER.factors)


def test_barriers_stay_and_slopes_and_classes_are_kept() -> None:
    winter = IN_WINTER["middle"]
    assert winter.from_claims == SPEEDS.from_claims
    assert winter.of("walk").land["sea"] == SPEEDS.of("walk").land["sea"]
    assert winter.of("walk").slope == SPEEDS.of("walk").slope
    assert winter.of("drive").road["expressway"].controlled
    assert winter.of("walk").land["built_up"].bridged
    assert "winter, middle" in winter.where
    with pytest.raises(CityError, match="winter, middle"):
        winter.of("fly")


# --- any profile --------------------------------------------------------------------------


def test_the_first_row_that_fits_counts_and_what_no_row_names_stays(tmp_path: Path) -> None:
    snow = read_profiles(written(tmp_path, GOOD))["snow"]
    changed = apply_profile(SPEEDS, snow, "middle")
    assert walking(changed, "street") == 2.0, "km/h instead of a share"
    assert "→ 2" in changed.of("walk").road["street"].source
    assert walking(changed, "trunk") == pytest.approx(2.4)
    assert changed.of("walk").land == SPEEDS.of("walk").land
    assert changed.of("drive") == SPEEDS.of("drive")
    assert np.isinf(apply_profile(SPEEDS, snow, "low").of("walk").road["trunk"].s_per_m)


def test_a_profile_for_speeds_that_are_not_there_is_refused_with_those_that_are(
    tmp_path: Path,
) -> None:
    text = (
        GOOD.replace('"street"', '"stairs"')
        + """
[[profile.factor]]
mode = "fly"
on = "land"
of = ["*"]
share = { low = 0, middle = 0.5, high = 1 }
source = "z"
"""
    )
    snow = read_profiles(written(tmp_path, text))["snow"]
    with pytest.raises(CityError) as caught:
        apply_profile(SPEEDS, snow, "worst")
    for hint in ("'stairs'", "street", "fly.mode: is not a mode", "'worst'", "low, middle, high"):
        assert hint in str(caught.value)


def test_all_faults_of_a_profile_file_are_told_at_once(tmp_path: Path) -> None:
    text = """
        [[profile]]
        key = "snow"
        name = { ja = "雪", en = "Snow" }
        factor = [
          { mode = "walk", on = "air", of = ["*"], share = { low = 0.9, middle = 0.5, high = 1 } },
          { mode = "walk", on = "road", share = { low = -1, middle = 0.5 }, source = "x", wet = 1 },
        ]
        [[profile]]
        key = "snow"
        name = { ja = "雪", en = "Snow" }
        """
    with pytest.raises(CityError) as caught:
        read_profiles(written(tmp_path, text))
    for hint in (
        "'air'", "source: is missing", "not in order", "high: is missing", "of: is missing",
        "zero or more", "wet", "stands 2 times", "[[profile.factor]]",
    ):  # fmt: skip
        assert hint in str(caught.value)
    with pytest.raises(CityError, match="add at least one"):
        read_profiles(written(tmp_path, ""))
    with pytest.raises(MissingFileError):
        read_profiles(tmp_path / "none.toml")


# --- laws: the band goes through to the results -------------------------------------------


def costs(speeds: Speeds, mode: str, classes: list[str]) -> NDArray[np.float64]:
    rows, cols = (part.ravel() for part in np.mgrid[0:5, 0:6])
    land = gpd.GeoDataFrame(
        {"land_class": classes}, geometry=GRID.polygons(rows, cols), crs=GRID.crs
    )
    x, y = GRID.centres_xy([0, 0, 4], [0, 5, 5])
    road = shapely.LineString(np.column_stack([x, y]))
    roads = gpd.GeoDataFrame({"kind": ["street"]}, geometry=[road], crs=GRID.crs)
    nothing = gpd.GeoDataFrame(geometry=[], crs=GRID.crs)
    surface = build_surface(GRID, land, roads, nothing, speeds=speeds, mode=mode)
    place = gpd.GeoSeries([shapely.Point(x[0], y[0])], crs=GRID.crs)
    return reach(surface, place).cost_s


@given(
    st.sampled_from(list(SPEEDS.modes)),
    st.lists(st.sampled_from(["open", "farm", "forest", "built_up"]), min_size=30, max_size=30),
)
@settings(max_examples=30, deadline=None)
def test_nobody_is_earlier_in_winter_and_the_bands_bound_the_middle(
    mode: str, classes: list[str]
) -> None:
    dry = costs(SPEEDS, mode, classes)
    low, middle, high = (costs(IN_WINTER[band], mode, classes) for band in BANDS)
    for faster, slower in ((dry, high), (high, middle), (middle, low)):
        assert (faster <= slower * (1 + 1e-6)).all()


shares = st.lists(st.floats(0.05, 1.0), min_size=3, max_size=3).map(sorted)


@given(shares)
@settings(max_examples=30, deadline=None)
def test_a_share_of_everything_divides_every_time(share: list[float]) -> None:
    from dataclasses import replace  # noqa: PLC0415

    band = dict(zip(BANDS, share, strict=True))
    whole: Profile = replace(
        WINTER,
        factors=tuple(
            replace(WINTER.factors[0], mode="walk", on=on, of=("*",), band=band)
            for on in ("road", "land")
        ),
    )
    classes = ["open"] * 15 + ["forest"] * 15
    dry = costs(SPEEDS, "walk", classes)
    for name in BANDS:
        np.testing.assert_allclose(
            costs(apply_profile(SPEEDS, whole, name), "walk", classes), dry / band[name], rtol=1e-5
        )
