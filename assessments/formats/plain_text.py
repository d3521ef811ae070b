"""Text from sheets, where nobody thought of Markdown, as Markdown that shows it the way it was meant.

Sheets do use Markdown now and then (`code`, lists, fences), so it is not escaped wholesale. What plain text surely does
not mean is: ``__init__`` in bold, ``<br>`` it asks about as a line break, a ``# comment`` as a heading, lines run
together, code without indentation.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from assessments.domain import markup

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
TICKS = re.compile(r"`+")
DUNDER = re.compile(r"(?<![\w\\])__(\w+?)__(?!\w)")
TAG = re.compile(r"(?<!\\)<(/?)([A-Za-z][\w-]*)[^<>]*>")
BLOCK_START = re.compile(r"\s*(?:[-*+>|]|={3,}$|#{2,6}\s|\d{1,9}[.)]\s|`{3}|~{3}|$)")
VOID_TAGS = frozenset(("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
SHOWING = frozenset(("img", "audio", "video", "object", "embed", "svg", "math"))
OFTEN_OPEN = VOID_TAGS | frozenset(
    ["p", "li", "td", "th", "tr", "dt", "dd", "thead", "tbody", "tfoot", "option", "rp", "rt"]
)
"""Tags that HTML leaves open."""
NO_BREAK = re.compile(r"\s*(?:#{2,6}\s|\||[-=*_]{3,}$)")
COMMENT = re.compile(r"^( {0,3})#(?= )", re.MULTILINE)
LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff"
MAX_LIST_LITERAL = 200_000


def as_markdown(text: str) -> str:
    """The same twice over: what it made is left alone. Time is linear in the text."""
    text = LINE_END.sub("\n", text).replace("\u00ad", "").strip(EDGES)
    has_markup = _closes_a_tag(text)
    return "\n".join(part if is_code else _prose(part, has_markup) for is_code, part in _blocks(text))


def with_spoken_tags(text: str, mark: Callable[[str], str]) -> str:
    """HTML whose tags are spoken of, with these marked as text; what closes its tags means them, and stays.

    What is nothing but a tag would show nothing at all, so there even a line break is spoken of.
    """
    is_spoken_of = _spoken_tags(text)
    return TAG.sub(lambda match: mark(match[0]) if is_spoken_of(match[2]) else match[0], text)


def with_spoken_tags_in_markdown(text: str) -> str:
    """The same for Markdown, where code keeps its tags anyway, and a tag that is none of HTML is text."""
    pieces = [
        (is_code or is_span, piece)
        for is_code, part in _blocks(text)
        for is_span, piece in ([(True, f"{part}\n")] if is_code else _spans(f"{part}\n"))
    ]
    is_spoken_of = _spoken_tags("".join("`" if is_code else piece for is_code, piece in pieces))

    def marked(match: re.Match[str]) -> str:
        return f"\\{match[0]}" if is_spoken_of(match[2]) and not markup.NOT_A_TAG.match(match[0]) else match[0]

    return "".join(piece if is_code else TAG.sub(marked, piece) for is_code, piece in pieces).removesuffix("\n")


def _spoken_tags(text: str) -> Callable[[str], bool]:
    """Which tags of a text are spoken of, by their names."""
    opened = {name.lower() for slash, name in TAG.findall(text) if not slash}
    if "<" not in text or opened & SHOWING or _closes_a_tag(text):
        return lambda _: False
    if not TAG.sub("", text).strip():
        return lambda _: True
    return lambda name: not opened <= OFTEN_OPEN and name.lower() not in OFTEN_OPEN


def _closes_a_tag(text: str) -> bool:
    """A tag that is opened and closed is meant as HTML; one that stands alone is spoken of."""
    opened: set[str] = set()
    for slash, name in (match.groups() for match in TAG.finditer(text)):
        if slash and name.lower() in opened:
            return True
        if name.lower() not in VOID_TAGS:
            opened.add(name.lower())
    return False


def _blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Fenced code, and what is between, in order."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = FENCE.match(line)
        if match and not fence:
            if lines:
                yield False, "\n".join(lines)
            fence, lines = match[1], [line]
            continue
        lines.append(line)
        if fence and match and match[1].startswith(fence) and not line[match.end() :].strip("`~ \t"):
            yield True, "\n".join(lines)
            fence, lines = "", []
    if lines:
        yield bool(fence), "\n".join(lines)


def _prose(text: str, has_markup: bool) -> str:
    parts = (part.replace("\n", " ") if is_code else _spelled(part, has_markup) for is_code, part in _spans(text))
    lines = [_indented(line.rstrip()) for line in "".join(parts).split("\n")]
    return "\n".join(_with_break(line, after) for line, after in zip(lines, [*lines[1:], ""], strict=True))


def _spans(text: str) -> Iterator[tuple[bool, str]]:
    """Code within a line, between runs of equally many backticks, and what is around it."""
    runs = list(TICKS.finditer(text))
    later: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        later.setdefault(len(runs[index][0]), []).append(index)  # so that the next of a length stands last
    start = index = 0
    while index < len(runs):
        same = later[len(runs[index][0])]
        while same and same[-1] <= index:
            same.pop()
        if not same:
            index += 1
            continue
        begin, end = runs[index].start(), runs[same[-1]].end()
        yield False, text[start:begin]
        yield True, text[begin:end]
        start, index = end, same[-1] + 1
    yield False, text[start:]


def _spelled(text: str, has_markup: bool) -> str:
    text = COMMENT.sub(r"\1\\#", DUNDER.sub(r"\\_\\_\1\\_\\_", text))
    return text if has_markup else TAG.sub(lambda match: f"\\{match[0]}", text)


def _indented(line: str) -> str:
    """No-break spaces, since Markdown drops leading ones; a list's own indentation is left to it."""
    words = line.lstrip(" \t")
    if not words or BLOCK_START.match(words):
        return line
    return line[: len(line) - len(words)].replace("\t", "    ").replace(" ", "\u00a0") + words


def _with_break(line: str, after: str) -> str:
    """A line goes on below it only where both are running text; before a block the backslash would show."""
    goes_on = line and after and not line.endswith("\\") and not BLOCK_START.match(after)
    return f"{line}\\" if goes_on and not NO_BREAK.match(line) else line


def lines_of_list(text: str) -> str:
    """A list of strings written out as Python or JSON writes it becomes its lines; any other text stays."""
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")) or len(stripped) > MAX_LIST_LITERAL:
        return text
    try:
        value = ast.literal_eval(stripped)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    is_lines = isinstance(value, list) and value and all(isinstance(item, str) for item in value)
    return "\n".join(value) if is_lines else text


def list_items(text: str) -> tuple[str, ...]:
    """Several options or answers in one cell: a list written out, or one on each line, or separated by ``|`` or ``;``."""
    if (lines := lines_of_list(text)) != text:
        return tuple(lines.split("\n"))
    separator = next((mark for mark in ("\n", "|", ";") if mark in text), None)
    items = text.split(separator) if separator else [text]
    return tuple(item.strip() for item in items if item.strip())
