"""What candidates and the team say to each other while an assessment is under way."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models import Assessment, Question
from candidates.models.attempt import Attempt, AttemptQuestion


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def unread_by(self, attempt: Attempt) -> Self:
        """Errata of the questions it has, what was said to all since the candidate came in, and answers to them alone."""
        mine = AttemptQuestion.objects.filter(attempt_id=attempt.pk).values("version__question")
        concerns = Q(question__in=mine) | Q(question__isnull=True, announced_at__gte=attempt.consented_at)
        meant = Q(report__isnull=True) | Q(report__attempt_id=attempt.pk)
        current = self.filter(concerns, meant, assessment_id=attempt.assessment_id, withdrawn_at=None)
        return current.exclude(acknowledgements__attempt_id=attempt.pk).order_by("announced_at")


class Announcement(models.Model):
    """Words of the team to everybody who sits an assessment; an erratum is about one question, an answer for one of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="announcements")
    question = models.ForeignKey(
        Question,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="For an erratum: only those who have this question see it.",
    )
    report = models.ForeignKey(
        "ProblemReport",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="announcements",
        help_text="For an answer: only whoever reported it sees it.",
    )
    text = models.TextField(max_length=2000)
    announced_at = models.DateTimeField()
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-announced_at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="announcement_says_something")]

    def __str__(self) -> str:
        return self.text[:80]


class Acknowledgement(models.Model):
    """That a candidate has read an announcement."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="acknowledgements")
    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        ordering = ["attempt", "at"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "announcement"], name="acknowledgement_once"),
        ]

    def __str__(self) -> str:
        return f"Read {self.at:%Y-%m-%d %H:%M}"


class ProblemReport(models.Model):
    """A candidate says that something is wrong with a question; the team answers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="problem_reports")
    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="problem_reports")
    text = models.TextField(max_length=2000)
    reported_at = models.DateTimeField()
    answer = models.TextField(
        blank=True,
        max_length=2000,
        help_text="The candidate reads it on their page while they sit, and on their record.",
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-reported_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="problem_report_says_something"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="problem_report_answered_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
