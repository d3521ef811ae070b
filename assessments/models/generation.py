from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.enums import GenerationResult


class GenerationRequest(models.Model):
    """One line of the AI ledger: who asked, what it cost, how it ended. It holds no prompt and no answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    caller = models.CharField(max_length=120, db_index=True, help_text="Whom the limit counts: user:…, attempt:…, ip:…")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(db_index=True)
    model = models.CharField(max_length=120)
    prompt_hash = models.CharField(max_length=64)
    result = models.CharField(max_length=10, choices=GenerationResult, default=GenerationResult.RESERVED)
    reason = models.CharField(max_length=200, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0, help_text="Millionths of the budget's currency.")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
