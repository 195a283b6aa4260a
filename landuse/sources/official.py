"""Official values of one municipality, from the ministry's workbook, as a layer of the study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from landuse.errors import Fault, LayerError
from landuse.sources.monitoring import read_monitoring
from landuse.sources.report import Report
from landuse.sources.store import sha256_of

if TYPE_CHECKING:
    import pandas as pd

    from landuse.config import Layer

__all__ = ["read_official"]


def read_official(layer: Layer, *, code: str) -> tuple[pd.DataFrame, Report]:
    """Read what the authority published of a municipality.

    Parameters
    ----------
    layer
        Of role `official_values`: the workbook 都市モニタリングシート.
    code
        The municipality, five digits.

    Returns
    -------
    tuple
        As `landuse.sources.monitoring.read_monitoring`, and a report.

    Raises
    ------
    MissingFileError
        If there is no such file.
    LayerError
        With every fault, each named by the layer too.
    """
    try:
        table = read_monitoring(layer.path, codes=[code])
    except LayerError as error:
        raise LayerError(_named(layer, fault) for fault in error.faults) from None
    report = Report(
        key=layer.key,
        role=layer.role,
        path=layer.path,
        rows=len(table),
        rows_in_file=len(table),
        crs="",
        crs_from="",
        encoding="",
        sha256=sha256_of(layer.path),
        bytes=layer.path.stat().st_size,
    )
    return table, report


def _named(layer: Layer, fault: Fault) -> Fault:
    return replace(fault, where=f"[{layer.key}] {fault.where}")
