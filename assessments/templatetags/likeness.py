from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def likeness(similarity: float) -> str:
    """Of two questions, from 0 to 1, as a person would say it."""
    percent = round(100 * similarity)
    return "word for word the same" if percent >= 100 else f"{percent} % of the words are the same"
