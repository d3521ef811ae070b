"""Storing checked questions in a bank, in batches: what an import does to the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db.models import OuterRef, Subquery

from assessments.domain.question_checks import CheckedQuestion
from assessments.domain.question_names import Claims, Named, name_questions
from assessments.domain.rubrics import store_rubrics
from assessments.enums import QuestionStatus
from assessments.formats.base import Rejection
from assessments.models import Question, QuestionBank, QuestionVersion, Rubric, Tag

T = TypeVar("T")
BATCH = 500
DEFAULT_SOURCE = "standard"
KEPT_IF_EMPTY = ("title", "difficulty", "competence", "licence")
"""A file that says nothing about these does not take away what the bank knows."""
NEWEST = QuestionVersion.objects.filter(question=OuterRef("pk")).order_by("-number")


@dataclass
class Stored:
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@dataclass(frozen=True)
class Context:
    bank: QuestionBank
    source: str
    status: QuestionStatus
    provenance: dict[str, str]
    tags: dict[str, Tag]
    rubrics: dict[str, Rubric]


def store_questions(
    questions: Sequence[CheckedQuestion],
    *,
    bank: QuestionBank,
    source: str,
    status: QuestionStatus,
    provenance: dict[str, str],
    progress: Callable[[int], None],
    claims: Claims,
) -> Stored:
    """The bank's row is locked by the caller, whose transaction this is part of."""
    naming = name_questions(questions, bank=bank, file=provenance["file"], claims=claims)
    named = naming.named
    stored = Stored(unchanged=naming.repeated, rejected=naming.rejected)
    context = Context(
        bank=bank,
        source=source,
        status=status,
        provenance=provenance,
        tags=_store_tags(item.question for item in named),
        rubrics=store_rubrics(item.question.parsed.rubric for item in named if item.question.parsed.rubric),
    )
    for batch in _batches(named):
        _store_batch(batch, context, stored)
        progress(len(batch))
    return stored


# ---- Storing ----


def _store_tags(questions: Iterable[CheckedQuestion]) -> dict[str, Tag]:
    """All at once and in order, so that two imports at once cannot wait for each other."""
    names = sorted({tag for question in questions for tag in question.parsed.tags})
    tags: dict[str, Tag] = {}
    for batch in _batches(names):
        tags |= {tag.name: tag for tag in Tag.objects.filter(name__in=batch)}
    missing = [Tag(name=name) for name in names if name not in tags]
    if missing:
        Tag.objects.bulk_create(missing, ignore_conflicts=True, batch_size=BATCH)
        for batch in _batches([tag.name for tag in missing]):
            tags |= {tag.name: tag for tag in Tag.objects.filter(name__in=batch)}
    return tags


def _store_batch(batch: Sequence[Named], context: Context, stored: Stored) -> None:
    existing = {
        question.identity: question
        for question in context.bank.questions.filter(identity__in=[item.known_as for item in batch])
        .select_related("current_version")
        .prefetch_related("tags")
        .annotate(last_number=Subquery(NEWEST.values("number")[:1]))
    }
    new = [item for item in batch if item.known_as not in existing]
    old = [(existing[item.known_as], item) for item in batch if item.known_as in existing]
    _create(new, context)
    stored.imported += len(new)
    updated = _update(old, context)
    stored.updated += updated
    stored.unchanged += len(old) - updated


def _create(items: Sequence[Named], context: Context) -> None:
    questions = [_new_question(item, context) for item in items]
    Question.objects.bulk_create(questions)
    _add_versions([(question, item.question, 1) for question, item in zip(questions, items, strict=True)], context)
    Question.tags.through.objects.bulk_create(
        Question.tags.through(question_id=question.pk, tag_id=context.tags[tag].pk)
        for question, item in zip(questions, items, strict=True)
        for tag in dict.fromkeys(item.question.parsed.tags)
    )


def _new_question(item: Named, context: Context) -> Question:
    parsed = item.question.parsed
    return Question(
        bank=context.bank,
        identity=item.identity,
        title=parsed.title,
        status=context.status,
        difficulty=parsed.difficulty,
        source=context.source or parsed.source or DEFAULT_SOURCE,
        competence=parsed.competence,
        licence=parsed.licence,
        provenance=_provenance(item, context),
    )


def _provenance(item: Named, context: Context) -> dict[str, Any]:
    parsed = item.question.parsed
    return context.provenance | {"where": parsed.where} | ({"number": parsed.number} if parsed.number else {})


def _add_versions(wanted: Sequence[tuple[Question, CheckedQuestion, int]], context: Context) -> None:
    if not wanted:
        return
    QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question=question,
            number=number,
            type=item.parsed.type,
            stem=item.parsed.stem,
            content=item.content,
            key=item.key,
            explanation=item.parsed.explanation,
            points=item.parsed.points,
            rubric=context.rubrics.get(item.rubric_hash),
            content_hash=item.content_hash,
        )
        for question, item, number in wanted
    )
    questions = Question.objects.filter(pk__in=[question.pk for question, _, _ in wanted])
    questions.update(current_version=Subquery(NEWEST.values("pk")[:1]))


def _update(items: Sequence[tuple[Question, Named]], context: Context) -> int:
    """How many of these changed in any way."""
    versions, rows, retagged = [], [], []
    for question, named in items:
        item = named.question
        is_new_version = question.current_version is None or question.current_version.content_hash != item.content_hash
        has_new_fields = _take_fields(question, named, context)
        has_new_tags = bool(item.parsed.tags) and {tag.name for tag in question.tags.all()} != set(item.parsed.tags)
        if is_new_version:
            versions.append((question, item, (question.last_number or 0) + 1))  # type: ignore[attr-defined]
        if has_new_tags:
            retagged.append((question, item))
        if is_new_version or has_new_fields or has_new_tags:
            question.provenance = _provenance(named, context)
            rows.append(question)
    _add_versions(versions, context)
    _rewrite(rows)
    _retag(retagged, context)
    return len(rows)


def _rewrite(rows: Sequence[Question]) -> None:
    """Rows that are there already, in one statement; ``bulk_update`` takes twenty times as long."""
    Question.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["identity", *KEPT_IF_EMPTY, "source", "provenance", "updated_at"],
    )


def _take_fields(question: Question, named: Named, context: Context) -> bool:
    """Put what the file says on the row; whether anything differed."""
    parsed = named.question.parsed
    wanted = {name: getattr(parsed, name) for name in KEPT_IF_EMPTY} | {
        "identity": named.identity,
        "source": context.source or parsed.source,
    }
    changed = {name: value for name, value in wanted.items() if value and value != getattr(question, name)}
    for name, value in changed.items():
        setattr(question, name, value)
    return bool(changed)


def _retag(items: Sequence[tuple[Question, CheckedQuestion]], context: Context) -> None:
    if not items:
        return
    through = Question.tags.through
    through.objects.filter(question_id__in=[question.pk for question, _ in items]).delete()
    through.objects.bulk_create(
        through(question_id=question.pk, tag_id=context.tags[tag].pk)
        for question, item in items
        for tag in dict.fromkeys(item.parsed.tags)
    )


def _batches(items: Sequence[T]) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, BATCH)):
        yield batch
