"""Files with geometry: GeoParquet, GeoPackage, GeoJSON and shapefile, through GDAL.

GDAL opens damaged files with a warning and fewer rows; here the warning is kept and the rows
are counted. Shapefiles are read without it, because it cuts numbers at the decimals that the
header of a DBF states, which the ministry's files understate.
"""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.errors import GEOSException

from landuse.sources.archive import file_part
from landuse.sources.dbf import distinct, latin_columns
from landuse.sources.encoding import decoded, decoded_table
from landuse.sources.geojson import features_in
from landuse.sources.shapefile import Shapefile, header_of, records_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pyproj import CRS

    from landuse.sources.report import Findings
    from landuse.sources.window import Window

__all__ = ["Found", "parts_of", "read_geojson", "read_vector"]

SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
MAX_PRJ = 1 << 16
SURE = 70
"""Percent of agreement from which a .prj is the system of an EPSG code."""
EXACT = 2**53
"""Whole numbers below are exact as floats."""
REMAKE = "open it in QGIS, see whether it is whole, and save it again"

HARMLESS = "as JSON; leaving as string"
"""How GDAL speaks of a GeoJSON column with numbers and texts, which come out as they stand."""

DAMAGE = (RuntimeError, ValueError, IndexError, TypeError, NameError, GEOSException)
"""What readers raise over damaged files: RuntimeErrors are pyogrio's own, the NameError is
how it stumbles over a .prj that is no text."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table as it stands in a file."""

    table: pd.DataFrame
    """With an index `row` of numbers as the file counts them; geometry in column
    `geometry` if it is a GeoDataFrame."""
    crs: CRS | None = None
    crs_from: str = ""
    encoding: str = "utf-8"
    rows_in_file: int | None = None
    """How many rows the file has, where a window left some of them out."""


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return the files that make up a layer: several for a shapefile."""
    if path.suffix.lower() != ".shp":
        return (path,)
    beside = {part.name.lower(): part for part in path.parent.glob(f"{path.stem}.*")}
    names = [path.with_suffix(suffix).name.lower() for suffix in SHAPEFILE]
    return tuple(beside[name] for name in names if name in beside)


def read_vector(path: Path, findings: Findings, *, window: Window | None = None) -> Found:
    """Read one file with geometry (or a plain Parquet table) as it stands.

    Parameters
    ----------
    path
        The file.
    findings
        Of the layer.
    window
        Rows of a shapefile that lie wholly outside may be left out; other forms are read
        whole.

    Raises
    ------
    LayerError
        If it cannot be opened, is cut short, holds several layers and none is chosen, or
        is in no encoding we know.
    """
    if path.suffix.lower() == ".shp":
        return _read_shapefile(path, findings, window)
    read = {".parquet": _read_parquet, ".gpkg": _read_gpkg}
    found = read.get(path.suffix.lower(), _read_geojson)(path, findings)
    table = found.table.set_axis(pd.RangeIndex(1, len(found.table) + 1, name="row"))
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name not in (None, "geometry"):
        table = table.rename_geometry("geometry")
    return Found(table=table, crs=found.crs, crs_from=found.crs_from, encoding=found.encoding)


def _read_parquet(path: Path, findings: Findings) -> Found:
    import pyarrow as pa  # noqa: PLC0415 - heavy; only Parquet needs it
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        if b"geo" not in (pq.read_schema(path).metadata or {}):
            return Found(table=pd.read_parquet(path))
        with np.errstate(all="ignore"):  # NaN and the like are found where places are checked
            table = gpd.read_parquet(path)
    except (*DAMAGE, pa.ArrowException, KeyError, OSError) as error:
        findings.stop(f"cannot be read as GeoParquet: {error}", REMAKE)
    return _found(table)


def _read_gpkg(path: Path, findings: Findings) -> Found:
    layer = _gpkg_layer(path, findings)
    found = _found(_read_gdal(path, findings, layer=layer))
    _check_rows_of_table(path, layer, len(found.table), findings)
    return found


def _check_rows_of_table(path: Path, layer: str, read: int, findings: Findings) -> None:
    """Count the rows themselves: GDAL reads as many as a table beside them says there are."""
    quoted = layer.replace('"', '""')
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as base:
            (there,) = base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608 - quoted
    except (sqlite3.Error, UnicodeError) as error:
        findings.stop(f"cannot be read: {error}", REMAKE)
    if there != read:
        findings.stop(f"holds {there} rows, of which {read} can be read", REMAKE)


def _gpkg_layer(path: Path, findings: Findings) -> str:
    import pyogrio  # noqa: PLC0415 - heavy; GeoParquet needs none of it

    with _told_by_gdal(findings):
        listed = pyogrio.list_layers(path)
    names = [str(name) for name, kind in listed if kind is not None]
    wanted = findings.layer.sublayer
    fitting = [name for name in names if wanted in ("", name)]
    if len(fitting) != 1:
        what = f"has no layer {wanted!r}" if wanted else f"holds {len(names)} layers"
        fix = 'choose one of them with sublayer = "…" in the city file'
        findings.stop(f"{what} (found: {', '.join(names) or 'none'})", fix)
    return fitting[0]


def _read_geojson(path: Path, findings: Findings) -> Found:
    # RFC 7946 wants UTF-8, so anything else is written anew for GDAL.
    data = path.read_bytes()
    try:
        text, encoding = decoded(data, declared=findings.layer.encoding)
    except ValueError as error:
        findings.stop(str(error), "save it as UTF-8")
    found = _found(read_geojson(data if encoding == "utf-8" else text.encode(), findings))
    stated = '"crs"' in text
    return Found(
        table=found.table,
        crs=found.crs,
        crs_from="file" if stated else "RFC 7946",
        encoding=encoding,
    )


def _read_shapefile(path: Path, findings: Findings, window: Window | None) -> Found:
    """Read a shapefile by its bytes: GDAL would cut decimals that the header does not state."""
    parts = {part.suffix.lower(): part for part in parts_of(path)}
    lost = {".shx", ".dbf"} - set(parts)
    if lost:
        what = f"lacks its companion {' and '.join(sorted(lost))}"
        findings.stop(what, "put all files of the shapefile into the folder")
    files = {suffix: file_part(parts[suffix]) for suffix in SHAPEFILE[:3]}
    file = Shapefile(shp=files[".shp"], shx=files[".shx"], dbf=files[".dbf"])
    fields = header_of(file, findings)
    crs = _crs_of_prj(parts.get(".prj"), findings)
    bounds = window.in_crs(crs) if window and crs else None
    records = records_of(file, fields, findings, bounds=bounds)
    raw = pd.DataFrame(latin_columns(records.cells, fields))
    try:
        table, encoding = decoded_table(raw, declared=findings.layer.encoding)
    except ValueError as error:
        fix = 'name its encoding in the city file (encoding = "…")'
        findings.stop(f"the .dbf {error}", fix)
    table = table.set_axis(pd.Index(records.rows, name="row"))
    table = table.set_axis(distinct(map(str, table.columns)), axis=1)
    return Found(
        table=gpd.GeoDataFrame(_typed(table, fields.kinds), geometry=records.shapes, crs=crs),
        crs=crs,
        crs_from="file" if crs else "",
        encoding=encoding,
        rows_in_file=records.rows_in_file,
    )


def _crs_of_prj(path: Path | None, findings: Findings) -> CRS | None:
    from pyproj import CRS  # noqa: PLC0415 - heavy
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    text = path.read_bytes()[:MAX_PRJ].decode("ascii", "replace").strip("\0 \r\n") if path else ""
    try:
        crs = CRS.from_user_input(text) if text else None
    except CRSError as error:
        findings.note(f"its .prj cannot be understood: {error}", REMAKE)
        return None
    code = crs.to_epsg(min_confidence=SURE) if crs else None
    return CRS.from_epsg(code) if code else crs


def _typed(table: pd.DataFrame, kinds: Sequence[str]) -> pd.DataFrame:
    """Make numbers, flags and dates of the texts of a DBF; blanks are missing values."""
    columns = {}
    for name, kind in zip(table.columns, kinds, strict=True):
        texts = table[name].mask(table[name] == "")
        columns[name] = texts
        if kind in ("N", "F"):
            columns[name] = _numbers(texts)
        elif kind == "L":
            columns[name] = texts.map(FLAGS).astype("boolean")
        elif kind == "D":
            columns[name] = pd.to_datetime(texts, format="%Y%m%d", errors="coerce")
    return pd.DataFrame(columns, index=table.index)


FLAGS = {letter: letter in "TtYy" for letter in "TtYyFfNn"}


def _numbers(texts: pd.Series) -> pd.Series:
    """Read numbers; whole ones as such if all are filled and none has a point."""
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    plain = texts.notna().all() and not texts.str.contains(r"[.eE]", regex=True).any()
    whole = plain and bool((numbers.abs() < EXACT).all())
    return numbers.astype("int64") if whole and len(numbers) else numbers


def _found(table: pd.DataFrame) -> Found:
    if not isinstance(table, gpd.GeoDataFrame):
        return Found(table=table)
    return Found(table=table, crs=table.crs, crs_from="file" if table.crs else "")


def _read_gdal(source: Path | bytes, findings: Findings, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - options of GDAL's reader
    """Read what GDAL can read; a file that holds fewer rows than it announces is refused.

    Raises
    ------
    LayerError
        If GDAL cannot read it, or not to its end.
    """
    import pyogrio  # noqa: PLC0415 - heavy; GeoParquet needs none of it

    with _told_by_gdal(findings):
        announced = pyogrio.read_info(source, **options)["features"]
        table: pd.DataFrame = pyogrio.read_dataframe(source, **options)
    if 0 <= announced != len(table):
        findings.stop(f"announces {announced} rows but holds {len(table)}", REMAKE)
    return table


def read_geojson(source: bytes, findings: Findings, **options: Any) -> pd.DataFrame:  # noqa: ANN401 - options of GDAL's reader
    """Read GeoJSON in UTF-8; if GDAL leaves out broken features, the file is refused.

    Raises
    ------
    LayerError
        If it cannot be read, or not all of its features.
    """
    table = _read_gdal(source, findings, **options)
    if len(table) < (there := features_in(source)):
        findings.stop(f"has {there} features, of which {len(table)} are right", REMAKE)
    return table


@contextmanager
def _told_by_gdal(findings: Findings) -> Iterator[None]:
    """Keep GDAL's warnings as notes and make its errors ours."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    except DAMAGE as error:
        findings.stop(f"cannot be read: {error}", REMAKE)
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        if text.endswith(HARMLESS):
            continue
        findings.note(f"GDAL says: {text}", REMAKE)
