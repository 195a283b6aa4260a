"""What every reader must know of the times of a run: what they hold, and what they leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from landuse.services import TRANSIT
from landuse.toml import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd

    from landuse.study import Study

__all__ = ["caveats_of", "lights_known"]

OVER_LAND = Label(
    ja="到達時間は、道路と土地の速さの表から求めた推計です。",
    en="Times are modelled from speeds of roads and land.",
    easy="[時間|じかん]は、[計算|けいさん]しただいたいの[時間|じかん]です。",
)
BY_STREET = Label(
    ja="到達時間は、道路網と、道路から離れた土地の速さの表から求めた推計です。",
    en="Times are modelled from streets and their speeds, and those of the land off the street.",
    easy=OVER_LAND.easy,
)
NO_WINTER = Label(
    ja="冬の雪や氷は含みません。",
    en="Snow and ice are not in them.",
    easy="[雪|ゆき]や[氷|こおり]の[日|ひ]はもっと[時間|じかん]がかかります。",
)
SLOPES = Label(
    ja="坂は徒歩や自転車の時間に含み、自動車には含みません。",
    en="Slopes slow down walkers and cyclists, not cars.",
    easy="[坂|さか]は[歩|ある]く[時間|じかん]に[入|はい]っています。",
)
SLOPES_OFF_STREET = Label(
    ja="坂は道路から離れた土地でだけ数え、道路の上では数えません。",
    en="Slopes count on the land off the street only, not along streets.",
    easy="[道|みち]の[坂|さか]は[入|はい]っていません。",
)
NO_SLOPES = Label(
    ja="坂は含みません。",
    en="Slopes are not in them.",
    easy="[坂|さか]は[入|はい]っていません。",
)
LIGHTS = Label(
    ja="信号の待ち時間は、信号ごとに加えてあります。",
    en="The wait at each traffic light is counted.",
    easy="[信号|しんごう]を[待|ま]つ[時間|じかん]も[入|はい]っています。",
)
NO_LIGHTS = Label(
    ja="信号の位置は資料になく、待ち時間は自動車の速さから差し引いてあるだけで、徒歩には含みません。",
    en="Where traffic lights are is not known: cars are slower for them, walkers do not wait.",
    easy="[歩|ある]く[人|ひと]が[信号|しんごう]を[待|ま]つ[時間|じかん]は[入|はい]っていません。",
)


def caveats_of(study: Study) -> tuple[Label, ...]:
    """Return one note on the times of a run, true of what that run did."""
    by_street = any("network" in method for method in study.way_methods.values())
    parts = [
        BY_STREET if by_street else OVER_LAND,
        *_timetable(study),
        *_conditions(study),
        _slopes(study, by_street=by_street),
        LIGHTS if lights_known(study.inputs.streets) else NO_LIGHTS,
    ]
    return (_joined(parts),)


def lights_known(streets: gpd.GeoDataFrame | None) -> bool:
    """Tell whether streets say where their traffic lights are."""
    names = () if streets is None else ("signals_u", "signals_v", "signals_between")
    return any(
        bool((streets[name].fillna(0).astype(float) > 0).any())
        for name in names
        if streets is not None and name in streets
    )


def _timetable(study: Study) -> list[Label]:
    timing = study.city.timing
    if TRANSIT not in study.way_methods or timing is None:
        return []
    date = timing.date.isoformat()
    return [
        Label(
            ja=f"バス・鉄道は{date}の時刻表により、着く（出る）時刻ごとの中央の値です。",
            en=f"By bus or train: the middle of all wanted times in the timetable of {date}.",
            easy=f"バスや[電車|でんしゃ]は {date} の[時刻表|じこくひょう]です。",
        )
    ]


def _conditions(study: Study) -> list[Label]:
    return [
        Label(
            ja=f"{profile.label.ja}の時間は、速い場合と遅い場合の幅で示します。",
            en=f"{profile.label.en}: given as a range from quick to slow.",
            easy="[冬|ふゆ]の[時間|じかん]は「[早|はや]いとき～[遅|おそ]いとき」で[書|か]きます。"
            if profile.key == "winter"
            else "",
        )
        for profile in study.rules.profiles
    ] or [NO_WINTER]


def _slopes(study: Study, *, by_street: bool) -> Label:
    modes = study.rules.speeds.modes
    minded = any(modes[mode].slope for mode in study.way_methods if mode in modes)
    if not study.city.of_role("elevation") or not minded:
        return NO_SLOPES
    return SLOPES_OFF_STREET if by_street else SLOPES


def _joined(parts: Iterable[Label]) -> Label:
    """Return several sentences as one note."""
    parts = list(parts)
    return Label(
        ja="".join(part.ja for part in parts),
        en=" ".join(part.en for part in parts),
        easy=" ".join(part.easy or part.ja for part in parts),
    )
