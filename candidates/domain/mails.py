"""Mails to candidates. Sent by tasks: the token is derived when the mail is written and stands in no row.

Each has a row from its order on. Trouble that passes is tried again, later and later; what does not pass is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from candidates.domain import calendars, clock
from candidates.domain.allowances import times_of
from candidates.domain.links import invitation_link
from candidates.domain.notices import window_words
from candidates.domain.tokens import LinkOutdated, token_of
from candidates.domain.windows import window_of
from candidates.domain.zones import in_time_of
from candidates.enums import InvitationStatus, MailKind, MailStatus
from candidates.models import Invitation, InvitationMail
from interview_project.languages import offered
from interview_project.mail import MailNotConfigured

RETRY_SECONDS = (60, 300, 1800, 7200, 21600, 86400)
"""After the first try, the second, …; after the last the mail has failed."""
OUR_OWN = (MailNotConfigured, LinkOutdated)
"""Said in sentences for staff."""
NO_ECHO = {"Auto-Submitted": "auto-generated"}
"""RFC 3834: whoever is away need not tell us so."""
FINAL = (InvitationStatus.REVOKED, InvitationStatus.DECLINED)


def deliver(mail_id: UUID) -> int | None:
    """Try to send it. Returns the seconds until the next try, ``None`` when there is none: sent, failed or not wanted."""
    mails = InvitationMail.objects.select_related("invitation__candidate", "invitation__assessment")
    mail = mails.filter(pk=mail_id, status=MailStatus.WAITING).first()
    if mail is None:
        return None
    if not is_wanted(mail):
        _become(mail, MailStatus.DROPPED)
        return None
    try:
        _send(mail)
    except (SMTPException, OSError, *OUR_OWN) as error:
        return _failed(mail, error)
    mail.sent_at = clock.now()
    _become(mail, MailStatus.SENT, problem="")
    return None


def is_wanted(mail: InvitationMail) -> bool:
    """Not any more once it was revoked, declined or over; nor is a reminder, or a withdrawal, once the candidate has started:
    an attempt under way goes on. A withdrawal is wanted as long as it holds.
    """
    invitation = mail.invitation
    is_withdrawn = invitation.status == InvitationStatus.REVOKED
    is_right = is_withdrawn if mail.kind == MailKind.WITHDRAWAL else invitation.status not in FINAL
    _, closes_at = window_of(invitation.assessment, invitation)
    if not is_right or not invitation.candidate.email or (closes_at is not None and closes_at <= clock.now()):
        return False
    return mail.kind == MailKind.INVITATION or not invitation.attempts.filter(started_at__isnull=False).exists()


def _failed(mail: InvitationMail, error: Exception) -> int | None:
    mail.tries += 1
    problem = _words_of(error)[:300]
    if not _may_pass(error) or mail.tries > len(RETRY_SECONDS):
        _become(mail, MailStatus.FAILED, problem=problem)
        return None
    seconds = RETRY_SECONDS[mail.tries - 1]
    mail.next_try_at = clock.now() + timedelta(seconds=seconds)
    mail.problem = problem
    mail.save(update_fields=["tries", "next_try_at", "problem"])
    return seconds


def _words_of(error: Exception) -> str:
    """What the mail server said, as it said it; else what went wrong on the way to it."""
    if isinstance(error, SMTPRecipientsRefused):
        return "; ".join(_reply_words(code, text) for code, text in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return _reply_words(error.smtp_code, error.smtp_error)
    return str(error) if isinstance(error, OUR_OWN) else f"{type(error).__name__}: {error}"


def _reply_words(code: int, text: bytes | str) -> str:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(said.split())}"


def _may_pass(error: Exception) -> bool:
    """A mailbox that does not exist will not come into being; a server that is busy will be free."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code < 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return error.smtp_code < 500
    return not isinstance(error, OUR_OWN)


def _become(mail: InvitationMail, status: MailStatus, *, problem: str | None = None) -> None:
    mail.status, mail.next_try_at = status, None
    mail.problem = mail.problem if problem is None else problem
    mail.save(update_fields=["status", "tries", "next_try_at", "sent_at", "problem"])


# ---- What it says ----


def _send(mail: InvitationMail) -> None:
    with _as_read_by(mail.invitation):
        (withdrawal_of if mail.kind == MailKind.WITHDRAWAL else message_of)(mail).send()


@contextmanager
def _as_read_by(invitation: Invitation) -> Iterator[None]:
    """In their language, and with times in their zone, as far as these are known."""
    candidate, assessment = invitation.candidate, invitation.assessment
    language = offered(candidate.language) or offered(assessment.language) or settings.LANGUAGE_CODE
    with translation.override(language), in_time_of(candidate):
        yield


def addresses_in(contact: str) -> list[str]:
    """Whoever answers the mail means the people they may ask, and not the address it was sent from."""
    return [
        one
        for one in re.findall(r"[^\s<>()\[\],;:\"]+@[^\s<>()\[\],;:\"]+[^\s<>()\[\],;:\".]", contact)
        if _is_address(one)
    ]


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def message_of(mail: InvitationMail) -> EmailMultiAlternatives:
    """The same in text and HTML, and the window for the calendar. Raises :class:`LinkOutdated`."""
    invitation = mail.invitation
    assessment, candidate = invitation.assessment, invitation.candidate
    link = invitation_link(token_of(invitation))
    context = {
        "assessment": assessment,
        "candidate": candidate,
        "link": link,
        "decline_link": f"{link}decline/",
        "rehearsal_link": f"{settings.PUBLIC_URL}/rehearsal/",
        "time_words": times_of(assessment, candidate).sentence,
        "window_words": window_words(assessment, invitation),
        "is_reminder": mail.kind == MailKind.REMINDER,
    }
    who = assessment.organisation or gettext("You are invited")
    subject = f"{who}: {assessment.title}"
    if mail.kind == MailKind.REMINDER:
        subject = gettext("Reminder: %(subject)s") % {"subject": subject}
    entry = calendars.entry_of(invitation, link=link, now=clock.now())
    return _message(invitation, subject, "invitation", context, entry=entry, method=calendars.PUBLISH)


def withdrawal_of(mail: InvitationMail) -> EmailMultiAlternatives:
    """That there is nothing to be kept in mind any more, and no link."""
    invitation = mail.invitation
    assessment = invitation.assessment
    entry = calendars.cancellation_of(invitation, now=clock.now())
    context = {"assessment": assessment, "candidate": invitation.candidate, "calendar_entry": entry}
    subject = gettext("Withdrawn: %(subject)s") % {
        "subject": ": ".join(filter(None, (assessment.organisation, assessment.title)))
    }
    return _message(invitation, subject, "withdrawal", context, entry=entry, method=calendars.CANCEL)


def _message(
    invitation: Invitation, subject: str, template: str, context: dict[str, Any], *, entry: str, method: str
) -> EmailMultiAlternatives:
    context = {**context, "language": translation.get_language(), "is_rtl": translation.get_language_bidi()}
    message = EmailMultiAlternatives(
        " ".join(subject.split()),  # a line break in a title must not begin a header
        render_to_string(f"candidates/mail/{template}.txt", context),
        None,
        [invitation.candidate.email],
        reply_to=addresses_in(invitation.assessment.contact),
        headers=NO_ECHO,
    )
    message.attach_alternative(render_to_string(f"candidates/mail/{template}.html", context), "text/html")
    if entry:
        message.attach("invitation.ics", entry, f"text/calendar; method={method}")
    return message
