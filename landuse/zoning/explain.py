"""Replay a decision in words, so that staff can defend every polygon."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from landuse.schema import Grade, claims_of_mask
from landuse.toml import Label
from landuse.zoning.decide import decide

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from landuse.schema import Origin
    from landuse.scheme import Overlaps, Scheme
    from landuse.zoning.decide import Defeat

__all__ = ["ClaimNote", "DefeatNote", "Explanation", "explain"]

PATH_TEXT = {
    "statutory": Label(
        ja="法定の区域による",
        en="decided by a legal area",
        easy="[法律|ほうりつ]で[決|き]めた[場所|ばしょ]を[見|み]て、[決|き]めました。",
    ),
    "measured": Label(
        ja="現況による",
        en="decided by what is on the ground",
        easy="[土地|とち]の[今|いま]の[様子|ようす]を[見|み]て、[決|き]めました。",
    ),
    "residual": Label(ja="残り", en="the rest", easy="[残|のこ]りの[土地|とち]です。"),
}
GRADE_TEXT = {
    Grade.OFFICIAL: Label(ja="公式", en="official"),
    Grade.DERIVED: Label(ja="算出", en="derived"),
    Grade.MODELLED: Label(ja="推計", en="modelled"),
}
SETTLED_TEXT = {
    "cover": Label(ja="現況の土地被覆で決定", en="settled by what is on the ground"),
    "order": Label(ja="宣言した順序で決定", en="settled by the declared order"),
    "law": Label(ja="法定の区域が現況に優先", en="a legal area comes before the ground"),
    "rules": Label(ja="規則の順序による", en="by the order of the zone rules"),
}


@dataclass(frozen=True, kw_only=True)
class ClaimNote:
    """One claim on the land and where it comes from."""

    claim: str
    label: Label
    sources: tuple[str, ...]
    vintages: tuple[str, ...]
    grade: str


@dataclass(frozen=True, kw_only=True)
class DefeatNote:
    """One claim that gave way, to which, and by which rule."""

    loser: Label
    winner: Label
    rule: str
    text: Label
    verified: bool
    """Whether somebody compared the row with the prefecture's plan; true where none is used."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why land with one set of claims is in its zone."""

    zone: str
    label: Label
    rule: str
    """Key of the zone rule that decided."""
    text_of_rule: Label
    source_of_rule: str
    path: str
    winner: str
    runner_up: str
    runner_up_label: Label
    claims: tuple[ClaimNote, ...]
    defeats: tuple[DefeatNote, ...]
    grade: str
    authority: str
    """The plan that unverified pair rules are to be compared with."""

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain tables and texts."""
        return asdict(self)

    def text(self, lang: str = "ja") -> str:
        """Return the explanation as lines in Japanese (`ja`) or English (`en`)."""
        return "\n".join(_lines(self, lang))

    def sentence(self, lang: str = "ja") -> str:
        """Return the reason in one sentence; in easy Japanese (`easy`) in short ones.

        Easy Japanese is empty where the rule has none.
        """
        if lang == "easy":
            rule = self.text_of_rule.easy
            return f"{rule}{PATH_TEXT[self.path].easy}" if rule else ""
        if lang == "ja":
            return f"{self.text_of_rule.ja}（{PATH_TEXT[self.path].ja}）。"
        return f"{self.text_of_rule.en} ({PATH_TEXT[self.path].en})."


def explain(
    mask: int,
    overlaps: Overlaps,
    scheme: Scheme,
    *,
    origins: Mapping[str, Sequence[Origin]] | None = None,
) -> Explanation:
    """Say why land with one set of claims is in its zone.

    Parameters
    ----------
    mask
        Bits of the claims.
    overlaps, scheme
        The two tables of zoning.
    origins
        Claim -> where its layers come from.
    """
    decision = decide(mask, overlaps, scheme)
    rule = next(rule for rule in scheme.rules if rule.key == decision.rule)
    labels = {zone.key: zone.label for zone in scheme.zones}
    notes = tuple(_claim(claim, scheme, origins or {}) for claim in claims_of_mask(mask))
    return Explanation(
        zone=decision.zone,
        label=labels[decision.zone],
        rule=rule.key,
        text_of_rule=rule.text,
        source_of_rule=rule.source,
        path=rule.path,
        winner=decision.winner,
        runner_up=decision.runner_up,
        runner_up_label=labels.get(decision.runner_up, Label(ja="なし", en="none")),
        claims=notes,
        defeats=tuple(_defeat(defeat, overlaps, scheme) for defeat in decision.defeats),
        grade=str(Grade.worst(note.grade for note in notes) if notes else Grade.MODELLED),
        authority=overlaps.authority,
    )


def _claim(claim: str, scheme: Scheme, origins: Mapping[str, Sequence[Origin]]) -> ClaimNote:
    known = origins.get(claim, ())
    return ClaimNote(
        claim=claim,
        label=scheme.claim_labels[claim],
        sources=tuple(origin.source for origin in known),
        vintages=tuple(origin.vintage for origin in known),
        grade=str(Grade.worst(origin.grade for origin in known) if known else Grade.MODELLED),
    )


def _defeat(defeat: Defeat, overlaps: Overlaps, scheme: Scheme) -> DefeatNote:
    pair = overlaps.rule_of.get((defeat.loser, defeat.winner))
    silence = overlaps.silent.get(frozenset((defeat.loser, defeat.winner)))
    why = pair.note if pair else silence
    text, rule = SETTLED_TEXT.get(defeat.rule), defeat.rule
    if text and why:
        text = Label(ja=f"{why.ja}。{text.ja}", en=f"{why.en}; {text.en}")
        rule = f"{pair.key}, {rule}" if pair else rule
    return DefeatNote(
        loser=scheme.claim_labels[defeat.loser],
        winner=scheme.claim_labels[defeat.winner],
        rule=rule,
        text=text or why or Label(ja="", en=""),
        verified=bool(pair.verified_by) if pair else True,
    )


def _lines(found: Explanation, lang: str) -> list[str]:
    ja = lang == "ja"

    def of(label: Label) -> str:
        return label.ja if ja else label.en

    certainty = f"[{of(GRADE_TEXT[Grade(found.grade)])}] — {of(PATH_TEXT[found.path])}"
    lines = [
        f"{'区分' if ja else 'Zone'}: {of(found.label)} {certainty}",
        f"{'理由' if ja else 'Why'}: {of(found.text_of_rule)}",
        f"{'規則' if ja else 'Rule'}: {found.rule} ({found.source_of_rule})",
        f"{'次点' if ja else 'Runner-up'}: {of(found.runner_up_label)}",
    ]
    for claim in found.claims:
        told = "; ".join(claim.sources) or ("出典なし" if ja else "no source")
        vintage = ", ".join(claim.vintages)
        grade = of(GRADE_TEXT[Grade(claim.grade)])
        lines.append(f"  + {of(claim.label)} [{grade}] {vintage} {told}")
    for defeat in found.defeats:
        check = "" if defeat.verified else ("（未照合）" if ja else " (unverified)")
        arrow = f"{of(defeat.loser)} < {of(defeat.winner)}"
        lines.append(f"  − {arrow}: {of(defeat.text)} [{defeat.rule}]{check}")
    if not all(defeat.verified for defeat in found.defeats):
        lines.append(f"{'照合先' if ja else 'To be compared with'}: {found.authority}")
    return lines
