"""What happens to mail while nobody has said where it goes."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class MailNotConfigured(Exception):
    """Nothing was sent, and nothing was written down: a mail to a candidate holds their link."""


class NoMailBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise MailNotConfigured("EMAIL_URL is not set, so no mail is sent. Links can be copied in admin.")
