"""Uphill is not downhill: factors by formula, searches by hand, referees and laws."""

from __future__ import annotations

import math
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import referee_grass
import referee_walk
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from landuse.errors import LayerError
from landuse.grid import Grid
from landuse.leastcost import SLOPES, Slopes, least_cost
from landuse.speeds import Slope, read_speeds
from landuse.surface import Surface, build_surface, nearest_on_surface, reach
from landuse.surface.travel import search

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPEEDS = read_speeds(Path(str(resources.files("landuse") / "presets" / "speeds.toml")))
CRS = "EPSG:6681"
SIDE = 7
GRID = Grid(row=51_600, col=35_400, n_rows=SIDE, n_cols=SIDE, crs=CRS)
DX_M, DY_M = (float(step[0]) for step in GRID.steps_m())


def slope_of(mode: str) -> Slope:
    found = SPEEDS.of(mode).slope
    assert found is not None
    return found


def tobler_kmh(slope: float) -> float:
    """Return the speed of Tobler 1993."""
    return 6 * math.exp(-3.5 * abs(slope + 0.05))


def ramp(slope: float, cells: int = 5, *, cell_m: float = 100.0) -> Floats:
    """Return one row of heights that rises eastward."""
    return np.arange(cells)[None] * slope * cell_m


def along(height: Floats, factor: Floats, direction: str = "from", cell_m: float = 100.0) -> Floats:
    """Return the seconds from, or to, the western end over ground of one second a metre."""
    slopes = Slopes(height, factor)
    found = least_cost(
        np.ones(height.shape),
        ([0], [0]),
        steps_m=(cell_m, cell_m),
        slopes=slopes,
        direction=direction,
    )
    return found.cost_s


# --- values by reason ---------------------------------------------------------------------


@pytest.mark.parametrize("slope", [-0.4, -0.2, -0.05, -0.03, 0.0, 0.05, 0.1234, 0.7])
def test_a_walker_keeps_toblers_speed_relative_to_level_ground(slope: float) -> None:
    factor = slope_of("walk").factor(SLOPES)
    wanted = 400.0 * tobler_kmh(0) / tobler_kmh(slope)
    assert along(ramp(slope), factor)[0, -1] == pytest.approx(wanted, rel=2e-6)


def test_up_costs_more_than_down_and_the_directions_are_each_others_mirror() -> None:
    factor = slope_of("walk").factor(SLOPES)
    up, down = (along(ramp(slope), factor)[0, -1] for slope in (0.1, -0.1))
    assert up > down == pytest.approx(400.0), "Tobler walks down 10 % as on the level"
    assert along(ramp(0.1), factor, "to")[0, -1] == pytest.approx(down)
    assert along(ramp(-0.1), factor, "to")[0, -1] == pytest.approx(up)


def test_the_elderly_win_nothing_on_the_way_down() -> None:
    factor = slope_of("walk_elderly").factor(SLOPES)
    for slope in (-0.3, -0.05, 0.0, 0.1):
        wanted = 400.0 * math.exp(3.5 * abs(slope))
        assert along(ramp(slope), factor)[0, -1] == pytest.approx(wanted, rel=2e-6)


def test_a_wheelchair_passes_8_per_cent_and_no_more_either_way() -> None:
    factor = slope_of("wheelchair").factor(SLOPES)
    for slope in (0.08, -0.08, 0.03):
        assert along(ramp(slope), factor)[0, -1] == pytest.approx(400.0)
    for slope in (0.0815, -0.0815, 0.5):
        assert np.isinf(along(ramp(slope), factor)[0, 1:]).all()


def test_a_wheelchair_goes_round_by_the_gentle_way() -> None:
    height = np.zeros((3, 3))
    height[1, 1:] = height[2, 1:] = 12.0  # a bank of 12 m, but in the first row
    height[0] = [0, 6, 12]
    found = least_cost(
        np.ones((3, 3)),
        ([2], [0]),
        steps_m=(100.0, 100.0),
        neighbours=8,
        slopes=Slopes(height, slope_of("wheelchair").factor(SLOPES)),
    )
    gentle_m = 200 + 2 * math.hypot(100, 100)
    assert found.cost_s[2, 2] == pytest.approx(gentle_m), "north, two oblique ways, south"


