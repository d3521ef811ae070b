from __future__ import annotations

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from interview_project import languages, wording

register = template.Library()
ISOLATED = re.compile(f"{languages.OPENS}([^{languages.OPENS}{languages.CLOSES}]*){languages.CLOSES}")

register.simple_tag(wording.gap)
register.filter(wording.together)
register.filter("in_sentence", languages.in_sentence, is_safe=True)


@register.simple_tag
def content_in(language: str) -> SafeString:
    """Marks what authors wrote, in an element of a page that may speak another language: how to read it, and from where."""
    return format_html('lang="{}" dir="auto"', languages.of_authors(language))


@register.filter
def isolates_as_bdi(text: str) -> SafeString:
    """A text whose names are isolated by characters: on a page an element does that, and is not copied along."""
    pieces = ISOLATED.split(text)  # every other one was isolated
    return format_html_join("", "{}", ((_bdi(one) if number % 2 else one,) for number, one in enumerate(pieces)))


def _bdi(written: str) -> SafeString:
    return format_html("<bdi>{}</bdi>", written)
