"""What of an attempt its candidate may see at this moment, on pages that are not a question's own."""

from __future__ import annotations

from candidates.domain import clock, snapshots
from candidates.enums import AttemptStatus
from candidates.models import Attempt


def unseen(attempt: Attempt) -> set[int]:
    """Questions that are not shown now, by key: all while time stands still; before that, those in timed sections not begun
    and those further on in one-way ones. None once the attempt is closed.
    """
    if attempt.status != AttemptStatus.IN_PROGRESS:
        return set()
    held = snapshots.load(attempt)
    stands_still = attempt.paused_at is not None and attempt.stands_still(at=clock.now())
    return {
        one.id for one in held.questions if stands_still or not held.section_of(one).is_started or held.is_ahead(one)
    }
