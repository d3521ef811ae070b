"""What staff did, one chain of hashes for all of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from candidates.domain import clock
from candidates.domain.receipts import canonical
from candidates.models import Attempt, AuditEntry

CHAIN_LOCK = int.from_bytes(b"audit")
"""PostgreSQL's advisory lock of this number is the end of the chain: whoever holds it may append."""


def record(*, action: str, subject: Any, by: Any, detail: dict[str, Any] | None = None) -> AuditEntry:
    """Append an entry, in the transaction of the change it tells of. ``subject`` is named by model and id only.

    Call it last: until the commit nobody else can append, so whoever has the chain must have no row left to wait for.
    """
    (entry,) = record_each([subject], action=action, by=by, detail=detail)
    return entry


@transaction.atomic
def record_each(
    subjects: Iterable[Any], *, action: str, by: Any, detail: dict[str, Any] | None = None
) -> list[AuditEntry]:
    """The same, of several at once: an entry for each, in their order."""
    _take_the_chain()
    newest = AuditEntry.objects.order_by("-id").first()
    head, at, entries = newest.chain_hash if newest else "", clock.now(), []
    for subject in subjects:
        entry = AuditEntry(
            at=at,
            by=by if getattr(by, "pk", None) else None,
            action=action,
            subject=f"{subject._meta.model_name} {subject.pk}",
            detail=detail or {},
        )
        head = entry.chain_hash = entry_hash(head, entry)
        entries.append(entry)
    return AuditEntry.objects.bulk_create(entries)


def record_for(attempts: Collection[Attempt], *, action: str, by: Any, detail: dict[str, Any]) -> None:
    """The same done to several attempts: an entry for the one, or one for each assessment, with their number."""
    if len(attempts) == 1:
        record(action=action, subject=next(iter(attempts)), by=by, detail=detail)
        return
    for assessment, count in Counter(one.assessment for one in attempts).items():
        record(action=action, subject=assessment, by=by, detail={**detail, "attempts": count})


def _take_the_chain() -> None:
    """Wait for one's turn before reading the newest entry. A lock on that row would not do: after the wait it is still the
    row that was read, though no longer the newest, and an empty table has none. SQLite's transactions take turns anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def entry_hash(previous: str, entry: AuditEntry) -> str:
    moment: datetime = entry.at
    parts = (
        previous,
        moment.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.by_id,
        entry.action,
        entry.subject,
        canonical(entry.detail),
    )
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def newest_hash() -> str:
    """The end of the chain as everybody sees it; empty before the first entry."""
    return AuditEntry.objects.order_by("-id").values_list("chain_hash", flat=True).first() or ""


def first_broken_entry() -> AuditEntry | None:
    return read_trail().broken


@dataclass
class Trail:
    """The whole log, read once, by what was done to whom."""

    broken: AuditEntry | None = None
    """The first entry whose hash does not follow from the one before: it, or one before it, was changed or removed."""
    hashes: set[str] = field(default_factory=set)
    _entries: dict[str, list[AuditEntry]] = field(default_factory=dict)

    def of(self, subject: str, action: str) -> list[AuditEntry]:
        return [entry for entry in self._entries.get(subject, []) if entry.action == action]

    def tells(self, subject: str, *, since: datetime) -> bool:
        """Whether anything was done to it from then on."""
        return any(entry.at >= since for entry in self._entries.get(subject, []))

    def read(self, entry: AuditEntry, *, previous: str) -> None:
        if self.broken is None and entry.chain_hash != entry_hash(previous, entry):
            self.broken = entry
        self.hashes.add(entry.chain_hash)
        self._entries.setdefault(entry.subject, []).append(entry)


def read_trail() -> Trail:
    trail, previous = Trail(), ""
    for entry in AuditEntry.objects.order_by("id").iterator():
        trail.read(entry, previous=previous)
        previous = entry.chain_hash
    return trail
