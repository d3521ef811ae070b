"""Extra time and the like: entered once for a person, applied to every clock that starts from then on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from candidates.domain import audit
from candidates.models import Candidate


@transaction.atomic
def accommodate(candidate: Candidate, *, time_factor: Decimal, is_untimed: bool, by: Any) -> None:
    """A bell that is set already stays where it is; staff can add minutes to it. The audit says that, not what.

    Attempts under way get a new revision: their pages tell how long a section not begun yet will be.
    """
    candidate.time_factor, candidate.is_untimed = time_factor, is_untimed
    candidate.save(update_fields=["time_factor", "is_untimed"])
    candidate.attempts.filter(closed_at__isnull=True).update(revision=F("revision") + 1)
    audit.record(action="accommodation changed", subject=candidate, by=by)
