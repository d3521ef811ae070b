"""Storing what a plan says in a bank, in batches: what an import does to the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Subquery

from assessments.domain import media
from assessments.domain.beginnings import beginning_of
from assessments.domain.import_plans import KEPT_IF_EMPTY, NEWEST, Plan, Step
from assessments.domain.question_checks import CheckedQuestion
from assessments.domain.rubrics import store_rubrics
from assessments.enums import IMPORT_ADDS, IMPORT_CHANGES, ImportOutcome, QuestionStatus
from assessments.models import Question, QuestionBank, QuestionVersion, Rubric, Tag
from interview_project.batching import BATCH, batches

DEFAULT_SOURCE = "standard"
WRITTEN = ("identity", *KEPT_IF_EMPTY, "source", "provenance")
"""What an import may write into the row of a question that is there already."""


@dataclass(frozen=True)
class Context:
    bank: QuestionBank
    source: str
    status: QuestionStatus
    provenance: dict[str, str]
    tags: dict[str, Tag]
    rubrics: dict[str, Rubric]


def store_questions(
    plan: Plan,
    *,
    bank: QuestionBank,
    source: str,
    status: QuestionStatus,
    provenance: dict[str, str],
    stored: Callable[[list[Step]], None],
) -> None:
    """The bank's row is locked by the caller, whose transaction this is part of. ``stored`` is told of each batch.

    Raises ``MediaRefused`` for a picture that is not what its name says.
    """
    context = Context(
        bank=bank,
        source=source,
        status=status,
        provenance=provenance,
        tags=_store_tags(plan.tags),
        rubrics=store_rubrics(plan.sketched.rubrics.values()),
    )
    for batch in plan.batches():
        _create([step for step in batch if step.outcome in IMPORT_ADDS], context)
        _update([step for step in batch if step.outcome in IMPORT_CHANGES], context)
        media.store(step.item.parsed for step in batch if step.outcome in (*IMPORT_ADDS, *IMPORT_CHANGES))
        stored(batch)


def _store_tags(wanted: set[str]) -> dict[str, Tag]:
    """All at once and in order, so that two imports at once cannot wait for each other."""
    names = sorted(wanted)
    tags: dict[str, Tag] = {}
    for batch in batches(names):
        tags |= {tag.name: tag for tag in Tag.objects.filter(name__in=batch)}
    missing = [Tag(name=name) for name in names if name not in tags]
    if missing:
        Tag.objects.bulk_create(missing, ignore_conflicts=True, batch_size=BATCH)
        for batch in batches([tag.name for tag in missing]):
            tags |= {tag.name: tag for tag in Tag.objects.filter(name__in=batch)}
    return tags


def _create(steps: Sequence[Step], context: Context) -> None:
    for step in steps:
        step.question = _new_question(step, context)
    pairs = [(step.question, step) for step in steps if step.question]
    Question.objects.bulk_create(question for question, _ in pairs)
    _add_versions([(question, step, 1) for question, step in pairs], context)
    Question.tags.through.objects.bulk_create(
        Question.tags.through(question_id=question.pk, tag_id=context.tags[tag].pk)
        for question, step in pairs
        for tag in dict.fromkeys(step.item.parsed.tags)
    )


def _new_question(step: Step, context: Context) -> Question:
    parsed = step.item.parsed
    return Question(
        bank=context.bank,
        identity=step.name.identity,
        title=parsed.title,
        beginning=beginning_of(parsed.stem),
        status=context.status,
        difficulty=parsed.difficulty,
        source=context.source or parsed.source or DEFAULT_SOURCE,
        competence=parsed.competence,
        licence=parsed.licence,
        provenance=_provenance(step, context),
    )


def _provenance(step: Step, context: Context) -> dict[str, Any]:
    parsed = step.item.parsed
    return context.provenance | {"where": parsed.where} | ({"number": parsed.number} if parsed.number else {})


def _add_versions(wanted: Sequence[tuple[Question, Step, int]], context: Context) -> None:
    if not wanted:
        return
    versions = [_new_version(question, step.item, number, context) for question, step, number in wanted]
    QuestionVersion.objects.bulk_create(versions)
    for (_, step, _), version in zip(wanted, versions, strict=True):
        step.version_id = version.pk
    questions = Question.objects.filter(pk__in=[question.pk for question, _, _ in wanted])
    questions.update(current_version=Subquery(NEWEST.values("pk")[:1]))


def _new_version(question: Question, item: CheckedQuestion, number: int, context: Context) -> QuestionVersion:
    return QuestionVersion(
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


def _update(steps: Sequence[Step], context: Context) -> None:
    versions, rows = [], []
    retagged: dict[UUID, set[Tag]] = {}
    for step in steps:
        question = step.question
        assert question is not None  # noqa: S101 - what is changed is there
        _overwrite(question, step, context)
        rows.append(question)
        if step.outcome == ImportOutcome.CHANGED:
            question.beginning = beginning_of(step.item.parsed.stem)
            versions.append((question, step, (question.last_number or 0) + 1))  # type: ignore[attr-defined]
        if step.has_new_tags:
            retagged[question.pk] = {context.tags[tag] for tag in step.item.parsed.tags}
    _add_versions(versions, context)
    Question.objects.rewrite(rows, *WRITTEN, "beginning")
    Question.objects.retag(retagged)


def _overwrite(question: Question, step: Step, context: Context) -> None:
    """What it said before is kept, so that it can be given back."""
    written = step.changed | {"provenance": _provenance(step, context)}
    step.before = {name: [getattr(question, name), value] for name, value in written.items()}
    if step.has_new_tags:
        step.before["tags"] = [sorted(one.name for one in question.tags.all()), sorted({*step.item.parsed.tags})]
    for name, value in written.items():
        setattr(question, name, value)