def test_a_bicycle_loses_two_thirds_on_ten_per_cent_and_never_more_than_pushing() -> None:
    slope = slope_of("bike")
    assert 1 / slope.factor(0.1) == pytest.approx(1 - 0.667)
    assert 1 / slope.factor(0.5) == pytest.approx(0.25)
    assert 1 / slope.factor(-0.05) == pytest.approx(1 + 0.05 * 3.98)
    assert 1 / slope.factor(-0.5) == pytest.approx(1.4)


def test_the_slope_of_a_knights_move_is_that_from_its_start_to_its_end() -> None:
    height = np.array([[0.0, 50.0, 0.0], [0.0, 50.0, 20.0]])
    factor = slope_of("walk_elderly").factor(SLOPES)
    found = least_cost(
        np.ones((2, 3)), ([0], [0]), steps_m=(100.0, 100.0), slopes=Slopes(height, factor)
    )
    length_m = math.hypot(200, 100)
    wanted = length_m * math.exp(3.5 * 20 / length_m)
    assert found.cost_s[1, 2] == pytest.approx(wanted, rel=2e-6)


def test_a_height_that_is_not_known_counts_as_level() -> None:
    height = ramp(0.3)
    height[0, 2] = np.nan
    factor = slope_of("walk").factor(SLOPES)
    level, up = 100.0, 100.0 * tobler_kmh(0) / tobler_kmh(0.3)
    np.testing.assert_allclose(
        along(height, factor)[0], np.cumsum([0, up, level, level, up]), rtol=2e-6
    )


@pytest.mark.parametrize(
    ("slopes", "message"),
    [
        (Slopes(np.zeros((3, 3)), np.ones(len(SLOPES))), "put it on the raster's cells"),
        (Slopes(np.zeros((1, 2)), np.ones(7)), "one for each of SLOPES"),
        (Slopes(np.zeros((1, 2)), np.zeros(len(SLOPES))), "above 0"),
    ],
)
def test_slopes_that_do_not_fit_are_refused(slopes: Slopes, message: str) -> None:
    with pytest.raises(LayerError, match=message):
        least_cost([[1.0, 1.0]], ([0], [0]), steps_m=(1.0, 1.0), slopes=slopes)


# --- surfaces ------------------------------------------------------------------------------


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([GRID.centres_xy(*place) for place in places])


