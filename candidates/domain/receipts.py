"""What proves a save: hashes that chain every response event to the one before, and a signature over the whole.

The chain is plain SHA-256, so that anyone who kept a receipt can recompute it. The receipt for submitting is an HMAC
under the server's key: only this server could have made it, and it can be checked at any later time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac


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


def submit_receipt(attempt_id: UUID, responses: Iterable[tuple[int, int, Any]]) -> str:
    """HMAC over (number, revision, value) of every response, in order of number."""
    lines = [
        f"{number}:{revision}:{value_hash(value)}" for number, revision, value in sorted(responses, key=lambda r: r[0])
    ]
    message = "\n".join([str(attempt_id), *lines])
    return salted_hmac("parley.submit-receipt", message, algorithm="sha256").hexdigest()


def is_genuine(receipt: str, attempt_id: UUID, responses: Iterable[tuple[int, int, Any]]) -> bool:
    return constant_time_compare(receipt, submit_receipt(attempt_id, responses))


def short_code(receipt: str) -> str:
    """For reading aloud: the first 12 digits in groups of four."""
    head = receipt[:12].upper()
    return "-".join(head[i : i + 4] for i in range(0, 12, 4))
