"""How far the modelled population is from the census of 2010 on 500 m cells.

Truth, for measuring only: the 585 half-meshes of e-Stat whose centre lies in the surveyed
boundary. The city lost 9 % of its people from 2010 to 2020, so shares are compared, not counts.
The figures stand in `data/kushiro/SOURCES.md`; the bounds lie a little under what is reached.
"""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

ROOT = Path(__file__).parents[2]
LAYERS = ROOT / "data" / "kushiro" / "layers"
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not all((REAL / name).is_dir() for name in ("population_mesh500_2010", "boundary_n03")),
        reason=f"no real data in {REAL}; set LANDUSE_REAL to the folder that holds them",
    ),
]


def half_mesh_centres(code: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return longitude and latitude of the centres of 9-digit half-meshes."""
    digits = code.str.extract(r"(\d\d)(\d\d)(\d)(\d)(\d)(\d)(\d)").astype(int)
    quarter = digits[6] - 1
    south = digits[0] / 1.5 + digits[2] / 12 + digits[4] / 120 + quarter // 2 / 240
    west = digits[1] + 100 + digits[3] / 8 + digits[5] / 80 + quarter % 2 / 160
    return west + 1 / 320, south + 1 / 480


def half_mesh_of_cell(code: pd.Series) -> pd.Series:
    """Return the half-mesh that holds a 1/10 mesh cell."""
    north = code.str[8].astype(int) >= 5
    east = code.str[9].astype(int) >= 5
    return code.str[:8] + (1 + 2 * north + east).astype(str)


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """Return census and model side by side, as shares of their totals, blank cells as zero."""
    raw = pd.read_csv(
        REAL / "population_mesh500_2010" / "population_mesh_third_half.csv",
        header=None,
        usecols=[0, 1],
        names=["mesh", "people"],
        dtype={"mesh": str},
    )
    points = gpd.points_from_xy(*half_mesh_centres(raw["mesh"]), crs=4326)
    city = gpd.read_file(REAL / "boundary_n03" / "01206.json").union_all()
    census = raw[gpd.GeoSeries(points).within(city).to_numpy()].set_index("mesh")["people"]
    cells = pd.read_parquet(LAYERS / "population.parquet")
    model = cells.groupby(half_mesh_of_cell(cells["cell_id"]))["population"].sum()
    both = pd.concat({"census": census, "model": model}, axis=1).fillna(0.0)
    assert len(census) == 585
    assert census.sum() == 180_711
    return both / both.sum()


def test_inhabited_cells_rank_as_in_the_census(pairs: pd.DataFrame) -> None:
    inhabited = pairs[pairs["census"] > 0]
    assert spearmanr(inhabited["census"], inhabited["model"]).statistic >= 0.82


def test_cell_shares_follow_the_census(pairs: pd.DataFrame) -> None:
    assert np.corrcoef(pairs["census"], pairs["model"])[0, 1] >= 0.86


def test_fewer_than_a_quarter_of_the_people_stand_on_a_wrong_cell(pairs: pd.DataFrame) -> None:
    assert (pairs["census"] - pairs["model"]).abs().sum() / 2 <= 0.245


def test_one_in_twenty_at_most_stands_where_no_one_lived(pairs: pd.DataFrame) -> None:
    assert pairs.loc[pairs["census"] == 0, "model"].sum() <= 0.05
