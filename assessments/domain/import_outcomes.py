"""The report of an upload: what it came to or, until it is imported, would come to. In the shape of the command's."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from assessments.domain.import_reports import totals
from assessments.enums import IMPORT_ADDS, IMPORT_CHANGES, ImportOutcome, QuestionStatus
from assessments.models import ImportFile, ImportLine, Question, QuestionImport, QuestionVersion

COUNTED_AS = {
    **dict.fromkeys(IMPORT_ADDS, "imported"),
    **dict.fromkeys(IMPORT_CHANGES, "updated"),
    ImportOutcome.SAME: "unchanged",
    ImportOutcome.LEFT: "unchanged",
    ImportOutcome.OMITTED: "unchanged",
    ImportOutcome.UNDONE: "imported",
}


def report_of(row: QuestionImport) -> dict[str, Any]:
    files = [_of_file(file) for file in row.files.defer("data")]
    near = ImportLine.objects.filter(file__of=row).exclude(near=[]).select_related("file")
    return {
        "stage": row.stage,
        "files": files,
        "totals": totals(files),
        "near_duplicates": [{**match, "path": line.file.name} for line in near for match in line.near],
    }


def _of_file(file: ImportFile) -> dict[str, Any]:
    if file.report:
        return dict(file.report)
    counts = {"imported": 0, "updated": 0, "unchanged": 0}
    for outcome, left_out, count in file.lines.order_by().values_list("outcome", "is_left_out").annotate(Count("pk")):
        if name := COUNTED_AS.get(ImportOutcome.OMITTED if left_out else ImportOutcome(outcome)):
            counts[name] += count
    counts["unchanged"] += repeated_in(file)
    rejected = file.lines.filter(outcome=ImportOutcome.REJECTED).values("where", "title", "reason")
    return {
        "path": file.name,
        "format": file.format,
        "total": file.total,
        **counts,
        "rejected": list(rejected),
        "warnings": file.warnings,
        "error": file.error or None,
    }


def repeated_in(file: ImportFile) -> int:
    """Questions that an earlier file of the import holds with the same content: they are found, and have no line."""
    return max(0, file.total - file.lines.count()) if not file.error else 0


def drafts_of(row: QuestionImport) -> QuerySet[Question]:
    """Questions that it brought in, or changed, and nobody approved yet."""
    made = ImportLine.objects.filter(file__of=row, version__isnull=False)
    versions = QuestionVersion.objects.filter(pk__in=made.values("version"))
    return Question.objects.filter(pk__in=versions.values("question"), status=QuestionStatus.DRAFT)
