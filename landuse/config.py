"""One municipality and every choice of its study, read from one TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from landuse.errors import CityError, Fault
from landuse.schema import CLAIMS, Grade, Origin
from landuse.services import DEMAND_GROUPS, KINDS, MODES, Service, gathered_services, read_services
from landuse.toml import Keys, Label, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyproj import CRS

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

ROLES = (
    "boundary",
    "districts",
    "neighbours",
    "towns",
    "claims",
    "population",
    "facilities",
    "roads",
    "access_roads",
    "railways",
    "stations",
    "transport",
    "water",
    "land",
    "network",
    "municipalities",
)
"""What a layer is for."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One file of the study and how to read it."""

    key: str
    role: str
    path: Path
    origin: Origin
    label: Label
    columns: tuple[str, ...] = ()
    """Names of the columns of a CSV file that has no header; empty: its first row."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Column of the file -> name used here; the keys below use the new names."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> values; only rows that match in every column are read."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Column -> the value that every row gets, for a column the file does not have."""
    claim: str = ""
    """The claim of every polygon, where the file has no column `claim`."""
    claim_column: str = ""
    """Column whose values `claim_codes` translates into claims."""
    claim_codes: Mapping[str, str] = field(default_factory=dict)
    """Value of `claim_column` -> claim; empty: the values are claims already."""
    crs: str = ""
    """Reference system, for a file that does not state its own."""
    encoding: str = ""
    """Text encoding; empty: UTF-8, then cp932."""
    sublayer: str = ""
    """Layer within a GeoPackage."""
    embed: bool = True
    """Whether the licence lets this layer stand in a public map; kept, but no page obeys it yet."""


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
    services_path: Path
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


def read_city(path: str | Path) -> City:
    """Read a city file and the service file that it names.

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
    layers = tuple(_layer(row, folder) for row in keys.rows("layer"))
    _check_layers(layers, keys)
    services_path = _table_path(keys, "services", folder)
    city = City(
        key=keys.text("key"),
        code=_code(keys),
        label=keys.label("name"),
        crs=_plane_crs(keys),
        published_area_km2=keys.number("published_area_km2"),
        published_area_source=keys.text("published_area_source"),
        layers=layers,
        services=gathered_services(services_path, faults) if services_path.is_file() else (),
        notes=tuple(_note(row) for row in keys.rows("note")),
        services_path=services_path,
        scheme_path=_table_path(keys, "zones", folder),
        overlaps_path=_table_path(keys, "overlaps", folder),
        speeds_path=_table_path(keys, "speeds", folder),
        path=path.resolve(),
    )
    keys.refuse_unknown()
    if faults:
        raise CityError(faults)
    return city


def _plane_crs(keys: Keys) -> str:
    text = keys.text("crs")
    crs = _crs(text)
    metric = crs is not None and crs.is_projected and crs.axis_info[0].unit_name == "metre"
    if text and not metric:
        keys.fault("crs", f"is {text!r}", "give the plane zone of the city, e.g. EPSG:6681")
    return text


def _known_crs(keys: Keys) -> str:
    text = keys.text("crs", "")
    if text and _crs(text) is None:
        keys.fault("crs", f"is {text!r}, which is unknown", "give a code such as EPSG:6668")
        return ""
    return text


def _crs(text: str) -> CRS | None:
    from pyproj import CRS  # noqa: PLC0415 - heavy; only needed with a city at hand
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    try:
        return CRS(text) if text else None
    except CRSError:
        return None


def _known_encoding(keys: Keys) -> str:
    text = keys.text("encoding", "")
    try:
        "".encode(text or "utf-8")
    except LookupError:
        what = f"is {text!r}, which is unknown"
        keys.fault("encoding", what, "use utf-8 or cp932, or leave it out")
        return ""
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


def _layer(keys: Keys, folder: Path) -> Layer:
    path = folder / keys.text("path")
    if "path" in keys.table and not path.is_file():
        keys.fault("path", f"names {path}, which is not there", "put the file there")
    layer = Layer(
        key=keys.text("key"),
        role=keys.choice("role", ROLES),
        path=path,
        origin=_origin(keys),
        label=keys.label("name"),
        columns=keys.texts("columns", ()),
        rename=keys.text_table("rename"),
        where=keys.list_table("where"),
        constants=keys.text_table("constants"),
        claim=keys.choice("claim", CLAIMS, ""),
        claim_column=keys.text("claim_column", ""),
        claim_codes=_claim_codes(keys),
        crs=_known_crs(keys),
        encoding=_known_encoding(keys),
        sublayer=keys.text("sublayer", ""),
        embed=keys.flag("embed", default=True),
    )
    keys.refuse_unknown()
    return layer


def _claim_codes(keys: Keys) -> dict[str, str]:
    codes = keys.subtable("claim_codes", {})
    return {code: codes.choice(code, CLAIMS) for code in codes.table}


def _origin(keys: Keys) -> Origin:
    return Origin(
        source=keys.text("source"),
        vintage=keys.text("vintage"),
        grade=Grade(keys.choice("grade", [str(grade) for grade in Grade])),
        licence=keys.text("licence", ""),
        url=keys.text("url", ""),
    )


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


def _note(keys: Keys) -> Label:
    note = Label(ja=keys.text("ja"), en=keys.text("en"))
    keys.refuse_unknown()
    return note
