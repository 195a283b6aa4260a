"""Small files of every form that is read, how each is read, and what each promises to hold.

`promised` counts rows by a way of its own, out of what the file itself says (a header, the
elements of a document that is whole), never by the readers that are under test.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import ksjkit
import networkx as nx
import numpy as np
import openpyxl
import osmium
import pyogrio
import shapely
import test_sources_datum as datum
import test_sources_estat as estat
import test_sources_gtfs as gtfs
import test_sources_lists as lists
import test_sources_monitoring as monitoring
import test_sources_raster as raster
from layerkit import CRS, LAT, LON, X, Y
from mutants import packed, unpacked
from osmtoy import osm

from landuse.layer import Fillings, Layer, layer_of
from landuse.toml import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from landuse.errors import Fault

    Files = dict[str, bytes]

BASIC = {
    "key": "toy",
    "name": {"ja": "玩具", "en": "Toy"},
    "source": "toy",
    "vintage": "2020",
    "grade": "derived",
}
AREA = gpd.GeoDataFrame(geometry=[shapely.Point(X, Y).buffer(1500, cap_style="square")], crs=CRS)
"""Holds most rows of the seeds, not all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Seed:
    """One good layer."""

    kind: str
    files: Mapping[str, bytes]
    """What lies in its folder."""
    main: str
    """The file that the city file names."""
    zipped: bool = False
    """Whether `main` is a zip file whose members can be changed."""
    says: Mapping[str, Any]
    """Keys of `[[layer]]`."""
    promised: Callable[[Files, Sequence[Fault]], set[int] | None]
    """Members and notes -> how many rows there may be; None where nothing tells."""
    reshapes: bool = False
    """Whether several rows become one."""

    def layer(self, folder: Path) -> Layer:
        """Return what a city file says of it."""
        faults: list[Fault] = []
        table = {**BASIC, **self.says, "path": self.main}
        keys = Keys(table=table, where="city.toml", faults=faults)
        made = layer_of(keys, folder, Fillings(code="01206", meshes=("6444",)))
        assert not faults, faults
        return made

    def members(self, files: Mapping[str, bytes]) -> Files | None:
        """Return the files that rows are counted in; None where a zip file cannot be read."""
        if not self.zipped:
            return dict(files)
        try:
            return unpacked(files[self.main])
        except Exception:  # noqa: BLE001 - whatever Python raises, it then tells nothing
            return None


def seeds() -> list[Seed]:
    """Return all seeds."""
    with tempfile.TemporaryDirectory() as folder:
        made = [seed for make in MAKERS for seed in make(Path(folder))]
    assert len({seed.kind for seed in made}) == len(made)
    return [_timeless(seed) for seed in made]


