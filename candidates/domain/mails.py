"""Mails to candidates. Sent by tasks: the token is derived when the mail is written and stands in no row."""

from __future__ import annotations

from uuid import UUID

from django.core.mail import send_mail
from django.template.loader import render_to_string

from candidates.domain.links import invitation_link
from candidates.domain.notices import duration_words, window_words
from candidates.domain.tokens import token_of
from candidates.enums import InvitationStatus
from candidates.models import Invitation


def send_invitation(invitation_id: UUID) -> bool:
    """Mail the link. Sending twice sends the same link. False if it is gone or revoked. Raises what the mail server raises."""
    invitation = Invitation.objects.for_landing().filter(pk=invitation_id).first()
    if invitation is None or invitation.status == InvitationStatus.REVOKED:
        return False
    assessment, candidate = invitation.assessment, invitation.candidate
    context = {
        "assessment": assessment,
        "candidate": candidate,
        "link": invitation_link(token_of(invitation)),
        "duration_words": duration_words(assessment, candidate),
        "window_words": window_words(assessment, invitation),
    }
    who = assessment.organisation or "You are invited"
    send_mail(
        f"{who}: {assessment.title}",
        render_to_string("candidates/mail/invitation.txt", context),
        None,
        [candidate.email],
    )
    return True
