"""Exact plane geometry in whole units, where everything that can coincide does."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from cuts import borders
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.planar.edges import edges_of
from landuse.planar.exact import cross
from landuse.planar.faces import faces_of, merge
from landuse.planar.noding import node
from landuse.planar.outline import outline
from landuse.planar.rings import grid_size, segments_of

if TYPE_CHECKING:
    from random import Random

unhurried = settings(deadline=None)  # a kernel compiles on its first call

SIDE = 12
SQUARE = shapely.box(0, 0, SIDE, SIDE)
CODES = 4

Land = list[tuple[shapely.Polygon, int]]

corners = st.tuples(st.integers(-1, SIDE + 1), st.integers(-1, SIDE + 1))
polygons = (
    st.lists(corners, min_size=3, max_size=6, unique=True)
    .map(shapely.Polygon)
    .filter(lambda polygon: polygon.is_valid and polygon.area > 0)
)
lands = st.lists(st.tuples(polygons, st.integers(1, CODES - 1)), max_size=12)


def cut(land: Land) -> tuple[np.ndarray, np.ndarray]:
    """Cut the square by a land on a grid of whole units."""
    shapes = np.array([SQUARE, *(polygon for polygon, _ in land)])
    codes = np.array([0, *(code for _, code in land)])
    edges = edges_of(node(segments_of(shapes, codes, grid_m=1.0)))
    faces = faces_of(edges, codes=CODES)
    bits = (faces.counts[:, 1:] > 0) @ (1 << np.arange(CODES - 1))
    return outline(edges, faces.left, np.where(faces.counts[:, 0] > 0, bits, -1), grid_m=1.0)


@unhurried
@given(*[st.integers(-(2**42), 2**42) for _ in range(4)])
def test_a_cross_product_has_the_sign_of_the_exact_one(ax: int, ay: int, bx: int, by: int) -> None:
    assert np.sign(cross(float(ax), float(ay), float(bx), float(by))) == np.sign(ax * by - ay * bx)


def test_a_cross_product_of_nearly_parallel_vectors_is_not_taken_for_zero() -> None:
    big = 2.0**41 + 1
    assert cross(big, big - 1, big + 1, big) == 1


@unhurried
@given(lands)
def test_noded_segments_meet_only_at_their_ends(land: Land) -> None:
    shapes = np.array([SQUARE, *(polygon for polygon, _ in land)])
    noded = node(segments_of(shapes, np.zeros(len(shapes), np.int64), grid_m=1.0))
    lines = {frozenset(((a, b), (c, d))) for a, b, c, d in noded.ends.tolist()}
    for one, other in combinations(lines, 2):
        shared = shapely.LineString(sorted(one)).intersection(shapely.LineString(sorted(other)))
        assert {tuple(point) for point in shapely.get_coordinates(shared)} == one & other


@unhurried
@given(lands)
def test_faces_cover_the_square_once_with_common_corners(
    land: Land,
) -> None:
    _, faces = cut(land)
    assert shapely.is_valid(faces).all()
    assert shapely.area(faces).sum() == SQUARE.area
    pieces = borders(faces)
    known = set(pieces)
    assert len(known) == len(pieces)
    for a, b, c, d in pieces:
        on_edge = (a == c and a in (0, SIDE)) or (b == d and b in (0, SIDE))
        assert ((c, d, a, b) in known) != on_edge


@unhurried
@given(lands, st.randoms(use_true_random=False))
def test_the_order_of_the_polygons_does_not_matter(land: Land, random: Random) -> None:
    label, faces = cut(land)
    random.shuffle(land)
    label_again, faces_again = cut([(polygon.reverse(), code) for polygon, code in land])
    assert (label == label_again).all()
    assert shapely.equals_identical(faces, faces_again).all()


@unhurried
@given(lands)
def test_neighbours_differ_in_their_label(land: Land) -> None:
    label, faces = cut(land)
    side = {piece: k for k, face in enumerate(faces) for piece in borders([face])}
    for (a, b, c, d), k in side.items():
        other = side.get((c, d, a, b))
        assert other is None or label[other] != label[k]


def test_a_hole_that_touches_its_shell_stays_a_hole() -> None:
    notch = shapely.Polygon([(0, 0), (6, 3), (3, 6)])
    label, faces = cut([(notch, 1)])
    by_label = dict(zip(label.tolist(), faces, strict=True))
    assert {key: len(face.interiors) for key, face in by_label.items()} == {0: 1, 1: 0}
    assert by_label[1].equals(notch)


def test_an_island_in_a_lake_on_an_island_keeps_its_place() -> None:
    land = [
        (shapely.box(1, 1, 11, 11).difference(shapely.box(2, 2, 10, 10)), 1),
        (shapely.box(4, 4, 8, 8).difference(shapely.box(5, 5, 7, 7)), 2),
    ]
    label, faces = cut(land)
    areas = sorted(zip(label.tolist(), shapely.area(faces).tolist(), strict=True))
    assert areas == [(0, 4.0), (0, 144 - 100.0), (0, 64 - 16.0), (1, 36.0), (2, 12.0)]


def test_two_polygons_of_one_code_leave_no_trace_of_their_border() -> None:
    label, faces = cut([(shapely.box(1, 1, 6, 6), 1), (shapely.box(6, 1, 11, 6), 1)])
    assert list(label) == [0, 1]
    assert faces[1].equals(shapely.box(1, 1, 11, 6))


def test_regions_that_touch_in_a_corner_are_two() -> None:
    label, _ = cut([(shapely.box(1, 1, 4, 4), 1), (shapely.box(4, 4, 8, 8), 1)])
    assert sorted(label.tolist()) == [0, 1, 1]


def test_merging_numbers_groups_from_zero() -> None:
    left, right = np.array([5, 1], np.int32), np.array([3, 5], np.int32)
    assert merge(6, left, right).tolist() == [0, 1, 2, 1, 3, 1]


@pytest.mark.parametrize("far", [0.0, 5e6])
def test_the_grid_is_a_power_of_two_that_leaves_room_for_exact_products(far: float) -> None:
    bounds = np.array([far, far, far + 77_000, far + 64_000])
    unit = grid_size(bounds)
    assert np.log2(unit).is_integer()
    assert 2**39 <= 77_000 / unit <= 2**40
    assert np.abs(bounds).max() / unit < 2**52
    assert Fraction(unit) * 2**60 == int(Fraction(unit) * 2**60)
