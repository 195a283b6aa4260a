"""Trunk roads, railways, stations, airport, helipads, port, interchanges and town halls."""

from __future__ import annotations

import ast
import gzip
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from layerfile import METRIC, read, rounded, write, write_csv

if TYPE_CHECKING:
    from packages import Packages

__all__ = ["build"]

FACTS = Path(__file__).resolve().parent / "facts"

ROAD_BOX = (143.2, 42.5, 145.9, 44.2)
"""The 13 municipalities of 釧路・根室 and a margin, so that routes to the hub stay whole."""
CITY_MARGIN_M = 300.0
"""The line of the boundary is off by about this much where a station lies near it."""

HELIPADS = {
    # The hospitals that a name or keyword of OurAirports states.
    "JP-0068": ("市立釧路総合病院ヘリポート", "Kushiro City General Hospital Helipad"),
    "JP-0069": ("釧路労災病院ヘリポート", "Kushiro Rosai Hospital Heliport"),
    "JP-0070": ("釧路孝仁会記念病院ヘリポート", "Kushiro Kojinkai Memorial Hospital Heliport"),
}
TRANSPORT_COLUMNS = [
    "facility_id",
    "name_ja",
    "name_en",
    "category",
    "position_level",
    "position_error_m",
    "source",
    "vintage",
    "grade",
]


def build(layers_dir: Path, packages: Packages) -> None:
    """Write roads, railways, stations, transport and municipalities into a folder.

    Reads boundary, region and towns, which must be there.
    """
    write(read_graph(packages, "world_highways", prefix="r"), layers_dir / "roads.parquet")
    railways = read_graph(packages, "world_railways", prefix="t").drop(columns="kind")
    write(railways, layers_dir / "railways.parquet")
    write(read_stations(packages, layers_dir), layers_dir / "stations.parquet")
    write(read_transport(packages, layers_dir), layers_dir / "transport.parquet")
    write_csv(read_town_halls(packages), layers_dir / "municipalities.csv")


def read_graph(packages: Packages, module: str, *, prefix: str) -> gpd.GeoDataFrame:
    """Return the edges of a graph of scgraph_data inside `ROAD_BOX` as straight lines.

    Columns: road_id, u, v (node numbers of the source), kind, length_km (of the source). The module
    is a Python literal of 17-36 MB: its text is cut into nodes, only those inside are parsed.
    """
    text = packages.read("scgraph_data", f"scgraph_data/{module}.py").decode()
    graph, nodes = _literal(text, "graph"), json.loads(_literal(text, "nodes"))
    latitude, longitude = np.array(nodes).T
    west, south, east, north = ROAD_BOX
    inside = (longitude > west) & (longitude < east) & (latitude > south) & (latitude < north)
    kept = set(np.flatnonzero(inside).tolist())
    entries = graph.removeprefix("[{").removesuffix("}]").split("}, {")
    edges = [
        (node, other, length)
        for node in sorted(kept)
        for other, length in sorted(ast.literal_eval(f"{{{entries[node]}}}").items())
        if node < other and other in kept
    ]
    table = pd.DataFrame(edges, columns=["u", "v", "length_km"])
    table.insert(0, "road_id", [f"{prefix}{number:04d}" for number in range(1, len(table) + 1)])
    # The source holds main roads of OpenStreetMap and does not say which are expressways.
    table.insert(3, "kind", "trunk")
    points = np.column_stack([longitude, latitude])
    lines = shapely.linestrings(np.stack([points[table["u"]], points[table["v"]]], axis=1))
    return rounded(gpd.GeoDataFrame(table, geometry=lines, crs=4326))


def _literal(text: str, name: str) -> str:
    """Return the text of a list that a module assigns on one line."""
    start = text.index(f"\n{name}=") + len(name) + 2
    return text[start : text.index("\n", start)].strip().removesuffix(",")


