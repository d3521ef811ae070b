"""Aiken, the smallest of formats: a question on a line, options ``A)``, ``B)``, and ``ANSWER: B``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from assessments.formats import keyed
from assessments.formats.base import Format, Parsed, ParsedQuestion, require_few, short
from assessments.formats.html_text import plain_to_markdown
from assessments.formats.keyed import CannotTake, Shared
from assessments.formats.text import decode_table

OPTION = re.compile(r"\s*([A-Z])[.)][ \t](.*)")
BARE_OPTION = re.compile(r"\s*([A-Z])[.)]\s*$")
ANSWER = re.compile(r"\s*ANSWER:\s*(.*)", re.IGNORECASE)


@dataclass
class Found:
    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, list[str]]] = field(default_factory=list)
    answer: str | None = None


class Aiken(Format):
    name = "aiken"
    label = "Aiken"
    suffixes = (".txt", ".aiken")

    def recognises(self, data: bytes, name: str) -> int:
        lines = data[:20_000].decode("utf-8", "replace").replace("\x00", "").splitlines()
        answered = any(re.match(r"\s*ANSWER:\s*[A-Z]\s*$", line, re.IGNORECASE) for line in lines)
        return 93 if answered and sum(bool(OPTION.match(line)) for line in lines) >= 2 else 0

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


def _blocks(text: str) -> Iterator[Found]:
    """A question ends with its answer; an empty line ends one that has none."""
    found: Found | None = None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.replace("\x00", "")), start=1):
        if found is None:
            found = Found(number) if line.strip() else None
        if found is None:
            continue
        if match := ANSWER.fullmatch(line):
            found.answer = match[1].strip()
            yield found
            found = None
        elif not line.strip():
            if found.options:
                yield found
                found = None
        elif match := OPTION.fullmatch(line) or BARE_OPTION.fullmatch(line):
            found.options.append((match[1], [match[2] if match.re is OPTION else ""]))
        elif found.options:
            found.options[-1][1].append(line)
        else:
            found.stem.append(line)
    if found:
        yield found


def _question(found: Found) -> ParsedQuestion:
    letters = [mark for mark, _ in found.options]
    if not found.stem:
        raise CannotTake("There is no question before the options.")
    if not found.options:
        raise CannotTake("There are no options, which begin with A) or A. and a blank.")
    if len(set(letters)) < len(letters):
        raise CannotTake("Two options have the same letter.")
    if found.answer is None:
        raise CannotTake("There is no line ANSWER: with the letter of the right option.")
    if found.answer.upper() not in letters:
        raise CannotTake(f'The answer "{short(found.answer, 30)}" is the letter of none of the options.')
    options = [
        Shared(plain_to_markdown("\n".join(lines)), Fraction(mark == found.answer.upper()))
        for mark, lines in found.options
    ]
    if any(not option.text for option in options):
        raise CannotTake("An option has no text.")
    draft = keyed.true_or_false(keyed.choice(options, is_single=True))
    return keyed.finished(draft, where=f"line {found.line}", stem=plain_to_markdown("\n".join(found.stem)))
