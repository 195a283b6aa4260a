"""The user's own tables as layers of a page: packed, coloured by a column, told at a click."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.errors import CrsError, Fault, LayerError
from landuse.maps.classes import RAMPS, as_text, classes_of, one_class
from landuse.maps.pack import deltas, inert_json, pack_bytes, pack_ints
from landuse.maps.palette import read_palette
from landuse.maps.topology import LATTICE, LONLAT, line_topology, polygon_topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from landuse.maps.classes import Breaks, Classes, Colours

    Json = dict[str, Any]
    Shapes = NDArray[np.object_]

__all__ = ["OwnLayer", "layer"]

BREAKS = ("quantile", "equal")
NORTHERNMOST = 85.0
"""Beyond this Web Mercator runs away."""

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True, kw_only=True)
class OwnLayer:
    """A layer of the user's, ready for a page; made by `layer`."""

    name: str
    rows: int
    """Rows of the table, those without a place included."""
    unplaced: int
    """Rows without a place: no shape, an empty one, or coordinates that are no numbers."""
    classes: Classes
    payload: Json
    """What the scripts of the page draw, see `assets/js/own.js`."""

    @property
    def legend(self) -> pd.DataFrame:
        """What the legend shows: `label, colour, rows`; blank values last, as `no data`."""
        counts = np.bincount(self.classes.codes, minlength=len(self.classes.labels) + 1)
        named = [str(label).strip() for label in self.classes.labels]
        table = pd.DataFrame(
            {"label": named, "colour": self.classes.colours, "rows": counts[1:].tolist()}
        )
        if not counts[0]:
            return table
        blank = pd.DataFrame({"label": ["no data"], "colour": [""], "rows": [int(counts[0])]})
        return pd.concat([table, blank], ignore_index=True)


def layer(
    table: gpd.GeoDataFrame,
    *,
    name: str,
    column: str | None = None,
    colours: Colours = None,
    breaks: Breaks = "quantile",
    unit: str = "",
    popup: Sequence[str] = (),
    opacity: float = 0.8,
) -> OwnLayer:
    """Turn a table into a layer of a page: `study.map(layers=[…])`, `landuse.maps.page(…)`.

    Parameters
    ----------
    table
        Points, lines or polygons, also mixed, in any reference system; rows without a shape
        are counted in the legend. It is not changed.
    name
        Name of the layer in the legend, any text.
    column
        Column that colours the rows: numbers become grades, all else (truth values too)
        categories. Blank values are hatched or hollow and named "no data". Without one, the
        layer has one colour.
    colours
        `people` (light to dark blue) or `minutes` (light to dark brown) of the package's
        palette, one colour, a list of colours, or a mapping of values to colours, each
        written `#RRGGBB`. Left out, colours that colour-blind readers tell apart.
    breaks
        For numbers: `quantile`, `equal`, or rising limits, each of which closes its class.
        Quantiles and equal steps make as many classes as the list of colours has, else 5.
    unit
        Unit of the numbers, for the legend.
    popup
        Columns that a click tells, as text.
    opacity
        Of the fill, 0 to 1; readers can change it.

    Raises
    ------
    LayerError
        With everything that is wrong: columns that the table lacks, colours, limits.
    CrsError
        If the table has no reference system.
    """
    _check(table, name=name)
    columns = [*([] if column is None else [column]), *popup]
    faults = [*_lacking(table, columns, name), *_wrong(name, colours, breaks, opacity)]
    if faults:
        raise LayerError(faults)
    palette = read_palette()
    shapes, placed = _placed(table)
    if column is None:
        coloured = one_class(len(table), name=as_text(name), colours=colours, palette=palette)
    else:
        values = pd.Series(table[column])
        coloured = classes_of(values, colours=colours, breaks=breaks, unit=unit, palette=palette)
    payload = {
        "name": as_text(name),
        "column": "" if column is None else as_text(column),
        "rows": len(table),
        "unplaced": int((~placed).sum()),
        "opacity": float(opacity),
        "classes": [
            {"ja": label.ja, "en": label.en, "colour": colour}
            for label, colour in zip(coloured.labels, coloured.colours, strict=True)
        ],
        "code": pack_bytes(pack_ints(coloured.codes)),
        "popup": _popup(table, popup),
        **_shapes(shapes, np.flatnonzero(placed)),
    }
    return OwnLayer(
        name=name,
        rows=len(table),
        unplaced=payload["unplaced"],
        classes=coloured,
        payload=payload,
    )


