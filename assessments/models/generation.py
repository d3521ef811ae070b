from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from assessments.enums import GENERATION_OVER, AiPurpose, GenerationResult, GenerationStatus, KeyVerdict
from assessments.models.assessment import Assessment
from assessments.models.question_bank import QuestionBank, QuestionVersion


class AiControl(models.Model):
    """The one switch for all AI calls. Whoever reserves a call locks this row, so it takes effect on the next one."""

    THE_ONE = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    is_stopped = models.BooleanField("stop all AI calls", default=False)
    reason = models.CharField(max_length=200, blank=True, help_text="Shown to whoever asks for AI meanwhile.")
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "AI ledger and stop switch"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ai_control_is_one")]

    def __str__(self) -> str:
        return "AI calls are stopped" if self.is_stopped else "AI calls are allowed"


class GenerationRequestQuerySet(models.QuerySet["GenerationRequest"]):
    def spent(self) -> dict[str, int]:
        """``tokens`` and ``micros``: what ended calls cost, and what those under way may still cost."""
        under_way = Q(result=GenerationResult.RESERVED)
        return self.aggregate(
            tokens=Coalesce(
                Sum(Case(When(under_way, then=F("reserved_tokens")), default=F("tokens_in") + F("tokens_out"))), 0
            ),
            micros=Coalesce(Sum(Case(When(under_way, then=F("reserved_micros")), default=F("cost_micros"))), 0),
        )

    def in_flight(self, *, since: datetime) -> Self:
        return self.filter(result=GenerationResult.RESERVED, started_at__gte=since)

    def not_begun(self) -> Self:
        return self.filter(result=GenerationResult.RESERVED, started_at__isnull=True)


class GenerationRequest(models.Model):
    """One line of the AI ledger: who asked, what it cost, how it ended. It holds no prompt and no answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    caller = models.CharField(
        max_length=120, db_index=True, help_text="Whom the limit counts: user:…, token:…, attempt:…, ip:…"
    )
    purpose = models.CharField(max_length=10, choices=AiPurpose, default=AiPurpose.GENERATE)
    is_counted = models.BooleanField(
        default=True, help_text="Whether it is one of the caller's five in 60 seconds; follow-up calls are not."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    assessment = models.ForeignKey(Assessment, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text="When it went out; until then it is free.")
    model = models.CharField(max_length=120)
    prompt_version = models.CharField(max_length=40, blank=True)
    prompt_hash = models.CharField(max_length=64)
    result = models.CharField(max_length=10, choices=GenerationResult, default=GenerationResult.RESERVED)
    reason = models.CharField(max_length=200, blank=True)
    reserved_tokens = models.PositiveIntegerField(default=0)
    reserved_micros = models.PositiveBigIntegerField(default=0)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0, help_text="Millionths of the budget's currency.")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = GenerationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "AI call"
        ordering = ["-requested_at"]
        indexes = [models.Index(fields=["caller", "requested_at"], name="generation_caller_window")]
        constraints = [
            models.CheckConstraint(
                condition=Q(result=GenerationResult.RESERVED) | Q(settled_at__isnull=False),
                name="generation_ended_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.caller} {self.requested_at:%Y-%m-%d %H:%M:%S} {self.result}"


class Generation(models.Model):
    """An author's request for questions, and how far it has come. Its drafts are questions of the bank."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bank = models.ForeignKey(QuestionBank, on_delete=models.CASCADE, related_name="generations")
    ask = models.JSONField(help_text="Topic, competence, difficulty, type, number, language.")
    status = models.CharField(max_length=10, choices=GenerationStatus, default=GenerationStatus.QUEUED)
    note = models.CharField(max_length=400, blank=True, help_text="How it ended, in a sentence.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    request = models.OneToOneField(
        GenerationRequest, null=True, blank=True, on_delete=models.SET_NULL, related_name="generation"
    )

    class Meta:
        verbose_name = "AI generation"
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=GenerationStatus.values), name="generation_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=GENERATION_OVER, finished_at__isnull=False)
                | (~Q(status__in=GENERATION_OVER) & Q(finished_at__isnull=True)),
                name="generation_over_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ask.get('count', '?')} on {self.ask.get('topic', '?')}"

    @property
    def is_over(self) -> bool:
        return self.status in GENERATION_OVER


class AiOrigin(models.Model):
    """That a question version was written with AI: by which model and prompt, for whom, and who answers for it."""

    version = models.OneToOneField(QuestionVersion, on_delete=models.CASCADE, related_name="ai_origin")
    generation = models.ForeignKey(Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="origins")
    model = models.CharField(max_length=120)
    prompt_version = models.CharField(max_length=40)
    prompt_hash = models.CharField(max_length=64)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_edited = models.BooleanField(default=False, help_text="A person changed what AI wrote.")
    verdict = models.CharField(max_length=14, choices=KeyVerdict, default=KeyVerdict.UNCHECKED)
    verdict_words = models.TextField(blank=True, help_text="What the second call answered, and why.")
    near_duplicates: Any = models.JSONField(default=list, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "AI origin"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(approved_at__isnull=False),
                name="ai_origin_approved_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} · {self.prompt_version}"


class GateRun(models.Model):
    """One run of the injection gate: what attacks and honest responses did to suggestions, under one model and prompt."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ran_at = models.DateTimeField(auto_now_add=True)
    model = models.CharField(max_length=120)
    prompt_version = models.CharField(max_length=40)
    prompt_hash = models.CharField(max_length=64)
    corpus_hash = models.CharField(max_length=64)
    attacks = models.PositiveIntegerField()
    shifted = models.PositiveIntegerField(help_text="Attacks that raised the suggestion by a level or more.")
    flagged = models.PositiveIntegerField(help_text="Attacks that were flagged.")
    honest = models.PositiveIntegerField()
    false_flags = models.PositiveIntegerField(help_text="Honest responses that were flagged.")
    failures = models.PositiveIntegerField(default=0, help_text="Cases that got no suggestion.")
    drift = models.DecimalField(
        max_digits=6, decimal_places=3, default=0, help_text="Levels per criterion from what the corpus expects."
    )
    passed = models.BooleanField()
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ["-ran_at"]
        verbose_name = "injection gate run"

    def __str__(self) -> str:
        return f"{self.model} {self.prompt_version}: {'passed' if self.passed else 'not passed'}"
