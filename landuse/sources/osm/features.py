"""Facilities and land from a file of OpenStreetMap, chosen by tags.

The data are © OpenStreetMap contributors, Open Database Licence (ODbL) 1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from landuse.sources.osm.pbf import opened_osm
from landuse.sources.osm.shapes import read_shapes
from landuse.sources.osm.streets import OSM_CRS
from landuse.sources.osm.tags import read_tags
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from landuse.sources.osm.shapes import Shape
    from landuse.sources.osm.tags import FacilityRule, LandRule, Tags
    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["ROLES", "address_of", "facility_rule", "land_claim", "open_osm_features", "pairs_of"]

ROLES = ("facilities", "claims", "land", "water")
"""Roles that are served here; streets are those of role network."""
DASH = "-"


def open_osm_features(path: Path, findings: Findings, *, window: Window | None = None) -> Found:
    """Read facilities, land or water of a `.osm.pbf`, `.osm` or `.osm.bz2` by their tags.

    What is read depends on the layer's role, by the tables of `presets/osm.toml`: facilities
    as points (of an area a point within it), claims and land as areas, water as areas and
    as lines of rivers. Shapes that meet the window are kept whole.

    Parameters
    ----------
    path
        The file. © OpenStreetMap contributors, ODbL 1.0.
    findings
        Takes what could not be used; its layer has the role.
    window
        The part of the world that is read; None for all of the file.

    Returns
    -------
    Found
        In degrees (EPSG:4326). Facilities: `facility_id` (`n`, `w` or `r` and the number of
        OpenStreetMap), `name` (Japanese if there is one), `name_en`, `category` and `roles`
        (words of the service file), `address` (in Japanese order), `operator`, `beds`.
        Land: `osm_id`, `name`, `claim`. Water: `osm_id`, `name`.

    Raises
    ------
    LayerError
        If the file is damaged or none of these, the role is none of these, or nothing in the
        window has the tags.
    """
    tags = read_tags()
    role = findings.layer.role
    if role not in ROLES:
        what = f"is of role {role}, which is not read from OpenStreetMap"
        findings.stop(what, f"use it for network or one of: {', '.join(ROLES)}")
    pairs = pairs_of(role, tags)
    with opened_osm(path, findings) as source:
        shapes = read_shapes(source, pairs=pairs, window=window)
    table = _facilities(shapes, tags) if role == "facilities" else _land(shapes, role, tags)
    if table.empty:
        where = " in the study area" if window else ""
        keys = ", ".join(sorted({key for key, _ in pairs}))
        what = f"holds nothing{where} with the tags of role {role} (keys {keys})"
        findings.stop(what, "give an extract of this city with all its tags")
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return Found(table=table, crs=CRS(OSM_CRS), crs_from="file")


def facility_rule(said: Mapping[str, str], rules: Iterable[FacilityRule]) -> FacilityRule | None:
    """Return the first rule that the tags of a facility fulfil, or None."""
    name = name_of(said)
    return next(
        (
            rule
            for rule in rules
            if _matches(said, rule.tags) and (not rule.name_ends or name.endswith(rule.name_ends))
        ),
        None,
    )


def land_claim(said: Mapping[str, str], rules: Iterable[LandRule]) -> str:
    """Return the claim of the first rule that the tags of an area fulfil, or nothing."""
    return next((rule.claim for rule in rules if _matches(said, rule.tags)), "")


def name_of(said: Mapping[str, str]) -> str:
    """Return the Japanese name, else the name in whatever language."""
    return (said.get("name:ja") or said.get("name") or "").strip()


def address_of(said: Mapping[str, str], tags: Tags) -> str:
    """Return the address of a facility as Japan writes it, from the largest part to the number.

    The whole address if there is one; else its parts run together and then block and house
    number with a dash: 北海道釧路市愛国東2丁目3-1.
    """
    if whole := said.get(tags.address_whole, "").strip():
        return whole
    parts = [said.get(key, "").strip() for key in tags.address_parts]
    numbers = [said.get(key, "").strip() for key in tags.address_numbers]
    return "".join(parts) + DASH.join(number for number in numbers if number)


def _matches(said: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether every key has one of its values, also among several with `;` between."""
    for key, values in wanted.items():
        text = said.get(key, "")
        words = [text, *(word.strip() for word in text.split(";"))]
        if not any(word in values for word in words):
            return False
    return True


def pairs_of(role: str, tags: Tags) -> list[tuple[str, str]]:
    """Return key and value of the tags of which every feature of a role has one."""
    tables: list[Mapping[str, tuple[str, ...]]]
    if role == "facilities":
        tables = [rule.tags for rule in tags.facilities]
    else:
        tables = [rule.tags for rule in _rules(role, tags)]
    if role == "water":
        tables.append(tags.water_lines)
    first = [next(iter(table.items())) for table in tables]
    return sorted({(key, value) for key, values in first for value in values})


def _rules(role: str, tags: Tags) -> Sequence[LandRule]:
    return [rule for rule in tags.land if role != "water" or rule.claim == "water"]


def _facilities(shapes: Sequence[Shape], tags: Tags) -> gpd.GeoDataFrame:
    """Return the shapes that are facilities, as points."""
    rules = [facility_rule(shape.tags, tags.facilities) for shape in shapes]
    kept = [(shape, rule) for shape, rule in zip(shapes, rules, strict=True) if rule]
    said = [shape.tags for shape, _ in kept]
    columns = {
        "facility_id": [shape.osm_id for shape, _ in kept],
        "name": [name_of(one) for one in said],
        "name_en": [one.get("name:en", "").strip() for one in said],
        "category": [rule.category for _, rule in kept],
        "roles": [";".join(rule.roles) for _, rule in kept],
        "address": [address_of(one, tags) for one in said],
        "operator": [one.get("operator", "").strip() for one in said],
    }
    points = _points([shape.geometry for shape, _ in kept])
    beds = pd.to_numeric(pd.Series([one.get("beds", "") for one in said]), errors="coerce")
    table = pd.DataFrame(columns, dtype="str").assign(beds=beds.where(beds >= 0).astype("float64"))
    return gpd.GeoDataFrame(table, geometry=points, crs=OSM_CRS)


def _points(shapes: Sequence[shapely.Geometry]) -> NDArray[np.object_]:
    """Return the shapes as points: of an area one within it."""
    array = np.array(shapes, dtype=np.object_)
    areas = shapely.get_dimensions(array) > 0
    array[areas] = shapely.point_on_surface(array[areas])
    return array


def _land(shapes: Sequence[Shape], role: str, tags: Tags) -> gpd.GeoDataFrame:
    """Return the shapes that are land of some kind, with their claims."""
    rules = _rules(role, tags)
    area = [shapely.get_dimensions(shape.geometry) == 2 for shape in shapes]
    claims = [
        land_claim(shape.tags, rules) if wide else _river(shape, tags)
        for shape, wide in zip(shapes, area, strict=True)
    ]
    kept = [(shape, claim) for shape, claim in zip(shapes, claims, strict=True) if claim]
    columns = {
        "osm_id": [shape.osm_id for shape, _ in kept],
        "name": [name_of(shape.tags) for shape, _ in kept],
    }
    if role != "water":
        columns["claim"] = [claim for _, claim in kept]
    geometry = np.array([shape.geometry for shape, _ in kept], dtype=np.object_)
    return gpd.GeoDataFrame(pd.DataFrame(columns, dtype="str"), geometry=geometry, crs=OSM_CRS)


def _river(shape: Shape, tags: Tags) -> str:
    return "water" if _matches(shape.tags, tags.water_lines) else ""
