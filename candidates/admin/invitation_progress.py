"""How far an invitation is, from its mail to what was submitted, in words."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from assessments.admin.pages import list_url
from assessments.models import Assessment
from candidates.domain import mails
from candidates.domain.durations import minutes_words
from candidates.domain.invitations import Invited
from candidates.domain.windows import window_of
from candidates.enums import AttemptStatus, InvitationStatus, MailKind, MailStatus
from candidates.models import Invitation, InvitationMail
from interview_project.mail import missing_words

MOST_SHOWN = 50


def progress_words(invitation: Invitation) -> str:
    """Of the newest attempt that counts, else of the invitation itself, else of its mail."""
    attempts = [one for one in invitation.attempts.all() if one.status != AttemptStatus.VOIDED]
    newest = max(attempts, key=lambda one: one.number, default=None)
    if newest is not None and newest.status != AttemptStatus.READY:
        return str(newest.get_status_display()).lower()
    if invitation.status in (InvitationStatus.DECLINED, InvitationStatus.REVOKED):
        return str(invitation.get_status_display()).lower()
    _, closes_at = window_of(invitation.assessment, invitation)
    if closes_at is not None and closes_at <= timezone.now():
        return "expired"
    if newest is not None:
        return "entered, not started"
    return "offered" if mails.last_said(invitation) in (None, MailKind.WITHDRAWAL) else "sent"


def mail_words(invitation: Invitation) -> str:
    newest = next(iter(invitation.mails.all()), None)
    if newest is None:
        return "none"
    words = f"{newest.get_kind_display()}: {newest.get_status_display().lower()}"
    if newest.status == MailStatus.WAITING and newest.next_try_at is not None:
        seconds = max(1, int((newest.next_try_at - timezone.now()).total_seconds()))
        return f"{words}, again in {minutes_words(seconds)}"
    return f"{words}: {newest.problem}" if newest.status == MailStatus.FAILED else words


def mail_progress(assessment_id: str) -> dict[str, Any]:
    """Numbers by state, and the mails that trouble was had with."""
    orders = InvitationMail.objects.all()
    assessment = next((one for one in Assessment.objects.published() if str(one.pk) == assessment_id), None)
    if assessment is not None:
        orders = orders.filter(invitation__assessment=assessment)
    waits_again = Q(status=MailStatus.WAITING, next_try_at__isnull=False)
    numbers = orders.aggregate(
        total=Count("pk"),
        sent=Count("pk", filter=Q(status=MailStatus.SENT)),
        waiting=Count("pk", filter=Q(status=MailStatus.WAITING, next_try_at__isnull=True)),
        again=Count("pk", filter=waits_again),
        failed=Count("pk", filter=Q(status=MailStatus.FAILED)),
        dropped=Count("pk", filter=Q(status=MailStatus.DROPPED)),
    )
    troubled = orders.filter(waits_again | Q(status=MailStatus.FAILED)).select_related(
        "invitation__candidate", "invitation__assessment"
    )
    return {
        "assessment": assessment,
        "numbers": numbers,
        "troubled": troubled[:MOST_SHOWN],
        "list_url": list_url(InvitationMail),
        "missing": missing_words(),
        "done": numbers["total"] - numbers["waiting"] - numbers["again"],
    }


def invited_words(invited: Invited) -> str:
    candidate = invited.invitation.candidate
    if invited.is_new:
        return f"{candidate} is invited. The link is on this page."
    return f"{candidate} was invited before. The link is the same; the window is the one given now."
