"""The stages of an import, from one to the next, once each; and what becomes of those that were left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assessments.enums import IMPORT_TRANSITIONS, ImportStage
from assessments.models import ImportLine, QuestionImport

IDLE = timedelta(hours=24)
"""After which what nobody decided about is cancelled."""
KEPT = timedelta(days=30)
"""For which the questions of an import that is over can still be looked at there."""


def begin(import_id: UUID, stage: ImportStage) -> QuestionImport | None:
    """None where there is nothing to do any more. Begun again, if a worker was killed on the way."""
    row = QuestionImport.objects.filter(pk=import_id).first()
    if row is None:
        return None
    if row.stage != stage and not change_stage(row, stage):
        return None
    return row


def change_stage(row: QuestionImport, stage: ImportStage, **facts: Any) -> bool:
    before = [one for one, after in IMPORT_TRANSITIONS.items() if stage in after]
    changed = QuestionImport.objects.filter(pk=row.pk, stage__in=before).update(stage=stage, **facts)
    if changed:
        row.stage = stage
    return bool(changed)


@transaction.atomic
def finish(row: QuestionImport, stage: ImportStage, note: str) -> bool:
    if not change_stage(row, stage, note=note[:400], finished_at=timezone.now()):
        return False
    row.files.update(data=None)
    row.pictures.all().delete()
    if stage == ImportStage.CANCELLED:
        ImportLine.objects.filter(file__of=row).delete()
    return True


def clear_up() -> int:
    """Cancel what nobody decided about, and forget the questions of what is long over; how many imports that concerned."""
    now, count = timezone.now(), 0
    for row in QuestionImport.objects.filter(stage=ImportStage.READY, requested_at__lt=now - IDLE):
        note = "Cancelled, because nobody decided about it for a day. Nothing was stored; upload the files again."
        count += finish(row, ImportStage.CANCELLED, note)
    old = QuestionImport.objects.filter(finished_at__lt=now - KEPT, files__lines__isnull=False).distinct()
    for row in old:
        ImportLine.objects.filter(file__of=row).delete()
        count += 1
    return count
