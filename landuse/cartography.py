"""From the tables of a study to what the maps are made of."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pandas as pd

from landuse.maps.data import MapData, ZoneText
from landuse.schema import claims_of_mask
from landuse.toml import Label

if TYPE_CHECKING:
    import geopandas as gpd

    from landuse.schema import Origin
    from landuse.study import Study

__all__ = ["NOTES", "map_data"]

NOTES = (
    Label(
        ja="到達時間は道路と土地の速さの表から求めた推計で、冬や坂、信号は含みません。",
        en="Times are modelled from speeds of roads and land, without winter, slopes or lights.",
    ),
)
"""What every reader must know of the figures, beside the page's own warnings."""


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
        facilities=study.facilities,
        coverage=study.coverage,
        worst_towns=study.worst_towns,
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
        notes=(*NOTES, *city.notes),
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
    )
