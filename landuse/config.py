"""One municipality and every choice of its study, read from one TOML file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from landuse.errors import CityError, Fault
from landuse.handbook import Indicator, OfficialValue, official_of, read_indicators
from landuse.layer import ROLES, Fillings, Layer, crs_or_none, layer_of
from landuse.services import (
    DEMAND_GROUPS,
    KINDS,
    MODES,
    Service,
    Timing,
    gathered_services,
    read_services,
    timing_of,
)
from landuse.toml import Keys, Label, read_toml

__all__ = [
    "DEMAND_GROUPS",
    "KINDS",
    "MODES",
    "ROLES",
    "City",
    "Layer",
    "Service",
    "embedded_city",
    "preset",
    "read_city",
    "read_services",
]


@dataclass(frozen=True, kw_only=True)
class City:
    """One municipality and every choice of its study."""

    key: str
    code: str
    """JIS code of the municipality, five digits."""
    label: Label
    crs: str
    """Projected system in metres, in which everything is measured."""
    published_area_km2: float
    published_area_source: str
    layers: tuple[Layer, ...]
    services: tuple[Service, ...]
    notes: tuple[Label, ...]
    """What every reader of a map must know of this city's data."""
    indicators: tuple[Indicator, ...]
    """Official indicators to measure."""
    official: tuple[OfficialValue, ...]
    """Their values as published for this city."""
    timing: Timing | None
    """When journeys by timetable are wanted; None where there is no timetable."""
    conditions: tuple[str, ...]
    """Keys of profiles, such as winter, under which coverage is measured once more."""
    profiles_path: Path
    services_path: Path
    indicators_path: Path
    scheme_path: Path
    overlaps_path: Path
    speeds_path: Path
    path: Path
    """The city file itself."""

    def of_role(self, role: str) -> tuple[Layer, ...]:
        """Return the layers with one role, in the order of the file."""
        return tuple(layer for layer in self.layers if layer.role == role)


def preset(name: str) -> Path:
    """Return the path of a table that ships with the package."""
    return Path(str(resources.files("landuse") / "presets" / name))


def embedded_city() -> Path:
    """Return the city file of the embedded Kushiro, in the wheel or in a checkout."""
    package = Path(str(resources.files("landuse")))
    shipped = package / "data" / "kushiro" / "city.toml"
    return shipped if shipped.exists() else package.parent / "data" / "kushiro" / "city.toml"


def read_city(path: str | Path, *, fetched: bool = True) -> City:
    """Read a city file and the service file that it names.

    Parameters
    ----------
    path
        The city file.
    fetched
        Whether the layers' files must be there; false before they are downloaded.

    Raises
    ------
    MissingFileError
        If the city file is not there.
    CityError
        With every fault of the file: unknown, missing or ill-typed keys, layers whose
        files are missing, roles that are missing or stand twice, unknown claims.
    """
    path = Path(path)
    faults: list[Fault] = []
    keys = Keys(table=read_toml(path), where=path.name, faults=faults)
    folder = path.resolve().parent
    code = _code(keys)
    fillings = Fillings(code=code, meshes=keys.texts("first_meshes", ()))
    layers = tuple(layer_of(row, folder, fillings) for row in keys.rows("layer"))
    _check_layers(layers, keys)
    if fetched:
        _check_files(layers, keys)
    services_path = _table_path(keys, "services", folder)
    indicators_path = _table_path(keys, "indicators", folder)
    city = City(
        key=keys.text("key"),
        code=code,
        label=keys.label("name"),
        crs=_plane_crs(keys),
        published_area_km2=keys.number("published_area_km2"),
        published_area_source=keys.text("published_area_source"),
        layers=layers,
        services=gathered_services(services_path, faults) if services_path.is_file() else (),
        notes=tuple(_note(row) for row in keys.rows("note")),
        indicators=_indicators(indicators_path, faults),
        official=_official(keys),
        timing=timing_of(keys.subtable("transit")) if "transit" in keys.table else None,
        conditions=keys.texts("conditions", ()),
        profiles_path=_table_path(keys, "profiles", folder),
        services_path=services_path,
        indicators_path=indicators_path,
        scheme_path=_table_path(keys, "zones", folder),
        overlaps_path=_table_path(keys, "overlaps", folder),
        speeds_path=_table_path(keys, "speeds", folder),
        path=path.resolve(),
    )
    keys.refuse_unknown()
    _check_timing(city, keys)
    if faults:
        raise CityError(faults)
    return city


