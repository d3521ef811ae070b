"""From a question as a file or form gives it to one that can be stored: checked by its type, hashed, with a name of its own.

Pure: no database is asked. What does not fit becomes a rejection with its reason.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from assessments import question_types
from assessments.enums import Difficulty
from assessments.formats.base import ParsedQuestion, ParsedRubric, Rejection, short
from assessments.models import Criterion, Level, Question, QuestionVersion, Rubric, Tag
from assessments.question_types.base import UNSTORABLE, ContentInvalid
from assessments.question_types.texts import is_blank

MAX_STEM = 100_000
PARTS = {
    "options": "option",
    "accepted": "accepted answer",
    "prompts": "prompt",
    "choices": "choice",
    "items": "item",
    "gaps": "gap",
}
"""What the lists of contents and keys hold."""
MADE = "stem-"
"""How names begin that no file gave."""
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~\n])")


class Unfit(Exception):
    """The question cannot be stored. The text is the reason."""


@dataclass(frozen=True, slots=True)
class CheckedQuestion:
    parsed: ParsedQuestion
    content: dict[str, Any]
    key: dict[str, Any]
    content_hash: str
    rubric_hash: str
    names: tuple[str, ...]
    """What it may be known by in its bank, the narrowest first: its own name, or ones made from type, stem and options."""


def check_question(parsed: ParsedQuestion) -> CheckedQuestion | Rejection:
    try:
        return _checked(parsed)
    except Unfit as reason:
        return Rejection(parsed.where, printable(short(parsed.title or parsed.stem)), printable(str(reason)))


def _checked(parsed: ParsedQuestion) -> CheckedQuestion:
    texts = _texts((parsed.identity, parsed.title, parsed.stem, parsed.explanation, parsed.tags, parsed.source,
                    parsed.competence, parsed.licence, parsed.content, parsed.key, _rubric_data(parsed.rubric)))  # fmt: skip
    if found := UNSTORABLE.search(" ".join(texts)):
        raise Unfit(f"It holds a character that cannot be stored (U+{ord(found[0]):04X}).")
    _check_fields(parsed)
    _check_points(parsed.points, "points")
    _check_rubric(parsed.rubric)
    try:
        content, key = question_types.get(parsed.type).normal(parsed.content, parsed.key)
    except question_types.UnknownQuestionType:
        known = ", ".join(type_.name for type_ in question_types.all_types())
        raise Unfit(
            f'Questions of the type "{short(parsed.type, 40)}" are not supported; supported are {known}.'
        ) from None
    except ContentInvalid as error:
        raise Unfit(str(error) if parsed.keeps_ids else f"{place_in_words(error.where)}{error.reason}") from error
    rubric_hash = hash_rubric(parsed.rubric) if parsed.rubric else ""
    return CheckedQuestion(
        parsed=parsed,
        content=content,
        key=key,
        content_hash=hash_content(
            parsed.type, parsed.stem, content, key, parsed.explanation, parsed.points, rubric_hash
        ),
        rubric_hash=rubric_hash,
        names=(parsed.identity,) if parsed.identity else _made_names(parsed.type, parsed.stem, content),
    )


def place_in_words(where: str) -> str:
    """The part of a question that a path of its schema leads to, as authors of other formats know it: ``Option 1: ``."""
    steps = where.split(".")
    named = [
        f"{PARTS[name]} {int(number) + 1}" for name, number in pairwise(steps) if name in PARTS and number.isdigit()
    ]
    if not named:
        named = [steps[1 if len(steps) > 1 else 0].replace("_", " ")]
    words = ", ".join(named)
    return f"{words[:1].upper()}{words[1:]}: " if words else ""


def _check_fields(parsed: ParsedQuestion) -> None:
    if is_blank(parsed.stem):
        raise Unfit("There is no question text.")
    if len(parsed.stem) > MAX_STEM:
        raise Unfit(f"The question text has {len(parsed.stem):,} characters, and {MAX_STEM:,} fit.")
    if parsed.difficulty not in Difficulty.values:
        raise Unfit(f'The difficulty "{short(parsed.difficulty, 30)}" is none of easy, medium and hard.')
    for name in ("identity", "title", "source", "competence", "licence"):
        _check_length(getattr(parsed, name), Question, name)
    for tag in parsed.tags:
        _check_length(tag, Tag, "name", "tag")
        if is_blank(tag):
            raise Unfit("A tag is empty.")


def _check_length(text: str, model: type[Any], field: str, called: str = "") -> None:
    limit = model._meta.get_field(field).max_length
    if len(text) > limit:
        raise Unfit(f"The {called or field} has {len(text)} characters, and {limit} fit.")


def _check_points(points: Decimal, called: str) -> None:
    if (
        not points.is_finite()
        or points < 0
        or points > Decimal("99999.99")
        or points != points.quantize(Decimal("0.01"))
    ):
        raise Unfit(f"The {called} must be a number from 0 to 99999.99 with at most two decimals.")


def _check_rubric(rubric: ParsedRubric | None) -> None:
    if rubric is None:
        return
    _check_name(rubric.name, Rubric, "rubric's name")
    for criterion in rubric.criteria:
        _check_name(criterion.name, Criterion, "criterion's name")
        if len({level.points for level in criterion.levels}) < len(criterion.levels):
            raise Unfit(f'Two levels of the criterion "{short(criterion.name, 40)}" have the same points.')
        for level in criterion.levels:
            _check_name(level.name, Level, "level's name")
            _check_points(level.points, "points of a level")


def _check_name(name: str, model: type[Any], called: str) -> None:
    if is_blank(name):
        raise Unfit(f"The {called} is empty.")
    _check_length(name, model, "name", called)


def _texts(value: Any) -> Iterable[str]:
    """Every text in nested data, the names of fields too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def printable(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text)


