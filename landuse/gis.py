"""What a GIS opens: one GeoPackage with styles, names and sources, and a project of QGIS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from landuse.maps.palette import read_palette
from landuse.schema import Grade, claims_of_mask
from landuse.sources.geopackage import About, Category, Names, Style, kind_of, write_gpkg
from landuse.sources.qgisproject import Layer, write_project
from landuse.sources.qml import classes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import geopandas as gpd

    from landuse.config import Service
    from landuse.maps.palette import Palette, Scale
    from landuse.schema import Origin
    from landuse.study import Study

__all__ = ["TITLES", "faces_table", "gis_layers", "project_layers", "write_gis", "zone_style"]

TITLES = {
    "faces": "土地利用区分（面ごとの根拠つき） Zones by face, with reasons",
    "zones": "土地利用区分 Land-use zones",
    "boundary": "市町村界 Municipality",
    "districts": "地域 Districts",
    "towns": "町・丁目・大字 Towns",
    "facilities": "施設 Facilities",
    "cells": "人の住むセル Cells with people",
}
"""Layer -> its title, as the list of contents and QGIS show it."""

DRAWN = ("towns", "facilities", "districts", "boundary", "cells", "faces", "zones")
"""From the top of the drawing to its ground."""
HIDDEN = ("cells", "faces")
"""Layers that the project opens without."""

ROLES = {"boundary": "boundary", "districts": "districts", "towns": "towns"}
CELL_COLUMNS = ("zone", "town", "district", "population", "population_65plus", "geometry")
TOWNS_BELOW, FACILITIES_BELOW, NAMES_BELOW = 50_000, 200_000, 25_000
"""Towns, facilities and their names are drawn at scales larger than 1 to these."""


def write_gis(study: Study, gpkg: Path, project: Path | None = None) -> None:
    """Write the layers of a study as a GeoPackage, and a QGIS project that shows it.

    Parameters
    ----------
    study
        A finished run.
    gpkg
        The GeoPackage.
    project
        The project (`.qgs`), in the same folder; none is written without it.
    """
    layers = gis_layers(study)
    styles, about = _styles(study, layers), _abouts(study, layers)
    more = {"cells": dict(_minute_styles(study.city.services, layers["cells"]))}
    write_gpkg(layers, gpkg, styles=styles, more_styles=more, about=about)
    if project is not None:
        write_project(
            project_layers(layers, styles, about),
            project,
            file=gpkg.name,
            about=_about_all(study),
            ground=study.boundary,
        )


def gis_layers(study: Study) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the GeoPackage by name; those without rows are left out."""
    inputs = study.inputs
    layers = {
        "faces": faces_table(study),
        "zones": study.zones,
        "boundary": study.boundary,
        "districts": inputs.all("districts"),
        "towns": inputs.all("towns"),
        "facilities": _facilities(study),
        "cells": _cells(study),
    }
    return {name: table for name, table in layers.items() if len(table) or name == "cells"}


def faces_table(study: Study) -> gpd.GeoDataFrame:
    """Return the faces with their claims as one text, as GIS files take them."""
    claims = study.faces["mask"].map(lambda mask: ";".join(claims_of_mask(mask)))
    return study.faces.assign(claims=claims)


def _facilities(study: Study) -> gpd.GeoDataFrame:
    labels = {service.key: service.label.ja for service in study.city.services}
    return study.facilities.assign(service_ja=study.facilities["service"].map(labels))


def _cells(study: Study) -> gpd.GeoDataFrame:
    """Return the cells with people, and whole tenths of minutes to each service."""
    living = study.cells[study.cells["population"] > 0]
    minutes = {
        f"{service.key}_min": (living[f"{service.key}_s"] / 60).round(1)
        for service in study.city.services
        if f"{service.key}_s" in living
    }
    kept = living[[name for name in CELL_COLUMNS if name in living]]
    return kept.join(pd.DataFrame(minutes, index=living.index))


def zone_style(study: Study) -> Style:
    """Return the zones' colours and Japanese labels for QGIS."""
    labels = study.zone_labels
    colours = read_palette().of_zones(list(labels))
    return Style(
        column="zone",
        categories=tuple(
            Category(value=zone, label=str(label), colour=colours[zone])
            for zone, label in labels.items()
        ),
    )


