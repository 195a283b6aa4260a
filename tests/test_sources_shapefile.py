"""Shapefiles read by their bytes: shapes as GDAL has them, numbers as they stand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from ksjkit import LAT, LON, dbf, shapefile
from layerkit import boundary, faults, layer, read_layer

from landuse.errors import CrsError, LayerError
from landuse.sources import rings
from landuse.sources.report import Findings
from landuse.sources.vector import Found, read_vector
from landuse.sources.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PRJ = (
    'GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def saved(
    folder: Path, shapes: Sequence[shapely.Geometry | None], *, number: Sequence[str] = ()
) -> Path:
    """Write a shapefile with a column of names and one of numbers."""
    path = folder / "a.shp"
    shp, shx = shapefile(shapes)
    path.write_bytes(shp)
    path.with_suffix(".shx").write_bytes(shx)
    cells = {"名称": [f"釧路{row}" for row in range(len(shapes))]}
    cells["数"] = list(number) or [str(row) for row in range(len(shapes))]
    path.with_suffix(".dbf").write_bytes(dbf(cells, {"名称": "text", "数": "number"}, "cp932"))
    path.with_suffix(".prj").write_text(PRJ, encoding="ascii")
    return path


def read(path: Path, **options: Window) -> tuple[Found, Findings]:
    findings = Findings(layer=layer(path, "land"))
    return read_vector(path, findings, **options), findings


def square(x: float, y: float, size: float) -> shapely.Polygon:
    return shapely.box(x, y, x + size, y + size)


def test_numbers_keep_the_decimals_that_gdal_cuts(tmp_path: Path) -> None:
    points = [shapely.Point(LON, LAT)] * 3
    path = saved(tmp_path, points, number=["16.5", "", "7"])
    numbers = read(path)[0].table["数"]
    assert numbers.tolist()[::2] == [16.5, 7.0]
    assert np.isnan(numbers[2])
    with pytest.warns(RuntimeWarning, match="parsed incompletely"):
        assert pyogrio.read_dataframe(path, encoding="cp932")["数"][0] == 16


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    table = read(saved(tmp_path, [shapely.Point(LON, LAT)] * 2))[0].table
    assert table["数"].dtype == "int64"
    assert table.crs == "EPSG:6668"


ROUND = st.builds(
    lambda x, y, size, holes: square(x, y, 1).difference(
        shapely.union_all([square(x + 0.1 + 0.3 * k, y + 0.1, size) for k in range(holes)])
    ),
    st.integers(0, 5).map(lambda n: 2.0 * n),
    st.integers(0, 5).map(lambda n: 2.0 * n),
    st.floats(0.05, 0.2),
    st.integers(0, 3),
)


@given(st.lists(st.lists(ROUND, min_size=1, max_size=4), min_size=1, max_size=6))
def test_polygons_with_parts_and_holes_are_those_that_gdal_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[shapely.Polygon]]
) -> None:
    shapes = [shapely.union_all(parts) for parts in rows]
    path = saved(tmp_path_factory.mktemp("polygons"), shapes)
    ours = shapely.normalize(np.asarray(read(path)[0].table.geometry))
    theirs = pyogrio.read_dataframe(path, columns=[]).geometry.to_numpy()
    assert shapely.equals_exact(ours, shapely.normalize(theirs)).all()
    assert shapely.area(ours) == pytest.approx(shapely.area(shapes))


def test_holes_go_to_the_smallest_ring_around_them(tmp_path: Path) -> None:
    island = square(3, 3, 4).difference(square(4, 4, 2))
    shape = shapely.union_all([square(0, 0, 10).difference(square(2, 2, 6)), island])
    (found,) = read(saved(tmp_path, [shape]))[0].table.geometry
    assert found.equals(shape)
    assert found.area == pytest.approx(100 - 36 + 16 - 4)


def coordinates(*shapes: shapely.Polygon, left: bool) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Return rings that all run one way, and the part of each point."""
    rings_of = [shapely.get_coordinates(shape.exterior) for shape in shapes]
    lefts = [shapely.is_ccw(shapely.linearrings(ring)) for ring in rings_of]
    turned = [r if now == left else r[::-1] for r, now in zip(rings_of, lefts, strict=True)]
    return np.concatenate(turned), np.repeat(np.arange(len(turned)), [len(t) for t in turned])


def test_rings_that_all_run_the_wrong_way_are_sorted_out_by_what_lies_in_what() -> None:
    nested = (square(0, 0, 10), square(2, 2, 6), square(3, 3, 2), square(20, 0, 1))
    xy, part = coordinates(*nested, left=True)
    (found,) = rings.polygons(xy, part, np.zeros(4, dtype=np.int64), 1)
    assert found.is_valid
    assert found.area == pytest.approx(100 - 36 + 4 + 1)


