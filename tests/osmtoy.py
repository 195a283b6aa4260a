"""Small files of OpenStreetMap, written by hand along the equator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from layerkit import layer

from landuse.sources.osm import open_osm_features, open_osm_streets
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd

    from landuse.sources.window import Window

    Tags = Mapping[str, str]
    Node = tuple[float, float] | tuple[float, float, Tags]

STEP_KM = 6378.137 * math.pi / 180 / 1000
"""A thousandth of a degree along the equator of WGS84, whose radius is 6378.137 km."""


def osm(
    nodes: Mapping[int, Node],
    ways: Mapping[int, tuple[Sequence[int], Tags]] | None = None,
    relations: Mapping[int, tuple[Sequence[tuple[int, str]], Tags]] | None = None,
    *,
    ways_first: bool = False,
) -> str:
    """Return a file; nodes stand in thousandths of a degree east and north of (0, 0)."""
    points = "".join(
        f'<node id="{key}" version="1" lon="{node[0] / 1000:.7f}" lat="{node[1] / 1000:.7f}">'
        f"{tagged(node[2] if len(node) == 3 else {})}</node>"
        for key, node in nodes.items()
    )
    lines = "".join(
        f'<way id="{key}" version="1">{"".join(f"<nd ref={quoteattr(str(ref))}/>" for ref in refs)}'
        f"{tagged(tags)}</way>"
        for key, (refs, tags) in (ways or {}).items()
    )
    groups = "".join(
        f'<relation id="{key}" version="1">'
        + "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
        + f"{tagged(tags)}</relation>"
        for key, (members, tags) in (relations or {}).items()
    )
    body = lines + points if ways_first else points + lines
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">{body}{groups}</osm>\n'


def tagged(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def findings_of(path: Path, role: str = "network") -> Findings:
    return Findings(layer=layer(path, role))


def streets(folder: Path, text: str, window: Window | None = None) -> gpd.GeoDataFrame:
    """Return the streets of a file."""
    return streets_and_notes(folder, text, window)[0]


def streets_and_notes(
    folder: Path, text: str, window: Window | None = None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    path = folder / "toy.osm"
    path.write_text(text, encoding="utf-8")
    findings = findings_of(path)
    table = open_osm_streets(path, findings, window=window).table
    return table, [str(note) for note in findings.notes]


def street(folder: Path, tags: Tags) -> gpd.GeoDataFrame:
    """Return the streets of a file with one way from node 1 to node 2."""
    return streets(folder, osm({1: (0, 0), 2: (1, 0)}, {10: ([1, 2], tags)}))


def features(
    folder: Path, text: str, role: str, window: Window | None = None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    path = folder / "toy.osm"
    path.write_text(text, encoding="utf-8")
    findings = findings_of(path, role)
    table = open_osm_features(path, findings, window=window).table
    return table, [str(note) for note in findings.notes]
