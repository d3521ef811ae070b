"""What staff may do to an attempt. Each leaves an event the candidate sees and an entry in the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from candidates.domain import audit, clock
from candidates.domain.attempts import TransitionRefused, bell_of, close, require_transition
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, AttemptSection, Event


def extend(attempt: Attempt, *, seconds: int, by: Any) -> Attempt:
    """Move every bell that still runs: the whole attempt's, and that of each section begun and not over.

    Raises :class:`TransitionRefused` where none runs, or where so little would leave the attempt over all the same.
    """
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        now, added = clock.now(), timedelta(seconds=seconds)
        sections = list(_running(locked, at=now))
        if locked.status != AttemptStatus.IN_PROGRESS or (locked.deadline_at is None and not sections):
            raise TransitionRefused("Only an attempt under way, with a clock that runs, can get more time.")
        if locked.grace_until is not None and locked.grace_until + added < now:
            raise TransitionRefused(
                "Its time has been over for longer than that. Give more, or reopen it once it is closed."
            )
        _move_bell(locked, added)
        for section in sections:
            _move_bell(section, added)
        locked.extra_seconds += seconds
        _note(locked, sections, kind=EventKind.EXTENDED, action="time added", seconds=seconds, by=by)
    return locked


def _running(attempt: Attempt, *, at: datetime) -> QuerySet[AttemptSection]:
    return attempt.sections.filter(grace_until__gte=at)


def _move_bell(clocked: Attempt | AttemptSection, by: timedelta) -> None:
    if clocked.deadline_at is not None and clocked.grace_until is not None:
        clocked.deadline_at, clocked.grace_until = clocked.deadline_at + by, clocked.grace_until + by


def _note(
    attempt: Attempt, sections: list[AttemptSection], *, kind: EventKind, action: str, seconds: int, by: Any
) -> None:
    """Save the moved bells with a new revision, so that open pages notice; tell the candidate and the audit log."""
    attempt.revision += 1
    attempt.save(
        update_fields=[
            "status", "closed_at", "submit_receipt", "deadline_at", "grace_until", "extra_seconds", "revision"
        ]
    )  # fmt: skip
    AttemptSection.objects.bulk_update(sections, ["deadline_at", "grace_until"])
    Event.objects.create(attempt=attempt, kind=kind, at=clock.now(), by=by, detail={"seconds": seconds})
    audit.record(action=action, subject=attempt, by=by, detail={"seconds": seconds})


def reopen(attempt: Attempt, *, seconds: int, by: Any) -> Attempt:
    """Let a candidate whose time ran out go on, for so many seconds from now.

    The new bell is that of the whole, if it had one, and of the sections its end cut short, and of the one the
    candidate was in. Raises :class:`TransitionRefused`.
    """
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().select_related("assessment").get(pk=attempt.pk)
        require_transition(locked, AttemptStatus.IN_PROGRESS)
        deadline, grace = bell_of(clock.now(), seconds, locked)
        was_in = Q(questions__number=locked.position) | Q(deadline_at=locked.deadline_at)
        sections = list(locked.sections.filter(was_in, deadline_at__isnull=False).distinct())
        for section in sections:
            section.deadline_at, section.grace_until = deadline, grace
        locked.status, locked.closed_at, locked.submit_receipt = AttemptStatus.IN_PROGRESS, None, ""
        if locked.deadline_at is not None:
            locked.deadline_at, locked.grace_until = deadline, grace
        _note(locked, sections, kind=EventKind.REOPENED, action="reopened", seconds=seconds, by=by)
    return locked


def close_now(attempt: Attempt, *, by: Any) -> Attempt:
    """End an attempt that has no clock to end it. What was saved counts. Raises :class:`TransitionRefused`."""
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        close(locked, status=AttemptStatus.EXPIRED, at=clock.now(), kind=EventKind.CLOSED)
        audit.record(action="closed", subject=locked, by=by)
    return locked


def void(attempt: Attempt, *, reason: str, by: Any) -> Attempt:
    """Take its effect away; what was said stays on record."""
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        require_transition(locked, AttemptStatus.VOIDED)
        locked.status, locked.closed_at = AttemptStatus.VOIDED, locked.closed_at or clock.now()
        locked.revision += 1
        locked.save(update_fields=["status", "closed_at", "revision"])
        Event.objects.create(attempt=locked, kind=EventKind.VOIDED, at=clock.now(), by=by, detail={"reason": reason})
        audit.record(action="voided", subject=locked, by=by, detail={"reason": reason})
    return locked
