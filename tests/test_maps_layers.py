"""What a page is told, counted on the toy town."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import maptoy
import numpy as np
import pandas as pd
import pytest
import toy

from landuse.errors import CrsError, LayerError
from landuse.maps import fields, layers, tables
from landuse.maps.columns import neighbours, unpack_column
from landuse.maps.data import MapData, check
from landuse.maps.minutes import LAST_MINUTE, UNKNOWN, minute_codes
from landuse.maps.pack import unpack_bytes, unpack_ints
from landuse.maps.palette import read_palette
from landuse.maps.words import read_words
from landuse.schema import CLAIMS, REASONS, Grade
from landuse.scheme import read_scheme


@pytest.fixture(scope="module")
def data() -> MapData:
    return maptoy.map_data()


def column(number: int, layer: dict[str, Any]) -> list[int]:
    """Read a column back, and first those that it is told by."""
    flat = np.cumsum(unpack_ints(unpack_bytes(layer["index"])))
    near = neighbours(flat // layer["n_cols"], flat % layer["n_cols"])

    def values(number: int) -> np.ndarray[Any, np.dtype[np.int32]]:
        packed = layer["columns"][number - 1]
        like = [values(one) for one in packed["like"]]
        same = values(packed["usual"]) if packed["usual"] else None
        return unpack_column(packed["text"], near, like=like, usual=same)

    return values(number).tolist()


def usual(layer: dict[str, Any], service: str) -> int:
    """Return the number of the times by the service's own mode without snow."""
    number = layer["times"][service][layer["own"][service]]["usual"]
    assert isinstance(number, int)
    return number


def cell_layer(data: MapData) -> dict[str, Any]:
    layer = fields.cell_layer(data, layers.facility_layer(data))
    assert layer is not None
    return layer


def test_minutes_are_whole_and_rounded_up(data: MapData) -> None:
    layer = cell_layer(data)
    minutes = column(usual(layer, "clinic"), layer)
    # Row 0 and the exclave, which comes last in its row; then row 1.
    assert minutes[:5] == [0, 1, 2, 3, 4]
    assert minutes[6:11] == [1, 2, 3, 4, 5]
    assert column(usual(layer, "airport"), layer)[:5] == [2, 2, 2, 2, 2]


def test_a_blank_time_is_a_reason_and_never_zero(data: MapData) -> None:
    layer = cell_layer(data)
    island = LAST_MINUTE + 1 + REASONS.index("island")
    nothing = LAST_MINUTE + 1 + REASONS.index("no_facility_data")
    assert column(usual(layer, "clinic"), layer)[5] == island
    assert set(column(usual(layer, "police_box"), layer)) == {nothing}


def test_a_blank_time_without_a_reason_is_unknown(data: MapData) -> None:
    cells = data.cells.assign(clinic_reason="")
    layer = cell_layer(dataclasses.replace(data, cells=cells, times=pd.DataFrame()))
    assert column(usual(layer, "clinic"), layer)[5] == UNKNOWN


def test_long_ways_share_one_class(data: MapData) -> None:
    far = data.times.assign(clinic_walk_usual_s=99_999.0)
    layer = cell_layer(dataclasses.replace(data, times=far))
    assert set(column(usual(layer, "clinic"), layer)) == {LAST_MINUTE}


def with_times(data: MapData, **columns: float) -> MapData:
    """Return the toy town with times by mode and season, the same in all cells."""
    times = pd.DataFrame(columns, index=data.cells.index)
    changed = dataclasses.replace(data)
    object.__setattr__(changed, "times", times)
    return changed


def test_times_stand_by_mode_and_season(data: MapData) -> None:
    many = with_times(data, clinic_drive_winter_low_s=61.0, clinic_walk_usual_s=600.0)
    found = minute_codes(many, many.cells.index)
    assert found.codes["clinic"]["drive"].keys() == {"winter_low"}
    assert set(found.codes["clinic"]["drive"]["winter_low"]) == {2}
    assert set(found.codes["clinic"]["walk"]["usual"]) == {10}


