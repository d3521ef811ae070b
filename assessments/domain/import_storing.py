"""Uploaded files that a person looked at, imported by a worker as the command does it: file by file, each whole or not at all."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from assessments.domain import import_progress, question_banks
from assessments.domain.import_plans import Choices, Step
from assessments.domain.import_reports import totals_words
from assessments.domain.import_stages import begin, finish
from assessments.domain.question_names import Claims
from assessments.domain.reading import Reader
from assessments.enums import ImportOutcome, ImportStage, OnConflict
from assessments.formats.base import FileUnreadable
from assessments.formats.media import MediaRefused
from assessments.models import ImportFile, ImportLine, QuestionImport


def carry_out_storing(import_id: UUID) -> int:
    """Import what was looked at; how many files were stored. Those stored by an earlier run stay so."""
    row = begin(import_id, ImportStage.STORING)
    if row is None:
        return 0
    claims: Claims = {}
    QuestionImport.objects.filter(pk=row.pk).update(done=0)
    with Reader() as reader:
        for file in row.files.filter(error="", report__isnull=True).order_by("position"):
            _store(file, row, reader, claims)
            QuestionImport.objects.filter(pk=row.pk).update(done=_stored_so_far(row))
    files = list(row.files.all())
    stored = [file for file in files if file.report]
    finish(row, ImportStage.DONE if stored else ImportStage.FAILED, _summary(files))
    return len(stored)


def _store(file: ImportFile, row: QuestionImport, reader: Reader, claims: Claims) -> None:
    """All of it or nothing, and in the same transaction that it is done."""
    lines = {line.position: line for line in file.lines.exclude(outcome=ImportOutcome.REJECTED).defer("shown", "near")}
    changed: list[ImportLine] = []
    done = _stored_so_far(row)

    def stored(steps: list[Step]) -> None:
        nonlocal done
        for line, step in ((lines[step.position], step) for step in steps if step.position in lines):
            if line.outcome != step.outcome or step.version_id or step.before:
                line.outcome, line.version_id, line.before = step.outcome, step.version_id, step.before
                line.question_id = step.question.pk if step.before and step.question else line.question_id
                changed.append(line)
        done += len(steps)
        import_progress.note(row, done)

    try:
        with (
            reader.read_bytes(bytes(file.data or b""), name=file.name, format=row.format) as reading,
            transaction.atomic(),
        ):
            report = question_banks.import_questions(
                reading,
                bank=row.bank_name,
                source=row.source,
                file=file.name,
                claims=claims,
                choices=_choices(row, file),
                stored=stored,
            )
            file.report, file.warnings, file.data = report.as_json(), report.warnings, None
            file.save(update_fields=["report", "warnings", "data"])
            ImportLine.objects.rewrite(changed, "outcome", "version_id", "before", "question_id")
            file.lines.filter(is_left_out=True).update(outcome=ImportOutcome.OMITTED)
    except (FileUnreadable, MediaRefused) as reason:
        said = f"A picture of it is refused: {reason}." if isinstance(reason, MediaRefused) else str(reason)
        file.report, file.error = None, f"{said} Nothing of this file was stored."
        file.save(update_fields=["error"])


def _choices(row: QuestionImport, file: ImportFile) -> Choices:
    chosen = file.lines.exclude(choice="").values_list("identity", "choice")
    left_out = frozenset(file.lines.filter(is_left_out=True).values_list("position", flat=True))
    return Choices(OnConflict(row.on_conflict), {identity: OnConflict(choice) for identity, choice in chosen}, left_out)


def _stored_so_far(row: QuestionImport) -> int:
    return sum(row.files.filter(report__isnull=False).values_list("total", flat=True))


def _summary(files: list[ImportFile]) -> str:
    broken = sum(bool(file.error) for file in files)
    said = f"{totals_words([file.report for file in files if file.report])}."
    return (
        said
        if not broken
        else f"{said} {broken} of {len(files)} files could not be read, and nothing of them was stored."
    )
