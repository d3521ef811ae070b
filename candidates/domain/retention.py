"""Erasing what is known about a person."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from candidates.domain import audit, snapshots
from candidates.models import Candidate


@transaction.atomic
def erase(candidate: Candidate, *, by: Any) -> None:
    """Everything of theirs: invitations, attempts, responses, scores, and what the cache holds. That it was done is audited."""
    attempt_ids = list(candidate.attempts.values_list("pk", flat=True))
    audit.record(action="erased", subject=candidate, by=by, detail={"attempts": len(attempt_ids)})
    candidate.delete()
    for attempt_id in attempt_ids:
        transaction.on_commit(partial(snapshots.forget, attempt_id))
