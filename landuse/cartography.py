"""From the tables of a study to what the maps are made of."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from landuse.caveats import caveats_of
from landuse.errors import Fault, LayerError
from landuse.maps.data import MapData, ZoneText
from landuse.schema import claims_of_mask
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd

    from landuse.config import City
    from landuse.schema import Origin
    from landuse.study import Study

__all__ = ["SHOWN_AS_THEY_ARE", "map_data", "published"]

SHOWN_AS_THEY_ARE = (
    "facilities",
    "districts",
    "towns",
    "neighbours",
    "land",
    "lakes",
    "roads",
    "railways",
    "stations",
    "transport",
)
"""Tables of a map whose features are those of their layers, not computed from them."""

GIVING_AWAY = ("winner", "losers", "runner_up", "why_easy")
"""Columns of faces that tell single claims apart and may be blank."""


def map_data(study: Study) -> MapData:
    """Return what the pages, the print map and the report show of a study."""
    city, inputs = study.city, study.inputs
    return MapData(
        key=city.key,
        label=city.label,
        vintage=_vintage(study),
        made_on=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        published_area_km2=city.published_area_km2,
        published_area_source=city.published_area_source,
        zones=tuple(
            ZoneText(key=zone.key, label=zone.label, meaning=zone.meaning)
            for zone in study.rules.scheme.zones
        ),
        boundary=study.boundary,
        faces=_explained(study),
        zone_areas=study.zone_areas,
        services=city.services,
        cells=study.cells,
        times=study.times,
        facilities=study.facilities,
        coverage=study.coverage,
        worst_towns=study.worst_towns,
        indicators=study.indicators,
        hazards=study.hazards,
        bundles=study.bundles,
        equity=study.equity,
        profiles=study.profiles,
        regional=study.regional,
        rings=study.rings,
        districts=inputs.all("districts"),
        towns=inputs.all("towns"),
        neighbours=inputs.all("neighbours"),
        land=inputs.all("land"),
        lakes=inputs.all("water"),
        roads=inputs.all("roads"),
        railways=inputs.all("railways"),
        stations=inputs.all("stations"),
        transport=inputs.all("transport"),
        origins={layer.key: layer.origin for layer in city.layers},
        layer_labels={layer.key: layer.label for layer in city.layers},
        claim_labels=study.rules.scheme.claim_labels,
        claim_layers=_claim_layers(study),
        scheme=study.rules.scheme,
        overlaps=study.rules.overlaps,
        notes=(*caveats_of(study), *city.notes),
    )


def _vintage(study: Study) -> str:
    years = sorted(set(re.findall(r"\d{4}", " ".join(o.vintage for o in _origins(study)))))
    return "–".join(dict.fromkeys([years[0], years[-1]])) if years else ""


def _origins(study: Study) -> list[Origin]:
    return [layer.origin for layer in study.city.layers]


def _claim_layers(study: Study) -> dict[str, tuple[str, ...]]:
    """Return which layers make each claim."""
    layers = study.claims.groupby("claim")["layer"].unique()
    return {str(claim): tuple(keys) for claim, keys in layers.items()}


def _explained(study: Study) -> gpd.GeoDataFrame:
    """Return the faces with their claims and reasons in words, one text per set of claims."""
    masks = study.faces["mask"].to_numpy()
    told = study.explain_each(set(masks.tolist()))
    return study.faces.assign(
        claims=pd.Series([claims_of_mask(mask) for mask in masks], index=study.faces.index),
        rule_text_ja=[told[mask].text_of_rule.ja for mask in masks],
        rule_text_en=[told[mask].text_of_rule.en for mask in masks],
        why_ja=[told[mask].sentence("ja") for mask in masks],
        why_en=[told[mask].sentence("en") for mask in masks],
        why_easy=[told[mask].sentence("easy") for mask in masks],
    )


def published(data: MapData, city: City) -> MapData:
    """Return what of a study may stand in a public map, as the licences of its layers have it.

    Features of a layer with `embed = false` are left out. What is computed from them stays:
    zones, areas, times, coverage. Faces keep zone and rule but no claim that such a layer
    makes, so that its polygons cannot be told apart from those that they are merged with.

    Parameters
    ----------
    data
        From `map_data`.
    city
        Says which layers may be embedded.

    Raises
    ------
    LayerError
        For each layer of which not even derived figures may be published.
    """
    faults = [
        _refusal(layer.key, layer.edition.terms.name)
        for layer in city.layers
        if layer.edition and not layer.edition.terms.embed_derived
    ]
    if faults:
        raise LayerError(faults)
    hidden = {layer.key for layer in city.layers if not layer.embed}
    if not hidden:
        return data
    shown: dict[str, Any] = {
        name: _without(getattr(data, name), hidden) for name in SHOWN_AS_THEY_ARE
    }
    made = {claim for claim, layers in data.claim_layers.items() if hidden.intersection(layers)}
    note = _withheld(
        [str(data.layer_labels[key].ja) for key in data.origins if key in hidden],
        [str(data.layer_labels[key].en) for key in data.origins if key in hidden],
    )
    return replace(
        data, **shown, faces=_without_claims(data.faces, made), notes=(*data.notes, note)
    )


def _refusal(layer: str, licence: str) -> Fault:
    return Fault(
        where=f"layer {layer}",
        what=f"its licence ({licence}) lets nothing computed from it be published",
        fix="take the layer out of the city file for a run whose maps are public",
    )


def _without(table: gpd.GeoDataFrame, layers: Collection[str]) -> gpd.GeoDataFrame:
    return table[~table["layer"].isin(layers)] if "layer" in table else table


def _without_claims(faces: gpd.GeoDataFrame, claims: Collection[str]) -> gpd.GeoDataFrame:
    """Return the faces without some claims: where one stood, the rule alone gives the reason."""
    if not claims:
        return faces
    kept = [tuple(c for c in found if c not in claims) for found in faces["claims"]]
    touched = [len(k) < len(found) for k, found in zip(kept, faces["claims"], strict=True)]
    blank = pd.Series(touched, index=faces.index)
    texts = {
        f"why_{lang}": faces[f"why_{lang}"].where(~blank, faces[f"rule_text_{lang}"])
        for lang in ("ja", "en")
    }
    told = {name: faces[name].where(~blank, "") for name in GIVING_AWAY if name in faces}
    return faces.assign(claims=pd.Series(kept, index=faces.index), **texts, **told)


def _withheld(ja: list[str], en: list[str]) -> Label:
    return Label(
        ja=f"使用条件により、次の資料の図形そのものは載せず、計算した区分・面積・時間だけを示します：{'、'.join(ja)}",
        en="By their licences only what is computed from these is shown, not their shapes: "
        + ", ".join(en),
    )
