"""Numbers and shapes survive the way into a page and back."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
import toy
from hypothesis import given
from hypothesis import strategies as st

from landuse.maps.pack import deltas, inert_json, pack_bytes, pack_ints, unpack_bytes, unpack_ints
from landuse.maps.topology import LATTICE, Topology, line_topology, polygon_topology, simplified


@given(st.lists(st.integers(-(2**60), 2**60)))
def test_packed_integers_come_back(values: list[int]) -> None:
    assert unpack_ints(pack_ints(np.array(values, np.int64))).tolist() == values


@given(st.binary())
def test_packed_bytes_come_back(raw: bytes) -> None:
    assert unpack_bytes(pack_bytes(raw)) == raw


def test_small_numbers_take_one_byte() -> None:
    assert pack_ints([0, 1, -1, 63, -64]) == bytes([0, 2, 1, 126, 127])


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_deltas_sum_up_to_the_values(values: list[int]) -> None:
    assert np.cumsum(deltas(np.array(values, np.int64))).tolist() == values


@given(st.text())
def test_json_in_a_page_says_the_same_and_cannot_leave_its_script(text: str) -> None:
    written = inert_json({"text": text})
    assert json.loads(written)["text"] == text
    assert not set("<>&\u2028\u2029") & set(written)


def test_json_refuses_numbers_that_are_not_numbers() -> None:
    with pytest.raises(ValueError, match="JSON"):
        inert_json([float("nan")])


def squares() -> gpd.GeoSeries:
    """Return three fields in a row of which the middle one holds a pond, and the pond."""
    pond = toy.block([(1, 2)])
    middle = shapely.difference(toy.block([(r, c) for r in range(3) for c in (1, 2, 3)]), pond)
    west, east = toy.block([(r, 0) for r in range(3)]), toy.block([(r, 4) for r in range(3)])
    return gpd.GeoSeries([west, middle, east, pond], crs=toy.CRS)


def area(topology: Topology, feature: int) -> float:
    """Return the area in square lattice steps, rings counted odd and even."""
    shape = shapely.Polygon()
    for ring in topology.rings_of(feature):
        shape = shape.symmetric_difference(shapely.Polygon(ring))
    return float(shape.area)


def test_shared_borders_are_stored_once() -> None:
    topology = polygon_topology(squares())
    # Outside: west, east, and the middle's north and south; inside: two borders, the pond's.
    assert len(topology.arcs) == 7
    used = [
        ref if ref >= 0 else ~ref for rings in topology.features for ring in rings for ref in ring
    ]
    assert sorted(used.count(arc) for arc in range(7)) == [1, 1, 1, 1, 2, 2, 2]


def test_a_hole_is_the_ring_of_what_fills_it() -> None:
    topology = polygon_topology(squares())
    hole = topology.features[1][1]
    fill = topology.features[3][0]
    assert {ref if ref >= 0 else ~ref for ref in hole} == {
        ref if ref >= 0 else ~ref for ref in fill
    }


def test_areas_survive_the_lattice() -> None:
    topology = polygon_topology(squares())
    cell = (LATTICE / 800) * (LATTICE / 1200)
    found = [area(topology, place) / cell for place in range(4)]
    assert found == pytest.approx([3, 8, 3, 1], rel=0.01)


def test_simplifying_keeps_neighbours_together() -> None:
    x = np.linspace(0, 1000, 200)
    wave = np.column_stack([x, 500 + 3 * np.sin(x)])
    south = shapely.Polygon([*wave, (1000, 0), (0, 0)])
    north = shapely.Polygon([*wave, (1000, 1000), (0, 1000)])
    fields = gpd.GeoSeries([south, north], crs=toy.CRS)
    slim = simplified(fields, 10)
    assert shapely.get_num_coordinates(slim.to_numpy()).sum() < 40
    assert shapely.coverage_is_valid(slim.to_numpy())
    assert slim.area.sum() == pytest.approx(1e6)
    assert shapely.get_num_coordinates(fields.to_numpy()).sum() == 406


def mosaic(side: int) -> gpd.GeoSeries:
    """Return side x side fields of 200 m whose borders bend every 30 m, and are shared."""
    end, steps = 200 * side, [200 * k for k in range(side + 1)]
    lines = [shapely.LineString([(0, y), (end, y)]) for y in steps]
    lines += [shapely.LineString([(x, 0), (x, end)]) for x in steps]
    edges = shapely.get_parts(shapely.union_all(lines))

    def bent(at: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> object:
        return at + 12 * np.stack([np.sin(at[:, 1] / 40), np.cos(at[:, 0] / 40)], axis=1)

    drawn = shapely.polygonize(shapely.transform(shapely.segmentize(edges, 30), bent).tolist())
    return gpd.GeoSeries(shapely.get_parts(drawn), crs=toy.CRS)


def test_a_face_takes_few_bytes_and_no_gap_opens() -> None:
    fields = mosaic(30)
    assert len(fields) == 900
    slim = simplified(fields, 5)
    topology = polygon_topology(slim)
    # 2.5 MB for 20,000 faces leave 125 bytes for each; its border is the larger part.
    assert len(topology.packed()) / len(fields) < 60
    used = [max(k, ~k) for rings in topology.features for ring in rings for k in ring]
    inner = [arc for arc in set(used) if used.count(arc) == 2]
    assert len(inner) == 2 * 30 * 29
    assert shapely.coverage_is_valid(slim.to_numpy())


def test_a_splinter_below_the_lattice_vanishes_without_harm() -> None:
    splinter = shapely.Polygon([(0, 0), (0.1, 0), (0, 0.1)])
    topology = polygon_topology(gpd.GeoSeries([splinter], crs=toy.CRS))
    assert topology.features == ((),)
    assert topology.packed()


def test_nothing_gives_an_empty_topology() -> None:
    topology = polygon_topology(gpd.GeoSeries([], crs=toy.CRS))
    assert topology.arcs == topology.features == ()


def test_lines_keep_their_ends() -> None:
    lines = gpd.GeoSeries(
        [shapely.LineString([(0, 0), (500, 1), (1000, 0)]), shapely.Point(0, 0)], crs=toy.CRS
    )
    topology = line_topology(lines[lines.geom_type == "LineString"], 10)
    (arc,) = topology.arcs
    ends = lines.to_crs("EPSG:4326").iloc[0].coords
    assert arc.tolist() == [
        [round(v * LATTICE) for v in ends[0]],
        [round(v * LATTICE) for v in ends[-1]],
    ]
