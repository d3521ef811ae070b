"""Parley's own JSON with the pictures and sounds it shows, as a ZIP archive: everything of a bank, for another server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assessments.formats.base import NOT_SAID, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.media import names_of
from assessments.formats.members import MAX_TOTAL
from assessments.formats.own_json import OwnJson
from assessments.formats.packages import Package
from assessments.formats.packing import MEDIA, packed

PER_FILE = 250
"""Questions, so that no file grows beyond what is read of a member."""
TOO_LARGE = (
    f"The pictures and sounds have more than {MAX_TOTAL // 1024 // 1024} MB, the most that is read here; "
    "export it in parts."
)
LOST = "pictures and sounds that this server does not have"


class OwnPackage(Package):
    name = "json-zip"
    label = "Parley JSON with its pictures"

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return packed(_members(questions, bank))

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        lost = sum(not question.media.keys() >= {*names_of(question)} for question in questions)
        size = sum(len(data) for _, data in _pictures(questions))
        sentences = [
            *([f"Left out of {lost:,} question{'' if lost == 1 else 's'}: {LOST}."] if lost else []),
            *([TOO_LARGE] if size > MAX_TOTAL else []),
        ]
        return Unsaid(sentences)


def _members(questions: Sequence[ParsedQuestion], bank: ParsedBank) -> Iterator[tuple[str, bytes]]:
    parts = [questions[start : start + PER_FILE] for start in range(0, len(questions), PER_FILE)] or [()]
    for number, part in enumerate(parts, start=1):
        yield (f"questions-{number:03}.json" if len(parts) > 1 else "questions.json"), OwnJson().write(part, bank)
    yield from _pictures(questions)


def _pictures(questions: Sequence[ParsedQuestion]) -> Iterator[tuple[str, bytes]]:
    shown = {name: question for question in questions for name in names_of(question) if name in question.media}
    for name in sorted(shown):
        yield f"{MEDIA}{name}", shown[name].media[name]
