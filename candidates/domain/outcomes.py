"""What a named person decides about an attempt, and why. Nothing decides by itself."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from candidates.domain import audit
from candidates.enums import AttemptPurpose, OutcomeDecision
from candidates.models import Attempt, Outcome


class OutcomeRefused(Exception):
    """There is nothing to decide about; the text says why."""


@transaction.atomic
def decide(attempt: Attempt, *, decision: OutcomeDecision, reason: str, by: Any) -> Outcome:
    """Append a decision; an earlier one stays as history. Raises :class:`OutcomeRefused`."""
    locked = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if not locked.is_closed:
        raise OutcomeRefused("This attempt is not closed, so there is nothing to decide about yet.")
    if locked.purpose != AttemptPurpose.INVITED:
        raise OutcomeRefused("Only attempts of invited candidates are decided about.")
    if not reason.strip():
        raise OutcomeRefused("Give the reason.")
    outcome = Outcome.objects.create(attempt=locked, decision=decision, reason=reason.strip(), decided_by=by)
    audit.record(action="outcome decided", subject=locked, by=by, detail={"decision": str(decision)})
    return outcome
