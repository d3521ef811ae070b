"""Reminding those who have not started: once, while they still can, and never after they have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction

from assessments.models import Assessment
from candidates.domain import clock, invitations
from candidates.domain.windows import window_of
from candidates.enums import MailKind
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
    rows = Invitation.objects.for_landing().unreminded(quiet_since=at - QUIET).filter(assessment=assessment)
    return (one for one in rows.order_by("pk") if assessment.is_published and one.is_within_window(at))


def remind(rows: Iterator[Invitation], *, at: datetime) -> int:
    """Order a reminder for each; returns how many."""
    return sum(_remind_once(invitation, at=at) for invitation in rows)


@transaction.atomic
def _remind_once(invitation: Invitation, *, at: datetime) -> bool:
    """Several workers may be at it at once: whoever waited for the row looks again at what became of it."""
    Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not Invitation.objects.unreminded(quiet_since=at - QUIET).filter(pk=invitation.pk).exists():
        return False
    invitations.order_mail(invitation, MailKind.REMINDER)
    return True


def remind_due() -> int:
    now = clock.now()
    return remind(due(at=now), at=now)
