"""The Tokyo datum: moved by the authority's grids within 0.3 m, or refused with the reason."""

from __future__ import annotations

import importlib.resources
import importlib.util
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import jismesh.utils as jm
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from layerkit import LAT, LON, csv_file, faults, layer, read_layer, saved, squares
from pyproj import CRS, Transformer

from landuse.errors import CrsError, LayerError
from landuse.sources import read
from landuse.sources.datum import FORMULA, datum_grids, is_tokyo, to_jgd
from landuse.sources.parfile import read_par
from landuse.sources.report import Findings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from landuse.config import Layer

    Floats = np.typing.NDArray[np.float64]

PLACES = {
    "kushiro": (LON, LAT),
    "sendai": (140.8719, 38.2682),
    "hakodate": (140.7288, 41.7687),
    "osaka": (135.5023, 34.6937),
}
ESRI = (
    'GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,299.1528128]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
GRID_M = 0.001
"""The made-up grids hold the formula's shift to a hundredth of a milli-second."""


def findings_of(path: Path, **options: object) -> Findings:
    return Findings(layer=layer(path, **options))


def corners(lon: float, lat: float, *, meshes: int = 3) -> Floats:
    """Return the south-western corners of the 1 km meshes around a place."""
    column, row = int(lon * 80), int(lat * 120)
    steps = np.arange(-meshes, meshes + 1)
    columns, rows = np.meshgrid(column + steps, row + steps)
    return np.column_stack([columns.ravel() / 80, rows.ravel() / 120])


def formula(lonlat: Floats) -> Floats:
    """Return where three parameters lead from the Tokyo datum: an independent way to JGD2000."""
    return np.column_stack(Transformer.from_pipeline(FORMULA).transform(*np.transpose(lonlat)))


def par_file(
    path: Path, points: Floats, shift_s: Callable[[Floats], Floats], *, header: int = 2
) -> Path:
    """Write a parameter file with shifts (seconds east, north) at corners of meshes."""
    codes = jm.to_meshcode(points[:, 1] + 1e-6, points[:, 0] + 1e-6, 3)
    lines = ["JGD2000-TokyoDatum Ver.0.0.0 toy"] + ["補正の説明"] * (header - 2)
    lines.append("MeshCode   dB(sec)   dL(sec)")
    for code, (east, north) in zip(codes, shift_s(points), strict=True):
        lines.append(f"{int(code):08d} {north:10.5f} {east:10.5f}")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("cp932"))
    return path


def constant(east: float, north: float) -> Callable[[Floats], Floats]:
    return lambda points: np.tile([east, north], (len(points), 1))


def tokyo_grid(folder: Path, place: str = "kushiro", name: str = "TKY2JGD.par") -> Path:
    """Write a grid that does around a place what the formula does."""
    points = corners(*PLACES[place], meshes=6)
    return par_file(folder / name, points, lambda at: (formula(at) - at) * 3600)


def patch(folder: Path, name: str, place: str, east: float, north: float) -> Path:
    points = corners(*PLACES[place], meshes=8)
    return par_file(folder / name, points, constant(east, north), header=16)


def moved(path: Path, points: Sequence[tuple[float, float]]) -> Floats:
    return read_par(path, findings_of(path)).moved(np.array(points))


# Parameter files


def test_a_constant_grid_moves_every_point_alike(tmp_path: Path) -> None:
    path = par_file(tmp_path / "a.par", corners(LON, LAT), constant(-12.0, 9.0))
    ((lon, lat),) = moved(path, [(LON, LAT)])
    assert lon == pytest.approx(LON - 12 / 3600, abs=1e-12)
    assert lat == pytest.approx(LAT + 9 / 3600, abs=1e-12)


@given(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01))
def test_between_corners_a_plane_stays_a_plane(
    tmp_path_factory: pytest.TempPathFactory, east: float, north: float
) -> None:
    def field(points: Floats) -> Floats:
        off = points - [LON, LAT]
        return np.column_stack([1 + 8 * off[:, 0] - 3 * off[:, 1], 2 - 5 * off[:, 0]])

    path = par_file(tmp_path_factory.mktemp("par") / "a.par", corners(LON, LAT), field)
    point = np.array([[LON + east, LAT + north]])
    assert (moved(path, point) - point) * 3600 == pytest.approx(field(point), abs=2e-5)


