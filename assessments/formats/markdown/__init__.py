"""Lists of questions in Markdown: quizzes with boxes to tick, interview questions with their answers below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from assessments.formats import keyed
from assessments.formats.base import (
    NOT_SAID,
    FileUnreadable,
    Format,
    Parsed,
    ParsedBank,
    ParsedQuestion,
    Unsaid,
    require_few,
    short,
)
from assessments.formats.keyed import CannotTake
from assessments.formats.markdown.blocks import Block, Line, heading, lines_of
from assessments.formats.markdown.layouts import LAYOUTS, Layout
from assessments.formats.markdown.reading import question_of
from assessments.formats.markdown.writing import unsaid, write_markdown
from assessments.formats.text import decode_table

MAX_BANK_NAME = 200
NO_LIST = (
    "This Markdown holds no list of questions: looked for headings with numbers (## 1. …), boxes to tick (- [x] …), bold "
    "questions, folded answers (<details>), lines that begin with Question:, and lists (- … or 1. …) of nothing but questions."
)


class Markdown(Format):
    name = "markdown"
    label = "Markdown lists of questions"
    suffixes = (".md", ".markdown")
    can_write = True

    def recognises(self, data: bytes, name: str) -> int:
        if b"\0" in data[:20_000] or (
            data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[", b"<") and not name.endswith(".md")
        ):
            return 0
        _, lines = lines_of(data[:60_000].decode("utf-8", "replace"))
        layout, blocks = _layout(lines)
        is_named_so = name.lower().endswith(self.suffixes)
        if not blocks or layout is None:
            return 15 * is_named_so
        is_sure = any(block.body for block in blocks) and any(map(heading, lines))
        return 85 if is_named_so else 70 if is_sure and layout in LAYOUTS[:2] else 20

    def read(self, data: bytes) -> Parsed:
        text, warnings = decode_table(data)
        parsed = Parsed(self.name, warnings=warnings)
        title, lines = lines_of(text)
        layout, blocks = _layout(lines)
        if layout is None:
            raise FileUnreadable(NO_LIST)
        require_few(len(blocks))
        notes: Counter[str] = Counter()
        for block in blocks:
            try:
                parsed.questions.append(question_of(block, layout, notes))
            except CannotTake as reason:
                parsed.rejected.append(keyed.rejection(f"line {block.line}", block.title or _first(block), reason))
            if block.aside:
                notes[f"Parts between questions, which belong to none: {short(block.aside, 40)}"] += 1
        parsed.questions = _numbered_once(parsed.questions)
        parsed.warnings += [f"{note} ({count})." for note, count in notes.items()]
        parsed.bank = ParsedBank(name=(title or _title(lines))[:MAX_BANK_NAME])
        return parsed

    def write(self, questions: Sequence[ParsedQuestion], bank: ParsedBank = NOT_SAID) -> bytes:
        return write_markdown(questions, bank)

    def unsaid(self, questions: Sequence[ParsedQuestion]) -> Unsaid:
        return unsaid(questions)


def _layout(lines: Sequence[Line]) -> tuple[Layout | None, list[Block]]:
    for layout in LAYOUTS:
        if blocks := list(layout(lines)):
            return layout, blocks
    return None, []


def _numbered_once(questions: Sequence[ParsedQuestion]) -> list[ParsedQuestion]:
    """Where sections count from 1 again, a number tells nothing."""
    counts = Counter(question.number for question in questions)
    return [one if counts[one.number] == 1 else replace(one, number="") for one in questions]


def _title(lines: Sequence[Line]) -> str:
    return next((above[1] for line in lines if (above := heading(line)) and above[0] == 1), "")


def _first(block: Block) -> str:
    return next((line.text for line in block.body if not line.is_blank), "")
