"""Suggestions of AI about long texts: made in the background, kept apart from scores, sealed until a person has scored.

Whether there is none because AI is off, the gate has not passed, Gemini failed, the text was too short or the candidate
declined is not stored anywhere and looks the same everywhere.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from assessments import prompts
from assessments.domain import injection_gate, ledger
from assessments.domain.rubrics import parsed_rubric
from assessments.domain.steering import FLAG_WORDS, Flag
from assessments.domain.suggesting import CheckedSuggestion, checked, is_worth_asking, suggest_prompt
from assessments.enums import AiPolicy, AiPurpose, QuestionTypeName
from assessments.gemini import GeminiFailed
from candidates.domain import clock
from candidates.enums import CLOSED_STATUSES, AttemptPurpose
from candidates.models import AiChoice, Attempt, AttemptQuestion, Suggestion
from interview_project.numbers import plain

RETRY_SECONDS = 60


class TryLater(Exception):
    """Trouble that passes: Gemini is busy or away."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Again in {seconds:.0f} s.")
        self.seconds = seconds


# ---- The candidate's choice ----


def may_decline(attempt: Attempt) -> bool:
    return attempt.assessment.ai_policy == AiPolicy.SUGGESTIONS and attempt.purpose != AttemptPurpose.PREVIEW


def has_declined(attempt: Attempt) -> bool:
    return AiChoice.objects.filter(attempt=attempt).exists()


@transaction.atomic
def choose(attempt: Attempt, *, declines: bool) -> None:
    """Declining takes away what was suggested already. It changes nothing else, and nobody is told."""
    if not declines:
        AiChoice.objects.filter(attempt=attempt).delete()
        return
    AiChoice.objects.get_or_create(attempt=attempt, defaults={"declined_at": clock.now()})
    Suggestion.objects.filter(attempt_question__attempt=attempt).delete()


# ---- What may be suggested on ----


def is_on() -> bool:
    """There is a key, and the current model and prompt have passed the gate."""
    return not injection_gate.obstacle()


def wanted(attempt_id: UUID) -> list[int]:
    """The attempt questions to have read, after an attempt has closed."""
    if not is_on():
        return []
    questions = _eligible().filter(attempt_id=attempt_id)
    return [one.pk for one in questions if _text_of(one) and not _is_suggested(one)]


def _eligible() -> Any:
    declined = AiChoice.objects.values("attempt_id")
    return (
        AttemptQuestion.objects.filter(
            attempt__assessment__ai_policy=AiPolicy.SUGGESTIONS,
            attempt__status__in=CLOSED_STATUSES,
            version__type=QuestionTypeName.LONG_TEXT,
            version__rubric__isnull=False,
        )
        .exclude(attempt__purpose=AttemptPurpose.PREVIEW)
        .exclude(attempt_id__in=declined)
        .select_related("response", "version__rubric", "attempt__assessment")
        .prefetch_related("version__rubric__criteria__levels")
    )


def _text_of(question: AttemptQuestion) -> str:
    """``""`` for what never goes out."""
    value = question.response.value
    return value if isinstance(value, str) and is_worth_asking(value) else ""


def _is_suggested(question: AttemptQuestion) -> bool:
    file = prompts.load("suggest")
    return Suggestion.objects.filter(
        attempt_question=question,
        response_revision=question.response.revision,
        model=settings.GEMINI_MODEL,
        prompt_version=file.version,
    ).exists()


# ---- Suggesting ----


def suggest(question_id: int) -> bool:
    """Ask about one response and store what holds. False where there is to be none. Raises :class:`TryLater`."""
    question = _eligible().filter(pk=question_id).first()
    if question is None or not is_on() or not _text_of(question) or _is_suggested(question):
        return False
    text, own_rubric = _text_of(question), question.version.rubric
    assert own_rubric is not None  # noqa: S101 - the query asks for those that have one
    rubric = parsed_rubric(own_rubric)
    prompt = suggest_prompt(question.version.stem, rubric, text)
    assessment = question.attempt.assessment
    try:
        line = ledger.reserve(
            ledger.Caller.assessment(assessment),
            prompt,
            purpose=AiPurpose.SUGGEST,
            assessment=assessment,
            is_counted=False,
        )
        reply = ledger.call(line, prompt)
    except (ledger.LimitReached, ledger.LedgerUnavailable) as refusal:
        raise TryLater(refusal.retry_after) from refusal
    except ledger.AiRefused:
        return False
    except GeminiFailed as failure:
        if failure.may_pass or failure.counts_against_health or failure.retry_after:
            raise TryLater(failure.retry_after or RETRY_SECONDS) from failure
        return False
    return _store(question, checked(reply.data, rubric, text), prompt_version=prompt.version, prompt_hash=prompt.hash)


def _store(question: AttemptQuestion, found: CheckedSuggestion, *, prompt_version: str, prompt_hash: str) -> bool:
    """Unless the candidate has declined meanwhile, or the same task ran twice."""
    rubric_id = question.version.rubric_id
    assert rubric_id is not None  # noqa: S101 - as above
    try:
        with transaction.atomic():
            Attempt.objects.select_for_update().get(pk=question.attempt_id)
            if has_declined(question.attempt):
                return False
            Suggestion.objects.create(
                attempt_question=question,
                response_revision=question.response.revision,
                rubric_id=rubric_id,
                levels={position: plain(points) for position, points in found.levels.items()},
                evidence=found.evidence,
                unsupported=found.unsupported,
                flags=found.flags,
                points=found.points,
                model=settings.GEMINI_MODEL,
                prompt_version=prompt_version,
                prompt_hash=prompt_hash,
            )
    except (IntegrityError, Attempt.DoesNotExist):
        return False
    return True


# ---- Seeing them ----


def visible_to(reviewer: Any, question: AttemptQuestion) -> Suggestion | None:
    """``None`` until this reviewer has saved a score of their own for this very response."""
    return Suggestion.objects.unsealed_for(reviewer).filter(attempt_question=question).first()


def flag_words(suggestion: Suggestion) -> list[str]:
    return [FLAG_WORDS[Flag(flag)] for flag in suggestion.flags]
