"""Markdown cut into lines that know whether they are code, and into the blocks of one question each."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

FENCE = re.compile(r"(\s*)(?:[-*+]\s+)?(`{3,}|~{3,})(.*)")
HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*")
FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:\s*(.+?)\s*$", re.MULTILINE)
LINE_END = re.compile(r"\r\n?")
EMPTY_LINES = re.compile(r"\A(?:[ \t]*\n)+")
RADIO = re.compile(r"(\s*[-*+]\s+)\(([ xX])\)(?=\s|$)")
LOWEST = 6
"""Level of a heading."""
MAX_TAG = 80


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    is_code: bool = False

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


@dataclass
class Block:
    """What belongs to one question, as it stands in the file."""

    line: int
    title: str
    number: str = ""
    body: list[Line] = field(default_factory=list)
    level: int = 0
    """Of the heading it begins with; 0 where it begins with none."""
    section: str = ""
    intro: str = ""
    """What the section says before its first question."""
    is_point: bool = False
    aside: str = ""
    """The heading of a part after it that belongs to no question, and is not read."""


class Begun(NamedTuple):
    """A question that begins on a line."""

    title: str
    number: str = ""
    is_point: bool = False
    """Of a list, say: it has no headings within, and ends at any."""


Start = Callable[[Line], Begun | None]


def always(_: Line) -> bool:
    return True


def lines_of(text: str) -> tuple[str, list[Line]]:
    """The title in the front matter, and the lines after it."""
    text = LINE_END.sub("\n", text.removeprefix("\ufeff"))
    title, above = "", 0
    if match := FRONT_MATTER.match(text):
        named = FRONT_TITLE.search(match[1])
        title, above = unquoted(named[1]) if named else "", match[0].count("\n")
        text = text[match.end() :]
    return title, list(_marked(_with_boxes(text.split("\n")), above))


def _with_boxes(texts: Sequence[str]) -> Sequence[str]:
    """``( )`` and ``(x)`` are boxes, too, for choosing one; without an empty one among them, ``- (x)`` is mathematics."""
    if not any((match := RADIO.match(text)) and match[2] == " " for text in texts):
        return texts
    return [RADIO.sub(r"\1[\2]", text, count=1) for text in texts]


def front_matter(title: str) -> str:
    """A heading over all questions would be taken for that of a section of them."""
    return f"---\ntitle: {json.dumps(' '.join(title.split()), ensure_ascii=False)}\n---"


def unquoted(text: str) -> str:
    """A title as YAML writes it. What is no good YAML stays, without the quotation marks."""
    with suppress(ValueError):
        if text.startswith('"'):
            return str(json.loads(text))
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text.strip("\"'") or text


def _marked(texts: Sequence[str], above: int) -> Iterator[Line]:
    """A fence that is never closed opens nothing: it would swallow every question after it."""
    closings = _closings(texts)
    end = -1
    for place, text in enumerate(texts):
        if place > end and place in closings:
            end = closings[place]
        yield Line(place + above + 1, text, is_code=place <= end)


def _closings(texts: Sequence[str]) -> dict[int, int]:
    """Where each fence that is closed ends, by where it begins."""
    found: dict[int, int] = {}
    begun, mark = -1, ""
    for place, text in enumerate(texts):
        match = FENCE.fullmatch(text)
        if match and begun < 0:
            begun, mark = place, match[2]
        elif match and match[2].startswith(mark) and not match[3].strip():
            found[begun] = place
            begun = -1
    return found


def heading(line: Line) -> tuple[int, str] | None:
    match = None if line.is_code else HEADING.fullmatch(line.text)
    return (len(match[1]), match[2].strip()) if match else None


def blocks_of(lines: Sequence[Line], start: Start, goes_on: Callable[[Line], bool] = always) -> Iterator[Block]:
    """A question goes on to the next one or to a heading above its own; what a section says first is for all of it.

    ``goes_on`` says whether a heading of the question's own level, which begins none, still belongs to it.
    """
    block: Block | None = None
    is_aside = False
    section, level, block_level, folds = "", 0, LOWEST + 1, 0
    intro: list[Line] = []
    for line in lines:
        found = None if line.is_code else start(line)
        above = None if folds > 0 else heading(line)  # a heading in a folded part is the answer's
        folds += _opened(line)
        if found:
            if block:
                yield block
            folds = _opened(line)
            block_level = above[0] if above else LOWEST + 1 if found.is_point else max(level + 1, 2)
            block = Block(
                line.number,
                found.title,
                found.number,
                level=above[0] if above else 0,
                section=section,
                intro=joined(intro),
                is_point=found.is_point,
            )
            is_aside = False
        elif above and (block is None or above[0] < block_level):
            if block:
                yield block
            block, (level, section), intro = None, above, []
            is_aside = False
        elif block is not None and above and above[0] == block.level and not goes_on(line):
            block.aside, is_aside = block.aside or above[1], True
        elif block is not None and not is_aside:
            block.body.append(line)
        elif block is not None:
            continue
        else:
            intro.append(line)
    if block:
        yield block


def _opened(line: Line) -> int:
    text = "" if line.is_code else line.text.lower()
    return text.count("<details") - text.count("</details")


def joined(lines: Sequence[Line]) -> str:
    """As Markdown, without empty lines around it. The first line keeps its indentation: with four blanks it is code."""
    text = "\n".join(line.text.rstrip() if not line.text.endswith("  ") else line.text for line in lines)
    return EMPTY_LINES.sub("", text).rstrip("\n \t")


def dedented(lines: Sequence[Line]) -> str:
    """What is within an item of a list, without the list's indentation."""
    indents = [sum(1 for _ in takewhile(str.isspace, line.text)) for line in lines if not line.is_blank]
    cut = min(indents, default=0)
    return "\n".join(line.text[cut:].rstrip() for line in lines).strip("\n")
