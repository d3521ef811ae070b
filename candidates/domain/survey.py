"""Two questions after the end, answered by nobody in particular: what is kept is how often each answer was given.

And that an attempt has answered, so that it counts once; and what the team was last told, so that it is told of many at
a time (docs/adr/0017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import F

from assessments.models import Assessment
from candidates.domain.passes import Pass
from candidates.domain.responses import lock_attempt
from candidates.enums import AttemptPurpose, SurveyQuestion
from candidates.models import Attempt, SurveyCount, SurveyMark

SMALLEST_NUMBER = 5
"""Of fewer answers nothing is told, nor of fewer that came since."""
ANSWERS = range(1, 6)

# ---- Answering ----


def is_asked(attempt: Attempt) -> bool:
    """Whoever was invited, after the end. Practice is open to all, as often as they like, and staff know their own tries."""
    return attempt.is_closed and attempt.purpose == AttemptPurpose.INVITED


def has_answered(attempt: Attempt) -> bool:
    return SurveyMark.objects.filter(attempt=attempt.pk).exists()


@transaction.atomic
def answer(holder: Pass, answers: Mapping[SurveyQuestion, int]) -> bool:
    """Count what this attempt answers, unless it has answered or is not asked. Raises ``Attempt.DoesNotExist``."""
    attempt = lock_attempt(holder)
    if not is_asked(attempt) or not _mark(attempt):
        return False
    count(attempt.assessment_id, answers)
    return True


def _mark(attempt: Attempt) -> bool:
    """Whether this is the first time."""
    _, is_first = SurveyMark.objects.get_or_create(attempt=attempt)
    return is_first


@transaction.atomic
def count(assessment: UUID, answers: Mapping[SurveyQuestion, int]) -> None:
    """Add one to the number of each answer. It is not noted who gave it, nor when, nor together with which other."""
    rows = _locked(assessment)
    for row in rows:
        row.count += answers.get(SurveyQuestion(row.question)) == row.answer
    # Also those that stay as they are: PostgreSQL knows of each row by which transaction it was written, and of a mark, too.
    SurveyCount.objects.bulk_update(rows, ["count"])


def _locked(assessment: UUID) -> list[SurveyCount]:
    """All the numbers there can be about it. They are made together, so that their keys do not tell which was first."""
    mine = SurveyCount.objects.filter(assessment=assessment)
    if mine.count() < len(SurveyQuestion) * len(ANSWERS):
        every = [
            SurveyCount(assessment=assessment, question=question, answer=number)
            for question in SurveyQuestion
            for number in ANSWERS
        ]
        SurveyCount.objects.bulk_create(every, ignore_conflicts=True)
    return list(mine.select_for_update().order_by("question", "answer"))


# ---- Telling ----


def publish() -> int:
    """Bring what the team sees up to date, of each question to which five more have answered; to how many that was.

    Called by the hour rather than by the fifth answer, which would tell who gave it.
    """
    behind = SurveyCount.objects.filter(count__gt=F("published"))
    return sum(_publish(assessment) for assessment in set(behind.values_list("assessment", flat=True)))


@transaction.atomic
def _publish(assessment: UUID) -> int:
    due = 0
    for _, rows in groupby(_locked(assessment), key=lambda row: row.question):
        of_question = list(rows)
        if sum(row.count - row.published for row in of_question) >= SMALLEST_NUMBER:
            SurveyCount.objects.filter(pk__in=[row.pk for row in of_question]).update(published=F("count"))
            due += 1
    return due


@dataclass(frozen=True)
class Tally:
    question: SurveyQuestion
    counts: list[int]
    """Of the answers 1 to 5, as they were last published."""

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def is_shown(self) -> bool:
        return self.total >= SMALLEST_NUMBER

    @property
    def mean(self) -> float:
        return sum(answer * number for answer, number in zip(ANSWERS, self.counts, strict=True)) / self.total


def tallies() -> list[tuple[Assessment, list[Tally]]]:
    """What was published. Nothing here differs before that: not even whether an assessment is listed."""
    told = {(row.assessment, row.question, row.answer): row.published for row in SurveyCount.objects.all()}
    shown = Assessment.objects.filter(pk__in={assessment for (assessment, _, _), number in told.items() if number})
    return [(one, [_tally(one.pk, question, told) for question in SurveyQuestion]) for one in shown]


def _tally(assessment: UUID, question: SurveyQuestion, told: Mapping[tuple[UUID, str, int], int]) -> Tally:
    return Tally(question, [told.get((assessment, question.value, number), 0) for number in ANSWERS])
