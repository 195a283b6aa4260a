"""The raster files that paths, folders, patterns and zip files of a layer mean."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from landuse.sources.archive import DAMAGE, contents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from landuse.sources.archive import Part
    from landuse.sources.report import Findings

__all__ = ["DRIVERS", "tile_files"]

DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".img": "HFA", ".asc": "AAIGrid"}
"""Suffix -> form. A file of another form is not read under it: a VRT may lead anywhere."""

COMPANIONS = (".tfw", ".prj")
"""Files beside a raster that say where it lies."""

MAX_BYTES = 2_000_000_000


def tile_files(paths: Sequence[Path], findings: Findings, *, stack: ExitStack) -> dict[str, Path]:
    """Return the rasters that paths, folders, patterns and zip files mean, by name.

    Parameters
    ----------
    paths
        In the order in which tiles count where they overlap; those of a folder, pattern or
        zip file come in the order of their names.
    findings
        Of the layer, whose `sublayer` names one member of a zip file.
    stack
        Keeps what a zip file is unpacked to until it is closed.

    Raises
    ------
    LayerError
        If there is none, or a zip file is damaged, or lacks the member.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            inner = (file for file in path.iterdir() if file.suffix.lower() in DRIVERS)
            found |= {file.name: file for file in sorted(inner)}
        elif "*" in path.name:
            found |= {file.name: file for file in sorted(path.parent.glob(path.name))}
        elif path.suffix.lower() == ".zip":
            found |= _unpacked(path, findings, stack)
        else:
            found[path.name] = path
    if not found:
        fix = f"put rasters ({', '.join(DRIVERS)}) there, or correct path in the city file"
        findings.stop("finds no raster", fix)
    return found


def _unpacked(path: Path, findings: Findings, stack: ExitStack) -> dict[str, Path]:
    """Copy the rasters of a zip file to a folder that is gone afterwards, under names of ours."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="landuse-")))
    found = {}
    with contents(path, where=findings.where) as parts:
        rasters = [part for part in parts if part.suffix in DRIVERS]
        wanted = findings.layer.sublayer
        chosen = [part for part in rasters if wanted in ("", part.name, part.stem)]
        for place, part in enumerate(sorted(chosen, key=lambda part: part.name)):
            found[part.name] = _copied(part, folder / f"{place}{part.suffix}", findings)
            for beside in parts:
                same = (beside.folder, beside.stem) == (part.folder, part.stem)
                if same and beside.suffix in COMPANIONS:
                    _copied(beside, folder / f"{place}{beside.suffix}", findings)
        if rasters and not chosen:
            names = ", ".join(part.name for part in rasters[:20])
            what = f"holds no raster {wanted} (found: {names})"
            findings.stop(what, "correct sublayer in the city file")
    return found


def _copied(part: Part, target: Path, findings: Findings) -> Path:
    if part.size > MAX_BYTES:
        what = f"member {part.name} unpacks to {part.size:,} bytes"
        findings.stop(what, "unpack it yourself if you trust it, and name the folder")
    try:
        with part.opened() as source, target.open("wb") as copy:
            copyfileobj(source, copy)
    except DAMAGE as error:
        findings.stop(f"is not a zip file that can be read ({error})", "download it again")
    return target
