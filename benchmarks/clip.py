"""Reading a prefecture file cut to a city, against geopandas.

A synthetic A13 (森林地域 2015) of the whole of Hokkaido is written in the form of the
ministry: ten columns, cp932, one zip file with the shapefile and its metadata. Every method
reads and then keeps the rows that meet the box of the city; rows, area and codes must be the
same. Each run is a process of its own, in turns. See `benchmarks/README.md`.

    python benchmarks/clip.py                500 MB of .shp, 3 rounds: 4 minutes
    python benchmarks/clip.py --quick        50 MB, 1 round: half a minute
    python benchmarks/clip.py --mb 200 --keep FOLDER   keeps the files, and uses those there
"""

from __future__ import annotations

import argparse
import json
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from landuse.catalogue import catalogue
from landuse.layer import Layer
from landuse.schema import Grade, Origin
from landuse.sources.ksj import open_ksj
from landuse.sources.report import Findings
from landuse.sources.window import Window
from landuse.toml import Label

HOKKAIDO = (139.8, 41.4, 145.5, 45.5)
CITY = (143.78, 42.85, 144.60, 43.50)
"""About the box of Kushiro, west, south, east, north."""
STEM = "A13-15_01"
SEED = 6681
BATCH = 20_000
"""Polygons written at a time."""

NAMES = ("釧路", "ソ表①", "髙﨑", "")
FIELDS = (
    ("PREFEC_CD", b"C", 2),
    ("AREA_CD", b"C", 3),
    ("CTV_NAME", b"C", 20),
    ("FIS_YEAR", b"N", 4),
    ("THEMA_NO", b"C", 2),
    ("LAYER_NO", b"N", 2),
    ("OBJ_NAME", b"C", 40),
    ("AREA_SIZE", b"N", 12),
    ("IOSIDE_DIV", b"N", 1),
    ("REMARK_STR", b"C", 60),
)


