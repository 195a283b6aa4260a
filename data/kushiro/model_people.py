"""People on 100 m cells, modelled: published totals shared out by where the neighbourhoods are.

Rules. The census total of 2020 is split into the two DIDs, former Kushiro outside them, Akan and
Onbetsu; every split is met to the person. Within a part, a cell counts by how close it is to the
point of its neighbourhood and by the kind of that neighbourhood (`facts/town_kinds.csv`: port and
factory little, estates much). Farm people (farmland by farm size by household) live at the points
of the hamlets and sections.
People of 65 and over follow the people, more of them in the old east than in the north-west, and
add up to the census too. No one lives in a lake, at sea or outside the city.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from layerfile import METRIC, read
from mesh import COLUMNS_PER_DEGREE, ROWS_PER_DEGREE, cell_ids, centres
from model_settlement import DID_NAMES, nearness, neighbourhoods, town_weights
from modelbase import FACTS, URBAN_TOWN, Base, read_base
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from pathlib import Path

    from fields import Floats
    from numpy.typing import NDArray
    from packages import Packages

__all__ = ["PARTS", "build", "largest_remainder", "part_totals"]

PARTS = ("did1", "did2", "kushiro", "akan", "onbetsu")
"""The parts whose people are known or estimated: the two DIDs, then what is left of each town."""

UNPEOPLED = r"停車場|通$|雄別|チクショベツ|シアンヌ|オクルシュベ|ワツカタンネナイ|シュリコマベツ"
"""Street names, the closed mine, and points in the forest of the national park: no one there."""
HAMLET_SPACING_M = (300.0, 3000.0)
FAINT = 1e-3
"""Where the closeness falls to this, no one is put."""
CENSUS, REGISTER_2021, REGISTER_2025 = 2020.75, 2021.25, 2025.25
ONBETSU_THEN, ONBETSU_LATER = 2016.25, 2024.03
OLD_PARTS = ("did2", "akan", "onbetsu")
OLD_EAST = 1.25
"""The east ages ahead of the city (春採: over 42 %, the city then about 33 %)."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of the city as arrays of one length."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    points: Floats
    """Centres in metres, x and y."""
    part: NDArray[np.object_]


def build(layers: Path, packages: Packages, facts: Path = FACTS) -> None:
    """Write the population of the cells into the folder of the base and claim layers."""
    base = read_base(layers, packages, facts)
    cells = city_cells(base, read(layers, "claims_settlement").to_crs(METRIC))
    town, hamlets = _town_weights(base, cells), _hamlet_people(base, cells)
    people = np.zeros(len(town), dtype=np.int64)
    for part, total in part_totals(base).items():
        here = cells.part == part
        rural = hamlets[here]
        expected = rural + town[here] / town[here].sum() * (total - rural.sum())
        people[here] = largest_remainder(expected, total)
    old = np.where(np.isin(cells.part, OLD_PARTS), OLD_EAST, 1.0)
    elderly = _capped_remainder(people.astype(np.float64) * old, elderly_total(base), people)
    table = pd.DataFrame(
        {
            "cell_id": cell_ids(cells.rows, cells.columns),
            "population": people.astype(np.int32),
            "population_65plus": elderly.astype(np.int32),
        }
    )
    table = table[table["population"] > 0].sort_values("cell_id", ignore_index=True)
    table.to_parquet(
        layers / "population.parquet", index=False, compression="zstd", compression_level=19
    )


def part_totals(base: Base) -> dict[str, int]:
    """Return the people of each part in October 2020; they add up to the census."""
    akan_a_year = (base.figure("akan_people_2025") - base.figure("akan_people_2021")) / (
        REGISTER_2025 - REGISTER_2021
    )
    akan = base.figure("akan_people_2021") + akan_a_year * (CENSUS - REGISTER_2021)
    shrink = base.figure("onbetsu_people_2024") / base.figure("onbetsu_people_2016")
    past = (CENSUS - ONBETSU_THEN) / (ONBETSU_LATER - ONBETSU_THEN)
    onbetsu = base.figure("onbetsu_people_2016") * shrink**past
    known = {
        "did1": round(base.figure("did1_people")),
        "did2": round(base.figure("did2_people")),
        "akan": round(akan),
        "onbetsu": round(onbetsu),
    }
    rest = round(base.figure("city_people")) - sum(known.values())
    return {part: {**known, "kushiro": rest}[part] for part in PARTS}


