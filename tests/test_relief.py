"""Heights of cells, on planes and ramps that a reader can check by head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy

from landuse import read_city, run
from landuse.errors import CrsError, LayerError
from landuse.relief import elevation_on

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

GRID = toy.GRID


def heights(*rows: tuple[float, float, float]) -> gpd.GeoDataFrame:
    """Return points by row and column of the grid, and their metres."""
    at = [shapely.Point(*map(float, GRID.centres_xy(row, col))) for row, col, _ in rows]
    return gpd.GeoDataFrame({"elevation_m": [m for *_, m in rows]}, geometry=at, crs=toy.CRS)


def test_between_heights_the_ground_is_a_plane() -> None:
    # Ten metres up for each row northwards, none eastwards.
    corners = heights((-1, -1, -10), (-1, 12, -10), (6, -1, 60), (6, 12, 60))
    found = elevation_on(corners, GRID)
    assert found.shape == GRID.shape
    assert found.tolist() == pytest.approx(
        np.repeat([[0.0], [10], [20], [30], [40]], GRID.shape[1], axis=1), abs=0.05
    )


def test_beyond_the_outermost_the_nearest_height_counts() -> None:
    found = elevation_on(heights((0, 0, 5), (0, 1, 5), (1, 0, 5)), GRID)
    assert np.unique(found).tolist() == [5.0]


def test_too_few_heights_and_degrees_are_refused() -> None:
    with pytest.raises(LayerError, match="has 2 heights"):
        elevation_on(heights((0, 0, 5), (0, 1, 5), (1, 0, np.nan)), GRID)
    with pytest.raises(CrsError):
        elevation_on(heights((0, 0, 5)).to_crs(4326), GRID)


def test_a_hill_slows_the_walkers_of_a_town(tmp_path: Path, toy_run: Run) -> None:
    folder = tmp_path / "toy"
    city = toy.write_city(folder)
    hill = heights((-9, -9, 0), (-9, 19, 0), (19, -9, 300), (19, 19, 300)).to_crs(4326)
    hill.to_file(folder / "layers" / "hill.geojson")
    layer = toy.LAYER_TOML.format(
        key="hill", role="elevation", path="layers/hill.geojson", grade="derived"
    )
    city.write_text(city.read_text(encoding="utf-8") + layer, encoding="utf-8")
    steep = run(read_city(city)).cells["clinic_s"]
    level = toy_run.study.cells["clinic_s"]
    north, same = str(GRID.cell_ids(4, 0)), str(GRID.cell_ids(0, 3))
    # Down a slope of about one in ten to the clinic, and along the hill at one height.
    assert steep[north] > 1.05 * level[north]
    assert steep[same] == pytest.approx(level[same], rel=0.02)