def test_a_corner_counts_by_its_share_of_the_opposite_area(tmp_path: Path) -> None:
    ((west, south),) = corners(LON, LAT, meshes=0)
    points = corners(LON, LAT, meshes=1)
    only = np.isclose(points, [west, south]).all(axis=1)
    path = par_file(tmp_path / "a.par", points, lambda at: np.outer(only, [10.0, 20.0])[: len(at)])
    point = west + 0.25 / 80, south + 0.5 / 120
    shift_s = (moved(path, [point])[0] - point) * 3600
    assert shift_s == pytest.approx([10 * 0.75 * 0.5, 20 * 0.75 * 0.5], abs=1e-6)


def test_a_point_needs_all_four_corners(tmp_path: Path) -> None:
    points = corners(LON, LAT, meshes=0)
    ((west, south),) = points
    square = np.array([(west + x / 80, south + y / 120) for x in (0, 1) for y in (0, 1)])
    inside = west + 0.5 / 80, south + 0.5 / 120
    whole = par_file(tmp_path / "a.par", square, constant(1, 1))
    assert np.isfinite(moved(whole, [inside, (west, south)])).tolist() == [[True] * 2] * 2
    assert np.isnan(moved(whole, [(west + 1 / 80, south), (west - 1e-6, south)])).all()
    for left_out in range(4):
        lacking = par_file(tmp_path / "b.par", np.delete(square, left_out, axis=0), constant(1, 1))
        assert np.isnan(moved(lacking, [inside])).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "46303582  12.79799  -8.13354\n",
        "title\nMeshCode dH(m)\n46303582  1.0\n",
        "title\nMeshCode dB(sec) dL(sec)\n",
        "title\nMeshCode dB(sec) dL(sec)\n46303582  12.79799\n",
        "title\nMeshCode dB(sec) dL(sec)\n46303582  12.79799 x\n",
        "title\nMeshCode dB(sec) dL(sec)\n46303582  12.79799 nan\n",
        "title\nMeshCode dB(sec) dL(sec)\n46303582  12.79799 -9999.0\n",
        "title\nMeshCode dB(sec) dL(sec)\n46308082  12.79799 -8.1\n",
        "title\nMeshCode dB(sec) dL(sec)\n4630358  12.79799 -8.1\n",
        "title\nMeshCode dB(sec) dL(sec)\n46303582 1 1\n46303582 1 1\n",
    ],
)
def test_what_is_no_whole_parameter_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.par").write_text(text, encoding="ascii")
    with pytest.raises(LayerError, match=r"a\.par") as caught:
        read_par(tmp_path / "a.par", findings_of(tmp_path / "data.shp"))
    assert "download it again" in caught.value.faults[0].fix


# Which systems


@pytest.mark.parametrize("code", [4301, *range(30161, 30180), *range(3092, 3097), 5132])
def test_every_system_of_the_tokyo_datum_is_known(code: int) -> None:
    assert is_tokyo(CRS(code))


@pytest.mark.parametrize(
    "text",
    [
        "+proj=longlat +ellps=bessel +no_defs",
        "+proj=longlat +ellps=bessel +towgs84=-146.414,507.337,680.507 +no_defs",
        "+proj=tmerc +lat_0=44 +lon_0=144.25 +k=0.9999 +ellps=bessel",
        ESRI,
    ],
)
def test_other_names_of_the_tokyo_datum_are_known(text: str) -> None:
    assert is_tokyo(CRS(text))


@pytest.mark.parametrize("code", [4326, 4612, 6668, 6681, 2455, 3857, 32654])
def test_systems_of_the_world_are_not_of_the_tokyo_datum(code: int) -> None:
    assert not is_tokyo(CRS(code))
    assert not is_tokyo(None)


# Through the gate


def old_squares(path: Path, crs: object = "EPSG:4301") -> Path:
    """Save the toy squares as a file of the Tokyo datum whose true place is known.

    Their coordinates in the old datum are found from those in the new by going back along
    the formula until it leads to them.
    """
    new = squares().to_crs("EPSG:4612")
    raw = np.asarray(new.geometry)
    target = shapely.get_coordinates(raw)
    old = target.copy()
    for _ in range(8):
        old += target - formula(old)
    shapes = shapely.set_coordinates(raw.copy(), old)
    table = gpd.GeoDataFrame(new[["name"]], geometry=shapes, crs="EPSG:4301")
    return saved(table.to_crs(crs), path)  # within the datum: exact


