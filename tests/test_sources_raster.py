"""Class rasters: every pixel that has a class in one polygon, exactly, and no other."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from layerkit import CRS, LAT, LON, X, Y, boundary, layer
from rasterio.transform import Affine

from landuse.claims import claim_table
from landuse.config import preset
from landuse.errors import CityError, CrsError, LayerError
from landuse.partition import measure_fit, partition
from landuse.schema import MEASURED_CLAIMS
from landuse.sources.legends import read_legend, read_legends
from landuse.sources.pixels import patches
from landuse.sources.raster import open_raster
from landuse.sources.report import Findings
from landuse.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from landuse.sources.vector import Found

PIXEL_M = 10.0
DEG = 1 / 12_000
"""Pixels of the one-degree tiles of 12,000 pixels."""
FARM, WOODS, TOWN, GRASS = 40, 10, 50, 30
"""Numbers of the legend `worldcover`; grass claims nothing."""


def tif(
    path: Path,
    values: object,
    *,
    west: float = X,
    north: float = Y,
    pixel: float = PIXEL_M,
    crs: str | None = CRS,
    transform: Affine | None = None,
    **profile: object,
) -> Path:
    """Write a raster of one band whose north-western corner lies at a place."""
    array = np.asarray(values)
    array = array if array.dtype.kind != "i" or array.dtype.itemsize < 8 else array.astype("uint8")
    place = transform or Affine(pixel, 0, west, 0, -pixel, north)
    rows, columns = array.shape
    options = {"driver": "GTiff", "count": 1, "crs": crs, "transform": place} | profile
    with rasterio.open(path, "w", height=rows, width=columns, dtype=array.dtype, **options) as file:
        file.write(array, 1)
    return path


def findings_of(path: Path, role: str = "claims", **options: object) -> Findings:
    if role == "claims":
        options = {"claim": ""} | options
    return Findings(layer=layer(path, role, **options))


def opened(
    path: Path | Sequence[Path], findings: Findings | None = None, **options: object
) -> Found:
    one = path if not isinstance(path, list) else path[0]
    return open_raster(path, findings or findings_of(one), **options)


def faults(
    path: Path | Sequence[Path],
    kind: type[LayerError] = LayerError,
    findings: Findings | None = None,
    **options: object,
) -> Sequence[str]:
    with pytest.raises(kind) as caught:
        opened(path, findings, **options)
    assert all(fault.fix for fault in caught.value.faults)
    return [f"{fault.where} {fault.what}" for fault in caught.value.faults]


def notes(findings: Findings) -> str:
    return " | ".join(note.what for note in findings.notes)


# Outlines


@st.composite
def rasters(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    shape = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    size = shape[0] * shape[1]
    values = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    known = draw(st.lists(st.sampled_from([True, True, False]), min_size=size, max_size=size))
    known[0] = True
    return np.array(values, np.uint8).reshape(shape), np.array(known).reshape(shape)


@given(rasters(), st.integers(1, 4))
def test_patches_cover_the_known_pixels_once_and_share_every_corner(
    raster: tuple[np.ndarray, np.ndarray], step: int
) -> None:
    values, known = raster
    codes, shapes = patches(values, known, step=step)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == known.sum()
    rows, columns = np.nonzero(known)
    pixel, patch = shapely.STRtree(shapes).query(
        shapely.points(columns + 0.5, rows + 0.5), predicate="within"
    )
    assert pixel.tolist() == list(range(len(rows)))
    assert codes[patch].tolist() == values[rows, columns].tolist()


def test_pixels_that_touch_at_a_corner_are_patches_of_their_own() -> None:
    codes, shapes = patches(np.eye(2, dtype=np.uint8), np.ones((2, 2), np.bool_), step=9)
    assert sorted(codes.tolist()) == [0, 0, 1, 1]
    assert shapely.area(shapes).tolist() == [1] * 4


def test_a_straight_edge_has_the_corners_of_what_lies_beyond_it() -> None:
    # A strip above two patches: GDAL gives it four corners, its neighbours meet it at a fifth.
    values = np.array([[1, 1, 1, 1], [2, 2, 3, 3]], np.uint8)
    codes, shapes = patches(values, np.ones((2, 4), np.bool_), step=99)
    (strip,) = shapes[codes == 1]
    assert (2.0, 1.0) in strip.exterior.coords
    assert len(strip.exterior.coords) == 6  # four, that one, and the first again


def test_long_edges_are_divided_so_that_they_bend_with_the_map() -> None:
    _, (shape,) = patches(np.ones((2, 10), np.uint8), np.ones((2, 10), np.bool_), step=4)
    assert {x for x, y in shape.exterior.coords if y == 0} == {0, 4, 8, 10}


def test_after_projection_neighbours_still_leave_no_gap(tmp_path: Path) -> None:
    # 0.4 degrees long, one patch in the north and two in the south: without the shared
    # corner the chord of the long edge would leave the others by metres.
    values = np.ones((4, 4000), np.uint8)
    values[2:, :2000], values[2:, 2000:] = 2, 3
    path = tif(tmp_path / "a.tif", values, west=144, north=43, pixel=1e-4, crs="EPSG:6668")
    table = opened(path).table.to_crs(CRS)
    assert shapely.coverage_is_valid(np.asarray(table.geometry))
    whole = shapely.union_all(np.asarray(table.geometry))
    assert whole.area == pytest.approx(table.area.sum(), abs=0.01)
    assert not whole.interiors


# What is read


def test_pixels_lie_where_the_file_puts_them(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1, 2], [2, 2]])
    found = opened(path)
    table = found.table
    assert table.index.name == "row"
    assert sorted(table["class"]) == ["1", "2"]
    assert (found.crs_from, table.crs) == ("file", CRS)
    (one,) = table.geometry[table["class"] == "1"]
    assert one.bounds == (X, Y - PIXEL_M, X + PIXEL_M, Y)
    assert one.equals(shapely.box(*one.bounds))
    assert table.area.sum() == 4 * PIXEL_M**2
    assert "claim" not in table


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "float32"]
)
def test_every_type_of_whole_numbers_is_read(tmp_path: Path, dtype: str) -> None:
    path = tif(tmp_path / "a.tif", np.array([[1, 2, 120]], dtype))
    assert sorted(opened(path).table["class"]) == ["1", "120", "2"]


def test_numbers_of_a_palette_are_classes_not_colours(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", np.array([[1, 2]], np.uint8), photometric="palette")
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {1: (200, 0, 0), 2: (0, 200, 0)})
    assert sorted(opened(path).table["class"]) == ["1", "2"]


@pytest.mark.parametrize("turn", [(1, 1), (1, -1), (-1, -1)])
def test_rows_may_run_northwards_and_columns_westwards(
    tmp_path: Path, turn: tuple[int, int]
) -> None:
    place = Affine(PIXEL_M * turn[0], 0, X, 0, PIXEL_M * turn[1], Y)
    path = tif(tmp_path / "a.tif", [[1, 2]], transform=place)
    table = opened(path).table
    (second,) = table.geometry[table["class"] == "2"]
    assert second.centroid.x == X + 1.5 * PIXEL_M * turn[0]
    assert second.centroid.y == Y + 0.5 * PIXEL_M * turn[1]
    assert table.is_valid.all()


def test_pixels_without_a_value_are_unknown_and_counted(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1, 255], [1, 1]], nodata=255)
    findings = findings_of(path)
    table = opened(path, findings).table
    assert table["class"].tolist() == ["1"]
    assert table.area.sum() == 3 * PIXEL_M**2
    assert "1 of 4 pixels (25.00%) hold no class: unknown there" in notes(findings)


def test_nan_is_no_class(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", np.array([[1.0, np.nan]], np.float32))
    assert opened(path).table["class"].tolist() == ["1"]


def test_only_the_pixels_that_touch_the_window_are_read(tmp_path: Path) -> None:
    values = np.arange(200, dtype=np.uint8).reshape(10, 20)
    path = tif(tmp_path / "a.tif", values, west=144, north=43, pixel=0.1, crs="EPSG:6668")
    window = Window(bounds=(144.35, 42.65, 144.55, 42.75))
    table = opened(path, window=window).table
    inner = {str(values[row, column]) for row in (2, 3) for column in (3, 4, 5)}
    assert set(table["class"]) == inner
    assert table.total_bounds == pytest.approx([144.3, 42.6, 144.6, 42.8])


def test_in_the_tokyo_datum_the_window_reaches_farther(tmp_path: Path) -> None:
    # What lies just outside by its old coordinates may lie inside by the true ones.
    window = Window(bounds=(144.0, 42.9, 144.1, 43.0))
    reach = {}
    for crs in ("EPSG:6668", "EPSG:4301"):
        path = tif(tmp_path / "a.tif", np.ones((1, 1000)), west=143, north=43, pixel=0.002, crs=crs)
        west, _, east, _ = opened(path, window=window).table.total_bounds
        reach[crs] = 144.0 - west, east - 144.1
    assert max(reach["EPSG:6668"]) < 0.003
    assert min(reach["EPSG:4301"]) > 0.007


def test_tiles_become_one_grid_without_a_seam(tmp_path: Path) -> None:
    tif(tmp_path / "east.tif", np.full((10, 10), 7), west=X + 10 * PIXEL_M)
    tif(tmp_path / "west.tif", np.full((10, 10), 7))
    (tmp_path / "readme.txt").write_text("classes", encoding="utf-8")
    for paths in (tmp_path, tmp_path / "*.tif", [tmp_path / "west.tif", tmp_path / "east.tif"]):
        (shape,) = opened(paths, findings_of(tmp_path)).table.geometry
        assert shape.equals(shapely.box(X, Y - 100, X + 200, Y))


def test_a_zip_file_may_hold_one_tile_or_several(tmp_path: Path) -> None:
    tif(tmp_path / "east.tif", np.full((10, 10), 7), west=X + 10 * PIXEL_M)
    tif(tmp_path / "west.tif", np.full((10, 10), 7))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "east.tif", "土地利用/east.tif")
        archive.write(tmp_path / "west.tif", "土地利用/west.tif")
        archive.writestr("KS-META.xml", "<meta/>")
    (shape,) = opened(tmp_path / "a.zip").table.geometry
    assert shape.equals(shapely.box(X, Y - 100, X + 200, Y))
    findings = findings_of(tmp_path / "a.zip", sublayer="east")
    (shape,) = opened(tmp_path / "a.zip", findings).table.geometry
    assert shape.equals(shapely.box(X + 100, Y - 100, X + 200, Y))
    (said,) = faults(tmp_path / "a.zip", findings=findings_of(tmp_path / "a.zip", sublayer="north"))
    assert "east.tif, 土地利用/west.tif" in said


def test_where_tiles_overlap_the_first_counts_and_gaps_are_unknown(tmp_path: Path) -> None:
    tif(tmp_path / "a.tif", [[1, 1, 255]], nodata=255)
    tif(tmp_path / "b.tif", [[2, 2]], west=X + PIXEL_M)
    tif(tmp_path / "c.tif", [[3]], west=X + 4 * PIXEL_M)
    findings = findings_of(tmp_path)
    table = opened(tmp_path, findings).table
    areas = table.dissolve("class").area / PIXEL_M**2
    assert areas.to_dict() == {"1": 2, "2": 1, "3": 1}
    assert "1 pixels where tiles overlap have different classes" in notes(findings)
    assert "1 of 5 pixels" in notes(findings)


def test_a_tile_between_the_pixels_of_the_first_is_refused(tmp_path: Path) -> None:
    tif(tmp_path / "a.tif", [[1]])
    tif(tmp_path / "b.tif", [[1]], west=X + 1.5 * PIXEL_M)
    tif(tmp_path / "c.tif", [[1, 1]], west=X + PIXEL_M, pixel=1.1 * PIXEL_M)
    said = faults(tmp_path, findings=findings_of(tmp_path))
    assert [text.split(": ")[1].split()[0] for text in said] == ["b.tif", "c.tif"]


def test_tiles_in_two_systems_are_refused(tmp_path: Path) -> None:
    tif(tmp_path / "a.tif", [[1]])
    tif(tmp_path / "b.tif", [[1]], crs="EPSG:6680")
    assert "different systems" in faults(tmp_path, CrsError, findings_of(tmp_path))[0]


def test_small_patches_stay_unless_a_sieve_is_asked_for(tmp_path: Path) -> None:
    values = np.full((5, 5), 1)
    values[2, 2] = 9
    path = tif(tmp_path / "a.tif", values)
    assert len(opened(path).table) == 2
    findings = findings_of(path)
    assert opened(path, findings, sieve_pixels=2).table["class"].tolist() == ["1"]
    assert "1 of 25 pixels" in notes(findings)


# What is refused


def test_a_raster_without_a_system_needs_the_city_file(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1]], crs=None)
    assert "no coordinate reference system" in faults(path, CrsError)[0]
    found = opened(path, findings_of(path, crs=CRS))
    assert (found.crs, found.crs_from) == (CRS, "city file")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_picture_without_a_place_is_refused(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1]], transform=Affine.identity())
    assert "without a place" in faults(path, CrsError)[0]


def test_a_turned_raster_is_refused(tmp_path: Path) -> None:
    place = Affine(10, 1, X, 1, -10, Y)
    assert "turned" in faults(tif(tmp_path / "a.tif", [[1]], transform=place), CrsError)[0]


def test_swapped_axes_are_told(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1]], west=LAT, north=LON, pixel=0.01, crs="EPSG:6668")
    window = Window(bounds=(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1))
    assert "axes swapped" in faults(path, CrsError, window=window)[0]


def test_a_raster_of_another_place_is_told(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[1]], west=139, north=36, pixel=0.01, crs="EPSG:6668")
    window = Window(bounds=(LON - 0.1, LAT - 0.1, LON + 0.1, LAT + 0.1))
    assert "does not meet the study area (x 139 to 139.01" in faults(path, window=window)[0]


def test_a_picture_of_three_bands_is_refused(tmp_path: Path) -> None:
    options = {"driver": "GTiff", "height": 1, "width": 1, "crs": CRS, "dtype": "uint8"}
    place = Affine(10, 0, X, 0, -10, Y)
    with rasterio.open(tmp_path / "a.tif", "w", count=3, transform=place, **options) as file:
        file.write(np.ones((3, 1, 1), np.uint8))
    assert "has 3 bands" in faults(tmp_path / "a.tif")[0]


@pytest.mark.parametrize("values", [[[0.5, 1.0]], [[1e12, 1.0]]])
def test_measurements_are_no_classes(tmp_path: Path, values: list[list[float]]) -> None:
    path = tif(tmp_path / "a.tif", np.array(values, np.float64))
    assert "measured values" in faults(path)[0]


def test_heights_in_whole_metres_are_no_classes(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", np.arange(400, dtype=np.int16).reshape(20, 20))
    assert "400 different values" in faults(path)[0]


def test_nothing_but_unknown_is_refused(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[0, 0]], nodata=0)
    assert "no class at all" in faults(path)[0]


def test_a_file_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    tif(tmp_path / "a.tif", [[1]])
    path = tmp_path / "b.tif"
    path.write_text(
        '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1">'
        "<SimpleSource><SourceFilename>a.tif</SourceFilename></SimpleSource>"
        "</VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    assert "cannot be read as a raster" in faults(path)[0]


def test_a_raster_cut_in_two_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 9, (300, 300)).astype(np.uint8)
    path = tif(tmp_path / "a.tif", noise, compress="deflate")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "cannot be read as a raster" in faults(path)[0]


def test_a_raster_that_is_too_large_is_not_begun(tmp_path: Path) -> None:
    options = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:6668"}
    place = Affine(1e-5, 0, 140, 0, -1e-5, 43)
    with rasterio.open(
        tmp_path / "a.tif",
        "w",
        height=100_000,
        width=100_000,
        transform=place,
        tiled=True,
        sparse_ok=True,
        **options,
    ):
        pass
    assert "10,000,000,000 pixels" in faults(tmp_path / "a.tif")[0]


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert "finds no raster" in faults(tmp_path, findings=findings_of(tmp_path))[0]


# Legends


def test_every_legend_of_the_package_is_whole() -> None:
    legends = read_legends(preset("legends.toml"))
    counts = {key: len(one.classes) for key, one in legends.items()}
    assert counts["hrlulc_v21_11"] == 12
    assert counts["worldcover"] == 11
    assert counts["modis_igbp"] == 18  # IGBP's 17, water under its two numbers
    claims = {one.claim for legend in legends.values() for one in legend.classes.values()}
    assert claims <= {"", *MEASURED_CLAIMS}
    assert all(legend.note for legend in legends.values() if legend.mark != "verified")


def test_an_unknown_legend_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CityError, match="worldcover"):
        read_legend("corine")
    assert "'corine'" in faults(tif(tmp_path / "a.tif", [[1]]), legend="corine")[0]


def test_a_wrong_legend_file_tells_every_fault(tmp_path: Path) -> None:
    text = """
    [[legend]]
    key = "mine"
    title = { ja = "私", en = "Mine" }
    source = "me"
    licence = "CC0"
    vintage = "2020"
    mark = "sure"
    unknown = ["1"]
    class = [{ code = "x", ja = "a", en = "a", claim = "water" },
             { code = "1", ja = "b", en = "b", claim = "lake" }]
    """
    (tmp_path / "legends.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CityError) as caught:
        read_legends(tmp_path / "legends.toml")
    assert sorted(fault.where.rsplit(".", 1)[1] for fault in caught.value.faults) == [
        "claim", "code", "code 1", "mark",
    ]  # fmt: skip


def test_a_legend_gives_names_and_claims_and_drops_what_claims_nothing(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[FARM, WOODS, GRASS, 0]])
    findings = findings_of(path)
    table = opened(path, findings, legend="worldcover").table.sort_values("class")
    assert table["claim"].tolist() == ["cover_forest", "cover_farm"]
    assert table["class_ja"].tolist() == ["樹木", "耕地"]
    assert table["class_en"].tolist() == ["Tree cover", "Cropland"]
    assert "1 of 4 pixels (25.00%) hold no class" in notes(findings)
    assert "1 of 4 pixels (25.00%) claim nothing (草地)" in notes(findings)


def test_the_city_file_may_map_the_classes_itself(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[FARM, GRASS]])
    codes = {"40": "cover_farm", "30": "cover_farm"}
    findings = findings_of(path, claim_column="class", claim_codes=codes)
    table = opened(path, findings, legend="worldcover").table
    assert sorted(table["class"]) == ["30", "40"]
    assert "claim" not in table


def test_values_that_the_legend_lacks_are_listed_with_their_pixels(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[FARM, 7, 7], [99, WOODS, FARM]])
    (said,) = faults(path, legend="worldcover")
    assert "7 (2 pixels), 99 (1 pixels)" in said


def test_a_legend_that_nobody_compared_says_so(tmp_path: Path) -> None:
    path = tif(tmp_path / "a.tif", [[70]])
    findings = findings_of(path)
    assert opened(path, findings, legend="l03b_raster").table["claim"].tolist() == ["built_up"]
    assert "not verified" in notes(findings)


# To the faces


def test_the_faces_of_a_raster_are_its_pixels(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    values = random.choice([FARM, WOODS, TOWN], (260, 260)).astype(np.uint8)
    path = tif(tmp_path / "a.tif", values, west=X - 1300, north=Y + 1300)
    table = opened(path, legend="worldcover").table.assign(layer="toy", grade="derived")
    claims, repairs = claim_table([gpd.GeoDataFrame(table)], boundary())
    faces = partition(boundary(), claims)
    assert (repairs.repaired, repairs.dropped) == (0, 0)
    assert abs(measure_fit(faces, boundary()).relative_difference) < 1e-9
    inner = values[30:-30, 30:-30]
    areas: Mapping[int, float] = faces.dissolve("mask").area.to_dict()
    assert sorted(areas.values()) == pytest.approx(
        sorted(100.0 * (inner == code).sum() for code in (FARM, WOODS, TOWN)), abs=0.01
    )


PEAK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, "tests")
from layerkit import layer
from landuse.sources.raster import open_raster
from landuse.sources.report import Findings
from landuse.sources.window import Window

def read(side_deg):
    path = Path(sys.argv[1])
    west, north = 144.05, 42.95
    window = Window(bounds=(west, north - side_deg, west + side_deg, north))
    found = open_raster(path, Findings(layer=layer(path, claim="")), window=window)
    return len(found.table), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

read(0.001)
_, before = read(0.001)
rows, after = read(0.025)
print(rows, after - before)
"""


def test_a_tile_of_12000_pixels_costs_no_more_than_its_window(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    block = np.repeat(np.arange(512, dtype=np.uint8)[:, None] % 4 + 1, 512, axis=1)
    place = Affine(DEG, 0, 144, 0, -DEG, 43)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=12_000,
        width=12_000,
        count=1,
        dtype="uint8",
        crs="EPSG:4326",
        transform=place,
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="deflate",
        sparse_ok=True,
    ) as file:
        file.write(block, 1, window=rasterio.windows.Window(512, 512, 512, 512))
    command = [sys.executable, "-c", PEAK, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows, more_kib = map(int, done.stdout.split())
    assert rows >= 300
    assert more_kib * 1024 < 60e6  # the whole tile has 144 MB


@pytest.mark.parametrize("side", [1e-310, 1e300, float("nan")])
def test_pixels_of_no_size_are_refused(tmp_path: Path, side: float) -> None:
    path = tif(tmp_path / "a.tif", [[FARM, TOWN]], transform=Affine(side, 0, X, 0, -side, Y))
    window = Window(bounds=(LON, LAT, LON + 0.1, LAT + 0.1))
    (fault,) = faults(path, CrsError, window=window)
    assert "pixels of no size or place" in fault
