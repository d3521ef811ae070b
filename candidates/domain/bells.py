"""Moving bells: for more time, a pause, a break, an outage. One way, for one attempt or for all of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from candidates.models import Attempt, AttemptSection


def move(attempt_ids: Collection[UUID], *, by: timedelta, running_at: datetime, **changes: Any) -> int:
    """Move the bell of the whole, and of each section that was running, on rows the caller has locked.

    Their revision goes up, so that open pages notice. ``changes`` are made to the attempts in the same statement.
    """
    running_sections(attempt_ids, at=running_at).update(
        deadline_at=F("deadline_at") + by, grace_until=F("grace_until") + by
    )
    return Attempt.objects.filter(pk__in=attempt_ids).update(
        deadline_at=F("deadline_at") + by, grace_until=F("grace_until") + by, revision=F("revision") + 1, **changes
    )


def running_sections(attempt_ids: Collection[UUID], *, at: datetime) -> QuerySet[AttemptSection]:
    """Begun, with a clock, and not over; where staff hold the attempt, not over when they began to."""
    was_running = Q(
        attempt__paused_at__isnull=False, attempt__pause_until__isnull=True, grace_until__gte=F("attempt__paused_at")
    )
    return AttemptSection.objects.filter(Q(grace_until__gte=at) | was_running, attempt__in=attempt_ids)
