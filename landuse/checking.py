"""What a reader must know of a city's layers and services before trusting a study."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd

from landuse.errors import Fault
from landuse.facilities import offers, placed
from landuse.inputs import located
from landuse.network import put_on_streets
from landuse.snaps import distances
from landuse.ways import network_of

if TYPE_CHECKING:
    from landuse.config import City, Layer, Service
    from landuse.inputs import Inputs
    from landuse.network import Placed
    from landuse.sources import Report
    from landuse.speeds import Speeds

__all__ = ["check", "check_services", "check_streets"]

STALE_YEARS = 10
"""Age from which a reader is told how old a layer is."""


def check(inputs: Inputs) -> list[dict[str, Any]]:
    """Return one row for each layer with what a reader must know before trusting it.

    All values are texts, but `notes` is a list of them.
    """
    rows = []
    today = dt.datetime.now(tz=dt.UTC).date()
    for layer in inputs.city.layers:
        report = inputs.reports[layer.key]
        rows.append(
            {
                "layer": layer.key,
                "role": layer.role,
                "rows": f"{report.rows:,}",
                "crs": f"{report.crs} ({report.crs_from})",
                "encoding": report.encoding,
                "vintage": layer.origin.vintage,
                "licence": layer.origin.licence,
                "grade": str(layer.origin.grade),
                "notes": [*map(str, report.notes), *_left_out(report), *_age(layer, today=today)],
            }
        )
    return rows


def _left_out(report: Report) -> list[str]:
    """Say how many rows count for nothing because they lie elsewhere."""
    if not report.outside:
        return []
    where = f"{report.path.name} [{report.key}]"
    what = f"{report.outside:,} rows lie outside the study area and are left out"
    fix = "nothing to do if the file covers more than the city"
    return [str(Fault(where=where, what=what, fix=fix))]


def check_services(inputs: Inputs) -> list[dict[str, Any]]:
    """Return one row for each service: its facilities, how many have a place, and notes.

    A service without any place to go to is shown as `no data`. That is no fault, but
    nobody should learn of it from the map.

    Raises
    ------
    LayerError
        If a service selects by a column that no facility has.
    """
    services = inputs.city.services
    offered = offers(located(inputs), services)
    rows = []
    for service in services:
        own = offered[offered["service"] == service.key]
        with_place = len(placed(own))
        rows.append(
            {
                "service": service.key,
                "name": str(service.label),
                "facilities": f"{len(own):,}",
                "placed": f"{with_place:,}",
                "notes": _lack(inputs.city, service, facilities=len(own), with_place=with_place),
            }
        )
    return rows


def _lack(city: City, service: Service, *, facilities: int, with_place: int) -> list[str]:
    """Say what a service lacks, if anything."""
    where = f"{city.services_path.name}: service {service.key}"
    fix = "give lon and lat, or an address that the town list knows"
    if with_place == facilities > 0:
        return []
    if facilities == 0:
        what = "no facility: shown as no data"
        fix = "add its facilities to a layer, or correct select"
    elif with_place == 0:
        what = f"no facility with a known place (of {facilities:,}): shown as no data"
    else:
        what = f"{facilities - with_place:,} of {facilities:,} without a known place: left out"
    return [str(Fault(where=where, what=what, fix=fix))]


def check_streets(inputs: Inputs, speeds: Speeds) -> list[dict[str, Any]]:
    """Return one row for each mode that uses streets: how far from them facilities lie.

    Empty without streets. Notes tell of facilities that no street leads to.

    Raises
    ------
    LayerError
        If a mode finds no street that it may use.
    """
    if inputs.streets is None:
        return []
    services = inputs.city.services
    places = placed(located(inputs))
    points = gpd.GeoSeries(places.geometry.to_numpy(), places["facility_id"], crs=places.crs)
    modes = {pace for service in services for pace in service.shown_modes(rides=False).values()}
    rows = []
    for mode in (mode for mode in speeds.modes if mode in modes):
        network = network_of(inputs.streets, speeds, mode)
        on = put_on_streets(network, points)
        found = distances(on)
        metres = {name: f"{found[name]:,.0f} m" for name in ("median_m", "p95_m", "max_m")}
        lost = {why: str(found[why]) for why in ("off_network", "island")}
        rows.append(
            {
                "mode": mode,
                "nodes": f"{len(network.nodes):,}",
                "facilities": f"{found['count']:,}",
                **metres,
                **lost,
                "notes": _streetless(inputs, mode, on),
            }
        )
    return rows


def _streetless(inputs: Inputs, mode: str, on: Placed) -> list[str]:
    """Name facilities that no street of a mode leads to."""
    lost = [str(name) for name in on.ids[on.edge < 0]]
    if not lost:
        return []
    (layer,) = inputs.city.of_role("network")
    shown = ", ".join(lost[:5]) + (" …" if len(lost) > 5 else "")
    what = f"no street of mode {mode} leads to {len(lost):,} facilities ({shown})"
    fix = "check their places, and whether the streets reach that far"
    return [str(Fault(where=f"{layer.path.name} [{layer.key}]", what=what, fix=fix))]


def _age(layer: Layer, *, today: dt.date) -> list[str]:
    """Say where a vintage lies in the future, or so far back that much may have changed."""
    years = [int(year) for year in re.findall(r"(?<![0-9])(?:19|20)[0-9]{2}", layer.origin.vintage)]
    where = f"{layer.path.name} [{layer.key}]"
    if not years:
        return []
    if max(years) > today.year:
        what = f"speaks of {max(years)}, which is yet to come"
        fix = "nothing to do if it is a forecast; else correct vintage in the city file"
    elif today.year - max(years) > STALE_YEARS:
        what = f"speaks of {max(years)}, {today.year - max(years)} years ago"
        fix = "look for a newer edition, or tell readers how old it is"
    else:
        return []
    return [str(Fault(where=where, what=what, fix=fix))]
