"""Question banks: importing, changing, approving, retiring and exporting questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from assessments import question_types
from assessments.domain import open_questions
from assessments.domain.question_checks import CheckedQuestion, check_question, hash_content
from assessments.domain.question_imports import store_questions
from assessments.domain.question_names import Claims
from assessments.domain.rubrics import parsed_rubric, rubric_hash
from assessments.enums import QUESTION_TRANSITIONS, QuestionStatus
from assessments.formats.base import Parsed, ParsedBank, ParsedQuestion, Rejection
from assessments.models import AiOrigin, Question, QuestionBank, QuestionVersion, Rubric


class TransitionRefused(Exception):
    """The question's status does not allow this. The text says why."""


@dataclass
class ImportReport:
    """What became of one file."""

    path: str
    format: str = ""
    total: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "format": self.format,
            "total": self.total,
            "imported": self.imported,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [{"where": item.where, "title": item.title, "reason": item.reason} for item in self.rejected],
            "warnings": self.warnings,
            "error": self.error,
        }


def import_questions(
    parsed: Parsed,
    *,
    bank: str,
    source: str = "",
    status: QuestionStatus = QuestionStatus.DRAFT,
    file: str = "",
    dry_run: bool = False,
    claims: Claims | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> ImportReport:
    """Store what a file holds, all or nothing, in the bank of this name, which is made if there is none.

    A question is known again by its identity. If it changed, it gets a new version and keeps its status; attempts
    keep the version they were drawn with. ``status`` and ``source`` are for new questions; an empty ``source`` leaves
    it to the file. A dry run does everything and undoes it. ``claims`` is
    handed from file to file of one run, so that what two of them ask is taken from the first, however often the run
    is repeated. ``progress`` is told of each batch as it is stored.
    """
    report = ImportReport(path=file, format=parsed.format, total=parsed.total, warnings=list(parsed.warnings))
    checked = [check_question(question) for question in parsed.questions]
    report.rejected = [*parsed.rejected, *(item for item in checked if isinstance(item, Rejection))]
    questions = [item for item in checked if isinstance(item, CheckedQuestion)]
    with rehearsal() if dry_run else transaction.atomic():
        stored = store_questions(
            questions,
            bank=_locked_bank(bank, parsed.bank),
            source=source,
            status=status,
            provenance={
                "file": file,
                "format": parsed.format,
                "imported_at": timezone.now().isoformat(timespec="seconds"),
            },
            progress=progress,
            claims={} if claims is None else claims,
        )
        open_questions.changed()
    report.imported, report.updated, report.unchanged = stored.imported, stored.updated, stored.unchanged
    report.rejected += stored.rejected
    return report


@contextmanager
def rehearsal() -> Iterator[None]:
    """Everything done inside is undone at the end, and until then seen by what else is inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _locked_bank(name: str, about: ParsedBank) -> QuestionBank:
    """Two imports into one bank go one after the other. What the file says about the bank fills what is empty there."""
    QuestionBank.objects.get_or_create(name=name)
    bank = QuestionBank.objects.select_for_update().get(name=name)
    changed = [part for part in ("description", "licence") if getattr(about, part) and not getattr(bank, part)]
    for part in changed:
        setattr(bank, part, getattr(about, part))
    if changed:
        bank.save(update_fields=changed)
    return bank


@transaction.atomic
def create_version(
    question: Question,
    *,
    type: str,  # noqa: A002 - as the field is called
    stem: str,
    content: dict[str, Any],
    key: dict[str, Any],
    points: Decimal = Decimal(1),
    explanation: str = "",
    rubric: Rubric | None = None,
    by: User | None = None,
) -> QuestionVersion:
    """What is asked from now on. The same as now is no new version. Raises ``ContentInvalid``."""
    content, key = question_types.get(type).normal(content, key)
    content_hash = hash_content(type, stem, content, key, explanation, points, rubric_hash(rubric))
    locked = Question.objects.select_for_update(of=("self",)).select_related("current_version").get(pk=question.pk)
    if locked.current_version and locked.current_version.content_hash == content_hash:
        return locked.current_version
    last = locked.versions.aggregate(last=Max("number"))["last"] or 0
    version = QuestionVersion.objects.create(
        question=locked,
        number=last + 1,
        type=type,
        stem=stem,
        content=content,
        key=key,
        points=points,
        explanation=explanation,
        rubric=rubric,
        content_hash=content_hash,
        created_by=by,
    )
    locked.current_version = version
    locked.save(update_fields=["current_version", "updated_at"])
    question.current_version = version
    open_questions.changed()
    return version


@transaction.atomic
def approve(question: Question, *, by: Any = None) -> None:
    """Let it be asked. Where AI wrote it, ``by`` answers for it from now on. Raises :class:`TransitionRefused`."""
    if question.current_version_id is None:
        raise TransitionRefused("A question without content cannot be approved.")
    _change_status(question, QuestionStatus.APPROVED)
    unsigned = AiOrigin.objects.filter(version_id=question.current_version_id, approved_at__isnull=True)
    unsigned.update(approved_by=by, approved_at=timezone.now())


def retire(question: Question) -> None:
    """Ask it no more; what was answered stays. Raises :class:`TransitionRefused`."""
    _change_status(question, QuestionStatus.RETIRED)


def return_to_draft(question: Question) -> None:
    """Take it back for more work. Raises :class:`TransitionRefused`."""
    _change_status(question, QuestionStatus.DRAFT)


def _change_status(question: Question, status: QuestionStatus) -> None:
    """Twice is once."""
    before = [one for one, after in QUESTION_TRANSITIONS.items() if status in after or one == status]
    changed = Question.objects.filter(pk=question.pk, status__in=before).update(
        status=status, updated_at=timezone.now()
    )
    if not changed:
        raise TransitionRefused(f"{question} cannot become {status.label.lower()}.")
    question.status = status
    open_questions.changed()


def export_bank(bank: QuestionBank) -> list[ParsedQuestion]:
    """The current version of every question that is not retired, in the order they came in."""
    questions = (
        bank.questions.exclude(status=QuestionStatus.RETIRED)
        .filter(current_version__isnull=False)
        .select_related("current_version__rubric")
        .prefetch_related("tags", "current_version__rubric__criteria__levels")
        .order_by("created_at", "identity")
    )
    return [_exported(question) for question in questions]


def _exported(question: Question) -> ParsedQuestion:
    version = question.current_version
    assert version is not None  # noqa: S101 - the query asks for those that have one
    return ParsedQuestion(
        where=question.identity,
        type=version.type,
        stem=version.stem,
        content=version.content,
        key=version.key,
        identity=question.identity,
        title=question.title,
        points=version.points,
        difficulty=question.difficulty,
        tags=tuple(sorted(tag.name for tag in question.tags.all())),
        source=question.source,
        competence=question.competence,
        explanation=version.explanation,
        licence=question.licence,
        rubric=parsed_rubric(version.rubric) if version.rubric else None,
    )
