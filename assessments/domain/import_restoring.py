"""Titles, tags and the like that an import wrote over, given back as far as they are still what it wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from assessments.domain.question_imports import WRITTEN
from assessments.models import ImportLine, Question, Tag

UNSEEN = {"provenance"}
"""What nobody would miss: where it alone could be given back, the rest was changed since."""


def restore(lines: Sequence[ImportLine], questions: Mapping[UUID, Question]) -> set[int]:
    """Of which lines something was given back. The questions are whole, and locked by the caller."""
    pairs = [(line, question) for line in lines if line.question_id and (question := questions.get(line.question_id))]
    taken = _taken(pairs)
    found = [(line, question, _still_written(question, line.before, taken)) for line, question in pairs]
    found = [(line, question, back) for line, question, back in found if back]
    _give_back({question: back for _, question, back in found})
    return {line.pk for line, _, _ in found}


def _taken(pairs: Iterable[tuple[ImportLine, Question]]) -> dict[tuple[UUID, str], UUID]:
    """Of the identities they had: which are some question's now, by its bank, and whose."""
    had = {line.before["identity"][0] for line, _ in pairs if "identity" in line.before}
    banks = {question.bank_id for _, question in pairs}
    rows = (
        Question.objects.filter(bank__in=banks, identity__in=had).values_list("bank", "identity", "pk") if had else ()
    )
    return {(bank, identity): pk for bank, identity, pk in rows}


def _still_written(
    question: Question, before: Mapping[str, Any], taken: Mapping[tuple[UUID, str], UUID]
) -> dict[str, Any]:
    """What was written over and is still what was written. An identity stays where another question has the old one."""
    back = {name: old for name, (old, new) in before.items() if _now(question, name) == new}
    if "identity" in back and taken.get((question.bank_id, back["identity"]), question.pk) != question.pk:
        del back["identity"]
    return back if before.keys() == UNSEEN or back.keys() - UNSEEN else {}


def _now(question: Question, name: str) -> Any:
    return sorted(one.name for one in question.tags.all()) if name == "tags" else getattr(question, name)


def _give_back(what: Mapping[Question, dict[str, Any]]) -> None:
    """A tag that was deleted since stays deleted."""
    wanted = {name for back in what.values() for name in back.get("tags", ())}
    tags = {tag.name: tag for tag in Tag.objects.filter(name__in=wanted)} if wanted else {}
    Question.objects.retag(
        {
            question.pk: [tags[name] for name in back["tags"] if name in tags]
            for question, back in what.items()
            if "tags" in back
        }
    )
    for question, back in what.items():
        for name in back.keys() - {"tags"}:
            setattr(question, name, back[name])
    Question.objects.rewrite(list(what), *WRITTEN)
