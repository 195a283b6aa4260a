"""People on cells: everyone kept, and where a mesh puts them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given
from hypothesis import strategies as st

from landuse.errors import LayerError
from landuse.people import ELSEWHERE, SETTLED_WEIGHT, people_on_cells

MESH = str(toy.GRID.cell_ids(0, 0))[:8]
"""The mesh of 1 km whose south-western cells are the town; the exclave lies in the next."""


def cells() -> gpd.GeoDataFrame:
    row, col = np.array([(row, col) for row, col, _ in toy.CELLS]).T
    return gpd.GeoDataFrame(
        {"row": row, "col": col},
        geometry=toy.GRID.polygons(row, col),
        index=pd.Index(toy.GRID.cell_ids(row, col).astype(object), name="cell_id"),
        crs=toy.CRS,
    )


CELLS = cells()


def land(**of_letter: str) -> pd.Series:
    """Return the class of land of each cell by its letter on the drawing, else forest."""
    classes = [of_letter.get(letter, "forest") for _, _, letter in toy.CELLS]
    return pd.Series(classes, CELLS.index)


def meshes(codes: list[str], population: list[float], **more: list[float]) -> gpd.GeoDataFrame:
    table = {"mesh_code": codes, "population": population, **more}
    return gpd.GeoDataFrame(table, geometry=[shapely.box(0, 0, 1, 1)] * len(codes), crs=toy.CRS)


def people(population: gpd.GeoDataFrame, classes: pd.Series | None = None) -> pd.DataFrame:
    return people_on_cells(population, CELLS, toy.GRID, land=land() if classes is None else classes)


def on(found: pd.DataFrame, row: int, col: int) -> float:
    return float(found.loc[str(toy.GRID.cell_ids(row, col)), "population"])


def test_people_counted_by_cell_stay_on_their_cell() -> None:
    counted = gpd.GeoDataFrame(toy.population(), geometry=CELLS.geometry.to_numpy(), crs=toy.CRS)
    found = people(counted.sample(frac=1, random_state=1))
    assert found["population"].tolist() == toy.population()["population"].tolist()
    assert found["population_65plus"].sum() == 21


def test_a_mesh_settles_in_town_and_a_twentieth_as_densely_elsewhere() -> None:
    # Four cells of town and 21 of forest: 4 + 21/20 parts.
    found = people(meshes([MESH], [101]), land(U="built_up"))
    assert on(found, 0, 0) == pytest.approx(20)
    assert on(found, 4, 4) == pytest.approx(1)
    assert on(found, 0, 10) == 0  # the exclave is in another mesh


def test_nobody_is_put_on_water() -> None:
    found = people(meshes([MESH], [90]), land(U="built_up", P="water", u="sea"))
    assert on(found, 1, 3) == 0
    assert on(found, 0, 4) == 0
    assert found["population"].sum() == pytest.approx(90)


def test_a_mesh_of_water_alone_keeps_its_people_all_the_same() -> None:
    found = people(meshes([MESH], [50]), pd.Series("water", CELLS.index))
    assert on(found, 2, 2) == pytest.approx(2)
    assert found["population"].sum() == pytest.approx(50)


def test_a_quarter_mesh_reaches_its_own_cells_only() -> None:
    # The south-western quarter is the town; the south-eastern one holds no cell of it.
    found = people(meshes([f"{MESH}1"], [25]))
    assert found["population"].to_numpy() == pytest.approx([1.0] * 25 + [0.0])


def test_a_mesh_of_250_metres_ends_in_half_cells() -> None:
    # Two and a half cells a side: four whole ones, four halves and a quarter.
    found = people(meshes([f"{MESH}11"], [6.25]))
    assert [on(found, 0, col) for col in range(4)] == pytest.approx([1, 1, 0.5, 0])
    assert on(found, 2, 2) == pytest.approx(0.25)


def test_areas_without_a_code_are_divided_by_area() -> None:
    whole = gpd.GeoDataFrame(
        {"population": [100], "population_65plus": [50]},
        geometry=[toy.block([(0, 0), (0, 1)])],
        crs=toy.CRS,
    )
    found = people(whole)
    assert on(found, 0, 0) == pytest.approx(50, rel=1e-4)
    assert found["population_65plus"].sum() == pytest.approx(50)


def test_a_group_that_nobody_counted_is_no_data() -> None:
    found = people(meshes([MESH], [10]))
    assert list(found.columns) == ["population", "population_65plus"]
    assert found["population_65plus"].isna().all()
    assert found["population"].notna().all()


def test_people_who_would_be_lost_are_a_fault_for_each_group() -> None:
    elsewhere = str(toy.GRID.cell_ids(200, 200))[:8]
    table = meshes([MESH, elsewhere], [30, 12], population_65plus=[10, 5])
    with pytest.raises(LayerError) as raised:
        people(table)
    assert [fault.what for fault in raised.value.faults] == [
        "12.0 of 42.0 people reach no cell",
        "5.0 of 15.0 people reach no cell",
    ]


def test_an_empty_mesh_elsewhere_loses_nobody() -> None:
    elsewhere = str(toy.GRID.cell_ids(200, 200))[:8]
    assert people(meshes([MESH, elsewhere], [30, 0]))["population"].sum() == pytest.approx(30)


CLASSES = [*SETTLED_WEIGHT, "farm", "forest", "open", "wetland"]


@given(
    st.lists(st.sampled_from(CLASSES), min_size=26, max_size=26),
    st.lists(st.integers(0, 10_000), min_size=4, max_size=4),
)
def test_everybody_arrives_whatever_the_land(classes: list[str], counts: list[int]) -> None:
    # The quarters of the mesh that hold no cell of the town are empty here.
    codes = [f"{MESH}1{quarter}" for quarter in range(1, 5)]
    found = people(meshes(codes, [float(n) for n in counts]), pd.Series(classes, CELLS.index))
    assert found["population"].sum() == pytest.approx(sum(counts))
    assert (found["population"] >= 0).all()


@given(st.floats(0, 1e6))
def test_twice_the_people_are_twice_the_people_everywhere(count: float) -> None:
    once, twice = (people(meshes([MESH], [n]), land(U="built_up")) for n in (count, 2 * count))
    assert twice["population"].to_numpy() == pytest.approx(2 * once["population"].to_numpy())


def test_land_beyond_town_takes_people_but_few() -> None:
    assert 0 < ELSEWHERE < SETTLED_WEIGHT["built_up"]
