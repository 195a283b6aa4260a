"""Cells of a small box near Kushiro's city hall."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from landuse.cells import cells_within, mesh_pairs, nearest_town, place_of
from landuse.errors import LayerError
from landuse.grid import Grid

CRS = "EPSG:6681"
GRID = Grid(row=51580, col=35500, n_rows=5, n_cols=5, crs=CRS)


def area(rows: slice, cols: slice, **columns: list[str]) -> gpd.GeoDataFrame:
    """Return the union of a block of cells as one area."""
    row, col = (part.ravel() for part in np.mgrid[rows, cols])
    shape = gpd.GeoSeries(GRID.polygons(row, col), crs=CRS).union_all()
    return gpd.GeoDataFrame(columns, geometry=[shape], crs=CRS)


def test_a_cell_counts_where_its_centre_lies() -> None:
    cells = cells_within(area(slice(0, 2), slice(0, 3)), GRID)
    assert sorted(zip(cells["row"], cells["col"], strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2),
    ]  # fmt: skip
    assert cells.index.name == "cell_id"
    assert (cells.index.str.len() == 10).all()


def test_cells_where_people_live_are_kept_although_their_centre_is_outside() -> None:
    lone = GRID.cell_ids([4], [4])[0]
    cells = cells_within(area(slice(0, 1), slice(0, 1)), GRID, also=[lone])
    assert lone in cells.index
    assert len(cells) == 2


def test_a_boundary_without_any_centre_is_an_error() -> None:
    point = gpd.GeoSeries([Point(*map(float, GRID.centres_xy(2, 2)))], crs=CRS)
    tiny = gpd.GeoDataFrame(geometry=point.translate(20, 20).buffer(5))
    with pytest.raises(LayerError, match="no cell centre"):
        cells_within(tiny, GRID)


def test_each_cell_takes_the_area_that_holds_its_centre() -> None:
    cells = cells_within(area(slice(0, 1), slice(0, 4)), GRID)
    west = area(slice(0, 5), slice(0, 2), zone=["urban"])
    east = area(slice(0, 5), slice(2, 3), zone=["forest"])
    zones = place_of(cells, pd.concat([west, east], ignore_index=True), GRID, column="zone")
    # the fourth cell lies in neither: the nearest area is the eastern one
    assert zones.tolist() == ["urban", "urban", "forest", "forest"]


def test_a_town_of_another_district_is_never_named() -> None:
    cells = cells_within(area(slice(0, 1), slice(0, 2)), GRID).assign(district=["west", "east"])
    x, y = GRID.centres_xy([0, 4], [0, 4])
    towns = gpd.GeoDataFrame(
        {"name": ["西町", "東町"], "district": ["west", "east"]},
        geometry=gpd.points_from_xy(x, y),
        crs=CRS,
    )
    assert nearest_town(cells, towns, GRID).tolist() == ["西町", "東町"]


def test_a_500_m_mesh_is_25_whole_cells() -> None:
    mesh = GRID.cell_ids([0], [0])[0][:8] + "1"
    pairs = mesh_pairs(pd.Series([mesh]), GRID)
    assert len(pairs) == 25
    assert pairs["weight"].to_numpy() == pytest.approx(1 / 25)


def test_a_250_m_mesh_ends_in_halves_and_a_quarter() -> None:
    mesh = GRID.cell_ids([0], [0])[0][:8] + "11"
    weights = np.sort(mesh_pairs(pd.Series([mesh]), GRID)["weight"].to_numpy())
    assert weights == pytest.approx([0.04] + [0.08] * 4 + [0.16] * 4)


def test_meshes_of_mixed_length_are_refused_with_their_row() -> None:
    codes = pd.Series(["64434421", "644344211"], index=[7, 8])
    with pytest.raises(LayerError, match=r"row 8: mesh_code.*8 digits"):
        mesh_pairs(codes, GRID)


@given(st.from_regex(r"64[34][0-9][0-7]{2}[0-9]{2}[1-4]{0,2}", fullmatch=True))
def test_the_shares_of_a_mesh_sum_to_one(code: str) -> None:
    assert mesh_pairs(pd.Series([code]), GRID)["weight"].sum() == pytest.approx(1)
