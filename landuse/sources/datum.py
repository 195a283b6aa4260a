"""From the Tokyo datum (旧日本測地系) to JGD2011, by grid within 0.3 m, or not at all.

PROJ without the grid does nothing (a "ballpark", 400 m wrong) or applies three parameters
(up to 12 m wrong on the main islands), so nothing here ever asks it to choose.

Two steps lead to JGD2011::

    Tokyo --TKY2JGD (2002)--> JGD2000 --one PatchJGD grid for each great earthquake--> JGD2011

Where no earthquake made the authority revise its coordinates, JGD2000 and JGD2011 are the
same. Where one did, its grid is needed: 2011 moved the north of Honshu by up to 5.9 m, 2003
the south-east of Hokkaido, Kushiro included, by up to 1 m. Smaller revisions (Fukuoka 2005,
Noto and Chuetsu-oki 2007, Iwate-Miyagi and Miyakojima 2008) are applied where their grids are
given; revisions after 2011 (Kumamoto 2016, Noto 2024) are changes within JGD2011 and are not.

Sources: 飛田幹男 (2001) 国土地理院時報 97 on TKY2JGD (standard deviation 9 and 8 cm);
飛田幹男 (2009) 測地学会誌 55 on PatchJGD; EPSG operations 6712 and 6713 (0.2 m each).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from landuse.grid import MESH_CRS
from landuse.sources.parfile import read_par
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from landuse.config import Layer
    from landuse.sources.report import Findings

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Rows = NDArray[np.int64]

__all__ = ["PATCHES", "datum_grids", "is_tokyo", "to_jgd"]

TOKYO = "tky2jgd"
SUFFIXES = (".par", ".gsb", ".tif")

BESSEL_A_M = 6_377_397.155
"""Half the longer axis of the ellipsoid of which, in Japan, only the Tokyo datum is made."""

FORMULA = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=push +v_3 "
    "+step +proj=cart +ellps=bessel +step +proj=helmert +x=-146.414 +y=507.337 +z=680.507 "
    "+step +inv +proj=cart +ellps=GRS80 +step +proj=pop +v_3 "
    "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
)
"""The three parameters of EPSG operation 15483, to tell a right grid from a wrong one."""

FORMULA_OFF_M = 20.0
"""Farther from the formula than this no grid is right on the main islands; there TKY2JGD.par
(all its 392,262 meshes) is nowhere more than 12 m from it."""

PATCHES = (
    "tokachi2003",
    "tokachi2003b",
    "fukuokakenseihousatu2005",
    "notohantou2007",
    "niigatakenchuetsuoki2007",
    "iwatemiyaginairiku2008",
    "miyakojima2008",
    "touhokutaiheiyouoki2011",
)
"""Names of PatchJGD grids up to JGD2011, in the order of the earthquakes."""

HELP = (
    "put {names} of the Geospatial Information Authority (https://www.gsi.go.jp/sokuchikijun/, "
    "TKY2JGD and 座標補正パラメータ) beside the file, or name it with datum_grid in the city file"
)


@dataclass(frozen=True, kw_only=True)
class _Quake:
    """An earthquake after which the coordinates of a wide area were revised by over 0.3 m."""

    name: str
    grid: str
    moved_m: float
    outline: tuple[tuple[float, float], ...]
    """Around the area, in degrees; drawn by hand a little outside its municipalities."""


QUAKES = (
    _Quake(
        name="2003 Tokachi-oki (平成15年十勝沖地震)",
        grid="tokachi2003.par",
        moved_m=1.0,
        outline=(
            (141.7, 42.4),
            (142.3, 43.3),
            (143.0, 43.65),
            (144.7, 43.65),
            (144.7, 42.7),
            (143.4, 41.8),
            (142.5, 41.9),
        ),
    ),
    _Quake(
        name="2011 Tohoku (東北地方太平洋沖地震)",
        grid="touhokutaiheiyouoki2011.par",
        moved_m=5.9,
        outline=(
            (138.0, 39.5),
            (139.9, 41.2),
            (140.27, 41.33),
            (141.0, 41.63),
            (142.6, 41.63),
            (142.6, 34.8),
            (139.6, 34.8),
            (139.15, 35.1),
            (138.95, 35.15),
            (138.8, 35.33),
            (138.5, 35.12),
            (138.1, 35.3),
            (137.8, 35.12),
            (137.4, 35.15),
            (136.9, 35.3),
            (136.65, 35.05),
            (136.3, 35.35),
            (136.2, 35.5),
            (135.55, 35.3),
            (135.4, 35.6),
            (136.0, 37.8),
        ),
    ),
)


def is_tokyo(crs: CRS | None) -> bool:
    """Tell whether a system is of the Tokyo datum, or of its ellipsoid under another name."""
    base = crs.source_crs if crs is not None and crs.is_bound else crs
    geodetic = base.geodetic_crs if base is not None else None
    if geodetic is None or geodetic.ellipsoid is None:
        return False
    named = geodetic.datum is not None and "tokyo" in geodetic.datum.name.lower()
    return named or abs(geodetic.ellipsoid.semi_major_metre - BESSEL_A_M) < 0.01


def datum_grids(layer: Layer) -> tuple[Path, ...]:
    """Return the grids of a layer: that of TKY2JGD, then those of earthquakes, in order.

    The first is `datum_grid` of the city file, else one that lies beside the data; those of
    earthquakes (`PATCHES`) lie beside either.
    """
    named: Path | None = getattr(layer, "datum_grid", None)
    folders = [named.parent] if named else []
    folders += [layer.path.parent, layer.path.parent / "raw", layer.path.parent.parent / "raw"]
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.glob("*")) if folder.is_dir() else ():
            if file.suffix.lower() in SUFFIXES:
                found.setdefault(file.stem.lower(), file)
    first = named or found.get(TOKYO)
    return (first, *(found[name] for name in PATCHES if name in found)) if first else ()


def to_jgd(
    shapes: gpd.GeoSeries, findings: Findings, *, grids: Sequence[Path]
) -> gpd.GeoSeries | None:
    """Bring shapes from the Tokyo datum to degrees of JGD2011; None, with faults, where not.

    Parameters
    ----------
    shapes
        In any system for which `is_tokyo` holds; missing and empty ones stay as they are.
    findings
        Takes a fault, with the rows, for every point that a grid which it needs does not
        cover: no point is ever moved by a guess.
    grids
        As `datum_grids` returns them.
    """
    crs = CRS(shapes.crs)
    if "1892" in crs.name:
        findings.crs_fault(f"is in {crs.name}, which no grid leads from", "convert it first")
        return None
    if not grids:
        what = f"is in the Tokyo datum ({crs.name}), some 400 m away from JGD2011"
        findings.crs_fault(what, HELP.format(names="TKY2JGD.par"))
        return None
    raw = np.asarray(shapes)
    coordinates, owner = shapely.get_coordinates(raw, return_index=True)
    old = _in_degrees(coordinates, crs)
    new = _moved(old, grids[0], findings)
    _check_covered(~_reached(new), owner, shapes, grids[0], findings)
    _check_formula(old, new, grids[0], findings)
    placed, covered = _patched(new, grids[1:], findings)
    _check_quakes(placed, covered, owner, shapes, findings)
    if findings.about_crs:
        return None
    names = ", ".join(grid.name for grid in grids)
    findings.note(f"was brought from the Tokyo datum to JGD2011 by {names}", "nothing to do")
    return gpd.GeoSeries(shapely.set_coordinates(raw.copy(), placed), shapes.index, crs=MESH_CRS)


def _in_degrees(coordinates: Floats, crs: CRS) -> Floats:
    """Return longitude and latitude in the same datum."""
    base = crs.source_crs if crs.is_bound else crs
    if base is None or not base.is_projected:
        return coordinates
    to = Transformer.from_crs(base, base.geodetic_crs, always_xy=True)
    return np.column_stack(to.transform(coordinates[:, 0], coordinates[:, 1]))


def _moved(lonlat: Floats, grid: Path, findings: Findings) -> Floats:
    """Return points after the shift of one grid, NaN where it does not cover them."""
    if not grid.is_file():
        findings.stop(f"needs the grid {grid}, which is not there", "put it there")
    if grid.suffix.lower() == ".par":
        return read_par(grid, findings).moved(lonlat)
    shifted = _shifted_by_proj(lonlat, grid, findings)
    return np.where(_reached(shifted)[:, None], shifted, np.nan)


def _shifted_by_proj(lonlat: Floats, grid: Path, findings: Findings) -> Floats:
    """Apply one NTv2 or GeoTIFF grid by name, so that PROJ has nothing to choose."""
    path = str(grid.resolve())
    if set(path) & set("\"',@"):
        findings.stop(f"needs the grid {path}, a path PROJ cannot take", "rename its folder")
    steps = f'+step +proj=hgridshift +grids="{path}"'
    degrees = "+step +proj=unitconvert +xy_in={} +xy_out={}"
    pipeline = (
        f"+proj=pipeline {degrees.format('deg', 'rad')} {steps} {degrees.format('rad', 'deg')}"
    )
    try:
        to = Transformer.from_pipeline(pipeline)
    except ProjError as error:
        findings.stop(f"needs the grid {grid.name}, which cannot be read: {error}", "replace it")
    return np.column_stack(to.transform(lonlat[:, 0], lonlat[:, 1], errcheck=False))


def _patched(
    lonlat: Floats, grids: Sequence[Path], findings: Findings
) -> tuple[Floats, Mapping[str, Bools]]:
    """Apply the grids of earthquakes where they reach, and tell where each did."""
    covered = {}
    for grid in grids:
        moved = _moved(lonlat, grid, findings)
        covered[grid.stem.lower()] = reached = _reached(moved)
        lonlat = np.where(reached[:, None], moved, lonlat)
    return lonlat, covered


def _check_covered(
    points: Bools, owner: Rows, shapes: gpd.GeoSeries, grid: Path, findings: Findings
) -> None:
    if points.any():
        what = (
            f"has {int(points.sum()):,} points that {grid.name} does not cover "
            f"({_rows(points, owner, shapes)}); they are not moved by a guess"
        )
        fix = "leave those rows out with where, or mend them: the grid covers land, not sea"
        findings.crs_fault(what, fix)


def _check_formula(old: Floats, new: Floats, grid: Path, findings: Findings) -> None:
    """Refuse a grid that leads somewhere else than from the Tokyo datum to JGD."""
    lon, lat = old.T
    main = _reached(new) & (lat > 30) & ((lat > 34) | (lon < 138))
    guess = np.column_stack(Transformer.from_pipeline(FORMULA).transform(lon[main], lat[main]))
    off_m = (new[main] - guess) * 111_320 * [0.8, 1]
    if (farthest_m := np.hypot(*off_m.T).max(initial=0)) > FORMULA_OFF_M:
        what = f"needs a grid to JGD, but {grid.name} ends {farthest_m:,.0f} m from where JGD lies"
        findings.crs_fault(what, HELP.format(names="TKY2JGD.par"))


def _check_quakes(
    lonlat: Floats,
    covered: Mapping[str, Bools],
    owner: Rows,
    shapes: gpd.GeoSeries,
    findings: Findings,
) -> None:
    """Refuse points whose coordinates an earthquake changed and no grid brought along."""
    for quake in QUAKES:
        stem = quake.grid.removesuffix(".par")
        left = shapely.contains_xy(shapely.Polygon(quake.outline), lonlat[:, 0], lonlat[:, 1])
        for name, reached in covered.items():
            if name.startswith(stem):
                left &= ~reached
        if left.any():
            what = (
                f"has {int(left.sum()):,} points ({_rows(left, owner, shapes)}) where coordinates "
                f"changed by up to {quake.moved_m} m after the earthquake {quake.name}"
            )
            findings.crs_fault(what, HELP.format(names=quake.grid))


def _reached(lonlat: Floats) -> Bools:
    """Tell which points a grid has moved."""
    return np.asarray(np.isfinite(lonlat).all(axis=1))


def _rows(points: Bools, owner: Rows, shapes: gpd.GeoSeries) -> str:
    return rows_text(shapes.index[np.unique(owner[points])])
