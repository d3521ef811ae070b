"""What staff may do to an attempt. Each leaves an event the candidate sees and an entry in the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from candidates.domain import audit, clock
from candidates.domain.attempts import TransitionRefused, bell_of, require_transition
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, Event


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
        require_transition(locked, AttemptStatus.IN_PROGRESS)
        now = clock.now()
        locked.status, locked.closed_at, locked.submit_receipt = AttemptStatus.IN_PROGRESS, None, ""
        locked.deadline_at, locked.grace_until = bell_of(now, seconds, locked)
        locked.revision += 1
        locked.save(update_fields=["status", "closed_at", "submit_receipt", "deadline_at", "grace_until", "revision"])
        Event.objects.create(attempt=locked, kind=EventKind.REOPENED, at=now, by=by, detail={"seconds": seconds})
        audit.record(action="reopened", subject=locked, by=by, detail={"seconds": seconds})
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
