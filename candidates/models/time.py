"""When time stood still, and when nobody could be served: what the clock's fairness can be checked by."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from candidates.enums import PauseKind
from candidates.models.attempt import Attempt


class Pause(models.Model):
    """A stretch in which an attempt's time stood still. Written when it is over; the one under way is on the attempt."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=10, choices=PauseKind)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["attempt", "began_at"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "began_at"], name="pause_counted_once"),
            models.CheckConstraint(condition=Q(ended_at__gte=F("began_at")), name="pause_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(kind__in=PauseKind.values), name="pause_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.length}"

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.began_at


class Pulse(models.Model):
    """One row: when a web process last showed that it could reach the database. Whose it was does not matter."""

    THE_ONE: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE)
    beat_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="pulse_is_one_row")]

    def __str__(self) -> str:
        return f"Last heartbeat {self.beat_at:%Y-%m-%d %H:%M:%S}"


class Outage(models.Model):
    """From the last heartbeat of any web process to the first one after it: nobody could be served in between."""

    began_at = models.DateTimeField(unique=True)
    ended_at = models.DateTimeField()
    settled_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text="When every attempt it hit had its time back."
    )
    attempt_count = models.PositiveIntegerField("attempts given time back", default=0)

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__gt=F("began_at")), name="outage_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"Outage of {self.began_at:%Y-%m-%d %H:%M:%S}"

    @property
    def length(self) -> timedelta:
        return self.ended_at - self.began_at


class OutageCredit(models.Model):
    """What one outage gave back to one attempt: once, as the database guarantees."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="credits")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="outage_credits")
    credit = models.DurationField()

    class Meta:
        ordering = ["outage", "attempt"]
        constraints = [
            models.UniqueConstraint(fields=["outage", "attempt"], name="outage_credited_once"),
            models.CheckConstraint(condition=Q(credit__gt=timedelta(0)), name="outage_credit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.credit} for {self.outage}"
