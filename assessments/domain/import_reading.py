"""Uploaded files, read by a worker and compared with the bank. Nothing is stored in any bank."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from assessments.domain.descriptions import undescribed
from assessments.domain.import_plans import Plan, Step, copied, sketch
from assessments.domain.import_stages import begin, change_stage, finish
from assessments.domain.near_duplicates.of_imports import Asked, NearMatch
from assessments.domain.question_names import Claims
from assessments.domain.reading import Reader, Reading
from assessments.enums import ImportOutcome, ImportStage
from assessments.formats.base import FileUnreadable, Rejection
from assessments.models import ImportFile, ImportLine, ImportPicture, QuestionBank, QuestionImport

MOST_SECONDS = 480
"""For all files of one upload: others wait for the same worker."""


def carry_out_reading(import_id: UUID) -> int:
    """Read all files and compare them with the bank; the number of questions found. A second run begins again."""
    row = begin(import_id, ImportStage.READING)
    if row is None:
        return 0
    ImportLine.objects.filter(file__of=row).delete()
    row.pictures.all().delete()
    row.files.update(error="", warnings=[], total=0, format="")
    desk = _Desk(row)
    with Reader() as reader:
        for file in row.files.order_by("position"):
            if not desk.goes_on():
                return desk.count
            _read(file, reader, desk)
    _note_near(desk)
    _end_reading(row, desk)
    return desk.count


@dataclass
class _Desk:
    """What the files of one upload have in common while they are read."""

    row: QuestionImport
    claims: Claims = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    pictures: set[str] = field(default_factory=set)
    count: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + MOST_SECONDS)

    def progress(self, done: int, total: int) -> None:
        QuestionImport.objects.filter(pk=self.row.pk).update(done=done, total=total)

    def goes_on(self) -> bool:
        """Unless somebody cancelled meanwhile, or it takes too long."""
        if time.monotonic() > self.until:
            finish(
                self.row,
                ImportStage.FAILED,
                "This takes too long for one upload. Nothing was stored; try fewer files at once.",
            )
            return False
        return QuestionImport.objects.filter(pk=self.row.pk, stage=ImportStage.READING).exists()


def _read(file: ImportFile, reader: Reader, desk: _Desk) -> None:
    try:
        with reader.read_bytes(bytes(file.data or b""), name=file.name, format=desk.row.format) as reading:
            _stage(file, reading, desk)
    except FileUnreadable as reason:
        file.error = str(reason)
    file.save(update_fields=["format", "total", "error", "warnings"])


def _stage(file: ImportFile, reading: Reading, desk: _Desk) -> None:
    desk.progress(desk.count, desk.count + reading.total)
    plan = Plan(
        reading,
        sketch(reading),
        bank=QuestionBank.objects.filter(name=desk.row.bank_name).first(),
        file=file.name,
        source=desk.row.source,
        claims=desk.claims,
    )
    begun = desk.count
    for steps in plan.batches():
        _keep_pictures(steps, desk)
        ImportLine.objects.bulk_create(_line(file, step) for step in steps)
        for step in steps:
            if step.outcome == ImportOutcome.NEW:
                desk.asked.add(str(file.pk), step.item.parsed)
        desk.count += len(steps)
        desk.progress(desk.count, begun + reading.total)
        if not desk.goes_on():
            return
    ImportLine.objects.bulk_create(_rejected_lines(file, plan.rejected, after=reading.total), batch_size=500)
    desk.count = begun + reading.total
    file.format, file.total, file.warnings = reading.format, reading.total, plan.warnings


def _line(file: ImportFile, step: Step) -> ImportLine:
    parsed = step.item.parsed
    return ImportLine(
        file=file,
        position=step.position,
        outcome=step.outcome,
        where=parsed.where,
        title=parsed.title,
        identity=step.name.known_as,
        question=step.question,
        is_conflict=step.is_conflict,
        shown={
            "type": parsed.type,
            "stem": parsed.stem,
            "content": step.item.content,
            "key": step.item.key,
            "points": str(parsed.points),
            "explanation": parsed.explanation,
            "tags": list(parsed.tags),
            "difficulty": parsed.difficulty,
            "rubric": parsed.rubric.name if parsed.rubric else "",
            "criteria": [[one.name, one.description] for one in parsed.rubric.criteria] if parsed.rubric else [],
            "undescribed": undescribed(parsed.stem, step.item.content, step.item.key, parsed.explanation),
            "identity": step.name.identity,
            "copy": copied(step.name, step.item).identity,
        },
    )


def _rejected_lines(file: ImportFile, rejected: Iterable[Rejection], *, after: int) -> Iterable[ImportLine]:
    for position, one in enumerate(rejected, start=after):
        yield ImportLine(
            file=file,
            position=position,
            outcome=ImportOutcome.REJECTED,
            where=_storable(one.where),
            title=_storable(one.title),
            reason=_storable(one.reason),
        )


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode(errors="replace").decode()


def _keep_pictures(steps: list[Step], desk: _Desk) -> None:
    for step in steps:
        media = step.item.parsed.media
        for name in media.keys() - desk.pictures:
            desk.pictures.add(name)
            ImportPicture.objects.create(of=desk.row, name=name, data=media[name])


def _note_near(desk: _Desk) -> None:
    found: dict[tuple[str, str], list[NearMatch]] = {}
    for match in desk.asked.matches():
        found.setdefault((match.path, match.where), []).append(match)
    if not found:
        return
    lines = ImportLine.objects.filter(file__of=desk.row, outcome=ImportOutcome.NEW).only("pk", "file_id", "where")
    changed = []
    for line in lines.iterator(chunk_size=2000):
        if matches := found.get((str(line.file_id), line.where)):
            line.near = [one.as_json() for one in matches]
            changed.append(line)
    ImportLine.objects.bulk_update(changed, ["near"], batch_size=500)


def _end_reading(row: QuestionImport, desk: _Desk) -> None:
    """There is nothing to decide where no question was found. Why a file is not read stands beside its name."""
    files = list(row.files.only("error", "name"))
    if desk.count:
        change_stage(row, ImportStage.READY, note="", done=desk.count, total=desk.count)
    elif len(files) == 1 and files[0].error:
        finish(row, ImportStage.FAILED, "Nothing was stored: the file cannot be read.")
    else:
        finish(row, ImportStage.FAILED, "Nothing was stored. No question was found in what you uploaded.")
