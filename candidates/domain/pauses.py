"""Time that stands still: a pause by staff, without an end until they resume it, and a break, which has one.

A break moves the bells by its whole length when it begins; coming back early gives back the rest. So whatever fails in
between, nobody has to notice that it is over, and no clock depends on a sweeper. A pause by staff moves them when it ends.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from candidates.domain import accommodations, audit, bells, clock, snapshots
from candidates.domain.passes import Pass
from candidates.domain.responses import lock_attempt
from candidates.enums import AttemptStatus, EventKind, PauseKind
from candidates.models import Attempt, Event, Pause


class PauseRefused(Exception):
    """Nothing was changed. The text is for whoever asked."""


# ---- By staff ----


def pause(attempts: Collection[UUID], *, by: Any, reason: str = "") -> int:
    """Stop the clocks of those of the attempts that run; returns how many. A break is ended, and not counted as taken."""
    with clock.judged_transaction():
        at = clock.now()
        running = [one for one in _locked(attempts) if one.accepts_saves(at=at) and not _is_held(one)]
        for one in running:
            if one.stands_still(at=at):
                one.breaks_taken -= 1
            finish(one, at=at)
        stopped = Attempt.objects.filter(pk__in=[one.pk for one in running], paused_at__isnull=True)
        count = stopped.update(paused_at=at, revision=F("revision") + 1)
        _tell(running, kind=EventKind.PAUSED, at=at, by=by, detail={"reason": reason})
        audit.record_for(running, action="time stopped", by=by, detail={"reason": reason})
    return count


def resume(attempts: Collection[UUID], *, by: Any) -> int:
    """Let the clocks run on that staff have stopped: each bell moves by exactly the time it stood still. Returns how many."""
    with clock.judged_transaction():
        at = clock.now()
        held = [one for one in _locked(attempts) if _is_held(one)]
        for one in held:
            finish(one, at=at, by=by)
        audit.record_for(held, action="time resumed", by=by, detail={})
    return len(held)


def _locked(attempts: Collection[UUID]) -> list[Attempt]:
    under_way = Attempt.objects.filter(pk__in=attempts, status=AttemptStatus.IN_PROGRESS)
    return list(under_way.select_for_update(of=("self",)).select_related("assessment").order_by("pk"))


def _is_held(attempt: Attempt) -> bool:
    return attempt.paused_at is not None and attempt.pause_until is None


def _tell(attempts: Collection[Attempt], *, kind: EventKind, at: datetime, by: Any, detail: dict[str, Any]) -> None:
    Event.objects.bulk_create(Event(attempt=one, kind=kind, at=at, by=by, detail=detail) for one in attempts)


# ---- By the candidate ----


def begin_break(holder: Pass) -> Attempt:
    """Let time stand still for as long as a break of this candidate may be. Begun already, it stays as it is.

    Raises :class:`PauseRefused`.
    """
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        at: datetime = attempt.arrived_at
        if attempt.stands_still(at=at):
            return attempt
        _require_break(attempt, at=at)
        finish(attempt, at=at)
        length = timedelta(seconds=break_seconds(attempt))
        bells.move(
            [attempt.pk],
            by=length,
            running_at=at,
            paused_at=at,
            pause_until=at + length,
            breaks_taken=F("breaks_taken") + 1,
        )
        _tell(
            [attempt], kind=EventKind.BREAK_STARTED, at=at, by=None, detail={"seconds": round(length.total_seconds())}
        )
        attempt.refresh_from_db()
    snapshots.rebuild(attempt)
    return attempt


def _require_break(attempt: Attempt, *, at: datetime) -> None:
    if not attempt.accepts_saves(at=at):
        raise PauseRefused(_("This attempt takes no more saves."))
    if attempt.deadline_at is None and not bells.running_sections([attempt.pk], at=at).exists():
        raise PauseRefused(_("No clock is running, so there is nothing to stop: take the time you need."))
    if breaks_left(attempt) <= 0:
        raise PauseRefused(_("You have no break left."))


def breaks_left(attempt: Attempt) -> int:
    allowed = accommodations.breaks_allowed(attempt.assessment.break_count, attempt.candidate.extra_breaks)
    return max(0, allowed - attempt.breaks_taken)


def break_seconds(attempt: Attempt) -> int:
    return accommodations.break_seconds(attempt.assessment.break_seconds, attempt.candidate.break_seconds)


def end_break(holder: Pass) -> Attempt:
    """Go on before the break is over. Without a break, or in a pause by staff, nothing changes."""
    with clock.judged_transaction():
        attempt = lock_attempt(holder)
        if attempt.pause_until is not None:
            finish(attempt, at=attempt.arrived_at)
    snapshots.rebuild(attempt)
    return attempt


# ---- The end of either ----


def finish(attempt: Attempt, *, at: datetime, by: Any = None) -> None:
    """End whatever pause a locked attempt is in, and write it down. Without one, nothing changes."""
    began_at, until = attempt.paused_at, attempt.pause_until
    if began_at is None:
        return
    ended_at = max(at, began_at) if until is None else min(max(at, began_at), until)
    moves = ended_at - (began_at if until is None else until)
    bells.move(
        [attempt.pk],
        by=moves,
        running_at=began_at,
        paused_at=None,
        pause_until=None,
        breaks_taken=attempt.breaks_taken,
    )
    kind = PauseKind.STAFF if until is None else PauseKind.BREAK
    written = Pause.objects.create(attempt=attempt, kind=kind, began_at=began_at, ended_at=ended_at, by=by)
    event_kind = EventKind.RESUMED if until is None else EventKind.BREAK_ENDED
    seconds = round(written.length.total_seconds())
    Event.objects.create(attempt=attempt, kind=event_kind, at=ended_at, by=by, detail={"seconds": seconds})
    attempt.refresh_from_db()


def write_down_ended_breaks(*, limit: int = 500) -> int:
    """Breaks that ended by time: their clocks run already, and nothing waits for this. Returns how many."""
    over = Attempt.objects.filter(status=AttemptStatus.IN_PROGRESS, pause_until__lt=clock.now())
    return sum(_write_down(attempt_id) for attempt_id in over.values_list("pk", flat=True)[:limit])


def _write_down(attempt_id: UUID) -> bool:
    with clock.judged_transaction():
        over = Attempt.objects.filter(pk=attempt_id, status=AttemptStatus.IN_PROGRESS, pause_until__lt=clock.now())
        attempt = over.select_for_update(skip_locked=True).first()
        if attempt is not None:
            finish(attempt, at=clock.now())
    return attempt is not None
