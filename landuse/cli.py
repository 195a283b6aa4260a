"""The command `landuse`: parse, call, say where it went."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from landuse.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from landuse.config import City
    from landuse.study import Study

__all__ = ["main"]

Result = TypeVar("Result")

LOG_WIDTH = 160
"""Columns of a table where there is no terminal to fit it to."""

app = typer.Typer(
    name="landuse",
    help="土地利用区分とサービスの到達圏 — land-use zones and service coverage of a municipality.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

CityFile = Annotated[Path, typer.Argument(metavar="CITY.toml", help="The city file.")]
OutFolder = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Folder for DIR/built and DIR/maps."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def main() -> None:
    """Run the command; the user's input at fault is exit code 2, without a traceback."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            sys.stderr.write(f"error: {fault}\n")
        raise SystemExit(2) from None
    except OSError as error:
        if error.filename is None:
            raise
        fix = "check the path, its rights and the room on the disk"
        sys.stderr.write(f"error: {error.filename}: {error.strerror} — {fix}\n")
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@app.callback(invoke_without_command=True)
def _about(
    *, version: Annotated[bool, typer.Option("--version", help="Print it.")] = False
) -> None:
    if version:
        from landuse import __version__  # noqa: PLC0415

        typer.echo(__version__)
        raise typer.Exit


@app.command()
def build(
    city: Annotated[
        Path | None, typer.Argument(metavar="[CITY.toml]", help="Default: the embedded Kushiro.")
    ] = None,
    out: OutFolder = None,
    *,
    tiles: Annotated[
        bool, typer.Option("--tiles", help="Put 地理院タイル under the maps (needs the network).")
    ] = False,
) -> None:
    """Make zones, cells, access, coverage and maps of a city."""
    chosen = _read_city(city)
    from landuse import outputs, study  # noqa: PLC0415 - heavy; a wrong city file is told at once

    places = outputs.places(chosen, out=out)
    outputs.check_places(places)
    done = _with_progress(lambda say: study.run(chosen, say=say))
    files = _with_progress(lambda say: outputs.write(done, places, tiles=tiles, say=say))
    typer.echo(outputs.summary(done))
    for name in ("public.html", "staff.html", "report.html"):
        typer.echo(f"{name:12} {files[name]}")


@app.command()
def check(city: CityFile, *, as_json: AsJson = False) -> None:
    """Read the city file and every layer, and list what was found."""
    chosen = _read_city(city)
    from landuse import checking, inputs, study  # noqa: PLC0415

    rules = study.read_rules(chosen)
    found = inputs.read_inputs(chosen)
    tables = {"layers": checking.check(found), "services": checking.check_services(found)}
    if streets := checking.check_streets(found, rules.speeds):
        tables["streets"] = streets
    if as_json:
        typer.echo(json.dumps(tables, ensure_ascii=False, indent=1))
    else:
        for rows in tables.values():
            _print_table(rows)


@app.command()
def fetch(city: CityFile) -> None:
    """Download the official files that the city file names, each once and hashed."""
    from landuse import config  # noqa: PLC0415

    chosen = config.read_city(city, fetched=False)
    from landuse import downloads  # noqa: PLC0415
    from landuse.sources.fetch import FetchError  # noqa: PLC0415

    lacking = downloads.by_hand(chosen)
    try:
        done = _with_bar(lambda say, bar: downloads.fetch_all(chosen, say=say, progress=bar))
    except FetchError as error:
        typer.echo(error.checklist)
        raise InputError([*error.faults, *lacking]) from None
    for file in done:
        typer.echo(f"{file.status:8} {file.bytes:>13,} {file.path}")
    if lacking:
        raise InputError(lacking)
    typer.echo(f"{len(done)} files. 次は next: landuse check {city}")


