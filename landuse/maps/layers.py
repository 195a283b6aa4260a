"""One study's tables as the layers of a page: small, inert, ready for JSON.

Nothing here is HTML. Each function turns one table into plain lists and packed texts;
`assets/js/` draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.maps.pack import deltas, pack_bytes, pack_ints
from landuse.maps.palette import ink_on
from landuse.maps.topology import LATTICE, LONLAT, line_topology, polygon_topology, simplified
from landuse.schema import CLAIMS, Grade, mask_of_claims

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from landuse.config import Service
    from landuse.maps.data import MapData
    from landuse.maps.palette import Palette

    Json = dict[str, Any]

__all__ = [
    "claim_layer",
    "district_keys",
    "face_layer",
    "facility_layer",
    "ground_layers",
    "merged_faces",
    "service_layer",
    "town_layer",
    "zone_layer",
]

KIND_COLUMNS = (
    "zone",
    "path",
    "grade",
    "mask",
    "rule",
    "rule_text_ja",
    "rule_text_en",
    "why_ja",
    "why_en",
    "why_easy",
    "winner",
    "losers",
    "runner_up",
)
"""What tells one kind of face from another."""


def zone_layer(data: MapData, palette: Palette) -> list[Json]:
    """Return the zones of the legend with colour, area, share and worst grade."""
    keys = [zone.key for zone in data.zones]
    colours, patterns = palette.of_zones(keys), palette.patterns_of_zones(keys)
    sums = data.zone_areas.query("district == 'all'").set_index("zone")
    grades = data.faces.groupby("zone", observed=True)["grade"].agg(_worst)
    return [
        {
            "key": zone.key,
            "ja": zone.label.ja,
            "en": zone.label.en,
            "easy": zone.label.easy,
            "meaning": [zone.meaning.ja, zone.meaning.en, zone.meaning.easy],
            "colour": colours[zone.key],
            "pattern": patterns[zone.key],
            "ink": ink_on(colours[zone.key]),
            "area": _number(sums["area_km2"].get(zone.key, 0.0), 2),
            "share": _number(sums["share"].get(zone.key, 0.0), 4),
            "grade": grades.get(zone.key, ""),
        }
        for zone in data.zones
    ]


def _worst(grades: pd.Series) -> str:
    return str(Grade.worst(grades.unique()))


def face_layer(data: MapData, *, tolerance_m: float) -> Json:
    """Return the faces, alike and adjoining ones merged, and the kinds they are of.

    A kind is one combination of zone, rule, claims and words; there are far fewer kinds
    than faces, so the words stand in the page once.
    """
    parts, kinds = merged_faces(data)
    shapes = polygon_topology(simplified(parts.geometry, tolerance_m))
    zones = [zone.key for zone in data.zones]
    return {
        "shape": shapes.packed(),
        "kind": pack_bytes(pack_ints(parts["kind"])),
        "area_m2": pack_bytes(pack_ints(np.rint(parts.geometry.area))),
        "kinds": [_kind(row, zones) for row in kinds.to_dict("records")],
    }


def merged_faces(data: MapData) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the faces as the page has them, `kind` and shape, and what the kinds mean."""
    faces = _with_kind_columns(data.faces)
    kinds = faces[list(KIND_COLUMNS)].drop_duplicates(ignore_index=True)
    number = faces.merge(kinds.assign(kind=kinds.index), how="left")["kind"].to_numpy()
    return _merged(data.faces.geometry, number), kinds


