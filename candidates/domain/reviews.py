"""What a reviewer does with a response that no rule can judge."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from assessments.models import Rubric
from candidates.domain import audit, clock, results
from candidates.enums import AttemptPurpose, ScoreSource
from candidates.models import Attempt, AttemptQuestion, Review, Score
from interview_project.numbers import plain


class ReviewRefused(Exception):
    """The judgement cannot be taken as it is; the text says why."""


class JudgedMeanwhile(ReviewRefused):
    """The response or its score is no longer what the reviewer had before them."""


def waiting() -> QuerySet[AttemptQuestion]:
    """Responses of invited candidates that only a person can judge, not judged as they stand; the longest waiting first.

    Practice is not among them: candidates are told that nobody looks at it.
    """
    questions = AttemptQuestion.objects.filter(
        attempt__in=Attempt.objects.counted().filter(purpose=AttemptPurpose.INVITED),
        version__type__in=results.types_for_people(),
        response__value__isnull=False,
    )
    in_order = results.unscored(questions).order_by("attempt__closed_at", "attempt", "number")
    return in_order.select_related("attempt__assessment", "response")


def next_waiting(attempt: Attempt, *, after: int = 0) -> AttemptQuestion | None:
    """The next one of this attempt; from the beginning again where none follows."""
    of_attempt = waiting().filter(attempt=attempt)
    return of_attempt.filter(number__gt=after).first() or of_attempt.first()


@transaction.atomic
def review_response(
    question: AttemptQuestion,
    *,
    reviewer: Any,
    levels: Mapping[str, Decimal],
    comment: str = "",
    points: Decimal | None = None,
    basis: str | None = None,
) -> Score:
    """Judge by rubric: a level's points for each criterion (by its position). Without a rubric, ``points`` as they are.

    The rubric's points are scaled to the question's own. Appends; an earlier score stays as history. ``basis`` is
    :func:`basis_of` what the reviewer had before them: the same judgement on it again returns the same score.
    Raises :class:`ReviewRefused`, :class:`JudgedMeanwhile`.
    """
    attempt = Attempt.objects.select_for_update().get(pk=question.attempt_id)
    if not attempt.is_closed:
        raise ReviewRefused("This attempt is still open; a response is judged once it can no longer change.")
    question = AttemptQuestion.objects.select_related("response", "version__rubric").get(pk=question.pk)
    rubric = question.version.rubric
    earned = points_by_rubric(rubric, levels, out_of=question.points) if rubric else points
    if earned is None:
        raise ReviewRefused("Give points.")
    if not 0 <= earned <= question.points:
        raise ReviewRefused(f"Points must be between 0 and {plain(question.points)}.")
    review = Review(
        attempt_question=question,
        reviewer=reviewer,
        rubric=rubric,
        levels={position: str(level) for position, level in levels.items()},
        comment=comment,
    )
    if basis is not None and basis != basis_of(question):
        return _repeated(review, earned, basis=basis)
    review.save()
    score = Score.objects.create(
        attempt_question=question,
        response_revision=question.response.revision,
        points=earned,
        max_points=question.points,
        source=ScoreSource.REVIEWER,
        scored_by=reviewer,
        scored_at=clock.now(),
        rubric=rubric,
        review=review,
    )
    audit.record(action="response scored", subject=question, by=reviewer, detail={"points": str(earned)})
    return score


def basis_of(question: AttemptQuestion, *, before: int = 0) -> str:
    """Which text and which score of it a judgement starts from; or did, so many scores ago."""
    score_id = question.scores.values_list("pk", flat=True)[before : before + 1].first()
    return f"{question.response.revision}.{score_id or 0}"


def _repeated(review: Review, points: Decimal, *, basis: str) -> Score:
    """The newest score, if it is this very judgement: the button was pressed twice."""
    question = review.attempt_question
    newest = question.scores.select_related("review").first()
    if newest is None or newest.review is None or basis != basis_of(question, before=1):
        raise JudgedMeanwhile("The text or its score changed since this page was opened. Read it again, then save.")
    same = [(one.reviewer_id, one.levels, one.comment) for one in (review, newest.review)]
    if same[0] != same[1] or newest.points != points:
        raise JudgedMeanwhile("It was scored since this page was opened. Save again to have this count instead.")
    return newest


def points_by_rubric(rubric: Rubric, levels: Mapping[str, Decimal], *, out_of: Decimal) -> Decimal:
    """The levels' points added up, scaled so that the best level everywhere earns ``out_of``; to the hundredth."""
    total = Decimal(0)
    for criterion in rubric.criteria.prefetch_related("levels"):
        chosen = levels.get(str(criterion.position))
        if chosen is None:
            raise ReviewRefused(f"Choose a level for “{criterion}”.")
        if chosen not in {level.points for level in criterion.levels.all()}:
            raise ReviewRefused(f"“{criterion}” has no level of {chosen} points.")
        total += chosen
    best = rubric.max_points
    return (total * out_of / best).quantize(Decimal("0.01")) if best else Decimal(0)
