"""Surfaces on a plain of 9 by 9 cells, where water, roads and bridges are drawn by hand."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.errors import CrsError, LayerError
from landuse.grid import Grid
from landuse.speeds import read_speeds
from landuse.surface import Surface, build_surface, nearest_on_surface, reach

if TYPE_CHECKING:
    from collections.abc import Sequence

CRS = "EPSG:6681"
GRID = Grid(row=51_600, col=35_400, n_rows=9, n_cols=9, crs=CRS)
SPEEDS = read_speeds(Path(str(resources.files("landuse") / "presets" / "speeds.toml")))
ROWS, COLS = (part.ravel() for part in np.mgrid[0:9, 0:9])
CELLS = pd.DataFrame({"row": ROWS, "col": COLS}, index=pd.Index(GRID.cell_ids(ROWS, COLS)))
DX_M, DY_M = GRID.steps_m()
Point = tuple[float, float]


def xy(row: float, col: float) -> Point:
    """Return metres of a place given in rows and columns; 0, 0 is the south-west corner."""
    x, y = GRID.centres_xy(row - 0.5, col - 0.5)
    return float(x), float(y)


def line(*places: Point) -> shapely.LineString:
    return shapely.LineString([xy(*place) for place in places])


def area(south: float, west: float, north: float, east: float) -> shapely.Polygon:
    corners = [(south, west), (south, east), (north, east), (north, west)]
    return shapely.Polygon([xy(*corner) for corner in corners])


def layer(shapes: Sequence[object], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def points(*places: Point | None, ids: Sequence[str] | None = None) -> gpd.GeoSeries:
    shapes = [None if place is None else shapely.Point(xy(*place)) for place in places]
    names = ids or [f"f{place}" for place in range(len(shapes))]
    return gpd.GeoSeries(shapes, index=list(names), crs=CRS)


NO_ROADS = layer([], kind=[], length_km=[])
NO_WATER = layer([])
PLAIN = layer([area(0, 0, 9, 9)], land_class=["open"])
OPEN_S_PER_M = SPEEDS.of("walk").land["open"].s_per_m


def surface(
    land: gpd.GeoDataFrame = PLAIN,
    roads: gpd.GeoDataFrame = NO_ROADS,
    water: gpd.GeoDataFrame = NO_WATER,
    *,
    mode: str = "walk",
    inhabited: Sequence[Point] = (),
) -> Surface:
    rows, cols = np.array(inhabited, dtype=np.int64).reshape(-1, 2).T
    return build_surface(GRID, land, roads, water, speeds=SPEEDS, mode=mode, inhabited=(rows, cols))


def cost(built: Surface, start: Point, end: tuple[int, int], *, neighbours: int = 16) -> float:
    found = reach(built, points((start[0] + 0.5, start[1] + 0.5)), neighbours=neighbours)
    return float(found.cost_s[end])


# --- pace -------------------------------------------------------------------------------


def test_open_land_costs_its_metres_at_its_pace() -> None:
    assert cost(surface(), (4, 0), (4, 3)) == pytest.approx(3 * DX_M[4] * OPEN_S_PER_M, rel=1e-6)
    assert cost(surface(), (0, 4), (3, 4)) == pytest.approx(DY_M[:3].sum() * OPEN_S_PER_M, rel=1e-4)


def test_a_cell_takes_the_class_at_its_centre_and_the_last_row_lies_on_top() -> None:
    land = layer([area(0, 0, 9, 9), area(0, 0, 9, 4.4)], land_class=["open", "forest"])
    friction = surface(land).friction
    assert friction[4, 3] == np.float32(SPEEDS.of("walk").land["forest"].s_per_m)
    assert friction[4, 4] == np.float32(OPEN_S_PER_M), "its centre is at column 4.5"


def test_the_last_cell_before_the_sea_is_land_if_any_of_it_is() -> None:
    land = layer([area(0, 0, 9, 4.2)], land_class=["open"])
    built = surface(land)
    assert np.isfinite(built.friction[:, 4]).all()
    assert np.isinf(built.friction[:, 5]).all()
    assert not built.known[:, 5].any()
    with_sea = pd.concat([land, layer([area(0, 4.2, 9, 9)], land_class=["sea"])])
    assert np.isinf(surface(with_sea).friction[:, 4]).all(), "where the sea is drawn, it counts"


def test_a_class_without_a_speed_is_refused_with_those_there_are() -> None:
    with pytest.raises(LayerError, match=r"'lava', which mode walk.*built_up"):
        surface(layer([area(0, 0, 9, 9)], land_class=["lava"]))


def test_a_layer_in_degrees_is_refused() -> None:
    with pytest.raises(CrsError, match="degrees"):
        surface(PLAIN.to_crs("EPSG:4326"))


# --- roads --------------------------------------------------------------------------------


def test_along_a_road_the_fastest_of_it_sets_the_time() -> None:
    along = line((4.5, 0.5), (4.5, 8.5))
    roads = layer([along, along], kind=["trunk", "street"], length_km=[np.nan, np.nan])
    built = surface(roads=roads, mode="drive")
    trunk = SPEEDS.of("drive").road["trunk"].s_per_m
    assert cost(built, (4, 0), (4, 8)) == pytest.approx(along.length * trunk, rel=1e-4)


def test_a_road_drawn_too_short_keeps_its_true_time() -> None:
    along = line((4.5, 0.5), (4.5, 8.5))
    roads = layer([along], kind=["trunk"], length_km=[1.25 * along.length / 1000])
    built = surface(roads=roads, mode="drive")
    trunk = SPEEDS.of("drive").road["trunk"].s_per_m
    assert cost(built, (4, 0), (4, 8)) == pytest.approx(1.25 * along.length * trunk, rel=1e-4)


def test_a_road_that_winds_within_its_cells_is_as_long_as_it_is() -> None:
    bends = [(4.5, 0.5), *((4.5 + 0.4 * (-1) ** n, 0.5 + n / 4) for n in range(1, 32)), (4.5, 8.5)]
    winding = line(*bends)
    built = surface(roads=layer([winding], kind=["trunk"]), mode="drive")
    trunk = SPEEDS.of("drive").road["trunk"].s_per_m
    assert winding.length > 2.9 * 8 * DX_M[4]
    assert cost(built, (4, 0), (4, 8)) == pytest.approx(winding.length * trunk, rel=1e-4)


FOREST = layer([area(0, 0, 9, 9)], land_class=["forest"])
FOREST_S_PER_M = SPEEDS.of("walk").land["forest"].s_per_m
STREET_S_PER_M = SPEEDS.of("walk").road["street"].s_per_m


def test_a_road_through_the_forest_speeds_up_nobody_who_crosses_it() -> None:
    road = layer([line((0.5, 4.5), (8.5, 4.5))], kind=["street"])
    built, without = surface(FOREST, road), surface(FOREST)
    across = 2 * DX_M[4] * FOREST_S_PER_M
    assert cost(built, (4, 3), (4, 5)) == pytest.approx(across, rel=1e-4)
    np.testing.assert_array_equal(built.friction, without.friction)
    assert cost(built, (0, 4), (8, 4)) == pytest.approx(DY_M[:8].sum() * STREET_S_PER_M, rel=1e-3)


def test_the_way_to_a_road_is_walked_at_the_pace_of_the_land() -> None:
    # A cell's centre is 0.3 of its width from the road: that far through the trees, not on it.
    road = layer([line((0.5, 4.8), (8.5, 4.8))], kind=["street"])
    wanted = 2 * 0.3 * DX_M[4] * FOREST_S_PER_M + DY_M[:8].sum() * STREET_S_PER_M
    assert cost(surface(FOREST, road), (0, 4), (8, 4)) == pytest.approx(wanted, rel=1e-3)


def test_roads_that_share_a_corner_on_the_side_of_two_cells_are_one_way() -> None:
    nothing = layer([], land_class=[])
    roads = layer(
        [line((4.5, 0.5), (4.5, 4.0)), line((4.5, 4.0), (6.5, 4.0)), line((6.5, 4.0), (6.5, 8.5))],
        kind=["street"] * 3,
    )
    assert np.isfinite(cost(surface(nothing, roads), (4, 0), (6, 8)))


def test_a_road_across_the_edge_of_the_grid_and_back_does_not_jump() -> None:
    nothing = layer([], land_class=[])
    road = layer([line((2.5, 7.5), (2.5, 12.5), (6.5, 12.5), (6.5, 7.5))], kind=["street"])
    assert np.isinf(cost(surface(nothing, road), (2, 8), (6, 8)))


def test_a_surface_leaves_controlled_roads_and_other_modes_roads_out() -> None:
    roads = layer([line((4.5, 0.5), (4.5, 8.5))], kind=["expressway"])
    for mode in ("walk", "drive"):
        np.testing.assert_array_equal(
            surface(roads=roads, mode=mode).friction, surface(mode=mode).friction
        )


# --- water and bridges --------------------------------------------------------------------


@pytest.mark.parametrize("neighbours", [8, 16])
def test_a_river_is_crossed_by_its_bridge_only(neighbours: int) -> None:
    river = layer([line((0, 4.5), (9, 4.5))])
    dry = surface(water=river)
    assert np.isinf(cost(dry, (4, 0), (4, 8), neighbours=neighbours))
    bridge = layer([line((7.5, 2.5), (7.5, 6.5))], kind=["street"])
    wet = surface(water=river, roads=bridge)
    around = cost(wet, (0, 3), (0, 5), neighbours=neighbours)
    assert around > 12 * DY_M[0] * OPEN_S_PER_M, "up to row 7 and down again"
    assert np.isfinite(around)


def test_a_road_along_the_bank_is_no_bridge() -> None:
    river = layer([line((0, 4.5), (9, 4.5))])
    bank = layer([line((0.5, 4.8), (8.5, 4.8), (8.5, 6.5))], kind=["street"])
    built = surface(water=river, roads=bank)
    assert np.isfinite(built.friction[:, 4]).all(), "the road shares the cells of the river"
    assert np.isinf(cost(built, (4, 0), (4, 8)))
    assert np.isfinite(cost(built, (4, 4), (4, 8))), "from the road to its own bank"


def test_roads_on_both_banks_in_the_same_cells_are_two_roads() -> None:
    river = layer([line((-1, 4.5), (10, 4.5))])
    west = line((4.5, 2.5), (4.5, 4.2), (0.5, 4.2), (0.5, 2.5))
    east = line((4.5, 6.5), (4.5, 4.8), (0.5, 4.8), (0.5, 6.5))
    built = surface(water=river, roads=layer([west, east], kind=["street"] * 2))
    assert np.isfinite(cost(built, (2, 2), (0, 2)))
    assert np.isinf(cost(built, (2, 2), (2, 6)))
    bridge = line((2.5, 4.2), (2.5, 4.8))
    joined = surface(water=river, roads=layer([west, east, bridge], kind=["street"] * 3))
    assert np.isfinite(cost(joined, (2, 2), (2, 6)))


def test_a_bridge_costs_the_way_to_it_and_its_own_length() -> None:
    river = layer([line((-1, 4.5), (10, 4.5))])
    bridge = layer([line((4.5, 3.5), (4.5, 5.5))], kind=["street"])
    built = surface(water=river, roads=bridge)
    assert cost(built, (4, 3), (4, 5)) == pytest.approx(2 * DX_M[4] * STREET_S_PER_M, rel=1e-4)


def test_people_on_a_river_cell_take_only_the_road_of_their_bank() -> None:
    river = layer([line((-1, 4.2), (10, 4.2))])  # west of the centres of its cells
    west = layer([line((0.5, 4.1), (8.5, 4.1), (8.5, 2.5))], kind=["street"])
    built = surface(water=river, roads=west, inhabited=[(4, 4)])
    assert np.isfinite(cost(built, (4, 4), (4, 6)))
    assert np.isinf(cost(built, (4, 4), (4, 2)))


def test_people_on_a_river_cell_keep_to_their_bank() -> None:
    river = layer([line((0, 4.2), (9, 4.2))])
    assert np.isinf(surface(water=river).friction[4, 4])
    built = surface(water=river, inhabited=[(4, 4), (5, 4)])
    assert np.isfinite(cost(built, (4, 4), (4, 8)))
    assert np.isfinite(cost(built, (4, 4), (5, 4)))
    assert np.isinf(cost(built, (4, 4), (4, 2)))


def test_people_on_the_shore_of_a_lake_are_on_land() -> None:
    lake = layer([area(2, 2, 7, 7)])
    built = surface(water=lake, inhabited=[(2, 2)])
    assert np.isfinite(cost(built, (2, 2), (2, 1)))
    assert np.isinf(built.friction[3, 3])


def test_streets_that_are_not_in_the_data_carry_one_over_a_river_in_town() -> None:
    river = layer([line((0, 4.5), (9, 4.5))])
    town = pd.concat([PLAIN, layer([area(3, 2, 6, 7)], land_class=["built_up"])])
    assert np.isfinite(cost(surface(town, water=river), (4, 0), (4, 8)))
    lake = layer([area(0, 4, 9, 5.5)])
    assert np.isinf(cost(surface(town, water=lake), (4, 0), (4, 8))), "but not over a lake"


def test_a_river_drawn_as_a_narrow_area_stops_like_a_line() -> None:
    strip = layer([area(-1, 4.1, 10, 4.2)])
    assert np.isinf(surface(water=strip).friction[:, 4]).all(), "no centre lies in it"
    assert np.isinf(cost(surface(water=strip), (4, 0), (4, 8)))


@given(st.lists(st.floats(1.5, 7.5), min_size=2, max_size=8), st.sampled_from([8, 16]))
@settings(max_examples=40, deadline=None)
def test_no_river_leaks_however_it_winds(rows: list[float], neighbours: int) -> None:
    bends = [(row, col) for row, col in zip(rows, np.linspace(-1, 10, len(rows)), strict=True)]
    built = surface(water=layer([line(*bends)]))
    found = reach(built, points((0.5, 4.5)), neighbours=neighbours)
    assert np.isinf(found.cost_s[8]).all()
    assert np.isfinite(found.cost_s[0]).all()


within_a_cell = st.builds(lambda cell, part: cell + part, st.integers(0, 8), st.floats(0.05, 0.95))


@given(st.lists(st.tuples(within_a_cell, within_a_cell), min_size=2, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_road_over_the_sea_leads_from_end_to_end_and_is_no_longer_than_it_is(
    places: list[Point],
) -> None:
    nothing = layer([], land_class=[])
    road = line(*places)
    built = surface(nothing, layer([road], kind=["street"]))
    start, end = (GRID.locate_xy(*xy(*place)) for place in (places[0], places[-1]))
    found = reach(built, points(places[0]), neighbours=8)
    assert found.cost_s[start] == 0
    # From the middle of the first cell to the road and from it to the middle of the last.
    to_it_m = 2 * np.hypot(DX_M.max(), DY_M.max()) / 2
    assert found.cost_s[end] <= (road.length * 1.001 + to_it_m) * STREET_S_PER_M
    straight_m = np.hypot(*(np.subtract(GRID.centres_xy(*end), GRID.centres_xy(*start))))
    assert found.cost_s[end] >= (straight_m - 2 * to_it_m) * STREET_S_PER_M


@given(
    st.lists(st.tuples(within_a_cell, within_a_cell), min_size=2, max_size=5),
    st.floats(1.5, 7.5),
    st.floats(1.5, 7.5),
)
@settings(max_examples=60, deadline=None)
def test_no_road_that_stays_on_its_bank_crosses_the_river(
    places: list[Point], at_west: float, at_east: float
) -> None:
    river = line((at_west, -1), (at_east, 10))

    def south(place: Point) -> bool:
        return place[0] < at_west + (at_east - at_west) * (place[1] + 1) / 11

    bank = [place for place in places if south(place)]
    if len(bank) < 2 or line(*bank).distance(river) < 1:
        return
    built = surface(water=layer([river]), roads=layer([line(*bank)], kind=["street"]))
    found = reach(built, points((0.5, 4.5)))
    assert np.isinf(found.cost_s[8]).all()


# --- what each cell gets --------------------------------------------------------------------


def test_every_cell_gets_a_cost_and_its_facility_or_a_reason() -> None:
    land = layer([area(0, 0, 9, 7), area(8, 8, 9, 9)], land_class=["open", "open"])
    lake = layer([area(3, 2, 5, 4)])
    built = surface(land, water=lake)
    table = nearest_on_surface(
        built, CELLS, points((0.5, 0.5), (0.5, 6.5), None), cutoff_s=9 * 60.0
    ).set_index([ROWS, COLS])
    assert tuple(table.loc[(0, 0)]) == (0.0, "f0", "")
    assert table.loc[(0, 6), "to_id"] == "f1"
    assert table.loc[(0, 3), "to_id"] == "f0", "half-way, the first of equals"
    assert table.loc[(3, 2), "reason"] == "off_network"
    assert table.loc[(8, 8), "reason"] == "island"
    assert table.loc[(0, 8), "reason"] == "outside_data"
    assert table.loc[(8, 6), "reason"] == "beyond_cutoff"
    blank = table["reason"] != ""
    assert table.loc[blank, "cost_s"].isna().all()
    assert (table.loc[blank, "to_id"] == "").all()
    assert (table.loc[~blank, "cost_s"] <= 9 * 60).all()


def test_a_service_without_coordinates_is_no_data_everywhere() -> None:
    for places in (points(None, None), points()):
        table = nearest_on_surface(surface(), CELLS, places)
        assert (table["reason"] == "no_facility_data").all()
        assert table["cost_s"].isna().all()


def test_facilities_beyond_the_data_reach_nobody_and_say_so() -> None:
    table = nearest_on_surface(surface(), CELLS, points((40.0, 40.0)))
    assert (table["reason"] == "outside_data").all()
    both = nearest_on_surface(surface(), CELLS, points((40.0, 40.0), (4.5, 4.5)))
    assert (both["to_id"] == "f1").all()


def test_a_facility_on_a_quay_stands_on_the_nearest_land() -> None:
    land = layer([area(0, 0, 9, 4)], land_class=["open"])
    found = reach(surface(land), points((4.5, 4.6)))
    assert found.cost_s[4, 3] == 0
    far_out = nearest_on_surface(surface(land), CELLS, points((4.5, 8.5))).set_index([ROWS, COLS])
    assert far_out.loc[(4, 3), "reason"] == "off_network", "the only facility is at sea"
    assert far_out.loc[(4, 8), "reason"] == "outside_data"


def test_a_cell_beyond_the_grid_is_outside_the_data() -> None:
    strangers = pd.DataFrame({"row": [-1, 4], "col": [4, 4]}, index=["out", "in"])
    table = nearest_on_surface(surface(), strangers, points((4.5, 4.5)))
    assert table["reason"].to_dict() == {"out": "outside_data", "in": ""}


def test_nothing_given_is_changed() -> None:
    land, roads = PLAIN.copy(), layer([line((4.5, 0.5), (4.5, 8.5))], kind=["street"])
    water, cells, places = layer([line((0, 4.5), (9, 4.5))]), CELLS.copy(), points((4.5, 4.5))
    kept = [table.copy() for table in (land, roads, water, cells, places)]
    nearest_on_surface(surface(land, roads, water), cells, places)
    for before, after in zip(kept, (land, roads, water, cells, places), strict=True):
        assert before.equals(after)
