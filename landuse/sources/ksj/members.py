"""Which files of a download hold a layer, and whether they are of the edition that is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from landuse.catalogue import Edition
    from landuse.sources.archive import Part
    from landuse.sources.report import Findings

__all__ = ["METADATA", "Member", "chosen", "members_of", "misfit", "own_names"]

FORMS = (".shp", ".geojson", ".json", ".gml", ".xml")
"""Forms of one layer, the one that is read first at first."""

GML = (".gml", ".xml")

METADATA = re.compile(r"(ks-)?meta", re.IGNORECASE)
NAME_BYTES = 10
"""What a DBF keeps of the name of a column."""

UTF8 = re.compile(r"utf[-_]?8", re.IGNORECASE)
LISTED = 10
MANY = 40
"""Files, and columns, that a message names."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file with a layer, and what lies beside it."""

    part: Part
    beside: dict[str, Part]
    """Suffix -> file of the same name in the same folder."""

    @property
    def stem(self) -> str:
        """Return the name by which editions know it."""
        return self.part.stem


def members_of(parts: Sequence[Part]) -> list[Member]:
    """Return the files that can hold a layer, in the order of their names."""
    beside: dict[tuple[str, str], dict[str, Part]] = {}
    for part in parts:
        beside.setdefault((part.folder, part.stem.lower()), {})[part.suffix] = part
    found = [
        Member(part=part, beside=beside[part.folder, part.stem.lower()])
        for part in parts
        if part.suffix in FORMS
        and not METADATA.match(part.stem)
        and not part.name.lower().endswith(".shp.xml")
        and "__macosx" not in part.name.lower()
    ]
    return sorted(found, key=lambda member: _natural(member.part.name))


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort numbers within names as numbers."""
    return [(int(bit) if bit.isdigit() else -1, bit) for bit in re.split(r"([0-9]+)", name) if bit]


def chosen(
    members: Sequence[Member],
    findings: Findings,
    *,
    edition: Edition,
    others: Iterable[Edition] = (),
    sublayer: str = "",
) -> list[Member]:
    """Return the files of one form that an edition owns, or that the city file names.

    Of twins, the same name in folders for UTF-8 and Shift_JIS, one is taken.

    Raises
    ------
    LayerError
        If there is none, if they belong to another edition by their names, or if two files
        of one name differ.
    """
    if not members:
        findings.stop("holds no shapefile, GeoJSON or GML", "download it again")
    named = [member for member in members if sublayer in _ways_to_name(member)]
    if sublayer and not named:
        # It may be a type of features in a GML file.
        listed = ", ".join(member.part.name for member in members[:LISTED])
        members = [member for member in members if member.part.suffix in GML]
        if not members:
            findings.stop(f"holds no layer {sublayer} (found: {listed})", "name one of those")
    candidates = named or [member for member in members if _owns(edition, member.stem)]
    if not candidates:
        _check_owner(members, findings, edition=edition, others=others)
        candidates = list(members)
        what = f"has no name of {edition.name} ({', '.join(edition.stems)}): taken by its columns"
        findings.note(what, "check whether it is that edition; keep the names of the publisher")
    form = min(FORMS.index(member.part.suffix) for member in candidates)
    return _without_twins([m for m in candidates if FORMS.index(m.part.suffix) == form], findings)


def _owns(edition: Edition, stem: str) -> bool:
    """Tell whether a name is an edition's; a glob `file:type` also owns the GML file."""
    files = [glob.split(":")[0] for glob in edition.stems if ":" in glob]
    return edition.owns(stem) or any(fnmatchcase(stem.lower(), glob.lower()) for glob in files)


def _ways_to_name(member: Member) -> tuple[str, ...]:
    name = member.part.name
    return name, name.removesuffix(member.part.suffix), name.rpartition("/")[2], member.stem


def _check_owner(
    members: Sequence[Member], findings: Findings, *, edition: Edition, others: Iterable[Edition]
) -> None:
    """Refuse files that are another edition's by their names."""
    for other in others:
        if other.dataset == edition.dataset and other.key == edition.key:
            continue
        for member in members:
            if _owns(other, member.stem):
                what = f"{member.part.name} is {other.name} by its name, not {edition.name}"
                findings.stop(what, _write(other, edition))


