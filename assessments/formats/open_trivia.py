"""The text files of OpenTriviaQA: ``#Q`` and the question, ``^`` and the right answer, then the options, a letter before each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assessments.formats.base import Format, Parsed, require_few
from assessments.formats.records import Draft, questions_from
from assessments.formats.text import decode_table

QUESTION = re.compile(r"#Q(?:\s+(.*))?")
ANSWER = re.compile(r"\^\s?(.*)")
OPTION = re.compile(r"([A-Z])(?:\s+(.*))?")
BLOCK = re.compile(rb"^(?:\xef\xbb\xbf)?#Q\s[^\0]{1,4000}?^\^", re.MULTILINE)


class OpenTrivia(Format):
    name = "opentriviaqa"
    label = "OpenTriviaQA texts"
    suffixes = (".txt",)

    def recognises(self, data: bytes, name: str) -> int:
        return 94 if BLOCK.search(data[:20_000].replace(b"\r", b"\n")) else 0

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        drafts: list[Draft] = []
        for draft in _drafts(text, parsed):
            require_few(len(drafts) + 1)
            drafts.append(draft)
        questions_from(drafts, parsed)
        if not drafts:
            parsed.warnings.append("The file holds no questions.")
        return parsed


def _drafts(text: str, parsed: Parsed) -> Iterator[Draft]:
    """A line without a mark of its own goes on with the one before it."""
    line_number, parts, is_begun = 0, _parts(), False
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if match := QUESTION.fullmatch(line):
            if is_begun:
                yield _draft(line_number, parts)
            line_number, parts, is_begun = number, _parts(), True
            parts["stem"].append([match[1] or ""])
        elif is_begun and line.strip():
            _add(line, parts)
        elif line.strip():
            parsed.warnings.append(f"Line {number} stands before the first question and was not used.")
    if is_begun:
        yield _draft(line_number, parts)


def _parts() -> dict[str, list[list[str]]]:
    return {"stem": [], "answer": [], "options": []}


def _add(line: str, parts: dict[str, list[list[str]]]) -> None:
    next_letter = chr(65 + len(parts["options"]))
    if not parts["answer"] and (match := ANSWER.fullmatch(line)):
        parts["answer"].append([match[1]])
    elif parts["answer"] and (match := OPTION.fullmatch(line)) and match[1] == next_letter:
        parts["options"].append([match[2] or ""])
    else:
        (parts["options"] or parts["answer"] or parts["stem"])[-1].append(line)


def _draft(line: int, parts: dict[str, list[list[str]]]) -> Draft:
    stem, answer = ("\n".join(part) for part in (parts["stem"][0], (parts["answer"] or [[]])[0]))
    return Draft(
        where=f"line {line}",
        stem=stem,
        options=tuple("\n".join(option).strip() for option in parts["options"]),
        key=answer.strip(),
        type="single_choice",
    )