# ---- Names and hashes ----


def hash_content(
    type_: str,
    stem: str,
    content: dict[str, Any],
    key: dict[str, Any],
    explanation: str,
    points: Decimal,
    rubric_hash: str,
) -> str:
    """SHA-256 of everything a version is made of. Content and key must be normal, so that one meaning has one hash."""
    return _sha256([type_, stem, content, key, explanation, f"{points:.2f}", rubric_hash])


def hash_version(version: QuestionVersion, rubric_hash: str) -> str:
    return hash_content(
        version.type, version.stem, version.content, version.key, version.explanation, version.points, rubric_hash
    )


def hash_rubric(rubric: ParsedRubric) -> str:
    return _sha256(_rubric_data(rubric))


def _rubric_data(rubric: ParsedRubric | None) -> list[Any]:
    """With the levels of a criterion by their points, whichever way round a file lists them."""
    if rubric is None:
        return []
    criteria = [
        [
            item.name,
            item.description,
            sorted([f"{level.points:010.2f}", level.name, level.description] for level in item.levels),
        ]
        for item in rubric.criteria
    ]
    return [rubric.name, criteria]


def _made_names(type_: str, stem: str, content: dict[str, Any]) -> tuple[str, ...]:
    """Questions without a name go by their stem, so that a corrected option or key is a new version and no new question.

    "Which of these is true?" is asked many times with other options: then, and only then, the options tell them apart,
    or what else there is besides the stem to match, to order or to fill in.
    """
    stem, question_type = normal_text(stem), question_types.get(type_)
    texts = [text for listed in question_type.lists(content) for text in listed]
    passage = question_type.passage(content)
    shown = sorted(map(normal_text, [*texts, passage] if passage else texts))
    by_stem = f"{MADE}{_sha256([type_, stem])[:32]}"
    return (f"{MADE}{_sha256([type_, stem, shown])[:32]}", by_stem) if shown else (by_stem,)


def normal_text(text: str) -> str:
    """Without what does not change the question: spelling of characters, white space, Markdown's backslashes.

    Case stays: ``LIST`` and ``list`` may be two questions.
    """
    return " ".join(unicodedata.normalize("NFKC", ESCAPED.sub(r"\1", text)).split())


def _sha256(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
