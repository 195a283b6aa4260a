"""One call for notebooks: a download in, a table in JGD2011 and what was noticed out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from landuse.catalogue import catalogue
from landuse.errors import Fault, LayerError, MissingFileError
from landuse.grid import MESH_CRS
from landuse.layer import Layer
from landuse.schema import Grade, Origin
from landuse.sources.archive import contents
from landuse.sources.ksj.members import members_of
from landuse.sources.ksj.opening import open_ksj
from landuse.sources.place import system_of
from landuse.sources.report import Findings
from landuse.sources.window import window_of

if TYPE_CHECKING:
    from landuse.catalogue import Edition

__all__ = ["read_ksj"]


def read_ksj(
    path: str | Path,
    *,
    dataset: str = "",
    edition: str = "",
    crs: str | None = None,
    area: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    """Read a download of 国土数値情報 without a city file.

    Parameters
    ----------
    path
        Zip file, folder, shapefile, GeoJSON or GML file.
    dataset, edition
        Keys of the catalogue, such as "A13" and "2015"; where they are not given, the names
        of the files tell.
    crs
        System of the result; JGD2011 in degrees (EPSG:6668) if not given.
    area
        Polygons in a projected system; rows that lie outside their box are left out.

    Returns
    -------
    tuple
        The table, with readable column names, and what was noticed.

    Raises
    ------
    MissingFileError
        If there is no such file.
    CityError
        If the catalogue has no such dataset or edition.
    LayerError
        With every fault of the file; `CrsError` if its positions cannot be trusted.
    """
    path = Path(path)
    if not path.exists():
        fix = "check the path, or download it again"
        raise MissingFileError(Fault(where=str(path), what="there is no such file", fix=fix))
    known = catalogue()
    if dataset:
        one = known.edition(dataset, edition, where=f"{path.name}: edition")
    else:
        one = _recognised(path)
    findings = Findings(layer=_layer(path, one))
    found = open_ksj(
        path,
        findings,
        edition=one,
        codes=known.codes,
        others=known.datasets[one.dataset].editions.values(),
        window=None if area is None else window_of(area, margin_m=0.0),
    )
    shapes = gpd.GeoSeries(found.table.geometry, crs=found.crs)
    system = system_of(found.crs, shapes, findings)
    findings.raise_faults()
    table = gpd.GeoDataFrame(found.table, geometry="geometry", crs=system)
    return table.to_crs(crs or MESH_CRS), tuple(findings.notes)


def _recognised(path: Path) -> Edition:
    """Return the only edition that owns a file of a download by its name."""
    editions = [
        edition
        for dataset in catalogue().datasets.values()
        if dataset.reader == "ksj"
        for edition in dataset.editions.values()
    ]
    with contents(path, where=path.name) as parts:
        stems = {member.stem for member in members_of(parts)}
    found = [edition for edition in editions if any(edition.owns(stem) for stem in stems)]
    if len(found) == 1:
        return found[0]
    named = ", ".join(edition.name for edition in found) or "none"
    what = f"could be of these datasets by the names of its files: {named}"
    fix = 'say which: read_ksj(path, dataset="A13", edition="2015")'
    raise LayerError(Fault(where=path.name, what=what, fix=fix))


def _layer(path: Path, edition: Edition) -> Layer:
    """Return what a city file would say of a download."""
    dataset = catalogue().datasets[edition.dataset]
    origin = Origin(source=dataset.title, vintage=edition.vintage, grade=Grade.OFFICIAL)
    return Layer(key=edition.dataset, role="land", path=path, origin=origin, label=dataset.label)
