"""From the phone to the laptop: a code short enough to be typed, for a few minutes, good once.

38 bits last 5 minutes, and the page that takes codes counts the tries of each address: whoever guesses 20 a minute from
a thousand addresses finds one of a hundred codes with a chance of 1 in 28,000.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from candidates.domain import clock
from candidates.enums import EventKind
from candidates.models import Attempt, Event, HandoverCode

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"  # nothing that looks like another, and no vowels: no words
LENGTH = 8
LIFETIME = timedelta(minutes=5)
SHAPE = re.compile(rf"[{ALPHABET}]{{4}}[-\s]?[{ALPHABET}]{{4}}")


def make(attempt: Attempt) -> tuple[str, datetime]:
    """A new code, and until when; an earlier one of this attempt opens nothing any more."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    expires_at = clock.now() + LIFETIME
    HandoverCode.objects.update_or_create(
        attempt=attempt, defaults={"code_hash": _hash(code), "expires_at": expires_at}
    )
    return f"{code[:4]}-{code[4:]}", expires_at


def looks_like_one(typed: str) -> bool:
    return SHAPE.fullmatch(typed.strip().upper()) is not None


@transaction.atomic
def redeem(typed: str) -> Attempt | None:
    """The attempt behind a code, which is used up by that; ``None`` for one that is wrong, used or too old."""
    code = re.sub(r"[-\s]", "", typed.upper())
    codes = HandoverCode.objects.select_for_update().filter(code_hash=_hash(code))
    found = codes.select_related("attempt").first()
    if found is None:
        return None
    codes.delete()
    if found.expires_at < clock.now():
        return None
    Event.objects.create(attempt=found.attempt, kind=EventKind.ENTERED, at=clock.now(), detail={"by": "code"})
    return found.attempt


def _hash(code: str) -> str:
    return salted_hmac("parley.handover", code, algorithm="sha256").hexdigest()
