"""A task for people to judge, with its rubric."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, Field

from assessments.domain.written.base import MAX_TITLE, Halves, Written
from assessments.enums import QuestionTypeName
from assessments.formats.base import ParsedCriterion, ParsedLevel, ParsedRubric


class WrittenLevel(BaseModel):
    name: str
    points: int
    description: str = Field(description="What an answer of this level says.")


class WrittenCriterion(BaseModel):
    name: str
    description: str
    levels: list[WrittenLevel] = Field(description="Three, from 0 points up.")


class WrittenLongText(Written):
    type = QuestionTypeName.LONG_TEXT
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
