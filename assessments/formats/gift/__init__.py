"""GIFT, Moodle's text format for questions: ``::Title::Which port has HTTPS? {=443 ~80 ~22}``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assessments.formats.base import NOT_SAID, Format, Parsed, ParsedBank, ParsedQuestion, Unsaid
from assessments.formats.gift.reading import read_gift
from assessments.formats.gift.writing import unsaid, write_gift
from assessments.formats.text import decode_table

ANSWERS = re.compile(r"(?<!\\)\{\s*(?:[=~#}]|(?:T|F|TRUE|FALSE)\s*[#}]|[^{}\n]{1,80}\})", re.IGNORECASE)
TITLE = re.compile(r"^\s*::[^\n]+::", re.MULTILINE)
CATEGORY = re.compile(r"^\s*\$CATEGORY:", re.MULTILINE)
OTHER = re.compile(r"\s*(?:[\[{<]|#!|-{3}|def |class |import |from |package |#include)")


class Gift(Format):
    name = "gift"
    label = "GIFT"
    suffixes = (".gift", ".txt")
    can_write = True

    def recognises(self, data: bytes, name: str) -> int:
        text = data[:20_000].decode("utf-8", "replace").replace("\x00", "").removeprefix("\ufeff")
        if CATEGORY.search(text):
            return 95
        begins = TITLE.search(text) is not None
        answered = ANSWERS.search(text) is not None
        if name.lower().endswith((".gift", ".gift.txt")):
            return 92 if begins or answered else 60
        if begins and answered:
            return 90
        is_other = OTHER.match(text) or name.lower().endswith(
            (".json", ".jsonl", ".yaml", ".yml", ".csv", ".tsv", ".md")
        )
        return 45 if answered and not is_other else 0

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = read_gift(text)
        parsed.warnings[:0] = warnings
        return parsed

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return write_gift(questions, bank).encode()

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return unsaid(questions)
