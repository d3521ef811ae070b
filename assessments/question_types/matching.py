from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from html import unescape
from typing import Any, Literal

from django.utils.translation import gettext
from pydantic import Field, field_validator

from assessments.domain import markup
from assessments.question_types.base import (
    ContentInvalid,
    KeyPart,
    Looks,
    QuestionType,
    Render,
    Schema,
    Value,
    ValueRefused,
)
from assessments.question_types.choices import UNKNOWN_OPTION, Option, OptionId, arranged, texts_listed, texts_of
from assessments.question_types.credits import Credit, exact
from assessments.question_types.gaps import Weight
from assessments.question_types.listed import (
    assignments,
    assignments_as_typed,
    by_text,
    lettered,
    renamed,
    told_apart,
)

LONGEST_IN_A_LIST = 60  # characters; a longer choice is shown in full above, and in the lists by its letter


class MatchingContent(Schema):
    prompts: list[Option] = Field(min_length=1, max_length=100)
    choices: list[Option] = Field(min_length=2, max_length=200)
    fixed_order: bool = False

    @field_validator("prompts", "choices")
    @classmethod
    def can_be_told_apart(cls, options: list[Option]) -> list[Option]:
        return told_apart(options)


class MatchingKey(Schema):
    pairs: dict[OptionId, OptionId]
    """The right choice for each prompt. One choice may be right for several prompts, and some for none."""
    scoring: Literal["per_pair", "all_or_nothing"] = "per_pair"
    credit: dict[OptionId, dict[OptionId, Credit]] = {}
    """What other choices earn, by prompt."""
    weights: dict[OptionId, Weight] = {}
    """How much prompts count; 1 where nothing is said."""


