"""How far a reviewer has come today, and how long the rest takes at their own pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

from django.utils import timezone

from candidates.domain import clock, reviews
from candidates.models import Review

PACE_OF = 21
"""So many of the last judgements tell how long one takes."""
FEWEST = 4
BREAK = timedelta(minutes=10)
"""A longer gap between two judgements was spent on something else."""


@dataclass(frozen=True)
class Progress:
    """``minutes``: for all that waits; none where there is no telling. ``is_longer``: more waits than is counted."""

    judged: int
    waiting: int
    is_longer: bool
    minutes: int | None

    @property
    def words(self) -> str:
        if self.is_longer:
            return f"{self.judged} judged by you today, more than {self.waiting} wait"
        time = f" · about {self.minutes} min" if self.minutes and self.waiting else ""
        return f"{self.judged} of {self.judged + self.waiting} judged by you today{time}"


def progress_of(reviewer: Any) -> Progress:
    """Responses that are judged a second time count once. A day is one of the installation's time zone."""
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    own = Review.objects.filter(reviewer=reviewer)
    judged = own.filter(reviewed_at__gte=midnight).values("attempt_question").distinct().count()
    queue = reviews.queue()
    seconds = pace_of(list(own.order_by("-reviewed_at").values_list("reviewed_at", flat=True)[:PACE_OF]))
    minutes = None if seconds is None or queue.is_longer else rounded(seconds * len(queue.ids) / 60)
    return Progress(judged, len(queue.ids), queue.is_longer, minutes)


def pace_of(moments: Sequence[datetime]) -> float | None:
    """Seconds from one judgement to the next, the median; ``moments``: the newest first. None of too few."""
    gaps = [gap.total_seconds() for later, earlier in pairwise(moments) if (gap := later - earlier) <= BREAK]
    return median(gaps) if len(gaps) >= FEWEST - 1 else None


def rounded(minutes: float) -> int:
    """Up; beyond half an hour to five minutes, for it is not known better."""
    return ceil(minutes) if minutes <= 30 else 5 * ceil(minutes / 5)