def _check(table: object, *, name: str) -> None:
    where = f"layer {name!r}"
    if not isinstance(table, gpd.GeoDataFrame):
        what = f"is a {type(table).__name__}, not a GeoDataFrame"
        fix = "give a geopandas.GeoDataFrame, e.g. from geopandas.points_from_xy"
        raise LayerError(Fault(where=where, what=what, fix=fix))
    if table.active_geometry_name is None:
        raise LayerError(
            Fault(where=where, what="has no column of shapes", fix="set it with set_geometry")
        )
    if table.crs is None:
        what, fix = "has no reference system", 'say it: table.set_crs("EPSG:6668")'
        raise CrsError(Fault(where=where, what=what, fix=fix))


def _lacking(table: gpd.GeoDataFrame, columns: Iterable[str], name: str) -> Iterator[Fault]:
    found = [column for column in table.columns if column != table.active_geometry_name]
    for column in dict.fromkeys(columns):
        count = found.count(column)
        if count != 1:
            what = "is not in the table" if count == 0 else f"stands {count} times in the table"
            fix = f"use one of: {', '.join(map(str, found)) or 'none there'}"
            yield Fault(where=f"layer {name!r}: column {column!r}", what=what, fix=fix)


def _wrong(name: str, colours: Colours, breaks: Breaks, opacity: float) -> Iterator[Fault]:
    where = f"layer {name!r}"
    for colour in _each(colours):
        if not (isinstance(colour, str) and COLOUR.fullmatch(colour)):
            fix = f"write it like #2C74AE, or name one of: {', '.join(RAMPS)}"
            yield Fault(where=f"{where}: colours", what=f"holds {colour!r}", fix=fix)
    if isinstance(breaks, str):
        if breaks not in BREAKS:
            fix = f"use {' or '.join(BREAKS)}, or a list of limits"
            yield Fault(where=f"{where}: breaks", what=f"is {breaks!r}", fix=fix)
    else:
        limits = np.asarray(list(breaks), float)
        if not np.isfinite(limits).all() or (np.diff(limits) <= 0).any():
            what = f"are {list(breaks)!r}, which do not rise"
            yield Fault(where=f"{where}: breaks", what=what, fix="give rising limits")
    if not 0 <= opacity <= 1:
        yield Fault(where=f"{where}: opacity", what=f"is {opacity}", fix="give 0 to 1")


def _each(colours: Colours) -> Iterable[object]:
    if colours is None or (isinstance(colours, str) and colours in RAMPS):
        return ()
    if isinstance(colours, str):
        return (colours,)
    listed = list(colours.values() if isinstance(colours, Mapping) else colours)
    return listed or ("",)


def _placed(table: gpd.GeoDataFrame) -> tuple[Shapes, NDArray[np.bool_]]:
    """Return the shapes in degrees, flat, and which rows have one that can be drawn."""
    degrees = table.geometry.to_crs(LONLAT).to_numpy()
    shapes = shapely.force_2d(np.asarray(degrees, dtype=object))
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    lost = ~np.isfinite(points).all(axis=1) | (np.abs(points[:, 1]) > NORTHERNMOST)
    filled[owner[lost]] = False
    return shapes[filled], filled


def _popup(table: gpd.GeoDataFrame, columns: Sequence[str]) -> Json | None:
    """Return the columns that a click tells, as texts; none for what is not known."""
    if not columns:
        return None
    values = [
        [None if missing else as_text(value) for value, missing in zip(found, blank, strict=True)]
        for found, blank in ((table[name].tolist(), _blank(table[name])) for name in columns)
    ]
    return {
        "names": [as_text(name) for name in columns],
        "values": pack_bytes(inert_json(values).encode()),
    }


def _blank(values: pd.Series) -> list[bool]:
    return [bool(one) for one in values.isna()]


def _shapes(shapes: Shapes, rows: NDArray[np.int64]) -> Json:
    """Return what is drawn as areas, lines and points, each part with the row it is of."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    row, dimension = rows[owner], shapely.get_dimensions(parts)
    solid = ~shapely.is_empty(parts)
    areas, lines, points = (solid & (dimension == size) for size in (2, 1, 0))
    # Turned alike, overlapping areas fill as one; otherwise they would cancel each other.
    turned = gpd.GeoSeries(shapely.orient_polygons(parts[areas]), crs=LONLAT)
    drawn = gpd.GeoSeries(parts[lines], crs=LONLAT)
    at = np.rint(shapely.get_coordinates(parts[points]) * LATTICE)
    return {
        "areas": {"shape": polygon_topology(turned).packed(), "row": _rows(row[areas])},
        "lines": {"shape": line_topology(drawn).packed(), "row": _rows(row[lines])},
        "points": {
            "lon": pack_bytes(pack_ints(deltas(at[:, 0]))),
            "lat": pack_bytes(pack_ints(deltas(at[:, 1]))),
            "row": _rows(row[points]),
        },
    }


def _rows(rows: NDArray[np.int64]) -> str:
    return pack_bytes(pack_ints(deltas(rows)))