class Matching(QuestionType[MatchingContent, MatchingKey]):
    """Each prompt gets one of the choices; each has the same share of the credit."""

    name = "matching"
    content_schema = MatchingContent
    key_schema = MatchingKey
    looks = Looks.FEW
    is_worded_by_authors = True

    def check_together(self, content: MatchingContent, key: MatchingKey) -> None:
        prompts, choices = ({option.id for option in half} for half in (content.prompts, content.choices))
        for where, named in (("key.pairs", key.pairs), ("key.credit", key.credit), ("key.weights", key.weights)):
            require(named, prompts, where, "prompt")
        require(key.pairs.values(), choices, "key.pairs", "choice")
        if missing := sorted(prompts - set(key.pairs)):
            raise ContentInvalid("key.pairs", f"The prompt {missing[0]!r} has no choice.")
        for prompt, shares in key.credit.items():
            require(shares, choices, f"key.credit.{prompt}", "choice")
            if key.pairs[prompt] in shares:
                reason = f"The key {key.pairs[prompt]!r} earns all; give credit to other choices only."
                raise ContentInvalid(f"key.credit.{prompt}", reason)
        if key.credit and key.scoring == "all_or_nothing":
            raise ContentInvalid("key.credit", "Where it is all or nothing, no other choice can earn a part.")
        if key.weights and key.scoring == "all_or_nothing":
            raise ContentInvalid("key.weights", "Where it is all or nothing, no prompt counts more than another.")

    def canonical(self, content: MatchingContent, key: MatchingKey) -> tuple[MatchingContent, MatchingKey]:
        listed = content.choices if content.fixed_order else by_text(content.choices)
        choices = lettered(listed)
        prompts = {prompt.id: str(number) for number, prompt in enumerate(content.prompts, start=1)}
        canonical_content = content.model_copy(
            update={"prompts": renamed(content.prompts, prompts), "choices": renamed(listed, choices)}
        )
        canonical_key = key.model_copy(
            update={
                "pairs": {prompts[id_]: choices[key.pairs[id_]] for id_ in prompts},
                "credit": {
                    prompts[id_]: {choices[other]: share for other, share in sorted(key.credit[id_].items())}
                    for id_ in prompts
                    if key.credit.get(id_)
                },
                "weights": {prompts[id_]: key.weights[id_] for id_ in prompts if key.weights.get(id_, 1) != 1},
            }
        )
        return canonical_content, canonical_key

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        return self.read_json(assignments(raw), content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        """One spelling: in the order of the prompts, without those that have no choice."""
        if raw is None:
            return None
        if not isinstance(raw, dict):
            raise ValueRefused(gettext("The answer to this question is a choice for each prompt."))
        parsed = self.parse_content(content)
        prompts, choices = ([option.id for option in half] for half in (parsed.prompts, parsed.choices))
        chosen = {prompt: choice for prompt, choice in raw.items() if choice != ""}
        if not set(chosen) <= set(prompts) or not all(choice in choices for choice in chosen.values()):
            raise ValueRefused(UNKNOWN_OPTION)
        return {prompt: chosen[prompt] for prompt in prompts if prompt in chosen} or None

    def posted(self, value: Value) -> list[str]:
        return [f"{prompt}={choice}" for prompt, choice in value.items()] if isinstance(value, dict) else []

    def refilled(self, raw: Sequence[str], saved: Value) -> Value:
        return assignments_as_typed(raw)

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        if not isinstance(value, dict):
            return Fraction(0)
        parsed = self.parse_key(key)
        shares = {prompt: earned(parsed, prompt, value.get(prompt, "")) for prompt in parsed.pairs}
        if parsed.scoring == "all_or_nothing":
            return Fraction(all(share == 1 for share in shares.values()))
        weights = {prompt: exact(parsed.weights.get(prompt, 1)) for prompt in shares}
        return sum((weights[prompt] * share for prompt, share in shares.items()), Fraction(0)) / sum(weights.values())

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        parsed = self.parse_content(content)
        choices = [{"id": one.id, "html": render(one.text), "words": markup.label(one.text)} for one in parsed.choices]
        return {
            "prompts": [{"id": one.id, "html": render(one.text)} for one in parsed.prompts],
            "choices": choices,
            "is_lettered": not all(fits_a_list(choice["html"], choice["words"]) for choice in choices),
        }

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        """``order`` names the prompts, then the choices."""
        chosen = value if isinstance(value, dict) else {}
        count = len(face["prompts"])
        prompts = arranged(face["prompts"], order=order[:count], chosen=())
        return {
            **face,
            "prompts": [{**prompt, "chosen": chosen.get(prompt["id"], "")} for prompt in prompts],
            "choices": arranged(face["choices"], order=order[count:], chosen=()),
        }

    def lists(self, content: dict[str, Any]) -> tuple[list[str], ...]:
        return texts_listed(content["prompts"]), texts_listed(content["choices"])

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return pair_words(self.parse_content(content), value if isinstance(value, dict) else {})

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        parsed_content, parsed = self.parse_content(content), self.parse_key(key)
        partial = [
            f"{pair_words(parsed_content, {prompt: choice})} ({share:.4g})"
            for prompt, shares in parsed.credit.items()
            for choice, share in shares.items()
        ]
        return "; ".join([pair_words(parsed_content, parsed.pairs), *partial])

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        """What each pair is worth, where some count more than others."""
        parsed_content, parsed = self.parse_content(content), self.parse_key(key)
        if not parsed.weights:
            return []
        weights = {prompt: float(parsed.weights.get(prompt, 1)) for prompt in parsed.pairs}
        return [
            KeyPart(pair_words(parsed_content, {prompt: parsed.pairs[prompt]}), weight / sum(weights.values()), "")
            for prompt, weight in weights.items()
        ]

    def shuffled(self, content: dict[str, Any], rng: random.Random, *, key: dict[str, Any] | None = None) -> list[str]:
        parsed = self.parse_content(content)
        halves = [[option.id for option in half] for half in (parsed.prompts, parsed.choices)]
        if not parsed.fixed_order:
            for half in halves:
                rng.shuffle(half)
        return [*halves[0], *halves[1]]


def require(named: Any, known: set[str], where: str, called: str) -> None:
    for id_ in named:
        if id_ not in known:
            raise ContentInvalid(where, f"There is no {called} {id_!r}.")


def earned(key: MatchingKey, prompt: str, choice: str) -> Fraction:
    """The credit of one pair."""
    if choice == key.pairs[prompt]:
        return Fraction(1)
    return exact(key.credit.get(prompt, {}).get(choice, 0))


def fits_a_list(html: str, words: str) -> bool:
    """A drop-down list shows plain text only: no code, no picture, nothing long."""
    return len(words) <= LONGEST_IN_A_LIST and " ".join(unescape(html).split()) == words


def pair_words(content: MatchingContent, pairs: dict[str, str]) -> str:
    prompts, choices = texts_of(content.prompts), texts_of(content.choices)
    return "; ".join(f"{words} → {choices.get(pairs[id_], '')}" for id_, words in prompts.items() if id_ in pairs)
