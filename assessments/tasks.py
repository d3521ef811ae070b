"""What is done in the background. Each task may run twice."""

from __future__ import annotations

from uuid import UUID

from assessments.domain import drafts
from interview_project.tasks import task


@task()
def generate_questions(generation_id: str) -> int:
    """Write the questions an author has asked for; the number of drafts kept."""
    return drafts.carry_out(UUID(generation_id))
