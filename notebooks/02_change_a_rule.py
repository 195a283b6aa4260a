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
# # 規則を変えると、どの土地の区分が変わるか
# *Change a rule and see which land flips*
#
# 五つの地域は、層（主張）と規則の表から決まります。規則は提案であり、議論して変えるためのものです。
# このノートは「順を入れ替えたら」「密度の下限を変えたら」「この層を信じなかったら」を一つずつ試し、
# **どこが・何km²・何人ぶん**変わるかを地図と表で示します。
# 面は切りなおさないので、1回は0.1秒ほどです。
#
# *Zones follow from layers (claims) and a table of rules, which is there to be argued with. Each
# change here is made alone. Nothing is cut again, so one takes about a tenth of a second.*

# %%
from dataclasses import replace

import landuse as lu

city = lu.read_city(lu.embedded_city())

# %% [markdown]
# 区分だけを見るので、到達時間は診療所だけにして早く済ませます。
# *Only zones matter here, so travel times are computed for one service.*

# %%
clinics = tuple(service for service in city.services if service.key == "clinic")
study = lu.run(replace(city, services=clinics, conditions=()))

# %% [markdown]
# ## 1. いまの規則 The rules as they stand
# 上から順に試し、最初に当てはまったものが区分を決めます（`presets/zones.toml`）。
# *First match wins.*

# %%
import pandas as pd

pd.set_option("display.max_colwidth", 90)
pd.DataFrame(
    [(rule.key, rule.zone, rule.path, rule.text.ja) for rule in study.rules.scheme.rules],
    columns=["rule", "zone", "path", "text"],
)

# %% [markdown]
# ## 2. 一つの規則の順を変える One rule moved
# 「国立公園の特別地域の中の町」（阿寒湖温泉など）の規則を、公園の規則の後ろへ下げると、
# 町は公園のままになります。
# *With the rule for towns inside a park behind the rule for the park, such a town stays park.*

# %%
after_park = lu.whatif.MoveRule(rule="park_settled", places=1)
flips = lu.flips(study, after_park)
flips.groupby(["from_zone", "to_zone"])[
    ["area_km2", "population", "population_65plus"]
].sum().round(2)

# %% [markdown]
# ## 3. 考えられる変更をすべて、一つずつ Every change worth a look, one at a time
# 隣り合う規則の入れ替え、順位の入れ替え、重複調整の表の逆転、人口密度の下限の0.5〜2倍、
# 実測の層を一つずつ外す、です。何も変わらない変更も表に残ります。
# *Swaps of neighbouring rules, the declared order, rows of the overlap table turned, densities
# halved to doubled, measured layers left out. Those that move nothing stay in the table.*

# %%
found = lu.sensitivity(study)
found.summary[["label_ja", "area_km2", "share", "population"]].round(4).head(12)

# %%
found.table[["change", "from_zone", "to_zone", "area_km2", "population"]].round(2).head(12)

# %% [markdown]
# ## 4. しきい値 A threshold
# 都市中心の下限 1,500人/km² を動かします。もとの層の線は、変わったところだけ約1kmのメッシュで
# 直します（ほかは層のまま）。
# *The least density of an urban centre. Land is cut by meshes of about 1 km only where the
# threshold makes a difference; elsewhere the layer's word stands.*

# %%
steps = [
    lu.whatif.ScaleDensity(claim="settlement_centre", factor=factor)
    for factor in (0.5, 0.8, 1.25, 1.5, 2)
]
lu.sensitivity(study, steps).table[
    ["label_ja", "from_zone", "to_zone", "area_km2", "population"]
].round(1)

# %% [markdown]
# ## 5. 自分の規則の表 Your own table of rules
# `zones.toml` を写して書きかえ、都市のファイルに `zones = "zones.toml"` と書けば、
# それが使われます。その前に、いまの区分とくらべられます。
#
# *Copy `zones.toml`, change it, and compare before the city file names it.*

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

from landuse.config import preset
from landuse.scheme import read_scheme

with TemporaryDirectory() as folder:
    mine = Path(folder) / "zones.toml"
    text = preset("zones.toml").read_text(encoding="utf-8")
    # 建物用地を「準じる地域」ではなく「都市的地域」とする
    now, then = (f'key = "built_up"\nzone = "{zone}"' for zone in ("quasi_urban", "urban"))
    mine.write_text(text.replace(now, then), encoding="utf-8")
    own_scheme = read_scheme(mine)
own = lu.flips(study, scheme=own_scheme)
own.groupby(["from_zone", "to_zone"])[["area_km2", "population"]].sum().round(2)

# %% [markdown]
# 書きまちがいは、どこが・どう・どうすれば、をまとめて教えます。 *Mistakes are all told at once.*

# %%
try:
    lu.flips(study, lu.whatif.MoveRule(rule="park_setled"))
except lu.errors.InputError as error:
    print(error)

# %% [markdown]
# ## 6. 地図：どこなら議論しても変わらないか The map: what stands whatever one argues
# `robustness` は、試した変更のうち区分が変わらなかった割合です（1 = どの変更でも同じ）。
# 変わる土地は、どの変更で・どこへ変わるかを、押すと答えます。
# *`robustness`: the part of the changes in which a face keeps its zone. Click land to be told.*

# %%
robust = lu.maps.layer(
    found.faces,
    name="区分の変わりにくさ Robustness",
    column="robustness",
    colours=["#5A2104", "#CC4C02", "#FB9A29", "#FEE391", "#FFFBD5"],
    breaks=[0.9, 0.93, 0.96, 0.99],
    popup=["robustness", "flips", "other_zone"],
    opacity=0.9,
)
labels = dict(zip(found.summary["change"], found.summary["label_ja"], strict=True))
zones = {key: label.ja for key, label in study.zone_labels.items()}
moved = found.flipped.assign(
    変更=found.flipped["change"].map(labels),
    いま=found.flipped["from_zone"].map(zones),
    あと=found.flipped["to_zone"].map(zones),
)
denser = lu.maps.layer(
    moved[moved["change"] == "scale_density:settlement_centre:2"],
    name="都市中心の密度を2倍にすると変わる土地 Land that flips",
    column="あと",
    popup=["変更", "いま", "あと", "area_km2", "population"],
)
study.map(layers=[robust, denser])
