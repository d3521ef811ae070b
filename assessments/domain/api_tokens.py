"""Tokens that programs of the staff's call the API with: made, found, ended. The secret is shown once and kept nowhere."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from assessments.enums import ApiScope
from assessments.models import ApiToken

PREFIX = "parley_"
HINT_LENGTH = len(PREFIX) + 4
LONGEST_DAYS = 366
NOTED_EVERY = timedelta(minutes=1)  # a busy program must not write a row with every call


@dataclass(frozen=True)
class Issued:
    token: ApiToken
    secret: str
    """256 bits. Whoever asked sees it now or never."""


def issue(*, name: str, scope: ApiScope, owner: Any, days: int) -> Issued:
    """A token of this owner's for so many days, at most :data:`LONGEST_DAYS`."""
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"A token lasts from 1 to {LONGEST_DAYS} days.")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        scope=scope,
        owner=owner,
        secret_hash=hash_of(secret),
        hint=secret[:HINT_LENGTH],
        expires_at=timezone.now() + timedelta(days=days),
    )
    return Issued(token, secret)


def find(secret: str, *, scope: ApiScope) -> ApiToken | None:
    """The usable token of this secret, looked up by hash, so that timing tells nothing; its use is noted."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return None
    now = timezone.now()
    token = ApiToken.objects.usable(at=now).filter(secret_hash=hash_of(secret), scope=scope).first()
    if token is not None:
        not_just_noted = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(not_just_noted, pk=token.pk).update(last_used_at=now)
    return token


def revoke(token: ApiToken, *, by: Any) -> None:
    """It opens nothing from now on. Twice is once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=timezone.now(), revoked_by=by)
    token.refresh_from_db(fields=["revoked_at", "revoked_by"])


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
