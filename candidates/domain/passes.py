"""What a candidate's browser carries instead of a login: which attempt it may touch, signed by this server.

It names the attempt *and* its candidate; both are in every lookup, so a pass for one attempt opens no other. It also
names the device it was given to: an attempt is written from one device at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing

LIFETIME = timedelta(days=60)
_signer = signing.TimestampSigner(salt="parley.pass")


@dataclass(frozen=True)
class Pass:
    attempt_id: UUID
    candidate_id: UUID
    device: str = ""


def seal(one: Pass) -> str:
    return _signer.sign(".".join((one.attempt_id.hex, one.candidate_id.hex, *filter(None, [one.device]))))


def unseal(sealed: str) -> Pass | None:
    """``None`` for anything this server did not sign, or signed too long ago."""
    try:
        attempt_id, candidate_id, *device = _signer.unsign(sealed, max_age=LIFETIME).split(".")
        return Pass(UUID(hex=attempt_id), UUID(hex=candidate_id), *device[:1])
    except (signing.BadSignature, ValueError):
        return None
