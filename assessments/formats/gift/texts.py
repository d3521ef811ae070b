"""Texts of GIFT: what is escaped in them, and the formats they are in."""

from __future__ import annotations

import re
from html import escape

from assessments.formats.html_text import html_to_markdown, plain_to_markdown
from assessments.formats.plain_text import with_spoken_tags

ESCAPABLE = "~=#{}:\\n"
ASIDE = {character: chr(0xFDD0 + place) for place, character in enumerate(ESCAPABLE)}
"""Noncharacters of Unicode, which no text may hold."""
BACK = {ord(aside): "\n" if character == "n" else character for character, aside in ASIDE.items()}
NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")
ESCAPE = re.compile(r"\\([~=#{}:\\n])")
TEXT_FORMAT = re.compile(r"\[(html|plain|markdown|moodle)\]")
BLOCK_TAG = re.compile(r"</?(?:p|div|ul|ol|li|table|tr|td|th|pre|h[1-6]|blockquote|dl|dt|dd|hr)\b", re.IGNORECASE)
BREAK_THEN_LINE = re.compile(r"(<br\s*/?>)[ \t]*\n", re.IGNORECASE)


def back(text: str) -> str:
    return text.translate(BACK)


def formatted(text: str, inherited: str) -> str:
    """An answer or a feedback: with a format of its own, or the one of the question."""
    text = text.strip()
    if match := TEXT_FORMAT.match(text):
        inherited, text = match[1], text[match.end() :]
    return markdown(text, inherited)


def markdown(text: str, text_format: str) -> str:
    text = back(text).strip()
    match text_format:
        case "markdown":
            return text
        case "plain":
            return plain_to_markdown(text)
        case "html":
            return html_to_markdown(text)
    text = with_spoken_tags(text, escape)  # typed by hand, where <h1> may be what is asked about
    return html_to_markdown(text if BLOCK_TAG.search(text) else with_breaks(text))


def with_breaks(text: str) -> str:
    """Moodle's own format is HTML in which a line break is one."""
    return BREAK_THEN_LINE.sub(r"\1", text).replace("\n", "<br>")
