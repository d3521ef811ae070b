from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from assessments.enums import (
    Access,
    AiPolicy,
    AssessmentStatus,
    Difficulty,
    DrawKind,
    FeedbackPolicy,
    Navigation,
    SignalKind,
)
from assessments.models.question_bank import Question, QuestionBank, Tag

language_tag = RegexValidator(r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", "This is no language tag; write en or pt-BR.")


SIGNAL_SWITCHES = {
    SignalKind.FOCUS_LOST: "watches_focus",
    SignalKind.LARGE_PASTE: "watches_paste",
    SignalKind.ADDRESS_CHANGED: "watches_address",
    SignalKind.SECOND_DEVICE: "watches_devices",
}


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def published(self) -> Self:
        return self.filter(status=AssessmentStatus.PUBLISHED)

    def open_to_practice(self, *, at: datetime) -> Self:
        return self.published().filter(
            Q(opens_at__isnull=True) | Q(opens_at__lte=at),
            Q(closes_at__isnull=True) | Q(closes_at__gt=at),
            access=Access.PRACTICE,
        )


class Assessment(models.Model):
    """What a hiring team publishes: sections of questions, and the rules they are answered under."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=80)
    version = models.PositiveIntegerField(default=1, editable=False)
    title = models.CharField(max_length=200)
    organisation = models.CharField(max_length=120, blank=True, help_text="Who invites; shown to candidates.")
    purpose = models.TextField(blank=True, help_text="What it is for, in a sentence or two; shown before the start.")
    instructions = models.TextField(blank=True, help_text="Markdown; shown before the start.")
    contact = models.CharField(max_length=200, blank=True, help_text="Whom candidates may ask.")
    language = models.CharField(
        max_length=35,
        blank=True,
        validators=[language_tag],
        help_text="Of its questions, as a tag: en, pt-BR, zh-Hans. Screen readers read them out in it, and invited "
        "candidates see the pages around them in it too, until they choose. Needed before it is published.",
    )
    status = models.CharField(max_length=10, choices=AssessmentStatus, default=AssessmentStatus.DRAFT, editable=False)
    access = models.CharField(max_length=12, choices=Access, default=Access.INVITATION)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    max_attempts = models.PositiveSmallIntegerField(default=1, help_text="Attempts each candidate has.")
    duration_seconds = models.PositiveIntegerField(
        "time for the whole", null=True, blank=True, help_text="Seconds; empty for untimed."
    )
    grace_seconds = models.PositiveSmallIntegerField(
        default=30, help_text="Seconds after the bell in which a save already under way still counts."
    )
    break_count = models.PositiveSmallIntegerField(
        "breaks", default=0, help_text="Breaks each candidate may take; time stands still in them."
    )
    break_seconds = models.PositiveIntegerField("time for a break", default=600, help_text="Seconds, at most.")
    shuffle_options = models.BooleanField(default=True)
    cut_score = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="Percent; for staff. It decides nothing."
    )
    feedback_policy = models.CharField(max_length=10, choices=FeedbackPolicy, default=FeedbackPolicy.NONE)
    ai_policy = models.CharField(max_length=12, choices=AiPolicy, default=AiPolicy.OFF)
    ai_token_budget = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Tokens that AI may use for this assessment in all; empty: only the daily budget.",
    )
    ai_cost_budget = models.DecimalField(
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="What AI may cost for this assessment in all; empty: only the daily budget.",
    )
    watches_focus = models.BooleanField(
        "leaving the page", default=False, help_text="Note when, and for how long, the page is not in front."
    )
    watches_paste = models.BooleanField(
        "long pastes",
        default=False,
        help_text="Note when a long text is pasted, and its length; never the text itself.",
    )
    watches_address = models.BooleanField(
        "changes of address",
        default=False,
        help_text="Note when the network address changes; never the address itself.",
    )
    watches_devices = models.BooleanField(
        "second devices", default=False, help_text="Note when the attempt goes on in another browser."
    )
    reminder_days = models.PositiveSmallIntegerField(
        "reminder",
        null=True,
        blank=True,
        help_text="Days before the window closes on which those who have not started are reminded, once; empty: never.",
    )
    hear_back_days = models.PositiveSmallIntegerField(
        default=14, help_text="Days after submitting within which candidates are told to expect an answer."
    )
    retention_days = models.PositiveSmallIntegerField(
        default=180, help_text="Days after which personal data of an attempt is to be erased; shown to candidates."
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["slug", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="assessment_version_unique"),
            models.UniqueConstraint(
                fields=["slug"], condition=Q(status="published"), name="assessment_published_once_per_slug"
            ),
            models.CheckConstraint(condition=Q(status__in=AssessmentStatus.values), name="assessment_status_known"),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="assessment_published_has_moment"
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(opens_at__lt=F("closes_at")),
                name="assessment_window_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(duration_seconds__isnull=True) | Q(duration_seconds__gt=0), name="assessment_time_positive"
            ),
            models.CheckConstraint(condition=Q(max_attempts__gte=1), name="assessment_allows_an_attempt"),
            models.CheckConstraint(
                condition=Q(break_count__lte=20, break_seconds__gte=1, break_seconds__lte=86_400),
                name="assessment_breaks_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(cut_score__isnull=True) | Q(cut_score__gte=0, cut_score__lte=100),
                name="assessment_cut_score_is_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (v{self.version})" if self.version > 1 else self.title

    def get_absolute_url(self) -> str:
        return reverse("admin:assessments_assessment_change", args=[self.pk])

    @property
    def signals(self) -> list[SignalKind]:
        """What is noticed about how its attempts are sat. Nothing unless it was switched on."""
        return [kind for kind, name in SIGNAL_SWITCHES.items() if getattr(self, name)]

    @property
    def is_published(self) -> bool:
        return self.status == AssessmentStatus.PUBLISHED

    def is_within_window(self, at: datetime) -> bool:
        return (self.opens_at is None or self.opens_at <= at) and (self.closes_at is None or at < self.closes_at)


class Section(models.Model):
    """An ordered part of an assessment with its own instructions, time and way of moving."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=200)
    instructions = models.TextField(blank=True, help_text="Markdown.")
    duration_seconds = models.PositiveIntegerField(
        "time for this section", null=True, blank=True, help_text="Seconds; empty for no limit of its own."
    )
    navigation = models.CharField(max_length=10, choices=Navigation, default=Navigation.FREE)
    shuffle_questions = models.BooleanField(default=False)

    class Meta:
        ordering = ["assessment", "position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "position"], name="section_position_unique"),
            models.CheckConstraint(
                condition=Q(duration_seconds__isnull=True) | Q(duration_seconds__gt=0), name="section_time_positive"
            ),
            models.CheckConstraint(condition=Q(navigation__in=Navigation.values), name="section_navigation_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Draw(models.Model):
    """One step of choosing a section's questions: a fixed question, or so many from a pool."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="draws")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=DrawKind, default=DrawKind.FIXED)
    question = models.ForeignKey(Question, null=True, blank=True, on_delete=models.PROTECT, related_name="draws")
    count = models.PositiveSmallIntegerField(default=1, help_text="How many from the pool.")
    bank = models.ForeignKey(QuestionBank, null=True, blank=True, on_delete=models.PROTECT, related_name="draws")
    tag = models.ForeignKey(Tag, null=True, blank=True, on_delete=models.PROTECT, related_name="draws")
    difficulty = models.CharField(max_length=10, choices=Difficulty, blank=True, default=Difficulty.UNRATED)
    source = models.CharField(max_length=40, blank=True)
    points = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, help_text="Instead of the question's own points."
    )

    class Meta:
        ordering = ["section", "position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "position"], name="draw_position_unique"),
            models.CheckConstraint(
                condition=Q(kind=DrawKind.FIXED, question__isnull=False) | Q(kind=DrawKind.POOL, question__isnull=True),
                name="draw_names_a_question_or_a_pool",
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="draw_takes_at_least_one"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0), name="draw_points_not_negative"
            ),
        ]

    def __str__(self) -> str:
        if self.kind == DrawKind.FIXED:
            return str(self.question)
        return f"{self.count} from {self.pool_words}"

    @property
    def pool_words(self) -> str:
        parts = [str(part) for part in (self.bank, self.tag, self.difficulty, self.source) if part]
        return ", ".join(parts) or "all approved questions"
