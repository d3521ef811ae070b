"""Erasing what is known about a person: when they ask, and when the time they were told is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from assessments.models import Assessment
from candidates.domain import audit, clock, snapshots
from candidates.domain.windows import window_of
from candidates.enums import AttemptPurpose, InvitationStatus
from candidates.models import Attempt, Candidate, Invitation


@transaction.atomic
def erase(candidate: Candidate, *, by: Any = None) -> None:
    """Everything of theirs: invitations, attempts, responses, scores, and what the cache holds. That it was done is audited,
    with what proves each record as it was: the ends of its chains, from which no word can be had.

    Erasing again changes nothing. Locks in the order in which everybody does: candidate, attempts, the audit.
    """
    mine = Candidate.objects.filter(pk=candidate.pk)
    if mine.select_for_update().first() is None:
        return
    attempts = list(candidate.attempts.select_for_update().order_by("pk"))
    stones = [_tombstone(attempt) for attempt in attempts]
    mine.delete()
    audit.record(action="erased", subject=candidate, by=by, detail={"attempts": len(attempts), "records": stones})
    for attempt in attempts:
        transaction.on_commit(partial(snapshots.forget, attempt.pk))


def _tombstone(attempt: Attempt) -> dict[str, Any]:
    """Who kept a receipt can still be told whether it was this server's."""
    return {
        "attempt": str(attempt.pk),
        "saves": attempt.response_events.count(),
        "chain": attempt.chain_head,
        "receipt": attempt.submit_receipt,
    }


# ---- When the time is over ----


@dataclass(frozen=True)
class Due:
    """Something whose time is over, by the assessment's own rule."""

    kind: str
    pk: UUID
    due_at: datetime


@dataclass
class Applied:
    attempts: int = 0
    invitations: int = 0
    candidates: int = 0

    @property
    def words(self) -> str:
        return f"{self.attempts} attempts, {self.invitations} invitations and {self.candidates} candidates"


def due(*, at: datetime) -> Iterator[Due]:
    """Attempts so many days after they ended, or were last touched; then invitations that can no longer be taken up."""
    for assessment in Assessment.objects.all():
        keep = timedelta(days=assessment.retention_days)
        attempts = list(_due_attempts(assessment, at=at, keep=keep))
        yield from attempts
        yield from _due_invitations(assessment, {one.pk for one in attempts}, at=at, keep=keep)


def _due_attempts(assessment: Assessment, *, at: datetime, keep: timedelta) -> Iterator[Due]:
    old = Attempt.objects.filter(assessment=assessment, created_at__lt=at - keep).exclude(
        purpose=AttemptPurpose.PREVIEW
    )
    rows: Any = old.annotate(last_save=Max("response_events__received_at"), last_event=Max("events__at"))
    for attempt in rows:
        touched = [attempt.closed_at] if attempt.is_closed else [attempt.last_save, attempt.last_event]
        ended = max(moment for moment in [attempt.created_at, *touched] if moment is not None)
        if ended + keep <= at:
            yield Due("attempt", attempt.pk, ended + keep)


def _due_invitations(assessment: Assessment, gone: set[UUID], *, at: datetime, keep: timedelta) -> Iterator[Due]:
    """An invitation goes with the last of its attempts, or when nobody can come by it any more."""
    for invitation in Invitation.objects.filter(assessment=assessment, created_at__lt=at - keep):
        attempts = list(invitation.attempts.values_list("pk", flat=True))
        ended_at = _end_of_offer(assessment, invitation, attempts=len(attempts))
        if ended_at is not None and ended_at + keep <= at and set(attempts) <= gone:
            yield Due("invitation", invitation.pk, ended_at + keep)


def _end_of_offer(assessment: Assessment, invitation: Invitation, *, attempts: int) -> datetime | None:
    """Since when it can no longer be taken up, or has been; ``None`` while it can."""
    if invitation.status == InvitationStatus.DECLINED:
        return invitation.declined_at
    if invitation.status == InvitationStatus.REVOKED or not assessment.is_published:
        return invitation.created_at
    if attempts >= assessment.max_attempts:
        return invitation.accepted_at or invitation.created_at
    _, closes_at = window_of(assessment, invitation)
    return max(closes_at, invitation.created_at) if closes_at else None


def apply_due(*, at: datetime | None = None, by: Any = None, is_dry: bool = False) -> Applied:
    """Erase what is due, each in a transaction of its own. Somebody of whom nothing is left goes, too.

    With ``is_dry`` all of it is undone again.
    """
    now = at or clock.now()
    if not is_dry:
        return _apply(now, by)
    with transaction.atomic():
        applied = _apply(now, by)
        transaction.set_rollback(True)
    return applied


def _apply(now: datetime, by: Any) -> Applied:
    applied = Applied()
    for one in list(due(at=now)):
        _erase_due(one, applied, by)
    return applied


@transaction.atomic
def _erase_due(one: Due, applied: Applied, by: Any) -> None:
    model: Any = Attempt if one.kind == "attempt" else Invitation
    candidate_id = model.objects.filter(pk=one.pk).values_list("candidate_id", flat=True).first()
    if candidate_id is None:
        return
    candidate = Candidate.objects.select_for_update().get(pk=candidate_id)
    row = model.objects.select_for_update().get(pk=one.pk)
    stones = [_tombstone(row)] if one.kind == "attempt" else []
    row.delete()
    is_last = not candidate.attempts.exists() and not candidate.invitations.exists()
    if is_last:
        Candidate.objects.filter(pk=candidate_id).delete()
    applied.attempts += one.kind == "attempt"
    applied.invitations += one.kind == "invitation"
    applied.candidates += is_last
    gone = Candidate(pk=candidate_id) if is_last else model(pk=one.pk)
    audit.record(action="retention over", subject=gone, by=by, detail={"records": stones, one.kind: str(one.pk)})
    if one.kind == "attempt":
        transaction.on_commit(partial(snapshots.forget, one.pk))
