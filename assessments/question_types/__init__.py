"""The registry of question types.

A written list rather than a search for modules: the order is the one authors see, type checkers follow it, and a
file that fails to import fails loudly.
"""

from __future__ import annotations

from typing import Any

from assessments.question_types.base import ContentInvalid, Looks, QuestionType, Schema, Value, ValueRefused
from assessments.question_types.cloze import Cloze
from assessments.question_types.long_text import LongText
from assessments.question_types.matching import Matching
from assessments.question_types.multiple_choice import MultipleChoice
from assessments.question_types.numeric import Numeric
from assessments.question_types.ordering import Ordering
from assessments.question_types.short_text import ShortText
from assessments.question_types.single_choice import SingleChoice
from assessments.question_types.true_false import TrueFalse

__all__ = [
    "ContentInvalid",
    "Looks",
    "QuestionType",
    "Schema",
    "UnknownQuestionType",
    "Value",
    "ValueRefused",
    "all_types",
    "get",
]

ALL: tuple[QuestionType[Any, Any], ...] = (
    SingleChoice(),
    MultipleChoice(),
    TrueFalse(),
    Matching(),
    Ordering(),
    Numeric(),
    ShortText(),
    Cloze(),
    LongText(),
)
BY_NAME = {type_.name: type_ for type_ in ALL}


class UnknownQuestionType(Exception):
    """There is no question type of this name."""

    def __init__(self, name: object) -> None:
        super().__init__(f"There is no question type {name!r}; known are {', '.join(BY_NAME)}.")
        self.name = name


def get(name: str) -> QuestionType[Any, Any]:
    """Raises :class:`UnknownQuestionType`."""
    try:
        return BY_NAME[name]
    except (KeyError, TypeError) as error:  # TypeError: a list from somebody's JSON is no name either
        raise UnknownQuestionType(name) from error


def all_types() -> tuple[QuestionType[Any, Any], ...]:
    return ALL