def _merged(faces: gpd.GeoSeries, kind: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Return adjoining faces of one kind as one polygon: `kind` and its shape."""
    order = np.argsort(kind, kind="stable")
    kinds, starts = np.unique(kind[order], return_index=True)
    groups = np.split(faces.to_numpy()[order], starts[1:])
    parts, owner = shapely.get_parts([_union(group) for group in groups], return_index=True)
    return gpd.GeoDataFrame({"kind": kinds[owner]}, geometry=parts, crs=str(faces.crs))


def _union(shapes: NDArray[np.object_]) -> shapely.Geometry:
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        # The shapes do not share all vertices of their borders: slower, and as right.
        return shapely.union_all(shapes)


def _with_kind_columns(faces: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(faces.drop(columns=faces.geometry.name))
    table["mask"] = [mask_of_claims(claims) for claims in table["claims"]]
    lacking = dict.fromkeys(set(KIND_COLUMNS) - set(table.columns), "")
    return table.assign(**lacking)[list(KIND_COLUMNS)].astype({"mask": "int64"}).fillna("")


def _kind(row: Mapping[Hashable, Any], zones: Sequence[str]) -> Json:
    return {
        "zone": zones.index(row["zone"]) if row["zone"] in zones else -1,
        "path": str(row["path"]),
        "grade": str(row["grade"]),
        "mask": int(row["mask"]),
        "rule": str(row["rule"]),
        "rule_text": [str(row["rule_text_ja"]), str(row["rule_text_en"])],
        "why": [str(row["why_ja"]), str(row["why_en"]), str(row["why_easy"])],
        "winner": str(row["winner"]),
        "losers": [claim for claim in str(row["losers"]).split(";") if claim],
        "runner_up": str(row["runner_up"]),
    }


def claim_layer(data: MapData, palette: Palette) -> list[Json]:
    """Return all claims in the order of their bits, with the keys of their layers."""
    used = np.bitwise_or.reduce([mask_of_claims(claims) for claims in data.faces["claims"]] or [0])
    return [
        {
            "key": claim,
            "ja": data.claim_labels[claim].ja if claim in data.claim_labels else claim,
            "en": data.claim_labels[claim].en if claim in data.claim_labels else claim,
            "easy": data.claim_labels[claim].easy if claim in data.claim_labels else "",
            "colour": palette.claims.get(claim, palette.ground["text"]),
            "used": bool(used >> place & 1),
            "origins": [key for key in data.claim_layers.get(claim, ()) if key in data.origins],
        }
        for place, claim in enumerate(CLAIMS)
    ]


def service_layer(data: MapData, palette: Palette) -> list[Json]:
    """Return the services; `timed` tells whether the cells hold times to it."""
    return [
        {
            "key": service.key,
            "ja": service.label.ja,
            "en": service.label.en,
            "easy": service.label.easy,
            "kind": service.kind,
            "mode": service.mode,
            "within": service.within_min,
            "sign": palette.signs.get(service.key, service.label.ja[:1]),
            "source": service.standard_source,
            "note": [service.note.ja, service.note.en, service.note.easy],
            "timed": f"{service.key}_s" in data.cells.columns,
            "refuge": _refuge(service),
            "grade": _time_grade(data, service.key),
        }
        for service in data.services
    ]


def _refuge(service: Service) -> str:
    """Return which refuge a service is: `shelter`, `tsunami`, or neither.

    A service that takes only some of the shelters, such as schools, is not the nearest one.
    """
    roles = service.select.get("roles", ()) if set(service.select) == {"roles"} else ()
    kinds = {"tsunami_refuge": "tsunami", "designated_shelter": "shelter"}
    return next((kind for role, kind in kinds.items() if role in roles), "")


def _time_grade(data: MapData, service: str) -> str:
    if not len(data.coverage):
        return "modelled"
    of = data.coverage[
        (data.coverage["service"] == service) & (data.coverage["mode"] != "straight")
    ]
    return _worst(of["grade"]) if len(of) else "modelled"


def facility_layer(data: MapData) -> list[Json]:
    """Return each facility once, with the places of its services in the service layer."""
    if not len(data.facilities):
        return []
    places = {service.key: place for place, service in enumerate(data.services)}
    placed = data.facilities.assign(place=data.facilities["service"].map(places))
    placed = placed[placed["place"].notna()]
    points = placed.geometry.to_crs(LONLAT)
    table = pd.DataFrame(placed.drop(columns=placed.geometry.name)).assign(
        lon=points.x.to_numpy(), lat=points.y.to_numpy()
    )
    if "position_error_m" not in table:
        table["position_error_m"] = np.nan
    table = table[table["facility_id"].notna()]
    offered: dict[str, set[int]] = {}
    for key, place in zip(table["facility_id"], table["place"].astype(int), strict=True):
        offered.setdefault(key, set()).add(place)
    first = table.drop_duplicates("facility_id").to_dict("records")
    return [_facility(row, offered[row["facility_id"]]) for row in first]


def _facility(row: Mapping[Hashable, Any], services: set[int]) -> Json:
    return {
        "id": str(row["facility_id"]),
        "name": _text(row["name"]),
        "address": _text(row["address"]),
        "grade": _text(row["grade"]),
        "error_m": _number(row["position_error_m"], 0),
        "lon": _number(row["lon"], 5),
        "lat": _number(row["lat"], 5),
        "services": sorted(services),
    }


def town_layer(data: MapData) -> Json:
    """Return names, districts and lattice positions of the town points."""
    points = data.towns.geometry.to_crs(LONLAT) if len(data.towns) else data.towns.geometry
    districts = district_keys(data)
    return {
        "name": [_text(name) for name in data.towns.get("name", ())],
        "name_en": [_text(name) for name in data.towns.get("name_en", ())],
        "district": [
            districts.index(key) if key in districts else -1
            for key in data.towns.get("district", ())
        ],
        "lon": pack_bytes(pack_ints(deltas(np.rint(points.x * LATTICE)))),
        "lat": pack_bytes(pack_ints(deltas(np.rint(points.y * LATTICE)))),
    }


def district_keys(data: MapData) -> list[str]:
    """Return the keys of the districts in the order of their layer."""
    return [str(key) for key in data.districts.get("district", ())]


def ground_layers(data: MapData, *, tolerance_m: float) -> Json:
    """Return what a reader finds the way by: coast, borders, lakes, roads, names."""
    rough = 3 * tolerance_m
    areas = {
        "land": (data.land, 2 * rough),
        "neighbours": (data.neighbours, rough),
        "boundary": (data.boundary, tolerance_m),
        "districts": (data.districts, rough),
        "lakes": (data.water_areas(), tolerance_m),
    }
    lines = {"rivers": data.water_lines(), "roads": data.roads, "railways": data.railways}
    points = {"stations": data.stations, "gateways": data.transport}
    return {
        **{name: _areas(table, tolerance) for name, (table, tolerance) in areas.items()},
        **{name: _lines(table, tolerance_m) for name, table in lines.items()},
        **{name: _points(table) for name, table in points.items()},
    }


def _areas(table: gpd.GeoDataFrame, tolerance_m: float) -> Json:
    if not len(table):
        return {"shape": "", "names": [], "at": []}
    at = table.geometry.representative_point().to_crs(LONLAT)
    return {
        "shape": polygon_topology(simplified(table.geometry, tolerance_m)).packed(),
        "names": _names(table),
        "at": [[round(x, 5), round(y, 5)] for x, y in zip(at.x, at.y, strict=True)],
    }


def _lines(table: gpd.GeoDataFrame, tolerance_m: float) -> Json:
    if not len(table):
        return {"shape": "", "kinds": []}
    kinds = table["kind"] if "kind" in table else pd.Series("", index=table.index)
    merged = table.assign(kind=kinds.fillna("")).dissolve("kind")
    return {
        "shape": line_topology(merged.geometry.line_merge(), tolerance_m).packed(),
        "kinds": [str(kind) for kind in merged.index],
    }


def _points(table: gpd.GeoDataFrame) -> list[Json]:
    known = table[~table.geometry.is_empty & table.geometry.notna()]
    if not len(known):
        return []
    at = known.geometry.to_crs(LONLAT)
    kinds = known["category"] if "category" in known else pd.Series("", index=known.index)
    return [
        {"ja": name[0], "en": name[1], "kind": _text(kind), "lon": round(x, 5), "lat": round(y, 5)}
        for name, kind, x, y in zip(_names(known), kinds, at.x, at.y, strict=True)
    ]


def _names(table: gpd.GeoDataFrame) -> list[list[str]]:
    blank = pd.Series("", index=table.index)
    columns = (table.get("name_ja", blank), table.get("name_en", blank))
    return [[_text(ja), _text(en)] for ja, en in zip(*columns, strict=True)]


def _number(value: float, digits: int) -> float | None:
    number = float(value)
    return round(number, digits) if np.isfinite(number) else None


def _text(value: object) -> str:
    return str(value) if pd.notna(value) else ""  # type: ignore[call-overload]
