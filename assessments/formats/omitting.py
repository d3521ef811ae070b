"""Keeping count of what a format cannot say, so that an export tells what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.domain import markup
from assessments.formats.base import ParsedQuestion, Unsaid, short
from assessments.formats.media import names_of

NAMED = 5
"""Questions left out whole are named, up to so many for each reason."""


class CannotWrite(Exception):
    """This question cannot be said in this format. The text says why."""


@dataclass
class Omissions:
    fields: Counter[str] = field(default_factory=Counter)
    questions: dict[str, list[str]] = field(default_factory=dict)

    def add(self, *names: str) -> None:
        self.fields.update(names)

    def take(self, of_one: Omissions) -> None:
        """What was left out of one question that was written: each thing once, however often it is in there."""
        self.fields.update(dict.fromkeys(of_one.fields, 1))

    def leave_out(self, question: ParsedQuestion, reason: object) -> None:
        self.questions.setdefault(str(reason), []).append(short(question.title or markup.plain(question.stem), 60))

    def unsaid(self) -> Unsaid:
        return Unsaid(self.sentences(), sum(map(len, self.questions.values())))

    def sentences(self) -> list[str]:
        whole = [
            f"{_count(len(names))} left out: {reason} ({_listed(names)})." for reason, names in self.questions.items()
        ]
        parts = [f"Left out of {_count(count)}: {name}." for name, count in self.fields.items()]
        return [*whole, *parts]

    def add_fields(self, question: ParsedQuestion, names: Sequence[str]) -> None:
        """Fields of a question, as far as they say anything."""
        self.add(*(LABELS[name] for name in names if getattr(question, name)))

    def add_of_matching(self, key: Mapping[str, Any]) -> None:
        """In formats whose prompts count alike, each with one right choice."""
        if key.get("credit"):
            self.add("partial credit for other choices")
        if key.get("weights"):
            self.add("how much single prompts count")
        if key.get("scoring") == "all_or_nothing":
            self.add("the scoring all_or_nothing")

    def add_of_gaps(self, content: Mapping[str, Any], key: Mapping[str, Any]) -> None:
        """In formats that score blank by blank and give each its own width."""
        if key.get("scoring") == "all_or_nothing":
            self.add("the scoring all_or_nothing of blanks, which becomes points for each")
        if any(gap.get("width") for gap in content["gaps"]):
            self.add("the width of blanks")

    def add_media(self, question: ParsedQuestion) -> None:
        """In formats that name what a text shows and cannot carry it."""
        if names_of(question):
            self.add(STAYING)


PATTERNS = "accepted answers that are regular expressions"
NO_FULL_ANSWER = "none of the accepted answers that earn all points can be written"
LABELS = {
    "difficulty": "difficulty",
    "source": "source",
    "competence": "competence",
    "licence": "licence",
    "rubric": "rubric",
    "tags": "tags",
    "explanation": "explanation",
    "title": "title",
}


STAYING = "pictures and sounds, which stay on this server"


def staying(questions: Sequence[ParsedQuestion]) -> Unsaid:
    """For formats that name what a text shows and cannot carry it."""
    count = sum(bool(names_of(question)) for question in questions)
    return Unsaid([f"Left out of {_count(count)}: {STAYING}."] if count else [])


def _count(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED:,} more"
