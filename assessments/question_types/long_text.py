from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pydantic import Field

from assessments.domain import markup
from assessments.question_types.base import Looks, QuestionType, Render, Schema, Value
from assessments.question_types.texts import is_blank, only_field, read_text


class LongTextContent(Schema):
    max_length: int = Field(default=20_000, ge=1, le=200_000)
    """Characters."""
    suggested_words: int | None = Field(default=None, ge=1)
    show_criteria: bool = False
    """Whether the candidate sees the names and descriptions of the rubric's criteria."""


class LongTextKey(Schema):
    model_answer: str = ""
    """Markdown."""


class LongText(QuestionType[LongTextContent, LongTextKey]):
    """A text that a reviewer judges by a rubric. Only an empty one is scored without a person: 0."""

    name = "long_text"
    content_schema = LongTextContent
    key_schema = LongTextKey
    looks = Looks.ONE_TEXT
    is_scored_by_people = True

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        return self.read_json(only_field(raw), content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        return read_text(raw, max_length=self.parse_content(content).max_length)

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction | None:
        return None if isinstance(value, str) and not is_blank(value) else Fraction(0)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        """``criteria`` stays empty here: the rubric is not part of the content. Whoever holds it fills them in."""
        return {**self.parse_content(content).model_dump(), "criteria": []}

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        return {**face, "value": value or ""}

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return value if isinstance(value, str) else ""

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        return markup.plain(self.parse_key(key).model_answer)
