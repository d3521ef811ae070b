"""What of an attempt its candidate may see at this moment, on pages that are not a question's own."""

from __future__ import annotations

from candidates.domain import clock, snapshots
from candidates.domain.seat import Seat
from candidates.enums import AttemptStatus
from candidates.models import Attempt


def unseen(attempt: Attempt) -> set[int]:
    """Questions that are not shown now, by key."""
    if attempt.status != AttemptStatus.IN_PROGRESS:
        return set()  # without its snapshot: exports ask for many
    seat = Seat(snapshots.load(attempt), at=clock.now())
    return {one.id for one in seat.snapshot.questions if seat.is_unseen(one)}
