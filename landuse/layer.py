"""One layer of a city: its files, how they are read, and where they come from.

A layer that names a `dataset` of the catalogue needs no more than that and its file: title,
columns, codes, licence and what it serves come from the edition, and every key of the city
file overrides them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from landuse.catalogue import READERS, Edition, Recipe, Translation, catalogue, translations
from landuse.errors import CityError
from landuse.schema import CLAIMS, Grade, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyproj import CRS

    from landuse.catalogue import Dataset
    from landuse.toml import Keys, Label

__all__ = ["ROLES", "Fillings", "Layer", "crs_or_none", "layer_of"]

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
    "stops",
    "transport",
    "water",
    "land",
    "network",
    "municipalities",
    "hazards",
    "elevation",
    "timetable",
    "official_values",
)
"""What a layer is for."""

FORM = {
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".xls": "sheet",
    ".ods": "sheet",
    ".tif": "raster",
    ".tiff": "raster",
    ".img": "raster",
    ".asc": "raster",
    ".pbf": "osm",
    ".osm": "osm",
    ".bz2": "osm",
}
"""Suffix -> reader of files that only one reader can open."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of the study and how to read it."""

    key: str
    role: str
    path: Path
    """Its file, or the first of several of one form."""
    others: tuple[Path, ...] = ()
    """Further files of the same form, such as one for each first mesh."""
    urls: tuple[str, ...] = ()
    """Where `landuse fetch` gets the files, in the order of `path` and `others`."""
    origin: Origin
    label: Label
    reader: str = ""
    """Which reader opens the files, see `landuse.catalogue.READERS`; empty: by their suffix."""
    edition: Edition | None = None
    """The entry of the catalogue that says what the files hold."""
    columns: tuple[str, ...] = ()
    """Names of the columns of a CSV file that has no header; empty: its first row."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Column of the file -> name used here; the keys below use the new names."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> values; only rows that match in every column are read."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Column -> the value that every row gets, for a column the file does not have."""
    translate: Mapping[str, Translation] = field(default_factory=dict)
    """New column -> the column and codes that it is made from."""
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
    """Layer within a GeoPackage, member of a zip file, or sheet of a workbook."""
    legend: str = ""
    """Legend of a class raster, see `presets/legends.toml`."""
    datum_grid: Path | None = None
    """Grid that leads from the Tokyo datum to JGD, for files in that."""
    embed: bool = True
    """Whether the licence lets the features themselves stand in a public map."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files of the layer."""
        return (self.path, *self.others)


@dataclass(frozen=True, kw_only=True)
class Fillings:
    """What stands for `{code}`, `{pref}` and `{mesh}` in the catalogue."""

    code: str
    meshes: tuple[str, ...] = ()

    @property
    def words(self) -> dict[str, str]:
        """Placeholder -> value, all but the mesh."""
        return {"code": self.code, "pref": self.code[:2]}

    def urls(self, pattern: str) -> tuple[str, ...]:
        """Return the addresses of a pattern, one for each first mesh where it has one."""
        if not pattern:
            return ()
        meshes = self.meshes if "{mesh}" in pattern else ("",)
        return tuple(pattern.format(mesh=mesh, **self.words) for mesh in meshes)


def layer_of(keys: Keys, folder: Path, fillings: Fillings) -> Layer:
    """Read one `[[layer]]`; what is wrong becomes a fault of the keys.

    Parameters
    ----------
    keys
        The table.
    folder
        That of the city file, which paths start from.
    fillings
        What the catalogue's patterns need to know of the city.
    """
    role = keys.choice("role", ROLES)
    dataset, edition = _catalogued(keys)
    urls = keys.texts("urls", fillings.urls(edition.url if edition else ""))
    paths = _paths(keys, folder, urls)
    if urls and len(urls) != len(paths):
        what = f"are {len(urls)} for {len(paths)} files"
        keys.fault("urls", what, "give one address for each file, in the same order")
    recipe = _recipe(keys, edition, role, fillings)
    grid = keys.text("datum_grid", "")
    layer = Layer(
        key=keys.text("key"),
        role=role,
        path=paths[0],
        others=paths[1:],
        urls=urls,
        origin=_origin(keys, dataset, edition, urls),
        label=keys.label("name") if not dataset or "name" in keys.table else dataset.label,
        reader=_reader(keys, dataset, paths[0]),
        edition=edition,
        columns=keys.texts("columns", ()),
        crs=_known_crs(keys),
        encoding=_known_encoding(keys),
        sublayer=keys.text("sublayer", ""),
        legend=keys.text("legend", edition.legend if edition else ""),
        datum_grid=folder / grid if grid else None,
        embed=keys.flag(
            "embed", default=edition.terms.embeds(fillings.code[:2]) if edition else True
        ),
        **recipe,
    )
    keys.refuse_unknown()
    return layer


