"""What the office works with beyond the maps: rules in words, and land by district.

All of it is for the staff page alone; the public page carries none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from landuse.maps.layers import merged_faces
from landuse.maps.pack import pack_bytes, pack_ints
from landuse.schema import claims_of_mask

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.maps.data import MapData
    from landuse.maps.words import Words
    from landuse.overlaps import Overlaps
    from landuse.scheme import Scheme

    Json = dict[str, Any]

__all__ = ["REGIONS", "STAFF_SCRIPTS", "STAFF_WORDS", "words_of_page", "work_layer"]

STAFF_SCRIPTS = (
    "geodesy.js",
    "filter.js",
    "measure.js",
    "overlaps.js",
    "download.js",
    "reply.js",
    "claims.js",
    "compare.js",
    "staff.js",
)
"""Scripts that only the staff page carries, in the order in which they need each other."""

STAFF_WORDS = ("work", "measure", "overlap", "claim", "reply", "download", "compare")
"""Sections of words that only the staff page carries."""

REGIONS = {
    "urban": ("都市地域", "urban region", ("urban_core", "urban_other")),
    "farm": ("農業地域", "agricultural region", ("farm_core", "farm_other")),
    "forest": ("森林地域", "forest region", ("forest_protected", "forest_other")),
    "park": ("自然公園地域", "nature park region", ("park_special", "park_ordinary")),
    "conservation": (
        "自然保全地域",
        "nature conservation region",
        ("conservation_special", "conservation_ordinary"),
    ),
}
"""The five legal regions (国土利用計画法 art. 9): Japanese, English, and their claims."""


def words_of_page(words: Words, *, staff: bool) -> dict[str, list[str]]:
    """Return the words of a page as its scripts take them: Japanese, English, easy Japanese."""
    return {
        key: [label.ja, label.en, label.easy]
        for key, label in words.items()
        if staff or key.partition(".")[0] not in STAFF_WORDS
    }


def work_layer(data: MapData, *, bends_m: float) -> Json:
    """Return what the staff page needs beyond the public one, ready for JSON.

    Parameters
    ----------
    data
        One study.
    bends_m
        Size of the bends that the page's shapes leave out; downloads tell it.
    """
    return {
        "bends_m": bends_m,
        "city": data.key,
        "label": [data.label.ja, data.label.en],
        "vintage": data.vintage,
        "made_on": data.made_on,
        "crs": str(data.faces.crs),
        "regions": [
            {"key": key, "ja": ja, "en": en, "claims": list(claims)}
            for key, (ja, en, claims) in REGIONS.items()
        ],
        "rules": _rules(data.scheme) if data.scheme else [],
        "pairs": _pairs(data.overlaps) if data.overlaps else [],
        "silent": _silent(data.overlaps) if data.overlaps else [],
        "authority": data.overlaps.authority if data.overlaps else "",
        "districts": _districts(data),
    }


def _rules(scheme: Scheme) -> list[Json]:
    """Return the zone rules in the order in which they are tried."""
    return [
        {
            "key": rule.key,
            "zone": rule.zone,
            "winner": list(rule.winner or ()),
            "some": list(claims_of_mask(rule.some)),
            "unless": list(claims_of_mask(rule.unless)),
            "text": [rule.text.ja, rule.text.en],
            "source": rule.source,
        }
        for rule in scheme.rules
    ]


def _pairs(overlaps: Overlaps) -> list[Json]:
    return [
        {
            "key": pair.key,
            "a": list(pair.a),
            "b": list(pair.b),
            "winner": pair.winner,
            "mode": pair.mode,
            "note": [pair.note.ja, pair.note.en],
            "source": pair.source,
            "verified": f"{pair.verified_by} {pair.verified_on}".strip(),
        }
        for pair in overlaps.pairs
    ]


def _silent(overlaps: Overlaps) -> list[Json]:
    return [
        {"claims": sorted(claims), "note": [note.ja, note.en]}
        for claims, note in overlaps.silent.items()
    ]


def _districts(data: MapData) -> Json:
    """Return which district each face lies in, and the areas of those that lie in several.

    `of` holds, for each face in the order of the page, the place of its district in the
    list, counted from 1; 0 for a face that crosses a border or lies in none. `shares`
    holds `[face, district from 1, m²]` of those, measured in the city's system.
    """
    parts, _ = merged_faces(data)
    of = np.zeros(len(parts), np.int64)
    shares: list[list[int]] = []
    if len(data.districts):
        shapes = data.districts.to_crs(str(parts.crs)).geometry.to_numpy()
        for place, shape in enumerate(shapes, start=1):
            of[parts.sindex.query(shape, predicate="covers")] = place
        shares = [
            row
            for place, shape in enumerate(shapes, start=1)
            for row in _cut(parts, of, place, shape)
        ]
    return {"of": pack_bytes(pack_ints(of)), "shares": shares}


def _cut(
    parts: gpd.GeoDataFrame, of: np.ndarray, place: int, shape: shapely.Geometry
) -> list[list[int]]:
    """Return the faces that lie in a district in part, with their areas in it."""
    near = parts.sindex.query(shape, predicate="intersects")
    crossing = near[of[near] == 0]
    areas = shapely.area(shapely.intersection(parts.geometry.to_numpy()[crossing], shape))
    return [
        [int(face), place, round(float(area))]
        for face, area in zip(crossing, areas, strict=True)
        if area >= 0.5  # what rounds to nothing is a border that two share
    ]
