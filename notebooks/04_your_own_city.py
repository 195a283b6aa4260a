# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 自分のまちを20分で
# *Your own city in 20 minutes*
#
# 架空の「海辺町（うみべちょう）」を数行の GeoPandas で作り、一つの TOML ファイルから
# 区分・到達圏・地図まで進みます。自分のまちでは、作るかわりに国土数値情報などのファイルを置き、
# 同じ TOML を書きます。
#
# *A made-up town, from a few layers and one TOML file to zones, access and maps. For your own
# city, put real files where this notebook makes them up; the TOML stays the same.*

# %%
from pathlib import Path
from tempfile import mkdtemp

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, Polygon, box

import landuse as lu

folder = Path(mkdtemp(prefix="umibe-"))
crs = "EPSG:6677"  # 平面直角座標系 IX 系。まちの系を選ぶ the plane zone of the town
layers = folder / "layers"
layers.mkdir()

# %% [markdown]
# ## 1. 境界と土地 The boundary and the land
# 座標はメートルで、東西6km・南北5kmのまちです。土地についての「主張」（claim）は
# 重なってかまいません。使える語は `lu.schema.CLAIMS` です。
#
# *Claims on the land may overlap; `lu.schema.CLAIMS` has the vocabulary.*

# %%
west, south = 10_000.0, -60_000.0


