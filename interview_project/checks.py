"""What `manage.py check` says about dangerous settings, each under a number of its own.

E stops every command, the migration before a start among them. W is allowed, and somebody should have meant it. With DEBUG
only what gives a secret away is said. Each is explained in docs/reference/configuration.md.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags
from django.db import connection

SHORTEST_KEY = 50


@checks.register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    return [*errors_anywhere(), *(() if settings.DEBUG else (*errors(), *warnings()))]


def errors_anywhere() -> Iterable[CheckMessage]:
    endpoint = urlsplit(settings.GEMINI_API_ENDPOINT)
    if endpoint.scheme == "http" and not is_loopback(endpoint.hostname):
        yield Error(
            "GEMINI_API_ENDPOINT is plain http to another machine: the API key would travel in the clear.",
            hint="Use https://, or http:// to this machine alone.",
            id="interview.E001",
        )


def errors() -> Iterable[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_KEY:
        yield Error(
            f"SECRET_KEY has {len(settings.SECRET_KEY)} characters; cookies, links and receipts are signed with it.",
            hint="""Make one: python -c "import secrets; print(secrets.token_urlsafe(64))".""",
            id="interview.E002",
        )


def warnings() -> Iterable[CheckMessage]:
    if connection.vendor == "sqlite":
        yield checks.Warning(
            "The database is SQLite: fit for one small host, without a standby and with one writer at a time.",
            hint="Set DATABASE_URL to a PostgreSQL server.",
            id="interview.W001",
        )
    if not settings.REDIS_URL:
        yield checks.Warning(
            "There is no Redis: every bookmark and every counted call is a write to the database.",
            hint="Set REDIS_URL.",
            id="interview.W002",
        )
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield checks.Warning(
            "Mail reaches nobody: without EMAIL_URL none is sent, and console:// prints it, links and all.",
            hint="Set EMAIL_URL to your mail server. Links can also be copied in admin.",
            id="interview.W003",
        )
    public = urlsplit(settings.PUBLIC_URL)
    if public.scheme == "http" and not is_loopback(public.hostname):
        yield checks.Warning(
            "PUBLIC_URL is plain http: browsers will not keep the cookies that candidates and staff are known by.",
            hint="Put TLS in front and set PUBLIC_URL to the https:// address.",
            id="interview.W004",
        )
    if settings.GEMINI_API_KEY and settings.AI_DAILY_BUDGET == 0:
        yield checks.Warning(
            "There is a GEMINI_API_KEY, but AI_DAILY_BUDGET is 0: every AI call is refused.",
            hint="Set AI_DAILY_BUDGET to the tokens you will pay for in a day, or take the key away.",
            id="interview.W005",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield checks.Warning(
            "ALLOWED_HOSTS accepts any name: links and mails can be made to point at somebody else's host.",
            hint="Name the hosts, or leave it empty for the host of PUBLIC_URL.",
            id="interview.W006",
        )


def is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
