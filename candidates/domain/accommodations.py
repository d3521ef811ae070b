"""Extra time and the like: entered once for a person, applied to every clock that starts from then on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import ngettext

from assessments.models import Assessment
from candidates.domain import audit
from candidates.domain.durations import minutes_words
from candidates.models import Candidate

FIELDS = ("time_factor", "is_untimed", "extra_breaks", "break_seconds")


@transaction.atomic
def accommodate(
    candidate: Candidate,
    *,
    time_factor: Decimal,
    is_untimed: bool,
    extra_breaks: int = 0,
    break_seconds: int = 0,
    by: Any,
) -> None:
    """A bell that is set already stays where it is; staff can add minutes to it. The audit says that, not what.

    Attempts under way get a new revision: their pages tell how long a section not begun yet will be, and which breaks
    are left.
    """
    candidate.time_factor, candidate.is_untimed = time_factor, is_untimed
    candidate.extra_breaks, candidate.break_seconds = extra_breaks, break_seconds
    candidate.save(update_fields=FIELDS)
    candidate.attempts.filter(closed_at__isnull=True).update(revision=F("revision") + 1)
    audit.record(action="accommodation changed", subject=candidate, by=by)


def breaks_allowed(everybody: int, extra: int) -> int:
    """An accommodation's breaks come on top of those that everybody has."""
    return everybody + extra


def break_seconds(everybody: int, own: int) -> int:
    """Each break is as long as the more generous of the two says."""
    return max(everybody, own)


def breaks_words(assessment: Assessment, candidate: Candidate | None = None) -> str:
    """The breaks this candidate has, with their accommodation; it is not said that there is one."""
    count = breaks_allowed(assessment.break_count, candidate.extra_breaks if candidate else 0)
    if not count or (candidate and candidate.is_untimed):
        return ""
    length = minutes_words(break_seconds(assessment.break_seconds, candidate.break_seconds if candidate else 0))
    words = ngettext(
        "You may take %(count)s break of up to %(length)s; your time stands still in it.",
        "You may take %(count)s breaks of up to %(length)s each; your time stands still in them.",
        count,
    )
    return words % {"count": count, "length": length}
