"""Addresses of a few towns whose distances can be counted."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from landuse.errors import CrsError, LayerError
from landuse.geocode import LEVELS, geocode

NUMERALS = "〇一二三四五六七八九"
HYPHENS = "−ー‐-–—―－ｰ"

# Seven towns in a row, 100 m apart, then places far from them and from each other.
ROW = [
    "末広町一丁目",
    "末広町二丁目",
    "末広町三丁目",
    "末広町十丁目",
    "末広町十一丁目",
    "幸町",
    "寿",
]
FAR = {
    "愛国": (0, 5_000, "kushiro"),
    "愛国東一丁目": (500, 5_000, "kushiro"),
    "愛国東二丁目": (900, 5_000, "kushiro"),
    "桜ケ岡三丁目": (4_000, 0, "kushiro"),
    "鶴ケ岱一丁目": (4_000, 500, "kushiro"),
    "千代ノ浦": (4_000, 900, "kushiro"),
    "新富士町四丁目": (-4_000, 0, "kushiro"),
    "新富町": (-4_000, 500, "kushiro"),
    "北大通二丁目": (-4_000, 700, "kushiro"),
    "新釧路町": (-4_000, 900, "kushiro"),
    "高山": (8_000, 0, "kushiro"),
    "阿寒町中央一丁目": (0, 30_000, "akan"),
    "阿寒町富士見一丁目": (300, 30_000, "akan"),
    "阿寒町富士見十四線": (300, 31_000, "akan"),
    "阿寒町上阿寒": (0, 32_000, "akan"),
    "阿寒町上阿寒二十三線": (0, 33_000, "akan"),
    "阿寒町布伏内二十二線": (0, 35_000, "akan"),
    "阿寒町布伏内二十二線北": (0, 36_000, "akan"),
    "阿寒町仁々志別三十二線": (0, 38_000, "akan"),
    "音別町チャンベツ": (-40_000, 0, "onbetsu"),
    "音別町音別原野第二基線": (-41_000, 0, "onbetsu"),
    "音別町直別原野東一線": (-42_000, 0, "onbetsu"),
}


def towns() -> gpd.GeoDataFrame:
    places = {name: (100 * n, 0, "kushiro") for n, name in enumerate(ROW)} | FAR
    x, y, district = zip(*places.values(), strict=True)
    return gpd.GeoDataFrame(
        {"name": list(places), "district": district},
        geometry=gpd.points_from_xy(x, y),
        crs="EPSG:6681",
    )


TOWNS = towns()


def found(address: str | None) -> tuple[str, str]:
    row = geocode([address], towns=TOWNS).iloc[0]
    return row["level"], row["matched"]


def test_an_address_is_placed_at_its_town_and_the_rest_is_left_over() -> None:
    placed = geocode(["北海道釧路市末広町十一丁目5番地"], towns=TOWNS).iloc[0]
    assert (placed["level"], placed["matched"]) == ("chome", "末広町十一丁目")
    assert placed["leftover"] == "5番地"
    assert (placed.geometry.x, placed.geometry.y) == (400, 0)


def test_the_radius_is_the_spacing_of_the_six_nearest_towns() -> None:
    middle = geocode(["末広町10丁目"], towns=TOWNS).iloc[0]
    assert middle["error_m"] == pytest.approx((100 + 100 + 200 + 200 + 300 + 300) / 6)


def test_the_radius_of_a_name_without_its_number_reaches_all_its_parts() -> None:
    whole = geocode(["末広町"], towns=TOWNS).iloc[0]
    parts = geocode(["末広町1丁目", "末広町11丁目"], towns=TOWNS)
    assert whole["level"] == "town"
    assert (whole.geometry.distance(parts.geometry) + parts["error_m"]).max() <= whole["error_m"]


def test_the_former_town_alone_is_placed_within_a_radius_that_holds_it_all() -> None:
    placed = geocode(["釧路市阿寒町445-1"], towns=TOWNS).iloc[0]
    assert (placed["level"], placed["matched"]) == ("district", "阿寒町")
    assert placed["leftover"] == "445-1"
    akan = TOWNS[TOWNS["district"] == "akan"]
    assert akan.distance(placed.geometry).max() <= placed["error_m"]


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("愛国東２−４", "愛国東二丁目"),
        ("北海道 釧路市 愛国東 2丁目 4-5", "愛国東二丁目"),
        ("北海道愛国東二の四", "愛国東二丁目"),
        ("〒085-0058 北海道釧路市愛國東2丁", "愛国東二丁目"),
        ("愛国東2", "愛国東二丁目"),
        ("愛国東2-", "愛国東二丁目"),
        ("愛国東2丁目ハイツ愛国101", "愛国東二丁目"),
        ("櫻が岡三-１", "桜ケ岡三丁目"),
        ("鶴ヶ岱１ー１０", "鶴ケ岱一丁目"),
        ("新冨士町4丁目", "新富士町四丁目"),
        ("北大通り２の７", "北大通二丁目"),
        ("阿寒町上阿寒23線38", "阿寒町上阿寒二十三線"),
        ("釧路市阿寒町字上阿寒二三線三八番地", "阿寒町上阿寒二十三線"),
        ("阿寒郡阿寒町中央1-4-1", "阿寒町中央一丁目"),
        ("阿寒町富士見1-17", "阿寒町富士見一丁目"),
        ("阿寒町富士見14線2", "阿寒町富士見十四線"),
        ("阿寒町布伏内22線51", "阿寒町布伏内二十二線"),
        ("阿寒町布伏内22線北51", "阿寒町布伏内二十二線北"),
        ("阿寒町仁仁志別32線89", "阿寒町仁々志別三十二線"),
        ("音別町直別原野東1", "音別町直別原野東一線"),
    ],
)
def test_a_numbered_part_is_found_however_it_is_written(address: str, town: str) -> None:
    assert found(address) == ("chome", town)


@pytest.mark.parametrize(
    ("address", "town"),
    [
        ("釧路市愛国191番地先", "愛国"),
        ("愛国東3番地", "愛国東"),
        ("末広町12-3", "末広町"),
        ("釧路市大字高山30-1", "高山"),
        ("千代の浦1", "千代ノ浦"),
        ("新釧路町3-5", "新釧路町"),
        ("釧路市幸町 市民会館", "幸町"),
        ("音別町ﾁﾔﾝﾍﾞﾂ12", "音別町チャンベツ"),
        ("音別町ちゃんべつ12", "音別町チャンベツ"),
        ("音別町音別原野第2基線5", "音別町音別原野第二基線"),
        ("阿寒町上阿寒23-38", "阿寒町上阿寒"),
    ],
)
def test_a_town_without_a_numbered_part_is_found_by_its_name(address: str, town: str) -> None:
    assert found(address) == ("town", town)


@pytest.mark.parametrize(
    "address",
    [
        "釧路郡釧路町幸町1",
        "釧路町幸町1",
        "札幌市中央区幸町1",
        "白糠郡白糠町幸町1",
        "阿寒郡鶴居村愛国東1-2",
        "高山市花里町2",
        "宮崎県児湯郡新富町大字上富田7491",
        "新富町 上富田7491",
        "寿都町字渡島町140",
        "愛国東会館",
        "幸町公園",
        "市役所",
        "釧路市",
        "北海道",
        "",
        None,
    ],
)
def test_another_municipality_or_no_town_is_no_place(address: str | None) -> None:
    placed = geocode([address], towns=TOWNS)
    row = placed.iloc[0]
    assert (row["level"], row["matched"]) == ("none", "")
    assert placed.geometry.isna().all()
    assert placed["error_m"].isna().all()


def test_the_result_stands_in_the_order_and_index_of_the_input() -> None:
    addresses = pd.Series(["幸町1", "nowhere", "寿2"], index=["c", "a", "c"])
    placed = geocode(addresses, towns=TOWNS)
    assert placed.index.tolist() == ["c", "a", "c"]
    assert placed["matched"].tolist() == ["幸町", "", "寿"]
    assert placed.crs == TOWNS.crs


def test_no_addresses_give_an_empty_table() -> None:
    assert geocode([], towns=TOWNS).empty


def test_a_single_text_is_one_address() -> None:
    assert geocode("幸町1", towns=TOWNS)["matched"].tolist() == ["幸町"]


def test_another_city_has_its_own_names() -> None:
    here = gpd.GeoDataFrame(
        {"name": ["栄町", "北三条西四丁目"], "district": ["all", "all"]},
        geometry=gpd.points_from_xy([0, 100], [0, 0]),
        crs="EPSG:6681",
    )
    addresses = ["青森県青い市栄町3", "釧路市栄町3", "青い市北3条西4-1"]
    placed = geocode(addresses, towns=here, city="青い市", prefecture="青森県")
    assert placed["matched"].tolist() == ["栄町", "", "北三条西四丁目"]
    assert placed["error_m"].dropna().tolist() == [100, 100]


def test_towns_in_degrees_or_without_districts_are_refused() -> None:
    with pytest.raises(CrsError, match="degrees"):
        geocode(["幸町"], towns=TOWNS.to_crs("EPSG:4326"))
    with pytest.raises(LayerError, match="district"):
        geocode(["幸町"], towns=TOWNS.drop(columns="district"))


def kanji(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else NUMERALS[tens]) + "十" if tens else ""
    return ten + (NUMERALS[ones] if ones else "")


def full_width(text: str) -> str:
    return text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})


@st.composite
def writings(draw: st.DrawFn) -> tuple[str, str]:
    """Return a town of the toy and one way of writing an address in it."""
    names = {
        ("末広町", 11, "丁目"): "末広町十一丁目",
        ("愛国東", 2, "丁目"): "愛国東二丁目",
        ("桜ケ岡", 3, "丁目"): "桜ケ岡三丁目",
        ("阿寒町上阿寒", 23, "線"): "阿寒町上阿寒二十三線",
    }
    (base, number, unit), town = draw(st.sampled_from(sorted(names.items())))
    digits = draw(st.sampled_from([str, kanji, lambda n: full_width(str(n))]))
    hyphen = st.sampled_from(HYPHENS)
    space = st.sampled_from(["", " ", "\u3000"])
    lot = draw(st.integers(1, 99)), draw(st.integers(1, 99))
    parts = [
        draw(st.sampled_from(["", "北海道", "釧路市", "北海道釧路市", "〒085-0001 北海道釧路市"])),
        draw(space),
        draw(st.sampled_from(["", "字", "大字"])) if base.startswith("阿寒町") else "",
        base.replace("ケ", draw(st.sampled_from("ケヶがガヵ"))).replace(
            "国", draw(st.sampled_from("国國"))
        ),
        draw(space),
        digits(number),
        unit if unit == "線" else draw(hyphen | st.sampled_from(["丁目", "丁"])),
        digits(lot[0]),
        draw(hyphen | st.sampled_from(["番", "番地", "の"])),
        digits(lot[1]),
        draw(st.sampled_from(["", "号", " センタービル2階"])),
    ]
    return town, "".join(parts)


@given(writings())
def test_any_way_of_writing_an_address_leads_to_the_same_town(written: tuple[str, str]) -> None:
    town, address = written
    assert found(address) == ("chome", town)


# Text that can be written to a file: half a surrogate pair cannot.
FOREIGN = st.characters(codec="utf-8", exclude_characters="末幸寿愛桜櫻鶴千新高阿音北釧〒字大 ")


@given(st.text(alphabet=FOREIGN))
def test_garbage_is_no_place(text: str) -> None:
    assert found(text) == ("none", "")


@given(st.lists(st.text() | st.sampled_from(list(FAR)), max_size=5))
def test_every_row_is_a_known_town_or_no_place(texts: list[str]) -> None:
    addresses, known = pd.Series(texts, dtype=object), TOWNS.copy()
    placed = geocode(addresses, towns=known)
    assert set(placed["level"]) <= set(LEVELS)
    nowhere = placed["level"] == "none"
    assert (placed.geometry.isna() == nowhere).all()
    assert (placed["matched"].eq("") == nowhere).all()
    assert (placed["error_m"].isna() == nowhere).all()
    assert addresses.tolist() == texts
    assert_geodataframe_equal(known, TOWNS)
