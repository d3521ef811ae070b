"""Question banks: importing, changing, approving, retiring and exporting questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from assessments import question_types
from assessments.domain import open_questions
from assessments.domain.beginnings import beginning_of
from assessments.domain.import_plans import Choices, Plan, Readable, Step, sketch
from assessments.domain.import_reports import ImportReport, kept_words, left_out_words
from assessments.domain.media import StoredMedia
from assessments.domain.question_checks import hash_content
from assessments.domain.question_imports import store_questions
from assessments.domain.question_names import Claims
from assessments.domain.rubrics import parsed_rubric, rubric_hash
from assessments.enums import QUESTION_TRANSITIONS, ImportOutcome, QuestionStatus
from assessments.formats.base import ParsedBank, ParsedQuestion
from assessments.formats.media import names_of
from assessments.models import AiOrigin, Question, QuestionBank, QuestionVersion, Rubric
from interview_project.batching import batches

NO_CONTENT = "A question without content cannot be approved."


class TransitionRefused(Exception):
    """The question's status does not allow this. The text says why."""


def import_questions(
    reading: Readable,
    *,
    bank: str,
    source: str = "",
    status: QuestionStatus = QuestionStatus.DRAFT,
    file: str = "",
    dry_run: bool = False,
    claims: Claims | None = None,
    choices: Choices = Choices(),  # noqa: B008 - frozen
    progress: Callable[[int], None] = lambda count: None,
    stored: Callable[[list[Step]], None] = lambda steps: None,
) -> ImportReport:
    """Store what a file holds, all or nothing, in the bank of this name, which is made if there is none.

    A question is known again by its identity. If it changed, ``choices`` say what becomes of it: by default it gets a
    new version and keeps its status; attempts keep the version they were drawn with. ``status`` and ``source`` are for
    new questions; an empty ``source`` leaves it to the file. A dry run does everything and undoes it. ``claims`` is
    handed from file to file of one run, so that what two of them ask is taken from the first, however often the run
    is repeated. ``progress`` is told how many were stored, ``stored`` what was.
    """
    sketched = sketch(reading)
    report = ImportReport(path=file, format=reading.format, total=reading.total)
    left: list[str] = []

    def take(steps: list[Step]) -> None:
        report.count(steps)
        left.extend(step.item.parsed.where for step in steps if step.outcome == ImportOutcome.LEFT)
        stored(steps)
        progress(len(steps))

    with rehearsal() if dry_run else transaction.atomic():
        target = _locked_bank(bank, reading.bank)
        plan = Plan(
            reading,
            sketched,
            bank=target,
            file=file,
            source=source,
            choices=choices,
            claims={} if claims is None else claims,
        )
        store_questions(
            plan,
            bank=target,
            source=source,
            status=status,
            provenance={
                "file": file,
                "format": reading.format,
                "imported_at": timezone.now().isoformat(timespec="seconds"),
            },
            stored=take,
        )
        open_questions.changed()
    report.unchanged += plan.naming.repeated + len(plan.left_out)
    report.rejected = plan.rejected
    report.warnings = [*plan.warnings, *kept_words(left), *left_out_words(len(plan.left_out))]
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
    locked.current_version, locked.beginning = version, beginning_of(stem)
    locked.save(update_fields=["current_version", "beginning", "updated_at"])
    question.current_version, question.beginning = version, locked.beginning
    open_questions.changed()
    return version


def approve(question: Question, *, by: Any = None) -> None:
    """Let it be asked. Where AI wrote it, ``by`` answers for it from now on. Raises :class:`TransitionRefused`."""
    _change(question, QuestionStatus.APPROVED, by=by)


def retire(question: Question) -> None:
    """Ask it no more; what was answered stays. Raises :class:`TransitionRefused`."""
    _change(question, QuestionStatus.RETIRED)


def return_to_draft(question: Question) -> None:
    """Take it back for more work. Raises :class:`TransitionRefused`."""
    _change(question, QuestionStatus.DRAFT)


def _change(question: Question, status: QuestionStatus, *, by: Any = None) -> None:
    """Twice is once."""
    changes = change_all(Question.objects.filter(pk=question.pk), status, by=by)
    for refusal in changes.refused:
        raise TransitionRefused(refusal)
    question.status = status


@dataclass
class Changes:
    """What a change of many came to."""

    changed: list[Question] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@transaction.atomic
def change_all(questions: QuerySet[Question], status: QuestionStatus, *, by: Any = None) -> Changes:
    """What :func:`approve`, :func:`retire` and :func:`return_to_draft` do, to all that may; thousands take a second."""
    before = [one for one, after in QUESTION_TRANSITIONS.items() if status in after or one == status]
    fields = ("title", "beginning", "identity", "status", "current_version_id")
    rows = Question.objects.filter(pk__in=questions.values("pk")).only(*fields).order_by("pk").select_for_update()
    changes = Changes()
    for question in rows:
        if status == QuestionStatus.APPROVED and question.current_version_id is None:
            changes.refused.append(NO_CONTENT)
        elif question.status not in before:
            changes.refused.append(f"{question} cannot become {status.label.lower()}.")
        else:
            changes.changed.append(question)
    for batch in batches(changes.changed):
        Question.objects.filter(pk__in=[one.pk for one in batch]).update(status=status, updated_at=timezone.now())
        if status == QuestionStatus.APPROVED:
            _sign([one.current_version_id for one in batch], by=by)
    open_questions.changed()
    return changes


def _sign(versions: list[Any], *, by: Any) -> None:
    """Where AI wrote them, ``by`` answers for them from now on."""
    unsigned = AiOrigin.objects.filter(version_id__in=versions, approved_at__isnull=True)
    unsigned.update(approved_by=by, approved_at=timezone.now())


def export_bank(bank: QuestionBank) -> list[ParsedQuestion]:
    """The current version of every question that is not retired, in the order they came in."""
    return export_questions(bank.questions.exclude(status=QuestionStatus.RETIRED))


def export_questions(questions: QuerySet[Question]) -> list[ParsedQuestion]:
    """The current version of each that has one, in the order they came in."""
    rows = (
        questions.filter(current_version__isnull=False)
        .select_related("current_version__rubric")
        .prefetch_related("tags", "current_version__rubric__criteria__levels")
        .order_by("created_at", "identity")
    )
    return [_exported(question) for question in rows]


def _exported(question: Question) -> ParsedQuestion:
    version = question.current_version
    assert version is not None  # noqa: S101 - the query asks for those that have one
    parsed = ParsedQuestion(
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
    return replace(parsed, media=StoredMedia(names)) if (names := names_of(parsed)) else parsed
