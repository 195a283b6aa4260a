"""Street graphs that OSMnx saved as GraphML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.sources.columns import as_text

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from landuse.sources.report import Findings

__all__ = ["graphml_edges"]

KINDS = {
    "motorway": "expressway",
    **dict.fromkeys(("residential", "unclassified", "living_street", "service", "road"), "street"),
}
"""OpenStreetMap's highway -> kind of the speed file; other words stay as they are."""


def graphml_edges(path: Path, findings: Findings) -> gpd.GeoDataFrame:
    """Read the edges of a GraphML file that OSMnx wrote, one row for each direction.

    Raises
    ------
    LayerError
        If it is not such a file.
    """
    import osmnx as ox  # noqa: PLC0415 - takes seconds to import; only GraphML needs it

    try:
        edges = ox.convert.graph_to_gdfs(ox.io.load_graphml(path), nodes=False)
    except (SyntaxError, KeyError, ValueError, TypeError) as error:
        # ElementTree's ParseError is a SyntaxError.
        findings.stop(f"is not a street graph of OSMnx: {error!r}", "save it with ox.save_graphml")
    edges = edges.reset_index().rename(columns={"highway": "kind", "speed_kph": "speed_kmh"})
    if "kind" not in edges:
        findings.stop("has no edge attribute highway", "build the graph with OSMnx, then save it")
    return edges.assign(oneway="yes", kind=edges["kind"].map(_kind))


def _kind(highway: object) -> str:
    """Return the kind of a road; where simplification joined several, of the first."""
    word = highway[0] if isinstance(highway, list) and highway else highway
    plain = as_text(word).removesuffix("_link")
    return KINDS.get(plain, plain)
