"""Scores for a closed attempt: automatic ones by rule. What needs a person waits for a reviewer."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from assessments.domain.scoring import score
from candidates.domain import clock, results, reviews
from candidates.enums import ScoreSource
from candidates.models import Attempt, AttemptQuestion, Score


@transaction.atomic
def score_attempt(attempt_id: UUID) -> int:
    """Append a score for each response a rule can judge. Running again appends nothing. Returns the number appended."""
    attempt = Attempt.objects.select_for_update().filter(pk=attempt_id).first()
    if attempt is None or not attempt.is_closed:
        return 0
    questions = attempt.questions.select_related("version", "response").prefetch_related("scores")
    now = clock.now()
    new, someone_is_needed = [], False
    for question in questions:
        if results.score_of(question) is not None:
            continue
        points = _points_by_rule(question)
        if points is None:
            someone_is_needed = True
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
    if not someone_is_needed:
        reviews.settle(attempt)
    return len(new)


def _points_by_rule(question: AttemptQuestion) -> Decimal | None:
    version = question.version
    return score(version.type, question.response.value, version.content, version.key, question.points)
