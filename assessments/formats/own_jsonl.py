from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assessments.formats.base import (
    NOT_SAID,
    FileUnreadable,
    Parsed,
    ParsedBank,
    ParsedQuestion,
    Rejection,
    require_few,
    short,
)
from assessments.formats.document import parse_questions, question_of
from assessments.formats.json_text import load_json
from assessments.formats.own import OwnFormat
from assessments.formats.own_json import dump_json
from assessments.formats.text import decode_unicode

OWN_LINE = re.compile(rb'\{(?=[^\n]{0,8000}"type"\s*:\s*"[a-z_]+")(?=[^\n]{0,8000}"stem"\s*:\s*")[^\n]*\}\s*(\n|$)')


class OwnJsonl(OwnFormat):
    name = "jsonl"
    label = "Parley JSONL"
    suffixes = (".jsonl", ".ndjson")

    def recognises(self, data: bytes, name: str) -> int:
        return 90 if OWN_LINE.match(data.removeprefix(b"\xef\xbb\xbf").lstrip()) else 0

    def read(self, data: bytes) -> Parsed:
        broken: list[Rejection] = []
        parsed = parse_questions(read_lines(data, broken), format=self.name)
        if broken and not parsed.total:
            raise FileUnreadable(f"No line is a question: {broken[0].where}: {broken[0].reason}")
        parsed.rejected = [*broken, *parsed.rejected]
        return parsed

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        """What is said about the bank has no place here: every line is a question."""
        return "".join(f"{dump_json(question_of(item))}\n" for item in questions).encode()


def read_lines(data: bytes, broken: list[Rejection]) -> Iterator[tuple[str, Any]]:
    """Each line's place and value; a line that is no JSON goes to ``broken``, and the others are still read."""
    for index, line in enumerate(decode_unicode(data).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield f"line {index}", load_json(line)
        except FileUnreadable as error:
            reason = str(error).removeprefix("Line 1, column").strip()
            require_few(len(broken) + 1)
            broken.append(Rejection(f"line {index}", short(line), f"Not JSON: {reason}"))
