"""What of the candidates' side shows in ``/metrics``: only what an index answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, F, Max, Sum
from django.utils import timezone

from candidates.domain import clock, outages, snapshots
from candidates.enums import AttemptStatus
from candidates.models import Attempt, Outage, ResponseEvent
from interview_project.diagnosis import Level, Line
from interview_project.probes import Metric


def gauges() -> Iterable[Metric]:
    in_progress = Attempt.objects.filter(status=AttemptStatus.IN_PROGRESS).count()
    overdue = Attempt.objects.overdue(at=timezone.now()).count()
    newest = ResponseEvent.objects.aggregate(newest=Max("id"))["newest"] or 0
    yield Metric("parley_attempts_in_progress", "Attempts somebody has begun and not ended.", in_progress)
    yield Metric(
        "parley_attempts_overdue", "Of these, past their grace: closed in effect, waiting for a sweep.", overdue
    )
    yield Metric("parley_response_events_total", "The newest response event's number: saves, with gaps.", newest)


def outage_gauges() -> Iterable[Metric]:
    latest = outages.known_until()
    found = Outage.objects.aggregate(count=Count("id"), seconds=Sum(F("ended_at") - F("began_at")))
    seconds = (found["seconds"] or timedelta(0)).total_seconds()
    if latest is not None:
        age = max(0.0, (clock.now() - latest).total_seconds())
        yield Metric("parley_heartbeat_age_seconds", "Since the last heartbeat of any web process.", age)
    yield Metric("parley_outages_total", "Gaps in which no web process could serve.", found["count"])
    yield Metric("parley_outage_seconds_total", "How long those were together.", seconds)
    unsettled = Outage.objects.filter(settled_at__isnull=True).count()
    yield Metric("parley_outages_unsettled", "Of these, not given back to everybody yet.", unsettled)


def outage_lines() -> Iterable[Line]:
    """For ``doctor``: outages of the last month, and whether anybody is beating."""
    now = clock.now()
    recent = list(Outage.objects.filter(ended_at__gte=now - timedelta(days=30)))
    latest = outages.known_until()
    if any(one.settled_at is None for one in recent):
        yield Line(Level.WARN, "outages", "one is not given back to everybody yet: start a web process or a worker")
    elif recent:
        longest = max(one.length for one in recent).total_seconds()
        words = f"{len(recent)} in the last 30 days, the longest {longest:.0f} s; all given back, see Outages in admin"
        yield Line(Level.WARN, "outages", words)
    else:
        yield Line(Level.OK, "outages", "none in the last 30 days")
    if latest is None:
        yield Line(Level.OK, "heartbeat", "no web process has run yet")
    else:
        yield Line(Level.OK, "heartbeat", f"the last one {max(0.0, (now - latest).total_seconds()):.0f} s ago")


def fuse_gauge() -> Iterable[Metric]:
    """Apart, because it needs no database."""
    yield Metric("parley_cache_fuse_blown", "1 while this process goes on without the cache.", snapshots.fuse.is_blown)