def _check_timing(city: City, keys: Keys) -> None:
    """Note a fault where services or layers need a time that is not given, or the reverse."""
    riding = [service.key for service in city.services if service.mode == "transit"]
    feeds = city.of_role("timetable")
    if (riding or feeds) and city.timing is None and "transit" not in keys.table:
        what = "is missing, but there is a timetable or a service of mode transit"
        fix = (
            'add [transit] with date = "2025-10-01", window = ["09:00", "11:00"], cutoff_min = 120'
        )
        keys.fault("transit", what, fix)
    if riding and not feeds:
        what = f"has no timetable for {', '.join(riding)}"
        keys.fault("layer", what, 'add a GTFS feed with role = "timetable", or another mode')


def _indicators(path: Path, faults: list[Fault]) -> tuple[Indicator, ...]:
    if not path.is_file():
        return ()  # a fault already
    try:
        return read_indicators(path)
    except CityError as error:
        faults.extend(error.faults)
        return ()


def _official(keys: Keys) -> tuple[OfficialValue, ...]:
    values = tuple(official_of(row) for row in keys.rows("official", "indicator"))
    keys.refuse_twice("official", [value.indicator for value in values])
    return values


def _plane_crs(keys: Keys) -> str:
    text = keys.text("crs")
    crs = crs_or_none(text)
    metric = crs is not None and crs.is_projected and crs.axis_info[0].unit_name == "metre"
    if text and not metric:
        keys.fault("crs", f"is {text!r}", "give the plane zone of the city, e.g. EPSG:6681")
    return text


def _code(keys: Keys) -> str:
    text = keys.text("code")
    if text and not (len(text) == 5 and text.isascii() and text.isdigit()):
        keys.fault("code", f"is {text!r}", "give the five digits of the municipality, e.g. 01206")
    return text


def _table_path(keys: Keys, key: str, folder: Path) -> Path:
    name = keys.text(key, "")
    path = folder / name if name else preset(f"{key}.toml")
    if not path.is_file():
        keys.fault(key, f"names {path}, which is not there", "correct the path")
    return path


def _check_layers(layers: tuple[Layer, ...], keys: Keys) -> None:
    roles = [layer.role for layer in layers]
    if roles.count("boundary") != 1:
        keys.fault("layer", f"has {roles.count('boundary')} boundaries", "give exactly one")
    if "claims" not in roles:
        keys.fault("layer", "has no claims", "add at least one layer with role = 'claims'")
    for single in ("districts", "towns", "population", "network", "municipalities"):
        if roles.count(single) > 1:
            keys.fault("layer", f"has {roles.count(single)} of role {single}", "keep one")
    keys.refuse_twice("layer", [layer.key for layer in layers])


def _check_files(layers: tuple[Layer, ...], keys: Keys) -> None:
    for layer in layers:
        for path in layer.paths:
            # A layer without a key or path has its fault already.
            if path.exists() or path == path.parent:
                continue
            fix = "put the file there"
            if layer.urls:
                fix += f", or run: landuse fetch {keys.where}"
            where = f"{keys.where}: layer {layer.key}.path"
            what = f"names {path}, which is not there"
            keys.faults.append(Fault(where=where, what=what, fix=fix))


def _note(keys: Keys) -> Label:
    note = Label(ja=keys.text("ja"), en=keys.text("en"), easy=keys.text("easy", ""))
    keys.refuse_unknown()
    return note
