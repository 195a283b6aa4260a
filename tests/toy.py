"""A town of 5 by 5 mesh cells and an exclave of one, whose figures can be counted.

::

    row 4   F F F F F        U  市街化区域 urban_core      A  農用地区域 farm_core
    row 3   F F F F F        F  forest, by land cover      P  特別地域 park_special
    row 2   A A A P P        u  a settlement by measure
    row 1   U U A P P
    row 0   U U u u u     and the exclave, five cells further east: F

One person lives on each cell, ten on each urban one; on every fifth cell of a row,
nobody is old. The clinic stands in the south-west cell, the shelter has an address only,
and no police box has a known place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

from landuse.grid import Grid

if TYPE_CHECKING:
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

CRS = "EPSG:6681"
GRID = Grid(row=51580, col=35500, n_rows=5, n_cols=11, crs=CRS)
ROWS = ("UUuuu", "UUAPP", "AAAPP", "FFFFF", "FFFFF")
CLAIM_OF = {
    "U": "urban_core",
    "u": "settlement_cluster",
    "A": "farm_core",
    "P": "park_special",
    "F": "cover_forest",
}
ZONE_OF = {"U": "urban", "u": "quasi_urban", "A": "agricultural", "P": "natural", "F": "forest"}
CELLS = [(row, col, letter) for row, line in enumerate(ROWS) for col, letter in enumerate(line)]
CELLS.append((0, 10, "F"))

CITY_TOML = """
key = "toy"
code = "01206"
name = { ja = "玩具町", en = "Toy Town" }
crs = "EPSG:6681"
published_area_km2 = 0.25
published_area_source = "町の要覧 / the town's own handbook"
services = "services.toml"
"""

LAYER_TOML = """
[[layer]]
key = "{key}"
role = "{role}"
path = "{path}"
name = {{ ja = "{key}", en = "{key}" }}
source = "toy"
vintage = "2020"
grade = "{grade}"
licence = "CC0"
"""

SERVICES_TOML = """
[[service]]
key = "clinic"
name = { ja = "診療所", en = "Clinic" }
kind = "watch_over"
select = { category = ["clinic"] }
mode = "walk"
within_min = 4
straight_m = 150
demand = "population_65plus"
standard_source = "toy"

[[service]]
key = "shelter"
name = { ja = "避難所", en = "Shelter" }
kind = "watch_over"
select = { roles = ["designated_shelter"] }
mode = "walk_elderly"
within_min = 10
demand = "population"
standard_source = "toy"

[[service]]
key = "police_box"
name = { ja = "交番", en = "Police box" }
kind = "watch_over"
select = { category = ["police_box"] }
mode = "walk"
within_min = 10
demand = "population"
standard_source = "toy"

[[service]]
key = "airport"
name = { ja = "空港", en = "Airport" }
kind = "hub"
select = { category = ["airport"] }
mode = "drive"
within_min = 60
demand = "population"
standard_source = "toy"
"""


def block(cells: list[tuple[int, int]]) -> BaseGeometry:
    """Return the union of some cells."""
    row, col = np.array(cells).T
    return gpd.GeoSeries(GRID.polygons(row, col), crs=CRS).union_all()


def frame(shapes: list[object], **columns: list[object]) -> gpd.GeoDataFrame:
    """Return shapes of the city's system as a layer in degrees."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_crs("EPSG:4326")


def lonlat(row: float, col: float) -> tuple[float, float]:
    """Return the centre of one cell in degrees."""
    lon, lat = GRID.centres_lonlat(row, col)
    return float(lon), float(lat)


def boundary() -> gpd.GeoDataFrame:
    return frame([block([(row, col) for row, col, _ in CELLS])])


def claims() -> gpd.GeoDataFrame:
    shapes = [
        block([(row, col) for row, col, letter in CELLS if letter == wanted]) for wanted in CLAIM_OF
    ]
    return frame(shapes, claim=list(CLAIM_OF.values()))


def districts() -> gpd.GeoDataFrame:
    main = block([(row, col) for row, col, _ in CELLS if col < 10])
    return frame(
        [main, block([(0, 10)])],
        district=["main", "exclave"],
        name_ja=["本町", "飛地"],
        name_en=["Main", "Exclave"],
    )


