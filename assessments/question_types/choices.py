"""What the types with options share: their schema, their order, their widget, their words."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_uppercase
from typing import Annotated, Any, TypeVar

from django.utils.translation import gettext_lazy
from pydantic import Field, field_validator

from assessments.domain import markup
from assessments.question_types.base import (
    ContentInvalid,
    KeyPart,
    KeyT,
    Looks,
    QuestionType,
    Render,
    Schema,
    Value,
    ValueRefused,
)
from assessments.question_types.texts import is_blank

OptionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
UNKNOWN_OPTION = gettext_lazy("This is not one of the options of this question.")


class Option(Schema):
    id: OptionId
    text: str = Field(max_length=100_000)
    """Markdown, with room for a picture."""

    @field_validator("text")
    @classmethod
    def has_words(cls, text: str) -> str:
        if is_blank(text):
            raise ValueError("An option needs a text.")
        return text


class ChoiceContent(Schema):
    options: list[Option] = Field(min_length=2, max_length=200)
    fixed_order: bool = False

    @field_validator("options")
    @classmethod
    def has_unique_ids(cls, options: list[Option]) -> list[Option]:
        return with_unique_ids(options)

    @property
    def ids(self) -> list[str]:
        return [option.id for option in self.options]


ChoiceContentT = TypeVar("ChoiceContentT", bound=ChoiceContent)


class Choice(QuestionType[ChoiceContentT, KeyT]):
    """A question with options. Concrete types say how a value is read and scored."""

    is_multiple: bool
    looks = Looks.FEW
    is_worded_by_authors = True

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        options = self.parse_content(content).options
        return {
            "options": [{"id": option.id, "html": render(option.text)} for option in options],
            "is_multiple": self.is_multiple,
        }

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        return {**face, "options": arranged(face["options"], order=order, chosen=self.posted(value))}

    def lists(self, content: dict[str, Any]) -> tuple[list[str], ...]:
        return (texts_listed(content["options"]),)

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return option_words(self.parse_content(content), self.posted(value))

    def shuffled(self, content: dict[str, Any], rng: random.Random, *, key: dict[str, Any] | None = None) -> list[str]:
        parsed = self.parse_content(content)
        ids = parsed.ids
        if not parsed.fixed_order:
            rng.shuffle(ids)
        return ids

    def known(self, raw: Sequence[Any], content: dict[str, Any]) -> list[str]:
        """These ids, each once, in the order of the content, so that one choice has one spelling."""
        ids = self.parse_content(content).ids
        if not all(isinstance(id_, str) and id_ in ids for id_ in raw):
            raise ValueRefused(UNKNOWN_OPTION)
        return [id_ for id_ in ids if id_ in raw]


def arranged(options: Sequence[dict[str, Any]], *, order: Sequence[str], chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Options as one candidate sees them. What the order does not name follows it: an option is never lost."""
    places = {id_: place for place, id_ in enumerate(order)}
    shown = sorted(options, key=lambda option: places.get(option["id"], len(places)))
    return [
        {**option, "letter": letter(place), "is_chosen": option["id"] in chosen} for place, option in enumerate(shown)
    ]


def letter(place: int) -> str:
    """A, B, … Z, AA, AB, … as spreadsheets name their columns."""
    before, this = divmod(place, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[this]


def texts_listed(options: Iterable[dict[str, str]]) -> list[str]:
    return [option["text"] for option in options]


def texts_of(options: Sequence[Option]) -> dict[str, str]:
    """The words of each by its id, mathematics on one line unless two then read the same.

    What is only a picture goes by its id.
    """
    labels = {option.id: markup.label(option.text) or option.id for option in options}
    if len({*labels.values()}) == len(labels):
        return labels
    return {option.id: markup.plain(option.text) or option.id for option in options}


def option_words(content: ChoiceContent, ids: Sequence[str]) -> str:
    """The texts of these options in the order of the content. An option that is only a picture goes by its id."""
    return "; ".join(words for id_, words in texts_of(content.options).items() if id_ in ids)


def option_parts(
    content: ChoiceContent, shares: Mapping[str, float], feedback: Mapping[str, str], *, all_others: float | None
) -> list[KeyPart]:
    """Of every option, where the shares or the feedback say anything at all."""
    if not shares and not feedback:
        return []
    return [
        KeyPart(words, shares.get(id_, all_others), feedback.get(id_, ""))
        for id_, words in texts_of(content.options).items()
    ]


def require_known(ids: Iterable[str], content: ChoiceContent, where: str) -> None:
    for id_ in ids:
        if id_ not in content.ids:
            raise ContentInvalid(where, f"There is no option {id_!r}.")


def with_unique_ids(options: list[Option]) -> list[Option]:
    """Raises ``ValueError``."""
    if twice := duplicates(option.id for option in options):
        raise ValueError(f"The option id {twice[0]!r} is there more than once.")
    return options


def duplicates(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
