"""Fresh questions for practice: written by AI for one attempt, reviewed by nobody, counted nowhere."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from assessments import question_types
from assessments.domain import generation, markup
from assessments.domain.asks import Ask
from assessments.domain.key_check import Draft
from assessments.domain.ledger import AiRefused, Caller
from assessments.domain.written import FORMS
from assessments.enums import AssessmentStatus, GenerationStatus, KeyVerdict
from assessments.gemini import GeminiFailed
from assessments.models import GenerationRequest
from assessments.question_types import Value, ValueRefused
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, FreshSet

MOST_QUESTIONS, MOST_LISTED = 3, 10
TYPES = tuple(name for name, form in FORMS.items() if form.answered_by)
"""Those whose answers need nobody to judge them."""


class NotForPractice(Exception):
    """Only an attempt at an open practice assessment may ask."""


@dataclass(frozen=True)
class FreshQuestion:
    number: int
    stem_html: str
    template: str
    widget: dict[str, Any]
    is_disputed: bool
    is_answered: bool
    is_right: bool
    words: str
    key_words: str
    explanation_html: str


def may_ask(attempt: Attempt) -> bool:
    return attempt.purpose == AttemptPurpose.PRACTICE and attempt.assessment.status == AssessmentStatus.PUBLISHED


def sets_of(attempt: Attempt) -> list[FreshSet]:
    return list(FreshSet.objects.filter(attempt=attempt)[:MOST_LISTED])


def reserve(attempt: Attempt, ask: Ask) -> FreshSet:
    """The row, with its call reserved; the caller enqueues the task. Raises :class:`NotForPractice` and as ``generate_now``."""
    if not may_ask(attempt):
        raise NotForPractice("Fresh questions are for practice.")
    line = generation.reserve(ask, caller=Caller.attempt(attempt.pk))
    return FreshSet(attempt=attempt, ask=ask.as_json(), request_id=line.pk)


def carry_out(fresh_set_id: UUID) -> bool:
    """Write them. A second run asks for nothing again."""
    with transaction.atomic():
        row = FreshSet.objects.select_for_update().filter(pk=fresh_set_id).first()
        if row is None or row.is_over:
            return False
        line = GenerationRequest.objects.filter(pk=row.request_id).first()
        is_first_run = row.status == GenerationStatus.QUEUED and line is not None
        row.status = GenerationStatus.WRITING
        row.save(update_fields=["status"])
    if not is_first_run or line is None:
        return _finish(row, note="The writing was interrupted. Ask again.")
    try:
        drafts = generation.generate(Ask(**row.ask), line).drafts
    except (AiRefused, GeminiFailed) as failure:
        return _finish(row, note=str(failure))
    if not drafts:
        return _finish(row, note="What Gemini wrote could not be used. Ask again, in other words.")
    return _finish(row, questions=[_stored(draft) for draft in drafts])


def _finish(row: FreshSet, *, note: str = "", questions: Sequence[dict[str, Any]] = ()) -> bool:
    status = GenerationStatus.DONE if questions else GenerationStatus.FAILED
    FreshSet.objects.filter(pk=row.pk).update(status=status, note=note[:400], questions=list(questions))
    return bool(questions)


def _stored(draft: Draft) -> dict[str, Any]:
    question = draft.question
    names = ("type", "stem", "content", "key", "explanation")
    return {**{name: getattr(question, name) for name in names}, "verdict": draft.verdict}


@transaction.atomic
def answer(row: FreshSet, given: Sequence[str], *, number: int) -> None:
    """Keep the answer to the question that is next; its key and explanation are shown from then on. Once is enough."""
    locked = FreshSet.objects.select_for_update().get(pk=row.pk)
    if number != len(locked.values) + 1 or number > len(locked.questions):
        return
    locked.values = [*locked.values, _read(locked.questions[number - 1], given)]
    locked.save(update_fields=["values"])


def _read(raw: dict[str, Any], given: Sequence[str]) -> Value:
    try:
        return question_types.get(raw["type"]).read(given, raw["content"])
    except ValueRefused:
        return None  # nothing is at stake; it counts as not answered


def shown(row: FreshSet) -> list[FreshQuestion]:
    """Those answered, and the one that is next."""
    some = row.questions[: len(row.values) + 1]
    return [_shown(row, number, raw) for number, raw in enumerate(some, start=1)]


def _shown(row: FreshSet, number: int, raw: dict[str, Any]) -> FreshQuestion:
    """Until it is answered nothing of the key is read but by the shuffling, which must not hit on it."""
    type_, is_answered = question_types.get(raw["type"]), number <= len(row.values)
    value = row.values[number - 1] if is_answered else None
    face = type_.face(raw["content"], markup.render_inline)
    return FreshQuestion(
        number=number,
        stem_html=markup.render(raw["stem"]),
        template=type_.template,
        widget=type_.widget(face, value, _order(row, number, raw)),
        is_disputed=raw["verdict"] == KeyVerdict.DISPUTED,
        is_answered=is_answered,
        is_right=is_answered and type_.credit(value, raw["content"], raw["key"]) == 1,
        words=type_.words(value, raw["content"]) if is_answered else "",
        key_words=type_.key_words(raw["content"], raw["key"]) if is_answered else "",
        explanation_html=markup.render(raw["explanation"]) if is_answered else "",
    )


def _order(row: FreshSet, number: int, raw: dict[str, Any]) -> list[str]:
    """The same each time it is shown."""
    rng = random.Random(f"{row.pk}:{number}")  # noqa: S311 - an order, not a secret
    return question_types.get(raw["type"]).shuffled(raw["content"], rng, key=raw["key"])
