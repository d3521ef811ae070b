from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import re2
from pydantic import Field, field_validator, model_validator

from assessments.question_types.base import ContentInvalid, Looks, QuestionType, Render, Schema, Value
from assessments.question_types.credits import Credit, exact
from assessments.question_types.texts import folded, is_blank, only_field, read_text

PATTERN_MEMORY = 1 << 20  # bytes RE2 may spend on one compiled pattern; its own default is eight times that


class AcceptedText(Schema):
    text: str = Field(max_length=2_000)
    match: Literal["exact", "regex"] = "exact"
    case_sensitive: bool = False
    credit: Credit = 1

    @field_validator("text")
    @classmethod
    def has_words(cls, text: str) -> str:
        if is_blank(text):
            raise ValueError("An accepted answer needs a text.")
        return text

    @model_validator(mode="after")
    def compiles(self) -> AcceptedText:
        if self.match == "regex":
            compiled(self.text, self.case_sensitive)
        return self

    def accepts(self, response: str) -> bool:
        """``response`` is folded already."""
        if self.match == "regex":
            return compiled(self.text, self.case_sensitive).fullmatch(response) is not None
        if self.case_sensitive:
            return folded(self.text) == response
        return folded(self.text).casefold() == response.casefold()


class ShortTextContent(Schema):
    max_length: int = Field(default=200, ge=1, le=2_000)
    """Characters."""


class ShortTextKey(Schema):
    accepted: list[AcceptedText] = Field(min_length=1, max_length=200)

    @field_validator("accepted")
    @classmethod
    def can_be_earned(cls, accepted: list[AcceptedText]) -> list[AcceptedText]:
        if all(one.credit < 1 for one in accepted):
            raise ValueError("No accepted answer earns the full credit of 1.")
        return accepted


class ShortText(QuestionType[ShortTextContent, ShortTextKey]):
    """A word or a line, compared with accepted texts and patterns; the best match counts."""

    name = "short_text"
    content_schema = ShortTextContent
    key_schema = ShortTextKey
    looks = Looks.ONE_TEXT

    def check_together(self, content: ShortTextContent, key: ShortTextKey) -> None:
        for index, one in enumerate(key.accepted):
            if one.match == "exact" and len(folded(one.text)) > content.max_length:
                reason = f"This is longer than the {content.max_length} characters a candidate may write."
                raise ContentInvalid(f"key.accepted.{index}.text", reason)

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        return self.read_json(only_field(raw), content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        return read_text(raw, max_length=self.parse_content(content).max_length)

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        return earned(value, self.parse_key(key).accepted) if isinstance(value, str) else Fraction(0)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        return self.parse_content(content).model_dump()

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        return {**face, "value": value or ""}

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return value if isinstance(value, str) else ""

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        return "; ".join(accepted_words(one) for one in self.parse_key(key).accepted)


def earned(typed: str, accepted: Iterable[AcceptedText]) -> Fraction:
    response = folded(typed)
    return max((exact(one.credit) for one in accepted if one.accepts(response)), default=Fraction(0))


def accepted_words(accepted: AcceptedText) -> str:
    text = f"/{accepted.text}/" if accepted.match == "regex" else accepted.text
    return text if accepted.credit == 1 else f"{text} ({accepted.credit:.4g})"


@lru_cache(maxsize=1024)
def compiled(pattern: str, case_sensitive: bool) -> Any:
    """RE2 takes linear time on any pattern, so an author's mistake cannot stop a worker. Raises ``ValueError``."""
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error
        raise ValueError(f"This is no regular expression that RE2 can run: {reason}.") from error
