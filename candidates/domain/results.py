"""Results for staff: points by section and question, from the score of each that counts.

A score counts while it is the newest and of the response as it stands: a response changed since, in an attempt reopened, has
none.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from assessments import question_types
from assessments.domain.faces import face_of
from candidates.enums import AttemptPurpose
from candidates.models import Attempt, AttemptQuestion, Score
from interview_project.numbers import plain

NOT_YET = gettext_lazy("Not scored yet")
NOT_READ = gettext_lazy("Not scored: a person would read this")


@dataclass(frozen=True)
class Total:
    """``waiting`` questions have no score yet and count as nothing so far: until it is 0 this is a part, not the total.
    ``unread`` ones will have none, and are not in ``max_points``."""

    points: Decimal
    max_points: Decimal
    waiting: int
    unread: int

    @property
    def percent(self) -> Decimal | None:
        return (self.points * 100 / self.max_points).quantize(Decimal("0.1")) if self.max_points else None

    @property
    def words(self) -> str:
        parts = (self._points_words, self._waiting_words, self._unread_words)
        return gettext(", ").join(part for part in parts if part)

    @property
    def _points_words(self) -> str:
        if self.unread and not self.max_points:
            return ""
        share = f" ({shown(self.percent)} %)" if self.percent is not None and not self.waiting else ""
        return points_words(self.points, self.max_points) + share

    @property
    def _waiting_words(self) -> str:
        words = ngettext("%(count)s answer waits for a reviewer", "%(count)s answers wait for a reviewer", self.waiting)
        return words % {"count": self.waiting} if self.waiting else ""

    @property
    def _unread_words(self) -> str:
        words = ngettext(
            "%(count)s text not scored: a person would read it",
            "%(count)s texts not scored: a person would read them",
            self.unread,
        )
        return words % {"count": self.unread} if self.unread else ""


@dataclass(frozen=True)
class QuestionResult:
    number: int
    stem_words: str
    response_words: str
    score: Score | None
    max_points: Decimal
    waits_for_reviewer: bool
    is_unread: bool
    attempt_question: AttemptQuestion


@dataclass(frozen=True)
class SectionResult:
    title: str
    total: Total
    questions: list[QuestionResult]


@dataclass(frozen=True)
class AttemptResult:
    total: Total
    sections: list[SectionResult]
    reaches_cut: bool | None
    """``None`` while scores are missing or the assessment has no cut score. It decides nothing."""


def result_of(attempt: Attempt) -> AttemptResult:
    questions = [_question_result(question, attempt) for question in _scored_questions(attempt)]
    by_section = groupby(questions, key=lambda one: one.attempt_question.section)
    sections = [
        SectionResult(section.section.title, _total(rows), rows)
        for section, rows in ((section, list(group)) for section, group in by_section)
    ]
    total = _total(questions)
    cut = attempt.assessment.cut_score
    is_known = cut is not None and not total.waiting and not total.unread and total.percent is not None
    return AttemptResult(total, sections, total.percent >= cut if is_known else None)  # type: ignore[operator]


def total_of(attempt: Attempt) -> Total:
    return _total([_question_result(question, attempt) for question in _scored_questions(attempt)])


def with_standing(attempts: QuerySet[Attempt]) -> QuerySet[Attempt]:
    """For lists: ``question_count``, ``answered_count``, ``last_saved_at``, ``points``, ``max_points``, ``unscored_count``.

    Subqueries rather than joins, so that only the rows a page shows are counted.
    """
    own = AttemptQuestion.objects.filter(attempt=OuterRef("pk")).order_by()
    questions, waiting = own.values("attempt"), unscored(own).values("attempt")
    scores = counting_scores().filter(attempt_question__attempt=OuterRef("pk")).order_by()
    return attempts.annotate(
        question_count=Subquery(questions.annotate(n=Count("pk")).values("n")),
        answered_count=Subquery(questions.filter(response__value__isnull=False).annotate(n=Count("pk")).values("n")),
        unscored_count=Subquery(waiting.annotate(n=Count("pk")).values("n")),
        last_saved_at=Subquery(questions.annotate(at=Max("response__saved_at")).values("at")),
        max_points=Subquery(questions.annotate(total=Sum("points")).values("total")),
        points=Subquery(scores.values("attempt_question__attempt").annotate(total=Sum("points")).values("total")),
    )


def counting_scores() -> QuerySet[Score]:
    return Score.objects.current().filter(response_revision=F("attempt_question__response__revision"))


def unscored(questions: QuerySet[AttemptQuestion]) -> QuerySet[AttemptQuestion]:
    """Those of which no score counts: the newest is of an earlier response, or there is none."""
    newest = Score.objects.filter(attempt_question=OuterRef("pk")).order_by("-id").values("response_revision")[:1]
    return questions.alias(judged=Coalesce(Subquery(newest), -1)).filter(response__revision__gt=F("judged"))


def score_of(question: AttemptQuestion) -> Score | None:
    """The one that counts, of prefetched scores, newest first by the model's ordering."""
    newest = next(iter(question.scores.all()), None)
    return newest if newest and newest.response_revision == question.response.revision else None


def types_for_people() -> list[str]:
    return [one.name for one in question_types.all_types() if one.is_scored_by_people]


def has_reviewers(attempt: Attempt) -> bool:
    """Nobody looks at practice, as candidates are told, nor at what staff tried out."""
    return attempt.purpose == AttemptPurpose.INVITED


def is_fully_scored(attempt: Attempt) -> bool:
    """Every question that will ever have a score has it."""
    missing = unscored(attempt.questions.all())
    if not has_reviewers(attempt):
        missing = missing.exclude(version__type__in=types_for_people())
    return not missing.exists()


def score_words(question: AttemptQuestion) -> str:
    score = score_of(question)
    if score is not None:
        return points_words(score.points, score.max_points)
    is_unread = question.version.type in types_for_people() and not has_reviewers(question.attempt)
    return str(NOT_READ if is_unread else NOT_YET)


def points_words(points: Decimal, of: Decimal) -> str:
    return gettext("%(points)s of %(most)s points") % {"points": shown(points), "most": shown(of)}


def shown(number: Decimal) -> str:
    """With the decimal sign of the reader's language."""
    return number_format(plain(number))


def _scored_questions(attempt: Attempt) -> list[AttemptQuestion]:
    questions = attempt.questions.select_related("section__section", "version", "response")
    return list(questions.prefetch_related("scores__scored_by").order_by("number"))


def _question_result(question: AttemptQuestion, attempt: Attempt) -> QuestionResult:
    face, score = face_of(question.version_id), score_of(question)
    wants_reviewer = attempt.is_closed and face.type.is_scored_by_people and score is None
    return QuestionResult(
        number=question.number,
        stem_words=face.stem_words,
        response_words=face.type.words(question.response.value, face.content),
        score=score,
        max_points=question.points,
        waits_for_reviewer=wants_reviewer and has_reviewers(attempt),
        is_unread=wants_reviewer and not has_reviewers(attempt),
        attempt_question=question,
    )


def _total(rows: list[QuestionResult]) -> Total:
    read = [row for row in rows if not row.is_unread]
    return Total(
        points=sum((row.score.points for row in read if row.score), Decimal(0)),
        max_points=sum((row.max_points for row in read), Decimal(0)),
        waiting=sum(row.score is None for row in read),
        unread=len(rows) - len(read),
    )