def towns() -> gpd.GeoDataFrame:
    places = [("本町一丁目", 0, 0), ("本町二丁目", 4, 4), ("飛地町", 0, 10)]
    lon, lat = zip(*(lonlat(row, col) for _, row, col in places), strict=True)
    return gpd.GeoDataFrame(
        {
            "town_id": ["t1", "t2", "t3"],
            "name": [name for name, _, _ in places],
            "district": ["main", "main", "exclave"],
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs="EPSG:4326",
    )


def population() -> pd.DataFrame:
    people = [10 if letter == "U" else 1 for _, _, letter in CELLS]
    return pd.DataFrame(
        {
            "cell_id": [GRID.cell_ids(row, col).item() for row, col, _ in CELLS],
            "population": people,
            "population_65plus": [0 if col == 4 else 1 for _, col, _ in CELLS],
        }
    )


def facilities() -> pd.DataFrame:
    lon, lat = lonlat(0, 0)
    return pd.DataFrame(
        {
            "facility_id": ["f1", "f2", "f3", "f4"],
            "name": ["本町診療所", "二丁目会館", "交番", "玩具空港"],
            "address": ["本町1-1", "玩具町本町2-5", "", "飛地町"],
            "category": ["clinic", "neighbourhood_hall", "police_box", "airport"],
            "roles": ["", "designated_shelter", "", ""],
            "lon": [lon, None, None, lonlat(0, 10)[0]],
            "lat": [lat, None, None, lonlat(0, 10)[1]],
        }
    )


def streets() -> gpd.GeoDataFrame:
    """Return streets from the centre of each cell of the town to the next, east and north.

    The exclave has one of its own, from its middle to the east, that leads nowhere else.
    """
    ends = [((row, col), (row, col + 1)) for row in range(5) for col in range(4)]
    ends += [((row, col), (row + 1, col)) for row in range(4) for col in range(5)]
    ends.append(((0, 10), (0, 10.4)))
    lines = [LineString(np.column_stack(GRID.centres_xy(*np.transpose(end)))) for end in ends]
    return frame(lines, kind=["street"] * len(lines))


def halls() -> gpd.GeoDataFrame:
    """Return the town halls of the region: the town's own and one of a village in the north."""
    lon, lat = zip(lonlat(0, 0), lonlat(40, 0), strict=True)
    columns = {"code": ["01206", "01999"], "name": ["玩具町", "北村"], "name_en": ["Toy", "North"]}
    people = {"population_2020": [62, 38]}
    return gpd.GeoDataFrame(
        columns | people, geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326"
    )


ROLES = {
    "boundary": "boundary",
    "districts": "districts",
    "towns": "towns",
    "land": "claims",
    "people": "population",
    "places": "facilities",
    "streets": "network",
    "halls": "municipalities",
    "roads": "roads",
    "lakes": "water",
}
GRADES = {"land": "derived", "people": "modelled"}


def layers() -> dict[str, pd.DataFrame]:
    """Return the layers that the town has unless a test says otherwise."""
    return {
        "boundary": boundary(),
        "districts": districts(),
        "towns": towns(),
        "land": claims(),
        "people": population(),
        "places": facilities(),
    }


def write_city(folder: Path, **instead: pd.DataFrame | None) -> Path:
    """Write the whole town into a folder and return its city file.

    Layers may be given `instead` of the town's own or besides them, by their keys in
    `ROLES`; None leaves one out.
    """
    (folder / "layers").mkdir(parents=True)
    text = CITY_TOML
    for key, table in (layers() | instead).items():
        if table is not None:
            path = write_layer(folder, key, table).relative_to(folder).as_posix()
            grade = GRADES.get(key, "official")
            text += LAYER_TOML.format(key=key, role=ROLES[key], path=path, grade=grade)
    (folder / "city.toml").write_text(text, encoding="utf-8")
    (folder / "services.toml").write_text(SERVICES_TOML, encoding="utf-8")
    return folder / "city.toml"


def write_layer(folder: Path, key: str, table: pd.DataFrame) -> Path:
    """Write one layer of a town, GeoJSON if it has shapes, else CSV."""
    geographic = isinstance(table, gpd.GeoDataFrame)
    path = folder / "layers" / f"{key}.{'geojson' if geographic else 'csv'}"
    if geographic:
        table.to_file(path, driver="GeoJSON", COORDINATE_PRECISION=12)
    else:
        table.to_csv(path, index=False)
    return path
