"""Scores for a closed attempt: automatic ones by rule. What needs a person waits for a reviewer."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from assessments.domain.scoring import score
from candidates.domain import clock, results
from candidates.enums import ScoreSource
from candidates.models import Attempt, Score


@transaction.atomic
def score_attempt(attempt_id: UUID) -> int:
    """Append a score for each response a rule can judge. Running again appends nothing. Returns the number appended."""
    attempt = Attempt.objects.select_for_update().filter(pk=attempt_id).first()
    if attempt is None or not attempt.is_closed:
        return 0
    questions = attempt.questions.select_related("version", "response").prefetch_related("scores")
    now = clock.now()
    new = []
    for question in questions:
        points = score(
            question.version.type,
            question.response.value,
            question.version.content,
            question.version.key,
            question.points,
        )
        if points is None or results.score_of(question) is not None:
            continue
        new.append(
            Score(
                attempt_question=question,
                response_revision=question.response.revision,
                points=points,
                max_points=question.points,
                source=ScoreSource.AUTOMATIC,
                scored_at=now,
            )
        )
    Score.objects.bulk_create(new)
    return len(new)
