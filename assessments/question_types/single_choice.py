from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext

from assessments.question_types.base import ContentInvalid, KeyPart, Schema, Value, ValueRefused
from assessments.question_types.choices import (
    Choice,
    ChoiceContent,
    OptionId,
    option_parts,
    option_words,
    require_known,
)
from assessments.question_types.credits import Credit, exact


class SingleChoiceKey(Schema):
    option: OptionId
    credit: dict[OptionId, Credit] = {}
    """What other options earn."""
    feedback: dict[OptionId, str] = {}
    """Markdown for each option, shown with the released key."""


class SingleChoice(Choice[ChoiceContent, SingleChoiceKey]):
    """One option is chosen. The key earns 1, another option what the key's ``credit`` says, else 0."""

    name = "single_choice"
    content_schema = ChoiceContent
    key_schema = SingleChoiceKey
    is_multiple = False

    def check_together(self, content: ChoiceContent, key: SingleChoiceKey) -> None:
        require_known([key.option], content, "key.option")
        require_known(key.credit, content, "key.credit")
        require_known(key.feedback, content, "key.feedback")
        if key.option in key.credit:
            raise ContentInvalid("key.credit", f"The key {key.option!r} earns 1; give credit to other options only.")

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        chosen = [field for field in raw if field]
        if len(chosen) > 1:
            raise ValueRefused(gettext("Choose one option."))
        return self.read_json(chosen[0] if chosen else None, content)

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        return self.known([raw], content)[0] if raw not in (None, "") else None

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        parsed = self.parse_key(key)
        if value == parsed.option:
            return Fraction(1)
        return exact(parsed.credit.get(value, 0)) if isinstance(value, str) else Fraction(0)

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        parsed_content, parsed = self.parse_content(content), self.parse_key(key)
        partial = [f"{option_words(parsed_content, [id_])} ({share:.4g})" for id_, share in parsed.credit.items()]
        return "; ".join([option_words(parsed_content, [parsed.option]), *partial])

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        parsed = self.parse_key(key)
        shares = {parsed.option: 1, **parsed.credit} if parsed.credit else {}
        return option_parts(self.parse_content(content), shares, parsed.feedback, all_others=0 if shares else None)
