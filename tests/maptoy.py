"""The toy town as a map: every figure of its pages can be counted on the drawing in `toy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import toy
from shapely.geometry import LineString, Point

from landuse.config import Service
from landuse.coverage import coverage, standards, worst_served_towns
from landuse.maps.data import MapData, ZoneText
from landuse.schema import MEASURED_CLAIMS, ZONES, Grade, Origin, claim_bit
from landuse.scheme import read_scheme
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Callable

CLINIC_S_PER_CELL = 60.0
"""Walking along the grid from the clinic in the south-west cell: one minute a cell."""

ZONE_NAMES = {
    "urban": ("都市的地域", "Urban"),
    "quasi_urban": ("都市的地域に準じる地域", "Quasi-urban"),
    "agricultural": ("農業地域", "Agricultural"),
    "forest": ("森林地域", "Forest"),
    "natural": ("自然地域", "Natural"),
}


def unchanged(text: str) -> str:
    return text


def service(key: str, ja: str, en: str, *, kind: str = "watch_over", mode: str = "walk") -> Service:
    return Service(
        key=key,
        label=Label(ja=ja, en=en),
        kind=kind,
        select={"category": (key,)},
        mode=mode,
        within_min=4.0 if kind == "watch_over" else 60.0,
        straight_m=0.0,
        demand="population",
        standard_source="玩具の基準",
        note=Label(ja="", en=""),
    )


def services(say: Callable[[str], str] = unchanged) -> tuple[Service, ...]:
    return (
        service("clinic", say("診療所"), say("Clinic")),
        service("police_box", say("交番"), say("Police box")),
        service("airport", say("空港"), say("Airport"), kind="hub", mode="drive"),
    )


def faces(say: Callable[[str], str] = unchanged) -> gpd.GeoDataFrame:
    rows = []
    for letter, claim in toy.CLAIM_OF.items():
        shape = toy.block([(row, col) for row, col, one in toy.CELLS if one == letter])
        zone = toy.ZONE_OF[letter]
        rows.append(
            {
                "zone": zone,
                "rule": say(f"{claim}-first"),
                "rule_text_ja": say(f"{claim}を優先します"),
                "rule_text_en": say(f"{claim} comes first"),
                "claims": (claim, "wetland") if letter == "P" else (claim,),
                "winner": claim,
                "losers": "wetland" if letter == "P" else "",
                "runner_up": "quasi_urban" if letter == "P" else "",
                "path": "measured" if claim in MEASURED_CLAIMS else "statutory",
                "grade": "official" if letter == "A" else "modelled",
                "why_ja": say(f"{ZONE_NAMES[zone][0]}とした理由です"),
                "why_en": say(f"the reason for {zone}"),
                "geometry": shape,
            }
        )
    table = gpd.GeoDataFrame(rows, crs=toy.CRS).explode(ignore_index=True)
    return table.assign(area_km2=table.area / 1e6)


def cells(say: Callable[[str], str] = unchanged) -> pd.DataFrame:
    row, col, letter = (np.array(part) for part in zip(*toy.CELLS, strict=True))
    far = col == 10
    seconds = np.where(far, np.nan, (row + col) * CLINIC_S_PER_CELL)
    people = toy.population()
    return pd.DataFrame(
        {
            "zone": [toy.ZONE_OF[one] for one in letter],
            "town": np.where(far, say("飛地町"), say("本町一丁目")),
            "district": np.where(far, "exclave", "main"),
            "population": people["population"].to_numpy(float),
            "population_65plus": people["population_65plus"].to_numpy(float),
            "clinic_s": seconds,
            "clinic_reason": np.where(far, "island", ""),
            "clinic_to": np.where(far, "", "f1"),
            "police_box_s": np.nan,
            "police_box_reason": "no_facility_data",
            "police_box_to": "",
            "airport_s": 100.0 + row,
            "airport_reason": "",
            "airport_to": "f4",
        },
        index=pd.Index(people["cell_id"], name="cell_id"),
    )


PACES = {
    ("clinic", "walk"): (60.0, 75.0, 90.0),
    ("clinic", "drive"): (12.0, 15.0, 20.0),
    ("airport", "walk"): (10.0, 12.5, 15.0),
    ("airport", "drive"): (1.0, 1.25, 2.0),
}
"""Service and mode -> as usual, and in winter on the quick and on the slow side: seconds a
cell to the clinic, times the usual drive to the airport."""


def times() -> pd.DataFrame:
    """Return the times by mode: no timetable, so nothing by bus."""
    table = cells()
    far = table["clinic_reason"] == "island"
    steps = {"clinic": table["clinic_s"] / CLINIC_S_PER_CELL, "airport": table["airport_s"]}
    columns = {}
    for (key, mode), paces in PACES.items():
        seasons = zip(("usual", "winter_high", "winter_low"), paces, strict=True)
        columns |= {f"{key}_{mode}_{season}_s": steps[key] * pace for season, pace in seasons}
        columns[f"{key}_{mode}_reason"] = table[f"{key}_reason"]
        columns[f"{key}_{mode}_to"] = table[f"{key}_to"]
    assert columns["clinic_drive_usual_s"].isna().equals(far)
    return pd.DataFrame(columns, index=table.index)


def facilities(say: Callable[[str], str] = unchanged) -> gpd.GeoDataFrame:
    lon, lat = toy.lonlat(0, 0)
    table = gpd.GeoDataFrame(
        {
            "facility_id": ["f1", "f3", "f4"],
            "name": [say("本町診療所"), say("本町交番"), say("玩具空港")],
            "service": ["clinic", "police_box", "airport"],
            "category": ["clinic", "police_box", "airport"],
            "address": [say("本町1-1"), "", say("飛地町")],
            "grade": ["official", "derived", "derived"],
            "position_error_m": [0.0, np.nan, 150.0],
        },
        geometry=[Point(lon, lat), Point(), Point(*toy.lonlat(0, 10))],
        crs="EPSG:4326",
    )
    return table.to_crs(toy.CRS)


def zone_areas() -> pd.DataFrame:
    table = faces()
    sums = table.groupby("zone")["area_km2"].sum()
    rows = pd.DataFrame({"zone": sums.index, "district": "all", "area_km2": sums.to_numpy()})
    total = pd.DataFrame({"zone": ["all"], "district": ["all"], "area_km2": [sums.sum()]})
    both = pd.concat([rows, total], ignore_index=True)
    return both.assign(share=both["area_km2"] / sums.sum())


def points(say: Callable[[str], str], **columns: list[str]) -> gpd.GeoDataFrame:
    place = gpd.GeoSeries([Point(*toy.lonlat(2, 2))], crs="EPSG:4326").to_crs(toy.CRS)
    shown = {name: [say(text) for text in texts] for name, texts in columns.items()}
    return gpd.GeoDataFrame(shown, geometry=place)


def road() -> gpd.GeoDataFrame:
    line = LineString([toy.lonlat(0, 0), toy.lonlat(2, 2), toy.lonlat(0, 10)])
    table = gpd.GeoDataFrame({"kind": ["trunk"]}, geometry=[line], crs="EPSG:4326")
    return table.to_crs(toy.CRS)


def origins(say: Callable[[str], str] = unchanged) -> dict[str, Origin]:
    make = {
        "boundary": Grade.OFFICIAL,
        "land": Grade.DERIVED,
        "population": Grade.MODELLED,
        "roads": Grade.DERIVED,
    }
    return {
        key: Origin(
            source=say(f"{key}の出典"),
            vintage=say("2020"),
            grade=grade,
            licence=say("CC BY 4.0"),
            url="https://example.org/" if key == "boundary" else say("package toy 1.0"),
        )
        for key, grade in make.items()
    }


def map_data(say: Callable[[str], str] = unchanged) -> MapData:
    """Return the toy town; `say` may alter every text that a map shows."""
    data_cells, offered = cells(say), services(say)
    judged = standards(offered)
    blank = ("police_box",)
    districts = toy.districts().to_crs(toy.CRS)
    names = {column: [say(text) for text in districts[column]] for column in ("name_ja", "name_en")}
    towns = toy.towns().to_crs(toy.CRS)
    around = toy.boundary().to_crs(toy.CRS).buffer(400).difference(toy.boundary().to_crs(toy.CRS))
    return MapData(
        key="toy",
        label=Label(ja=say("玩具町"), en=say("Toy Town")),
        vintage=say("2020"),
        made_on="2026-11-21",
        published_area_km2=0.25,
        published_area_source=say("町の要覧"),
        zones=tuple(
            ZoneText(
                key=key,
                label=Label(ja=say(ZONE_NAMES[key][0]), en=say(ZONE_NAMES[key][1])),
                meaning=Label(ja=say("どんな土地か"), en=say("what it is")),
            )
            for key in ZONES
        ),
        boundary=toy.boundary().to_crs(toy.CRS),
        faces=faces(say),
        zone_areas=zone_areas(),
        services=offered,
        cells=data_cells,
        times=times(),
        facilities=facilities(say),
        coverage=coverage(data_cells, judged, without_data=blank),
        worst_towns=worst_served_towns(data_cells, judged, without_data=blank, least_demand=1),
        regional=pd.DataFrame(
            {
                "name": [say("玩具町"), say("隣村")],
                "name_en": [say("Toy Town"), say("Next")],
                "population": [62, 30],
                "service": ["airport", "airport"],
                "straight_km": [1.0, 30.0],
                "road_min": [2.0, np.nan],
            }
        ),
        districts=districts.assign(**names),
        towns=towns.assign(name=[say(name) for name in towns["name"]]),
        neighbours=gpd.GeoDataFrame(
            {"name_ja": [say("隣村")]}, geometry=around.to_numpy(), crs=toy.CRS
        ),
        roads=road(),
        stations=points(say, name_ja=["玩具駅"]),
        transport=points(say, name_ja=["玩具空港"], category=["airport"]),
        origins=origins(say),
        layer_labels={key: Label(ja=say(key), en=say(key)) for key in origins()},
        claim_labels=read_scheme().claim_labels,
        claim_layers=dict.fromkeys(toy.CLAIM_OF.values(), ("land",)),
        notes=(Label(ja=say("注意書き"), en=say("a note")),),
    )


def mask(*claims: str) -> int:
    return sum(claim_bit(claim) for claim in claims)
