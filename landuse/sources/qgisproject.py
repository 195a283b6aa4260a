"""A project of QGIS beside a GeoPackage: its layers in order, named, styled, attributed.

The project points to the file by its name alone, so both may be moved together. It holds
the styles again because a project does not look for those in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from pyproj import CRS

from landuse.crs import require_metric
from landuse.sources.geopackage import About, add_about
from landuse.sources.qml import DOCTYPE, VERSION, Style, add_style, writable_text
from landuse.sources.store import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import geopandas as gpd

__all__ = ["Layer", "write_project"]

AIR = 0.03
"""Shown about the layers, as a share of their extent."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of the file as the project shows it."""

    name: str
    """Its name in the GeoPackage."""
    kind: str
    """`Polygon`, `LineString` or `Point`."""
    about: About
    style: Style
    shown: bool = True


def write_project(
    layers: Sequence[Layer],
    path: Path,
    *,
    file: str,
    about: About,
    ground: gpd.GeoDataFrame,
) -> None:
    """Write a project (`.qgs`).

    Parameters
    ----------
    layers
        From the top of the drawing to its ground.
    path
        Of the project.
    file
        Name of the GeoPackage in the same folder.
    about
        Of the whole: title, sources, licences.
    ground
        What the map shows at first, in the reference system of all layers.

    Raises
    ------
    CrsError
        If `ground` has no reference system.
    """
    require_metric(ground, where="project")
    crs = CRS(ground.crs)
    root = Element("qgis", version=VERSION, projectname=writable_text(about.title))
    SubElement(root, "homePath", path="")
    SubElement(root, "title").text = writable_text(about.title)
    _add_crs(SubElement(root, "projectCrs"), crs)
    tree = SubElement(root, "layer-tree-group")
    shelf = Element("projectlayers")
    order = Element("layerorder")
    for layer in layers:
        _add_leaf(tree, layer, file)
        _add_layer(shelf, layer, file, crs)
        SubElement(order, "layer", id=_id(layer))
    _add_canvas(root, crs, ground)
    root.append(shelf)
    root.append(order)
    _add_properties(SubElement(root, "properties"))
    add_about(SubElement(root, "projectMetadata"), about)
    write_text(path, DOCTYPE + tostring(root, encoding="unicode"))


def _add_properties(parent: Element) -> None:
    """Say that paths are relative, and that the map has a reference system of its own."""
    paths = SubElement(parent, "Paths")
    SubElement(paths, "Absolute", type="bool").text = "false"
    system = SubElement(parent, "SpatialRefSys")
    SubElement(system, "ProjectionsEnabled", type="int").text = "1"


def _add_leaf(tree: Element, layer: Layer, file: str) -> None:
    SubElement(
        tree,
        "layer-tree-layer",
        id=_id(layer),
        name=layer.about.title,
        checked="Qt::Checked" if layer.shown else "Qt::Unchecked",
        expanded="1" if layer.shown else "0",
        providerKey="ogr",
        source=_source(layer, file),
    )


def _id(layer: Layer) -> str:
    """Return a name of more than ten signs: QGIS gives shorter ones anew and finds them no more."""
    return f"landuse_layer_{layer.name}"


def _source(layer: Layer, file: str) -> str:
    return f"./{file}|layername={layer.name}"


def _add_layer(shelf: Element, layer: Layer, file: str, crs: CRS) -> None:
    node = SubElement(shelf, "maplayer", type="vector", geometry=layer.kind.replace("String", ""))
    SubElement(node, "id").text = _id(layer)
    SubElement(node, "datasource").text = _source(layer, file)
    SubElement(node, "layername").text = layer.about.title
    SubElement(node, "attribution").text = writable_text("; ".join(layer.about.credits))
    _add_crs(SubElement(node, "srs"), crs)
    add_about(SubElement(node, "resourceMetadata"), layer.about)
    SubElement(node, "provider", encoding="UTF-8").text = "ogr"
    add_style(node, layer.style, layer.kind)


def _add_crs(parent: Element, crs: CRS) -> None:
    system = SubElement(parent, "spatialrefsys")
    SubElement(system, "wkt").text = crs.to_wkt()
    authority = crs.to_authority()
    if authority:
        SubElement(system, "authid").text = ":".join(authority)


def _add_canvas(root: Element, crs: CRS, ground: gpd.GeoDataFrame) -> None:
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas", annotationsVisible="1")
    SubElement(canvas, "units").text = "meters"
    west, south, east, north = ground.total_bounds
    air = AIR * max(east - west, north - south)
    extent = SubElement(canvas, "extent")
    edges = {"xmin": west - air, "ymin": south - air, "xmax": east + air, "ymax": north + air}
    for tag, value in edges.items():
        SubElement(extent, tag).text = repr(float(value))
    SubElement(canvas, "rotation").text = "0"
    _add_crs(SubElement(canvas, "destinationsrs"), crs)
