"""The embedded base layers of Kushiro hold together, and the archives they come from are pinned."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from types import ModuleType

KUSHIRO = Path(__file__).parents[1] / "data" / "kushiro"
LAYERS = KUSHIRO / "layers"
METRIC = "EPSG:6681"


def layer(name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(LAYERS / f"{name}.parquet")


def script(name: str) -> ModuleType:
    """Import one of the scripts beside the layers without leaving it on the path."""
    spec = importlib.util.spec_from_file_location(f"kushiro_{name}", KUSHIRO / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_city_has_a_mainland_an_exclave_and_small_islets() -> None:
    parts = shapely.get_parts(layer("boundary").to_crs(METRIC).geometry.iloc[0])
    areas_km2 = np.sort(shapely.area(parts))[::-1] / 1e6
    assert areas_km2.sum() == pytest.approx(1_362.90, rel=0.003)
    assert areas_km2[0] == pytest.approx(962, rel=0.01)
    assert areas_km2[1] == pytest.approx(401, rel=0.01)
    assert areas_km2[2:].max() < 0.01


def test_the_districts_partition_the_city_vertex_by_vertex() -> None:
    city = layer("boundary").geometry.iloc[0]
    districts = layer("districts")
    assert shapely.coverage_is_valid(districts.geometry.to_numpy())
    assert districts.union_all().symmetric_difference(city).area == 0
    metric = districts.to_crs(METRIC).area.sum()
    assert metric == pytest.approx(layer("boundary").to_crs(METRIC).area.sum(), rel=1e-12)


def test_onbetsu_touches_no_other_district() -> None:
    shapes = layer("districts").set_index("district").geometry
    assert shapes["onbetsu"].disjoint(shapes["akan"])
    assert shapes["onbetsu"].disjoint(shapes["kushiro"])


def test_every_town_lies_in_its_own_district_or_beside_the_city() -> None:
    towns, districts = layer("towns").to_crs(METRIC), layer("districts").to_crs(METRIC)
    assert len(towns) == 673
    assert towns["town_id"].is_unique
    home = towns["district"].map(districts.set_index("district").geometry.to_dict())
    metres = towns.distance(gpd.GeoSeries(home, crs=METRIC))
    assert (metres == 0).sum() >= 665
    assert metres.max() < 1_000


@pytest.mark.parametrize("path", sorted(LAYERS.glob("*.parquet")), ids=lambda path: path.stem)
def test_every_layer_is_valid_and_in_degrees(path: Path) -> None:
    table = pd.read_parquet(path)
    if "geometry" not in table:
        pytest.skip("a table without geometry")
    shapes = gpd.read_parquet(path)
    assert shapes.crs is not None
    assert shapes.crs.to_epsg() == 4326
    assert shapes.is_valid.all()
    assert not shapes.is_empty.any()


def test_the_layers_stay_small() -> None:
    assert sum(path.stat().st_size for path in LAYERS.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", ["degurba", "landcover"])
def test_measured_classes_cover_the_whole_city(name: str) -> None:
    city = layer("boundary").to_crs(METRIC).geometry.iloc[0]
    bare = city.difference(layer(name).to_crs(METRIC).union_all(grid_size=0.01))
    assert bare.area < 10


def test_lake_akan_has_its_published_size() -> None:
    lakes = layer("lakes").set_index("name_ja")
    assert lakes.loc["阿寒湖", "area_km2"] == pytest.approx(13.28, rel=0.01)


def test_the_trunk_roads_are_one_network_that_reaches_every_town_hall() -> None:
    roads = layer("roads")
    nodes, ends = np.unique(roads[["u", "v"]].to_numpy(), return_inverse=True)
    pairs = ends.reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(roads)), (pairs[0], pairs[1])), shape=(len(nodes),) * 2)
    assert connected_components(graph, directed=False)[0] == 1
    halls = pd.read_csv(LAYERS / "municipalities.csv")
    points = gpd.GeoSeries(gpd.points_from_xy(halls["lon"], halls["lat"]), crs=4326)
    assert points.to_crs(METRIC).distance(roads.to_crs(METRIC).union_all()).max() < 15_000


def test_a_road_is_not_shorter_than_the_straight_line_between_its_ends() -> None:
    roads = layer("roads")
    straight_km = roads.to_crs(METRIC).length / 1_000
    assert (roads["length_km"] > 0.99 * straight_km).all()


def test_the_city_has_its_seven_stations() -> None:
    stations = layer("stations")
    in_city = set(stations.loc[stations["in_city"], "name_ja"].str.removesuffix("駅"))
    assert in_city == {"音別", "大楽毛", "新大楽毛", "新富士", "釧路", "東釧路", "武佐"}
    assert stations["name_en"].notna().all()


def test_the_catchment_holds_the_published_people_and_area() -> None:
    table = pd.read_csv(LAYERS / "municipalities.csv", dtype={"code": str})
    assert len(table) == 13
    assert table["population_2020"].sum() == 294_384
    medical = table[table["ring"] != "tertiary_medical"]
    assert medical["population_2020"].sum() == 222_613
    assert medical["area_km2"].sum() == pytest.approx(5_996.17)


def test_an_altered_archive_is_refused(tmp_path: Path) -> None:
    packages = script("packages")
    pinned = packages.PACKAGES[0]
    (tmp_path / pinned.archive).write_bytes(b"something else")
    with pytest.raises(packages.PackageError, match="pinned is"):
        packages.Packages(folder=tmp_path).path(pinned.name)


def test_an_unknown_package_is_named(tmp_path: Path) -> None:
    packages = script("packages")
    with pytest.raises(packages.PackageError, match="no package 'nothing' is pinned"):
        packages.Packages(folder=tmp_path).path("nothing")
