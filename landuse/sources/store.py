"""Files written whole or not at all, and read back by their hash.

Every writer goes through `atomic`: a temporary file in the same folder, flushed to the
disk, takes the place of the old file in one step. A run that is killed, or a disk that
fills up, leaves the old file as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    import pandas as pd

__all__ = [
    "FORMULA_STARTS",
    "atomic",
    "guarded",
    "sha256_of",
    "sweep",
    "writable",
    "write_bytes",
    "write_columns",
    "write_csv",
    "write_geojson",
    "write_json",
    "write_parquet",
    "write_text",
]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters by which a spreadsheet takes a text for a formula: those of the OWASP
page on CSV injection, and the full-width ones that Japanese editions take too."""

MARK = ".part"
WRITER = re.compile(r"\.(\d+)-[0-9a-f]{8}\.part")
CRLF = "\r\n"
"""Also what makes the writer quote a lone carriage return, which would begin a new row."""
STALE_S = 24 * 3600.0


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path; when the block ends well, it becomes `path` in one step.

    The temporary file lies in the same folder, has the same suffix, and is gone if the
    block raises. Temporary files of runs that were killed are swept first.

    Notes
    -----
    A GeoPackage or FlatGeobuf names its layer after the file, so give the layer's name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    token = f"{os.getpid()}-{secrets.token_hex(4)}"
    draft = path.with_name(f".{path.stem}.{token}{MARK}{path.suffix}")
    try:
        yield draft
        _flush(draft)
        draft.replace(path)
        _flush_folder(path.parent)
    finally:
        # SQLite and shapefiles have companions that begin with the same name.
        for left in path.parent.glob(f".*.{token}{MARK}*"):
            left.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove temporary files whose writer is gone and return how many they were.

    A file is left alone while a process with its writer's number is alive, for at most a
    day: on another machine's share, or when the number has been given out again.
    """
    swept = 0
    for draft in folder.glob(f".*{MARK}*"):
        writer = WRITER.search(draft.name)
        if writer and not _in_use(draft, int(writer[1])):
            draft.unlink(missing_ok=True)
            swept += 1
    return swept


def _in_use(draft: Path, pid: int) -> bool:
    try:
        fresh = time.time() - draft.stat().st_mtime < STALE_S
    except FileNotFoundError:
        return False
    return fresh and (pid == os.getpid() or _alive(pid))


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, signal 0 would be Ctrl-C; age alone must do
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # folders cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(*paths: Path) -> str:
    """Return the SHA-256 of a file, or of several read one after the other."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Write bytes, whole or not at all."""
    with atomic(path) as draft:
        draft.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 with the line ends it has."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON in UTF-8; NumPy numbers and paths are allowed.

    Raises
    ------
    ValueError
        If it holds NaN or an infinity, which JSON does not have.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1, default=_plain)
    write_text(path, text + "\n")


def _plain(value: Any) -> object:  # noqa: ANN401 - whatever json cannot write
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "tolist"):  # NumPy numbers and arrays
        return value.tolist()
    message = f"{value!r} has no form in JSON"
    raise TypeError(message)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV (RFC 4180) that Excel in Japan opens: UTF-8 with a byte order mark.

    The index is not written. Texts that a spreadsheet would run as a formula get an
    apostrophe in front, in column names too; numbers stay numbers.
    """
    safe = table.map(guarded)
    safe.columns = [guarded(name) for name in table.columns]
    with atomic(path) as draft:
        safe.to_csv(draft, index=False, encoding="utf-8-sig", lineterminator=CRLF)


def guarded(value: Any) -> Any:  # noqa: ANN401 - a cell of a table
    """Return a value, with an apostrophe in front if it is a text that begins a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_geojson(table: gpd.GeoDataFrame, path: Path, *, decimals: int = 6) -> None:
    """Write a layer as GeoJSON of RFC 7946: degrees of WGS 84, rings wound to the right.

    Six decimals are about 0.1 m. Figures that JSON has not (NaN, infinities) become null.
    """
    import pyogrio  # noqa: PLC0415 - heavy; a CSV needs none of it

    with atomic(path) as draft:
        pyogrio.write_dataframe(
            _finite(writable(table.to_crs("EPSG:4326"))),
            draft,
            driver="GeoJSON",
            layer=path.stem,
            RFC7946="YES",
            COORDINATE_PRECISION=decimals,
        )


def _finite(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer without infinities: GDAL would leave such a property out of its feature."""
    floats = table.select_dtypes("float").columns
    return table.assign(**{name: table[name].where(table[name].abs() < inf) for name in floats})


def write_parquet(table: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoParquet 1.1 with zstd and a bounding box per row.

    An index with a name becomes a column.
    """
    table = table.reset_index(drop=table.index.name is None)
    with atomic(path) as draft:
        table.to_parquet(
            draft,
            index=False,
            compression="zstd",
            schema_version="1.1.0",
            write_covering_bbox=True,
        )


def write_columns(table: pd.DataFrame, path: Path) -> None:
    """Write a plain table as Parquet with zstd: numbers by their bytes, categories as such.

    The index becomes a column of its name.
    """
    import pyarrow as pa  # noqa: PLC0415 - a third of a second, and few need it
    from pyarrow import parquet  # noqa: PLC0415 - as above

    numbers = [str(name) for name, kind in table.dtypes.items() if kind.kind == "f"]
    texts = [str(name) for name in table.columns if name not in numbers]
    with atomic(path) as draft:
        parquet.write_table(
            pa.Table.from_pandas(table),
            draft,
            compression="zstd",
            use_dictionary=texts or False,
            use_byte_stream_split=numbers or False,
        )


def writable(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer whose columns GDAL can write: no categories, no index."""
    kinds = {name: "str" for name, kind in table.dtypes.items() if kind == "category"}
    return table.reset_index(drop=table.index.name is None).astype(kinds)
