from __future__ import annotations

from django.db import models
from django.db.models import Q

from candidates.enums import SurveyQuestion


class SurveyCount(models.Model):
    """How often an answer was given about an assessment: a number, and nothing that could lead to whoever gave it.

    No keys to other tables, no moment, no row for each answer: there is nothing to be joined.
    """

    assessment = models.UUIDField(editable=False)
    question = models.CharField(max_length=20, choices=SurveyQuestion)
    answer = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["assessment", "question", "answer"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "question", "answer"], name="survey_count_unique"),
            models.CheckConstraint(condition=Q(answer__gte=1, answer__lte=5), name="survey_answer_from_1_to_5"),
            models.CheckConstraint(condition=Q(question__in=SurveyQuestion.values), name="survey_question_known"),
        ]

    def __str__(self) -> str:
        return f"{self.count} × {self.answer}"
