from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from candidates.enums import ResponseEventKind
from candidates.models.attempt import Attempt, AttemptQuestion


class Response(models.Model):
    """What the candidate's answer to one question is now; how it came to be is in the events."""

    attempt_question = models.OneToOneField(
        AttemptQuestion, on_delete=models.CASCADE, primary_key=True, related_name="response"
    )
    value = models.JSONField(null=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revision=0, saved_at__isnull=True) | Q(revision__gte=1, saved_at__isnull=False),
                name="response_saved_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Response {self.pk} r{self.revision}"


class AppendOnly(Exception):
    """A row that only ever is added was about to be changed."""


class ResponseEvent(models.Model):
    """Every save that arrived, accepted or kept aside, in order. Each hash covers the one before."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="response_events")
    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="events")
    sequence = models.PositiveIntegerField(help_text="The attempt's revision that it made.")
    kind = models.CharField(max_length=10, choices=ResponseEventKind)
    key = models.UUIDField(help_text="The browser's name for this save; the same key again is the same save.")
    base_revision = models.PositiveIntegerField(help_text="The response's revision that the candidate had before them.")
    revision = models.PositiveIntegerField(help_text="The response's revision after it.")
    value = models.JSONField(null=True)
    received_at = models.DateTimeField()
    chain_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["attempt", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "key"], name="response_event_key_unique"),
            models.UniqueConstraint(fields=["attempt", "sequence"], name="response_event_sequence_unique"),
            models.UniqueConstraint(
                fields=["attempt_question", "revision"],
                condition=Q(kind=ResponseEventKind.SAVED),
                name="response_event_revision_saved_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ResponseEventKind.SAVED) | Q(revision=models.F("base_revision") + 1),
                name="response_event_saved_follows_its_base",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} r{self.revision}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Response events are never changed.")
        super().save(*args, **kwargs)