def test_a_time_that_is_not_computed_is_absent_and_a_blank_one_has_its_reason(
    data: MapData,
) -> None:
    times = {"clinic_drive_usual_s": np.nan, "clinic_drive_reason": "island"}
    found = minute_codes(with_times(data, **times), data.cells.index).codes["clinic"]
    island = LAST_MINUTE + 1 + REASONS.index("island")
    assert set(found["drive"]["usual"]) == {island}
    assert "transit" not in found


def test_what_winter_alone_takes_away_has_winters_reason(data: MapData) -> None:
    times = {
        "clinic_drive_usual_s": 60.0,
        "clinic_drive_reason": "",
        "clinic_drive_winter_low_s": np.nan,
        "clinic_drive_winter_low_reason": "beyond_cutoff",
    }
    found = minute_codes(with_times(data, **times), data.cells.index)
    beyond = found.last + 1 + REASONS.index("beyond_cutoff")
    assert set(found.codes["clinic"]["drive"]["usual"]) == {1}
    assert set(found.codes["clinic"]["drive"]["winter_low"]) == {beyond}


def test_the_column_of_a_longer_key_is_not_taken_for_a_mode(data: MapData) -> None:
    port = dataclasses.replace(data.services[-1], key="clinic_east")
    more = dataclasses.replace(
        data,
        services=(*data.services, port),
        cells=data.cells.assign(clinic_east_s=60.0),
    )
    found = minute_codes(with_times(more, clinic_east_walk_usual_s=60.0), data.cells.index).codes
    assert found["clinic_east"]["walk"].keys() == {"usual"}
    assert found["clinic"].keys() == {"walk"}


def test_an_older_walker_s_times_may_be_called_a_walk(data: MapData) -> None:
    slow = dataclasses.replace(data.services[0], mode="walk_elderly")
    elder = dataclasses.replace(data, services=(slow,))
    times = pd.DataFrame({"clinic_walk_usual_s": data.cells["clinic_s"]})
    object.__setattr__(elder, "times", times)
    assert minute_codes(elder, data.cells.index).own == {"clinic": "walk"}
    assert minute_codes(with_times(elder), data.cells.index).own == {"clinic": "walk_elderly"}


@pytest.mark.parametrize(
    ("people", "tenths"), [(0.0, 0), (0.01, 1), (1.25, 13), (float("nan"), -1), (1e9, 65_534)]
)
def test_nobody_vanishes_by_rounding(data: MapData, people: float, tenths: int) -> None:
    layer = cell_layer(dataclasses.replace(data, cells=data.cells.assign(population=people)))
    assert set(column(layer["people"], layer)) == {tenths + 1}


def test_nearest_facilities_are_places_in_the_facility_list(data: MapData) -> None:
    layer = cell_layer(data)
    assert column(layer["nearest"]["clinic"], layer)[:6] == [1, 1, 1, 1, 1, 0]
    assert set(column(layer["nearest"]["airport"], layer)) == {3}


def test_cells_may_come_in_any_order(data: MapData) -> None:
    shuffled = dataclasses.replace(data, cells=data.cells.sample(frac=1, random_state=1))
    assert cell_layer(shuffled) == cell_layer(data)


def test_a_facility_stands_once_with_all_its_services(data: MapData) -> None:
    again = data.facilities.iloc[[0]].assign(service="airport")
    both = gpd.GeoDataFrame(pd.concat([data.facilities, again], ignore_index=True))
    found = layers.facility_layer(dataclasses.replace(data, facilities=both))
    assert [facility["id"] for facility in found] == ["f1", "f3", "f4"]
    assert found[0]["services"] == [0, 2]


def test_a_facility_without_a_place_is_kept_without_a_place(data: MapData) -> None:
    box = layers.facility_layer(data)[1]
    assert (box["lon"], box["lat"], box["error_m"]) == (None, None, None)


