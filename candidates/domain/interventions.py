"""What staff may do to an attempt. Each leaves an event the candidate sees and an entry in the audit log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from candidates.domain import audit, bells, clock, pauses
from candidates.domain.attempts import TransitionRefused, bell_of, close, require_transition
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, AttemptSection, Event


def extend(attempt: Attempt, *, seconds: int, by: Any, reason: str = "") -> Attempt:
    """Move every bell that still runs: the whole attempt's, and that of each section begun and not over.

    Raises :class:`TransitionRefused` where none runs, or where so little would leave the attempt over all the same.
    """
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
        now = clock.now()
        if locked.status != AttemptStatus.IN_PROGRESS or not _with_a_clock([locked], at=now):
            raise TransitionRefused("Only an attempt under way, with a clock that runs, can get more time.")
        if not _would_run(locked, at=now, seconds=seconds):
            raise TransitionRefused(
                "Its time has been over for longer than that. Give more, or reopen it once it is closed."
            )
        _give([locked], at=now, seconds=seconds, by=by, reason=reason)
        locked.refresh_from_db()
    return locked


def extend_all(attempts: Collection[UUID], *, seconds: int, by: Any, reason: str) -> int:
    """The same for those of the attempts that run, all of them or, if anything fails, none. Returns how many."""
    with clock.judged_transaction():
        under_way = Attempt.objects.filter(pk__in=attempts, status=AttemptStatus.IN_PROGRESS)
        locked = list(under_way.select_for_update(of=("self",)).select_related("assessment").order_by("pk"))
        now = clock.now()
        running = [one for one in _with_a_clock(locked, at=now) if _would_run(one, at=now, seconds=seconds)]
        _give(running, at=now, seconds=seconds, by=by, reason=reason)
    return len(running)


def _with_a_clock(attempts: Collection[Attempt], *, at: datetime) -> list[Attempt]:
    sections = bells.running_sections([one.pk for one in attempts if one.deadline_at is None], at=at)
    by_section = set(sections.values_list("attempt", flat=True))
    return [one for one in attempts if one.deadline_at is not None or one.pk in by_section]


def _would_run(attempt: Attempt, *, at: datetime, seconds: int) -> bool:
    grace = attempt.grace_until
    return grace is None or grace + timedelta(seconds=seconds) >= attempt.reads(at)


def _give(attempts: Collection[Attempt], *, at: datetime, seconds: int, by: Any, reason: str) -> None:
    """Move the bells of locked attempts; tell the candidates and the audit log."""
    ids = [one.pk for one in attempts]
    bells.move(ids, by=timedelta(seconds=seconds), running_at=at, extra_seconds=F("extra_seconds") + seconds)
    Event.objects.bulk_create(
        Event(attempt_id=one, kind=EventKind.EXTENDED, at=at, by=by, detail={"seconds": seconds}) for one in ids
    )
    audit.record_for(attempts, action="time added", by=by, detail={"seconds": seconds, "reason": reason})


def reopen(attempt: Attempt, *, seconds: int, by: Any) -> Attempt:
    """Let a candidate whose time ran out go on, for so many seconds from now.

    The new bell is that of the whole, if it had one, and of the sections its end cut short, and of the one the
    candidate was in. Raises :class:`TransitionRefused`.
    """
    with clock.judged_transaction():
        locked = Attempt.objects.select_for_update().select_related("assessment").get(pk=attempt.pk)
        require_transition(locked, AttemptStatus.IN_PROGRESS)
        if locked.started_at is None:
            raise TransitionRefused("This attempt has not begun; its candidate starts it.")
        deadline, grace = bell_of(clock.now(), seconds, locked)
        was_in = Q(questions__number=locked.position) | Q(deadline_at=locked.deadline_at)
        sections = list(locked.sections.filter(was_in, deadline_at__isnull=False).distinct())
        for section in sections:
            section.deadline_at, section.grace_until = deadline, grace
        places = sorted(section.position for section in sections)
        # The candidate holds the receipt, and may show it.
        detail = {"seconds": seconds, "receipt": locked.submit_receipt, "sections": places}
        locked.status, locked.closed_at, locked.submit_receipt = AttemptStatus.IN_PROGRESS, None, ""
        locked.settled_at = None
        if locked.deadline_at is not None:
            locked.deadline_at, locked.grace_until = deadline, grace
        locked.revision += 1
        changed = ["status", "closed_at", "settled_at", "submit_receipt", "deadline_at", "grace_until", "revision"]
        locked.save(update_fields=changed)
        AttemptSection.objects.bulk_update(sections, ["deadline_at", "grace_until"])
        Event.objects.create(attempt=locked, kind=EventKind.REOPENED, at=clock.now(), by=by, detail=detail)
        audit.record(action="reopened", subject=locked, by=by, detail={"seconds": seconds})
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
        pauses.finish(locked, at=clock.now(), by=by)
        locked.status, locked.closed_at = AttemptStatus.VOIDED, locked.closed_at or clock.now()
        locked.revision += 1
        locked.save(update_fields=["status", "closed_at", "revision"])
        Event.objects.create(attempt=locked, kind=EventKind.VOIDED, at=clock.now(), by=by, detail={"reason": reason})
        audit.record(action="voided", subject=locked, by=by, detail={"reason": reason})
    return locked
