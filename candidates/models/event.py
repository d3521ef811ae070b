from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext

from candidates.enums import EventKind
from candidates.models.attempt import Attempt
from candidates.models.response import AppendOnly


class Event(models.Model):
    """What happened to an attempt besides its saves; the candidate sees all of it on the record page."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["attempt", "at", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it is called on the record and to staff."""
        if self.kind == EventKind.ENTERED and self.detail.get("by") == "code":
            return gettext("Entered by a code from another device")
        return str(self.get_kind_display())


class AuditEntry(models.Model):
    """What staff did, in one chain of hashes: a row changed or removed later shows."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, help_text="What it was done to: model and id, no personal data.")
    detail = models.JSONField(default=dict, blank=True)
    chain_hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("Audit entries are never changed.")
        super().save(*args, **kwargs)
