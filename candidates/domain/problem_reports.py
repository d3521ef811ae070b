"""Something is wrong with a question: a candidate says so while they sit, the team sees it at once and answers."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from candidates.domain import announcements, audit, clock
from candidates.domain.passes import Pass
from candidates.domain.responses import lock_attempt
from candidates.models import AttemptQuestion, ProblemReport

MOST_PER_ATTEMPT = 20
MOST_WORDS = 2000


class ReportRefused(Exception):
    """Nothing was reported; the text, for the candidate, says why."""


def report(holder: Pass, *, number: int, text: str) -> ProblemReport:
    """Raises :class:`ReportRefused`, ``Attempt.DoesNotExist``, ``AttemptQuestion.DoesNotExist``."""
    words = text.strip()
    if not words:
        raise ReportRefused(gettext("Say in a few words what is wrong."))
    if len(words) > MOST_WORDS:
        raise ReportRefused(gettext("That is too long; %(most)s characters are the most.") % {"most": MOST_WORDS})
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        question = AttemptQuestion.objects.get(attempt=attempt, number=number)
        same = attempt.problem_reports.filter(attempt_question=question, text=words).first()
        if same is not None:
            return same  # pressed twice
        if attempt.problem_reports.count() >= MOST_PER_ATTEMPT:
            raise ReportRefused(gettext("The team has many reports of yours already. Please write to them instead."))
        return ProblemReport.objects.create(
            attempt=attempt, attempt_question=question, text=words, reported_at=attempt.arrived_at
        )


@transaction.atomic
def answer(one: ProblemReport, *, text: str, by: Any) -> None:
    """The candidate reads it on their page while they sit, and on their record. A later one takes the place of an earlier."""
    words = text.strip()
    announcements.tell(one, text=words, by=by)  # first, because it locks the attempt
    one.answer, one.answered_at, one.answered_by = words, clock.now(), by
    one.save(update_fields=["answer", "answered_at", "answered_by"])
    audit.record(action="problem report answered", subject=one, by=by)
