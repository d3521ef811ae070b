"""What Gemini is asked to write for each question type, and how that becomes content and key.

The forms are flat and small, because Gemini keeps to those; what they leave open is checked by the question type itself.
A type that AI is to write is one form: what the prompt says of it, its fields, and how its answer is read back.
"""

from __future__ import annotations

from pydantic import BaseModel, create_model

from assessments.domain.written.arrangements import WrittenMatching, WrittenOrdering
from assessments.domain.written.base import MAX_TITLE, Written
from assessments.domain.written.choices import WrittenMultipleChoice, WrittenSingleChoice, WrittenTrueFalse
from assessments.domain.written.cloze import WrittenCloze
from assessments.domain.written.entries import WrittenNumeric, WrittenShortText
from assessments.domain.written.long_text import WrittenLongText
from assessments.formats.base import ParsedQuestion

FORMS: dict[str, type[Written]] = {
    form.type: form
    for form in (
        WrittenSingleChoice,
        WrittenMultipleChoice,
        WrittenTrueFalse,
        WrittenMatching,
        WrittenOrdering,
        WrittenNumeric,
        WrittenShortText,
        WrittenCloze,
        WrittenLongText,
    )
}
"""The types that can be written with AI, in the order authors see them."""
ANSWERS: dict[str, type[BaseModel]] = {
    name: create_model(f"Answer{form.__name__}", questions=(list[form], ...))  # type: ignore[valid-type]
    for name, form in FORMS.items()
}


def parsed(written: Written, *, place: int, difficulty: str, competence: str, topic: str) -> ParsedQuestion:
    """As the importers hand questions on, so that one set of checks is enough."""
    content, key = written.halves()
    tags = {tag.strip().lower()[:40] for tag in [*written.tags[:4], topic] if tag.strip()}
    return ParsedQuestion(
        where=f"question {place}",
        type=written.type,
        stem=written.stem.strip(),
        content=content,
        key=key,
        title=written.title.strip()[:MAX_TITLE],
        points=written.points(),
        difficulty=difficulty,
        tags=tuple(sorted(tags)),
        source="ai",
        competence=competence,
        explanation=written.explanation.strip(),
        rubric=written.rubric(),
    )
