"""An author's drafts: written in the background, kept in the bank as drafts, edited, approved or discarded by people."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from assessments.domain import generation, question_banks
from assessments.domain.asks import Ask
from assessments.domain.generation import Drafts
from assessments.domain.key_check import Draft
from assessments.domain.ledger import AiRefused
from assessments.domain.question_checks import hash_rubric
from assessments.domain.rubrics import store_rubrics
from assessments.enums import GenerationStatus, KeyVerdict, QuestionStatus
from assessments.gemini import GeminiFailed
from assessments.models import AiOrigin, Generation, Question, QuestionVersion, Tag

EDITED = "Edited since. "


class NotADraft(Exception):
    """It was approved or retired meanwhile, so it is no longer changed here."""


class ChangedMeanwhile(Exception):
    """Somebody saved another version of it since it was read."""


# ---- In the background ----


def carry_out(generation_id: UUID) -> int:
    """Write what was asked for. Returns the number of drafts kept; how it went is in the row, never an exception.

    A second run of the same task (its worker was killed) asks for nothing: what the first may have cost is booked.
    """
    with transaction.atomic():
        row = Generation.objects.select_for_update().filter(pk=generation_id).first()
        if row is None or row.is_over:
            return 0
        is_first_run = row.status == GenerationStatus.QUEUED and row.request is not None
        row.status = GenerationStatus.WRITING
        row.save(update_fields=["status"])
    if not is_first_run or row.request is None:
        finish(row, note="The worker was interrupted. What was written so far is kept; ask again for the rest.")
        return 0
    keeper = _Keeper(row)
    try:
        result = generation.generate(ask_of(row), row.request, progress=keeper.progress)
    except (AiRefused, GeminiFailed) as failure:
        finish(row, note=str(failure), failed=not keeper.kept)
        return keeper.kept
    finish(row, note=_summary(result), failed=not keeper.kept)
    return keeper.kept


def ask_of(row: Generation) -> Ask:
    return Ask(**row.ask, bank=row.bank)


def finish(row: Generation, *, note: str, failed: bool = True) -> None:
    status = GenerationStatus.FAILED if failed else GenerationStatus.DONE
    Generation.objects.filter(pk=row.pk).update(status=status, note=note[:400], finished_at=timezone.now())


def _summary(result: Drafts) -> str:
    parts = [f"{len(result.drafts)} written."]
    disputed = sum(draft.is_disputed for draft in result.drafts)
    if disputed:
        parts.append(f"{disputed} disputed.")
    if result.rejected:
        reasons = " ".join(dict.fromkeys(one.reason for one in result.rejected))
        parts.append(f"{len(result.rejected)} refused: {reasons}")
    return " ".join([*parts, result.ended_early]).strip()


class _Keeper:
    """Stores each batch as it comes, so that neither a later failure nor a killed worker loses it."""

    def __init__(self, row: Generation) -> None:
        self.row, self.kept = row, 0

    def progress(self, step: str, drafts: Sequence[Draft]) -> None:
        status = GenerationStatus.CHECKING if step == "checking" else GenerationStatus.WRITING
        with transaction.atomic():
            Generation.objects.filter(pk=self.row.pk).update(status=status)
            keep(self.row, drafts)
        self.kept += len(drafts)


@transaction.atomic
def keep(row: Generation, drafts: Sequence[Draft]) -> list[Question]:
    """As drafts of the bank, each version with its origin."""
    rubrics = store_rubrics(draft.question.rubric for draft in drafts if draft.question.rubric)
    kept = []
    for draft in drafts:
        parsed = draft.question
        question = Question.objects.create(
            bank=row.bank,
            identity=f"ai-{uuid.uuid4().hex[:12]}",
            title=parsed.title,
            status=QuestionStatus.DRAFT,
            difficulty=parsed.difficulty,
            source=parsed.source,
            competence=parsed.competence,
            provenance={"written": "by AI", "generation": str(row.pk)},
        )
        question.tags.set([Tag.objects.get_or_create(name=name)[0] for name in parsed.tags])
        version = question_banks.create_version(
            question,
            type=parsed.type,
            stem=parsed.stem,
            content=parsed.content,
            key=parsed.key,
            points=parsed.points,
            explanation=parsed.explanation,
            rubric=rubrics[hash_rubric(parsed.rubric)] if parsed.rubric else None,
        )
        AiOrigin.objects.create(version=version, **_origin_facts(row, draft))
        kept.append(question)
    return kept


def _origin_facts(row: Generation, draft: Draft) -> dict[str, Any]:
    request = row.request
    return {
        "generation": row,
        "model": request.model if request else "",
        "prompt_version": request.prompt_version if request else "",
        "prompt_hash": request.prompt_hash if request else "",
        "requested_by": row.requested_by,
        "verdict": draft.verdict,
        "verdict_words": draft.verdict_words,
        "near_duplicates": [
            {"question": one.id, "stem": one.stem[:300], "similarity": one.similarity} for one in draft.near_duplicates
        ],
    }


# ---- What an author does with them ----


def drafts_of(row: Generation) -> list[Question]:
    """Those still there, each with its newest version and that version's origin."""
    questions = Question.objects.filter(versions__ai_origin__generation=row).distinct()
    return list(
        questions.select_related("current_version__ai_origin", "current_version__rubric", "bank")
        .prefetch_related("current_version__rubric__criteria__levels")
        .order_by("created_at")
    )


