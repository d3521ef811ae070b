"""Putting assessments together: publish, close, copy, and draw the questions one attempt gets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assessments import question_types
from assessments.domain import open_questions
from assessments.enums import ASSESSMENT_TRANSITIONS, AssessmentStatus, DrawKind, QuestionStatus
from assessments.models import Assessment, Draw, Question, QuestionVersion, Section


class NotPublishable(Exception):
    """The assessment cannot be published; ``problems`` are sentences, each with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


class TransitionRefused(Exception):
    """This status may not follow that one."""


class PoolTooSmall(Exception):
    """A draw wants more questions than its pool still has."""


@dataclass(frozen=True)
class Drawn:
    version: QuestionVersion
    option_order: list[str]
    points: Decimal


@transaction.atomic
def publish_assessment(assessment: Assessment, *, by: Any = None) -> Assessment:
    """Open it to candidates. Raises :class:`NotPublishable` with every problem found, :class:`TransitionRefused`."""
    locked = _locked_for(assessment, AssessmentStatus.PUBLISHED)
    if problems := problems_of(locked):
        raise NotPublishable(problems)
    locked.status = AssessmentStatus.PUBLISHED
    locked.published_at, locked.published_by = timezone.now(), by
    locked.save(update_fields=["status", "published_at", "published_by", "updated_at"])
    open_questions.changed()
    return locked


@transaction.atomic
def close_assessment(assessment: Assessment) -> Assessment:
    """No new attempts; those under way go on."""
    locked = _locked_for(assessment, AssessmentStatus.CLOSED)
    locked.status = AssessmentStatus.CLOSED
    locked.save(update_fields=["status", "updated_at"])
    open_questions.changed()
    return locked


def _locked_for(assessment: Assessment, status: AssessmentStatus) -> Assessment:
    locked = Assessment.objects.select_for_update().get(pk=assessment.pk)
    if status not in ASSESSMENT_TRANSITIONS[AssessmentStatus(locked.status)]:
        raise TransitionRefused(
            f"{locked} is {locked.get_status_display().lower()} and cannot become {status.label.lower()}."
        )
    return locked


@transaction.atomic
def copy_assessment(assessment: Assessment) -> Assessment:
    """The next version as a draft, with the same sections and draws: a published one is not edited under candidates."""
    highest = Assessment.objects.filter(slug=assessment.slug).order_by("-version").first() or assessment
    copy = _copied(
        assessment, version=highest.version + 1, status=AssessmentStatus.DRAFT, published_at=None, published_by=None
    )
    for section in assessment.sections.prefetch_related("draws"):
        new_section = _copied(section, assessment=copy)
        for draw in section.draws.all():
            _copied(draw, section=new_section)
    return copy


Row = TypeVar("Row", Assessment, Section, Draw)


def _copied(row: Row, **changes: Any) -> Row:
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    kept = {
        name: getattr(row, name) for name in names if name.removesuffix("_id") not in changes and name not in changes
    }
    return type(row)._default_manager.create(**kept, **changes)


def problems_of(assessment: Assessment) -> list[str]:
    """Why it cannot be published, as sentences; empty when it can."""
    sections = list(assessment.sections.prefetch_related("draws__question", "draws__bank", "draws__tag"))
    problems = [] if sections else ["The assessment has no section yet."]
    for section in sections:
        draws = list(section.draws.all())
        if not draws:
            problems.append(f"Section “{section}” has no questions.")
        problems += [
            f"Section “{section}”: the question “{draw.question}” is not approved."
            for draw in draws
            if draw.question and draw.question.status != QuestionStatus.APPROVED
        ]
    if not problems:
        try:
            draw_questions(assessment, seed=0)
        except PoolTooSmall as error:
            problems.append(str(error))
    return [*_without_language(assessment), *problems, *_open_versions(assessment)]


def _without_language(assessment: Assessment) -> list[str]:
    """What was published before a language was asked for may be closed and opened again; it can no longer be changed."""
    if assessment.language or assessment.published_at:
        return []
    return ["The field “Language” is empty. Name the language that the questions are written in: en, pt-BR, zh-Hans."]


def _open_versions(assessment: Assessment) -> list[str]:
    """Candidates reach an assessment by its slug, so one version of it is open at a time."""
    others = Assessment.objects.published().filter(slug=assessment.slug).exclude(pk=assessment.pk)
    return [f"Version {one.version} of “{one.title}” is published. Close it first." for one in others]


def pool_size(draw: Draw) -> int:
    """How many approved questions a draw may choose from, before other draws took theirs."""
    return len(_pool(draw, without=set()))


def draw_questions(assessment: Assessment, *, seed: int) -> list[tuple[Section, list[Drawn]]]:
    """The questions one attempt gets. The same seed on the same banks gives the same questions in the same order.

    No question comes twice in one attempt; fixed questions are set aside before any pool is drawn from.
    Raises :class:`PoolTooSmall`.
    """
    rng = random.Random(seed)  # noqa: S311 - fairness, not secrecy: the seed is stored so that a draw can be replayed
    sections = list(assessment.sections.prefetch_related("draws__question__current_version").order_by("position"))
    taken = {d.question_id for s in sections for d in s.draws.all() if d.kind == DrawKind.FIXED and d.question_id}
    drawn = []
    for section in sections:
        chosen = [one for draw in section.draws.all() for one in _chosen(draw, section, taken, rng)]
        if section.shuffle_questions:
            rng.shuffle(chosen)
        drawn.append((section, [_drawn(version, points, assessment, rng) for version, points in chosen]))
    return drawn


def _chosen(
    draw: Draw, section: Section, taken: set[UUID], rng: random.Random
) -> list[tuple[QuestionVersion, Decimal | None]]:
    if draw.kind == DrawKind.FIXED:
        version = draw.question.current_version if draw.question else None
        if version is None:
            raise PoolTooSmall(f"Section “{section}”: the question “{draw.question}” has no version.")
        return [(version, draw.points)]
    pool = _pool(draw, without=taken)
    if len(pool) < draw.count:
        raise PoolTooSmall(
            f"Section “{section}” draws {draw.count} from {draw.pool_words}, but only {len(pool)} approved "
            f"{'question is' if len(pool) == 1 else 'questions are'} left there."
        )
    chosen = rng.sample(pool, draw.count)
    taken.update(question.pk for question in chosen)
    return [(question.current_version, draw.points) for question in chosen if question.current_version]


def _pool(draw: Draw, *, without: set[UUID]) -> list[Question]:
    pool = Question.objects.in_pool(
        bank_id=draw.bank_id, tag_id=draw.tag_id, difficulty=draw.difficulty, source=draw.source
    )
    return list(pool.exclude(pk__in=without).select_related("current_version").order_by("identity", "pk"))


def _drawn(version: QuestionVersion, points: Decimal | None, assessment: Assessment, rng: random.Random) -> Drawn:
    question_type = question_types.get(version.type)
    is_shuffled = assessment.shuffle_options or question_type.is_always_shuffled
    order = question_type.shuffled(version.content, rng, key=version.key) if is_shuffled else []
    return Drawn(version, order, version.points if points is None else points)
