"""What authors write by hand: questions, and rubrics while nothing uses them yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from assessments.domain import markup
from assessments.domain.question_banks import create_version
from assessments.domain.question_checks import hash_rubric
from assessments.formats.base import ParsedRubric
from assessments.models import Criterion, Level, Question, QuestionBank, Rubric, Tag

IDENTITY_WORDS = 60


class IdentityTaken(Exception):
    """Another question of the bank goes by this identity."""


class RubricInUse(Exception):
    """A question version is judged by it; a change is a new version."""


@transaction.atomic
def write_question(
    bank: QuestionBank,
    *,
    identity: str = "",
    tags: Iterable[Tag] = (),
    facts: dict[str, str],
    version: dict[str, Any],
    by: Any = None,
) -> Question:
    """A new question as a draft. ``facts`` are fields of the question, ``version`` is what ``create_version`` takes.

    Without an identity it gets a readable one from its title or stem. Raises :class:`IdentityTaken`, ``ContentInvalid``.
    """
    QuestionBank.objects.select_for_update().get(pk=bank.pk)
    if identity and bank.questions.filter(identity=identity).exists():
        raise IdentityTaken(f"The bank “{bank}” has a question “{identity}” already.")
    identity = identity or _free_identity(bank, facts.get("title", "") or markup.plain(version["stem"]))
    question = Question.objects.create(bank=bank, identity=identity, provenance={"written": "by hand"}, **facts)
    question.tags.set(tags)
    create_version(question, by=by, **version)
    return question


def _free_identity(bank: QuestionBank, words: str) -> str:
    stem = slugify(words)[:IDENTITY_WORDS].strip("-") or "question"
    taken = set(bank.questions.filter(identity__startswith=stem).values_list("identity", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(one for one in numbered if one not in taken)


def is_used(rubric: Rubric) -> bool:
    """A version's content hash covers its rubric, and scores name it: from then on it stays as it is."""
    return rubric.versions.exists()


@transaction.atomic
def write_rubric(rubric: Rubric, parsed: ParsedRubric) -> Rubric:
    """Give it these criteria and levels instead of those it has. Raises :class:`RubricInUse`."""
    if not rubric._state.adding:
        rubric = Rubric.objects.select_for_update().get(pk=rubric.pk)
        if is_used(rubric):
            raise RubricInUse(f"Questions are judged by “{rubric}”. Copy it as a new version and change that.")
        rubric.criteria.all().delete()
    if rubric._state.adding or rubric.name != parsed.name:
        rubric.version = _next_version(parsed.name)
    rubric.name, rubric.content_hash = parsed.name, hash_rubric(parsed)
    rubric.save()
    for position, criterion in enumerate(parsed.criteria, start=1):
        row = Criterion.objects.create(
            rubric=rubric, position=position, name=criterion.name, description=criterion.description
        )
        Level.objects.bulk_create(
            Level(criterion=row, points=level.points, name=level.name, description=level.description)
            for level in criterion.levels
        )
    return rubric


@transaction.atomic
def copy_rubric(rubric: Rubric) -> Rubric:
    """The next version of its name, with the same criteria and levels, free to be changed."""
    copy = Rubric.objects.create(name=rubric.name, version=_next_version(rubric.name), content_hash=rubric.content_hash)
    for criterion in rubric.criteria.prefetch_related("levels"):
        levels = list(criterion.levels.all())
        row = Criterion.objects.create(
            rubric=copy, position=criterion.position, name=criterion.name, description=criterion.description
        )
        Level.objects.bulk_create(
            Level(criterion=row, points=level.points, name=level.name, description=level.description)
            for level in levels
        )
    return copy


def _next_version(name: str) -> int:
    last = Rubric.objects.filter(name=name).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


@transaction.atomic
def adopt_rubric(rubric: Rubric, *, by: Any = None) -> int:
    """Judge by this version every question that is now judged by an earlier one: each gets a new version. How many.

    A copy that says the same as the earlier one changes nothing.
    """
    questions = Question.objects.filter(
        current_version__rubric__name=rubric.name, current_version__rubric__version__lt=rubric.version
    ).select_related("current_version")
    changed = 0
    for question in questions:
        current = question.current_version
        assert current is not None  # noqa: S101 - the query goes through it
        version = create_version(
            question,
            type=current.type,
            stem=current.stem,
            content=current.content,
            key=current.key,
            points=current.points,
            explanation=current.explanation,
            rubric=rubric,
            by=by,
        )
        changed += version.rubric_id == rubric.pk
    return changed


def earlier_versions_judge(rubric: Rubric) -> int:
    """How many questions :func:`adopt_rubric` would change."""
    return Question.objects.filter(
        current_version__rubric__name=rubric.name, current_version__rubric__version__lt=rubric.version
    ).count()
