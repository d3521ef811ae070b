"""What is done in the background. Each task may run twice."""

from __future__ import annotations

from uuid import UUID

from assessments.domain import drafts, import_reading, import_storing, import_undoing
from interview_project.tasks import task


@task()
def generate_questions(generation_id: str) -> int:
    """Write the questions an author has asked for; the number of drafts kept."""
    return drafts.carry_out(UUID(generation_id))


@task()
def read_import(import_id: str) -> int:
    """Read uploaded files, so that somebody can look at what they hold; the number of questions found."""
    return import_reading.carry_out_reading(UUID(import_id))


@task()
def store_import(import_id: str) -> int:
    """Import what somebody has looked at; the number of files stored."""
    return import_storing.carry_out_storing(UUID(import_id))


@task()
def undo_import(import_id: str) -> int:
    """Take back what an import brought in and nothing was built upon; the number of questions and versions."""
    return import_undoing.carry_out_undoing(UUID(import_id))
