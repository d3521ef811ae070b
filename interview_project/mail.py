"""What happens to mail while nobody has said where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class MailNotConfigured(Exception):
    """Nothing was sent, and nothing was written down: a mail to a candidate holds their link."""


class NoMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise MailNotConfigured("EMAIL_URL is not set, so no mail is sent. Links can be copied in admin.")


def missing_words() -> str:
    """What becomes of mails while no mail server is named, for whoever is about to send one; ``""`` where one is."""
    if settings.EMAIL_BACKEND.endswith(NoMailBackend.__name__):
        return "No mail server is set (EMAIL_URL), so no mail is sent. Copy the link and send it yourself."
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return "No mail server is set (EMAIL_URL): mails are only printed where Parley runs, and reach nobody."
    return ""