@transaction.atomic
def edit_draft(question: Question, *, by: Any, **version_facts: Any) -> QuestionVersion:
    """A new version in a person's words; where the question came from stays known.

    Raises ``ContentInvalid``, :class:`NotADraft`, and :class:`ChangedMeanwhile` for another version than the one held.
    """
    _require_draft(question)
    before = question.current_version
    assert before is not None  # noqa: S101 - drafts of ours have a version
    version = question_banks.create_version(question, by=by, **version_facts)
    if version.pk != before.pk:
        origin = AiOrigin.objects.get(version=before)
        asked = ("stem", "content", "key")
        if any(getattr(version, name) != getattr(before, name) for name in asked):
            words = origin.verdict_words.removeprefix(EDITED)
            origin.verdict_words = f"{EDITED}{words}" if words else EDITED.strip()
            if origin.verdict != KeyVerdict.NOT_APPLICABLE:
                origin.verdict = KeyVerdict.UNCHECKED
        origin.pk, origin.version, origin.is_edited = None, version, True
        origin._state.adding = True
        origin.save()
    return version


def is_agreed(question: Question) -> bool:
    """Whether the second call, which does not see the key, came to it."""
    version = question.current_version
    return version is not None and version.ai_origin.verdict == KeyVerdict.AGREED


def approve_drafts(questions: Iterable[Question], *, by: Any) -> int:
    """A named person answers for the versions held here. What was decided or changed since is left. Returns how many."""
    return sum(_approve(question, by=by) for question in questions)


@transaction.atomic
def _approve(question: Question, *, by: Any) -> bool:
    locked = Question.objects.select_for_update().get(pk=question.pk)
    if not _is_as_held(locked, question):
        return False
    question_banks.approve(locked, by=by)
    return True


def discard_drafts(questions: Iterable[Question]) -> int:
    """Gone for good; one that somebody has tried in a preview is retired instead. What was changed since is left."""
    return sum(_discard(question) for question in questions)


@transaction.atomic
def _discard(question: Question) -> bool:
    locked = Question.objects.select_for_update().filter(pk=question.pk).first()
    if locked is None or not _is_as_held(locked, question):
        return False
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError:
        question_banks.retire(locked)
    return True


def _is_as_held(locked: Question, held: Question) -> bool:
    return locked.status == QuestionStatus.DRAFT and locked.current_version_id == held.current_version_id


def _require_draft(question: Question) -> None:
    locked = Question.objects.select_for_update().get(pk=question.pk)
    if locked.status != QuestionStatus.DRAFT:
        raise NotADraft(f"“{locked}” is {locked.get_status_display().lower()} and no longer a draft.")
    if not _is_as_held(locked, question):
        raise ChangedMeanwhile(f"“{locked}” was changed meanwhile.")
