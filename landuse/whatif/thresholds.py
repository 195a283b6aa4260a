"""Changes of thresholds: how dense land must be to count as settled, how large a patch must be.

The layers of a study hold claims as areas, cut by whoever made them. A threshold that is
changed here is measured twice on the study's own people or patches, as it is and as it
would be, and only the difference is laid upon the claims: where nothing changes by our
measure, the layer's word stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from landuse.errors import CityError, Fault
from landuse.schema import MEASURED_CLAIMS, claim_bit
from landuse.toml import Label
from landuse.whatif.changes import Change, require_known
from landuse.whatif.ground import MESH_CELLS, Edit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from landuse.scheme import Scheme
    from landuse.whatif.ground import Ground

    Bools = NDArray[np.bool_]

__all__ = ["SETTLEMENT", "LeastPatch", "ScaleDensity", "Settlement"]


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """When meshes of about 1 km count as one kind of settlement."""

    people_km2: float
    """Least people per square kilometre of land."""
    people: float
    """Least people of meshes that touch, together."""
    corners: bool
    """Whether meshes that share but a corner touch."""


SETTLEMENT: Mapping[str, Settlement] = {
    "settlement_centre": Settlement(people_km2=1500, people=50_000, corners=False),
    "settlement_cluster": Settlement(people_km2=300, people=5000, corners=True),
}
"""Urban centre and urban cluster of the Degree of Urbanisation (UN, Eurostat), which the
rules of `zones.toml` quote; without its filling of gaps and smoothing of edges."""


@dataclass(frozen=True, kw_only=True)
class ScaleDensity(Change):
    """Land must be more or less densely settled to count as settlement.

    Meshes of about 1 km that pass the threshold now and would not any more lose the claim
    (of a centre they keep that of a cluster, if they pass its threshold); those that would
    pass gain it. Only the faces that such meshes meet are cut; nothing else is.
    """

    claim: str
    """One of `SETTLEMENT`."""
    factor: float
    """What the least density is multiplied by."""
    now: Settlement | None = None
    """The thresholds as they are; left out, those of `SETTLEMENT`."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"scale_density:{self.claim}:{self.factor:g}"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        name = scheme.claim_labels[self.claim]
        limit = (self.now or SETTLEMENT[self.claim]).people_km2 * self.factor
        return Label(
            ja=f"「{name.ja}」の密度の下限を {limit:,.0f}人/km²（{self.factor:g}倍）に",
            en=f"least density of {name.en} {limit:,.0f} people/km² ({self.factor:g} times)",
        )

    def edits(self, ground: Ground) -> tuple[Edit, ...]:
        """Return the meshes that lose the claim and those that gain it.

        Raises
        ------
        CityError
            If there is no threshold for the claim, or the factor is not above 0.
        """
        self._check()
        if ground.meshes["population"].isna().all():
            return ()
        limit, bit = self.now or SETTLEMENT[self.claim], claim_bit(self.claim)
        now = settled(ground.meshes, limit)
        then = settled(ground.meshes, limit, factor=self.factor)
        cluster = np.zeros_like(now)
        if self.claim == "settlement_centre":
            cluster = settled(ground.meshes, SETTLEMENT["settlement_cluster"])
        lost, codes = now & ~then, ground.meshes.index
        parts = (
            (lost & ~cluster, bit, 0),
            (lost & cluster, bit, claim_bit("settlement_cluster")),
            (then & ~now, 0, bit),
        )
        return tuple(
            _where_held(ground.within_meshes(codes[which], clear=clear, add=add), ground)
            for which, clear, add in parts
            if which.any()
        )

    def _check(self) -> None:
        require_known(self.claim, SETTLEMENT, what="claim with a density")
        if not 0 < self.factor < np.inf:
            what = f"is {self.factor}"
            raise CityError(Fault(where="change: factor", what=what, fix="give one above 0"))


def _where_held(edit: Edit, ground: Ground) -> Edit:
    """Keep an edit that takes a claim away to the land that has it."""
    if not edit.clear:
        return edit
    has = (ground.masks & edit.clear) != 0
    return Edit(
        face=edit.face & has,
        cell=edit.cell & has[ground.face_of_cell],
        clear=edit.clear,
        add=edit.add,
        area=edit.area,
    )


def settled(meshes: pd.DataFrame, limit: Settlement, *, factor: float = 1.0) -> Bools:
    """Tell which meshes are settled: dense enough, and enough people with those they touch.

    Parameters
    ----------
    meshes
        `row`, `col` (in cells), `population`, `land_km2`.
    limit
        The thresholds.
    factor
        What the least density is multiplied by.
    """
    from scipy.ndimage import label  # noqa: PLC0415 - keeps the import of the package light

    people = meshes["population"].fillna(0.0).to_numpy()
    land_km2 = meshes["land_km2"].to_numpy()
    dense = (land_km2 > 0) & (people >= factor * limit.people_km2 * land_km2)
    row = (meshes["row"] // MESH_CELLS).to_numpy()
    col = (meshes["col"] // MESH_CELLS).to_numpy()
    row, col = row - row.min(initial=0), col - col.min(initial=0)
    shape = (int(row.max(initial=0)) + 1, int(col.max(initial=0)) + 1)
    field = np.zeros(shape, bool)
    field[row[dense], col[dense]] = True
    groups, _ = label(field, structure=np.ones((3, 3)) if limit.corners else None)
    group = np.where(dense, groups[row, col], 0)
    enough = np.bincount(group, weights=people) >= limit.people
    return np.asarray(dense & enough[group])


@dataclass(frozen=True, kw_only=True)
class LeastPatch(Change):
    """A measured claim counts only in patches of some size."""

    claim: str
    """One of the measured claims, such as `cover_farm`."""
    least_ha: float
    """Patches below this many hectares do not count."""

    @property
    def key(self) -> str:
        """Short name."""
        return f"least_patch:{self.claim}:{self.least_ha:g}ha"

    def label(self, scheme: Scheme) -> Label:
        """Return the change in words."""
        name = scheme.claim_labels[self.claim]
        return Label(
            ja=f"「{name.ja}」は {self.least_ha:g}ha 以上のまとまりだけ数える",
            en=f"{name.en} only in patches of {self.least_ha:g} ha or more",
        )

    def edits(self, ground: Ground) -> tuple[Edit, ...]:
        """Return the faces of patches that are too small.

        Raises
        ------
        CityError
            If the claim is not a measured one.
        """
        require_known(self.claim, MEASURED_CLAIMS, what="measured claim")
        bit = claim_bit(self.claim)
        has = (ground.masks & bit) != 0
        if not has.any():
            return ()
        shapes = np.asarray(ground.faces.geometry)[has]
        patches = shapely.get_parts(shapely.coverage_union_all(shapes))
        spot, patch = shapely.STRtree(patches).query(
            shapely.point_on_surface(shapes), predicate="within"
        )
        small = np.zeros(len(has), bool)
        small[np.flatnonzero(has)[spot]] = shapely.area(patches)[patch] < self.least_ha * 1e4
        return (Edit(face=small, cell=small[ground.face_of_cell], clear=bit, add=0),)
