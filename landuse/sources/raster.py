"""Class rasters (land cover) as polygons: one row for each patch of equal pixels.

Only the study window is read, whatever the size of the tiles; several tiles become one
grid before anything is outlined, so that no edge shows between them. Pixels without a
class are unknown, never a class.

A patch, not a class, is a row. The partition takes polygons apart anyway: 24,468 patches
of a raster of 2,000 x 2,000 pixels are cut in 1.6 s as they are, in 1.5 s collected to one
multi-polygon a class, in 10.3 s dissolved by a union; and a repair touches only its patch.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landuse.errors import CityError
from landuse.sources.legends import read_legend
from landuse.sources.pixels import patches
from landuse.sources.tiles import read_tiles
from landuse.sources.vector import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from landuse.sources.legends import Legend
    from landuse.sources.report import Findings
    from landuse.sources.tiles import Pixels
    from landuse.sources.window import Window

    Bools = NDArray[np.bool_]

__all__ = ["open_raster"]

MAX_CLASSES = 256
"""More different values are measurements, not classes."""

BEND_M = 1000.0
"""Longest straight edge: at 43° N a parallel of that length is 2 cm off its chord."""


def open_raster(
    path: Path | Sequence[Path],
    findings: Findings,
    *,
    window: Window | None = None,
    legend: str = "",
    sieve_pixels: int = 0,
) -> Found:
    """Read class rasters as polygons that follow their pixels exactly.

    Parameters
    ----------
    path
        A raster, a zip file that holds one, a folder or a pattern (`tiles/N4*.tif`) of
        them, or several such paths. All are tiles of one grid; where tiles overlap, the
        first by name counts.
    findings
        Of the layer, whose `crs` counts where the file says nothing, and whose `legend`
        names the legend.
    window
        Pixels that lie wholly outside are not read.
    legend
        Key of a legend, if the layer names none.
    sieve_pixels
        Patches of fewer pixels go to their largest neighbour; 0 keeps every pixel.

    Returns
    -------
    Found
        One row for each patch (pixels that touch along an edge): `class`, `class_ja`,
        `class_en` and, where there is a legend and the city file gives no claims itself,
        `claim`; then classes that claim nothing are left out.

    Raises
    ------
    LayerError
        If a raster cannot be read, has several bands, is turned or holds no classes;
        tiles do not fit together; the study area is not on them; values are not in the
        legend.
    CrsError
        If it is not known where the pixels lie.
    """
    key = legend or str(getattr(findings.layer, "legend", ""))
    chosen = _read_legend(key, findings) if key else None
    findings.raise_faults()
    paths = [path] if isinstance(path, Path) else path
    pixels = read_tiles(paths, findings, window=window)
    values = _sieved(pixels, findings, size=sieve_pixels) if sieve_pixels else pixels.classes
    known = _classed(values, pixels.known, findings, legend=chosen)
    step = max(1, int(BEND_M / _pixel_m(pixels)))
    codes, outlines = patches(values, known, step=step)
    shapes = shapely.transform(outlines, lambda xy: _placed(xy, pixels))
    columns = _labels(codes, findings, legend=chosen)
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=pixels.crs)
    table.index = pd.RangeIndex(1, len(table) + 1, name="row")
    return Found(table=table, crs=pixels.crs, crs_from=pixels.crs_from)


def _read_legend(name: str, findings: Findings) -> Legend | None:
    try:
        return read_legend(name)
    except CityError as error:
        for fault in error.faults:
            findings.fault(f"names a legend, but {fault.where} {fault.what}", fault.fix)
        return None


def _sieved(pixels: Pixels, findings: Findings, *, size: int) -> NDArray[np.integer]:
    """Give patches of fewer pixels to their largest neighbour, and say how many changed."""
    from rasterio.features import sieve  # noqa: PLC0415 - heavy; only rasters need it

    new = np.asarray(sieve(pixels.classes, size, mask=pixels.known, connectivity=4))
    changed = int((pixels.known & (new != pixels.classes)).sum())
    what = f"patches of fewer than {size} pixels went to a neighbour: {_share(changed, new.size)}"
    findings.note(what, "take the sieve out to keep every pixel")
    return new


def _classed(
    values: NDArray[np.integer], known: Bools, findings: Findings, *, legend: Legend | None
) -> Bools:
    """Tell which pixels become polygons; what does not is noted, what may not is a fault."""
    if legend:
        known = known & ~np.isin(values, legend.unknown)
    unknown = int((~known).sum())
    if unknown:
        what = f"{_share(unknown, known.size)} hold no class: unknown there"
        findings.note(what, "nothing to do if the rest covers the city")
    codes, counts = np.unique(values[known], return_counts=True)
    if not len(codes):
        findings.stop("holds no class at all in the study area", "give tiles that cover it")
    if len(codes) > MAX_CLASSES:
        what = f"holds {len(codes):,} different values, more than classes there can be"
        findings.stop(what, "give a raster of classes; heights and the like have none")
    if legend is None:
        return known
    _check_legend(dict(zip(codes.tolist(), counts.tolist(), strict=True)), legend, findings)
    return known if _claims_elsewhere(findings) else _claiming(values, known, findings, legend)


def _check_legend(counts: dict[int, int], legend: Legend, findings: Findings) -> None:
    lacking = {code: count for code, count in counts.items() if code not in legend.classes}
    if lacking:
        listed = ", ".join(f"{code} ({count:,} pixels)" for code, count in lacking.items())
        what = f"holds values that the legend {legend.key} does not have: {listed}"
        fix = "choose the legend of this product and version, or none and map class by claim_codes"
        findings.stop(what, fix)
    if legend.mark == "unverified":
        what = f"the numbers of the legend {legend.key} are not verified"
        findings.note(what, "compare them with the publisher's table before use")


def _claims_elsewhere(findings: Findings) -> bool:
    """Tell whether the city file itself says what the classes claim."""
    layer = findings.layer
    return layer.role != "claims" or bool(layer.claim or layer.claim_column)


def _claiming(
    values: NDArray[np.integer], known: Bools, findings: Findings, legend: Legend
) -> Bools:
    """Leave out classes that claim nothing."""
    silent = [code for code, one in legend.classes.items() if not one.claim]
    left_out = known & np.isin(values, silent)
    if not left_out.any():
        return known
    names = [legend.classes[code].label.ja for code in np.unique(values[left_out]).tolist()]
    what = f"{_share(int(left_out.sum()), known.size)} claim nothing ({', '.join(names)})"
    findings.note(what, "left out; map the classes by claim_codes if they should count")
    if (known == left_out).all():
        findings.stop("holds only classes that claim nothing", "leave the layer out")
    return np.asarray(known & ~left_out)


def _labels(
    codes: NDArray[np.integer], findings: Findings, *, legend: Legend | None
) -> pd.DataFrame:
    """Return the columns of each patch."""
    texts = pd.Series(codes).astype("str")
    if legend is None:
        return pd.DataFrame({"class": texts, "class_ja": texts, "class_en": texts})
    classes = [legend.classes[code] for code in codes.tolist()]
    columns = {
        "class": texts,
        "class_ja": [one.label.ja for one in classes],
        "class_en": [one.label.en for one in classes],
    }
    if not _claims_elsewhere(findings):
        columns["claim"] = [one.claim for one in classes]
    return pd.DataFrame(columns)


def _placed(xy: NDArray[np.float64], pixels: Pixels) -> NDArray[np.float64]:
    """Return coordinates of pixel corners, the same for the same corner."""
    return np.asarray(pixels.corner + xy * pixels.pixel)


def _pixel_m(pixels: Pixels) -> float:
    """Return the longer side of a pixel in metres, roughly."""
    unit_m = 111_320.0 if pixels.crs.is_geographic else 1.0
    return float(max(map(abs, pixels.pixel))) * unit_m


def _share(pixels: int, total: int) -> str:
    return f"{pixels:,} of {total:,} pixels ({pixels / total:.2%})"