OLD_SYSTEMS = ["EPSG:4301", "EPSG:30173", "EPSG:3095", "+proj=longlat +ellps=bessel +type=crs"]


@pytest.mark.parametrize("crs", OLD_SYSTEMS)
@pytest.mark.parametrize("suffix", [".shp", ".gpkg", ".parquet"])
def test_without_a_grid_the_tokyo_datum_is_refused(tmp_path: Path, suffix: str, crs: str) -> None:
    (fault,) = faults(layer(old_squares(tmp_path / f"a{suffix}", crs)), CrsError)
    assert "Tokyo datum" in fault.what or "Unknown" in fault.what
    assert "TKY2JGD.par" in fault.fix
    assert "datum_grid" in fault.fix


@pytest.mark.parametrize("crs", OLD_SYSTEMS)
@pytest.mark.parametrize("suffix", [".shp", ".parquet"])
def test_with_its_grids_every_point_comes_to_where_it_is(
    tmp_path: Path, suffix: str, crs: str
) -> None:
    tokyo_grid(tmp_path)
    patch(tmp_path, "tokachi2003.par", "kushiro", 0.0, 0.0)
    table, report = read_layer(layer(old_squares(tmp_path / f"a{suffix}", crs)))
    off_m = np.abs(table.total_bounds - squares().total_bounds)
    assert off_m.max() < GRID_M
    assert "TKY2JGD.par, tokachi2003.par" in " ".join(map(str, report.notes))


def test_a_grid_named_in_the_city_file_counts_with_those_beside_it(tmp_path: Path) -> None:
    grids = tmp_path / "grids"
    grids.mkdir()
    named = tokyo_grid(grids, name="my tokyo grid.par")
    quake = patch(grids, "Tokachi2003.PAR", "kushiro", 0.0, 0.0)
    wanted = layer(old_squares(tmp_path / "a.shp"), datum_grid=named)
    assert datum_grids(wanted) == (named, quake)
    assert len(read_layer(wanted)[0]) == 3


def test_a_named_grid_that_is_not_there_is_told(tmp_path: Path) -> None:
    wanted = layer(old_squares(tmp_path / "a.shp"), datum_grid=tmp_path / "gone.par")
    (fault,) = faults(wanted, LayerError)
    assert "gone.par, which is not there" in fault.what


def silent_geojson(folder: Path) -> Layer:
    path = folder / "a.geojson"
    silent = json.loads(squares().to_crs("EPSG:6668").to_json(drop_id=True))
    del silent["crs"]
    path.write_text(json.dumps(silent), encoding="utf-8")
    return layer(path, crs="EPSG:4301")


def declared_shapefile(folder: Path) -> Layer:
    path = saved(squares().to_crs("EPSG:6668"), folder / "a.shp")
    path.with_suffix(".prj").unlink()
    return layer(path, crs="EPSG:4301")


def declared_csv(folder: Path) -> Layer:
    path = csv_file(folder / "a.csv", f"name,lon,lat\nA,{LON},{LAT}\n")
    return layer(path, "facilities", crs="EPSG:4301")


@pytest.mark.parametrize("made", [silent_geojson, declared_shapefile, declared_csv])
def test_what_the_city_file_says_is_of_the_tokyo_datum_is_refused_too(
    tmp_path: Path, made: Callable[[Path], Layer]
) -> None:
    (fault,) = faults(made(tmp_path), CrsError)
    assert "Tokyo datum" in fault.what


@pytest.mark.parametrize(("file", "city"), [("EPSG:4301", "EPSG:6668"), ("EPSG:6668", "EPSG:4301")])
def test_file_and_city_file_must_not_differ_by_the_datum(
    tmp_path: Path, file: str, city: str
) -> None:
    path = saved(squares().to_crs(4326).set_crs(file, allow_override=True), tmp_path / "a.parquet")
    (fault,) = faults(layer(path, crs=city), CrsError)
    assert "the city file says" in fault.what


def test_a_city_in_the_tokyo_datum_is_refused(tmp_path: Path) -> None:
    path = saved(squares(), tmp_path / "a.parquet")
    with pytest.raises(CrsError, match="it is of the Tokyo datum"):
        read(layer(path), crs="EPSG:30173")


