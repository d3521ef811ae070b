"""Texts as Moodle XML holds them: HTML, in elements."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

from assessments.formats.shares import percentage
from assessments.formats.shown import NOT_IN_XML, html_of


def shuffled(content: dict[str, Any]) -> str:
    return f"<shuffleanswers>{'false' if content.get('fixed_order') else 'true'}</shuffleanswers>"


def answer(share: Fraction, text: str, feedback: str, more: str = "") -> str:
    said = f'<feedback format="html">{html(feedback)}</feedback>'
    return f'<answer fraction="{percentage(share)}" format="html">{text}{said}{more}</answer>'


def html(markdown: str) -> str:
    return text_element(html_of(markdown)) if markdown.strip() else "<text></text>"


def text_element(text: str) -> str:
    return f"<text>{plain(text)}</text>"


def plain(text: str) -> str:
    return escape(NOT_IN_XML.sub(" ", text))
