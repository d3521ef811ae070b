"""Keeping count of what a format cannot say, so that an export tells what it left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from assessments.formats.base import ParsedQuestion, short

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

    def leave_out(self, question: ParsedQuestion, reason: object) -> None:
        self.questions.setdefault(str(reason), []).append(short(question.title or question.stem, 60))

    def sentences(self) -> list[str]:
        whole = [
            f"{_count(len(names))} left out: {reason} ({_listed(names)})." for reason, names in self.questions.items()
        ]
        parts = [f"Left out of {_count(count)}: {name}." for name, count in self.fields.items()]
        return [*whole, *parts]

    def add_fields(self, question: ParsedQuestion, names: Sequence[str]) -> None:
        """Fields of a question, as far as they say anything."""
        self.add(*(LABELS[name] for name in names if getattr(question, name)))


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


def _count(count: int) -> str:
    return "1 question" if count == 1 else f"{count:,} questions"


def _listed(names: Sequence[str]) -> str:
    shown = "; ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED:,} more"
