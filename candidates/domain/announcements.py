"""Words of the team to everybody who sits an assessment, and that each of them has read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from assessments.enums import AssessmentStatus
from assessments.models import Assessment, Question
from candidates.domain import audit, clock
from candidates.domain.passes import Pass
from candidates.domain.responses import lock_attempt
from candidates.enums import EventKind
from candidates.models import Acknowledgement, Announcement, Attempt, AttemptQuestion, Event, ProblemReport


def assessments_under_way() -> QuerySet[Assessment]:
    """What something can be announced in: those that somebody sits now first, with how many."""
    running = Q(attempts__started_at__isnull=False, attempts__closed_at__isnull=True)
    published = Assessment.objects.exclude(status=AssessmentStatus.DRAFT)
    return published.annotate(open_count=Count("attempts", filter=running)).order_by("-open_count", "title", "-version")


def questions_of(assessment: Assessment) -> QuerySet[Question]:
    """What it asks whoever sits it, and what it has asked anybody."""
    asked = AttemptQuestion.objects.filter(attempt__assessment=assessment).values("version__question")
    fixed = Question.objects.filter(draws__section__assessment=assessment).values("pk")
    questions = Question.objects.filter(Q(pk__in=asked) | Q(pk__in=fixed), current_version__isnull=False)
    return questions.without_keys().order_by("title", "pk")


@transaction.atomic
def announce(assessment: Assessment, *, text: str, question: Question | None = None, by: Any) -> Announcement:
    """Tell everybody who is in it now; about a question, also those who come to it later.

    Attempts under way get a new revision, which is how open pages learn of it.
    """
    made = Announcement.objects.create(
        assessment=assessment, question=question, text=text.strip(), announced_at=clock.now(), announced_by=by
    )
    _stir(assessment.attempts.all())
    audit.record(action="announced", subject=made, by=by)
    return made


def tell(report: ProblemReport, *, text: str, by: Any) -> None:
    """Within the caller's transaction: the answer to one candidate's report, on their page while they sit.

    A later answer takes the place of an earlier one. Who has finished finds it on their record.
    """
    attempt = report.attempt
    if not _stir(Attempt.objects.filter(pk=attempt.pk)):
        return
    now = clock.now()
    report.announcements.filter(withdrawn_at=None).update(withdrawn_at=now)
    Announcement.objects.create(
        assessment_id=attempt.assessment_id,
        question_id=report.attempt_question.version.question_id,
        report=report,
        text=text,
        announced_at=now,
        announced_by=by,
    )


@transaction.atomic
def withdraw(announcement: Announcement, *, by: Any) -> None:
    """It is shown to nobody any more; that it was read stays on record. Withdrawing again changes nothing."""
    rows = Announcement.objects.filter(pk=announcement.pk, withdrawn_at=None)
    if rows.update(withdrawn_at=clock.now()):
        _stir(announcement.assessment.attempts.all())
        audit.record(action="announcement withdrawn", subject=announcement, by=by)


def _stir(attempts: QuerySet[Attempt]) -> int:
    """Have the open pages of these look again; how many are open. In the order in which everybody locks them."""
    open_ones = attempts.filter(started_at__isnull=False, closed_at__isnull=True)
    ids = list(open_ones.select_for_update().order_by("pk").values_list("pk", flat=True))
    return Attempt.objects.filter(pk__in=ids).update(revision=F("revision") + 1)


def acknowledge(holder: Pass, announcement_id: UUID) -> bool:
    """Note that the candidate has read it, once. False if there is nothing of the kind to read."""
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        announcement = Announcement.objects.unread_by(attempt).filter(pk=announcement_id).first()
        if announcement is None:
            return False
        Acknowledgement.objects.create(attempt=attempt, announcement=announcement, at=attempt.arrived_at)
        detail = {"announcement": str(announcement.pk), "text": announcement.text}
        Event.objects.create(attempt=attempt, kind=EventKind.ACKNOWLEDGED, at=attempt.arrived_at, detail=detail)
        Attempt.objects.filter(pk=attempt.pk).update(revision=F("revision") + 1)
    return True


def has_read(holder: Pass, announcement_id: UUID) -> bool:
    mine = Acknowledgement.objects.filter(attempt_id=holder.attempt_id, attempt__candidate_id=holder.candidate_id)
    return mine.filter(announcement_id=announcement_id).exists()
