"""Choices: of one, of several, of two."""

from __future__ import annotations

from string import ascii_lowercase

from pydantic import BaseModel, Field

from assessments.domain.written.base import Halves, Written
from assessments.enums import QuestionTypeName


class WrittenOption(BaseModel):
    text: str
    is_right: bool
    why: str = Field(description="One sentence: why it is right or wrong.")


class WrittenSingleChoice(Written):
    type = QuestionTypeName.SINGLE_CHOICE
    needs = "four options, exactly one of them right."
    answered_by = "the id of one option"
    options: list[WrittenOption]

    def halves(self) -> Halves:
        options, right, feedback = _options(self.options)
        # With none or several marked there is no key: "" is no option, and the type says so.
        return {"options": options}, {"option": right[0] if len(right) == 1 else "", "feedback": feedback}


class WrittenMultipleChoice(Written):
    type = QuestionTypeName.MULTIPLE_CHOICE
    needs = "five options, two or three of them right; the stem says that several may be right."
    answered_by = "the ids of all right options"
    options: list[WrittenOption]

    def halves(self) -> Halves:
        options, right, feedback = _options(self.options)
        return {"options": options}, {"options": right, "feedback": feedback}


class WrittenTrueFalse(Written):
    type = QuestionTypeName.TRUE_FALSE
    needs = "a statement as the stem that is clearly true or clearly false, and whose truth takes thought."
    answered_by = '"true" or "false"'
    is_true: bool

    def halves(self) -> Halves:
        return {}, {"value": self.is_true}


def _options(written: list[WrittenOption]) -> tuple[list[dict[str, str]], list[str], dict[str, str]]:
    ids = ascii_lowercase[: len(written)]
    options = [{"id": id_, "text": option.text.strip()} for id_, option in zip(ids, written, strict=False)]
    right = [id_ for id_, option in zip(ids, written, strict=False) if option.is_right]
    feedback = {id_: option.why.strip() for id_, option in zip(ids, written, strict=False) if option.why.strip()}
    return options, right, feedback
