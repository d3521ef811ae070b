"""Reminding those who have not started: once, while they still can, and never after they have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from assessments.models import Assessment
from candidates.domain import clock, invitations
from candidates.domain.notices import window_of
from candidates.enums import InvitationStatus, MailKind, MailStatus
from candidates.models import Invitation

QUIET = timedelta(days=1)
"""Nobody gets two mails within a day."""


def due(*, at: datetime) -> Iterator[Invitation]:
    """By the assessments' own rule: so many days before the window closes, and no reminder before."""
    for assessment in Assessment.objects.published().filter(reminder_days__isnull=False):
        days = timedelta(days=assessment.reminder_days or 0)
        for invitation in not_started(assessment, at=at):
            _, closes_at = window_of(assessment, invitation)
            if closes_at is not None and closes_at - days <= at:
                yield invitation


def not_started(assessment: Assessment, *, at: datetime) -> Iterator[Invitation]:
    """Who could start now, was never reminded, and has had no mail of ours for a day."""
    reminded = {"mails__kind": MailKind.REMINDER, "mails__status__in": (MailStatus.WAITING, MailStatus.SENT)}
    rows = (
        Invitation.objects.for_landing()
        .filter(assessment=assessment, status__in=(InvitationStatus.OFFERED, InvitationStatus.ACCEPTED))
        .exclude(candidate__email="")
        .exclude(attempts__started_at__isnull=False)
        .exclude(pk__in=Invitation.objects.filter(**reminded).values("pk"))
        .exclude(pk__in=Invitation.objects.filter(mails__ordered_at__gt=at - QUIET).values("pk"))
        .order_by("pk")
    )
    return (one for one in rows if assessment.is_published and one.is_within_window(at))


def remind(rows: Iterator[Invitation]) -> int:
    """Order a reminder for each; returns how many."""
    count = 0
    for invitation in rows:
        invitations.order_mail(invitation, MailKind.REMINDER)
        count += 1
    return count


def remind_due() -> int:
    return remind(due(at=clock.now()))
