"""A full set of official files for Kushiro's study, true to format, over any boundary.

The ten sub-zones of the legal regions are crosses on a square of ten by ten fields: sub-zone i
covers row i and column i. So field (i, j) lies in the sub-zones i and j and nothing else, and
every pair of the overlap table has its field.
"""

from __future__ import annotations

import itertools
import shutil
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import ksjkit
import monitoringkit
import numpy as np
import shapely

from landuse.catalogue import catalogue
from landuse.config import embedded_city
from landuse.schema import STATUTORY_CLAIMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry

SUB_ZONES = STATUTORY_CLAIMS
DATASET_OF = {
    "urban": ("A09", "2018"),
    "farm": ("A12", "2015"),
    "forest": ("A13", "2015"),
    "park": ("A10", "2015"),
    "conservation": ("A11", "2015"),
}
CODE_OF = {
    "urban_core": "1",
    "urban_other": "2",
    "farm_core": "06",
    "farm_other": "05",
    "forest_protected": "10",
    "forest_other": "09",
    "park_special": "12",
    "park_ordinary": "11",
    "conservation_special": "16",
    "conservation_ordinary": "14",
}
"""Sub-zone -> the code of the official file, padded as the ministry pads it."""

COVER = ("0100", "0500", "0600", "0700", "1100")
"""Land use of the columns of 100 m meshes, in turn."""

PEOPLE = {"population": 40.0, "population_65plus": 12.0}
"""Of every 500 m mesh."""


@dataclass(frozen=True, kw_only=True)
class Official:
    """Where a set of official files lies and what it was drawn on."""

    city: Path
    square: tuple[float, float, float, float]
    """The fields: west, south, east, north in degrees."""
    people: float
    meshes: int

    def field(self, i: int, j: int) -> BaseGeometry:
        """Return the field in row i from the south and column j from the west."""
        return field_of(self.square, i, j)


def field_of(square: tuple[float, float, float, float], i: int, j: int) -> BaseGeometry:
    west, south, east, north = square
    width, height = (east - west) / len(SUB_ZONES), (north - south) / len(SUB_ZONES)
    x, y = west + j * width, south + i * height
    return shapely.box(x, y, x + width, y + height)


def cross_of(square: tuple[float, float, float, float], i: int) -> BaseGeometry:
    west, south, east, north = square
    row = shapely.box(
        west, field_of(square, i, 0).bounds[1], east, field_of(square, i, 0).bounds[3]
    )
    column = shapely.box(
        field_of(square, 0, i).bounds[0], south, field_of(square, 0, i).bounds[2], north
    )
    return shapely.union(row, column)


def write_official(
    folder: Path, parts: Sequence[BaseGeometry], square: tuple[float, float, float, float]
) -> Official:
    """Write the study's file and its raw folder.

    Parameters
    ----------
    folder
        Where to write.
    parts
        Polygons of the municipality in degrees.
    square
        Where the fields of sub-zones lie, within the municipality.
    """
    source = embedded_city().parent
    (folder / "raw").mkdir(parents=True)
    shutil.copytree(source / "layers", folder / "layers")
    shutil.copy(source / "official.toml", folder / "official.toml")
    writing = _Writing(folder / "raw")
    _boundary(writing, parts)
    for region in DATASET_OF:
        _sub_zones(writing, region, square)
    whole = shapely.union_all(list(parts))
    meshes = _people(writing, whole)
    _cover(writing, square)
    _facilities(writing, square)
    _ways(writing, square)
    url = catalogue().datasets["monitoring"].editions["R6"].url
    monitoringkit.book(folder / "raw" / url.rpartition("/")[2])
    return Official(
        city=folder / "official.toml",
        square=square,
        people=PEOPLE["population"] * meshes,
        meshes=meshes,
    )


class _Writing:
    """Writes layers of the catalogue; layers of one download go into one zip file."""

    def __init__(self, raw: Path) -> None:
        self.raw = raw
        self.codes = catalogue().codes

    def layer(
        self,
        dataset: str,
        edition: str,
        shapes: Sequence[BaseGeometry],
        *,
        stem: str = "",
        file: str = "",
        **cells: Sequence[str],
    ) -> None:
        """Write one layer; `cells` gives columns by their readable names, blanks elsewhere."""
        entry = catalogue().datasets[dataset]
        of = entry.editions[edition]
        blank = dict.fromkeys((column.name for column in of.columns), [""] * len(shapes))
        names = {column.to: column.name for column in of.columns}
        given = {names[to]: list(values) for to, values in cells.items()}
        written = ksjkit.write_ksj_zip(
            self.raw / ".part", entry, of, self.codes, shapes=shapes, cells=blank | given, stem=stem
        )
        _merge(written.path, self.raw / (file or written.path.name))


