"""Titles in formats where every question must have one, and what such a title says when it comes back."""

from __future__ import annotations

from dataclasses import replace

from assessments.domain import markup
from assessments.formats.base import ParsedQuestion

MADE_OF = 60
"""Characters of the text, where there is no title."""


def title_or_beginning(question: ParsedQuestion) -> str:
    return " ".join(question.title.split()) or beginning(question.stem)


def beginning(stem: str) -> str:
    return " ".join(markup.plain(stem, MADE_OF).split())


def without_made_title(question: ParsedQuestion) -> ParsedQuestion:
    """A title that is the beginning of the text says nothing, unless no id names the question: then it will be known by
    its title when its text is reworded."""
    is_made = question.identity.strip() and 0 < len(question.title) <= MADE_OF
    return replace(question, title="") if is_made and question.title == beginning(question.stem) else question
