"""In whose time a candidate is told about times: their own, as far as it is known; scripts know their device's."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

from candidates.models import Candidate


def zone_of(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def in_time_of(candidate: Candidate) -> AbstractContextManager[object]:
    """The server's where the candidate's is not known."""
    zone = zone_of(candidate.time_zone)
    return timezone.override(zone) if zone else nullcontext()
