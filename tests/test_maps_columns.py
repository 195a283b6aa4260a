"""Columns of cells come back from their text to the last digit, or are known to be damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landuse.maps.columns import (
    Columns,
    DamagedError,
    checksum,
    neighbours,
    pack_column,
    unpack_column,
)
from landuse.maps.pack import armoured, bare
from landuse.maps.vote_kernels import tables_of_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int32]

SIDE = 40


def layout(draw: st.DrawFn) -> tuple[Ints, int]:
    """Return the neighbours of up to 60 cells anywhere on a small raster, and their number."""
    places = draw(st.sets(st.integers(0, 99), min_size=1, max_size=60))
    flat = np.array(sorted(places))
    return neighbours(flat // 10, flat % 10), len(flat)


@st.composite
def columns(draw: st.DrawFn) -> tuple[Ints, list[list[int]]]:
    """Return neighbours and one to four columns of values of any size."""
    near, n = layout(draw)
    most = draw(st.sampled_from([1, 3, 255, 65_535]))
    one = st.lists(st.integers(0, most), min_size=n, max_size=n)
    return near, draw(st.lists(one, min_size=1, max_size=4))


@given(columns(), st.booleans())
@settings(deadline=None)
def test_columns_come_back(drawn: tuple[Ints, list[list[int]]], proportional: bool) -> None:  # noqa: FBT001
    near, (values, *like) = drawn
    kin = [np.array(one, np.int32) for one in like]
    usual = kin.pop() if proportional and kin else None
    text = pack_column(values, near, like=kin, usual=usual)
    assert unpack_column(text, near, like=kin, usual=usual).tolist() == values


@given(st.binary())
def test_the_armour_comes_off_again_and_means_nothing_to_html_or_json(raw: bytes) -> None:
    text = armoured(raw)
    assert bare(text) == raw
    assert not set(text) & set("<>&\"'\\` \n\u2028\u2029")
    assert len(text) == len(raw) + -(-len(raw) // 4)


def raster() -> tuple[Ints, Ints, Ints]:
    rows, cols = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return neighbours(rows, cols), rows, cols


def walk_min(rows: Ints, cols: Ints, at: tuple[int, int], pace: float = 1.3) -> Ints:
    """Return whole minutes to a place, straight."""
    far = np.hypot(rows - at[0], cols - at[1])
    return np.ceil(pace * far).astype(np.int32)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_changed_sign_never_passes_for_data(data: st.DataObject) -> None:
    near, rows, cols = raster()
    minutes = walk_min(rows, cols, (3, 4))
    text = pack_column(minutes, near)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([sign for sign in "#$z~}" if sign != text[place]]))
    spoilt = text[:place] + other + text[place + 1 :]
    try:
        found = unpack_column(spoilt, near)
    except DamagedError:
        return
    assert found.tolist() == minutes.tolist()


@pytest.mark.parametrize("text", ["", "#", "#####", "#######"])
def test_a_missing_column_is_damaged(text: str) -> None:
    near, _, _ = raster()
    with pytest.raises(DamagedError, match="damaged"):
        unpack_column(text, near)


def test_a_cut_column_is_damaged() -> None:
    near, rows, cols = raster()
    text = pack_column(walk_min(rows, cols, (3, 4)), near)
    with pytest.raises(DamagedError):
        unpack_column(text[: len(text) // 2], near)


def test_told_by_the_wrong_column_it_is_damaged() -> None:
    near, rows, cols = raster()
    one, two = (walk_min(rows, cols, at) for at in ((3, 4), (30, 30)))
    text = pack_column(one, near, like=[two])
    with pytest.raises(DamagedError):
        unpack_column(text, near, like=[one])


@pytest.mark.parametrize("value", [-1, 65_536])
def test_values_past_two_bytes_are_refused(value: int) -> None:
    near, _, _ = raster()
    with pytest.raises(ValueError, match="two bytes"):
        pack_column(np.full(SIDE * SIDE, value), near)


def test_an_even_column_costs_next_to_nothing() -> None:
    near, _, _ = raster()
    assert len(pack_column(np.full(SIDE * SIDE, 120), near)) < 25


def test_the_same_times_and_five_minutes_more_cost_next_to_nothing() -> None:
    near, rows, cols = raster()
    minutes = walk_min(rows, cols, (-9, -9))
    alone = len(pack_column(minutes + 5, near))
    assert len(pack_column(minutes + 5, near, like=[minutes])) < alone / 8


def test_twice_the_times_are_cheaper_to_tell_by_the_usual_ones() -> None:
    near, rows, cols = raster()
    usual, slow = (walk_min(rows, cols, (-9, -9), pace) for pace in (1.0, 2.0))
    assert len(pack_column(slow, near, usual=usual)) < 0.8 * len(pack_column(slow, near))


def test_neighbours_are_those_on_the_raster() -> None:
    # 5 6 .
    # 2 3 4   in order of rows; 0 and 1 lie below 2 and 4.
    # 0 . 1
    near = neighbours([0, 0, 1, 1, 1, 2, 2], [0, 2, 0, 1, 2, 0, 1])
    assert near[3].tolist() == [2, 2, 0, 1, 4, 6, 0]
    assert near[0].tolist() == [7, 7, 7, 7, 0, 2, 7]
    assert near[1].tolist()[0] == 0


def test_equal_columns_are_stored_once_and_told_by_the_likest() -> None:
    near, rows, cols = raster()
    store = Columns(near=near)
    far = walk_min(rows, cols, (-90, 0))
    numbers = [
        store.add(values, family="walk")
        for values in (far, walk_min(rows, cols, (20, 20)), far, far + 3)
    ]
    assert numbers == [1, 2, 1, 3]
    packed: list[dict[str, Any]] = store.packed()
    assert [one["like"] for one in packed] == [[], [1], [1, 2]]


def test_the_curves_are_monotone_and_undo_each_other() -> None:
    stretch, squash, pace = tables_of_curves()
    assert (np.diff(squash) >= 0).all()
    assert (np.diff(stretch) >= 0).all()
    assert np.abs(squash[stretch[1:4095] + 2048] - np.arange(1, 4095)).max() <= 9
    assert (squash.min(), squash.max()) == (1, 4095)
    assert pace[0] == 1365


def test_the_checksum_is_fnv_1a() -> None:
    # Of the bytes 97 and 0 and those of the last 0, by hand with the published constants.
    total = 0x811C9DC5
    for byte in (97, 0, 0, 0):
        total = (total ^ byte) * 0x01000193 % 2**32
    assert checksum(np.array([97], np.int32)) == total
