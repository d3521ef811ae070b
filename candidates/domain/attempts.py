"""An attempt from its start to its end: start, submit, run out of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from assessments.domain.assembly import draw_questions
from candidates import tasks
from candidates.domain import allowances, asked, audit, clock, outages, pauses, receipts, snapshots
from candidates.domain.passes import Pass
from candidates.domain.responses import AttemptClosed, OpenElsewhere, QuestionLocked, SaveRefused, lock_attempt
from candidates.enums import ATTEMPT_TRANSITIONS, AttemptPurpose, AttemptStatus, EventKind, InvitationStatus
from candidates.models import Attempt, AttemptQuestion, AttemptSection, Event, Response


class TransitionRefused(Exception):
    """This status may not follow that one; nothing was changed."""


# ---- Starting ----


class StartRefused(SaveRefused):
    """The assessment was closed, its window is over, or the invitation was revoked since the candidate came in."""


def start(holder: Pass, *, device_words: str = "") -> Attempt:
    """Draw the questions and set the bell. Starting again changes nothing.

    Raises :class:`StartRefused`, ``PoolTooSmall``, :class:`AttemptClosed`.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.status == AttemptStatus.IN_PROGRESS:
            return attempt
        if attempt.status != AttemptStatus.READY:
            raise AttemptClosed
        if not may_start(attempt, at=attempt.arrived_at):
            raise StartRefused("This assessment cannot be started now.")
        began_at: datetime = attempt.arrived_at
        placed = _place_questions(attempt)
        attempt.status, attempt.started_at = AttemptStatus.IN_PROGRESS, began_at
        attempt.device = holder.device
        seconds = allowances.allowed_seconds(attempt.assessment.duration_seconds, attempt.candidate)
        if seconds is not None:
            attempt.deadline_at, attempt.grace_until = bell_of(began_at, seconds + attempt.extra_seconds, attempt)
        attempt.revision += 1
        attempt.save(update_fields=["status", "started_at", "device", "deadline_at", "grace_until", "revision"])
        device = {"device": holder.device, "words": device_words}
        detail = {**device, **asked.facts_of(attempt, placed), "allowed": seconds}
        Event.objects.create(attempt=attempt, kind=EventKind.STARTED, at=began_at, detail=detail)
    snapshots.rebuild(attempt)
    return attempt


def may_start(attempt: Attempt, *, at: datetime) -> bool:
    """Having come in is not enough: what closed since then stays closed. Staff may try anything."""
    if attempt.purpose == AttemptPurpose.PREVIEW:
        return True
    assessment, invitation = attempt.assessment, attempt.invitation
    window = invitation or assessment
    is_revoked = invitation is not None and invitation.status in (InvitationStatus.REVOKED, InvitationStatus.DECLINED)
    return assessment.is_published and window.is_within_window(at) and not is_revoked


def bell_of(began_at: datetime, seconds: int, attempt: Attempt) -> tuple[datetime, datetime]:
    deadline = began_at.astimezone(UTC) + timedelta(seconds=seconds)  # local time may skip an hour, or have it twice
    return deadline, deadline + timedelta(seconds=attempt.assessment.grace_seconds)


def _place_questions(attempt: Attempt) -> list[AttemptQuestion]:
    questions: list[AttemptQuestion] = []
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
    return questions


