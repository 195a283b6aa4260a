"""Areas within some time of a place: no holes, nested, and in agreement with the costs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.config import preset
from landuse.errors import LayerError
from landuse.network import Network, isochrones, network_from_edges, prepare, travel_costs
from landuse.network.contour import area_within
from landuse.speeds import read_speeds

CRS = "EPSG:6681"
FOOT = {"off_network_kmh": 3.6}
"""One metre a second off the network."""


def streets(*lines: list[tuple[float, float]]) -> Network:
    shapes = [shapely.LineString(line) for line in lines]
    table = gpd.GeoDataFrame({"kind": ["street"] * len(shapes)}, geometry=shapes, crs=CRS)
    speeds = read_speeds(preset("speeds.toml"))
    return network_from_edges(table.assign(speed_kmh=3.6), speeds=speeds, mode="walk")


def town(side: int = 9) -> Network:
    """Return a town of blocks of 100 m, walked at a metre a second."""
    level = [[(x, y), (x + 100, y)] for x in range(0, side * 100, 100) for y in _rows(side)]
    upright = [[(y, x), (y, x + 100)] for x in range(0, side * 100, 100) for y in _rows(side)]
    return streets(*level, *upright)


def _rows(side: int) -> range:
    return range(0, side * 100 + 1, 100)


def at(x: float, y: float) -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(x, y)], index=["home"], crs=CRS)


@pytest.mark.parametrize("engine", ["fast", "plain"])
def test_areas_have_no_hole_hold_their_origin_and_lie_within_each_other(engine: str) -> None:
    network = prepare(town(), engine=engine)
    found = isochrones(network, at(430, 450), cutoffs_s=[300, 100, 200], cell_m=10, **FOOT)
    assert found["cutoff_s"].tolist() == [100, 200, 300]
    inner, middle, outer = found.geometry
    for area, sure_m in ((inner, 25), (middle, 25), (outer, 60)):
        assert area.is_valid
        assert len(area.geoms) == 1
        # Within 25 m no street is needed; the far side of the block costs 230 s by street.
        assert area.contains(shapely.Point(430, 450).buffer(sure_m))
    assert middle.buffer(1e-6).contains(inner)
    assert outer.buffer(1e-6).contains(middle)


def test_along_a_street_the_area_ends_where_the_time_does() -> None:
    found = isochrones(streets([(0, 0), (1000, 0)]), at(500, 0), cutoffs_s=[200], cell_m=5, **FOOT)
    west, south, east, north = found.total_bounds
    assert (west, east) == pytest.approx((300, 700), abs=0.1)
    # Beside the street its own leg ends the time, or the width that counts.
    assert (south, north) == pytest.approx((-150, 150), abs=5.1)


def test_a_point_is_inside_where_its_cost_is_within_the_time() -> None:
    network = town()
    area = isochrones(network, at(430, 450), cutoffs_s=[250], cell_m=5, **FOOT).geometry[0]
    rng = np.random.default_rng(4)
    points = gpd.GeoSeries(shapely.points(rng.uniform(50, 850, (400, 2))), crs=CRS)
    table = travel_costs(network, at(430, 450), points, direction="to", **FOOT)
    clear = shapely.distance(area.boundary, points.to_numpy()) > 10
    inside = shapely.contains(area, points.to_numpy())
    assert (inside == (table["cost_s"] <= 250))[clear].all()


def test_a_river_is_crossed_by_the_bridge_alone() -> None:
    river = gpd.GeoDataFrame(geometry=[shapely.box(-500, 40, 900, 60)], crs=CRS)
    options = {"cutoffs_s": [150.0], "cell_m": 5.0, "beside_m": 80.0, **FOOT}
    other_bank = shapely.box(-500, 61, 390, 200)
    bank = streets([(0, 0), (400, 0)])
    free = isochrones(bank, at(100, 0), **options).geometry[0]
    kept = isochrones(bank, at(100, 0), barriers=river, **options).geometry[0]
    assert free.intersection(other_bank).area > 500
    assert kept.intersection(other_bank).area == 0
    crossed = streets([(0, 0), (400, 0)], [(400, 0), (400, 100)], [(400, 100), (0, 100)])
    bridge = isochrones(crossed, at(380, 0), barriers=river, **options).geometry[0]
    assert len(bridge.geoms) == 1, "the bridge joins the banks"
    assert bridge.intersection(other_bank).area > 500
    assert bridge.intersection(shapely.box(0, 42, 390, 58)).area == 0


def test_a_place_far_from_its_street_has_no_hole_around_it() -> None:
    found = isochrones(
        streets([(0, 0), (1000, 0)]), at(500, 400), cutoffs_s=[500], cell_m=10, **FOOT
    )
    assert found.geometry[0].contains(shapely.Point(500, 395))
    assert found.geometry[0].contains(shapely.Point(550, 5))


def test_a_place_without_coordinates_has_no_area_but_a_reason() -> None:
    nowhere = gpd.GeoSeries([None], index=["home"], crs=CRS)
    found = isochrones(town(3), nowhere, cutoffs_s=[60], **FOOT)
    assert found[["from_id", "cutoff_s", "reason"]].to_numpy().tolist() == [
        ["home", 60.0, "outside_data"]
    ]
    assert found.geometry.isna().all()


def test_one_way_streets_have_two_areas() -> None:
    shapes = [shapely.LineString([(0, 0), (500, 0)]), shapely.LineString([(500, 0), (1000, 0)])]
    table = gpd.GeoDataFrame(
        {"kind": ["street"] * 2, "oneway": [True, True], "speed_kmh": [3.6, 3.6]},
        geometry=shapes,
        crs=CRS,
    )
    network = network_from_edges(table, speeds=read_speeds(preset("speeds.toml")), mode="drive")
    bounds = {
        direction: isochrones(
            network, at(500, 0), cutoffs_s=[200], direction=direction, cell_m=5, **FOOT
        ).total_bounds
        for direction in ("to", "from")
    }
    assert bounds["from"][2] == pytest.approx(700, abs=0.1)
    assert bounds["to"][0] == pytest.approx(300, abs=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"cutoffs_s": [0]}, "give seconds above 0"), ({"cell_m": 0.01}, "give larger cells")],
)
def test_impossible_wishes_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(LayerError, match=message):
        isochrones(town(3), at(100, 100), **{"cutoffs_s": [300], **FOOT, **options})


@given(st.integers(0, 2**32 - 1), st.integers(2, 9), st.integers(2, 9))
@settings(max_examples=80, deadline=None)
def test_contours_part_the_middles_of_cells_and_nest(seed: int, rows: int, cols: int) -> None:
    value = np.random.default_rng(seed).uniform(0, 10, (rows, cols))
    small, large = (
        area_within(value, limit, corner=(0.0, 0.0), step_m=1.0) for limit in (4.0, 6.0)
    )
    for area, limit in ((small, 4.0), (large, 6.0)):
        assert area.is_valid
        col, row = np.meshgrid(np.arange(cols), np.arange(rows))
        inside = shapely.contains_xy(area, col.ravel(), row.ravel()).reshape(rows, cols)
        np.testing.assert_array_equal(inside, value <= limit)
    assert large.buffer(1e-9).contains(small) or small.is_empty
