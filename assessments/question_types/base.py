"""What every question type offers. A new type is one new file beside this one, and its line in ``__init__.py``.

A question version has two halves: its *content*, which a candidate may see, and its *key*, which no candidate page,
API answer or cache entry may hold. Each type describes both with a pydantic schema, so bad input gets its place and
its reason. A *value* is what a candidate gave: JSON (``str``, ``bool``, ``list[str]``, ``dict[str, str]``), ``None`` when empty.
"""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

Value = str | bool | list[str] | list[str | None] | dict[str, str] | None
Render = Callable[[str], str]
"""Turns an author's Markdown into safe HTML (:func:`assessments.domain.markup.render_inline`)."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
UNION_TAGS = {"as text", "as number", "as typed", "as choice"}
"""What schemas call the branches of their unions: pydantic puts it into the place, and no author has written it."""
REASONS = {  # pydantic's own words name Python classes; authors get these
    "extra_forbidden": "This field is not known here.",
    "missing": "This field is required.",
    "model_type": "This must be an object.",
    "string_pattern_mismatch": "An id is made of letters, digits, dots, dashes and underscores, at most 64 of them.",
}


class Looks(Enum):
    """What becomes of a value on the page, so that whoever renders it knows what may be rendered once."""

    FEW = "chosen among what the question offers"
    ONE_TEXT = "a text that stands where ``widget.value`` does, and changes nothing else"
    MANY = "anything else"


class ContentInvalid(Exception):
    """A question's content or key does not fit its type: ``where`` is the field, ``reason`` a sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.where, self.reason = where, reason


class ValueRefused(Exception):
    """What the candidate sent is not a value of this question, in words for the candidate."""


class Schema(BaseModel):
    """Unknown fields are refused, and nothing is converted: a misspelt ``tolerance`` must not be dropped in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


ContentT = TypeVar("ContentT", bound=Schema)
KeyT = TypeVar("KeyT", bound=Schema)
SchemaT = TypeVar("SchemaT", bound=Schema)


@dataclass(frozen=True)
class KeyPart:
    """What the key says of one answer, beyond whether it is right."""

    words: str
    share: float | None
    """Of the points, from -1 to 1; ``None`` where it is the scoring that says it."""
    feedback: str
    """Markdown."""


class QuestionType(ABC, Generic[ContentT, KeyT]):
    name: ClassVar[str]
    """As in :class:`assessments.enums.QuestionTypeName`."""
    content_schema: type[ContentT]
    key_schema: type[KeyT]
    is_scored_by_people: ClassVar[bool] = False
    is_always_shuffled: ClassVar[bool] = False
    """Also in assessments that leave options in their order."""
    looks: ClassVar[Looks] = Looks.MANY
    """How many ways there are for :attr:`template` to look, over all values."""
    is_worded_by_authors: ClassVar[bool] = False
    """What :meth:`words` says of a value is in the question's language; otherwise it may be in any."""

    @property
    def template(self) -> str:
        return f"question_types/{self.name}.html"

    def check(self, content: dict[str, Any], key: dict[str, Any]) -> None:
        """Raise :class:`ContentInvalid` unless content and key fit the type and each other."""
        self.check_together(self.parse_content(content), self.parse_key(key))

    def normal(self, content: dict[str, Any], key: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Content and key as they are stored: checked, defaults left out, one spelling for one meaning."""
        parsed_content, parsed_key = self.parse_content(content), self.parse_key(key)
        self.check_together(parsed_content, parsed_key)
        parsed_content, parsed_key = self.canonical(parsed_content, parsed_key)
        return (
            parsed_content.model_dump(mode="json", exclude_defaults=True),
            parsed_key.model_dump(mode="json", exclude_defaults=True),
        )

    def check_together(self, content: ContentT, key: KeyT) -> None:
        """Raise :class:`ContentInvalid` if content and key contradict each other."""

    def canonical(self, content: ContentT, key: KeyT) -> tuple[ContentT, KeyT]:
        """The same question in its one spelling, beyond what the schemas see to."""
        return content, key

    @abstractmethod
    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        """The value of a form's fields named ``value``. Raises :class:`ValueRefused`."""

    @abstractmethod
    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        """The value of a JSON body. Raises :class:`ValueRefused`."""

    def posted(self, value: Value) -> list[str]:
        """The fields named ``value`` that post this value: what :meth:`read` turns into it again."""
        if value is None:
            return []
        if isinstance(value, bool):
            return ["true" if value else "false"]
        return [value] if isinstance(value, str) else [part for part in value if part is not None]

    def refilled(self, raw: Sequence[str], saved: Value) -> Value:
        """What the widget shows after these fields were refused: a text as it came, however wrong; choices as saved."""
        return raw[0] if raw and isinstance(saved, str | None) else saved

    @abstractmethod
    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction | None:
        """The share of the points earned, 0 to 1; ``None`` where a person must judge. Pure; empty earns 0."""

    @abstractmethod
    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        """The part of the widget that is the same for every candidate (rendered once, then cached)."""

    @abstractmethod
    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        """The context of :attr:`template` for one candidate: the face, in this order, with this value filled in."""

    def lists(self, content: dict[str, Any]) -> tuple[list[str], ...]:
        """What is shown below the stem piece by piece, as Markdown: with it, two questions of one stem are told apart."""
        return ()

    def passage(self, content: dict[str, Any]) -> str:
        """A text below the stem that is part of what is asked, as Markdown."""
        return ""

    @abstractmethod
    def words(self, value: Value, content: dict[str, Any]) -> str:
        """A value as plain text, for overviews, records and reviewers. ``""`` when empty."""

    @abstractmethod
    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        """The key as plain text, for staff and released feedback."""

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        """What single answers earn or cost and what is said of them, for staff alone; ``[]`` where the key is all there is."""
        return []

    def shuffled(self, content: dict[str, Any], rng: random.Random, *, key: dict[str, Any] | None = None) -> list[str]:
        """Option ids in the order one attempt sees them; ``[]`` where there is nothing to shuffle.

        The key is for the type whose key is an order: it must not be the one that is shown.
        """
        return []

    def parse_content(self, raw: dict[str, Any]) -> ContentT:
        return _parse(self.content_schema, raw, "content")

    def parse_key(self, raw: dict[str, Any]) -> KeyT:
        return _parse(self.key_schema, raw, "key")


def _parse(schema: type[SchemaT], raw: dict[str, Any], half: str) -> SchemaT:
    try:
        parsed = schema.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in (half, *first["loc"]) if part not in UNION_TAGS)
        raise ContentInvalid(where, REASONS.get(first["type"]) or _sentence(first["msg"])) from error
    for where, text in _texts(parsed.model_dump(mode="python"), half):
        if not is_storable(text):
            raise ContentInvalid(where, "NUL characters and halves of surrogate pairs cannot be stored.")
    return parsed


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message if message.endswith(".") else f"{message}."


def _texts(tree: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every string in plain data, dictionary keys too, with its place."""
    if isinstance(tree, str):
        yield where, tree
    elif isinstance(tree, dict):
        for name, branch in tree.items():
            yield where, name
            yield from _texts(branch, f"{where}.{name}")
    elif isinstance(tree, list):
        for index, branch in enumerate(tree):
            yield from _texts(branch, f"{where}.{index}")


def is_storable(text: str) -> bool:
    """PostgreSQL's jsonb refuses NUL, and half a surrogate pair is no text in any encoding."""
    return UNSTORABLE.search(text) is None
