"""Asking for an import, and deciding on it: the work itself is a worker's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from assessments import tasks
from assessments.domain.import_stages import change_stage, finish
from assessments.enums import ImportOutcome, ImportStage, OnConflict
from assessments.models import ImportFile, ImportLine, QuestionImport


class TooLate(Exception):
    """It is in another stage by now. The text says which."""


class Upload(NamedTuple):
    name: str
    data: bytes


@transaction.atomic
def request_import(
    uploads: Sequence[Upload],
    *,
    bank_name: str,
    source: str,
    format: str,  # noqa: A002 - as the field is called
    on_conflict: OnConflict,
    by: Any,
) -> QuestionImport:
    """Keep the files until they are imported or cancelled, and have a worker read them."""
    row = QuestionImport.objects.create(
        bank_name=bank_name, source=source, format=format, on_conflict=on_conflict, requested_by=by
    )
    for position, upload in enumerate(uploads, start=1):
        ImportFile.objects.create(
            of=row, position=position, name=upload.name[-200:], size=len(upload.data), data=upload.data
        )
    tasks.read_import.enqueue(str(row.pk))
    return row


@transaction.atomic
def request_storing(row: QuestionImport) -> bool:
    """Have a worker import it; whether it was not asked for before."""
    if not change_stage(row, ImportStage.STORING, done=0):
        return False
    tasks.store_import.enqueue(str(row.pk))
    return True


@transaction.atomic
def choose(row: QuestionImport, *, for_all: OnConflict, by_line: dict[int, OnConflict | None]) -> None:
    """What becomes of questions that the bank has otherwise. Nothing for a line: as for all. Raises :class:`TooLate`."""
    changed = QuestionImport.objects.filter(pk=row.pk, stage=ImportStage.READY).update(on_conflict=for_all)
    if not changed:
        raise _too_late(row)
    lines = ImportLine.objects.filter(file__of=row, is_conflict=True, pk__in=by_line)
    for choice in {*by_line.values()}:
        chosen = [pk for pk, one in by_line.items() if one == choice]
        lines.filter(pk__in=chosen).update(choice=choice or "")


def leave_out(row: QuestionImport, by_line: Mapping[int, bool]) -> None:
    """Which of the questions are not to come in. Raises :class:`TooLate`."""
    if row.stage != ImportStage.READY:
        raise _too_late(row)
    lines = ImportLine.objects.filter(file__of=row).exclude(outcome=ImportOutcome.REJECTED)
    for is_left_out in (True, False):
        lines.filter(pk__in=[pk for pk, one in by_line.items() if one == is_left_out]).update(is_left_out=is_left_out)


@transaction.atomic
def request_undoing(row: QuestionImport) -> bool:
    """Have a worker take it back; whether it was not asked for before."""
    total = ImportLine.objects.filter(file__of=row).undoable().count()
    if not total or not change_stage(row, ImportStage.UNDOING, finished_at=None, note="", done=0, total=total):
        return False
    tasks.undo_import.enqueue(str(row.pk))
    return True


def cancel(row: QuestionImport) -> None:
    """Nothing of it is stored, and what was uploaded is gone. Twice is once. Raises :class:`TooLate`."""
    row.refresh_from_db(fields=["stage"])
    if row.stage != ImportStage.CANCELLED and not finish(row, ImportStage.CANCELLED, "Cancelled. Nothing was stored."):
        raise _too_late(row)


def _too_late(row: QuestionImport) -> TooLate:
    row.refresh_from_db(fields=["stage"])
    return TooLate(f"This import is past that: {row.get_stage_display().lower()}.")
