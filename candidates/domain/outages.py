"""Time that was lost because we were away: measured by heartbeats, given back once to everybody it was taken from.

Every web process leaves heartbeats in one row. Between the last one before a gap and the first one after it, nobody could be
served, whatever the reason: no process, no database. Whoever leaves that first heartbeat writes the outage down, in the same
transaction, and everything is given back before that process serves anyone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from candidates.domain import audit, bells, clock
from candidates.domain.durations import minutes_words
from candidates.enums import AttemptStatus, EventKind
from candidates.models import Attempt, AttemptSection, Event, Outage, OutageCredit, Pulse
from candidates.models.attempt import HELD_BY_STAFF

AT_ONCE = 200


def shortest_outage() -> timedelta:
    """A gap as long as this is no late heartbeat any more."""
    return timedelta(seconds=3 * settings.HEARTBEAT_SECONDS)


# ---- Measuring ----


def beat() -> Outage | None:
    """Leave a heartbeat; the outage that it ends, if it ends one. The very first one ends none.

    Where another process has left one a moment ago this costs one statement and writes nothing.
    """
    latest = known_until()
    if latest is not None and clock.now() - latest < timedelta(seconds=settings.HEARTBEAT_SECONDS / 2):
        return None
    with clock.judged_transaction():
        if connection.vendor == "postgresql":
            with (
                connection.cursor() as cursor
            ):  # to lose the last heartbeats in a crash makes the gap longer, not shorter
                cursor.execute("SET LOCAL synchronous_commit TO off")
        pulse, is_first = Pulse.objects.select_for_update().get_or_create(
            pk=Pulse.THE_ONE, defaults={"beat_at": clock.now()}
        )
        now, before = clock.now(), pulse.beat_at
        if is_first or now <= before:
            return None
        pulse.beat_at = now
        pulse.save(update_fields=["beat_at"])
        if now - before < shortest_outage():
            return None
        return Outage.objects.create(began_at=before, ended_at=now)


def known_until() -> datetime | None:
    """Until when it is known that we were there; ``None`` where no web process has ever run."""
    return Pulse.objects.filter(pk=Pulse.THE_ONE).values_list("beat_at", flat=True).first()


def beat_and_settle() -> None:
    """What a web process does every few seconds, and before it serves anyone after a while of silence."""
    beat()
    settle()


# ---- Giving back ----


def settle() -> int:
    """Give back what outages took; returns to how many attempts. When it comes back, none is left unsettled."""
    unsettled = Outage.objects.filter(settled_at__isnull=True).order_by("began_at")
    return sum(_settle(outage) for outage in unsettled)


def _settle(outage: Outage) -> int:
    given = 0
    while (some := _give_back_some(outage)) is not None:
        given += some
    return given


def _give_back_some(outage: Outage) -> int | None:
    """The next few attempts, in a transaction of their own; ``None`` when all have theirs.

    Whoever holds the outage's row settles; the others wait for it, then find it settled. Locks go outage, attempts, audit.
    """
    with clock.judged_transaction():
        locked = Outage.objects.select_for_update().get(pk=outage.pk)
        if locked.settled_at is not None:
            return None
        attempts = list(open_during(locked).select_for_update(of=("self",)).order_by("pk")[:AT_ONCE])
        if not attempts:
            _close_the_books(locked)
            return None
        _give_back(locked, attempts)
    return len(attempts)


def open_during(outage: Outage) -> QuerySet[Attempt]:
    """Whose clock ran in it and who have nothing back for it yet. One whose bell rang in it was open when it began.

    Those whom staff had paused lost nothing, nor did a break that lasted longer than the outage.
    """
    has_section = Exists(AttemptSection.objects.filter(attempt=OuterRef("pk"), grace_until__gte=outage.began_at))
    credited = Exists(OutageCredit.objects.filter(attempt=OuterRef("pk"), outage=outage))
    return Attempt.objects.filter(
        Q(grace_until__gte=outage.began_at) | Q(has_section, grace_until__isnull=True),
        ~HELD_BY_STAFF,
        ~credited,
        Q(pause_until__isnull=True) | Q(pause_until__lt=outage.ended_at),
        status=AttemptStatus.IN_PROGRESS,
        started_at__lt=outage.ended_at,
    )


def _give_back(outage: Outage, attempts: list[Attempt]) -> None:
    """Nearly all get the same; those whose break ended meanwhile, what came after it."""
    by_credit: dict[timedelta, list[Attempt]] = defaultdict(list)
    for one in attempts:
        by_credit[outage.ended_at - max(outage.began_at, one.pause_until or outage.began_at)].append(one)
    for credit, some in by_credit.items():
        OutageCredit.objects.bulk_create(OutageCredit(outage=outage, attempt=one, credit=credit) for one in some)
        seconds = round(credit.total_seconds())
        ids = [one.pk for one in some]
        bells.move(ids, by=credit, running_at=outage.began_at, outage_seconds=F("outage_seconds") + seconds)
        Event.objects.bulk_create(
            Event(attempt=one, kind=EventKind.OUTAGE_CREDITED, at=outage.ended_at, detail={"seconds": seconds})
            for one in some
        )


def _close_the_books(outage: Outage) -> None:
    outage.settled_at = clock.now()
    outage.attempt_count = outage.credits.count()
    outage.save(update_fields=["settled_at", "attempt_count"])
    detail = {"seconds": round(outage.length.total_seconds()), "attempts": outage.attempt_count}
    audit.record(action="outage credited", subject=outage, by=None, detail=detail)


# ---- Looking at them ----


def given_back_words(seconds: int) -> str:
    """For the candidate, on their pages and in their record."""
    return _("%(length)s given back: our servers were away") % {"length": minutes_words(seconds)}


def overlap(outages: Iterable[Outage], *, since: datetime, until: datetime) -> timedelta:
    """How much of the time from ``since`` to ``until`` we were away."""
    parts = (min(one.ended_at, until) - max(one.began_at, since) for one in outages)
    return sum((part for part in parts if part > timedelta(0)), timedelta(0))
