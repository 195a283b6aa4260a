"""A genuine download of the ministry: its shapefiles and its GML say the same."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from layerkit import layer

from landuse.catalogue import Edition, catalogue
from landuse.sources.ksj import open_ksj, read_ksj
from landuse.sources.report import Findings
from landuse.sources.window import Window

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("LANDUSE_REAL", ROOT.parent / "shared" / "real"))
ZIP = REAL / "ksj_zips" / "P23-12_38_GML.zip"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not ZIP.is_file(), reason=f"no real data in {REAL}; set LANDUSE_REAL to its folder"
    ),
]

LAYERS = [("P23a", "CoastalFacilities_Point", 805), ("P23b", "CoastalFacilities_Line", 1018)]
TAGS = {
    "001": "administrativeAreaCode",
    "002": "competentAuthority",
    "003": "administrator",
    "004": "bank",
    "005": "groin",
    "006": "bankProtection",
    "007": "breastWall",
    "008": "offshoreBreakwater",
    "009": "sandyBeach",
    "010": "otherFacilities",
    "011": "length",
    "012": "copeLevelMaxPresent",
    "013": "copeLevelMinPresent",
    "014": "copeLevelMaxPlan",
    "015": "copeLevelMinPlan",
    "016": "baseLevel",
}
"""Ending of a column of the shapefile -> element of the GML."""


def edition_of(dataset: str) -> Edition:
    """Return the edition, its columns known by the elements of the GML too."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    one = catalogue().datasets[dataset].editions["2012"]
    columns = tuple(
        replace(column, aliases=(*column.aliases, TAGS[column.name[-3:]])) for column in one.columns
    )
    return replace(one, columns=columns)


def read(path: Path, edition: Edition, sublayer: str = "") -> tuple[pd.DataFrame, Findings]:
    findings = Findings(layer=layer(path, "land", sublayer=sublayer))
    found = open_ksj(path, findings, edition=edition, codes=catalogue().codes)
    assert found.crs == "EPSG:4612"
    assert found.rows_in_file == len(found.table)
    return found.table, findings


@pytest.mark.parametrize(("dataset", "kind", "rows"), LAYERS)
def test_the_gml_and_the_shapefile_hold_the_same_rows(
    tmp_path: Path, dataset: str, kind: str, rows: int
) -> None:
    edition = edition_of(dataset)
    shapefile, findings = read(ZIP, edition)
    assert len(shapefile) == rows
    assert not findings.notes
    with zipfile.ZipFile(ZIP) as bundle:
        bundle.extract("P23-12_38_GML/P23-12_38.xml", tmp_path)
    gml, _ = read(tmp_path / "P23-12_38_GML" / "P23-12_38.xml", edition, sublayer=kind)
    distance = shapely.hausdorff_distance(np.asarray(shapefile.geometry), np.asarray(gml.geometry))
    assert distance.max() == 0
    for column in edition.columns:
        pd.testing.assert_series_equal(shapefile[column.to], gml[column.to])


@pytest.mark.parametrize(("dataset", "kind", "rows"), LAYERS)
def test_the_shapes_are_those_of_gdal_and_the_numbers_are_not(
    dataset: str, kind: str, rows: int
) -> None:
    del kind, rows
    table, _ = read_ksj(ZIP, dataset=dataset)
    inside = f"/vsizip/{ZIP}/P23-12_38_GML/{dataset}-12_38.shp"
    with pytest.warns(RuntimeWarning, match="parsed incompletely"):
        peer = pyogrio.read_dataframe(inside)
    ours = shapely.normalize(np.asarray(table.to_crs(4612).geometry))
    theirs = shapely.normalize(np.asarray(peer.geometry))
    assert shapely.equals_exact(ours, theirs, tolerance=1e-9).all()
    columns = {c.name: c.to for c in catalogue().datasets[dataset].editions["2012"].columns}
    length = table[columns[f"{dataset}_011"]]
    cut = peer[f"{dataset}_011"].set_axis(table.index)
    assert (np.floor(length[length.notna()]) == cut[length.notna()]).all()
    assert (length - cut).max() > 0.8


def test_a_window_of_the_genuine_file_is_the_part_that_meets_it() -> None:
    edition = edition_of("P23b")
    whole, _ = read(ZIP, edition)
    box = (132.4, 33.0, 132.6, 33.4)
    findings = Findings(layer=layer(ZIP, "land"))
    found = open_ksj(
        ZIP, findings, edition=edition, codes=catalogue().codes, window=Window(bounds=box)
    )
    near = shapely.box(*whole.bounds.to_numpy().T)
    clear = shapely.intersects(near, shapely.box(*box))
    wide = shapely.intersects(near, shapely.box(*box).buffer(0.001))
    assert set(whole.index[clear]) <= set(found.table.index) <= set(whole.index[wide])
    assert found.rows_in_file == 1018