def test_a_single_ring_is_a_polygon_whichever_way_it_runs() -> None:
    for left in (True, False):
        xy, part = coordinates(square(0, 0, 2), left=left)
        assert rings.polygons(xy, part, np.zeros(1, dtype=np.int64), 1)[0].area == 4


def test_rings_of_no_area_are_no_polygon() -> None:
    xy = np.array([[0, 0], [1, 1], [0, 0], [0, 0], [1, 0], [1, 1]], dtype=float)
    part = np.array([0, 0, 0, 1, 1, 1])
    found = rings.polygons(xy, part, np.array([0, 1]), 3)
    assert [shape is None for shape in found] == [True, False, True]
    assert found[1].area == 0.5


@pytest.mark.parametrize("kind", ["MultiPoint", "Point Z", "LineString Z", "Polygon Z"])
def test_other_kinds_lose_their_heights_and_nothing_else(tmp_path: Path, kind: str) -> None:
    flat = {
        "MultiPoint": shapely.MultiPoint([(1, 2), (3, 4)]),
        "Point Z": shapely.Point(1, 2),
        "LineString Z": shapely.LineString([(0, 0), (1, 1), (2, 0)]),
        "Polygon Z": square(0, 0, 1),
    }[kind]
    shape = shapely.force_3d(flat, 5.0) if "Z" in kind else flat
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shape], crs=6668).to_file(path)
    (found,) = read(path)[0].table.geometry
    assert found.equals(flat)
    assert not found.has_z


def test_points_that_are_no_numbers_leave_their_row_without_a_shape(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON, LAT, 1), square(LON, LAT, 2)])
    raw = bytearray(path.read_bytes())
    raw[-8:] = struct.pack("<d", float("nan"))
    path.write_bytes(raw)
    found, findings = read(path)
    assert found.table.geometry.isna().tolist() == [False, True]
    assert "row 2: NaN or infinite coordinates" in str(findings.notes[0])


def test_records_may_lie_in_any_order(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON + row, LAT, 0.5) for row in range(3)])
    index = path.with_suffix(".shx")
    raw = index.read_bytes()
    entries = [raw[start : start + 8] for start in (100, 108, 116)]
    index.write_bytes(raw[:100] + entries[2] + entries[0] + entries[1])
    west = read(path)[0].table.bounds["minx"].tolist()
    assert west == [LON + 2, LON, LON + 1]
    index.write_bytes(raw[:100] + entries[0] * 3)
    with pytest.raises(LayerError, match="records overlap"):
        read(path)


def test_a_window_leaves_out_rows_and_says_how_many_there_are(tmp_path: Path) -> None:
    shapes = [*(square(LON + row, LAT, 0.5) for row in range(5)), None]
    found, _ = read(saved(tmp_path, shapes), window=Window(bounds=(LON + 1.6, 0, LON + 3.2, 90)))
    assert found.table.index.tolist() == [3, 4, 6]
    assert found.table["名称"].tolist() == ["釧路2", "釧路3", "釧路5"]
    assert found.rows_in_file == 6


def test_a_wrong_index_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON + row, LAT, 0.5) for row in range(3)])
    index = path.with_suffix(".shx")
    raw = bytearray(index.read_bytes())
    raw[104:108] = struct.pack(">i", struct.unpack(">i", raw[104:108])[0] - 2)
    index.write_bytes(raw)
    (fault,) = faults(layer(path), LayerError)
    assert "does not fit" in fault.what


def test_deleted_rows_count_nowhere_also_outside_the_window(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON, LAT, 0.01), square(LON + 1, LAT, 0.01)])
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    head, width = (int.from_bytes(data[at : at + 2], "little") for at in (8, 10))
    data[head + width] = ord("*")
    path.with_suffix(".dbf").write_bytes(data)
    found, findings = read(path, window=Window(bounds=(LON, LAT, LON + 0.1, LAT + 0.1)))
    assert (len(found.table), found.rows_in_file) == (1, 1)
    assert "1 rows are marked as deleted" in str(findings.notes[0])


def test_coordinates_beyond_all_measure_warn_of_nothing_of_ours(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON, LAT, 0.01)])
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<d", LON + 0.01), struct.pack("<d", -1e308)))
    found, _ = read(path)
    assert len(found.table) == 1


def test_a_system_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path, [square(LON, LAT, 0.01)])
    path.with_suffix(".prj").write_text('LOCAL_CS["here",UNIT["metre",1]]', encoding="ascii")
    with pytest.raises(CrsError, match="is in a system that leads nowhere"):
        read_layer(layer(path, "claims"), area=boundary())