def _timeless(seed: Seed) -> Seed:
    """Take the clock out of zip files, so that a mutant is the same whenever it is made."""
    if not seed.zipped:
        return seed
    members = unpacked(seed.files[seed.main])
    now = re.compile(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    whole = {
        name: now.sub(b"2020-01-01T00:00:00Z", data) if name == "docProps/core.xml" else data
        for name, data in members.items()
    }
    return replace(seed, files={**seed.files, seed.main: packed(whole)})


def _files(path: Path) -> Files:
    """Return a file and what lies beside it, by name."""
    return {part.name: part.read_bytes() for part in sorted(path.parent.glob(f"{path.stem}.*"))}


def _found(files: Files, *suffixes: str) -> bytes | None:
    """Return the only file with a suffix."""
    found = [data for name, data in files.items() if name.lower().endswith(suffixes)]
    return found[0] if len(found) == 1 else None


# ── what files promise ───────────────────────────────────────────────────────────────────


def _rows_of_dbf(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, ".dbf")
    if data is None or len(data) < 32:
        return None
    rows, head, width = (
        int.from_bytes(data[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12))
    )
    marks = data[head : head + rows * width : width] if width else b""
    return {rows - marks.count(b"*")}


def _rows_of_geojson(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, ".geojson", ".json")
    if data is None:
        return None
    for encoding in ("utf-8-sig", "cp932", "utf-16"):
        try:
            return {len(json.loads(data.decode(encoding))["features"])}
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return None


def _tree(files: Files, *suffixes: str) -> ET.Element | None:
    data = _found({name: d for name, d in files.items() if "META" not in name}, *suffixes)
    try:
        return None if data is None else ET.fromstring(data)  # noqa: S314 - our own files
    except (ET.ParseError, ValueError, LookupError):
        return None


def _rows_of_gml(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    tree = _tree(files, ".xml", ".gml")
    if tree is None:
        return None
    kinds = [child.tag for child in tree if "opengis.net/gml" not in child.tag]
    return {kinds.count(kind) for kind in kinds}


def _rows_of_graphml(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    tree = _tree(files, ".graphml")
    return None if tree is None else {len(tree.findall(".//{*}edge"))}


def _records(data: bytes, *, delimiter: str = ",") -> list[list[str]] | None:
    for encoding in (
        ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp932")
    ):
        try:
            text = data.decode(encoding)
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
        return rows
    return None


def _filled(rows: list[list[str]]) -> int:
    return sum(any(cell.strip() for cell in row) for row in rows)


def _noted(notes: Sequence[Fault], pattern: str) -> int:
    return sum(int(found[1]) for note in notes if (found := re.search(pattern, str(note))))


def _rows_of_csv(files: Files, notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, ".csv", ".txt")
    rows = None if data is None else _records(data)
    return None if rows is None else _below_header(_filled(rows), notes, blank=len(rows))


def _below_header(rows: int, notes: Sequence[Fault], *, blank: int = 0) -> set[int]:
    """Leave off the header and what notes say was left out; blank rows may count or not."""
    header = _noted(notes, r"row (\d+): taken for the names of the columns") or 1
    tail = _noted(notes, r"(\d+) at the end, sums or footnotes: left out")
    tail += _noted(notes, r"(\d+) rows repeat the names of the columns: left out")
    return set(range(rows - header - tail, max(rows, blank) - tail))


def _rows_of_estat(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, ".txt")
    rows = None if data is None else _records(data)
    if rows is None:
        return None
    names = [cell.strip().upper() for cell in next(filter(any, rows), [])]
    key = names.index("KEY_CODE") if "KEY_CODE" in names else 0
    return {sum(re.search(r"\d", "".join(row[key : key + 1])) is not None for row in rows)}


def _rows_of_gtfs(files: Files, notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, "stops.txt")
    rows = None if data is None else _records(data)
    if rows is None:
        return None
    stations = _noted(notes, r"stops\.txt: (\d+) stations, entrances")
    return {_filled(rows) - 1 - stations}


def _rows_of_gpkg(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    data = _found(files, ".gpkg")
    with closing(sqlite3.connect(":memory:")) as base:
        try:
            base.deserialize(data or b"")
            return {base.execute("SELECT count(*) FROM toy").fetchone()[0]}
        except (sqlite3.Error, UnicodeDecodeError):
            return None


def _rows_of_parquet(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - heavy

    try:
        return {pq.read_metadata(io.BytesIO(files["toy.parquet"])).num_rows}
    except Exception:  # noqa: BLE001 - damaged, it tells nothing
        return None


def _rows_of_book(files: Files, notes: Sequence[Fault]) -> set[int] | None:
    tree = _tree(files, "sheet1.xml")
    if tree is None:
        return None
    rows = [
        row
        for row in tree.iterfind(".//{*}row")
        if any((cell.text or "").strip() for cell in row.iterfind(".//{*}v"))
        or any((cell.text or "").strip() for cell in row.iterfind(".//{*}t"))
    ]
    return _below_header(len(rows), notes)


def _rows_of_ods(files: Files, notes: Sequence[Fault]) -> set[int] | None:
    tree = _tree(files, "content.xml")
    if tree is None:
        return None
    rows = [row for row in tree.iterfind(".//{*}table-row") if "".join(row.itertext()).strip()]
    return _below_header(len(rows), notes)


def _rows_of_osm(files: Files, notes: Sequence[Fault]) -> set[int] | None:
    """Count hospitals, those that stand twice once; lost areas are noted."""
    tree = _tree(files, ".osm")
    if tree is None:
        return None
    found = [
        (one.tag, one.get("id"))
        for one in tree
        if one.tag in ("node", "way", "relation")
        and any((tag.get("k"), tag.get("v")) == ("amenity", "hospital") for tag in one)
    ]
    lost = _noted(notes, r"(\d+) areas or lines .*left out")
    lost += sum(one.tag == "node" and _is_far(one) for one in tree)
    return set(range(len(set(found)) - lost, len(found) + 1))


def _is_far(node: ET.Element) -> bool:
    """Tell whether a node may have been left out as outside the study area."""
    try:
        place = float(node.get("lon", "nan")), float(node.get("lat", "nan"))
    except ValueError:
        return False
    return abs(place[0] - LON) > 0.01 or abs(place[1] - LAT) > 0.01


def _rows_of_monitoring(files: Files, _notes: Sequence[Fault]) -> set[int] | None:
    rows = _records(files.get("toy.csv", b"\xff"))
    if not rows:
        return None
    place = monitoring.place_of("H")
    codes = [row[place].strip() for row in rows if len(row) > place]
    found = [code for code in codes if re.fullmatch(r"0?[1-9]\d{3}|[1-4]\d{4}", code)]
    return {len(monitoring.INDICATORS) * (len(found) - less) for less in (0, 1)}


def _nothing(_files: Files, _notes: Sequence[Fault]) -> None:
    return None


# ── 国土数値情報 ─────────────────────────────────────────────────────────────────────────

KSJ = (
    ("A13", "2015", "claims", "shp"),
    ("A09", "2018", "claims", "geojson"),
    ("P04", "2020", "facilities", "shp"),
    ("P29", "2021", "facilities", "geojson"),
    ("mesh500h30", "2018", "population", "shp"),
    ("N02-station", "2022", "stations", "shp"),
    ("A31a-maximum", "2024", "hazards", "shp"),
    ("A33", "2021", "hazards", "geojson"),
    ("N03", "2021", "boundary", "shp"),
    ("N03", "2024", "neighbours", "geojson"),
    ("P11", "2010", "stops", "gml"),
    ("A10", "2015", "claims", "gml"),
    ("N10", "2015", "roads", "shp"),
)
COUNTERS = {"shp": _rows_of_dbf, "geojson": _rows_of_geojson, "gml": _rows_of_gml}


def _ksj(folder: Path) -> list[Seed]:
    return [_ksj_seed(folder, *one) for one in KSJ]


def _ksj_seed(folder: Path, dataset: str, key: str, role: str, form: str) -> Seed:
    one, edition = ksjkit.entry(dataset, key)
    wanted = edition.recipes[role].where
    own = {name.name: name.to for name in edition.columns}
    if role == "population":  # hundreds of columns more would only take time
        needed = [
            c for c in edition.columns if not c.optional or c.to in edition.recipes[role].rename
        ]
        edition = replace(edition, columns=tuple(needed))
    cells = {
        name: [wanted[to][0].format(code="01206", pref="01")] * 6
        for name, to in own.items()
        if to in wanted
    }
    people = [c.name for c in edition.columns if c.to.startswith("population")]
    cells |= {name: ["16.5", "0", "3", "40", "8", "12"] for name in people}
    if role in ("boundary", "neighbours"):
        cells["N03_007"] = ["01206"] * 3 + ["01213", "01206", "01206"]
        if role == "neighbours":
            cells["N03_007"] = ["01206", "01665", "", "01213", "01665", "01668"]
    made = ksjkit.write_ksj_zip(
        folder / f"{dataset}{key}", one, edition, ksjkit.KNOWN.codes, form=form, cells=cells
    )
    return Seed(
        kind=f"KSJ {form} {dataset} {role}",
        files={made.path.name: made.path.read_bytes()},
        main=made.path.name,
        zipped=True,
        says={"role": role, "dataset": dataset, "edition": key},
        promised=COUNTERS[form],
        reshapes=bool(edition.dissolve or edition.midpoint or edition.highest),
    )


# ── tables and lists ─────────────────────────────────────────────────────────────────────


def _estat(_: Path) -> list[Seed]:
    text = estat.text_of(estat.GROUP)
    name = "tblT001142Q6444.txt"
    seed = Seed(
        kind="e-Stat text",
        files={name: text},
        main=name,
        says={"role": "population", "reader": "estat"},
        promised=_rows_of_estat,
    )
    bundle = packed({name: text, "readme.md": "国勢調査".encode("cp932")})
    whole = {"toy.zip": bundle}
    return [seed, replace(seed, kind="e-Stat zip", files=whole, main="toy.zip", zipped=True)]


def _gtfs(_: Path) -> list[Seed]:
    more = {
        "calendar_dates.txt": "service_id,date,exception_type\n平日,20240429,2\n土日,20240429,1\n",
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nT1,06:00:00,07:00:00,1200\n",
        "feed_info.txt": "feed_publisher_name,feed_start_date,feed_end_date\nx,20240401,20240430\n",
        "translations.txt": (
            "table_name,field_name,language,translation,record_id\n"
            "stops,stop_name,en,Port,C\nstops,stop_name,ja-Hrkt,みなと,C\n"
        ),
    }
    feeds = {
        "GTFS": gtfs.zipped(gtfs.TOY | more),
        "GTFS-JP in a folder, cp932": gtfs.zipped(gtfs.TOY, inside="feed/", encoding="cp932"),
    }
    return [
        Seed(
            kind=kind,
            files={"toy.zip": feed},
            main="toy.zip",
            zipped=True,
            says={"role": "stops", "reader": "gtfs"},
            promised=_rows_of_gtfs,
        )
        for kind, feed in feeds.items()
    ]


PLACES = (
    "施設名,住所,緯度,経度,病床数,分類\n"
    + "".join(
        f"髙﨑病院{row},北海道釧路市黒金町{row + 1}丁目3番,{LAT + row / 1000},{LON},{row * 10},"
        "hospital\n"
        for row in range(6)
    )
    + "新しい病院,北海道釧路市末広町2丁目1番,,,5,hospital\n"
)


def _csv(_: Path) -> list[Seed]:
    seed = Seed(
        kind="CSV UTF-8",
        files={"toy.csv": PLACES.encode("utf-8-sig")},
        main="toy.csv",
        says={"role": "facilities", "constants": {"category": "hospital"}},
        promised=_rows_of_csv,
    )
    titled = ("令和5年度 医療機関一覧,,,,,\n,,,,,\n" + PLACES + "※令和5年現在,,,,,\n").encode(
        "cp932"
    )
    bundle = packed({"ä/toy.csv": PLACES.encode(), "読んで.doc": b"x" * 90})
    return [
        seed,
        replace(seed, kind="CSV cp932 with titles", files={"toy.csv": titled}),
        replace(seed, kind="CSV zip", files={"toy.zip": bundle}, main="toy.zip", zipped=True),
    ]


CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>
<office:spreadsheet><table:table table:name="一覧">{rows}</table:table></office:spreadsheet>
</office:body></office:document-content>"""
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?><manifest:manifest
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry
 manifest:full-path="/" manifest:media-type="{ODS}"/><manifest:file-entry
 manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


def _books(folder: Path) -> list[Seed]:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["医療機関一覧"])
    rows = [line.split(",") for line in PLACES.splitlines()]
    for row in rows:
        page.append([float(cell) if re.fullmatch(r"[\d.]+", cell) else cell for cell in row])
    page.merge_cells("A1:C1")
    book.save(folder / "toy.xlsx")
    seed = Seed(
        kind="Excel",
        files=_files(folder / "toy.xlsx"),
        main="toy.xlsx",
        zipped=True,
        says={"role": "facilities", "constants": {"category": "hospital"}},
        promised=_rows_of_book,
    )
    cells = [
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        for row in rows
    ]
    text = CONTENT.format(
        rows="".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    )
    whole = {"mimetype": ODS, "content.xml": text, "META-INF/manifest.xml": MANIFEST}
    ods = packed({name: part.encode() for name, part in whole.items()})
    sheet = {"kind": "OpenDocument", "files": {"toy.ods": ods}, "main": "toy.ods"}
    return [seed, replace(seed, promised=_rows_of_ods, **sheet)]


def _ministries(_: Path) -> list[Seed]:
    care = lists.CARE_HEAD + "".join(
        lists.care_row(f"介護{row}", "訪問介護", number=f"017010000{row}", seats=str(row))
        for row in range(6)
    )
    medical = lists.MEDICAL_HEAD + "".join(
        lists.medical_row(f"011000{row}", f"病院{row}", beds=str(row)) for row in range(6)
    )
    sites = lists.SITES_HEAD + "".join(lists.site_row(row, "1,,1,1,1,,,,1") for row in range(1, 7))
    made = {
        "MHLW care": ("mhlw-care", care, "jigyosho_110.csv"),
        "MHLW medical": ("mhlw-medical", medical, "01-1_hospital_facility_info.csv"),
        "GSI shelters": ("gsi-emergency", sites, "mergeFromCity_1.csv"),
    }
    return [
        Seed(
            kind=kind,
            files={name: text.encode("utf-8-sig")},
            main=name,
            says={
                "role": "facilities",
                "dataset": dataset,
                "edition": "2025" if dataset.startswith("gsi") else "2024",
            },
            promised=_rows_of_csv,
        )
        for kind, (dataset, text, name) in made.items()
    ]


def _monitoring(folder: Path) -> list[Seed]:
    made = io.StringIO(newline="")
    csv.writer(made).writerows(
        [["" if cell is None else cell for cell in row] for row in monitoring.grid()]
    )
    grid = [
        [*row, *[""] * (monitoring.WIDTH - len(row))]
        for row in csv.reader(io.StringIO(made.getvalue(), newline=""))
    ]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(grid)
    seed = Seed(
        kind="monitoring CSV",
        files={"toy.csv": text.getvalue().encode("cp932")},
        main="toy.csv",
        says={"role": "official_values", "reader": "monitoring"},
        promised=_rows_of_monitoring,
    )
    book = _files(monitoring.book(folder / "monitoring.xlsx"))
    more = {"files": book, "main": "monitoring.xlsx", "zipped": True, "promised": _nothing}
    return [seed, replace(seed, kind="monitoring workbook", **more)]


# ── geometry ─────────────────────────────────────────────────────────────────────────────


def _claims(rows: int = 6) -> gpd.GeoDataFrame:
    """Return squares with something of every kind."""
    west = [X - 300 + 100 * row for row in range(rows)]
    return gpd.GeoDataFrame(
        {
            "name": ["新橋大通", "ソ表①髙﨑〜", "愛国"] * (rows // 3),
            "code": [f"{row:03}" for row in range(rows)],
            "area": [1.5 * row for row in range(rows)],
            "when": [f"2020-01-0{row + 1}" for row in range(rows)],
            "flag": [True, False] * (rows // 2),
        },
        geometry=[shapely.box(x, Y, x + 100, Y + 100) for x in west],
        crs=CRS,
    )


def _vectors(folder: Path) -> list[Seed]:
    table = _claims()
    land = {"role": "claims", "claim": "urban_core"}
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2020-01-01T00:00:00Z"})
    table.to_file(folder / "toy.gpkg", layer="toy")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    table.to_parquet(folder / "toy.parquet")
    degrees = table.to_crs(4326)
    degrees.to_file(folder / "toy.geojson", COORDINATE_PRECISION=12)
    (folder / "s").mkdir()
    table.to_file(folder / "s" / "toy.shp", encoding="cp932")
    points = table.set_geometry(table.centroid).to_crs(4326)
    (folder / "p").mkdir()
    points.to_file(folder / "p" / "toy.geojson", COORDINATE_PRECISION=12)
    shape = _files(folder / "s" / "toy.shp")
    place = Seed(
        kind="GeoJSON facilities",
        files=_files(folder / "p" / "toy.geojson"),
        main="toy.geojson",
        says={"role": "facilities", "constants": {"category": "clinic"}},
        promised=_rows_of_geojson,
    )
    alone = {
        "GeoPackage": ("toy.gpkg", _rows_of_gpkg),
        "GeoParquet": ("toy.parquet", _rows_of_parquet),
        "GeoJSON": ("toy.geojson", _rows_of_geojson),
    }
    made = [
        replace(
            place,
            kind=kind,
            files={name: (folder / name).read_bytes()},
            main=name,
            says=land,
            promised=promised,
        )
        for kind, (name, promised) in alone.items()
    ]
    plain = replace(
        place, kind="shapefile", files=shape, main="toy.shp", says=land, promised=_rows_of_dbf
    )
    inside = {f"釧路/{name}": data for name, data in shape.items()}
    bundle = {"files": {"toy.zip": packed(inside)}, "main": "toy.zip", "zipped": True}
    return [place, *made, plain, replace(plain, kind="shapefile zip", **bundle)]


def _tokyo(folder: Path) -> list[Seed]:
    table = _claims().to_crs(4301)
    (folder / "t").mkdir()
    table.to_file(folder / "t" / "toy.shp", encoding="cp932")
    datum.tokyo_grid(folder / "t")
    datum.patch(folder / "t", "tokachi2003.par", "kushiro", 0.01, 0.02)
    grids = {path.name: path.read_bytes() for path in (folder / "t").glob("*.par")}
    return [
        Seed(
            kind="Tokyo datum by grids",
            files=_files(folder / "t" / "toy.shp") | grids,
            main="toy.shp",
            says={"role": "claims", "claim": "urban_core"},
            promised=_rows_of_dbf,
        )
    ]


def _rasters(folder: Path) -> list[Seed]:
    values = np.array([[40, 40, 10, 10], [40, 50, 50, 10], [30, 30, 0, 80]] * 2, np.uint8)
    path = raster.tif(folder / "toy.tif", values, nodata=0)
    small = raster.tif(folder / "deg.tif", values, west=LON, north=LAT, pixel=1e-3, crs="EPSG:4326")
    cells = "\n".join(" ".join(map(str, row)) for row in values)
    grid = f"ncols 4\nnrows 6\nxllcorner {X}\nyllcorner {Y}\ncellsize 10\nNODATA_value 0\n{cells}\n"
    seed = Seed(
        kind="GeoTIFF",
        files={"toy.tif": path.read_bytes()},
        main="toy.tif",
        says={"role": "claims", "legend": "worldcover"},
        promised=_nothing,
    )
    bundle = {"toy.zip": packed({"a/toy.tif": small.read_bytes()})}
    asc = {"toy.asc": grid.encode()}
    says = {**seed.says, "crs": CRS}
    return [
        seed,
        replace(
            seed,
            kind="GeoTIFF zip",
            files=bundle,
            main="toy.zip",
            zipped=True,
            says={**seed.says, "reader": "raster"},
        ),
        replace(seed, kind="ASCII grid", files=asc, main="toy.asc", says=says),
    ]


# ── OpenStreetMap ────────────────────────────────────────────────────────────────────────


def _town() -> str:
    """Return hospitals, streets and a wood around the place."""
    east, north = (LON * 1000, LAT * 1000)
    places = {
        key: (east + key % 5, north + key // 5, {"amenity": "hospital", "name": f"病院{key}"})
        for key in range(1, 6)
    }
    corners = {key: (east + 0.1 * key, north + 0.01 * key**2) for key in range(11, 26)}
    return osm(
        {**places, **corners},
        {
            30: ([11, 12, 13, 14], {"highway": "residential", "name": "東西通", "maxspeed": "40"}),
            31: ([15, 12, 16], {"highway": "tertiary", "oneway": "yes"}),
            32: ([17, 18, 19, 20], {"highway": "footway", "bridge": "yes", "layer": "1"}),
            33: ([21, 22, 23, 21], {"amenity": "hospital", "name": "大病院", "building": "yes"}),
            34: ([21, 24, 25, 21], {"natural": "wood"}),
            35: ([11, 20], {"route": "ferry", "duration": "00:30"}),
        },
        {40: ([(33, "outer")], {"type": "multipolygon", "landuse": "forest"})},
    )


def _osm(folder: Path) -> list[Seed]:
    text = _town()
    (folder / "toy.osm").write_text(text, encoding="utf-8")
    target = folder / "toy.osm.pbf"
    with osmium.SimpleWriter(str(target)) as writer:
        for one in osmium.FileProcessor(str(folder / "toy.osm")):
            writer.add(one)
    forms = {"toy.osm": text.encode(), "toy.osm.pbf": target.read_bytes()}
    kinds = (("facilities", "places"), ("network", "streets"), ("claims", "land"))
    return [
        Seed(
            kind=f"OSM {'XML' if name == 'toy.osm' else 'pbf'} {word}",
            files={name: data},
            main=name,
            says={"role": role, "reader": "osm"},
            promised=_rows_of_osm if (name, role) == ("toy.osm", "facilities") else _nothing,
        )
        for name, data in forms.items()
        for role, word in kinds
    ]


def _graphml(folder: Path) -> list[Seed]:
    import osmnx as ox  # noqa: PLC0415 - heavy

    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    for node in range(5):
        graph.add_node(node, x=LON + node / 1000, y=LAT)
    for node in range(4):
        line = shapely.LineString([(LON + node / 1000, LAT), (LON + (node + 1) / 1000, LAT)])
        for start, end, shape in ((node, node + 1, line), (node + 1, node, line.reverse())):
            more = {"highway": "residential", "osmid": node, "length": 81.4, "oneway": False}
            graph.add_edge(start, end, 0, geometry=shape, reversed=start > end, **more)
    path = folder / "toy.graphml"
    ox.io.save_graphml(graph, path)
    text = path.read_text(encoding="utf-8")
    now = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d")
    path.write_text(now.sub("2020-01-01 00:00:00", text), encoding="utf-8")
    return [
        Seed(
            kind="GraphML",
            files=_files(folder / "toy.graphml"),
            main="toy.graphml",
            says={"role": "network"},
            promised=_rows_of_graphml,
        )
    ]


MAKERS = (
    *(_ksj, _estat, _gtfs, _osm, _rasters, _books, _csv, _ministries, _vectors, _graphml),
    *(_tokyo, _monitoring),
)
