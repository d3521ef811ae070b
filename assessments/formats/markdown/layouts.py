"""How lists of questions in Markdown tell where a question begins. The first layout that finds questions is the file's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assessments.formats.markdown.blocks import Block, Line, blocks_of, heading
from assessments.formats.markdown.options import BOX

NUMBERED = re.compile(
    r"Q(?:uestion)?\.?\s*(\d{1,5})(?:\s*[.):]\s*|\s+|$)(.*)|(\d{1,5})\s*[.):](?:\s+(.*)|\s*)", re.IGNORECASE
)
BARE_NUMBER = re.compile(r"(?:\*\*)?Q(\d{1,5})[.):]\s+(.*)")
LABELLED = re.compile(r"(?:\*\*)?Question(?:\s*(\d{1,5}))?\s*:(?:\*\*)?\s+(\S.*)")
BOLD = re.compile(r"\*\*(?!\s)((?:(?!\*\*).)+)\*\*\s*")
BOLD_NUMBER = re.compile(r"\*\*(\d{1,5})[.)]\s*((?:(?!\*\*).)*)\*\*(.*)")
LEVEL_MARK = re.compile(r"[?\U0001f476\u2b50\U0001f680]\W*$")
SUMMARY = re.compile(r"\s*(?:<details>)?\s*<summary>(.*?)</summary>(?:\s*<br\s*/?>)?(?:\s*<b>)?\s*", re.IGNORECASE)
BULLET = re.compile(r"[-*+]\s+(\S.*)")
MARKED_BULLET = re.compile(r"(?: {2,}|\t)[-*+]\s+!\S")
ASKING = re.compile(
    r"(?:what|why|how|when|where|which|who|explain|describe|discuss|compare|name|list|define|consider|tell|give|write|"
    r"implement|can|could|do|does|did|is|are|was|were|have|has|would|should)\b|.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)
Layout = Callable[[Sequence[Line]], Iterator[Block]]


def numbered(lines: Sequence[Line]) -> Iterator[Block]:
    """``#### Q1. Which…``, ``### 1) What…``, and a plain ``Q78. What…`` that lost its signs."""

    def start(line: Line) -> tuple[str, str] | None:
        above = heading(line)
        if above and (match := NUMBERED.fullmatch(above[1])):
            return (match[2] or match[4] or "").strip(), match[1] or match[3]
        match = BARE_NUMBER.fullmatch(line.text)
        return (match[2].removesuffix("**").strip(), match[1]) if match else None

    if any(heading(line) and start(line) for line in lines):
        yield from blocks_of(lines, start)


def boxed(lines: Sequence[Line]) -> Iterator[Block]:
    """Headings without numbers, each with boxes below it."""
    asked: set[int] = set()
    last = 0
    for line in lines:
        if heading(line):
            last = line.number
        elif last and not line.is_code and BOX.fullmatch(line.text):
            asked.add(last)
    yield from blocks_of(lines, lambda line: ((heading(line) or (0, ""))[1], "") if line.number in asked else None)


def bold(lines: Sequence[Line]) -> Iterator[Block]:
    """``**What is…?**`` alone in its line, and ``**1)** The number of…``."""

    def start(line: Line) -> tuple[str, str] | None:
        if match := BOLD_NUMBER.fullmatch(line.text.rstrip()):
            title = f"**{match[2].strip()}**{match[3]}" if match[2].strip() else match[3]
            return title.strip(), match[1]
        match = BOLD.fullmatch(line.text)
        return (match[1].strip(), "") if match and LEVEL_MARK.search(match[1]) else None

    yield from blocks_of(lines, start)


def labelled(lines: Sequence[Line]) -> Iterator[Block]:
    """``Question: What is…``"""

    def start(line: Line) -> tuple[str, str] | None:
        match = LABELLED.fullmatch(line.text)
        return (match[2].strip(), match[1] or "") if match else None

    yield from blocks_of(lines, start)


def folded(lines: Sequence[Line]) -> Iterator[Block]:
    """``<details><summary>What is…?</summary>`` with the answer inside."""

    def start(line: Line) -> tuple[str, str] | None:
        match = SUMMARY.fullmatch(line.text)
        return (re.sub(r"</?\w+>", "", match[1]).strip(), "") if match else None

    yield from blocks_of(lines, start)


def marked_bullets(lines: Sequence[Line]) -> Iterator[Block]:
    """``* Which…`` with options below it, those that are right after an exclamation mark: ``    - !FIFO``."""
    if any(MARKED_BULLET.match(line.text) for line in lines if not line.is_code):
        for block in blocks_of(lines, _bullet, may_have_headings=False):
            block.body = [_as_box(line) for line in block.body]
            yield block


def _as_box(line: Line) -> Line:
    match = None if line.is_code else re.fullmatch(r"(?: {2,}|\t)[-*+]\s+(!?)(\S.*)", line.text)
    return Line(line.number, f"- [{'x' if match[1] else ' '}] {match[2]}") if match else line


def bullets(lines: Sequence[Line]) -> Iterator[Block]:
    """A list of nothing but questions: what is below a point belongs to it."""
    found = list(blocks_of(lines, _bullet, may_have_headings=False))
    asking = sum(bool(ASKING.match(block.title)) for block in found)
    if len(found) > 2 and asking * 10 >= len(found) * 8:
        yield from found


def _bullet(line: Line) -> tuple[str, str] | None:
    match = BULLET.fullmatch(line.text)
    return (match[1].strip(), "") if match else None


LAYOUTS: tuple[Layout, ...] = (numbered, boxed, marked_bullets, bold, labelled, folded, bullets)
