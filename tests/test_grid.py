"""The 1/10 mesh: codes are arithmetic, cells tile the plane, steps are metres."""

from __future__ import annotations

import jismesh.utils as ju
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from landuse.errors import CrsError, LayerError
from landuse.grid import Grid

CITY_HALL = (144.3817, 42.9849)
KUSHIRO = Grid(row=51_400, col=35_100, n_rows=700, n_cols=760, crs="EPSG:6681")

latitudes = st.floats(20.1, 45.9)
longitudes = st.floats(122.1, 153.9)
in_grid = st.tuples(st.integers(0, 699), st.integers(0, 759))


def test_the_city_hall_lies_in_the_cell_that_its_seconds_say() -> None:
    # 42.9849 degrees = 30 seconds x 5158 + 5.64 seconds: second row of the third-level mesh.
    rows, cols = KUSHIRO.locate(*CITY_HALL)
    (code,) = KUSHIRO.cell_ids([rows], [cols]).ravel()
    assert code[:8] == str(ju.to_meshcode(CITY_HALL[1], CITY_HALL[0], 3))
    south, west = ju.to_meshpoint(int(code[:8]), 0, 0)
    row_digit = int((CITY_HALL[1] - south) * 3600 // 3)
    col_digit = int((CITY_HALL[0] - west) * 3600 // 4.5)
    assert code == f"64443380{row_digit}{col_digit}"


@given(longitudes, latitudes)
def test_the_first_eight_digits_are_the_third_level_mesh(lon: float, lat: float) -> None:
    grid = Grid.over((0.0, 0.0, 1.0, 1.0), crs="EPSG:6681")
    (code,) = grid.cell_ids(*(np.atleast_1d(part) for part in grid.locate(lon, lat)))
    south, west = ju.to_meshpoint(int(code[:8]), 0, 0)
    assert south - 1e-9 <= lat < south + 30 / 3600 + 1e-9
    assert west - 1e-9 <= lon < west + 45 / 3600 + 1e-9


@given(in_grid)
def test_a_code_leads_back_to_its_row_and_column(place: tuple[int, int]) -> None:
    rows, cols = KUSHIRO.rows_cols(KUSHIRO.cell_ids([place[0]], [place[1]]))
    assert (rows[0], cols[0]) == place


@given(in_grid)
def test_the_centre_of_a_cell_lies_in_it(place: tuple[int, int]) -> None:
    rows, cols = KUSHIRO.locate(*KUSHIRO.centres_lonlat(*place))
    assert (rows, cols) == place
    rows, cols = KUSHIRO.locate_xy(*KUSHIRO.centres_xy(*place))
    assert (rows, cols) == place


@given(in_grid)
def test_the_south_west_corner_belongs_to_its_cell(place: tuple[int, int]) -> None:
    lon = 100 + (KUSHIRO.col + place[1]) / 800
    lat = (KUSHIRO.row + place[0]) / 1200
    assert KUSHIRO.locate(lon, lat) == place


def test_a_point_without_coordinates_is_on_no_cell() -> None:
    rows, cols = KUSHIRO.locate([np.nan, 0.0], [43.0, 0.0])
    assert not KUSHIRO.contains(rows, cols).any()


def test_neighbouring_cells_share_their_corners_bit_for_bit() -> None:
    rows, cols = (part.ravel() for part in np.mgrid[10:13, 20:24])
    cells = KUSHIRO.polygons(rows, cols)
    assert shapely.coverage_is_valid(cells)
    assert shapely.union_all(cells).area == pytest.approx(shapely.area(cells).sum(), rel=1e-12)


def test_steps_are_geodesic_metres_times_the_scale_of_the_projection() -> None:
    dx_m, dy_m = KUSHIRO.steps_m()
    assert dx_m.shape == dy_m.shape == (700,)
    lon, lat = KUSHIRO.centres_lonlat(350, 380)
    geod = Geod(ellps="GRS80")
    width = geod.inv(lon - 1 / 1600, lat, lon + 1 / 1600, lat)[2]
    height = geod.inv(lon, lat - 1 / 2400, lon, lat + 1 / 2400)[2]
    # The plane zone has the scale 0.9999 on its meridian, within 1e-4 of that in the city.
    assert dx_m[350] == pytest.approx(width, rel=2e-4)
    assert dy_m[350] == pytest.approx(height, rel=2e-4)
    assert (np.diff(dx_m) < 0).all(), "cells narrow towards the north"


def test_one_pair_of_steps_for_each_row_is_right_over_the_whole_city() -> None:
    dx_m, dy_m = KUSHIRO.steps_m()
    rows, cols = (part.ravel() for part in np.mgrid[0:700:50, 0:760:40])
    area_m2 = shapely.area(KUSHIRO.polygons(rows, cols))
    np.testing.assert_allclose(dx_m[rows] * dy_m[rows], area_m2, rtol=1e-4)


def test_a_grid_over_a_box_covers_it_and_no_more() -> None:
    west, south = (float(part) for part in KUSHIRO.centres_xy(3, 5))
    east, north = (float(part) for part in KUSHIRO.centres_xy(3, 7))
    grid = Grid.over((west, south, east, north), crs="EPSG:6681")
    assert grid.n_cols == 3
    assert grid.n_rows in {1, 2}, "rows of the mesh are not level in the plane"
    wider = Grid.over((west, south, east, north), crs="EPSG:6681", margin_m=1000)
    assert wider.n_cols in {3 + 2 * 9, 3 + 2 * 10, 3 + 2 * 10 + 1}
    rows, cols = wider.locate_xy([west, east], [south, north])
    assert wider.contains(rows, cols).all()


@pytest.mark.parametrize(
    "text", ["", "644433802", "64443380230", "6444838023", "644433802a", "６444338023"]
)
def test_a_text_that_is_no_code_is_refused_by_name(text: str) -> None:
    with pytest.raises(LayerError, match="not a code of the 1/10 mesh"):
        KUSHIRO.rows_cols(["6444338023", text])


def test_a_box_in_degrees_is_refused() -> None:
    with pytest.raises(CrsError, match="outside the mesh"):
        Grid.over((1e9, 1e9, 2e9, 2e9), crs="EPSG:6681")
