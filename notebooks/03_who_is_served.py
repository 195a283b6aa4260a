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
# # だれに届き、だれに届いていないか
# *Who is served, and who is not*
#
# 基準、人のグループ、まとめて届く人、かたより、手段と季節、いちばん届いていない町を、釧路市の
# 三つのサービスで見ます。空欄は「データなし」で、0 ではありません。
# *Standards, groups, bundles, evenness, modes and seasons, and the worst-served towns, for three
# services of Kushiro. Blank means "no data", never zero.*

# %%
from dataclasses import replace

import geopandas as gpd

import landuse as lu

city = lu.read_city(lu.embedded_city())
wanted = ("general_hospital", "neighbourhood_hall", "clinic")
city = replace(city, services=tuple(s for s in city.services if s.key in wanted))
study = lu.run(city)

# %% [markdown]
# ## 1. 基準 The standards
# 何分までを「届く」とするかは、都市のサービス表（`services.toml`）の提案です。
# 出典と、確かめたかどうかもそこにあります。
#
# *What counts as served is a proposal, with its source, in the city's table of services.*

# %%
import pandas as pd

pd.DataFrame(
    [(s.key, s.label.ja, s.mode, s.within_min, s.standard_source) for s in city.services],
    columns=["service", "name", "mode", "within_min", "source"],
)

# %% [markdown]
# ## 2. グループ別のカバー率 Coverage by group of people

# %%
whole = study.coverage.query("district == 'all' and zone == 'all' and unit == 'min'")
whole.pivot_table(index="service", columns="group", values="share").round(3)

# %% [markdown]
# ## 3. 区分と地域ごと By zone and district
# 町内会館・集会所は、森林や農業の地域に住む65歳以上の人には、どれだけ届いているか。
# 診療所は内蔵データに位置がないので、どの表でも空欄です。
# *Halls by zone and district; clinics have no known place in the embedded data and stay blank.*

# %%
halls = "group == '65plus' and unit == 'min' and service == 'neighbourhood_hall'"
elderly = study.coverage.query(halls)
elderly.pivot_table(index="zone", columns="district", values="share", dropna=False).round(3)

# %% [markdown]
# ## 4. まとめて届く人 Everyone who reaches all services of a kind
# 種類ごとに、その全部に基準内で届く人です。データのないもの（missing）は数えません。
# *Those who reach all of a kind within its standard; what has no data is named and left out.*

# %%
study.bundles.query("district == 'all' and zone == 'all'")[
    ["kind", "group", "services", "demand", "served", "share", "missing"]
].round(3)

# %% [markdown]
# ## 5. 時間のかたより How evenly minutes are spread
# ジニ係数 0 は全員が同じ時間。中央値と、遠い側の1割（p90）を並べて読みます。
# *Gini 0: everyone needs the same time. Read it beside the median and the far tenth.*

# %%
study.equity[["service", "group", "median_min", "p90_min", "gini", "palma", "unknown"]].round(2)

# %% [markdown]
# ## 6. 手段と季節 Modes and seasons
# 同じ人が、歩く・車・（時刻表があれば）バスで何分か。冬は遅い側（low）と速い側（high）の幅です。
# 時刻表のない手段は列がありません。
# *Minutes on foot, by car and, where there is a timetable, by bus; winter as a band.*


# %%
def median_minutes(column: str) -> float:
    """Return the minutes that half of the people aged 65 and over need at most."""
    known = study.cells.assign(minutes=study.times[column] / 60)
    known = known[known["population_65plus"] > 0].sort_values("minutes")
    people = known["population_65plus"].cumsum()
    return known.loc[people >= people.iloc[-1] / 2, "minutes"].iloc[0]


columns = [name for name in study.times if name.endswith("_s")]
rows = {name.removesuffix("_s"): median_minutes(name) for name in columns}
pd.Series(rows, name="median_min").round(1).to_frame()

# %% [markdown]
# 冬に「基準内」でなくなる人。 *Who is no longer served in winter.*

# %%
winter = study.profiles.query(
    "district == 'all' and zone == 'all' and unit == 'min' and group == '65plus'"
)
bands = winter.pivot_table(index="service", columns=["profile", "band"], values="share")
usual = whole.query("group == '65plus'").set_index("service")["share"]
pd.concat({("usual", ""): usual}, axis=1).join(bands).round(3)

# %% [markdown]
# ## 7. いちばん届いていない町 The worst-served towns
# 届いていない65歳以上の人が多い順です。訪問や移動販売の行き先を考える材料になります。

# %%
worst = study.worst_towns.query(halls)
worst[["rank", "town", "district", "demand", "unserved", "share", "median_cost"]].round(2)

# %% [markdown]
# ## 8. 地図 The map
# 町ごとに届いていない人を数え、自分のレイヤーとして地図に重ねます。押すと数字が出ます。
# *People who are not served, town by town, as a layer of one's own; a click tells the figures.*

# %%
standard_s = 60 * next(s.within_min for s in city.services if s.key == "neighbourhood_hall")
cells = study.cells
beyond = ~(cells["neighbourhood_hall_s"] <= standard_s)
people = cells.assign(unserved=cells["population_65plus"].where(beyond, 0.0))
by_town = people.groupby(["town", "district"], as_index=False)[["population_65plus", "unserved"]]
towns = study.inputs.all("towns").drop_duplicates(["name", "district"])
places = towns[["name", "district", "geometry"]].rename(columns={"name": "town"})
counted = gpd.GeoDataFrame(
    by_town.sum().round(1).merge(places, on=["town", "district"]), crs=towns.crs
)
layer = lu.maps.layer(
    counted[counted["unserved"] >= 1],
    name="会館に歩いて届かない65歳以上の人 People 65+ beyond a walk to a hall",
    column="unserved",
    colours="minutes",
    breaks=[25, 50, 100, 200, 400],
    unit="人",
    popup=["town", "population_65plus", "unserved"],
    opacity=1,
)
study.map(layers=[layer])
