"""Two runs of the toy town: change one rule, and the cells that flip can be counted."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from pagekit import Visit

from landuse import outputs, read_city, run
from landuse.changes import (
    LEAST_WIDTH_M,
    OUTSIDE,
    area_matrix,
    changed_people,
    changed_times,
    changes_of,
    overlaid,
)
from landuse.compare import Side, compare, read_side
from landuse.errors import CrsError, InputError, LayerError, MissingFileError
from landuse.overlaps import shipped
from landuse.schema import ZONES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from conftest import Done, Run
    from playwright.sync_api import Browser

    Command = Callable[..., Done]

FLIPPED = [(0, 2), (0, 3), (0, 4)]
"""The cells of the settlement by measure (u on the drawing)."""


@pytest.fixture(scope="module")
def altered(toy_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tables of a run in which a settlement by measure counts as urban."""
    folder = tmp_path_factory.mktemp("altered")
    shutil.copytree(toy_run.city.parent, folder / "toy")
    rules = shipped("zones.toml").read_text("utf-8")
    one = 'key = "settlement_cluster"\nzone = "{}"'
    assert one.format("quasi_urban") in rules
    altered = rules.replace(one.format("quasi_urban"), one.format("urban"))
    (folder / "toy" / "zones.toml").write_text(altered, encoding="utf-8")
    file = folder / "toy" / "city.toml"
    file.write_text('zones = "zones.toml"\n' + file.read_text("utf-8"), encoding="utf-8")
    study = run(read_city(file))
    outputs.write(study, outputs.places(study.city, out=folder / "out"))
    return folder / "out" / "built"


def faces(
    rows: Iterable[tuple[str, str, shapely.Geometry]], crs: str = toy.CRS
) -> gpd.GeoDataFrame:
    zone, rule, shape = zip(*rows, strict=True)
    table = gpd.GeoDataFrame({"zone": zone, "rule": rule}, geometry=list(shape), crs=crs)
    return gpd.GeoDataFrame(table.explode(ignore_index=True))


# Land


def test_one_changed_rule_flips_the_cells_that_it_decides(toy_run: Run, altered: Path) -> None:
    found = compare(toy_run.out / "built", altered)
    (change,) = found.changes.to_dict("records")
    assert (change["from_zone"], change["to_zone"]) == ("quasi_urban", "urban")
    assert (change["from_rule"], change["to_rule"]) == ("settlement_cluster",) * 2
    assert change["changed"] == "zone"
    expected = toy.block(FLIPPED)
    assert change["area_km2"] == pytest.approx(expected.area / 1e6, rel=1e-9)
    assert change["geometry"].symmetric_difference(expected).area < 1e-3
    assert found.changed_km2 == pytest.approx(expected.area / 1e6, rel=1e-9)


def test_people_move_with_their_cells(toy_run: Run, altered: Path) -> None:
    found = compare(toy_run.out / "built", altered)
    moved = found.people[found.people["from_zone"] != found.people["to_zone"]]
    (row,) = moved.to_dict("records")
    # One person on each of the three cells; on the fifth of the row nobody is old.
    assert row["cells"] == 3
    assert (row["population_before"], row["population_after"]) == (3, 3)
    assert row["population_65plus_after"] == 2
    assert found.changed_people == 3
    assert found.people["population_before"].sum() == 62 - 1 + 1


def test_coverage_by_zone_changes_and_that_of_the_whole_does_not(
    toy_run: Run, altered: Path
) -> None:
    found = compare(toy_run.out / "built", altered).coverage
    clinic = found[(found["service"] == "clinic") & (found["mode"] == "walk")]
    whole = clinic[(clinic["zone"] == "all") & (clinic["district"] == "all")]
    assert (whole["difference"] == 0).all()
    urban = clinic[(clinic["zone"] == "urban") & (clinic["district"] == "all")]
    everyone = urban[urban["group"] == "all"].iloc[0]
    assert everyone["demand_after"] - everyone["demand_before"] == 3


def test_a_run_is_compared_the_same_from_memory_and_from_its_folder(toy_run: Run) -> None:
    found = compare(toy_run.study, toy_run.out / "built")
    assert found.changes.empty
    assert found.changed_km2 == 0
    assert (found.times[["shorter", "longer", "lost", "gained"]] == 0).all(axis=None)


def test_another_rule_for_the_same_zone_is_told_apart(toy_run: Run) -> None:
    side = read_side(toy_run.out / "built")
    renamed = side.faces.assign(rule=side.faces["rule"].replace("farm", "fields"))
    regions = overlaid(side.faces, renamed)
    found = changes_of(regions)
    assert set(found["changed"]) == {"rule"}
    assert set(zip(found["from_rule"], found["to_rule"], strict=True)) == {("farm", "fields")}
    farm = side.faces[side.faces["rule"] == "farm"]
    assert found["area_km2"].sum() == pytest.approx(farm.area.sum() / 1e6, rel=1e-12)


