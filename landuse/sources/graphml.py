"""Street graphs that OSMnx saved as GraphML."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from shapely.errors import GEOSException

from landuse.sources.columns import as_text
from landuse.sources.osm.tags import kind_of, read_tags

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from landuse.sources.osm.tags import Tags
    from landuse.sources.report import Findings

__all__ = ["graphml_edges"]


DAMAGE = (SyntaxError, LookupError, ValueError, TypeError, AttributeError, OverflowError)
"""What comes up in networkx and OSMnx over damaged files; ElementTree's ParseError is a
SyntaxError."""

EDGE = re.compile(rb"<(?:\w+:)?edge[\s/>]")
"""How an edge begins; networkx keeps one of several with the same nodes and key."""


def graphml_edges(path: Path, findings: Findings) -> gpd.GeoDataFrame:
    """Read the edges of a GraphML file that OSMnx wrote, one row for each direction.

    Raises
    ------
    LayerError
        If it is not such a file.
    """
    import networkx as nx  # type: ignore[import-untyped]  # noqa: PLC0415 - comes with osmnx
    import osmnx as ox  # noqa: PLC0415 - takes seconds to import; only GraphML needs it

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            edges = ox.convert.graph_to_gdfs(ox.io.load_graphml(path), nodes=False)
    except (*DAMAGE, nx.NetworkXError, GEOSException) as error:
        findings.stop(f"is not a street graph of OSMnx: {error!r}", "save it with ox.save_graphml")
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        findings.note(f"networkx says: {text}", "save it again with ox.save_graphml")
    there = len(EDGE.findall(path.read_bytes()))
    if len(edges) < there:
        what = f"holds {there} edges, of which {len(edges)} have two nodes and a key of their own"
        findings.stop(what, "save it again with ox.save_graphml")
    edges = edges.reset_index().rename(columns={"highway": "kind", "speed_kph": "speed_kmh"})
    if "kind" not in edges:
        findings.stop("has no edge attribute highway", "build the graph with OSMnx, then save it")
    tags = read_tags()
    return edges.assign(oneway="yes", kind=[_kind(highway, tags) for highway in edges["kind"]])


def _kind(highway: object, tags: Tags) -> str:
    """Return the kind of a road; where simplification joined several, of the first."""
    word = highway[0] if isinstance(highway, list) and highway else highway
    return kind_of(as_text(word), tags)
