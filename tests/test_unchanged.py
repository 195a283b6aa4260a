"""No function changes what it is given: all of the public API, on the toy town."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import inspect
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import toy
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from landuse import (
    access,
    areal,
    cells,
    checking,
    claims,
    coverage,
    equity,
    facilities,
    geocode,
    hazards,
    indicators,
    inputs,
    leastcost,
    network,
    outputs,
    partition,
    people,
    reach,
    surface,
    zoning,
)
from landuse.config import preset
from landuse.decay import Linear
from landuse.handbook import read_indicators
from landuse.services import Timing
from landuse.transit import timetable_of_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Run

    Call = Callable[[SimpleNamespace], object]

MODULES = (
    *("access", "areal", "cells", "claims", "coverage", "equity", "facilities", "geocode"),
    *("hazards", "indicators", "leastcost", "network", "partition", "people", "reach"),
    *("surface", "zoning"),
)
"""Modules of analysis whose functions take tables or rasters."""

TIMING = Timing(date=dt.date(2025, 10, 1), window_s=(0, 3600), cutoff_min=60, direction="arrive_by")

NO_TABLES = {"network.turns_of", "coverage.standards", "zoning.decide", "zoning.explain"}
"""Functions that are given none."""

CALLS: dict[str, Call] = {
    "access.balanced_fca": lambda p: access.balanced_fca(
        p.matrix, p.supply, p.cells["population"], decay=Linear(cutoff_s=3600)
    ),
    "access.border_flag": lambda p: access.border_flag(p.edge_s, p.edge_s),
    "access.bundle": lambda p: access.bundle(p.cells, p.theme, coverage.standards(p.services)),
    "access.bundle_shares": lambda p: access.bundle_shares(
        p.cells, p.theme, coverage.standards(p.services)
    ),
    "access.compact": lambda p: access.compact(p.costs, p.cells.index, p.supply.index),
    "access.kth_cost": lambda p: access.kth_cost(p.matrix, p.cells.index, k=2),
    "access.limited_catchments": lambda p: access.limited_catchments(
        p.matrix, p.supply, p.cells["population"], cutoff_s=3600
    ),
    "access.mean_cost": lambda p: access.mean_cost(p.costs, p.cells.index, k=2),
    "access.nearest_cost": lambda p: access.nearest_cost(p.costs, p.cells.index),
    "access.opportunities": lambda p: access.opportunities(
        p.costs, p.supply, p.cells.index, decay=Linear(cutoff_s=3600)
    ),
    "access.raam": lambda p: access.raam(p.matrix, p.supply, p.cells["population"], tau_s=3600),
    "access.reach_border_flag": lambda p: access.reach_border_flag(p.edge_s, cutoff_s=60),
    "access.served_share": lambda p: access.served_share(
        p.costs, p.supply, p.cells["population"], cutoff_s=3600
    ),
    "access.spatial_availability": lambda p: access.spatial_availability(
        p.matrix, p.supply, p.cells["population"], decay=Linear(cutoff_s=3600)
    ),
    "access.straight_line": lambda p: access.straight_line(p.cells.geometry, p.places),
    "access.three_step_fca": lambda p: access.three_step_fca(
        p.matrix, p.supply, p.cells["population"], decay=Linear(cutoff_s=3600)
    ),
    "access.two_step_fca": lambda p: access.two_step_fca(
        p.costs, p.supply, p.cells["population"], decay=Linear(cutoff_s=3600)
    ),
    "access.with_reasons": lambda p: access.with_reasons(p.edge_s, p.costs),
    "areal.interpolate": lambda p: areal.interpolate(
        p.cells, p.districts, extensive=["population"]
    ),
    "areal.share_out": lambda p: areal.share_out(
        p.cells, p.pairs, targets=pd.Index(["a", "b"]), extensive=["population"]
    ),
    "cells.cells_within": lambda p: cells.cells_within(p.boundary, p.grid),
    "cells.mesh_pairs": lambda p: cells.mesh_pairs(p.meshes["mesh_code"], p.grid),
    "cells.nearest_town": lambda p: cells.nearest_town(p.cells, p.towns, p.grid),
    "cells.place_of": lambda p: cells.place_of(p.cells, p.districts, p.grid, column="district"),
    "claims.claim_table": lambda p: claims.claim_table([p.land], p.boundary),
    "claims.overlap_areas": lambda p: claims.overlap_areas(p.faces),
    "coverage.coverage": lambda p: coverage.coverage(p.cells, coverage.standards(p.services)),
    "coverage.rings": lambda p: coverage.rings(p.regional, p.region),
    "coverage.worst_served_towns": lambda p: coverage.worst_served_towns(
        p.cells, coverage.standards(p.services), least_demand=1
    ),
    "equity.concentration_index": lambda p: equity.concentration_index(
        p.edge_s, p.cells["population"], rank_by=p.cells["population_65plus"]
    ),
    "equity.fgt": lambda p: equity.fgt(p.edge_s, p.cells["population"], line=9),
    "equity.fgt_by_group": lambda p: equity.fgt_by_group(p.edge_s, p.groups, line=9),
    "equity.gini": lambda p: equity.gini(p.edge_s, p.cells["population"]),
    "equity.inequality_by_group": lambda p: equity.inequality_by_group(p.edge_s, p.groups),
    "equity.palma": lambda p: equity.palma(p.edge_s, p.cells["population"]),
    "equity.split_people": lambda p: equity.split_people(
        p.cells["population"], p.cells["district"]
    ),
    "equity.theil": lambda p: equity.theil(p.edge_s, p.cells["population"]),
    "equity.theil_by_group": lambda p: equity.theil_by_group(p.edge_s, p.groups),
    "equity.unknown_people": lambda p: equity.unknown_people(p.edge_s, p.cells["population"]),
    "equity.weighted_mean": lambda p: equity.weighted_mean(p.edge_s, p.cells["population"]),
    "equity.weighted_quantiles": lambda p: equity.weighted_quantiles(
        p.edge_s, p.cells["population"]
    ),
    "facilities.offers": lambda p: facilities.offers(p.listed, p.services),
    "facilities.placed": lambda p: facilities.placed(p.listed),
    "facilities.without_data": lambda p: facilities.without_data(p.offered, p.services),
    "geocode.geocode": lambda p: geocode.geocode(p.listed["address"], towns=p.towns, city="玩具町"),
    "leastcost.least_cost": lambda p: leastcost.least_cost(
        p.surface.friction, p.sources, steps_m=p.steps, walls=p.surface.walls
    ),
    "network.nearest": lambda p: network.nearest(p.network, p.points, p.places, off_network_kmh=4),
    "network.cost_matrix": lambda p: network.cost_matrix(
        p.network, p.points, p.places, off_network_kmh=4
    ),
    "network.isochrones": lambda p: network.isochrones(
        p.network, p.places.iloc[:1], cutoffs_s=[120.0], off_network_kmh=4
    ),
    "network.key_of": lambda p: network.key_of(p.network),
    "network.nearest_k": lambda p: network.nearest_k(
        p.network, p.points, p.places, count=1, off_network_kmh=4
    ),
    "network.opportunities": lambda p: network.opportunities(
        p.network,
        p.points,
        p.offers,
        columns=["supply"],
        off_network_kmh=4,
        decay=Linear(cutoff_s=3600),
    ),
    "network.people_within": lambda p: network.people_within(
        p.network,
        p.offers,
        p.points,
        columns=["supply"],
        off_network_kmh=4,
        decay=Linear(cutoff_s=3600),
    ),
    "network.prepare": lambda p: network.prepare(p.network),
    "network.made_ready": lambda p: network.made_ready(p.network),
    "network.put_on_streets": lambda p: network.put_on_streets(p.network, p.points),
    "network.seconds_at": lambda p: network.seconds_at(
        p.network, speeds=p.rules.speeds, mode="walk"
    ),
    "network.repriced": lambda p: network.repriced(
        p.network,
        ahead_s=p.network.edges["ahead_s"].to_numpy() * 2,
        back_s=p.network.edges["back_s"].to_numpy() * 2,
    ),
    "network.network_from_edges": lambda p: network.network_from_edges(
        p.streets, speeds=p.rules.speeds, mode="walk"
    ),
    "network.snap": lambda p: network.snap(p.network, p.points),
    "network.travel_costs": lambda p: network.travel_costs(
        p.network, p.points, p.places, off_network_kmh=4
    ),
    "partition.measure_fit": lambda p: partition.measure_fit(p.faces, p.boundary),
    "partition.partition": lambda p: partition.partition(p.boundary, p.claims),
    "people.people_on_cells": lambda p: people.people_on_cells(
        p.meshes, p.cells, p.grid, land=p.classes
    ),
    "reach.border_flags": lambda p: reach.border_flags(
        p.cells, p.cells, p.services, ways=p.ways, margin_m=3000.0
    ),
    "reach.build_ways": lambda p: reach.build_ways(
        p.grid,
        p.ground,
        p.streets,
        p.water,
        cells=p.cells,
        streets=p.streets,
        speeds=p.rules.speeds,
        modes=["walk"],
    ),
    "reach.land_classes": lambda p: reach.land_classes(p.faces, [p.boundary], p.rules.speeds),
    "reach.reach_services": lambda p: reach.reach_services(
        p.cells, p.offered, p.services, ways=p.ways
    ),
    "reach.regional_costs": lambda p: reach.regional_costs(
        p.halls, p.offered, p.services, p.streets, speeds=p.rules.speeds
    ),
    "reach.seconds_within_standard": lambda p: reach.seconds_within_standard(
        p.cells, p.offered, p.services, ways=p.ways
    ),
    "reach.own_times": lambda p: reach.own_times(p.cells, p.services),
    "reach.times_by_mode": lambda p: reach.times_by_mode(
        p.cells, p.offered, p.services, ways=p.ways
    ),
    "reach.within_standard": lambda p: reach.within_standard(
        p.cells["clinic_s"].to_numpy(float), p.services[0]
    ),
    "reach.with_rides": lambda p: reach.with_rides(
        p.ways, p.timetable, p.cells, timing=TIMING, speeds=p.rules.speeds
    ),
    "hazards.people_in_hazards": lambda p: hazards.people_in_hazards(p.cells, p.flood),
    "indicators.indicator_table": lambda p: indicators.indicator_table(
        p.cells, {"facilities": p.listed}, read_indicators(preset("indicators.toml"))
    ),
    "indicators.reached_share": lambda p: indicators.reached_share(
        p.cells.geometry, p.places, within_m=200.0
    ),
    "surface.build_surface": lambda p: surface.build_surface(
        p.grid, p.ground, p.streets, p.water, speeds=p.rules.speeds, mode="walk", inhabited=p.lived
    ),
    "surface.nearest_on_surface": lambda p: surface.nearest_on_surface(
        p.surface, p.cells, p.places
    ),
    "surface.reach": lambda p: surface.reach(p.surface, p.places),
    "zoning.classify": lambda p: zoning.classify(p.masks, p.rules.overlaps, p.rules.scheme),
    "zoning.dissolve": lambda p: zoning.dissolve(p.faces),
    "zoning.zone_areas": lambda p: zoning.zone_areas(p.faces, p.districts),
    "inputs.located": lambda p: inputs.located(p.inputs),
    "checking.check": lambda p: checking.check(p.inputs),
    "checking.check_streets": lambda p: checking.check_streets(p.inputs, p.rules.speeds),
    "checking.check_services": lambda p: checking.check_services(p.inputs),
    "outputs.provenance": lambda p: outputs.provenance(p.study, {}),
    "outputs.faces_table": lambda p: outputs.faces_table(p.study),
    "outputs.summary": lambda p: outputs.summary(p.study),
    "study.map_data": lambda p: p.study.map_data(),
}


@pytest.fixture(scope="module")
def parts(toy_run: Run) -> SimpleNamespace:
    """Return everything that the calls are given, from one run."""
    run = toy_run.study
    streets, halls = (layer.to_crs(toy.CRS) for layer in (toy.streets(), toy.halls()))
    speeds = run.rules.speeds
    ground = reach.land_classes(run.faces, [], speeds)
    water = gpd.GeoDataFrame(geometry=[run.faces.geometry.iloc[0].centroid.buffer(20)], crs=toy.CRS)
    rows, cols = (run.cells[name].to_numpy("int64") for name in ("row", "col"))
    points = gpd.GeoSeries(
        gpd.points_from_xy(*run.grid.centres_xy(rows, cols)), run.cells.index, crs=toy.CRS
    )
    offered = run.facilities
    here = facilities.placed(offered)
    places = gpd.GeoSeries(here.geometry.to_numpy(), here["facility_id"], crs=toy.CRS)
    net = network.network_from_edges(streets, speeds=speeds, mode="walk")
    ways = reach.build_ways(
        run.grid,
        ground,
        streets,
        water,
        cells=run.cells,
        streets=streets,
        speeds=speeds,
        modes=["walk", "walk_elderly", "drive"],
    )
    regional = reach.regional_costs(halls, offered, run.city.services, streets, speeds=speeds)
    mesh = str(run.cells.index[0])[:8]
    costs = network.travel_costs(net, points, places, off_network_kmh=4)
    edge_s = pd.Series(np.arange(len(run.cells), dtype=float), run.cells.index, name="edge_s")
    return SimpleNamespace(
        study=run,
        rules=run.rules,
        inputs=run.inputs,
        services=run.city.services,
        grid=run.grid,
        boundary=run.boundary,
        claims=run.claims,
        faces=run.faces,
        masks=run.faces[["mask", "geometry"]],
        cells=run.cells,
        offered=offered,
        land=run.inputs.all("claims"),
        listed=inputs.located(run.inputs),
        districts=run.inputs.all("districts"),
        towns=run.inputs.all("towns"),
        streets=streets,
        halls=halls,
        ground=ground,
        water=water,
        lived=(rows, cols),
        points=points,
        places=places,
        network=net,
        ways=ways,
        timetable=timetable_of_calls(
            pd.DataFrame({"stop_id": ["a", "b"], "lon": [144.37, 144.38], "lat": [43.0, 43.01]}),
            pd.DataFrame({"trip_id": ["t"]}),
            pd.DataFrame(
                {
                    "trip": [0, 0],
                    "stop": [0, 1],
                    "arrival_s": [0, 600],
                    "departure_s": [0, 600],
                }
            ),
        ),
        offers=gpd.GeoDataFrame({"supply": 2.0}, geometry=places, index=places.index),
        flood=run.boundary.assign(hazard="flood"),
        surface=ways["walk"].surface,
        steps=run.grid.steps_m(),
        sources=(rows[:1], cols[:1]),
        costs=costs,
        matrix=access.compact(costs, run.cells.index, places.index),
        edge_s=edge_s,
        groups=run.cells[["population", "population_65plus"]],
        theme=[service.key for service in run.city.services],
        supply=pd.Series(2.0, places.index),
        regional=regional,
        region=regional.set_index("from_id")["population"],
        pairs=pd.DataFrame({"source": run.cells.index, "target": "a", "weight": 1.0}),
        meshes=gpd.GeoDataFrame(
            {"mesh_code": [mesh], "population": [50]},
            geometry=[run.boundary.geometry.iloc[0].envelope],
            crs=toy.CRS,
        ),
        classes=pd.Series("built_up", run.cells.index),
    )


def leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever a function may be given
    """Yield what a value holds, down to tables, arrays and single values."""
    if isinstance(value, SimpleNamespace):
        value = vars(value)
    elif dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif hasattr(value, "toarray"):  # a sparse graph
        value = value.toarray()
    if isinstance(value, dict):
        yield list(value)
        value = tuple(value.values())
    if isinstance(value, tuple):
        for part in value:
            yield from leaves(part)
    else:
        yield value


def same(one: object, other: object) -> None:
    """Fail where two values differ anywhere."""
    for left, right in zip(leaves(one), leaves(other), strict=True):
        assert type(left) is type(right)
        if isinstance(left, pd.DataFrame):
            assert_frame_equal(left, right, check_exact=True)
        elif isinstance(left, pd.Series):
            assert_series_equal(left, right, check_exact=True)
        elif isinstance(left, pd.Index):
            assert_index_equal(left, right, exact=True)
        else:
            np.testing.assert_equal(left, right)


@pytest.mark.parametrize("name", CALLS)
def test_a_function_changes_none_of_its_inputs(parts: SimpleNamespace, name: str) -> None:
    before = copy.deepcopy(parts)
    CALLS[name](parts)
    same(parts, before)


def test_every_public_function_of_the_analysis_is_among_them() -> None:
    public = {
        f"{module}.{name}"
        for module in MODULES
        for name in import_module(f"landuse.{module}").__all__
        if inspect.isfunction(getattr(import_module(f"landuse.{module}"), name))
    }
    assert public - NO_TABLES <= set(CALLS)
    assert public >= NO_TABLES


def test_a_change_would_be_seen(parts: SimpleNamespace) -> None:
    before = copy.deepcopy(parts)
    changed = copy.deepcopy(parts)
    changed.network.edges.iloc[0, changed.network.edges.columns.get_loc("ahead_s")] += 1
    with pytest.raises(AssertionError):
        same(changed, before)
