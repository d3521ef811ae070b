"""Erasing what is known about a person."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction

from candidates.domain import audit, snapshots
from candidates.models import Candidate


@transaction.atomic
def erase(candidate: Candidate, *, by: Any) -> None:
    """Everything of theirs: invitations, attempts, responses, scores, and what the cache holds. That it was done is audited.
    Erasing again changes nothing.

    Locks in the order in which everybody does: candidate, attempts, the audit.
    """
    mine = Candidate.objects.filter(pk=candidate.pk)
    if mine.select_for_update().first() is None:
        return
    attempt_ids = list(candidate.attempts.select_for_update().order_by("pk").values_list("pk", flat=True))
    mine.delete()
    audit.record(action="erased", subject=candidate, by=by, detail={"attempts": len(attempt_ids)})
    for attempt_id in attempt_ids:
        transaction.on_commit(partial(snapshots.forget, attempt_id))
