"""What cells pay to reach services: which way is taken, and what is known of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import toy

from landuse.config import preset
from landuse.reach import Ways, border_flags, build_ways, land_classes, reach_services
from landuse.services import Service
from landuse.speeds import read_speeds
from landuse.toml import Label

SPEEDS = read_speeds(preset("speeds.toml"))
GRID = toy.GRID
W, H = (float(step[0]) for step in GRID.steps_m())
NOTHING = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=toy.CRS)


def service(key: str, *, mode: str = "walk", straight_m: float = 0.0) -> Service:
    return Service(
        key=key,
        label=Label(ja=key, en=key),
        kind="watch_over",
        select={"category": (key,)},
        mode=mode,
        within_min=10.0,
        straight_m=straight_m,
        demand="population",
        standard_source="toy",
        note=Label(ja="", en=""),
    )


def cells(population: float = 1.0) -> gpd.GeoDataFrame:
    row, col = np.array([(row, col) for row, col, _ in toy.CELLS]).T
    return gpd.GeoDataFrame(
        {"row": row, "col": col, "population": population},
        geometry=GRID.polygons(row, col),
        index=pd.Index(GRID.cell_ids(row, col).astype(object), name="cell_id"),
        crs=toy.CRS,
    )


def ground(land_class: str = "open") -> gpd.GeoDataFrame:
    shapes = [toy.block([(row, col) for row, col, _ in toy.CELLS])]
    return gpd.GeoDataFrame({"land_class": [land_class]}, geometry=shapes, crs=toy.CRS)


def at(*places: tuple[int, int] | None, key: str = "clinic") -> gpd.GeoDataFrame:
    """Return facilities of one service in the middle of some cells, or nowhere."""
    points = [
        None if place is None else shapely.Point(*map(float, GRID.centres_xy(*place)))
        for place in places
    ]
    ids = [f"{key}-{number}" for number in range(len(places))]
    columns = {"facility_id": ids, "name": ids, "service": [key] * len(ids)}
    return gpd.GeoDataFrame(columns, geometry=points, crs=toy.CRS)


def ways(
    *modes: str,
    streets: gpd.GeoDataFrame | None = None,
    water: gpd.GeoDataFrame = NOTHING,
    lived_in: gpd.GeoDataFrame | None = None,
) -> dict[str, Ways]:
    return build_ways(
        GRID,
        ground(),
        NOTHING,
        water,
        cells=cells() if lived_in is None else lived_in,
        streets=streets,
        speeds=SPEEDS,
        modes=modes,
    )


def kmh(mode: str, land_class: str) -> float:
    return SPEEDS.of(mode).land[land_class].kmh


def test_the_city_lies_on_top_of_the_land_round_about() -> None:
    faces = toy.claims().to_crs(toy.CRS).assign(mask=[1 << 0, 1 << 11, 1 << 2, 1 << 6, 1 << 14])
    around = gpd.GeoDataFrame(geometry=[faces.union_all().buffer(500)], crs=toy.CRS)
    found = land_classes(faces, [around, around[:0]], SPEEDS)
    assert found["land_class"].tolist() == [
        "open",
        "built_up",
        "built_up",
        "farm",
        "open",
        "forest",
    ]
    assert found.crs == toy.CRS


def test_each_mode_has_its_ways_once() -> None:
    found = ways("walk", "drive", "walk")
    assert list(found) == ["walk", "drive"]
    assert found["drive"].off_network_kmh == kmh("drive", "open")
    assert (found["walk"].method, found["walk"].network) == ("surface", None)


def test_where_there_are_streets_every_mode_takes_them() -> None:
    found = ways("walk", "drive", streets=toy.streets().to_crs(toy.CRS))
    assert {way.method for way in found.values()} == {"network"}


def test_a_mode_pays_its_own_pace() -> None:
    both = [service("clinic"), service("airport", mode="drive")]
    offered = pd.concat([at((0, 0)), at((0, 0), key="airport")])
    found = reach_services(cells(), offered, both, ways=ways("walk", "drive"))
    east = found.loc[str(GRID.cell_ids(0, 1))]
    assert east["clinic_s"] == pytest.approx(W / kmh("walk", "open") * 3.6, rel=1e-4)
    assert east["airport_s"] == pytest.approx(W / kmh("drive", "open") * 3.6, rel=1e-4)


def test_the_nearest_of_several_is_named() -> None:
    found = reach_services(
        cells(), at((0, 0), (4, 4), None), [service("clinic")], ways=ways("walk")
    )
    named = [found.loc[str(GRID.cell_ids(*cell)), "clinic_to"] for cell in ((0, 1), (4, 3))]
    assert named == ["clinic-0", "clinic-1"]


def test_straight_lines_are_drawn_only_where_a_standard_asks_for_them() -> None:
    asked = [service("clinic", straight_m=300), service("shelter")]
    offered = pd.concat([at((0, 0)), at((0, 0), key="shelter")])
    found = reach_services(cells(), offered, asked, ways=ways("walk"))
    assert found.loc[str(GRID.cell_ids(3, 0)), "clinic_m"] == pytest.approx(3 * H, rel=1e-4)
    assert "shelter_m" not in found


@pytest.mark.parametrize("streets", [None, toy.streets().to_crs(toy.CRS)], ids=["surface", "net"])
@pytest.mark.parametrize("places", [[], [None]], ids=["no facility", "no place"])
def test_a_service_without_a_place_is_blank_with_its_reason_either_way(
    streets: gpd.GeoDataFrame | None, places: list[None]
) -> None:
    found = reach_services(
        cells(),
        at(*places),
        [service("clinic", straight_m=300)],
        ways=ways("walk", streets=streets),
    )
    assert found[["clinic_s", "clinic_m"]].isna().all(axis=None)
    assert set(found["clinic_reason"]) == {"no_facility_data"}
    assert set(found["clinic_to"]) == {""}


def test_where_people_live_water_is_no_barrier() -> None:
    middle = toy.block([(row, col) for row in range(5) for col in (1, 2, 3)])
    lake = gpd.GeoDataFrame(geometry=[middle], crs=toy.CRS)
    empty, lived_in = (
        reach_services(
            cells(),
            at((0, 0)),
            [service("clinic")],
            ways=ways("walk", water=lake, lived_in=cells(people)),
        )
        for people in (0.0, 1.0)
    )
    far = str(GRID.cell_ids(0, 4))
    assert empty.loc[far, "clinic_reason"] == "island"
    assert empty.loc[str(GRID.cell_ids(0, 1)), "clinic_reason"] == "off_network"
    assert lived_in.loc[far, "clinic_s"] > 0


def test_cells_keep_their_order_and_names() -> None:
    mixed = cells().sample(frac=1, random_state=3)
    found = reach_services(mixed, at((2, 2)), [service("clinic")], ways=ways("walk"))
    plain = reach_services(cells(), at((2, 2)), [service("clinic")], ways=ways("walk"))
    assert found.index.equals(mixed.index)
    pd.testing.assert_frame_equal(found.loc[plain.index], plain)


def test_who_lives_far_from_any_street_walks_over_the_land_to_it_or_all_the_way() -> None:
    # One street along the bottom row; the clinic stands at its western end.
    ends = GRID.centres_xy(np.array([0.0, 0.0]), np.array([0.0, 4.0]))
    street = gpd.GeoDataFrame(
        {"kind": ["street"]}, geometry=[shapely.LineString(np.column_stack(ends))], crs=toy.CRS
    )
    found = reach_services(
        cells(), at((0, 0)), [service("clinic")], ways=ways("walk", streets=street)
    )
    walk = SPEEDS.of("walk")
    land, along = walk.land["open"].kmh, walk.road["street"].kmh

    def seconds(row: int, col: int) -> float:
        return float(found.loc[str(GRID.cell_ids(row, col)), "clinic_s"])

    # Row 4 lies beyond 200 m: over open land down to the street, then along it; or straight
    # over the land from the cell above the clinic, where no street is in the way.
    assert seconds(4, 0) == pytest.approx(4 * H / land * 3.6, rel=1e-3)
    by_street = 4 * H / land * 3.6 + 4 * W / along * 3.6
    assert seconds(4, 4) < by_street
    # Row 1 has the street within 200 m, so nothing but the straight leg to it counts.
    assert seconds(1, 4) == pytest.approx(H / land * 3.6 + 4 * W / along * 3.6, rel=1e-3)


def test_a_cell_nearer_to_the_edge_of_the_data_than_to_a_clinic_is_flagged() -> None:
    # Open land all round; facilities are known to one cell beyond the town's own cells.
    wide = gpd.GeoDataFrame(
        {"land_class": ["open"]},
        geometry=[toy.block([(row, col) for row in range(5) for col in range(11)])],
        crs=toy.CRS,
    )
    town = cells()
    everywhere = build_ways(
        GRID, wide, NOTHING, NOTHING, cells=town, streets=None, speeds=SPEEDS, modes=["walk"]
    )
    costs = reach_services(town, at((2, 2)), [service("clinic")], ways=everywhere)
    flags = border_flags(town, costs, [service("clinic")], ways=everywhere, margin_m=1.5 * W)[
        "clinic_border"
    ]
    # The middle has the clinic itself; the corner stands on the rim of the raster.
    assert not flags[str(GRID.cell_ids(2, 2))]
    assert flags[str(GRID.cell_ids(0, 0))]
    # One cell in from the rim and one from the clinic along a row: as far to either, no flag.
    assert not flags[str(GRID.cell_ids(2, 1))]
