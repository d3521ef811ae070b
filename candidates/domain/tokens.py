"""Invitation tokens: derived, not stored.

A token is an HMAC, under the server's key, of the invitation's id and the generation of its link. The database holds
its SHA-256 alone, so a copy of the database opens nothing; yet the same link can be shown and sent again. Raising the
generation makes a new link and ends the old one.
"""

from __future__ import annotations

import base64
import hashlib

from django.utils.crypto import constant_time_compare, salted_hmac

from candidates.models import Invitation


class LinkOutdated(Exception):
    """The server's key has changed since this link was made; it still works, but only a new one can be shown."""


def token_of(invitation: Invitation) -> str:
    """The token, 256 bits as 43 characters. Raises :class:`LinkOutdated`."""
    token = derived(invitation)
    if not constant_time_compare(hash_of(token), invitation.token_hash):
        raise LinkOutdated("This link was made under an earlier SECRET_KEY and cannot be shown again. Make a new link.")
    return token


def derived(invitation: Invitation) -> str:
    message = f"{invitation.pk}:{invitation.token_generation}"
    digest = salted_hmac("parley.invitation", message, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
