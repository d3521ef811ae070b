"""Two questions after the end, answered by nobody in particular: what is kept is how often each answer was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from assessments.models import Assessment
from candidates.enums import SurveyQuestion
from candidates.models import SurveyCount

SMALLEST_NUMBER = 5
ANSWERS = range(1, 6)


@transaction.atomic
def count(assessment: Assessment, answers: Mapping[SurveyQuestion, int]) -> None:
    """Add one to the number of each answer. It is not noted who gave it, nor when, nor together with which other."""
    for question, answer in answers.items():
        row, _ = SurveyCount.objects.get_or_create(assessment=assessment.pk, question=question, answer=answer)
        SurveyCount.objects.filter(pk=row.pk).update(count=F("count") + 1)


@dataclass(frozen=True)
class Tally:
    question: SurveyQuestion
    total: int
    counts: list[int]
    """Of the answers 1 to 5; empty while there are too few to be shown."""

    @property
    def is_shown(self) -> bool:
        return self.total >= SMALLEST_NUMBER

    @property
    def mean(self) -> float:
        return sum(answer * number for answer, number in zip(ANSWERS, self.counts, strict=True)) / self.total


def tallies() -> list[tuple[Assessment, list[Tally]]]:
    """Of fewer than five answers nothing is told but that there are fewer than five."""
    counts = {(row.assessment, row.question, row.answer): row.count for row in SurveyCount.objects.all()}
    asked = Assessment.objects.filter(pk__in={assessment for assessment, _, _ in counts})
    return [(one, [_tally(one, question, counts) for question in SurveyQuestion]) for one in asked]


def _tally(assessment: Assessment, question: SurveyQuestion, counts: Mapping[tuple[UUID, str, int], int]) -> Tally:
    numbers = [counts.get((assessment.pk, question.value, answer), 0) for answer in ANSWERS]
    total = sum(numbers)
    return Tally(question, total, numbers) if total >= SMALLEST_NUMBER else Tally(question, 0, [])
