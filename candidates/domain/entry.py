"""Coming in: the attempt behind an invitation, a guest's practice, what staff try out."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext

from assessments.enums import Access
from assessments.models import Assessment
from candidates.domain import audit, clock, invitations, notices
from candidates.enums import AttemptPurpose, AttemptStatus, EventKind, InvitationStatus
from candidates.models import Attempt, Candidate, Event, Invitation


class EntryRefused(Exception):
    """No attempt can be made: the window is not open, or every attempt is used up. The text is for the candidate."""


def enter_by_invitation(invitation: Invitation, *, language: str = "") -> Attempt:
    """The attempt behind an invitation: the one under way, else a new one. Raises :class:`EntryRefused`.

    Locks the candidate's row, so that two clicks at once come to the same attempt. ``language`` is the one they have
    chosen, if they have: later mails speak it.
    """
    with transaction.atomic():
        candidate = Candidate.objects.select_for_update().get(pk=invitation.candidate_id)
        if language and language != candidate.language:
            candidate.language = language
            candidate.save(update_fields=["language"])
        invitation.refresh_from_db(fields=["status"])
        if invitation.status == InvitationStatus.DECLINED:
            raise EntryRefused(
                gettext("You have declined this invitation. If you have changed your mind, ask the team.")
            )
        existing = current_attempt(invitation)
        if existing is not None:
            Event.objects.create(attempt=existing, kind=EventKind.ENTERED, at=clock.now())
            return existing
        _require_entry(invitation)
        invitations.accept(invitation)
        return _prepare(
            invitation.assessment, invitation.candidate, invitation=invitation, purpose=AttemptPurpose.INVITED
        )


def current_attempt(invitation: Invitation) -> Attempt | None:
    """The attempt this link leads back to: one under way before one that is over."""
    attempts = list(invitation.attempts.exclude(status=AttemptStatus.VOIDED).order_by("-number"))
    running = [attempt for attempt in attempts if not attempt.is_closed]
    used_up = len(attempts) >= invitation.assessment.max_attempts
    return running[0] if running else attempts[0] if attempts and used_up else None


def is_over(attempt: Attempt) -> bool:
    """Computed as well as stored: past every grace it is over, whether or not a sweeper has come by."""
    return attempt.is_closed or Attempt.objects.overdue(at=clock.now()).filter(pk=attempt.pk).exists()


def _require_entry(invitation: Invitation) -> None:
    assessment, now = invitation.assessment, clock.now()
    if not assessment.is_published or not invitation.is_within_window(now):
        raise EntryRefused(gettext("This invitation is not open now."))


def enter_practice(assessment: Assessment) -> Attempt:
    """A guest's attempt at an assessment open to practice. Raises :class:`EntryRefused`."""
    is_open = Assessment.objects.open_to_practice(at=clock.now()).filter(pk=assessment.pk).exists()
    if not is_open or assessment.access != Access.PRACTICE:
        raise EntryRefused(gettext("This practice is not open now."))
    with transaction.atomic():
        return _prepare(assessment, Candidate.objects.create(), purpose=AttemptPurpose.PRACTICE)


def enter_preview(assessment: Assessment, *, by: Any) -> Attempt:
    """Staff try an assessment in any status. The attempt counts in no result and is removed with its guest."""
    with transaction.atomic():
        attempt = _prepare(assessment, Candidate.objects.create(name="Preview"), purpose=AttemptPurpose.PREVIEW)
        audit.record(action="tried", subject=assessment, by=by)
        return attempt


def _prepare(
    assessment: Assessment, candidate: Candidate, *, purpose: AttemptPurpose, invitation: Invitation | None = None
) -> Attempt:
    highest = Attempt.objects.filter(assessment=assessment, candidate=candidate).aggregate(n=Max("number"))["n"]
    notice = notices.notice_of(assessment, candidate, invitation)
    return Attempt.objects.create(
        assessment=assessment,
        candidate=candidate,
        invitation=invitation,
        number=(highest or 0) + 1,
        purpose=purpose,
        seed=secrets.randbits(62),
        consented_at=clock.now(),
        consent_text=notice.text,
        consent_hash=notice.hash,
        consent_version=notices.VERSION,
        consent_language=notice.language,
        consent_signals=notice.signals,
    )


def remove_guests(*, previews_after: timedelta = timedelta(days=1)) -> int:
    """What staff tried goes after a day, a guest's practice when its assessment said it would. Returns the rows removed."""
    now = clock.now()
    removed = _guests(Q(purpose=AttemptPurpose.PREVIEW), before=now - previews_after).delete()[0]
    for assessment in Assessment.objects.filter(attempts__purpose=AttemptPurpose.PRACTICE).distinct():
        practised = Q(purpose=AttemptPurpose.PRACTICE, assessment=assessment)
        removed += _guests(practised, before=now - timedelta(days=assessment.retention_days)).delete()[0]
    return removed


def _guests(attempts: Q, *, before: datetime) -> QuerySet[Candidate]:
    old = Attempt.objects.filter(attempts, created_at__lt=before)
    return Candidate.objects.filter(email="", attempts__in=old)


def forget_previews(assessment: Assessment) -> None:
    """What staff tried of a draft must not keep its sections from being deleted."""
    Candidate.objects.filter(attempts__purpose=AttemptPurpose.PREVIEW, attempts__assessment=assessment).delete()
