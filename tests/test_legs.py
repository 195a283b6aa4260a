"""Walking legs from a matrix: the same as from its pairs, and no leg where it is infinite."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from landuse.errors import LayerError
from landuse.transit import legs_of_matrix, legs_of_pairs

SECONDS = st.one_of(st.floats(0, 3600, width=32), st.just(np.inf))
MATRICES = arrays(np.float32, st.tuples(st.integers(0, 4), st.integers(0, 4)), elements=SECONDS)


def ids(letter: str, count: int) -> pd.Index[str]:
    return pd.Index([f"{letter}{i}" for i in range(count)], dtype="str")


@given(MATRICES)
def test_a_matrix_holds_the_legs_of_its_pairs(cost_s: np.ndarray) -> None:
    here, there = ids("a", cost_s.shape[0]), ids("b", cost_s.shape[1])
    rows, cols = np.nonzero(np.isfinite(cost_s))
    wanted = legs_of_pairs(here, there, rows=rows, cols=cols, seconds=cost_s[rows, cols])
    found = legs_of_matrix(cost_s, from_ids=here, to_ids=there)
    for name in ("start", "to", "seconds", "from_reason", "to_reason"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), strict=True)


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_seconds_that_cannot_be_are_refused(wrong: float) -> None:
    with pytest.raises(LayerError, match="negative or unknown"):
        legs_of_matrix(np.array([[wrong]]), from_ids=ids("a", 1), to_ids=ids("b", 1))


def test_a_row_too_many_is_named() -> None:
    with pytest.raises(LayerError, match=r"\(2, 1\), not \(1, 1\)"):
        legs_of_matrix(np.zeros((2, 1)), from_ids=ids("a", 1), to_ids=ids("b", 1))
