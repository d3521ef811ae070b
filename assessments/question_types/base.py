"""What every question type offers. A new type is one new file beside this one.

A question version has two halves: its *content*, which a candidate may see, and its *key*, which no candidate page,
API answer or cache entry may hold. Each type describes both with a pydantic schema, so bad input gets its place and
its reason. A *value* is what a candidate gave: JSON (``str``, ``bool``, ``list[str]``), ``None`` when empty.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

Value = str | bool | list[str] | dict[str, str] | None
Render = Callable[[str], str]
"""Turns an author's Markdown into safe HTML (:func:`assessments.domain.markup.render`)."""


class ContentInvalid(Exception):
    """A question's content or key does not fit its type: ``where`` is the field, ``reason`` a sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.where, self.reason = where, reason


class ValueRefused(Exception):
    """What the candidate sent is not a value of this question, in words for the candidate."""


class Schema(BaseModel):
    """Unknown fields are refused: a misspelt ``tolerance`` must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class QuestionType(ABC):
    name: ClassVar[str]
    """As in :class:`assessments.enums.QuestionTypeName`."""
    content_schema: ClassVar[type[Schema]]
    key_schema: ClassVar[type[Schema]]
    is_scored_by_people: ClassVar[bool] = False

    @property
    def template(self) -> str:
        return f"question_types/{self.name}.html"

    def check(self, content: dict[str, Any], key: dict[str, Any]) -> None:
        """Raise :class:`ContentInvalid` unless content and key fit the type and each other."""
        parsed = self._parse(self.content_schema, content, "content"), self._parse(self.key_schema, key, "key")
        self.check_together(*parsed)

    def normal(self, content: dict[str, Any], key: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Content and key as they are stored: checked, defaults left out, one spelling for one meaning."""
        self.check(content, key)
        return tuple(  # type: ignore[return-value]
            schema.model_validate(raw).model_dump(mode="json", exclude_defaults=True)
            for schema, raw in ((self.content_schema, content), (self.key_schema, key))
        )

    def check_together(self, content: Any, key: Any) -> None:  # noqa: B027 - most types have nothing to add
        """Raise :class:`ContentInvalid` if content and key contradict each other."""

    @abstractmethod
    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        """The value of a form's fields named ``value``. Raises :class:`ValueRefused`."""

    @abstractmethod
    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        """The value of a JSON body. Raises :class:`ValueRefused`."""

    @abstractmethod
    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction | None:
        """The share of the points earned, 0 to 1; ``None`` where a person must judge. Pure; empty earns 0."""

    @abstractmethod
    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        """The part of the widget that is the same for every candidate (rendered once, then cached)."""

    @abstractmethod
    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        """The context of :attr:`template` for one candidate: the face, in this order, with this value filled in."""

    @abstractmethod
    def words(self, value: Value, content: dict[str, Any]) -> str:
        """A value as plain text, for overviews, records and reviewers. ``""`` when empty."""

    @abstractmethod
    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        """The key as plain text, for staff and released feedback."""

    def shuffled(self, content: dict[str, Any], rng: random.Random) -> list[str]:
        """Option ids in the order one attempt sees them; ``[]`` where there is nothing to shuffle."""
        return []

    @staticmethod
    def _parse(schema: type[Schema], raw: dict[str, Any], half: str) -> Schema:
        try:
            return schema.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in (half, *first["loc"]))
            raise ContentInvalid(where, first["msg"]) from error
