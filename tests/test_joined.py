"""Surface and streets together: the leg to the street, and the better of the two ways."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from landuse.errors import LayerError
from landuse.grid import Grid
from landuse.leastcost import SLOPES, WALL_EAST, WALL_NORTH, Links, Slopes, least_cost
from landuse.leastcost.pairs import pair_costs
from landuse.speeds import read_speeds
from landuse.surface import Surface
from landuse.surface.joined import access_legs, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPEEDS = read_speeds(Path(str(resources.files("landuse") / "presets" / "speeds.toml")))
ROWS, COLS = 5, 6
GRID = Grid(row=51_600, col=35_400, n_rows=ROWS, n_cols=COLS, crs="EPSG:6681")
DX_M, DY_M = (float(step[0]) for step in GRID.steps_m())
CELLS = pd.DataFrame(
    {"row": np.repeat(np.arange(ROWS), COLS), "col": np.tile(np.arange(COLS), ROWS)}
)
B = np.inf


def surface(
    friction: Floats | float = 1.0,
    *,
    walls: NDArray[np.uint8] | None = None,
    slopes: Slopes | None = None,
    roads: Links | None = None,
) -> Surface:
    return Surface(
        grid=GRID,
        mode="walk",
        friction=np.broadcast_to(np.float32(friction), (ROWS, COLS)).copy(),
        walls=np.zeros((ROWS, COLS), dtype=np.uint8) if walls is None else walls,
        known=np.ones((ROWS, COLS), dtype=bool),
        slopes=slopes,
        roads=roads,
    )


def legs(built: Surface, row: float, col: float, **how: str) -> Floats:
    """Return every cell's leg to one point, given in cells from the centre of the first."""
    x, y = GRID.centres_xy(row, col)
    points = np.tile([float(x), float(y)], (len(CELLS), 1))
    return access_legs(built, CELLS, points, **how)["leg_s"].to_numpy().reshape(ROWS, COLS)


# --- legs -----------------------------------------------------------------------------------


def test_over_open_land_a_leg_is_the_straight_line_at_its_pace() -> None:
    found = legs(surface(2.0), 1.3, 2.2)
    rows, cols = np.mgrid[0:ROWS, 0:COLS]
    wanted = 2.0 * np.hypot((rows - 1.3) * DY_M, (cols - 2.2) * DX_M)
    np.testing.assert_allclose(found, wanted, rtol=1e-3)


def test_within_its_own_cell_a_leg_is_as_long_as_it_is() -> None:
    assert legs(surface(), 2.0, 3.4)[2, 3] == pytest.approx(0.4 * DX_M, rel=1e-3)
    assert legs(surface(), 2.0, 3.0)[2, 3] == pytest.approx(0.0, abs=1e-3)


def test_each_cell_on_the_way_counts_for_the_metres_in_it() -> None:
    friction = np.ones((ROWS, COLS))
    friction[:, 1] = 3.0
    found = legs(surface(friction), 2.0, 2.0)
    assert found[2, 0] == pytest.approx((0.5 + 3.0 + 0.5) * DX_M, rel=1e-3)


def test_round_a_barrier_one_goes_by_the_moves_of_the_raster() -> None:
    friction = np.ones((ROWS, COLS))
    friction[:4, 2] = B
    found = legs(surface(friction), 0.0, 3.2)
    assert np.isnan(found[0, 2])
    moves = least_cost(friction, ([0], [3]), steps_m=(DX_M, DY_M)).cost_s[0, 1]
    assert found[0, 1] == pytest.approx(moves + 0.2 * DX_M, rel=1e-3)
    assert found[0, 1] > 8 * DY_M * 0.8


def test_a_wall_bars_the_straight_line_as_well() -> None:
    walls = np.zeros((ROWS, COLS), dtype=np.uint8)
    walls[:4, 2] |= WALL_EAST
    walled, free = legs(surface(walls=walls), 0.0, 3.0), legs(surface(), 0.0, 3.0)
    assert walled[0, 2] > 6 * DY_M
    assert free[0, 2] == pytest.approx(DX_M, rel=1e-3)
    walls[4, 2] |= WALL_EAST
    assert np.isnan(legs(surface(walls=walls), 0.0, 3.0)[:, :3]).all()
    level = np.zeros((ROWS, COLS), dtype=np.uint8)
    level[2] |= WALL_NORTH
    assert np.isnan(legs(surface(walls=level), 4.0, 3.0)[:3]).all()


def test_a_road_of_the_surface_leads_over_the_river_to_the_point() -> None:
    friction = np.ones((ROWS, COLS))
    friction[:, 2] = B
    road = Links(
        np.array([COLS + 1, COLS + 3]), np.array([COLS + 3, COLS + 1]), np.array([9.0, 9]), 0
    )
    found = legs(surface(friction, roads=road), 1.0, 3.0)
    assert found[1, 1] == pytest.approx(9.0, abs=0.1)
    assert found[1, 0] == pytest.approx(9.0 + DX_M, rel=1e-3)


def test_up_to_the_street_costs_more_than_down_from_it() -> None:
    height = np.tile(np.arange(COLS) * 10.0, (ROWS, 1))
    slope = SPEEDS.of("walk").slope
    assert slope is not None
    built = surface(slopes=Slopes(height, slope.factor(SLOPES)))
    up, down = (legs(built, 2.0, 3.0, direction=way)[2, 0] for way in ("to", "from"))
    assert up == pytest.approx(3 * DX_M * float(slope.factor(10 / DX_M)), rel=1e-3)
    assert down == pytest.approx(3 * DX_M * float(slope.factor(-10 / DX_M)), rel=1e-3)


