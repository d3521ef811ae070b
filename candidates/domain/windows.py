"""When an invitation can be taken up: its own window within the assessment's."""

from __future__ import annotations

from datetime import datetime

from django.utils import formats, timezone

from assessments.models import Assessment
from candidates.models import Invitation


def window_of(assessment: Assessment, invitation: Invitation | None) -> tuple[datetime | None, datetime | None]:
    """Where both the assessment and the invitation have a window, what they share."""
    places: list[Assessment | Invitation] = [assessment, invitation] if invitation else [assessment]
    opens = max((one.opens_at for one in places if one.opens_at), default=None)
    closes = min((one.closes_at for one in places if one.closes_at), default=None)
    return opens, closes


def never_words(
    assessment: Assessment,
    *,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    after: datetime | None = None,
) -> str:
    """Why nobody with this window can ever start, or not ``after`` that moment; ``""`` where they can."""
    opens, closes = window_of(assessment, Invitation(opens_at=opens_at, closes_at=closes_at))
    if closes is None:
        return ""
    if opens is not None and opens >= closes:
        return _apart_words(assessment, opens_at=opens_at, closes_at=closes_at)
    if after is not None and closes <= after:
        whose = f"“{assessment}”" if closes == assessment.closes_at else "The window"
        return f"{whose} closed on {moment_words(closes)}, so nobody can start it any more."
    return ""


def _apart_words(assessment: Assessment, *, opens_at: datetime | None, closes_at: datetime | None) -> str:
    if opens_at is not None and closes_at is not None and opens_at >= closes_at:
        return "It must close after it opens."
    bounds = [
        f"{verb} on {moment_words(at)}"
        for verb, at in (("opens", assessment.opens_at), ("closes", assessment.closes_at))
        if at is not None
    ]
    return f"“{assessment}” itself {' and '.join(bounds)}: it is never open in this window."


def moment_words(at: datetime) -> str:
    local = timezone.localtime(at)
    return formats.date_format(local, "SHORT_DATETIME_FORMAT")
