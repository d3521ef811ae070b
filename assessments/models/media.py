from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

ENDINGS = ("png", "jpg", "gif", "webp", "avif", "mp3", "ogg", "wav", "m4a")
MAX_SIZE = 8 * 1024 * 1024


class MediaFile(models.Model):
    """A picture or sound of questions, known by what it holds. Never changed: another picture has another name."""

    sha256 = models.CharField(max_length=64, primary_key=True, editable=False)
    ending = models.CharField(
        max_length=4, help_text="By its bytes, as they were checked; the type it is served with follows from it."
    )
    size = models.PositiveIntegerField(help_text="Bytes.")
    data = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="media_named_by_its_hash"),
            models.CheckConstraint(condition=Q(ending__in=ENDINGS), name="media_ending_known"),
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=MAX_SIZE), name="media_not_too_large"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("media-file", args=[self.name])

    @property
    def name(self) -> str:
        return f"{self.sha256}.{self.ending}"
