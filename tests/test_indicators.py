"""Official indicators on cells and circles whose areas are known by hand."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from landuse.config import preset
from landuse.errors import CityError, CrsError
from landuse.handbook import Circle, Indicator, OfficialValue, read_indicators
from landuse.indicators import indicator_table, reached_share
from landuse.schema import Grade
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

CRS = "EPSG:6681"
HOSPITAL = (50.0, 50.0)
"""The middle of the first cell."""


def cells(people: Sequence[float] = (10, 20, 30), side_m: float = 100.0) -> gpd.GeoDataFrame:
    """Return square cells in a row from the origin eastwards, half of their people old."""
    shapes = [shapely.box(side_m * i, 0, side_m * (i + 1), side_m) for i in range(len(people))]
    old = [count / 2 for count in people]
    return gpd.GeoDataFrame(
        {"population": list(people), "population_65plus": old}, geometry=shapes, crs=CRS
    )


def places(*rows: tuple[str, tuple[float, float]], grade: str = "official") -> gpd.GeoDataFrame:
    """Return facilities by category and place."""
    return gpd.GeoDataFrame(
        {"category": [row[0] for row in rows], "grade": grade},
        geometry=[shapely.Point(row[1]) for row in rows],
        crs=CRS,
    )


def circle(within_m: float, *values: str, **options: object) -> Circle:
    return Circle(places="facilities", within_m=within_m, select={"category": values}, **options)


def indicator(key: str = "medical", *circles: Circle, **options: object) -> Indicator:
    basic = {"group": "population", "all_of": (), "source": "toy"}
    return Indicator(key=key, label=Label(ja=key, en=key), circles=circles, **(basic | options))


def row(table: pd.DataFrame, key: str) -> pd.Series:
    return table.set_index("indicator").loc[key]


def test_a_circle_within_one_cell_covers_its_area_of_it() -> None:
    points = gpd.GeoSeries([shapely.Point(HOSPITAL)], crs=CRS)
    share = reached_share(cells().geometry, points, within_m=40.0)
    assert share.tolist() == pytest.approx([pi * 40**2 / 100**2, 0.0, 0.0], rel=3e-4)
    assert share.name == "reached_share"


def test_a_cell_that_lies_in_the_circle_is_covered_whole() -> None:
    points = gpd.GeoSeries([shapely.Point(HOSPITAL)], crs=CRS)
    assert reached_share(cells().geometry, points, within_m=71.0).iloc[0] == 1.0


def test_where_circles_overlap_nobody_counts_twice() -> None:
    twice = places(("hospital", HOSPITAL), ("hospital", (51.0, 50.0)), ("hospital", HOSPITAL))
    once = reached_share(cells().geometry, twice.geometry[:1], within_m=40.0).iloc[0]
    both = reached_share(cells().geometry, twice.geometry, within_m=40.0).iloc[0]
    # A circle of radius r shifted by a little d adds a sliver of 2rd.
    assert both - once == pytest.approx(2 * 40 * 1 / 1e4, rel=0.01)


def test_people_are_counted_by_the_covered_part_of_their_cell() -> None:
    table = indicator_table(
        cells(),
        {"facilities": places(("hospital", HOSPITAL))},
        [indicator("a", circle(71, "hospital"))],
    )
    # All ten of the first cell; of the second what the circle reaches beyond x = 100: the
    # segment of a circle of 71 m that a chord 50 m from its middle cuts off.
    half_angle = np.arccos(50 / 71)
    segment = 71**2 * half_angle - 50 * 71 * np.sin(half_angle)
    served = 10 + 20 * segment / 1e4
    assert row(table, "a")["served"] == pytest.approx(served, rel=1e-3)
    assert row(table, "a")["demand"] == 60
    assert row(table, "a")["share"] == pytest.approx(served / 60, rel=1e-3)
    assert row(table, "a")["definition"] == "施設 facilities 71 m"


def test_any_circle_counts_and_all_of_asks_for_every_one() -> None:
    facilities = places(("hospital", HOSPITAL), ("shop", (150.0, 50.0)))
    wanted = [
        indicator("hospital", circle(71, "hospital")),
        indicator("shop", circle(71, "shop")),
        indicator("either", circle(71, "hospital"), circle(71, "shop")),
        indicator("both", all_of=("hospital", "shop")),
    ]
    table = indicator_table(cells((1, 1, 0)), {"facilities": facilities}, wanted)
    served = table.set_index("indicator")["served"]
    assert served["either"] + served["both"] == pytest.approx(served["hospital"] + served["shop"])
    assert served["either"] == pytest.approx(2.0)


def test_old_people_are_a_group_of_their_own() -> None:
    table = indicator_table(
        cells(),
        {"facilities": places(("hospital", HOSPITAL))},
        [indicator("old", circle(1e4, "hospital"), group="population_65plus")],
    )
    assert row(table, "old")[["demand", "share"]].tolist() == [30.0, 1.0]


@pytest.mark.parametrize(
    ("given_places", "missing"),
    [
        ({}, "facilities"),
        ({"facilities": places()}, "facilities"),
        ({"facilities": places(("shop", HOSPITAL))}, "facilities: hospital"),
    ],
)
def test_what_the_data_lack_is_named_and_no_zero(
    given_places: dict[str, gpd.GeoDataFrame], missing: str
) -> None:
    table = indicator_table(cells(), given_places, [indicator("a", circle(71, "hospital"))])
    assert np.isnan(row(table, "a")["share"])
    assert np.isnan(row(table, "a")["served"])
    assert row(table, "a")["missing"] == missing


def test_hospitals_alone_are_not_medical_care() -> None:
    facilities = {"facilities": places(("hospital", HOSPITAL))}
    strict = circle(71, "hospital", "clinic", needs=("clinic",))
    table = indicator_table(
        cells(),
        facilities,
        [indicator("strict", strict), indicator("lenient", circle(71, "hospital", "clinic"))],
    )
    assert np.isnan(row(table, "strict")["share"])
    assert row(table, "lenient")["share"] > 0
    assert row(table, "lenient")["missing"] == "facilities: clinic"


def test_optional_places_that_are_not_there_are_named_beside_the_figure() -> None:
    station = Circle(places="stations", within_m=800, select={}, optional=True)
    table = indicator_table(
        cells(),
        {"facilities": places(("hospital", HOSPITAL))},
        [indicator("a", circle(1e4, "hospital"), station)],
    )
    assert row(table, "a")["share"] == 1.0
    assert row(table, "a")["missing"] == "stations"


def test_the_official_value_stands_beside_ours() -> None:
    table = indicator_table(
        cells(),
        {"facilities": places(("hospital", HOSPITAL))},
        [indicator("a", circle(1e4, "hospital")), indicator("b", circle(1e4, "hospital"))],
        official=[OfficialValue(indicator="a", share=0.85, vintage="2020", source="the sheet")],
    )
    assert row(table, "a")["difference"] == pytest.approx(0.15)
    assert row(table, "a")["official_vintage"] == "2020"
    assert np.isnan(row(table, "b")["official_share"])


def test_the_worst_grade_of_people_and_places_wins() -> None:
    facilities = {"facilities": places(("hospital", HOSPITAL), grade="modelled")}
    asked = [indicator("a", circle(71, "hospital"))]
    assert indicator_table(cells(), facilities, asked, grade=Grade.DERIVED)["grade"].item() == (
        "modelled"
    )
    official = {"facilities": places(("hospital", HOSPITAL))}
    assert indicator_table(cells(), official, asked, grade=Grade.DERIVED)["grade"].item() == (
        "derived"
    )


def test_degrees_are_refused() -> None:
    with pytest.raises(CrsError):
        indicator_table(cells().to_crs(4326), {}, [])


@given(st.lists(st.tuples(st.floats(-50, 350), st.floats(-50, 150)), min_size=1, max_size=6))
def test_a_larger_circle_never_covers_less_and_order_does_not_matter(
    spots: list[tuple[float, float]],
) -> None:
    points = gpd.GeoSeries([shapely.Point(spot) for spot in spots], crs=CRS)
    small = reached_share(cells().geometry, points, within_m=60.0)
    large = reached_share(cells().geometry, points, within_m=90.0)
    turned = reached_share(cells().geometry, points[::-1], within_m=60.0)
    assert (small <= large + 1e-9).all()
    assert ((small >= 0) & (large <= 1 + 1e-9)).all()
    assert small.tolist() == pytest.approx(turned.tolist())


def test_the_table_of_the_package_is_right_and_bears_official_names() -> None:
    found = {one.key: one for one in read_indicators(preset("indicators.toml"))}
    assert found["medical_walk"].label.ja == "医療施設徒歩圏人口カバー率"
    assert found["transit_walk"].definition == "駅 stations 800 m; バス停 stops 300 m"
    assert set(found["daily_life_walk"].all_of) <= set(found)
    assert all("[" in one.source for one in found.values()), "each says whether it was checked"


def test_faults_of_a_file_come_together(tmp_path: Path) -> None:
    path = tmp_path / "indicators.toml"
    path.write_text(
        """
[[indicator]]
key = "a"
name = { ja = "a", en = "a" }
group = "cats"
all_of = ["b"]
source = "toy"
[[indicator]]
key = "b"
name = { ja = "b", en = "b" }
group = "population"
source = "toy"
circle = [{ places = "moons", within_m = -1 }]
""",
        encoding="utf-8",
    )
    with pytest.raises(CityError) as caught:
        read_indicators(path)
    places_of = {fault.where for fault in caught.value.faults}
    assert places_of == {
        "indicators.toml: indicator a.group",
        "indicators.toml.indicator a.all_of",
        "indicators.toml: indicator b: circle moons.places",
        "indicators.toml: indicator b: circle moons.within_m",
    }
