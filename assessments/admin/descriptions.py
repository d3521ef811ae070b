"""Asking authors to describe what their questions show."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from assessments.domain.descriptions import undescribed
from assessments.models import Question, QuestionVersion

WANTED = (
    "{} here {} no description, which is what people who cannot see or hear it get instead. {} write it between the "
    'quotation marks of <code>alt=""</code>, of a sound <code>title=""</code>, or between the brackets of '
    "<code>![](…)</code>, in the text that shows it."
)


def undescribed_in(version: QuestionVersion) -> int:
    return undescribed(version.stem, version.content, version.key, version.explanation)


def description_wanted(count: int, question: Question | None, *, is_writing: bool = False) -> str:
    """How to write it, right there or behind the link; nothing where nothing is wanted."""
    if not count:
        return ""
    what = "One picture or sound" if count == 1 else f"{count} pictures or sounds"
    return format_html(WANTED, what, "has" if count == 1 else "have", _where(question, is_writing=is_writing))


def _where(question: Question | None, *, is_writing: bool) -> SafeString | str:
    if is_writing:
        return "Please"
    if question is None:
        return "Once it is imported, please"
    url = reverse("admin:assessments_question_new_version", args=[question.pk])
    return format_html('In <a href="{}">a new version</a>, please', url)