def _catalogued(keys: Keys) -> tuple[Dataset | None, Edition | None]:
    """Return the dataset and edition that the keys name, if any."""
    name, key = keys.text("dataset", ""), keys.text("edition", "")
    if not name:
        if key:
            keys.fault("edition", "stands without a dataset", 'add dataset = "…" or remove it')
        return None, None
    try:
        edition = catalogue().edition(name, key, where=f"{keys.where}.dataset")
    except CityError as error:
        keys.faults.extend(error.faults)
        return None, None
    return catalogue().datasets[name], edition


def _paths(keys: Keys, folder: Path, urls: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files that the keys name, or those that the addresses end in."""
    if "paths" in keys.table:
        names = keys.texts("paths")
    elif "path" in keys.table or not urls:
        names = (keys.text("path"),)
    else:
        names = tuple(f"raw/{url.rsplit('/', 1)[-1]}" for url in urls)
    if not names:
        keys.fault("paths", "is empty", "name at least one file")
    return tuple(folder / name for name in names) or (folder,)


def _recipe(keys: Keys, edition: Edition | None, role: str, fillings: Fillings) -> dict[str, Any]:
    """Return the keys that shape rows: the layer's own, else those of the edition."""
    served = (edition.recipes.get(role) if edition else None) or Recipe()
    where = {
        column: tuple(value.format(**fillings.words) for value in values)
        for column, values in served.where.items()
    }
    own: dict[str, Any] = {
        "rename": keys.text_table("rename"),
        "where": keys.list_table("where"),
        "constants": keys.text_table("constants"),
        "translate": translations(keys),
        "claim": keys.choice("claim", CLAIMS, ""),
        "claim_column": keys.text("claim_column", ""),
        "claim_codes": _claim_codes(keys),
    }
    given = {
        "rename": served.rename,
        "where": where,
        "constants": served.constants,
        "translate": served.translate,
        "claim": served.claim,
        "claim_column": served.claim_column,
        "claim_codes": served.claim_codes,
    }
    # Any of the three ways to say the claim replaces all that the edition says of it.
    says_claim = any(key in keys.table for key in ("claim", "claim_column", "claim_codes"))
    return {
        key: own[key]
        if key in keys.table or (says_claim and key.startswith("claim"))
        else given[key]
        for key in own
    }


def _claim_codes(keys: Keys) -> dict[str, str]:
    codes = keys.subtable("claim_codes", {})
    return {code: codes.choice(code, CLAIMS) for code in codes.table}


def _reader(keys: Keys, dataset: Dataset | None, path: Path) -> str:
    named = dataset.reader if dataset else FORM.get(path.suffix.lower(), "")
    return keys.choice("reader", READERS, named) if "reader" in keys.table else named


def _origin(
    keys: Keys, dataset: Dataset | None, edition: Edition | None, urls: tuple[str, ...]
) -> Origin:
    grade = source = vintage = None
    licence = credit = url = ""
    if dataset and edition:
        grade, source, vintage = str(edition.grade), dataset.title, edition.vintage
        licence, url = edition.terms.name, (urls[0] if urls else dataset.page)
        credit = edition.terms.attribution.format(title=dataset.label.ja)
    return Origin(
        source=keys.text("source", source),
        vintage=keys.text("vintage", vintage),
        grade=Grade(keys.choice("grade", [str(grade) for grade in Grade], grade)),
        licence=keys.text("licence", licence),
        attribution=keys.text("attribution", credit),
        url=keys.text("url", url),
    )


def _known_crs(keys: Keys) -> str:
    text = keys.text("crs", "")
    if text and crs_or_none(text) is None:
        keys.fault("crs", f"is {text!r}, which is unknown", "give a code such as EPSG:6668")
        return ""
    return text


def crs_or_none(text: str) -> CRS | None:
    """Return a reference system by its code, None if there is none of that name."""
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
