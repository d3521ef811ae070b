from __future__ import annotations

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from assessments.models import Rubric
from candidates.enums import OutcomeDecision, ScoreSource
from candidates.models.attempt import Attempt, AttemptQuestion
from candidates.models.response import AppendOnly
from interview_project.numbers import plain


class Review(models.Model):
    """One reviewer's judgement of one response: a level for each criterion, and words."""

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rubric = models.ForeignKey(Rubric, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    levels = models.JSONField(default=dict, help_text="Criterion's position → points of the level chosen.")
    comment = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-reviewed_at"]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.attempt_question}"


class ScoreQuerySet(models.QuerySet["Score"]):
    def current(self) -> Self:
        """The newest of each attempt question; the others are its history."""
        newest = Score.objects.filter(attempt_question=OuterRef("attempt_question")).order_by("-id").values("id")[:1]
        return self.filter(id=Subquery(newest))

    def update(self, **changes: Any) -> int:
        raise AppendOnly("Scores are never changed; append a new one.")


class Score(models.Model):
    """Points, from whom, when, by which rubric. Appended, never overwritten; AI is no source."""

    id = models.BigAutoField(primary_key=True)
    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="scores")
    response_revision = models.PositiveIntegerField(help_text="Of the response that was judged.")
    points = models.DecimalField(max_digits=7, decimal_places=2)
    max_points = models.DecimalField(max_digits=7, decimal_places=2)
    source = models.CharField(max_length=10, choices=ScoreSource)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scored_at = models.DateTimeField()
    rubric = models.ForeignKey(Rubric, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review = models.ForeignKey(Review, null=True, blank=True, on_delete=models.CASCADE, related_name="scores")

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["attempt_question", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=0, points__lte=F("max_points")), name="score_between_0_and_max"
            ),
            models.CheckConstraint(
                condition=Q(source=ScoreSource.AUTOMATIC, scored_by__isnull=True)
                | Q(source=ScoreSource.REVIEWER, scored_by__isnull=False),
                name="score_by_a_named_person_or_by_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{plain(self.points)} of {plain(self.max_points)}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Scores are never changed; append a new one.")
        super().save(*args, **kwargs)


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def unsealed_for(self, reviewer: Any) -> Self:
        """Only those of responses that this reviewer has scored themselves, at the revision that was suggested on."""
        own = Score.objects.filter(
            attempt_question=OuterRef("attempt_question"),
            response_revision=OuterRef("response_revision"),
            scored_by=reviewer,
        )
        return self.filter(Exists(own))


class Suggestion(models.Model):
    """What AI proposes for a score, with quoted evidence. Kept apart: no score can point here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="suggestions")
    response_revision = models.PositiveIntegerField()
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="+")
    levels = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict, help_text="Criterion's position → the candidate's own words.")
    flags = models.JSONField(default=list, blank=True)
    unsupported = models.JSONField(
        default=list, blank=True, help_text="Criteria whose level or evidence did not hold, and which were dropped."
    )
    points = models.DecimalField(
        max_digits=7, decimal_places=2, help_text="Of the criteria that hold, added up by code."
    )
    is_final = models.BooleanField(default=False, editable=False)
    model = models.CharField(max_length=120)
    prompt_version = models.CharField(max_length=40)
    prompt_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(is_final=False), name="suggestion_is_never_final"),
            models.UniqueConstraint(
                fields=["attempt_question", "response_revision", "model", "prompt_version"],
                name="suggestion_once_per_model_and_prompt",
            ),
        ]

    def __str__(self) -> str:
        """Nothing of what is suggested: lists of related rows, in admin, ask nobody whether it is sealed."""
        return f"Suggestion by {self.model}"


class Outcome(models.Model):
    """What a named person decided about an attempt, and why."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="outcomes")
    decision = models.CharField(max_length=10, choices=OutcomeDecision)
    reason = models.TextField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-decided_at"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="outcome_gives_its_reason")]

    def __str__(self) -> str:
        return self.get_decision_display()
