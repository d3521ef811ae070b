"""What staff did, one chain of hashes for all of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from candidates.domain import clock
from candidates.domain.receipts import canonical
from candidates.models import AuditEntry


@transaction.atomic
def record(*, action: str, subject: Any, by: Any, detail: dict[str, Any] | None = None) -> AuditEntry:
    """Append an entry, in the transaction of the change it tells of. ``subject`` is named by model and id only."""
    newest = AuditEntry.objects.select_for_update().order_by("-id").first()
    entry = AuditEntry(
        at=clock.now(),
        by=by if getattr(by, "pk", None) else None,
        action=action,
        subject=f"{subject._meta.model_name} {subject.pk}",
        detail=detail or {},
    )
    entry.chain_hash = entry_hash(newest.chain_hash if newest else "", entry)
    entry.save()
    return entry


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


def first_broken_entry() -> AuditEntry | None:
    """The first entry whose hash does not follow from the one before: it, or one before it, was changed or removed."""
    previous = ""
    for entry in AuditEntry.objects.order_by("id").iterator():
        if entry.chain_hash != entry_hash(previous, entry):
            return entry
        previous = entry.chain_hash
    return None
