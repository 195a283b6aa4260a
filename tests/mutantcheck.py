"""One mutant made, read and judged: read, refused, or a fault of ours."""

from __future__ import annotations

import random
import tempfile
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from layerkit import CRS
from mutants import changed, packed, zip_changed
from mutantseeds import AREA, seeds

from landuse.errors import InputError
from landuse.sources import read
from landuse.sources.monitoring import read_monitoring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mutantseeds import Seed

    from landuse.config import Layer
    from landuse.errors import Fault
    from landuse.sources import Report

READ, REFUSED = "read", "refused"
UNTYPED, LOSS, UNCLEAR, WROTE = "untyped", "loss", "unclear", "wrote"
FAILURES = (UNTYPED, LOSS, UNCLEAR, WROTE)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A spoilt layer."""

    seed: Seed
    files: dict[str, bytes]
    told: str
    """What was done to it."""
    cut_to_area: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a mutant was met."""

    outcome: str
    told: str = ""


@cache
def all_seeds() -> tuple[Seed, ...]:
    return tuple(seeds())


def mutant(number: int, *, series: int = 0) -> Mutant:
    """Return the mutant of a number; its seed goes round with the number."""
    of = all_seeds()
    seed = of[number % len(of)]
    if number // len(of) % 4 and "monitoring" in seed.kind:  # wide sheets, which take long
        seed = of[number // 4 % len(of)]
    chance = random.Random(f"{series}-{number}")  # noqa: S311 - chance that can be repeated
    files, told = _spoilt(chance, seed)
    return Mutant(seed=seed, files=files, told=told, cut_to_area=chance.random() < 0.5)


def _spoilt(chance: random.Random, seed: Seed) -> tuple[dict[str, bytes], str]:
    files = dict(seed.files)
    way = chance.random()
    if seed.zipped and way < 0.85:
        members = seed.members(files)
        assert members
        return _members_spoilt(chance, seed, files, members, deep=way < 0.55)
    if len(files) > 1 and way > 0.95:
        name = chance.choice(sorted(set(files) - {seed.main}))
        del files[name]
        return files, f"{name} left out"
    name = chance.choice(sorted(files))
    files[name], told = changed(chance, name, files[name])
    return files, f"{name}: {told}"


def _members_spoilt(
    chance: random.Random,
    seed: Seed,
    files: dict[str, bytes],
    members: dict[str, bytes],
    *,
    deep: bool,
) -> tuple[dict[str, bytes], str]:
    if not deep:
        files[seed.main], told = zip_changed(chance, members)
        return files, told
    name = chance.choice(sorted(members))
    members[name], told = changed(chance, name, members[name])
    files[seed.main] = packed(members)
    return files, f"{name}: {told}"


def judged(made: Mutant, folder: Path) -> Verdict:
    """Lay a mutant into an empty folder, read it, and say how that ended."""
    home = folder / "data"
    home.mkdir(parents=True, exist_ok=True)
    for old in home.iterdir():
        old.unlink()
    for name, data in made.files.items():
        (home / name).write_bytes(data)
    verdict = _read(made, home)
    left = _left_behind(made, home)
    return (
        Verdict(outcome=WROTE, told=left)
        if left and verdict.outcome in (READ, REFUSED)
        else verdict
    )


def _left_behind(made: Mutant, home: Path) -> str:
    """Name files that reading left beside the data or among temporary files."""
    beside = sorted({path.name for path in home.iterdir()} - set(made.files))
    temporary = sorted(path.name for path in Path(tempfile.gettempdir()).glob("landuse-*"))
    for name in beside:
        (home / name).unlink()
    return ", ".join(beside + temporary)


def _read(made: Mutant, home: Path) -> Verdict:
    layer = _layer(made.seed, home)
    try:
        if layer.role == "official_values":
            return _judged_rows(made, len(read_monitoring(layer.path)), [])
        table, report = read(layer, crs=CRS, area=AREA if made.cut_to_area else None)
    except InputError as error:
        return _judged_refusal(error, made)
    except Exception:  # noqa: BLE001 - that is what is looked for
        return Verdict(outcome=UNTYPED, told=traceback.format_exc())
    whole = _judged_rows(made, report.rows_in_file, report.notes)
    kept = _unaccounted(made, report, len(table))
    if whole.outcome == READ and kept:
        return Verdict(outcome=LOSS, told=f"{kept}; {report}")
    return whole


@cache
def _layer(seed: Seed, home: Path) -> Layer:
    return seed.layer(home)


def _judged_refusal(error: InputError, made: Mutant) -> Verdict:
    names = {*made.files, made.seed.main}
    for fault in error.faults:
        texts = (fault.where, fault.what, fault.fix)
        named = any(name in fault.where for name in names)
        if not (all(text.strip() for text in texts) and named):
            return Verdict(outcome=UNCLEAR, told=f"{fault!r}")
    if not error.faults:
        return Verdict(outcome=UNCLEAR, told="no fault at all")
    try:
        str(error).encode()
    except UnicodeEncodeError:
        return Verdict(outcome=UNCLEAR, told=f"cannot be printed: {error!r}")
    return Verdict(outcome=REFUSED, told=str(error))


def _judged_rows(made: Mutant, rows: int, notes: Sequence[Fault]) -> Verdict:
    members = made.seed.members(made.files)
    promised = None if members is None else made.seed.promised(members, notes)
    if promised is not None and rows not in promised:
        told = f"{rows} rows of {sorted(promised)} that the file promises; {[*map(str, notes)]}"
        return Verdict(outcome=LOSS, told=told)
    return Verdict(outcome=READ)


def _unaccounted(made: Mutant, report: Report, rows: int) -> str:
    """Say which rows of a file nobody speaks of."""
    if rows != report.rows or not rows:
        return f"{rows} rows, the report says {report.rows}"
    if made.seed.reshapes or report.role == "boundary":
        return ""
    told = report.rows + report.not_selected + report.dropped + report.outside
    return "" if told == report.rows_in_file else f"{told} rows accounted of {report.rows_in_file}"
