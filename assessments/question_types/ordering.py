from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from django.utils.translation import gettext
from pydantic import Field, field_validator

from assessments.question_types.base import ContentInvalid, Looks, QuestionType, Render, Schema, Value, ValueRefused
from assessments.question_types.choices import (
    UNKNOWN_OPTION,
    Option,
    OptionId,
    arranged,
    duplicates,
    texts_listed,
    texts_of,
)
from assessments.question_types.listed import (
    MIXED_UP,
    assignments,
    assignments_as_typed,
    by_text,
    lettered,
    renamed,
    told_apart,
)

Scoring = Literal["adjacent_pairs", "per_position", "all_or_nothing"]


class OrderingContent(Schema):
    items: list[Option] = Field(min_length=2, max_length=50)

    @field_validator("items")
    @classmethod
    def can_be_told_apart(cls, items: list[Option]) -> list[Option]:
        return told_apart(items)

    @property
    def ids(self) -> list[str]:
        return [item.id for item in self.items]


class OrderingKey(Schema):
    order: list[OptionId]
    scoring: Scoring = "adjacent_pairs"

    @field_validator("order")
    @classmethod
    def has_unique_ids(cls, order: list[str]) -> list[str]:
        if twice := duplicates(order):
            raise ValueError(f"The item {twice[0]!r} is named more than once.")
        return order


class Ordering(QuestionType[OrderingContent, OrderingKey]):
    """Items are put into order. What has no position yet is ``None`` at the places that are left: begun is not lost."""

    name = "ordering"
    content_schema = OrderingContent
    key_schema = OrderingKey
    looks = Looks.FEW
    is_worded_by_authors = True
    is_always_shuffled = True  # where options stay in their order, that order could be the key

    def check_together(self, content: OrderingContent, key: OrderingKey) -> None:
        for id_ in key.order:
            if id_ not in content.ids:
                raise ContentInvalid("key.order", f"There is no item {id_!r}.")
        if missing := [id_ for id_ in content.ids if id_ not in key.order]:
            raise ContentInvalid("key.order", f"The item {missing[0]!r} has no place.")

    def canonical(self, content: OrderingContent, key: OrderingKey) -> tuple[OrderingContent, OrderingKey]:
        items = by_text(content.items)
        names = lettered(items)
        return (
            content.model_copy(update={"items": renamed(items, names)}),
            key.model_copy(update={"order": [names[id_] for id_ in key.order]}),
        )

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        """A position for each item. A single one that is left out gets the position that is left."""
        items = texts_of(self.parse_content(content).items)
        positions = assignments(raw)
        if not positions:
            return None
        numbers = {str(number): number for number in range(1, len(items) + 1)}
        if not set(positions) <= set(items) or not set(positions.values()) <= set(numbers):
            raise ValueRefused(MIXED_UP)
        if twice := duplicates(positions.values()):
            raise ValueRefused(given_twice(twice[0], [items[id_] for id_ in items if positions.get(id_) == twice[0]]))
        left = [id_ for id_ in items if id_ not in positions]
        by_position = {numbers[number]: id_ for id_, number in positions.items()}
        return [by_position.get(number, left[0] if len(left) == 1 else None) for number in numbers.values()]

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        if raw is None or raw == []:
            return None
        if not isinstance(raw, list):
            raise ValueRefused(gettext("The answer to this question is a list of its items in order."))
        ids = self.parse_content(content).ids
        placed = [id_ for id_ in raw if id_ is not None]
        if not all(isinstance(id_, str) and id_ in ids for id_ in placed):
            raise ValueRefused(UNKNOWN_OPTION)
        if len(raw) != len(ids) or duplicates(placed):
            raise ValueRefused(gettext("Put all %(total)s items into order, each of them once.") % {"total": len(ids)})
        return list(raw) if placed else None

    def posted(self, value: Value) -> list[str]:
        return [f"{id_}={number}" for number, id_ in numbered(value)]

    def refilled(self, raw: Sequence[str], saved: Value) -> Value:
        return assignments_as_typed(raw)

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        parsed = self.parse_key(key)
        return SCHEMES[parsed.scoring](value, parsed.order) if isinstance(value, list) else Fraction(0)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        items = self.parse_content(content).items
        return {
            "items": [{"id": item.id, "html": render(item.text)} for item in items],
            "positions": [str(number) for number in range(1, len(items) + 1)],
        }

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        """A list of ids is an order, and is shown in it; a dictionary has positions as they were typed and refused."""
        given = [id_ for _, id_ in numbered(value)]
        typed = value if isinstance(value, dict) else {}
        positions = {id_: str(number) for number, id_ in numbered(value)} or typed
        items = arranged(face["items"], order=given or order, chosen=())
        return {**face, "items": [{**item, "position": positions.get(item["id"], "")} for item in items]}

    def lists(self, content: dict[str, Any]) -> tuple[list[str], ...]:
        return (texts_listed(content["items"]),)

    def words(self, value: Value, content: dict[str, Any]) -> str:
        texts = texts_of(self.parse_content(content).items)
        return "; ".join(f"{number}. {texts.get(id_, id_)}" for number, id_ in numbered(value))

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        return self.words(self.parse_key(key).order, content)

    def shuffled(self, content: dict[str, Any], rng: random.Random, *, key: dict[str, Any] | None = None) -> list[str]:
        """Any order but the right one. Of two items, half the candidates see the right one: else it would be known."""
        ids = self.parse_content(content).ids
        right = self.parse_key(key).order if key and len(ids) > 2 else []
        rng.shuffle(ids)
        while ids == right:
            rng.shuffle(ids)
        return ids


def numbered(value: Value) -> list[tuple[int, str]]:
    """The items that have a position, by it."""
    ids: Sequence[str | None] = value if isinstance(value, list) else []
    return [(number, id_) for number, id_ in enumerate(ids, start=1) if id_ is not None]


def given_twice(position: str, texts: Sequence[str]) -> str:
    return gettext("Position %(position)s is given to %(items)s. Give each item a position of its own.") % {
        "position": position,
        "items": quoted(texts),
    }


def quoted(texts: Sequence[str]) -> str:
    *before, last = (
        gettext("“%(text)s”") % {"text": text if len(text) <= 40 else text[:39].rstrip() + "…"} for text in texts
    )
    return (
        gettext("%(several)s and %(last)s") % {"several": gettext(", ").join(before), "last": last} if before else last
    )


def all_or_nothing(given: Sequence[str | None], order: Sequence[str]) -> Fraction:
    return Fraction(list(given) == list(order))


def per_position(given: Sequence[str | None], order: Sequence[str]) -> Fraction:
    """The share of items at their position. One item put first by mistake moves all others, and earns nothing."""
    return Fraction(sum(one == right for one, right in zip(given, order, strict=False)), len(order))


def adjacent_pairs(given: Sequence[str | None], order: Sequence[str]) -> Fraction:
    """The share of the n - 1 pairs of neighbours in the key that follow each other in the answer.

    "Re-order paragraphs" is scored so: Pearson, PTE Academic Score Guide (partial credit for each correctly ordered,
    adjacent pair). One item in the wrong place costs the pairs around it, and no more.
    """
    return Fraction(len(set(pairwise(given)) & set(pairwise(order))), len(order) - 1)


SCHEMES = {
    "adjacent_pairs": adjacent_pairs,
    "per_position": per_position,
    "all_or_nothing": all_or_nothing,
}
