"""What a question without a title goes by: the beginning of what it asks, in plain words.

Kept with the question, so that a list of a thousand reads no stems, and no page turns Markdown into words row by row.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from assessments.domain import markup
from assessments.models import Question
from interview_project.batching import batches

LENGTH = 90


def beginning_of(stem: str) -> str:
    return markup.plain(stem, limit=LENGTH)


def renew(questions: Collection[UUID]) -> None:
    """Of many at once, after another version of them has become the current one."""
    for batch in batches(questions):
        rows = list(Question.objects.filter(pk__in=batch).select_related("current_version"))
        for question in rows:
            question.beginning = beginning_of(question.current_version.stem) if question.current_version else ""
        Question.objects.rewrite(rows, "beginning")
