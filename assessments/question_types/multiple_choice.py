from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from django.utils.translation import gettext, ngettext
from pydantic import Field, PlainValidator, field_validator

from assessments.question_types.base import ContentInvalid, KeyPart, Render, Schema, Value, ValueRefused
from assessments.question_types.choices import (
    Choice,
    ChoiceContent,
    OptionId,
    duplicates,
    option_parts,
    option_words,
    require_known,
)
from assessments.question_types.credits import exact

Scoring = Literal["all_or_nothing", "per_option", "right_minus_wrong", "weighted"]
ROUNDING = Fraction(1, 1000)
"""Weights are decimals, and three thirds come to 0.999999: what is as near as this to all of the points is all of them."""


def weight_number(raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not -1 <= raw <= 1:
        raise ValueError("The weight of an option is a number from -1 to 1.")
    return int(raw) if raw == int(raw) else raw


Weight = Annotated[int | float, PlainValidator(weight_number)]


class MultipleChoiceContent(ChoiceContent):
    max_choices: int | None = Field(default=None, ge=1)


class MultipleChoiceKey(Schema):
    options: list[OptionId] = Field(min_length=1)
    scoring: Scoring = "right_minus_wrong"
    weights: dict[OptionId, Weight] = {}
    """What each option adds or takes away; only where ``scoring`` is ``weighted``."""
    feedback: dict[OptionId, str] = {}

    @field_validator("options")
    @classmethod
    def has_unique_ids(cls, options: list[str]) -> list[str]:
        if twice := duplicates(options):
            raise ValueError(f"The option {twice[0]!r} is named more than once.")
        return options


class MultipleChoice(Choice[MultipleChoiceContent, MultipleChoiceKey]):
    """Any number of options is chosen; the key's ``scoring`` says what a part of them earns."""

    name = "multiple_choice"
    content_schema = MultipleChoiceContent
    key_schema = MultipleChoiceKey
    is_multiple = True

    def check_together(self, content: MultipleChoiceContent, key: MultipleChoiceKey) -> None:
        require_known(key.options, content, "key.options")
        require_known(key.feedback, content, "key.feedback")
        require_known(key.weights, content, "key.weights")
        check_weights(content, key)
        if key.scoring != "weighted" and content.max_choices is not None and content.max_choices < len(key.options):
            raise ContentInvalid("content.max_choices", "The key has more options than may be chosen.")

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        return self.read_json([field for field in raw if field], content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        if raw is None:
            return None
        if not isinstance(raw, list):
            raise ValueRefused(gettext("The answer to this question is a list of options."))
        chosen = self.known(raw, content)
        most = self.parse_content(content).max_choices
        if most is not None and len(chosen) > most:
            raise ValueRefused(
                ngettext("Choose at most %(most)s option.", "Choose at most %(most)s options.", most) % {"most": most}
            )
        return list(chosen) or None

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        parsed = self.parse_key(key)
        options = set(self.parse_content(content).ids)
        chosen = options & set(value) if isinstance(value, list) else set()
        if parsed.scoring == "weighted":
            return weighted(chosen, parsed)
        return SCHEMES[parsed.scoring](chosen, set(parsed.options), options) if chosen else Fraction(0)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        return {**super().face(content, render), "max_choices": self.parse_content(content).max_choices}

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        return option_words(self.parse_content(content), self.parse_key(key).options)

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        parsed = self.parse_key(key)
        others = 0 if parsed.weights else None
        return option_parts(self.parse_content(content), parsed.weights, parsed.feedback, all_others=others)


def check_weights(content: MultipleChoiceContent, key: MultipleChoiceKey) -> None:
    """Raise :class:`ContentInvalid` unless the weights fit the key, and all of the points can be earned with them."""
    if key.scoring != "weighted":
        if key.weights:
            raise ContentInvalid("key.weights", "Options have weights only where the scoring is weighted.")
        return
    positive = {id_: exact(weight) for id_, weight in key.weights.items() if weight > 0}
    if set(positive) != set(key.options):
        raise ContentInvalid("key.weights", "The options of the key are those whose weight is above 0.")
    best = sorted(positive.values(), reverse=True)[: content.max_choices]
    if sum(best, start=Fraction(0)) < 1 - ROUNDING:
        raise ContentInvalid("key.weights", "The options that may be chosen together weigh less than 1.")


def weighted(chosen: set[str], key: MultipleChoiceKey) -> Fraction:
    """The sum of the weights of what was chosen, never below 0 nor above 1."""
    total = sum((exact(key.weights.get(id_, 0)) for id_ in chosen), start=Fraction(0))
    return Fraction(1) if total >= 1 - ROUNDING else max(total, Fraction(0))


def all_or_nothing(chosen: set[str], key: set[str], options: set[str]) -> Fraction:
    """1 for exactly the key, else 0."""
    return Fraction(chosen == key)


def per_option(chosen: set[str], key: set[str], options: set[str]) -> Fraction:
    """The share of options judged rightly: (keys chosen + distractors left) / options.

    Each option is taken as a true-or-false item of its own, the 1/n scoring of multiple true-false items: Albanese &
    Sabers (1988), Multiple true-false items: a study of interitem correlations, scoring alternatives, and reliability
    estimation, Journal of Educational Measurement 25(2), 111-123.
    """
    return 1 - Fraction(len(chosen ^ key), len(options))


def right_minus_wrong(chosen: set[str], key: set[str], options: set[str]) -> Fraction:
    """The share of keys chosen less the share of distractors chosen, never below 0.

    Sensitivity + specificity - 1, the index J of Youden (1950), Index for rating diagnostic tests, Cancer 3(1), 32-35.
    Choosing everything earns 0, however many keys there are; (right - wrong) / keys would reward it.
    """
    distractors = options - key
    wrong = Fraction(len(chosen & distractors), len(distractors)) if distractors else Fraction(0)
    return max(Fraction(len(chosen & key), len(key)) - wrong, Fraction(0))


SCHEMES = {
    "all_or_nothing": all_or_nothing,
    "per_option": per_option,
    "right_minus_wrong": right_minus_wrong,
}