def elderly_total(base: Base) -> int:
    """Return the people of 65 and over: women of the census by their share in the register.

    The register gives ages by decade; those of 65 to 69 count as half of those in their sixties.
    """
    women, men = (
        base.figure(f"register_{sex}_60s") / 2
        + base.figure(f"register_{sex}_70s")
        + base.figure(f"register_{sex}_80s")
        for sex in ("women", "men")
    )
    return round(base.figure("women_65plus") * (women + men) / women)


def city_cells(base: Base, settlement: gpd.GeoDataFrame) -> Cells:
    """Return the cells whose centre lies on the city's land, each with its part."""
    west, south, east, north = gpd.GeoSeries([base.boundary], crs=METRIC).to_crs(4326).total_bounds
    row_range = np.arange(int(south * ROWS_PER_DEGREE), int(north * ROWS_PER_DEGREE) + 1)
    column_range = np.arange(int(west * COLUMNS_PER_DEGREE), int(east * COLUMNS_PER_DEGREE) + 1)
    rows, columns = (axis.ravel() for axis in np.meshgrid(row_range, column_range, indexing="ij"))
    points = gpd.GeoSeries(gpd.points_from_xy(*centres(rows, columns)), crs=4326).to_crs(METRIC)
    geometry = points.to_numpy()
    part = np.full(len(geometry), None, dtype=object)
    for district, polygon in zip(base.districts["district"], base.districts.geometry, strict=True):
        part[_within(geometry, polygon)] = district
    for key, name in zip(("did1", "did2"), DID_NAMES, strict=True):
        did = settlement.loc[settlement["name"] == name].union_all()
        part[_within(geometry, did) & (part == "kushiro")] = key
    part[_within(geometry, base.lakes.union_all())] = None
    dry = part != None  # noqa: E711
    return Cells(
        rows=rows[dry],
        columns=columns[dry],
        points=shapely.get_coordinates(geometry[dry]),
        part=part[dry],
    )


def _within(points: NDArray[np.object_], area: shapely.Geometry) -> NDArray[np.bool_]:
    shapely.prepare(area)
    return np.asarray(shapely.contains_properly(area, points), dtype=bool)


def _town_weights(base: Base, cells: Cells) -> Floats:
    """Return how densely people live in each cell of a town: nothing far from every chome."""
    chomes = neighbourhoods(base)
    near = nearness(base, chomes, cells.points)
    density = town_weights(base, chomes)[near.nearest] * near.closeness * near.thin
    return np.where(density > FAINT, density, 0.0)


def _hamlet_people(base: Base, cells: Cells) -> Floats:
    """Return the people of the farms, on the cell of each hamlet or section.

    As many farms as the farmland has shares of the usual size, each with the usual household; a
    hamlet far from the next has more of them. None are counted in a DID.
    """
    names = base.towns["name"]
    rural = base.towns[
        ~names.str.contains(URBAN_TOWN, regex=True) & ~names.str.contains(UNPEOPLED, regex=True)
    ]
    points = shapely.get_coordinates(rural.geometry.to_numpy())
    spacing = np.asarray(cKDTree(points).query(points, k=3)[0])[:, 1:].mean(axis=1)
    share = np.clip(spacing, *HAMLET_SPACING_M)
    farms = base.figure("farmland_km2") * 100 / base.figure("farm_ha")
    people = np.zeros(len(cells.part))
    cell = np.asarray(cKDTree(cells.points).query(points)[1])
    np.add.at(people, cell, share / share.sum() * farms * base.figure("farm_household"))
    return np.where(np.isin(cells.part, ["did1", "did2"]), 0.0, people)


def largest_remainder(weights: Floats, total: int) -> NDArray[np.int64]:
    """Share whole people out by weight; the largest remainders get those that are left.

    Ties go to the earlier cell, so that the result never depends on the machine.
    """
    quota = weights / weights.sum() * total
    shares: NDArray[np.int64] = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - shares).round(9), kind="stable")
    shares[order[: total - int(shares.sum())]] += 1
    return shares


def _capped_remainder(weights: Floats, total: int, cap: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share whole people out by weight, no cell getting more than its cap."""
    shares = np.minimum(largest_remainder(weights, total), cap)
    while (left := total - int(shares.sum())) > 0:
        room = np.where(shares < cap, weights, 0.0)
        shares = np.minimum(shares + largest_remainder(room, left), cap)
    return shares