def test_points_beyond_the_grid_are_counted_and_never_guessed(tmp_path: Path) -> None:
    points = corners(LON, LAT, meshes=1)
    par_file(tmp_path / "TKY2JGD.par", points, lambda at: (formula(at) - at) * 3600)
    patch(tmp_path, "tokachi2003.par", "kushiro", 0.0, 0.0)
    text = f"name,lon,lat\nA,{LON},{LAT}\nB,{LON + 0.1},{LAT}\nC,{LON},{LAT - 0.1}\n"
    wanted = layer(csv_file(tmp_path / "a.csv", text), "facilities", crs="EPSG:4301")
    (fault,) = faults(wanted, CrsError)
    assert "2 points that TKY2JGD.par does not cover (rows 3, 4)" in fault.what


def test_a_grid_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    par_file(tmp_path / "TKY2JGD.par", corners(LON, LAT, meshes=6), constant(0.0, 0.0))
    patch(tmp_path, "tokachi2003.par", "kushiro", 0.0, 0.0)
    (fault,) = faults(layer(old_squares(tmp_path / "a.shp")), CrsError)
    assert "from where JGD lies" in fault.what


# Earthquakes


def brought(folder: Path, place: str) -> tuple[Floats | None, Findings]:
    """Bring one place from the Tokyo datum with the grids in a folder."""
    found = findings_of(folder / "a.shp")
    shape = gpd.GeoSeries([shapely.Point(PLACES[place])], index=[1], crs="EPSG:4301")
    result = to_jgd(shape, found, grids=datum_grids(found.layer))
    return (None if result is None else shapely.get_coordinates(np.asarray(result))[0]), found


@pytest.mark.parametrize(
    ("place", "grid"),
    [("kushiro", "tokachi2003.par"), ("sendai", "touhokutaiheiyouoki2011.par")],
)
def test_where_an_earthquake_moved_the_ground_its_grid_is_needed(
    tmp_path: Path, place: str, grid: str
) -> None:
    tokyo_grid(tmp_path, place)
    point, found = brought(tmp_path, place)
    (fault,) = found.faults
    assert point is None
    assert found.about_crs
    assert grid in fault.fix
    patch(tmp_path, grid, place, 0.1, -0.05)
    point, found = brought(tmp_path, place)
    assert not found.faults
    expected = formula(np.array([PLACES[place]]))[0] + np.array([0.1, -0.05]) / 3600
    assert point == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("place", ["hakodate", "osaka"])
def test_elsewhere_jgd2000_is_jgd2011(tmp_path: Path, place: str) -> None:
    tokyo_grid(tmp_path, place)
    point, found = brought(tmp_path, place)
    assert not found.faults
    assert point == pytest.approx(formula(np.array([PLACES[place]]))[0], abs=1e-8)


def test_the_grid_of_another_earthquake_does_not_help(tmp_path: Path) -> None:
    tokyo_grid(tmp_path, "sendai")
    patch(tmp_path, "tokachi2003.par", "sendai", 0.0, 0.0)
    assert "touhokutaiheiyouoki2011.par" in brought(tmp_path, "sendai")[1].faults[0].fix


def test_grids_of_earthquakes_look_up_the_place_in_jgd(tmp_path: Path) -> None:
    # The true place lies a whole mesh (13 seconds) from where the old coordinates put it.
    tokyo_grid(tmp_path, "sendai")
    old = np.array([PLACES["sendai"]])
    new = formula(old)

    def slope(points: Floats) -> Floats:
        return np.column_stack([(points[:, 0] - new[0, 0]) * 36.0, np.zeros(len(points))])

    name = "touhokutaiheiyouoki2011.par"
    par_file(tmp_path / name, corners(*PLACES["sendai"]), slope, header=16)
    point, _ = brought(tmp_path, "sendai")
    assert point == pytest.approx(new[0], abs=1e-8)


# NTv2


