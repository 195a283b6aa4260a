"""The text and boundary files of one e-Stat layer: files, folders, or zip files in either.

e-Stat hands out one zip file a first mesh, and a city may need four, so several are read
as one layer, also where somebody zipped the zip files once more.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pandas as pd

from landuse.errors import LayerError
from landuse.sources.archive import DAMAGE, MAX_BYTES, MAX_MEMBERS, MAX_RATIO, MIB
from landuse.sources.encoding import decoded
from landuse.sources.report import rows_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from landuse.sources.report import Findings

__all__ = ["EstatFiles", "gathered", "read_text"]

TEXTS = (".txt", ".csv")
NO_TEXT = (".shp", ".shx", ".dbf", ".prj")
KEPT = (*TEXTS, *NO_TEXT, ".zip")
TABLE_NAME = re.compile(r"tblT\d{6}.*", re.IGNORECASE)
DEEPEST = 2
"""Zip files within a zip file are opened; those within these are not."""


@dataclass(frozen=True, kw_only=True)
class EstatFiles:
    """What one layer is made of: names as the user knows them, and where to read them."""

    texts: tuple[tuple[str, Path], ...]
    boundaries: tuple[tuple[str, Path], ...]


@contextmanager
def gathered(paths: Sequence[Path], findings: Findings) -> Iterator[EstatFiles]:
    """Give the files of a layer; those unpacked from zip files are gone afterwards.

    Parameters
    ----------
    paths
        Texts, zip files, or folders of either. A download may lack its suffix.
    findings
        Of the layer; its `sublayer`, if any, names the one text to read.

    Raises
    ------
    LayerError
        If there is no text, or an archive is damaged or too large.
    """
    with TemporaryDirectory(prefix="landuse-") as folder:
        files = [file for path in paths for file in _given(path)]
        for depth in range(DEEPEST):
            files = list(_opened(files, Path(folder) / str(depth), findings))
        shapes = tuple(part for part in files if part[1].suffix.lower() == ".shp")
        texts = [part for part in files if part[1].suffix.lower() not in NO_TEXT]
        yield EstatFiles(texts=_tables(texts, findings), boundaries=shapes)


def _given(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        return [(path.name, path)]
    return [(part.name, part) for part in sorted(path.iterdir()) if part.suffix.lower() in KEPT]


def read_text(path: Path, findings: Findings) -> tuple[pd.DataFrame, str]:
    """Read one text as it stands, all columns as texts, blanks as missing values.

    Returns
    -------
    tuple
        The table, with an index `row` of row numbers in the file, and its encoding.

    Raises
    ------
    LayerError
        If it is in no encoding we know or not regular.
    """
    try:
        text, encoding = decoded(path.read_bytes(), declared=findings.layer.encoding)
    except ValueError as error:
        findings.stop(str(error), 'name its encoding in the city file (encoding = "…")')
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(row, [cell.strip() for cell in cells]) for row, cells in enumerate(reader, 1)]
    except csv.Error as error:
        what = f"is not a regular CSV file: line {reader.line_num}: {error}"
        findings.stop(what, "download it again")
    records = [(row, cells) for row, cells in records if any(cells)]
    if not records:
        findings.stop("is empty", "download it again")
    names = records.pop(0)[1]
    if len(set(names)) < len(names):
        findings.stop(f"has columns {', '.join(names)}", "give every column its own name")
    wrong = [row for row, cells in records if len(cells) != len(names)]
    if wrong:
        findings.stop(f"{rows_text(wrong)}: not {len(names)} fields", "download it again")
    index = pd.Index([row for row, _ in records], name="row", dtype="int64")
    table = pd.DataFrame([cells for _, cells in records], columns=names, index=index, dtype="str")
    return table.mask(table == ""), encoding


def _tables(texts: list[tuple[str, Path]], findings: Findings) -> tuple[tuple[str, Path], ...]:
    """Leave readme files and the like out where the tables show by their names."""
    wanted = findings.layer.sublayer
    named = [part for part in texts if TABLE_NAME.fullmatch(part[0])] or texts
    if wanted:
        named = [part for part in texts if wanted in (part[0], PurePosixPath(part[0]).stem)]
    if not named:
        listed = ", ".join(name for name, _ in texts) or "none"
        what = f"holds no table {wanted}".rstrip() + f" (texts found: {listed})"
        findings.stop(what, "give the zip or txt file of a mesh table as e-Stat hands it out")
    return tuple(named)


def _opened(
    files: Iterable[tuple[str, Path]], folder: Path, findings: Findings
) -> Iterator[tuple[str, Path]]:
    """Give plain files as they are and, in place of each zip file, its members."""
    for number, (name, path) in enumerate(files):
        if path.suffix.lower() != ".zip" and not zipfile.is_zipfile(path):
            yield name, path
            continue
        try:
            yield from _unpacked(path, folder / str(number), findings)
        except LayerError:  # a ValueError itself
            raise
        except DAMAGE as error:
            what = f"{name} is not a zip file that can be read ({error})"
            findings.stop(what, "download it again")


def _unpacked(path: Path, folder: Path, findings: Findings) -> Iterator[tuple[str, Path]]:
    """Copy the wanted members under names of our own, so that none leads anywhere."""
    folder.mkdir(parents=True)
    with zipfile.ZipFile(path) as archive:
        members = [info for info in archive.infolist() if _wanted(info)]
        if len(archive.infolist()) > MAX_MEMBERS:
            findings.stop(f"holds {len(archive.infolist())} files", "give the tables alone")
        stems = {str(PurePosixPath(info.filename).with_suffix("")): 0 for info in members}
        numbers = {stem: number for number, stem in enumerate(stems)}
        left = MAX_BYTES
        for info in members:
            name = PurePosixPath(info.filename)
            target = folder / f"{numbers[str(name.with_suffix(''))]:05}{name.suffix.lower()}"
            left -= _copy(archive, info, target, left, findings)
            yield name.name, target


def _wanted(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename)
    return not info.is_dir() and name.suffix.lower() in KEPT and not name.name.startswith(".")


def _copy(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, findings: Findings
) -> int:
    """Copy one member and stop as soon as more comes out than may be; return its size."""
    limit = min(left, MAX_RATIO * max(info.compress_size, MIB))
    size = 0
    with archive.open(info) as source, target.open("wb") as copy:
        while block := source.read(MIB):
            size += len(block)
            if size > limit:
                what = f"member {info.filename} unpacks to more than {limit // MIB} MiB"
                findings.stop(what, "unpack it yourself if you trust it, and name the file")
            copy.write(block)
    return size