def read_stations(packages: Packages, layers_dir: Path) -> gpd.GeoDataFrame:
    """Return the stations in service in the 13 municipalities, one row per station.

    The points are of 2020 and before; those that have closed are named in `facts/stations.csv`.
    """
    raw = packages.read("pygeonlp", "base_data/ksj-station-N02-2020.csv")
    source = pd.read_csv(io.BytesIO(raw))
    source["line"] = source["hypernym"].str.split("/").str[-1]
    region = read(layers_dir, "region").to_crs(METRIC).union_all().buffer(CITY_MARGIN_M)
    points = gpd.points_from_xy(source["longitude"], source["latitude"], crs=4326)
    near = gpd.GeoSeries(points).to_crs(METRIC).within(region).to_numpy()
    facts = pd.read_csv(FACTS / "stations.csv").set_index("name_ja")
    found = gpd.GeoDataFrame(source, geometry=points)[near].sort_values(["latitude", "line"])
    rows = found.groupby("body", sort=True).agg(
        line=("line", lambda lines: ";".join(sorted(lines))), geometry=("geometry", "first")
    )
    rows = rows[~rows.index.isin(facts.index[facts["closed"].notna()])]
    boundary = read(layers_dir, "boundary").to_crs(METRIC).union_all().buffer(CITY_MARGIN_M)
    stations = gpd.GeoDataFrame(
        {
            "name_ja": rows.index + "駅",
            "name_en": facts["name_en"].reindex(rows.index).to_numpy(),
            "line": rows["line"].to_numpy(),
            "operator": "北海道旅客鉄道",
        },
        geometry=rows["geometry"].to_numpy(),
        crs=4326,
    )
    stations.insert(4, "in_city", stations.to_crs(METRIC).within(boundary).to_numpy())
    stations = stations.sort_values(["in_city", "name_ja"], ascending=[False, True])
    stations.insert(0, "station_id", [f"st-{n:02d}" for n in range(1, len(stations) + 1)])
    return rounded(stations)


def read_transport(packages: Packages, layers_dir: Path) -> gpd.GeoDataFrame:
    """Return airport, hospital helipads, port and interchanges as points."""
    facts = pd.read_csv(FACTS / "transport.csv", dtype={"vintage": str})
    towns = read(layers_dir, "towns").set_index("name").geometry
    at_town = facts["town"].map(towns.to_dict())
    facts["lon"] = [point.x if point else lon for point, lon in _pairs(at_town, facts["lon"])]
    facts["lat"] = [point.y if point else lat for point, lat in _pairs(at_town, facts["lat"])]
    table = pd.concat([_airport(packages), _helipads(packages), facts], ignore_index=True)
    points = gpd.points_from_xy(table["lon"], table["lat"])
    return rounded(gpd.GeoDataFrame(table[TRANSPORT_COLUMNS], geometry=points, crs=4326))


def _pairs(points: pd.Series, numbers: pd.Series) -> list[tuple[shapely.Point | None, float]]:
    known = [point if isinstance(point, shapely.Point) else None for point in points]
    return list(zip(known, numbers, strict=True))


def _airport(packages: Packages) -> pd.DataFrame:
    raw = packages.read("airportsdata", "airportsdata/airports.csv")
    airports = pd.read_csv(io.BytesIO(raw), keep_default_na=False)
    row = airports[airports["icao"] == "RJCK"].iloc[0]
    return pd.DataFrame(
        {
            "facility_id": ["airport"],
            "name_ja": "釧路空港",
            "name_en": row["name"],
            "category": "airport",
            "position_level": "point",
            "position_error_m": 1_000,  # half the airfield: the point is its reference point
            "source": "package airportsdata 20261103: RJCK (飛行場標点)",
            "vintage": "2026",
            "grade": "derived",
            "lon": row["lon"],
            "lat": row["lat"],
        }
    )


def _helipads(packages: Packages) -> pd.DataFrame:
    raw = packages.read("ourairports", "ourairports/data/airports.csv.gz")
    places = pd.read_csv(io.BytesIO(gzip.decompress(raw))).set_index("ident").loc[list(HELIPADS)]
    names = pd.DataFrame(list(HELIPADS.values()), columns=["name_ja", "name_en"])
    return pd.DataFrame(
        {
            "facility_id": [f"helipad-{ident.lower()}" for ident in places.index],
            "name_ja": names["name_ja"],
            "name_en": names["name_en"],
            "category": "helipad",
            "position_level": "point",
            "position_error_m": 100,
            "source": [f"package ourairports 1.1.0.20221011: {ident}" for ident in places.index],
            "vintage": "2022",
            "grade": "derived",
            "lon": places["longitude_deg"].to_numpy(),
            "lat": places["latitude_deg"].to_numpy(),
        }
    )


def read_town_halls(packages: Packages) -> pd.DataFrame:
    """Return the 13 municipalities with ring, people, area, share of 65+ and town hall."""
    raw = packages.read("pygeonlp", "base_data/geoshape-city.csv")
    places = pd.read_csv(io.BytesIO(raw), dtype=str)
    halls = places[places["source"].str.match(r"1/.+役場|1/.+市役所") & places["valid_to"].isna()]
    halls = halls.assign(code=halls["entry_id"].str[:5]).set_index("code")
    table = pd.read_csv(FACTS / "municipalities.csv", dtype={"code": str})
    known = halls.loc[table["code"]]
    table["lon"] = known["longitude"].astype(float).round(6).to_numpy()
    table["lat"] = known["latitude"].astype(float).round(6).to_numpy()
    table["source"] += "; 役場の位置: 国土数値情報 P34-14 (package pygeonlp 1.2.5)"
    columns = [column for column in table.columns if column != "source"]
    return table[[*columns, "source"]].rename(columns={"name_ja": "name"})