def main() -> None:
    """Compare the methods, or, within a process of its own, measure one."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mb", type=float, default=500.0, help="size of the .shp")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--keep", type=Path, help="folder for the files")
    options.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    options.add_argument("--measure", nargs=2, metavar=("METHOD", "FOLDER"))
    chosen = options.parse_args()
    if chosen.measure:
        print(json.dumps(measure(*chosen.measure)))
        return
    if chosen.quick:
        chosen.mb, chosen.rounds = 50.0, 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        write_download(folder, mb=chosen.mb)
        compare(folder, chosen.methods, chosen.rounds)


# ── the data ─────────────────────────────────────────────────────────────────────────────


def write_download(folder: Path, *, mb: float) -> None:
    """Write the shapefile and its zip file, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / f"{STEM}_GML.zip").exists():
        return
    rng = np.random.default_rng(SEED)
    shp = folder / f"{STEM}.shp"
    starts, lengths = write_shapes(shp, rng, mb * 1e6)
    size = shp.stat().st_size
    with shp.open("r+b") as file:
        file.write(head(size))
    index = np.column_stack((starts // 2, lengths // 2)).astype(">i4").tobytes()
    shp.with_suffix(".shx").write_bytes(head(100 + len(index)) + index)
    write_table(shp.with_suffix(".dbf"), rng, len(starts))
    shp.with_suffix(".prj").write_text(
        'GEOGCS["GCS_JGD_2000",DATUM["D_JGD_2000",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
        encoding="ascii",
    )
    with zipfile.ZipFile(
        folder / f"{STEM}_GML.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1
    ) as z:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            z.write(shp.with_suffix(suffix), f"{STEM}_GML/{STEM}{suffix}")


def head(size: int) -> bytes:
    """Return the head of a .shp or .shx of polygons."""
    return struct.pack(">i20xi", 9994, size // 2) + struct.pack("<ii4d32x", 1000, 5, *HOKKAIDO)


def write_shapes(path: Path, rng: np.random.Generator, wanted: float) -> tuple:
    """Write star polygons of 20 to 5,000 vertices (median 250) all over the prefecture."""
    starts, lengths, place, number = [], [], 100, 1
    with path.open("wb") as file:
        file.write(bytes(100))
        while place < wanted:
            for record in batch(rng, min(BATCH, int((wanted - place) / 5000) + 1)):
                starts.append(place)
                lengths.append(len(record))
                file.write(struct.pack(">ii", number, len(record) // 2) + record)
                place, number = place + 8 + len(record), number + 1
    return np.array(starts), np.array(lengths)


def batch(rng: np.random.Generator, count: int) -> list[bytes]:
    """Return the contents of records, made at once."""
    vertices = np.clip(np.exp(rng.normal(np.log(250), 0.8, count)), 20, 5000).astype(int)
    owner = np.repeat(np.arange(count), vertices)
    first = np.cumsum(vertices) - vertices
    turn = (np.arange(len(owner)) - first[owner]) / vertices[owner] * -2 * np.pi
    radius = np.exp(rng.normal(np.log(0.006), 0.5, count))[owner]
    radius *= 1 + 0.25 * np.cos(3 * turn + rng.uniform(0, 6, count)[owner])
    radius *= 1 + 0.02 * rng.uniform(-1, 1, len(owner))
    x = np.round(rng.uniform(139.9, 145.4, count)[owner] + radius * np.cos(turn), 8)
    y = np.round(rng.uniform(41.5, 45.4, count)[owner] + 0.7 * radius * np.sin(turn), 8)
    records = []
    for begin, length in zip(first.tolist(), vertices.tolist(), strict=True):
        ring = np.column_stack((x[begin : begin + length], y[begin : begin + length]))
        ring = np.vstack((ring, ring[:1]))
        box = (*ring.min(axis=0), *ring.max(axis=0))
        records.append(struct.pack("<i4diii", 5, *box, 1, len(ring), 0) + ring.tobytes())
    return records


def write_table(path: Path, rng: np.random.Generator, count: int) -> None:
    """Write ten columns in cp932."""
    fields = b"".join(
        name.encode().ljust(11, b"\0") + kind + bytes(4) + bytes((width, 0)) + bytes(14)
        for name, kind, width in FIELDS
    )
    width = 1 + sum(field[2] for field in FIELDS)
    names = [name.encode("cp932").ljust(40) for name in NAMES]
    towns = [f"市町村{k:03}".encode("cp932").ljust(20) for k in range(179)]
    layer, town, name = (rng.integers(0, top, count).tolist() for top in (4, 179, len(NAMES)))
    size = np.round(rng.lognormal(3, 1, count), 2).tolist()
    with path.open("wb") as file:
        file.write(
            struct.pack("<B3BIHH16xBB2x", 3, 115, 3, 31, count, 33 + len(fields), width, 0, 0x13)
        )
        file.write(fields + b"\r")
        for row in range(count):
            text = f"{layer[row] + 7:>2}".encode()
            area = f"{size[row]:>12.2f}".encode()
            start = b" 0113 " + towns[town[row]] + b"201503" + text + names[name[row]]
            file.write(start + area + b"1" + b" " * 60)
        file.write(b"\x1a")


# ── the methods: folder -> (rows, summed area in square degrees, codes of the layers) ────


def by_landuse(folder: Path) -> tuple:
    """`open_ksj` with the city's box, straight out of the zip file."""
    return _ours(folder / f"{STEM}_GML.zip")


def by_landuse_file(folder: Path) -> tuple:
    """Do the same with the unpacked shapefile."""
    return _ours(folder / f"{STEM}.shp")


def _ours(path: Path) -> tuple:

    known = catalogue()
    origin = Origin(source="bench", vintage="2015", grade=Grade.OFFICIAL)
    layer = Layer(key="a", role="claims", path=path, origin=origin, label=Label(ja="a", en="a"))
    edition = known.datasets["A13"].editions["2015"]
    findings = Findings(layer=layer)
    found = open_ksj(path, findings, edition=edition, codes=known.codes, window=Window(bounds=CITY))
    return _answer(np.asarray(found.table.geometry), found.table["layer_no"].to_numpy())


def by_geopandas(folder: Path) -> tuple:
    """`geopandas.read_file` of the zip file, then the rows that meet the box."""
    inside = f"/vsizip/{folder / STEM}_GML.zip/{STEM}_GML/{STEM}.shp"
    return _theirs(gpd.read_file(inside, encoding="cp932"))


def by_geopandas_bbox(folder: Path) -> tuple:
    """`geopandas.read_file` with `bbox`, GDAL's own way to leave rows out."""
    inside = f"/vsizip/{folder / STEM}_GML.zip/{STEM}_GML/{STEM}.shp"
    return _theirs(gpd.read_file(inside, encoding="cp932", bbox=CITY))


def by_geopandas_file(folder: Path) -> tuple:
    """`geopandas.read_file` of the unpacked shapefile, then the rows that meet the box."""
    return _theirs(gpd.read_file(folder / f"{STEM}.shp", encoding="cp932"))


def by_geopandas_file_bbox(folder: Path) -> tuple:
    """`geopandas.read_file` of the unpacked shapefile with `bbox`."""
    return _theirs(gpd.read_file(folder / f"{STEM}.shp", encoding="cp932", bbox=CITY))


def _theirs(table: object) -> tuple:

    return _answer(np.asarray(table.geometry), table["LAYER_NO"].to_numpy())


def _answer(shapes: np.ndarray, codes: np.ndarray) -> tuple:
    """Return rows, area and codes of what meets the city's box itself, not only with its box."""
    inside = shapely.intersects(shapes, shapely.box(*CITY))
    codes = codes[inside].astype(int)
    return int(inside.sum()), float(shapely.area(shapes[inside]).sum()), int(codes.sum())


METHODS = {
    "landuse, zip": by_landuse,
    "geopandas, zip": by_geopandas,
    "geopandas bbox, zip": by_geopandas_bbox,
    "landuse, .shp": by_landuse_file,
    "geopandas, .shp": by_geopandas_file,
    "geopandas bbox, .shp": by_geopandas_file_bbox,
}


# ── measuring ────────────────────────────────────────────────────────────────────────────


def measure(method: str, folder: str) -> dict[str, object]:
    """Run one method in this process; report its time, memory and answer."""
    catalogue()  # read once: part of every landuse run, whatever it reads
    before = memory_mib("VmRSS")
    cpu, wall = time.process_time(), time.perf_counter()
    rows, area, codes = METHODS[method](Path(folder))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "cpu_s": cpu,
        "wall_s": wall,
        "mib": memory_mib("VmHWM") - before,
        "rows": rows,
        "area": area,
        "codes": codes,
    }


def memory_mib(field: str) -> float:
    """Return a figure of this process; `ru_maxrss` would count what its parent once held."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(field))
    return int(line.split()[1]) / 1024


def compare(folder: Path, methods: list[str], rounds: int) -> None:
    """Print one line for each method, all in turns on the same files."""
    size = (folder / f"{STEM}.shp").stat().st_size / 1e6
    zipped = (folder / f"{STEM}_GML.zip").stat().st_size / 1e6
    count = ((folder / f"{STEM}.shx").stat().st_size - 100) // 8
    print(f"{count:,} polygons, .shp {size:,.0f} MB, zip file {zipped:,.0f} MB\n")
    print("| method | rows | wall s | CPU s | wall / ours | CPU / ours | peak MiB | peak / ours |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    runs: dict[str, list[dict]] = {method: [] for method in methods}
    for _ in range(rounds):
        for method, found in runs.items():
            found.append(in_own_process(method, folder))
    check_same([run for found in runs.values() for run in found])
    middle = {
        method: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for method, found in runs.items()
    }
    for method, one in middle.items():
        ours = middle["landuse, zip" if method.endswith("zip") else "landuse, .shp"]
        print(
            f"| {method} | {one['rows']:,.0f} | {one['wall_s']:.2f} | {one['cpu_s']:.2f} "
            f"| {one['wall_s'] / ours['wall_s']:.1f} | {one['cpu_s'] / ours['cpu_s']:.1f} "
            f"| {one['mib']:,.0f} | {one['mib'] / ours['mib']:.1f} |",
            flush=True,
        )


def check_same(runs: list[dict]) -> None:
    """Stop if any two runs found other rows, areas or codes."""
    first = runs[0]
    for run in runs:
        same = run["rows"] == first["rows"] and run["codes"] == first["codes"]
        if not same or abs(run["area"] - first["area"]) > 1e-12 * first["area"]:
            sys.exit(f"methods differ: {first} and {run}")


def in_own_process(method: str, folder: Path) -> dict:
    """Return what `measure` finds in a fresh process."""
    command = [sys.executable, __file__, "--measure", method, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