def _write(other: Edition, edition: Edition) -> str:
    dataset = "" if other.dataset == edition.dataset else f'dataset = "{other.dataset}" and '
    return f'write {dataset}edition = "{other.key}", or give the file of {edition.name}'


def _without_twins(members: Sequence[Member], findings: Findings) -> list[Member]:
    twins: dict[str, list[Member]] = {}
    for member in members:
        twins.setdefault(member.stem.lower(), []).append(member)
    kept = []
    for alike in twins.values():
        sizes = {member.part.size for member in alike if member.part.suffix == ".shp"}
        if len(sizes) > 1:
            listed = ", ".join(member.part.name for member in alike[:LISTED])
            findings.stop(f"holds different files of one name ({listed})", CHOOSE)
        kept.append(min(alike, key=lambda member: not UTF8.search(member.part.name)))
    return kept


CHOOSE = 'choose one with sublayer = "folder/name" in the city file'


def own_names(names: Sequence[str], edition: Edition) -> dict[str, str]:
    """Return what the columns of a file are called in an edition: name in file -> `Column.name`.

    Names fit in any case, by their aliases, and where a DBF cut them at 10 bytes of cp932 or
    UTF-8. A column whose name is written out comes before one whose alias or beginning fits.
    """
    found: dict[str, str] = {}
    for ways in (_plain_ways, _alias_ways, _cut_ways):
        free: dict[str, list[str]] = {}
        for column in edition.columns:
            if column.name not in found.values():
                for way in ways(column.name, column.aliases):
                    free.setdefault(way.lower(), []).append(column.name)
        for name in names:
            fits = set(free.get(name.strip().lower(), ()))
            if name not in found and len(fits) == 1:
                own = fits.pop()
                if own not in found.values():
                    found[name] = own
    return found


def _plain_ways(name: str, _aliases: Sequence[str]) -> list[str]:
    return [name]


def _alias_ways(_name: str, aliases: Sequence[str]) -> list[str]:
    return list(aliases)


def _cut_ways(name: str, aliases: Sequence[str]) -> list[str]:
    return [
        whole.encode(encoding, "replace")[:NAME_BYTES].decode(encoding, "ignore")
        for whole in (name, *aliases)
        for encoding in ("cp932", "utf-8")
        if len(whole.encode(encoding, "replace")) > NAME_BYTES
    ]


def misfit(
    stem: str, names: Sequence[str], *, edition: Edition, others: Iterable[Edition] = ()
) -> tuple[str, str] | None:
    """Return what speaks against a file being of an edition, and what to write instead.

    Required columns may be missing; or the file has no name of the edition, and the columns
    of another edition fit it better.

    Parameters
    ----------
    stem
        Name of the file without folders and suffix.
    names
        Its columns.
    edition
        The edition that is asked.
    others
        Other editions of the dataset.
    """
    own = own_names(names, edition)
    missing = edition.missing(own.values())
    strangers = [name for name in names if name not in own]
    if not missing and (not strangers or _owns(edition, stem)):
        return None
    best = _best(names, edition, others)
    if missing:
        found = ", ".join(names[:MANY]) or "none"
        what = f"{stem} lacks {', '.join(missing[:MANY])} of {edition.name} (found: {found})"
    elif best is not edition:
        what = f"{stem} has {', '.join(strangers[:MANY])}, which {edition.name} does not have"
    else:
        return None
    if best is edition:
        return what, f"give the file of {edition.name} as it was downloaded"
    if best.missing(own_names(names, best).values()):
        fix = "check the dataset, or give the file as it was downloaded"
        return f"{what}; it fits no edition that is known, {best.name} is nearest", fix
    return f"{what}; its columns fit {best.name} best", _write(best, edition)


def _best(names: Sequence[str], edition: Edition, others: Iterable[Edition]) -> Edition:
    """Return the edition that fits some columns best; the one that is asked, if as well."""
    rest = [other for other in others if (other.dataset, other.key) != _key(edition)]
    cut = {other.name: list(own_names(names, other).values()) for other in (edition, *rest)}
    return min((edition, *rest), key=lambda one: _badness(one, names, cut[one.name]))


def _badness(edition: Edition, names: Sequence[str], own: Sequence[str]) -> tuple[int, int]:
    return len(edition.missing(own)), len(names) - len(own)


def _key(edition: Edition) -> tuple[str, str]:
    return edition.dataset, edition.key
