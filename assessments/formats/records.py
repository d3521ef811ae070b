"""Somebody else's rows and records → questions. Sheets and JSON lists differ in how a record is found, not in this.

A record is first gathered as a :class:`Draft`, because how keys are written shows only when all rows are seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments.formats import keyed, keys, translated
from assessments.formats.base import Parsed, ParsedQuestion, Rejection, short
from assessments.formats.meaning import TYPE_OF, UNSUPPORTED_TYPES, difficulty_of, normal_name, normal_names
from assessments.formats.plain_text import as_markdown, lines_of_list, list_items
from assessments.formats.settling import PictureMissing, settled

TRUTH = {"true": True, "t": True, "false": False, "f": False}
MORE_TRUTH = (
    TRUTH
    | {"yes": True, "y": True, "1": True, "no": False, "n": False, "0": False}
    | dict.fromkeys(normal_names(translated.TRUE), True)
    | dict.fromkeys(normal_names(translated.FALSE), False)
)
"""Where the type says true or false; elsewhere "yes" is an answer like any other."""
COUNTED = re.compile(r"(?:q|question|no|nr|item|number)?[\W_]*[0-9][0-9., ]*", re.IGNORECASE)
HALF_OF_BOLD = re.compile(r"(?<=[.?!:])\s*\*\*\s*\Z")
MAX_SHORT_ANSWER = 200
UNSAID_COUNT = (
    "Nothing shows whether keys that are numbers count options from 0 or from 1. They were read as counting from "
    "{number}; please check these keys ({count})."
)


class Unusable(Exception):
    """This record is no question that can be asked. The text is the reason."""


@dataclass
class Draft:
    """One record, sorted by meaning, as text. ``key`` says which options are right; ``answer`` is what to write."""

    where: str
    stem: str = ""
    options: tuple[str, ...] = ()
    option_names: tuple[str, ...] = ()
    distractors: tuple[str, ...] = ()
    key: str | tuple[str, ...] = ""
    right: tuple[int, ...] = ()
    """The positions of the correct options, where the record marks them: then there is no key to be read."""
    answer: str = ""
    type: str = ""
    id: str = ""
    title: str = ""
    points: str = ""
    tolerance: str = ""
    difficulty: str = ""
    tags: tuple[str, ...] = ()
    explanation: str = ""
    source: str = ""
    competence: str = ""
    licence: str = ""
    is_short: bool = False
    """The one answer is a fact to type in, as in a trivia file, and not a text to judge."""

    @property
    def name(self) -> str:
        return short(self.title or self.stem)

    @property
    def keyed(self) -> keys.KeyedRow:
        return keys.KeyedRow(self.options, self.key, self.option_names)

    @property
    def option_count(self) -> int:
        return sum(bool(option.strip()) for option in self.options)


@dataclass
class Notes:
    """What is said once for a whole file rather than for every row."""

    unknown_difficulties: dict[str, int] = field(default_factory=dict)
    of_questions: list[str] = field(default_factory=list)

    def warnings(self) -> list[str]:
        listed = ", ".join(f'"{words}" ({count})' for words, count in sorted(self.unknown_difficulties.items()))
        rated = [f"Difficulties not known and left unrated: {listed}."] if listed else []
        return [*rated, *self.of_questions]


def questions_from(
    drafts: Iterable[Draft], parsed: Parsed, numbered_from: int | None = None, *, usually_from: int = 1
) -> None:
    """Put each draft among the parsed file's questions or its rejections.

    ``numbered_from`` is where the file says that it counts options from; where neither it nor its keys say, it is taken to
    count as files of its kind usually do, and a note asks to check it.
    """
    drafts = list(drafts)
    with_options = [draft.keyed for draft in drafts if draft.option_count > 1 and draft.key != ""]
    ways = keys.conventions(with_options, usually_from if numbered_from is None else numbered_from)
    notes = Notes()
    if numbered_from is None and (unsaid := len(keys.of_unsaid_count(with_options))):
        notes.of_questions.append(UNSAID_COUNT.format(count=unsaid, number=usually_from))
    for draft in drafts:
        try:
            parsed.questions.append(question_from(draft, ways, notes))
        except (Unusable, keys.KeyUnclear) as reason:
            parsed.rejected.append(Rejection(draft.where, draft.name, str(reason)))
    parsed.warnings += notes.warnings()


def without_half(stem: str) -> str:
    """Who cut questions out of a bold line left its last stars; within a text, two stars are a power."""
    return HALF_OF_BOLD.sub("", stem) if stem.count("**") == 1 else stem


def question_from(draft: Draft, ways: Sequence[keys.Convention], notes: Notes) -> ParsedQuestion:
    """Raises :class:`Unusable` or :class:`keys.KeyUnclear`."""
    if not draft.stem.strip():
        raise Unusable("There is no question text.")
    given_type, type_tag = _type(draft.type)
    type_, content, key = _content(draft, given_type, ways)
    difficulty = difficulty_of(draft.difficulty) if draft.difficulty.strip() else ""
    if difficulty is None:
        words = short(draft.difficulty, 30)
        notes.unknown_difficulties[words] = notes.unknown_difficulties.get(words, 0) + 1
    is_counted = COUNTED.fullmatch(draft.id.strip()) is not None
    question = ParsedQuestion(
        where=draft.where,
        type=type_,
        stem=as_markdown(without_half(draft.stem)),
        content=content,
        key=key,
        identity="" if is_counted else draft.id.strip(),
        number=draft.id.strip() if is_counted else "",
        title=" ".join(draft.title.split()),
        points=_points(draft.points),
        difficulty=difficulty or "",
        tags=_tags((*draft.tags, type_tag)),
        source=draft.source.strip(),
        competence=draft.competence.strip(),
        explanation=as_markdown(draft.explanation),
        licence=draft.licence.strip(),
    )
    try:
        question, said = settled(question)
    except PictureMissing as reason:
        raise Unusable(str(reason)) from None
    notes.of_questions += [f"{draft.where}: {sentence}" for sentence in said]
    return question


def _type(words: str) -> tuple[str, str]:
    """The type the words name and, where they name none, the tag they are."""
    name = normal_name(words)
    if name in UNSUPPORTED_TYPES:
        raise Unusable(f'Questions of the type "{short(words, 40)}" are not read from lists and tables.')
    found = TYPE_OF.get(name, "")
    return found, "" if found else words


def _content(draft: Draft, given: str, ways: Sequence[keys.Convention]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Type, content and key."""
    if draft.distractors:
        draft = _mixed(draft)
    type_ = given or _type_by_looks(draft)
    match type_:
        case "true_false":
            return type_, {}, {"value": _truth(draft, ways)}
        case "single_choice" | "multiple_choice":
            return _choice(draft, given, ways)
        case "numeric":
            return type_, {}, {"accepted": [_number(draft)]}
        case "short_text":
            return _short_text(draft)
        case _:
            answer = as_markdown(lines_of_list(_answer(draft)))
            return "long_text", {}, {"model_answer": answer} if answer else {}


