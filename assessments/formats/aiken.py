"""Aiken, the smallest of formats: a question on a line, options ``A)``, ``B)``, and ``ANSWER: B``.

People type it by hand: small letters, no blank after the dot, empty lines between the parts and ``FEEDBACK:`` are read
where nothing else can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from assessments.formats import keyed
from assessments.formats.base import Format, Parsed, ParsedQuestion, require_few, short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Shared
from assessments.formats.text import decode_table

OPTION = re.compile(r"\s*(\(?)([A-Za-z])([.)])([ \t]*)(?![A-Za-z]\.)(.*)")
"""Not "e.g." and "U.S.": a second letter with its dot makes it an abbreviation."""
ANSWER = re.compile(r"\s*ANSWER:\s*(.*)", re.IGNORECASE)
NAMED = re.compile(r"\(?([A-Z])(?:[.)]\s*(.*))?", re.IGNORECASE)
SEVERAL = re.compile(r"[A-Z](?:\s*(?:,|;|&|\band\b)\s*[A-Z])+", re.IGNORECASE)
FEEDBACK = re.compile(r"\s*(?:FEEDBACK|EXPLANATION|RATIONALE):\s*(.*)", re.IGNORECASE)
IN_MARKDOWN = 75
"""A file of this name is Aiken only where Markdown finds no questions in it."""


@dataclass
class Option:
    line: int
    letter: str
    texts: list[str]


@dataclass
class Found:
    line: int
    stem: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    answer: str | None = None
    feedback: list[str] = field(default_factory=list)

    @property
    def expected(self) -> str:
        """The letter of the option that comes next."""
        return chr(65 + len(self.options))


class Aiken(Format):
    name = "aiken"
    label = "Aiken"
    suffixes = (".txt", ".aiken")

    def recognises(self, data: bytes, name: str) -> int:
        lines = data[:20_000].decode("utf-8", "replace").replace("\x00", "").splitlines()
        answered = any((match := ANSWER.fullmatch(line)) and NAMED.fullmatch(match[1].strip()) for line in lines)
        if not answered or sum(_option(line) is not None for line in lines) < 2:
            return 0
        return IN_MARKDOWN if name.lower().endswith((".md", ".markdown")) else 93

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        for found in _blocks(text):
            require_few(parsed.total + 1)
            try:
                parsed.questions.append(_question(found))
            except CannotTake as reason:
                parsed.rejected.append(keyed.rejection(f"line {found.line}", " ".join(found.stem), reason))
        return parsed


@dataclass(frozen=True)
class _Line:
    text: str
    option: tuple[str, str, bool] | None
    after: str
    """The next line that is not empty."""
    next_option: str
    """The letter of the next line that looks like an option, before an answer."""


def _option(line: str) -> tuple[str, str, bool] | None:
    """Letter and text, and whether it is written as the format has it: a capital, and a blank after its dot."""
    if not (match := OPTION.fullmatch(line)):
        return None
    bracket, letter, mark, blank, text = match.groups()
    if letter.islower() and mark == "." and text and not blank:
        return None
    return letter.upper(), text, letter.isupper() and not bracket and bool(blank or not text)


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    after = next_option = ""
    for line in reversed(re.split(r"\r\n|\r|\n", text.replace("\x00", ""))):
        option = _option(line)
        found.append(_Line(line, option, after, next_option))
        after = line if line.strip() else after
        next_option = option[0] if option else "" if ANSWER.fullmatch(line) else next_option
    return found[::-1]


def _begins(line: _Line, expected: str) -> bool:
    """Whether an option begins here. What is not written as the format has it, is one if its letter comes next."""
    if line.option is None or line.option[2]:
        return line.option is not None
    return line.option[0] == expected and (expected != "A" or line.next_option == "B")


def _blocks(text: str) -> Iterator[Found]:
    """A question ends with its answer and what is said of it; an empty line ends one that goes on with neither of these."""
    found: Found | None = None
    for number, line in enumerate(_lines(text), start=1):
        if found and (found.answer is not None or found.options) and _ends(found, line):
            yield found
            found = None
        if not line.text.strip():
            continue
        found = found or Found(number)
        _add(line, number, found)
    if found:
        yield found


def _ends(found: Found, line: _Line) -> bool:
    is_blank = not line.text.strip()
    coming = line.after if is_blank else line.text
    if found.answer is not None:
        return not FEEDBACK.fullmatch(coming) and (is_blank or not found.feedback)
    option = _option(coming)
    return is_blank and not ANSWER.fullmatch(coming) and not (option and option[0] == found.expected)


def _add(line: _Line, number: int, found: Found) -> None:
    if found.answer is not None:
        match = FEEDBACK.fullmatch(line.text)
        found.feedback.append(match[1] if match else line.text)
    elif match := ANSWER.fullmatch(line.text):
        found.answer = match[1].strip()
    elif line.option and _begins(line, found.expected):
        found.options.append(Option(number, line.option[0], [line.option[1]]))
    elif found.options:
        found.options[-1].texts.append(line.text)
    else:
        found.stem.append(line.text)


def _question(found: Found) -> ParsedQuestion:
    if not found.stem:
        raise CannotTake("There is no question before the options.")
    if not found.options:
        raise CannotTake("There are no options, which begin with A) or A. and a blank.")
    _require_in_order(found.options)
    if found.answer is None:
        raise CannotTake("There is no line ANSWER: with the letter of the right option.")
    right = _right(found.answer, found.options)
    options = [Shared(plain_to_markdown("\n".join(one.texts)), Fraction(one is right)) for one in found.options]
    if any(not option.text for option in options):
        raise CannotTake("An option has no text.")
    draft = keyed.true_or_false(keyed.choice(options, is_single=True))
    return keyed.finished(
        draft,
        where=f"line {found.line}",
        stem=plain_to_markdown("\n".join(found.stem)),
        explanation=plain_to_markdown("\n".join(found.feedback)),
    )


def _require_in_order(options: Sequence[Option]) -> None:
    seen: set[str] = set()
    for place, option in enumerate(options):
        if option.letter in seen:
            raise CannotTake(f"Two options have the same letter, {option.letter}; the second is in line {option.line}.")
        seen.add(option.letter)
        if option.letter != (expected := chr(65 + place)):
            raise CannotTake(
                f"The option in line {option.line} should have the letter {expected}, and has {option.letter}."
            )


def _right(answer: str, options: Sequence[Option]) -> Option:
    """The option that the answer names by its letter, with its text or without."""
    if SEVERAL.fullmatch(answer):
        raise CannotTake(f'The answer "{short(answer, 30)}" names several options, and here one is right.')
    match = NAMED.fullmatch(answer)
    named = [one for one in options if match and one.letter == match[1].upper()]
    if not match or not named:
        raise CannotTake(f'The answer "{short(answer, 30)}" is the letter of none of the options.')
    if match[2] and match[2].split() != " ".join(named[0].texts).split():
        raise CannotTake(f'The answer "{short(answer, 60)}" names an option by its letter, and another text.')
    return named[0]
