"""A matrix of costs goes into one Parquet file, part by part, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from landuse.sources.costfile import costs_file

if TYPE_CHECKING:
    from pathlib import Path


def part(origin: str, *cost_s: float) -> pd.DataFrame:
    places = [f"p{i}" for i in range(len(cost_s))]
    return pd.DataFrame({"from_id": origin, "to_id": places, "cost_s": np.float32(cost_s)})


def test_the_parts_are_one_table_in_their_order(tmp_path: Path) -> None:
    parts = [part("a", 1.5, 2.5), part("b", 0.1)]
    with costs_file(tmp_path / "costs.parquet") as keep:
        for table in parts:
            keep(table)
    found = pd.read_parquet(tmp_path / "costs.parquet")
    pd.testing.assert_frame_equal(found, pd.concat(parts, ignore_index=True))
    assert found["cost_s"].dtype == np.float32


def test_no_part_leaves_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    with costs_file(tmp_path / "costs.parquet"):
        pass
    found = pd.read_parquet(tmp_path / "costs.parquet")
    assert list(found) == ["from_id", "to_id", "cost_s"]
    assert found.empty


def test_a_search_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "costs.parquet"
    with costs_file(path) as keep:
        keep(part("old", 1.0))

    def fails() -> None:
        with costs_file(path) as keep:
            keep(part("new", 2.0))
            message = "the search broke"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="broke"):
        fails()
    assert pd.read_parquet(path)["from_id"].tolist() == ["old"]
    assert [file.name for file in tmp_path.iterdir()] == ["costs.parquet"]
