"""Content for tests: a bank, questions of every type, an assessment, each with sensible defaults."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from assessments.domain.assembly import publish_assessment
from assessments.domain.beginnings import beginning_of
from assessments.domain.question_checks import hash_version
from assessments.domain.rubrics import rubric_hash
from assessments.enums import Access, DrawKind, QuestionStatus
from assessments.models import (
    Assessment,
    Criterion,
    Draw,
    Level,
    Question,
    QuestionBank,
    QuestionVersion,
    Rubric,
    Section,
)

NUMBERS = count(1)
OPTIONS = [
    {"id": "a", "text": "Reads take a lock"},
    {"id": "b", "text": "Each write updates it"},
    {"id": "c", "text": "It is sorted"},
]
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "single_choice": ({"options": OPTIONS}, {"option": "b"}),
    "multiple_choice": ({"options": OPTIONS}, {"options": ["a", "c"]}),
    "true_false": ({}, {"value": True}),
    "matching": (
        {
            "prompts": [{"id": "1", "text": "PUT"}, {"id": "2", "text": "POST"}],
            "choices": [
                {"id": "a", "text": "idempotent"},
                {"id": "b", "text": "neither"},
                {"id": "c", "text": "safe"},
            ],
        },
        {"pairs": {"1": "a", "2": "b"}},
    ),
    "ordering": (
        {"items": [{"id": "a", "text": "Commit"}, {"id": "b", "text": "Edit"}, {"id": "c", "text": "Push"}]},
        {"order": ["b", "a", "c"]},
    ),
    "numeric": (
        {"units": ["ms", "s"]},
        {"accepted": [{"value": "42", "tolerance": "0.5"}], "units": {"ms": "1", "s": "1000"}},
    ),
    "short_text": ({}, {"accepted": [{"text": "index"}]}),
    "cloze": (
        {
            "text": "A hash index finds a key in {{1}} time and {{2}} ranges.",
            "gaps": [
                {"id": "1"},
                {
                    "id": "2",
                    "kind": "choice",
                    "options": [{"id": "a", "text": "does not help with"}, {"id": "b", "text": "speeds up"}],
                },
            ],
        },
        {"gaps": {"1": {"accepted": [{"text": "constant"}, {"text": "O(1)"}]}, "2": {"option": "a"}}},
    ),
    "long_text": ({"suggested_words": 50}, {"model_answer": "It depends on the workload."}),
}


def make_bank(name: str = "") -> QuestionBank:
    return QuestionBank.objects.create(name=name or f"Bank {next(NUMBERS)}")


def make_question(type: str = "short_text", *, bank: QuestionBank | None = None, **facts: Any) -> Question:  # noqa: A002
    """An approved question with one version. ``content``, ``key``, ``stem``, ``points``, ``rubric`` go to the version."""
    content, key = SHAPES[type]
    number = next(NUMBERS)
    version_facts = {
        "type": type,
        "stem": f"Question {number}: why can an index make writes slower?",
        "content": content,
        "key": key,
        "points": Decimal(1),
    }
    version_facts |= {name: facts.pop(name) for name in (*version_facts, "rubric", "explanation") if name in facts}
    facts = {"identity": f"q-{number}", "status": QuestionStatus.APPROVED, **facts}
    question = Question.objects.create(bank=bank or make_bank(), **facts)
    version = QuestionVersion(question=question, number=1, **version_facts)
    version.content_hash = hash_version(version, rubric_hash(version.rubric))
    version.save()
    question.current_version, question.beginning = version, beginning_of(version.stem)
    question.save(update_fields=["current_version", "beginning"])
    return question


def make_rubric(name: str = "Explaining") -> Rubric:
    """Two criteria, each with levels of 0, 1 and 2 points."""
    rubric = Rubric.objects.create(name=name, version=next(NUMBERS))
    for position, criterion in enumerate(("Correct", "Clear"), start=1):
        row = Criterion.objects.create(rubric=rubric, position=position, name=criterion)
        Level.objects.bulk_create(Level(criterion=row, points=n, name=f"Level {n}") for n in range(3))
    return rubric


def make_assessment(
    *questions: Question, publish: bool = True, section: dict[str, Any] | None = None, **facts: Any
) -> Assessment:
    """One section of these questions, in order; one short text where none are given."""
    defaults = {
        "slug": f"assessment-{next(NUMBERS)}",
        "title": "Backend engineer",
        "language": "en",
        "shuffle_options": False,
    }
    assessment = Assessment.objects.create(**{**defaults, **facts})
    add_section(assessment, *(questions or (make_question(),)), **(section or {}))
    return publish_assessment(assessment) if publish else assessment


def published_without_language(*questions: Question, **facts: Any) -> Assessment:
    """As it was before a language was asked for."""
    assessment = make_assessment(*questions, **facts)
    Assessment.objects.filter(pk=assessment.pk).update(language="")
    assessment.refresh_from_db()
    return assessment


def add_section(assessment: Assessment, *questions: Question, **facts: Any) -> Section:
    position = assessment.sections.count() + 1
    section = Section.objects.create(
        **{"assessment": assessment, "position": position, "title": f"Part {position}", **facts}
    )
    for place, question in enumerate(questions, start=1):
        Draw.objects.create(section=section, position=place, kind=DrawKind.FIXED, question=question)
    return section


def make_practice(*questions: Question, **facts: Any) -> Assessment:
    return make_assessment(*questions, access=Access.PRACTICE, **facts)