def test_every_blank_has_its_reason() -> None:
    friction = np.ones((ROWS, COLS))
    friction[:, 2] = B
    built = surface(friction)
    built.known[0, 0] = False
    x, y = (part.item() for part in GRID.centres_xy([2.0], [3.0]))
    points = np.tile([x, y], (len(CELLS), 1))
    points[1] = np.nan
    points[4] = 0.0, 0.0
    table = access_legs(built, CELLS, points)
    reason = table["reason"].to_numpy().reshape(ROWS, COLS)
    assert reason[0, 0] == "outside_data"
    assert reason[0, 1] == "off_network", "it has no point"
    assert reason[0, 2] == "off_network", "it is a barrier"
    assert reason[0, 4] == "outside_data", "its point is"
    assert reason[1, 1] == "island"
    assert reason[1, 4] == ""
    assert (table["leg_s"].isna() == (table["reason"] != "")).all()
    strangers = pd.DataFrame({"row": [99], "col": [0]}, index=["far"])
    assert access_legs(built, strangers, points[:1])["reason"].to_dict() == {"far": "outside_data"}


def test_points_that_do_not_fit_the_cells_are_refused() -> None:
    with pytest.raises(LayerError, match="one point for each cell"):
        access_legs(surface(), CELLS, np.zeros((3, 2)))
    with pytest.raises(LayerError, match="to or from"):
        access_legs(surface(), CELLS, np.zeros((len(CELLS), 2)), direction="up")


frictions = nps.arrays(np.float32, (ROWS, COLS), elements=st.sampled_from([0.25, 1.0, 3.0, np.inf]))
wall_bits = nps.arrays(np.uint8, (ROWS, COLS), elements=st.integers(0, 3))
place = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLS - 1))


@given(
    frictions, wall_bits, st.lists(st.tuples(place, place), min_size=1, max_size=6),
    st.sampled_from([8, 16]), st.sampled_from(["to", "from"]), st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_pairs_cost_what_a_search_of_their_own_finds(
    friction: NDArray[np.float32],
    walls: NDArray[np.uint8],
    pairs: list[tuple[tuple[int, int], tuple[int, int]]],
    neighbours: int,
    direction: str,
    hilly: bool,  # noqa: FBT001 - drawn
) -> None:
    height = np.add.outer(np.arange(ROWS) ** 2.0, np.arange(COLS) * 7.0)
    slopes = Slopes(height, np.exp(3.5 * np.abs(SLOPES + 0.05))) if hilly else None
    links = Links(np.array([0, 30]), np.array([30, 29]), np.array([1.0, 2.0]), 1)
    how = {
        "steps_m": (100.0, 90.0), "neighbours": neighbours, "walls": walls, "slopes": slopes,
        "links": links, "direction": direction,
    }  # fmt: skip
    start, end = ((np.array(part)[:, 0], np.array(part)[:, 1]) for part in zip(*pairs, strict=True))
    found = pair_costs(friction, (start, end), **how)
    for n, (one, other) in enumerate(pairs):
        wanted = least_cost(friction, other, **how).cost_s[one]
        if not np.isfinite(friction[one]):
            wanted = np.inf
        assert found[n] == pytest.approx(wanted, rel=1e-9)
    most = np.full(len(pairs), 300.0)
    np.testing.assert_array_equal(
        pair_costs(friction, (start, end), most_s=most, **how), np.where(found <= 300, found, B)
    )


# --- the better of the two ------------------------------------------------------------------


def answer(*rows: tuple[float, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["cost_s", "to_id", "reason"])
    return table.set_index(pd.Index([f"c{n}" for n in range(len(rows))]))


def test_the_lesser_wins_and_says_which_it_was() -> None:
    street = answer((60, "a", ""), (90, "a", ""), (np.nan, "", "island"), (70, "a", ""))
    land = answer((50, "b", ""), (np.nan, "", "island"), (80, "b", ""), (70, "b", ""))
    found = joined(street, land)
    assert found["cost_s"].tolist() == [50, 90, 80, 70]
    assert found["to_id"].tolist() == ["b", "a", "b", "a"]
    assert found["way"].tolist() == ["surface", "network", "surface", "network"]
    assert (found["reason"] == "").all()


def test_where_both_are_blank_the_reason_is_of_the_one_that_came_nearer() -> None:
    street = answer((np.nan, "", "off_network"), (np.nan, "", "beyond_cutoff"))
    land = answer((np.nan, "", "beyond_cutoff"), (np.nan, "", "outside_data"))
    found = joined(street, land)
    assert found["reason"].tolist() == ["beyond_cutoff", "beyond_cutoff"]
    assert found["cost_s"].isna().all()
    assert (found["way"] == "").all()
    assert (found["to_id"] == "").all()


def test_answers_about_other_cells_are_refused() -> None:
    with pytest.raises(LayerError, match="the same cells"):
        joined(answer((1, "a", "")), answer((1, "a", ""), (2, "a", "")))
    with pytest.raises(LayerError, match="cost_s"):
        joined(answer((1, "a", "")).drop(columns="cost_s"), answer((1, "a", "")))


costs = st.one_of(st.just(np.nan), st.floats(0, 9e3))


@given(st.lists(st.tuples(costs, costs), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_nobody_is_later_with_both_than_with_either(rows: list[tuple[float, float]]) -> None:
    street, land = (
        answer(*((c, "" if np.isnan(c) else "f", "island" if np.isnan(c) else "") for c in part))
        for part in zip(*rows, strict=True)
    )
    found = joined(street, land)["cost_s"].to_numpy()
    np.testing.assert_array_equal(found, np.fmin(street["cost_s"], land["cost_s"]))
