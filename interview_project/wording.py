"""How words are set so that they read well in every language: what stays on one line, what a blank is."""

from __future__ import annotations

from django.utils.translation import get_language, gettext

NO_BREAK = "\N{NO-BREAK SPACE}"
WITHOUT_BLANKS = ("zh",)
"""Languages whose sentences follow one another without a blank."""


def together(words: str) -> str:
    """A number and its unit: never parted at the end of a line."""
    return words.replace(" ", NO_BREAK)


def gap() -> str:
    """What stands between two sentences."""
    return "" if (get_language() or "").startswith(WITHOUT_BLANKS) else " "


def as_sentence(words: str) -> str:
    """With the full stop of the language."""
    return gettext("%(sentence)s.") % {"sentence": words}