def test_faces_of_a_kind_are_merged_and_keep_their_area(data: MapData) -> None:
    halves = [toy.block([(row, col) for row in (3, 4)]) for col in range(5)]
    forest = data.faces[data.faces["zone"] == "forest"].iloc[[0] * 5]
    split = gpd.GeoDataFrame(forest.drop(columns="geometry"), geometry=halves, crs=toy.CRS)
    rest = data.faces[~((data.faces["zone"] == "forest") & (data.faces.area > 20_000))]
    faces = gpd.GeoDataFrame(pd.concat([rest, split], ignore_index=True))
    layer = layers.face_layer(dataclasses.replace(data, faces=faces), tolerance_m=5)
    areas = unpack_ints(unpack_bytes(layer["area_m2"]))
    assert len(areas) == 6
    assert areas.sum() == pytest.approx(data.faces.area.sum(), abs=6)


def test_every_kind_of_face_carries_its_record(data: MapData) -> None:
    kinds = layers.face_layer(data, tolerance_m=5)["kinds"]
    park = next(kind for kind in kinds if kind["winner"] == "park_special")
    assert park["mask"] == maptoy.mask("park_special", "wetland")
    assert park["zone"] == 4
    assert park["losers"] == ["wetland"]
    assert (park["path"], park["grade"]) == ("statutory", "modelled")
    assert park["runner_up"] == "quasi_urban"


def test_claims_name_the_layers_they_come_from(data: MapData) -> None:
    found = layers.claim_layer(data, read_palette())
    by_key = {claim["key"]: claim for claim in found}
    assert by_key["farm_core"]["used"]
    assert by_key["farm_core"]["origins"] == ["land"]
    assert not by_key["built_up"]["used"]


def test_the_worst_grade_of_its_faces_is_a_zone_s_grade(data: MapData) -> None:
    grades = {zone["key"]: zone["grade"] for zone in layers.zone_layer(data, read_palette())}
    assert grades["agricultural"] == Grade.OFFICIAL
    assert grades["forest"] == Grade.MODELLED


def test_an_unknown_share_is_blank_in_the_tables(data: MapData) -> None:
    rows = tables.coverage(data.coverage)
    boxes = [row for row in rows if row["service"] == "police_box"]
    assert boxes
    assert all(row["share"] is None and row["served"] is None for row in boxes)


def test_the_public_page_names_no_towns(data: MapData) -> None:
    public = tables.page_tables(data, staff=False)
    assert public["worst"] == public["regional"] == []
    assert tables.page_tables(data, staff=True)["worst"]


def test_only_web_addresses_become_links(data: MapData) -> None:
    links = {source["key"]: source["link"] for source in tables.sources(data)}
    assert links == {"boundary": True, "land": False, "population": False, "roads": False}


def test_a_claim_is_called_by_the_name_that_the_scheme_gives_it(data: MapData) -> None:
    found = {layer["key"]: layer for layer in layers.claim_layer(data, read_palette())}
    assert list(found) == list(CLAIMS)
    for claim, label in read_scheme().claim_labels.items():
        assert (found[claim]["ja"], found[claim]["en"]) == (label.ja, label.en)
    nameless = layers.claim_layer(dataclasses.replace(data, claim_labels={}), read_palette())
    assert [layer["ja"] for layer in nameless] == list(CLAIMS)


def test_every_reason_and_mode_has_words() -> None:
    words = read_words()
    needed = {f"reason.{reason}" for reason in REASONS}
    needed |= {f"mode.{mode}" for mode in ("walk", "walk_elderly", "drive", "straight")}
    needed |= {f"grade.{grade}{tail}" for grade in Grade for tail in ("", "_means")}
    assert needed <= set(words)
    assert all(label.ja and label.en for label in words.values())


def test_layers_in_degrees_are_refused(data: MapData) -> None:
    with pytest.raises(CrsError, match="faces"):
        check(dataclasses.replace(data, faces=data.faces.to_crs("EPSG:4326")))


def test_missing_columns_are_named(data: MapData) -> None:
    bare = data.faces.drop(columns=["why_ja", "rule"])
    with pytest.raises(LayerError, match=r"(?s)column rule.*column why_ja"):
        check(dataclasses.replace(data, faces=bare))