@settings(max_examples=30)
@given(
    before=st.lists(st.integers(0, 4), min_size=25, max_size=25),
    after=st.lists(st.integers(0, 4), min_size=25, max_size=25),
)
def test_every_cell_goes_into_one_row_and_nothing_is_lost(
    before: list[int], after: list[int]
) -> None:
    squares = [
        shapely.box(x, y, x + 100, y + 100) for x in range(0, 500, 100) for y in range(0, 500, 100)
    ]
    tables = [
        faces(
            (
                ZONES[zone],
                "rule",
                shapely.union_all([s for s, z in zip(squares, side, strict=True) if z == zone]),
            )
            for zone in sorted(set(side))
        )
        for side in (before, after)
    ]
    regions = overlaid(*tables)
    assert regions["area_km2"].sum() == pytest.approx(0.25, rel=1e-12)
    counted = (
        pd.Series(1, index=[ZONES[z] for z in before])
        .groupby([np.array([ZONES[z] for z in before]), np.array([ZONES[z] for z in after])])
        .sum()
    )
    found = area_matrix(regions).set_index(["from_zone", "to_zone"])["area_km2"]
    assert found.to_dict() == pytest.approx((counted / 100).to_dict(), rel=1e-12)
    moved = sum(a != b for a, b in zip(before, after, strict=True))
    assert changes_of(regions)["area_km2"].sum() == pytest.approx(moved / 100, rel=1e-12)


def test_land_that_only_one_run_has_is_said_to_be_outside() -> None:
    small = faces([("urban", "a", shapely.box(0, 0, 100, 100))])
    large = faces([("urban", "a", shapely.box(0, 0, 100, 150))])
    (row,) = changes_of(overlaid(small, large)).to_dict("records")
    assert (row["from_zone"], row["to_zone"]) == (OUTSIDE, "urban")
    assert row["area_km2"] == pytest.approx(0.005)


def test_what_rounding_leaves_along_a_border_is_no_change_but_is_counted() -> None:
    thin = LEAST_WIDTH_M / 4
    one = faces(
        [
            ("urban", "a", shapely.box(0, 0, 100, 100)),
            ("forest", "b", shapely.box(100, 0, 200, 100)),
        ]
    )
    two = faces(
        [
            ("urban", "a", shapely.box(0, 0, 100 + thin, 100)),
            ("forest", "b", shapely.box(100 + thin, 0, 200, 100)),
        ]
    )
    regions = overlaid(one, two)
    assert changes_of(regions).empty
    assert area_matrix(regions)["area_km2"].sum() == pytest.approx(0.02, rel=1e-12)
    assert len(area_matrix(regions)) == 3


def test_more_kinds_of_rule_than_codes_are_no_limit() -> None:
    before = faces((ZONES[n % 5], f"r{n}", shapely.box(n, 0, n + 1, 1)) for n in range(300))
    after = before.assign(rule=before["rule"].iloc[::-1].to_numpy())
    found = overlaid(before, after)
    assert len(found) == 300
    assert (found["from_rule"] != found["to_rule"]).all()


def test_faces_that_overlap_or_differ_in_system_are_refused() -> None:
    square = ("urban", "a", shapely.box(0, 0, 100, 100))
    twice = faces([square, ("urban", "a", shapely.box(50, 0, 150, 100))])
    with pytest.raises(LayerError, match="lie over each other"):
        overlaid(twice, faces([square]))
    with pytest.raises(CrsError):
        overlaid(faces([square]), faces([square], crs="EPSG:6680"))


# People and times


def test_a_cell_of_one_run_only_is_outside_in_the_other() -> None:
    table = pd.DataFrame(
        {
            "zone": ["urban", "forest"],
            "population": [4.0, np.nan],
            "population_65plus": [1.0, np.nan],
        },
        index=pd.Index(["a", "b"], name="cell_id"),
    )
    found = changed_people(table.iloc[:1], table).set_index(["from_zone", "to_zone"])
    assert found.loc[("urban", "urban"), "population_after"] == 4
    assert np.isnan(found.loc[(OUTSIDE, "forest"), "population_after"])  # unknown, not nobody


def test_ways_grow_shrink_vanish_and_appear() -> None:
    people = [1.0, 2.0, 4.0, 8.0, 16.0]
    cells = pd.DataFrame({"population": people, "clinic_to": "f"}, index=list("abcde"))
    before = cells.assign(clinic_s=[60.0, 60.0, 60.0, 60.0, np.nan])
    after = cells.assign(clinic_s=[30.0, 90.0, 60.5, np.nan, 60.0])
    (row,) = changed_times(before, after).to_dict("records")
    assert [row[name] for name in ("shorter", "longer", "same", "lost", "gained")] == people
    assert row["mean_before_min"] == pytest.approx(1)
    assert row["mean_after_min"] == pytest.approx((30 + 180 + 242) / 7 / 60)


