"""Is every score what the rule gives today, and is there one wherever the rule gives one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from assessments.domain.question_checks import hash_version
from assessments.domain.rubrics import rubric_hash
from assessments.domain.scoring import score
from assessments.models import QuestionVersion
from candidates import tasks
from candidates.domain import results
from candidates.enums import ScoreSource
from candidates.models import Attempt, AttemptQuestion, Score
from interview_project.numbers import plain
from interview_project.tasks import is_ahead

Saved = Mapping[tuple[int, int], Any]
"""What each save of an attempt question said: by question and revision."""


def is_as_written(version: QuestionVersion) -> bool:
    """What the version asks is what its hash was made of. Nothing of it can be recomputed where it is not."""
    return hash_version(version, rubric_hash(version.rubric)) == version.content_hash


def scores_that_differ(attempt: Attempt, saved: Saved) -> Iterator[str]:
    """By the version that was asked, the points it is worth in this attempt, and the text as of the revision scored."""
    questions = attempt.questions.select_related("version__rubric", "response").prefetch_related("scores")
    is_due = attempt.is_closed and not is_ahead(tasks.score_attempt, str(attempt.pk))
    for question in questions:
        for given in question.scores.all():
            yield from _wrong(given, question, saved)
        if is_due and hasattr(question, "response") and results.score_of(question) is None:
            expected = _by_rule(question, question.response.value)
            if expected is not None:
                yield f"question {question.number}: scored none, and the rule gives {plain(expected)}"


def _wrong(given: Score, question: AttemptQuestion, saved: Saved) -> Iterator[str]:
    if given.max_points != question.points:
        yield (
            f"question {question.number}: scored out of {plain(given.max_points)}, "
            f"and it is worth {plain(question.points)}"
        )
    if given.source == ScoreSource.AUTOMATIC and is_as_written(question.version):
        expected = _by_rule(question, saved.get((question.pk, given.response_revision)))
        if expected != given.points:
            words = "none" if expected is None else plain(expected)
            yield f"question {question.number}: scored {plain(given.points)}, and the rule gives {words}"


def _by_rule(question: AttemptQuestion, value: Any) -> Decimal | None:
    version = question.version
    if not is_as_written(version):
        return None
    return score(version.type, value, version.content, version.key, question.points)
