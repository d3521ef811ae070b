"""An attempt from the consent to its end: enter, start, submit, run out of time; and what staff may do to it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from assessments.domain.assembly import draw_questions
from assessments.enums import Access
from assessments.models import Assessment
from candidates import tasks
from candidates.domain import audit, clock, invitations, notices, receipts, snapshots
from candidates.domain.passes import Pass
from candidates.domain.responses import AttemptClosed, QuestionLocked, lock_attempt
from candidates.enums import ATTEMPT_TRANSITIONS, AttemptPurpose, AttemptStatus, EventKind
from candidates.models import Attempt, AttemptQuestion, AttemptSection, Candidate, Event, Invitation, Response


class EntryRefused(Exception):
    """No attempt can be made: the window is not open, or every attempt is used up. The text is for the candidate."""


class TransitionRefused(Exception):
    """This status may not follow that one; nothing was changed."""


# ---- Coming in ----


def enter_by_invitation(invitation: Invitation) -> Attempt:
    """The attempt behind an invitation: the one under way, else a new one. Raises :class:`EntryRefused`.

    Locks the candidate's row, so that two clicks at once come to the same attempt.
    """
    with transaction.atomic():
        Candidate.objects.select_for_update().get(pk=invitation.candidate_id)
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


def _require_entry(invitation: Invitation) -> None:
    assessment, now = invitation.assessment, clock.now()
    if not assessment.is_published or not invitation.is_within_window(now):
        raise EntryRefused("This invitation is not open now.")


def enter_practice(assessment: Assessment) -> Attempt:
    """A guest's attempt at an assessment open to practice. Raises :class:`EntryRefused`."""
    is_open = Assessment.objects.open_to_practice(at=clock.now()).filter(pk=assessment.pk).exists()
    if not is_open or assessment.access != Access.PRACTICE:
        raise EntryRefused("This practice is not open now.")
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
    return Attempt.objects.create(
        assessment=assessment,
        candidate=candidate,
        invitation=invitation,
        number=(highest or 0) + 1,
        purpose=purpose,
        seed=secrets.randbits(62),
        consented_at=clock.now(),
        consent_text="\n".join([*notices.recorded(assessment), notices.consent_text(assessment)]),
    )


# ---- Starting ----


def start(holder: Pass) -> Attempt:
    """Draw the questions and set the bell. Starting again changes nothing. Raises ``PoolTooSmall``, :class:`AttemptClosed`."""
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.status == AttemptStatus.IN_PROGRESS:
            return attempt
        if attempt.status != AttemptStatus.READY:
            raise AttemptClosed
        began_at: datetime = attempt.arrived_at
        _place_questions(attempt)
        attempt.status, attempt.started_at = AttemptStatus.IN_PROGRESS, began_at
        seconds = notices.allowed_seconds(attempt.assessment.duration_seconds, attempt.candidate)
        if seconds is not None:
            attempt.deadline_at, attempt.grace_until = _bell(began_at, seconds + attempt.extra_seconds, attempt)
        attempt.revision += 1
        attempt.save(update_fields=["status", "started_at", "deadline_at", "grace_until", "revision"])
        Event.objects.create(attempt=attempt, kind=EventKind.STARTED, at=began_at)
    snapshots.rebuild(attempt)
    return attempt


def _bell(began_at: datetime, seconds: int, attempt: Attempt) -> tuple[datetime, datetime]:
    deadline = began_at + timedelta(seconds=seconds)
    return deadline, deadline + timedelta(seconds=attempt.assessment.grace_seconds)


def _place_questions(attempt: Attempt) -> None:
    questions = []
    for section, drawn in draw_questions(attempt.assessment, seed=attempt.seed):
        place = AttemptSection.objects.create(attempt=attempt, section=section, position=section.position)
        for one in drawn:
            questions.append(
                AttemptQuestion(
                    attempt=attempt,
                    section=place,
                    number=len(questions) + 1,
                    version=one.version,
                    option_order=one.option_order,
                    points=one.points,
                )
            )
    Response.objects.bulk_create(Response(attempt_question=q) for q in AttemptQuestion.objects.bulk_create(questions))