def _styles(study: Study, layers: dict[str, gpd.GeoDataFrame]) -> dict[str, Style]:
    palette = read_palette()
    zones, ground = zone_style(study), palette.ground
    made = {
        "faces": zones,
        "zones": zones,
        "boundary": _outline("boundary", ground["boundary"]),
        "districts": _outline("districts", ground["district"], Names(column="name_ja", size_pt=12)),
        "towns": Style(
            column="''",
            categories=(
                Category(value="", label=TITLES["towns"], colour=ground["text"], size_mm="1.2"),
            ),
            names=Names(column="name", size_pt=8),
            nearer_than=TOWNS_BELOW,
        ),
        "facilities": _facility_style(study.city.services, palette),
        "cells": _scale_style("population", palette.people, "人"),
    }
    return {name: made[name] for name in layers}


def _outline(name: str, colour: str, names: Names | None = None) -> Style:
    category = Category(value="", label=TITLES[name], colour=colour, fill="empty")
    return Style(column="''", categories=(category,), names=names)


def _facility_style(services: Sequence[Service], palette: Palette) -> Style:
    """Return a sign for each service: hubs in dark ink, what watches over in violet."""
    inks = {"hub": palette.ground["text"]}
    return Style(
        column="service",
        categories=tuple(
            Category(
                value=service.key,
                label=str(service.label),
                colour=inks.get(service.kind, palette.claims["park_special"]),
                sign=palette.signs.get(service.key, service.label.ja[:1]),
            )
            for service in services
        ),
        names=Names(column="name", size_pt=8, nearer_than=NAMES_BELOW),
        nearer_than=FACILITIES_BELOW,
    )


def _scale_style(column: str, scale: Scale, unit: str) -> Style:
    """Return the classes of a number as the pages have them; blanks are hatched."""
    ends = [f"{limit:g} {unit}以下" for limit in scale.limits]
    labels = [*ends, f"{scale.limits[-1]:g} {unit}を超える"]
    graded = [
        Category(value=str(place), label=label, colour=colour)
        for place, (label, colour) in enumerate(zip(labels, scale.colours, strict=True))
    ]
    blank = Category(value="none", label="データなし no data", colour="#8c8c8c", fill="hatched")
    return Style(column=classes(column, scale.limits), categories=(*graded, blank))


def _minute_styles(
    services: Sequence[Service], cells: gpd.GeoDataFrame
) -> Iterator[tuple[str, Style]]:
    scale = read_palette().minutes
    for service in services:
        if f"{service.key}_min" in cells:
            yield f"{service.label.ja} 分", _scale_style(f"{service.key}_min", scale, "分")


def project_layers(
    layers: dict[str, gpd.GeoDataFrame], styles: dict[str, Style], about: dict[str, About]
) -> list[Layer]:
    """Return the layers as the project draws them, the topmost first."""
    return [
        Layer(
            name=name,
            kind=kind_of(layers[name]),
            about=about[name],
            style=styles[name],
            shown=name not in HIDDEN,
        )
        for name in DRAWN
        if name in layers
    ]


def _abouts(study: Study, layers: dict[str, gpd.GeoDataFrame]) -> dict[str, About]:
    """Return sources, vintages, grades and licences of each layer."""
    origins = {layer.key: layer.origin for layer in study.city.layers}
    by_role = {
        name: [layer.origin for layer in study.city.layers if layer.role == role]
        for name, role in ROLES.items()
    }
    claims = [origins[key] for key in study.claims["layer"].unique()]
    points = [layer.origin for layer in study.city.layers if layer.role == "facilities"]
    told = {
        **by_role,
        "faces": [*by_role["boundary"], *claims],
        "zones": [*by_role["boundary"], *claims],
        "facilities": points,
        "cells": list(origins.values()),
    }
    return {name: _about(TITLES[name], told.get(name, [])) for name in layers}


def _about_all(study: Study) -> About:
    origins = [layer.origin for layer in study.city.layers]
    return _about(f"{study.city.label.ja} 土地利用区分図 Land-use zones", origins)


def _about(title: str, origins: Sequence[Origin]) -> About:
    """Return what is known of a layer from where it comes: the grade is the worst of all."""
    unique = list(dict.fromkeys(origins))
    lines = [f"出典 source: {o.source}（{o.vintage}、{o.grade}）" for o in unique]
    if unique:
        lines.append(f"確かさ grade: {Grade.worst([o.grade for o in unique])}")
    lines.append("この地図は証明ではありません。 This map is not a certificate.")
    return About(
        title=title,
        abstract="\n".join(lines),
        licences=tuple(dict.fromkeys(o.licence for o in unique if o.licence)),
        credits=tuple(dict.fromkeys(o.attribution or o.source for o in unique)),
    )