def start_section(holder: Pass, *, position: int) -> AttemptSection:
    """Start a timed section's own clock, never beyond the whole attempt's bell. Starting again changes nothing.

    Raises :class:`AttemptClosed`, :class:`OpenElsewhere`, ``AttemptSection.DoesNotExist``.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.is_elsewhere:
            raise OpenElsewhere
        if not attempt.accepts_saves(at=attempt.arrived_at):
            raise AttemptClosed
        if attempt.stands_still(at=attempt.arrived_at):
            raise QuestionLocked
        section = attempt.sections.select_related("section").get(position=position)
        if section.started_at is not None:
            return section
        section.started_at = attempt.arrived_at
        seconds = allowances.allowed_seconds(section.section.duration_seconds, attempt.candidate)
        if seconds is not None:
            bell, grace = bell_of(attempt.arrived_at, seconds, attempt)
            section.deadline_at = min(bell, attempt.deadline_at or bell)
            section.grace_until = min(grace, attempt.grace_until or grace)
        section.save(update_fields=["started_at", "deadline_at", "grace_until"])
        attempt.revision += 1
        attempt.save(update_fields=["revision"])
        Event.objects.create(
            attempt=attempt,
            kind=EventKind.SECTION_STARTED,
            at=attempt.arrived_at,
            detail={"section": position, "allowed": seconds},
        )
    snapshots.rebuild(attempt)
    return section


# ---- Ending ----


def submit(holder: Pass) -> Attempt:
    """Close it for good and sign what was answered. Submitting twice returns the same receipt.

    Raises :class:`AttemptClosed`, :class:`QuestionLocked`, :class:`OpenElsewhere`.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.is_closed:
            return attempt
        if attempt.status == AttemptStatus.READY:
            raise QuestionLocked
        if attempt.status != AttemptStatus.IN_PROGRESS:
            raise AttemptClosed
        if attempt.is_elsewhere:
            raise OpenElsewhere
        if attempt.accepts_saves(at=attempt.arrived_at):
            close(attempt, status=AttemptStatus.SUBMITTED, at=attempt.arrived_at, kind=EventKind.SUBMITTED)
        else:
            _expire(attempt)
    return attempt


def close_overdue(*, limit: int = 500) -> int:
    """Close attempts whose grace is over, as of their bell, whenever the sweeper comes by. Returns how many.

    Each in a transaction of its own, skipping what another sweeper or the candidate holds. What ended after the last
    heartbeat of a web process is left alone: if that is an outage, the time comes back. The order matters: the heartbeat is
    read first, so that an outage it belongs to is there to be settled.
    """
    now = clock.now()
    at = min(now, outages.known_until() or now)
    outages.settle()
    ids = list(Attempt.objects.overdue(at=at).order_by("grace_until").values_list("pk", flat=True)[:limit])
    return sum(_close_if_overdue(attempt_id, at=at) for attempt_id in ids)


def _close_if_overdue(attempt_id: UUID, *, at: datetime) -> bool:
    with transaction.atomic():
        attempt = Attempt.objects.select_for_update(skip_locked=True).overdue(at=at).filter(pk=attempt_id).first()
        if attempt is None:
            return False
        _expire(attempt)
        return True


def _expire(attempt: Attempt) -> None:
    bells = [attempt.deadline_at, *attempt.sections.values_list("deadline_at", flat=True)]
    last = attempt.deadline_at or max(bell for bell in bells if bell is not None)
    close(attempt, status=AttemptStatus.EXPIRED, at=last, kind=EventKind.EXPIRED)


def close(attempt: Attempt, *, status: AttemptStatus, at: datetime, kind: EventKind) -> None:
    """Within the caller's transaction, on a locked row: status, receipt, event, and the task that scores it."""
    require_transition(attempt, status)
    pauses.finish(attempt, at=at)
    rows = AttemptQuestion.objects.filter(attempt=attempt).values_list(
        "number", "response__revision", "response__value"
    )
    attempt.status, attempt.closed_at = status, at
    attempt.submit_receipt = receipts.submit_receipt(attempt.pk, rows)
    attempt.revision += 1
    attempt.save(update_fields=["status", "closed_at", "submit_receipt", "revision"])
    # Whatever staff did until now can no longer be taken from the end of the audit log unseen.
    Event.objects.create(attempt=attempt, kind=kind, at=at, detail={"audit": audit.newest_hash()})
    tasks.score_attempt.enqueue(str(attempt.pk))


def require_transition(attempt: Attempt, status: AttemptStatus) -> None:
    if status not in ATTEMPT_TRANSITIONS[AttemptStatus(attempt.status)]:
        raise TransitionRefused(
            f"An attempt that is {attempt.get_status_display().lower()} cannot become {status.label.lower()}."
        )
