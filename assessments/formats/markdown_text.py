"""Text as Markdown that shows it as it is: what Markdown would take for a mark of its own gets a backslash."""

from __future__ import annotations

import re

from assessments.domain import markup

BREAK = "\x00"  # no text from outside holds NUL by now
BLANKS = re.compile(r"[ \t\n\r\f]+")
LINE_START = re.compile(r"^(?:[-+*](?=\s|$)|#{1,6}(?=\s|$)|>|={3,}\s*$|-{2,}\s*$|:?-+:?(?:\s*\|)|~{3}|\|)")
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
SPECIAL = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~]|$)      # a backslash that would escape something
    | [`$]
    | \*(?!(?<=\s\*)\s)              # a star, save between blanks
    | (?<![^\W_])_ | _(?![^\W_])     # underscores at the edge of a word
    | ~~
    | <(?=[A-Za-z/!?])
    | \](?=[(\[:])
    | &(?=\#?\w+;)""",
    re.VERBOSE,
)
TEX = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
NO_TEX = re.compile(r"\\\(\s*\\\)|\\\[\s*\\\]")


def escaped(text: str) -> str:
    """Text within a paragraph, so that Markdown shows it as it is. Mathematics between dollars is left alone."""
    if "$" not in text:
        return SPECIAL.sub(_with_backslash, text)
    parts = []
    last = 0
    for match in markup.MATHEMATICS.finditer(text):
        parts += [SPECIAL.sub(_with_backslash, text[last : match.start()]), match[0]]
        last = match.end()
    return "".join([*parts, SPECIAL.sub(_with_backslash, text[last:])])


def _with_backslash(match: re.Match[str]) -> str:
    return "".join(f"\\{character}" for character in match[0])


def begins_list(text: str) -> bool:
    return bool(LINE_START.match(text) or NUMBERED.match(text))


def guarded(paragraph: str) -> str:
    """What Markdown would take for the beginning of a list, a heading or a rule at the beginning of a line.

    Behind hard spaces, too: those that a text begins with do not stay.
    """
    lines = []
    for line in paragraph.split(BREAK):
        text = line.lstrip("\u00a0 ")
        indent = line[: len(line) - len(text)]
        text = NUMBERED.sub(r"\1\\\2", text)
        lines.append(f"{indent}\\{text}" if LINE_START.match(text) else indent + text)
    return "\\\n".join(lines)


def with_dollars(text: str) -> str:
    """TeX between ``\\(`` and ``\\)`` or ``\\[`` and ``\\]``, as it is marked here."""

    def marked(match: re.Match[str]) -> str:
        inside = " ".join((match[1] or match[2]).split())
        written = f"${inside}$" if match[1] else f"$${inside}$$"
        return written if markup.MATHEMATICS.fullmatch(written) else match[0]

    return TEX.sub(marked, NO_TEX.sub("", text))


def code_span(text: str) -> str:
    """A span of code; where its backticks cannot be told from the ends, as HTML."""
    text = BLANKS.sub(" ", text)
    if "`" in text or text != text.strip() or BREAK in text:
        return f"<code>{escaped(text)}</code>"
    return f"`{text}`"
