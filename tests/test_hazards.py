"""People within hazards, counted on squares."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from landuse.errors import CrsError
from landuse.hazards import people_in_hazards
from landuse.schema import Grade

CRS = "EPSG:6681"


def cells() -> gpd.GeoDataFrame:
    """Return two cells of 100 m side by side with 10 and 30 people, a third of them old."""
    shapes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    return gpd.GeoDataFrame(
        {"population": [10.0, 30.0], "population_65plus": [3.0, 9.0]}, geometry=shapes, crs=CRS
    )


def hazards(*rows: tuple[str, shapely.Geometry], column: str = "depth") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "hazard": "tsunami",
            "layer": "a40",
            column: [row[0] for row in rows],
            "grade": "official",
        },
        geometry=[row[1] for row in rows],
        crs=CRS,
    )


WEST, MIDDLE = shapely.box(0, 0, 50, 100), shapely.box(50, 0, 150, 100)


def test_people_and_land_are_counted_by_class_and_in_all() -> None:
    table = people_in_hazards(cells(), hazards(("1m", WEST), ("2m", MIDDLE))).set_index("class")
    assert table.loc["1m", ["area_km2", "population"]].tolist() == pytest.approx([0.005, 5.0])
    assert table.loc["2m", ["area_km2", "population"]].tolist() == pytest.approx([0.01, 20.0])
    assert table.loc["all", "population"] == pytest.approx(25.0)
    assert table.loc["all", "population_65plus"] == pytest.approx(7.5)
    assert table.loc["all", "population_share"] == pytest.approx(25 / 40)


def test_where_polygons_overlap_nobody_counts_twice() -> None:
    table = people_in_hazards(cells(), hazards(("1m", WEST), ("1m", WEST)))
    assert table["population"].tolist() == pytest.approx([5.0, 5.0])


def test_a_hazard_without_classes_has_one_row() -> None:
    table = people_in_hazards(cells(), hazards(("", WEST)))
    assert table["class"].tolist() == ["all"]


def test_ranks_are_told_in_words_where_there_are_any() -> None:
    table = people_in_hazards(cells(), hazards(("3m以上", WEST), column="rank_ja"))
    assert table["class"].tolist() == ["3m以上", "all"]


def test_a_figure_is_as_good_as_its_worst_part() -> None:
    shown = people_in_hazards(cells(), hazards(("1m", WEST)), grade=Grade.DERIVED)
    assert set(shown["grade"]) == {"derived"}


def test_unknown_people_make_no_figure() -> None:
    unknown = cells().assign(population_65plus=np.nan)
    table = people_in_hazards(unknown, hazards(("1m", WEST)))
    assert table["population_65plus"].isna().all()
    assert table["population"].notna().all()


def test_no_hazard_layer_is_an_empty_table_and_degrees_are_refused() -> None:
    assert people_in_hazards(cells(), hazards()[:0]).empty
    with pytest.raises(CrsError):
        people_in_hazards(cells().to_crs(4326), hazards(("1m", WEST)))
