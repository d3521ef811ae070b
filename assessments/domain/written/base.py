"""What every form asks of Gemini, and what it must say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from assessments import question_types
from assessments.enums import QuestionTypeName
from assessments.formats.base import ParsedRubric
from assessments.question_types import Value

Halves = tuple[dict[str, Any], dict[str, Any]]
MAX_TITLE = 120


class Written(BaseModel, ABC):
    title: str = Field(description="Four to eight words that tell it from the others.")
    stem: str
    explanation: str
    tags: list[str] = Field(description="Two to four lower-case words.")
    type: ClassVar[QuestionTypeName]
    needs: ClassVar[str]
    """What the prompt says of this type."""
    answered_by: ClassVar[str] = ""
    """How a second call, which is not shown the key, writes its answer; empty where people judge."""

    @abstractmethod
    def halves(self) -> Halves:
        """Content and key."""

    def rubric(self) -> ParsedRubric | None:
        return None

    def points(self) -> Decimal:
        return Decimal(1)

    @classmethod
    def read(cls, given: Sequence[str], content: dict[str, Any]) -> Value:
        """That second answer as a value. Raises ``ValueRefused``."""
        return question_types.get(cls.type).read(given, content)
