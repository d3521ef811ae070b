"""Text from sheets, where nobody thought of Markdown, as Markdown that shows it the way it was meant.

Sheets do use Markdown now and then (`code`, lists, fences), so it is not escaped wholesale. What plain text surely does
not mean is: ``__init__`` in bold, ``<br>`` as a line break it asks about, lines run together, code without indentation.
"""

from __future__ import annotations

import ast
import re

CODE = re.compile(
    r"(^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)|(`+)(?!`).*?(?<!`)\3(?!`))", re.DOTALL | re.MULTILINE
)
DUNDER = re.compile(r"(?<![\w\\])__(\w+?)__(?!\w)")
TAG = re.compile(r"(?<!\\)<(?=(/?)([A-Za-z][\w-]*)[^<>]*>)")
CLOSED = re.compile(r"<([A-Za-z][\w-]*)(?:\s[^<>]*)?>[^<]*(?:<(?!/\1)[^<]*)*</\1\s*>", re.DOTALL)
BLOCK_START = re.compile(r"\s*(?:[-*+>|]|#{1,6}\s|\d{1,9}[.)]\s|`{3}|~{3}|$)")
LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
MAX_LIST_LITERAL = 200_000


def as_markdown(text: str) -> str:
    """The same twice over: what it made is left alone."""
    text = LINE_END.sub("\n", text).replace("\u00ad", "").strip("\n\t \ufeff")
    has_markup = CLOSED.search(text) is not None
    pieces, end = [], 0
    for code in CODE.finditer(text):
        pieces += [_prose(text[end : code.start()], has_markup), code[0]]
        end = code.end()
    return "".join([*pieces, _prose(text[end:], has_markup)])


def _prose(text: str, has_markup: bool) -> str:
    text = DUNDER.sub(r"\\_\\_\1\\_\\_", text)
    if not has_markup:
        text = TAG.sub(r"\\<", text)
    lines = [_indented(line.rstrip()) for line in text.split("\n")] if "\n" in text else [text]
    kept = [_with_break(line, after) for line, after in zip(lines, [*lines[1:], ""], strict=True)]
    return "\n".join(kept)


def _indented(line: str) -> str:
    """No-break spaces, since Markdown drops leading ones; a list's own indentation is left to it."""
    words = line.lstrip(" \t")
    if not words or BLOCK_START.match(words):
        return line
    return line[: len(line) - len(words)].replace("\t", "    ").replace(" ", "\u00a0") + words


def _with_break(line: str, after: str) -> str:
    """A line goes on below it only where both are running text; before a block the backslash would show."""
    goes_on = line and after and not line.endswith("\\") and not BLOCK_START.match(after)
    is_text = not re.match(r"\s*(?:#{1,6}\s|\||`{3}|~{3})", line)
    return f"{line}\\" if goes_on and is_text else line


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
    """Several options in one cell: a list written out, or one on each line, or separated by ``|`` or ``;``."""
    if (lines := lines_of_list(text)) != text:
        return tuple(lines.split("\n"))
    separator = next((mark for mark in ("\n", "|", ";") if mark in text), None)
    items = text.split(separator) if separator else [text]
    return tuple(item.strip() for item in items if item.strip())
