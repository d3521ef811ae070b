"""Options that do not tell by their ids or their order which of them is right.

A candidate's browser can read the ids of options, and their order where an assessment leaves it as it is. Files list the right
option first, or name it: so options of other programs' files are named by the order of their texts, as matching and cloze
do it, and where a file always has the right one at the top, it moves. What is in the own schema stays as it was written.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assessments.formats.base import Parsed, ParsedQuestion, short
from assessments.question_types.choices import letter
from assessments.question_types.texts import folded

CHOICES = ("single_choice", "multiple_choice")
BY_ID = ("credit", "feedback", "weights")
"""Parts of a key that are dictionaries by option."""
MANY = 5
"""Questions from which on "always first" is no accident: of four options each, one file in a thousand."""
TELLING = re.compile(r"(?i)(?:in)?correct\d*|right\d*|wrong\d*|true|false|key\d*|answer|solution|distract(?:or)?\d*")


def neutral(parsed: Parsed) -> Parsed:
    """The same file, with its options under neutral ids, and the right ones not always first."""
    others = [one for one in parsed.questions if not one.keeps_ids]
    are_first = key_is_always_first(others)
    parsed.questions = [one if one.keeps_ids else renamed(mixed(one) if are_first else one) for one in parsed.questions]
    if are_first:
        parsed.warnings.append("The right option was always the first one; the options were put into another order.")
    parsed.warnings += [
        f"{one.where} ({short(one.title or one.stem, 40)}): Candidates can read the option's id “{id_}” in their browser."
        for one in parsed.questions
        if one.keeps_ids
        for id_ in telling(one)
    ]
    return parsed


def options_of(question: ParsedQuestion) -> list[dict[str, Any]]:
    """None where the question is not as its type wants it, which is found out later."""
    options = question.content.get("options") if question.type in CHOICES else None
    if not isinstance(options, list) or not all(isinstance(one, dict) for one in options):
        return []
    is_whole = all(isinstance(one.get("id"), str) and isinstance(one.get("text"), str) for one in options)
    return options if is_whole and len({one["id"] for one in options}) == len(options) else []


def telling(question: ParsedQuestion) -> list[str]:
    return [one["id"] for one in options_of(question) if TELLING.fullmatch(one["id"])]


def key_is_always_first(questions: Sequence[ParsedQuestion]) -> bool:
    singles = [one for one in questions if is_movable(one)]
    return len(singles) >= MANY and all(one.key.get("option") == options_of(one)[0]["id"] for one in singles)


def is_movable(question: ParsedQuestion) -> bool:
    is_single = question.type == "single_choice" and not question.content.get("fixed_order")
    return is_single and bool(options_of(question))


def mixed(question: ParsedQuestion) -> ParsedQuestion:
    """The first option at a place that depends on the question alone."""
    if not is_movable(question):
        return question
    first, *others = options_of(question)
    place = hashlib.sha256(question.stem.encode("utf-8", "replace")).digest()[0] % (len(others) + 1)
    options = [*others[:place], first, *others[place:]]
    return replace(question, content={**question.content, "options": options})


def renamed(question: ParsedQuestion) -> ParsedQuestion:
    options = options_of(question)
    by_text = sorted(options, key=lambda one: (folded(one["text"]).casefold(), one["text"]))
    names = {one["id"]: letter(place).lower() for place, one in enumerate(by_text)}
    if not options or not _is_about(question.key, names):
        return question
    key = dict(question.key)
    if "option" in key:
        key["option"] = names[key["option"]]
    if "options" in key:
        key["options"] = [names[one] for one in key["options"]]
    for part in BY_ID:
        if part in key:
            key[part] = {names[id_]: value for id_, value in key[part].items()}
    shown = [{**one, "id": names[one["id"]]} for one in options]
    return replace(question, content={**question.content, "options": shown}, key=key)


def _is_about(key: dict[str, Any], names: dict[str, str]) -> bool:
    """Whether all options that the key names are there; if not, the question is refused under the ids of its file."""
    named: list[Any] = [key["option"]] if "option" in key else []
    for part in ("options", *BY_ID):
        found = key.get(part, [])
        if not isinstance(found, list | dict):
            return False
        named += found
    return all(isinstance(one, str) and one in names for one in named)
