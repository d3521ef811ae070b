"""What the API says about questions. None of these shapes has a field for a key, an explanation or a rubric."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from assessments import question_types
from assessments.enums import Difficulty, QuestionTypeName
from assessments.models import Question
from interview_project.json_api import example

Plain = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
"""PostgreSQL knows no NUL."""


def one_of(names: Iterable[str]) -> Any:
    """One of these, or empty."""
    known = list(dict.fromkeys(["", *names]))

    def check(name: str) -> str:
        if name not in known:
            raise ValueError(f"This must be one of {', '.join(known[1:])}.")
        return name

    return Annotated[str, AfterValidator(check), Field(json_schema_extra={"enum": [*known]})]


DifficultyName = one_of(Difficulty.values)
TypeName = one_of(QuestionTypeName.values)


class QuestionFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        Plain, Field(description="Where it came from: `standard`, `kaggle`, …", examples=["standard"])
    ] = ""
    topic: Annotated[Plain, Field(description="A tag, in any case.", examples=["python"])] = ""
    difficulty: DifficultyName = ""  # type: ignore[valid-type] # made from the enum, which type checkers do not run
    question_type: TypeName = ""  # type: ignore[valid-type] # likewise
    search: Annotated[Plain, Field(description="Words, each of which is in the stem or the title.")] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0


class Option(BaseModel):
    id: str
    text: str = Field(description="Markdown.")


SHOWN: dict[str, Any] = {
    "id": "0d1a3f0e-6f5b-4a57-9a55-3a1f0d6a2c11",
    "version": 1,
    "question_type": "single_choice",
    "title": "Index and writes",
    "stem": "Why can an index make writes slower?",
    "options": [{"id": "a", "text": "Reads take a lock"}, {"id": "b", "text": "Each write updates it"}],
    "details": {"fixed_order": False},
    "points": 1,
    "difficulty": "medium",
    "topics": ["sql"],
    "source": "standard",
    "competence": "Databases",
    "bank": "Sample bank",
    "licence": "CC0-1.0",
}


class QuestionShown(BaseModel):
    """A question as anyone may read it, without its key."""

    model_config = example(SHOWN)

    id: UUID
    version: int
    question_type: QuestionTypeName
    title: str
    stem: str = Field(description="Markdown.")
    options: list[Option]
    details: dict[str, Any] = Field(description="What else the question says: units, the longest text, most choices.")
    points: float
    difficulty: Difficulty
    topics: list[str]
    source: str
    competence: str
    bank: str
    licence: str


class QuestionList(BaseModel):
    model_config = example({"count": 1, "results": [SHOWN]})

    count: int = Field(description="Of all that fit, whatever `limit` is.")
    results: list[QuestionShown]


def shown(question: Question) -> QuestionShown:
    """Expects it as ``without_keys()`` loads it."""
    version = question.current_version
    assert version is not None  # noqa: S101 - only approved questions come here, and those have one
    content = question_types.get(version.type).parse_content(version.content).model_dump()
    return QuestionShown(
        id=question.pk,
        version=version.number,
        question_type=QuestionTypeName(version.type),
        title=question.title,
        stem=version.stem,
        options=[Option(**option) for option in content.pop("options", ())],
        details=content,
        points=float(version.points),
        difficulty=Difficulty(question.difficulty),
        topics=[tag.name for tag in question.tags.all()],
        source=question.source,
        competence=question.competence,
        bank=question.bank.name,
        licence=question.licence or question.bank.licence,
    )