def _merge(part: Path, whole: Path) -> None:
    if whole.exists():
        with zipfile.ZipFile(part) as source, zipfile.ZipFile(whole, "a") as target:
            for member in source.namelist():
                target.writestr(member, source.read(member))
        part.unlink()
    else:
        part.rename(whole)


def _boundary(writing: _Writing, parts: Sequence[BaseGeometry]) -> None:
    west, south, _, north = shapely.union_all(list(parts)).bounds
    beside = shapely.box(west - 0.1, south, west, north)
    nobody = shapely.box(west - 0.2, south, west - 0.15, south + 0.01)
    count = len(parts)
    writing.layer(
        "N03",
        "2024",
        [*parts, beside, nobody],
        municipality_code=["01206"] * count + ["01668", ""],
        municipality=["釧路市"] * count + ["白糠町", "所属未定地"],
        prefecture=["北海道"] * (count + 2),
        subprefecture=["釧路総合振興局"] * (count + 2),
    )


def _sub_zones(writing: _Writing, region: str, square: tuple[float, float, float, float]) -> None:
    dataset, edition = DATASET_OF[region]
    own = [zone for zone in SUB_ZONES if zone.startswith(region)]
    shapes = [cross_of(square, SUB_ZONES.index(zone)) for zone in own]
    column = "class_code" if dataset == "A09" else "layer_no"
    writing.layer(dataset, edition, shapes, **{column: [CODE_OF[zone] for zone in own]})
    if region == "urban":
        core = cross_of(square, 0)
        writing.layer("A29", "2019", [core], class_code=["1"], municipality_code=["01206"])


def _people(writing: _Writing, whole: BaseGeometry) -> int:
    """Write 500 m meshes over the municipality; the first two share their ages."""
    west, south, east, north = whole.bounds
    # 500 m meshes are a 240th of a degree of latitude high and a 160th wide.
    rows = range(int(south * 240), int(north * 240) + 1)
    cols = range(int((west - 100) * 160), int((east - 100) * 160) + 1)
    boxes = {
        mesh_code(row, col): shapely.box(
            100 + col / 160, row / 240, 100 + (col + 1) / 160, (row + 1) / 240
        )
        for row in rows
        for col in cols
    }
    shapely.prepare(whole)
    inside = {code: box for code, box in boxes.items() if whole.contains(box.centroid)}
    codes, count = list(inside), len(inside)
    old = [PEOPLE["population_65plus"]] * count
    old[0], old[1] = old[0] + old[1], 0.0
    writing.layer(
        "mesh500r6",
        "2024",
        list(inside.values()),
        mesh_code=codes,
        municipality_code=["01206"] * count,
        population_2020=[str(PEOPLE["population"])] * count,
        population_2025=[str(PEOPLE["population"])] * count,
        population_65plus_2025=[str(number) for number in old],
        suppressed_2025=["@", "*", *[""] * (count - 2)],
        merged_into_2025=["", codes[0], *[""] * (count - 2)],
    )
    return count


def mesh_code(row: int, col: int) -> str:
    """Return the code of the 500 m mesh in a row from the equator and a column from 100° E."""
    first, second = f"{row // 160:02}{col // 160:02}", f"{row % 160 // 20}{col % 160 // 20}"
    third = f"{row % 20 // 2}{col % 20 // 2}"
    return f"{first}{second}{third}{1 + row % 2 * 2 + col % 2}"


