from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from candidates.enums import SurveyQuestion
from candidates.models.attempt import Attempt


class SurveyCount(models.Model):
    """How often an answer was given about an assessment: a number, and nothing that could lead to whoever gave it.

    No keys to other tables, no moment, no row for each answer: there is nothing to be joined.
    """

    assessment = models.UUIDField(editable=False)
    question = models.CharField(max_length=20, choices=SurveyQuestion)
    answer = models.PositiveSmallIntegerField()
    count = models.PositiveIntegerField(default=0)
    published = models.PositiveIntegerField(db_default=0, help_text="What the team sees: the count of some time ago.")

    class Meta:
        ordering = ["assessment", "question", "answer"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "question", "answer"], name="survey_count_unique"),
            models.CheckConstraint(condition=Q(answer__gte=1, answer__lte=5), name="survey_answer_from_1_to_5"),
            models.CheckConstraint(condition=Q(question__in=SurveyQuestion.values), name="survey_question_known"),
            models.CheckConstraint(condition=Q(published__lte=F("count")), name="survey_published_was_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.answer}"


class SurveyMark(models.Model):
    """That an attempt has answered, so that it counts once. Not what, and not when: neither a moment nor a key that grows.

    Its candidate reads it. The team is not to: nothing leads here from an attempt (``related_name="+"``), so no list can
    be asked for it, and there is no permission that could be given.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="+")

    class Meta:
        default_permissions = ()
        verbose_name = "answered survey"

    def __str__(self) -> str:
        return f"Answered by {self.attempt_id}"
