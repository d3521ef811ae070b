"""Mail servers in a bad mood."""

from __future__ import annotations

from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any, NoReturn

from django.core.mail.backends.base import BaseEmailBackend


class Busy(BaseEmailBackend):
    def send_messages(self, email_messages: Any) -> NoReturn:
        raise SMTPServerDisconnected("Come back later.")


class Strict(BaseEmailBackend):
    def send_messages(self, email_messages: Any) -> NoReturn:
        raise SMTPRecipientsRefused({"a@example.org": (550, b"No such mailbox.")})
