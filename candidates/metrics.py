"""What of the candidates' side shows in ``/metrics``: only what an index answers."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max
from django.utils import timezone

from candidates.domain import snapshots
from candidates.enums import AttemptStatus
from candidates.models import Attempt, ResponseEvent
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


def fuse_gauge() -> Iterable[Metric]:
    """Apart, because it needs no database."""
    yield Metric("parley_cache_fuse_blown", "1 while this process goes on without the cache.", snapshots.fuse.is_blown)
