"""GIFT into blocks, each a question or a category, with what the comments before it say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from assessments.formats.gift.texts import ASIDE, ESCAPE, NONCHARACTERS, back

COMMENT = re.compile(r"\s*//(.*)")
NAMED = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.)*)\]")
CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)")
MAX_JOINED = 200
"""Blocks that one pair of braces may span."""


@dataclass
class Block:
    line: int
    lines: list[str] = field(default_factory=list)
    identity: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def blocks(text: str) -> Iterator[Block]:
    """What is between empty lines, without comments; a category is a block of its own."""
    text = ESCAPE.sub(lambda match: ASIDE[match[1]], NONCHARACTERS.sub("\ufffd", text))
    block: Block | None = None
    about = Block(0)
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if match := COMMENT.match(line):
            note(block or about, match[1])
            continue
        if CATEGORY.match(line):
            if block:
                yield block
            yield Block(number, [line])
            block = None
        elif line.strip():
            if block is None:
                block = replace(about, line=number, lines=[])
                about = Block(0)
            block.lines.append(line)
        elif block:
            yield block
            block = None
    if block:
        yield block


def note(block: Block, comment: str) -> None:
    for kind, value in NAMED.findall(comment):
        text = back(re.sub(r"\\(.)", r"\1", value)).strip()
        if kind == "id":
            block.identity = text
        elif text and text not in block.tags:
            block.tags.append(text)


def joined(found: Iterator[Block]) -> Iterator[Block]:
    """Answers may have empty lines in them: a block whose brace is open goes on, unless something new begins first."""
    waiting = list(found)
    place = 0
    while place < len(waiting):
        block, place = waiting[place], place + 1
        if is_open(block.text) and (more := closing(waiting, place)):
            for other in waiting[place : place + more]:
                block.lines += ["", *other.lines]
            place += more
        yield block


def is_open(text: str) -> bool:
    return text.count("{") > text.count("}")


def closing(waiting: list[Block], place: int) -> int:
    """How many of the blocks that follow belong to an open brace; 0 where it is never closed."""
    for count, block in enumerate(waiting[place : place + MAX_JOINED], start=1):
        text = block.text
        if text.startswith("::") or CATEGORY.match(text):
            return 0
        ends, begins = text.find("}"), text.find("{")
        if ends >= 0:
            return count if begins < 0 or ends < begins else 0
        if begins >= 0:
            return 0
    return 0


def category_name(path: str) -> str:
    """``$course$/top/Default for Networks/TCP`` is ``Networks/TCP``; a slash within a name is written twice."""
    parts = [part.strip().replace("\ufdd0", "/") for part in path.replace("//", "\ufdd0").split("/")]
    parts = [part for part in parts if part and not re.fullmatch(r"\$\w+\$|top", part, re.IGNORECASE)]
    return "/".join([*(part.removeprefix("Default for ") for part in parts[:1]), *parts[1:]])
