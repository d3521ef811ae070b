"""People and attempts for tests, made the way the product makes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from assessments.models import Assessment
from assessments.tests.making import make_assessment
from candidates.domain import attempts, clock, entry, invitations, passes, responses
from candidates.domain.passes import Pass
from candidates.domain.responses import Save, Saved
from candidates.models import Attempt, Candidate

NUMBERS = count(1)


def make_attempt(assessment: Assessment | None = None, *, start: bool = True, **accommodation: Any) -> Attempt:
    """An invited candidate's attempt, under way unless ``start`` is off."""
    number = next(NUMBERS)
    invited = invitations.invite(
        assessment or make_assessment(), email=f"c{number}@example.org", name=f"Candidate {number}"
    )
    if accommodation:
        Candidate.objects.filter(pk=invited.invitation.candidate_id).update(**accommodation)
        invited.invitation.refresh_from_db()
    attempt = entry.enter_by_invitation(invited.invitation)
    return attempts.start(holder_of(attempt)) if start else attempt


def holder_of(attempt: Attempt) -> Pass:
    return Pass(attempt.pk, attempt.candidate_id)


def save(
    attempt: Attempt, value: Any, *, number: int = 1, base_revision: int = 0, key: UUID | None = None, **more: Any
) -> Saved:
    one = Save(number=number, value=value, base_revision=base_revision, key=key or uuid4(), **more)
    return responses.save_response(holder_of(attempt), one)


def sit_down(client: Any, attempt: Attempt) -> Any:
    """Give a test client the pass that entering by the link would have given it."""
    client.cookies["parley_attempt"] = passes.seal(holder_of(attempt))
    return client


def began(attempt: Attempt) -> datetime:
    assert attempt.started_at is not None
    return attempt.started_at


def ring_the_bell(attempt: Attempt, *, seconds_ago: float) -> datetime:
    """Move the deadline so that it passed so many seconds ago (negative: in the future); the grace moves with it."""
    attempt.refresh_from_db()
    grace = (
        (attempt.grace_until - attempt.deadline_at)
        if attempt.grace_until and attempt.deadline_at
        else timedelta(seconds=30)
    )
    deadline = clock.now() - timedelta(seconds=seconds_ago)
    Attempt.objects.filter(pk=attempt.pk).update(deadline_at=deadline, grace_until=deadline + grace)
    return deadline
