"""What Gemini is asked to write for each question type, and how that becomes content and key.

The forms are flat and small, because Gemini keeps to those; what they leave open is checked by the question type itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from string import ascii_lowercase
from typing import Any, ClassVar

from pydantic import BaseModel, Field, create_model

from assessments.enums import QuestionTypeName
from assessments.formats.base import ParsedCriterion, ParsedLevel, ParsedQuestion, ParsedRubric

Halves = tuple[dict[str, Any], dict[str, Any]]
MAX_TITLE = 120


class Written(BaseModel, ABC):
    title: str = Field(description="Four to eight words that tell it from the others.")
    stem: str
    explanation: str
    tags: list[str] = Field(description="Two to four lower-case words.")
    needs: ClassVar[str]

    @abstractmethod
    def halves(self) -> Halves:
        """Content and key."""

    def rubric(self) -> ParsedRubric | None:
        return None

    def points(self) -> Decimal:
        return Decimal(1)


class WrittenOption(BaseModel):
    text: str
    is_right: bool
    why: str = Field(description="One sentence: why it is right or wrong.")


class WrittenSingleChoice(Written):
    needs = "four options, exactly one of them right."
    options: list[WrittenOption]

    def halves(self) -> Halves:
        options, right, feedback = _options(self.options)
        # With none or several marked there is no key: "" is no option, and the type says so.
        return {"options": options}, {"option": right[0] if len(right) == 1 else "", "feedback": feedback}


class WrittenMultipleChoice(Written):
    needs = "five options, two or three of them right; the stem says that several may be right."
    options: list[WrittenOption]

    def halves(self) -> Halves:
        options, right, feedback = _options(self.options)
        return {"options": options}, {"options": right, "feedback": feedback}


class WrittenTrueFalse(Written):
    needs = "a statement as the stem that is clearly true or clearly false, and whose truth takes thought."
    is_true: bool

    def halves(self) -> Halves:
        return {}, {"value": self.is_true}


class WrittenNumeric(Written):
    needs = (
        "one number that follows from what the stem gives; name the unit in the stem and leave it out of the number."
    )
    number: str = Field(description="Digits only, as text: 42 or 0.35")
    tolerance: str = Field(description="How far off is still right, as text; 0 for exact.")

    def halves(self) -> Halves:
        accepted = {"value": self.number.strip()}
        if self.tolerance.strip() not in ("", "0"):
            accepted["tolerance"] = self.tolerance.strip()
        return {}, {"accepted": [accepted]}


class WrittenShortText(Written):
    needs = "an answer of one to three words; list every spelling that is right."
    accepted: list[str]

    def halves(self) -> Halves:
        return {}, {"accepted": [{"text": text.strip()} for text in dict.fromkeys(self.accepted)]}


class WrittenLevel(BaseModel):
    name: str
    points: int
    description: str = Field(description="What an answer of this level says.")


class WrittenCriterion(BaseModel):
    name: str
    description: str
    levels: list[WrittenLevel] = Field(description="Three, from 0 points up.")


class WrittenLongText(Written):
    needs = "a task that takes 80 to 200 words to answer, a model answer, and a rubric of two to four criteria about its content."
    suggested_words: int
    model_answer: str
    criteria: list[WrittenCriterion]

    def halves(self) -> Halves:
        return {"suggested_words": self.suggested_words}, {"model_answer": self.model_answer}

    def rubric(self) -> ParsedRubric | None:
        return ParsedRubric(
            name=self.title.strip()[:MAX_TITLE] or "Rubric",
            criteria=tuple(
                ParsedCriterion(
                    name=one.name.strip(),
                    description=one.description.strip(),
                    levels=tuple(
                        ParsedLevel(level.name.strip(), Decimal(level.points), level.description.strip())
                        for level in one.levels
                    ),
                )
                for one in self.criteria
            ),
        )

    def points(self) -> Decimal:
        """The best level everywhere."""
        best = sum(max((level.points for level in one.levels), default=0) for one in self.criteria)
        return Decimal(max(1, min(best, 100)))


FORMS: dict[str, type[Written]] = {
    QuestionTypeName.SINGLE_CHOICE: WrittenSingleChoice,
    QuestionTypeName.MULTIPLE_CHOICE: WrittenMultipleChoice,
    QuestionTypeName.TRUE_FALSE: WrittenTrueFalse,
    QuestionTypeName.NUMERIC: WrittenNumeric,
    QuestionTypeName.SHORT_TEXT: WrittenShortText,
    QuestionTypeName.LONG_TEXT: WrittenLongText,
}
"""The types that can be written with AI."""
ANSWERS: dict[str, type[BaseModel]] = {
    name: create_model(f"Answer{form.__name__}", questions=(list[form], ...))  # type: ignore[valid-type]
    for name, form in FORMS.items()
}


def parsed(written: Written, *, type_: str, place: int, difficulty: str, competence: str, topic: str) -> ParsedQuestion:
    """As the importers hand questions on, so that one set of checks is enough."""
    content, key = written.halves()
    tags = {tag.strip().lower()[:40] for tag in [*written.tags[:4], topic] if tag.strip()}
    return ParsedQuestion(
        where=f"question {place}",
        type=type_,
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


def _options(written: list[WrittenOption]) -> tuple[list[dict[str, str]], list[str], dict[str, str]]:
    ids = ascii_lowercase[: len(written)]
    options = [{"id": id_, "text": option.text.strip()} for id_, option in zip(ids, written, strict=False)]
    right = [id_ for id_, option in zip(ids, written, strict=False) if option.is_right]
    feedback = {id_: option.why.strip() for id_, option in zip(ids, written, strict=False) if option.why.strip()}
    return options, right, feedback