# Refusals


def test_two_cities_are_not_compared(toy_run: Run) -> None:
    side = read_side(toy_run.out / "built")
    other = Side(**{**side.__dict__, "city": "elsewhere", "name": "other"})
    with pytest.raises(InputError, match="two runs of one city"):
        compare(side, other)


def test_a_folder_without_a_run_or_with_altered_files_is_refused(
    own_run: Run, tmp_path: Path
) -> None:
    with pytest.raises(MissingFileError, match="holds no finished run"):
        compare(tmp_path / "nowhere", own_run.out / "built")
    (own_run.out / "built" / "coverage.csv").write_text("service\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"coverage\.csv.*not the file of the run"):
        read_side(own_run.out / "built")
    (own_run.out / "built" / "zones.gpkg").unlink()
    with pytest.raises(MissingFileError, match=r"zones\.gpkg"):
        read_side(own_run.out / "built")


# The command


def test_json_holds_the_tables_and_no_shape(landuse: Command, toy_run: Run, altered: Path) -> None:
    done = landuse("compare", toy_run.out / "built", altered, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["changed_people"] == 3
    assert [row["to_zone"] for row in told["changes"]] == ["urban"]
    assert "geometry" not in told["changes"][0]


def test_files_are_written_where_asked(
    landuse: Command, toy_run: Run, altered: Path, tmp_path: Path
) -> None:
    done = landuse("compare", toy_run.out / "built", altered, "--out", tmp_path / "diff")
    assert done.code == 0, done.err
    written = {path.name for path in (tmp_path / "diff").iterdir()}
    assert written == {"changes.csv", "changes.gpkg", "compare.html"}
    assert "区分が変わった土地" in done.out
    data = (tmp_path / "diff" / "changes.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = pd.read_csv(tmp_path / "diff" / "changes.csv").to_dict("records")
    assert (row["from_ja"], row["to_ja"]) == ("都市的地域に準じる地域", "都市的地域")
    point = gpd.GeoSeries.from_xy([row["lon"]], [row["lat"]], crs="EPSG:6668").to_crs(toy.CRS)
    assert toy.block(FLIPPED).contains(point.iloc[0])
    layer = gpd.read_file(tmp_path / "diff" / "changes.gpkg", layer="changes")
    assert layer.geometry.area.sum() == pytest.approx(toy.block(FLIPPED).area, rel=1e-9)


def test_the_page_takes_roads_and_names_from_the_city_file(
    landuse: Command, toy_run: Run, altered: Path, tmp_path: Path
) -> None:
    words = ("compare", altered, toy_run.out / "built", "--out", tmp_path)
    assert landuse(*words, "--city", toy_run.city).code == 0
    with_city = (tmp_path / "compare.html").read_text("utf-8")
    assert "玩具町 二つの計算の比較" in with_city
    assert landuse(*words).code == 0
    assert "玩具町 二つの計算の比較" in (tmp_path / "compare.html").read_text("utf-8")


@pytest.mark.browser
def test_the_page_stands_without_a_city_file(
    landuse: Command, toy_run: Run, altered: Path, tmp_path: Path, browser: Browser
) -> None:
    landuse("compare", toy_run.out / "built", altered, "--out", tmp_path)
    with Visit(browser, tmp_path / "compare.html") as visit:
        told = visit.text("#lu-work-compare")
        for text in ("1か所", "準じる地域", "区分が変わった土地に住む人", "診療所"):
            assert text in told, text
        people = visit.page.locator("#lu-work-compare table", has_text="に住む人")
        row = people.locator("tbody tr").inner_text()
        assert row.split()[-3:] == ["3", "3", "2"]
        visit.page.locator("[data-change='0']").click()
        visit.page.wait_for_selector(".both-records")
        visit.page.locator("#lu-to-sources").click()
        assert "--city" in visit.text("#lu-tab-sources")
        assert visit.complaints == []
        assert visit.outside == []


def test_a_city_file_of_another_run_is_refused(
    landuse: Command, toy_run: Run, altered: Path, tmp_path: Path
) -> None:
    words = ("compare", toy_run.out / "built", altered, "--out", tmp_path)
    done = landuse(*words, "--city", toy_run.city)
    assert done.code == 2
    assert "leave --city out" in done.faults[0]
    assert not list(tmp_path.iterdir())


def test_what_is_no_run_ends_with_2_and_says_what_to_give(
    landuse: Command, toy_run: Run, tmp_path: Path
) -> None:
    done = landuse("compare", tmp_path / "none", toy_run.out / "built")
    assert done.code == 2
    assert done.out == ""
    assert "holds no finished run" in done.faults[0]
    assert "DIR/built" in done.faults[0]
