from __future__ import annotations

from django.db import models
from django.db.models import Q

from assessments.enums import SignalKind
from candidates.models.attempt import Attempt


class Signal(models.Model):
    """Something noticed about how an attempt was sat, with what the candidate says to it.

    Nothing leads here from an attempt (``related_name="+"``): what gives points cannot come across it.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=SignalKind)
    key = models.UUIDField(help_text="The browser's name for it, so that sending it twice notes it once.")
    at = models.DateTimeField()
    number = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The question that was open.")
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="How long the page was not in front.")
    characters = models.PositiveIntegerField(null=True, blank=True, help_text="How much was pasted. Never what.")
    explanation = models.TextField(blank=True, help_text="What the candidate says to it.")
    explained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["attempt", "at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "key"], name="signal_key_unique"),
            models.CheckConstraint(condition=Q(kind__in=SignalKind.values), name="signal_kind_known"),
            models.CheckConstraint(
                condition=Q(explanation="", explained_at__isnull=True)
                | (~Q(explanation="") & Q(explained_at__isnull=False)),
                name="signal_explained_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class Whereabouts(models.Model):
    """By what an attempt was last seen, as keyed hashes that say only "the same" or "another". There only while watched."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="+")
    address_mark = models.CharField(max_length=32, blank=True)
    device_mark = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name_plural = "whereabouts"

    def __str__(self) -> str:
        return "Whereabouts"
