"""How lists of questions in Markdown tell where a question begins. The first layout that finds questions is the file's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from assessments.formats.markdown.blocks import Begun, Block, Line, blocks_of, heading
from assessments.formats.markdown.owners import NUMBERED, goes_on_in, owners_of

BARE_NUMBER = re.compile(r"(?:\*\*)?Q(\d{1,5})[.):]\s+(.*)")
LABELLED = re.compile(r"(?:\*\*)?Question(?:\s*(\d{1,5}))?\s*:(?:\*\*)?\s+(\S.*)")
BOLD = re.compile(r"\*\*(?!\s)((?:(?!\*\*).)+)\*\*\s*")
BOLD_NUMBER = re.compile(r"\*\*(\d{1,5})[.)]\s*((?:(?!\*\*).)*)\*\*(.*)")
LEVEL_MARK = re.compile(r"[?\U0001f476\u2b50\U0001f680]\W*$")
SUMMARY = re.compile(r"\s*(?:<details>)?\s*<summary>(.*?)</summary>(?:\s*<br\s*/?>)?(?:\s*<b>)?\s*", re.IGNORECASE)
BULLET = re.compile(r"(?:[-*+]|(\d{1,5})[.)])\s+(\S.*)")
MARKED_BULLET = re.compile(r"(?: {2,}|\t)[-*+]\s+!\S")
ASKING = re.compile(
    r"(?:what|why|how|when|where|which|who|explain|describe|discuss|compare|name|list|define|consider|tell|give|write|"
    r"implement|can|could|do|does|did|is|are|was|were|have|has|would|should)\b|.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)
Layout = Callable[[Sequence[Line]], Iterator[Block]]


def numbered(lines: Sequence[Line]) -> Iterator[Block]:
    """``#### Q1. Which…``, ``### 1) What…``, a plain ``Q78. What…`` that lost its signs, and whatever else has options."""
    if not any((above := heading(line)) and NUMBERED.fullmatch(above[1]) for line in lines):
        return
    owners = owners_of(lines)
    sections = _sections(lines, owners)

    def start(line: Line) -> Begun | None:
        if line.number in owners:
            return owners[line.number]
        above = heading(line)
        if above and line.number not in sections and (match := NUMBERED.fullmatch(above[1])):
            return Begun((match[2] or match[4] or "").strip(), match[1] or match[3])
        match = BARE_NUMBER.fullmatch(line.text)
        return Begun(match[2].removesuffix("**").strip(), match[1]) if match else None

    yield from map(_dedented, blocks_of(lines, start, goes_on_in(lines)))


def _sections(lines: Sequence[Line], owners: Mapping[int, Begun]) -> set[int]:
    """Headings with nothing between them and a point with options: what has a number there is the section."""
    said = [line for line in lines if not line.is_blank]
    return {one.number for one, after in pairwise(said) if after.number in owners and owners[after.number].is_point}


def optioned(lines: Sequence[Line]) -> Iterator[Block]:
    """Headings without numbers, points of a numbered list, and lines in bold, each with options below it."""
    owners = owners_of(lines)
    yield from map(_dedented, blocks_of(lines, lambda line: owners.get(line.number), goes_on_in(lines)))


def _dedented(block: Block) -> Block:
    """What is below a point of a list, without the list's indentation."""
    if not block.is_point:
        return block
    cut = next((_indent(line) for line in block.body if not line.is_code and _indent(line)), 0)
    block.body = [replace(line, text=line.text.expandtabs(4)[min(cut, _indent(line)) :]) for line in block.body]
    return block


def _indent(line: Line) -> int:
    text = line.text.expandtabs(4)
    return len(text) - len(text.lstrip(" "))


def bold(lines: Sequence[Line]) -> Iterator[Block]:
    """``**What is…?**`` alone in its line, and ``**1)** The number of…``."""

    def start(line: Line) -> Begun | None:
        if match := BOLD_NUMBER.fullmatch(line.text.rstrip()):
            title = f"**{match[2].strip()}**{match[3]}" if match[2].strip() else match[3]
            return Begun(title.strip(), match[1])
        match = BOLD.fullmatch(line.text)
        return Begun(match[1].strip()) if match and LEVEL_MARK.search(match[1]) else None

    yield from blocks_of(lines, start)


def labelled(lines: Sequence[Line]) -> Iterator[Block]:
    """``Question: What is…``"""

    def start(line: Line) -> Begun | None:
        match = LABELLED.fullmatch(line.text)
        return Begun(match[2].strip(), match[1] or "") if match else None

    yield from blocks_of(lines, start)


def folded(lines: Sequence[Line]) -> Iterator[Block]:
    """``<details><summary>What is…?</summary>`` with the answer inside."""

    def start(line: Line) -> Begun | None:
        match = SUMMARY.fullmatch(line.text)
        return Begun(re.sub(r"</?\w+>", "", match[1]).strip()) if match else None

    yield from blocks_of(lines, start)


def marked_bullets(lines: Sequence[Line]) -> Iterator[Block]:
    """``* Which…`` with options below it, those that are right after an exclamation mark: ``    - !FIFO``."""
    if any(MARKED_BULLET.match(line.text) for line in lines if not line.is_code):
        for block in blocks_of(lines, _bullet):
            block.body = [_as_box(line) for line in block.body]
            yield block


def _as_box(line: Line) -> Line:
    match = None if line.is_code else re.fullmatch(r"(?: {2,}|\t)[-*+]\s+(!?)(\S.*)", line.text)
    return Line(line.number, f"- [{'x' if match[1] else ' '}] {match[2]}") if match else line


def bullets(lines: Sequence[Line]) -> Iterator[Block]:
    """A list of nothing but questions: what is below a point belongs to it."""
    found = list(blocks_of(lines, _bullet))
    asking = sum(bool(ASKING.match(block.title)) for block in found)
    if len(found) > 2 and asking * 10 >= len(found) * 8:
        yield from found


def _bullet(line: Line) -> Begun | None:
    match = BULLET.fullmatch(line.text)
    return Begun(match[2].strip(), match[1] or "", is_point=True) if match else None


LAYOUTS: tuple[Layout, ...] = (numbered, optioned, marked_bullets, bold, labelled, folded, bullets)
