"""Parley's own question document, the same in JSON, JSONL and YAML. ``docs/reference/formats.md`` describes it.

Reading is strict: a field that is not known is refused, since a misspelt one would be lost in silence. Writing leaves
defaults out and puts fields in a fixed order, so that the same questions are the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assessments.formats.base import (
    FileUnreadable,
    Parsed,
    ParsedBank,
    ParsedCriterion,
    ParsedLevel,
    ParsedQuestion,
    ParsedRubric,
    Rejection,
    require_few,
    short,
)

VERSION = 1
Points = Annotated[Decimal, Field(ge=0, max_digits=7, decimal_places=2)]


class Document(BaseModel):
    # A year as a title or a number as an id is written without quotes in YAML, and clear enough.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class LevelDocument(Document):
    name: str
    points: Points
    description: str = ""


class CriterionDocument(Document):
    name: str
    description: str = ""
    levels: tuple[LevelDocument, ...] = Field(min_length=1)


class RubricDocument(Document):
    name: str
    criteria: tuple[CriterionDocument, ...] = Field(min_length=1)


class QuestionDocument(Document):
    id: str = ""
    type: str
    title: str = ""
    stem: str
    content: dict[str, Any] = {}
    key: dict[str, Any] = {}
    points: Points = Decimal(1)
    difficulty: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    competence: str = ""
    explanation: str = ""
    licence: str = ""
    rubric: RubricDocument | None = None


class BankDocument(Document):
    name: str = ""
    description: str = ""
    licence: str = ""


def parse_document(raw: Any, *, format: str, where: Callable[[int, Any], str]) -> Parsed:  # noqa: A002 - as in Parsed
    """A whole file: the envelope with its questions, or a bare list of them. Raises :class:`FileUnreadable`."""
    if isinstance(raw, list):
        return parse_questions(((where(index, item), item) for index, item in enumerate(raw)), format=format)
    if not isinstance(raw, dict) or "parley" not in raw:
        raise FileUnreadable(f'This is not a Parley question file: it does not begin with "parley": {VERSION}.')
    if raw["parley"] != VERSION or isinstance(raw["parley"], bool):
        raise FileUnreadable(
            f"Only version {VERSION} of Parley question files is known, and this says {raw['parley']!r}."
        )
    if unknown := sorted(map(str, raw.keys() - {"parley", "bank", "questions"})):
        raise FileUnreadable(f"There is no field {unknown[0]!r} at the top of a Parley question file.")
    if not isinstance(raw.get("questions"), list):
        raise FileUnreadable('"questions" must be a list.')
    bank = _bank(raw.get("bank"))
    questions = ((where(index, item), item) for index, item in enumerate(raw["questions"]))
    parsed = parse_questions(questions, format=format)
    parsed.bank = bank
    return parsed


def parse_questions(items: Iterable[tuple[str, Any]], *, format: str) -> Parsed:  # noqa: A002 - as in Parsed
    """Questions one by one, each with its place; those that do not fit are rejected."""
    parsed = Parsed(format)
    for where, raw in items:
        require_few(parsed.total + 1)
        question = parse_question(raw, where=where)
        if isinstance(question, Rejection):
            parsed.rejected.append(question)
        else:
            parsed.questions.append(question)
    return parsed


def parse_question(raw: Any, *, where: str) -> ParsedQuestion | Rejection:
    if not isinstance(raw, dict):
        return Rejection(where, short(str(raw)), "A question must be an object with its fields.")
    given = {name: value for name, value in raw.items() if value is not None}
    try:
        document = QuestionDocument.model_validate(given)
    except ValidationError as error:
        return Rejection(where, short(str(raw.get("title") or raw.get("stem") or "")), in_words(error))
    fields = document.model_dump(exclude={"id", "rubric"})
    rubric = _rubric(document.rubric)
    return ParsedQuestion(where=where, identity=document.id, rubric=rubric, keeps_ids=True, **fields)


def in_words(error: ValidationError) -> str:
    """The first of pydantic's complaints as a sentence that names the field."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    match first["type"]:
        case "missing":
            return f'The field "{place}" is missing.'
        case "extra_forbidden":
            return f'There is no field "{place}".'
        case _:
            return f'"{place}": {first["msg"]}.'


def _bank(raw: Any) -> ParsedBank:
    if raw is None:
        return ParsedBank()
    try:
        document = BankDocument.model_validate(
            {k: v for k, v in raw.items() if v is not None} if isinstance(raw, dict) else raw
        )
    except ValidationError as error:
        raise FileUnreadable(f'In "bank": {in_words(error)}') from error
    return ParsedBank(**document.model_dump())


def _rubric(document: RubricDocument | None) -> ParsedRubric | None:
    if document is None:
        return None
    return ParsedRubric(
        document.name,
        tuple(
            ParsedCriterion(
                criterion.name,
                tuple(  # from the lowest, as they are stored and shown
                    ParsedLevel(level.name, level.points, level.description)
                    for level in sorted(criterion.levels, key=lambda level: level.points)
                ),
                criterion.description,
            )
            for criterion in document.criteria
        ),
    )


# ---- Writing ----


def document_of(questions: Sequence[ParsedQuestion], bank: ParsedBank) -> dict[str, Any]:
    about = _without_defaults({"name": bank.name, "description": bank.description, "licence": bank.licence})
    return {
        "parley": VERSION,
        **({"bank": about} if about else {}),
        "questions": [question_of(item) for item in questions],
    }


def question_of(question: ParsedQuestion) -> dict[str, Any]:
    return _without_defaults(
        {
            "id": question.identity,
            "type": question.type,
            "title": question.title,
            "stem": question.stem,
            "content": in_order(question.content),
            "key": in_order(question.key),
            "points": number(question.points) if question.points != 1 else None,
            "difficulty": question.difficulty,
            "tags": sorted(set(question.tags)),
            "source": question.source,
            "competence": question.competence,
            "explanation": question.explanation,
            "licence": question.licence,
            "rubric": rubric_of(question.rubric) if question.rubric else None,
        }
    )


def in_order(value: Any) -> Any:
    """With the fields of every object sorted: PostgreSQL's jsonb does not keep the order they came in."""
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [in_order(item) for item in value]
    return value


def number(points: Decimal) -> int | float:
    return int(points) if points == points.to_integral_value() else float(points)


def rubric_of(rubric: ParsedRubric) -> dict[str, Any]:
    return {"name": rubric.name, "criteria": [_criterion_of(item) for item in rubric.criteria]}


def _criterion_of(criterion: ParsedCriterion) -> dict[str, Any]:
    levels = [
        {"name": level.name, "points": number(level.points)} | _without_defaults({"description": level.description})
        for level in criterion.levels
    ]
    return {"name": criterion.name, **_without_defaults({"description": criterion.description}), "levels": levels}


def _without_defaults(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty. The stem and the type always stand: a question without them is none."""
    return {
        name: value for name, value in fields.items() if value not in ("", None, [], {}) or name in ("type", "stem")
    }
