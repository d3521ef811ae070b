from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from interview_project import languages

register = template.Library()
register.filter("in_sentence", languages.in_sentence, is_safe=True)


@register.simple_tag
def content_in(language: str) -> SafeString:
    """Marks what people wrote, in an element of a page that may speak another language: how to read it, and from where."""
    spoken = format_html('lang="{}" ', language) if language else ""
    return format_html('{}dir="auto"', spoken)
