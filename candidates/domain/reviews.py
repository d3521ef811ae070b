"""What a reviewer does with a response that no rule can judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from assessments.models import Rubric
from candidates.domain import audit, clock, results
from candidates.enums import ScoreSource
from candidates.models import Attempt, AttemptQuestion, Review, Score
from interview_project.numbers import plain

MOST_COUNTED = 200
"""Beyond these the queue is long, however long: nobody is told how long, and the database need not find out."""
SETTLED_AT_ONCE = 1_000


class ReviewRefused(Exception):
    """The judgement cannot be taken as it is; the text says why."""


class JudgedMeanwhile(ReviewRefused):
    """The response or its score is no longer what the reviewer had before them."""


def waiting() -> QuerySet[AttemptQuestion]:
    """Responses of invited candidates that only a person can judge, not judged as they stand; the longest waiting first.

    Practice is not among them: candidates are told that nobody looks at it.
    """
    questions = AttemptQuestion.objects.filter(
        attempt__in=Attempt.objects.unsettled(),
        version__type__in=results.types_for_people(),
        response__value__isnull=False,
    )
    return results.unscored(questions).order_by("attempt__closed_at", "attempt_id", "number")


@dataclass(frozen=True)
class Queue:
    """The first of what waits, as ids, the longest waiting first; ``is_longer`` when there is more than that."""

    ids: list[int]
    is_longer: bool


def queue() -> Queue:
    ids = list(waiting().values_list("pk", flat=True)[: MOST_COUNTED + 1])
    return Queue(ids[:MOST_COUNTED], is_longer=len(ids) > MOST_COUNTED)


def in_queue(ids: Sequence[int]) -> list[AttemptQuestion]:
    """With what a list of them shows, in the order given. Who is gone meanwhile is left out."""
    found = AttemptQuestion.objects.select_related("attempt__assessment").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def settle(attempt: Attempt) -> bool:
    """Within the caller's transaction, on a locked row: note that nothing of it waits, if so, for the queue to pass it by.

    Closed again later than that, it is looked at again, whoever closed it. Returns whether nothing waits.
    """
    wants_some = results.has_reviewers(attempt) and attempt.is_closed
    if not wants_some or waiting().filter(attempt=attempt).exists():
        return False
    Attempt.objects.filter(pk=attempt.pk).update(settled_at=clock.now())
    return True


def settle_all() -> int:
    """Once through all that may have something waiting, for what nobody settled. Returns the number that was."""
    settled, after = 0, (datetime.min.replace(tzinfo=UTC), UUID(int=0))
    while found := _unsettled(after):
        after = found[-1]
        for pk in {pk for _, pk in found}.difference(_waiting_of([pk for _, pk in found])):
            settled += _settle_locked(pk)
    return settled


def _waiting_of(attempt_ids: list[UUID]) -> QuerySet[AttemptQuestion, UUID]:
    return waiting().order_by().filter(attempt__in=attempt_ids).values_list("attempt", flat=True)


@transaction.atomic
def _settle_locked(pk: UUID) -> int:
    """Looked at once more: since then it may have been opened and closed again. Whoever is at work on it settles it."""
    attempt = Attempt.objects.unsettled().select_for_update(skip_locked=True).filter(pk=pk).first()
    return settle(attempt) if attempt else 0


def _unsettled(after: tuple[datetime, UUID]) -> list[tuple[datetime, UUID]]:
    closed_at, pk = after
    later = Q(closed_at__gt=closed_at) | Q(closed_at=closed_at, pk__gt=pk)
    rows = Attempt.objects.unsettled().filter(later, closed_at__gte=closed_at).order_by("closed_at", "pk")
    return list(rows.values_list("closed_at", "pk")[:SETTLED_AT_ONCE])  # type: ignore[arg-type]


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
    settle(attempt)
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
