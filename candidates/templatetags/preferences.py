from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from candidates.preferences import chosen

register = template.Library()


@register.simple_tag(takes_context=True)
def preferences(context: dict[str, Any]) -> SafeString:
    """What this device remembers about looks, as attributes of the whole page."""
    request = context.get("request")
    return format_html_join("", ' data-{}="{}"', chosen(request).items() if request else ())
