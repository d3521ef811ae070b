"""Addresses that leave the site: in mails, on the terminal, in admin."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse


def invitation_link(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('invitation', args=[token])}"