def start_section(holder: Pass, *, position: int) -> AttemptSection:
    """Start a timed section's own clock, never beyond the whole attempt's bell. Starting again changes nothing.

    Raises :class:`AttemptClosed`, ``AttemptSection.DoesNotExist``.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if not attempt.accepts_saves(at=attempt.arrived_at):
            raise AttemptClosed
        section = attempt.sections.select_related("section").get(position=position)
        if section.started_at is not None:
            return section
        section.started_at = attempt.arrived_at
        seconds = notices.allowed_seconds(section.section.duration_seconds, attempt.candidate)
        if seconds is not None:
            bell, grace = _bell(attempt.arrived_at, seconds, attempt)
            section.deadline_at = min(bell, attempt.deadline_at or bell)
            section.grace_until = min(grace, attempt.grace_until or grace)
        section.save(update_fields=["started_at", "deadline_at", "grace_until"])
        attempt.revision += 1
        attempt.save(update_fields=["revision"])
        Event.objects.create(
            attempt=attempt, kind=EventKind.SECTION_STARTED, at=attempt.arrived_at, detail={"section": position}
        )
    snapshots.rebuild(attempt)
    return section


# ---- Ending ----


def submit(holder: Pass) -> Attempt:
    """Close it for good and sign what was answered. Submitting twice returns the same receipt. Raises :class:`AttemptClosed`."""
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.is_closed:
            return attempt
        if attempt.status == AttemptStatus.READY:
            raise QuestionLocked
        if attempt.status != AttemptStatus.IN_PROGRESS:
            raise AttemptClosed
        if attempt.accepts_saves(at=attempt.arrived_at):
            _close(attempt, status=AttemptStatus.SUBMITTED, at=attempt.arrived_at, kind=EventKind.SUBMITTED)
        else:
            _expire(attempt)
    return attempt


def close_overdue(*, limit: int = 500) -> int:
    """Close attempts whose grace is over, as of their bell, whenever the sweeper comes by. Returns how many.

    Each in a transaction of its own, skipping what another sweeper or the candidate holds.
    """
    ids = list(Attempt.objects.overdue(at=clock.now()).order_by("grace_until").values_list("pk", flat=True)[:limit])
    return sum(_close_if_overdue(attempt_id) for attempt_id in ids)


def _close_if_overdue(attempt_id: UUID) -> bool:
    with transaction.atomic():
        attempt = (
            Attempt.objects.select_for_update(skip_locked=True).overdue(at=clock.now()).filter(pk=attempt_id).first()
        )
        if attempt is None:
            return False
        _expire(attempt)
        return True


def _expire(attempt: Attempt) -> None:
    assert attempt.deadline_at is not None  # noqa: S101 - only an attempt with a bell is ever overdue
    _close(attempt, status=AttemptStatus.EXPIRED, at=attempt.deadline_at, kind=EventKind.EXPIRED)


def _close(attempt: Attempt, *, status: AttemptStatus, at: datetime, kind: EventKind) -> None:
    """Within the caller's transaction, on a locked row: status, receipt, event, and the task that scores it."""
    _require_transition(attempt, status)
    rows = AttemptQuestion.objects.filter(attempt=attempt).values_list(
        "number", "response__revision", "response__value"
    )
    attempt.status, attempt.closed_at = status, at
    attempt.submit_receipt = receipts.submit_receipt(attempt.pk, rows)
    attempt.revision += 1
    attempt.save(update_fields=["status", "closed_at", "submit_receipt", "revision"])
    Event.objects.create(attempt=attempt, kind=kind, at=at)
    tasks.score_attempt.enqueue(str(attempt.pk))


def _require_transition(attempt: Attempt, status: AttemptStatus) -> None:
    if status not in ATTEMPT_TRANSITIONS[AttemptStatus(attempt.status)]:
        raise TransitionRefused(
            f"An attempt that is {attempt.get_status_display().lower()} cannot become {status.label.lower()}."
        )


# ---- What staff may do ----


def extend(attempt: Attempt, *, seconds: int, by: Any) -> Attempt:
    """Add time to the bell. Raises :class:`TransitionRefused` where there is none or the attempt is not under way."""
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if locked.status != AttemptStatus.IN_PROGRESS or locked.deadline_at is None or locked.grace_until is None:
            raise TransitionRefused("Only an attempt under way, with a time limit, can get more time.")
        added = timedelta(seconds=seconds)
        locked.deadline_at, locked.grace_until = locked.deadline_at + added, locked.grace_until + added
        locked.extra_seconds += seconds
        locked.revision += 1
        locked.save(update_fields=["deadline_at", "grace_until", "extra_seconds", "revision"])
        Event.objects.create(
            attempt=locked, kind=EventKind.EXTENDED, at=clock.now(), by=by, detail={"seconds": seconds}
        )
        audit.record(action="time added", subject=locked, by=by, detail={"seconds": seconds})
    return locked


def reopen(attempt: Attempt, *, seconds: int, by: Any) -> Attempt:
    """Let a candidate whose time ran out go on, for so many seconds from now."""
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().select_related("assessment").get(pk=attempt.pk)
        _require_transition(locked, AttemptStatus.IN_PROGRESS)
        now = clock.now()
        locked.status, locked.closed_at, locked.submit_receipt = AttemptStatus.IN_PROGRESS, None, ""
        locked.deadline_at, locked.grace_until = _bell(now, seconds, locked)
        locked.revision += 1
        locked.save(update_fields=["status", "closed_at", "submit_receipt", "deadline_at", "grace_until", "revision"])
        Event.objects.create(attempt=locked, kind=EventKind.REOPENED, at=now, by=by, detail={"seconds": seconds})
        audit.record(action="reopened", subject=locked, by=by, detail={"seconds": seconds})
    return locked


def void(attempt: Attempt, *, reason: str, by: Any) -> Attempt:
    """Take its effect away; what was said stays on record."""
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        _require_transition(locked, AttemptStatus.VOIDED)
        locked.status, locked.closed_at = AttemptStatus.VOIDED, locked.closed_at or clock.now()
        locked.revision += 1
        locked.save(update_fields=["status", "closed_at", "revision"])
        Event.objects.create(attempt=locked, kind=EventKind.VOIDED, at=clock.now(), by=by, detail={"reason": reason})
        audit.record(action="voided", subject=locked, by=by, detail={"reason": reason})
    return locked


def remove_previews(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Attempts staff tried out leave nothing behind after a day."""
    old = Candidate.objects.filter(
        attempts__purpose=AttemptPurpose.PREVIEW, attempts__created_at__lt=clock.now() - older_than
    )
    removed, _ = old.delete()
    return removed


def forget_previews(assessment: Assessment) -> None:
    """What staff tried of a draft must not keep its sections from being deleted."""
    Candidate.objects.filter(attempts__purpose=AttemptPurpose.PREVIEW, attempts__assessment=assessment).delete()
