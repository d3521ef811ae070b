"""Titles, tags and the like that an import wrote over, given back as far as they are still what it wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from assessments.models import ImportLine, Question, Tag

UNSEEN = {"provenance"}
"""What nobody would miss: where it alone could be given back, the rest was changed since."""


def restore(lines: Sequence[ImportLine], questions: Mapping[UUID, Question]) -> set[int]:
    """Of which lines something was given back. The questions are locked by the caller."""
    given = set()
    for line in lines:
        question = questions.get(line.question_id) if line.question_id else None
        if question and (back := _still_written(question, line.before)):
            _give_back(question, back)
            given.add(line.pk)
    return given


def _still_written(question: Question, before: Mapping[str, Any]) -> dict[str, Any]:
    back = {name: old for name, (old, new) in before.items() if _now(question, name) == new}
    if "identity" in back and _is_taken(question, back["identity"]):
        del back["identity"]
    return back if before.keys() == UNSEEN or back.keys() - UNSEEN else {}


def _now(question: Question, name: str) -> Any:
    return sorted(one.name for one in question.tags.all()) if name == "tags" else getattr(question, name)


def _is_taken(question: Question, identity: str) -> bool:
    """By a question that came in meanwhile."""
    return Question.objects.filter(bank=question.bank_id, identity=identity).exclude(pk=question.pk).exists()


def _give_back(question: Question, back: dict[str, Any]) -> None:
    """A tag that was deleted since stays deleted."""
    if "tags" in back:
        question.tags.set(Tag.objects.filter(name__in=back.pop("tags")))
    for name, value in back.items():
        setattr(question, name, value)
    question.save(update_fields=[*back, "updated_at"])