@app.command()
def explain(
    city: CityFile,
    place: Annotated[str, typer.Argument(help="lon,lat · a mesh code · an address")],
    out: OutFolder = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say which zone a place is in and why, and what is near."""
    from landuse import answer  # noqa: PLC0415

    found = answer.answer(_finished(city, out), place)
    typer.echo(found.json() if as_json else found.text())


@app.command(name="map")
def draw(
    city: CityFile,
    out: OutFolder = None,
    *,
    tiles: Annotated[
        bool, typer.Option("--tiles", help="Put 地理院タイル under the maps.")
    ] = False,
) -> None:
    """Draw the maps again from a finished run."""
    _export(city, out, ("maps",), tiles=tiles)


@app.command()
def export(
    city: CityFile,
    to: Annotated[
        str,
        typer.Option("--to", help="Of gpkg,geoparquet,geojson,csv,pdf,png,report; comma between."),
    ],
    out: OutFolder = None,
    paper: Annotated[
        str, typer.Option("--paper", metavar="A4|A3", help="Size of the printed map.")
    ] = "A3",
) -> None:
    """Write the zones of a finished run in other formats."""
    _export(city, out, tuple(part.strip() for part in to.split(",")), paper=paper)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(metavar="BUILT_A", help="DIR/built of the run before.")],
    after: Annotated[Path, typer.Argument(metavar="BUILT_B", help="DIR/built of the run after.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="For changes.csv, changes.gpkg, compare.html."),
    ] = None,
    city: Annotated[
        Path | None,
        typer.Option("--city", metavar="CITY.toml", help="City file of BUILT_B: roads and names."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say which land two runs of one city zone differently, exactly, and for whom."""
    chosen = None if city is None else _read_city(city)
    from landuse import compare as comparing  # noqa: PLC0415
    from landuse import sidebyside  # noqa: PLC0415

    found = comparing.compare(before, after)
    written = [] if out is None else sidebyside.write(found, out, city=chosen)
    typer.echo(found.json() if as_json else found.text())
    for path in written:
        typer.echo(str(path), err=as_json)


def _export(
    city: Path,
    out: Path | None,
    formats: tuple[str, ...],
    *,
    paper: str = "A3",
    tiles: bool = False,
) -> None:
    """Write files of the finished run; where it no longer fits, the whole run again first.

    Files of two runs side by side would contradict each other.
    """
    chosen = _read_city(city)
    from landuse import finished, outputs, study  # noqa: PLC0415

    outputs.check_formats(formats)
    outputs.check_paper(paper)
    places = outputs.places(chosen, out=out)
    outputs.check_places(places)
    done = finished.read(chosen, places.built)
    if done is None:
        done = again = _with_progress(lambda say: study.run(chosen, say=say))
        _with_progress(lambda say: outputs.write(again, places, tiles=tiles, say=say))
    for path in outputs.export(done, places, formats=formats, paper=paper, tiles=tiles):
        typer.echo(str(path))


def _finished(city: Path, out: Path | None) -> Study:
    """Return the finished run if it still fits its inputs, else run again."""
    chosen = _read_city(city)
    from landuse import finished, outputs, study  # noqa: PLC0415

    done = finished.read(chosen, outputs.places(chosen, out=out).built)
    return done or _with_progress(lambda say: study.run(chosen, say=say))


def _read_city(path: Path | None) -> City:
    """Return the city of a file, or the embedded one; both quick, before heavy imports."""
    from landuse import config  # noqa: PLC0415 - `--help` and `--version` stay quicker still

    return config.read_city(path or config.embedded_city())


def _with_progress(work: Callable[[Callable[[str], None]], Result]) -> Result:
    """Show the step under way on a terminal, plain lines in a log."""
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        return work(lambda step: console.print(step, highlight=False, markup=False))
    with console.status("…") as status:
        return work(status.update)


def _with_bar(
    work: Callable[[Callable[[str], None], Callable[[Path, int, int | None], None]], Result],
) -> Result:
    """Show how far a file has come on a terminal, plain lines in a log."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[Path, Any] = {}

        def show(path: Path, come: int, whole: int | None) -> None:
            if path not in tasks:
                tasks[path] = bars.add_task(path.name, total=None)
            bars.update(tasks[path], completed=come, total=whole)

        return work(
            lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True), show
        )


def _print_table(rows: list[dict[str, Any]]) -> None:
    """Print rows as a table and their notes, which are sentences, as lines beneath it."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    if not console.is_terminal:
        console = Console(width=LOG_WIDTH)
    columns = [name for name in rows[0] if name != "notes"]
    table = Table(*columns)
    for row in rows:
        # As `Text`, because a text in brackets would be taken for a style and left out.
        table.add_row(*(Text(row[name], overflow="fold") for name in columns))
    console.print(table)
    for note in (note for row in rows for note in row["notes"]):
        console.print(Text(f"note: {note}"), soft_wrap=True)
