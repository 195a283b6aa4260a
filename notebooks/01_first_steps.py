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
# # 釧路市：五つの地域と、届くサービス
# *Kushiro: five zones, and the services within reach*
#
# このノートは内蔵データだけで動きます（通信不要）。数字には等級があります：
# **公式** official・**算出** derived・**推計** modelled。

# %%
import landuse as lu

city = lu.read_city(lu.embedded_city())
study = lu.run(city)

# %% [markdown]
# ## 1. 五つの地域はどれだけの広さか How large is each zone?
# 面積は EPSG:6681 で測ったままです。公表値（1,362.90 km²）に合わせて伸縮しません。

# %%
areas = study.zone_areas.query("district == 'all'")
areas.round({"area_km2": 2, "share": 4})

# %%
{"測定 measured": round(study.measured_area_km2, 2), "公表 published": city.published_area_km2}

# %% [markdown]
# ## 2. なぜこの場所はこの地域か Why is this place in this zone?
# 面（face）ごとに、重なっている主張と、決め手になった規則、次点の地域が残っています。

# %%
largest = study.faces.sort_values("area_km2", ascending=False).drop_duplicates("zone")
for mask in largest["mask"]:
    print(study.explain(mask).text("ja"), end="\n\n")

# %% [markdown]
# ## 3. だれに届いているか Who is served?
# 65歳以上の人のうち、基準の時間のうちに届く人の割合です。空欄は「データなし」で、0 ではありません。

# %%
everywhere = "district == 'all' and zone == 'all' and group == '65plus' and unit == 'min'"
served = study.coverage.query(everywhere)
served[["kind", "service", "mode", "within", "demand", "share", "grade"]].round(3)

# %% [markdown]
# ## 4. いちばん届いていない町 The worst-served towns, by name

# %%
hall = study.worst_towns.query("service == 'neighbourhood_hall' and group == '65plus'")
hall.query("unit == 'min'")[["rank", "district", "town", "demand", "unserved", "median_cost"]]

# %% [markdown]
# ## 5. 圏域への役割 What Kushiro offers to the region

# %%
study.rings.query("service == 'tertiary_hospital'")

# %% [markdown]
# ## 6. 地図 The map
# 最後の行に置くと、ノートの中にそのまま表示されます（通信不要）。
# 地図に出るすべての数字は、表としても取り出せます。
# *It shows itself, without network. Every figure of the map is a table too.*

# %%
{name: table.shape for name, table in study.tables().items()}

# %% [markdown]
# 自分の表も、座標系のわかる GeoDataFrame なら何でも重ねられます。
# 色分けの列と、押したときに出す列を選びます。
# *Any GeoDataFrame of yours becomes a layer: choose the column that colours it and those that a
# click tells.*

# %%
shelters = study.facilities.query("service == 'designated_shelter'")
layer = lu.maps.layer(
    shelters,
    name="指定避難所の収容人数 Shelters by capacity",
    column="capacity",
    unit="人",
    popup=["name", "address", "capacity"],
    opacity=1,
)
study.map(layers=[layer])
