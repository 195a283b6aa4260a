"""Ages that small meshes gave to a neighbour come back, and nobody is lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layerkit import layer, read_layer

from landuse.sources.future import with_ages
from landuse.sources.report import Findings

MESHES = ["644413591", "644413592", "644413593", "644413594"]


def meshes(
    signs: list[str], totals: list[float], old: list[float], into: str = MESHES[0]
) -> pd.DataFrame:
    count = len(signs)
    return pd.DataFrame(
        {
            "mesh_code": MESHES[:count],
            "suppressed": signs,
            "merged_into": [into if sign == "*" else "" for sign in signs],
            "population": totals,
            "population_65plus": old,
        },
        index=pd.Index(range(1, count + 1), name="row"),
    )


def findings(tmp_path: Path) -> Findings:
    return Findings(layer=layer(tmp_path / "a.shp", "population"))


def test_ages_come_back_in_proportion_to_the_published_totals(tmp_path: Path) -> None:
    found = findings(tmp_path)
    # The first holds the ages of the second: 9 of 65+ for 30 and 15 people.
    table = meshes(["@", "*", ""], [30.0, 15.0, 10.0], [9.0, 0.0, 4.0])
    shared = with_ages(table, found)
    assert shared["population_65plus"].tolist() == pytest.approx([6.0, 3.0, 4.0])
    assert shared["grade"].tolist() == ["modelled", "modelled", "derived"]
    assert shared["population"].tolist() == [30.0, 15.0, 10.0]
    (note,) = found.notes
    assert "2 meshes had their ages merged" in note.what


def test_a_table_without_secrets_is_left_as_it_is(tmp_path: Path) -> None:
    table = meshes(["", ""], [30.0, 15.0], [9.0, 0.0])
    assert with_ages(table, findings(tmp_path)) is table


def test_where_the_holder_is_elsewhere_the_share_of_the_others_is_taken(tmp_path: Path) -> None:
    found = findings(tmp_path)
    table = meshes(["*", "", ""], [10.0, 30.0, 10.0], [0.0, 9.0, 3.0], into="644499999")
    shared = with_ages(table, found)
    assert shared["population_65plus"].tolist() == pytest.approx([3.0, 9.0, 3.0])
    assert shared["grade"].tolist() == ["modelled", "derived", "derived"]
    assert any("estimated by the share" in note.what for note in found.notes)


@given(
    st.lists(st.sampled_from(["*", ""]), min_size=3, max_size=3),
    st.lists(st.floats(0, 500), min_size=4, max_size=4),
)
def test_the_sum_of_a_group_is_what_its_holder_held(signs: list[str], totals: list[float]) -> None:
    old = [total / 3 for total in totals]
    held = old[0] + sum(o for o, sign in zip(old[1:], signs, strict=True) if sign == "*")
    shown = [held, *(0.0 if s == "*" else o for o, s in zip(old[1:], signs, strict=True))]
    table = with_ages(meshes(["@", *signs], totals, shown), findings(Path()))
    assert table["population_65plus"].sum() == pytest.approx(sum(shown), abs=1e-6)


def test_the_gate_shares_back_on_the_way_in(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    meshes(["@", "*"], [30.0, 15.0], [9.0, 0.0]).to_csv(path, index=False)
    table, report = read_layer(layer(path, "population"))
    assert table["population_65plus"].tolist() == pytest.approx([6.0, 3.0])
    assert table["grade"].tolist() == ["modelled", "modelled"]
    assert any("shared back" in note.what for note in report.notes)
