"""Markdown as the HTML that other programs are given: as it is seen here, with mathematics as they find it."""

from __future__ import annotations

import re

from assessments.domain import markup

TAG_OR_TEXT = re.compile(r"<[^<>]*>|[^<]+")
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def html_of(markdown: str) -> str:
    return with_tex(str(markup.render(markdown, tex=True)))


def inline_html_of(markdown: str) -> str:
    """Without the paragraph around a text that is only one."""
    return with_tex(str(markup.render_inline(markdown, tex=True)))


def with_tex(html: str) -> str:
    """``$$`` stays, single dollars become ``\\(`` and ``\\)``."""
    parts = []
    code = 0
    for piece in TAG_OR_TEXT.findall(html):
        if piece.startswith("<"):
            code += piece.startswith(("<code", "<pre")) - piece.startswith(("</code", "</pre"))
            parts.append(piece)
        else:
            parts.append(piece if code else markup.MATHEMATICS.sub(_tex, piece))
    return "".join(parts)


def _tex(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("$$") else f"\\({match[0][1:-1]}\\)"
