"""Mails to candidates. Sent by tasks: the token is derived when the mail is written and stands in no row.

Each has a row from its order on. Trouble that passes is tried again, later and later; what does not pass is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
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


# ---- What there is to be said ----


def due(invitation: Invitation) -> MailKind | None:
    """The mail that says what holds, where what the candidate was told last no longer does, and none is on its way.

    Nobody is told by mail that they have declined: they were promised that there are no more mails about it.
    """
    said = last_said(invitation)
    if invitation.status == InvitationStatus.REVOKED:
        kind, is_due = MailKind.WITHDRAWAL, said not in (None, MailKind.WITHDRAWAL)
    else:
        kind = MailKind.INVITATION
        is_due = said == MailKind.WITHDRAWAL and is_wanted(InvitationMail(invitation=invitation, kind=kind))
    is_ordered = invitation.mails.filter(kind=kind, status=MailStatus.WAITING).exists()
    return kind if is_due and not is_ordered else None


def last_said(invitation: Invitation) -> str | None:
    """The kind of the mail that was handed over last. In Python, so that a list can have read all mails at once."""
    sent = [(one.sent_at, one.ordered_at, one.kind) for one in invitation.mails.all() if one.sent_at is not None]
    return max(sent)[-1] if sent else None


# ---- Sending ----


def deliver(mail_id: UUID, *, enqueue: Callable[[str], Any]) -> int | None:
    """Try to send it. Returns the seconds until the next try, ``None`` when there is none: sent, failed or not wanted.

    A mail that has to follow it is ordered, and ``enqueue`` gets its id, in the transaction that says it was sent.
    """
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
    _sent(mail, enqueue)
    return None


@transaction.atomic
def _sent(mail: InvitationMail, enqueue: Callable[[str], Any]) -> None:
    """While it was handed over, it may have been revoked or offered again: whoever did so did not know of this mail yet."""
    locked = Invitation.objects.select_for_update().get(pk=mail.invitation_id)
    mail.sent_at = clock.now()
    _become(mail, MailStatus.SENT, problem="")
    if kind := due(locked):
        enqueue(str(InvitationMail.objects.create(invitation=locked, kind=kind).pk))


def is_wanted(mail: InvitationMail) -> bool:
    """Not any more once it was revoked, declined or over; nor is a reminder once the candidate has started."""
    invitation = mail.invitation
    if mail.kind == MailKind.WITHDRAWAL:
        return invitation.status == InvitationStatus.REVOKED and is_told_of_withdrawal(invitation)
    if invitation.status in FINAL or not _can_be_met(invitation):
        return False
    return mail.kind == MailKind.INVITATION or not _has_started(invitation)


def is_told_of_withdrawal(invitation: Invitation) -> bool:
    """Whoever was told that they are invited, and of nothing since; but an attempt under way goes on."""
    is_told = last_said(invitation) not in (None, MailKind.WITHDRAWAL)
    return is_told and _can_be_met(invitation) and not _has_started(invitation)


def _can_be_met(invitation: Invitation) -> bool:
    _, closes_at = window_of(invitation.assessment, invitation)
    return bool(invitation.candidate.email) and (closes_at is None or closes_at > clock.now())


def _has_started(invitation: Invitation) -> bool:
    return any(one.started_at is not None for one in invitation.attempts.all())


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
