from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext, gettext_lazy

from assessments.question_types.base import KeyPart, Looks, QuestionType, Render, Schema, Value, ValueRefused
from assessments.question_types.choices import arranged

LABELS = {"true": gettext_lazy("True"), "false": gettext_lazy("False")}


class TrueFalseContent(Schema):
    pass


class TrueFalseKey(Schema):
    value: bool
    feedback: dict[Literal["true", "false"], str] = {}
    """Markdown for each answer, shown with the released key."""


class TrueFalse(QuestionType[TrueFalseContent, TrueFalseKey]):
    """A statement is judged true or false. ``True`` always comes first: people expect it there."""

    name = "true_false"
    content_schema = TrueFalseContent
    key_schema = TrueFalseKey
    looks = Looks.FEW

    def read(self, raw: Sequence[str], content: dict[str, Any]) -> Value:
        chosen = [field for field in raw if field]
        if len(chosen) > 1 or any(field not in LABELS for field in chosen):
            raise ValueRefused(gettext("Choose true or false."))
        return chosen[0] == "true" if chosen else None

    def read_json(self, raw: Any, content: dict[str, Any]) -> Value:
        if raw is None or isinstance(raw, bool):  # 1 and 0 are numbers, although they equal True and False
            return raw
        raise ValueRefused(gettext("The answer to this question is true or false."))

    def credit(self, value: Value, content: dict[str, Any], key: dict[str, Any]) -> Fraction:
        return Fraction(isinstance(value, bool) and value == self.parse_key(key).value)

    def face(self, content: dict[str, Any], render: Render) -> dict[str, Any]:
        return {"options": [{"id": id_} for id_ in LABELS], "is_multiple": False}

    def widget(self, face: dict[str, Any], value: Value, order: Sequence[str]) -> dict[str, Any]:
        # Not in the face, which is kept and shown to readers of every language.
        options = [{**option, "html": str(LABELS[option["id"]])} for option in face["options"]]
        return {**face, "options": arranged(options, order=(), chosen=self.posted(value))}

    def words(self, value: Value, content: dict[str, Any]) -> str:
        return "; ".join(str(LABELS.get(field, "")) for field in self.posted(value))

    def key_words(self, content: dict[str, Any], key: dict[str, Any]) -> str:
        return self.words(self.parse_key(key).value, content)

    def key_parts(self, content: dict[str, Any], key: dict[str, Any]) -> list[KeyPart]:
        feedback = self.parse_key(key).feedback
        return [KeyPart(str(LABELS[id_]), None, words) for id_, words in feedback.items()]
