"""What proves a save: hashes that chain every response event to the one before, and a signature over the whole.

The chain is plain SHA-256, so that anyone who kept a receipt can recompute it. The receipt for submitting is an HMAC
under the server's key: only this server could have made it, and it can be checked at any later time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SUBMITTED = "parley.submit-receipt"


@dataclass(frozen=True)
class Receipt:
    """``revision`` counts the saves of this response; ``hash`` is 64 hexadecimal digits."""

    number: int
    revision: int
    saved_at: datetime
    hash: str


def canonical(value: Any) -> str:
    """One spelling for one value, whatever the database made of its JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def value_hash(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def chain_hash(
    previous: str,
    *,
    attempt_id: UUID,
    number: int,
    sequence: int,
    kind: str,
    key: UUID,
    base_revision: int,
    revision: int,
    received_at: datetime,
    value: Any,
) -> str:
    """SHA-256 over the lines previous hash, attempt, question, sequence, kind, key, base, revision, time, value's hash."""
    moment = received_at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = (previous, attempt_id, number, sequence, kind, key, base_revision, revision, moment, value_hash(value))
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def signature(purpose: str, message: str) -> str:
    """HMAC under the server's key of today."""
    return salted_hmac(purpose, message, algorithm="sha256").hexdigest()


def is_signed(found: str, purpose: str, message: str) -> bool:
    """Under the server's key of today, or one of those it had before and was told to go on trusting."""
    return any(constant_time_compare(found, one) for one in _signatures(purpose, message))


def _signatures(purpose: str, message: str) -> Iterator[str]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac(purpose, message, secret=secret, algorithm="sha256").hexdigest()


def submit_receipt(attempt_id: UUID, responses: Iterable[tuple[int, int, Any]]) -> str:
    """HMAC over (number, revision, value) of every response, in order of number."""
    return signature(SUBMITTED, _final_answers(attempt_id, responses))


def _final_answers(attempt_id: UUID, responses: Iterable[tuple[int, int, Any]]) -> str:
    lines = [
        f"{number}:{revision}:{value_hash(value)}" for number, revision, value in sorted(responses, key=lambda r: r[0])
    ]
    return "\n".join([str(attempt_id), *lines])


def is_genuine(receipt: str, attempt_id: UUID, responses: Iterable[tuple[int, int, Any]]) -> bool:
    return is_signed(receipt, SUBMITTED, _final_answers(attempt_id, responses))


def short_code(receipt: str) -> str:
    """For reading aloud: the first 12 digits in groups of four."""
    head = receipt[:12].upper()
    return "-".join(head[i : i + 4] for i in range(0, 12, 4))