def _cover(writing: _Writing, square: tuple[float, float, float, float]) -> None:
    """Write the 100 m meshes of the square, in the file of their first mesh each."""
    west, south, east, north = square
    rows = np.arange(int(south * 1200), int(north * 1200) + 1)
    cols = np.arange(int((west - 100) * 800), int((east - 100) * 800) + 1)
    row, col = (part.ravel() for part in np.meshgrid(rows, cols, indexing="ij"))
    boxes = shapely.box(100 + col / 800, row / 1200, 100 + (col + 1) / 800, (row + 1) / 1200)
    first = np.char.add((row // 800).astype(str), (col // 800).astype(str))
    for mesh in ("6443", "6444", "6543", "6544"):
        here = first == mesh
        if not here.any():  # a file of one mesh far out at sea
            here = np.arange(len(row)) == 0
        use = [COVER[place % len(COVER)] for place in col[here]]
        stem = f"L03-b-21_{mesh}-jgd2011"
        writing.layer(
            "L03-b",
            "2021",
            list(boxes[here]),
            stem=stem,
            file=f"{stem}_GML.zip",
            cell_id=[f"{number:010}" for number in range(int(here.sum()))],
            land_use=use,
            urban_area=["0"] * int(here.sum()),
        )


def spots(square: tuple[float, float, float, float], count: int) -> list[BaseGeometry]:
    """Return points along the diagonal of the square."""
    west, south, east, north = square
    shares = (np.arange(count) + 0.5) / count
    return [shapely.Point(west + s * (east - west), south + s * (north - south)) for s in shares]


def _facilities(writing: _Writing, square: tuple[float, float, float, float]) -> None:
    kinds: Mapping[str, tuple[str, dict[str, list[str]]]] = {
        "P04": ("2020", {"class_code": ["1", "2", "3", "2"], "beds": ["300", "0", "0", "0"]}),
        "P05": ("2022", {"class_code": ["1", "2", "4", "5"]}),
        "P14": (
            "2023",
            {"major_class_code": ["02"] * 4, "middle_class_code": ["0201", "0203", "0204", "0206"]},
        ),
        "P29": (
            "2023",
            {"class_code": ["16001", "16002", "16004", "16007"], "closure_code": ["1"] * 4},
        ),
        "P18-point": ("2012", {"class_code": ["2", "4", "4", "5"]}),
        "P27": ("2013", {"class_code": ["03001", "03002", "03003", "03003"]}),
    }
    for dataset, (edition, cells) in kinds.items():
        names = [f"{dataset}の施設{place}" for place in range(4)]
        addresses = [f"釧路市北大通{place + 1}丁目" for place in range(4)]
        writing.layer(dataset, edition, spots(square, 4), name=names, address=addresses, **cells)


def _ways(writing: _Writing, square: tuple[float, float, float, float]) -> None:
    west, south, east, north = square
    middle = (south + north) / 2
    track = shapely.LineString([(west, middle), (east, middle)])
    platforms = [
        shapely.LineString(
            [(west + s * (east - west), middle), (west + s * (east - west) + 0.001, middle)]
        )
        for s in (0.25, 0.75)
    ]
    rail = {
        "railway_class_code": "11",
        "operator_class_code": "2",
        "line": "根室線",
        "operator": "北海道旅客鉄道",
    }
    writing.layer(
        "N02-railway",
        "2024",
        [track],
        stem="N02-24_RailroadSection",
        **{k: [v] for k, v in rail.items()},
    )
    writing.layer(
        "N02-station",
        "2024",
        platforms,
        stem="N02-24_Station",
        name=["東釧路", "釧路"],
        station_code=["001", "002"],
        group_code=["G1", "G2"],
        **{key: [value] * 2 for key, value in rail.items()},
    )
    writing.layer(
        "P11",
        "2022",
        spots(square, 6),
        name=[f"停留所{n}" for n in range(6)],
        operator=["くしろバス"] * 6,
    )
    lines = np.linspace(west, east, 4)
    roads = [
        shapely.LineString([(a, middle + 0.001), (b, middle + 0.001)])
        for a, b in itertools.pairwise(lines)
    ]
    writing.layer(
        "N10", "2020", roads, class_code=["3", "4", "1"], line=["国道38号", "道道", "道東道"]
    )
    flood = shapely.box(west, south, (west + east) / 2, middle)
    writing.layer(
        "A40",
        "2024",
        [flood],
        depth=["2.0m以上 ～ 5.0m未満"],
        prefecture=["北海道"],
        prefecture_code=["01"],
    )


def in_plane(*shapes: BaseGeometry) -> list[BaseGeometry]:
    """Return shapes in degrees in the plane of Kushiro."""
    return list(gpd.GeoSeries(list(shapes), crs="EPSG:6668").to_crs("EPSG:6681"))
