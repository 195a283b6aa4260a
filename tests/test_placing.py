"""Places put on streets once: the same answers to the last bit, also at winter's prices."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.config import preset
from landuse.errors import LayerError
from landuse.network import (
    LEG,
    Network,
    Placed,
    Prepared,
    made_ready,
    nearest,
    network_from_edges,
    prepare,
    put_on_streets,
    repriced,
    seconds_at,
    snap,
    travel_costs,
)
from landuse.profiles import apply_profile, read_profiles
from landuse.speeds import Speeds, read_speeds

CRS = "EPSG:6681"
SPEEDS = read_speeds(preset("speeds.toml"))
WINTER = read_profiles(preset("profiles.toml"))["winter"]
LIGHT_S = 12.5
"""What a light costs a car."""
KINDS = ("trunk", "street", "primary")


def grid_town(side: int = 6, step_m: float = 100.0, **columns: object) -> gpd.GeoDataFrame:
    """Return a town of square blocks, its streets of three kinds in turn, some signed."""
    lines = []
    for row in range(side):
        for col in range(side):
            x, y = col * step_m, row * step_m
            if col + 1 < side:
                lines.append(shapely.LineString([(x, y), (x + step_m, y)]))
            if row + 1 < side:
                lines.append(shapely.LineString([(x, y), (x, y + step_m)]))
    count = np.arange(len(lines))
    table = {
        "kind": [KINDS[n % 3] for n in count],
        "speed_kmh": np.where(count % 4 == 0, 30.0, np.nan),
        "oneway": count % 7 == 0,
        "signals_u": count % 5 == 0,
        "signals_between": count % 11 == 0,
    }
    return gpd.GeoDataFrame(table | columns, geometry=lines, crs=CRS)


def points(*xy: tuple[float, float]) -> gpd.GeoSeries:
    ids = [f"p{number}" for number in range(len(xy))]
    return gpd.GeoSeries([shapely.Point(*one) for one in xy], index=ids, crs=CRS)


def car(edges: gpd.GeoDataFrame, speeds: Speeds = SPEEDS) -> Network:
    return network_from_edges(edges, speeds=speeds, mode="drive")


TOWN = car(grid_town())
WINTERS = [apply_profile(SPEEDS, WINTER, band) for band in ("low", "high")]
SPOTS = st.lists(
    st.tuples(st.floats(-300, 800), st.floats(-300, 800)), min_size=1, max_size=6, unique=True
)


@pytest.mark.parametrize("town", [TOWN, prepare(TOWN)], ids=["plain", "fast"])
@given(here=SPOTS, there=SPOTS)
@settings(max_examples=30)
def test_places_on_streets_get_the_answers_of_their_points(
    town: Network | Prepared, here: list[tuple[float, float]], there: list[tuple[float, float]]
) -> None:
    origins, places = points(*here), points(*there)
    on = put_on_streets(town, origins), put_on_streets(town, places)
    plain = nearest(town, origins, places, off_network_kmh=4.0)
    for one, other in ((on[0], places), (origins, on[1]), on):
        found = nearest(town, one, other, off_network_kmh=4.0)
        pd.testing.assert_frame_equal(found, plain, check_exact=True)
    pairs = travel_costs(town, *on, off_network_kmh=4.0)
    pd.testing.assert_frame_equal(
        pairs, travel_costs(town, origins, places, off_network_kmh=4.0), check_exact=True
    )


def test_priced_legs_are_kept() -> None:
    spots = points((50, 10), (50, 10), (50, 10))
    priced = gpd.GeoDataFrame({LEG: [7.0, np.nan, np.inf]}, spots.index, geometry=spots)
    on = put_on_streets(TOWN, priced)
    there = points((50, 0))
    found = nearest(TOWN, on, there, off_network_kmh=3.6)
    pd.testing.assert_frame_equal(
        found, nearest(TOWN, priced, there, off_network_kmh=3.6), check_exact=True
    )
    # The first pays what it was told, the second ten metres at a metre a second.
    assert found["cost_s"].tolist()[:2] == pytest.approx([7.0, 10.0])
    assert found["reason"].tolist() == ["", "", "off_network"]


def test_some_of_the_places_are_those_places() -> None:
    spots = points((10, 0), (250, 130), (500, 500))
    part = np.array([2, 0])
    some = put_on_streets(TOWN, spots).only(part)
    assert isinstance(some, Placed)
    found = nearest(TOWN, some, points((0, 0)), off_network_kmh=4.0)
    whole = nearest(TOWN, spots, points((0, 0)), off_network_kmh=4.0)
    pd.testing.assert_frame_equal(found, whole.iloc[part], check_exact=True)


def test_places_of_another_network_are_refused() -> None:
    on = put_on_streets(TOWN, points((10, 10)))
    other = car(grid_town(side=3))
    with pytest.raises(LayerError, match="put on another network"):
        nearest(other, on, points((0, 0)), off_network_kmh=4.0)


def test_where_other_streets_matter_now_places_look_again() -> None:
    # Dearer streets are the same streets; but the closure of half of them leaves dead ends
    # that nobody can leave and come back to, and those do not matter.
    town = car(grid_town(side=9, oneway=False))
    on = put_on_streets(town, points((10, 10)))
    cost_s = town.edges["ahead_s"].to_numpy()
    assert on.fits(repriced(town, ahead_s=cost_s * 2, back_s=cost_s * 2))
    shut = np.where(np.arange(len(cost_s)) < len(cost_s) // 2, cost_s, np.inf)
    closed = repriced(town, ahead_s=shut, back_s=shut)
    assert not on.fits(closed)
    with pytest.raises(LayerError, match="other streets of it matter"):
        nearest(closed, on, points((0, 0)), off_network_kmh=4.0)


@pytest.mark.parametrize("speeds", WINTERS, ids=["low", "high"])
def test_a_network_at_other_prices_is_the_one_made_anew(speeds: Speeds) -> None:
    ahead_s, back_s = seconds_at(TOWN, speeds=speeds, mode="drive")
    cheap = prepare(TOWN).repriced(ahead_s=ahead_s, back_s=back_s)
    dear = prepare(car(grid_town(), speeds))
    for name in ("ahead_s", "back_s"):
        np.testing.assert_array_equal(cheap.network.edges[name], dear.network.edges[name])
    spots, places = points((30, 40), (480, 20), (333, 222)), points((0, 0), (450, 500))
    found = nearest(cheap, put_on_streets(TOWN, spots), places, off_network_kmh=4.0)
    pd.testing.assert_frame_equal(
        found, nearest(dear, spots, places, off_network_kmh=4.0), check_exact=True
    )


def test_winter_slows_a_street_with_a_sign_by_the_share_of_its_kind() -> None:
    # A trunk road signed 30 keeps six tenths of that, as it would of its own speed.
    signed = grid_town(side=2, kind="trunk", speed_kmh=30.0, signals_u=False, signals_between=0)
    dry, snow = (car(signed, speeds).edges["ahead_s"].to_numpy() for speeds in (SPEEDS, WINTERS[0]))
    assert dry == pytest.approx(100 / 30 * 3.6)
    assert snow == pytest.approx(dry / 0.6)


def test_a_speed_that_replaces_another_is_the_most_that_a_sign_allows() -> None:
    street = replace(SPEEDS.of("drive").road["street"], kmh=10.0, most_kmh=10.0)
    drive = SPEEDS.of("drive")
    capped = replace(
        SPEEDS,
        modes={**SPEEDS.modes, "drive": replace(drive, road={**drive.road, "street": street})},
    )
    town = grid_town(side=2, kind="street", speed_kmh=[5.0, 30.0, np.nan, 30.0], signals_u=False)
    seconds = car(town.assign(signals_between=0), capped).edges["ahead_s"].to_numpy()
    assert seconds == pytest.approx([72.0, 36.0, 36.0, 36.0])


def test_lights_are_paid_for_once() -> None:
    # 100 m of trunk road: without lights at 50 km/h, which waits at some; with lights known,
    # at 60 between them and a wait at each.
    dark = car(
        grid_town(side=2, kind="trunk", speed_kmh=np.nan, signals_u=False).drop(
            columns="signals_between"
        )
    )
    assert dark.edges["ahead_s"].to_numpy() == pytest.approx(100 / 50 * 3.6)
    lit = car(grid_town(side=2, kind="trunk", speed_kmh=np.nan, signals_u=True, signals_between=1))
    assert lit.edges["ahead_s"].to_numpy() == pytest.approx(100 / 60 * 3.6 + LIGHT_S)
    assert set(lit.wait_s) == {0.0, LIGHT_S}
    # A signed limit is a speed between lights already.
    signed = car(grid_town(side=2, kind="trunk", speed_kmh=40.0, signals_between=0))
    assert signed.edges["ahead_s"].to_numpy() == pytest.approx(100 / 40 * 3.6)


def test_small_networks_are_searched_plainly() -> None:
    assert made_ready(TOWN).hierarchy is None
    spot = points((10, 10))
    assert put_on_streets(made_ready(TOWN), spot).edge.tolist() == snap(TOWN, spot)["edge"].tolist()