def layer(shapes: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def ground(land_class: str = "open") -> gpd.GeoDataFrame:
    rows, cols = (part.ravel() for part in np.mgrid[0:SIDE, 0:SIDE])
    return layer([shapely.union_all(GRID.polygons(rows, cols)).buffer(5)], land_class=[land_class])


def built(
    elevation_m: Floats | None, *, mode: str = "walk", roads: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame | None = None, land_class: str = "open",
) -> Surface:  # fmt: skip
    return build_surface(
        GRID,
        ground(land_class),
        layer([], kind=[]) if roads is None else roads,
        layer([]) if water is None else water,
        speeds=SPEEDS,
        mode=mode,
        elevation_m=elevation_m,
    )


def points(*places: tuple[float, float]) -> gpd.GeoSeries:
    shapes = [shapely.Point(*GRID.centres_xy(*place)) for place in places]
    return gpd.GeoSeries(shapes, index=[f"f{n}" for n in range(len(shapes))], crs=CRS)


HILL = np.tile(np.arange(SIDE) * 10.0, (SIDE, 1))
"""Ten metres up for each cell eastward."""


def test_people_walk_to_places_and_ambulances_drive_from_them() -> None:
    surface, at_the_top = built(HILL), points((3, 6))
    pace = SPEEDS.of("walk").land["open"].s_per_m
    slope = 10 / DX_M
    to, back = (reach(surface, at_the_top, direction=way).cost_s[3, 0] for way in ("to", "from"))
    assert to == pytest.approx(6 * DX_M * pace * tobler_kmh(0) / tobler_kmh(slope), rel=1e-4)
    assert back == pytest.approx(6 * DX_M * pace * tobler_kmh(0) / tobler_kmh(-slope), rel=1e-4)
    both = reach(surface, at_the_top, direction="there_and_back").cost_s[3, 0]
    assert both == pytest.approx(to + back)


def test_a_table_knows_its_direction_too() -> None:
    import pandas as pd  # noqa: PLC0415

    cells = pd.DataFrame({"row": [3], "col": [0]})
    costs = {
        way: nearest_on_surface(built(HILL), cells, points((3, 6)), direction=way)["cost_s"].item()
        for way in ("to", "from", "there_and_back")
    }
    assert costs["to"] > costs["from"]
    assert costs["there_and_back"] == pytest.approx(costs["to"] + costs["from"])


def test_cars_do_not_mind_and_level_ground_changes_nothing() -> None:
    assert built(HILL, mode="drive").slopes is None
    flat, none = (built(height) for height in (np.full((SIDE, SIDE), 30.0), None))
    for way in ("to", "from"):
        np.testing.assert_array_equal(
            reach(flat, points((1, 2)), direction=way).cost_s,
            reach(none, points((1, 2)), direction=way).cost_s,
        )


def test_heights_of_another_raster_are_refused() -> None:
    with pytest.raises(LayerError, match="put it on the grid's cells"):
        built(np.zeros((2, 2)))


def test_a_road_climbs_with_the_land_and_a_bridge_does_not() -> None:
    road = layer([line((3, 0), (3, 6))], kind=["street"])
    pace = SPEEDS.of("walk").road["street"].s_per_m
    slope = 10 / DX_M
    found = reach(built(HILL, roads=road, land_class="forest"), points((3, 0)), direction="from")
    wanted = 6 * DX_M * pace * tobler_kmh(0) / tobler_kmh(slope)
    assert found.cost_s[3, 6] == pytest.approx(wanted, rel=1e-3)
    valley = np.full((SIDE, SIDE), 50.0)
    valley[:, 2:5] = 0.0
    lake = layer([shapely.union_all(GRID.polygons(*(p.ravel() for p in np.mgrid[0:SIDE, 1:6])))])
    over = built(valley, roads=road, water=lake)
    found = reach(over, points((3, 0)), direction="from")
    assert found.cost_s[3, 6] == pytest.approx(6 * DX_M * pace, rel=1e-3), "the deck is level"


# --- laws and referees --------------------------------------------------------------------

heights = nps.arrays(np.float32, (4, 5), elements=st.integers(0, 40).map(float))
frictions = nps.arrays(
    np.float64, (4, 5), elements=st.one_of(st.floats(0.1, 4.0), st.just(math.inf))
)
modes = st.sampled_from(["walk", "walk_elderly", "wheelchair", "bike"])
sizes = st.sampled_from([8, 16])
place = st.tuples(st.integers(0, 3), st.integers(0, 4))


def sloping(friction: Floats, height: Floats, mode: str) -> Surface:
    return Surface(
        grid=Grid(row=51_600, col=35_400, n_rows=4, n_cols=5, crs=CRS),
        mode=mode,
        friction=friction.astype(np.float32),
        walls=np.zeros((4, 5), dtype=np.uint8),
        known=np.ones((4, 5), dtype=bool),
        slopes=Slopes(height, slope_of(mode).factor(SLOPES)),
    )


@given(frictions, heights, modes, sizes, st.tuples(place, place))
@settings(max_examples=60, deadline=None)
def test_the_way_to_a_place_is_the_way_from_here_seen_from_there(
    friction: Floats,
    height: Floats,
    mode: str,
    neighbours: int,
    two: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    here, there = two
    surface = sloping(friction, height, mode)
    if not np.isfinite(friction[[here[0], there[0]], [here[1], there[1]]]).all():
        return
    one, other = ((np.array([row]), np.array([col])) for row, col in (here, there))
    to = search(surface, other, neighbours=neighbours, direction="to").cost_s[here]
    ahead = search(surface, one, neighbours=neighbours, direction="from").cost_s[there]
    assert to == pytest.approx(ahead, rel=1e-12)


@given(frictions, heights, modes, st.lists(place, min_size=1, max_size=4), st.floats(50, 3000))
@settings(max_examples=80, deadline=None)
def test_there_and_back_is_the_least_of_to_and_from_together(
    friction: Floats, height: Floats, mode: str, places: list[tuple[int, int]], cutoff_s: float
) -> None:
    surface = sloping(friction, height, mode)
    rows, cols = np.array(places).T
    alone = np.stack(
        [
            sum(
                search(surface, (rows[[n]], cols[[n]]), direction=way).cost_s
                for way in ("to", "from")
            )
            for n in range(len(places))
        ]
    )
    found = search(surface, (rows, cols), direction="there_and_back")
    np.testing.assert_allclose(found.cost_s, alone.min(axis=0), rtol=1e-12)
    named = np.isfinite(found.cost_s)
    assert (found.nearest[~named] == -1).all()
    won = np.take_along_axis(alone, np.maximum(found.nearest, 0)[None], axis=0)[0]
    np.testing.assert_allclose(won[named], found.cost_s[named], rtol=1e-12)
    cut = search(surface, (rows, cols), direction="there_and_back", cutoff_s=cutoff_s).cost_s
    np.testing.assert_array_equal(cut, np.where(found.cost_s <= cutoff_s, found.cost_s, np.inf))


@given(frictions, heights, sizes, place)
@settings(max_examples=40, deadline=None)
def test_a_steeper_factor_makes_nobody_earlier(
    friction: Floats, height: Floats, neighbours: int, start: tuple[int, int]
) -> None:
    costs = [
        least_cost(
            friction,
            start,
            steps_m=(100.0, 90.0),
            neighbours=neighbours,
            slopes=Slopes(height, np.exp(k * np.abs(SLOPES))),
        ).cost_s
        for k in (0.0, 1.0, 3.5)
    ]
    assert (costs[0] <= costs[1]).all()
    assert (costs[1] <= costs[2]).all()


@given(heights, modes, sizes)
@settings(max_examples=40, deadline=None)
def test_networkx_finds_the_same_on_slopes(height: Floats, mode: str, neighbours: int) -> None:
    step = 100.0
    factor = slope_of(mode).factor
    graph = nx.DiGraph()
    for row, col in np.ndindex(height.shape):
        for down in range(-2, 3):
            for right in range(-2, 3):
                kind = abs(down) + abs(right)
                end = row + down, col + right
                fits = kind in (1, 3) or abs(down) == abs(right) == 1
                if not fits or (kind == 3 and neighbours == 8):
                    continue
                if not (0 <= end[0] < height.shape[0] and 0 <= end[1] < height.shape[1]):
                    continue
                length_m = step * math.hypot(down, right)
                seconds = length_m * factor((float(height[end]) - height[row, col]) / length_m)
                if np.isfinite(seconds):
                    graph.add_edge((row, col), end, cost=float(seconds))
    found = least_cost(
        np.ones(height.shape),
        ([0], [0]),
        steps_m=(step, step),
        neighbours=neighbours,
        slopes=Slopes(height, factor(SLOPES)),
    ).cost_s
    wanted = np.full(height.shape, np.inf)
    wanted[0, 0] = 0.0
    if (0, 0) in graph:
        for cell, cost in nx.single_source_dijkstra_path_length(
            graph, (0, 0), weight="cost"
        ).items():
            wanted[cell] = cost
    # Between the slopes of the table the factor is a straight line; a bicycle's bends most.
    np.testing.assert_allclose(found, wanted, rtol=5e-4 if mode == "bike" else 2e-6)


@pytest.mark.skipif(not referee_grass.installed(), reason="GRASS is not installed")
@pytest.mark.parametrize("neighbours", [8, 16])
def test_grass_walks_the_hills_alike(neighbours: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    height = np.cumsum(np.cumsum(rng.normal(0, 1.0, (50, 60)), axis=0), axis=1)
    height *= 5 / max(np.abs(np.diff(height, axis=axis)).max() for axis in (0, 1))
    sources = np.array([0, 25, 49]), np.array([0, 50, 7])
    flat, up, down, _ = referee_walk.LANGMUIR
    factor = flat + np.where(SLOPES > 0, up, down) * SLOPES
    found = least_cost(
        np.ones(height.shape),
        sources,
        steps_m=(30.0, 25.0),
        neighbours=neighbours,
        slopes=Slopes(height, np.maximum(factor, 0.01)),
    ).cost_s
    wanted, _ = referee_walk.walking_time(
        height, sources, steps_m=(30.0, 25.0), neighbours=neighbours, folder=tmp_path
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-4)
