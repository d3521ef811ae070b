from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext
from pydantic import Field, field_validator

from assessments.domain import markup
from assessments.question_types.base import ContentInvalid, KeyPart, QuestionType, Render, Schema, Value, ValueRefused
from assessments.question_types.choices import OptionId, arranged, duplicates
from assessments.question_types.credits import exact
from assessments.question_types.gaps import Gap, GapKey, check_options, gap_face, gap_words, name_of, read_gap
from assessments.question_types.listed import MIXED_UP

MARKER = re.compile(r"\{\{([A-Za-z0-9_.-]{1,64})\}\}")
BLANK = "…"
NAME = re.compile(r"([A-Za-z0-9_.-]{1,64})=\r?\n")  # as name_of writes it and a browser sends it


class ClozeContent(Schema):
    text: str = Field(max_length=50_000)
    """Markdown with a marker such as ``{{1}}`` for each gap."""
    gaps: list[Gap] = Field(min_length=1, max_length=100)
    fixed_order: bool = False
    """Of the options within each gap."""

    @field_validator("gaps")
    @classmethod
    def has_unique_ids(cls, gaps: list[Gap]) -> list[Gap]:
        if twice := duplicates(gap.id for gap in gaps):
            raise ValueError(f"The gap {twice[0]!r} is there more than once.")
        return gaps


class ClozeKey(Schema):
    gaps: dict[OptionId, GapKey]
    scoring: Literal["per_gap", "all_or_nothing"] = "per_gap"


