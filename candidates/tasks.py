"""What is done in the background. Each task is enqueued in the transaction of the change that needs it, and may run twice."""

from __future__ import annotations

from uuid import UUID

from candidates.domain import mails, scoring
from interview_project.tasks import task


@task()
def score_attempt(attempt_id: str) -> int:
    """Give automatic scores to what needs no reviewer; the number of scores given."""
    return scoring.score_attempt(UUID(attempt_id))


@task()
def send_invitation(invitation_id: str) -> bool:
    """Mail an invitation's link; False if there is nobody left to send it to."""
    return mails.send_invitation(UUID(invitation_id))
