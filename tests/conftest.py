"""Fixtures that more than one test file uses."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
import toy
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from landuse.study import Study

# No law is a timed test; where a change is about to land, the examples are the same each time.
settings.register_profile("laws", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("laws")


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run of a town."""

    city: Path
    out: Path
    study: Study

    @property
    def files(self) -> dict[str, bytes]:
        """Return every file that it left, by its path below `out`."""
        paths = (path for path in self.out.rglob("*") if path.is_file())
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in paths}


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def faults(self) -> list[str]:
        """Return its error messages."""
        lines = self.err.splitlines()
        return [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]


@pytest.fixture
def toy_city(tmp_path: Path) -> Path:
    """Return the city file of a freshly written toy town."""
    return toy.write_city(tmp_path / "toy")


@pytest.fixture(scope="session")
def toy_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return one finished run of the toy town, which nobody may change."""
    from landuse import outputs, read_city, run  # noqa: PLC0415 - most tests need none of it

    folder = tmp_path_factory.mktemp("toy_run")
    city = toy.write_city(folder / "toy")
    study = run(read_city(city))
    outputs.write(study, outputs.places(study.city, out=folder / "out"))
    return Run(city=city, out=folder / "out", study=study)


@pytest.fixture(scope="session")
def kushiro() -> Study:
    """Return the embedded Kushiro, which nobody may change: its finished run, or a new one."""
    from landuse import embedded_city, finished, outputs, read_city, run  # noqa: PLC0415

    city = read_city(embedded_city())
    return finished.read(city, outputs.places(city).built) or run(city)


@pytest.fixture
def own_run(toy_run: Run, tmp_path: Path) -> Run:
    """Return a copy of the finished run that a test may change."""
    shutil.copytree(toy_run.city.parent, tmp_path / "toy")
    shutil.copytree(toy_run.out, tmp_path / "out")
    return replace(toy_run, city=tmp_path / "toy" / "city.toml", out=tmp_path / "out")


@pytest.fixture
def landuse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Return the command, run within the process of the tests, warnings as errors."""
    from landuse import cli  # noqa: PLC0415

    def call(*words: object) -> Done:
        monkeypatch.setattr("sys.argv", ["landuse", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        told = capsys.readouterr()
        return Done(code=int(end.value.code or 0), out=told.out, err=told.err)

    return call


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium without network, opened once for each file of tests."""
    from pagekit import chromium  # noqa: PLC0415 - most tests need none of it

    with chromium() as opened:
        yield opened