def ntv2_file(path: Path, box: tuple[int, int, int, int], east_s: float, north_s: float) -> Path:
    """Write an NTv2 grid of one constant shift over a box (degrees), a node each degree."""
    west, south, east, north = box

    def record(name: str, value: bytes) -> bytes:
        return name.ljust(8).encode() + value.ljust(8, b"\0")

    def number(name: str, value: float) -> bytes:
        return record(name, struct.pack("<d", value))

    def count(name: str, value: int) -> bytes:
        return record(name, struct.pack("<i", value))

    nodes = (east - west + 1) * (north - south + 1)
    parts = [count("NUM_OREC", 11), count("NUM_SREC", 11), count("NUM_FILE", 1)]
    parts += [record("GS_TYPE", b"SECONDS "), record("VERSION", b"NTv2.0  ")]
    parts += [record("SYSTEM_F", b"TOKYO   "), record("SYSTEM_T", b"JGD2000 ")]
    parts += [number("MAJOR_F", 6377397.155), number("MINOR_F", 6356078.963)]
    parts += [number("MAJOR_T", 6378137.0), number("MINOR_T", 6356752.314)]
    parts += [record("SUB_NAME", b"TOY     "), record("PARENT", b"NONE    ")]
    parts += [record("CREATED", b"20020401"), record("UPDATED", b"20020401")]
    parts += [number("S_LAT", south * 3600.0), number("N_LAT", north * 3600.0)]
    parts += [number("E_LONG", -east * 3600.0), number("W_LONG", -west * 3600.0)]
    parts += [number("LAT_INC", 3600.0), number("LONG_INC", 3600.0), count("GS_COUNT", nodes)]
    parts += [struct.pack("<4f", north_s, -east_s, 0.1, 0.1)] * nodes
    path.write_bytes(b"".join(parts) + record("END", b""))
    return path


def test_an_ntv2_grid_does_what_it_says_and_reaches_no_farther(tmp_path: Path) -> None:
    east_s, north_s = (formula(np.array([PLACES["osaka"]]))[0] - PLACES["osaka"]) * 3600
    ntv2_file(tmp_path / "tky2jgd.gsb", (135, 34, 136, 35), east_s, north_s)
    point, found = brought(tmp_path, "osaka")
    assert not found.faults
    assert point == pytest.approx(formula(np.array([PLACES["osaka"]]))[0], abs=1e-8)
    point, found = brought(tmp_path, "hakodate")
    assert point is None
    assert "1 points that tky2jgd.gsb does not cover (row 1)" in found.faults[0].what


def test_an_ntv2_grid_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tky2jgd.gsb").write_bytes(b"no grid at all" * 20)
    with pytest.raises(LayerError, match="cannot be read"):
        brought(tmp_path, "osaka")


# The real grid, where a package brings it


REFEREE = importlib.util.find_spec("tky2jgd")


def real_grid() -> Path:
    return Path(str(importlib.resources.files("tky2jgd"))) / "data" / "TKY2JGD.par"


@pytest.mark.skipif(REFEREE is None, reason="needs the package tky2jgd, which brings TKY2JGD.par")
def test_the_real_grid_gives_the_published_place() -> None:
    # The example of that package: a point at Tsukuba and where the original program puts it.
    old, new = (140.08785504166664, 36.103774791666666), (140.08457686629436, 36.10696628160147)
    assert moved(real_grid(), [old])[0] == pytest.approx(new, abs=1e-12)


@pytest.mark.skipif(REFEREE is None, reason="needs the package tky2jgd, which brings TKY2JGD.par")
def test_the_real_grid_gives_what_the_port_of_the_original_program_gives() -> None:
    from tky2jgd import tky2jgd as port  # noqa: PLC0415 - there only where it is installed

    port.load_parameter(real_grid())
    random = np.random.default_rng(1)
    points = random.uniform([141.5, 42.0], [145.0, 44.0], (2000, 2))
    ours = moved(real_grid(), points)
    theirs = [port.bilinear(lat, lon) for lon, lat in points]
    for (lon, lat), point, (north_s, east_s) in zip(points, ours, theirs, strict=True):
        if north_s is None:
            assert np.isnan(point).all()
        else:
            assert point == pytest.approx([lon + east_s / 3600, lat + north_s / 3600], abs=1e-12)
    main = np.isfinite(ours).all(axis=1)
    off_m = (ours - formula(points))[main] * 111_320 * [0.75, 1]
    assert main.sum() > 1000
    assert np.hypot(*off_m.T).max() < 12


@pytest.mark.parametrize("code", ["inf", "nan", "1e999", "9" * 40, "６４"])
def test_a_grid_with_a_code_that_is_none_is_refused(tmp_path: Path, code: str) -> None:
    path = par_file(tmp_path / "a.par", corners(LON, LAT), constant(0.1, 0.2))
    lines = path.read_bytes().split(b"\r\n")
    lines[4] = code.encode() + lines[4][8:]
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(LayerError, match=r"needs the grid a\.par"):
        read_par(path, findings_of(path, role="claims"))