def _type_by_looks(draft: Draft) -> str:
    """Of a record that does not say its type."""
    if draft.is_short:
        return "short_text"
    if draft.option_count:
        return "single_choice"
    if draft.answer.strip().lower() in ("true", "false"):
        return "true_false"
    is_mark = draft.options and len(_answer(draft).strip()) == 1  # the key of options that are not there
    return "single_choice" if is_mark else "long_text"


def _choice(draft: Draft, given: str, ways: Sequence[keys.Convention]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    if draft.option_count < 2:
        are = "is" if draft.option_count == 1 else "are"
        raise Unusable(f"A choice needs at least two options, and there {are} {draft.option_count}.")
    right = draft.right or _keyed(draft, ways)
    if given == "single_choice" and len(right) > 1:
        raise Unusable(f"A single choice has one correct option, and the key names {len(right)}.")
    texts = keyed.without_letters([option.strip() for option in draft.options])
    shown = [position for position, text in enumerate(texts) if text]
    if not set(right) <= set(shown):
        raise Unusable("The correct option has no text.")
    _require_fair(texts, right, shown)
    ids = {position: keys.letter(number).lower() for number, position in enumerate(shown)}
    content = {"options": [{"id": ids[position], "text": as_markdown(texts[position])} for position in shown]}
    if len(right) == 1 and given != "multiple_choice":
        made = keyed.true_or_false(keyed.Draft("single_choice", content, {"option": ids[right[0]]}))
        return made.type, made.content, made.key
    return "multiple_choice", content, {"options": [ids[position] for position in right]}


def _keyed(draft: Draft, ways: Sequence[keys.Convention]) -> tuple[int, ...]:
    if draft.key == "" and draft.answer.strip():
        raise Unusable("There are options, but no column says which is correct.")
    if draft.key in ("", ()):
        raise Unusable(f"There are {draft.option_count} options and no key.")
    return keys.chosen(draft.keyed, ways)


def _require_fair(texts: Sequence[str], right: Sequence[int], shown: Sequence[int]) -> None:
    """A candidate cannot tell a correct option from a wrong one that says the same. Case counts: it may be the point."""
    places: dict[str, list[int]] = {}
    for position in shown:
        places.setdefault(" ".join(texts[position].split()), []).append(position)
    for same in places.values():
        if 0 < len(set(same) & set(right)) < len(same):
            named = " and ".join(keys.letter(position) for position in same)
            raise Unusable(f"The options {named} say the same, and only one of them is correct.")


def _mixed(draft: Draft) -> Draft:
    """The correct text takes a place among the wrong ones that depends on the question alone, not always the first."""
    right = _answer(draft)
    if not right.strip():
        raise Unusable("There are wrong answers but no correct one.")
    options = [text for text in draft.distractors if text.strip()]
    place = hashlib.sha256(draft.stem.encode("utf-8", "replace")).digest()[0] % (len(options) + 1)
    mixed = (*options[:place], right, *options[place:])
    return replace(draft, options=mixed, right=(place,), key="", distractors=())


def _answer(draft: Draft) -> str:
    """The answer as words, from whichever of key and answer there is, or from the only option."""
    if draft.answer.strip():
        return draft.answer
    if draft.option_count == 1:
        return next(option for option in draft.options if option.strip())
    return ", ".join(draft.key) if isinstance(draft.key, tuple) else draft.key


def _truth(draft: Draft, ways: Sequence[keys.Convention]) -> bool:
    given = _truth_word(_answer(draft))
    is_said = given in MORE_TRUTH and not (given.isdigit() and draft.option_count > 1)
    words = given if is_said or draft.option_count < 2 else _truth_word(_right_option(draft, ways))
    if words not in MORE_TRUTH:
        raise Unusable(
            f'The answer to a true-or-false question is "true" or "false", and here it is "{short(words, 40)}".'
        )
    if MORE_TRUTH.get(given, MORE_TRUTH[words]) != MORE_TRUTH[words]:
        raise Unusable(
            f'The key "{given}" can be read in more than one way: as the option "{words}" or as its contrary.'
        )
    return MORE_TRUTH[words]


def _truth_word(text: str) -> str:
    """As words are compared; of a number, every sign counts."""
    return normal_name(text) if any(map(str.isalpha, text)) else text.strip()


def _right_option(draft: Draft, ways: Sequence[keys.Convention]) -> str:
    (position,) = (draft.right or keys.chosen(draft.keyed, ways))[:1]
    return draft.options[position]


def _number(draft: Draft) -> dict[str, Any]:
    answer = _answer(draft).strip()
    if not answer:
        raise Unusable("A question for a number needs the number.")
    try:
        return keyed.accepted_number(answer, draft.tolerance, Fraction(1))
    except keyed.CannotTake as reason:
        raise Unusable(str(reason)) from None


def _short_text(draft: Draft) -> tuple[str, dict[str, Any], dict[str, Any]]:
    answer = _answer(draft).strip()
    if not answer:
        raise Unusable("A question with a short answer needs the answer.")
    accepted = (answer,) if draft.is_short else list_items(answer) or (answer,)  # "||" is an answer, too
    if max(map(len, accepted)) > MAX_SHORT_ANSWER:
        return "long_text", {}, {"model_answer": as_markdown(answer)}
    return "short_text", {}, {"accepted": [{"text": text} for text in dict.fromkeys(accepted)]}


def _points(words: str) -> Decimal:
    if not words.strip():
        return Decimal(1)
    try:
        points = Decimal(keyed.decimal(words))
    except keyed.CannotTake as reason:
        raise Unusable(f"The points are no number that is clear: {reason}") from None
    if not points.is_finite() or points < 0:
        raise Unusable(f'The points "{short(words, 30)}" are not a number from 0 up.')
    return points


def _tags(words: Iterable[str]) -> tuple[str, ...]:
    cleaned = (" ".join(word.split()) for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))