def area(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """Return a rectangle in kilometres from the town's south-western corner."""
    return box(west + 1000 * x0, south + 1000 * y0, west + 1000 * x1, south + 1000 * y1)


def save(file: str, shapes: list, **columns: list) -> None:
    """Write shapes and their columns as one layer."""
    gpd.GeoDataFrame(columns, geometry=shapes, crs=crs).to_file(layers / f"{file}.gpkg")


save("boundary", [area(0, 0, 6, 5)])
save("coast", [area(-6, 0, 12, 11), area(4, -4, 4.4, -3.7)])  # まわりの陸地と沖の島。南は海
save(
    "land",
    [
        area(1, 0.5, 3, 2),
        area(2.5, 1.5, 5, 3.5),
        area(0, 2.5, 6, 5),
        area(4, 3, 6, 5),
        area(4.4, 0.6, 5.2, 1.2),
        area(0, 0, 0.8, 2),
    ],
    claim=["urban_core", "farm_core", "cover_forest", "park_special", "built_up", "water"],
)

# %% [markdown]
# ## 2. 人 People
# ふつうは国勢調査の500mメッシュ（e-Stat）です。ここでは中心から遠いほど少なくします。

# %%
squares = [(x, y) for x in np.arange(0, 6, 0.5) for y in np.arange(0, 5, 0.5)]
far = np.array([np.hypot(x + 0.25 - 2, y + 0.25 - 1.2) for x, y in squares])
people = np.round(900 * np.exp(-((far / 1.1) ** 2)) + 2)
save(
    "people",
    [area(x, y, x + 0.5, y + 0.5) for x, y in squares],
    population=list(people),
    population_65plus=list(np.round(people * np.clip(0.25 + 0.06 * far, 0, 0.5))),
)

# %% [markdown]
# ## 3. 施設・道路・町 Facilities, roads, towns
# 施設は表計算で作った CSV で十分です。位置のない行は「位置不明」として数えられ、捨てられません。

# %%
places = [
    ("海辺診療所", "clinic", 2.0, 1.2),
    ("東浜診療所", "clinic", 4.8, 0.9),
    ("中央会館", "neighbourhood_hall", 1.6, 1.0),
    ("山手会館", "neighbourhood_hall", 3.6, 3.0),
    ("港の交番", "police_box", None, None),
]
at = gpd.GeoSeries(
    [Point() if x is None else Point(west + 1000 * x, south + 1000 * y) for _, _, x, y in places],
    crs=crs,
).to_crs("EPSG:6668")
pd.DataFrame(
    {
        "facility_id": [f"u{number}" for number in range(1, len(places) + 1)],
        "name": [name for name, *_ in places],
        "category": [category for _, category, *_ in places],
        "address": ["海辺町"] * len(places),
        "lon": at.x.round(6),
        "lat": at.y.round(6),
    }
).to_csv(layers / "facilities.csv", index=False)


def line(*points: tuple[float, float]) -> LineString:
    """Return a road through points in kilometres."""
    return LineString([(west + 1000 * x, south + 1000 * y) for x, y in points])


save(
    "roads",
    [line((0, 1.2), (6, 1.2)), line((2, 0), (2, 5)), line((2, 3), (5.5, 3), (4.8, 0.9))],
    kind=["primary", "secondary", "tertiary"],
)
save(
    "towns",
    [
        Point(west + 2000, south + 1200),
        Point(west + 4800, south + 900),
        Point(west + 3600, south + 3000),
    ],
    town_id=["t1", "t2", "t3"],
    name=["中央", "東浜", "山手"],
    district=["umibe"] * 3,
)

# %% [markdown]
# ## 4. 何を「届く」とするか What counts as served

# %%
_ = (folder / "services.toml").write_text(
    "\n".join(
        f"""
[[service]]
key = "{key}"
name = {{ ja = "{ja}", en = "{en}" }}
kind = "watch_over"
select = {{ category = ["{key}"] }}
mode = "walk"
within_min = {minutes}
demand = "population_65plus"
standard_source = "海辺町の目安 the town's own guide"
"""
        for key, ja, en, minutes in [
            ("clinic", "診療所", "Clinic", 15),
            ("neighbourhood_hall", "会館", "Hall", 15),
            ("police_box", "交番", "Police box", 20),
        ]
    ),
    encoding="utf-8",
)

# %% [markdown]
# ## 5. 一つの TOML One TOML file
# 層ごとに、役割・ファイル・出典・時点・等級を書きます。国土数値情報なら `dataset` と
# `edition` だけで足ります（`data/kushiro/official.toml` が見本）。


# %%
def layer_text(key: str, role: str, path: str, grade: str = "modelled") -> str:
    """Return one layer of the city file."""
    return f"""
[[layer]]
key = "{key}"
role = "{role}"
path = "layers/{path}"
name = {{ ja = "{key}", en = "{key}" }}
source = "このノートで作った架空のデータ made up in this notebook"
vintage = "2026"
grade = "{grade}"
licence = "CC0"
"""


head = """
key = "umibe"
code = "12999"
name = { ja = "海辺町", en = "Umibe" }
crs = "EPSG:6677"
published_area_km2 = 30.0
published_area_source = "架空の町の要覧 a made-up handbook"
services = "services.toml"
"""
files = {
    "boundary": "boundary.gpkg",
    "claims": "land.gpkg",
    "population": "people.gpkg",
    "facilities": "facilities.csv",
    "roads": "roads.gpkg",
    "towns": "towns.gpkg",
    "land": "coast.gpkg",
}
toml = head + "".join(layer_text(role, role, path) for role, path in files.items())
_ = (folder / "city.toml").write_text(toml, encoding="utf-8")

# %% [markdown]
# ## 6. まちがいは、まとめて教える Mistakes are told all at once
# わざと、系のまちがい・ない等級・ないファイルを書いてみます。
# *Wrong on purpose: a system in degrees, a grade that does not exist, a file that is not there.*

# %%
wrong = toml.replace("EPSG:6677", "EPSG:4326").replace("modelled", "perfect", 1)
_ = (folder / "wrong.toml").write_text(wrong.replace("towns.gpkg", "town.gpkg"), encoding="utf-8")
try:
    lu.read_city(folder / "wrong.toml")
except lu.errors.InputError as error:
    print(str(error).replace(str(folder), "…"))

# %% [markdown]
# データの中身のまちがいも同じです（主張の語のつづり）。 *So it is with what layers hold.*

# %%
land = gpd.read_file(layers / "land.gpkg")
land.assign(claim=land["claim"].replace("farm_core", "farmland")).to_file(
    layers / "land_wrong.gpkg"
)
_ = (folder / "wrong.toml").write_text(
    toml.replace("land.gpkg", "land_wrong.gpkg"), encoding="utf-8"
)
try:
    lu.run(lu.read_city(folder / "wrong.toml"))
except lu.errors.InputError as error:
    print(str(error).replace(str(folder), "…"))

# %% [markdown]
# ## 7. 計算 Run it
# 同じことは、端末で `landuse build city.toml` でもできます。

# %%
study = lu.run(lu.read_city(folder / "city.toml"))
study.zone_areas.query("district == 'all'").round(3)

# %%
served = study.coverage.query("district == 'all' and zone == 'all' and unit == 'min'")
served[["service", "group", "within", "demand", "served", "share"]].round(3)

# %% [markdown]
# 農用地区域と森林・公園が重なる土地は、なぜその区分になったか。

# %%
overlapping = study.faces.sort_values("losers", key=lambda losers: losers.str.len()).iloc[-1]
print(study.explain(overlapping["mask"]).text("ja"))

# %% [markdown]
# ## 8. 地図を一つのファイルに The map as one file
# 公開用の地図は、通信のいらない HTML 1つです。
# 自分のレイヤー（ここでは計画案の候補地）も載せられます。
#
# *One HTML file without network, with a layer of your own.*

# %%
candidates = gpd.GeoDataFrame(
    {"案": ["A", "B"], "説明": ["山手に診療所を置く", "東浜の会館を広げる"]},
    geometry=[area(3.4, 2.8, 3.8, 3.2), area(4.6, 0.7, 5.0, 1.1)],
    crs=crs,
)
plan = lu.maps.layer(candidates, name="候補地 Candidates", column="案", popup=["案", "説明"])
page = lu.maps.page(study, layers=[plan], title="海辺町 計画案", path=folder / "umibe.html")
f"{len(page) / 1e6:.2f} MB"

# %%
study.map(layers=[plan])
