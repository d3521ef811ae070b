from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse


class Candidate(models.Model):
    """A person assessed. Practice without an invitation makes a guest: no name, no mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    time_factor = models.DecimalField(
        max_digits=4,
        decimal_places=2,
        default=Decimal(1),
        help_text="Accommodation: every clock is multiplied by it (1.25 is a quarter more time, at most 10).",
    )
    is_untimed = models.BooleanField(default=False, help_text="Accommodation: no clock at all.")
    language = models.CharField(
        max_length=12, blank=True, help_text="Of mails and pages: what they chose last; empty: the assessment’s."
    )
    time_zone = models.CharField(
        max_length=60, blank=True, help_text="As in Europe/Berlin; mails tell times in it. Empty: the server's."
    )
    extra_breaks = models.PositiveSmallIntegerField(
        default=0, help_text="Accommodation: breaks in every attempt, besides those the assessment allows everybody."
    )
    break_seconds = models.PositiveIntegerField(
        default=0, help_text="Accommodation: how long each of their breaks may be, where that is more than everybody's."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "email"]
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="candidate_email_unique"),
            models.CheckConstraint(
                condition=Q(time_factor__gte=1, time_factor__lte=10), name="candidate_time_factor_from_1_to_10"
            ),
            models.CheckConstraint(
                condition=Q(extra_breaks__lte=20, break_seconds__lte=86_400), name="candidate_breaks_within_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or "Guest"

    def get_absolute_url(self) -> str:
        return reverse("admin:candidates_candidate_change", args=[self.pk])
