from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from assessments.enums import IMPORT_OVER, ImportOutcome, ImportStage, OnConflict
from assessments.models.question_bank import Question, QuestionVersion


class QuestionImportQuerySet(models.QuerySet["QuestionImport"]):
    def for_changelist(self) -> Self:
        return self.select_related("requested_by").annotate(file_count=models.Count("files"))


class QuestionImport(models.Model):
    """Files that staff uploaded, on their way into a bank: read, looked at, imported or cancelled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bank_name = models.CharField("bank", max_length=200, help_text="Made if there is none of this name.")
    source = models.CharField(max_length=40, blank=True)
    format = models.CharField(max_length=40, default="auto")
    on_conflict = models.CharField(max_length=10, choices=OnConflict, default=OnConflict.VERSION)
    stage = models.CharField(max_length=10, choices=ImportStage, default=ImportStage.QUEUED)
    note = models.CharField(max_length=400, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Questions, of the stage it is in.")
    total = models.PositiveIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionImportQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=ImportStage.values), name="import_stage_known"),
            models.CheckConstraint(condition=Q(on_conflict__in=OnConflict.values), name="import_choice_known"),
            models.CheckConstraint(
                condition=Q(stage__in=IMPORT_OVER, finished_at__isnull=False)
                | (~Q(stage__in=IMPORT_OVER) & Q(finished_at__isnull=True)),
                name="import_over_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Import into {self.bank_name}"

    def get_absolute_url(self) -> str:
        return reverse("admin:assessments_questionimport_change", args=[self.pk])

    @property
    def is_over(self) -> bool:
        return self.stage in IMPORT_OVER

    @property
    def is_ready(self) -> bool:
        return self.stage == ImportStage.READY

    @property
    def is_stored(self) -> bool:
        """Whether it reached the bank, and may have been taken back since."""
        return self.stage in (ImportStage.DONE, ImportStage.UNDONE)

    @property
    def is_done(self) -> bool:
        return self.stage == ImportStage.DONE


class ImportFile(models.Model):
    """One of the files, and what became of it. What it holds goes once it is imported or cancelled."""

    of = models.ForeignKey(QuestionImport, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="Bytes.")
    data = models.BinaryField(null=True)
    format = models.CharField(max_length=40, blank=True)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    warnings: Any = models.JSONField(default=list, blank=True)
    report: Any = models.JSONField(null=True, blank=True, help_text="As of the command, once it is imported.")

    class Meta:
        ordering = ["of", "position"]
        constraints = [models.UniqueConstraint(fields=["of", "position"], name="import_file_place_unique")]

    def __str__(self) -> str:
        return self.name


class ImportLineQuerySet(models.QuerySet["ImportLine"]):
    def undoable(self) -> Self:
        """That made a version which is still there, or gave a question another title, tags and the like."""
        return self.filter(Q(version__isnull=False) | (Q(outcome=ImportOutcome.RETOUCHED) & ~Q(before={})))

    def rewrite(self, lines: Sequence[ImportLine], *fields: str) -> None:
        """Of rows that are there already; ``bulk_update`` takes many times as long. Other fields need not be loaded."""
        keys = ("pk", "file_id", "position", "outcome")
        rows = [ImportLine(**{name: getattr(line, name) for name in dict.fromkeys((*keys, *fields))}) for line in lines]
        self.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=2000)


class ImportLine(models.Model):
    """One question of a file, and what the import would do with it, or did."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(help_text="Among the questions of the file; rejected ones come after them.")
    outcome = models.CharField(max_length=10, choices=ImportOutcome)
    where = models.TextField(blank=True)
    title = models.TextField(blank=True)
    reason = models.TextField(blank=True, help_text="Why it is rejected, or not taken back.")
    identity = models.CharField(max_length=200, blank=True)
    question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="The bank's."
    )
    is_conflict = models.BooleanField(default=False, help_text="The bank has it with another content.")
    choice = models.CharField(max_length=10, choices=OnConflict, blank=True, help_text="Empty: as for all.")
    is_left_out = models.BooleanField("left out", default=False, help_text="It is not to be imported.")
    version = models.ForeignKey(
        QuestionVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="What it made."
    )
    shown: Any = models.JSONField(null=True, blank=True, help_text="What it takes to show the question.")
    before: Any = models.JSONField(
        default=dict, blank=True, help_text="Of its question's title, tags and the like: what each was, and became."
    )
    near: Any = models.JSONField(default=list, blank=True, help_text="Questions that are nearly the same.")

    objects = ImportLineQuerySet.as_manager()

    class Meta:
        ordering = ["file", "position"]
        indexes = [models.Index(fields=["file", "outcome", "position"], name="import_line_by_outcome")]
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="import_line_place_unique"),
            models.CheckConstraint(condition=Q(outcome__in=ImportOutcome.values), name="import_line_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.where}: {self.title}"


class ImportPicture(models.Model):
    """A picture or sound that questions of an import show, until they are imported."""

    of = models.ForeignKey(QuestionImport, on_delete=models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=80)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "name"], name="import_picture_unique")]

    def __str__(self) -> str:
        return self.name
