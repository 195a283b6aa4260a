"""Areal interpolation on squares whose shares can be seen."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from landuse.areal import interpolate, share_out
from landuse.errors import CrsError

CRS = "EPSG:6681"


def squares(*boxes: tuple[float, float, float, float], **columns: list[float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[box(*b) for b in boxes], crs=CRS)


def test_people_of_one_square_split_by_area() -> None:
    source = squares((0, 0, 2, 1), people=[90.0])
    target = squares((0, 0, 1, 1), (1, 0, 1.5, 1), (1.5, 0, 2, 1))
    assert interpolate(source, target, extensive=["people"])["people"].tolist() == [45, 22.5, 22.5]


def test_the_part_outside_every_target_goes_to_those_that_meet_the_source() -> None:
    source = squares((0, 0, 4, 1), people=[40.0])
    target = squares((0, 0, 1, 1), (1, 0, 2, 1))
    assert interpolate(source, target, extensive=["people"])["people"].tolist() == [20, 20]


def test_touching_at_an_edge_gives_nothing() -> None:
    source = squares((0, 0, 1, 1), people=[8.0])
    target = squares((0, 0, 1, 1), (1, 0, 2, 1))
    assert interpolate(source, target, extensive=["people"])["people"].tolist() == [8, 0]


def test_degrees_are_refused() -> None:
    source = squares((0, 0, 1, 1), people=[1.0]).set_crs("EPSG:4326", allow_override=True)
    with pytest.raises(CrsError, match="degrees"):
        interpolate(source, source, extensive=["people"])


def test_weights_of_zero_share_equally_so_that_nobody_is_lost() -> None:
    pairs = pd.DataFrame({"source": [0, 0], "target": ["a", "b"], "weight": [0.0, 0.0]})
    amounts = pd.DataFrame({"people": [10.0]})
    shared = share_out(amounts, pairs, targets=pd.Index(["a", "b", "c"]), extensive=["people"])
    assert shared["people"].tolist() == [5, 5, 0]


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=6),
    st.integers(1, 4),
    st.floats(0.3, 2.5),
)
def test_totals_are_kept(people: list[int], per_source: int, weight: float) -> None:
    pairs = pd.DataFrame(
        [
            {"source": s, "target": (s + t) % len(people), "weight": weight * t}
            for s in range(len(people))
            for t in range(per_source)
        ]
    )
    amounts = pd.DataFrame({"people": [float(p) for p in people]})
    shared = share_out(amounts, pairs, targets=pd.RangeIndex(len(people)), extensive=["people"])
    assert shared["people"].sum() == pytest.approx(sum(people), abs=1e-6)
