"""Taking pictures and sounds out of a finished question: from ``data:`` addresses in its texts to files with names.

A picture that a question needs, in its text or its options, and the file lacks, is a reason to reject the question; in
feedback and explanations it is left out, with a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from assessments.formats.base import ParsedQuestion
from assessments.formats.markdown_text import escaped
from assessments.formats.media import MAX_TOGETHER, PREFIX, SHOWN, is_sound, name_of
from assessments.formats.pictures import MISSING, Gallery, data_of
from assessments.question_types.texts import is_blank

CODE = re.compile(r"(?ms)^ {0,9}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,9}\1|\Z)|(?<!`)(`{1,9})(?!`)[^`]{1,4000}\2(?!`)")
ELEMENT = re.compile(r"(?i)(?<!\\)<(?P<tag>img|audio)\b(?P<attributes>[^<>]*)>(?:</audio>)?")
ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
IN_MARKDOWN = re.compile(
    r"(?<!\\)!\[(?P<alt>(?:[^\[\]\\]|\\.){0,500})\]\(\s*<?(?P<source>[^()\s<>]+)>?[^()\n]{0,300}\)"
)
SIZE = re.compile(r"\d{1,4}")


class PictureMissing(Exception):
    """The question shows what the file does not hold. The text is the reason to reject it."""


@dataclass
class _Settling:
    media: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    is_needed: bool = True

    def tree(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {name: self.tree(item) for name, item in value.items()}
        return [self.tree(item) for item in value] if isinstance(value, list) else value

    def text(self, text: str) -> str:
        """Code stays as it is: it may be about pictures."""
        if "![" not in text and "<img" not in text.lower() and "<audio" not in text.lower():
            return text
        parts, last = [], 0
        for code in CODE.finditer(text):
            parts += [self.outside_code(text[last : code.start()]), code[0]]
            last = code.end()
        return "".join([*parts, self.outside_code(text[last:])])

    def outside_code(self, text: str) -> str:
        return IN_MARKDOWN.sub(self.in_markdown, ELEMENT.sub(self.element, text))

    def element(self, match: re.Match[str]) -> str:
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in ATTRIBUTE.findall(match["attributes"])}
        said = given.get("alt") or given.get("title", "")
        size = "".join(
            f' {name}="{given[name]}"' for name in ("width", "height") if SIZE.fullmatch(given.get(name, ""))
        )
        return self.shown(given.get("src", ""), said, size) or match[0]

    def in_markdown(self, match: re.Match[str]) -> str:
        return self.shown(match["source"], match["alt"], "") or match[0]

    def shown(self, source: str, said: str, size: str) -> str:
        """What takes its place; empty where it stays as it is."""
        if source.startswith(MISSING):
            return self.missing(unquote(source.removeprefix(MISSING)), said)
        if not SHOWN.fullmatch(source):
            found = Gallery()(source, said)
            if found.source.startswith(MISSING):
                return self.missing(unquote(found.source.removeprefix(MISSING)), said)
            return self.stored(found.source, said, size)
        self.ask_for(said)
        return ""

    def ask_for(self, description: str) -> None:
        if is_blank(description):
            self.note("A picture or a sound has no description; please write one.")

    def stored(self, source: str, said: str, size: str) -> str:
        data = data_of(source) or b""
        name = name_of(data)
        if sum(map(len, self.media.values())) + len(data) > MAX_TOGETHER:
            return self.missing(f"a picture: all together have more than {MAX_TOGETHER // 1024 // 1024} MB", said)
        self.media[name] = data
        self.ask_for(said)
        return element_of(name, said, size)

    def missing(self, what: str, said: str) -> str:
        name, _, reason = what.partition(": ")
        if self.is_needed:
            raise PictureMissing(f"It shows {name}, which is missing: {reason}.")
        self.note(f"Feedback shows {name}, which is left out: {reason}.")
        return escaped(f"[{said or name}]")

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def element_of(name: str, description: str, size: str = "") -> str:
    """As a text shows it."""
    said = escape(description)
    if is_sound(name):
        return f'<audio src="{PREFIX}{name}" title="{said}"></audio>'
    return f'<img src="{PREFIX}{name}" alt="{said}"{size}>'


def settled(question: ParsedQuestion) -> tuple[ParsedQuestion, list[str]]:
    """The question with its pictures out of its texts, and what is to be noted. Raises :class:`PictureMissing`."""
    settling = _Settling(dict(question.media))
    stem, content = settling.text(question.stem), settling.tree(question.content)
    settling.is_needed = False
    key, explanation = settling.tree(question.key), settling.text(question.explanation)
    changed = replace(question, stem=stem, content=content, key=key, explanation=explanation, media=settling.media)
    return changed, settling.notes
