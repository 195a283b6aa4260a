"""The page on which two runs of one city stand side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from landuse.maps.layers import face_layer
from landuse.maps.pages import DISPLAY_M, folium_map
from landuse.maps.topology import LONLAT, polygon_topology, simplified

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd

    from landuse.maps.data import MapData

    Json = dict[str, Any]

__all__ = ["compare_page"]


def compare_page(
    data: MapData,
    *,
    before: gpd.GeoDataFrame,
    changes: gpd.GeoDataFrame,
    tables: Mapping[str, Any],
) -> str:
    """Return the staff page of a run with an earlier one beside it, as one HTML text.

    Parameters
    ----------
    data
        The run after.
    before
        Faces of the run before, with the columns that `MapData.faces` has.
    changes
        From `landuse.changes.changes_of`.
    tables
        Rows ready for JSON: `names` and `made` of the two runs, `areas`, `people`,
        `coverage` and `times`, see `landuse.compare.Comparison`.

    Raises
    ------
    CrsError, LayerError
        If a table cannot be drawn.
    """
    layer = {
        **tables,
        "before": face_layer(replace(data, faces=before), tolerance_m=DISPLAY_M["staff"]),
        "changes": _changes(changes),
    }
    title = f"{data.label.ja} 二つの計算の比較"
    return folium_map(data, staff=True, title=title, more={"compare": layer}).html()


def _changes(changes: gpd.GeoDataFrame) -> Json:
    """Return the outlines of the changed land, and a row for each with a spot inside it."""
    if not len(changes):
        return {"shape": "", "rows": []}
    spots = changes.geometry.representative_point().to_crs(LONLAT)
    columns = ("from_zone", "to_zone", "from_rule", "to_rule", "changed")
    rows = [
        {name: str(row[name]) for name in columns}
        | {"area_m2": round(float(row["area_km2"]) * 1e6, 1), "at": [round(x, 6), round(y, 6)]}
        for row, x, y in zip(changes.to_dict("records"), spots.x, spots.y, strict=True)
    ]
    shapes = polygon_topology(simplified(changes.geometry, DISPLAY_M["staff"]))
    return {"shape": shapes.packed(), "rows": rows}
