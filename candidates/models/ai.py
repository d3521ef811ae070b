from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from assessments.enums import GENERATION_OVER, GenerationStatus
from candidates.models.attempt import Attempt


class AiChoice(models.Model):
    """That a candidate wants no AI to read their texts. In a table of its own, so that no list, export or page for staff
    that shows an attempt can show this by accident."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="+")
    declined_at = models.DateTimeField()

    def __str__(self) -> str:
        return "AI choice"


class FreshSet(models.Model):
    """Practice questions that AI wrote for one attempt. Nobody reviewed them, and nothing about them is scored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="fresh_sets")
    ask = models.JSONField()
    request_id = models.UUIDField(help_text="The line in the AI ledger.")
    status = models.CharField(max_length=10, choices=GenerationStatus, default=GenerationStatus.QUEUED)
    note = models.CharField(max_length=400, blank=True)
    questions: Any = models.JSONField(default=list, help_text="With their keys, which are shown after answering.")
    values: Any = models.JSONField(default=list, blank=True, help_text="What the candidate answered, in order.")
    requested_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=GenerationStatus.values), name="fresh_set_status_known")
        ]

    def __str__(self) -> str:
        return f"Fresh questions {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.status in GENERATION_OVER
