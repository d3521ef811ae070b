"""Moodle XML, the format in which Moodle says everything it knows about a question."""

from __future__ import annotations

from collections.abc import Sequence

from assessments.formats.base import NOT_SAID, Format, Parsed, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.moodle_xml.reading.quiz import read_quiz
from assessments.formats.moodle_xml.writing.quiz import unsaid, write_quiz
from assessments.formats.xml_text import parse_xml, root_name


class MoodleXml(Format):
    name = "moodle-xml"
    label = "Moodle XML"
    suffixes = (".xml",)
    can_write = True

    def recognises(self, data: bytes, name: str) -> int:
        if root_name(data) != "quiz":
            return 0
        return 97 if b"<question" in data[:50_000] else 60

    def read(self, data: bytes) -> Parsed:
        return read_quiz(parse_xml(data))

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return write_quiz(questions)

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return unsaid(questions)
