"""QGIS itself opens a run's files: styled, named, attributed, drawn. Skipped where it is not."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from landuse import gis

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Run

SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's `python3-qgis` is for its own Python only."""

LOOK = """
import json, os, sys
from qgis.core import (QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsProject,
                       QgsVectorLayer)
from qgis.PyQt.QtCore import QSize
application = QgsApplication([], False)
application.initQgis()
folder, names, found = sys.argv[1], sys.argv[2].split(","), {}
for name in names:
    layer = QgsVectorLayer(f"{folder}/zones.gpkg|layername={name}", name, "ogr")
    found[name] = {
        "valid": layer.isValid(), "rows": layer.featureCount(), "crs": layer.crs().authid(),
        "renderer": layer.renderer().type(), "names": layer.labelsEnabled(),
        "labels": [item.label() for item in layer.renderer().categories()],
        "title": layer.metadata().title(), "licences": layer.metadata().licenses(),
        "styles": layer.listStylesInDatabase()[2],
    }
project = QgsProject.instance()
found["read"] = project.read(f"{folder}/zones.qgs")
found["project"] = [project.title(), project.crs().authid()]
leaves = project.layerTreeRoot().findLayers()
found["tree"] = [[leaf.name(), leaf.layer().isValid(), leaf.isVisible()] for leaf in leaves]
settings = QgsMapSettings()
settings.setLayers([leaf.layer() for leaf in leaves if leaf.isVisible()])
settings.setDestinationCrs(project.crs())
settings.setExtent(leaves[-1].layer().extent())
settings.setOutputSize(QSize(300, 300))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(sys.argv[3])
pixels = {image.pixelColor(x, y).name() for x in range(0, 300, 5) for y in range(0, 300, 5)}
found["colours"] = sorted(pixels)
print(json.dumps(found), flush=True)
os._exit(0)  # taking QGIS down in order makes some versions crash
"""


@cache
def qgis_is_there() -> bool:
    try:
        command = [SYSTEM_PYTHON, "-c", "import qgis.core"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


@pytest.fixture(scope="module")
def seen(toy_run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what QGIS says of the files of a run."""
    if not qgis_is_there():
        pytest.skip("no QGIS here: install python3-qgis")
    home: Path = tmp_path_factory.mktemp("qgis")
    command = [SYSTEM_PYTHON, "-c", LOOK, str(toy_run.out / "built"), ",".join(gis.TITLES)]
    settings = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)}
    done = subprocess.run(
        [*command, str(home / "map.png")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | settings,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", gis.TITLES)
def test_a_layer_opens_with_its_style_title_and_licence(seen: dict[str, Any], name: str) -> None:
    layer = seen[name]
    assert layer["valid"]
    assert layer["rows"] > 0
    assert layer["crs"] == "EPSG:6681"
    assert layer["renderer"] == "categorizedSymbol"
    assert layer["title"] == gis.TITLES[name]
    assert layer["licences"] == ["CC0"]


def test_zones_have_japanese_labels_and_districts_their_names(seen: dict[str, Any]) -> None:
    assert "都市的地域 Urban" in seen["zones"]["labels"]
    assert seen["districts"]["names"]
    assert seen["facilities"]["names"]


def test_cells_may_be_shown_by_the_minutes_to_a_service(seen: dict[str, Any]) -> None:
    assert "診療所 分" in seen["cells"]["styles"]


def test_the_project_opens_and_draws_the_zones_in_their_colours(seen: dict[str, Any]) -> None:
    assert seen["read"]
    assert seen["project"] == ["玩具町 土地利用区分図 Land-use zones", "EPSG:6681"]
    assert [name for name, _, _ in seen["tree"]] == [gis.TITLES[name] for name in gis.DRAWN]
    assert all(valid for _, valid, _ in seen["tree"])
    assert {gis.TITLES[name] for name in gis.HIDDEN} == {
        name for name, _, shown in seen["tree"] if not shown
    }
    assert {"#822a57", "#5e8961"} <= set(seen["colours"])
