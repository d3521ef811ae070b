from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import Q

from interview_project.numbers import plain


class Rubric(models.Model):
    """How constructed responses are judged. A changed rubric is a new version: scores name the one they used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64, db_index=True, editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "version"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="rubric_version_unique")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def max_points(self) -> Decimal:
        """The best level of every criterion, added up."""
        return sum((criterion.max_points for criterion in self.criteria.all()), Decimal(0))


class Criterion(models.Model):
    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["rubric", "position"]
        verbose_name_plural = "criteria"
        constraints = [models.UniqueConstraint(fields=["rubric", "position"], name="criterion_position_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def max_points(self) -> Decimal:
        return max((level.points for level in self.levels.all()), default=Decimal(0))


class Level(models.Model):
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="levels")
    points = models.DecimalField(max_digits=7, decimal_places=2)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        ordering = ["criterion", "points"]
        constraints = [
            models.UniqueConstraint(fields=["criterion", "points"], name="level_points_unique"),
            models.CheckConstraint(condition=Q(points__gte=0), name="level_points_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({plain(self.points)})"