class Cloze(QuestionType[ClozeContent, ClozeKey]):
    """A text with gaps, to type into or to choose for. Each earns its share, by weight."""

    name = "cloze"
    content_schema = ClozeContent
    key_schema = ClozeKey

    def check_together(self, content: ClozeContent, key: ClozeKey) -> None:
        check_markers(content)
        ids = [gap.id for gap in content.gaps]
        if unknown := [id_ for id_ in key.gaps if id_ not in ids]:
            raise ContentInvalid("key.gaps", f"There is no gap {unknown[0]!r}.")
        for index, gap in enumerate(content.gaps):
            if gap.id not in key.gaps:
                raise ContentInvalid("key.gaps", f"The gap {gap.id!r} has no key.")
            check_options(gap, f"content.gaps.{index}.options")
            key.gaps[gap.id].check(gap, f"key.gaps.{gap.id}")

    def canonical(self, content: ClozeContent, key: ClozeKey) -> tuple[ClozeContent, ClozeKey]:
        """Gaps in the order of the text."""
        gaps = {gap.id: gap for gap in content.gaps}
        found = markup.cut(markup.render(content.text), marker_of(gaps))[1::2]
        both = {id_: key.gaps[id_].canonical(gaps[id_], keep_order=content.fixed_order) for id_ in found}
        return (
            content.model_copy(update={"gaps": [gap for gap, _ in both.values()]}),
            key.model_copy(update={"gaps": {id_: gap_key for id_, (_, gap_key) in both.items()}}),
        )

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        fields = named(raw)
        if duplicates(name for name, _ in fields):
            raise ValueRefused(MIXED_UP)
        return self.read_json(dict(fields), content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        """One spelling: in the order of the gaps, without the empty ones."""
        if raw is None:
            return None
        if not isinstance(raw, dict):
            raise ValueRefused(gettext("The answer to this question is a text for each gap."))
        gaps = self.parse_content(content).gaps
        if not set(raw) <= {gap.id for gap in gaps}:
            raise ValueRefused(MIXED_UP)
        filled = {gap.id: read_gap(gap, raw.get(gap.id), number) for number, gap in enumerate(gaps, start=1)}
        return {id_: given for id_, given in filled.items() if given is not None} or None

    def posted(self, value: Value) -> list[str]:
        gaps = value.items() if isinstance(value, dict) else ()
        return [field for id_, given in gaps for field in (name_of(id_), given)]

    def refilled(self, raw: Sequence[str], saved: Value) -> Value:
        return dict(named(raw))

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        if not isinstance(value, dict):
            return Fraction(0)
        parsed = self.parse_key(key)
        gaps = parsed.gaps
        if parsed.scoring == "all_or_nothing":
            return Fraction(all(id_ in value and gap.earned(value[id_]) == 1 for id_, gap in gaps.items()))
        total = sum((exact(gap.weight) for gap in gaps.values()), start=Fraction(0))
        earned = (exact(gap.weight) * gap.earned(value[id_]) for id_, gap in gaps.items() if id_ in value)
        return sum(earned, start=Fraction(0)) / total

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        parsed = self.parse_content(content)
        gaps = {gap.id: gap for gap in parsed.gaps}
        pieces = markup.cut(render(parsed.text), marker_of(gaps))
        parts = [{"html": piece} if place % 2 == 0 else gap_face(gaps[piece]) for place, piece in enumerate(pieces)]
        return {"parts": parts, "count": len(pieces) // 2}

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        """``order`` names the options of each gap in turn."""
        given = value if isinstance(value, dict) else {}
        left, number = list(order), 0
        parts = []
        for part in face["parts"]:
            if "id" not in part:
                parts.append(part)
                continue
            number += 1
            text, count = given.get(part["id"], ""), len(part["options"])
            options = arranged(part["options"], order=left[:count], chosen=[text])
            parts.append({**part, "number": number, "value": text, "options": options})
            left = left[count:]
        return {**face, "parts": parts}

    def passage(self, content: dict[str, Any]) -> str:
        return str(content["text"])

    def words(self, value: Value, content: dict[str, Any]) -> str:
        given = value if isinstance(value, dict) else {}
        gaps = enumerate(self.parse_content(content).gaps, start=1)
        return "; ".join(f"{number}: {gap_words(gap, given[gap.id])}" for number, gap in gaps if gap.id in given)

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        keys = self.parse_key(key).gaps
        gaps = enumerate(self.parse_content(content).gaps, start=1)
        return "; ".join(f"{number}: {keys[gap.id].words(gap)}" for number, gap in gaps)

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        """What each gap is worth, where some count more than others."""
        keys = self.parse_key(key).gaps
        if len({one.weight for one in keys.values()}) < 2:
            return []
        whole = sum(one.weight for one in keys.values())
        gaps = enumerate(self.parse_content(content).gaps, start=1)
        return [
            KeyPart(f"{number}: {keys[gap.id].words(gap)}", keys[gap.id].weight / whole, "") for number, gap in gaps
        ]

    def shuffled(self, content: dict[str, Any], rng: random.Random, *, key: dict[str, Any] | None = None) -> list[str]:
        parsed = self.parse_content(content)
        halves = [[option.id for option in gap.options] for gap in parsed.gaps]
        if not parsed.fixed_order:
            for ids in halves:
                rng.shuffle(ids)
        return [id_ for ids in halves for id_ in ids]


def marker_of(ids: Iterable[str]) -> re.Pattern[str]:
    """Only the markers of these gaps: other braces belong to the text."""
    return re.compile(rf"\{{\{{({'|'.join(map(re.escape, ids))})\}}\}}")


def check_markers(content: ClozeContent) -> None:
    """Each gap has its one marker, where a field can stand."""
    html, ids = markup.render(content.text), [gap.id for gap in content.gaps]
    seen: Counter[str] = Counter()
    for text, around in markup.texts(html):
        names = [name for name in MARKER.findall(text) if name in ids]
        seen.update(names)
        if names and "a" in around:
            raise ContentInvalid("content.text", f"{marker(names[0])} is in a link, where no gap can be.")
        if not around & {"code", "pre"} and (unknown := undeclared(text, ids)):
            raise ContentInvalid("content.text", f"{marker(unknown)} is none of the gaps.")
    for id_ in ids:
        if html.count(marker(id_)) > seen[id_]:
            raise ContentInvalid("content.text", f"{marker(id_)} is in an address or an attribute.")
        if seen[id_] != 1:
            reason = "in the text more than once" if seen[id_] else "not in the text"
            raise ContentInvalid("content.text", f"{marker(id_)} is {reason}.")


def marker(id_: str) -> str:
    return "{{" + id_ + "}}"


def without_markers(text: str) -> str:
    """As it is read aloud: each gap is a pause."""
    return MARKER.sub(BLANK, text)


def undeclared(text: str, ids: Sequence[str]) -> str:
    """A marker without a gap. Code and mathematics have double braces of their own."""
    names = MARKER.findall(markup.MATHEMATICS.sub("", text))
    return next((name for name in names if name not in ids), "")


def named(raw: Iterable[str]) -> list[tuple[str, str]]:
    """What was given, each with the name that came before it; ``""`` where none did."""
    found, name = [], ""
    for field in raw:
        if match := NAME.fullmatch(field):
            name = match[1]
        elif field:
            found.append((name, field))
    return found
