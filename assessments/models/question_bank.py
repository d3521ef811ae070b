from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from assessments.enums import Difficulty, QuestionStatus, QuestionTypeName


class QuestionBank(models.Model):
    """A named collection of questions, as imported or written."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    licence = models.CharField(max_length=200, blank=True, help_text="The terms its questions came under.")
    is_open = models.BooleanField(
        "open to everybody",
        default=False,
        help_text="Anyone may read its approved questions over the API, without their keys. What an assessment by"
        " invitation may ask is left out.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class QuestionQuerySet(models.QuerySet["Question"]):
    def approved(self) -> Self:
        return self.filter(status=QuestionStatus.APPROVED, current_version__isnull=False)

    def in_pool(self, *, bank_id: Any = None, tag_id: Any = None, difficulty: str = "", source: str = "") -> Self:
        """What a draw may choose from; each condition left empty does not restrict."""
        wanted = {"bank_id": bank_id, "tags": tag_id, "difficulty": difficulty, "source": source}
        return self.approved().filter(**{name: value for name, value in wanted.items() if value})

    def without_keys(self) -> Self:
        """With what is asked now; its key and explanation are not even loaded."""
        return self.select_related("current_version").defer("current_version__key", "current_version__explanation")

    def for_changelist(self) -> Self:
        return self.select_related("bank", "current_version").prefetch_related("tags")

    def rewrite(self, questions: Sequence[Question], *fields: str) -> None:
        """Rows that are there already, in one statement; ``bulk_update`` takes twenty times as long."""
        self.bulk_create(questions, update_conflicts=True, unique_fields=["id"], update_fields=[*fields, "updated_at"])

    def retag(self, tags: Mapping[uuid.UUID, Collection[Tag]]) -> None:
        """By question, all the tags it has from now on."""
        through = self.model.tags.through
        through.objects.filter(question_id__in=tags.keys()).delete()
        through.objects.bulk_create(
            through(question_id=question, tag_id=tag.pk) for question, its in tags.items() for tag in its
        )


class Question(models.Model):
    """A question through all its versions. What is asked, and its key, are in the versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bank = models.ForeignKey(QuestionBank, on_delete=models.PROTECT, related_name="questions")
    identity = models.CharField(
        max_length=200, help_text="What the same question is known by when it is imported again; unique in its bank."
    )
    title = models.CharField(max_length=200, blank=True)
    beginning = models.CharField(
        max_length=90,
        blank=True,
        editable=False,
        help_text="Of its stem, in plain words: its name where it has no title.",
    )
    status = models.CharField(max_length=10, choices=QuestionStatus, default=QuestionStatus.DRAFT)
    difficulty = models.CharField(max_length=10, choices=Difficulty, default=Difficulty.UNRATED, blank=True)
    source = models.CharField(max_length=40, default="standard", db_index=True)
    competence = models.CharField(max_length=120, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    provenance = models.JSONField(default=dict, blank=True, help_text="Where it came from: file, place, format, when.")
    tags = models.ManyToManyField(Tag, related_name="questions", blank=True)
    current_version = models.ForeignKey(
        "QuestionVersion", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["bank", "identity"]
        constraints = [
            models.UniqueConstraint(fields=["bank", "identity"], name="question_identity_unique_in_bank"),
            models.CheckConstraint(condition=Q(status__in=QuestionStatus.values), name="question_status_known"),
            models.CheckConstraint(condition=Q(difficulty__in=Difficulty.values), name="question_difficulty_known"),
            models.CheckConstraint(condition=~Q(identity=""), name="question_identity_given"),
        ]
        indexes = [models.Index(fields=["status", "source", "difficulty"], name="question_pool")]

    def __str__(self) -> str:
        return self.title or self.beginning or self.identity

    def get_absolute_url(self) -> str:
        return reverse("admin:assessments_question_change", args=[self.pk])


class ImmutableVersion(Exception):
    """A question version was about to be changed; a change is a new version."""


class QuestionVersionQuerySet(models.QuerySet["QuestionVersion"]):
    def without_keys(self) -> Self:
        """For everything a candidate can reach: the key and explanation are not even loaded."""
        return self.defer("key", "explanation")

    def update(self, **changes: Any) -> int:
        raise ImmutableVersion("Question versions are immutable.")


class QuestionVersion(models.Model):
    """What was asked, as of one edit. Never changed: attempts point here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=30, choices=QuestionTypeName)
    stem = models.TextField()
    content = models.JSONField(default=dict)
    key = models.JSONField(default=dict)
    explanation = models.TextField(blank=True)
    points = models.DecimalField(max_digits=7, decimal_places=2, default=1)
    rubric = models.ForeignKey("Rubric", null=True, blank=True, on_delete=models.PROTECT, related_name="versions")
    content_hash = models.CharField(max_length=64, db_index=True, help_text="SHA-256 of all of the above.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionVersionQuerySet.as_manager()

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="version_number_unique_in_question"),
            models.CheckConstraint(condition=Q(points__gte=0), name="version_points_not_negative"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.question} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableVersion(f"{self} is immutable.")
        super().save(*args, **kwargs)
