from __future__ import annotations

from django.db import models

from candidates.models.attempt import Attempt


class HandoverCode(models.Model):
    """A short code by which a candidate goes on with an attempt on another device: for a few minutes, and once."""

    attempt = models.OneToOneField(Attempt, on_delete=models.CASCADE, primary_key=True, related_name="+")
    code_hash = models.CharField(max_length=64, unique=True, help_text="Keyed: a copy of the database opens nothing.")
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Code for {self.attempt_id}"
